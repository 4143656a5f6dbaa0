#include "desk/use_cases.hpp"

#include "domain/actor.hpp"

namespace keepline::desk {

using base::code;

result<void> check_role(const use_case& what, const holder& by) {
    const auto as = by.who.as;
    if (!is_in(what.roles, as))
        return base::refuse(code::forbidden, std::string("A token of role ") + boost::describe::enum_to_string(as, "") +
                                                 " may not do that.");
    if (as == role::subscriber && by.level < what.least)
        return base::refuse(code::session_too_weak,
                            "A code by mail lets you look at the line and stop things. For this, sign in with a code "
                            "that is sent to the line.",
                            {{"level", boost::describe::enum_to_string(by.level, "")},
                             {"needed", boost::describe::enum_to_string(what.least, "")}});
    return {};
}

}  // namespace keepline::desk
