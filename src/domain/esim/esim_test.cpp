// A profile on the SM-DP+: its states (SGP.22 §3.1.6), order by order and download by download.
#include "domain/esim/esim.hpp"

#include "base/property.hpp"
#include "domain/test_world.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <set>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using base::code;
using testing::at;
using testing::eid_of;
using testing::iccid_of;
using testing::imsi_of;
using testing::named;

const base::msisdn esim_number = base::msisdn::trusted("+8613800138000");
const label mvno = named("mvno");

struct profile_world {
    instant now = at("2026-03-02T02:00:00Z");
    esim_state s;
    std::vector<esim_event> happened;
    std::vector<effect> effects;
    std::set<std::string> all;  // the names of all events so far
    actor by = testing::machine;
    std::optional<actor> second = testing::reviewer;  // whatever needs two people has them, unless a test is about that

    result<void> apply(const esim_command& what) {
        const context circumstances{.now = now,
                                    .rules = testing::repository_rules().get(),
                                    .by = by,
                                    .through = channel::staff,
                                    .second = second,
                                    .reserved = reservation{0, now + base::minutes{5}}};
        happened.clear();
        effects.clear();
        TRY(done, esim::decide(s, what, circumstances));
        testing::expect_folded<esim>(s, done);
        for (const auto& one : done.events) {
            // What is stored is what was: through the journal's text and back.
            const auto read = base::from_json<esim_event>(base::to_json(one));
            EXPECT_TRUE(read && *read == one) << base::to_json(one);
            all.insert(std::visit([](const auto& e) { return std::string(e.name); }, one));
        }
        s = std::move(done.after);
        effects = std::move(done.effects);
        const auto snapshot = base::from_json<esim_state>(base::to_json(s));
        EXPECT_TRUE(snapshot && *snapshot == s);
        happened = std::move(done.events);
        return {};
    }
    void must(const esim_command& what) {
        const auto done = apply(what);
        ASSERT_TRUE(done.has_value()) << done.error().words;
    }
    code refused(const esim_command& what) {
        const auto before = s;
        const auto done = apply(what);
        EXPECT_FALSE(done.has_value());
        EXPECT_EQ(s, before);
        return done ? code::internal : done.error().what;
    }
    /// The command changed nothing.
    bool again(const esim_command& what) {
        const auto done = apply(what);
        return done && happened.empty();
    }
    template <typename Effect>
    std::vector<Effect> sent() const {
        std::vector<Effect> out;
        for (const auto& e : effects)
            if (const auto* one = std::get_if<Effect>(&e)) out.push_back(*one);
        return out;
    }
    /// The code that the LPA is told although the command succeeded.
    code told() const {
        const auto refusal = refusal_in(happened);
        return refusal ? refusal->what : code::internal;
    }

    void provide() { must(provide_esim{iccid_of(1), imsi_of(1), "standard", {}, true, false}); }
    static download_terms terms() {
        download_terms out;
        out.matching_id = "MATCH-1";
        out.limits = {2, 2, at("2026-04-01T00:00:00Z")};
        return out;
    }
    void order(download_terms what = terms()) {
        provide();
        must(download_order{mvno, {}, "standard"});
        must(confirm_order{mvno, std::move(what), true});
    }
    void order_for_a_line() {
        provide();
        must(order_for_line{{}, "standard", esim_number, 1, named("sb-1"), terms()});
    }
    static begin_download begin(const std::string& transaction, int eid = 1) {
        return {transaction, eid_of(eid), "key-" + transaction, "MATCH-1"};
    }
    void download(const std::string& transaction = "t1", int eid = 1) {
        must(begin(transaction, eid));
        must(deliver_package{transaction});
    }
    static install_result installed(const std::string& transaction = "t1", std::uint32_t sequence = 1) {
        return {transaction, true, 0, "", sequence, {proof_kind::none, "digest", {}}, "UElS"};
    }
    void install() {
        download();
        must(installed());
    }
    static notified notice(profile_event what, std::uint32_t sequence, int eid = 1) {
        return {iccid_of(1), what, eid_of(eid), sequence, {proof_kind::none, "digest-" + std::to_string(sequence), {}},
                "Tk9U"};
    }
};

// -- a profile that a device may have

TEST(esim, that_may_sit_on_a_device_is_issued_again_only_when_another_person_signs) {
    for (const esim_command& what : {esim_command(reset_order{{}, "MATCH-2", {}}), esim_command(rebind_order{{}, {}}),
                                     esim_command(cancel_order{{}, {}, "", true})}) {
        profile_world w;
        w.by = testing::clerk;
        w.second.reset();
        w.order();
        w.download();
        const auto before = w.s;
        w.must(what);
        ASSERT_EQ(w.happened.size(), 1U);
        EXPECT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
        EXPECT_EQ(w.s.status, before.status);
        EXPECT_EQ(w.s.terms, before.terms);
        const int serial = w.s.asked.list.back().serial;
        EXPECT_FALSE(w.apply(countersign{serial})) << "not the one who asked";
        w.by = testing::reviewer;
        w.must(countersign{serial});
        EXPECT_NE(w.s.status, esim_status::downloaded);
    }
}

TEST(esim, is_signed_for_as_what_was_shown_and_as_nothing_else) {
    for (const esim_command& what :
         {esim_command(cancel_order{{}, {}, "", true}), esim_command(reset_order{{}, "OWN", {}}),
          esim_command(rebind_order{{}, eid_of(2)})}) {
        profile_world w;
        w.order();
        w.by = testing::clerk;
        w.second.reset();
        w.must(what);
        ASSERT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
        EXPECT_NE(w.s.asked.list.back().what, act::reset_profile) << "nobody has it yet";
        w.download();
        w.by = testing::reviewer;
        EXPECT_EQ(w.refused(countersign{1}), code::changed_since);
    }
}

TEST(esim, that_a_device_may_have_is_remembered_when_nobody_signed_that_another_gets_it) {
    profile_world w;
    w.order_for_a_line();
    w.by = testing::clerk;
    w.second.reset();
    w.download();
    w.must(cancel_order{{}, {}, "", false});
    ASSERT_EQ(w.s.asked.list.back().what, act::stop_profile);
    w.by = testing::reviewer;
    w.must(countersign{1});
    EXPECT_THAT(w.s.left_on, ::testing::ElementsAre(eid_of(1)));
}

TEST(esim, that_an_eUICC_signed_not_to_have_is_issued_again_by_one_person) {
    profile_world deleted;
    deleted.second.reset();
    deleted.order();
    deleted.install();
    deleted.must(profile_world::notice(profile_event::deletion, 9));
    deleted.must(reset_order{mvno, {}, {}});
    EXPECT_EQ(deleted.s.status, esim_status::released);
    profile_world failed;
    failed.second.reset();
    failed.order();
    failed.download();
    failed.must(install_result{"t1", false, 1, "", 1, {proof_kind::none, "digest", {}}, "UElS"});
    failed.must(reset_order{mvno, {}, {}});
    EXPECT_EQ(failed.s.status, esim_status::released);
}

// -- an order that somebody waits for

TEST(esim, of_a_line_is_turned_to_another_device_or_opened_again_by_two) {
    for (const esim_command& what :
         {esim_command(rebind_order{{}, eid_of(2)}), esim_command(reset_order{{}, "OWN", {}}),
          esim_command(reset_order{{}, {}, download_limits{0, 3, {}}})}) {
        for (const auto& thief : {testing::clerk, testing::machine, actor{role::admin, named("ops")}}) {
            profile_world w;
            w.order_for_a_line();
            w.by = thief;
            w.second.reset();
            const auto before = w.s;
            w.must(what);
            ASSERT_EQ(w.happened.size(), 1U);
            ASSERT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
            EXPECT_EQ(w.s.asked.list.back().what, act::rebind_profile);
            EXPECT_EQ(w.s.terms, before.terms);
            w.by = testing::other_clerk;
            EXPECT_EQ(w.refused(countersign{1}), code::forbidden);
            w.by = testing::reviewer;
            w.must(countersign{1});
            EXPECT_NE(w.s.terms, before.terms);
        }
    }
}

