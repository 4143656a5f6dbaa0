// The rules of passkeys, as the subscriber's stream has them, for subscriber.cpp. Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/subscriber/commands.hpp"
#include "domain/subscriber/events.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain::by_passkey {

result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now, const enrol_passkey& c);
result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now, const remove_passkey& c);
result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now,
                                             const sign_in_by_passkey& c);

result<std::vector<subscriber_event>> decide(const subscriber_state& s, const context& now, const note_loss& c);

void fold(subscriber_state& s, const passkey_enrolled& e);
void fold(subscriber_state& s, const passkey_removed& e);
void fold(subscriber_state& s, const passkey_used& e);
void fold(subscriber_state& s, const passkey_doubted& e);
void fold(subscriber_state& s, const passkeys_exposed& e);

std::vector<effect> told(const subscriber_state& s, const passkey_enrolled& e);
std::vector<effect> told(const subscriber_state& s, const passkey_removed& e);
std::vector<effect> told(const subscriber_state& s, const passkey_doubted& e);

std::optional<std::string> unsound(const subscriber_state& s);

}  // namespace keepline::domain::by_passkey
