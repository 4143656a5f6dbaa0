#include "app/instance.hpp"

#include "app/backup.hpp"
#include "app/certificate_dates.hpp"
#include "app/keys.hpp"
#include "app/policies_in_use.hpp"
#include "app/refund_gate.hpp"
#include "app/rules.hpp"
#include "app/start_checks.hpp"
#include "app/stop_detail.hpp"
#include "app/texts.hpp"
#include "app/upgrade.hpp"
#include "base/thread_name.hpp"
#include "desk/documents.hpp"
#include "desk/first_code.hpp"
#include "desk/name_index.hpp"
#include "domain/calendar_reach.hpp"
#include "engine/ending_budget.hpp"
#include "link/notice_text.hpp"
#include "link/spool_name.hpp"
#include "port/person.hpp"
#include "store/token_hold.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>

namespace keepline::app {

desk::token_rules token_rules(const tokens_config& how) {
    desk::token_rules out;
    out.kin = base::days{how.kin_days};
    out.staff_lives = base::days{how.staff_days};
    out.machine_lives = base::days{how.machine_days};
    out.session_longest = base::minutes{how.session_minutes};
    out.session_rests = base::minutes{how.session_idle_minutes};
    out.searches_hourly = static_cast<int>(how.searches_hourly);
    out.locks_hourly = static_cast<int>(how.locks_hourly);
    out.strangers_locks_hourly = static_cast<int>(how.strangers_locks_hourly);
    return out;
}

namespace {

/// Where messages are written to when there is no peer for them.
std::vector<std::filesystem::path> message_folders(const config& how) {
    std::vector<std::filesystem::path> out;
    if (how.sms.kind == "spool") out.emplace_back(how.sms.spool);
    if (how.mail.kind == "maildir") out.emplace_back(how.mail.maildir);
    return out;
}

}  // namespace

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

port::receipt_taken instance::receipt_gate::pass(const std::string& receipt, const std::string& outcome) {
    const std::shared_lock held(mutex);
    return open_to == nullptr ? port::receipt_taken::not_now : open_to->take_receipt(receipt, outcome);
}

void instance::receipt_gate::set(engine::engine* to) {
    const std::unique_lock held(mutex);
    open_to = to;
}

/// A customer's SMS. While there is no engine the SMSC keeps it.
bool instance::take_in(const port::inbound_message& what) {
    const std::shared_lock held(gate_.mutex);
    if (gate_.open_to == nullptr) return false;
    log_.info("sms_received", what.smsc_id, {{"whole", what.whole ? "yes" : "no"}});  // never its words or its sender
    auto& engine = *gate_.open_to;
    return desk::take_reply(
        {.read = [&engine](const port::stream_key& key) { return engine.read(key); },
         .submit = [&engine](engine::submission one,
                             engine::reply then) { engine.submit(std::move(one), std::move(then)); },
         .vault = vault_.get(),
         .routes = &routes_,
         .remembered = [this](const std::string& address) { return reply_notes_->find(address); },
         .log = &log_,
         .secrets = &*secrets_,
         .random = &random_,
         .strangers = &peers_->strangers(),
         .words = reply_words_},
        what);
}

result<std::unique_ptr<instance>> instance::open(const config& how, port::log& log, with_peers peers) {
    auto out = std::unique_ptr<instance>(new instance(how, log));
    CHECK(out->build(out->how_, peers));
    return out;
}

/// The store, the keys it belongs to, and the time. A key that is missing beside a store in use is refused before
/// anything is made.
result<void> instance::open_store(const config& how, with_peers wanted) {
    CHECK(check_store_is_there(how));
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_write));
    journal_ = std::move(journal);
    TRY(key, seal_key_of(how));
    TRY(notes, store::sqlite_notebook::open(how.store.path, key));
    notes_ = std::move(notes);
    CHECK(check_seen(how, *notes_));
    // Before anything is written into the notebook: it is sealed with the secret.
    TRY(secrets, load_secrets(how, *notes_, random_));
    secrets_.emplace(std::move(secrets));
    clock_ = std::make_unique<engine::trusted_clock>(
        machine_, *notes_, log_,
        engine::trusted_clock::settings{base::seconds{how.time.step_max_s}, base::hours{how.time.downtime_max_hours}});
    CHECK(clock_->start());
    if (wanted == with_peers::yes) CHECK(claim_store(how, *notes_, *journal_, clock_->now()));
    TRY(ahead, ahead_of(*notes_));
    time_ = std::make_unique<port::moved_clock>(*clock_, ahead);
    TRY(signing, load_signing(how, *notes_));
    signing_ = std::move(signing);
    TRY(keys_lock, store::server_lock::take_keys(how.keys.subscriber_keys_file));
    keys_lock_.emplace(std::move(keys_lock));
    TRY(vault, open_vault(how, *notes_, *journal_, was_covered(how)));
    vault_ = std::move(vault);
    return {};
}

