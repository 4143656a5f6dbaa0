// Notes: what one of the staff writes down for the next one about a line or a case. The words are sealed for the line's
// owner, whom they are about: in no journal, gone with the person's key, in the archive that the owner gets. They are
// read for a reason that is kept, as who a person is; that there is a note, by whom and when, everybody here sees.
#include "base/digest.hpp"
#include "desk/note_words.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

std::string digest_of(const note_words& what) {
    return base::hex(base::part_hasher().add("staff-note").add(what.salt).add(what.words).finish());
}

result<std::string> words_of_note(port::vault& from, const label& owner, const std::string& line_id, const label& name,
                                  const std::string& digest) {
    const auto sealed = from.open(owner.text(), kind_of_note_words(line_id, name));
    if (!sealed && (sealed.error().what == code::erased || sealed.error().what == code::not_found))
        return std::string();
    if (!sealed) return std::unexpected(sealed.error());
    auto what = base::from_json<note_words>(*sealed);
    if (!what || digest_of(*what) != digest) return refuse(code::journal_broken, "A note is not as it was written.");
    return std::move(what->words);
}

namespace notes_taken {

using note_ptr = ask_ptr<told<note_view>>;
using notes_ptr = ask_ptr<page_of<note_view>>;

constexpr std::size_t words_bytes_max = 2'000;
constexpr std::size_t reason_bytes_max = 500;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t name_bytes = 12;

note_view view_of(const engine::stream_view& line, const domain::staff_note& one) {
    note_view out;
    out.line_id = line.public_id;
    if (one.closure != 0) out.closure_id = closure_id(line.public_id, one.closure);
    out.serial = one.serial;
    out.by = one.by;
    out.at = one.at;
    return out;
}

/// The same request has the same name for its words, so that a repeat finds what it wrote.
label name_of(const asked& c) {
    if (!c.once) return label::trusted("n" + c.at->with.random->token(name_bytes));
    return label::trusted("n" + base::hex(base::byte_view(c.once->key)));
}

void answer_written(const note_ptr& c, const engine::answer& done, const label& name, const std::string& words) {
    const auto& all = done.view->number().notes;
    const auto found = std::ranges::find(all, name, &domain::staff_note::words);
    if (found == all.end()) return c->refuse({code::not_found, "There is no such note."});
    auto shown = view_of(*done.view, *found);
    shown.words = words;
    c->answer({std::move(shown), done.view->revision(), done.replayed, true});
}

/// `closure`: 0, of the line.
void write(const note_ptr& c, const engine::view_ptr& line, int closure, said<note_body> what) {
    if (!what) return c->refuse(what.error());
    if (auto fine = check_text("words", what->words, words_bytes_max); !fine) return c->refuse(fine.error());
    const auto& held = line->number().subscription;
    if (!held) return c->refuse({code::line_missing, "The number has no line."});
    run_aside(c, [c, line, closure, owner = held->subscriber, words = std::move(what->words)]() -> afterwards {
        const auto name = name_of(*c);
        const note_words sealed{c->at->with.random->token(salt_bytes), words};
        auto row =
            c->at->with.vault->seal(owner.text(), kind_of_note_words(line->public_id, name), base::to_json(sealed));
        if (!row) return [c, why = row.error()] { c->refuse(why); };
        auto all =
            submission_of(*c, line->key, domain::number_command{domain::write_note{closure, name, digest_of(sealed)}});
        all.vault.push_back(std::move(*row));
        return [c, name, words, all = std::move(all)] {
            submit(c, all, [name, words](const note_ptr& same, const engine::answer& done) {
                answer_written(same, done, name, words);
            });
        };
    });
}

using is_wanted = std::function<bool(const domain::staff_note&)>;

page_of<note_view> marks_of(const engine::stream_view& line, const is_wanted& which) {
    page_of<note_view> out;
    for (const auto& one : line.number().notes)
        if (which(one)) out.items.push_back(view_of(line, one));
    return out;
}

result<page_of<note_view>> with_words(const asked& c, const engine::stream_view& line, const is_wanted& which) {
    auto out = marks_of(line, which);
    auto at = out.items.begin();
    for (const auto& one : line.number().notes) {
        if (!which(one)) continue;
        auto words = words_of_note(*c.at->with.vault, line.number().subscription->subscriber, line.public_id, one.words,
                                   one.digest);
        if (!words && words.error().what != code::journal_broken) return std::unexpected(words.error());
        if (!words)
            at->altered = true;  // said of this one: the others are read all the same
        else if (!words->empty())
            at->words = std::move(*words);
        ++at;
    }
    return out;
}

/// Without a reason: who wrote something, and when.
void list(const notes_ptr& c, const engine::view_ptr& line, const result<std::string>& why, is_wanted which) {
    if (!why) return c->refuse(why.error());
    const auto& held = line->number().subscription;
    if (why->empty() || !held) return c->answer(marks_of(*line, which));
    if (auto fine = check_text("reason", *why, reason_bytes_max); !fine) return c->refuse(fine.error());
    const auto& owner = held->subscriber.text();
    auto note = submission_of(*c, {port::stream_kind::subscriber, owner},
                              domain::subscriber_command{domain::record_read{"notes", *why, looks_hourly(*c)}});
    look_noted(c, owner, std::move(note), [line, which = std::move(which)](const notes_ptr& there) {
        run_aside(there, [there, line, which]() -> afterwards {
            auto found = with_words(*there, *line, which);
            return [there, found = std::move(found)] { found ? there->answer(*found) : there->refuse(found.error()); };
        });
    });
}

}  // namespace notes_taken

void desk::write_case_note(request in, const std::string& closure, said<note_body> what, reply<told<note_view>> then) {
    take(shared_, use::write_note, std::move(in), std::move(then), [&](const notes_taken::note_ptr& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        notes_taken::write(c, found->view, found->number, std::move(what));
    });
}

void desk::write_line_note(request in, const std::string& line, said<note_body> what, reply<told<note_view>> then) {
    take(shared_, use::write_note, std::move(in), std::move(then), [&](const notes_taken::note_ptr& c) {
        const auto found = line_for(*c, line);
        if (!found) return c->refuse(found.error());
        notes_taken::write(c, *found, 0, std::move(what));
    });
}

void desk::list_case_notes(request in, const std::string& closure, result<std::string> why,
                           reply<page_of<note_view>> then) {
    take(shared_, use::read_notes, std::move(in), std::move(then), [&](const notes_taken::notes_ptr& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        notes_taken::list(c, found->view, why,
                          [number = found->number](const domain::staff_note& one) { return one.closure == number; });
    });
}

void desk::list_line_notes(request in, const std::string& line, result<std::string> why,
                           reply<page_of<note_view>> then) {
    take(shared_, use::read_notes, std::move(in), std::move(then), [&](const notes_taken::notes_ptr& c) {
        const auto found = line_for(*c, line);
        if (!found) return c->refuse(found.error());
        notes_taken::list(c, *found, why, [](const domain::staff_note&) { return true; });
    });
}

}  // namespace keepline::desk
