// Claims: the rules one by one, and then many doors at once that want the same identifiers for several numbers, with
// crashes, late answers and time in between. No identifier may ever have two holders; walks with a mistake built in
// show that this would be seen.
#include "domain/claim/claim.hpp"

#include "domain/test_world.hpp"

#include <array>
#include <random>
#include <set>

namespace keepline::domain {
namespace {

using testing::iccid_of;
using testing::imsi_of;
using testing::named;

const std::string imsi_claim = claim_on(imsi_of(1));

struct one_claim {
    claim_state s;
    instant now = testing::at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    std::vector<claim_event> does(const claim_command& what) {
        const context circumstances{.now = now, .rules = testing::repository_rules().get(), .by = testing::machine};
        const auto done = claim::decide(s, what, circumstances);
        EXPECT_TRUE(done.has_value());
        if (!done) return {};
        testing::expect_folded<claim>(s, *done);
        s = done->after;
        effects.insert(effects.end(), done->effects.begin(), done->effects.end());
        return done->events;
    }
    bool reserve(const std::string& holder) {
        does(reserve_claim{imsi_claim, holder, now + claim_usable_for});
        return s.holder == holder;
    }
    void settle(claim_word word) { does(settle_claim{s.serial, word, base::msisdn::trusted("+8613800138000")}); }
};

TEST(claim, whoever_comes_first_holds_it_and_another_waits_for_the_holders_word) {
    one_claim c;
    EXPECT_TRUE(c.reserve("a"));
    EXPECT_FALSE(c.reserve("b"));
    ASSERT_EQ(c.effects.size(), 1U);
    EXPECT_EQ(std::get<ask_holder>(c.effects[0]).holder, "a");
    c.settle(claim_word::has_it);
    EXPECT_EQ(c.s.holder, "a");
    ASSERT_EQ(c.effects.size(), 2U) << "the holder is told";
    EXPECT_EQ(std::get<tell_contest>(c.effects[1]).wanted_by, "b");
}

TEST(claim, the_holder_is_told_once_a_day_of_the_same_contender_and_never_of_one_that_came_before_its_time) {
    one_claim c;
    c.reserve("a");
    c.reserve("b");
    c.settle(claim_word::may_still_come);
    EXPECT_EQ(c.effects.size(), 1U);
    for (int i = 0; i < 3; ++i) {
        c.reserve("b");
        c.settle(claim_word::has_it);
    }
    EXPECT_EQ(std::ranges::count_if(c.effects, [](const effect& e) { return std::holds_alternative<tell_contest>(e); }),
              1);
}

TEST(claim, what_nobody_took_up_is_free_for_the_next) {
    one_claim c;
    c.reserve("a");
    c.now = c.now + base::days{1};
    EXPECT_FALSE(c.reserve("b"));
    c.settle(claim_word::has_it_not);
    EXPECT_TRUE(c.reserve("b"));
}

TEST(claim, an_answer_about_an_earlier_reservation_says_nothing_about_this_one) {
    one_claim c;
    c.reserve("a");
    c.reserve("b");
    const auto asked = std::get<ask_holder>(c.effects[0]);
    c.reserve("a");  // it takes it up again
    c.does(settle_claim{asked.serial, claim_word::has_it_not, {}});
    EXPECT_EQ(c.s.holder, "a");
}

TEST(claim, only_the_holder_of_this_reservation_releases_it) {
    one_claim c;
    c.reserve("a");
    const int first = c.s.serial;
    c.reserve("a");
    c.does(release_claim{"b", 0});
    c.does(release_claim{"a", first});  // whose request was refused, while another of the same line went through
    EXPECT_EQ(c.s.holder, "a");
    c.does(release_claim{"a", 0});
    EXPECT_EQ(c.s.holder, "");
}

TEST(claim, it_moves_only_from_its_holder_and_the_one_who_gets_it_hears_of_it) {
    one_claim c;
    const line_holder a{base::msisdn::trusted("+8613800138000"), 1};
    const line_holder b{base::msisdn::trusted("+8613800138001"), 2};
    c.reserve(a.text());
    const context circumstances{.now = c.now, .rules = testing::repository_rules().get(), .by = testing::machine};
    const auto refused = claim::decide(c.s, hand_on_claim{b.text(), b.text() + "0"}, circumstances);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, base::code::identifier_taken);
    const int before = c.s.serial;
    c.does(hand_on_claim{a.text(), b.text()});
    EXPECT_EQ(c.s.holder, b.text());
    EXPECT_NE(c.s.serial, before) << "answers about the one before say nothing any more";
    ASSERT_EQ(c.effects.size(), 1U);
    EXPECT_EQ(std::get<claim_passed>(c.effects[0]), (claim_passed{b.number, imsi_claim, b.text()}));
    EXPECT_TRUE(c.does(hand_on_claim{a.text(), b.text()}).empty()) << "twice is harmless";
}

TEST(claim, holders_are_read_back_from_their_text) {
    const line_holder line{base::msisdn::trusted("+8613800138000"), 3};
    EXPECT_EQ(line_holder::parse(line.text()), line);
    const profile_holder of_line{iccid_of(1), line};
    EXPECT_EQ(profile_holder::parse(of_line.text()), of_line);
    const profile_holder of_stock{iccid_of(1), {}};
    EXPECT_EQ(profile_holder::parse(of_stock.text()), of_stock);
    for (const auto* text : {"", "/", "+8613800138000/", "@", "1@", "@stock", "+8613800138000"}) {
        EXPECT_FALSE(line_holder::parse(text)) << text;
        EXPECT_FALSE(profile_holder::parse(text)) << text;
    }
}

// ------------------------------------------------------------------------------------------------ many at once

enum class mistake {
    none,
    no_fence,
    no_reservation_needed,
    no_claim_on_the_imsi,
    release_whatever,
    taken_before_the_claims,  // the other line has the profile at once
    claims_not_kept,          // between letting go and taking anybody gets them
};

constexpr int numbers = 3;
constexpr int identifiers = 3;

/// A request on its way through a server: reserve one, reserve the other, send the command. It may stop anywhere.
struct door {
    int number = 0;
    new_profile profile;
    int generation = 0;
    instant until;
    int done = 0;
    std::vector<std::pair<std::string, release_claim>> fresh;
};

class town {
 public:
    town(std::uint32_t seed, mistake with) : dice_(seed), mistake_(with) {
        for (int i = 0; i < numbers; ++i) {
            lines_[static_cast<std::size_t>(i)].s.number = base::msisdn::trusted("+861380013800" + std::to_string(i));
            lines_[static_cast<std::size_t>(i)].keep_trace = false;
        }
    }
    /// The identifier that two lines had; empty: none ever.
    std::string walk(int steps) {
        for (int i = 0; i < steps; ++i) {
            step();
            if (auto found = held_twice(); !found.empty()) return found;
        }
        return {};
    }
    int taken() const { return taken_; }
    int moved() const { return moved_; }

