// Reads policies/*.toml: which keys there are, what each may hold, and which rules bind them together. The list of
// known keys is the list of what `read` asks for: there is no second one.
#include "domain/policy.hpp"
#include "domain/policy_file.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace keepline::domain {

namespace {

constexpr std::size_t max_files = 1000;
constexpr std::size_t max_parents = 8;
constexpr int max_days = 3660;
constexpr int max_hours = 24 * 365;
constexpr std::int64_t max_minor = 1'000'000'000'000;

/// The facts that risk rules may weigh, and the classes of data that retention covers: each needs a value.
constexpr std::array<std::string_view, 15> risk_facts = {
    "sim_changed",   "contact_changed",    "young_line",       "wrong_tries",      "channel_mismatch",
    "bulk_pattern",  "new_refund_account", "prior_fraud_hold", "lost_device",      "customer_unlocked",
    "money_brought", "document_changed",   "on_behalf",        "living_objection", "owner_not_told"};
constexpr std::array<std::string_view, 8> data_classes = {"identity_after_end", "billing",      "case_file",
                                                          "security_log",       "usage_detail", "messages",
                                                          "biometric_template", "backup"};

template <typename Enum>
std::vector<std::pair<std::string, Enum>> named() {
    std::vector<std::pair<std::string, Enum>> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
        [&](auto one) { out.emplace_back(one.name, one.value); });
    return out;
}

