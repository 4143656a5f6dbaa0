#include "app/config.hpp"

#include "app/nearest.hpp"
#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/utf8.hpp"
#include "http/origin.hpp"
#include "portal/pay_page.hpp"
#include "portal/settings.hpp"
#include "rsp/metadata.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include <toml++/toml.h>

namespace keepline::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_text_bytes = 1024 * 1024;
constexpr std::size_t max_dots_per_line = 24;  // a dotted key nests a table per dot; the parser has no limit of its own
constexpr std::size_t max_tables = 1'000;      // of one list, [[webhook]] say

/// Where a value came from, for the words of a refusal.
struct origin {
    std::string file;  // or "environment"
    toml::source_position at{};
};

std::unexpected<base::error> refuse_at(const origin& from, const std::string& field, const std::string& words) {
    std::string text;
    std::vector<base::detail> data{{"file", from.file}, {"field", field}};
    if (from.at) {
        const auto line = std::to_string(from.at.line);
        const auto column = std::to_string(from.at.column);
        text = from.file + ":" + line + ":" + column + ": ";
        data.push_back({"line", line});
        data.push_back({"column", column});
    } else {
        text = from.file + ": ";
    }
    if (!field.empty()) text += "`" + field + "` ";
    return base::refuse(base::code::config_invalid, text + words, std::move(data));
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& known) {
    const auto nearest = nearest_word(given, known);
    return nearest.empty() ? nearest : " Did you mean `" + nearest + "`?";
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (const auto word : words) out += (out.empty() ? "" : ", ") + std::string(word);
    return out;
}

bool is_url(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (text.starts_with(scheme) && text.size() > scheme.size())
            return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
    return false;
}

/// What the type alone does not say: choices, endpoints, files that must exist. Paths become absolute here.
result<void> check_text(const config_key& key, std::string& value, const origin& from, const fs::path& folder) {
    using holds = config_key::holds;
    const auto field = key.full_name();
    if (std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
        return refuse_at(from, field, "must not contain line breaks or control characters.");
    if (!key.choices.empty() && std::ranges::find(key.choices, value) == key.choices.end())
        return refuse_at(from, field, "must be one of: " + joined(key.choices) + ".");
    if (key.kind == holds::endpoint && !parse_endpoint(value))
        return refuse_at(from, field, "must be an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\".");
    if (key.kind == holds::network && !http::networks::parse({value}))
        return refuse_at(from, field, "must be networks such as \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.7\".");
    if (value.empty()) return {};
    if (key.kind == holds::endpoint_or_none && !parse_endpoint(value))
        return refuse_at(from, field, "must be an address and a port, such as \"127.0.0.1:9464\", or empty.");
    if (key.kind == holds::url && !is_url(value))
        return refuse_at(from, field, "must be a URL that begins with http:// or https://.");
    if (key.kind == holds::path || key.kind == holds::file || key.kind == holds::folder) {
        value = (fs::path(value).is_absolute() ? fs::path(value) : folder / value).lexically_normal().string();
        std::error_code ignored;
        if (key.kind == holds::file && !fs::is_regular_file(value, ignored))
            return refuse_at(from, field, "names a file that does not exist: " + value + ".");
        if (key.kind == holds::folder && !fs::is_directory(value, ignored))
            return refuse_at(from, field, "names a folder that does not exist: " + value + ".");
    }
    return {};
}

result<void> check_number(const config_key& key, std::int64_t value, const origin& from) {
    if (value < key.least || value > key.most)
        return refuse_at(from, key.full_name(),
                         "must be between " + std::to_string(key.least) + " and " + std::to_string(key.most) + ".");
    return {};
}

result<void> take_node(const config_key& key, const toml::node& node, const origin& from, const fs::path& folder) {
    const auto field = key.full_name();
    if (auto* const* into = std::get_if<std::string*>(&key.into)) {
        const auto* text = node.as_string();
        if (text == nullptr) return refuse_at(from, field, "must be a string, in quotes.");
        **into = text->get();
        return check_text(key, **into, from, folder);
    }
    if (auto* const* into = std::get_if<std::int64_t*>(&key.into)) {
        const auto* number = node.as_integer();
        if (number == nullptr) return refuse_at(from, field, "must be a whole number, without quotes.");
        **into = number->get();
        return check_number(key, **into, from);
    }
    if (auto* const* into = std::get_if<bool*>(&key.into)) {
        const auto* flag = node.as_boolean();
        if (flag == nullptr) return refuse_at(from, field, "must be true or false.");
        **into = flag->get();
        return {};
    }
    auto& into = *std::get<std::vector<std::string>*>(key.into);
    const auto* list = node.as_array();
    if (list == nullptr) return refuse_at(from, field, "must be a list of strings.");
    into.clear();
    for (const auto& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr) return refuse_at(from, field, "must be a list of strings.");
        into.push_back(text->get());
        CHECK(check_text(key, into.back(), from, folder));
    }
    return {};
}

