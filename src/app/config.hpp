// The configuration: one TOML file, environment variables over it, defaults under it. Each key is one row of `keys_of`:
// reading, refusing, showing and testing all go through that table, and config/keepline.toml documents it (a test
// compares the two). Read once at start by one thread; afterwards a plain value.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "sip/user_agent.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keepline::app {

using base::result;
using environment = std::map<std::string, std::string, std::less<>>;

struct http_config {
    std::string listen = "127.0.0.1:8080";
    std::string tls_cert;
    std::string tls_key;
    std::string notifiers;  // ids of system tokens, with commas
    std::int64_t threads = 0;
    std::int64_t connections_max = 2'000;
    std::int64_t connections_per_address = 200;
    std::vector<std::string> trusted_proxies;
    bool proxy_protocol = false;
    std::int64_t request_timeout_ms = 15'000;
    std::int64_t idle_timeout_ms = 60'000;
    std::int64_t write_timeout_ms = 30'000;
    std::int64_t handle_timeout_ms = 60'000;
    std::int64_t drain_timeout_ms = 10'000;
};

struct metrics_config {
    std::string listen = "127.0.0.1:9464";  // empty: nowhere
};

struct portal_config {
    std::string listen;  // empty: nowhere
    std::string origin;  // as browsers call it
    std::string tls_cert;
    std::string tls_key;
    // The page of official channels. Where nothing is named: the hotline, the sender of SMS and of mail.
    std::vector<std::string> phones;
    std::vector<std::string> sms_senders;
    std::vector<std::string> mail_senders;
    std::vector<std::string> shops;
    std::string hours;   // of the hotline
    std::string pay_to;  // the operator's account for transfers, as the page of an offer says it
    std::vector<std::string> call_hours{"9-12", "12-18"};  // when people are called back; none: at any time
    std::int64_t streams_max = 500;                        // pages that change by themselves, at the same time
    std::int64_t streams_max_per_address = 50;
};

/// Where people pay: a page of the operator's own.
struct payments_config {
    std::string page;  // with places; empty: people pay as they top up
};

/// Calls: SIP, and who speaks in them (docs/hotline.md, docs/hotline-trunk.md).
struct hotline_config {
    sip::user_agent_settings calls;  // with each [[trunk]]; `listen` empty: nowhere
    std::string dialogue;            // a folder that lies over the shipped menus and sentences; empty: none
    std::string prompts;             // a folder of recordings
    std::vector<std::string> languages{"zh-CN", "en"};
    std::string agents;  // a SIP address that callers are handed over to; empty: nobody
    // Calls back (link/call_back_connector.hpp). None named: mobile numbers of China where that is sms.country_code,
    // else nobody is called.
    std::vector<std::string> call_prefixes;
    std::int64_t ring_seconds = 40;
    std::int64_t call_seconds = 120;  // of one that is answered
    std::int64_t calls_out = 4;       // at once
    std::int64_t call_address_hour = 3;
    std::int64_t call_address_day = 6;
    std::int64_t call_line_hour = 4;
    std::int64_t call_line_day = 8;
    std::int64_t call_prefix_hour = 60;
    std::int64_t call_prefix_day = 300;
    std::int64_t call_all_hour = 200;
    std::int64_t call_all_day = 1'000;
};

/// Where staff sign in with their accounts: at the API's own listener.
struct console_config {
    std::string origin;  // as browsers call it; empty: nobody signs in
    std::int64_t session_minutes = 480;
    std::int64_t idle_minutes = 30;
    std::int64_t streams_max = 500;  // of what changes, at the same time
    std::int64_t streams_max_per_holder = 8;
    std::string local_accounts = "always";                     // beside [oidc]
    std::vector<std::string> step_up{"access", "signatures"};  // what takes fresh proof (desk::stake)
    std::int64_t step_up_minutes = 10;
};

