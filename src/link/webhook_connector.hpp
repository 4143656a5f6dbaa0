// The connector of destination `webhook`: posts {"type", "timestamp", "data"} to every endpoint that subscribed to the
// topic, signed by the Standard Webhooks rules (webhook-id = the effect's key, webhook-timestamp, webhook-signature).
// An endpoint that has already acknowledged an id is not called again for it while this process lives. No redirects are
// followed. Any thread.
#pragma once

#include "base/time.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"

#include <memory>
#include <vector>

namespace keepline::link {

using base::result;

struct webhook_endpoint {
    std::string name;  // for errors and metrics: the URL may hold a secret
    std::string url;
    std::string secret;               // "whsec_" + base64 of 24 to 64 bytes
    std::vector<std::string> topics;  // "closure.closed", "closure.*", "*"
    std::string secret_before{};      // while the secret is exchanged: the one before; everything is signed with both
};

struct webhook_settings {
    std::vector<webhook_endpoint> endpoints;
    std::string ca_file;  // PEM; empty: the system's
    base::duration connect_timeout = base::seconds{3};
    base::duration total_timeout = base::seconds{10};
    std::size_t remembered = 10'000;  // acknowledged ids, while another endpoint is still to acknowledge
};

/// code::config_invalid names the endpoint and what is wrong with it.
result<std::unique_ptr<port::connector>> make_webhook_connector(webhook_settings how, const port::clock& clock);

/// "v1,<base64>" over "id.timestamp.body" with the bytes behind "whsec_".
std::string webhook_signature(base::byte_view secret, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body);
bool topic_matches(std::string_view pattern, std::string_view topic);

}  // namespace keepline::link
