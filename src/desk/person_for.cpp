#include "desk/person_for.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

result<engine::view_ptr> person_for(const asked& c, std::string_view id) {
    const auto missing = [] { return refuse(code::not_found, "There is no such subscriber."); };
    if (c.is_customer() && id != c.who.who.id.text()) return missing();
    auto view = c.core_of().read({port::stream_kind::subscriber, std::string(id)});
    if (!view && view.error().what == code::not_found) return missing();
    if (view && (*view)->subscriber().erased_at) return refuse(code::erased, "The personal data was erased.");
    return view;
}

}  // namespace keepline::desk