TEST(esim, of_a_line_is_no_operators_and_an_operators_is_not_the_staffs_alone) {
    profile_world line;
    line.order_for_a_line();
    for (const esim_command& what :
         {esim_command(rebind_order{mvno, eid_of(2)}), esim_command(reset_order{mvno, "OWN", {}}),
          esim_command(cancel_order{mvno, {}, "", true}), esim_command(release_profile{mvno})})
        EXPECT_EQ(line.refused(what), code::esim_not_yours);
    profile_world operators;
    operators.order();
    operators.second.reset();
    operators.by = testing::clerk;
    operators.must(rebind_order{{}, eid_of(2)});
    EXPECT_TRUE(std::holds_alternative<second_wanted>(operators.happened.front()));
    operators.must(rebind_order{mvno, eid_of(2)});
    EXPECT_EQ(operators.s.terms.eid, eid_of(2)) << "its own system turns its own order";
    profile_world opened;
    opened.provide();
    opened.must(download_order{mvno, {}, "standard"});
    opened.second.reset();
    opened.by = testing::clerk;
    opened.must(confirm_order{{}, profile_world::terms(), true});
    EXPECT_EQ(opened.s.status, esim_status::allocated) << "with a code of their own";
}

TEST(esim, an_operators_own_system_takes_its_order_back_by_itself) {
    profile_world w;
    w.second.reset();
    w.order();
    w.download();
    w.must(cancel_order{mvno, {}, "", true});
    EXPECT_EQ(w.s.status, esim_status::available);
}

TEST(esim, that_a_device_may_have_comes_back_from_es2_for_that_device_and_for_another_by_two) {
    profile_world w;
    w.second.reset();
    w.order();
    w.download();
    w.must(cancel_order{mvno, {}, "", true});
    EXPECT_THAT(w.s.left_on, ::testing::ElementsAre(eid_of(1)));
    EXPECT_EQ(w.refused(order_for_line{{}, "standard", esim_number, 1, named("sb-1"), profile_world::terms()}),
              code::esim_taken)
        << "no line's";
    for (const auto& eid : {base::eid(), eid_of(2)}) {
        auto other = w;
        other.must(download_order{mvno, eid, ""});
        ASSERT_TRUE(std::holds_alternative<second_wanted>(other.happened.front()));
        EXPECT_EQ(other.s.status, esim_status::available);
        other.by = testing::reviewer;
        other.must(countersign{other.s.asked.list.back().serial});
        EXPECT_TRUE(other.s.is_ordered());
        EXPECT_TRUE(other.s.left_on.empty());
    }
    auto same = w;
    same.must(download_order{mvno, eid_of(1), ""});
    EXPECT_EQ(same.s.status, esim_status::linked);
    same.must(rebind_order{mvno, {}});
    EXPECT_TRUE(std::holds_alternative<second_wanted>(same.happened.front())) << "not by a detour";
    w.must(profile_world::notice(profile_event::deletion, 9));
    EXPECT_TRUE(w.s.left_on.empty());
    w.must(download_order{mvno, eid_of(2), ""});
    EXPECT_EQ(w.s.status, esim_status::linked);
}

TEST(esim, deleted_once_says_nothing_of_a_package_that_came_later) {
    profile_world w;
    w.second.reset();
    w.order();
    w.install();
    w.must(profile_world::notice(profile_event::deletion, 9));
    w.now = w.now + base::hours{1};
    w.must(reset_order{mvno, {}, {}});
    w.download("t2");
    EXPECT_TRUE(may_sit_on_device(w.s));
    w.by = testing::machine;
    w.must(cancel_order{{}, {}, "", true});
    EXPECT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
}

TEST(esim, of_a_line_is_taken_back_by_two_and_into_the_stock_by_no_system_alone) {
    for (const bool to_stock : {true, false})
        for (const auto& who : {testing::clerk, testing::machine, actor{role::admin, named("ops")}})
            for (const bool downloaded : {true, false}) {
                profile_world w;
                w.second.reset();
                w.order_for_a_line();
                if (downloaded) w.download();
                const auto before = w.s.status;
                w.by = who;
                w.must(cancel_order{{}, {}, "", to_stock});
                EXPECT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
                EXPECT_EQ(w.s.status, before);
            }
}

TEST(esim, an_order_is_confirmed_by_who_made_it_whomever_it_is_for) {
    profile_world w;
    w.second.reset();
    w.provide();
    w.must(download_order{mvno, {}, ""});
    w.by = testing::clerk;
    w.must(confirm_order{{}, profile_world::terms(), true});
    EXPECT_TRUE(std::holds_alternative<second_wanted>(w.happened.front()));
    w.by = testing::machine;
    w.must(confirm_order{{}, profile_world::terms(), true});
    EXPECT_EQ(w.s.status, esim_status::released);
    EXPECT_EQ(w.s.ordered_by, testing::machine);
}

// -- orders

TEST(esim, goes_the_way_of_es2_from_stock_to_deletion) {
    profile_world w;
    w.provide();
    EXPECT_EQ(w.s.status, esim_status::available);
    w.must(download_order{mvno, {}, "standard"});
    EXPECT_EQ(w.s.status, esim_status::allocated);
    w.must(confirm_order{mvno, profile_world::terms(), false});
    EXPECT_EQ(w.s.status, esim_status::confirmed);
    EXPECT_EQ(w.refused(profile_world::begin("t0")), code::esim_not_released);
    w.must(release_profile{mvno});
    EXPECT_EQ(w.s.status, esim_status::released);
    ASSERT_EQ(w.sent<hlr_keys>().size(), 1U);
    EXPECT_EQ(w.sent<hlr_keys>()[0].imsi, imsi_of(1));
    w.must(profile_world::begin("t1"));
    EXPECT_EQ(w.sent<report_progress>().at(0).point, progress_point::eligibility);
    w.must(deliver_package{"t1"});
    EXPECT_EQ(w.s.status, esim_status::downloaded);
    EXPECT_EQ(w.sent<report_progress>().at(0).point, progress_point::download);
    w.must(profile_world::installed());
    EXPECT_EQ(w.s.status, esim_status::installed);
    EXPECT_EQ(w.s.eid, eid_of(1));
    EXPECT_EQ(w.sent<report_progress>().at(0).result_data, "UElS");
    w.must(profile_world::notice(profile_event::enable, 2));
    EXPECT_EQ(w.sent<report_progress>().at(0).point, progress_point::enabled);
    w.must(profile_world::notice(profile_event::deletion, 3));
    EXPECT_EQ(w.s.status, esim_status::unavailable);
    EXPECT_EQ(w.sent<report_progress>().at(0).requester, mvno);
    EXPECT_EQ(w.s.last_proof->kind, proof_kind::signed_notification);
}

TEST(esim, an_order_with_an_eid_is_linked_and_only_that_eid_downloads) {
    profile_world w;
    w.provide();
    w.must(download_order{mvno, eid_of(1), ""});
    EXPECT_EQ(w.s.status, esim_status::linked);
    auto terms = profile_world::terms();
    terms.eid = eid_of(2);
    EXPECT_EQ(w.refused(confirm_order{mvno, terms, true}), code::eid_differs);
    terms.eid = {};
    terms.matching_id.clear();
    w.must(confirm_order{mvno, terms, true});
    EXPECT_EQ(w.s.terms.eid, eid_of(1));
    EXPECT_EQ(w.refused(begin_download{"t1", eid_of(2), "k", ""}), code::eid_differs);
    EXPECT_EQ(w.refused(begin_download{"t1", eid_of(1), "k", "MATCH-1"}), code::matching_id_wrong);
    w.must(begin_download{"t1", eid_of(1), "k", ""});
}

