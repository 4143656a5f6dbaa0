// keepline clock …, keepline endings …, keepline refunds …: what an operator accepts after having looked. Shown from
// the store's notebook; accepted by two administrators, or on a server that stands (app/going_on.hpp).
#include "app/going_on.hpp"
#include "app/machine_clocks.hpp"
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

result<int> show_endings(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(today, note_text(*notes, engine::endings_today_note));
    TRY(ahead, note_text(*notes, engine::endings_forecast_note));
    s.print(json::object{{"today", today.empty() ? "-" : today}, {"forecast", ahead.empty() ? "-" : ahead}});
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
    auto right = std::make_shared<going_on>();
    auto* accept_clock = add_command(*clock, "accept", "The machine's clock is right, whatever it said before",
                                     "date && keepline clock accept --reason \"the battery was changed\"");
    add_going_on_options(accept_clock, right);
    on_chosen(accept_clock, s, [&s, right] {
        return let_go_on(s, *right,
                         "believes the machine's clock as it is now; what is due then ends, as far as the "
                         "day's budget goes");
    });

    auto* endings = add_group(root, "endings", "What ends by itself in a day: show, accept",
                              "keepline endings show\nkeepline endings accept --most 500");
    on_chosen(add_command(*endings, "show", "Day, ended, foreseen, accepted; and the forecast of the days after",
                          "keepline endings show"),
              s, [&s] { return show_endings(s); });
    auto more = std::make_shared<going_on>();
    more->what = domain::stop_kind::endings;
    auto* accept = add_command(*endings, "accept", "More may end today than was foreseen",
                               "keepline endings accept --most 500 --reason \"the promotion of March ends\"\n"
                               "keepline endings accept      # all that is due today");
    accept->add_option("--most", more->most, "So many more; without: all that is due today")
        ->check(CLI::Range(1, 1'000'000'000));
    add_going_on_options(accept, more);
    on_chosen(accept, s, [&s, more] {
        return let_go_on(s, *more,
                         more->most > 0 ? "lets " + std::to_string(more->most) + " more end today"
                                        : std::string("lets all end that is due today"));
    });

    auto* refunds = add_group(root, "refunds", "Refunds that wait because the store was restored",
                              "keepline effects list --to refund\nkeepline refunds release");
    auto compared = std::make_shared<going_on>();
    compared->what = domain::stop_kind::refunds;
    auto* release = add_command(*refunds, "release", "They were compared with the bank: those that are left may go out",
                                "keepline refunds release --reason \"compared with the statement of May 3\"\n"
                                "keepline effects retry --all --to refund");
    add_going_on_options(release, compared);
    on_chosen(release, s, [&s, compared] {
        return let_go_on(s, *compared,
                         "lets refunds from before the restore out: keepline effects retry --all --to "
                         "refund");
    });
}

}  // namespace keepline::app
