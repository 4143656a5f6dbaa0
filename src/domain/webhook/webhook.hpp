// Webhooks that were made by the API: a standing right to read what happens to every customer. So where it goes, and
// who can sign for it, takes two administrators; to stop it, one. A part of the credential's aggregate
// (credential.hpp).
//
// Secrets are nowhere here: `secret` names the sealed row in the vault. Pure.
#pragma once

#include "domain/context.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

inline constexpr std::size_t webhooks_max = 32;

struct webhook_target {
    std::string name;  // for people, logs and metrics
    std::string url;
    std::vector<std::string> topics;  // "closure.closed", "closure.*", "*"
    role as = role::system;           // what it is shown: desk/topics.hpp
    bool operator==(const webhook_target&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_target, (), (name, url, topics, as))

struct webhook {
    std::string id;  // "wh_…"
    webhook_target to;
    std::string secret;
    std::string secret_before;  // signs too until before_until
    instant before_until;
    actor by;
    std::optional<actor> second;
    instant since;       // it hears what happened from then on
    instant changed_at;  // when two aimed it last (URL, topics, role): nothing of before is sent to it again
    instant paused_at;   // zero: it is not
    std::string why_paused;
    int replays = 0;
    instant replay_from;  // of the latest replay
    bool operator==(const webhook&) const = default;
    bool signs_with_both(instant now) const { return !secret_before.empty() && now < before_until; }
};
BOOST_DESCRIBE_STRUCT(webhook, (),
                      (id, to, secret, secret_before, before_until, by, second, since, changed_at, paused_at,
                       why_paused, replays, replay_from))

// -- commands

struct open_webhook {
    static constexpr std::string_view name = "open_webhook";
    std::string id;
    webhook_target to;
    std::string secret;
};
BOOST_DESCRIBE_STRUCT(open_webhook, (), (id, to, secret))
/// Everything of the target as it will stand.
struct change_webhook {
    static constexpr std::string_view name = "change_webhook";
    std::string id;
    webhook_target to;
};
BOOST_DESCRIBE_STRUCT(change_webhook, (), (id, to))
struct rotate_webhook {
    static constexpr std::string_view name = "rotate_webhook";
    std::string id;
    std::string secret;
    std::int64_t both_ms = 0;  // how long the one before signs too
};
BOOST_DESCRIBE_STRUCT(rotate_webhook, (), (id, secret, both_ms))
struct pause_webhook {
    static constexpr std::string_view name = "pause_webhook";
    std::string id;
    bool paused = true;
    std::string reason;  // of a pause
};
BOOST_DESCRIBE_STRUCT(pause_webhook, (), (id, paused, reason))
/// Everything since `from` once more, or the one event that is named.
struct replay_webhook {
    static constexpr std::string_view name = "replay_webhook";
    std::string id;
    instant from;
    std::string event;
};
BOOST_DESCRIBE_STRUCT(replay_webhook, (), (id, from, event))
struct try_webhook {
    static constexpr std::string_view name = "try_webhook";
    std::string id;
};
BOOST_DESCRIBE_STRUCT(try_webhook, (), (id))
struct close_webhook {
    static constexpr std::string_view name = "close_webhook";
    std::string id;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(close_webhook, (), (id, reason))

template <typename Command>
concept webhook_command =
    std::same_as<Command, open_webhook> || std::same_as<Command, change_webhook> ||
    std::same_as<Command, rotate_webhook> || std::same_as<Command, pause_webhook> ||
    std::same_as<Command, replay_webhook> || std::same_as<Command, try_webhook> || std::same_as<Command, close_webhook>;

// -- events

struct webhook_opened {
    static constexpr std::string_view name = "webhook_opened";
    webhook how;
    bool operator==(const webhook_opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_opened, (), (how))
struct webhook_changed {
    static constexpr std::string_view name = "webhook_changed";
    std::string id;
    webhook_target to;
    actor by;
    std::optional<actor> second;
    instant at;
    bool operator==(const webhook_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_changed, (), (id, to, by, second, at))
struct webhook_rotated {
    static constexpr std::string_view name = "webhook_rotated";
    std::string id;
    std::string secret;
    instant before_until;
    actor by;
    std::optional<actor> second;
    instant at;
    bool operator==(const webhook_rotated&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_rotated, (), (id, secret, before_until, by, second, at))
struct webhook_paused {
    static constexpr std::string_view name = "webhook_paused";
    std::string id;
    bool paused = true;
    std::string reason;
    actor by;
    instant at;
    bool operator==(const webhook_paused&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_paused, (), (id, paused, reason, by, at))
struct webhook_replayed {
    static constexpr std::string_view name = "webhook_replayed";
    std::string id;
    instant from;
    std::string event;
    actor by;
    instant at;
    bool operator==(const webhook_replayed&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_replayed, (), (id, from, event, by, at))
struct webhook_tried {
    static constexpr std::string_view name = "webhook_tried";
    std::string id;
    actor by;
    instant at;
    bool operator==(const webhook_tried&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_tried, (), (id, by, at))
struct webhook_closed {
    static constexpr std::string_view name = "webhook_closed";
    std::string id;
    std::string reason;
    actor by;
    instant at;
    bool operator==(const webhook_closed&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_closed, (), (id, reason, by, at))

/// Secrets that sign nothing any more, or never did: their rows leave the vault in the commit that has this event.
struct webhook_secrets_ended {
    static constexpr std::string_view name = "webhook_secrets_ended";
    std::string id;
    std::vector<std::string> secrets;
    bool whole = false;  // the webhook itself never came to be, or is gone: nothing of it is left
    instant at;
    bool operator==(const webhook_secrets_ended&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_secrets_ended, (), (id, secrets, whole, at))

template <typename Event>
concept webhook_event = std::same_as<Event, webhook_opened> || std::same_as<Event, webhook_changed> ||
                        std::same_as<Event, webhook_rotated> || std::same_as<Event, webhook_paused> ||
                        std::same_as<Event, webhook_replayed> || std::same_as<Event, webhook_tried> ||
                        std::same_as<Event, webhook_closed> || std::same_as<Event, webhook_secrets_ended>;

// -- rules; nothing: it is so already

using webhooks = std::vector<webhook>;
result<std::optional<webhook_opened>> decide_webhook(const webhooks& in, const open_webhook& c, const context& now);
result<std::optional<webhook_changed>> decide_webhook(const webhooks& in, const change_webhook& c, const context& now);
result<std::optional<webhook_rotated>> decide_webhook(const webhooks& in, const rotate_webhook& c, const context& now);
result<std::optional<webhook_paused>> decide_webhook(const webhooks& in, const pause_webhook& c, const context& now);
result<std::optional<webhook_replayed>> decide_webhook(const webhooks& in, const replay_webhook& c, const context& now);
result<std::optional<webhook_tried>> decide_webhook(const webhooks& in, const try_webhook& c, const context& now);
result<std::optional<webhook_closed>> decide_webhook(const webhooks& in, const close_webhook& c, const context& now);

void fold(webhooks& into, const webhook_opened& e);
void fold(webhooks& into, const webhook_changed& e);
void fold(webhooks& into, const webhook_rotated& e);
void fold(webhooks& into, const webhook_paused& e);
void fold(webhooks& into, const webhook_replayed& e);
void fold(webhooks& into, const webhook_tried& e);
void fold(webhooks& into, const webhook_closed& e);
void fold(webhooks& into, const webhook_secrets_ended& e);

// -- secrets that end

/// What a rotation leaves that signs no more.
std::optional<webhook_secrets_ended> ended_by(const webhooks& in, const rotate_webhook& c, instant now);
/// Those that signed beside their successors until now.
std::vector<webhook_secrets_ended> ended_secrets(const webhooks& in, instant now);
std::optional<instant> next_secret_end(const webhooks& in);

const webhook* find_webhook(const webhooks& in, std::string_view id);

}  // namespace keepline::domain
