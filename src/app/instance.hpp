// The composition root: everything between the configuration and the sockets, built in the order in which it depends on
// one another and taken down in the reverse. `serve` puts an HTTP server before it; an offline import uses it as it is.
#pragma once

#include "app/anchor_keeper.hpp"
#include "app/config.hpp"
#include "app/file_import.hpp"
#include "app/file_retention.hpp"
#include "app/keys.hpp"
#include "app/machine_clocks.hpp"
#include "app/peers.hpp"
#include "app/plan_carrier.hpp"
#include "app/provider.hpp"
#include "app/reply_notes.hpp"
#include "app/sandbox.hpp"
#include "app/smdp_site.hpp"
#include "app/system_random.hpp"
#include "app/upkeep.hpp"
#include "desk/courier.hpp"
#include "desk/erasure.hpp"
#include "desk/parts.hpp"
#include "desk/replies.hpp"
#include "desk/stops.hpp"
#include "desk/token_register.hpp"
#include "engine/engine.hpp"
#include "engine/trusted_clock.hpp"
#include "store/file_documents.hpp"
#include "store/server_lock.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_tokens.hpp"
#include "store/sqlite_vault.hpp"
#include "text/book.hpp"

#include <mutex>
#include <shared_mutex>
#include <thread>

namespace keepline::app {

class instance {
 public:
    enum class with_peers { yes, no };  // no: effects wait in the journal for a server

    /// Takes the lock of the data directory (code::unavailable when a server has it) and starts the engine. `log`
    /// outlives it.
    static result<std::unique_ptr<instance>> open(const config& how, port::log& log, with_peers peers);
    ~instance();  // stop()
    instance(const instance&) = delete;
    instance& operator=(const instance&) = delete;

    /// Commits and answers what is queued, lets running deliveries end. Twice is harmless.
    void stop();
    /// Before the listeners stop: what waits for others, because somebody asked, is given up.
    void end_errands();

    desk::parts desk_parts();
    engine::engine& engine() { return *engine_; }
    store::sqlite_vault& vault() { return *vault_; }
    /// Reads policies and calendars again, all or none; how many policies there are. One in use that is gone, or
    /// changed under its version, is refused.
    result<std::size_t> reload_rules(const config& how);
    /// Reads the keys again, after `keepline keys rotate`.
    result<void> reload_keys(const config& how);
    smdp_site* smdp() { return smdp_.get(); }  // null: none is configured
    /// Looks again at when the certificates expire that TLS shows; after they were read.
    void note_certificates();
    /// What else stands in /readyz and in /metrics: of a part that is not ours.
    struct another_part {
        std::function<std::vector<desk::peer_trouble>()> troubles;
        std::function<std::vector<desk::counted_thing>()> counts;
    };
    void watch_also(std::optional<another_part> of);
    /// For the hotline: who makes calls back.
    port::call_back_switch& call_backs() { return *call_backs_; }

 private:
    /// Where late receipts come in: open while there is an engine.
    struct receipt_gate {
        std::shared_mutex mutex;
        engine::engine* open_to = nullptr;
        port::receipt_taken pass(const std::string& receipt, const std::string& outcome);
        void set(engine::engine* to);
    };

    instance(config how, port::log& log) : how_(std::move(how)), log_(log) {}
    bool take_in(const port::inbound_message& what);
    void watch_tokens();
    void run_errands();
    void sweep_documents();
    bool take_bank_word(const base::msisdn& number, const std::string& refund, bool settled);
    void open_sandbox();
    void remember_routes();
    result<std::vector<port::notebook::note>> go_on(const domain::let_go& what);
    void watch_files(const config& how);
    bool refund_is_open(std::string_view id);
    std::unique_ptr<store::file_documents> documents_;
    std::chrono::steady_clock::time_point swept_at_{};  // the documents that no journal names
    std::unique_ptr<file_retention> file_retention_;    // null: nothing is written to folders here
    std::function<base::result<void>(const std::string&)> clear_spools_{};
    desk::journal_door door();
    result<void> build(const config& how, with_peers wanted);
    result<void> index_names();
    void tell_of_calendars(const domain::rule_book& rules);
    void open_desk(const config& how);
    result<void> begin_work(const config& how, with_peers wanted);
    result<void> open_store(const config& how, with_peers wanted);
    port::activation_codes codes_in_messages(const config& how);
    result<void> open_peers(const config& how);
    void look_after(const config& how);
    void drop_unused_keys(std::chrono::minutes older);
    std::vector<desk::peer_trouble> troubles() const;
    std::vector<desk::counted_thing> counts() const;
    std::optional<base::instant> backup_made();

    const config how_;
    port::log& log_;
    machine_clocks machine_;
    system_random random_;
    std::vector<std::string> notifiers_;
    std::unique_ptr<store::sqlite_journal> journal_;
    std::unique_ptr<store::sqlite_notebook> notes_;
    std::unique_ptr<engine::trusted_clock> clock_;  // of this machine
    std::unique_ptr<port::moved_clock> time_;       // what everybody goes by: the same, but in a sandbox
    std::optional<port::secrets> secrets_;
    std::shared_ptr<link::signing_keys> signing_;
    std::optional<store::server_lock> keys_lock_;
    std::unique_ptr<store::sqlite_vault> vault_;
    std::unique_ptr<store::sqlite_tokens> token_table_;
    std::unique_ptr<desk::token_register> tokens_;  // over the table, as the journal has them
    std::unique_ptr<anchor_keeper> anchors_;
    receipt_gate gate_;
    mutable std::mutex also_mutex_;
    std::optional<another_part> also_{};
    std::mutex dates_mutex_;
    std::vector<desk::certificate_expiry> dates_;  // of what TLS shows
    port::reply_routes routes_;
    desk::reply_table reply_words_;
    std::shared_ptr<const text::book> texts_;
    std::function<std::optional<std::string>(const std::string&, const std::string&,
                                             const std::map<std::string, std::string>&)>
        message_words_;
    std::unique_ptr<reply_notes> reply_notes_;
    std::unique_ptr<link::pretended_peers> pretended_;  // null: no sandbox
    port::tail tail_;                                   // rings when there is news
    std::shared_ptr<port::call_back_switch> call_backs_ = std::make_shared<port::call_back_switch>();
    std::unique_ptr<peers> peers_;
    desk::provider_rules provider_rules_;
    desk::proof_rules proof_rules_;
    std::unique_ptr<link::oidc_provider> provider_;  // null: none is configured
    std::unique_ptr<desk::courier> courier_;         // reads the journal, sends by the peers
    std::unique_ptr<engine::engine> engine_;         // gone before the peers: a delivery may still run when it stops
    std::unique_ptr<desk::eraser> eraser_;
    std::unique_ptr<desk::stops> stops_;
    std::unique_ptr<smdp_site> smdp_;  // gone before the engine: its pool submits to it
    std::unique_ptr<upkeep> upkeep_;
    std::unique_ptr<file_import> files_;
    std::unique_ptr<plan_carrier> plans_;  // gone before the SM-DP+ and the engine
    std::unique_ptr<sandbox_clockwork> sandbox_;
    std::mutex errands_mutex_;
    std::jthread token_watch_;  // what the command line writes into the table beside us; gone first
};

engine::settings engine_settings(const engine_config& how, const time_config& time);
desk::token_rules token_rules(const tokens_config& how);

}  // namespace keepline::app
