// The table of keys: what there is, of which type, in which range. Data only.
#include "app/config.hpp"

namespace keepline::app {

namespace {

using holds = config_key::holds;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

config_key text(std::string_view section, std::string_view name, std::string& into, holds kind = holds::text) {
    return {.section = section, .name = name, .into = &into, .kind = kind};
}
config_key secret(std::string_view section, std::string_view name, std::string& into) {
    return {.section = section, .name = name, .into = &into, .secret = true};
}
config_key choice(std::string_view section, std::string_view name, std::string& into,
                  std::vector<std::string_view> choices) {
    return {.section = section, .name = name, .into = &into, .choices = std::move(choices)};
}
config_key number(std::string_view section, std::string_view name, std::int64_t& into, std::int64_t least,
                  std::int64_t most) {
    return {.section = section, .name = name, .into = &into, .least = least, .most = most};
}

config_key flag(std::string_view section, std::string_view name, bool& into) {
    return {.section = section, .name = name, .into = &into};
}

void add(std::vector<config_key>& keys, std::vector<config_key> more) {
    for (auto& one : more) keys.push_back(std::move(one));
}

std::vector<config_key> own_keys(config& c) {
    return {
        text("", "data_dir", c.data_dir, holds::path),
        text("http", "listen", c.http.listen, holds::endpoint),
        text("http", "tls_cert", c.http.tls_cert, holds::file),
        text("http", "tls_key", c.http.tls_key, holds::file),
        text("http", "notifiers", c.http.notifiers),
        number("http", "threads", c.http.threads, 0, 256),
        number("http", "connections_max", c.http.connections_max, 1, 1'000'000),
        number("http", "connections_per_address", c.http.connections_per_address, 1, 1'000'000),
        {.section = "http", .name = "trusted_proxies", .into = &c.http.trusted_proxies, .kind = holds::network},
        {.section = "http", .name = "proxy_protocol", .into = &c.http.proxy_protocol},
        number("http", "request_timeout_ms", c.http.request_timeout_ms, 100, 10 * minute_ms),
        number("http", "idle_timeout_ms", c.http.idle_timeout_ms, 100, hour_ms),
        number("http", "write_timeout_ms", c.http.write_timeout_ms, 100, hour_ms),
        number("http", "handle_timeout_ms", c.http.handle_timeout_ms, 100, hour_ms),
        number("http", "drain_timeout_ms", c.http.drain_timeout_ms, 0, 10 * minute_ms),
        text("metrics", "listen", c.metrics.listen, holds::endpoint_or_none),
        text("portal", "listen", c.portal.listen, holds::endpoint_or_none),
        text("portal", "origin", c.portal.origin),
        text("portal", "tls_cert", c.portal.tls_cert, holds::file),
        text("portal", "tls_key", c.portal.tls_key, holds::file),
        {.section = "portal", .name = "phones", .into = &c.portal.phones},
        {.section = "portal", .name = "sms_senders", .into = &c.portal.sms_senders},
        {.section = "portal", .name = "mail_senders", .into = &c.portal.mail_senders},
        {.section = "portal", .name = "shops", .into = &c.portal.shops},
        text("portal", "hours", c.portal.hours),
        text("portal", "pay_to", c.portal.pay_to),
        {.section = "portal", .name = "call_hours", .into = &c.portal.call_hours},
        number("portal", "streams_max", c.portal.streams_max, 0, 100'000),
        number("portal", "streams_max_per_address", c.portal.streams_max_per_address, 0, 100'000),
        text("payments", "page", c.payments.page),
        text("console", "origin", c.console.origin),
        number("console", "session_minutes", c.console.session_minutes, 5, 24 * 60),
        number("console", "idle_minutes", c.console.idle_minutes, 1, 24 * 60),
        number("console", "streams_max", c.console.streams_max, 0, 100'000),
        number("console", "streams_max_per_holder", c.console.streams_max_per_holder, 1, 1'000),
        choice("console", "local_accounts", c.console.local_accounts, {"always", "when_provider_is_down", "never"}),
        {.section = "console", .name = "step_up", .into = &c.console.step_up},
        number("console", "step_up_minutes", c.console.step_up_minutes, 1, 24 * 60),
        text("oidc", "issuer", c.oidc.issuer, holds::url),
        text("oidc", "client_id", c.oidc.client_id),
        text("oidc", "client_secret_file", c.oidc.client_secret_file, holds::file),
        {.section = "oidc", .name = "scopes", .into = &c.oidc.scopes},
        text("oidc", "name_claim", c.oidc.name_claim),
        text("oidc", "groups_claim", c.oidc.groups_claim),
        {.section = "oidc", .name = "roles", .into = &c.oidc.roles},
        {.section = "oidc", .name = "names", .into = &c.oidc.names},
        {.section = "oidc", .name = "acr_values", .into = &c.oidc.acr_values},
        {.section = "oidc", .name = "step_up_acr_values", .into = &c.oidc.step_up_acr_values},
        number("oidc", "max_age_minutes", c.oidc.max_age_minutes, 0, 1'440),
        text("oidc", "ca_file", c.oidc.ca_file, holds::file),
        number("oidc", "connect_timeout_ms", c.oidc.connect_timeout_ms, 100, minute_ms),
        number("oidc", "total_timeout_ms", c.oidc.total_timeout_ms, 100, minute_ms),
        choice("log", "level", c.log.level, {"debug", "info", "warning", "error"}),
        text("log", "file", c.log.file, holds::path),
        text("policies", "dir", c.policies.dir, holds::folder),
        text("policies", "own", c.policies.own, holds::folder),
        text("calendars", "dir", c.calendars.dir, holds::folder),
        text("calendars", "own", c.calendars.own, holds::folder),
        text("keys", "master_key_file", c.keys.master_key_file, holds::path),
        text("keys", "signing_key_file", c.keys.signing_key_file, holds::path),
        text("keys", "secret_file", c.keys.secret_file, holds::path),
        text("keys", "subscriber_keys_file", c.keys.subscriber_keys_file, holds::path),
        text("keys", "anchor_key_file", c.keys.anchor_key_file, holds::path),
        text("store", "path", c.store.path, holds::path),
        text("anchor", "file", c.anchor.file, holds::path),
        text("anchor", "copy", c.anchor.copy, holds::path),
        text("anchor", "url", c.anchor.url, holds::url),
        text("anchor", "ca_file", c.anchor.ca_file, holds::file),
        number("anchor", "every_s", c.anchor.every_s, 1, 86'400),
    };
}

std::vector<config_key> tokens_keys(config& c) {
    return {
        number("tokens", "kin_days", c.tokens.kin_days, 1, 3'650),
        number("tokens", "staff_days", c.tokens.staff_days, 1, 366),
        number("tokens", "machine_days", c.tokens.machine_days, 1, 3'650),
        number("tokens", "session_minutes", c.tokens.session_minutes, 1, 24 * 60),
        number("tokens", "session_idle_minutes", c.tokens.session_idle_minutes, 1, 24 * 60),
        number("tokens", "searches_hourly", c.tokens.searches_hourly, 1, 1'000'000),
        number("tokens", "locks_hourly", c.tokens.locks_hourly, 1, 1'000'000),
        number("tokens", "strangers_locks_hourly", c.tokens.strangers_locks_hourly, 0, 1'000'000),
    };
}

std::vector<config_key> engine_keys(config& c) {
    return {
        number("engine", "batch_max", c.engine.batch_max, 1, 4'096),
        number("engine", "queue_max", c.engine.queue_max, 1, 10'000'000),
        number("engine", "cached_streams", c.engine.cached_streams, 1, 100'000'000),
        number("engine", "remembered_keys", c.engine.remembered_keys, 16, 10'000),
        number("engine", "remember_for_hours", c.engine.remember_for_hours, 24, 24 * 30),
        number("engine", "sweep_every_ms", c.engine.sweep_every_ms, 10, minute_ms),
        number("engine", "backoff_first_ms", c.engine.backoff_first_ms, 1, hour_ms),
        number("engine", "backoff_max_ms", c.engine.backoff_max_ms, 1, 24 * hour_ms),
        number("engine", "attempts_max", c.engine.attempts_max, 1, 1'000),
        number("engine", "lane_memory", c.engine.lane_memory, 100, 100'000'000),
        number("engine", "sms_threads", c.engine.sms_threads, 1, 256),
        number("engine", "mail_threads", c.engine.mail_threads, 1, 256),
        number("engine", "hlr_threads", c.engine.hlr_threads, 1, 256),
        number("engine", "refund_threads", c.engine.refund_threads, 1, 256),
        number("engine", "webhook_threads", c.engine.webhook_threads, 1, 256),
        number("time", "step_max_s", c.time.step_max_s, 1, 24 * 3600),
        number("time", "downtime_max_hours", c.time.downtime_max_hours, 1, 24 * 366),
        number("time", "endings_floor", c.time.endings_floor, 0, 1'000'000'000),
        number("time", "endings_percent", c.time.endings_percent, 100, 100'000),
        flag("process", "core_dumps", c.process.core_dumps),
    };
}

std::vector<config_key> message_keys(config& c) {
    return {
        text("messages", "operator_name", c.messages.operator_name),
        text("messages", "hotline", c.messages.hotline),
        flag("messages", "replies", c.messages.replies),
        text("messages", "texts", c.messages.texts, holds::folder),
        number("messages", "address_hour", c.messages.address_hour, 0, 1'000'000'000),
        number("messages", "address_day", c.messages.address_day, 0, 1'000'000'000),
        number("messages", "line_hour", c.messages.line_hour, 0, 1'000'000'000),
        number("messages", "line_day", c.messages.line_day, 0, 1'000'000'000),
        number("messages", "prefix_hour", c.messages.prefix_hour, 0, 1'000'000'000),
        number("messages", "prefix_day", c.messages.prefix_day, 0, 1'000'000'000),
        number("messages", "all_hour", c.messages.all_hour, 0, 1'000'000'000),
        number("messages", "all_day", c.messages.all_day, 0, 1'000'000'000),
        number("messages", "prefix_digits", c.messages.prefix_digits, 1, 15),
        number("messages", "reserve_hour", c.messages.reserve_hour, 0, 1'000'000),
        number("messages", "reserve_day", c.messages.reserve_day, 0, 1'000'000),
        {.section = "messages", .name = "own_numbers", .into = &c.messages.own_numbers},
        {.section = "messages", .name = "special_numbers", .into = &c.messages.special_numbers},
        number("messages", "vouched_a_day", c.messages.vouched_a_day, 1, 250),
        number("messages", "orders_a_day", c.messages.orders_a_day, 1, 250),
        choice("mail", "kind", c.mail.kind, {"maildir", "smtp", "none"}),
        text("mail", "from", c.mail.from),
        text("mail", "from_name", c.mail.from_name),
        text("mail", "maildir", c.mail.maildir, holds::path),
        text("mail", "host", c.mail.host),
        number("mail", "port", c.mail.port, 1, 65'535),
        choice("mail", "security", c.mail.security, {"none", "starttls", "tls"}),
        text("mail", "ca_file", c.mail.ca_file, holds::file),
        text("mail", "user", c.mail.user),
        secret("mail", "password", c.mail.password),
        text("mail", "helo", c.mail.helo),
        number("mail", "connect_timeout_ms", c.mail.connect_timeout_ms, 1, 10 * minute_ms),
        number("mail", "total_timeout_ms", c.mail.total_timeout_ms, 1, 10 * minute_ms),
        choice("sms", "kind", c.sms.kind, {"spool", "smpp", "none"}),
        text("sms", "spool", c.sms.spool, holds::path),
        text("sms", "host", c.sms.host),
        number("sms", "port", c.sms.port, 1, 65'535),
        text("sms", "system_id", c.sms.system_id),
        secret("sms", "password", c.sms.password),
        text("sms", "system_type", c.sms.system_type),
        text("sms", "source", c.sms.source),
        choice("sms", "bind", c.sms.bind, {"transceiver", "two_connections"}),
        choice("sms", "version", c.sms.version, {"3.4", "5.0"}),
        number("sms", "window", c.sms.window, 1, 1'000),
        number("sms", "rate_max", c.sms.rate_max, 0, 100'000),
        choice("sms", "receipt_ids", c.sms.receipt_ids, {"auto", "exact", "hex", "decimal"}),
        number("sms", "receipt_id_tlv", c.sms.receipt_id_tlv, 0, 65'535),
        flag("sms", "unmarked_receipts", c.sms.unmarked_receipts),
        choice("sms", "alphabet", c.sms.alphabet, {"gsm", "latin-1", "ascii", "utf-8"}),
        text("sms", "country_code", c.sms.country_code),
        number("sms", "inbound_hour", c.sms.inbound_hour, 1, 100'000),
        number("sms", "inbound_day", c.sms.inbound_day, 1, 1'000'000),
        number("sms", "connect_timeout_ms", c.sms.connect_timeout_ms, 1, 10 * minute_ms),
        number("sms", "response_timeout_ms", c.sms.response_timeout_ms, 1, 10 * minute_ms),
        number("sms", "enquire_every_ms", c.sms.enquire_every_ms, 10, hour_ms),
        number("sms", "reconnect_max_ms", c.sms.reconnect_max_ms, 1, hour_ms),
    };
}

std::vector<config_key> peer_keys(config& c) {
    return {
        choice("hlr", "kind", c.hlr.kind, {"none", "osmo"}),
        text("hlr", "host", c.hlr.host),
        number("hlr", "vty_port", c.hlr.vty_port, 1, 65'535),
        number("hlr", "ctrl_port", c.hlr.ctrl_port, 1, 65'535),
        number("hlr", "gsup_port", c.hlr.gsup_port, 1, 65'535),
        text("hlr", "unit_name", c.hlr.unit_name),
        number("hlr", "connections", c.hlr.connections, 1, 256),
        number("hlr", "connect_timeout_ms", c.hlr.connect_timeout_ms, 1, 10 * minute_ms),
        number("hlr", "answer_timeout_ms", c.hlr.answer_timeout_ms, 1, 10 * minute_ms),
        text("refund", "folder", c.refund.folder, holds::path),
        text("refund", "debtor_name", c.refund.debtor_name),
        text("refund", "debtor_account", c.refund.debtor_account),
        text("refund", "debtor_bic", c.refund.debtor_bic),
        number("refund", "linger_ms", c.refund.linger_ms, 0, 10 * minute_ms),
        number("refund", "batch_max", c.refund.batch_max, 1, 100'000),
        text("webhooks", "ca_file", c.webhooks.ca_file, holds::file),
        number("webhooks", "connect_timeout_ms", c.webhooks.connect_timeout_ms, 1, 10 * minute_ms),
        number("webhooks", "total_timeout_ms", c.webhooks.total_timeout_ms, 1, 10 * minute_ms),
        flag("webhooks", "plain_http", c.webhooks.plain_http),
        {.section = "webhooks", .name = "private_targets", .into = &c.webhooks.private_targets, .kind = holds::network},
    };
}

config_key list(std::string_view section, std::string_view name, std::vector<std::string>& into,
                holds kind = holds::text) {
    return {.section = section, .name = name, .into = &into, .kind = kind};
}

std::vector<config_key> rsp_keys(config& c) {
    return {
        text("rsp", "sessions", c.rsp.sessions, holds::path),
        number("rsp", "sessions_max", c.rsp.sessions_max, 100, 10'000'000),
        number("rsp", "threads", c.rsp.threads, 0, 256),
        number("rsp", "queue_max", c.rsp.queue_max, 1, 1'000'000),
        number("rsp", "session_minutes", c.rsp.session_minutes, 1, 24L * 60),
        number("rsp", "bound_hours", c.rsp.bound_hours, 1, 24L * 30),
        choice("rsp", "keys", c.rsp.keys, {"session", "random"}),
        flag("rsp", "packed_confirmation_codes", c.rsp.packed_confirmation_codes),
        number("rsp", "forgiven_codes", c.rsp.forgiven_codes, 0, 1'000),
    };
}

std::vector<config_key> hotline_keys(config& c) {
    constexpr std::int64_t port_most = 65'535;
    return {
        text("hotline", "listen", c.hotline.calls.listen, holds::endpoint_or_none),
        text("hotline", "address", c.hotline.calls.address),
        number("hotline", "rtp_from", c.hotline.calls.first_port, 0, port_most),
        number("hotline", "rtp_to", c.hotline.calls.last_port, 0, port_most),
        number("hotline", "calls_max", c.hotline.calls.calls_max, 1, 10'000),
        number("hotline", "call_minutes", c.hotline.calls.call_minutes, 1, 24 * 60),
        number("hotline", "caller_minute", c.hotline.calls.calls_a_minute_per_caller, 1, 1'000'000),
        number("hotline", "caller_calls", c.hotline.calls.calls_at_once_per_caller, 1, 10'000),
        number("hotline", "peer_second", c.hotline.calls.calls_a_second_per_peer, 1, 1'000'000),
        number("hotline", "silent_s", c.hotline.calls.silent_s, 0, 3'600),
        number("hotline", "session_s", c.hotline.calls.session_s, 90, 24 * 3600),
        number("hotline", "threads", c.hotline.calls.threads, 1, 64),
        text("hotline", "dialogue", c.hotline.dialogue, holds::folder),
        text("hotline", "prompts", c.hotline.prompts, holds::folder),
        list("hotline", "languages", c.hotline.languages),
        text("hotline", "agents", c.hotline.agents),
        list("hotline", "call_prefixes", c.hotline.call_prefixes),
        number("hotline", "ring_seconds", c.hotline.ring_seconds, 5, 180),
        number("hotline", "call_seconds", c.hotline.call_seconds, 30, 600),
        number("hotline", "calls_out", c.hotline.calls_out, 1, 64),
        number("hotline", "call_address_hour", c.hotline.call_address_hour, 1, 1'000),
        number("hotline", "call_address_day", c.hotline.call_address_day, 1, 1'000),
        number("hotline", "call_line_hour", c.hotline.call_line_hour, 1, 1'000),
        number("hotline", "call_line_day", c.hotline.call_line_day, 1, 1'000),
        number("hotline", "call_prefix_hour", c.hotline.call_prefix_hour, 1, 1'000'000),
        number("hotline", "call_prefix_day", c.hotline.call_prefix_day, 1, 1'000'000),
        number("hotline", "call_all_hour", c.hotline.call_all_hour, 1, 1'000'000),
        number("hotline", "call_all_day", c.hotline.call_all_day, 1, 1'000'000),
    };
}

}  // namespace

std::vector<config_key> keys_of(sip::trunk_settings& of) {
    return {
        text("trunk", "name", of.name),
        list("trunk", "peers", of.peers, holds::network),
        text("trunk", "server", of.server),
        choice("trunk", "transport", of.transport, {"udp", "tcp"}),
        flag("trunk", "registers", of.registers),
        text("trunk", "user", of.user),
        secret("trunk", "password", of.password),
        text("trunk", "number", of.number),
        number("trunk", "options_s", of.options_s, 0, 3'600),
    };
}

std::vector<config_key> keys_of(config& of) {
    auto keys = own_keys(of);
    add(keys, engine_keys(of));
    add(keys, tokens_keys(of));
    add(keys, message_keys(of));
    add(keys, peer_keys(of));
    add(keys, rsp_keys(of));
    add(keys, hotline_keys(of));
    return keys;
}

std::vector<config_key> keys_of(webhook_config& of) {
    return {
        text("webhook", "name", of.name),
        text("webhook", "url", of.url, holds::url),
        secret("webhook", "secret", of.secret),
        secret("webhook", "secret_before", of.secret_before),
        {.section = "webhook", .name = "topics", .into = &of.topics},
    };
}

std::vector<config_key> keys_of(smdp_config& of) {
    return {
        text("smdp", "name", of.name),
        text("smdp", "listen", of.listen, holds::endpoint),
        text("smdp", "address", of.address),
        list("smdp", "more_addresses", of.more_addresses),
        list("smdp", "certificates", of.certificates, holds::folder),
        list("smdp", "more_roots", of.more_roots, holds::file),
        text("smdp", "oid", of.oid),
        flag("smdp", "tls", of.tls),
        flag("smdp", "proxy_protocol", of.proxy_protocol),
        flag("smdp", "underscore_matching_ids", of.underscore_matching_ids),
    };
}

std::vector<config_key> keys_of(es2_config& of) {
    return {
        text("es2", "listen", of.listen, holds::endpoint), text("es2", "tls_cert", of.tls_cert, holds::file),
        text("es2", "tls_key", of.tls_key, holds::file),   text("es2", "client_ca", of.client_ca, holds::file),
        text("es2", "smdp_address", of.smdp_address),      flag("es2", "proxy_protocol", of.proxy_protocol),
    };
}

std::vector<config_key> keys_of(smds_config& of) {
    return {
        text("sm_ds", "address", of.address),
        text("sm_ds", "url", of.url, holds::url),
        flag("sm_ds", "root", of.root),
        text("sm_ds", "ca_file", of.ca_file, holds::file),
        text("sm_ds", "cert", of.cert, holds::file),
        text("sm_ds", "key", of.key, holds::file),
        text("sm_ds", "requester", of.requester),
    };
}

std::vector<config_key> keys_of(operator_config& of) {
    return {
        text("operator", "name", of.name),
        text("operator", "subject", of.subject),
        text("operator", "fingerprint", of.fingerprint),
        text("operator", "requester", of.requester),
        flag("operator", "every_order", of.every_order),
        text("operator", "progress_url", of.progress_url, holds::url),
        text("operator", "progress_ca_file", of.progress_ca_file, holds::file),
        text("operator", "progress_cert", of.progress_cert, holds::file),
        text("operator", "progress_key", of.progress_key, holds::file),
        text("operator", "progress_requester", of.progress_requester),
        list("operator", "progress_points", of.progress_points),
        flag("operator", "progress_result_data", of.progress_result_data),
    };
}

std::vector<config_key> keys_of(profile_type_config& of) {
    return {
        text("profile_type", "name", of.name),
        text("profile_type", "owner", of.owner),
        text("profile_type", "package", of.package, holds::file),
        text("profile_type", "icon", of.icon, holds::file),
        text("profile_type", "provider_name", of.provider_name),
        text("profile_type", "profile_name", of.profile_name),
        text("profile_type", "mcc_mnc", of.mcc_mnc),
        choice("profile_type", "algorithm", of.algorithm, {"milenage", "tuak"}),
        secret("profile_type", "operator_key", of.operator_key),
        flag("profile_type", "over_the_air", of.over_the_air),
        number("profile_type", "low_stock", of.low_stock, 0, 1'000'000'000),
    };
}

std::string config_key::full_name() const {
    return section.empty() ? std::string(name) : std::string(section) + "." + std::string(name);
}

std::string config_key::environment_name() const {
    std::string out = "KEEPLINE_" + (section.empty() ? std::string() : std::string(section) + "_") + std::string(name);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

}  // namespace keepline::app