result<void> take_environment(const config_key& key, const std::string& value, const fs::path& folder) {
    const origin from{key.environment_name(), {}};
    if (auto* const* into = std::get_if<std::string*>(&key.into)) {
        **into = value;
        return check_text(key, **into, from, folder);
    }
    if (auto* const* into = std::get_if<std::int64_t*>(&key.into)) {
        const auto end = value.data() + value.size();
        const auto [stopped, failure] = std::from_chars(value.data(), end, **into);
        if (failure != std::errc{} || stopped != end)
            return refuse_at(from, key.full_name(), "must be a whole number.");
        return check_number(key, **into, from);
    }
    if (auto* const* into = std::get_if<bool*>(&key.into)) {
        if (value != "true" && value != "false") return refuse_at(from, key.full_name(), "must be true or false.");
        **into = value == "true";
        return {};
    }
    auto& into = *std::get<std::vector<std::string>*>(key.into);
    into.clear();
    for (std::string_view rest = value; !rest.empty();) {  // with commas between them
        const auto comma = std::min(rest.find(','), rest.size());
        into.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        CHECK(check_text(key, into.back(), from, folder));
    }
    return {};
}

result<toml::table> parse(const config_text& from) {
    const origin whole{from.name, {}};
    if (from.text.size() > max_text_bytes) return refuse_at(whole, "", "The file is larger than 1 MiB.");
    std::istringstream lines(from.text);
    std::string line;
    for (toml::source_index n = 1; std::getline(lines, line); ++n)
        if (static_cast<std::size_t>(std::ranges::count(line, '.')) > max_dots_per_line && !line.starts_with('#'))
            return refuse_at({from.name, {n, 1}}, "", "The line has more than 24 dots.");
    try {
        return toml::parse(from.text, from.name);
    } catch (const toml::parse_error& failure) {
        return refuse_at({from.name, failure.source().begin}, "",
                         "This is not TOML: " + std::string(failure.description()) + ".");
    } catch (const std::exception& failure) {
        return refuse_at(whole, "", "The file cannot be read: " + std::string(failure.what()) + ".");
    }
}

/// The keys of one table that is in the file.
result<void> take_table(const toml::table& table, std::string_view section, const std::vector<config_key>& keys,
                        const std::string& file, const fs::path& folder) {
    for (const auto& [name, node] : table) {
        const origin from{file, name.source().begin};
        if (section.empty() && (node.is_table() || node.is_array_of_tables())) continue;
        const auto found = std::ranges::find_if(
            keys, [&](const config_key& key) { return key.section == section && key.name == name.str(); });
        if (found != keys.end()) {
            CHECK(take_node(*found, node, {file, node.source().begin}, folder));
            continue;
        }
        std::vector<std::string> known;
        for (const auto& key : keys)
            if (key.section == section) known.emplace_back(key.name);
        const auto full = (section.empty() ? "" : std::string(section) + ".") + std::string(name.str());
        return refuse_at(from, full, "is not a known key." + did_you_mean(name.str(), known));
    }
    return {};
}

/// The end of a table of a list: what must be there, and what is filled in.
result<void> finish(webhook_config& one, const origin& from, std::size_t number) {
    if (one.url.empty()) return refuse_at(from, "webhook.url", "is missing.");
    if (one.secret.empty()) return refuse_at(from, "webhook.secret", "is missing.");
    if (one.topics.empty()) one.topics = {"*"};
    if (one.name.empty()) one.name = "webhook-" + std::to_string(number);
    return {};
}

