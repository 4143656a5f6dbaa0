// Calls back as they are made: whoever wants one waits here while the phone rings, is answered and keys are pressed in
// it (port/call_backs.hpp). A call proves nothing but that somebody at that phone was told what the applicant was told.
#pragma once

#include "hotline/conversation.hpp"
#include "port/call_backs.hpp"

#include <chrono>
#include <memory>

namespace keepline::hotline {

struct call_back_settings {
    std::chrono::seconds rings{40};
    std::chrono::seconds most{120};  // of one that is answered
};

/// All outlive it, and what waits in it.
std::shared_ptr<port::call_backs> make_call_backs(switchboard& board, port::call_maker& by, call_back_settings how);

}  // namespace keepline::hotline
