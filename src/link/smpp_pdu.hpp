// The PDUs of SMPP 3.4 that an ESME needs. Pure; takes hostile bytes. Clauses are those of "Short Message Peer to Peer
// Protocol Specification v3.4", 12-Oct-1999 Issue 1.2.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::link {

using base::result;

enum class smpp_command : std::uint32_t {  // §5.1.2.1
    generic_nack = 0x80000000,
    submit_sm = 0x00000004,
    submit_sm_resp = 0x80000004,
    deliver_sm = 0x00000005,
    deliver_sm_resp = 0x80000005,
    unbind = 0x00000006,
    unbind_resp = 0x80000006,
    bind_receiver = 0x00000001,
    bind_transmitter = 0x00000002,
    outbind = 0x0000000b,
    alert_notification = 0x00000102,
    bind_transceiver = 0x00000009,
    bind_transceiver_resp = 0x80000009,
    data_sm_resp = 0x80000103,
    enquire_link = 0x00000015,
    enquire_link_resp = 0x80000015,
};
/// The answer's command of a request.
inline smpp_command answer_to(smpp_command c) {
    return static_cast<smpp_command>(static_cast<std::uint32_t>(c) | 0x80000000U);
}
/// Requests that have no answer (§4.12, §4.1.7.1): whoever nacks them is told off.
inline bool wants_answer(smpp_command c) { return c != smpp_command::alert_notification && c != smpp_command::outbind; }
inline bool is_request(smpp_command c) { return (static_cast<std::uint32_t>(c) & 0x80000000U) == 0; }

enum class smpp_status : std::uint32_t {  // §5.1.3
    ok = 0x00,
    invalid_command = 0x03,
    not_bound = 0x04,
    system_error = 0x08,
    queue_full = 0x14,
    submit_failed = 0x45,
    throttled = 0x58,
    temporary_receiver_error = 0x64,
    permanent_receiver_error = 0x65,
};

struct smpp_pdu {
    smpp_command command{};
    smpp_status status{};
    std::uint32_t sequence = 0;
    base::bytes body;
};

/// The first PDU of the buffer, taken out of it; nullopt while it is incomplete; code::peer_garbled when the stream
/// cannot be SMPP.
result<std::optional<smpp_pdu>> take_smpp_pdu(base::bytes& buffer);
base::bytes encode_smpp(smpp_command command, smpp_status status, std::uint32_t sequence, base::byte_view body = {});

struct smpp_bind {  // §4.1.5
    std::string system_id;
    std::string password;
    std::string system_type;
    std::uint8_t version = 0x34;  // 0x50: SMPP 5.0
};
base::bytes encode_bind(const smpp_bind& what);

struct smpp_address {      // §5.2.5, §5.2.6
    std::uint8_t ton = 1;  // international
    std::uint8_t npi = 1;  // E.164
    std::string digits;
    bool operator==(const smpp_address&) const = default;
};
/// "+86…" international; digits alone: a short code (network specific); anything else: alphanumeric.
smpp_address address_of(std::string_view text);

struct smpp_tlv {
    std::uint16_t tag = 0;
    base::bytes value;
    bool operator==(const smpp_tlv&) const = default;
};
inline constexpr std::uint16_t tlv_receipted_message_id = 0x001E;    // §5.3.2.12
inline constexpr std::uint16_t tlv_message_payload = 0x0424;         // §5.3.2.32
inline constexpr std::uint16_t tlv_message_state = 0x0427;           // §5.3.2.35
inline constexpr std::uint16_t tlv_user_message_reference = 0x0204;  // §5.3.2.17
inline constexpr std::uint16_t tlv_sar_reference = 0x020C;           // §5.3.2.22
inline constexpr std::uint16_t tlv_sar_total = 0x020E;               // §5.3.2.23
inline constexpr std::uint16_t tlv_sar_number = 0x020F;              // §5.3.2.24
inline constexpr std::uint16_t tlv_congestion_state = 0x0428;        // SMPP 5.0 §4.8.4.18
/// Ours, of the range for vendors: the effect's idempotency key.
inline constexpr std::uint16_t tlv_idempotency_key = 0x1401;

inline constexpr std::uint8_t esm_has_header = 0x40;  // UDHI, §5.2.12
inline constexpr std::uint8_t esm_type_mask = 0x3C;
inline constexpr std::uint8_t esm_type_receipt = 0x04;

struct smpp_message {  // submit_sm §4.4.1 and deliver_sm §4.6.1, which are alike
    smpp_address from;
    smpp_address to;
    std::uint8_t esm_class = 0;
    std::uint8_t registered_delivery = 0;
    std::uint8_t data_coding = 0;
    base::bytes text;  // at most 254 octets
    std::vector<smpp_tlv> extra;
    bool operator==(const smpp_message&) const = default;
};
base::bytes encode_message(const smpp_message& what);
std::optional<smpp_message> decode_message(base::byte_view body);
/// The body of submit_sm_resp. §4.4.2
std::optional<std::string> decode_message_id(base::byte_view body);
struct submit_answer {
    std::string message_id;         // empty: it has none, or one that cannot be; there will be no receipt to wait for
    std::optional<int> congestion;  // 0 to 100
};
/// The same with what SMPP 5 adds; takes anything, because the message was accepted whatever stands here.
submit_answer decode_submit_answer(base::byte_view body);

struct delivery_receipt {
    std::string message_id;
    std::string outcome;  // "DELIVRD", "UNDELIV", …: the words of appendix B
    bool is_final = true;
    bool operator==(const delivery_receipt&) const = default;
};
/// From the TLVs, else from the text "id:… stat:…" of appendix B. nullopt: no delivery receipt, or one that cannot be
/// read.
/// `id_tag`: of a parameter of the vendor's own that has the id; 0: none.
std::optional<delivery_receipt> receipt_of(const smpp_message& delivered, std::uint16_t id_tag = 0);
std::optional<delivery_receipt> receipt_from_text(std::string_view text);
/// A text of esm_class 0 that has the whole form of appendix B: an id, counts or dates, and a state.
std::optional<delivery_receipt> unmarked_receipt(const smpp_message& delivered);

}  // namespace keepline::link
