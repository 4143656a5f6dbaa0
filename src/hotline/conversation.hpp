// Calls as they are held: the dialogue between a call (port/call.hpp) and the desk (desk_door.hpp). Sentences become
// sound, keys and silences become steps, questions go to the desk and never block anybody. One conversation lives on
// its call's thread; the switchboard that makes them may be called from any.
#pragma once

#include "hotline/desk_door.hpp"
#include "hotline/takes.hpp"
#include "port/call.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace keepline::hotline {

struct hotline_settings {
    std::vector<std::string> languages{"zh-CN", "en"};  // in the order in which they are offered
    std::string agents;                                 // whom a call is handed over to; empty: nobody
    door_settings door;
};

class switchboard {
 public:
    switchboard(desk::desk& at, spoken_dialogue way, loaded_takes takes, hotline_settings how);

    /// For the user agent: answers every call.
    port::call_ears ears();
    /// Answered calls that ended so.
    std::uint64_t ended(port::call_end how) const;

    /// For a call that we make: who speaks in it, about the line that ends so, and who hears what is keyed in. After
    /// `most` it ends.
    struct outgoing {
        std::string language;
        std::string number_tail;
        std::chrono::seconds most{120};
        std::shared_ptr<door> with;
    };
    port::call_ears ears_for(outgoing call);

 private:
    struct house;
    std::shared_ptr<house> house_;
};

}  // namespace keepline::hotline
