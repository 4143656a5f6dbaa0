#include "app/config_warnings.hpp"

#include "app/certificate_dates.hpp"
#include "app/nearest.hpp"
#include "app/rules.hpp"

#include <algorithm>

namespace keepline::app {

namespace {

bool beyond_loopback(const std::string& listen) {
    return !listen.empty() && !listen.starts_with("127.") && !listen.starts_with("[::1]") &&
           !listen.starts_with("localhost:") && !listen.starts_with("unix:");
}

bool is_everybody(const std::string& network) { return network.ends_with("/0"); }

}  // namespace

bool goes_out_plain(const std::string& url) {
    const auto where = small_letters(url);
    if (!where.starts_with("http://")) return false;
    const auto host = where.substr(std::string_view("http://").size());
    return !host.starts_with("127.") && !host.starts_with("[::1]") && host != "localhost" &&
           !host.starts_with("localhost:") && !host.starts_with("localhost/");
}

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
    warn(beyond_loopback(how.portal.listen) && how.portal.tls_cert.empty() &&
             (how.http.trusted_proxies.empty() || trusts_all),
         "portal.listen: plain HTTP beyond this machine: customers' sessions can be read on the way; set "
         "portal.tls_cert and portal.tls_key, or listen on 127.0.0.1 behind a proxy");
    for (const auto& one : how.smdp)
        warn(!one.tls && beyond_loopback(one.listen) && (how.http.trusted_proxies.empty() || trusts_all),
             "smdp.tls: " + one.name +
                 " listens in plain HTTP beyond this machine, and phones take TLS only; leave tls on, or listen on "
                 "127.0.0.1 behind a proxy");
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

std::vector<std::string> what_will_hurt(const config& how, base::instant now) {
    std::vector<std::string> out;
    constexpr std::size_t iso_day = 10;
    const auto warn = [&](bool when, std::string words) {
        if (when) out.push_back(std::move(words));
    };
    warn(how.mail.kind == "smtp" && small_letters(how.mail.from).ends_with(".invalid"),
         "mail.from: no mail server takes mail from an address under .invalid; name a mailbox of yours");
    warn(how.messages.hotline.find_first_not_of(" \t") == std::string::npos &&
             (how.mail.kind != "none" || how.sms.kind != "none"),
         "messages.hotline: it is empty, so no message tells a customer whom to call");
    warn(how.messages.own_numbers.empty() && how.sms.kind == "smpp",
         "messages.own_numbers: none is named, so staff may order a line on any number, and SMS to it and to any "
         "vouched "
         "contact are held by no prefix's budget; name the prefixes of your numbers");
    warn(how.messages.operator_name == "Keepline" && (how.mail.kind == "smtp" || how.sms.kind == "smpp"),
         "messages.operator_name: customers read \"Keepline\", not your name");
    warn(how.mail.kind == "smtp" && how.mail.security == "none" && how.mail.host != "127.0.0.1" &&
             how.mail.host != "localhost" && how.mail.host != "::1",
         "mail.security: mail goes to another machine in plain text; set starttls or tls");
    for (const auto& one : how.webhook)
        warn(goes_out_plain(one.url), "webhook.url: " + one.name + " goes to another machine in plain text; use https");
    for (const auto& one : how.operators)
        warn(goes_out_plain(one.progress_url),
             "operator.progress_url: " + one.name + "'s goes to another machine in plain text; use https");
    for (const auto& one : certificate_dates(how))
        warn(one.at <= now, one.file + ": this certificate (" + one.what + ") expired on " +
                                base::iso(one.at).substr(0, iso_day) + ": whoever looks at it hangs up");
    for (auto& words : open_to_everybody(how)) out.push_back(std::move(words));
    for (const auto& [key, empty] :
         {std::pair("policies.own", empty_folder_of({how.policies.dir, how.policies.own}, ".toml")),
          std::pair("calendars.own", empty_folder_of({how.calendars.dir, how.calendars.own}, ".json"))})
        warn(!empty.empty(), std::string(key) + ": " + empty);
    return out;
}

}  // namespace keepline::app
