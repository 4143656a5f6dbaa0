// What the folders above ask of the engine: a command to a stream, a look at one, what waits and what failed; and the
// values that go to and fro. `engine` is the one that runs, fake_front stands in for it in tests, and a journal that is
// open to be read only answers as far as it can (app/reading_core.hpp).
//
// Any thread may call. Replies of the running engine come on its writer thread: they must only hand the answer on (post
// to an executor, set a promise).
#pragma once

#include "engine/aggregates.hpp"
#include "port/metrics.hpp"
#include "port/vault.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace keepline::engine {

using base::instant;
using base::result;

/// A stream as it was right after one of its entries. Immutable, shared between threads.
struct stream_view {
    port::stream_key key;
    std::string public_id;
    std::uint64_t version = 0;
    any_state state;

    const domain::number_state& number() const { return std::get<domain::number_state>(state); }
    const domain::subscriber_state& subscriber() const { return std::get<domain::subscriber_state>(state); }
    const domain::credential_state& credential() const { return std::get<domain::credential_state>(state); }
    const domain::esim_state& esim() const { return std::get<domain::esim_state>(state); }
    const domain::claim_state& claim() const { return std::get<domain::claim_state>(state); }
    const domain::import_plan_state& plan() const { return std::get<domain::import_plan_state>(state); }
    /// What an ETag names and an If-Match must meet: of a number and a person without the notes of what was sent, so
    /// that a delivery receipt does not make a reviewer look again.
    std::uint64_t revision() const {
        if (const auto* of = std::get_if<domain::number_state>(&state)) return static_cast<std::uint64_t>(of->revision);
        if (const auto* of = std::get_if<domain::subscriber_state>(&state))
            return version - static_cast<std::uint64_t>(of->message_notes);
        return version;
    }
};
using view_ptr = std::shared_ptr<const stream_view>;

/// An Idempotency-Key as the caller scoped it (token and key hashed together), and what the request was.
struct idempotency {
    base::byte_array<16> key{};
    base::byte_array<16> fingerprint{};
};

struct submission {
    port::stream_key to;
    any_command what;
    domain::actor by;
    std::optional<domain::actor>
        second{};  // signed for it elsewhere (domain/import_plan/import_plan.hpp); never from a request
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<idempotency> once;
    std::optional<std::uint64_t> expected_revision;  // If-Match
    std::optional<domain::reservation> reserved;     // of the identifiers it names; see domain/claim/claim.hpp
    std::vector<port::vault_row> vault;              // committed together with the entry, only if there is one
    bool by_timer = false;                           // nobody asked: what it ends counts against the day's budget
    bool must_exist = true;  // not_found instead of starting a new stream; order_line, import_line,
                             // register_subscriber, provide_esim clear it
};

struct answer {
    view_ptr view;                  // after the command (of the first time, when replayed)
    std::vector<any_event> events;  // what happened; empty: it was already so
    bool replayed = false;          // the Idempotency-Key had been answered before
};

using reply = std::function<void(result<answer>)>;

/// A dead or waiting effect as staff see it.
struct effect_view {
    std::string id;  // of the effect, for retry
    domain::destination to = domain::destination::sms;
    std::string kind;     // the effect's name, and the notice's kind
    std::string line_id;  // public id of the stream
    int attempts = 0;
    bool dead = false;
    instant first_failed_at;
    instant next_at;
    std::string error_code;
    std::string error_words;
};

class front {
 public:
    virtual ~front() = default;

    /// The reply is called exactly once, after the commit, or at once with a refusal that needs no stream.
    virtual void submit(submission what, reply then) = 0;
    /// The last committed state. code::not_found.
    virtual result<view_ptr> read(const port::stream_key& key) = 0;
    virtual result<view_ptr> read_public(std::string_view public_id) = 0;
    /// By what messages call a case or a line (domain/reference.hpp). Whoever asks for somebody counts it first.
    virtual result<view_ptr> read_reference(std::string_view name) = 0;
    /// Those that were ever said to be on this eUICC, the first-made first. Whether they still are, each one says.
    virtual result<std::vector<port::stream_key>> streams_on(const base::eid& eid, std::size_t limit) = 0;
    /// Entries of a stream, for the history view and the CLI.
    virtual result<std::vector<port::entry>> history(const stream_view& of, std::uint64_t from_version,
                                                     std::size_t limit) = 0;
    virtual result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) = 0;
    /// Where the journal ends now, and what was written behind a place in it.
    virtual result<std::int64_t> last_position() = 0;
    virtual result<std::vector<port::change>> changes(std::int64_t after_position, std::size_t limit) = 0;
    /// Whose order runs under this matching ID; none: nobody's.
    virtual result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) = 0;
    /// The profile that has waited longest for this eUICC, but for the first `skip`; none: nothing waits for it.
    virtual result<std::optional<port::stream_key>> waiting_for(const base::eid& eid, std::size_t skip) = 0;
    result<std::optional<port::stream_key>> waiting_for(const base::eid& eid) { return waiting_for(eid, 0); }

    // -- what failed
    virtual result<std::vector<effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                            std::string_view after, std::size_t limit) = 0;
    virtual result<void> retry_effect(std::string_view id) = 0;                          // code::not_found
    virtual result<std::int64_t> retry_dead(std::optional<domain::destination> to) = 0;  // how many

    virtual std::shared_ptr<const domain::rule_book> rules() const = 0;
    virtual const port::engine_metrics& metrics() const = 0;
    virtual result<port::store_counts> counts() = 0;
    virtual result<port::failed_counts> count_failed() = 0;
    /// Takes work, and what time brings: not while the clock is in doubt.
    virtual bool ready() const = 0;
};

}  // namespace keepline::engine
