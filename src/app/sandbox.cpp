#include "app/sandbox.hpp"

#include "app/files.hpp"
#include "app/keys.hpp"
#include "link/target_guard.hpp"
#include "port/noted_number.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <ranges>
#include <thread>

namespace keepline::app {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view sandbox_kind = "sandbox";
constexpr std::string_view real_kind = "real";
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::string_view sandbox_number = "10690000";
constexpr std::string_view sandbox_portal = "127.0.0.1:8090";
constexpr std::string_view sandbox_portal_origin = "http://localhost:8090";
constexpr std::string_view sandbox_account = "6225880100001230";
constexpr std::string_view sandbox_bank = "102100099996";
constexpr std::int64_t longest_move_ms = 600'000;
constexpr std::size_t wishes_max = 1'000;
/// Without any progress; a step does not take so long, whatever else this machine does.
constexpr std::chrono::seconds patience{60};
constexpr std::chrono::seconds patience_with_webhooks{5};
constexpr std::chrono::milliseconds pause{1};

std::string sandbox_file(const config& how) {
    return (std::filesystem::path(how.keys.secret_file).parent_path() / "store.sandbox").string();
}

bool is_file_there(const std::string& file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

// ------------------------------------------------------------------------------------------------ what it refuses

/// By its letters alone: what a name resolves to may change.
bool is_loopback(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost" || host == "::1") return true;
    const auto address = link::ip_address_of(std::string(host));
    if (!address) return false;
    constexpr std::array<unsigned char, 13> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};  // 127.0.0.0/8
    return std::ranges::equal(loopback, *address | std::views::take(loopback.size()));
}

std::string_view host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
    return url.substr(0, url.find(':'));
}

std::unexpected<base::error> not_here(std::string_view key, const std::string& words) {
    return refuse(code::config_invalid, std::string(key) + " " + words, {{"field", std::string(key)}});
}

result<void> check_host(std::string_view key, std::string_view host) {
    if (is_loopback(host)) return {};
    return not_here(key, "is not this machine: a sandbox has no real peers (127.0.0.1, ::1 or localhost).");
}

result<void> check_url(std::string_view key, const std::string& url) {
    return url.empty() ? result<void>() : check_host(key, host_of(url));
}

result<void> refuse_real_peers(const config& how) {
    if (how.sms.kind == "smpp") CHECK(check_host("sms.host", how.sms.host));
    if (how.mail.kind == "smtp") CHECK(check_host("mail.host", how.mail.host));
    if (how.hlr.kind == "osmo") CHECK(check_host("hlr.host", how.hlr.host));
    CHECK(check_url("anchor.url", how.anchor.url));
    for (const auto& one : how.webhook) CHECK(check_url("webhook.url", one.url));
    for (const auto& one : how.operators) CHECK(check_url("operator.progress_url", one.progress_url));
    for (const auto& one : how.smds) CHECK(check_url("sm_ds.url", one.url));
    for (const auto& network : how.webhooks.private_targets)
        CHECK(check_host("webhooks.private_targets", std::string_view(network).substr(0, network.find('/'))));
    return {};
}

/// Only what lies in the data directory of a sandbox is known to be its own.
result<void> refuse_real_files(const config& how) {
    const auto inside = [&](const std::string& file) {
        std::error_code ignored;
        const auto data = std::filesystem::weakly_canonical(how.data_dir, ignored).string() + "/";
        return std::filesystem::weakly_canonical(file, ignored).string().starts_with(data);
    };
    for (const auto& [key, file] :
         {std::pair("store.path", &how.store.path), std::pair("keys.master_key_file", &how.keys.master_key_file),
          std::pair("keys.signing_key_file", &how.keys.signing_key_file),
          std::pair("keys.secret_file", &how.keys.secret_file),
          std::pair("keys.subscriber_keys_file", &how.keys.subscriber_keys_file),
          std::pair("keys.anchor_key_file", &how.keys.anchor_key_file), std::pair("refund.folder", &how.refund.folder)})
        if (!inside(*file)) return not_here(key, "is not in data_dir: a sandbox has keys and files of its own.");
    return {};
}

}  // namespace