result<void> finish(smdp_config& one, const origin& from, std::size_t number) {
    if (one.listen.empty()) return refuse_at(from, "smdp.listen", "is missing.");
    if (one.address.empty()) return refuse_at(from, "smdp.address", "is missing: how phones call this SM-DP+.");
    if (one.certificates.empty()) return refuse_at(from, "smdp.certificates", "is missing: one folder for each CI.");
    if (one.name.empty()) one.name = "smdp-" + std::to_string(number);
    return {};
}

result<void> finish(es2_config& one, const origin& from, std::size_t) {
    for (const auto& [field, value] : {std::pair("listen", &one.listen), std::pair("tls_cert", &one.tls_cert),
                                       std::pair("tls_key", &one.tls_key), std::pair("client_ca", &one.client_ca)})
        if (value->empty()) return refuse_at(from, std::string("es2.") + field, "is missing.");
    return {};
}

result<void> finish(smds_config& one, const origin& from, std::size_t) {
    if (one.address.empty()) return refuse_at(from, "sm_ds.address", "is missing: how orders name this SM-DS.");
    if (one.url.empty()) one.url = "https://" + one.address;
    if (one.cert.empty() != one.key.empty())
        return refuse_at(from, "sm_ds.cert", "needs sm_ds.cert and sm_ds.key together.");
    return {};
}

result<void> finish(operator_config& one, const origin& from, std::size_t) {
    if (!base::label::parse(one.name))
        return refuse_at(from, "operator.name", "must be 1 to 64 of a-z, 0-9, dot, underscore and hyphen.");
    if (one.subject.empty() && one.fingerprint.empty() && one.progress_url.empty())
        return refuse_at(from, "operator.subject", "or operator.fingerprint is needed: how its certificate is known.");
    std::string digits;
    for (const char c : one.fingerprint)
        if (c != ':') digits += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    one.fingerprint = std::move(digits);
    if (!one.fingerprint.empty() &&
        (one.fingerprint.size() != 64 || one.fingerprint.find_first_not_of("0123456789abcdef") != std::string::npos))
        return refuse_at(from, "operator.fingerprint", "must be a SHA-256: 64 hexadecimal digits.");
    if (one.progress_cert.empty() != one.progress_key.empty())
        return refuse_at(from, "operator.progress_cert",
                         "needs operator.progress_cert and operator.progress_key together.");
    return {};
}

result<void> finish(profile_type_config& one, const origin& from, std::size_t) {
    constexpr std::size_t name_max = 64;
    if (one.name.empty() || one.name.size() > name_max)
        return refuse_at(from, "profile_type.name", "must have 1 to 64 bytes.");
    if (!one.owner.empty() && !base::label::parse(one.owner))
        return refuse_at(from, "profile_type.owner", "must be the name of an [[operator]].");
    if (one.provider_name.empty()) one.provider_name = one.name;
    if (!base::is_utf8(one.provider_name) || base::characters(one.provider_name) > rsp::most_provider_name)
        return refuse_at(from, "profile_type.provider_name", "must have at most 32 characters: phones take no more.");
    if (!base::is_utf8(one.profile_name) || base::characters(one.profile_name) > rsp::most_profile_name)
        return refuse_at(from, "profile_type.profile_name", "must have at most 64 characters: phones take no more.");
    const bool digits = one.mcc_mnc.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || (!one.mcc_mnc.empty() && one.mcc_mnc.size() != 5 && one.mcc_mnc.size() != 6))
        return refuse_at(from, "profile_type.mcc_mnc", "must be 5 or 6 digits.");
    const std::size_t wanted = one.algorithm == "tuak" ? 64 : 32;
    if (!one.operator_key.empty() && (one.operator_key.size() != wanted || !base::from_hex(one.operator_key)))
        return refuse_at(from, "profile_type.operator_key",
                         "must be " + std::to_string(wanted) + " hexadecimal digits.");
    return {};
}