TEST(esim, every_function_of_es2_may_be_repeated) {
    profile_world w;
    w.order();
    EXPECT_TRUE(w.again(provide_esim{iccid_of(1), imsi_of(1), "standard", {}, true, false}));
    EXPECT_TRUE(w.again(download_order{mvno, {}, "standard"}));
    auto later = profile_world::terms();
    later.limits.expires_at = at("2026-04-02T00:00:00Z");
    EXPECT_TRUE(w.again(confirm_order{mvno, later, true})) << "the expiry is counted from now each time";
    EXPECT_TRUE(w.again(release_profile{mvno}));
    auto made = profile_world::terms();
    made.matching_id = "MADE-UP-2";
    EXPECT_TRUE(w.again(confirm_order{mvno, made, true, true})) << "a matching ID that we made is kept";
    EXPECT_EQ(w.refused(confirm_order{mvno, made, true}), code::esim_taken);
    w.must(cancel_order{mvno, {}, "MATCH-1", true});
    EXPECT_TRUE(w.again(cancel_order{mvno, {}, "MATCH-1", true}));
    EXPECT_EQ(w.s.status, esim_status::available);
    EXPECT_EQ(w.s.terms, download_terms{});
}

TEST(esim, orders_refuse_what_does_not_fit) {
    profile_world w;
    EXPECT_EQ(w.refused(download_order{mvno, {}, ""}), code::esim_unknown);
    w.provide();
    EXPECT_EQ(w.refused(provide_esim{iccid_of(1), imsi_of(2), "standard", {}, true, false}), code::esim_taken);
    EXPECT_EQ(w.refused(download_order{mvno, {}, "other"}), code::esim_type_differs);
    EXPECT_EQ(w.refused(confirm_order{mvno, profile_world::terms(), true}), code::esim_taken) << "not ordered";
    EXPECT_EQ(w.refused(release_profile{mvno}), code::esim_not_confirmed);
    w.must(download_order{mvno, {}, ""});
    EXPECT_EQ(w.refused(download_order{named("other"), {}, ""}), code::esim_not_yours);
    EXPECT_EQ(w.refused(download_order{mvno, eid_of(1), ""}), code::esim_taken);
    auto terms = profile_world::terms();
    terms.matching_id.clear();
    EXPECT_EQ(w.refused(confirm_order{mvno, terms, true}), code::eid_missing);
    terms = profile_world::terms();
    terms.smds = "lpa.ds.gsma.com";
    EXPECT_EQ(w.refused(confirm_order{mvno, terms, true}), code::eid_missing);
    terms = profile_world::terms();
    terms.matching_id = "with $ in it";
    EXPECT_EQ(w.refused(confirm_order{mvno, terms, true}), code::invalid);
    terms = profile_world::terms();
    terms.confirmation = "1234";
    EXPECT_EQ(w.refused(confirm_order{mvno, terms, true}), code::invalid) << "the code itself, not its digest";
    w.must(confirm_order{mvno, profile_world::terms(), true});
    EXPECT_EQ(w.refused(cancel_order{mvno, {}, "OTHER", true}), code::matching_id_wrong);
    EXPECT_EQ(w.refused(cancel_order{mvno, eid_of(1), "", true}), code::eid_differs);
    EXPECT_EQ(w.refused(cancel_order{named("other"), {}, "", true}), code::esim_not_yours);
    w.must(cancel_order{{}, {}, "", false});
    EXPECT_EQ(w.refused(cancel_order{mvno, {}, "", true}), code::esim_taken) << "it ended the other way";
}

TEST(esim, stock_of_an_operator_is_for_that_operator) {
    profile_world w;
    w.must(provide_esim{iccid_of(1), imsi_of(1), "standard", mvno, true, false});
    EXPECT_EQ(w.refused(download_order{named("other"), {}, ""}), code::esim_not_yours);
    w.must(download_order{mvno, {}, ""});
}

TEST(esim, an_installed_profile_is_not_cancelled_until_its_deletion_is_proved) {
    profile_world w;
    auto terms = profile_world::terms();
    terms.when_deleted = after_delete::released;
    w.order(terms);
    w.install();
    EXPECT_EQ(w.refused(cancel_order{mvno, {}, "", true}), code::esim_taken);
    EXPECT_EQ(w.refused(reset_order{mvno, {}, {}}), code::esim_taken);
    EXPECT_EQ(w.refused(rebind_order{mvno, eid_of(2)}), code::esim_taken);
    w.must(profile_world::notice(profile_event::deletion, 2));
    EXPECT_EQ(w.s.status, esim_status::released) << "as the order said";
    EXPECT_EQ(w.s.downloads, 0);
    w.must(rebind_order{mvno, eid_of(2)});
    w.download("t2", 2);
    EXPECT_EQ(w.s.eid, eid_of(2));
}

// -- events at an SM-DS

constexpr const char* smds = "smds.example.com";

struct announced_world : profile_world {
    static download_terms terms() {
        auto out = profile_world::terms();
        out.eid = eid_of(1);
        out.smds = smds;
        return out;
    }
    static event_record record(const std::string& matching_id = "MATCH-1", int eid = 1) {
        return {smds, eid_of(eid), matching_id};
    }
    void answer(registration how, const std::string& refusal = "") {
        must(smds_answered{s.announced.value_or(announcement{}).record, how, refusal});
    }
    registration status() const { return s.announced.value_or(announcement{}).status; }
};

TEST(esim, an_event_is_at_the_smds_from_the_release_to_the_installation) {
    announced_world w;
    w.provide();
    w.must(download_order{mvno, {}, "standard"});
    w.must(confirm_order{mvno, announced_world::terms(), false});
    EXPECT_FALSE(w.s.announced) << "nothing can be downloaded yet";
    w.must(release_profile{mvno});
    ASSERT_EQ(w.sent<register_event>().size(), 1U);
    EXPECT_EQ(w.sent<register_event>()[0].record, announced_world::record());
    EXPECT_EQ(w.status(), registration::pending);
    w.answer(registration::registered);
    EXPECT_EQ(w.status(), registration::registered);
    EXPECT_TRUE(w.again(release_profile{mvno}));
    w.download();
    EXPECT_TRUE(w.sent<delete_event>().empty()) << "the same phone may have to come again";
    w.must(profile_world::installed());
    ASSERT_EQ(w.sent<delete_event>().size(), 1U);
    EXPECT_EQ(w.sent<delete_event>()[0].record, announced_world::record());
    EXPECT_FALSE(w.s.announced);
}

TEST(esim, an_event_that_was_refused_is_tried_again_when_the_operator_asks_again) {
    announced_world w;
    w.order(announced_world::terms());
    w.answer(registration::refused, "8.9.5/4.2");
    EXPECT_EQ(w.s.announced->refusal, "8.9.5/4.2");
    w.must(profile_world::begin("t1", 1));
    EXPECT_TRUE(w.sent<register_event>().empty()) << "a phone does not ask for it";
    w.must(confirm_order{mvno, announced_world::terms(), true});
    EXPECT_EQ(w.sent<register_event>().size(), 1U);
    EXPECT_EQ(w.status(), registration::pending);
    EXPECT_TRUE(w.again(confirm_order{mvno, announced_world::terms(), true}));
    w.answer(registration::unknown);
    w.must(release_profile{mvno});
    EXPECT_EQ(w.sent<register_event>().size(), 1U);
}

