// keepline clock …, keepline endings …, keepline refunds …: what an operator accepts after having looked. Shown from
// the store's notebook; accepted by two administrators, or on a server that stands (app/going_on.hpp).
#include "app/going_on.hpp"
#include "app/machine_clocks.hpp"
#include "app/store_notes.hpp"
#include "engine/ending_budget.hpp"
#include "engine/trusted_clock.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <sstream>
#include <vector>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<std::string> note_text(port::notebook& notes, std::string_view name) {
    TRY(found, notes.read(name));
    return found.value_or("");
}

/// "3 h 20 min ahead", as a person reads it.
std::string apart(std::int64_t ms) {
    const auto seconds = std::abs(ms) / 1000;
    if (seconds < 2) return "agrees";
    const std::array<std::pair<std::int64_t, const char*>, 4> units{
        {{86'400, " d"}, {3'600, " h"}, {60, " min"}, {1, " s"}}};
    std::string out;
    auto left = seconds;
    int shown = 0;
    for (const auto& [length, name] : units) {
        if (left < length || shown == 2) continue;
        out += (out.empty() ? "" : " ") + std::to_string(left / length) + name;
        left %= length;
        ++shown;
    }
    return out + (ms > 0 ? " ahead" : " behind");
}

/// "2026-11-29 02:30:00 UTC"
std::string in_words(base::instant at) {
    auto text = base::iso(at).substr(0, 19);
    text[10] = ' ';
    return text + " UTC";
}

result<int> show_clock(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(text, note_text(*notes, engine::clock_mark_note));
    const auto is = engine::clock_note::of(machine_clocks());
    json::object out{{"machine", base::iso(is.at)}};
    s.at.out << (s.json ? "" : "The machine's clock: " + in_words(is.at) + "\n");
    if (const auto mark = engine::clock_note::parse(text)) {
        const bool same_boot = mark->boot == is.boot;
        out["store"] = base::iso(mark->at);
        out["same_boot"] = same_boot;
        const base::instant expected{mark->at.ms + is.running_ms - mark->running_ms};
        if (same_boot) out["expected"] = base::iso(expected);
        if (!s.json) {
            s.at.out << "The store has come to: " << in_words(mark->at) << " (" << apart(is.at.ms - mark->at.ms)
                     << " is the machine's)\n";
            if (same_boot)
                s.at.out << "By the counter since boot it is: " << in_words(expected)
                         << " (the machine's clock: " << apart(is.at.ms - expected.ms) << ")\n";
            else
                s.at.out << "The machine was started anew since, so only the configured downtime bounds a jump.\n";
        }
    } else if (!s.json) {
        s.at.out << "No server has run on this store yet.\n";
    }
    if (s.json) s.print(out);
    return 0;
}

struct endings_noted {
    std::int64_t day = 0;  // since 1970; 0: never
    std::int64_t ended = 0;
    std::int64_t foreseen = 0;
    std::int64_t accepted = 0;
    std::int64_t made_on = 0;
    std::vector<std::int64_t> ahead;
};

endings_noted endings_in(const std::string& today, const std::string& forecast) {
    endings_noted out;
    std::istringstream(today) >> out.day >> out.ended >> out.foreseen >> out.accepted;
    std::istringstream in(forecast);
    in >> out.made_on;
    for (std::int64_t n = 0; in >> n;) out.ahead.push_back(n);
    return out;
}

std::string day_text(std::int64_t day) { return base::iso(base::instant{day * 86'400'000}).substr(0, 10); }

