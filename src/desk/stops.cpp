#include "desk/stops.hpp"

#include "base/digest.hpp"
#include "base/utf8.hpp"
#include "desk/ask.hpp"
#include "domain/reason.hpp"
#include "port/noted_number.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace keepline::desk {

using base::code;

namespace {

constexpr std::size_t stops_max = 16;  // fewer than the console's state keeps: each is carried out
constexpr std::size_t set_aside_max = 64UL * 1024;

port::stream_key console_stream() { return credential_stream(domain::role::admin, domain::console_holder()); }

struct noted {
    std::vector<domain::let_go_on> all;
    std::vector<std::string> unreadable;  // as JSON
};

/// A note of before its words were looked at: too long for the journal, they are cut and not the note.
boost::json::value with_short_reason(boost::json::value one) {
    constexpr std::size_t reason_max = 200;
    auto* members = one.if_object();
    auto* reason = members == nullptr ? nullptr : members->if_contains("reason");
    if (reason != nullptr && reason->is_string())
        *reason = boost::json::string(base::first_bytes(reason->get_string(), reason_max));
    return one;
}

/// One by one: whatever one of them is, it keeps none of the others from the journal.
noted noted_in(const std::string& text) {
    noted out;
    if (text.empty()) return out;
    auto parsed = base::parse_json(text);
    if (!parsed) parsed = base::parse_json(base::repaired_utf8(text));
    if (!parsed || !parsed->is_array()) {
        out.unreadable.push_back(boost::json::serialize(boost::json::string(base::repaired_utf8(text))));
        return out;
    }
    for (const auto& one : parsed->get_array()) {
        auto read = base::from_json<domain::let_go_on>(boost::json::serialize(with_short_reason(one)));
        if (read)
            out.all.push_back(std::move(*read));
        else
            out.unreadable.push_back(boost::json::serialize(one));
    }
    return out;
}

std::string text_of(const std::vector<domain::let_go_on>& all) { return all.empty() ? "" : base::to_json(all); }

/// Asked of the rule that the journal will ask, and read back as it will be read.
result<void> check_noted(const domain::let_go_on& what) {
    static const domain::rule_book none;
    domain::context now;
    now.rules = &none;
    now.by = {domain::role::system, domain::console_holder()};
    TRY(taken, domain::credential::decide({}, domain::credential_command(what), now));
    (void)taken;
    if (!what.reason.empty()) CHECK(domain::check_reason(what.reason));
    if (!base::is_utf8(what.detail)) return base::refuse(code::invalid, "That is no text in UTF-8.");
    TRY(back, base::from_json<domain::let_go_on>(base::to_json(what)));
    (void)back;
    return {};
}

/// That it cannot be read is all that can be said of it.
domain::let_go_on about_unreadable(const std::string& what) {
    constexpr std::size_t enough = 16;
    const auto digest = base::hex(base::sha256(base::view(what))).substr(0, enough);
    return {domain::stop_kind::keys,
            "a note of the command line that cannot be read or carried out; kept as it is, SHA-256 " + digest + "…",
            "",
            {}};
}

/// Of the command, as such: another try ends the same way. All else is tried again.
bool is_for_good(code what) {
    return what == code::invalid || what == code::malformed || what == code::too_large || what == code::forbidden;
}

}  // namespace

result<void> stops::note(port::notebook& notes, domain::let_go_on what) {
    CHECK(check_noted(what));
    for (;;) {
        TRY(was, notes.read(noted_stops_note));
        const auto before = was.value_or("");
        auto noted = noted_in(before);
        if (noted.all.size() + noted.unreadable.size() >= stops_max)
            return base::refuse(code::too_many, "Start the server once; so much is noted already.");
        noted.all.push_back(what);
        // What cannot be read stays for the server to tell of, beside what can.
        auto text = text_of(noted.all);
        for (const auto& one : noted.unreadable) text.insert(text.size() - 1, "," + one);
        TRY(written, notes.exchange(std::string(noted_stops_note), before, text));
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

/// Kept, and said where every administrator sees it.
result<void> stops::set_aside(const std::string& what) {
    TRY(before, notes_.read(set_aside_note));
    auto kept = before.value_or("");
    const auto line = base::hex(base::view(std::string(base::first_bytes(what, set_aside_max / 4))));
    if (!kept.contains(line)) {
        kept += (kept.empty() ? "" : " ") + line;
        while (kept.size() > set_aside_max) kept.erase(0, kept.find(' ') + 1);
        CHECK(notes_.write({{std::string(set_aside_note), kept}}));
    }
    log_.error("console_note_set_aside", "", {{"detail", about_unreadable(what).detail}});
    return journal(about_unreadable(what));
}

void stops::take_up(const std::function<bool(const domain::let_go_on&)>& wanted) {
    const auto was = notes_.read(noted_stops_note);
    if (!was) return log_.warning("console_unreadable", "", {{"reason", was.error().words}});
    auto noted = noted_in(was->value_or(""));
    if (noted.unreadable.empty() && std::ranges::none_of(noted.all, wanted)) return;
    const auto not_now = [&](const base::error& why) {
        log_.error("console_not_journalled", "", {{"reason", why.words}});
    };
    for (const auto& one : noted.unreadable)
        if (const auto told = set_aside(one); !told) return not_now(told.error());
    for (const auto& one : noted.all) {
        if (!wanted(one)) continue;
        auto done = journal(one);
        if (!done && is_for_good(done.error().what)) done = set_aside(base::to_json(one));
        if (!done) return not_now(done.error());
    }
    // Only now: a crash before finds them again, and the journal knows those that it has.
    std::erase_if(noted.all, wanted);
    if (const auto gone = notes_.exchange(std::string(noted_stops_note), was->value_or(""), text_of(noted.all)); !gone)
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
