#include "domain/subscriber/everybody.hpp"

#include "domain/reference.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

bool is_told(const contact_ref& one, instant at) { return one.verified && !span_ended(one, at); }

}  // namespace

bool anybody_is_told(const subscriber_state& s, instant at) {
    return std::ranges::any_of(s.contacts, [&](const contact_ref& one) { return is_told(one, at); }) ||
           std::ranges::any_of(s.numbers, [&](const base::msisdn& one) { return has_live_line(s, one); });
}

std::vector<effect> to_everybody(const subscriber_state& s, const std::string& kind, instant at,
                                 std::map<std::string, std::string> params) {
    if (!s.reference.empty()) params.emplace("ref", said(s.reference));
    std::vector<effect> out;
    for (const auto& one : s.contacts)
        if (is_told(one, at))
            out.push_back(tell_person{kind, s.id, one.id, one.by, {}, params, one.vouched_by.has_value()});
    for (const auto& number : s.numbers)
        if (has_live_line(s, number))
            out.push_back(tell_person{kind, s.id, label::trusted("line"), medium::sms, number, params, true});
    return out;
}

}  // namespace keepline::domain