void instance::drop_unused_keys(std::chrono::minutes older) {
    if (const auto dropped = vault_->drop_unused_keys(older); !dropped)
        log_.warning("keys_left", "", {{"reason", dropped.error().words}});
}

void instance::look_after(const config& how) {
    constexpr std::chrono::minutes under_way{10};  // whatever a key was made for is committed or refused by then
    drop_unused_keys(under_way);
    clock_->look();
    if (auto noted = note_seen(how, *notes_); !noted)
        log_.warning("mark_unwritten", "", {{"reason", noted.error().words}});
}

result<void> instance::reload_keys(const config& how) {
    // The ones from before are recognised, though they may be forgotten in the file by now: this process sealed with
    // them.
    const auto before = secrets_->seal_keys();
    CHECK(app::reload_keys(how, *notes_, random_, *secrets_, *signing_));
    auto keys = secrets_->seal_keys();
    journal_->seal_with(keys.front());
    token_table_->seal_with(keys.front());
    keys.insert(keys.end(), before.begin(), before.end());
    return seal_anew(how, *notes_, secrets_->ids().front(), keys, clock_->now());
}

/// A warning only: nothing waits, and nothing is wrong yet, so it is none of the troubles that /readyz names.
void instance::tell_of_calendars(const domain::rule_book& rules) {
    for (const auto& one : domain::calendar_reaches(rules, time_->now()))
        if (one.ends_soon()) log_.warning("calendar_ends", "", {{"reason", one.warning()}});
}

result<std::size_t> instance::reload_rules(const config& how) {
    TRY(rules, load_rules({how.policies.dir, how.policies.own}, {how.calendars.dir, how.calendars.own}));
    TRY(marks, marks_of({how.policies.dir, how.policies.own}, rules->policies));
    CHECK(keep_in_use(marks, *notes_, *journal_));
    tell_of_calendars(*rules);
    engine_->use_rules(std::move(rules));
    return marks.size();
}

/// Asked by the dispatcher only, which the engine runs. Where no SM-DP+ is ours, there is nothing to send.
port::activation_codes instance::codes_in_messages(const config& how) {
    if (how.smdp.empty()) return {};
    return [this, address = how.smdp.front().address](const base::msisdn& number, const base::iccid& iccid,
                                                      const base::label& contact) {
        return desk::first_code([this](const port::stream_key& key) { return engine_->read(key); }, address, number,
                                iccid, contact);
    };
}

result<void> instance::open_peers(const config& how) {
    TRY(texts, load_texts(how.messages.texts));
    reply_words_ = reply_words(*texts);
    texts_ = texts;
    message_words_ = [speaks = link::notice_voice{how.messages.operator_name, how.messages.hotline, texts}](
                         const std::string& kind, const std::string& language,
                         const std::map<std::string, std::string>& params) -> std::optional<std::string> {
        if (params.contains("code_nonce")) return std::nullopt;  // a code is told once
        auto text = link::render_sms(kind, language, speaks, params);
        return text ? std::optional(std::move(*text)) : std::nullopt;
    };
    if (how.sandbox)
        pretended_ = std::make_unique<link::pretended_peers>(link::pretended_peers::parts{
            time_.get(),
            [this](const std::string& receipt, const std::string& outcome) { return gate_.pass(receipt, outcome); },
            [this](const base::msisdn& number, const std::string& refund, bool settled) {
                return take_bank_word(number, refund, settled);
            }});
    TRY(opened,
        peers::open(how, {.vault = vault_.get(),
                          .secrets = &*secrets_,
                          .clock = time_.get(),
                          .log = &log_,
                          .signing = signing_,
                          .notes = notes_.get(),
                          .receipts = [this](const std::string& receipt,
                                             const std::string& outcome) { return gate_.pass(receipt, outcome); },
                          .inbound = [this](const port::inbound_message& what) { return take_in(what); },
                          .always_read =
                              [this](std::string_view text) {
                                  const auto word = desk::understand(reply_words_, text).word;
                                  return word == domain::reply_word::withdraw || word == domain::reply_word::not_me;
                              },
                          .routes = &routes_,
                          .codes = codes_in_messages(how),
                          .complaints =
                              [this](std::string_view policy) {
                                  const auto rules = engine_->rules();
                                  const auto* of = rules->policies.find(policy);
                                  return of == nullptr ? std::vector<domain::complaint_body>() : of->complaints;
                              },
                          .pretended = pretended_.get(),
                          .calls = call_backs_,
                          .news =
                              [this] {
                                  if (courier_) courier_->poke();
                                  tail_.ring();
                              }}));
    peers_ = std::move(opened);
    TRY(rules, provider_rules_of(how));
    provider_rules_ = std::move(rules);
    TRY(proof, proof_rules_of(how));
    proof_rules_ = std::move(proof);
    TRY(provider, open_provider(how, log_));
    provider_ = std::move(provider);
    desk::courier_settings carrying;
    carrying.backoff_first = base::duration{how.engine.backoff_first_ms};
    carrying.backoff_max = std::min(carrying.backoff_max, base::duration{how.engine.backoff_max_ms});
    courier_ = std::make_unique<desk::courier>(desk::courier::parts{.journal = journal_.get(),
                                                                    .clock = time_.get(),
                                                                    .notes = notes_.get(),
                                                                    .vault = vault_.get(),
                                                                    .log = &log_,
                                                                    .sender = &peers_->webhook_sender(),
                                                                    .fixed = peers_->configured_webhooks()},
                                               carrying);
    return courier_->start();
}

