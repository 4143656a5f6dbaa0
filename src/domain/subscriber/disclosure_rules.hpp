// The rules, folds and effects of disclosure.hpp, for subscriber.cpp, which has seen that the person is there.
#pragma once

#include "domain/subscriber/subscriber.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain::own_archive {

using events = std::vector<subscriber_event>;

result<events> decide(const subscriber_state& s, const context& now, const request_disclosure_code& c);
result<events> decide(const subscriber_state& s, const context& now, const ask_disclosure& c);
result<events> decide(const subscriber_state& s, const context& now, const stop_disclosure& c);
result<events> decide(const subscriber_state& s, const context& now, const fetch_disclosure& c);

void fold(subscriber_state& s, const disclosure_code_issued& e);
void fold(subscriber_state& s, const disclosure_code_failed& e);
void fold(subscriber_state& s, const disclosure_asked& e);
void fold(subscriber_state& s, const disclosure_put_off& e);
void fold(subscriber_state& s, const disclosure_stopped& e);
void fold(subscriber_state& s, const disclosure_fetched& e);

/// To every verified contact point, those that were replaced lately as well, and to each line of theirs that lives.
std::vector<effect> told(const subscriber_state& s, const disclosure_asked& e);
std::vector<effect> told(const subscriber_state& s, const disclosure_put_off& e);
std::vector<effect> told(const subscriber_state& s, const disclosure_stopped& e);
std::vector<effect> told(const subscriber_state& s, const disclosure_fetched& e);

/// What does not hold; see number.hpp.
std::optional<std::string> unsound(const subscriber_state& s);

}  // namespace keepline::domain::own_archive
