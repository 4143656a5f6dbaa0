// Streams of what changes (text/event-stream): each shows one browser the part of a page anew that its case is about,
// as GET …/part answers it. Woken by the journal's tail; where nothing rings (another node wrote), a look every other
// second finds it. A session has one stream at a time, a stream some minutes, and all of them together a limit; one
// ends with its session. One thread of its own; `open` and `stop` may be called on any.
#pragma once

#include "http/message.hpp"
#include "port/clock.hpp"
#include "port/journal.hpp"
#include "portal/settings.hpp"
#include "portal/visit.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace keepline::portal {

class live_streams {
 public:
    /// `serves` answers a request as if the browser had sent it. What both refer to outlives this.
    live_streams(const services& house, std::function<void(http::exchange_ptr)> serves);
    ~live_streams();  // stop()
    live_streams(const live_streams&) = delete;
    live_streams& operator=(const live_streams&) = delete;

    struct followed {
        port::stream_key key;    // whose revisions are waited for
        std::string part;        // the path by which the part is asked for
        std::uint64_t seen = 0;  // the revision that the browser has
    };
    /// Of whoever is signed in; the one that their session had ends. code::overloaded: there are too many.
    result<std::shared_ptr<http::body_source>> open(const visit& by, followed what);

    std::size_t count() const;
    /// All end, and none is opened any more. Twice is harmless.
    void stop();

 private:
    class hub;
    std::shared_ptr<hub> hub_;
};

}  // namespace keepline::portal
