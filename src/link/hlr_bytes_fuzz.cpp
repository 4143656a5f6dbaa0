// Bytes of an HLR: IPA frames, GSUP messages, CTRL replies, the VTY console.
#include "link/gsup_message.hpp"
#include "link/hlr_text.hpp"
#include "link/ipa_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::byte_view in(data, size);
    base::bytes stream(data, data + size);
    while (const auto frame = link::take_ipa_frame(stream)) {
        (void)link::decode_gsup(frame->payload);
        (void)link::parse_ctrl_reply(base::text(frame->payload));
    }
    if (const auto message = link::decode_gsup(in)) {
        const auto again = link::decode_gsup(link::encode_gsup(*message));
        if (!again || again->imsi != message->imsi || again->cause != message->cause) std::abort();
    }
    if (const auto reply = link::parse_ctrl_reply(base::text(in))) (void)link::parse_ctrl_info(reply->text);
    (void)link::parse_ctrl_info(base::text(in));
    if (const auto keys = link::parse_ctrl_auth(base::text(in)))
        if (link::parse_ctrl_auth(link::ctrl_auth_text(*keys)) != keys) std::abort();
    base::bytes console(data, data + size);
    if (const auto answer = link::take_vty_answer(console)) {
        (void)link::vty_says_error(*answer);
        (void)link::vty_says_unknown_subscriber(*answer);
    }
    return 0;
}
