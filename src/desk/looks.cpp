// Who looked at a person's data, out of their journal: what, when, and in which role, for the person; who it was and
// why, for administrators, who answer for it. The latest; everything stands in the archive (disclosures.cpp).
#include "desk/person_for.hpp"
#include "desk/reads.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

namespace looks_read {

constexpr std::uint64_t entries_read = 1'000;  // the latest of the person's journal
constexpr std::size_t shown_max = 100;

void take(page_of<look_view>& into, const asked& c, const domain::personal_data_read& one) {
    look_view out{one.at, one.by.as, one.what, {}, {}};
    if (!c.is_customer()) {
        out.by = one.by;
        out.why = one.why;
    }
    into.items.push_back(std::move(out));
}

result<page_of<look_view>> all_of(const asked& c, const engine::stream_view& of) {
    page_of<look_view> out;
    const auto from = of.version > entries_read ? of.version - entries_read + 1 : 1;
    CHECK(each_read(c, of, from, [&](const domain::personal_data_read& one) {
        take(out, c, one);
        return true;
    }));
    std::ranges::reverse(out.items);
    if (out.items.size() > shown_max) out.items.resize(shown_max);
    return out;
}

}  // namespace looks_read

void desk::list_looks(request by, const std::string& subscriber, reply<page_of<look_view>> then) {
    using mine = ask_ptr<page_of<look_view>>;
    take(shared_, use::list_looks, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        const auto person = person_for(*c, c->ids[0]);
        if (!person) return c->refuse(person.error());
        run_aside(c, [c, view = *person]() -> afterwards {
            auto found = looks_read::all_of(*c, *view);
            return [c, found = std::move(found)] { found ? c->answer(*found) : c->refuse(found.error()); };
        });
    });
}

}  // namespace keepline::desk
