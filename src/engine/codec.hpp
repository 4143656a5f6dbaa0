// Between the core's values and the journal's text: states, events, effects and what is derived from them. Pure; any
// thread. The write path encodes straight into strings; decoding (through a DOM) happens on a cache miss, for history
// and after a restart.
#pragma once

#include "engine/engine.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::engine {

/// What an entry remembers about its cause, beside its events.
struct entry_meta {
    domain::actor by;
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<domain::actor> second{};  // who signed for it
};
BOOST_DESCRIBE_STRUCT(entry_meta, (), (by, through, correlation, second))

/// A stream before its first entry.
stream_view empty_view(const port::stream_key& key);
/// The hash that the first entry of a stream is chained to: two streams can never swap their histories.
base::digest chain_start(const port::stream_key& key);

std::string encode_state(const stream_view& of);
/// The row's snapshot as the state it was taken of; the state of now is load_view()'s to give (history.hpp).
result<stream_view> decode_snapshot(const port::stream& row);
result<std::vector<any_event>> decode_events(port::stream_kind kind, std::string_view text);
result<std::vector<domain::effect>> decode_effects(std::string_view text);
result<entry_meta> decode_meta(std::string_view text);

/// Folds one event into the view's state.
void evolve(stream_view& into, const any_event& what);

/// A number whose HLR contradicts the journal is listed under this, beside the stages of closures.
inline constexpr const char* stage_of_mismatch = "network_mismatch";
/// Of persons: their erasure waits or is half done; they have no line, and are kept for a while yet; nothing is left.
inline constexpr const char* stage_of_erasure = "erasure";
inline constexpr const char* stage_of_kept_person = "kept_after_end";
inline constexpr const char* stage_of_erased = "erased";
/// Its case is closed, and its owner says that the certificate is wrong.
inline constexpr const char* stage_of_dispute = "disputed";
/// A credential with an account (domain/credential/account.hpp), so that all of them are found.
inline constexpr const char* stage_of_account = "account";
/// Plans that wait, that are to be carried out, whose key is to be destroyed, and of which only the counts are left.
/// (store/sqlite_reads.cpp lists plans by how these begin.)
inline constexpr const char* stage_of_waiting_plan = "plan_waiting";
inline constexpr const char* stage_of_signed_plan = "plan_signed";
inline constexpr const char* stage_of_plan_over = "plan_over";
inline constexpr const char* stage_of_plan_kept = "plan_kept";
/// What does not hold of the state, in words (domain: unsound); nothing: it is sound.
std::optional<std::string> unsound(const stream_view& of);
port::stream_index index_of(const stream_view& of);
/// What waits there for a second person; null: nothing ever does on this kind of stream.
const domain::second_requests* asked_of(const stream_view& of);
std::optional<instant> next_due_of(const stream_view& of);
const std::string& language_of(const stream_view& of);

/// Idempotency key of one effect: the same on every try and after every restart, different for every effect.
std::string outbound_key(const base::digest& entry, std::size_t index);
/// "send_notice:approved": an effect as staff see it.
std::string kind_of_effect(const domain::effect& what);

}  // namespace keepline::engine
