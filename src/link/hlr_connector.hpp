// The connector of destination `hlr`. For osmo-hlr 1.5: CTRL to read, create and delete, VTY to bar (only there the
// serving nodes are told), GSUP as a small VLR to prove that the network refuses the subscriber. Every operation reads
// back what it did, and may be repeated. Errors and logs name no IMSI and no number. Any thread; `connections`
// operations run at once.
//
//   provision  create, set the number, cs+ps             "provisioned: number and network-access-mode cs+ps read back"
//   bar        none, pushed; read back; proved           "barred: network-access-mode none read back; UpdateLocation
//   refused with cause 0x0b" unbar      cs+ps; read back                          "unbarred: network-access-mode cs+ps
//   read back" remove     delete; read back: unknown; proved        "deleted: no such subscriber read back;
//   UpdateLocation refused with cause 0x02"
//
// An UpdateLocation that succeeds would move the subscriber to us, so it is only sent after the read-back.
#pragma once

#include "base/time.hpp"
#include "port/connector.hpp"

#include <memory>

namespace keepline::link {

struct hlr_settings {
    std::string host = "127.0.0.1";
    int vty_port = 4258;
    int ctrl_port = 4259;
    int gsup_port = 4222;
    std::string unit_name = "keepline";  // our name as a VLR; a number is added per connection
    int connections = 4;
    base::duration connect_timeout = base::seconds{3};
    base::duration answer_timeout = base::seconds{5};
    /// A GSUP connection unused for so long is closed: the HLR pushes every bar to it.
    base::duration gsup_idle = base::seconds{10};
};

std::unique_ptr<port::connector> make_osmo_hlr_connector(hlr_settings how);

/// hlr.kind = "none": answers at once that no HLR is configured, so that the journal says plainly that nothing was
/// barred.
std::unique_ptr<port::connector> make_no_hlr_connector();

}  // namespace keepline::link
