// The API: takes a request, finds its route, checks who asks and what the route needs, and hands it to its handler.
// Called on the connections' threads; the answer comes later, on the exchange's own thread. Holds no connection and no
// socket.
#pragma once

#include "api/call.hpp"
#include "api/live.hpp"

#include <atomic>
#include <memory>

namespace keepline::api {

class api final : public application {
 public:
    /// `at` outlives it.
    api(desk::desk& at, limits how, console_door console = {}, live_limits live = {});

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(exchange_ptr what) override;
    response refusal(const base::error& why, const http::request& head) override;
    services& shared() { return shared_; }
    /// Before its server stops: a stream would hold it up.
    void end_streams() { live_.stop(); }

 private:
    std::string correlation_for(const http::request& in);

    services shared_;
    std::string instance_;  // begins the correlation ids that are made here
    std::atomic<std::uint64_t> made_{0};
    live_streams live_;  // last: its thread asks the others
};

/// The document served at /openapi.yaml (api/openapi.yaml as it was when this program was built).
std::string_view openapi_document();

}  // namespace keepline::api