result<config> sandboxed(config how, std::optional<base::instant> from) {
    CHECK(refuse_real_peers(how));
    CHECK(refuse_real_files(how));
    how.sandbox = true;
    how.sandbox_from = from;
    how.http.handle_timeout_ms = std::max(how.http.handle_timeout_ms, longest_move_ms);
    if (how.sms.kind == "spool") {
        how.sms.kind = "pretended";
        how.sms.source = sandbox_number;  // customers can answer it: POST /v1/sandbox/messages
    }
    if (how.mail.kind == "maildir") how.mail.kind = "pretended";
    if (how.hlr.kind == "none") how.hlr.kind = "pretended";
    if (how.refund.debtor_account.empty()) how.refund.debtor_account = sandbox_account;
    if (how.refund.debtor_bic.empty()) how.refund.debtor_bic = sandbox_bank;
    if (how.portal.listen.empty() && how.http.listen == http_config().listen) {  // others do not get in its way
        how.portal.listen = sandbox_portal;
        how.portal.origin = sandbox_portal_origin;
    }
    how.webhooks.plain_http = true;
    if (how.webhooks.private_targets.empty()) how.webhooks.private_targets = {"127.0.0.0/8", "::1/128"};
    return how;
}

// ------------------------------------------------------------------------------------------------ its store

result<base::duration> ahead_of(port::notebook& notes) {
    TRY(ahead, port::noted_number(notes, sandbox_ahead_note));
    return base::duration{ahead};
}

result<base::instant> now_of(port::notebook& notes) {
    TRY(ahead, ahead_of(notes));
    return port::system_clock().now() + ahead;
}

namespace {

std::unexpected<base::error> of_the_other_kind(const config& how, bool sandbox) {
    return refuse(code::config_invalid,
                  sandbox ? "The store " + how.store.path +
                                ", or its keys, are a sandbox's: they are served with "
                                "--sandbox only."
                          : "The store " + how.store.path +
                                " is not a sandbox's: --sandbox wants a data_dir of its own, which is new.");
}

result<void> begin_sandbox(const config& how, port::notebook& notes, port::journal& journal, base::instant machine) {
    TRY(position, journal.last_position());
    TRY(signing, notes.read(signing_note));
    if (position > 0 || signing || is_file_there(how.keys.signing_key_file)) return of_the_other_kind(how, false);
    const auto ahead = how.sandbox_from ? *how.sandbox_from - machine : base::duration{0};
    CHECK(replace_private_file(sandbox_file(how), "These keys, and the store that they belong to, are a sandbox's.\n"));
    return notes.write({{std::string(store_kind_note), std::string(sandbox_kind)},
                        {std::string(sandbox_ahead_note), std::to_string(ahead.count())}});
}

}  // namespace

result<void> claim_store(const config& how, port::notebook& notes, port::journal& journal, base::instant machine) {
    TRY(noted, notes.read(store_kind_note));
    const auto kind = noted.value_or("");
    if (!how.sandbox) {
        if (kind == sandbox_kind || is_file_there(sandbox_file(how))) return of_the_other_kind(how, true);
        return kind.empty() ? notes.write({{std::string(store_kind_note), std::string(real_kind)}}) : result<void>();
    }
    if (kind == real_kind) return of_the_other_kind(how, false);
    if (kind.empty()) return begin_sandbox(how, notes, journal, machine);
    if (!how.sandbox_from) return {};
    return not_here("--from",
                    "says when a new sandbox begins; this one has begun: POST /v1/sandbox/clock moves it on.");
}

// ------------------------------------------------------------------------------------------------ its clock

port::sandbox_clock sandbox_clockwork::read_clock() const {
    return {with_.clock->now(), with_.clock->ahead(), with_.waits ? with_.waits() : std::vector<std::string>()};
}

