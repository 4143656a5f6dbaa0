// The connector of destination `sm_ds`: registers the event of an order with the SM-DS that the order names, and
// deletes it again (ES12.RegisterEvent and ES12.DeleteEvent, SGP.22 §3.6, §5.5). The body and its
// functionCallIdentifier (the effect's key) are the same at every try. Any thread.
//
//   registered                                    the profile hears `registered`
//   8.9.5/3.3, the event record is there already  the same: it is our own try before, whose answer was lost
//   another failure of the function               the profile hears `refused`, with the codes
//   an SM-DS that is not configured here          the profile hears `unknown`
//   deleted, or 8.9.5/3.9 (no such record)        done; another failure: peer_refused
//   everything of HTTP and TLS                    an error, tried again; see http_outcome()
//
// As SM-DSs share this destination, one that cannot be reached fails its own events only (peer_garbled) where there are
// several; see the webhook connector.
#pragma once

#include "link/rsp_caller.hpp"
#include "port/connector.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::link {

struct smds_endpoint {
    std::string address;  // as orders name it
    rsp_peer at;
    bool root = true;  // false: an alternative SM-DS, which is to forward the event to its root
};

struct smds_settings {
    std::vector<smds_endpoint> endpoints;
    std::string smdp_address;  // rspServerAddress: where the phone is to go
    rsp_caller_settings calls;
};

/// code::config_invalid names the SM-DS and what is wrong.
result<std::unique_ptr<port::connector>> make_smds_connector(smds_settings how);

}  // namespace keepline::link
