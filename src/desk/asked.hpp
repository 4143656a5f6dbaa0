// One request in the hands of its use case, and the few steps that most use cases share. Only for the desk's own files,
// and for what one door alone is asked (ES9+, a sandbox). Everything here runs on the caller's executor unless it says
// otherwise.
#pragma once

#include "base/aside.hpp"
#include "base/places.hpp"
#include "desk/day_counts.hpp"
#include "desk/doorkeeper.hpp"
#include "desk/hour_brake.hpp"
#include "desk/parts.hpp"
#include "desk/plans_under_way.hpp"
#include "desk/request.hpp"
#include "desk/shown_once.hpp"
#include "desk/views.hpp"

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>

namespace keepline::desk {

using base::label;

/// What an archive under way has: it is given back when the archive goes.
struct archive_places {
    base::places::held of_one;
    base::places::held in_all;
};

/// How many references all callers together may look up: twelve digits are not found by trying.
class lookup_budget {
 public:
    bool take(instant now) {
        const std::scoped_lock held(mutex_);
        if (now >= began_ + base::hours{1} || now < began_) {
            began_ = now;
            used_ = 0;
        }
        return used_++ < hourly;
    }

 private:
    static constexpr int hourly = 3'600;
    std::mutex mutex_;
    instant began_;
    int used_ = 0;
};

/// Shared by all requests of one desk.
struct services {
    parts with;
    doorkeeper doors;
    shown_once secrets_shown{};
    plans_under_way plans{};  // before the threads below, which finish what they have
    base::aside side{2, 1024};
    lookup_budget lookups{};
    day_counts vouched{};                   // addresses, by new subscribers
    day_counts ordered{};                   // lines, by who ordered them
    day_counts sign_ins{};                  // of strangers, by caller
    shown_once sign_ins_told{};             // by caller, number and way, for the gap between two codes
    hour_brake strangers_codes{5'000};      // to sign in, at this node
    day_counts staff_failures{};            // of signing in with an account, by account and by caller
    hour_brake strangers_passwords{3'600};  // that are tried from where nobody of the name signed in
    hour_brake strangers_returns{1'000};    // from the provider of identities, from where nobody came in today
    day_counts names_searched{};            // by person and hour
    day_counts message_questions{};         // of strangers, by caller
    hour_brake strangers_lookups{3'600};
    hour_brake strangers_locks{with.token_rules.strangers_locks_hourly};  // lines that whoever calls had locked
    hour_brake calls_noted{600};      // calls in which nothing was proved, in the journal
    hour_brake withheld_losses{200};  // numbers that callers without a number of their own named as lost
    base::places archives_of_one{1};  // by subscriber; see backups.cpp
    base::places archives_in_all{8};
    base::aside archives{2, 256};
    base::aside webhooks{1, 64};  // takes up what was changed of them
    /// Messages to webhooks that somebody asked for: each lasts as long as its receiver likes, within its time limit.
    base::aside errands{2, 64};
    /// Pictures are decoded and written anew: each takes up to some seconds and 250 MB, so two at once.
    base::aside pictures{2, 32};
    /// Passwords: each takes 64 MiB and a tenth of a second.
    base::aside passwords{1, 32};
    base::aside known_passwords{1, 32};   // of whoever signed in from there before: strangers take none of these
    base::aside provider_calls{4, 64};    // to the provider of identities: each waits for it
    base::aside provider_logouts{1, 32};  // what it, or a stranger, says of who signed out there
    /// Whole files of lines: each takes long and is large, so few at once, and few that wait.
    base::aside files{2, 8};
};

struct asked : request {
    services* at = nullptr;
    std::array<std::string, 2> ids{};  // what it is about
    bool answered = false;

    virtual ~asked() = default;
    /// The end of the request: this or its answer, once.
    virtual void refuse(const base::error& why) = 0;

    engine::front& core_of() const { return *at->with.core; }
    const port::secrets& secrets() const { return *at->with.secrets; }
    instant now() const { return at->with.clock->now(); }
    domain::role role() const { return who.who.as; }
    bool is_customer() const { return role() == domain::role::subscriber; }
    reader shown_to() const { return is_customer() ? reader::customer : reader::staff; }
};
using asked_ptr = std::shared_ptr<asked>;

/// Answers with code::internal if `work` throws (out of memory, say): nothing leaves this folder as an exception.
template <typename Work>
void guarded(const asked_ptr& c, Work&& work) {
    try {
        work();
    } catch (const std::exception&) {
        if (!c->answered) c->refuse({base::code::internal, "Something went wrong on our side; try again."});
    }
}
/// Runs `work` on a side thread, and then what it returned on the caller's executor.
using afterwards = std::function<void()>;
void run_aside(const asked_ptr& c, std::function<afterwards()> work);
/// The same on other threads.
void run_on(base::aside& where, const asked_ptr& c, std::function<afterwards()> work);

/// code::invalid unless `value` has 1 (or 0 when `may_be_empty`) to `max` bytes and no control characters.
result<void> check_text(std::string_view field, std::string_view value, std::size_t max, bool may_be_empty = false);

// -- lines and closures

inline port::stream_key key_of_number(const base::msisdn& number) { return {port::stream_kind::number, number.text()}; }
inline port::stream_key key_of_subscriber(const label& id) { return {port::stream_kind::subscriber, id.text()}; }

/// The line's stream. A customer sees their own only: everything else is not_found.
result<engine::view_ptr> line_for(const asked& c, std::string_view line_id);
struct case_name {
    std::string line_id;
    int number = 0;
};
/// 1, 2, … as it stands in a path.
std::optional<int> serial_in(std::string_view text);
std::optional<case_name> parse_closure_id(std::string_view id);
struct found_case {
    engine::view_ptr view;
    int number = 0;
    const domain::past_closure* past = nullptr;  // null: it is view->number().current
};
/// Of closures from before a customer's own time with the number: not_found as well.
result<found_case> case_for(const asked& c, std::string_view closure_id);

// -- sending a command. Continuations get the request as the caller of these has it (its own type).

/// A submission with everything that the request says about it. `step` sets apart the commands of one request.
engine::submission submission_of(const asked& c, port::stream_key to, engine::any_command what,
                                 std::string_view step = {});
/// About what the caller does, into the stream of who does it: counted and kept. Without the request's key, which is
/// that of what it is about.
engine::submission note_of(const asked& c, const label& holder, domain::credential_command what);

void submit_as_it_is(const asked_ptr& c, engine::submission what,
                     std::function<void(const result<engine::answer>& done)> next);

template <typename Asked, typename... Args>
using next_with = std::function<void(const std::shared_ptr<Asked>& c, Args...)>;

/// Submits; `next` runs on the caller's executor once the command is committed, or refused.
template <typename Asked>
void submit_whatever(const std::shared_ptr<Asked>& c, engine::submission what,
                     std::type_identity_t<next_with<Asked, const result<engine::answer>&>> next) {
    submit_as_it_is(c, std::move(what),
                    [c, next = std::move(next)](const result<engine::answer>& done) { next(c, done); });
}
/// The same; a refusal is the request's answer.
template <typename Asked>
void submit(const std::shared_ptr<Asked>& c, engine::submission what,
            std::type_identity_t<next_with<Asked, const engine::answer&>> next) {
    submit_as_it_is(c, std::move(what), [c, next = std::move(next)](const result<engine::answer>& done) {
        if (!done) return c->refuse(done.error());
        next(c, *done);
    });
}

/// Proof that came with a command and failed: it was counted, and to the caller it is a refusal.
std::optional<base::error> failed_proof(const engine::answer& done);
/// Where it was compared with what is on file, and is another one.
std::optional<base::error> mismatched_proof(const engine::answer& done);

}  // namespace keepline::desk
