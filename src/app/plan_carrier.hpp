// Carries out plans of imports that two people signed (domain/import_plan/import_plan.hpp): change by change, each by
// the request of this API that does it singly, as the one who planned and with the one who signed beside, on a thread
// of its own.
//
// Before each change what it is about is looked at again: what is not any more as it was planned is reported, never
// overwritten; and after it, so that only what is so is said to be done. A crash repeats at most the changes whose
// outcome was not noted yet; what they did is found done, or their Idempotency-Key finds it. When a plan is over its
// key is destroyed, and with it the personal data in it.
//
// It goes on for as long as nobody stopped the plan and both people still have a token; what cannot be carried out at
// all is stopped with the reason, so that it is not begun again with every start.
#pragma once

#include "desk/parts.hpp"
#include "desk/plan_changes.hpp"
#include "domain/import_plan/import_plan.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace keepline::http {
struct planned_change;
}

namespace keepline::app {

class api_way;

class plan_carrier {
 public:
    explicit plan_carrier(desk::parts with) : with_(std::move(with)) {}
    ~plan_carrier() { stop(); }
    plan_carrier(const plan_carrier&) = delete;
    plan_carrier& operator=(const plan_carrier&) = delete;

    void start();
    /// After the change that runs. Twice is harmless; before the engine ends.
    void stop();

 private:
    void run();
    /// False: something waits for the server to be able again.
    bool carry_out_all();
    void clear_all();
    base::result<void> carry_out(const port::stream_key& key);
    /// An error: the server cannot now.
    base::result<domain::plan_note> carry_out(api_way& way, const std::string& plan, int number,
                                              const desk::planned_change& what);
    base::result<void> check_in_force(const domain::import_plan_state& s);
    base::result<void> stop_plan(const port::stream_key& key, std::string why);
    base::result<void> submit(const port::stream_key& to, domain::import_plan_command what);
    bool is_stopping();

    const desk::parts with_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace keepline::app
