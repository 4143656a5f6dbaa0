// For this folder's tests only: one number, a clock, rules that a test may change, and a record of all that happened.
// A refusal changes nothing and is recorded too.
#pragma once

#include "domain/calendar.hpp"
#include "domain/days.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/notice_merge.hpp"
#include "domain/number/number.hpp"

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::domain::testing {

using rules_ptr = std::shared_ptr<const rule_book>;

struct happening {
    number_event what;
    number_state before;
    number_state after;
    std::vector<effect> effects;
};

struct step {
    instant at;
    actor by;
    channel through = channel::web;
    rules_ptr rules;
    number_command what;
    std::optional<base::error> refusal;
    number_state before;
    number_state after;
    std::vector<happening> happened;
    base::byte_array<16> draw{};  // these two: as the decision was given them
    std::optional<reservation> reserved{};
};

using trace = std::vector<step>;

// ------------------------------------------------------------------------------------------------ rules

inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

inline base::zone fixed_zone(const std::string& name, int hours) { return {name, {{{1}, hours * 3600}}}; }

/// The repository's policies and calendars; zones without summer time, so that a test can count in its head.
inline const rules_ptr& repository_rules() {
    static const rules_ptr book = [] {
        const std::filesystem::path root = KEEPLINE_SOURCE_DIR;
        std::vector<policy_source> sources;
        for (const auto& file : std::filesystem::directory_iterator(root / "policies"))
            if (file.path().extension() == ".toml") sources.push_back({file.path().stem(), text_of_file(file.path())});
        std::vector<calendar> calendars;
        for (const auto& file : std::filesystem::directory_iterator(root / "calendars"))
            if (file.path().extension() == ".json")
                calendars.push_back(load_calendar(text_of_file(file.path())).value());
        std::map<std::string, base::zone, std::less<>> zones;
        for (const auto& [name, hours] : std::initializer_list<std::pair<const char*, int>>{{"Asia/Shanghai", 8},
                                                                                            {"Asia/Kolkata", 5},
                                                                                            {"Asia/Tokyo", 9},
                                                                                            {"Asia/Manila", 8},
                                                                                            {"Europe/London", 0},
                                                                                            {"Europe/Lisbon", 0},
                                                                                            {"America/New_York", -5},
                                                                                            {"Australia/Sydney", 10}})
            zones.emplace(name, fixed_zone(name, hours));
        auto policies = load_policies(sources).value().all();
        for (auto& [id, one] : policies) {  // the bar waits for no message here; reply_test.cpp has it as it is
            one.notices.last_word_minutes = 0;
            one.notices.bar_late_minutes = 0;
            one.payout.hold_hours = 0;  // money_test.cpp has it as it is
        }
        return std::make_shared<const rule_book>(rule_book{
            policy_book(std::move(policies)), calendar_book(std::move(calendars)), zone_book(std::move(zones))});
    }();
    return book;
}

/// The same rules with one policy changed.
template <typename Change>
rules_ptr with_policy(const rules_ptr& rules, const std::string& id, Change change) {
    auto policies = rules->policies.all();
    change(policies.at(id));
    return std::make_shared<const rule_book>(
        rule_book{policy_book(std::move(policies)), rules->calendars, rules->zones});
}

template <typename Change>
rules_ptr with_calendar(const rules_ptr& rules, const std::string& id, Change change) {
    std::vector<calendar> calendars;
    for (auto [name, one] : rules->calendars.all()) {
        if (name == id) change(one);
        calendars.push_back(std::move(one));
    }
    return std::make_shared<const rule_book>(
        rule_book{rules->policies, calendar_book(std::move(calendars)), rules->zones});
}

// ------------------------------------------------------------------------------------------------ who, what

inline label named(const std::string& text) { return label::trusted(text); }
inline const actor customer{role::subscriber, named("sb-1")};
/// As a signer signs, but for the signature.
inline certificate_signed signed_form(const sign_certificate& wanted) {
    return {wanted.closure, "e30." + base::base64url(base::view(wanted.claims.text)) + ".signature"};
}

inline const actor clerk{role::agent, named("clerk")};
inline const actor reviewer{role::reviewer, named("reviewer-1")};
inline const actor second_reviewer{role::reviewer, named("reviewer-2")};
inline const actor third_reviewer{role::reviewer, named("reviewer-3")};
inline const actor auditor{role::admin, named("auditor-1")};
inline const actor other_auditor{role::admin, named("auditor-2")};
inline const actor other_clerk{role::agent, named("clerk-2")};
inline const actor machine{role::system, named("system")};
inline const actor telephone{role::portal, named("hotline")};

inline money yuan(std::int64_t minor) { return {minor, "CNY"}; }
/// With the Luhn digit that ITU-T E.118 asks for.
inline base::iccid iccid_of(int n) {
    const auto body = "8986000000000000" + std::to_string(10 + n);
    for (char last = '0'; last <= '9'; ++last)
        if (auto made = base::iccid::parse(body + last)) return *made;
    return {};
}
inline base::imsi imsi_of(int n) { return base::imsi::trusted("46000000000000" + std::to_string(n)); }
inline base::eid eid_of(int n) { return base::eid::trusted("8904903200000000000000000000000" + std::to_string(n)); }
inline download_terms ordered_as(const std::string& matching_id) {
    download_terms out;
    out.matching_id = matching_id;
    return out;
}
inline instant at(std::string_view rfc3339) { return base::instant_from_iso(rfc3339).value(); }
inline local_day day(std::string_view text) { return base::day_from_iso(text).value(); }

template <typename Event>
const Event* first_of(const step& of) {
    for (const auto& one : of.happened)
        if (const auto* found = std::get_if<Event>(&one.what)) return found;
    return nullptr;
}

template <typename Effect>
std::vector<Effect> effects_of(const step& of) {
    std::vector<Effect> out;
    for (const auto& one : of.happened)
        for (const auto& e : one.effects)
            if (const auto* found = std::get_if<Effect>(&e)) out.push_back(*found);
    return out;
}

inline std::vector<std::string> names_of(const step& of) {
    std::vector<std::string> out;
    for (const auto& one : of.happened)
        out.push_back(
            std::visit([](const auto& e) { return std::string(std::remove_cvref_t<decltype(e)>::name); }, one.what));
    return out;
}

/// The kinds of the notices of a step, each with the contact: "receipt>mail-1".
inline std::vector<std::string> told_in(const step& of) {
    std::vector<std::string> out;
    for (const auto& one : effects_of<send_notice>(of)) out.push_back(one.kind + ">" + one.contact.text());
    return out;
}

// ------------------------------------------------------------------------------------------------ the world

/// What was decided is what folding and reacting say, event by event; in words, what is not.
template <typename Aggregate>
std::string not_as_folded(typename Aggregate::state from, const decided<Aggregate>& done) {
    std::vector<effect> effects;
    for (const auto& event : done.events) {
        Aggregate::evolve(from, event);
        if constexpr (requires { unsound(from); })
            if (auto why = unsound(from)) return std::move(*why);
        for (auto& e : Aggregate::react(from, event)) effects.push_back(std::move(e));
    }
    if (std::is_same_v<Aggregate, number>) effects = merge_notices(std::move(effects));
    if (from != done.after) return "the state decided on is not the fold of the events";
    if (effects != done.effects) return "the effects decided on are not those that the events call for";
    return {};
}
template <typename Aggregate>
void expect_folded(const typename Aggregate::state& before, const decided<Aggregate>& done) {
    EXPECT_EQ(not_as_folded<Aggregate>(before, done), "");
}

struct world {
    rules_ptr rules = repository_rules();
    instant now = at("2026-03-02T02:00:00Z");  // Monday, 10:00 in Shanghai
    number_state s;
    trace record;
    bool keep_trace = true;
    bool keep_states = true;          // before and after each step: most of what a walk costs
    std::optional<int> reserved_for;  // the generation that identifiers are reserved for; none: the right one
    bool reservation_is_over = false;
    std::uint8_t draws = 0;
    base::msisdn number = base::msisdn::trusted("+8613800138000");
    actor owner = customer;
    // For walks of several numbers: what reaches this one, what is reserved for it, and whom broken rules believe.
    std::function<bool(const number_command&)> admits{};
    std::function<bool(const number_command&)> reserves{};
    std::function<actor(const number_command&, const actor&)> believed{};

    int generation_to_be() const {
        const bool has_line = s.subscription && s.subscription->status != line_status::ended;
        return has_line ? s.subscription->generation : s.generations + 1;
    }
    instant reserved_until() const { return reservation_is_over ? now : now + base::minutes{5}; }
    /// As the shell draws it, but the same in every run.
    base::byte_array<16> drawn() { return {0x4b, ++draws}; }

    number_state kept() const { return keep_states ? s : number_state(); }
    result<std::vector<number_event>> apply(const number_command& what, const actor& by = customer,
                                            channel through = channel::web) {
        context circumstances{.now = now,
                              .rules = rules.get(),
                              .by = believed ? believed(what, by) : by,
                              .through = through,
                              .draw = drawn(),
                              .reserved = reservation{reserved_for.value_or(generation_to_be()), reserved_until()}};
        if (reserves && !reserves(what)) circumstances.reserved.reset();
        step one{now, by, through, rules, what, {}, kept(), {}, {}, circumstances.draw, circumstances.reserved};
        auto done = number::decide(s, what, circumstances);
        if (done) {
            bool was_sound = done->events.empty() || !unsound(s);
            for (const auto& event : done->events) {
                happening h{event, kept(), {}, {}};
                number::evolve(s, event);
                h.effects = number::react(s, event);
                h.after = kept();
                const auto wrong = unsound(s);
                if (was_sound) EXPECT_EQ(wrong, std::nullopt) << "a sound state leads to a sound one";
                was_sound = !wrong;
                one.happened.push_back(std::move(h));
            }
        } else {
            one.refusal = done.error();
        }
        one.after = kept();
        if (!keep_trace) record.clear();
        record.push_back(std::move(one));
        if (!done) return std::unexpected(done.error());
        return std::move(done->events);
    }
    /// Must be accepted.
    const step& must(const number_command& what, const actor& by = customer, channel through = channel::web) {
        const auto done = apply(what, by, through);
        EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().words);
        return record.back();
    }
    /// The refusal's code; `internal` where it was accepted.
    base::code refused(const number_command& what, const actor& by = customer, channel through = channel::web) {
        const auto done = apply(what, by, through);
        EXPECT_FALSE(done.has_value()) << "should have been refused";
        return done ? base::code::internal : done.error().what;
    }
    const step& last() const { return record.back(); }

    /// A validity of n days from then on, of a line in Shanghai.
    instant day_end(instant from, int n) const { return end_after(rules->zones.of("Asia/Shanghai"), from, n); }
    void pass(duration time) { now = now + time; }
    std::optional<instant> due() const { return number::next_due(s); }
    /// To the next instant at which something is due, and a tick then.
    const step& tick_when_due() {
        const auto next = due();
        EXPECT_TRUE(next.has_value()) << "nothing is due";
        if (next && *next > now) now = *next;
        return must(tick{}, machine);
    }

    const closure& open_case() const { return *s.current; }
    const submission& sent() const { return *s.of_case<submission>(); }
    const stages::ending& ending() const { return *s.of_case<stages::ending>(); }
    const stages::closed& closed() const { return *s.of_case<stages::closed>(); }
    const refund& payback() const {
        static const refund none;
        const auto* end = s.of_case<stages::ending>();
        return end == nullptr ? none : end->payback;
    }
    stage at_stage() const { return at(*s.current); }
    const policy& own_policy() const { return *rules->policies.find(s.subscription->policy); }

    // -- the way through a closure, in small steps
    order_line order() const {
        order_line what;
        what.number = number;
        what.subscriber = owner.id;
        what.refund_account = "account-1";
        what.policy = "cn";
        what.language = "zh-CN";
        what.contacts = {{named("mail-1"), medium::mail, true, {}, {}, {}},
                         {named("sms-1"), medium::sms, true, {}, {}, {}}};
        what.profiles = {{iccid_of(1), imsi_of(1), eid_of(1), profile_state::enabled}};
        what.recovery_digests = {"saved-1", "saved-2"};
        return what;
    }
    /// A line of two years, in use, with 50 yuan.
    import_line imported() const {
        import_line what;
        what.order = order();
        what.since = now - base::days{730};
        what.valid_until = now + base::days{300};
        what.balance = yuan(5000);
        return what;
    }
    void have_line() { must(imported(), machine); }
    void prove_by_sms(channel through = channel::web) {
        must(request_otp{named("line"), "nonce", "digest-" + std::to_string(now.ms)}, customer, through);
        must(present_otp{s.current->otp.last->digest}, customer, through);
    }
    /// Asked for by one person and signed by another. The last step is the signature.
    const step& signed_by(const actor& second, const number_command& what, const actor& by,
                          channel through = channel::counter) {
        EXPECT_THAT(names_of(must(what, by, through)), ::testing::ElementsAre("second_wanted"));
        return must(countersign{s.asked.made}, second, channel::staff);
    }
    evidence saved_code(const std::string& code = "saved-1") const {
        return {evidence_kind::recovery_code, true, now, "saved code", code, customer};
    }
    void see_in_person() {
        must(record_evidence{evidence_kind::id_document, true, "counter 12", "digest"}, clerk, channel::counter);
        must(record_evidence{evidence_kind::staff_sighting, true, "counter 12", ""}, clerk, channel::counter);
    }
    void make_ready() {
        must(open_closure{});
        must(accept_quote{s.current->offer->number, {}});
        must(decline_backup{});
    }
    /// Low risk: proved by a code to the line, approved by policy.
    void submit_low() {
        make_ready();
        prove_by_sms();
        must(submit_closure{});
    }
    /// A lost device: high risk, proved in person, 72 hours of cooling-off.
    void submit_high() {
        must(declare_lost{{}, "call"});
        make_ready();
        see_in_person();
        must(submit_closure{}, customer, channel::counter);
    }
    void delete_profiles() {
        const auto profiles = s.profiles;
        for (const auto& one : profiles)
            if (!is_unbound(one))
                must(
                    report_profile{
                        one.iccid, profile_state::deleted, one.eid, {}, {proof_kind::signed_notification, "abcd", {}}},
                    machine);
    }
    void answer_network() {
        const auto profiles = s.profiles;
        for (const auto& one : profiles) {
            must(hlr_answered{hlr_operation::bar, one.imsi, "nam none; serving node told"}, machine);
            must(hlr_answered{hlr_operation::remove, one.imsi, "UpdateLocation refused 0x02"}, machine);
        }
    }
    /// Closed, with a certificate that can be read.
    void close_and_certify() {
        submit_low();
        delete_profiles();
        answer_network();
        sign_what_waits();
    }
    /// What the last step wants signed.
    void sign_what_waits() {
        const auto wanted = effects_of<sign_certificate>(last());
        for (const auto& one : wanted) must(signed_form(one), machine);
    }
    void close_low() {
        submit_low();
        delete_profiles();
        answer_network();
        must(certificate_signed{s.current->number, "header.claims.signature"}, machine);
    }
};

}  // namespace keepline::domain::testing