TEST(esim, an_event_moves_with_its_order_and_ends_with_it) {
    announced_world w;
    w.order(announced_world::terms());
    w.must(rebind_order{mvno, eid_of(2)});
    EXPECT_EQ(w.sent<delete_event>().at(0).record, announced_world::record());
    EXPECT_EQ(w.sent<register_event>().at(0).record, announced_world::record("MATCH-1", 2));
    EXPECT_TRUE(w.again(smds_answered{announced_world::record(), registration::registered, {}})) << "of the one before";
    EXPECT_EQ(w.refused(rebind_order{mvno, {}}), code::eid_missing);
    w.must(reset_order{mvno, "MATCH-2", {}});
    EXPECT_EQ(w.sent<register_event>().at(0).record, announced_world::record("MATCH-2", 2));
    auto expired = w;
    expired.now = at("2026-04-01T00:00:00Z");
    expired.must(expire_order{});
    EXPECT_EQ(expired.sent<delete_event>().size(), 1U);
    expired.must(reset_order{mvno, {}, {}});
    EXPECT_EQ(expired.sent<register_event>().size(), 1U);
    w.must(cancel_order{mvno, {}, "", true});
    EXPECT_EQ(w.sent<delete_event>().at(0).record, announced_world::record("MATCH-2", 2));
    EXPECT_FALSE(w.s.announced);
}

TEST(esim, what_an_smds_was_to_be_told_is_dropped_when_it_was_overtaken) {
    announced_world w;
    w.order(announced_world::terms());
    const register_event registering{announced_world::record()};
    const delete_event deleting{announced_world::record()};
    EXPECT_TRUE(still_wanted(w.s, registering));
    EXPECT_FALSE(still_wanted(w.s, deleting));
    w.must(cancel_order{mvno, {}, "", true});
    EXPECT_FALSE(still_wanted(w.s, registering));
    EXPECT_TRUE(still_wanted(w.s, deleting));
}

// -- the download and its limits

TEST(esim, too_many_tries_end_the_order_and_a_reset_begins_anew) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1"));
    EXPECT_TRUE(w.again(profile_world::begin("t1"))) << "one transaction is one try";
    w.must(profile_world::begin("t2"));
    w.must(profile_world::begin("t3"));
    EXPECT_EQ(w.told(), code::downloads_spent);
    EXPECT_EQ(w.s.status, esim_status::error);
    EXPECT_EQ(w.sent<report_progress>().at(0).subject_code, "8.8.5");
    EXPECT_EQ(w.sent<report_progress>().at(0).reason_code, "6.4");
    EXPECT_EQ(w.refused(profile_world::begin("t4")), code::downloads_spent);
    EXPECT_EQ(w.refused(deliver_package{"t1"}), code::downloads_spent);
    w.must(reset_order{mvno, "MATCH-2", {}});
    EXPECT_EQ(w.s.status, esim_status::released);
    EXPECT_EQ(w.s.terms.matching_id, "MATCH-2");
    EXPECT_TRUE(w.again(reset_order{mvno, "MATCH-2", {}}));
    EXPECT_EQ(w.refused(profile_world::begin("t5")), code::matching_id_wrong);
    w.must(begin_download{"t5", eid_of(3), "k", "MATCH-2"});
}

TEST(esim, wrong_confirmation_codes_are_counted_over_all_transactions) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1"));
    w.must(refuse_code{"t1"});
    EXPECT_EQ(w.told(), code::confirmation_refused);
    w.must(profile_world::begin("t2"));
    w.must(refuse_code{"t2"});
    EXPECT_EQ(w.told(), code::confirmation_spent);
    EXPECT_EQ(w.s.status, esim_status::error);
    EXPECT_EQ(w.s.failed_by, order_failure::codes_spent);
    EXPECT_EQ(w.sent<report_progress>().at(0).reason_code, "6.4");
    EXPECT_EQ(w.refused(deliver_package{"t2"}), code::confirmation_spent);
    EXPECT_EQ(w.refused(refuse_code{"unknown"}), code::transaction_unknown);
}

TEST(esim, an_order_expires_by_itself_or_when_somebody_comes_too_late) {
    profile_world w;
    w.order();
    EXPECT_EQ(esim::next_due(w.s), at("2026-04-01T00:00:00Z"));
    auto late = w;
    late.now = at("2026-04-01T00:00:00Z");
    late.must(profile_world::begin("t1"));
    EXPECT_EQ(late.told(), code::order_expired);
    EXPECT_TRUE(w.again(expire_order{})) << "not yet";
    w.now = at("2026-04-01T00:00:00Z");
    w.must(expire_order{});
    EXPECT_EQ(w.s.status, esim_status::error);
    EXPECT_EQ(w.s.failed_by, order_failure::expired);
    EXPECT_EQ(esim::next_due(w.s), std::nullopt);
    w.must(reset_order{mvno, {}, {}});
    EXPECT_EQ(w.s.terms.limits.expires_at, instant{}) << "an expiry that has passed is dropped";
    EXPECT_EQ(w.s.terms.limits.downloads, 2);
}

TEST(esim, the_same_device_may_download_again_and_no_other) {
    profile_world w;
    w.order();
    w.download("t1", 1);
    EXPECT_TRUE(w.again(deliver_package{"t1"}));
    EXPECT_EQ(w.refused(profile_world::begin("t2", 2)), code::eid_differs);
    w.must(profile_world::begin("t3", 1));
    w.must(deliver_package{"t3"});
    EXPECT_EQ(w.s.status, esim_status::downloaded);
}

TEST(esim, of_two_devices_in_a_race_the_first_one_gets_it) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1", 1));
    w.must(profile_world::begin("t2", 2));
    w.must(deliver_package{"t2"});
    EXPECT_EQ(w.refused(deliver_package{"t1"}), code::esim_not_bindable);
    EXPECT_EQ(w.s.eid, eid_of(2));
}

TEST(esim, an_order_that_was_cancelled_or_rebound_meanwhile_is_not_delivered) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1", 1));
    auto rebound = w;
    rebound.must(rebind_order{mvno, eid_of(2)});
    EXPECT_EQ(rebound.refused(deliver_package{"t1"}), code::esim_not_bindable);
    w.must(cancel_order{mvno, {}, "", true});
    w.must(download_order{mvno, {}, ""});
    w.must(confirm_order{mvno, profile_world::terms(), true});
    EXPECT_EQ(w.refused(deliver_package{"t1"}), code::esim_not_bindable) << "it belongs to the order before";
}

TEST(esim, a_failed_installation_ends_the_order_only_when_it_fails_for_good) {
    profile_world w;
    w.order();
    w.download();
    auto interrupted = w;
    interrupted.must(install_result{"t1", false, 11, "", 1, {}, ""});
    EXPECT_EQ(interrupted.s.status, esim_status::released);
    EXPECT_EQ(interrupted.refused(profile_world::begin("t2", 2)), code::eid_differs) << "still that device's";
    interrupted.download("t2", 1);
    w.must(install_result{"t1", false, 12, "PE processing", 1, {}, "RVJS"});
    EXPECT_EQ(w.s.status, esim_status::error);
    EXPECT_EQ(w.s.failed_by, order_failure::install_failed);
    EXPECT_FALSE(w.sent<report_progress>().at(0).succeeded);
    EXPECT_TRUE(w.again(install_result{"t1", false, 12, "PE processing", 1, {}, "RVJS"}));
}

TEST(esim, a_user_who_postpones_leaves_the_order_as_it_is) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1"));
    w.must(cancel_session{"t1", 1});
    EXPECT_EQ(w.s.status, esim_status::released);
    EXPECT_TRUE(w.again(cancel_session{"t1", 1}));
    w.must(profile_world::begin("t2"));
    w.must(cancel_session{"t2", 0});
    EXPECT_EQ(w.s.status, esim_status::error);
    EXPECT_EQ(w.s.failed_by, order_failure::refused_by_user);
    EXPECT_EQ(w.refused(cancel_session{"t9", 0}), code::transaction_unknown);
}

// -- what LPAs do after a confirmation code that was not taken

namespace {

profile_world asking_for_a_code(int limit = 0) {
    profile_world w;
    auto terms = profile_world::terms();
    terms.confirmation = std::string(64, 'a');
    terms.limits = {0, limit, {}};
    w.order(terms);
    return w;
}

}  // namespace

