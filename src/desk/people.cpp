// People by name, for staff who have nothing else: a name never stands in an address, the search is written down with
// its reason before it is answered, so many an hour, and the answer is masked: who is meant is told by the end of a
// number. Whoever is found has been looked at: it stands with its reason in their own journal, as every look does.
#include "desk/masked.hpp"
#include "desk/name_index.hpp"
#include "desk/taking.hpp"
#include "domain/reason.hpp"
#include "port/person.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace people_found {

using mine = ask_ptr<page_of<person_hit>>;

constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t after_bytes_max = 64;
constexpr int hits_max = 20;
constexpr std::size_t lines_max = 5;
constexpr std::size_t digest_shown = 16;
constexpr int searches_hourly = 20;  // of one person: twenty people each

struct wanted {
    std::string form;
    std::string why;
    std::string after;
    std::size_t limit = hits_max;
};

result<wanted> wanted_in(const said<people_search_body>& in) {
    TRY(body, in);
    CHECK(check_text("name", body.name, name_bytes_max));
    CHECK(domain::check_reason(body.reason));  // it stands with each who is found
    wanted out{name_looked_for(body.name), body.reason, body.after.value_or(std::string()), hits_max};
    if (out.form.empty()) return refuse(code::invalid, "`name` has no letters.", {{"field", "name"}});
    CHECK(check_text("after", out.after, after_bytes_max, true));
    const auto limit = body.limit.value_or(hits_max);
    if (limit < 1 || limit > hits_max) return refuse(code::invalid, "`limit` must be 1 to 20.", {{"field", "limit"}});
    out.limit = static_cast<std::size_t>(limit);
    return out;
}

/// None: they have no name of this form (any more).
result<std::optional<person_hit>> hit_of(const asked& c, const std::string& id, const std::string& form) {
    const auto view = c.core_of().read({port::stream_kind::subscriber, id});
    if (!view && view.error().what == code::not_found) return std::nullopt;
    if (!view) return std::unexpected(view.error());
    const auto& s = (*view)->subscriber();
    if (s.erased_at) return std::nullopt;
    const auto text = c.at->with.vault->open(id, port::person_kind);
    if (!text && (text.error().what == code::erased || text.error().what == code::not_found)) return std::nullopt;
    if (!text) return std::unexpected(text.error());
    TRY(person, base::from_json<port::person>(*text));
    const auto forms = name_forms(person.full_name);
    if (std::ranges::find(forms, form) == forms.end()) return std::nullopt;
    person_hit out;
    out.id = s.id;
    out.name = masked_name(person.full_name);
    for (const auto& number : s.numbers) {
        if (out.lines.size() == lines_max) break;
        const auto line = c.core_of().read({port::stream_kind::number, number.text()});
        if (!line) continue;
        const auto& held = (*line)->number().subscription;
        if (held && held->subscriber == s.id)
            out.lines.push_back({(*line)->public_id, last_four(number.text()), held->status});
    }
    return out;
}

result<page_of<person_hit>> page(const asked& c, const wanted& what) {
    TRY(ids, people_named(*c.at->with.vault, c.secrets(), what.form, what.after, what.limit + 1));
    page_of<person_hit> out;
    for (std::size_t i = 0; i < ids.size() && i < what.limit; ++i) {
        TRY(hit, hit_of(c, ids[i], what.form));
        if (hit) out.items.push_back(std::move(*hit));
    }
    if (ids.size() > what.limit) out.next = ids[what.limit - 1];
    return out;
}

/// Fewer than numbers: a common name finds people whom nobody asked for.
result<void> count(const asked& c) {
    constexpr std::int64_t hour_ms = 3'600'000;
    const auto& who = c.who.who;
    const auto hour = c.now().ms / hour_ms;
    const auto key = std::to_string(hour) + " " + (who.person.empty() ? who.id : who.person).text();
    if (c.at->names_searched.add(key, c.now()) <= searches_hourly) return {};
    return refuse(code::too_many, "You have looked for too many names within the hour.",
                  {{"again_at", base::iso(instant{(hour + 1) * hour_ms})}});
}

/// Each of them in turn, before any is shown; `at`: the next.
void note_looks(const mine& c, page_of<person_hit> found, const std::string& why, std::size_t at) {
    if (at == found.items.size()) return c->answer(std::move(found));
    auto note = submission_of(*c, {port::stream_kind::subscriber, found.items[at].id.text()},
                              domain::subscriber_command{domain::record_read{"name", why, looks_hourly(*c)}});
    note.once.reset();
    note.expected_revision.reset();
    submit_whatever(
        c, std::move(note), [found = std::move(found), why, at](const mine& same, const result<engine::answer>& done) {
            const bool gone = !done && (done.error().what == code::erased || done.error().what == code::not_found);
            if (!done && !gone) return same->refuse(done.error());
            auto rest = found;
            if (gone) rest.items.erase(rest.items.begin() + static_cast<std::ptrdiff_t>(at));
            note_looks(same, std::move(rest), why, gone ? at : at + 1);
        });
}

}  // namespace people_found

void desk::find_people(request in, said<people_search_body> what, reply<page_of<person_hit>> then) {
    using people_found::mine;
    take(shared_, use::find_people, std::move(in), std::move(then), [&](const mine& c) {
        auto wanted = people_found::wanted_in(what);
        if (!wanted) return c->refuse(wanted.error());
        if (auto may = people_found::count(*c); !may) return c->refuse(may.error());
        run_aside(c, [c, wanted = std::move(*wanted)]() -> afterwards {
            auto found = people_found::page(*c, wanted);
            if (!found) return [c, why = found.error()] { c->refuse(why); };
            domain::note_search note;
            note.subject = c->secrets()
                               .keyed_digest("searched-name", wanted.after, wanted.form)
                               .substr(0, people_found::digest_shown);
            note.found = !found->items.empty();
            note.hourly = looks_hourly(*c);
            note.why = wanted.why;
            return [c, found = std::move(*found), note = std::move(note)] {
                submit(c, note_of(*c, c->who.who.id, domain::credential_command{note}),
                       [found, why = note.why](const mine& same, const engine::answer&) {
                           people_found::note_looks(same, found, why, 0);
                       });
            };
        });
    });
}

}  // namespace keepline::desk
