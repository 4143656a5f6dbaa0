#include "domain/policy.hpp"

#include "base/property.hpp"
#include "domain/calendar.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using ::testing::HasSubstr;

std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<policy_source> committed() {
    std::vector<policy_source> out;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(KEEPLINE_SOURCE_DIR) + "/policies"))
        if (entry.path().extension() == ".toml") out.push_back({entry.path().stem().string(), text_of(entry.path())});
    return out;
}

policy_book book() {
    auto loaded = load_policies(committed());
    EXPECT_TRUE(loaded) << loaded.error().words;
    return loaded ? *loaded : policy_book{};
}

policy committed_policy(std::string_view id) {
    static const auto all = book();
    const auto* found = all.find(id);
    EXPECT_NE(found, nullptr) << id;
    return found == nullptr ? policy{} : *found;
}

std::string base_text() { return text_of(std::string(KEEPLINE_SOURCE_DIR) + "/policies/base.toml"); }

/// The base policy with one piece of its text replaced.
std::string base_with(std::string_view replaced, std::string_view by) {
    auto text = base_text();
    const auto at = text.find(replaced);
    EXPECT_NE(at, std::string::npos) << replaced;
    if (at != std::string::npos) text.replace(at, replaced.size(), by);
    return text;
}

std::string child_with(std::string_view lines) {
    return "id = \"child\"\ninherits = \"base\"\nversion = 2\ntitle = \"t\"\nsource = \"s\"\n" + std::string(lines);
}

result<policy_book> base_and(std::string_view lines) {
    return load_policies({{"base", base_text()}, {"child", child_with(lines)}});
}

std::string fact(const base::error& failure, std::string_view name) {
    for (const auto& one : failure.data)
        if (one.name == name) return one.value;
    return "(none)";
}

// -- the committed policies

TEST(policy, every_committed_policy_loads) {
    const auto all = book();
    for (const auto* id :
         {"base", "cn", "ph-smart", "us", "gb", "eu-pt", "in", "jp-povo", "au-voda", "us-ultra", "us-tello"})
        EXPECT_NE(all.find(id), nullptr) << id;
    EXPECT_EQ(all.find("nowhere"), nullptr);
}

TEST(policy, every_committed_policy_names_a_committed_calendar) {
    const auto all = book();
    for (const auto& [id, p] : all.all()) {
        const auto path = std::string(KEEPLINE_SOURCE_DIR) + "/calendars/" + p.calendar + ".json";
        EXPECT_TRUE(load_calendar(text_of(path))) << id;
    }
}

TEST(policy, base_holds_the_numbers_of_the_practice_notes) {
    const auto p = committed_policy("base");
    EXPECT_EQ(p.closing.review, (term{7, day_unit::working_day}));
    EXPECT_EQ(p.closing.cooling_off_hours, (hours_by_risk{0, 24, 72}));
    EXPECT_EQ(p.closing.refund_within, (term{10, day_unit::working_day}));
    EXPECT_EQ(p.closing.pause_max_days, 10);
    EXPECT_EQ(p.closing.device_write_off_days, 30);
    EXPECT_EQ(p.closing.quarantine_days, 90);
    EXPECT_EQ(p.closing.harassment_quarantine_days, 365);
    EXPECT_EQ(p.closing.release_notice_days, 30);
    EXPECT_EQ(p.keepalive.remind_days_before, (std::vector{30, 14, 7, 3, 1}));
    EXPECT_EQ(p.acknowledge_within_s, 60);
    EXPECT_EQ(p.max_applications_per_30d, 5);
    EXPECT_EQ(p.sim_change_lock_days, 7);
    EXPECT_EQ(p.contact_change_lock_days, 3);
    EXPECT_EQ(p.lost_device_cooling_off_hours, 72);
    EXPECT_EQ(p.otp.ttl_minutes, 10);
    EXPECT_EQ(p.retention_days.at("billing"), 1825);
    EXPECT_EQ(p.retention_days.size(), 8u);
    EXPECT_EQ(p.risk.levels.size(), 15u);
}

TEST(policy, children_hold_the_overrides_of_the_practice_notes) {
    EXPECT_EQ(committed_policy("us").closing.quarantine_days, 45);
    EXPECT_EQ(committed_policy("us").zone, "America/New_York");
    EXPECT_EQ(committed_policy("gb").closing.review, (term{1, day_unit::working_day}));
    EXPECT_EQ(committed_policy("eu-pt").closing.port_right_days, 90);
    EXPECT_EQ(committed_policy("eu-pt").closing.no_reassign_days, 180);
    EXPECT_EQ(committed_policy("in").keepalive.retention_fee, (money{2000, "INR"}));
    EXPECT_EQ(committed_policy("in").keepalive.retention_extends_days, 30);
    EXPECT_EQ(committed_policy("ph-smart").keepalive.suspend_days, 180);
    EXPECT_EQ(committed_policy("jp-povo").keepalive.validity_days, 180);
    EXPECT_EQ(committed_policy("au-voda").closing.reclaim_days, 182);
    EXPECT_EQ(committed_policy("us-ultra").keepalive.suspend_days, 30);
    const auto tello = committed_policy("us-tello");
    EXPECT_EQ(tello.channels, std::vector{channel::web});
    EXPECT_EQ(tello.closing.effective, closing_moment::end_of_cycle);
    EXPECT_FALSE(tello.closing.refund_unused_prepaid);
    EXPECT_EQ(tello.closing.quarantine_days, 45) << "a grandchild inherits through its parent";
    EXPECT_EQ(tello.otp, committed_policy("base").otp);
}

