#include "desk/erasure.hpp"

#include "desk/ask.hpp"
#include "engine/codec.hpp"

namespace keepline::desk {

using base::code;

result<std::vector<domain::standing>> standing_against(const reading& read, const domain::subscriber_state& of,
                                                       const domain::rule_book& rules, instant now) {
    std::vector<domain::standing> out;
    for (const auto& number : of.numbers) {
        const auto line = read({port::stream_kind::number, number.text()});
        if (!line) {
            if (line.error().what == code::not_found) continue;
            return std::unexpected(line.error());
        }
        for (const auto what : domain::obstacles_in((*line)->number(), of.id, rules, now))
            out.push_back({what, (*line)->public_id});
    }
    return out;
}

result<void> clear_person(const remains& what, const std::string& subscriber, instant now) {
    TRY(ended, what.tokens->revoke(true, subscriber, now));
    (void)ended;
    CHECK(what.vault->erase(subscriber));
    if (what.clear_spools) CHECK(what.clear_spools(subscriber));
    return {};
}

void eraser::carry_out() {
    constexpr std::size_t at_once = 200;
    port::stream_filter waiting;
    waiting.kind = port::stream_kind::subscriber;
    waiting.stage = engine::stage_of_erasure;
    std::string after;
    do {
        const auto page = list_(waiting, after, at_once);
        if (!page) return log_.warning("erasures_unreadable", "", {{"reason", page.error().words}});
        for (const auto& one : page->streams)
            if (const auto done = look_at(one.key); !done) {
                if (done.error().what == code::endings_held) return;  // somebody has to look first: all of them wait
                log_.warning("erasure_waits", "", {{"reason", done.error().words}});
            }
        after = page->next;
    } while (!after.empty());
}

result<void> eraser::look_at(const port::stream_key& of) {
    TRY(view, to_.read(of));
    if (view->subscriber().planned) {
        TRY(against, standing_against(to_.read, view->subscriber(), *rules_(), clock_.now()));
        if (!against.empty() && against == view->subscriber().planned->against) return {};
        TRY(done, submit(of, domain::carry_out_erasure{std::move(against)}));
        view = done.view;
    }
    const auto& s = view->subscriber();
    if (!s.erased_at || s.cleared) return {};
    CHECK(clear_person(what_, s.id.text(), clock_.now()));
    TRY(noted, submit(of, domain::note_cleared{}));
    (void)noted;
    log_.info("person_erased", "", {{"subscriber", s.id.text()}});
    return {};
}

result<engine::answer> eraser::submit(const port::stream_key& to, domain::subscriber_command what) {
    engine::submission out;
    out.to = to;
    out.what = std::move(what);
    out.by = {domain::role::system, base::label::trusted("timer")};
    out.by_timer = true;
    return ask(to_, std::move(out));
}

}  // namespace keepline::desk