desk::journal_door instance::door() {
    return {[this](const port::stream_key& key) { return engine_->read(key); },
            [this](engine::submission what, engine::reply then) { engine_->submit(std::move(what), std::move(then)); }};
}

/// Once, where the rows were made in another way or with another secret; whoever stops it begins it again.
result<void> instance::index_names() {
    constexpr std::string_view note = "names.index";
    const auto mark = desk::name_index_mark(*secrets_);
    TRY(noted, notes_->read(note));
    if (noted == mark) return {};
    log_.info("names_indexed_anew", "", {{"what", "the forms by which people are found by name"}});
    TRY(changed, desk::index_names(*journal_, *vault_, *secrets_));
    log_.info("names_indexed", "", {{"people", std::to_string(changed)}});
    return notes_->write({{std::string(note), mark}});
}

result<void> instance::build(const config& how, with_peers wanted) {
    CHECK(make_folders(how));
    CHECK(store::server_lock::take(how.store.path));  // another server, or another name of its file, is said first
    if (wanted == with_peers::yes) CHECK(check_start(how, machine_.wall()));
    TRY(rules, load_rules({how.policies.dir, how.policies.own}, {how.calendars.dir, how.calendars.own}));
    for (const auto& empty : {empty_folder_of({how.policies.dir, how.policies.own}, ".toml"),
                              empty_folder_of({how.calendars.dir, how.calendars.own}, ".json")})
        if (!empty.empty()) log_.warning("own_folder_empty", "", {{"reason", empty}});
    notifiers_ = names_in(how.http.notifiers);
    CHECK(open_store(how, wanted));
    tell_of_calendars(*rules);
    TRY(marks, marks_of({how.policies.dir, how.policies.own}, rules->policies));
    CHECK(keep_in_use(marks, *notes_, *journal_));
    journal_->seal_with(secrets_->seal_key());
    if (!was_covered(how)) {
        TRY(streams, journal_->cover_first());
        if (streams > 0) log_.warning("store_covered_first", "", {{"streams", std::to_string(streams)}});
        CHECK(note_covered(how));
    }
    CHECK(seal_anew(how, *notes_, secrets_->ids().front(), secrets_->seal_keys(), clock_->now()));
    if (wanted == with_peers::yes) CHECK(index_names());
    TRY(anchor_key, load_anchor_key(how, *notes_));
    anchors_ = std::make_unique<anchor_keeper>(anchor_keeper::parts{journal_.get(), time_.get(), &log_, anchor_key,
                                                                    notes_.get(), [this] { return vault_->summary(); }},
                                               how.anchor);
    CHECK(anchors_->look_back());
    TRY(tokens, store::sqlite_tokens::open(how.store.path, secrets_->seal_key()));
    token_table_ = std::move(tokens);
    engine::engine::parts parts{
        .journal = journal_.get(), .clock = time_.get(), .random = &random_, .log = &log_, .rules = std::move(rules)};
    parts.notes = notes_.get();
    parts.vault = vault_.get();
    if (wanted == with_peers::yes) {
        CHECK(open_peers(how));
        parts.connectors = peers_->all();
    }
    auto settings = engine_settings(how.engine, how.time);
    settings.threads_per_destination[static_cast<std::size_t>(domain::destination::voice)] =
        static_cast<int>(how.hotline.calls_out);
    engine_ = std::make_unique<engine::engine>(std::move(parts), std::move(settings));
    reply_notes_ = std::make_unique<reply_notes>(
        reply_notes::parts{notes_.get(), &*secrets_, [this](const port::stream_key& key) { return engine_->read(key); },
                           [this](std::string_view id) { return engine_->read_public(id); }});
    CHECK(engine_->start());
    open_desk(how);
    return begin_work(how, wanted);
}

