// A way to the API: over the network to a running server, or in this process. The same requests, the same answers, so
// that the import does offline exactly what the server would do.
#pragma once

#include "base/error.hpp"

#include <memory>
#include <string>

#include <boost/json/value.hpp>

namespace keepline::app {

struct api_request {
    std::string method = "GET";  // GET, POST, PUT
    std::string target;          // path and query
    std::string body;            // JSON; empty: none
    std::string idempotency_key;
    std::string if_match;
    std::string channel;
    std::string accept{};
    std::string content_type = "application/json";
};

struct api_answer {
    int status = 0;
    std::string type;
    std::string body;
    std::string etag{};
    bool replayed = false;  // this Idempotency-Key had been answered before
};

class api_way {
 public:
    virtual ~api_way() = default;
    /// Any thread; blocks until the answer is there. An error means that there was no answer (code::peer_unreachable).
    virtual base::result<api_answer> send(const api_request& what) = 0;
};

/// `url` is http(s)://host:port; the token goes into the Authorization header.
std::unique_ptr<api_way> make_remote_api(std::string url, std::string token);

/// A problem as an error of ours (its code, words and data); a success as it is.
base::result<api_answer> accepted(base::result<api_answer> answer);
/// The body of a success as JSON.
base::result<boost::json::value> json_of(base::result<api_answer> answer);

/// Percent-encodes what may not stand in a path or query.
std::string url_part(std::string_view text);

}  // namespace keepline::app
