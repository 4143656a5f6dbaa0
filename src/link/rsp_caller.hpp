// Calls functions of other servers of remote SIM provisioning (an operator's ES2+, an SM-DS's ES12): HTTPS POST of JSON
// with our client certificate, and the function's execution status out of the answer (SGP.22 §6.5.1). Any thread.
#pragma once

#include "base/time.hpp"
#include "link/curl_handle.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::link {

using base::result;

/// Where a server is and how it knows us.
struct rsp_peer {
    /// Up to and including the host, "https://es2.operator.example"; the function's path is added. With a path of its
    /// own it is taken as it is.
    std::string url;
    std::string ca_file;                          // PEM: who may have signed its certificate; empty: the system's
    std::string certificate_file;                 // PEM: our client certificate; empty: none is shown
    std::string key_file;                         // PEM: its key
    std::string function_requester = "keepline";  // functionRequesterIdentifier: how it calls us
};

/// What cannot be right about it, in words that follow its name; nothing: no fault seen.
std::optional<std::string> fault_in(const rsp_peer& of);

struct rsp_caller_settings {
    std::string protocol = "gsma/rsp/v2.5.0";  // X-Admin-Protocol
    base::duration connect_timeout = base::seconds{3};
    base::duration total_timeout = base::seconds{10};
};

/// `"name":"value"`, with a comma before it unless it is the first of its object.
void add_member(std::string& out, std::string_view name, std::string_view value);
/// `{"header":{…}`: how every request begins.
std::string rsp_request_head(const rsp_peer& to, const std::string& call_id);

class rsp_caller {
 public:
    explicit rsp_caller(rsp_caller_settings how) : how_(std::move(how)) {}

    /// The status codes of a function that was executed and failed, "8.9.5/3.3", whatever the status of HTTP; empty: it
    /// was executed well. Only the codes: the words of a stranger do not go into our logs. Otherwise an error as
    /// http_outcome() says, its words beginning with `whose`.
    result<std::string> call(const rsp_peer& to, const std::string& whose, std::string_view path,
                             const std::string& body, const std::string& correlation);

 private:
    const rsp_caller_settings how_;
    curl_pool pool_;
};

}  // namespace keepline::link