TEST(esim, a_cancel_after_a_refused_code_leaves_the_order_open_and_only_counts_the_try) {
    for (const bool missing : {false, true})
        for (const int reason : {0, 127, 5}) {
            auto w = asking_for_a_code();
            w.must(profile_world::begin("t1"));
            w.must(refuse_code{"t1", missing});
            EXPECT_EQ(w.told(), code::confirmation_refused);
            w.must(cancel_session{"t1", reason, 3});
            EXPECT_EQ(w.s.status, esim_status::released);
            EXPECT_EQ(w.s.codes, missing ? 0 : 1) << "a code that is missing is no guess";
            EXPECT_EQ(w.s.downloads, 1);
            EXPECT_TRUE(std::get<session_cancelled>(w.happened.front()).forgiven);
            w.download("t2");
        }
}

TEST(esim, what_a_cancel_is_forgiven_has_an_end) {
    auto w = asking_for_a_code();
    for (int i = 1; i <= 3; ++i) {
        const auto id = "t" + std::to_string(i);
        w.must(profile_world::begin(id));
        w.must(refuse_code{id});
        w.must(cancel_session{id, 0, 3});
        EXPECT_EQ(w.s.status, i < 3 ? esim_status::released : esim_status::error) << i;
    }
    EXPECT_EQ(w.s.failed_by, order_failure::codes_spent) << "nobody said no";
    EXPECT_EQ(w.refused(profile_world::begin("t4")), code::confirmation_spent);
    auto strict = asking_for_a_code();
    strict.must(profile_world::begin("t1"));
    strict.must(refuse_code{"t1"});
    strict.must(cancel_session{"t1", 0, 0});
    EXPECT_EQ(strict.s.status, esim_status::error) << "never, by setting";
    auto refused = asking_for_a_code();
    refused.must(profile_world::begin("t1"));
    refused.must(cancel_session{"t1", 0, 0, "8.8/4.2"});
    EXPECT_EQ(refused.s.failed_by, order_failure::refused_by_device) << "we said no, not a person";
    EXPECT_NE(refused.s.failure_words.find("8.8/4.2"), std::string::npos);
    auto limited = asking_for_a_code(2);
    limited.must(profile_world::begin("t1"));
    limited.must(refuse_code{"t1"});
    limited.must(cancel_session{"t1", 0, 10});
    limited.must(profile_world::begin("t2"));
    limited.must(refuse_code{"t2"});
    EXPECT_EQ(limited.s.failed_by, order_failure::codes_spent) << "the order's own limit comes first";
}

TEST(esim, a_refusal_that_follows_no_code_or_a_package_is_a_refusal) {
    profile_world w;
    w.order();
    w.must(profile_world::begin("t1"));
    w.must(cancel_session{"t1", 0, 10});
    EXPECT_EQ(w.s.failed_by, order_failure::refused_by_user) << "there was no code to forget: somebody said no";
    auto taken = asking_for_a_code();
    taken.must(profile_world::begin("t1"));
    taken.must(refuse_code{"t1"});
    taken.must(deliver_package{"t1"});
    taken.must(cancel_session{"t1", 0, 10});
    EXPECT_EQ(taken.s.failed_by, order_failure::refused_by_user) << "the package had left";
    auto seen = asking_for_a_code();
    seen.must(profile_world::begin("t1"));
    seen.must(cancel_session{"t1", 4, 10});
    EXPECT_EQ(seen.s.failed_by, order_failure::refused_by_device) << "a reason that has nothing to do with a code";
}

TEST(esim, a_code_that_never_came_leaves_the_order_open_within_the_same_count) {
    for (const int reason : {0, 127}) {
        auto w = asking_for_a_code();
        w.must(profile_world::begin("t1"));
        w.must(refuse_code{"t1"});
        w.must(cancel_session{"t1", reason, 3, "8.2.7/3.8"});
        w.must(profile_world::begin("t2"));
        w.must(cancel_session{"t2", reason, 3});
        EXPECT_EQ(w.s.status, esim_status::released) << "lpac's eUICC refuses to go on without a code, lpac cancels";
        EXPECT_EQ(w.s.codes, 1) << "no code is no guess";
        EXPECT_EQ(w.s.excused, 1);
        EXPECT_NE(why_left_open(w.s).find("a person said no"), std::string::npos) << "it may have been so";
        ASSERT_EQ(w.sent<report_progress>().size(), 1U);
        EXPECT_EQ(w.sent<report_progress>().at(0).reason_code, "2.2");
        w.must(profile_world::begin("t3"));
        EXPECT_EQ(why_left_open(w.s), "") << "the next one is under way";
        w.must(cancel_session{"t3", reason, 3});
        EXPECT_EQ(w.s.status, esim_status::released);
        w.must(profile_world::begin("t4"));
        w.must(cancel_session{"t4", reason, 3});
        EXPECT_EQ(w.s.status, esim_status::error) << "one wrong and two that never came are three";
        w.must(reset_order{{}, {}, {}});
        EXPECT_EQ(w.s.excused, 0);
    }
}

TEST(esim, a_cancel_after_any_refusal_of_ours_is_no_person_s) {
    for (const int reason : {0, 127, 5}) {
        profile_world w;
        w.order();
        w.must(profile_world::begin("t1"));
        w.must(cancel_session{"t1", reason, 1, "8.8/4.2"});
        EXPECT_EQ(w.s.status, esim_status::released);
        EXPECT_NE(why_left_open(w.s).find("8.8/4.2"), std::string::npos);
        ASSERT_EQ(w.sent<report_progress>().size(), 1U);
        const auto told = w.sent<report_progress>().at(0);
        EXPECT_EQ(told.subject_code + "/" + told.reason_code, "8.8/4.2");
        w.download("t2");
    }
    profile_world told;
    auto terms = profile_world::terms();
    terms.confirmation = std::string(64, 'a');
    told.order(terms);
    told.must(profile_world::begin("t1"));
    told.must(refuse_code{"t1"});
    told.must(cancel_session{"t1", 0, 3, "8.2.7/3.8"});
    EXPECT_THAT(told.sent<report_progress>(), ::testing::IsEmpty()) << "the operator has heard of the code";
}

TEST(esim, what_was_delivered_is_remembered_however_many_sessions_come_to_nothing) {
    profile_world w;
    auto terms = profile_world::terms();
    terms.limits = {};
    w.order(terms);
    w.download("t1");
    for (int n = 2; n < 40; ++n) {
        const auto id = "t" + std::to_string(n);
        w.must(profile_world::begin(id));
        w.must(cancel_session{id, 1, 0});
    }
    EXPECT_EQ(w.s.transactions.size(), 9U);
    ASSERT_NE(w.s.transaction("t1"), nullptr);
    w.must(install_result{"t1", false, 3, "late", 1, {}, "RVJS"});
    EXPECT_EQ(w.s.failed_by, order_failure::install_failed) << "its word counts however late it comes";
    profile_world bounded;
    bounded.order(terms);
    for (int n = 0; n < 200; ++n) bounded.download("d" + std::to_string(n));
    EXPECT_EQ(bounded.s.transactions.size(), 64U);
    EXPECT_NE(bounded.s.transaction("d199"), nullptr);
}

TEST(esim, names_are_counted_in_letters) {
    const auto repeated = [](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += "保";
        return out;
    };
    auto terms = profile_world::terms();
    terms.metadata.profile_name = repeated(64);
    terms.metadata.provider = repeated(32);
    profile_world w;
    w.order(terms);
    for (const bool provider : {false, true}) {
        auto longer = terms;
        (provider ? longer.metadata.provider : longer.metadata.profile_name) += "a";
        profile_world other;
        other.provide();
        other.must(download_order{mvno, {}, "standard"});
        EXPECT_EQ(other.refused(confirm_order{mvno, longer, true}), code::invalid);
    }
}

