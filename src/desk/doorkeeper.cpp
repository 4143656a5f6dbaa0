#include "desk/doorkeeper.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

// Bounds, so that nobody can make this process remember without end. When a table is full its stale rows go; when none
// is stale it starts afresh, which only costs look-ups.
constexpr std::size_t known_max = 10'000;
constexpr std::size_t failures_max = 10'000;
constexpr std::size_t token_max = 512;

std::string_view bearer(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size() || authorization.size() > token_max) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if ((authorization[i] | 0x20) != (scheme[i] | 0x20)) return {};
    return authorization.substr(scheme.size());
}

template <typename Map, typename Stale>
void make_room(Map& in, std::size_t max, Stale stale) {
    if (in.size() < max) return;
    std::erase_if(in, stale);
    if (in.size() >= max) in.clear();
}

}  // namespace

result<holder> doorkeeper::admit(std::string_view authorization, std::string_view peer, at_door how) {
    const auto token = bearer(authorization);
    if (token.empty())
        return refuse(code::unauthenticated, "Send the header `Authorization: Bearer <token>` with a token of yours.");
    return look_up(token, peer, false, clock_.now(), how);
}

result<holder> doorkeeper::admit_session(std::string_view token, std::string_view peer, at_door how) {
    if (token.empty() || token.size() > token_max) return refuse(code::unauthenticated, "You are not signed in.");
    return look_up(token, peer, true, clock_.now(), how);
}

result<holder> doorkeeper::look_up(std::string_view token, std::string_view peer, bool as_session, instant now,
                                   at_door how) {
    const auto fits = [&](domain::token_origin origin) {
        return (origin == domain::token_origin::account) == as_session;
    };
    const auto digest = secrets_.keyed_digest("token", "", token);
    if (auto who = remembered(digest, now, how); who && fits(who->origin)) return std::move(*who);
    std::optional<port::token_record> found;
    for (const auto& one : secrets_.keyed_digests("token", "", token)) {  // perhaps of an older generation
        TRY(record, tokens_.find(one));
        found = std::move(record);
        if (found) break;
    }
    if (!found || found->revoked_at || (found->expires_at && *found->expires_at <= now) || !fits(found->origin)) {
        CHECK(count_failure(peer, now));
        return refuse(code::unauthenticated, "The token is unknown, expired or revoked.");
    }
    holder who{found->who,    found->expires_at, found->channels, found->created_at, found->kin_until, found->level,
               found->digest, found->way,        found->line,     found->origin,     found->proved_at};
    if (how == at_door::uses) tokens_.note_used(who.who, who.digest);
    const std::scoped_lock held(mutex_);
    make_room(known_, known_max, [&](const auto& one) { return one.second.until <= now; });
    known_.insert_or_assign(digest, known{who, now + remembered_for, how == at_door::uses});
    return who;
}

void doorkeeper::forget(const domain::label& holder) {
    const std::scoped_lock held(mutex_);
    std::erase_if(known_, [&](const auto& one) { return one.second.who.who.id == holder; });
}

/// Used for the first time since it was looked up: it is looked up again, so that its use is noted.
std::optional<holder> doorkeeper::remembered(const std::string& digest, instant now, at_door how) {
    const std::scoped_lock held(mutex_);
    const auto found = known_.find(digest);
    if (found == known_.end() || found->second.until <= now) return std::nullopt;
    if (how == at_door::uses && !found->second.used) return std::nullopt;
    const auto& expires = found->second.who.expires_at;
    if (expires && *expires <= now) return std::nullopt;
    return found->second.who;
}

result<void> doorkeeper::count_failure(std::string_view peer, instant now) {
    const std::scoped_lock held(mutex_);
    make_room(failures_, failures_max, [&](const auto& one) { return now >= one.second.since + window; });
    auto& entry = failures_[std::string(peer)];
    if (now >= entry.since + window) entry = {now, 0};
    if (entry.count < failures_per_window) {
        ++entry.count;
        return {};
    }
    return refuse(code::too_many, "Too many wrong tokens came from this address.",
                  {{"again_at", base::iso(entry.since + window)}});
}

}  // namespace keepline::desk