/// The provider of identities by which staff sign in at the console.
struct oidc_config {
    std::string issuer;  // empty: there is none
    std::string client_id;
    std::string client_secret_file;
    std::vector<std::string> scopes{"openid", "profile"};
    std::string name_claim = "preferred_username";
    std::string groups_claim = "groups";
    std::vector<std::string> roles;  // "group = role", the first that fits
    std::vector<std::string> names;  // "subject = name"
    std::vector<std::string> acr_values;
    std::vector<std::string> step_up_acr_values;
    std::int64_t max_age_minutes = 30;
    std::string ca_file;
    std::int64_t connect_timeout_ms = 3'000;
    std::int64_t total_timeout_ms = 8'000;
};

struct log_config {
    std::string level = "info";
    std::string file;
};

struct folder_config {
    std::string dir;
    std::string own;  // laid over it: a file here stands for the one of the same name there; empty: none
};

struct keys_config {
    std::string master_key_file;
    std::string signing_key_file;
    std::string secret_file;
    std::string subscriber_keys_file;
    std::string anchor_key_file;
};

struct store_config {
    std::string path;
};

struct anchor_config {
    std::string file;
    std::string copy;
    std::string url;
    std::string ca_file;
    std::int64_t every_s = 60;
};

struct engine_config {
    std::int64_t batch_max = 128;
    std::int64_t queue_max = 20'000;
    std::int64_t cached_streams = 20'000;
    std::int64_t remembered_keys = 1'000;
    std::int64_t remember_for_hours = 24;
    std::int64_t sweep_every_ms = 200;
    std::int64_t backoff_first_ms = 1'000;
    std::int64_t backoff_max_ms = 600'000;
    std::int64_t attempts_max = 20;
    std::int64_t lane_memory = 50'000;
    std::int64_t sms_threads = 8;
    std::int64_t mail_threads = 8;
    std::int64_t hlr_threads = 4;
    std::int64_t refund_threads = 32;
    std::int64_t webhook_threads = 8;
};

/// How far the machine's clock is believed, and how much may end by itself in a day (engine/trusted_clock.hpp,
/// engine/ending_budget.hpp).
struct time_config {
    std::int64_t step_max_s = 300;
    std::int64_t downtime_max_hours = 72;
    std::int64_t endings_floor = 200;
    std::int64_t endings_percent = 150;
};

struct process_config {
    bool core_dumps = false;
};

struct tokens_config {
    std::int64_t kin_days = 30;                // how long who made a token counts as its holder
    std::int64_t staff_days = 90;              // a token of staff lives so long, unless it says otherwise
    std::int64_t machine_days = 366;           // and one of a machine
    std::int64_t session_minutes = 60;         // a customer's session, at most
    std::int64_t session_idle_minutes = 20;    // and it ends when nobody uses it for so long
    std::int64_t searches_hourly = 120;        // numbers that one member of staff may look for
    std::int64_t locks_hourly = 20;            // lines that one member of staff may lock as lost
    std::int64_t strangers_locks_hourly = 60;  // lines that all callers without proof may have locked, together
};

struct messages_config {
    std::string operator_name = "Keepline";  // how the operator is called in every message
    std::string hotline;
    bool replies = true;  // messages say that customers may answer, where they can: see takes_replies()
    std::string texts;    // a folder of *.toml that lie over the shipped texts; empty: none
    // Budgets (link/message_budget.hpp); zero: none. Codes and notices, SMS and mail are counted apart.
    std::int64_t address_hour = 60;
    std::int64_t address_day = 200;
    std::int64_t line_hour = 120;
    std::int64_t line_day = 400;
    std::int64_t prefix_hour = 600;
    std::int64_t prefix_day = 3'000;
    std::int64_t all_hour = 6'000;
    std::int64_t all_day = 50'000;
    std::int64_t prefix_digits = 6;
    // What tells about one line at one address, and about its case, goes before all of these; see message_budget.hpp.
    std::int64_t reserve_hour = 20;
    std::int64_t reserve_day = 60;
    std::vector<std::string> own_numbers;      // prefixes of the operator's own numbers; none: every line's
    std::vector<std::string> special_numbers;  // satellite and premium ranges that are meant to be reached
    std::int64_t vouched_a_day = 20;           // new subscribers that one address is vouched for, within a day
    std::int64_t orders_a_day = 200;           // lines that one of the staff orders, while no own number is named
};