result<void> finish(sip::trunk_settings& one, const origin& from, std::size_t number) {
    if (one.peers.empty() && one.server.empty())
        return refuse_at(from, "trunk.peers", "is missing: the addresses that the trunk calls from.");
    if (one.server.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-[]") !=
        std::string::npos)
        return refuse_at(from, "trunk.server", "must be a host with or without a port, such as \"sip.example:5060\".");
    if (one.registers && (one.server.empty() || one.user.empty() || one.password.empty()))
        return refuse_at(from, "trunk.registers", "needs trunk.server, trunk.user and trunk.password.");
    if (one.user.find_first_of(":\"<>@ ") != std::string::npos)
        return refuse_at(from, "trunk.user", "must be the user alone.");
    if (one.name.empty()) one.name = "trunk-" + std::to_string(number);
    return {};
}

template <typename One>
result<void> take_list(std::vector<One>& into, const std::string& section, const toml::node& node,
                       const std::string& file, const fs::path& folder) {
    const auto* list = node.as_array();
    if (list == nullptr || !node.is_array_of_tables())
        return refuse_at(
            {file, node.source().begin}, section,
            "must be written as [[" + section + "]], once for each" + (section == "webhook" ? " endpoint." : "."));
    if (list->size() > max_tables)
        return refuse_at({file, node.source().begin}, section, "is there more than 1000 times.");
    for (const auto& item : *list) {
        One one;
        CHECK(take_table(*item.as_table(), section, keys_of(one), file, folder));
        CHECK(finish(one, {file, item.source().begin}, into.size() + 1));
        into.push_back(std::move(one));
    }
    return {};
}

result<void> take_file(config& out, const std::vector<config_key>& keys, const config_text& from,
                       const toml::table& root) {
    std::set<std::string, std::less<>> sections;
    for_each_list(out, [&](const char* name, auto&) { sections.emplace(name); });
    const auto lists = sections;
    for (const auto& key : keys) sections.emplace(key.section);
    CHECK(take_table(root, "", keys, from.name, from.folder));
    for (const auto& [name, node] : root) {
        if (lists.contains(name.str())) {
            result<void> taken;
            for_each_list(out, [&](const char* list, auto& into) {
                if (name.str() == list) taken = take_list(into, list, node, from.name, from.folder);
            });
            CHECK(taken);
        } else if (const auto* table = node.as_table()) {
            if (!sections.contains(name.str()))
                return refuse_at(
                    {from.name, name.source().begin}, std::string(name.str()),
                    "is not a known section." + did_you_mean(name.str(), {sections.begin(), sections.end()}));
            CHECK(take_table(*table, name.str(), keys, from.name, from.folder));
        } else if (node.is_array_of_tables()) {
            return refuse_at({from.name, name.source().begin}, std::string(name.str()),
                             "is not a list of tables; write [" + std::string(name.str()) + "] once.");
        }
    }
    return {};
}

/// A variable that begins like one of ours but names no key is a typing mistake, not somebody else's.
result<void> check_environment(const std::vector<config_key>& keys, const environment& env) {
    std::vector<std::string> known;
    std::set<std::string> prefixes;
    for (const auto& key : keys) {
        known.push_back(key.environment_name());
        if (!key.section.empty()) prefixes.insert(config_key{key.section, "", {}}.environment_name());
    }
    for (const auto& [name, value] : env) {
        const auto ours = std::ranges::any_of(prefixes, [&](const auto& prefix) { return name.starts_with(prefix); });
        if (ours && std::ranges::find(known, name) == known.end())
            return refuse_at({"environment", {}}, name, "is not a known variable." + did_you_mean(name, known));
    }
    return {};
}

std::string default_data_dir(const environment& env) {
    std::error_code ignored;
    const auto xdg = env.find("XDG_DATA_HOME");
    if (xdg != env.end() && fs::path(xdg->second).is_absolute()) return xdg->second + "/keepline";
    return (fs::current_path(ignored) / "keepline-data").string();
}

