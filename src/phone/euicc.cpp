#include "phone/euicc.hpp"

#include <chrono>

namespace keepline::phone {

base::instant system_now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

euicc::euicc(identity who, euicc_settings settings, card_memory memory, faults wrong)
    : who_(std::move(who)), settings_(std::move(settings)), memory_(std::move(memory)), wrong_(wrong) {}

void euicc::reset() {
    session_.reset();
    loading_.reset();
}

es10_answer euicc::command(byte_view der) {
    why_.clear();
    if (loading_) return load(der);
    if (const auto head = read_head(der); head.is == tlv_head::state::complete && head.tag == 0xBF36) return load(der);
    tlv_reader in(der);
    const auto request = in.next();
    if (!request || !in.empty()) return malformed("The command is no DER.");
    switch (request->tag) {
        case 0xBF3C: return configured_addresses();
        case 0xBF3F: return set_default_smdp(request->value);
        case 0xBF20: return info_1();
        case 0xBF22: return info_2();
        case 0xBF2E: return challenge();
        case 0xBF3E: return eid(request->value);
        case 0xBF43: return rules_table();
        case 0xBF38: return authenticate_server(request->value);
        case 0xBF21: return prepare_download(request->value);
        case 0xBF41: return cancel_session(request->value);
        case 0xBF2D: return list_profiles(request->value);
        case 0xBF31: return enable(request->value);
        case 0xBF32: return disable(request->value);
        case 0xBF33: return remove(request->value);
        case 0xBF29: return nickname(request->value);
        case 0xBF34: return memory_reset(request->value);
        case 0xBF28: return list_notifications(request->value);
        case 0xBF2B: return retrieve_notifications(request->value);
        case 0xBF30: return notification_sent(request->value);
        default: break;
    }
    why_ = "The eUICC does not know this command.";
    return {{}, 0x6A88};
}

es10_answer euicc::malformed(std::string words) {
    why_ = std::move(words);
    return {{}, 0x6A80};
}

es10_answer euicc::one_result(std::uint32_t tag, int result, std::string words) {
    why_ = std::move(words);
    return {make(tag, make_unsigned(0x80, static_cast<std::uint64_t>(result)))};
}

bytes euicc::flipped(bytes data) const {
    data[data.size() / 2] ^= 1;
    return data;
}

}  // namespace keepline::phone