struct mail_config {
    std::string kind = "maildir";
    std::string from = "no-reply@keepline.invalid";
    std::string from_name = "Keepline";
    std::string maildir;
    std::string host = "127.0.0.1";
    std::int64_t port = 25;
    std::string security = "none";
    std::string ca_file;
    std::string user;
    std::string password;
    std::string helo;
    std::int64_t connect_timeout_ms = 5'000;
    std::int64_t total_timeout_ms = 20'000;
};

struct sms_config {
    std::string kind = "spool";
    std::string spool;
    std::string host = "127.0.0.1";
    std::int64_t port = 2775;
    std::string system_id;
    std::string password;
    std::string system_type;
    std::string source = "Keepline";
    std::string bind = "transceiver";
    std::string version = "3.4";
    std::int64_t window = 10;
    std::int64_t rate_max = 0;
    std::string receipt_ids = "auto";
    std::int64_t receipt_id_tlv = 0;
    bool unmarked_receipts = false;
    std::string alphabet = "gsm";
    std::string country_code;
    std::int64_t inbound_hour = 20;
    std::int64_t inbound_day = 60;
    std::int64_t connect_timeout_ms = 5'000;
    std::int64_t response_timeout_ms = 10'000;
    std::int64_t enquire_every_ms = 30'000;
    std::int64_t reconnect_max_ms = 30'000;
};

struct hlr_config {
    std::string kind = "none";
    std::string host = "127.0.0.1";
    std::int64_t vty_port = 4258;
    std::int64_t ctrl_port = 4259;
    std::int64_t gsup_port = 4222;
    std::string unit_name = "keepline";
    std::int64_t connections = 4;
    std::int64_t connect_timeout_ms = 3'000;
    std::int64_t answer_timeout_ms = 5'000;
};

struct refund_config {
    std::string folder;
    std::string debtor_name = "Keepline Operator";
    std::string debtor_account;
    std::string debtor_bic;
    std::int64_t linger_ms = 200;
    std::int64_t batch_max = 500;
};

struct webhooks_config {
    std::string ca_file;
    std::int64_t connect_timeout_ms = 3'000;
    std::int64_t total_timeout_ms = 10'000;
    // Of those that the API makes; what [[webhook]] names is called as it is.
    bool plain_http = false;
    std::vector<std::string> private_targets;  // networks that they may lie in
};

struct webhook_config {
    std::string name;
    std::string url;
    std::string secret;
    std::string secret_before;  // still signed with, beside the new one
    std::vector<std::string> topics;
};

/// What all listeners of the SM-DP+ share.
struct rsp_config {
    std::string sessions;  // the file
    std::int64_t sessions_max = 100'000;
    std::int64_t threads = 0;
    std::int64_t queue_max = 2'048;
    std::int64_t session_minutes = 30;
    std::int64_t bound_hours = 24;
    std::string keys = "session";
    bool packed_confirmation_codes = false;
    std::int64_t forgiven_codes = 10;
};

/// One SM-DP+ on one port.
struct smdp_config {
    std::string name;
    std::string listen;
    std::string address;
    std::vector<std::string> more_addresses;
    std::vector<std::string> certificates;  // folders
    std::vector<std::string> more_roots;    // files
    std::string oid;
    bool tls = true;
    bool proxy_protocol = false;
    bool underscore_matching_ids = false;
};

struct es2_config {
    std::string listen;
    std::string tls_cert;
    std::string tls_key;
    std::string client_ca;
    std::string smdp_address;
    bool proxy_protocol = false;
};

/// One SM-DS that orders may name.
struct smds_config {
    std::string address;
    std::string url;
    bool root = true;
    std::string ca_file;
    std::string cert;
    std::string key;
    std::string requester = "keepline";
};

struct operator_config {
    std::string name;
    std::string subject;
    std::string fingerprint;
    std::string requester;
    bool every_order = false;
    std::string progress_url;
    std::string progress_ca_file;
    std::string progress_cert;
    std::string progress_key;
    std::string progress_requester = "keepline";
    std::vector<std::string> progress_points;
    bool progress_result_data = true;
};