 private:
    int roll(int sides) { return static_cast<int>(dice_() % static_cast<std::uint32_t>(sides)); }
    testing::world& line(int i) { return lines_[static_cast<std::size_t>(i)]; }

    void step() {
        switch (roll(17)) {
            case 12: return offer();
            case 13: return agree();
            case 14:
            case 15:
            case 16: return deliver();
            case 0: return open_door();
            case 1: now_ = now_ + base::minutes{roll(4)}; return;
            case 2: return look();
            case 3: return settle();
            case 4: return free_one();
            case 5: return roll(4) == 0 ? end(roll(numbers)) : void();
            case 6:
                if (roll(3) == 0 && !doors_.empty())
                    doors_.erase(doors_.begin() + roll(static_cast<int>(doors_.size())));
                return;
            default: return go_on();
        }
    }

    void open_door() {
        if (doors_.size() > 6) return;
        door d;
        d.number = roll(numbers);
        d.profile = {iccid_of(roll(identifiers)), imsi_of(roll(identifiers)), {}, profile_state::enabled};
        auto& of = line(d.number);
        d.generation = of.generation_to_be();
        d.until = now_ + claim_usable_for;
        doors_.push_back(d);
    }

    void go_on() {
        if (doors_.empty()) return;
        const auto at = static_cast<std::size_t>(roll(static_cast<int>(doors_.size())));
        auto& d = doors_[at];
        const line_holder holder{line(d.number).s.number, d.generation};
        bool fine = true;
        if (d.done == 0) fine = reserve(d, claim_on(d.profile.iccid), holder.text());
        if (d.done == 1 && mistake_ != mistake::no_claim_on_the_imsi)
            fine = reserve(d, claim_on(d.profile.imsi), profile_holder{d.profile.iccid, holder}.text());
        if (d.done == 2) fine = send(d);
        if (!fine)
            for (const auto& [identifier, what] : d.fresh) apply(identifier, what);
        if (!fine || ++d.done > 2) doors_.erase(doors_.begin() + static_cast<std::ptrdiff_t>(at));
    }

