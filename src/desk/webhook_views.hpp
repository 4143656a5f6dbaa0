// Webhooks as administrators see them, and what is answered to what they do with one.
#pragma once

#include "desk/courier.hpp"
#include "domain/actor.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::desk {

struct webhook_view {
    std::string id;
    std::string name;
    std::string source;  // api, configuration
    std::string url;     // of the configuration: without its path, which may hold a secret
    std::vector<std::string> topics;
    domain::role role = domain::role::system;
    std::string state;  // active, paused, failing
    std::optional<domain::actor> by;
    std::optional<domain::actor> second;
    std::optional<instant> since;
    std::optional<instant> paused_at;
    std::optional<std::string> why_paused;
    std::optional<instant> two_secrets_until;
    std::int64_t delivered = 0;
    std::optional<instant> delivered_at;
    std::optional<instant> waiting_since;
    std::optional<std::string> error;
    std::optional<instant> error_at;
    std::int64_t given_up = 0;
    std::vector<lost_news> lost;
};
BOOST_DESCRIBE_STRUCT(webhook_view, (),
                      (id, name, source, url, topics, role, state, by, second, since, paused_at, why_paused,
                       two_secrets_until, delivered, delivered_at, waiting_since, error, error_at, given_up, lost))

/// Where it goes, and who can sign for it, takes two: it waits for the second.
struct webhook_asked_view {
    std::string webhook;
    std::optional<std::string> secret;
    int request = 0;
    std::string sign_at;
};
BOOST_DESCRIBE_STRUCT(webhook_asked_view, (), (webhook, secret, request, sign_at))

/// What became of one message that somebody asked for.
struct webhook_sent_view {
    std::string event;
    bool delivered = false;
    std::optional<std::string> error;
    std::int64_t took_ms = 0;
};
BOOST_DESCRIBE_STRUCT(webhook_sent_view, (), (event, delivered, error, took_ms))

struct webhook_gone_view {
    bool deleted = true;
};
BOOST_DESCRIBE_STRUCT(webhook_gone_view, (), (deleted))

using webhook_told = std::variant<webhook_view, webhook_asked_view, webhook_sent_view, webhook_gone_view>;

}  // namespace keepline::desk