void fill_defaults(config& c, const fs::path& share) {
    const auto fill = [](std::string& into, const fs::path& value) {
        if (into.empty()) into = value.lexically_normal().string();
    };
    const fs::path data = c.data_dir;
    fill(c.policies.dir, share / "policies");
    fill(c.calendars.dir, share / "calendars");
    fill(c.keys.master_key_file, data / "keys" / "master.key");
    fill(c.keys.signing_key_file, data / "keys" / "signing.pem");
    fill(c.keys.secret_file, data / "keys" / "secret.key");
    fill(c.keys.subscriber_keys_file, data / "keys" / "subscribers.sqlite");
    fill(c.keys.anchor_key_file, data / "keys" / "anchor.pem");
    fill(c.store.path, data / "keepline.db");
    fill(c.anchor.file, data / "anchors.jsonl");
    fill(c.rsp.sessions, data / "rsp.db");
    fill(c.mail.maildir, data / "mail");
    fill(c.sms.spool, data / "sms");
    fill(c.refund.folder, data / "refunds");
}

/// What only several keys together show. `at` knows where each was set.
result<void> check_together(const config& c, const std::map<std::string, origin>& at) {
    const auto where = [&](const std::string& field) {
        const auto found = at.find(field);
        return found == at.end() ? origin{c.file.empty() ? "configuration" : c.file, {}} : found->second;
    };
    if (c.http.tls_cert.empty() != c.http.tls_key.empty()) {
        const std::string set = c.http.tls_cert.empty() ? "http.tls_key" : "http.tls_cert";
        return refuse_at(where(set), set, "needs http.tls_cert and http.tls_key together.");
    }
    if (c.portal.tls_cert.empty() != c.portal.tls_key.empty()) {
        const std::string set = c.portal.tls_cert.empty() ? "portal.tls_key" : "portal.tls_cert";
        return refuse_at(where(set), set, "needs portal.tls_cert and portal.tls_key together.");
    }
    if (!c.portal.listen.empty() && c.portal.origin.empty())
        return refuse_at(where("portal.listen"), "portal.origin", "is missing: how browsers call the portal.");
    if (!c.portal.origin.empty() && !portal::is_origin(c.portal.origin))
        return refuse_at(where("portal.origin"), "portal.origin",
                         "must be like https://my.operator.example, without a path; http:// is for localhost only.");
    for (const auto& one : c.portal.call_hours)
        if (!portal::call_hours_in(one))
            return refuse_at(where("portal.call_hours"), "portal.call_hours", "has whole hours, such as \"9-12\".");
    if (!c.payments.page.empty())
        if (const auto why = portal::unfit_pay_page(c.payments.page); !why.empty())
            return refuse_at(where("payments.page"), "payments.page", why);
    const auto& calls = c.hotline.calls;
    if (calls.last_port < calls.first_port || (calls.first_port == 0) != (calls.last_port == 0))
        return refuse_at(where("hotline.rtp_from"), "hotline.rtp_from",
                         "and hotline.rtp_to are the first and the last port.");
    if (!calls.listen.empty() && c.hotline.prompts.empty())
        return refuse_at(where("hotline.listen"), "hotline.prompts",
                         "is missing: a folder of recordings (keepline prompts render).");
    if (!c.console.origin.empty() && !portal::is_origin(c.console.origin))
        return refuse_at(
            where("console.origin"), "console.origin",
            "must be like https://keepline.operator.example, without a path; http:// is for localhost only.");
    if (c.sms.kind == "smpp" && c.sms.system_id.empty())
        return refuse_at(where("sms.kind"), "sms.kind", "is \"smpp\", so sms.system_id must be set.");
    if (c.sms.country_code.size() > 3 || c.sms.country_code.find_first_not_of("0123456789") != std::string::npos)
        return refuse_at(where("sms.country_code"), "sms.country_code", "is one to three digits, such as \"86\".");
    if (c.sms.password.size() > 8)
        return refuse_at(where("sms.password"), "sms.password", "is longer than the 8 octets of SMPP 3.4.");
    if (c.mail.user.empty() != c.mail.password.empty())
        return refuse_at(where(c.mail.user.empty() ? "mail.password" : "mail.user"), "mail.user",
                         "and mail.password are set together or not at all.");
    if (c.mail.kind == "smtp" && c.mail.security == "none" && !c.mail.user.empty())
        return refuse_at(where(at.contains("mail.security") ? "mail.security" : "mail.user"), "mail.security",
                         "is \"none\", but a mail user and password are only sent over TLS: set it to \"starttls\" or "
                         "\"tls\".");
    if (c.engine.backoff_first_ms > c.engine.backoff_max_ms)
        return refuse_at(where("engine.backoff_first_ms"), "engine.backoff_first_ms",
                         "must not be larger than engine.backoff_max_ms.");
    return {};
}

}  // namespace