base::result<port::sandbox_clock> sandbox_clockwork::move_clock(base::instant to) {
    const std::unique_lock one(moving_, std::try_to_lock);
    if (!one.owns_lock())
        return refuse(code::unavailable, "The clock is being moved already; try again when it is done.");
    const auto now = with_.clock->now();
    if (to > now + furthest) return refuse(code::invalid, "That is more than ten years ahead.", {{"field", "to"}});
    with_.log->info("sandbox_clock_moves", "", {{"from", base::iso(now)}, {"to", base::iso(to)}});
    CHECK(settle());
    while (with_.clock->now() < to) {
        if (stopping_) return refuse(code::stopping, "The server is shutting down.");
        CHECK(step(to));
    }
    let_webhooks_end();
    return read_clock();
}

base::result<port::sandbox::wish> sandbox_clockwork::first_wish(const base::byte_array<16>& key,
                                                                const base::byte_array<16>& fingerprint,
                                                                base::instant wanted) {
    const std::scoped_lock held(wishes_mutex_);
    if (wishes_.size() >= wishes_max) wishes_.clear();
    const auto [at, fresh] = wishes_.try_emplace(key, fingerprint, wanted);
    if (!fresh && at->second.first != fingerprint)
        return refuse(code::idempotency_key_reused, "This Idempotency-Key was used for another request.");
    return wish{at->second.second, fresh};
}

/// To the next instant at which something comes due, or a day begins: so each day is foreseen and budgeted as it would
/// be, and what follows from something counts from when that was.
base::result<void> sandbox_clockwork::step(base::instant to) {
    const auto now = with_.clock->now();
    const base::instant midnight{(now.ms / day_ms + 1) * day_ms};
    TRY(next, with_.engine->next_due(std::min(to, midnight)));
    if (const auto answer = with_.peers->next_answer(next)) next = *answer;
    const auto by = next - with_.clock->now();
    if (by.count() > 0) {
        const auto ahead = with_.clock->ahead() + by;
        CHECK(with_.notes->write({{std::string(sandbox_ahead_note), std::to_string(ahead.count())}}));
        with_.clock->move(by);
    }
    CHECK(settle());
    if (with_.clock->now() >= midnight) let_webhooks_end();  // before what they wait to tell is too old
    return {};
}

bool sandbox_clockwork::is_at_rest() {
    if (!with_.peers->at_rest()) return false;
    const auto rests = with_.engine->at_rest();
    return rests && *rests && with_.peers->at_rest();
}

base::result<void> sandbox_clockwork::settle() {
    const auto until = std::chrono::steady_clock::now() + patience;
    with_.engine->time_has_moved();
    with_.peers->time_has_moved();
    for (bool errands_done = false; !stopping_;) {
        if (is_at_rest()) {
            if (errands_done || !with_.errands) return {};
            with_.errands();
            errands_done = true;
            continue;
        }
        errands_done = false;
        if (std::chrono::steady_clock::now() > until)
            return refuse(code::unavailable,
                          "What became due is not done yet; the clock stays where it is. Try again.");
        std::this_thread::sleep_for(pause);
        with_.engine->time_has_moved();
    }
    return refuse(code::stopping, "The server is shutting down.");
}

/// They have queues of their own, which hold up nothing else; whoever does not answer is not waited for.
void sandbox_clockwork::let_webhooks_end() {
    if (with_.courier == nullptr) return;
    with_.courier->poke();
    const auto until = std::chrono::steady_clock::now() + patience_with_webhooks;
    while (!stopping_ && !with_.courier->has_told_everything() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(pause);
}

// ------------------------------------------------------------------------------------------------ its peers

std::vector<port::pretended_message> sandbox_clockwork::messages(std::string_view to, std::int64_t after,
                                                                 std::size_t limit) const {
    return with_.peers->messages(to, after, limit);
}

std::vector<port::failure_trigger> sandbox_clockwork::triggers() const {
    const auto table = link::failure_triggers();
    return {table.begin(), table.end()};
}

base::result<void> sandbox_clockwork::take_reply(const port::customer_text& what) {
    auto from = base::msisdn::parse(what.from);
    if (!from) return refuse(code::invalid, "`from` is no number: " + from.error().words, {{"field", "from"}});
    const port::inbound_message text{
        std::move(*from), std::string(sandbox_number), what.text, with_.clock->now(), what.name, true};
    if (with_.customers && with_.customers(text)) return {};
    return refuse(code::unavailable, "The text could not be taken now; send it again.");
}

}  // namespace keepline::app