    bool reserve(door& d, const std::string& identifier, const std::string& holder) {
        auto& c = claims_[identifier];
        const bool was_free = c.holder.empty();
        apply(identifier, reserve_claim{identifier, holder, d.until});
        if (c.holder != holder) return false;
        if (was_free || mistake_ == mistake::release_whatever)
            d.fresh.push_back({identifier, {holder, mistake_ == mistake::release_whatever ? 0 : c.serial}});
        return true;
    }

    bool send(const door& d) {
        auto& of = line(d.number);
        of.now = now_;
        const bool has_line = of.s.subscription && of.s.subscription->status != line_status::ended;
        order_line order;
        order.number = of.s.number;
        order.subscriber = named("sb-" + std::to_string(d.number));
        order.policy = "cn";
        order.profiles = {d.profile};
        const bool careless = mistake_ == mistake::no_reservation_needed;
        const context circumstances{.now = now_,
                                    .rules = of.rules.get(),
                                    .by = testing::machine,
                                    .second = testing::reviewer,
                                    .reserved = reservation{careless ? of.generation_to_be() : d.generation,
                                                            careless ? now_ + base::days{1} : d.until}};
        const auto done = has_line ? number::decide(of.s, add_profile{d.profile}, circumstances)
                                   : number::decide(of.s, order, circumstances);
        if (!done) return false;
        for (const auto& one : done->events) fold(of, one);
        taken_ += done->events.empty() ? 0 : 1;
        return true;
    }

    void fold(testing::world& of, const number_event& what) {
        number::evolve(of.s, what);
        for (const auto& e : number::react(of.s, what))
            if (const auto* freed = std::get_if<free_claim>(&e))
                freed_.push_back(*freed);
            else
                remember(e);
    }

    // -- a profile moves by agreement; what one stream has for another comes late and in any order

    void remember(const effect& e) {
        if (std::holds_alternative<give_profile>(e) || std::holds_alternative<return_profile>(e) ||
            std::holds_alternative<pass_claim>(e) || std::holds_alternative<claim_passed>(e) ||
            std::holds_alternative<hlr_action>(e))
            on_the_way_.push_back(e);
    }
    void send_to(testing::world& of, const number_command& what, const actor& by,
                 std::optional<actor> second = std::nullopt) {
        const context circumstances{
            .now = now_, .rules = of.rules.get(), .by = by, .second = std::move(second), .reserved = {}};
        const auto done = number::decide(of.s, what, circumstances);
        if (!done) return;
        for (const auto& one : done->events) {
            if (std::holds_alternative<profile_added>(one)) ++moved_;
            fold(of, one);
        }
    }
    void offer() {
        auto& of = line(roll(numbers));
        auto& to = line(roll(numbers));
        if (of.s.profiles.empty() || !to.s.subscription) return;
        const auto& p = of.s.profiles[static_cast<std::size_t>(roll(static_cast<int>(of.s.profiles.size())))];
        send_to(of, offer_profile{p.iccid, to.s.number, to.s.subscription->generation}, testing::clerk,
                testing::reviewer);
    }
    void agree() {
        auto& of = line(roll(numbers));
        if (of.s.offers.empty()) return;
        const auto one = of.s.offers.front();
        send_to(of, accept_offer{one.iccid, one.to, one.to_generation}, testing::other_clerk, testing::second_reviewer);
    }
    testing::world& line_of(const base::msisdn& number) {
        return *std::ranges::find_if(lines_, [&](const testing::world& of) { return of.s.number == number; });
    }
    void deliver() {
        if (on_the_way_.empty()) return;
        const auto at = roll(static_cast<int>(on_the_way_.size()));
        const auto what = on_the_way_[static_cast<std::size_t>(at)];
        on_the_way_.erase(on_the_way_.begin() + at);
        if (const auto* e = std::get_if<hlr_action>(&what))
            send_to(line_of(e->number), hlr_answered{e->operation, e->imsi, "done"}, testing::machine);
        if (const auto* e = std::get_if<give_profile>(&what)) {
            auto& to = line_of(e->number);
            if (mistake_ == mistake::taken_before_the_claims) {
                if (!to.s.subscription || to.s.subscription->status == line_status::ended) return;
                if (to.s.subscription->generation != e->generation || still_has(to.s, e->generation, e->iccid)) return;
                fold(to, profile_added{{e->iccid, e->imsi, e->eid, profile_state::installed}, now_});
                on_the_way_.push_back(pass_claim{claim_on(e->iccid), line_holder{e->from, e->from_generation}.text(),
                                                 line_holder{e->number, e->generation}.text()});
                return;
            }
            send_to(to, take_moved{{e->iccid, e->imsi, e->eid, e->state, e->from, e->from_generation}, e->generation},
                    testing::machine);
        }
        if (const auto* e = std::get_if<return_profile>(&what))
            send_to(line_of(e->number), take_back{e->iccid, e->generation, e->why}, testing::machine);
        if (const auto* e = std::get_if<pass_claim>(&what)) apply(e->identifier, hand_on_claim{e->holder, e->to});
        if (const auto* e = std::get_if<claim_passed>(&what))
            send_to(line_of(e->number), hear_claim{e->identifier, e->holder}, testing::machine);
    }