void read_closing(policy_reader& in, closure_terms& out, std::string_view currency) {
    in.term_of("closing.review", out.review);
    in.whole("closing.cooling_off_hours.low", out.cooling_off_hours.low, {0, max_hours});
    in.whole("closing.cooling_off_hours.medium", out.cooling_off_hours.medium, {0, max_hours});
    in.whole("closing.cooling_off_hours.high", out.cooling_off_hours.high, {0, max_hours});
    in.whole("closing.pause_max_days", out.pause_max_days, {0, max_days});
    in.fee("closing.fee", out.fee, currency);
    in.one_of("closing.effective", out.effective);
    in.yes_no("closing.refund_unused_prepaid", out.refund_unused_prepaid);
    in.yes_no("closing.refund_bonus", out.refund_bonus);
    in.term_of("closing.refund_within", out.refund_within);
    in.whole("closing.refund_min_minor", out.refund_min_minor, {0, 1'000'000'000});
    in.whole("closing.device_write_off_days", out.device_write_off_days, {0, max_days});
    in.whole("closing.quarantine_days", out.quarantine_days, {0, max_days});
    in.whole("closing.reclaim_days", out.reclaim_days, {0, max_days});
    in.whole("closing.port_right_days", out.port_right_days, {0, max_days});
    in.whole("closing.no_reassign_days", out.no_reassign_days, {0, max_days});
    in.whole("closing.harassment_quarantine_days", out.harassment_quarantine_days, {0, max_days});
    in.whole("closing.release_notice_days", out.release_notice_days, {0, max_days});
}

void read_keepalive(policy_reader& in, keepalive_rules& out, std::string_view currency) {
    in.whole("keepalive.validity_days", out.validity_days, {1, max_days});
    in.whole("keepalive.grace_days", out.grace_days, {0, max_days});
    in.whole("keepalive.suspend_days", out.suspend_days, {0, max_days});
    in.reminders("keepalive.remind_days_before", out.remind_days_before, {1, max_days});
    in.money_or_none("keepalive.retention_fee", out.retention_fee, currency);
    in.whole("keepalive.retention_extends_days", out.retention_extends_days, {0, max_days});
}

void read_devices(policy_reader& in, device_rules& out) {
    in.whole("devices.bound_max", out.bound_max, {1, 10});
    in.whole("devices.switch_undo_hours", out.switch_undo_hours, {0, max_hours});
    in.whole("devices.download_tries", out.download_tries, {1, 100});
    in.whole("devices.code_tries", out.code_tries, {1, 100});
    in.whole("devices.activation_days", out.activation_days, {1, max_days});
    in.whole("devices.seller_code_hours", out.seller_code_hours, {0, max_hours});
}

void read_messages(policy_reader& in, policy& out) {
    in.whole("contacts.changes_max", out.contacts.changes_max, {1, 30});
    in.whole("contacts.changes_by_one_max", out.contacts.changes_by_one_max, {1, 30});
    in.whole("contacts.account_changes_max", out.contacts.account_changes_max, {1, 30});
    in.whole("contacts.changes_days", out.contacts.changes_days, {1, max_days});
    in.whole("notices.repeats_max", out.notices.repeats_max, {1, 30});
    in.whole("notices.repeats_minutes", out.notices.repeats_minutes, {1, 24 * 60});
    in.whole("notices.a_day", out.notices.a_day, {1, 1000});
    in.whole("notices.last_word_minutes", out.notices.last_word_minutes, {0, 60});
    in.whole("notices.bar_late_minutes", out.notices.bar_late_minutes, {0, 7 * 24 * 60});
    in.whole("notices.replies_a_day", out.notices.replies_a_day, {0, 100});
}

void read_payout(policy_reader& in, payout_rules& out) {
    in.yes_no("payout.account_first", out.account_first);
    in.whole("payout.hold_hours", out.hold_hours, {0, max_hours});
    in.account_kinds("payout.accounts", out.accounts);
    in.payouts("payout.otherwise", out.otherwise);
    in.whole("payout.payer_days", out.payer_days, {1, max_days});
}

void read_disputes(policy_reader& in, dispute_rules& out) {
    in.term_of("disputes.answer", out.answer);
    in.whole("disputes.open_max", out.open_max, {1, 20});
    in.whole("disputes.of_case_max", out.of_case_max, {1, 30});
}

void read_checks(policy_reader& in, check_rules& out) {
    in.term_of("checks.answer", out.answer);
    in.whole("checks.of_case_max", out.of_case_max, {1, 30});
    in.whole("checks.a_day_max", out.a_day_max, {1, 30});
}

void read_representation(policy_reader& in, policy& out) {
    for (const auto& [kind, unused] : named<representative_kind>()) {
        auto& rules = out.representation[kind];
        const auto path = "representation." + kind + ".";
        in.yes_no(path + "allowed", rules.allowed);
        in.some_of(path + "documents", rules.documents);
        in.evidence(path + "evidence", rules.evidence);
        in.whole(path + "wait_days", rules.wait_days, {1, max_days});
        in.whole(path + "unheard_wait_days", rules.unheard_wait_days, {1, max_days});
        in.one_of(path + "refund", rules.refund);
        in.yes_no(path + "reclaim", rules.reclaim);
        in.holds(rules.unheard_wait_days >= rules.wait_days, path + "unheard_wait_days",
                 "is not less than `wait_days`: whoever cannot be told has no less time to hear of it.");
        in.holds(!rules.allowed || (!rules.documents.empty() && !rules.evidence.empty()), path + "allowed",
                 "takes `documents` and `evidence`: nobody acts for others without papers and proof.");
    }
}

/// A month at most from the ask to the archive (GDPR art. 12(3)).
void read_disclosure(policy_reader& in, disclosure_rules& out) {
    constexpr std::int64_t month_hours = 30 * 24;
    in.whole("disclosure.wait_hours", out.wait_hours, {1, month_hours});
    in.whole("disclosure.after_change_hours", out.after_change_hours, {1, month_hours});
    in.whole("disclosure.days", out.days, {1, 30});
    in.whole("disclosure.a_year", out.a_year, {1, 24});
}

void read_network(policy_reader& in, network_rules& out) {
    in.plmns("network.plmns", out.plmns);
    in.whole("network.imsi_digits", out.imsi_digits, {6, 15});
}

void read_proof(policy_reader& in, policy& out) {
    for (const auto& [risk, unused] : named<risk_level>())
        for (const auto& [through, unused_too] : named<channel>())
            in.evidence("evidence." + risk + "." + through, out.evidence[risk][through]);
    in.evidence("unlock_evidence", out.unlock_evidence);
    in.evidence("reinstate_evidence", out.reinstate_evidence);
    in.evidence("switch_evidence", out.switch_evidence);
    in.evidence("customer_unlock_evidence", out.customer_unlock_evidence);
    in.yes_no("locked_from_start", out.locked_from_start);
    in.some_of("accounts_to_unbind", out.accounts_to_unbind);
    in.whole("customer_unlock_wait_hours", out.customer_unlock_wait_hours, {1, max_hours});
    in.evidence("payout_evidence", out.payout_evidence);
    in.whole("recovery_code_rest_days", out.recovery_code_rest_days, {0, max_days});
    // NIST SP 800-63B-4 §3.1.3: at most ten minutes. The length of a code is the format of port/secrets.hpp: eight
    // digits.
    in.whole("otp.ttl_minutes", out.otp.ttl_minutes, {1, 10});
    in.whole("otp.max_wrong", out.otp.max_wrong, {1, 20});
    in.whole("otp.lock_minutes", out.otp.lock_minutes, {1, 7 * 24 * 60});
    in.whole("otp.min_gap_seconds", out.otp.min_gap_seconds, {0, 3600});
    in.whole("otp.max_per_day", out.otp.max_per_day, {1, 100});
    in.yes_no("otp.read_out_to_staff", out.otp.read_out_to_staff);
    in.whole("otp.submit_within_minutes", out.otp.submit_within_minutes, {1, 7 * 24 * 60});
    in.whole("risk.sim_change_days", out.risk.sim_change_days, {0, max_days});
    in.whole("risk.contact_change_days", out.risk.contact_change_days, {0, max_days});
    in.whole("risk.young_line_days", out.risk.young_line_days, {0, max_days});
    in.whole("risk.wrong_tries", out.risk.wrong_tries, {1, 100});
    in.whole("risk.refund_account_days", out.risk.refund_account_days, {0, max_days});
    in.whole("risk.document_days", out.risk.document_days, {0, max_days});
    in.whole("risk.customer_unlock_days", out.risk.customer_unlock_days, {0, max_days});
    in.whole("risk.fraud_hold_days", out.risk.fraud_hold_days, {0, max_days});
    in.whole("risk.money_days", out.risk.money_days, {0, 365});
    in.whole("risk.money_by_hand_minor", out.risk.money_by_hand_minor, {1, max_minor});
    in.whole("risk.money_by_system_minor", out.risk.money_by_system_minor, {1, max_minor});
    in.whole("by_hand.line_max_minor", out.by_hand.line_max_minor, {0, max_minor});
    in.whole("by_hand.person_day_max_minor", out.by_hand.person_day_max_minor, {0, max_minor});
    in.whole("by_hand.import_day_max_minor", out.by_hand.import_day_max_minor, {0, max_minor});
    in.whole("by_hand.made_days_max", out.by_hand.made_days_max, {1, 100});
    for (const auto fact : risk_facts)
        in.one_of("risk.levels." + std::string(fact), out.risk.levels[std::string(fact)]);
}

/// What no single value can break.
void check_together(policy_reader& in, const policy& p) {
    const auto& closing = p.closing;
    in.holds(
        p.keepalive.remind_days_before.empty() || p.keepalive.remind_days_before.front() <= p.keepalive.validity_days,
        "keepalive.remind_days_before", "starts before the validity does; remind at most `validity_days` before.");
    in.holds(p.keepalive.retention_fee.has_value() == (p.keepalive.retention_extends_days > 0),
             "keepalive.retention_extends_days",
             "must be more than 0 where there is a retention_fee, and 0 where it is \"none\".");
    in.holds(closing.cooling_off_hours.low <= closing.cooling_off_hours.medium &&
                 closing.cooling_off_hours.medium <= closing.cooling_off_hours.high,
             "closing.cooling_off_hours", "must not be shorter at a higher risk.");
    in.holds(closing.harassment_quarantine_days >= closing.quarantine_days, "closing.harassment_quarantine_days",
             "must be at least `quarantine_days`.");
    in.holds(closing.release_notice_days <= std::max({closing.quarantine_days, closing.reclaim_days,
                                                      closing.port_right_days, closing.no_reassign_days}),
             "closing.release_notice_days", "is longer than every hold, so partners could not be told in time.");
    in.holds(!p.auto_approve || p.auto_approve_max < p.four_eyes_from, "auto_approve_max",
             "must lie below `four_eyes_from`, or nobody would look at what two should.");
    in.holds(p.max_openings_per_30d >= p.max_applications_per_30d, "max_openings_per_30d",
             "must be at least `max_applications_per_30d`: every application is opened first.");
    in.holds(!p.unlock_evidence.empty(), "unlock_evidence", "is empty, so a locked line could never be unlocked.");
    in.holds(!p.reinstate_evidence.empty() || closing.reclaim_days == 0, "reinstate_evidence",
             "is empty although the number can be taken back for `reclaim_days`.");
    for (const auto& [risk, level] : named<risk_level>()) {
        const auto finishes = [&p, level](channel through) { return !p.evidence_for(level, through).empty(); };
        in.holds(std::ranges::any_of(p.channels, finishes), "evidence." + risk,
                 "lets no channel of `channels` finish a case of this risk; give one of them a set of proof.");
    }
}

void read(policy_reader& in, policy& out) {
    in.name("id", out.id, "._-", "must be text: the name of the file without .toml.");
    in.whole("version", out.version, {1, 1'000'000});
    in.words("title", out.title);
    in.words("source", out.source);
    in.name("calendar", out.calendar, "-_", "must be the id of a calendar, such as \"CN\" for calendars/CN.json.");
    in.name("zone", out.zone, "/_+-", "must be an IANA time zone, such as \"Asia/Shanghai\".");
    in.currency("currency", out.currency);
    in.channels("channels", out.channels);
    read_keepalive(in, out.keepalive, out.currency);
    read_closing(in, out.closing, out.currency);
    in.yes_no("auto_approve", out.auto_approve);
    in.one_of("auto_approve_max", out.auto_approve_max);
    in.one_of("four_eyes_from", out.four_eyes_from);
    in.whole("sample_percent", out.sample_percent, {0, 100});
    in.some_of("erasure_waits_for", out.erasure_waits_for);
    in.whole("erasure_refund_days", out.erasure_refund_days, {0, max_days});
    in.whole("erasure_within_days", out.erasure_within_days, {1, max_days});
    in.whole("second_person_hours", out.second_person_hours, {1, max_hours});
    in.whole("quote_valid_hours", out.quote_valid_hours, {1, max_hours});
    in.whole("application_ttl_days", out.application_ttl_days, {1, max_days});
    in.whole("max_applications_per_30d", out.max_applications_per_30d, {1, 1000});
    in.whole("max_openings_per_30d", out.max_openings_per_30d, {1, 1000});
    in.whole("wait_after_reject_hours", out.wait_after_reject_hours, {0, max_hours});
    in.whole("hold_up_days", out.hold_up_days, {1, max_days});
    in.whole("acknowledge_within_s", out.acknowledge_within_s, {1, 86'400});
    in.whole("previous_contact_days", out.previous_contact_days, {0, max_days});
    in.whole("backup_ttl_days", out.backup_ttl_days, {1, max_days});
    in.whole("contact_change_lock_days", out.contact_change_lock_days, {0, max_days});
    in.whole("sim_change_lock_days", out.sim_change_lock_days, {0, max_days});
    in.whole("lost_device_cooling_off_hours", out.lost_device_cooling_off_hours, {0, max_hours});
    read_proof(in, out);
    read_devices(in, out.devices);
    read_messages(in, out);
    read_network(in, out.network);
    read_payout(in, out.payout);
    read_disputes(in, out.disputes);
    read_checks(in, out.checks);
    read_representation(in, out);
    read_disclosure(in, out.disclosure);
    for (const auto kind : data_classes)
        in.whole("retention_days." + std::string(kind), out.retention_days[std::string(kind)], {0, max_days});
    in.lines("reporting", out.reporting);
    in.complaint_bodies("complaints", out.complaints);
    check_together(in, out);
}

/// Every path that a file may set: what `read` asks for, and the parent's name.
const std::set<std::string>& known_paths() {
    static const std::set<std::string> known = [] {
        policy_reader in({});
        policy unused;
        read(in, unused);
        auto out = in.asked();
        out.insert("inherits");
        return out;
    }();
    return known;
}

/// Refuses keys that nothing reads. Goes down known tables only, so a hostile file cannot make it deep.
result<void> only_known(const policy_file& in, const toml::table& table, const std::string& prefix) {
    const auto& known = known_paths();
    for (const auto& [key, value] : table) {
        const auto path = prefix + std::string(key.str().substr(0, 64));
        if (known.contains(path)) continue;
        const auto below = known.lower_bound(path + ".");
        if (below != known.end() && below->starts_with(path + ".")) {
            if (const auto* inner = value.as_table()) {
                CHECK(only_known(in, *inner, path + "."));
                continue;
            }
            return policy_mistake(in.name, value.source().begin, path, "must be a table.");
        }
        std::set<std::string> here;
        for (const auto& one : known)
            if (one.starts_with(prefix))
                here.insert(one.substr(prefix.size(), one.find('.', prefix.size()) - prefix.size()));
        std::string names;
        for (const auto& one : here) names += (names.empty() ? "" : ", ") + one;
        return policy_mistake(in.name, key.source().begin, path, "is not known. Known here: " + names + ".");
    }
    return {};
}

using files_by_id = std::map<std::string, policy_file, std::less<>>;

/// The file, its parent, its parent's parent ...
result<std::vector<const policy_file*>> chain_of(const files_by_id& files, const policy_file& first) {
    std::vector<const policy_file*> chain = {&first};
    while (const auto* parent = chain.back()->root.get("inherits")) {
        const auto& child = *chain.back();
        const auto at = parent->source().begin;
        const auto* name = parent->as_string();
        const auto found = name == nullptr ? files.end() : files.find(name->get());
        if (found == files.end())
            return policy_mistake(child.name, at, "inherits",
                                  "must name another policy file without .toml, such as \"base\".");
        if (std::ranges::find(chain, &found->second) != chain.end())
            return policy_mistake(child.name, at, "inherits",
                                  "leads back to a policy that inherits from this one; cut the circle.");
        if (chain.size() >= max_parents)
            return policy_mistake(child.name, at, "inherits", "makes a chain of more than 8 policies; shorten it.");
        chain.push_back(&found->second);
    }
    return chain;
}

result<policy> load_one(const files_by_id& files, const policy_file& own) {
    TRY(chain, chain_of(files, own));
    policy_reader in(std::move(chain));
    policy out;
    read(in, out);
    in.holds(out.id == own.id, "id", "must equal the name of its file without .toml.");
    if (in.failure()) return std::unexpected(*in.failure());
    return out;
}

}  // namespace

result<policy_book> load_policies(const std::vector<policy_source>& sources) {
    if (sources.size() > max_files)
        return base::refuse(base::code::policy_invalid, "There are more than 1000 policies; remove some.");
    files_by_id files;
    for (const auto& source : sources) {
        const auto name = source.name.substr(0, 64) + ".toml";
        if (!label::parse(source.name))
            return policy_mistake(name, {}, "",
                                  "A policy file is named with 1 to 64 of a-z, 0-9, dot, underscore and hyphen.");
        TRY(one, parse_policy_file(name, source.text));
        one.id = source.name;
        CHECK(only_known(one, one.root, ""));
        if (!files.try_emplace(source.name, std::move(one)).second)
            return policy_mistake(name, {}, "", "There are two files of this name; remove one.");
    }
    std::map<std::string, policy, std::less<>> book;
    for (const auto& [id, one] : files) {
        TRY(loaded, load_one(files, one));
        book.emplace(id, std::move(loaded));
    }
    return policy_book(std::move(book));
}

}  // namespace keepline::domain
