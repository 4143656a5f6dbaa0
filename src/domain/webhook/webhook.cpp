#include "domain/webhook/webhook.hpp"

#include "domain/reason.hpp"
#include "domain/second_person.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t name_max = 40;
constexpr std::size_t url_max = 1'000;
constexpr std::size_t topics_max = 64;
constexpr std::size_t topic_max = 64;
constexpr std::size_t event_max = 64;
constexpr auto both_longest = base::days{7};
constexpr auto replay_longest = base::days{7};

/// Where it goes, what it hears of, and how much of that it is shown.
bool aims_alike(const webhook_target& one, const webhook_target& other) {
    return one.url == other.url && one.topics == other.topics && one.as == other.as;
}

std::unexpected<base::error> unknown_webhook() { return refuse(code::not_found, "There is no such webhook."); }

webhook* find(webhooks& in, const std::string& id) {
    const auto found = std::ranges::find(in, id, &webhook::id);
    return found == in.end() ? nullptr : &*found;
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

/// What the shell has not looked at, or looked at with other eyes: it stays in the journal.
result<void> check_target(const webhooks& in, const std::string& id, const webhook_target& to) {
    const auto plain_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    if (to.name.empty() || to.name.size() > name_max || !std::ranges::all_of(to.name, plain_name))
        return refuse(code::invalid, "A webhook's name is 1 to 40 of a-z, 0-9, -, _ and the full stop.",
                      {{"field", "name"}});
    if (to.url.empty() || to.url.size() > url_max || !is_plain(to.url))
        return refuse(code::invalid, "A URL has at most 1000 characters of ASCII, without blanks.", {{"field", "url"}});
    if (to.topics.empty() || to.topics.size() > topics_max)
        return refuse(code::invalid, "A webhook has 1 to 64 topics.", {{"field", "topics"}});
    for (const auto& one : to.topics)
        if (one.empty() || one.size() > topic_max || !is_plain(one))
            return refuse(code::invalid, "That is no topic.", {{"field", "topics"}});
    if (to.as != role::system && to.as != role::portal && to.as != role::admin)
        return refuse(code::invalid, "A webhook is shown what a system, a portal or an administrator is.",
                      {{"field", "role"}});
    for (const auto& one : in)
        if (one.id != id && one.to.name == to.name)
            return refuse(code::id_taken, "Another webhook has this name.", {{"field", "name"}});
    return {};
}

}  // namespace

const webhook* find_webhook(const webhooks& in, std::string_view id) {
    const auto found = std::ranges::find(in, id, &webhook::id);
    return found == in.end() ? nullptr : &*found;
}

result<std::optional<webhook_opened>> decide_webhook(const webhooks& in, const open_webhook& c, const context& now) {
    if (find_webhook(in, c.id) != nullptr) return std::nullopt;
    if (in.size() >= webhooks_max)
        return refuse(code::too_many, "There are 32 webhooks, and that is all; delete one first.");
    CHECK(check_target(in, c.id, c.to));
    CHECK(need_second(now, act::aim_webhook));
    webhook made;
    made.id = c.id;
    made.to = c.to;
    made.secret = c.secret;
    made.by = now.by;
    made.second = now.second;
    made.since = made.changed_at = now.now;
    return webhook_opened{std::move(made)};
}

result<std::optional<webhook_changed>> decide_webhook(const webhooks& in, const change_webhook& c, const context& now) {
    const auto* one = find_webhook(in, c.id);
    if (one == nullptr) return unknown_webhook();
    if (one->to == c.to) return std::nullopt;
    CHECK(check_target(in, c.id, c.to));
    CHECK(need_second(now, act::aim_webhook));
    return webhook_changed{c.id, c.to, now.by, now.second, now.now};
}

result<std::optional<webhook_rotated>> decide_webhook(const webhooks& in, const rotate_webhook& c, const context& now) {
    const auto* one = find_webhook(in, c.id);
    if (one == nullptr) return unknown_webhook();
    if (one->secret == c.secret) return std::nullopt;
    const base::duration both{c.both_ms};
    if (both < base::duration{0} || both > both_longest)
        return refuse(code::invalid, "Two secrets sign for 168 hours at most.", {{"field", "both_hours"}});
    CHECK(need_second(now, act::rotate_webhook));
    return webhook_rotated{c.id, c.secret, now.now + both, now.by, now.second, now.now};
}

