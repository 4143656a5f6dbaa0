#include "app/instance.hpp"

#include "app/keys.hpp"
#include "app/refund_gate.hpp"
#include "app/rules.hpp"

#include <mutex>

namespace keepline::app {

engine::settings engine_settings(const engine_config& how, const time_config& time) {
    engine::settings out;
    out.endings_floor = time.endings_floor;
    out.endings_percent = time.endings_percent;
    const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    out.batch_max = size(how.batch_max);
    out.queue_max = size(how.queue_max);
    out.cached_streams = size(how.cached_streams);
    out.remembered_keys = size(how.remembered_keys);
    out.remember_for = base::hours{how.remember_for_hours};
    out.sweep_every = base::duration{how.sweep_every_ms};
    out.backoff_first = base::duration{how.backoff_first_ms};
    out.backoff_max = base::duration{how.backoff_max_ms};
    out.attempts_max = static_cast<int>(how.attempts_max);
    out.lane_memory = size(how.lane_memory);
    const auto threads = [&](domain::destination of) -> int& {
        return out.threads_per_destination[static_cast<std::size_t>(of)];
    };
    threads(domain::destination::sms) = static_cast<int>(how.sms_threads);
    threads(domain::destination::mail) = static_cast<int>(how.mail_threads);
    threads(domain::destination::hlr) = static_cast<int>(how.hlr_threads);
    threads(domain::destination::refund) = static_cast<int>(how.refund_threads);
    threads(domain::destination::webhook) = static_cast<int>(how.webhook_threads);
    return out;
}

namespace {

/// "a, b" → a, b
std::vector<std::string> names_in(std::string_view list) {
    std::vector<std::string> out(1);
    for (const char c : list) {
        if (c == ',')
            out.emplace_back();
        else if (c != ' ')
            out.back() += c;
    }
    std::erase(out, std::string());
    return out;
}

}  // namespace

bool instance::receipt_gate::pass(const std::string& receipt, const std::string& outcome) {
    const std::shared_lock held(mutex);
    return open_to != nullptr && open_to->receipt(receipt, outcome);
}

void instance::receipt_gate::set(engine::engine* to) {
    const std::unique_lock held(mutex);
    open_to = to;
}

result<std::unique_ptr<instance>> instance::open(const config& how, port::log& log, with_peers peers) {
    auto out = std::unique_ptr<instance>(new instance(how, log));
    CHECK(out->build(out->how_, peers));
    return out;
}

/// The store, the keys it belongs to, and the time. A key that is missing beside a store in use is refused before
/// anything is made.
result<void> instance::open_store(const config& how) {
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_write));
    journal_ = std::move(journal);
    TRY(notes, store::sqlite_notebook::open(how.store.path));
    notes_ = std::move(notes);
    CHECK(check_seen(how, *notes_));
    clock_ = std::make_unique<engine::trusted_clock>(
        machine_, *notes_, log_,
        engine::trusted_clock::settings{base::seconds{how.time.step_max_s}, base::hours{how.time.downtime_max_hours}});
    CHECK(clock_->start());
    TRY(secrets, load_secrets(how, *notes_, random_));
    secrets_.emplace(std::move(secrets));
    TRY(signing, load_signing(how, *notes_));
    signing_ = std::move(signing);
    TRY(vault, open_vault(how, *notes_, *journal_));
    vault_ = std::move(vault);
    return {};
}

void instance::look_after(const config& how) {
    clock_->look();
    if (auto noted = note_seen(how, *notes_); !noted)
        log_.warning("mark_unwritten", "", {{"reason", noted.error().words}});
    if (how.refund.debtor_account.empty()) return;
    if (auto noted = note_refund_log(how.refund.folder, *notes_); !noted)
        log_.warning("refund_log_unnoted", "", {{"reason", noted.error().words}});
}

result<void> instance::reload_keys(const config& how) {
    return app::reload_keys(how, *notes_, random_, *secrets_, *signing_);
}

result<void> instance::build(const config& how, with_peers wanted) {
    CHECK(make_folders(how));
    TRY(rules, load_rules(how.policies.dir, how.calendars.dir));
    notifiers_ = names_in(how.http.notifiers);
    CHECK(open_store(how));
    TRY(tokens, store::sqlite_tokens::open(how.store.path));
    tokens_ = std::move(tokens);
    engine::engine::parts parts{
        .journal = journal_.get(), .clock = clock_.get(), .random = &random_, .log = &log_, .rules = std::move(rules)};
    parts.notes = notes_.get();
    if (wanted == with_peers::yes) {
        TRY(opened, peers::open(how, {.vault = vault_.get(),
                                      .secrets = &*secrets_,
                                      .clock = clock_.get(),
                                      .log = &log_,
                                      .signing = signing_,
                                      .notes = notes_.get(),
                                      .receipts = [this](const std::string& receipt, const std::string& outcome) {
                                          return gate_.pass(receipt, outcome);
                                      }}));
        peers_ = std::move(opened);
        parts.connectors = peers_->all();
    }
    engine_ = std::make_unique<engine::engine>(std::move(parts), engine_settings(how.engine, how.time));
    core_ = std::make_unique<http::engine_core>(*engine_);
    CHECK(engine_->start());
    gate_.set(engine_.get());
    if (wanted == with_peers::yes && smdp_site::is_wanted(how)) {
        TRY(site, smdp_site::open(how, {core_.get(), vault_.get(), &random_, clock_.get(), &log_}));
        smdp_ = std::move(site);
    }
    look_after(how);
    upkeep_ = std::make_unique<upkeep>([this] { look_after(how_); });
    return {};
}

instance::~instance() { stop(); }

void instance::stop() {
    gate_.set(nullptr);
    if (smdp_) smdp_->stop();
    if (engine_) engine_->stop();
    const bool looked = upkeep_ != nullptr;
    upkeep_.reset();
    if (!looked) return;
    static_cast<void>(clock_->keep_mark());
    look_after(how_);  // what the last deliveries wrote
}

std::vector<http::peer_trouble> instance::troubles() const {
    auto out = peers_ ? peers_->troubles() : std::vector<http::peer_trouble>();
    if (auto doubt = clock_->trouble(); !doubt.empty()) out.push_back({"clock", std::move(doubt)});
    if (auto held = engine_->endings_trouble(); !held.empty()) out.push_back({"endings", std::move(held)});
    if (smdp_) out.insert(out.end(), smdp_->troubles().begin(), smdp_->troubles().end());
    return out;
}

http::parts instance::api_parts() {
    return {.core = core_.get(),
            .vault = vault_.get(),
            .tokens = tokens_.get(),
            .secrets = &*secrets_,
            .random = &random_,
            .clock = clock_.get(),
            .log = &log_,
            .jwks = [key = signing_] { return key->jwks(); },
            .troubles = [this] { return troubles(); },
            .smdp = smdp_ ? &smdp_->shared() : nullptr,
            .notifiers = notifiers_,
            .messages = peers_ ? &peers_->messages() : nullptr};
}

}  // namespace keepline::app
