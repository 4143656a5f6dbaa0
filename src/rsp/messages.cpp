#include "rsp/messages.hpp"

#include <algorithm>
#include <array>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

result<svn> version_of(const der::tlv& element, std::string_view name) {
    TRY(octets, der::octets_of(element, name, 3, 3));
    return svn{octets[0], octets[1], octets[2]};
}

std::string digits_of(byte_view packed) {
    std::string out = base::hex(packed);
    std::erase_if(out, [](char c) { return c < '0' || c > '9'; });
    return out;
}

/// SEQUENCE OF SubjectKeyIdentifier.
result<std::vector<byte_view>> key_ids_of(const der::tlv& element) {
    std::vector<byte_view> out;
    for (der::reader list(element); !list.at_end();) {
        TRY(id, list.expect(der::octet_string, "CI key id"));
        TRY(octets, der::octets_of(id, "CI key id", 1, 64));
        if (out.size() == 32) return refuse(code::malformed, "The eUICC names too many CIs.");
        out.push_back(octets);
    }
    return out;
}

result<std::vector<std::string>> key_id_texts(const der::tlv& element) {
    TRY(ids, key_ids_of(element));
    std::vector<std::string> out;
    for (const auto id : ids) out.push_back(base::hex(id));
    return out;
}

/// Extended Card Resources Information (ETSI TS 102 226 §8.2.1.7.2).
void read_card_resources(byte_view content, euicc_info_2& into) {
    const auto number = [](byte_view octets) {
        std::uint64_t value = 0;
        for (const auto byte : octets) value = value << 8 | byte;
        return value;
    };
    for (der::reader parts(content); !parts.at_end();) {
        const auto part = parts.next();
        if (!part || part->value.size() > 8) return;
        if (part->what == 0x81) into.installed_applications = number(part->value);
        if (part->what == 0x82) {
            into.free_nvm_bytes = number(part->value);
            into.has_free_nvm = true;
        }
        if (part->what == 0x83) into.free_ram_bytes = number(part->value);
    }
}

// INTO(member, expression): the value into the member, or its error to the caller.
#define INTO(member, expression)                                            \
    do {                                                                    \
        auto value_of = (expression);                                       \
        if (!value_of) return std::unexpected(std::move(value_of).error()); \
        (member) = std::move(*value_of);                                    \
    } while (false)

result<void> read_info_2_element(const der::tlv& element, euicc_info_2& into) {
    switch (element.what) {
        case 0x81: INTO(into.profile_version, version_of(element, "profileVersion")); break;
        case 0x82: INTO(into.svn, version_of(element, "svn")); break;
        case 0x83: INTO(into.firmware, version_of(element, "euiccFirmwareVer")); break;
        case 0x84: read_card_resources(element.value, into); break;
        case 0x85: INTO(into.uicc_capability, der::bits_of(element, "uiccCapability")); break;
        case 0x88: INTO(into.rsp_capability, der::bits_of(element, "rspCapability")); break;
        case 0xa9: INTO(into.verification_keys, key_id_texts(element)); break;
        case 0xaa: INTO(into.signing_keys, key_id_texts(element)); break;
        case 0x8b: INTO(into.category, der::unsigned_of(element, "euiccCategory")); break;
        case 0x99: INTO(into.forbidden_rules, der::bits_of(element, "forbiddenProfilePolicyRules")); break;
        case der::octet_string: INTO(into.protection_profile, version_of(element, "ppVersion")); break;
        case der::utf8_string: INTO(into.sas_number, der::utf8_of(element, "sasAcreditationNumber", 64)); break;
        case 0xaf:
            for (der::reader list(element); !list.at_end() && into.more_profile_versions.size() < 16;) {
                TRY(one, list.expect(der::octet_string, "additional profile version"));
                TRY(version, version_of(one, "additional profile version"));
                into.more_profile_versions.push_back(version);
            }
            break;
        default: break;
    }
    return {};
}

constexpr std::array<std::string_view, 15> capability_names{
    "gsm",   "utran", "cdma2000onex", "cdma2000hrpd", "cdma2000ehrpd", "eutranEpc",  "contactless",       "rspCrl",
    "nrEpc", "nr5gc", "eutran5gc",    "lpaSvn",       "catSupported",  "formFactor", "additionalFeatures"};

result<device_info> read_device_info(const der::tlv& element) {
    device_info out;
    der::reader inside(element);
    TRY(tac, inside.expect(0x80, "tac"));
    TRY(tac_octets, der::octets_of(tac, "tac", 4, 4));
    out.tac = digits_of(tac_octets);
    TRY(capabilities, inside.maybe(0xa1));
    if (!capabilities) out.oddities.emplace_back("no_device_capabilities");
    for (der::reader list(capabilities ? capabilities->value : byte_view()); !list.at_end();) {
        TRY(one, list.next());
        const std::size_t index = one.what & 0x1f;
        if (one.what >= 0x80 && one.what < 0x80 + capability_names.size() && one.value.size() == 3)
            out.capabilities.emplace_back(capability_names[index], svn{one.value[0], one.value[1], one.value[2]});
    }
    TRY(imei, inside.maybe(0x82));
    if (imei) {
        constexpr std::size_t imei_octets = 8, longest = 16;
        TRY(octets, der::octets_of(*imei, "imei", 0, longest));
        out.imei = digits_of(octets);
        if (octets.size() != imei_octets) out.oddities.emplace_back("imei_length");
    }
    return out;
}

