// The tokens as the journal has them, before the table in which requests look them up: nothing opens a door that the
// journal does not say is in force, whoever can write the table. What the command line wrote there, past the API, is
// taken up here: journalled, logged loudly, published, and a trouble until an administrator acknowledges it.
//
// Any thread but the engine's writer (a look-up may wait for a commit).
#pragma once

#include "engine/engine.hpp"
#include "port/clock.hpp"
#include "port/log.hpp"
#include "port/tokens.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::result;

struct token_rules {
    base::duration kin = base::days{30};          // how long who made a token counts as its holder
    base::duration staff_lives = base::days{90};  // a token of staff, unless it says less
    base::duration staff_longest = base::days{366};
    base::duration machine_lives = base::days{366};
    base::duration session_longest = base::hours{1};
    base::duration session_rests = base::minutes{20};  // then it ends, unless somebody uses it
    base::duration console_session = base::hours{8};   // of an account, at the longest …
    base::duration console_idle = base::minutes{30};   // … and while nothing is asked
    int searches_hourly = 120;                         // by one member of staff
    int locks_hourly = 20;
    int strangers_locks_hourly = 60;  // by all who call without proof, together
};

/// The engine, as far as tokens go.
struct journal_door {
    std::function<result<engine::view_ptr>(const port::stream_key&)> read;
    std::function<void(engine::submission, engine::reply)> submit;
};

port::stream_key credential_stream(domain::role as, const base::label& holder);

class token_register final : public port::token_store {
 public:
    token_register(port::token_store& table, journal_door to, const port::clock& clock, port::log& log,
                   token_rules rules)
        : table_(table), to_(std::move(to)), clock_(clock), log_(log), rules_(rules) {}

    result<std::optional<port::token_record>> find(std::string_view digest) override;
    void note_used(const domain::actor& by, const std::string& digest) override;
    result<void> add(const port::token_record& token) override;
    result<std::vector<port::token_record>> all() override { return table_.all(); }
    result<int> revoke(bool customer, std::string_view holder, instant at) override {
        return table_.revoke(customer, holder, at);
    }
    result<void> take_up(const port::token_record& token) override;  // if the journal has it
    result<std::vector<port::token_record>> not_in_journal() override { return table_.not_in_journal(); }

    /// What was made or revoked past the API. At the start, and every second or so.
    void take_up_files();
    /// In words; without names, because anybody may read them.
    std::vector<std::string> troubles();
    /// The same of those that a restore holds; empty: none.
    std::string held_trouble();
    /// Counts again what nobody has acknowledged: reads the whole table.
    void look_for_troubles();
    const token_rules& rules() const { return rules_; }

 private:
    result<std::optional<port::token_record>> from_journal(port::token_record row);
    result<void> journal(const port::token_record& row);
    result<engine::answer> carry_out(const port::token_record& of, domain::credential_command what);
    void note_use(const port::token_record& used);
    bool rests_too_long(const domain::held_token& session);
    void write_use(const domain::actor& by, const std::string& digest);

    port::token_store& table_;
    journal_door to_;
    const port::clock& clock_;
    port::log& log_;
    token_rules rules_;
    std::mutex mutex_;
    int unacknowledged_ = 0;
    int on_hold_ = 0;                                      // since a restore
    int unacknowledged_acts_ = 0;                          // of the console (domain::went_on)
    std::unordered_map<std::string, std::int64_t> noted_;  // digest -> day of the last use that was written
    std::unordered_map<std::string, instant> used_;        // digest of a session -> its last use here
};

/// Has there never been but one administrator, so that nobody could ever sign for them? Who revokes all the others is
/// not the first one again: the way back is the command line's, with access to the store.
bool is_lone_admin(const std::vector<port::token_record>& all);
/// Has `who`, who asked for something at `asked_at`, a token of that role and person in force, and were theirs not
/// ended since, as their stream (credential_stream) has it? A customer's session may have run out since. Whom the
/// journal never named had nothing that could be revoked: that, too, would stand there.
result<bool> holds_token(const result<engine::view_ptr>& stream, const domain::actor& who, base::instant asked_at,
                         base::instant now);
/// No administrator is in force but those that the command line made past the API (domain::acknowledge_tokens).
bool are_all_admins_by_file(const std::vector<port::token_record>& all, base::instant now);
/// Another credential of staff or machines goes by one of these names, and is not that of whoever makes it: of another
/// human being, or one that the same one has already.
bool is_anothers_name(const std::vector<port::token_record>& all, const domain::actor& made, const domain::actor& by,
                      base::instant now);

}  // namespace keepline::desk
