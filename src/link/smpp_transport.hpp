// SMS over SMPP 3.4, as an ESME: one connection, bound as transceiver, kept alive and made again with back-off.
//
//   any thread ── send() ── submit_sm per segment ──▶ window ──▶ socket
//   reader thread: connects, binds, reads PDUs, answers enquire_link, completes the waiting sends
//   receipt thread: deliver_sm receipts ──▶ receipt_sink; acknowledged to the SMSC only after the sink said true
//
// The idempotency key travels in vendor TLV 0x1401 on every segment; the UDH's reference comes from the key, so a
// repeat makes the same segments. Outcomes: not bound, connection lost, no answer in time → peer_unreachable;
// ESME_RTHROTTLED, ESME_RMSGQFUL → too_many; ESME_RSYSERR → peer_garbled (tried again); every other refusal →
// peer_refused.
#pragma once

#include "base/time.hpp"
#include "link/transport.hpp"
#include "port/connector.hpp"
#include "port/log.hpp"

#include <memory>

namespace keepline::link {

struct smpp_settings {
    std::string host = "127.0.0.1";
    int port = 2775;
    std::string system_id;
    std::string password;  // at most 8 octets (SMPP 3.4 §4.1.1)
    std::string system_type;
    std::string source = "Keepline";  // E.164 with a plus, a short code, or up to 11 characters of a name
    int window = 10;                  // submit_sm without an answer yet
    base::duration connect_timeout = base::seconds{5};  // connecting and binding together
    base::duration response_timeout = base::seconds{10};
    base::duration enquire_every = base::seconds{30};
    base::duration reconnect_first = std::chrono::milliseconds{500};
    base::duration reconnect_max = base::seconds{30};
    /// A receipt waits this long after its submit was answered, so that the journal knows that it is awaited.
    base::duration receipt_hold = std::chrono::milliseconds{250};
};

/// Starts connecting at once, in the background; unbinds and joins its threads when destroyed.
/// `receipts` may be called until then.
result<std::unique_ptr<text_transport>> make_smpp_transport(smpp_settings how, port::receipt_sink receipts,
                                                            port::log& log);

}  // namespace keepline::link
