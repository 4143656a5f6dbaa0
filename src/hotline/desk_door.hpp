// The hotline's door to the desk: what a dialogue asks becomes a use case of the desk, as whoever is known in this
// call, through the channel `hotline`; what the desk answers becomes an outcome and values to be spoken. One for each
// call. It holds the call's proof (a session of the customer's, opened by the code that they keyed in), and ends it
// with the call. Everything happens on the call's executor; nothing waits. It decides nothing: all rules are the
// desk's.
#pragma once

#include "desk/desk.hpp"
#include "hotline/interpreter.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace keepline::hotline {

struct door_settings {
    std::string country_code;   // of numbers that are keyed in without one: "86"
    std::string home_policy{};  // in whose zone days are said that belong to no line; empty: UTC
};

/// Whom to count, and for the log: as the network names them. No proof of anything.
struct caller_facts {
    std::string call;    // its id
    std::string caller;  // the number that is shown; empty: withheld
    std::string peer;    // the trunk
};

/// How a call ended, for the journal.
struct call_outcome {
    std::string state;    // of the dialogue
    std::string outcome;  // as port::call_end names it
    std::int64_t seconds = 0;
    int entries = 0;
};

/// Who answers what a dialogue asks; of one call, on its executor.
class door {
 public:
    using answered = std::function<void(heard::answer)>;

    virtual ~door() = default;
    door() = default;
    door(const door&) = delete;
    door& operator=(const door&) = delete;

    /// One at a time. `then` comes once.
    virtual void ask(const question& what, answered then) = 0;
    /// The call is over. Once.
    virtual void end(const call_outcome& how) = 0;
    /// For whoever takes over: which case; empty: none.
    virtual std::string case_reference() const { return {}; }
};

class desk_door final : public door, public std::enable_shared_from_this<desk_door> {
 public:
    desk_door(desk::desk& at, door_settings how, caller_facts of, desk::executor_ptr where);

    /// One at a time. `then` comes once, on the executor.
    void ask(const question& what, answered then) override;

    /// The call is over: so is what was proved, and what is being proved this moment. Once; the journal has it.
    void end(const call_outcome& how) override;

    /// For whoever takes over: the case of the line that is open now, if it has one. It says which, and proves nothing.
    std::string case_reference() const override { return case_reference_; }

 private:
    struct work;
    class still_heard;

    /// Somebody else is known: what was proved is over, and what it was about.
    void leave();
    void end_session_of(const desk::holder& who);
    void note(const call_outcome& how);
    desk::request as_hotline(desk::executor_ptr where) const;
    std::optional<std::string> whom_to_count() const;
    desk::executor_ptr aside() const;

    desk::desk& at_;
    door_settings how_;
    caller_facts of_;
    desk::executor_ptr where_;
    std::atomic<bool> over_{false};
    std::optional<desk::holder> who_;
    std::string token_;
    std::string sign_in_;                 // where a code is asked for
    base::msisdn number_{};               // as it was keyed in
    std::map<std::string, bool> proved_;  // lines in this call; true: by a saved code only
    std::string line_;
    std::string closure_;
    std::string case_reference_;
    int quote_ = 0;
    int asked_ = 0;  // makes the key of each command
};

}  // namespace keepline::hotline