    /// Closed with all devices gone, lapsed with them still there, or given to the next owner.
    void end(int n) {
        auto& of = line(n);
        if (!of.s.subscription) return;
        if (of.s.subscription->status == line_status::ended) return fold(of, number_released{now_, false});
        const bool closed = roll(2) == 0;
        if (closed) {
            const auto profiles = of.s.profiles;
            for (const auto& p : profiles)
                fold(of, profile_reported{p.iccid, profile_state::deleted, {}, {}, {}, false, false, false});
            closure c;
            c.stands = stages::closed{};
            of.s.current = c;
        }
        fold(of, line_ended{now_, closed ? "closed" : "lapsed", {}});
    }

    void apply(const std::string& identifier, const claim_command& what) {
        auto& c = claims_[identifier];
        const context circumstances{.now = now_, .rules = line(0).rules.get(), .by = testing::machine};
        const auto done = claim::decide(c, what, circumstances);
        if (!done) return;
        c = done->after;
        for (const auto& e : done->effects)
            if (const auto* ask = std::get_if<ask_holder>(&e))
                asks_.push_back(*ask);
            else
                remember(e);
    }

    bool keeps(const number_state& s, int generation, const std::string& digits) const {
        const auto iccid = base::iccid::trusted(digits);
        return mistake_ == mistake::claims_not_kept ? still_has(s, generation, iccid)
                                                    : keeps_claim(s, generation, iccid);
    }
    // The clerk looks at one time and answers at another; both out of order.
    void look() {
        if (asks_.empty()) return;
        const auto at = roll(static_cast<int>(asks_.size()));
        const auto asked = asks_[static_cast<std::size_t>(at)];
        asks_.erase(asks_.begin() + at);
        auto holder = line_holder::parse(asked.holder);
        auto iccid = asked.identifier.substr(asked.identifier.find(':') + 1);
        if (const auto profile = profile_holder::parse(asked.holder)) {
            holder = profile->line;
            iccid = profile->iccid.text();
        }
        bool has_it = false;
        for (const auto& of : lines_)
            has_it = has_it || (of.s.number == holder->number && keeps(of.s, holder->generation, iccid));
        const auto fence = mistake_ == mistake::no_fence ? instant{} : asked.usable_until;
        answers_.push_back({asked.identifier, settle_claim{asked.serial, word_of(has_it, fence, now_), {}}});
    }
    void settle() {
        if (answers_.empty()) return;
        const auto at = roll(static_cast<int>(answers_.size()));
        const auto one = answers_[static_cast<std::size_t>(at)];
        answers_.erase(answers_.begin() + at);
        apply(one.first, one.second);
    }
    void free_one() {
        if (freed_.empty()) return;
        const auto at = roll(static_cast<int>(freed_.size()));
        const auto one = freed_[static_cast<std::size_t>(at)];
        freed_.erase(freed_.begin() + at);
        apply(one.identifier, release_claim{one.holder, 0});
    }

    std::string held_twice() const {
        std::set<std::string> seen;
        for (const auto& of : lines_) {
            if (!of.s.subscription) continue;
            std::set<std::string> here;
            for (const auto& p : of.s.profiles)
                if (still_has(of.s, of.s.subscription->generation, p.iccid)) {
                    here.insert(claim_on(p.iccid));
                    if (!here.insert(claim_on(p.imsi)).second) return claim_on(p.imsi);
                }
            for (const auto& one : here)
                if (!seen.insert(one).second) return one;
        }
        return {};
    }

