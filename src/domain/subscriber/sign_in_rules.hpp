// The rules of signing in with a code, as the subscriber's stream has them, for
// subscriber.cpp; and what of them the shell asks before it counts. Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/subscriber/commands.hpp"
#include "domain/subscriber/events.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain::signing_in {

/// Those that are theirs beyond doubt, and have been for longer than whoever was told before them would still be told.
/// code::contact_unknown: there is none.
result<std::vector<label>> mailboxes(const subscriber_state& s, const contact_limits& limits, instant now);

/// The person has signed in by the line from there, not too long ago.
bool is_known(const subscriber_state& s, const std::string& caller, instant now);

result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now, const ask_sign_in& c);
result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now, const answer_sign_in& c);
result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now,
                                             const sign_in_by_saved_code& c);

void fold(subscriber_state& s, const sign_in_code_sent& e);
void fold(subscriber_state& s, const sign_in_failed& e);
void fold(subscriber_state& s, const signed_in& e);

std::vector<effect> to_send(const subscriber_state& s, const sign_in_code_sent& e);
std::vector<effect> told(const subscriber_state& s, const saved_code_used& e);
std::vector<effect> told(const subscriber_state& s, const sign_in_failed& e);

std::optional<std::string> unsound(const subscriber_state& s);

}  // namespace keepline::domain::signing_in
