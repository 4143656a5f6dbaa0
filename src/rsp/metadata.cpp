#include "rsp/metadata.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

constexpr std::size_t most_icon = 1024;

/// UTF8String (SIZE (0..most)): the size counts characters.
bool is_name(std::string_view text, std::size_t most) { return base::is_utf8(text) && base::characters(text) <= most; }

result<std::string> name_of(const der::tlv& element, std::string_view name, std::size_t most) {
    constexpr std::size_t bytes_of_character = 4;
    TRY(text, der::utf8_of(element, name, bytes_of_character * most));
    if (base::characters(text) > most) return refuse(code::malformed, std::string(name) + " is too long.");
    return std::string(text);
}

result<void> check_metadata(const profile_metadata& what) {
    if (!iccid_to_swapped(what.iccid)) return refuse(code::invalid, "The profile's ICCID is none.");
    if (!is_name(what.provider_name, most_provider_name))
        return refuse(code::invalid, "The service provider's name is at most 32 letters of UTF-8.");
    if (!is_name(what.profile_name, most_profile_name))
        return refuse(code::invalid, "The profile's name is at most 64 letters of UTF-8.");
    if (what.icon && what.icon->image.size() > most_icon)
        return refuse(code::invalid, "The icon is at most 1024 bytes.");
    if (what.notification_address.size() > 255 || !base::is_utf8(what.notification_address))
        return refuse(code::invalid, "The notification address is too long.");
    if (what.owner && !plmn_octets(what.owner->mcc_mnc)) return refuse(code::invalid, "MCC and MNC are 5 or 6 digits.");
    // SGP.22 v2.5 §2.4a.1.4: the eUICC looks the rules up by the profile's owner.
    if (what.rules != 0 && !what.owner) return refuse(code::invalid, "Profile policy rules need a profile owner.");
    return {};
}

void write_notifications(der::writer& out, const profile_metadata& what) {
    out.nested(0xb6, [&] {
        for (int event = 0; event < 4; ++event) {
            if (!der::has_bit(what.notify, event)) continue;
            out.nested(der::sequence, [&] { out.bits(1u << event, 0x80).text(0x81, what.notification_address); });
        }
    });
}

std::string plmn_text(byte_view octets) {
    std::string out;
    for (const int digit :
         {octets[0] & 0xf, octets[0] >> 4, octets[1] & 0xf, octets[2] & 0xf, octets[2] >> 4, octets[1] >> 4})
        if (digit <= 9) out += static_cast<char>('0' + digit);
    return out;
}

result<profile_owner> read_owner(const der::tlv& element) {
    profile_owner out;
    der::reader inside(element);
    TRY(plmn, inside.expect(0x80, "mccMnc"));
    TRY(octets, der::octets_of(plmn, "mccMnc", 3, 3));
    out.mcc_mnc = plmn_text(octets);
    TRY(gid1, inside.maybe(0x81));
    TRY(gid2, inside.maybe(0x82));
    if (gid1) out.gid1.assign(gid1->value.begin(), gid1->value.end());
    if (gid2) out.gid2.assign(gid2->value.begin(), gid2->value.end());
    return out;
}

result<void> read_notifications(const der::tlv& element, profile_metadata& into) {
    for (der::reader list(element); !list.at_end();) {
        TRY(one, list.expect(der::sequence, "notification configuration"));
        der::reader inside(one);
        TRY(event, inside.expect(0x80, "profileManagementOperation"));
        TRY(bits, der::bits_of(event, "profileManagementOperation"));
        TRY(address, inside.expect(0x81, "notificationAddress"));
        TRY(text, der::utf8_of(address, "notificationAddress", 255));
        into.notify |= bits & notify_all;
        if (into.notification_address.empty()) into.notification_address = std::string(text);
    }
    return {};
}

result<void> read_metadata_element(const der::tlv& element, profile_metadata& into) {
    switch (element.what) {
        case 0x91: {
            TRY(text, name_of(element, "serviceProviderName", most_provider_name));
            into.provider_name = std::move(text);
            break;
        }
        case 0x92: {
            TRY(text, name_of(element, "profileName", most_profile_name));
            into.profile_name = std::move(text);
            break;
        }
        case 0x93: {
            TRY(kind, der::unsigned_of(element, "iconType"));
            into.icon.emplace().png = kind == 1;
            break;
        }
        case 0x94: {
            TRY(image, der::octets_of(element, "icon", 0, most_icon));
            if (into.icon) into.icon->image.assign(image.begin(), image.end());
            break;
        }
        case 0x95: {
            TRY(kind, der::unsigned_of(element, "profileClass"));
            if (kind > 2) return refuse(code::malformed, "The profile's class is not known.");
            into.kind = static_cast<profile_class>(kind);
            break;
        }
        case 0xb6: return read_notifications(element, into);
        case 0xb7: {
            TRY(owner, read_owner(element));
            into.owner = std::move(owner);
            break;
        }
        case 0x99: {
            TRY(rules, der::bits_of(element, "profilePolicyRules"));
            into.rules = rules;
            break;
        }
        default: break;
    }
    return {};
}

}  // namespace

std::optional<base::byte_array<3>> plmn_octets(std::string_view mcc_mnc) {
    if ((mcc_mnc.size() != 5 && mcc_mnc.size() != 6) ||
        !std::ranges::all_of(mcc_mnc, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    const auto digit = [&](std::size_t i) { return i < mcc_mnc.size() ? mcc_mnc[i] - '0' : 0xf; };
    return base::byte_array<3>{static_cast<std::uint8_t>(digit(1) << 4 | digit(0)),
                               static_cast<std::uint8_t>(digit(5) << 4 | digit(2)),
                               static_cast<std::uint8_t>(digit(4) << 4 | digit(3))};
}

result<base::bytes> build_metadata(const profile_metadata& what) {
    CHECK(check_metadata(what));
    der::writer out(256);
    out.nested(0xbf25, [&] {
        out.octets(0x5a, *iccid_to_swapped(what.iccid)).text(0x91, what.provider_name).text(0x92, what.profile_name);
        if (what.icon) out.number(what.icon->png ? 1 : 0, 0x93).octets(0x94, what.icon->image);
        if (what.kind != profile_class::operational) out.number(static_cast<std::uint64_t>(what.kind), 0x95);
        if (!what.notification_address.empty() && (what.notify & notify_all) != 0) write_notifications(out, what);
        if (what.owner) {
            out.nested(0xb7, [&] {
                out.octets(0x80, *plmn_octets(what.owner->mcc_mnc));
                if (!what.owner->gid1.empty()) out.octets(0x81, what.owner->gid1);
                if (!what.owner->gid2.empty()) out.octets(0x82, what.owner->gid2);
            });
        }
        if (what.rules != 0) out.bits(what.rules, 0x99);
    });
    return std::move(out).take();
}

result<profile_metadata> parse_metadata(byte_view der) {
    if (der.size() > most_request_bytes) return refuse(code::malformed, "The metadata is too large.");
    TRY(outer, der::only_element(der, 0xbf25));
    der::reader inside(outer);
    TRY(iccid, inside.expect(0x5a, "iccid"));
    profile_metadata out;
    out.notify = 0;
    auto digits = iccid_from_swapped(iccid.value);
    if (!digits) return refuse(code::malformed, "The metadata's ICCID is none.");
    out.iccid = std::move(*digits);
    while (!inside.at_end()) {
        TRY(element, inside.next());
        CHECK(read_metadata_element(element, out));
    }
    return out;
}

}  // namespace keepline::rsp