TEST(policy, a_customer_without_the_phone_can_close_in_every_committed_policy) {
    const auto all = book();
    for (const auto& [id, p] : all.all())
        for (const auto risk : {risk_level::low, risk_level::medium, risk_level::high}) {
            const auto without_phone = [&p, risk](channel through) {
                return std::ranges::any_of(p.evidence_for(risk, through), [](const auto& set) {
                    return std::ranges::find(set, evidence_kind::otp_sms) == set.end();
                });
            };
            EXPECT_TRUE(std::ranges::any_of(p.channels, without_phone)) << id;
        }
}

TEST(policy, the_hotline_never_finishes_a_case_of_high_risk) {
    const auto all = book();
    for (const auto& [id, p] : all.all()) EXPECT_TRUE(p.evidence_for(risk_level::high, channel::hotline).empty()) << id;
}

TEST(policy, an_unknown_channel_of_a_bare_policy_hands_over) {
    const policy bare;
    EXPECT_TRUE(bare.evidence_for(risk_level::low, channel::web).empty());
    EXPECT_FALSE(bare.offers(channel::web));
}

// -- inheritance

TEST(policy, tables_merge_and_lists_replace) {
    const auto loaded = base_and(
        "channels = [\"web\", \"counter\"]\n[closing]\ncooling_off_hours = { high = 96 }\n"
        "[evidence.low]\nweb = [[\"recovery_code\"]]\n[risk.levels]\nyoung_line = \"high\"\n");
    ASSERT_TRUE(loaded) << loaded.error().words;
    const auto& child = *loaded->find("child");
    const auto& parent = *loaded->find("base");
    auto wanted = parent;
    wanted.id = "child";
    wanted.version = 2;
    wanted.title = "t";
    wanted.source = "s";
    wanted.channels = {channel::web, channel::counter};
    wanted.closing.cooling_off_hours.high = 96;
    wanted.evidence["low"]["web"] = {{evidence_kind::recovery_code}};
    wanted.risk.levels["young_line"] = risk_level::high;
    EXPECT_EQ(child, wanted);
}