/// Whoever works with the engine on what people may and want.
void instance::open_desk(const config& how) {
    documents_ = std::make_unique<store::file_documents>(documents_of(how));
    auto rules = token_rules(how.tokens);
    rules.console_session = base::minutes{how.console.session_minutes};
    rules.console_idle = base::minutes{how.console.idle_minutes};
    tokens_ = std::make_unique<desk::token_register>(*token_table_, door(), *time_, log_, rules);
    clear_spools_ = [this, folders = message_folders(how)](const std::string& subscriber) {
        if (pretended_) pretended_->clear(subscriber);
        return link::clear_spools(folders, subscriber);
    };
    eraser_ = std::make_unique<desk::eraser>(
        door(),
        [this](const port::stream_filter& which, std::string_view after, std::size_t limit) {
            return engine_->list(which, after, limit);
        },
        [this] { return engine_->rules(); },
        desk::remains{vault_.get(), tokens_.get(), documents_.get(), clear_spools_}, *time_, log_);
    stops_ = std::make_unique<desk::stops>(
        door(), *notes_, log_, [this](const domain::let_go& what) { return go_on(what); },
        [this] { tokens_->look_for_troubles(); });
}

/// What came in while nobody was here, then the doors.
result<void> instance::begin_work(const config& how, with_peers wanted) {
    tokens_->take_up_files();
    stops_->take_up_noted();
    stops_->carry_out();
    tokens_->look_for_troubles();
    if (wanted == with_peers::yes) watch_tokens();
    anchors_->start();
    gate_.set(engine_.get());
    if (wanted == with_peers::yes && smdp_site::is_wanted(how)) {
        TRY(site, smdp_site::open(how, {engine_.get(), vault_.get(), &random_, time_.get(), &log_}));
        smdp_ = std::move(site);
    }
    if (pretended_) open_sandbox();
    if (wanted == with_peers::yes) watch_files(how);
    files_ = std::make_unique<file_import>(desk_parts());
    if (wanted == with_peers::yes) {
        plans_ = std::make_unique<plan_carrier>(desk_parts());
        plans_->start();
    }
    note_certificates();
    CHECK(note_program(*notes_));
    look_after(how);
    upkeep_ = std::make_unique<upkeep>([this] { look_after(how_); });
    return {};
}

instance::~instance() { stop(); }

/// Not in a sandbox: its time is not that of its files.
void instance::watch_files(const config& how) {
    if (sandbox_) return;
    file_retention_ = std::make_unique<file_retention>(file_retention::parts{
        message_folders(how), how.refund.folder, [this] { return engine_->rules(); },
        [this](std::string_view id) { return refund_is_open(id); }, time_.get(), notes_.get(), &log_});
}

/// Of a number that is somebody else's by now, nothing is; of one that cannot be read just now, everything.
bool instance::refund_is_open(std::string_view id) {
    const auto view = engine_->read_reference(id);
    if (!view) return view.error().what != base::code::not_found;
    if ((*view)->key.kind != port::stream_kind::number) return false;
    const auto* of = domain::find_refund((*view)->number(), id);
    return of != nullptr && of->id == id && domain::is_open(*of);
}

result<std::vector<port::notebook::note>> instance::go_on(const domain::let_go& what) {
    using notes = std::vector<port::notebook::note>;
    switch (what.what) {
        case domain::stop_kind::clock: return notes{{std::string(engine::clock_accept_note), what.detail}};
        case domain::stop_kind::endings: return notes{{std::string(engine::endings_accept_note), what.detail}};
        case domain::stop_kind::refunds: return notes{{std::string(held_refunds_note), ""}};
        case domain::stop_kind::tokens: {
            TRY(confirmed, store::confirm_tokens(how_.store.path, what.detail == everybody ? "" : what.detail,
                                                 secrets_->seal_keys()));
            log_.warning("tokens_confirmed", "", {{"holder", what.detail}, {"tokens", std::to_string(confirmed)}});
            tokens_->look_for_troubles();
            return notes{};
        }
        case domain::stop_kind::keys:
        case domain::stop_kind::anchors: return notes{};  // was done when it was noted, or by the start
    }
    return notes{};
}

