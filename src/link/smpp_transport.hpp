// SMS over SMPP 3.4 or 5.0, as an ESME: one connection, bound as transceiver (or two, a transmitter and a receiver),
// kept alive and made again with back-off.
//
//   any thread ── send() ── per segment: pace ──▶ window ──▶ socket
//   reader threads: connect, bind, read PDUs, answer enquire_link, complete the waiting sends
//   receipt thread: deliver_sm receipts ──▶ receipt_sink; acknowledged to the SMSC only after the sink has it
//   inbound thread: what customers send ──▶ inbound_sink (port/inbound.hpp); the same
//
// The idempotency key travels in vendor TLV 0x1401 on every segment; the UDH's reference comes from the key, so a
// repeat makes the same segments. What was accepted of a long message is remembered until all of it is: a later try
// goes on from there. Accepted is accepted, with or without an id; without one there is no receipt to wait for.
//
// Outcomes by link/peer_words.hpp and link/peer_judge.hpp: not bound → peer_unreachable; throttled → too_many, and the
// pace falls (link/smpp_pace.hpp); a message's own refusal → peer_refused or peer_garbled; the connection lost or no
// answer in time after it was sent → peer_unreachable that may have happened.
#pragma once

#include "base/time.hpp"
#include "link/receipt_names.hpp"
#include "link/smpp_inbound.hpp"
#include "link/transport.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/inbound.hpp"
#include "port/log.hpp"
#include "port/metrics.hpp"

#include <memory>

namespace keepline::link {

struct smpp_settings {
    std::string host = "127.0.0.1";
    int port = 2775;
    std::string system_id;
    std::string password;  // at most 8 octets (SMPP 3.4 §4.1.1)
    std::string system_type;
    std::string source = "Keepline";  // E.164 with a plus, a short code, or up to 11 characters of a name
    std::uint8_t version = 0x34;      // 0x50: SMPP 5.0, where the SMSC tells of its congestion
    bool two_connections = false;     // a transmitter and a receiver, where the SMSC has no transceiver
    int window = 10;                  // submit_sm without an answer yet
    double rate_max = 0;              // submit_sm a second; 0: as fast as the SMSC takes them
    receipt_ids ids = receipt_ids::automatic;
    std::uint16_t receipt_id_tag = 0;  // of a parameter of the vendor's own that has a receipt's id; 0: none
    bool unmarked_receipts = false;    // texts in the form of a receipt are receipts also where esm_class says text
    inbound_settings inbound{};
    base::duration connect_timeout = base::seconds{5};  // connecting and binding together
    base::duration response_timeout = base::seconds{10};
    base::duration enquire_every = base::seconds{30};
    base::duration reconnect_first = std::chrono::milliseconds{500};
    base::duration reconnect_max = base::seconds{30};
    /// A receipt waits this long after its submit was answered, so that the journal knows that it is awaited.
    base::duration receipt_hold = std::chrono::milliseconds{250};
};

struct smpp_ends {  // besides the receipts; what is missing is not told
    port::inbound_sink inbound{};
    port::sms_metrics* metrics = nullptr;  // outlives the transport
    const port::clock* clock = nullptr;    // for the time of what customers send; null: the machine's
};

/// Starts connecting at once, in the background; unbinds and joins its threads when destroyed.
/// The sinks may be called until then.
result<std::unique_ptr<text_transport>> make_smpp_transport(smpp_settings how, port::receipt_sink receipts,
                                                            port::log& log, smpp_ends ends = {});

}  // namespace keepline::link
