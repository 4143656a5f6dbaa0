// Posts one message to one webhook, signed by the Standard Webhooks rules (webhook-id, webhook-timestamp,
// webhook-signature). No redirects are followed, no proxy is used, time and answer are bounded. What the API named is
// called over https and on public addresses only (link/target_guard.hpp); what the configuration names is called as it
// is. The two never share a connection. Any thread.
#pragma once

#include "base/time.hpp"
#include "link/target_guard.hpp"
#include "port/clock.hpp"
#include "port/webhooks.hpp"

#include <memory>
#include <vector>

namespace keepline::link {

using base::result;

struct webhook_settings {
    std::string ca_file;  // PEM; empty: the system's
    base::duration connect_timeout = base::seconds{3};
    base::duration total_timeout = base::seconds{10};
    bool plain_http = false;                   // also for those of the API
    std::vector<std::string> private_targets;  // networks that those of the API may lie in
    bool public_targets = true;                // false: in those only
};

/// code::config_invalid for networks that are none.
result<std::unique_ptr<port::webhook_sender>> make_webhook_sender(webhook_settings how, const port::clock& clock);

/// One that the configuration names. code::config_invalid names it and what is wrong with it.
result<port::webhook_route> configured_webhook(const std::string& name, const std::string& url,
                                               const std::string& secret, const std::string& secret_before);

/// The bytes behind "whsec_", of which there are 24 to 64.
std::optional<base::bytes> webhook_key(std::string_view secret);

/// "v1,<base64>" over "id.timestamp.body" with the bytes behind "whsec_".
std::string webhook_signature(base::byte_view secret, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body);

}  // namespace keepline::link