void instance::remember_routes() {
    if (auto kept = reply_notes_->keep(routes_.take_changed()); !kept)
        log_.warning("reply_routes_unwritten", "", {{"reason", kept.error().words}});
}

void instance::watch_tokens() {
    token_watch_ = std::jthread([this](const std::stop_token& stop) {
        base::name_this_thread("kl-tokens");
        constexpr auto pause = std::chrono::milliseconds{100};
        for (int turn = 1; !stop.stop_requested(); ++turn) {
            std::this_thread::sleep_for(pause);
            if (turn % 5 == 0) tokens_->take_up_files();
            if (turn % 5 == 0) stops_->take_up_keys();
            if (turn % 5 == 0) stops_->carry_out();
            if (turn % 20 == 0) run_errands();
        }
    });
}

void instance::run_errands() {
    const std::scoped_lock held(errands_mutex_);
    eraser_->carry_out();
    remember_routes();
    sweep_documents();
    if (file_retention_) file_retention_->look();
}

void instance::sweep_documents() {
    const auto now = std::chrono::steady_clock::now();
    if (now < swept_at_ + std::chrono::hours{1}) return;
    swept_at_ = now;
    const auto swept =
        desk::sweep_documents(*documents_, [this](const port::stream_key& key) { return engine_->read(key); });
    if (!swept) return log_.warning("documents_unswept", "", {{"reason", swept.error().words}});
    if (*swept > 0) log_.info("documents_swept", "", {{"documents", std::to_string(*swept)}});
}

/// A pretended bank's, as the operator's systems would bring it. Whatever the answer is, it was heard.
bool instance::take_bank_word(const base::msisdn& number, const std::string& refund, bool settled) {
    const std::shared_lock held(gate_.mutex);
    if (gate_.open_to == nullptr) return false;
    engine::submission what;
    what.to = {port::stream_kind::number, number.text()};
    what.what = domain::number_command(domain::refund_answered{refund, settled});
    what.by = {domain::role::system, base::label::trusted("sandbox-bank")};
    what.correlation = "sandbox-" + refund;
    const auto done = gate_.open_to->submit_wait(std::move(what));
    return done || (done.error().what != base::code::stopping && done.error().what != base::code::storage_full &&
                    done.error().what != base::code::overloaded);
}

void instance::open_sandbox() {
    sandbox_ = std::make_unique<sandbox_clockwork>(
        sandbox_clockwork::parts{.engine = engine_.get(),
                                 .clock = time_.get(),
                                 .notes = notes_.get(),
                                 .peers = pretended_.get(),
                                 .courier = courier_.get(),
                                 .log = &log_,
                                 .errands = [this] { run_errands(); },
                                 .waits =
                                     [this] {
                                         std::vector<std::string> out;
                                         for (const auto& one : troubles())
                                             out.push_back(one.name + ": " + one.trouble);
                                         return out;
                                     },
                                 .customers = [this](const port::inbound_message& text) { return take_in(text); }});
    log_.warning("sandbox", "",
                 {{"clock", base::iso(time_->now())},
                  {"what", "the clock can be moved, the peers are pretended: nothing here is real"}});
}

void instance::end_errands() {
    if (sandbox_) sandbox_->stop();
    if (courier_) courier_->end_errands();
}

void instance::stop() {
    if (token_watch_.joinable()) {
        token_watch_.request_stop();
        token_watch_.join();
    }
    gate_.set(nullptr);
    if (plans_) plans_->stop();
    if (smdp_) smdp_->stop();
    if (engine_) engine_->stop();
    if (courier_) courier_->stop();
    if (reply_notes_) remember_routes();  // of what the last deliveries said
    if (upkeep_) drop_unused_keys({});    // nothing is under way any more
    if (anchors_) anchors_->stop();
    const bool looked = upkeep_ != nullptr;
    upkeep_.reset();
    if (!looked) return;
    static_cast<void>(clock_->keep_mark());
    look_after(how_);  // what the last deliveries wrote
}