result<config> read_config(const std::optional<config_text>& from, const environment& env, const fs::path& share) {
    config out;
    const auto keys = keys_of(out);
    std::map<std::string, origin> at;
    if (from) {
        out.file = from->name;
        TRY(root, parse(*from));
        CHECK(take_file(out, keys, *from, root));
        for (const auto& key : keys)
            if (const auto node = root.at_path(key.full_name()))
                at[key.full_name()] = {from->name, node.node()->source().begin};
    }
    CHECK(check_environment(keys, env));
    std::error_code ignored;
    for (const auto& key : keys) {
        const auto found = env.find(key.environment_name());
        if (found == env.end()) continue;
        CHECK(take_environment(key, found->second, fs::current_path(ignored)));
        at[key.full_name()] = {key.environment_name(), {}};
    }
    if (out.data_dir.empty()) out.data_dir = default_data_dir(env);
    fill_defaults(out, share);
    CHECK(check_together(out, at));
    return out;
}

result<config> load_config(const std::string& given, const environment& env) {
    std::vector<std::string> places;
    std::error_code ignored;
    const auto variable = env.find("KEEPLINE_CONFIG");
    const bool must_exist = !given.empty() || variable != env.end();
    if (!given.empty())
        places = {given};
    else if (variable != env.end())
        places = {variable->second};
    else
        places = {"keepline.toml", "/etc/keepline/keepline.toml"};
    for (const auto& place : places) {
        if (!fs::exists(place, ignored)) continue;
        std::ifstream in(place, std::ios::binary);
        std::ostringstream text;
        if (fs::is_regular_file(place, ignored) && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
        if (!fs::is_regular_file(place, ignored) || in.bad() || !in.is_open() || text.fail())
            return refuse_at({place, {}}, "", "The file cannot be read.");
        const auto folder = fs::absolute(place, ignored).parent_path();
        return read_config(config_text{place, text.str(), folder}, env, share_folder());
    }
    if (must_exist) return refuse_at({places.front(), {}}, "", "There is no such file.");
    return read_config(std::nullopt, env, share_folder());
}

fs::path share_folder() {
    std::error_code ignored;
    const auto program = fs::read_symlink("/proc/self/exe", ignored);
    auto installed = program.parent_path().parent_path() / "share" / "keepline";
    if (fs::is_directory(installed / "policies", ignored)) return installed;
    for (auto above = program.parent_path(); above.has_relative_path(); above = above.parent_path())
        if (fs::exists(above / "policies" / "base.toml", ignored) && fs::is_directory(above / "calendars", ignored))
            return above;
    return "/usr/share/keepline";
}

environment environment_of(char** env) {
    environment out;
    for (; env != nullptr && *env != nullptr; ++env) {
        const std::string_view one = *env;
        const auto equals = one.find('=');
        if (equals != std::string_view::npos) out.emplace(one.substr(0, equals), one.substr(equals + 1));
    }
    return out;
}

bool takes_replies(const config& how) {
    const auto& source = how.sms.source;
    const bool answers_come = how.sms.kind == "smpp" || (how.sandbox && how.sms.kind == "pretended");
    return how.messages.replies && answers_come && !source.empty() &&
           source.find_first_not_of("0123456789", source.starts_with('+') ? 1 : 0) == std::string::npos;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() || host.find_first_of("[] /") != std::string_view::npos) return std::nullopt;
    if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
    endpoint out{std::string(host), 0};
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (failure != std::errc{} || end != port.data() + port.size() || port.empty()) return std::nullopt;
    return out;
}

}  // namespace keepline::app
