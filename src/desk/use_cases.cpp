#include "desk/use_cases.hpp"

#include "domain/actor.hpp"

namespace keepline::desk {

result<void> check_role(const use_case& what, role as) {
    if (is_in(what.roles, as)) return {};
    return base::refuse(base::code::forbidden, std::string("A token of role ") +
                                                   boost::describe::enum_to_string(as, "") + " may not do that.");
}

}  // namespace keepline::desk