TEST(esim, only_a_person_who_says_no_is_the_user_who_refused) {
    for (const int reason : {3, 4, 5, 6, 17, 99, 127}) {
        profile_world w;
        w.order();
        w.must(profile_world::begin("t1"));
        w.must(cancel_session{"t1", reason, 10});
        EXPECT_EQ(w.s.failed_by, order_failure::refused_by_device) << reason;
        EXPECT_NE(w.s.failure_words, "");
    }
    for (const int reason : {1, 2, 16}) {
        profile_world w;
        w.order();
        w.must(profile_world::begin("t1"));
        w.must(cancel_session{"t1", reason, 0});
        EXPECT_EQ(w.s.status, esim_status::released) << reason;
    }
}

// -- what may be asked, and by whom

TEST(esim, what_is_said_to_be_possible_is_and_nothing_else) {
    const auto command_for = [](esim_action what, const profile_world& w) -> esim_command {
        switch (what) {
            case esim_action::order: return download_order{mvno, {}, ""};
            case esim_action::confirm: return confirm_order{{}, profile_world::terms(), false};
            case esim_action::release: return release_profile{};
            case esim_action::cancel: return cancel_order{{}, {}, "", false};
            case esim_action::reset: return reset_order{{}, "MATCH-9", {}};
            case esim_action::rebind: return rebind_order{{}, w.s.eid == eid_of(7) ? eid_of(8) : eid_of(7)};
        }
        return release_profile{};
    };
    std::vector<profile_world> worlds(1);
    worlds.back().provide();
    const auto next = [&](auto change) {
        worlds.push_back(worlds.back());
        change(worlds.back());
    };
    next([](auto& w) { w.must(download_order{mvno, {}, ""}); });
    next([](auto& w) { w.must(confirm_order{mvno, profile_world::terms(), false}); });
    next([](auto& w) { w.must(release_profile{mvno}); });
    next([](auto& w) { w.download(); });
    next([](auto& w) { w.must(profile_world::installed()); });
    next([](auto& w) { w.must(profile_world::notice(profile_event::deletion, 2)); });
    worlds.push_back(worlds[3]);
    worlds.back().must(profile_world::begin("t1"));
    worlds.back().must(cancel_session{"t1", 0, 0});  // in error
    using enum esim_action;
    for (const auto& w : worlds)
        for (const auto what : {order, confirm, release, cancel, reset, rebind}) {
            auto tried = w;
            const auto may = possible_actions(w.s);
            const bool said = std::ranges::find(may, what) != may.end();
            const bool done = tried.apply(command_for(what, w)).has_value() && !tried.happened.empty();
            EXPECT_EQ(said, done) << boost::describe::enum_to_string(w.s.status, "") << ", "
                                  << boost::describe::enum_to_string(what, "");
        }
}

TEST(esim, an_operator_cancels_what_it_ordered_and_takes_out_of_the_stock_what_it_owns) {
    const auto cancel = [](bool to_stock) { return cancel_order{mvno, {}, "", to_stock, true}; };
    profile_world nobodys;
    nobodys.provide();
    EXPECT_EQ(nobodys.refused(cancel(true)), code::esim_not_yours);
    EXPECT_EQ(nobodys.refused(cancel(false)), code::esim_not_yours) << "a stranger would empty the stock";
    profile_world own;
    own.must(provide_esim{iccid_of(1), imsi_of(1), "standard", mvno, true, false});
    EXPECT_EQ(own.refused(cancel(true)), code::esim_taken) << "nobody ordered it";
    own.must(cancel(false));
    EXPECT_TRUE(own.again(cancel(false)));
    EXPECT_EQ(own.s.status, esim_status::unavailable);
    profile_world others;
    others.order();
    others.must(cancel(true));
    EXPECT_TRUE(others.again(cancel(true)));
    EXPECT_EQ(others.refused(cancel_order{named("other"), {}, "", true, true}), code::esim_not_yours);
    EXPECT_EQ(others.refused(cancel_order{mvno, {}, "ANOTHER", true, true}), code::esim_not_yours)
        << "no repeat: it is about another order";
}

TEST(esim, a_linked_order_is_cancelled_by_its_eid_only) {
    profile_world w;
    w.provide();
    w.must(download_order{mvno, eid_of(1), ""});
    EXPECT_EQ(w.refused(cancel_order{mvno, {}, "", true, true}), code::eid_missing);
    EXPECT_EQ(w.refused(cancel_order{mvno, eid_of(2), "", true, true}), code::eid_differs);
    w.must(cancel_order{mvno, eid_of(1), "", true, true});
    EXPECT_TRUE(w.again(cancel_order{mvno, eid_of(1), "", true, true}));
}

TEST(esim, the_same_call_after_the_download_gives_what_it_gave_before) {
    profile_world w;
    w.provide();
    w.must(download_order{mvno, {}, ""});
    auto terms = profile_world::terms();
    terms.eid = eid_of(1);
    w.must(confirm_order{mvno, terms, true});
    for (int step = 0; step < 3; ++step) {
        if (step == 1) w.download();
        if (step == 2) w.must(profile_world::installed());
        EXPECT_TRUE(w.again(download_order{mvno, {}, ""})) << step;
        EXPECT_TRUE(w.again(confirm_order{mvno, terms, true})) << step;
        EXPECT_TRUE(w.again(release_profile{mvno})) << step;
        EXPECT_EQ(w.refused(download_order{mvno, eid_of(2), ""}), code::esim_taken) << step;
    }
}

TEST(esim, another_package_under_a_known_iccid_is_another_profile) {
    profile_world w;
    const provide_esim first{iccid_of(1), imsi_of(1), "standard", {}, true, true, "aa"};
    w.must(first);
    EXPECT_TRUE(w.again(first));
    auto other = first;
    other.content = "bb";
    EXPECT_EQ(w.refused(other), code::esim_taken);
}

TEST(esim, keys_of_a_binding_end_with_the_order) {
    profile_world w;
    w.order();
    const auto ends = [&](const esim_command& what) {
        auto tried = w;
        tried.must(what);
        return std::ranges::any_of(tried.happened, ends_binding);
    };
    EXPECT_FALSE(ends(profile_world::begin("t1")));
    w.download();
    EXPECT_FALSE(ends(profile_world::begin("t2")));
    EXPECT_FALSE(ends(cancel_session{"t1", 1, 0})) << "it may come again";
    EXPECT_FALSE(ends(install_result{"t1", false, 11, "", 1, {}, "x"})) << "so may it after an interruption";
    EXPECT_TRUE(ends(install_result{"t1", false, 12, "", 1, {}, "x"}));
    EXPECT_TRUE(ends(cancel_session{"t1", 0, 0}));
    EXPECT_TRUE(ends(cancel_order{{}, {}, "", true}));
    EXPECT_TRUE(ends(reset_order{}));
    EXPECT_TRUE(ends(rebind_order{{}, eid_of(2)}));
    EXPECT_TRUE(ends(profile_world::installed()));
    EXPECT_TRUE(ends(profile_world::notice(profile_event::enable, 2)));
    EXPECT_FALSE(ends(profile_world::notice(profile_event::enable, 2, 3))) << "another eUICC's word";
}

TEST(esim, what_later_versions_notify_is_kept_once_and_moves_nothing) {
    profile_world w;
    w.order();
    w.install();
    const auto before = w.s.status;
    const keep_notification what{iccid_of(1), "rpm_delete", eid_of(1), 7, {proof_kind::none, "digest-7", {}}, "Tk9U"};
    w.must(what);
    ASSERT_EQ(w.happened.size(), 1U);
    EXPECT_EQ(std::get<notification_kept>(w.happened.front()).received, "Tk9U");
    EXPECT_EQ(w.s.status, before);
    EXPECT_TRUE(w.again(what));
    profile_world stranger;
    stranger.must(what);
    EXPECT_TRUE(stranger.s.foreign);
}

// -- notifications

