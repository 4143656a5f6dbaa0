// Calls back: between the connector of destination `voice`, which knows whom to call and how often, and the hotline,
// which calls and asks. The hotline opens after the connectors and ends before them, so the connector holds a switch
// that is open meanwhile.
#pragma once

#include "base/error.hpp"
#include "domain/number/check.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace keepline::port {

struct call_back_wish {
    std::string number;       // E.164 with "+"
    std::string language;     // of the owner
    std::string number_tail;  // of the line that it is about
    std::string code;         // what is to be keyed in; told to nobody in the call
    std::string correlation;
};

/// What came of one try. `unreached`: busy, declined, or nobody answered.
enum class call_back_heard { unreached, nothing, confirmed, wrong, repudiated };

class call_backs {
 public:
    virtual ~call_backs() = default;
    call_backs() = default;
    call_backs(const call_backs&) = delete;
    call_backs& operator=(const call_backs&) = delete;
    /// Blocks until somebody has answered, pressed what they press, or cannot be reached; bounded. Any thread.
    /// Refused: peer_unreachable (no call was made, or it broke off by our doing).
    virtual base::result<call_back_heard> call(const call_back_wish& what) = 0;
    /// No call begins after it.
    virtual void close() = 0;
};

/// Any thread.
class call_back_switch {
 public:
    /// Null: nobody calls any more.
    void set(std::shared_ptr<call_backs> by) {
        const std::scoped_lock held(mutex_);
        by_ = std::move(by);
    }
    std::shared_ptr<call_backs> get() const {
        const std::scoped_lock held(mutex_);
        return by_;
    }

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<call_backs> by_;
};

}  // namespace keepline::port
