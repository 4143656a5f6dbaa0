#include "app/config_warnings.hpp"

#include <algorithm>

namespace keepline::app {

namespace {

bool beyond_loopback(const std::string& listen) {
    return !listen.empty() && !listen.starts_with("127.") && !listen.starts_with("[::1]") &&
           !listen.starts_with("localhost:") && !listen.starts_with("unix:");
}

bool is_everybody(const std::string& network) { return network.ends_with("/0"); }

}  // namespace

std::vector<std::string> open_to_everybody(const config& how) {
    std::vector<std::string> out;
    const auto warn = [&](bool when, std::string words) {
        if (when) out.push_back(std::move(words));
    };
    const auto listens_plain = beyond_loopback(how.http.listen) && how.http.tls_cert.empty();
    const auto trusts_all = std::ranges::any_of(how.http.trusted_proxies, is_everybody);
    warn(listens_plain && (how.http.trusted_proxies.empty() || trusts_all),
         "http.listen: plain HTTP beyond this machine: tokens and personal data can be read on the way; set "
         "http.tls_cert and http.tls_key, or listen on 127.0.0.1 behind a proxy");
    warn(trusts_all,
         "http.trusted_proxies: everybody is a proxy there: whoever calls says from which address, and no limit by "
         "address and no alarm about one holds; name your proxies");
    warn(std::ranges::any_of(how.webhooks.private_targets, is_everybody),
         "webhooks.private_targets: every address may be called, those of this machine too; name the networks that "
         "webhooks are in");
    warn(beyond_loopback(how.metrics.listen),
         "metrics.listen: the metrics ask nobody for a token; keep them where only your monitoring is");
    return out;
}

}  // namespace keepline::app
