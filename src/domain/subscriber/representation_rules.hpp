// The rules, folds and effects of representations.hpp, for subscriber.cpp.
#pragma once

#include "domain/subscriber/subscriber.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain::for_others {

using events = std::vector<subscriber_event>;

result<events> decide(const subscriber_state& s, const context& now, const admit_representative& c);
result<events> decide(const subscriber_state& s, const context& now, const object_to_representative& c);
result<events> decide(const subscriber_state& s, const context& now, const end_representation& c);
result<events> decide(const subscriber_state& s, const context& now, const hear_representation& c);
result<events> decide(const subscriber_state& s, const context& now, const note_representative& c);
/// Those whose time is over.
events expired(const subscriber_state& s, instant now);
std::optional<instant> next_expiry(const subscriber_state& s);

/// Why `who` does not sign that somebody is admitted: they had a part in it; nothing: they may.
std::optional<base::error> why_not_sign(const subscriber_state& s, const admit_representative& c, const actor& who);
/// The papers as they are now.
std::string papers_now(const subscriber_state& s, const admit_representative& c);

void fold(subscriber_state& s, const representation_admitted& e);
void fold(subscriber_state& s, const representative_noted& e);
void fold(subscriber_state& s, const representation_stopped& e);
void fold(subscriber_state& s, const representation_ended& e);
void fold(subscriber_state& s, const representation_expired& e);
void fold(subscriber_state& s, const representation_heard& e);

/// Somebody acts by this paper: it stays while they do.
bool is_in_use(const subscriber_state& s, const kept_document& paper);
/// Nobody acts for whom nothing is known of any more.
events ended_by_erasure(const subscriber_state& s, const context& now);

/// To everybody whom this person acts for, or to one of them: how they are reached now.
std::vector<effect> introductions(const subscriber_state& s);
effect introduction_to(const subscriber_state& s, const label& principal);
/// To whoever acts, or acted, by this representation.
effect to_representative(const subscriber_state& s, int serial);

/// What does not hold; see number.hpp.
std::optional<std::string> unsound(const subscriber_state& s);

}  // namespace keepline::domain::for_others