struct profile_type_config {
    std::string name;
    std::string owner;
    std::string package;  // file; empty: the built-in template
    std::string icon;     // file; empty: none
    std::string provider_name;
    std::string profile_name;
    std::string mcc_mnc;
    std::string algorithm = "milenage";
    std::string operator_key;
    bool over_the_air = true;
    std::int64_t low_stock = 0;
};

struct config {
    std::string file;                             // where it was read from; empty: defaults and environment only
    bool sandbox = false;                         // serve --sandbox; no key (app/sandbox.hpp)
    std::optional<base::instant> sandbox_from{};  // when the clock of a new one begins
    std::string data_dir;
    http_config http;
    metrics_config metrics;
    portal_config portal;
    payments_config payments;
    console_config console;
    oidc_config oidc;
    log_config log;
    folder_config policies;
    folder_config calendars;
    keys_config keys;
    store_config store;
    anchor_config anchor;
    engine_config engine;
    time_config time;
    process_config process;
    tokens_config tokens;
    messages_config messages;
    mail_config mail;
    sms_config sms;
    hlr_config hlr;
    refund_config refund;
    webhooks_config webhooks;
    hotline_config hotline;
    std::vector<webhook_config> webhook;
    rsp_config rsp;
    std::vector<smdp_config> smdp;
    std::vector<es2_config> es2;
    std::vector<smds_config> smds;                   // [[sm_ds]]
    std::vector<operator_config> operators;          // [[operator]]
    std::vector<profile_type_config> profile_types;  // [[profile_type]]
};

/// One key: where it is in the file, where its value goes and what it may be.
struct config_key {
    /// Of strings; file and folder must exist.
    enum class holds { text, path, file, folder, endpoint, endpoint_or_none, network, url };
    std::string_view section;  // empty: top level
    std::string_view name;
    std::variant<std::string*, std::int64_t*, bool*, std::vector<std::string>*> into;
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::vector<std::string_view> choices{};
    holds kind = holds::text;
    bool secret = false;

    std::string full_name() const;         // "http.listen"
    std::string environment_name() const;  // "KEEPLINE_HTTP_LISTEN"
};
std::vector<config_key> keys_of(config& of);
std::vector<config_key> keys_of(webhook_config& of);
std::vector<config_key> keys_of(smdp_config& of);
std::vector<config_key> keys_of(es2_config& of);
std::vector<config_key> keys_of(smds_config& of);
std::vector<config_key> keys_of(operator_config& of);
std::vector<config_key> keys_of(profile_type_config& of);
std::vector<config_key> keys_of(sip::trunk_settings& of);

/// Calls `with(name, list)` for each list of tables, [[name]].
template <typename Config, typename With>
void for_each_list(Config& of, With&& with) {
    with("webhook", of.webhook);
    with("smdp", of.smdp);
    with("es2", of.es2);
    with("sm_ds", of.smds);
    with("operator", of.operators);
    with("profile_type", of.profile_types);
    with("trunk", of.hotline.calls.trunks);
}

/// What a config is read from; `folder` is what relative paths in the file are relative to.
struct config_text {
    std::string name;
    std::string text;
    std::filesystem::path folder;
};

/// Unknown keys, wrong types, values out of range and missing files are refused: code::config_invalid, data: file,
/// line, column, field. `share` is where policies and calendars are when the file does not say.
result<config> read_config(const std::optional<config_text>& from, const environment& env,
                           const std::filesystem::path& share);

/// The file given, else $KEEPLINE_CONFIG, else ./keepline.toml, else /etc/keepline/keepline.toml, else none.
result<config> load_config(const std::string& given, const environment& env);

/// Where policies/, calendars/ and openapi.yaml are: <prefix>/share/keepline beside <prefix>/bin, or the source tree.
std::filesystem::path share_folder();
environment environment_of(char** env);

/// Whether an SMS of ours may say "reply": it comes from a number, which a phone can answer, and over a connection that
/// brings the answer.
bool takes_replies(const config& how);

struct endpoint {
    std::string host;
    std::uint16_t port = 0;
};
std::optional<endpoint> parse_endpoint(std::string_view text);  // "127.0.0.1:8080", "[::1]:8080"

/// As TOML with every key, secrets as "***".
std::string show_config(const config& what);
std::string show_config_json(const config& what);

}  // namespace keepline::app