std::vector<desk::peer_trouble> instance::troubles() const {
    auto out = peers_ ? peers_->troubles() : std::vector<desk::peer_trouble>();
    if (courier_)
        for (auto& one : courier_->troubles()) out.push_back({"webhook", std::move(one)});
    if (provider_)
        if (auto trouble = provider_->trouble(); !trouble.empty()) out.push_back({"oidc", std::move(trouble)});
    for (const auto& one : anchors_->troubles()) out.push_back({"anchors", one});
    if (auto doubt = clock_->trouble(); !doubt.empty()) out.push_back({"clock", std::move(doubt)});
    if (auto held = engine_->endings_trouble(); !held.empty()) out.push_back({"endings", std::move(held)});
    if (smdp_) out.insert(out.end(), smdp_->troubles().begin(), smdp_->troubles().end());
    for (auto& one : tokens_->troubles()) out.push_back({"tokens", std::move(one)});
    if (auto held = tokens_->held_trouble(); !held.empty()) out.push_back({"tokens_on_hold", std::move(held)});
    const std::lock_guard held(also_mutex_);
    if (also_)
        for (auto& one : also_->troubles()) out.push_back(std::move(one));
    return out;
}

std::vector<desk::counted_thing> instance::counts() const {
    const std::lock_guard held(also_mutex_);
    return also_ ? also_->counts() : std::vector<desk::counted_thing>();
}

void instance::watch_also(std::optional<another_part> of) {
    const std::lock_guard held(also_mutex_);
    also_ = std::move(of);
}

void instance::note_certificates() {
    auto dates = certificate_dates(how_);
    // DPtls is read again while we run; the others of its folder are those of the start.
    if (const auto data = load_smdp(how_, time_->now()))
        for (const auto& one : data->expiries)
            if (one.what == "DPtls") dates.push_back(one);
    const std::scoped_lock held(dates_mutex_);
    dates_ = std::move(dates);
}

std::optional<base::instant> instance::backup_made() {
    const auto note = notes_->read(backup_note);
    return note && *note ? base::instant_from_iso(**note) : std::nullopt;
}

desk::parts instance::desk_parts() {
    return {
        .core = engine_.get(),
        .vault = vault_.get(),
        .documents = documents_.get(),
        .tokens = tokens_.get(),
        .secrets = &*secrets_,
        .random = &random_,
        .clock = time_.get(),
        .log = &log_,
        .jwks = [key = signing_] { return key->jwks(); },
        .troubles = [this] { return troubles(); },
        .counts = [this] { return counts(); },
        .smdp = smdp_ ? &smdp_->shared() : nullptr,
        .notifiers = notifiers_,
        .messages = peers_ ? &peers_->messages() : nullptr,
        .token_rules = tokens_->rules(),
        .tokens_acknowledged = [this] { tokens_->look_for_troubles(); },
        .texts = texts_.get(),
        .verify_page = how_.portal.origin.empty() ? std::string() : how_.portal.origin + "/verify",
        .message_words = message_words_,
        .expiries =
            [this] {
                const std::scoped_lock held(dates_mutex_);
                return dates_;
            },
        .backup_made = [this] { return backup_made(); },
        .clear_spools = clear_spools_,
        .files_gone_of = [this](std::string_view data_class) { return file_retention::gone(*notes_, data_class); },
        .stopped = [this](domain::stop_kind what, std::int64_t most,
                          const std::string& holder) -> base::result<std::string> {
            if (what == domain::stop_kind::clock && !clock_->doubtful())
                return base::refuse(base::code::not_found, "The clock is not in doubt: there is nothing to accept.");
            return stop_detail(how_, *notes_, what, most, holder);
        },
        .import_file = [files = files_.get()](const desk::file_to_import& what) -> base::result<desk::imported_file> {
            if (files == nullptr) return base::refuse(base::code::unavailable, "Files are not taken here.");
            return files->take(what);
        },
        .webhooks = courier_.get(),
        .tail = &tail_,
        .numbers = {{how_.messages.own_numbers, how_.messages.special_numbers},
                    static_cast<int>(how_.messages.vouched_a_day),
                    static_cast<int>(how_.messages.orders_a_day)},
        .calls_back = callable_phones_of(how_),
        .sandbox = sandbox_.get(),
        .provider = provider_.get(),
        .provided = provider_rules_,
        .proof = proof_rules_,
        .portal_origin = how_.portal.origin,
        .console_origin = how_.console.origin};
}

}  // namespace keepline::app