result<std::optional<webhook_paused>> decide_webhook(const webhooks& in, const pause_webhook& c, const context& now) {
    const auto* one = find_webhook(in, c.id);
    if (one == nullptr) return unknown_webhook();
    if (static_cast<bool>(one->paused_at) == c.paused) return std::nullopt;
    if (c.paused) CHECK(check_reason(c.reason));
    return webhook_paused{c.id, c.paused, c.reason, now.by, now.now};
}

result<std::optional<webhook_replayed>> decide_webhook(const webhooks& in, const replay_webhook& c,
                                                       const context& now) {
    const auto* one = find_webhook(in, c.id);
    if (one == nullptr) return unknown_webhook();
    if (c.event.size() > event_max || !is_plain(c.event))
        return refuse(code::invalid, "That is no event's id.", {{"field", "event"}});
    if (c.from > now.now || c.from + replay_longest < now.now)
        return refuse(code::invalid, "What is sent again happened within the last 7 days.", {{"field", "since"}});
    // One administrator asks for this, and two said what this address hears: of what happens from then on.
    if (c.from < one->changed_at)
        return refuse(code::invalid,
                      "What happened before two administrators aimed the webhook, at " + base::iso(one->changed_at) +
                          ", is not sent to it.",
                      {{"field", "since"}});
    return webhook_replayed{c.id, c.from, c.event, now.by, now.now};
}

result<std::optional<webhook_tried>> decide_webhook(const webhooks& in, const try_webhook& c, const context& now) {
    if (find_webhook(in, c.id) == nullptr) return unknown_webhook();
    return webhook_tried{c.id, now.by, now.now};
}

result<std::optional<webhook_closed>> decide_webhook(const webhooks& in, const close_webhook& c, const context& now) {
    if (find_webhook(in, c.id) == nullptr) return unknown_webhook();
    CHECK(check_reason(c.reason));
    return webhook_closed{c.id, c.reason, now.by, now.now};
}

void fold(webhooks& into, const webhook_opened& e) { into.push_back(e.how); }

void fold(webhooks& into, const webhook_changed& e) {
    auto* one = find(into, e.id);
    if (one == nullptr) return;
    if (!aims_alike(one->to, e.to)) {
        one->changed_at = e.at;
        one->replay_from = std::max(one->replay_from, e.at);  // one that was asked for and has not begun
    }
    one->to = e.to;
    one->by = e.by;
    one->second = e.second;
}

void fold(webhooks& into, const webhook_rotated& e) {
    auto* one = find(into, e.id);
    if (one == nullptr) return;
    one->secret_before = e.before_until > e.at ? one->secret : std::string();
    one->before_until = e.before_until;
    one->secret = e.secret;
}

void fold(webhooks& into, const webhook_paused& e) {
    auto* one = find(into, e.id);
    if (one == nullptr) return;
    one->paused_at = e.paused ? e.at : instant{};
    one->why_paused = e.paused ? e.reason : std::string();
}

/// One event alone is sent by the shell; only a replay changes where the webhook stands.
void fold(webhooks& into, const webhook_replayed& e) {
    auto* one = find(into, e.id);
    if (one == nullptr || !e.event.empty()) return;
    ++one->replays;
    one->replay_from = e.from;
}

void fold(webhooks&, const webhook_tried&) {}

void fold(webhooks& into, const webhook_closed& e) {
    std::erase_if(into, [&](const webhook& one) { return one.id == e.id; });
}

void fold(webhooks& into, const webhook_secrets_ended& e) {
    auto* one = find(into, e.id);
    if (one == nullptr || std::ranges::find(e.secrets, one->secret_before) == e.secrets.end()) return;
    one->secret_before.clear();
    one->before_until = {};
}

std::optional<webhook_secrets_ended> ended_by(const webhooks& in, const rotate_webhook& c, instant now) {
    const auto* one = find_webhook(in, c.id);
    if (one == nullptr) return std::nullopt;
    webhook_secrets_ended out{c.id, {}, false, now};
    if (!one->secret_before.empty()) out.secrets.push_back(one->secret_before);
    if (c.both_ms == 0) out.secrets.push_back(one->secret);
    return out.secrets.empty() ? std::nullopt : std::optional(std::move(out));
}

std::vector<webhook_secrets_ended> ended_secrets(const webhooks& in, instant now) {
    std::vector<webhook_secrets_ended> out;
    for (const auto& one : in)
        if (!one.secret_before.empty() && now >= one.before_until)
            out.push_back({one.id, {one.secret_before}, false, now});
    return out;
}

std::optional<instant> next_secret_end(const webhooks& in) {
    std::optional<instant> out;
    for (const auto& one : in)
        if (!one.secret_before.empty() && (!out || one.before_until < *out)) out = one.before_until;
    return out;
}

}  // namespace keepline::domain
