// The connector of destination `operator_es2`: tells the operator that ordered a profile how its download goes
// (ES2+.HandleDownloadProgressInfo, SGP.22 §5.3.5 and §6.5.2.5), by HTTPS POST with our client certificate, to the one
// endpoint of that requester. An order without a requester, or of a requester without an endpoint here, is told to
// nobody. The body and its functionCallIdentifier (the effect's key) are the same at every try. Any thread.
//
//   2xx                     delivered; 204 is what the standard wants, 200 must not carry a Failed header
//   a Failed header         peer_refused: repeating will not help (in 4xx and 5xx answers too)
//   429, 503                too_many      502, 504, no connection, no TLS     peer_unreachable
//   410                     peer_refused  everything else                     peer_garbled
//
// As operators share this destination, one that cannot be reached fails its own reports only (peer_garbled) where there
// are several endpoints; see the webhook connector.
#pragma once

#include "base/time.hpp"
#include "port/connector.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keepline::link {

using base::result;

struct es2_endpoint {
    domain::label requester;  // whose orders are reported here
    /// Up to and including the host, "https://es2.operator.example"; the function's path is added. With a path of its
    /// own it is taken as it is.
    std::string url;
    std::string ca_file;           // PEM: who may have signed the operator's server certificate; empty: the system's
    std::string certificate_file;  // PEM: our client certificate; empty: none is shown
    std::string key_file;          // PEM: its key
    std::string function_requester = "keepline";  // functionRequesterIdentifier: how this operator calls us
    /// notificationPointId per point. The standard has 1 to 4; vendors number the others each in their own way. A point
    /// that is not named here is not reported.
    std::map<domain::progress_point, int> points = standard_points();
    bool send_result_data = true;  // the PendingNotification as the eUICC signed it

    static std::map<domain::progress_point, int> standard_points() {
        using enum domain::progress_point;
        return {{eligibility, 1}, {confirmation, 2}, {download, 3}, {installation, 4}};
    }
};

struct es2_settings {
    std::vector<es2_endpoint> endpoints;
    std::string protocol = "gsma/rsp/v2.5.0";  // X-Admin-Protocol
    base::duration connect_timeout = base::seconds{3};
    base::duration total_timeout = base::seconds{10};
};

/// code::config_invalid names the requester and what is wrong.
result<std::unique_ptr<port::connector>> make_es2_progress_connector(es2_settings how);

/// The request's body for one endpoint; nullopt when it does not want this point.
std::optional<std::string> es2_progress_body(const domain::report_progress& what, const std::string& call_id,
                                             const es2_endpoint& to);

}  // namespace keepline::link
