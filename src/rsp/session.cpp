#include "rsp/session.hpp"

#include <algorithm>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

constexpr std::uint64_t session_version = 1;

template <typename Array>
result<Array> array_of(const der::tlv& element, std::string_view name) {
    Array out{};
    TRY(octets, der::octets_of(element, name, out.size(), out.size()));
    std::ranges::copy(octets, out.begin());
    return out;
}

result<std::string> text_of(const der::tlv& element, std::string_view name) {
    TRY(text, der::utf8_of(element, name, 1024));
    return std::string(text);
}

result<base::bytes> bytes_of(const der::tlv& element, std::string_view name) {
    TRY(octets, der::octets_of(element, name, 0, 1024));
    return base::bytes(octets.begin(), octets.end());
}

// FIELD(member, tag, reader): takes the next element into the member.
#define FIELD(member, what, read)                                     \
    do {                                                              \
        TRY(element, fields.expect(what, #member));                   \
        auto value = read(element, #member);                          \
        if (!value) return std::unexpected(std::move(value).error()); \
        out.member = std::move(*value);                               \
    } while (false)

result<rsp::stage> stage_of(const der::tlv& element, std::string_view name) {
    TRY(number, der::unsigned_of(element, name));
    if (number < 1 || number > 5) return refuse(code::malformed, "A stored session has no known stage.");
    return static_cast<rsp::stage>(number);
}

result<curve> curve_of(const der::tlv& element, std::string_view name) {
    TRY(number, der::unsigned_of(element, name));
    if (number > 1) return refuse(code::malformed, "A stored session has no known curve.");
    return static_cast<curve>(number);
}

result<base::instant> instant_of(const der::tlv& element, std::string_view name) {
    TRY(number, der::unsigned_of(element, name));
    return base::instant{static_cast<std::int64_t>(number)};
}

result<session> read_session(der::reader fields) {
    session out;
    FIELD(id, 0x81, bytes_of);
    FIELD(stage, 0x82, stage_of);
    FIELD(started, 0x83, instant_of);
    FIELD(set, 0x84, array_of<base::digest>);
    FIELD(server_challenge, 0x85, array_of<base::byte_array<16>>);
    FIELD(server_address, 0x86, text_of);
    FIELD(euicc_ci_key_id, 0x87, bytes_of);
    FIELD(eid, 0x88, text_of);
    FIELD(euicc_curve, 0x89, curve_of);
    FIELD(euicc_key, 0x8a, array_of<point>);
    FIELD(euicc_certificate, 0x8b, array_of<base::digest>);
    FIELD(confirmation_required, 0x8c, der::boolean_of);
    FIELD(smdp_signature_2, 0x8d, array_of<signature>);
    FIELD(offered_otpk, 0x8e, bytes_of);
    FIELD(euicc_otpk, 0x8f, bytes_of);
    FIELD(note, 0x90, text_of);
    TRY(refused, fields.maybe(0x91));  // sessions of before have none
    if (refused) {
        TRY(text, text_of(*refused, "refused"));
        out.refused = std::move(text);
    }
    return out;
}

#undef FIELD

}  // namespace

base::bytes session::serialise() const {
    der::writer out(512);
    out.nested(der::sequence, [&] {
        out.number(session_version, 0x80)
            .octets(0x81, id)
            .number(static_cast<std::uint64_t>(stage), 0x82)
            .number(static_cast<std::uint64_t>(started.ms), 0x83)
            .octets(0x84, set)
            .octets(0x85, server_challenge)
            .text(0x86, server_address)
            .octets(0x87, euicc_ci_key_id)
            .text(0x88, eid)
            .number(static_cast<std::uint64_t>(euicc_curve), 0x89)
            .octets(0x8a, euicc_key)
            .octets(0x8b, euicc_certificate)
            .boolean(confirmation_required, 0x8c)
            .octets(0x8d, smdp_signature_2)
            .octets(0x8e, offered_otpk)
            .octets(0x8f, euicc_otpk)
            .text(0x90, note)
            .text(0x91, refused);
    });
    return std::move(out).take();
}

result<session> session::parse(byte_view stored) {
    TRY(outer, der::only_element(stored, der::sequence));
    der::reader fields(outer);
    TRY(version, fields.expect(0x80, "version"));
    TRY(number, der::unsigned_of(version, "version"));
    if (number != session_version) return refuse(code::malformed, "A stored session is of another version.");
    return read_session(fields);
}

}  // namespace keepline::rsp
