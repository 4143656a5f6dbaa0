// keepline clock …, keepline endings …, keepline refunds …: what an operator accepts after having looked. Straight in
// the store's notebook, beside a running server, which sees it within a second and says so in its log.
#include "app/command.hpp"
#include "app/machine_clocks.hpp"
#include "app/refund_gate.hpp"
#include "app/store_notes.hpp"
#include "engine/ending_budget.hpp"
#include "engine/trusted_clock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<std::string> note_text(port::notebook& notes, std::string_view name) {
    TRY(found, notes.read(name));
    return found.value_or("");
}

result<int> show_clock(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(text, note_text(*notes, engine::clock_mark_note));
    const auto is = engine::clock_note::of(machine_clocks());
    json::object out{{"machine", base::iso(is.at)}};
    if (const auto mark = engine::clock_note::parse(text)) {
        out["store"] = base::iso(mark->at);
        out["same_boot"] = mark->boot == is.boot;
        if (mark->boot == is.boot)
            out["expected"] = base::iso(base::instant{mark->at.ms + is.running_ms - mark->running_ms});
    }
    s.print(out);
    return 0;
}

result<int> accept_clock(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    const auto is = engine::clock_note::of(machine_clocks());
    CHECK(notes->write({{std::string(engine::clock_accept_note), is.text()}}));
    if (s.json)
        s.print(json::object{{"accepted", base::iso(is.at)}});
    else
        s.at.out << "The machine's clock is accepted: it is " << base::iso(is.at)
                 << ". A server that doubts it goes on within a second; what is due then ends, as far as the day's "
                    "budget goes.\n";
    return 0;
}

result<int> show_endings(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(today, note_text(*notes, engine::endings_today_note));
    TRY(ahead, note_text(*notes, engine::endings_forecast_note));
    s.print(json::object{{"today", today.empty() ? "-" : today}, {"forecast", ahead.empty() ? "-" : ahead}});
    return 0;
}

result<int> accept_endings(const session& s, std::int64_t more) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(text, note_text(*notes, engine::endings_today_note));
    const auto day = text.substr(0, text.find(' '));
    if (day.empty()) return base::refuse(base::code::not_found, "No server has run on this store yet.");
    CHECK(notes->write({{std::string(engine::endings_accept_note), day + " " + std::to_string(more)}}));
    if (s.json)
        s.print(json::object{{"accepted", more}});
    else
        s.at.out << (more > 0 ? std::to_string(more) + " more endings are accepted for today"
                              : std::string("All that is due today may end"))
                 << "; a running server goes on within a second.\n";
    return 0;
}

result<int> release_refunds(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(held, note_text(*notes, held_refunds_note));
    if (held.empty()) return base::refuse(base::code::not_found, "No refunds wait because of a restore.");
    CHECK(notes->write({{std::string(held_refunds_note), ""}}));
    if (s.json)
        s.print(json::object{{"released", true}});
    else
        s.at.out << "Refunds from before the restore may go out: keepline effects retry --all --to refund\n";
    return 0;
}

}  // namespace

void add_time_commands(CLI::App& root, session& s) {
    auto* clock =
        add_group(root, "clock", "What is known of the time: show, accept",
                  "keepline clock show\nkeepline clock accept      # when /readyz says that the clock is in doubt");
    on_chosen(
        add_command(*clock, "show", "The machine's clock beside how far the store has come", "keepline clock show"), s,
        [&s] { return show_clock(s); });
    on_chosen(add_command(*clock, "accept", "The machine's clock is right, whatever it said before",
                          "date && keepline clock accept"),
              s, [&s] { return accept_clock(s); });

    auto* endings = add_group(root, "endings", "What ends by itself in a day: show, accept",
                              "keepline endings show\nkeepline endings accept --most 500");
    on_chosen(add_command(*endings, "show", "Day, ended, foreseen, accepted; and the forecast of the days after",
                          "keepline endings show"),
              s, [&s] { return show_endings(s); });
    auto more = std::make_shared<std::int64_t>(0);
    auto* accept =
        add_command(*endings, "accept", "More may end today than was foreseen",
                    "keepline endings accept --most 500\nkeepline endings accept      # all that is due today");
    accept->add_option("--most", *more, "So many more; without: all that is due today")
        ->check(CLI::Range(1, 1'000'000'000));
    on_chosen(accept, s, [&s, more] { return accept_endings(s, *more); });

    auto* refunds = add_group(root, "refunds", "Refunds that wait because the store was restored",
                              "keepline effects list --to refund\nkeepline refunds release");
    on_chosen(add_command(*refunds, "release", "They were compared with the bank: those that are left may go out",
                          "keepline refunds release && keepline effects retry --all --to refund"),
              s, [&s] { return release_refunds(s); });
}

}  // namespace keepline::app
