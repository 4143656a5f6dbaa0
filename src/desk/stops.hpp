// What the server stopped for, and how it goes on: a clock that jumped, more endings than were foreseen, tokens and
// refunds that a restore holds back (domain::stop_kind). While it runs, two administrators let it go on; while it
// stands, whoever has the machine may leave a note, which the next start finds. Either way the journal says so first,
// on the console's stream, and only what it says is carried out: nothing goes on that cannot be seen to have gone on.
//
// One thread, and not the engine's writer (a commit is waited for).
#pragma once

#include "desk/token_register.hpp"
#include "port/notebook.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keepline::desk {

/// What the command line noted beside a server that stands: JSON, an array of let_go_on.
inline constexpr std::string_view noted_stops_note = "console.noted";
/// What could not be read there, or what the journal does not take, as it was: kept for whoever looks, and said in the
/// journal. The oldest go where it grows long.
inline constexpr std::string_view set_aside_note = "console.set_aside";
/// The serial of the last one that was carried out.
inline constexpr std::string_view stops_done_note = "console.done";
/// ms since 1970: what the journal allowed until then is not carried out any more. A restore sets it, so that a backup
/// made between an act and its carrying out does not release what the restore holds.
inline constexpr std::string_view stops_from_note = "console.from";

class stops {
 public:
    /// Carries one out; what it answers is written into the notebook together with the mark that it was.
    using carrier = std::function<result<std::vector<port::notebook::note>>(const domain::let_go&)>;

    /// `told_of`: called after something was journalled for the console; may be empty.
    stops(journal_door to, port::notebook& notes, port::log& log, carrier carry, std::function<void()> told_of = {})
        : to_(std::move(to)), notes_(notes), log_(log), carry_(std::move(carry)), told_of_(std::move(told_of)) {}

    /// Adds one to those that the next start finds; of keys, a running server within a second. For the command line.
    /// code::invalid where the journal would not take it: nothing is noted that cannot be read back.
    static result<void> note(port::notebook& notes, domain::let_go_on what);

    /// At the start: what was noted is journalled. While the server runs, what was done to its keys: nothing else that
    /// the command line says goes on without two administrators.
    void take_up_noted();
    void take_up_keys() {
        take_up([](const domain::let_go_on& one) { return one.what == domain::stop_kind::keys; });
    }
    /// Now and then: what is journalled is carried out, each once. What fails is tried again, in its turn.
    void carry_out();

 private:
    void take_up(const std::function<bool(const domain::let_go_on&)>& wanted);
    result<void> journal(const domain::let_go_on& what);
    result<void> set_aside(const std::string& what);

    journal_door to_;
    port::notebook& notes_;
    port::log& log_;
    carrier carry_;
    std::function<void()> told_of_;
    int told_ = 0;  // the serial of the last failure that was logged
};

}  // namespace keepline::desk
