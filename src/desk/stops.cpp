#include "desk/stops.hpp"

#include "desk/ask.hpp"
#include "port/noted_number.hpp"

#include <algorithm>
#include <utility>

namespace keepline::desk {

using base::code;

namespace {

constexpr std::size_t stops_max = 16;  // fewer than the console's state keeps: each is carried out

port::stream_key console_stream() { return credential_stream(domain::role::admin, domain::console_holder()); }

result<std::vector<domain::let_go_on>> noted_in(const std::string& text) {
    if (text.empty()) return std::vector<domain::let_go_on>{};
    return base::from_json<std::vector<domain::let_go_on>>(text);
}

std::string text_of(const std::vector<domain::let_go_on>& all) { return all.empty() ? "" : base::to_json(all); }

}  // namespace

result<void> stops::note(port::notebook& notes, domain::let_go_on what) {
    for (;;) {
        TRY(was, notes.read(noted_stops_note));
        TRY(all, noted_in(was.value_or("")));
        if (all.size() >= stops_max)
            return base::refuse(code::too_many, "Start the server once; so much is noted already.");
        all.push_back(what);
        TRY(written, notes.exchange(std::string(noted_stops_note), was.value_or(""), text_of(all)));
        if (written) return {};
    }
}

result<void> stops::journal(const domain::let_go_on& what) {
    engine::submission out;
    out.to = console_stream();
    out.what = domain::credential_command(what);
    out.by = {domain::role::system, domain::console_holder()};
    out.correlation = "console";
    out.must_exist = false;
    TRY(answered, ask(to_, std::move(out)));
    if (answered.events.empty()) return {};
    const bool of_keys = what.what == domain::stop_kind::keys;
    log_.warning(of_keys ? "keys_changed_with_file_access" : "let_go_on_with_file_access", "",
                 {{"what", boost::describe::enum_to_string(what.what, "")}, {"detail", what.detail}});
    return {};
}

void stops::take_up_noted() {
    take_up([](const domain::let_go_on&) { return true; });
}

void stops::take_up(const std::function<bool(const domain::let_go_on&)>& wanted) {
    const auto was = notes_.read(noted_stops_note);
    auto noted =
        was ? noted_in(was->value_or("")) : result<std::vector<domain::let_go_on>>(std::unexpected(was.error()));
    if (!noted) return log_.warning("console_unreadable", "", {{"reason", noted.error().words}});
    if (std::ranges::none_of(*noted, wanted)) return;
    for (const auto& one : *noted)
        if (wanted(one))
            if (const auto done = journal(one); !done)
                return log_.error("console_not_journalled", "", {{"reason", done.error().words}});
    // Only now: a crash before finds them again, and the journal knows those that it has.
    std::erase_if(*noted, wanted);
    if (const auto gone = notes_.exchange(std::string(noted_stops_note), was->value_or(""), text_of(*noted)); !gone)
        log_.warning("console_note_left", "", {{"reason", gone.error().words}});
    if (told_of_) told_of_();
}

void stops::carry_out() {
    const auto view = to_.read(console_stream());
    if (!view) return;
    const auto& all = (*view)->credential().went_on;
    if (all.empty()) return;
    const auto carried = port::noted_number(notes_, stops_done_note);
    const auto from = port::noted_number(notes_, stops_from_note);
    if (!carried || !from)
        return log_.error("going_on_unreadable", "", {{"reason", (carried ? from : carried).error().words}});
    for (const auto& one : all) {
        if (one.serial <= *carried || one.at.ms <= *from) continue;
        auto notes = carry_(one);
        if (!notes) {  // of the store, the only thing that it writes: tried again, and those after it wait
            if (std::exchange(told_, one.serial) != one.serial)
                log_.error("going_on_failed", "",
                           {{"what", boost::describe::enum_to_string(one.what, "")}, {"reason", notes.error().words}});
            return;
        }
        notes->emplace_back(stops_done_note, std::to_string(one.serial));
        if (const auto written = notes_.write(*notes); !written)
            return log_.error("going_on_unwritten", "", {{"reason", written.error().words}});
        log_.warning("went_on", "",
                     {{"what", boost::describe::enum_to_string(one.what, "")}, {"by", one.by.id.text()}});
    }
}

}  // namespace keepline::desk