TEST(esim, a_notification_that_comes_twice_counts_once) {
    profile_world w;
    w.order();
    w.install();
    w.must(profile_world::notice(profile_event::enable, 2));
    EXPECT_TRUE(w.again(profile_world::notice(profile_event::enable, 2)));
    EXPECT_TRUE(w.again(profile_world::installed("t1", 1)));
}

TEST(esim, late_and_foreign_notifications_are_kept_and_change_nothing) {
    profile_world w;
    w.order_for_a_line();
    w.install();
    w.must(profile_world::notice(profile_event::enable, 7));
    const auto before = w.s;
    w.must(profile_world::notice(profile_event::deletion, 5));
    EXPECT_EQ(w.s.status, before.status);
    EXPECT_EQ(w.s.last_proof, before.last_proof);
    EXPECT_THAT(w.effects, ::testing::IsEmpty());
    w.must(profile_world::notice(profile_event::deletion, 99, 2));
    EXPECT_EQ(w.s.status, before.status) << "another eUICC's word about it";
    EXPECT_THAT(w.effects, ::testing::IsEmpty());
    EXPECT_EQ(w.s.reports.size(), 2U);
    EXPECT_EQ(w.s.report()->sequence, 7U);
}

TEST(esim, a_lost_install_result_is_made_up_for_by_any_later_word) {
    profile_world w;
    w.order_for_a_line();
    w.download();
    w.must(profile_world::notice(profile_event::enable, 2));
    EXPECT_EQ(w.s.status, esim_status::installed);
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::enabled);
    w.must(profile_world::installed("t1", 1));
    EXPECT_EQ(w.s.report()->what, profile_event::enable) << "the late result does not undo it";
}

TEST(esim, notifications_about_a_profile_that_nobody_provided_are_kept) {
    profile_world w;
    w.must(profile_world::notice(profile_event::deletion, 4));
    EXPECT_TRUE(w.s.foreign);
    EXPECT_EQ(w.s.iccid, iccid_of(1));
    EXPECT_THAT(w.effects, ::testing::IsEmpty());
    EXPECT_EQ(w.refused(download_order{mvno, {}, ""}), code::esim_unknown);
    w.provide();
    EXPECT_EQ(w.s.status, esim_status::available);
    EXPECT_EQ(w.s.reports.size(), 1U);
}

TEST(esim, what_is_remembered_of_devices_is_bounded) {
    profile_world w;
    w.order();
    w.install();
    for (std::uint32_t n = 2; n < 200; ++n)
        w.must(profile_world::notice(n % 2 == 0 ? profile_event::enable : profile_event::disable, n));
    for (int eid = 2; eid < 10; ++eid) w.must(profile_world::notice(profile_event::enable, 1, eid));
    EXPECT_LE(w.s.report()->seen.size(), 16U);
    EXPECT_LE(w.s.reports.size(), 8U);
    ASSERT_NE(w.s.report(), nullptr) << "its own device is not forgotten for strangers";
    EXPECT_TRUE(w.again(profile_world::notice(profile_event::enable, 3))) << "older than all that is remembered";
}

// -- for a line

TEST(esim, an_order_for_a_line_is_released_at_once_and_told_to_the_line) {
    profile_world w;
    w.order_for_a_line();
    EXPECT_EQ(w.s.status, esim_status::released);
    const auto attached = w.sent<attach_esim>();
    ASSERT_EQ(attached.size(), 1U);
    EXPECT_EQ(attached[0].number, esim_number);
    EXPECT_EQ(attached[0].matching_id, "MATCH-1");
    EXPECT_EQ(w.sent<hlr_keys>().size(), 1U);
    EXPECT_TRUE(w.again(order_for_line{{}, "standard", esim_number, 1, named("sb-1"), profile_world::terms()}));
    auto other = profile_world::terms();
    other.matching_id = "MATCH-9";
    EXPECT_EQ(w.refused(order_for_line{{}, "standard", esim_number, 1, named("sb-1"), other}), code::esim_taken);
    w.download();
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::downloaded);
    w.must(profile_world::installed());
    const auto told = w.sent<tell_line>().at(0);
    EXPECT_EQ(told.state, profile_state::installed);
    EXPECT_EQ(told.eid, eid_of(1));
    EXPECT_EQ(told.shown.kind, proof_kind::signed_notification);
    EXPECT_THAT(w.sent<report_progress>(), ::testing::IsEmpty()) << "no operator ordered it";
}

TEST(esim, a_line_gives_back_what_no_device_had) {
    profile_world w;
    w.order_for_a_line();
    EXPECT_TRUE(w.again(give_back{base::msisdn::trusted("+8613800138001"), "MATCH-1"})) << "not theirs";
    w.must(give_back{esim_number, "MATCH-1"});
    EXPECT_EQ(w.s.status, esim_status::available);
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::cancelled);
    EXPECT_TRUE(w.again(give_back{esim_number, "MATCH-1"}));
    EXPECT_EQ(w.s.subscriber, label());
}

TEST(esim, what_a_device_may_have_never_goes_back_into_stock_and_is_still_heard_of) {
    profile_world w;
    w.order_for_a_line();
    w.download();
    w.must(give_back{esim_number, "MATCH-1"});
    EXPECT_EQ(w.s.status, esim_status::unavailable);
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::downloaded);
    EXPECT_EQ(w.refused(profile_world::begin("t2")), code::esim_not_released);
    w.must(profile_world::installed());
    EXPECT_EQ(w.s.status, esim_status::unavailable);
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::installed);
    w.must(profile_world::notice(profile_event::deletion, 2));
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::deleted);
    EXPECT_EQ(w.sent<tell_line>().at(0).shown.kind, proof_kind::signed_notification);
}

TEST(esim, what_turns_up_on_a_device_leaves_the_stock) {
    profile_world w;
    w.order();
    w.download();
    w.must(cancel_order{mvno, {}, "", true});  // the operator's word, though its package has left
    ASSERT_EQ(w.s.status, esim_status::available);
    auto enabled = w;
    enabled.must(profile_world::notice(profile_event::enable, 2, 2));
    EXPECT_EQ(enabled.s.status, esim_status::available) << "of an eUICC that never got it";
    enabled.must(profile_world::notice(profile_event::enable, 2, 1));
    EXPECT_EQ(enabled.s.status, esim_status::unavailable);
    w.must(profile_world::installed());
    EXPECT_EQ(w.s.status, esim_status::unavailable);
    EXPECT_EQ(w.refused(download_order{mvno, {}, ""}), code::esim_taken);
}

TEST(esim, an_operator_who_cancels_a_line_s_order_tells_the_line) {
    profile_world w;
    w.order_for_a_line();
    EXPECT_EQ(w.refused(cancel_order{mvno, {}, "", true}), code::esim_not_yours);
    w.must(cancel_order{{}, {}, "", false});
    EXPECT_EQ(w.sent<tell_line>().at(0).state, profile_state::cancelled);
    EXPECT_EQ(w.sent<tell_line>().at(0).number, esim_number);
}

// -- whatever comes, in whatever order

class esim_walker {
 public:
    explicit esim_walker(profile_world& of) : w_(of) {}
    std::string broken;  // what did not hold, first

    void walk(std::uint32_t die) {
        die_ = die;
        if (roll(8) == 0) w_.now = w_.now + base::days{roll(20)};
        const auto before = w_.s;
        const auto what = any();
        const bool answers = std::holds_alternative<countersign>(what) || std::holds_alternative<refuse_second>(what);
        w_.by = answers ? testing::reviewer : testing::machine;
        w_.second = answers || roll(2) == 0 ? std::nullopt : std::optional(testing::reviewer);
        const bool accepted = w_.apply(what).has_value();
        if (!accepted) holds(w_.s == before, "a refusal changed something");
        check(before, what);
        // Once more at once: nothing happens, but for what counts tries.
        if (accepted && !std::holds_alternative<refuse_code>(what)) {
            const auto after = w_.s;
            (void)w_.apply(what);
            const bool tried = std::holds_alternative<begin_download>(what);
            holds(tried || w_.s == after, "a repeat changed something");
            if (tried) holds(w_.s.downloads == after.downloads, "a repeat counted as a try");
        }
    }

