// Bytes of an SMSC: the stream, every body, receipts in TLVs and in text.
#include "link/smpp_pdu.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::byte_view in(data, size);
    base::bytes stream(data, data + size);
    for (;;) {
        const auto pdu = link::take_smpp_pdu(stream);
        if (!pdu || !*pdu) break;
        (void)link::decode_message_id((*pdu)->body);
        if (const auto message = link::decode_message((*pdu)->body)) (void)link::receipt_of(*message);
    }
    (void)link::decode_message_id(in);
    (void)link::receipt_from_text(base::text(in));
    if (auto message = link::decode_message(in)) {
        (void)link::receipt_of(*message);
        // What was read is written the same way again.
        if (message->text.size() <= 254 && link::decode_message(link::encode_message(*message)) != message)
            std::abort();
    }
    return 0;
}
