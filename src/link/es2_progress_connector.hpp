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

#include "link/rsp_caller.hpp"
#include "port/connector.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keepline::link {

struct es2_endpoint {
    domain::label requester;  // whose orders are reported here
    rsp_peer at;
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
    rsp_caller_settings calls;
};

/// code::config_invalid names the requester and what is wrong.
result<std::unique_ptr<port::connector>> make_es2_progress_connector(es2_settings how);

/// The request's body for one endpoint; nullopt when it does not want this point.
std::optional<std::string> es2_progress_body(const domain::report_progress& what, const std::string& call_id,
                                             const es2_endpoint& to);

}  // namespace keepline::link
