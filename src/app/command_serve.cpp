// keepline serve: the server, from its start to its graceful end.
//
// Signals are taken by the main thread only: SIGTERM and SIGINT stop in order (no new requests, running ones answered,
// what is queued committed, running deliveries ended); a second one changes nothing, because the stop loses nothing and
// is bounded. SIGHUP reads policies, calendars, keys and TLS certificates again; what is wrong leaves the old in force,
// and the log says why.
#include "api/api.hpp"
#include "api/provider_door.hpp"
#include "api/watch.hpp"
#include "app/command.hpp"
#include "app/config_warnings.hpp"
#include "app/hardening.hpp"
#include "app/hotline_site.hpp"
#include "app/instance.hpp"
#include "app/json_log.hpp"
#include "app/rules.hpp"
#include "app/sandbox.hpp"
#include "app/systemd_notice.hpp"
#include "app/version.hpp"
#include "console/site.hpp"
#include "http/server.hpp"
#include "link/jws.hpp"
#include "portal/portal.hpp"

#include <chrono>
#include <optional>
#include <ostream>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace keepline::app {

namespace {

/// Blocks the signals in this thread and all that it starts from now on, and takes them one by one. They stay blocked
/// to the end of the process, so that an impatient second one cannot cut a stop short.
class signals {
 public:
    signals() {
        sigemptyset(&set_);
        for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, one);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        ::signal(SIGPIPE, SIG_IGN);
    }

    /// The next one; 0 when none came in this time. No time: waits for it.
    int next(std::optional<std::chrono::milliseconds> at_most) const {
        if (at_most) {
            constexpr long per_second = 1000;
            constexpr long nanoseconds = 1'000'000;
            const timespec time{at_most->count() / per_second, at_most->count() % per_second * nanoseconds};
            const int taken = sigtimedwait(&set_, nullptr, &time);
            return taken < 0 ? 0 : taken;
        }
        int taken = 0;
        while (sigwait(&set_, &taken) != 0) continue;
        return taken;
    }

 private:
    sigset_t set_{};
};

void reload_rules(const config& how, instance& running, port::log& log) {
    const auto policies = running.reload_rules(how);
    if (!policies) {
        log.error("rules_refused", "", {{"reason", policies.error().words}, {"in_force", "the rules from before"}});
        return;
    }
    log.info("rules_reloaded", "", {{"policies", std::to_string(*policies)}});
}

std::string address_at(const std::string& listen, std::uint16_t port, bool tls) {
    return (tls ? "https://" : "http://") + listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
}

http::server_settings portal_listener(const config& how) {
    auto out = listener_settings(how);
    out.listen = how.portal.listen;
    out.tls_cert = how.portal.tls_cert;
    out.tls_key = how.portal.tls_key;
    return out;
}

std::vector<std::string> named_or(const std::vector<std::string>& named, const std::string& otherwise) {
    if (!named.empty() || otherwise.empty()) return named;
    return {otherwise};
}

portal::settings portal_settings(const config& how) {
    portal::settings out{how.portal.origin, how.messages.operator_name, how.messages.hotline};
    out.official = {named_or(how.portal.phones, how.messages.hotline),
                    named_or(how.portal.sms_senders, how.sms.kind == "smpp" ? how.sms.source : std::string()),
                    named_or(how.portal.mail_senders, how.mail.kind == "smtp" ? how.mail.from : std::string()),
                    how.portal.shops, how.portal.hours};
    out.country_code = how.sms.country_code;
    out.pay_to = how.portal.pay_to;
    out.pay_page = how.payments.page;
    for (const auto& one : how.portal.call_hours)
        if (const auto hours = portal::call_hours_in(one)) out.call_hours.push_back(*hours);
    out.live.streams_max = static_cast<std::size_t>(how.portal.streams_max);
    out.live.streams_max_per_address = static_cast<std::size_t>(how.portal.streams_max_per_address);
    return out;
}

api::live_limits live_settings(const config& how) {
    api::live_limits out;
    out.streams_max = static_cast<std::size_t>(how.console.streams_max);
    out.streams_max_per_holder = static_cast<std::size_t>(how.console.streams_max_per_holder);
    return out;
}

