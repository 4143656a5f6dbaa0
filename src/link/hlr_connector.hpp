// The connector of destination `hlr`. For osmo-hlr 1.5: CTRL to read, create and delete, VTY to bar (only there the
// serving nodes are told), GSUP as a small VLR to prove that the network refuses the subscriber. Every operation reads
// back what it did, and may be repeated. Errors and logs name no IMSI and no number. Any thread; `connections`
// operations run at once.
//
// clang-format off
//   provision  create, set the number, cs+ps      "provisioned: number and network-access-mode cs+ps read back"
//   bar        none, pushed; read back; proved    "barred: network-access-mode none read back; UpdateLocation refused with cause 0x0b"
//   unbar      cs+ps; read back                   "unbarred: network-access-mode cs+ps read back"
//   remove     delete; read back: unknown; proved "deleted: no such subscriber read back; no subscriber has the number; UpdateLocation refused with cause 0x02"
//   detach     none, pushed; no number; read back "detached: no number and network-access-mode none read back; UpdateLocation refused with cause 0x0b"
//              and proved
// clang-format on
//
// It reads before it writes. An IMSI that has another number at the HLR, and a number that an IMSI has which is not of
// the line, are answers too (hlr_answered::mismatch): nothing is done to them, and nothing is proved by the absence of
// ours.
//
// hlr_keys: the authentication keys of a profile that is about to be used, from the vault (see `profile_keys`). A
// subscriber that is new by it, or has no number, gets no service: that comes with `provision`. Keys that are there
// already stay, because setting them again would set the sequence number back. osmo-hlr 1.5 knows Milenage only; TUAK
// is sent in the same form and refused by it (peer_refused). No answer goes to the core.
//
// Operations on one IMSI follow one another; they never interleave.
//
// An UpdateLocation that succeeds would move the subscriber to us, so it is only sent after the read-back.
#pragma once

#include "base/time.hpp"
#include "port/connector.hpp"
#include "port/vault.hpp"

#include <atomic>
#include <memory>
#include <string>

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

/// What the HLR needs of a profile's secrets in the vault (port/profile_keys.hpp); the rest of them is passed over.
struct profile_keys {
    std::string ki;                      // hex: 16 bytes, for TUAK also 32
    std::string opc;                     // hex: 16 bytes; TOPc, 32 bytes, for TUAK
    std::string algorithm = "milenage";  // "milenage", "tuak"
    bool operator==(const profile_keys&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_keys, (), (ki, opc, algorithm))

/// Both outlive it. `names_taken`: how many of its connections bear a name that another client has, too; may be null.
std::unique_ptr<port::connector> make_osmo_hlr_connector(const hlr_settings& how, port::vault& vault,
                                                         std::atomic<std::int64_t>* names_taken = nullptr);

/// hlr.kind = "none": answers at once that no HLR is configured, so that the journal says plainly that nothing was
/// barred.
std::unique_ptr<port::connector> make_no_hlr_connector();

}  // namespace keepline::link
