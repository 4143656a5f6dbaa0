#include "app/instance.hpp"

#include "app/keys.hpp"
#include "app/rules.hpp"

#include <mutex>

namespace keepline::app {

engine::settings engine_settings(const engine_config& how) {
    engine::settings out;
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
    auto out = std::unique_ptr<instance>(new instance(log));
    CHECK(out->build(how, peers));
    return out;
}

result<void> instance::build(const config& how, with_peers wanted) {
    CHECK(make_folders(how));
    TRY(rules, load_rules(how.policies.dir, how.calendars.dir));
    TRY(secrets, load_secrets(how.keys.secret_file, random_));
    secrets_.emplace(secrets);
    notifiers_ = names_in(how.http.notifiers);
    TRY(signing, link::signing_key::load_or_make(how.keys.signing_key_file));
    signing_ = std::move(signing);
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_write));
    journal_ = std::move(journal);
    TRY(vault, store::sqlite_vault::open(how.keys.subscriber_keys_file, how.keys.master_key_file, *journal_));
    vault_ = std::move(vault);
    TRY(tokens, store::sqlite_tokens::open(how.store.path));
    tokens_ = std::move(tokens);
    engine::engine::parts parts{
        .journal = journal_.get(), .clock = &clock_, .random = &random_, .log = &log_, .rules = std::move(rules)};
    if (wanted == with_peers::yes) {
        TRY(opened, peers::open(how, {.vault = vault_.get(),
                                      .secrets = &*secrets_,
                                      .clock = &clock_,
                                      .log = &log_,
                                      .signing = signing_,
                                      .receipts = [this](const std::string& receipt, const std::string& outcome) {
                                          return gate_.pass(receipt, outcome);
                                      }}));
        peers_ = std::move(opened);
        parts.connectors = peers_->all();
    }
    engine_ = std::make_unique<engine::engine>(std::move(parts), engine_settings(how.engine));
    core_ = std::make_unique<http::engine_core>(*engine_);
    CHECK(engine_->start());
    gate_.set(engine_.get());
    if (wanted == with_peers::yes && smdp_site::is_wanted(how)) {
        TRY(site, smdp_site::open(how, {core_.get(), vault_.get(), &random_, &clock_, &log_}));
        smdp_ = std::move(site);
    }
    return {};
}

instance::~instance() { stop(); }

void instance::stop() {
    gate_.set(nullptr);
    if (smdp_) smdp_->stop();
    if (engine_) engine_->stop();
}

std::vector<http::peer_trouble> instance::troubles() const {
    auto out = peers_ ? peers_->troubles() : std::vector<http::peer_trouble>();
    if (smdp_) out.insert(out.end(), smdp_->troubles().begin(), smdp_->troubles().end());
    return out;
}

http::parts instance::api_parts() {
    return {.core = core_.get(),
            .vault = vault_.get(),
            .tokens = tokens_.get(),
            .secrets = &*secrets_,
            .random = &random_,
            .clock = &clock_,
            .log = &log_,
            .jwks = [key = signing_] { return key->jwks(); },
            .troubles = [this] { return troubles(); },
            .smdp = smdp_ ? &smdp_->shared() : nullptr,
            .notifiers = notifiers_,
            .messages = peers_ ? &peers_->messages() : nullptr};
}

}  // namespace keepline::app
