// A telephone call as whoever speaks in it sees it: the seam between what carries calls (SIP and sound) and the
// hotline's dialogue. Neither knows the other.
//
//   user agent ── key, played, gone ──▶ call_ear ── dialogue, desk ──▶ call_line (play, transfer, hang up)
//
// Everything of one call happens on one thread of the user agent's: it calls the ear there, and there alone may the
// ear call the line. `run` and `run_after` bring others' answers there, from any thread. The line outlives its ear: the
// user agent ends the ear after `gone`, and then `run` does nothing any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::port {

/// Mono, 16 bits, 8,000 a second; what a narrow call carries. A user agent that speaks wide band doubles them itself.
using call_sound = std::shared_ptr<const std::vector<std::int16_t>>;
inline constexpr int call_samples_a_second = 8000;

/// Why a call is over. `not_made`: one of ours that rang nowhere, as there is no trunk or no place for its sound, or
/// the trunk would not have it.
enum class call_end { by_caller, by_us, too_long, lost, transferred, shut_down, not_made };
BOOST_DESCRIBE_ENUM(call_end, by_caller, by_us, too_long, lost, transferred, shut_down, not_made)

/// Where a caller is handed over to a person.
struct call_transfer {
    std::string target;                                        // as configuration names it: "sip:agents@pbx.example"
    std::string subject;                                       // one line for the agent's screen; no secret
    std::vector<std::pair<std::string, std::string>> headers;  // "X-Keepline-Case": a pointer, no proof
};

/// Who calls, as the network says: never proof, and counted only as a digest.
struct call_facts {
    std::string id;      // of the call, for logs and the journal: letters, digits, "-"
    std::string caller;  // digits with "+" in front, or as the network has it; empty: withheld
    std::string dialled;
    std::string peer;  // the trunk's name
    bool outgoing = false;
};

class call_line {
 public:
    virtual ~call_line() = default;
    call_line() = default;
    call_line(const call_line&) = delete;
    call_line& operator=(const call_line&) = delete;

    /// One after another, without a gap; what was still playing stops first. `played` comes after the last sample, with
    /// this number; never if something else was played, or stopped, before.
    virtual void play(std::vector<call_sound> what, std::uint64_t number) = 0;
    virtual void stop_playing() = 0;
    /// The ear hears `transferred` or `transfer_failed`.
    virtual void transfer(const call_transfer& to) = 0;
    virtual void hang_up() = 0;

    // -- from any thread
    virtual void run(std::function<void()> work) = 0;
    virtual void run_after(std::chrono::milliseconds pause, std::function<void()> work) = 0;
};

class call_ear {
 public:
    virtual ~call_ear() = default;
    call_ear() = default;
    call_ear(const call_ear&) = delete;
    call_ear& operator=(const call_ear&) = delete;

    /// The call stands, and sound goes both ways. Once, and first.
    virtual void answered() = 0;
    /// One of 0-9, * and #: once for each press, however often the network repeated it.
    virtual void key(char pressed) = 0;
    virtual void played(std::uint64_t number) = 0;
    virtual void transfer_failed() = 0;
    /// Once, and last; also where `answered` never came.
    virtual void gone(call_end why) = 0;
};

/// Makes the ear of a call that comes in, or that we made; null: the call is refused (busy).
using call_ears = std::function<std::unique_ptr<call_ear>(std::shared_ptr<call_line>, const call_facts&)>;

/// Calls that we make.
class call_maker {
 public:
    virtual ~call_maker() = default;
    call_maker() = default;
    call_maker(const call_maker&) = delete;
    call_maker& operator=(const call_maker&) = delete;
    /// From any thread. `number` in E.164 with "+"; budgets and policy are the caller's business, the longest ringing
    /// time is in `rings`. The ear is made at once; one that is never answered hears `gone`.
    virtual void call(const std::string& number, std::chrono::seconds rings, call_ears with) = 0;
};

}  // namespace keepline::port
