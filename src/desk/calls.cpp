// Calls of the hotline that are over, in the journal: on the caller's stream how each went, and on that of a line which
// was proved in it that there was one. No sound, and no number that was shown. Nothing waits for them, and nothing is
// decided by them.
#include "desk/callers.hpp"
#include "desk/taking.hpp"
#include "desk/use_cases.hpp"

namespace keepline::desk {

using base::code;

namespace {

/// Calls that proved nothing cost their caller nothing, whatever numbers they show: so many of all of them are written
/// in an hour, and the log has the others.
bool may_be_written(const asked& c, bool proved) {
    if (proved) return true;
    const auto brake = c.at->calls_noted.look(c.now());
    if (brake.is_news)
        c.at->with.log->warning("calls_not_noted", c.correlation,
                                {{"most_an_hour", std::to_string(c.at->calls_noted.most())}});
    if (!brake.holds) c.at->calls_noted.add(c.now());
    return !brake.holds;
}

}  // namespace

void desk::note_call(request in, said<ended_call_body> what, reply<done_told> then) {
    take(shared_, use::note_call, std::move(in), std::move(then), [&](const ask_ptr<done_told>& c) {
        if (!what) return c->refuse(what.error());
        std::string whom;
        if (what->caller) {
            if (auto fine = check_text("caller", *what->caller, caller_max); !fine) return c->refuse(fine.error());
            whom = caller_digest(*c, *what->caller);
        }
        if (!may_be_written(*c, what->proved)) return c->answer({});
        const auto& one = *what;
        auto note = note_of(*c, c->who.who.id,
                            domain::credential_command{domain::note_call{one.call, one.proved, one.state, one.outcome,
                                                                         one.seconds, one.entries}});
        note.to.key = caller_key(whom);
        submit(c, std::move(note), [](const ask_ptr<done_told>& same, const engine::answer&) { same->answer({}); });
    });
}

void desk::note_line_call(request in, const std::string& line, said<line_call_body> what, reply<done_told> then) {
    take(shared_, use::note_line_call, std::move(in), std::move(then), [&](const ask_ptr<done_told>& c) {
        if (!what) return c->refuse(what.error());
        const auto view = c->core_of().read_public(line);
        if (!view) return c->refuse(view.error());
        if ((*view)->key.kind != port::stream_kind::number)
            return c->refuse({code::not_found, "There is no such line."});
        const auto& one = *what;
        domain::note_line_call command{one.call, one.by_saved_code, one.state, one.outcome, one.seconds};
        submit(c, submission_of(*c, (*view)->key, domain::number_command{std::move(command)}),
               [](const ask_ptr<done_told>& same, const engine::answer&) { same->answer({}); });
    });
}

}  // namespace keepline::desk