 private:
    void holds(bool condition, const char* otherwise) {
        if (!condition && broken.empty()) broken = otherwise;
    }
    int roll(int sides) {
        die_ = die_ * 1664525U + 1013904223U;
        return static_cast<int>((std::uint64_t{die_} * static_cast<unsigned>(sides)) >>
                                32U);  // the high bits are the good ones
    }
    std::string transaction() { return "t" + std::to_string(roll(6)); }
    label requester() { return roll(4) == 0 ? label() : (roll(5) == 0 ? named("other") : mvno); }

    esim_command any() {
        auto terms = profile_world::terms();
        terms.matching_id = "MATCH-" + std::to_string(1 + roll(5) / 4);
        terms.when_deleted = static_cast<after_delete>(roll(3));
        if (roll(3) == 0) {
            terms.eid = eid_of(roll(3));
            terms.smds = smds;
        }
        switch (roll(21)) {
            case 0: return provide_esim{iccid_of(1), imsi_of(1), "standard", {}, true, false};
            case 1: return download_order{requester(), roll(3) == 0 ? eid_of(roll(3)) : base::eid(), ""};
            case 2: return confirm_order{requester(), terms, roll(3) != 0};
            case 3: return release_profile{requester()};
            case 4: return cancel_order{requester(), {}, "", roll(2) == 0, roll(2) == 0};
            case 5: return reset_order{requester(), {}, {}};
            case 6: return rebind_order{requester(), roll(2) == 0 ? eid_of(roll(3)) : base::eid()};
            case 7: return order_for_line{{}, "standard", esim_number, 1, named("sb-1"), terms};
            case 8: return give_back{esim_number, terms.matching_id};
            case 9:
            case 10: return begin_download{transaction(), eid_of(roll(3)), "k", s_matching_id()};
            case 11: return refuse_code{transaction(), roll(3) == 0};
            case 12: return deliver_package{transaction()};
            case 13:
                return install_result{
                    transaction(), roll(3) != 0, 1 + roll(13), "", static_cast<std::uint32_t>(roll(9)), {}, "x"};
            case 14:
                return notified{iccid_of(1),
                                static_cast<profile_event>(roll(4)),
                                eid_of(roll(3)),
                                static_cast<std::uint32_t>(roll(30)),
                                {},
                                "x"};
            case 15: return cancel_session{transaction(), roll(6), roll(3), roll(3) == 0 ? "8.8/4.2" : ""};
            case 16:
                return smds_answered{w_.s.announced.value_or(announcement{}).record,
                                     static_cast<registration>(1 + roll(3)), roll(2) == 0 ? "8.9.5/4.2" : ""};
            case 17: return countersign{asked_for()};
            case 18: return refuse_second{asked_for(), "The operator was called and knows nothing of it"};
            case 19:
                return keep_notification{
                    iccid_of(1), "rpm_enable", eid_of(roll(3)), static_cast<std::uint32_t>(roll(30)), {}, "x"};
            default: return expire_order{};
        }
    }
    int asked_for() {
        if (roll(3) == 0) return w_.s.asked.made - roll(3);
        for (const auto& one : w_.s.asked.list)
            if (one.waits(w_.now)) return one.serial;
        return w_.s.asked.made;
    }
    std::string s_matching_id() { return roll(5) == 0 ? "OTHER" : w_.s.terms.matching_id; }

    void check(const esim_state& before, const esim_command& what) {
        const auto& s = w_.s;
        holds(s.failed_by.has_value() == (s.status == esim_status::error),
              "an error without a reason, or a reason without an error");
        const auto& limits = s.terms.limits;
        holds(limits.downloads == 0 || s.downloads <= limits.downloads, "more downloads than allowed");
        holds(limits.codes == 0 || s.codes <= limits.codes, "more wrong codes than allowed");
        if (s.status == esim_status::available) {
            holds(s.terms == download_terms{}, "stock with terms of an order");
            holds(s.number.empty() && s.requester.empty() && s.eid.empty() && s.subscriber.empty(),
                  "stock that belongs to somebody");
        }
        if (s.status == esim_status::downloaded) holds(!s.eid.empty() && s.delivered, "downloaded by nobody");
        if (s.is_ordered() && s.status != esim_status::allocated && s.status != esim_status::linked)
            holds(!s.terms.matching_id.empty() || !s.terms.eid.empty() || s.status == esim_status::error,
                  "an order that cannot be found");
        // What a device may hold goes back into stock by the operator's own word or the eUICC's signature only.
        const auto* signing = std::get_if<countersign>(&what);
        const auto* asked = signing != nullptr ? before.asked.find(signing->serial) : nullptr;
        const bool signed_for = asked != nullptr && asked->command == cancel_order::name;
        if (before.delivered && before.is_ordered() && s.status == esim_status::available)
            holds(signed_for || std::holds_alternative<cancel_order>(what) || std::holds_alternative<notified>(what),
                  "back in stock while a device may hold it");
        if (before.status == esim_status::installed && s.status != esim_status::installed) {
            const auto* told = std::get_if<notified>(&what);
            const bool gone = before.report() != nullptr && before.report()->what == profile_event::deletion;
            holds(gone || (told != nullptr && told->what == profile_event::deletion),
                  "gone from a device without its word");
        }
        for (const auto& e : w_.effects) {
            if (const auto* keys = std::get_if<hlr_keys>(&e)) holds(keys->iccid == s.iccid, "keys of another profile");
            if (const auto* made = std::get_if<register_event>(&e)) at_smds_ = made->record;
            if (const auto* ended = std::get_if<delete_event>(&e)) {
                holds(at_smds_ == ended->record, "an event deleted that was never registered");
                at_smds_.reset();
            }
        }
        const bool waits = s.status == esim_status::released || s.status == esim_status::downloaded;
        holds(at_smds_.has_value() == (waits && !s.terms.smds.empty()), "an SM-DS that is not told, or told in vain");
        holds(!at_smds_ || (*at_smds_ == s.announced->record && at_smds_->eid == s.eid),
              "an SM-DS that was told of something else");
    }

    profile_world& w_;
    std::uint32_t die_ = 0;
    std::optional<event_record> at_smds_;
};

TEST(esim, holds_together_whatever_comes) {
    EXPECT_HOLDS("a profile on the SM-DP+", [](const std::vector<std::uint32_t>& dice) {
        profile_world w;
        esim_walker one(w);
        for (int round = 0; round < 4; ++round)
            for (const auto die : dice) one.walk(die + static_cast<std::uint32_t>(round) * 7919U);
        if (!one.broken.empty()) RC_FAIL(one.broken);
    });
}

TEST(esim, the_walks_reach_every_state_and_event) {
    std::set<std::string> states;
    std::set<std::string> events;
    std::uint32_t seed = 11;
    for (int i = 0; i < 40; ++i) {
        profile_world w;
        w.provide();
        esim_walker one(w);
        for (int n = 0; n < 200; ++n) {
            one.walk(seed = seed * 22695477U + 1U);
            ASSERT_EQ(one.broken, "") << "walk " << i << " step " << n;
            states.insert(boost::describe::enum_to_string(w.s.status, ""));
            for (const auto& e : w.all) events.insert(e);
        }
    }
    EXPECT_EQ(states.size(), 9U);
    // A walk asks for two people and lets it lapse; that somebody signs or refuses is second_person_test's.
    events.insert({"second_given", "second_refused"});
    EXPECT_EQ(events.size(), boost::mp11::mp_size<esim_event>::value) << ::testing::PrintToString(events);
}

}  // namespace
}  // namespace keepline::domain