    std::mt19937 dice_;
    mistake mistake_;
    instant now_ = testing::at("2026-03-02T02:00:00Z");
    std::array<testing::world, numbers> lines_;
    std::map<std::string, claim_state> claims_;
    std::vector<door> doors_;
    std::vector<ask_holder> asks_;
    std::vector<std::pair<std::string, settle_claim>> answers_;
    std::vector<free_claim> freed_;
    std::vector<effect> on_the_way_;
    int taken_ = 0;
    int moved_ = 0;
};

constexpr std::uint32_t walks = 150;
constexpr int steps = 500;

TEST(claims, no_identifier_ever_has_two_holders_however_requests_crashes_and_late_answers_fall) {
    int taken = 0;
    int moved = 0;
    for (std::uint32_t seed = 1; seed <= walks; ++seed) {
        town one(seed, mistake::none);
        ASSERT_EQ(one.walk(steps), "") << "seed " << seed;
        taken += one.taken();
        moved += one.moved();
    }
    EXPECT_GT(moved, static_cast<int>(walks) / 5) << "profiles must move, too";
    EXPECT_GT(taken, static_cast<int>(walks)) << "the walks must come to something";
}

TEST(claims, the_walks_would_show_each_mistake_that_claims_are_made_against) {
    for (const auto made : {mistake::no_fence, mistake::no_reservation_needed, mistake::no_claim_on_the_imsi,
                            mistake::release_whatever, mistake::taken_before_the_claims, mistake::claims_not_kept}) {
        bool shown = false;
        for (std::uint32_t seed = 1; seed <= 10 * walks && !shown; ++seed)
            shown = !town(seed, made).walk(steps).empty();
        EXPECT_TRUE(shown) << "mistake " << static_cast<int>(made);
    }
}

// ------------------------------------------------------------------------------------------------ at the line

TEST(reserved_identifiers, no_line_takes_up_what_was_not_reserved_for_this_owner_in_time) {
    testing::world w;
    w.reserved_for = 2;
    EXPECT_EQ(w.refused(w.imported(), testing::machine), base::code::identifier_unreserved);
    w.reserved_for = 1;
    w.reservation_is_over = true;
    EXPECT_EQ(w.refused(w.imported(), testing::machine), base::code::identifier_unreserved);
    w.reservation_is_over = false;
    w.have_line();
    w.reservation_is_over = true;
    EXPECT_EQ(w.refused(add_profile{{iccid_of(2), imsi_of(2), {}, profile_state::released}}, testing::clerk),
              base::code::identifier_unreserved);
    w.must(add_profile{{iccid_of(1), imsi_of(1), {}, profile_state::released}}, testing::clerk);  // has it already
}

TEST(reserved_identifiers, an_imsi_that_lost_its_leading_zeros_is_refused_with_words) {
    testing::world w;
    auto what = w.imported();
    what.order.profiles.front().imsi = base::imsi::trusted("1010000000001");
    EXPECT_EQ(w.refused(what, testing::machine), base::code::imsi_not_ours);
    EXPECT_NE(w.last().refusal->words.find("leading zeros"), std::string::npos);
}

TEST(reserved_identifiers, an_imsi_of_another_network_is_refused_where_the_policy_names_ours) {
    testing::world w;
    w.rules = testing::with_policy(w.rules, "cn", [](policy& p) { p.network.plmns = {"46001", "46009"}; });
    EXPECT_EQ(w.refused(w.imported(), testing::machine), base::code::imsi_not_ours);
    w.rules = testing::with_policy(w.rules, "cn", [](policy& p) { p.network.plmns = {"46000"}; });
    w.have_line();
}

TEST(reserved_identifiers, a_profile_that_went_back_to_the_stock_never_serves_this_line_again) {
    testing::world w;
    w.have_line();
    w.signed_by(testing::reviewer, want_profile{"standard", testing::ordered_as("MID-1")}, testing::clerk);
    w.must(take_esim{{iccid_of(5), imsi_of(5), {}, profile_state::released, "standard", "MID-1"}, 1}, testing::machine);
    w.must(hear_esim{iccid_of(5), profile_state::cancelled, {}, {}, {}}, testing::machine);
    w.must(report_profile{iccid_of(5), profile_state::enabled, {}, {}, {}}, testing::clerk);
    EXPECT_TRUE(w.last().happened.empty()) << "it may be another line's by now";
    EXPECT_FALSE(still_has(w.s, 1, iccid_of(5)));
}

TEST(reserved_identifiers, a_closed_line_frees_what_is_gone_from_devices_and_network) {
    testing::world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    std::vector<std::string> freed;
    const auto profiles = w.s.profiles;
    for (const auto& one : profiles)
        for (const auto operation : {hlr_operation::bar, hlr_operation::remove})
            for (const auto& e :
                 testing::effects_of<free_claim>(w.must(hlr_answered{operation, one.imsi, "done"}, testing::machine)))
                freed.push_back(e.identifier);
    EXPECT_EQ(freed, (std::vector{claim_on(iccid_of(1)), claim_on(imsi_of(1))}));
    EXPECT_FALSE(still_has(w.s, 1, iccid_of(1)));
}

}  // namespace
}  // namespace keepline::domain
