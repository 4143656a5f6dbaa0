// What changes, told to staff while it does (GET /v1/live, text/event-stream): woken by the journal's tail; where
// nothing rings (another node wrote), a look every other second finds it. Whoever holds a token or a session has so
// many streams at a time, all of them together have a limit, a stream lasts some minutes, and one ends with what opened
// it. Whoever reads too slowly is told to look at everything again. One thread of its own; `open` and `stop` may be
// called on any.
#pragma once

#include "api/call.hpp"
#include "http/stream_limits.hpp"

#include <cstdint>
#include <memory>

namespace keepline::api {

struct live_limits : http::stream_limits {
    live_limits() { streams_max_per_holder = 8; }
    base::duration rest = base::seconds{5};  // after more happened than is told one by one
    std::size_t entries_max = 500;           // of the journal, that are told one by one
    std::size_t unread_max = 64UL * 1024;    // bytes that wait for a slow reader
};

class live_streams {
 public:
    /// `of` outlives it. Its thread begins with the first stream.
    live_streams(const services& of, live_limits how);
    ~live_streams();  // stop()
    live_streams(const live_streams&) = delete;
    live_streams& operator=(const live_streams&) = delete;

    /// Of whoever sent `by`; the oldest one that they have more than they may ends. `known`: the id of the last event
    /// that the browser has; empty: none. code::overloaded: there are too many.
    result<std::shared_ptr<body_source>> open(const call& by, std::string_view known);

    std::size_t count() const;
    /// All end, and none is opened any more. Twice is harmless.
    void stop();

 private:
    class hub;
    std::shared_ptr<hub> hub_;
};

}  // namespace keepline::api
