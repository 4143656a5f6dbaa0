#include "desk/erasure.hpp"

#include "desk/ask.hpp"
#include "desk/name_index.hpp"
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
    CHECK(what.documents->remove_all(base::label::trusted(subscriber)));
    if (what.clear_spools) CHECK(what.clear_spools(subscriber));
    return {};
}

void eraser::carry_out() {
    constexpr std::size_t at_once = 200;
    constexpr auto rest_for_each = base::duration{20};
    if (clock_.now() < rests_until_) return;
    std::int64_t looked = 0;
    port::stream_filter waiting;
    waiting.kind = port::stream_kind::subscriber;
    waiting.stage = engine::stage_of_erasure;
    std::string after;
    do {
        const auto page = list_(waiting, after, at_once);
        if (!page) return log_.warning("erasures_unreadable", "", {{"reason", page.error().words}});
        looked += static_cast<std::int64_t>(page->streams.size());
        for (const auto& one : page->streams)
            // What is held by the day's budget says so itself, and waits for somebody to look.
            if (const auto done = look_at(one.key); !done && done.error().what != code::endings_held)
                log_.warning("erasure_waits", "", {{"reason", done.error().words}});
        after = page->next;
    } while (!after.empty());
    // Those that wait are looked at all the time; many of them leave the machine to others in between.
    rests_until_ = clock_.now() + rest_for_each * looked;
}

result<void> eraser::look_at(const port::stream_key& of) {
    TRY(view, to_.read(of));
    if (view->subscriber().planned) {
        TRY(against, standing_against(to_.read, view->subscriber(), *rules_(), clock_.now()));
        if (!against.empty() && against == view->subscriber().planned->against) return {};
        TRY(done, submit(of, domain::carry_out_erasure{std::move(against)}, view->subscriber().planned->outlived));
        view = done.view;
    }
    const auto& s = view->subscriber();
    if (!s.erased_at || s.cleared) return {};
    CHECK(clear_person(what_, s.id.text(), clock_.now()));
    TRY(names, name_rows_gone(*what_.vault, s.id.text()));
    TRY(noted, submit(of, domain::note_cleared{}, false, std::move(names)));
    (void)noted;
    log_.info("person_erased", "", {{"subscriber", s.id.text()}});
    return {};
}

result<engine::answer> eraser::submit(const port::stream_key& to, domain::subscriber_command what, bool by_time,
                                      std::vector<port::vault_row> rows) {
    engine::submission out;
    out.vault = std::move(rows);
    out.to = to;
    out.what = std::move(what);
    out.by = {domain::role::system, base::label::trusted("timer")};
    out.by_timer = by_time;
    return ask(to_, std::move(out));
}

}  // namespace keepline::desk