/// [0] or [1] below an outer tag: the CHOICE between a good answer and a reported error.
struct chosen_answer {
    der::tlv what;
    bool ok = false;
};
result<chosen_answer> choice_inside(byte_view der, der::tag outer_tag) {
    if (der.size() > most_request_bytes) return refuse(code::malformed, "The request is too large.");
    TRY(outer, der::only_element(der, outer_tag));
    TRY(inside, der::first_element(outer.value));
    if (inside.what == 0xa0) return chosen_answer{inside, true};
    if (inside.what == 0xa1 || inside.what == 0x81) return chosen_answer{inside, false};
    return refuse(code::malformed, "The answer is neither a result nor an error.");
}

result<reported_error> error_inside(const der::tlv& element) {
    reported_error out;
    if (element.what == 0x81) {  // an INTEGER by itself
        INTO(out.code, der::unsigned_of(element, "error code"));
        return out;
    }
    der::reader inside(element);
    TRY(transaction, inside.maybe(0x80));
    if (transaction) INTO(out.transaction, der::octets_of(*transaction, "transactionId", 1, 16));
    // Annex H gives the universal tag; with every component tagged automatically it would be [1].
    TRY(number, inside.next());
    if (number.what != der::integer && number.what != 0x81) return refuse(code::malformed, "The error has no code.");
    INTO(out.code, der::unsigned_of(number, "error code"));
    return out;
}

}  // namespace

std::string transaction_text(byte_view id) {
    std::string out = base::hex(id);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    return out;
}

std::optional<transaction_id> transaction_from_text(std::string_view text) {
    if (text.empty() || text.size() > 32) return std::nullopt;
    return base::from_hex(text);
}

std::optional<std::string> transaction_key(std::string_view text) {
    const auto id = transaction_from_text(text);
    if (!id) return std::nullopt;
    return base::hex(*id);
}

std::optional<std::string> iccid_from_swapped(byte_view ten) {
    if (ten.size() != 10) return std::nullopt;
    std::string out;
    bool filled = false;
    for (const auto byte : ten) {
        for (const int digit : {byte & 0xf, byte >> 4}) {
            if (digit == 0xf) {
                filled = true;
                continue;
            }
            if (filled || digit > 9) return std::nullopt;
            out += static_cast<char>('0' + digit);
        }
    }
    if (out.size() < 18) return std::nullopt;
    return out;
}

std::optional<base::byte_array<10>> iccid_to_swapped(std::string_view digits) {
    if (digits.size() < 18 || digits.size() > 20) return std::nullopt;
    base::byte_array<10> out{};
    for (std::size_t i = 0; i < 20; ++i) {
        const char c = i < digits.size() ? digits[i] : 'F';
        if (c != 'F' && (c < '0' || c > '9')) return std::nullopt;
        const int nibble = c == 'F' ? 0xf : c - '0';
        out[i / 2] |= static_cast<std::uint8_t>(i % 2 == 0 ? nibble : nibble << 4);
    }
    return out;
}

std::optional<base::byte_array<16>> eid_bytes(std::string_view digits) {
    base::byte_array<16> out{};
    if (digits.size() != 32) return std::nullopt;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] < '0' || digits[i] > '9') return std::nullopt;
        out[i / 2] = static_cast<std::uint8_t>(out[i / 2] << 4 | (digits[i] - '0'));
    }
    return out;
}

result<euicc_info_1> parse_euicc_info_1(byte_view der) {
    if (der.size() > most_request_bytes) return refuse(code::malformed, "euiccInfo1 is too large.");
    TRY(outer, der::only_element(der, 0xbf20));
    der::reader inside(outer);
    euicc_info_1 out;
    TRY(version, inside.expect(0x82, "svn"));
    INTO(out.svn, version_of(version, "svn"));
    if (out.svn.major >= 3) return out;  // its lists may be others, and it is refused by its version
    TRY(verification, inside.expect(0xa9, "euiccCiPKIdListForVerification"));
    INTO(out.verification_keys, key_ids_of(verification));
    TRY(signing, inside.expect(0xaa, "euiccCiPKIdListForSigning"));
    INTO(out.signing_keys, key_ids_of(signing));
    return out;
}

result<euicc_info_2> parse_euicc_info_2(const der::tlv& element) {
    euicc_info_2 out;
    for (der::reader inside(element); !inside.at_end();) {
        TRY(one, inside.next());
        CHECK(read_info_2_element(one, out));
    }
    if (out.svn == svn{}) return refuse(code::malformed, "euiccInfo2 has no svn.");
    return out;
}