/// The subscriber's portal, where one is wanted.
class portal_door {
 public:
    static result<std::unique_ptr<portal_door>> open(const config& how, desk::desk& at, port::log& log) {
        std::unique_ptr<portal_door> out;
        if (how.portal.listen.empty()) return out;
        const auto verified = [&at](std::string_view jws) -> result<std::string> {
            TRY(good, link::verify_jws(jws, at.shared().with.jwks()));
            return std::move(good.kid);
        };
        TRY(pages, portal::portal::make(at, portal_settings(how), verified));
        out = std::make_unique<portal_door>(std::move(pages), portal_listener(how));
        if (auto started = out->server_.start(); !started) {
            auto failure = std::move(started).error();
            failure.words = "[portal]: " + failure.words;
            return std::unexpected(std::move(failure));
        }
        log.info("listening", "",
                 {{"what", "portal"},
                  {"address", address_at(how.portal.listen, out->server_.port(), !how.portal.tls_cert.empty())},
                  {"origin", how.portal.origin}});
        return out;
    }
    portal_door(std::unique_ptr<portal::portal> pages, http::server_settings how)
        : pages_(std::move(pages)), server_(*pages_, std::move(how)) {}
    http::server& server() { return server_; }
    void stop() {
        pages_->end_streams();
        server_.stop();
    }

 private:
    std::unique_ptr<portal::portal> pages_;
    http::server server_;
};

/// The listeners that customers and their systems call.
struct doors {
    http::server& api;
    portal_door* portal;  // null: none is configured
};

void reload_tls(const config& how, instance& running, const doors& open, port::log& log) {
    std::vector<std::string> wrong;
    if (!how.http.tls_cert.empty())
        if (auto read = open.api.reload_tls(listener_settings(how)); !read) wrong.push_back(read.error().words);
    if (open.portal != nullptr && !how.portal.tls_cert.empty())
        if (auto read = open.portal->server().reload_tls(portal_listener(how)); !read)
            wrong.push_back(read.error().words);
    if (auto* smdp = running.smdp())
        for (auto& words : smdp->reload_tls(how, running.engine().clock().now())) wrong.push_back(std::move(words));
    for (const auto& words : wrong)
        log.error("tls_refused", "", {{"reason", words}, {"in_force", "the certificate from before"}});
    running.note_certificates();
    if (wrong.empty()) log.info("tls_reloaded", "");
}

/// SIGHUP: each part by itself, so that what is wrong with one leaves the others.
void reload(const config& how, instance& running, const doors& open, port::log& log) {
    reload_rules(how, running, log);
    if (auto read = running.reload_keys(how); !read)
        log.error("keys_refused", "", {{"reason", read.error().words}, {"in_force", "the keys from before"}});
    else
        log.info("keys_reloaded", "");
    reload_tls(how, running, open, log);
}

void warn_of_readers(const config& how, const session& s, port::log& log) {
    for (const auto& words : readable_by_others(how)) {
        log.error("readable_by_others", "", {{"what", words}});
        s.at.err << "keepline: warning: " << words << '\n';
    }
    for (const auto& words : open_to_everybody(how)) log.warning("open_to_everybody", "", {{"what", words}});
    if (!base::locked_bytes::all_locked())
        log.warning("memory_not_locked", "", {{"to_do", "allow more locked memory: LimitMEMLOCK, ulimit -l"}});
}

/// Few connections, short answers, one thread: it watches the others.
http::server_settings watch_settings(const config& how) {
    http::server_settings out;
    out.listen = how.metrics.listen;
    out.threads = 1;
    out.connections_max = 100;
    out.connections_per_address = 50;
    out.drain_timeout = base::seconds{1};
    return out;
}

/// A disk without any room: nothing can be opened on it. The process stands by, not ready, and comes up by itself when
/// there is room, or ends when it is told to.
result<std::unique_ptr<instance>> open_when_there_is_room(const config& how, port::log& log, const signals& taken) {
    constexpr std::chrono::seconds between{2};
    for (;;) {
        auto made = instance::open(how, log, instance::with_peers::yes);
        if (made || made.error().what != base::code::storage_full) return made;
        log.error("store_full", "", {{"reason", made.error().words}, {"to_do", "make room; the server waits for it"}});
        if (const int got = taken.next(between); got == SIGTERM || got == SIGINT) return made;
    }
}

struct serve_options {
    bool sandbox = false;
    std::string from;
};

/// As the file and the environment say; of a sandbox, what it makes of them.
result<config> settings_for(const session& s, const serve_options& in) {
    TRY(settings, s.settings());
    if (!in.sandbox && in.from.empty()) return settings;
    if (!in.sandbox)
        return base::refuse(base::code::invalid, "--from says when a sandbox begins: --sandbox is missing.");
    const auto from = base::instant_from_iso(in.from);
    if (!in.from.empty() && !from)
        return base::refuse(base::code::invalid, "--from is an instant in UTC, such as 2027-03-01T09:00:00Z.");
    return sandboxed(std::move(settings), from);
}

