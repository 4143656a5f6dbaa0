#include "domain/claim/claim.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t contests_kept = 8;
constexpr std::size_t text_max = 64;
constexpr auto told_again_after = base::hours{24};
/// An answer that takes longer than this was lost (its node ended): the holder is asked again.
constexpr auto answer_expected_within = base::seconds{30};

using claim_events = std::vector<claim_event>;

std::unexpected<base::error> taken(const claim_state& s) {
    const auto kind = kind_of_claim(s.identifier);
    return refuse(code::identifier_taken, "Another line or profile has this " + kind + ".", {{"identifier", kind}});
}

struct claim_decider {
    const claim_state& s;
    const context& now;

    claim_reserved reserved(const reserve_claim& c, std::string moved_from) const {
        return {c.identifier, c.holder, s.serial + 1, c.until, std::move(moved_from), now.now};
    }

    result<claim_events> operator()(const reserve_claim& c) const {
        if (c.identifier.empty() || c.identifier.size() > text_max || c.holder.empty() || c.holder.size() > text_max)
            return refuse(code::invalid, "A claim names an identifier and its holder.");
        if (s.holder.empty()) return claim_events{reserved(c, {})};
        if (s.holder == c.holder) {
            auto again = reserved(c, {});
            again.usable_until = std::max(s.usable_until, c.until);
            return claim_events{std::move(again)};
        }
        if (!s.wanted_by.empty() && now.now < s.asked_at + answer_expected_within) return claim_events{};
        return claim_events{claim_doubted{c.holder, now.now}};
    }

    result<claim_events> operator()(const settle_claim& c) const {
        if (s.holder.empty() || s.serial != c.serial || s.wanted_by.empty()) return claim_events{};
        if (c.word == claim_word::has_it_not) return claim_events{claim_released{s.holder, now.now}};
        const bool told = std::ranges::any_of(s.contests, [&](const claim_contest& one) {
            return one.by == s.wanted_by && now.now < one.at + told_again_after;
        });
        return claim_events{
            claim_kept{s.wanted_by, c.word == claim_word::has_it && !told ? c.number : base::msisdn(), now.now}};
    }

    result<claim_events> operator()(const release_claim& c) const {
        const bool other = c.serial != 0 && c.serial != s.serial;
        if (s.holder.empty() || s.holder != c.holder || other) return claim_events{};
        return claim_events{claim_released{s.holder, now.now}};
    }

    result<claim_events> operator()(const hand_on_claim& c) const {
        if (c.to.empty() || c.to.size() > text_max)
            return refuse(code::invalid, "A claim is handed on to another holder.");
        if (s.holder == c.to) return claim_events{};
        if (s.holder.empty() || s.holder != c.holder) return taken(s);
        return claim_events{reserved({s.identifier, c.to, now.now + claim_usable_for}, s.holder)};
    }
};

struct claim_folder {
    claim_state& s;

    void operator()(const claim_reserved& e) const {
        if (s.holder != e.holder) s.since = e.at;
        s.identifier = e.identifier;
        s.holder = e.holder;
        s.serial = e.serial;
        s.usable_until = e.usable_until;
        s.wanted_by.clear();
    }
    void operator()(const claim_doubted& e) const {
        s.wanted_by = e.by;
        s.asked_at = e.at;
    }
    void operator()(const claim_kept& e) const {
        s.wanted_by.clear();
        if (!e.number.empty()) s.contests.push_back({e.wanted_by, e.at});
        if (s.contests.size() > contests_kept) s.contests.erase(s.contests.begin());
    }
    void operator()(const claim_released& e) const {
        s.holder.clear();
        s.since = e.at;
        s.wanted_by.clear();
        s.contests.clear();
    }
};

}  // namespace

std::string claim_on(const base::imsi& imsi) { return "imsi:" + imsi.text(); }
std::string claim_on(const base::iccid& iccid) { return "iccid:" + iccid.text(); }
std::string kind_of_claim(std::string_view identifier) {
    return std::string(identifier.substr(0, std::min(identifier.find(':'), identifier.size())));
}

std::optional<line_holder> line_holder::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto number = base::msisdn::parse(text.substr(0, slash));
    const auto digits = text.substr(slash + 1);
    int generation = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, generation);
    if (!number || failure != std::errc() || stopped != end) return std::nullopt;
    return line_holder{std::move(*number), generation};
}

std::optional<profile_holder> profile_holder::parse(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    auto iccid = base::iccid::trusted(std::string(text.substr(0, at)));  // our own text, checked when it was made
    const auto rest = text.substr(at + 1);
    if (rest == "stock") return profile_holder{std::move(iccid), {}};
    auto line = line_holder::parse(rest);
    if (!line) return std::nullopt;
    return profile_holder{std::move(iccid), std::move(line)};
}

claim_word word_of(bool has_it, instant usable_until, instant looked_at) {
    if (has_it) return claim_word::has_it;
    return looked_at < usable_until + claim_clocks_differ ? claim_word::may_still_come : claim_word::has_it_not;
}

result<decided<claim>> claim::decide(const state& before, const command& what, const context& now) {
    TRY(happens, std::visit(claim_decider{before, now}, what));
    decision<claim> out(before);
    out.emit_all(std::move(happens));
    return std::move(out).done();
}

void claim::evolve(state& s, const event& what) { std::visit(claim_folder{s}, what); }

namespace {

struct claim_reaction {
    const claim_state& s;

    std::vector<effect> operator()(const claim_doubted&) const {
        return {ask_holder{s.identifier, s.holder, s.serial, s.usable_until}};
    }
    std::vector<effect> operator()(const claim_reserved& e) const {
        if (e.moved_from.empty()) return {};
        const auto profile = profile_holder::parse(e.holder);
        const auto line = profile ? profile->line : line_holder::parse(e.holder);
        if (!line) return {};
        return {claim_passed{line->number, e.identifier, e.holder}};
    }
    std::vector<effect> operator()(const claim_kept& e) const {
        if (e.number.empty()) return {};
        return {tell_contest{e.number, s.identifier, e.wanted_by}};
    }
    std::vector<effect> operator()(const claim_released&) const { return {}; }
};

}  // namespace

std::vector<effect> claim::react(const state& after, const event& what) {
    return std::visit(claim_reaction{after}, what);
}

}  // namespace keepline::domain