TEST(policy, a_fee_replaces_the_inherited_one_as_a_whole) {
    const auto loaded =
        base_and("[closing]\nfee = { kind = \"remaining_contract_percent\", percent = 30, cap = \"500.00 CNY\" }\n");
    ASSERT_TRUE(loaded) << loaded.error().words;
    const auto& fee = loaded->find("child")->closing.fee;
    EXPECT_EQ(fee.kind, fee_kind::remaining_contract_percent);
    EXPECT_EQ(fee.percent, 30);
    EXPECT_EQ(fee.cap, (money{50'000, "CNY"}));
}

TEST(policy, title_version_and_source_are_never_inherited) {
    const auto loaded = load_policies({{"base", base_text()}, {"child", "id = \"child\"\ninherits = \"base\"\n"}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(fact(loaded.error(), "field"), "version");
    EXPECT_EQ(fact(loaded.error(), "file"), "child.toml");
}

TEST(policy, a_circle_of_parents_is_refused) {
    const auto loaded =
        load_policies({{"a", "id = \"a\"\ninherits = \"b\"\n"}, {"b", "id = \"b\"\ninherits = \"a\"\n"}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(fact(loaded.error(), "field"), "inherits");
    const auto self = load_policies({{"a", "inherits = \"a\"\n"}});
    ASSERT_FALSE(self);
    EXPECT_EQ(fact(self.error(), "field"), "inherits");
}

TEST(policy, a_missing_parent_is_refused) {
    const auto loaded = load_policies({{"a", "\ninherits = \"nobody\"\n"}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(fact(loaded.error(), "field"), "inherits");
    EXPECT_EQ(fact(loaded.error(), "line"), "2");
}

TEST(policy, a_long_chain_of_parents_is_refused) {
    std::vector<policy_source> sources;
    for (int i = 0; i < 12; ++i)
        sources.push_back({"p" + std::to_string(i), "inherits = \"p" + std::to_string(i + 1) + "\"\n"});
    sources.push_back({"p12", ""});
    const auto loaded = load_policies(sources);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(fact(loaded.error(), "field"), "inherits");
}

// -- refusals

TEST(policy, an_error_says_where_it_is_and_what_to_do) {
    const auto loaded = base_and("\n[closing]\n  quarantine_days = -1\n");
    ASSERT_FALSE(loaded);
    const auto& failure = loaded.error();
    EXPECT_EQ(failure.what, base::code::policy_invalid);
    EXPECT_EQ(fact(failure, "file"), "child.toml");
    EXPECT_EQ(fact(failure, "line"), "8");
    EXPECT_EQ(fact(failure, "column"), "21");
    EXPECT_EQ(fact(failure, "field"), "closing.quarantine_days");
    EXPECT_EQ(failure.words, "child.toml:8:21: `closing.quarantine_days` must be a whole number from 0 to 3660.");
}

TEST(policy, a_line_that_is_too_long_or_has_too_many_dots_is_named_by_its_place) {
    for (const auto& row : {std::string(25, '.'), std::string(1001, 'a')}) {
        const auto failed = load_policies({{"base", "# one\n# two\n# " + row + "\n"}});
        ASSERT_FALSE(failed);
        EXPECT_TRUE(failed.error().words.starts_with("base.toml:3:1: ")) << failed.error().words;
        EXPECT_EQ(fact(failed.error(), "line"), "3");
        EXPECT_EQ(fact(failed.error(), "column"), "1");
    }
}

TEST(policy, an_error_in_an_inherited_value_names_the_parents_file) {
    const auto loaded = load_policies({{"base", base_with("version = 4", "version = 0")}, {"a", child_with("")}});
    ASSERT_FALSE(loaded);
    const auto currency = base_and("currency = \"USD\"\n[keepalive]\nretention_fee = \"20.00 CNY\"\n");
    ASSERT_FALSE(currency);
    EXPECT_EQ(fact(currency.error(), "field"), "keepalive.retention_fee");
}

TEST(policy, unknown_keys_are_refused_with_the_known_ones) {
    const auto top = base_and("channel = [\"web\"]\n");
    ASSERT_FALSE(top);
    EXPECT_EQ(fact(top.error(), "field"), "channel");
    EXPECT_THAT(top.error().words, HasSubstr("channels"));
    const auto inner = base_and("[closing]\nrewiev = \"7 working days\"\n");
    ASSERT_FALSE(inner);
    EXPECT_EQ(fact(inner.error(), "field"), "closing.rewiev");
    EXPECT_THAT(inner.error().words, HasSubstr("review"));
    const auto risk = base_and("[evidence.severe]\nweb = []\n");
    ASSERT_FALSE(risk);
    EXPECT_EQ(fact(risk.error(), "field"), "evidence.severe");
    const auto scalar = base_and("closing = 3\n");
    ASSERT_FALSE(scalar);
    EXPECT_EQ(fact(scalar.error(), "field"), "closing");
}

TEST(policy, what_is_wrong_in_a_value_is_refused_with_its_field) {
    const struct {
        const char* lines;
        const char* field;
    } cases[] = {
        {"zone = \"\"\n", "zone"},
        {"zone = \"Asia/../etc\"\n", "zone"},
        {"currency = \"yuan\"\n", "currency"},
        {"channels = []\n", "channels"},
        {"channels = [\"web\", \"web\"]\n", "channels"},
        {"channels = [\"fax\"]\n", "channels"},
        {"channels = [\"hotline\"]\n", "evidence.high"},
        {"auto_approve = 1\n", "auto_approve"},
        {"auto_approve_max = \"high\"\n", "auto_approve_max"},
        {"quote_valid_hours = 1.5\n", "quote_valid_hours"},
        {"reporting = [\"\\u0000\"]\n", "reporting"},
        {"unlock_evidence = []\n", "unlock_evidence"},
        {"reinstate_evidence = [[\"otp_email\"]]\n", "reinstate_evidence"},
        {"[evidence.low]\nweb = [[\"otp_email\"]]\n", "evidence.low.web"},
        {"[evidence.low]\nweb = [[]]\n", "evidence.low.web"},
        {"[evidence.low]\nweb = [[\"otp_sms\", \"otp_sms\"]]\n", "evidence.low.web"},
        {"[evidence.low]\nweb = [\"otp_sms\"]\n", "evidence.low.web"},
        {"[closing]\nreview = \"7 days\"\n", "closing.review"},
        {"[closing]\nreview = \"-7 working days\"\n", "closing.review"},
        {"[closing]\nreview = \"999999999999 working days\"\n", "closing.review"},
        {"[closing]\nreview = 7\n", "closing.review"},
        {"[closing]\ncooling_off_hours = { low = 100 }\n", "closing.cooling_off_hours"},
        {"[closing]\nfee = { kind = \"fixed\" }\n", "closing.fee"},
        {"[closing]\nfee = { kind = \"none\", amount = \"1 CNY\" }\n", "closing.fee"},
        {"[closing]\nfee = { kind = \"fixed\", amount = \"1 USD\" }\n", "closing.fee"},
        {"[closing]\nfee = { kind = \"fixed\", amount = \"1.5 CNY\" }\n", "closing.fee"},
        {"[closing]\nfee = { kind = \"remaining_contract_percent\", percent = 101 }\n", "closing.fee"},
        {"[closing]\nfee = { kind = \"none\", tax = 1 }\n", "closing.fee"},
        {"[closing]\nharassment_quarantine_days = 1\n", "closing.harassment_quarantine_days"},
        {"[closing]\nrelease_notice_days = 91\n", "closing.release_notice_days"},
        {"[keepalive]\nremind_days_before = [1, 2]\n", "keepalive.remind_days_before"},
        {"[keepalive]\nremind_days_before = [31]\n", "keepalive.remind_days_before"},
        {"[keepalive]\nretention_fee = \"20 CNY\"\n", "keepalive.retention_extends_days"},
        {"[otp]\ndigits = 4\n", "otp.digits"},  // not a policy's to choose
        {"[otp]\nttl_minutes = 11\n", "otp.ttl_minutes"},
        {"[risk.levels]\nyoung_line = \"extreme\"\n", "risk.levels.young_line"},
        {"[retention_days]\nbilling = 99999\n", "retention_days.billing"},
    };
    for (const auto& one : cases) {
        const auto loaded = base_and(one.lines);
        ASSERT_FALSE(loaded) << one.lines;
        EXPECT_EQ(fact(loaded.error(), "field"), one.field) << loaded.error().words;
    }
}

// A policy's numbers are read by people: what they may be is said where they are refused, and holds to the last one.
struct number_range {
    std::string key;
    std::int64_t least;
    std::int64_t most;
};
const number_range number_ranges[] = {
    {"closing.cooling_off_hours.low", 0, 8760},
    {"closing.cooling_off_hours.medium", 0, 8760},
    {"closing.cooling_off_hours.high", 0, 8760},
    {"closing.pause_max_days", 0, 3660},
    {"closing.refund_min_minor", 0, 1'000'000'000},
    {"closing.device_write_off_days", 0, 3660},
    {"closing.quarantine_days", 0, 3660},
    {"closing.reclaim_days", 0, 3660},
    {"closing.port_right_days", 0, 3660},
    {"closing.no_reassign_days", 0, 3660},
    {"closing.harassment_quarantine_days", 0, 3660},
    {"closing.release_notice_days", 0, 3660},
    {"keepalive.validity_days", 1, 3660},
    {"keepalive.grace_days", 0, 3660},
    {"keepalive.suspend_days", 0, 3660},
    {"keepalive.retention_extends_days", 0, 3660},
    {"devices.bound_max", 1, 10},
    {"devices.switch_undo_hours", 0, 8760},
    {"devices.download_tries", 1, 100},
    {"devices.code_tries", 1, 100},
    {"devices.activation_days", 1, 3660},
    {"devices.seller_code_hours", 0, 8760},
    {"contacts.changes_max", 1, 30},
    {"contacts.changes_by_one_max", 1, 30},
    {"contacts.account_changes_max", 1, 30},
    {"contacts.changes_days", 1, 3660},
    {"notices.repeats_max", 1, 30},
    {"notices.repeats_minutes", 1, 1440},
    {"notices.a_day", 1, 1000},
    {"notices.last_word_minutes", 0, 60},
    {"notices.bar_late_minutes", 0, 10'080},
    {"notices.replies_a_day", 0, 100},
    {"payout.hold_hours", 0, 8760},
    {"payout.payer_days", 1, 3660},
    {"network.imsi_digits", 6, 15},
    {"disputes.open_max", 1, 20},
    {"disputes.of_case_max", 1, 30},
    {"checks.of_case_max", 1, 30},
    {"checks.a_day_max", 1, 30},
    {"disclosure.wait_hours", 1, 720},
    {"disclosure.after_change_hours", 1, 720},
    {"disclosure.days", 1, 30},
    {"disclosure.a_year", 1, 24},
    {"customer_unlock_wait_hours", 1, 8760},
    {"recovery_code_rest_days", 0, 3660},
    {"otp.ttl_minutes", 1, 10},
    {"otp.max_wrong", 1, 20},
    {"otp.lock_minutes", 1, 10'080},
    {"otp.min_gap_seconds", 0, 3600},
    {"otp.max_per_day", 1, 100},
    {"otp.submit_within_minutes", 1, 10'080},
    {"risk.sim_change_days", 0, 3660},
    {"risk.contact_change_days", 0, 3660},
    {"risk.young_line_days", 0, 3660},
    {"risk.wrong_tries", 1, 100},
    {"risk.refund_account_days", 0, 3660},
    {"risk.document_days", 0, 3660},
    {"risk.customer_unlock_days", 0, 3660},
    {"risk.fraud_hold_days", 0, 3660},
    {"risk.money_days", 0, 365},
    {"risk.money_by_hand_minor", 1, 1'000'000'000'000},
    {"risk.money_by_system_minor", 1, 1'000'000'000'000},
    {"by_hand.line_max_minor", 0, 1'000'000'000'000},
    {"by_hand.person_day_max_minor", 0, 1'000'000'000'000},
    {"by_hand.import_day_max_minor", 0, 1'000'000'000'000},
    {"by_hand.made_days_max", 1, 100},
    {"sample_percent", 0, 100},
    {"erasure_refund_days", 0, 3660},
    {"erasure_within_days", 1, 3660},
    {"second_person_hours", 1, 8760},
    {"quote_valid_hours", 1, 8760},
    {"application_ttl_days", 1, 3660},
    {"max_applications_per_30d", 1, 1000},
    {"max_openings_per_30d", 1, 1000},
    {"wait_after_reject_hours", 0, 8760},
    {"hold_up_days", 1, 3660},
    {"acknowledge_within_s", 1, 86'400},
    {"previous_contact_days", 0, 3660},
    {"backup_ttl_days", 1, 3660},
    {"contact_change_lock_days", 0, 3660},
    {"sim_change_lock_days", 0, 3660},
    {"lost_device_cooling_off_hours", 0, 8760},
    {"retention_days.identity_after_end", 0, 3660},
    {"retention_days.billing", 0, 3660},
    {"retention_days.case_file", 0, 3660},
    {"retention_days.security_log", 0, 3660},
    {"retention_days.usage_detail", 0, 3660},
    {"retention_days.messages", 0, 3660},
    {"retention_days.biometric_template", 0, 3660},
    {"retention_days.backup", 0, 3660},
};

TEST(policy, every_number_is_taken_from_its_least_to_its_most_and_refused_beyond) {
    for (const auto& [key, least, most] : number_ranges) {
        const auto rule =
            "`" + key + "` must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".";
        const auto out_of_range = [&](std::int64_t value) {
            const auto loaded = base_and(key + " = " + std::to_string(value) + "\n");
            return !loaded && loaded.error().words.ends_with(rule);
        };
        EXPECT_TRUE(out_of_range(least - 1)) << key;
        EXPECT_FALSE(out_of_range(least)) << key;
        EXPECT_FALSE(out_of_range(most)) << key;
        EXPECT_TRUE(out_of_range(most + 1)) << key;
    }
}

TEST(policy, what_binds_two_values_holds_up_to_where_they_are_equal) {
    const auto refused_for = [](const char* lines) {
        const auto loaded = base_and(lines);
        return loaded ? std::string() : fact(loaded.error(), "field");
    };
    EXPECT_EQ(refused_for("[keepalive]\nvalidity_days = 40\nremind_days_before = [40]\n"), "");
    EXPECT_EQ(refused_for("[keepalive]\nvalidity_days = 40\nremind_days_before = [41]\n"),
              "keepalive.remind_days_before");
    EXPECT_EQ(refused_for("[keepalive]\nremind_days_before = []\n"), "");
    EXPECT_EQ(refused_for("[keepalive]\nretention_extends_days = 1\n"), "keepalive.retention_extends_days")
        << "for nothing";
    EXPECT_EQ(refused_for("[keepalive]\nretention_fee = \"1 CNY\"\nretention_extends_days = 1\n"), "");
    EXPECT_EQ(refused_for("[closing]\ncooling_off_hours = { low = 5, medium = 5, high = 5 }\n"), "");
    EXPECT_EQ(refused_for("[closing]\ncooling_off_hours = { low = 5, medium = 5, high = 4 }\n"),
              "closing.cooling_off_hours");
    EXPECT_EQ(refused_for("[closing]\ncooling_off_hours = { low = 6, medium = 5, high = 6 }\n"),
              "closing.cooling_off_hours");
    EXPECT_EQ(refused_for("[closing]\nquarantine_days = 90\nharassment_quarantine_days = 90\n"), "");
    EXPECT_EQ(refused_for("[closing]\nquarantine_days = 91\nharassment_quarantine_days = 90\n"),
              "closing.harassment_quarantine_days");
    const std::string holds =
        "[closing]\nquarantine_days = 1\nharassment_quarantine_days = 1\nreclaim_days = 1\nport_right_days = 1\n";
    EXPECT_EQ(refused_for((holds + "no_reassign_days = 7\nrelease_notice_days = 7\n").c_str()), "");
    EXPECT_EQ(refused_for((holds + "no_reassign_days = 7\nrelease_notice_days = 8\n").c_str()),
              "closing.release_notice_days");
    EXPECT_EQ(refused_for("auto_approve = true\nauto_approve_max = \"low\"\nfour_eyes_from = \"low\"\n"),
              "auto_approve_max");
    EXPECT_EQ(refused_for("auto_approve = true\nauto_approve_max = \"low\"\nfour_eyes_from = \"medium\"\n"), "");
    EXPECT_EQ(refused_for("auto_approve = false\nauto_approve_max = \"low\"\nfour_eyes_from = \"low\"\n"), "");
    EXPECT_EQ(refused_for("max_applications_per_30d = 4\nmax_openings_per_30d = 4\n"), "");
    EXPECT_EQ(refused_for("max_applications_per_30d = 5\nmax_openings_per_30d = 4\n"), "max_openings_per_30d");
    EXPECT_EQ(refused_for("reinstate_evidence = []\n"), "reinstate_evidence");
    EXPECT_EQ(refused_for("reinstate_evidence = []\n[closing]\nreclaim_days = 0\n"), "");
}

TEST(policy, words_amounts_and_terms_are_taken_to_the_last_one_that_may_be) {
    const auto taken = [](const std::string& lines) { return base_and(lines).has_value(); };
    EXPECT_TRUE(taken("reporting = [\"" + std::string(980, 'w') + "\"]\n"));
    EXPECT_FALSE(taken("reporting = [\"\"]\n"));
    EXPECT_FALSE(taken("reporting = [\"a\\u007fb\"]\n"));
    EXPECT_FALSE(taken("reporting = [\"a\\u001fb\"]\n"));
    EXPECT_TRUE(taken("reporting = [\"a\\u0020b\"]\n"));
    const auto long_words = [](std::size_t size) {  // in lines that are short enough
        std::string out = "reporting = [\"\"\"";
        for (std::size_t i = 0; i < size; ++i) out += i > 0 && i % 500 == 0 ? "\\\n " : "", out += 'w';
        return out + "\"\"\"]\n";
    };
    EXPECT_TRUE(taken(long_words(2000)));
    EXPECT_FALSE(taken(long_words(2001)));
    const auto list = [](std::size_t many) {
        std::string out = "reporting = [";
        for (std::size_t i = 0; i < many; ++i) out += "\"w\",";
        return out + "]\n";
    };
    EXPECT_TRUE(taken(list(64)));
    EXPECT_FALSE(taken(list(65)));
    EXPECT_TRUE(taken("[closing]\nreview = \"366 working days\"\n"));
    EXPECT_FALSE(taken("[closing]\nreview = \"367 working days\"\n"));
    EXPECT_TRUE(taken("[closing]\nreview = \"000000000007 calendar days\"\n"));
    EXPECT_FALSE(taken("[closing]\nreview = \"0000000000007 calendar days\"\n"));
    EXPECT_TRUE(taken("[closing]\nreview = \"1 working day\"\n"));
    EXPECT_FALSE(taken("[closing]\nreview = \" working days\"\n"));
    EXPECT_FALSE(taken("[closing]\nreview = \"/ working days\"\n"));
    EXPECT_FALSE(taken("[closing]\nreview = \": working days\"\n"));
    for (const auto* percent : {"0", "100"})
        EXPECT_TRUE(taken(
            "[closing]\nfee = { kind = \"remaining_contract_percent\", percent = " + std::string(percent) + " }\n"));
    EXPECT_FALSE(taken("[closing]\nfee = { kind = \"remaining_contract_percent\", percent = -1 }\n"));
    EXPECT_TRUE(taken("zone = \"" + std::string(64, 'z') + "\"\n"));
    EXPECT_FALSE(taken("zone = \"" + std::string(65, 'z') + "\"\n"));
    for (const auto* name : {"A", "Z", "a", "z", "0", "9", "-", "_"})
        EXPECT_TRUE(taken("calendar = \"" + std::string(name) + "\"\n")) << name;
    for (const auto* name : {"@", "[", "`", "{", "/", ":"})
        EXPECT_FALSE(taken("calendar = \"" + std::string(name) + "\"\n")) << name;
    EXPECT_TRUE(taken("[network]\nplmns = [\"46001\", \"310260\"]\n"));
    EXPECT_FALSE(taken("[network]\nplmns = [\"4600\"]\n"));
    EXPECT_FALSE(taken("[network]\nplmns = [\"3102600\"]\n"));
    EXPECT_FALSE(taken("[network]\nplmns = [\"4600x\"]\n"));
    for (const auto* twice :
         {"channels = [\"web\", \"counter\", \"web\"]\n", "[payout]\notherwise = [\"cash\", \"cash\"]\n",
          "[payout]\notherwise = [\"account\"]\n", "erasure_waits_for = [\"dispute\", \"dispute\"]\n",
          "[keepalive]\nremind_days_before = [7, 7]\n", "[keepalive]\nremind_days_before = [0]\n"})
        EXPECT_FALSE(taken(twice)) << twice;
    EXPECT_TRUE(taken("[keepalive]\nremind_days_before = [7, 6]\n"));
}

TEST(policy, an_amount_is_read_with_as_many_digits_as_its_currency_has) {
    const auto fee = [](const char* currency, const std::string& amount) -> std::int64_t {
        const auto loaded = base_and(std::string("currency = \"") + currency + "\"\n[keepalive]\nretention_fee = \"" +
                                     amount + "\"\nretention_extends_days = 1\n");
        return loaded ? loaded->find("child")->keepalive.retention_fee->minor : -1;
    };
    EXPECT_EQ(fee("CNY", "20.05 CNY"), 2005);
    EXPECT_EQ(fee("CNY", "20 CNY"), 2000);
    EXPECT_EQ(fee("CNY", "20.5 CNY"), -1);
    EXPECT_EQ(fee("CNY", "20.005 CNY"), -1);
    EXPECT_EQ(fee("CNY", "20. CNY"), -1);
    EXPECT_EQ(fee("CNY", ".05 CNY"), -1);
    EXPECT_EQ(fee("CNY", "20.0x CNY"), -1);
    EXPECT_EQ(fee("CNY", "20.05 USD"), -1);
    EXPECT_EQ(fee("CNY", "20.05"), -1);
    EXPECT_EQ(fee("JPY", "300 JPY"), 300);
    EXPECT_EQ(fee("JPY", "300.0 JPY"), -1);
}

TEST(policy, no_value_may_be_missing_from_the_root) {
    const std::string text = base_text();
    for (const auto* key :
         {"calendar = ", "[keepalive]", "quarantine_days = ", "hotline = []", "lost_device = ", "backup = "}) {
        auto without = text;
        const auto at = without.find(key);
        ASSERT_NE(at, std::string::npos) << key;
        without.insert(at, "# ");
        EXPECT_FALSE(load_policies({{"base", without}})) << key;
    }
}

TEST(policy, the_id_must_be_the_name_of_the_file) {
    const auto loaded = load_policies({{"other", base_text()}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(fact(loaded.error(), "field"), "id");
    EXPECT_FALSE(load_policies({{"../etc", base_text()}}));
    EXPECT_FALSE(load_policies({{"base", base_text()}, {"base", base_text()}}));
}

TEST(policy, hostile_text_is_refused) {
    std::string deep;
    for (int i = 0; i < 10'000; ++i) deep += "a.";
    std::string many_deep = "a = ";
    for (int i = 0; i < 1000; ++i) many_deep += "[{b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t = \n";
    const std::string texts[] = {deep + "a = 1",
                                 "[" + deep + "a]",
                                 many_deep,
                                 "a = " + std::string(900, '['),
                                 std::string(300'000, '\n'),
                                 std::string(5000, '#'),
                                 std::string("id = \"\0\"", 8),
                                 "id = \"\xff\xfe\"",
                                 "inherits = [1]",
                                 "= =",
                                 "version = 99999999999999999999"};
    for (const auto& text : texts) {
        const auto loaded = load_policies({{"base", text}});
        ASSERT_FALSE(loaded) << text.substr(0, 40);
        EXPECT_EQ(loaded.error().what, base::code::policy_invalid);
        EXPECT_EQ(fact(loaded.error(), "file"), "base.toml");
    }
}

// -- kinder: no term gets worse for the customer

template <typename Enum>
Enum any_of(std::initializer_list<Enum> values) {
    return *rc::gen::elementOf(std::vector<Enum>(values));
}

term any_term() { return {*rc::gen::inRange(0, 20), any_of({day_unit::working_day, day_unit::calendar_day})}; }

money any_money(std::string_view currency) { return {*rc::gen::inRange(0, 500), std::string(currency)}; }

closing_fee any_fee() {
    const auto currency = any_of({"CNY", "CNY", "CNY", "USD"});
    closing_fee out;
    out.kind = any_of({fee_kind::none, fee_kind::fixed, fee_kind::remaining_contract_percent});
    if (out.kind == fee_kind::fixed) out.amount = any_money(currency);
    if (out.kind == fee_kind::remaining_contract_percent) out.percent = *rc::gen::inRange(0, 101);
    if (*rc::gen::arbitrary<bool>()) out.cap = any_money(currency);
    return out;
}

closure_terms any_terms() {
    const auto days = [] { return *rc::gen::inRange(0, 400); };
    closure_terms t;
    t.review = any_term();
    t.cooling_off_hours = {days(), days(), days()};
    t.pause_max_days = days();
    t.fee = any_fee();
    t.effective = any_of({closing_moment::immediate, closing_moment::end_of_day, closing_moment::end_of_cycle,
                          closing_moment::month_end});
    t.refund_unused_prepaid = *rc::gen::arbitrary<bool>();
    t.refund_bonus = *rc::gen::arbitrary<bool>();
    t.refund_within = any_term();
    t.refund_min_minor = days();
    t.device_write_off_days = days();
    t.quarantine_days = days();
    t.reclaim_days = days();
    t.port_right_days = days();
    t.no_reassign_days = days();
    t.harassment_quarantine_days = days();
    t.release_notice_days = days();
    return t;
}

/// What the fee comes to for a contract whose rest is `rest`, in minor units.
std::int64_t price(const closing_fee& fee, std::int64_t rest) {
    std::int64_t out = 0;
    if (fee.kind == fee_kind::fixed) out = fee.amount.minor;
    if (fee.kind == fee_kind::remaining_contract_percent) out = rest * fee.percent / 100;
    return fee.cap ? std::min(out, fee.cap->minor) : out;
}

/// Calendar days that surely cover the term: a working day may take any number of them, so the unit stays.
bool no_later(const term& a, const term& b) {
    return a == b || (a.n <= b.n && (a.unit == b.unit || a.unit == day_unit::calendar_day));
}

void assert_no_worse(const closure_terms& t, const closure_terms& than) {
    RC_ASSERT(no_later(t.review, than.review));
    RC_ASSERT(t.cooling_off_hours.low <= than.cooling_off_hours.low);
    RC_ASSERT(t.cooling_off_hours.medium <= than.cooling_off_hours.medium);
    RC_ASSERT(t.cooling_off_hours.high <= than.cooling_off_hours.high);
    RC_ASSERT(t.pause_max_days <= than.pause_max_days);
    RC_ASSERT(t.effective == than.effective || t.effective < than.effective);
    RC_ASSERT(t.refund_unused_prepaid >= than.refund_unused_prepaid);
    RC_ASSERT(t.refund_bonus >= than.refund_bonus);
    RC_ASSERT(no_later(t.refund_within, than.refund_within));
    RC_ASSERT(t.refund_min_minor <= than.refund_min_minor);
    RC_ASSERT(t.device_write_off_days <= than.device_write_off_days);
    RC_ASSERT(t.quarantine_days >= than.quarantine_days);
    RC_ASSERT(t.reclaim_days >= than.reclaim_days);
    RC_ASSERT(t.port_right_days >= than.port_right_days);
    RC_ASSERT(t.no_reassign_days >= than.no_reassign_days);
    RC_ASSERT(t.harassment_quarantine_days >= than.harassment_quarantine_days);
    RC_ASSERT(t.release_notice_days >= than.release_notice_days);
    for (const int rest : {0, 1, 99, 100, 250, 1'000, 1'000'000})
        RC_ASSERT(price(t.fee, rest) <= price(than.fee, rest));
}

TEST(policy, kinder_terms_are_never_worse_than_the_pinned_ones) {
    EXPECT_HOLDS("kinder(p, c) is at least as good as p", [] {
        const auto pinned = any_terms();
        const auto current = any_terms();
        assert_no_worse(kinder(pinned, current), pinned);
    });
}

TEST(policy, kinder_terms_are_settled_after_one_merge) {
    EXPECT_HOLDS("kinder(kinder(p, c), c) = kinder(p, c) and kinder(p, p) = p", [] {
        const auto pinned = any_terms();
        const auto current = any_terms();
        const auto merged = kinder(pinned, current);
        RC_ASSERT(kinder(merged, current) == merged);
        RC_ASSERT(kinder(pinned, pinned) == pinned);
    });
}

TEST(policy, a_kinder_current_policy_wins_whole) {
    const auto base = committed_policy("base").closing;
    auto better = base;
    better.review.n = 2;
    better.cooling_off_hours.high = 24;
    better.refund_bonus = true;
    better.reclaim_days = 180;
    EXPECT_EQ(kinder(base, better), better);
    EXPECT_EQ(kinder(better, base), better);
}

TEST(policy, a_term_of_as_many_days_in_a_kinder_unit_wins) {
    auto pinned = committed_policy("base").closing;
    auto current = pinned;
    pinned.review = {7, day_unit::working_day};
    current.review = {7, day_unit::calendar_day};
    EXPECT_EQ(kinder(pinned, current).review, current.review);
    EXPECT_EQ(kinder(current, pinned).review, current.review) << "and never the other way";
    current.review = {8, day_unit::calendar_day};
    EXPECT_EQ(kinder(pinned, current).review, pinned.review) << "not certain";
    pinned.refund_within = {7, day_unit::working_day};
    current.refund_within = {7, day_unit::calendar_day};
    EXPECT_EQ(kinder(pinned, current).refund_within, current.refund_within);
}

TEST(policy, fees_of_two_currencies_keep_the_pinned_one) {
    closure_terms pinned;
    closure_terms current;
    pinned.fee = {fee_kind::fixed, {1000, "CNY"}, 0, {}};
    current.fee = {fee_kind::fixed, {1, "USD"}, 0, {}};
    EXPECT_EQ(kinder(pinned, current).fee, pinned.fee);
    current.fee.amount.currency = "CNY";
    EXPECT_EQ(kinder(pinned, current).fee, current.fee);
}

TEST(policy, a_percentage_beats_a_fixed_fee_only_when_its_cap_does) {
    closure_terms pinned;
    closure_terms current;
    pinned.fee = {fee_kind::fixed, {1000, "CNY"}, 0, {}};
    current.fee = {fee_kind::remaining_contract_percent, {}, 10, {}};
    EXPECT_EQ(kinder(pinned, current).fee, pinned.fee);
    current.fee.cap = money{1000, "CNY"};
    EXPECT_EQ(kinder(pinned, current).fee, current.fee);
}

// -- who hears complaints

TEST(policy, every_committed_jurisdiction_names_who_hears_a_customer_after_the_operator) {
    const auto all = book();
    for (const auto& [id, p] : all.all()) {
        if (id == "base") {
            EXPECT_TRUE(p.complaints.empty()) << "the base is nobody's jurisdiction";
            continue;
        }
        EXPECT_FALSE(p.complaints.empty()) << id;
        for (const auto& one : p.complaints) {
            EXPECT_TRUE(std::ranges::all_of(one.name, [](char c) { return c >= 0x20 && c < 0x7f; }))
                << id << ": an SMS in English takes half the letters beside " << one.name;
            EXPECT_FALSE(one.web.empty()) << id;
        }
    }
    EXPECT_EQ(committed_policy("gb").complaints.at(0).after, (term{42, day_unit::calendar_day}));
    EXPECT_EQ(committed_policy("gb").complaints.size(), 2u);
    EXPECT_EQ(committed_policy("cn").complaints.at(0).after, (term{15, day_unit::calendar_day}));
    EXPECT_EQ(committed_policy("us-tello").complaints, committed_policy("us").complaints);
}

TEST(policy, who_hears_complaints_is_inherited_and_replaced_as_a_whole) {
    const auto one = std::string("[[complaints]]\nname = \"Telecom Ombudsman\"\nphone = \"123\"\n");
    const auto child = "id = \"grandchild\"\ninherits = \"child\"\nversion = 1\ntitle = \"t\"\nsource = \"s\"\n";
    const auto loaded = load_policies({{"base", base_text()}, {"child", child_with(one)}, {"grandchild", child}});
    ASSERT_TRUE(loaded) << loaded.error().words;
    const complaint_body wanted{"Telecom Ombudsman", "", "", "123", {}};
    EXPECT_EQ(loaded->find("child")->complaints, std::vector{wanted});
    EXPECT_EQ(loaded->find("grandchild")->complaints, std::vector{wanted});
    const auto none = load_policies(
        {{"base", base_text()}, {"child", child_with(one)}, {"grandchild", std::string(child) + "complaints = []\n"}});
    ASSERT_TRUE(none) << none.error().words;
    EXPECT_TRUE(none->find("grandchild")->complaints.empty());
}

TEST(policy, who_hears_complaints_is_named_in_plain_words_only) {
    for (const auto* lines : {
             "name = \"Ombudsman\"\n",                                                  // nowhere to turn to
             "web = \"a.example\"\n",                                                   // nobody
             "name = \"Ombudsman\"\nweb = \"https://a.example\"\n",                     // a link to click
             "name = \"Ombudsman\"\nweb = \"a\"\n",                                     // no host
             "name = \"Ombudsman\"\nweb = \"a..example\"\n",                            //
             "name = \"Ombudsman\"\nweb = \"a.example?x=1\"\n",                         //
             "name = \"Ombudsman\"\nweb = \"u@a.example\"\n",                           //
             "name = \"Ombudsman\"\nphone = \"call us\"\n",                             //
             "name = \"Ombudsman\"\nphone = \"12\"\n",                                  //
             "name = \"Go to evil.example\"\nphone = \"123\"\n",                        // an SMS names no address
             "name = \"Ombudsman\"\nname_zh = \"拨打13800138000\"\nphone = \"123\"\n",  // nor a number
             "name = \"Ombudsman\"\nphone = \"123\"\nafter = \"2 weeks\"\n",            //
             "name = \"Ombudsman\"\nphone = \"123\"\nfax = \"124\"\n",                  //
         }) {
        const auto loaded = base_and("[[complaints]]\n" + std::string(lines));
        ASSERT_FALSE(loaded) << lines;
        EXPECT_EQ(fact(loaded.error(), "field"), "complaints") << loaded.error().words;
    }
    std::string four;
    for (const auto* name : {"One", "Two", "Three", "Four"})
        four += "[[complaints]]\nname = \"" + std::string(name) + "\"\nphone = \"123\"\n";
    EXPECT_FALSE(base_and(four));
    EXPECT_FALSE(base_and("complaints = \"the regulator\"\n"));
    EXPECT_FALSE(base_and("complaints = [\"the regulator\"]\n"));
}

TEST(policy, explain_names_who_hears_complaints_in_both_languages) {
    const auto english = explain(committed_policy("gb"), "en");
    for (const auto* part : {"## If you disagree", "within 42 calendar days",
                             "Communications Ombudsman (commsombudsman.org, 0330 440 1614)", "CISAS"})
        EXPECT_THAT(english, HasSubstr(part));
    const auto chinese = explain(committed_policy("cn"), "zh-CN");
    for (const auto* part : {"## 对处理结果有异议", "15 个自然日", "工业和信息化部电信用户申诉受理中心", "12300"})
        EXPECT_THAT(chinese, HasSubstr(part));
    EXPECT_THAT(explain(committed_policy("us"), "en"), HasSubstr("FCC Consumer Complaint Center at any time"));
    EXPECT_THAT(explain(committed_policy("base"), "en"), ::testing::Not(HasSubstr("If you disagree")));
}

// -- explain

TEST(policy, explain_says_every_number_that_a_customer_asks_for) {
    const auto text = explain(committed_policy("eu-pt"), "en");
    for (const auto* part :
         {"A top-up keeps the line alive for 30 days.", "ends 120 days after", "within 7 working days",
          "24 hours at medium", "paid back within 10 working days", "written off after 30 days", "rests for 90 days",
          "another operator for 90 days", "Nobody else gets it for 180 days", "free after 180 days",
          "harassment it rests for 365 days", "within 60 seconds", "High risk (hotline): cannot be finished here"})
        EXPECT_THAT(text, HasSubstr(part));
}

TEST(policy, explain_says_what_is_forfeited) {
    const auto text = explain(committed_policy("us-tello"), "en");
    EXPECT_THAT(text, HasSubstr("is not paid back; use it up first"));
    EXPECT_THAT(text, HasSubstr("at the end of the paid cycle"));
    EXPECT_THAT(text, HasSubstr("Through: web."));
}

TEST(policy, explain_speaks_chinese) {
    const auto text = explain(committed_policy("cn"), "zh-CN");
    for (const auto* part :
         {"保号", "注销", "申请", "审核", "解绑", "冷静期", "号码冻结期", "注销凭证", "撤回", "复机", "7 个工作日"})
        EXPECT_THAT(text, HasSubstr(part));
    EXPECT_EQ(text.find("days"), std::string::npos);
}

TEST(policy, explain_is_a_page_of_short_sections_for_every_policy) {
    const auto all = book();
    for (const auto& [id, p] : all.all())
        for (const auto* language : {"en", "zh-CN"}) {
            const auto text = explain(p, language);
            EXPECT_GT(text.size(), 1500u) << id;
            EXPECT_LT(text.size(), 16'000u) << id;
            EXPECT_TRUE(text.starts_with("# ")) << id;
            EXPECT_THAT(text, ::testing::Not(HasSubstr("\n\n\n"))) << id;
        }
}

}  // namespace
}  // namespace keepline::domain
