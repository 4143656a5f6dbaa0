#include "desk/reads.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {

constexpr std::string_view picture = "document ";

bool shows_numbers(const std::string& what, const std::vector<label>& of_checks) {
    if (what == "identity" || what == "everything" || what == "backup") return true;
    return what.starts_with(picture) &&
           std::ranges::none_of(of_checks, [&](const label& id) { return what.substr(picture.size()) == id.text(); });
}

}  // namespace

result<bool> has_read_numbers(const asked& c, const label& whose, const std::vector<label>& of_checks) {
    if (whose.empty()) return false;
    const auto view = c.core_of().read({port::stream_kind::subscriber, whose.text()});
    if (!view && view.error().what == base::code::not_found) return false;
    if (!view) return std::unexpected(view.error());
    if ((*view)->subscriber().staff_reads == 0) return false;
    bool found = false;
    CHECK(each_read(c, **view, 1, [&](const domain::personal_data_read& one) {
        found = domain::same_person(one.by, c.who.who) && shows_numbers(one.what, of_checks);
        return !found;
    }));
    return found;
}

}  // namespace keepline::desk