result<int> show_endings(const session& s) {
    TRY(settings, s.settings());
    TRY(notes, notebook_of(settings));
    TRY(today, note_text(*notes, engine::endings_today_note));
    TRY(ahead, note_text(*notes, engine::endings_forecast_note));
    const auto is = endings_in(today, ahead);
    const auto bound =
        std::max(settings.time.endings_floor, is.foreseen * settings.time.endings_percent / 100) + is.accepted;
    if (s.json) {
        json::array days;
        for (std::size_t i = 0; i < is.ahead.size(); ++i)
            days.push_back(
                json::object{{"day", day_text(is.made_on + static_cast<std::int64_t>(i))}, {"foreseen", is.ahead[i]}});
        json::object out{{"forecast", std::move(days)}};
        if (is.day != 0)
            out["today"] = json::object{{"day", day_text(is.day)},
                                        {"ended", is.ended},
                                        {"foreseen", is.foreseen},
                                        {"accepted", is.accepted},
                                        {"most", bound}};
        s.print(out);
        return 0;
    }
    if (is.day == 0) {
        s.at.out << "No server has run on this store yet.\n";
        return 0;
    }
    s.at.out << day_text(is.day) << " (UTC): " << is.ended << " lines, persons and profiles have ended by themselves; "
             << is.foreseen << " were foreseen, at most " << bound << " may"
             << (is.accepted > 0 ? " (with " + std::to_string(is.accepted) + " accepted by hand)" : std::string())
             << ".\n";
    if (is.ahead.empty()) return 0;
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < is.ahead.size(); ++i)
        rows.push_back({day_text(is.made_on + static_cast<std::int64_t>(i)), std::to_string(is.ahead[i])});
    s.at.out << "Foreseen on " << day_text(is.made_on) << ":\n" << table({"DAY", "DUE"}, rows);
    return 0;
}

/// A command that lets one kind of stop go on; `done` says what will have happened. What it asks for, to add options.
using stop_words = std::function<std::string(const going_on&)>;
std::shared_ptr<going_on> on_going_on(CLI::App* command, session& s, domain::stop_kind what, stop_words done) {
    auto in = std::make_shared<going_on>();
    in->what = what;
    add_going_on_options(command, in);
    on_chosen(command, s, [&s, in, done = std::move(done)] { return let_go_on(s, *in, done(*in)); });
    return in;
}

}  // namespace

void add_time_commands(CLI::App& root, session& s) {
    auto* clock =
        add_group(root, "clock", "What is known of the time: show, accept",
                  "keepline clock show\nkeepline clock accept      # when /readyz says that the clock is in doubt");
    on_chosen(
        add_command(*clock, "show", "The machine's clock beside how far the store has come", "keepline clock show"), s,
        [&s] { return show_clock(s); });
    on_going_on(add_command(*clock, "accept", "The machine's clock is right, whatever it said before",
                            "date && keepline clock accept --reason \"the battery was changed\""),
                s, domain::stop_kind::clock, [](const going_on&) {
                    return "believes the machine's clock as it is now; what is due then ends, as far as the "
                           "day's budget goes";
                });

    auto* endings = add_group(root, "endings", "What ends by itself in a day: show, accept",
                              "keepline endings show\nkeepline endings accept --most 500");
    on_chosen(add_command(*endings, "show", "What has ended today, what was foreseen, what may; and the days after",
                          "keepline endings show"),
              s, [&s] { return show_endings(s); });
    auto* accept = add_command(*endings, "accept", "More may end today than was foreseen",
                               "keepline endings accept --most 500 --reason \"the promotion of March ends\"\n"
                               "keepline endings accept      # all that is due today");
    const auto more = on_going_on(accept, s, domain::stop_kind::endings, [](const going_on& in) {
        return in.most > 0 ? "lets " + std::to_string(in.most) + " more end today"
                           : std::string("lets all end that is due today");
    });
    accept->add_option("--most", more->most, "So many more; without: all that is due today")
        ->check(CLI::Range(1, 1'000'000'000));

    auto* refunds = add_group(root, "refunds", "Refunds that wait because the store was restored",
                              "keepline effects list --to refund\nkeepline refunds release");
    on_going_on(add_command(*refunds, "release", "They were compared with the bank: those that are left may go out",
                            "keepline refunds release --reason \"compared with the statement of May 3\"\n"
                            "keepline effects retry --all --to refund"),
                s, domain::stop_kind::refunds, [](const going_on&) {
                    return "lets refunds from before the restore out: keepline effects retry --all --to refund";
                });
}

}  // namespace keepline::app