result<int> serve(const session& s, const serve_options& in) {
    TRY(settings, settings_for(s, in));
    if (settings.process.core_dumps) allow_dumps();
    TRY(log, open_log(settings.log.file, *parse_log_level(settings.log.level)));
    const signals taken;
    log->info("starting", "",
              {{"version", std::string(version)}, {"config", settings.file}, {"data", settings.data_dir}});
    TRY(running, open_when_there_is_room(settings, *log, taken));
    warn_of_readers(settings, s, *log);
    desk::desk desk(running->desk_parts());
    api::api api(desk, api::limits{}, {settings.console.origin}, live_settings(settings));
    keepline::console::site pages(
        api, {settings.sms.country_code, settings.messages.operator_name, settings.messages.hotline});
    api::provider_door provider(pages, desk, {settings.console.origin});
    http::application& served = settings.console.origin.empty() ? static_cast<http::application&>(api)
                                : settings.oidc.issuer.empty()  ? static_cast<http::application&>(pages)
                                                                : provider;
    http::server server(served, listener_settings(settings));
    api::watch watch(api);
    http::server watched(watch, watch_settings(settings));
    if (!settings.metrics.listen.empty()) {
        if (auto started = watched.start(); !started) {
            auto failure = std::move(started).error();
            failure.words = "[metrics]: " + failure.words;
            return std::unexpected(std::move(failure));
        }
        log->info("listening", "",
                  {{"what", "metrics"}, {"address", address_at(settings.metrics.listen, watched.port(), false)}});
    }
    if (auto* smdp = running->smdp()) CHECK(smdp->listen(settings));
    TRY(portal, portal_door::open(settings, desk, *log));
    TRY(calls, hotline_site::open(settings, desk, *running, *log));
    CHECK(server.start());  // last: whoever reads /readyz may count on every listener
    const auto address = address_at(settings.http.listen, server.port(), !settings.http.tls_cert.empty());
    const auto where = address + (settings.sandbox ? " (SANDBOX: nothing here is real)" : "");
    log->info("listening", "", {{"address", address}, {"process", std::to_string(::getpid())}});
    if (s.at.err_is_terminal) s.at.err << "Keepline listens on " << where << " (Ctrl-C stops it)\n";
    if (portal && s.at.err_is_terminal) s.at.err << "The portal for subscribers: " << settings.portal.origin << "\n";

    systemd_notice systemd(s.at.env);
    systemd.ready("listens on " + where);
    pulse engine_pulse;
    int got = 0;
    while ((got = taken.next(systemd.beat())) == SIGHUP || got == 0) {
        if (got == 0) {
            if (engine_pulse.beats(running->engine().metrics())) systemd.alive();
            continue;
        }
        systemd.reloading();
        reload(settings, *running, {server, portal.get()}, *log);
        systemd.ready("listens on " + where);
    }
    systemd.stopping();
    log->info("stopping", "", {{"signal", got == SIGTERM ? "SIGTERM" : "SIGINT"}});
    running->end_errands();
    if (calls) calls->stop();
    api.end_streams();
    server.stop();
    if (portal) portal->stop();
    running->stop();  // and the listeners of the SM-DP+
    watched.stop();
    log->info("stopped", "");
    return 0;
}

}  // namespace

void add_serve_command(CLI::App& root, session& s) {
    auto* command =
        add_command(root, "serve", "Start the server",
                    "keepline serve\n"
                    "keepline serve --config /etc/keepline/keepline.toml\n"
                    "KEEPLINE_HTTP_LISTEN=127.0.0.1:9000 KEEPLINE_DATA_DIR=/tmp/k keepline serve\n"
                    "kill -HUP $(pidof keepline)       # read policies, calendars, keys and TLS certificates again\n"
                    "kill -TERM $(pidof keepline)      # stop, losing nothing\n"
                    "keepline serve --sandbox          # for integrators: a clock that can be moved, pretended peers");
    auto in = std::make_shared<serve_options>();
    command->add_flag("--sandbox", in->sandbox,
                      "For integrators and tests: the clock can be moved, the peers are pretended, nothing is real");
    command->add_option("--from", in->from, "With --sandbox and a new data_dir: when its clock begins (default: now)")
        ->type_name("INSTANT");
    on_chosen(command, s, [&s, in] { return serve(s, *in); });
}

}  // namespace keepline::app