result<either<authenticate_response>> parse_authenticate_response(byte_view der) {
    TRY(answer, choice_inside(der, 0xbf38));
    either<authenticate_response> out;
    if (!answer.ok) {
        INTO(out.error, error_inside(answer.what));
        return out;
    }
    auto& ok = out.ok.emplace();
    der::reader inside(answer.what);
    TRY(signed_1, inside.expect(der::sequence, "euiccSigned1"));
    TRY(signature, inside.expect(0x5f37, "euiccSignature1"));
    TRY(euicc, inside.expect(der::sequence, "euiccCertificate"));
    TRY(eum, inside.expect(der::sequence, "eumCertificate"));
    ok.signed_part = signed_1.whole;
    INTO(ok.signature, der::octets_of(signature, "euiccSignature1", 64, 64));
    ok.euicc_certificate = euicc.whole;
    ok.eum_certificate = eum.whole;

    der::reader fields(signed_1);
    TRY(transaction, fields.expect(0x80, "transactionId"));
    INTO(ok.transaction, der::octets_of(transaction, "transactionId", 1, 16));
    TRY(address, fields.expect(0x83, "serverAddress"));
    INTO(ok.server_address, der::utf8_of(address, "serverAddress", 255));
    TRY(challenge, fields.expect(0x84, "serverChallenge"));
    INTO(ok.server_challenge, der::octets_of(challenge, "serverChallenge", 16, 16));
    INTO(ok.info_2, fields.expect(0xbf22, "euiccInfo2"));
    TRY(context, fields.expect(0xa0, "ctxParams1"));
    der::reader parameters(context);
    TRY(matching, parameters.maybe(0x80));
    if (matching) INTO(ok.matching_id, der::utf8_of(*matching, "matchingId", 255));
    TRY(device, parameters.expect(0xa1, "deviceInfo"));
    INTO(ok.device, read_device_info(device));
    return out;
}

result<either<prepare_response>> parse_prepare_response(byte_view der) {
    TRY(answer, choice_inside(der, 0xbf21));
    either<prepare_response> out;
    if (!answer.ok) {
        INTO(out.error, error_inside(answer.what));
        return out;
    }
    auto& ok = out.ok.emplace();
    der::reader inside(answer.what);
    TRY(signed_2, inside.expect(der::sequence, "euiccSigned2"));
    TRY(signature, inside.expect(0x5f37, "euiccSignature2"));
    ok.signed_part = signed_2.whole;
    INTO(ok.signature, der::octets_of(signature, "euiccSignature2", 64, 64));
    der::reader fields(signed_2);
    TRY(transaction, fields.expect(0x80, "transactionId"));
    INTO(ok.transaction, der::octets_of(transaction, "transactionId", 1, 16));
    TRY(otpk, fields.expect(0x5f49, "euiccOtpk"));
    INTO(ok.euicc_otpk, der::octets_of(otpk, "euiccOtpk", 65, 65));
    TRY(hash, fields.maybe(der::octet_string));
    if (hash) INTO(ok.hash_cc, der::octets_of(*hash, "hashCc", 32, 32));
    return out;
}

result<either<cancel_response>> parse_cancel_response(byte_view der) {
    TRY(answer, choice_inside(der, 0xbf41));
    either<cancel_response> out;
    if (!answer.ok) {
        INTO(out.error, error_inside(answer.what));
        return out;
    }
    auto& ok = out.ok.emplace();
    der::reader inside(answer.what);
    TRY(signed_part, inside.expect(der::sequence, "euiccCancelSessionSigned"));
    TRY(signature, inside.expect(0x5f37, "euiccCancelSessionSignature"));
    ok.signed_part = signed_part.whole;
    INTO(ok.signature, der::octets_of(signature, "euiccCancelSessionSignature", 64, 64));
    der::reader fields(signed_part);
    TRY(transaction, fields.expect(0x80, "transactionId"));
    INTO(ok.transaction, der::octets_of(transaction, "transactionId", 1, 16));
    TRY(oid, fields.expect(0x81, "smdpOid"));
    INTO(ok.smdp_oid, der::oid_of(oid, "smdpOid"));
    TRY(reason, fields.expect(0x82, "reason"));
    INTO(ok.reason, der::unsigned_of(reason, "reason"));
    return out;
}

#undef INTO

std::string_view authenticate_error_text(std::uint64_t code) {
    constexpr std::array<std::string_view, 8> texts{
        "unknown",          "invalidCertificate", "invalidSignature",       "unsupportedCurve",
        "noSessionContext", "invalidOid",         "euiccChallengeMismatch", "ciPKUnknown"};
    return code < texts.size() ? texts[code] : code == 127 ? "undefinedError" : "unknown";
}

std::string_view download_error_text(std::uint64_t code) {
    constexpr std::array<std::string_view, 6> texts{"unknown",          "invalidCertificate", "invalidSignature",
                                                    "unsupportedCurve", "noSessionContext",   "invalidTransactionId"};
    return code < texts.size() ? texts[code] : code == 127 ? "undefinedError" : "unknown";
}

}  // namespace keepline::rsp
