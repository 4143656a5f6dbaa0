#include "app/smdp_site.hpp"

#include "app/files.hpp"
#include "desk/activation_code.hpp"
#include "rsp/pki_files.hpp"
#include "rsp/saip_content.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

namespace keepline::app {

namespace {

using base::code;
using base::refuse;

constexpr std::size_t certificate_file_max = 64UL * 1024;
constexpr std::size_t package_file_max = 512UL * 1024;

std::unexpected<base::error> wrong(const std::string& table, const std::string& name, const std::string& words) {
    return refuse(code::config_invalid, "[[" + table + "]] " + name + ": " + words);
}

/// A template is in order when what is made of it is: its own ICCID, IMSI and keys, often none, are replaced.
result<void> try_template(const desk::profile_type& type) {
    constexpr std::size_t key_digits = 32;
    const bool tuak = type.algorithm == rsp::aka_algorithm::tuak;
    rsp::profile_secrets secrets;
    secrets.algorithm = type.algorithm;
    secrets.ki.assign(key_digits, '1');
    secrets.opc.assign(tuak ? 2 * key_digits : key_digits, '2');
    rsp::profile_data data;
    data.iccid = base::iccid::trusted("8944000000000000001");
    data.imsi = base::imsi::trusted("001010000000001");
    data.provider_name = type.provider_name;
    data.profile_type = type.name;
    TRY(made, type.package.personalise(data, secrets));
    for (const auto& one : rsp::check_package(made.package))
        if (one.how_bad == rsp::gravity::error) return refuse(code::invalid, one.where + ": " + one.words);
    return {};
}

result<void> add_icon(const profile_type_config& in, desk::profile_type& into) {
    auto file = read_file(in.icon, certificate_file_max);
    if (!file) return wrong("profile_type", in.name, file.error().words);
    const auto raw = base::view(*file);
    if (!desk::icon_is_png(raw))
        return wrong("profile_type", in.name,
                     in.icon + ": an icon is a PNG or a JPEG of at most 1024 bytes (64 x 64).");
    into.icon.assign(raw.begin(), raw.end());
    return {};
}

result<desk::profile_type> type_of(const profile_type_config& in) {
    desk::profile_type out;
    out.name = in.name;
    if (!in.owner.empty()) out.owner = base::label::trusted(in.owner);
    out.provider_name = in.provider_name;
    out.profile_name = in.profile_name;
    out.mcc_mnc = in.mcc_mnc;
    out.algorithm = in.algorithm == "tuak" ? rsp::aka_algorithm::tuak : rsp::aka_algorithm::milenage;
    if (!in.operator_key.empty()) out.operator_key = *base::from_hex(in.operator_key);
    out.low_stock = static_cast<int>(in.low_stock);
    if (!in.icon.empty()) CHECK(add_icon(in, out));
    if (in.package.empty()) {
        out.package = rsp::builtin_template({out.algorithm, in.over_the_air});
        return out;
    }
    auto file = read_file(in.package, package_file_max);
    if (!file) return wrong("profile_type", in.name, file.error().words);
    const auto raw = base::view(*file);
    out.package = base::bytes(raw.begin(), raw.end());
    if (auto fits = try_template(out); !fits)
        return wrong("profile_type", in.name, in.package + ": " + fits.error().words);
    return out;
}

/// Metadata carries the name whole, and phones show that one; but beside the network's sign it is EF.SPN that stands.
void warn_of_short_spn(const desk::profile_type& type, std::vector<std::string>& warnings) {
    const auto kept = rsp::saip::name_for_spn(type.provider_name);
    if (kept != type.provider_name)
        warnings.push_back("[[profile_type]] " + type.name + ": provider_name is cut to \"" + kept +
                           "\" on the SIM (EF.SPN: 16 letters, or 7 where one is not of the GSM alphabet); the "
                           "metadata has it whole");
}

result<desk::profile_types> types_of(const config& how, std::vector<std::string>& warnings) {
    std::vector<desk::profile_type> all;
    for (const auto& one : how.profile_types) {
        if (std::ranges::find(all, one.name, &desk::profile_type::name) != all.end())
            return wrong("profile_type", one.name, "is there twice.");
        TRY(type, type_of(one));
        warn_of_short_spn(type, warnings);
        all.push_back(std::move(type));
    }
    return desk::profile_types(std::move(all));
}

std::vector<std::string> names_of(const smdp_config& in) {
    std::vector<std::string> out{in.address};
    out.insert(out.end(), in.more_addresses.begin(), in.more_addresses.end());
    return out;
}

/// Each file once, however many [[smdp]] read it: a metric must not have the same series twice.
void note_expiries(const std::vector<rsp::expiry>& of, std::vector<desk::certificate_expiry>& into) {
    for (const auto& one : of)
        if (std::ranges::none_of(into, [&](const auto& other) { return other.file == one.file; }))
            into.push_back({one.file, one.what, one.at});
}

/// One folder of an [[smdp]], with everything that is wrong with it said. One in which certificates have expired is not
/// refused, for what was served yesterday must not stop today's start: it is not usable, or, when its DPtls alone has
/// expired, whole without it.
result<rsp::loaded_certificates> set_in(const std::string& folder, const smdp_config& in, base::instant now,
                                        smdp_data& into) {
    const auto reader = [](const std::string& path) { return read_file(path, certificate_file_max); };
    auto files = rsp::files_in(folder);
    auto loaded = rsp::load_certificate_set(files, reader, now, names_of(in));
    note_expiries(loaded.expiries, into.expiries);
    std::string errors;
    for (const auto& one : loaded.findings) {
        const auto words = one.where + ": " + one.words;
        if (one.how_bad == rsp::gravity::warning)
            into.warnings.push_back("[[smdp]] " + in.name + ": " + words);
        else
            errors += (errors.empty() ? "" : " ") + words;
    }
    if (!loaded.usable() && !loaded.only_expired()) return wrong("smdp", in.name, errors);
    if (!in.oid.empty() && loaded.set.oid != in.oid)
        return wrong("smdp", in.name,
                     folder + ": the certificates are of OID " + loaded.set.oid + ", not " + in.oid + ".");
    if (loaded.usable()) return loaded;
    files.dp_tls.clear();
    files.dp_tls_key.clear();
    auto rest = rsp::load_certificate_set(files, reader, now, names_of(in));
    rest.has_tls = loaded.has_tls;
    (rest.usable() ? into.warnings : into.expired).push_back("[[smdp]] " + in.name + ": " + errors);
    return rest;
}

result<std::vector<rsp::loaded_certificates>> sets_of(const smdp_config& in, base::instant now, smdp_data& into) {
    std::vector<rsp::loaded_certificates> out;
    for (const auto& folder : in.certificates) {
        TRY(loaded, set_in(folder, in, now, into));
        out.push_back(std::move(loaded));
    }
    return out;
}

result<std::vector<std::shared_ptr<const rsp::certificate>>> roots_of(const smdp_config& in) {
    std::vector<std::shared_ptr<const rsp::certificate>> out;
    for (const auto& path : in.more_roots) {
        TRY(file, read_file(path, certificate_file_max));
        auto root = rsp::load_certificate(base::view(file));
        if (!root) return wrong("smdp", in.name, path + ": " + root.error().words);
        out.push_back(std::move(*root));
    }
    return out;
}

/// What phones are shown: the DPtls of the first usable folder that has one. None: nothing usable is left to listen
/// with.
result<std::optional<smdp_data::tls>> door_of(const smdp_config& in,
                                              const std::vector<rsp::loaded_certificates>& sets) {
    if (in.tls && std::ranges::none_of(sets, &rsp::loaded_certificates::has_tls)) {
        std::string looked_for;
        for (const auto& folder : in.certificates)
            looked_for += (looked_for.empty() ? "" : ", ") + rsp::files_in(folder).dp_tls;
        return wrong("smdp", in.name,
                     "there is no DPtls (" + looked_for +
                         "). Put dp-tls.cert and dp-tls.key into one of its folders, or set tls = false and put a "
                         "proxy before it.");
    }
    for (const auto& one : sets) {
        if (!one.usable()) continue;
        if (!in.tls) return smdp_data::tls{};
        if (!one.tls_chain_pem.empty()) return smdp_data::tls{one.tls_chain_pem, one.tls_key_pem};
    }
    return std::nullopt;
}

result<void> add_identity(const smdp_config& in, base::instant now, smdp_data& into) {
    for (const auto& name : names_of(in))
        if (!desk::is_server_address(name))
            return wrong("smdp", in.name, "`" + name + "` is no host name, with a port or without.");
    TRY(sets, sets_of(in, now, into));
    TRY(roots, roots_of(in));
    TRY(door, door_of(in, sets));
    if (!door) into.expired.push_back("[[smdp]] " + in.name + " does not listen: what it needs has expired.");
    auto provider = std::make_shared<const rsp::provider>(rsp::make_provider(sets, roots));
    into.identities.push_back(
        {in.name, in.address, sets.front().set.oid, std::move(provider), in.underscore_matching_ids});
    into.doors.push_back(std::move(door));
    return {};
}

std::vector<smdp::es2_client> clients_of(const config& how) {
    std::vector<smdp::es2_client> out;
    for (const auto& one : how.operators)
        if (!one.subject.empty() || !one.fingerprint.empty())
            out.push_back(
                {base::label::trusted(one.name), one.fingerprint, one.subject, one.requester, one.every_order});
    return out;
}

result<std::map<domain::progress_point, int>> points_of(const operator_config& in) {
    auto out = link::es2_endpoint::standard_points();
    for (const auto& one : in.progress_points) {
        const auto equals = std::min(one.find('='), one.size());
        const auto point = base::enum_named<domain::progress_point>(std::string_view(one).substr(0, equals));
        int number = 0;
        const auto digits = std::string_view(one).substr(std::min(equals + 1, one.size()));
        const auto [stopped, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (!point || digits.empty() || failure != std::errc() || stopped != digits.data() + digits.size())
            return wrong("operator", in.name, "`" + one + "` in progress_points must be like \"enabled=6\".");
        out[*point] = number;
    }
    return out;
}

std::size_t threads_of(std::int64_t wanted) {
    return wanted > 0 ? static_cast<std::size_t>(wanted) : std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
}

}  // namespace

result<smdp_data> load_smdp(const config& how, base::instant now) {
    smdp_data out;
    TRY(types, types_of(how, out.warnings));
    out.types = std::move(types);
    for (const auto& one : how.smdp) CHECK(add_identity(one, now, out));
    return out;
}

result<link::es2_settings> es2_progress_settings(const config& how) {
    link::es2_settings out;
    for (const auto& one : how.operators) {
        if (one.progress_url.empty()) continue;
        link::es2_endpoint to;
        to.requester = base::label::trusted(one.name);
        to.at = {one.progress_url, one.progress_ca_file, one.progress_cert, one.progress_key, one.progress_requester};
        TRY(points, points_of(one));
        to.points = std::move(points);
        to.send_result_data = one.progress_result_data;
        out.endpoints.push_back(std::move(to));
    }
    return out;
}

result<link::smds_settings> smds_settings_of(const config& how) {
    link::smds_settings out;
    if (!how.smds.empty() && how.smdp.empty())
        return wrong("sm_ds", how.smds.front().address, "needs an [[smdp]] to send phones to.");
    if (!how.smdp.empty()) out.smdp_address = how.smdp.front().address;
    for (const auto& one : how.smds)
        out.endpoints.push_back({one.address, {one.url, one.ca_file, one.cert, one.key, one.requester}, one.root});
    return out;
}

http::server_settings listener_settings(const config& all) {
    const auto& how = all.http;
    http::server_settings out;
    if (all.sandbox) out.every_answer = {{"Keepline-Sandbox", "true"}};
    out.listen = how.listen;
    out.tls_cert = how.tls_cert;
    out.tls_key = how.tls_key;
    out.threads = static_cast<int>(threads_of(how.threads));
    out.connections_max = static_cast<std::size_t>(how.connections_max);
    out.connections_per_address = static_cast<std::size_t>(how.connections_per_address);
    if (auto trusted = http::networks::parse(how.trusted_proxies)) out.trusted_proxies = std::move(*trusted);
    out.proxy_protocol = how.proxy_protocol;
    out.request_timeout = base::duration{how.request_timeout_ms};
    out.idle_timeout = base::duration{how.idle_timeout_ms};
    out.write_timeout = base::duration{how.write_timeout_ms};
    out.handle_timeout = base::duration{how.handle_timeout_ms};
    out.drain_timeout = base::duration{how.drain_timeout_ms};
    return out;
}

bool smdp_site::is_wanted(const config& how) {
    return !how.smdp.empty() || !how.es2.empty() || !how.profile_types.empty();
}

result<std::unique_ptr<smdp_site>> smdp_site::open(const config& how, const parts& with) {
    auto out = std::make_unique<smdp_site>();
    out->log_ = with.log;
    TRY(data, load_smdp(how, with.clock->now()));
    for (const auto& words : data.warnings)
        with.log->warning(words.starts_with("[[profile_type]]") ? "profile_type" : "smdp_certificates", "",
                          {{"words", words}});
    for (const auto& words : data.expired) with.log->error("smdp_certificates", "", {{"words", words}});
    TRY(sessions,
        store::sqlite_sessions::open(how.rsp.sessions, {.sessions = static_cast<std::size_t>(how.rsp.sessions_max)}));
    out->sessions_ = std::move(sessions);
    if (!out->sessions_->renewed().empty())
        with.log->warning("sessions_renewed", "", {{"reason", out->sessions_->renewed()}});
    out->tls_ = std::move(data.doors);
    for (std::size_t i = 0; i < how.smdp.size(); ++i)
        if (!out->tls_[i])
            out->troubles_.push_back({"smdp", how.smdp[i].name + " does not listen: a certificate has expired"});
    desk::smdp_settings settings;
    settings.threads = threads_of(how.rsp.threads);
    settings.queue_max = static_cast<std::size_t>(how.rsp.queue_max);
    settings.session_time = base::minutes{how.rsp.session_minutes};
    settings.bound_time = base::hours{how.rsp.bound_hours};
    settings.packed_codes = how.rsp.packed_confirmation_codes;
    settings.forgiven_codes = static_cast<int>(how.rsp.forgiven_codes);
    settings.keys = how.rsp.keys == "random" ? rsp::key_mode::random_keys : rsp::key_mode::session_keys;
    out->shared_ = std::make_unique<desk::esim_service>(
        desk::smdp_parts{
            .core = with.core,
            .vault = with.vault,
            .sessions = out->sessions_.get(),
            .random = with.random,
            .clock = with.clock,
            .log = with.log,
            .types = std::move(data.types),
            .identities = std::move(data.identities),
            .expiries = std::move(data.expiries),
            .prepare_keys = [vault = with.vault](const auto& owners) { return vault->prepare_keys(owners); }},
        settings);
    return out;
}

result<void> smdp_site::open_door(std::unique_ptr<http::application> serves, http::server_settings how,
                                  const std::string& name, const std::string& kind, std::optional<std::size_t> smdp) {
    const bool tls = !how.tls_chain_pem.empty() || !how.tls_cert.empty();
    const auto host = how.listen.substr(0, how.listen.rfind(':'));
    auto server = std::make_unique<http::server>(*serves, how);
    if (auto started = server->start(); !started) {
        auto failure = std::move(started).error();
        failure.words = "[[" + kind + "]] " + name + ": " + failure.words;
        return std::unexpected(std::move(failure));
    }
    log_->info("listening", "",
               {{"what", kind},
                {"name", name},
                {"address", (tls ? "https://" : "http://") + host + ":" + std::to_string(server->port())}});
    doors_.push_back({std::move(serves), std::move(server), std::move(how), smdp});
    return {};
}

result<void> smdp_site::listen(const config& how) {
    for (std::size_t i = 0; i < how.smdp.size(); ++i) {
        if (!tls_[i]) continue;  // closures and everything else do not need it
        auto settings = listener_settings(how);
        settings.listen = how.smdp[i].listen;
        settings.proxy_protocol = how.smdp[i].proxy_protocol;
        settings.tls_cert.clear();
        settings.tls_key.clear();
        settings.tls_chain_pem = tls_[i]->chain_pem;
        settings.tls_key_pem = tls_[i]->key_pem;
        CHECK(open_door(std::make_unique<smdp::es9>(*shared_, shared_->with.identities[i]), std::move(settings),
                        how.smdp[i].name, "smdp", i));
    }
    for (const auto& one : how.es2) {
        auto settings = listener_settings(how);
        settings.listen = one.listen;
        settings.proxy_protocol = one.proxy_protocol;
        settings.tls_cert = one.tls_cert;
        settings.tls_key = one.tls_key;
        settings.client_ca = one.client_ca;
        CHECK(open_door(std::make_unique<smdp::es2>(*shared_, smdp::es2_settings{clients_of(how), one.smdp_address}),
                        std::move(settings), one.listen, "es2"));
    }
    return {};
}

std::vector<std::string> smdp_site::reload_tls(const config& how, base::instant now) {
    std::vector<std::string> out;
    auto data = load_smdp(how, now);
    if (!data) out.push_back(data.error().words);
    for (auto& one : doors_) {
        if (one.how.tls_chain_pem.empty() && one.how.tls_cert.empty()) continue;  // plain HTTP
        if (one.smdp) {
            if (!data) continue;
            const auto& fresh = data->doors[*one.smdp];
            if (!fresh) {
                out.push_back(how.smdp[*one.smdp].name + ": a certificate has expired");
                continue;
            }
            one.how.tls_chain_pem = fresh->chain_pem;
            one.how.tls_key_pem = fresh->key_pem;
        }
        if (auto read = one.server->reload_tls(one.how); !read)
            out.push_back(one.how.listen + ": " + read.error().words);
    }
    return out;
}

void smdp_site::stop() {
    for (auto& one : doors_) one.server->stop();
}

}  // namespace keepline::app
