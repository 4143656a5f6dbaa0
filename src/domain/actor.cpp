#include "domain/actor.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

bool made_past_the_api(const actor& who) {
    return std::ranges::any_of(who.kin, [](const label& one) { return one.text() == console_name; });
}

}  // namespace

bool answers_to(const actor& who, const label& name) {
    return !name.empty() && (who.id == name || who.person == name || std::ranges::find(who.kin, name) != who.kin.end());
}

bool same_person(const actor& a, const actor& b) {
    if ((a.as == role::subscriber) != (b.as == role::subscriber)) return false;
    if (a.as == role::subscriber) return !a.id.empty() && a.id == b.id;
    return answers_to(a, b.id) || answers_to(a, b.person) || answers_to(b, a.id) || answers_to(b, a.person) ||
           (made_past_the_api(a) && made_past_the_api(b));
}

bool same_holder(const actor& who, const actor& then) {
    if (who.as != then.as || who.id.empty() || who.id != then.id || who.person != then.person) return false;
    if (who.as != role::agent && !made_past_the_api(who)) return true;
    return std::ranges::all_of(who.kin,
                               [&](const label& one) { return std::ranges::find(then.kin, one) != then.kin.end(); });
}

bool counted_as_one(const actor& a, const actor& b) {
    auto one = a;
    auto other = b;
    one.kin.clear();
    other.kin.clear();
    return same_person(one, other);
}

bool is_acknowledged(const actor& who) {
    return std::ranges::none_of(who.kin, [](const label& one) { return one.text() == unacknowledged_name; });
}

bool is_decider(const actor& who) { return who.as == role::reviewer || who.as == role::admin; }

}  // namespace keepline::domain
