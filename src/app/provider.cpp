#include "app/provider.hpp"

#include "api/provider_door.hpp"
#include "base/enum_text.hpp"
#include "desk/roles.hpp"
#include "link/durable_file.hpp"

#include <algorithm>
#include <utility>

namespace keepline::app {

namespace {

constexpr std::size_t secret_octets_max = 4'096;

std::unexpected<base::error> wrong_oidc(const std::string& words) {
    return base::refuse(base::code::config_invalid, "[oidc] " + words);
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

/// "left = right", at the last sign: a group may have one in its name.
std::pair<std::string, std::string> both_sides(std::string_view text) {
    const auto at = text.rfind('=');
    if (at == std::string_view::npos) return {};
    return {trimmed(text.substr(0, at)), trimmed(text.substr(at + 1))};
}

link::oidc_settings provider_settings(const config& how) {
    link::oidc_settings out;
    out.issuer = how.oidc.issuer;
    out.client_id = how.oidc.client_id;
    out.return_to = how.console.origin + std::string(api::provider_return_path);
    out.signed_out_to = how.console.origin + "/console/";
    out.scopes = how.oidc.scopes;
    out.name_claim = how.oidc.name_claim;
    out.groups_claim = how.oidc.groups_claim;
    out.acr_values = how.oidc.acr_values;
    out.step_up_acr_values = how.oidc.step_up_acr_values;
    out.signed_in_within = base::minutes{how.oidc.max_age_minutes};
    out.ca_file = how.oidc.ca_file;
    out.connect_timeout = base::duration{how.oidc.connect_timeout_ms};
    out.total_timeout = base::duration{how.oidc.total_timeout_ms};
    return out;
}

}  // namespace

result<desk::proof_rules> proof_rules_of(const config& how) {
    desk::proof_rules out;
    out.good_for = base::minutes{how.console.step_up_minutes};
    for (const auto& one : how.console.step_up) {
        const auto at = base::enum_named<desk::stake>(one);
        if (!at || *at == desk::stake::none)
            return base::refuse(
                base::code::config_invalid,
                "[console] `step_up` has \"" + one + "\"; there are access, signatures, decisions and people.");
        out.asked_for.push_back(*at);
    }
    return out;
}

result<desk::provider_rules> provider_rules_of(const config& how) {
    desk::provider_rules out;
    const auto accounts = base::enum_named<desk::local_accounts>(how.console.local_accounts);
    out.accounts = accounts.value_or(desk::local_accounts::always);
    if (how.oidc.issuer.empty()) {
        if (out.accounts == desk::local_accounts::always) return out;
        return wrong_oidc("`issuer` is missing, and [console] local_accounts lets nobody in without it.");
    }
    if (how.console.origin.empty()) return wrong_oidc("`issuer` is set, so [console] origin must be.");
    if (const auto fault = link::fault_in(provider_settings(how)); !fault.empty()) return wrong_oidc(fault);
    for (const auto& one : how.oidc.roles) {
        const auto [group, named] = both_sides(one);
        const auto as = base::enum_named<domain::role>(named);
        if (group.empty() || !as || !desk::is_staff(*as))
            return wrong_oidc("`roles` has \"" + one + "\", and not \"group = agent\", reviewer or admin.");
        out.roles.push_back({group, *as});
    }
    for (const auto& one : how.oidc.names) {
        const auto [subject, named] = both_sides(one);
        const auto name = base::label::parse(named);
        const auto same = [&](const desk::provider_name& other) {
            return other.subject == subject || other.name.text() == named;
        };
        if (subject.empty() || !name || std::ranges::any_of(out.names, same))
            return wrong_oidc("`names` has \"" + one + "\", and not \"subject = name\", each of both once.");
        out.names.push_back({subject, *name});
    }
    return out;
}

result<std::unique_ptr<link::oidc_provider>> open_provider(const config& how, port::log& log) {
    if (how.oidc.issuer.empty()) return std::unique_ptr<link::oidc_provider>();
    auto settings = provider_settings(how);
    if (!how.oidc.client_secret_file.empty()) {
        TRY(text, link::read_plain_file(how.oidc.client_secret_file, secret_octets_max));
        settings.client_secret = trimmed(text);
        if (settings.client_secret.empty()) return wrong_oidc("`client_secret_file` is empty.");
    }
    // The provider dates by the machine's time, also of a sandbox, whose own may be moved.
    static const port::system_clock machine;
    return link::make_oidc_provider(std::move(settings), machine, log);
}

}  // namespace keepline::app
