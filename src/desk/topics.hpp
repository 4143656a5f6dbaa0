// What partners are told by webhook: every topic, and which members of its data a webhook is shown, by the role that it
// has. An allow-list: a topic or a member that does not stand here leaves the house to nobody. docs/integrating.md has
// the same table; a test compares the two, and another what the domain publishes.
// Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/actor.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace keepline::desk {

struct topic {
    std::string_view name;
    std::string_view about;       // for people
    std::string_view everyone;    // members that every webhook is shown, by single spaces
    std::string_view business{};  // not one that has role `portal`: numbers, ICCIDs, money
    bool of_staff = false;        // for webhooks that have role `admin` only
};

std::span<const topic> topics();
const topic* find_topic(std::string_view name);

/// "closure.closed", "closure.*", "*"
bool topic_matches(std::string_view pattern, std::string_view name);
/// code::invalid for a pattern that no topic matches, or none that this role is shown.
base::result<void> check_topics(const std::vector<std::string>& patterns, domain::role as);
/// Whether a webhook that has these topics and this role hears of it.
bool is_told(const std::vector<std::string>& patterns, domain::role as, std::string_view name);

/// {"type", "timestamp", "data"}: the same bytes at every try, because the time is that of the cause.
std::string webhook_body(std::string_view name, base::instant at, const boost::json::object& members, domain::role as);

/// The topic of a test message.
inline constexpr std::string_view test_topic = "webhook.test";

}  // namespace keepline::desk
