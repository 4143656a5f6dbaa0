#include "phone/profile_package.hpp"

#include "base/utf8.hpp"

#include <set>

namespace keepline::phone {

namespace {

constexpr std::uint32_t header_tag = 0xA0;
constexpr std::uint32_t aka_tag = 0xA4;
constexpr std::uint32_t end_tag = 0xAA;
constexpr std::uint32_t mf_tag = 0xB0;
constexpr std::uint32_t usim_tag = 0xB3;

std::string string_of(byte_view value) { return std::string(base::text(value)); }

std::unexpected<std::string> bad(const char* words) { return std::unexpected(std::string(words)); }

std::expected<std::vector<notification_rule>, std::string> read_rules(byte_view value) {
    std::vector<notification_rule> rules;
    const auto all = elements(value);
    if (!all) return bad("notificationConfigurationInfo is no DER.");
    for (const auto& one : *all) {
        tlv_reader in(one.value);
        const auto operation = in.take(0x80);
        const auto address = in.take(0x81);
        if (one.tag != 0x30 || !operation || operation->value.empty() || !address || address->value.empty())
            return bad("An entry of notificationConfigurationInfo is wrong.");
        notification_rule rule{{}, string_of(address->value)};
        for (int event = 0; event < 4; ++event)
            if (bit(operation->value, event)) rule.events.push_back(event);
        rules.push_back(std::move(rule));
    }
    return rules;
}

// EUICCResponse of SAIP: SEQUENCE { peStatus [0] SEQUENCE OF SEQUENCE { status [0], identificationNumber [1] OPTIONAL }
// }.
bytes response(int status, std::optional<std::uint64_t> element) {
    auto fields = make_unsigned(0x80, static_cast<std::uint64_t>(status));
    if (element) append(fields, make_unsigned(0x81, *element));
    return make(0x30, make(0xA0, make(0x30, fields)));
}

std::unexpected<element_failure> refuse_element(bpp_error reason, std::string words, int status,
                                                std::optional<std::uint64_t> element = std::nullopt) {
    return std::unexpected(element_failure{reason, std::move(words), response(status, element)});
}

// [0] PEHeader { mandated [0] NULL OPTIONAL, identification [1] }; every element but the header has it.
std::optional<std::uint64_t> identification(const tlv& element) {
    tlv_reader in(element.value);
    const auto head = in.take(0xA0);
    const auto number = head ? find(head->value, 0x81) : std::nullopt;
    return number ? unsigned_value(number->value) : std::nullopt;
}

// PE-MF, ef-iccid [4]: the fillFileContent [3] pieces one after another.
std::optional<std::string> ef_iccid(const tlv& mf) {
    const auto file = find(mf.value, 0xA4);
    const auto parts = file ? elements(file->value) : std::nullopt;
    bytes content;
    for (const auto& one : parts.value_or(std::vector<tlv>{}))
        if (one.tag == 0x83) append(content, one.value);
    return content.empty() ? std::nullopt : std::optional(iccid_from_swapped(content).value_or("unreadable"));
}

std::expected<void, element_failure> read_header(const tlv& element, std::string_view iccid, profile_elements& into) {
    tlv_reader in(element.value);
    const auto major = in.take(0x80);
    const auto minor = in.take(0x81);
    const auto type = in.take(0x82);
    const auto number = in.take(0x83);
    if (!major || !minor || !number)
        return refuse_element(bpp_error::pe_processing_error, "The header lacks a field.", 3);
    in.take(0x84);
    if (!in.take(0xA5) || !in.take(0xA6))
        return refuse_element(bpp_error::pe_processing_error, "The header lacks its mandatory services or templates.",
                              3);
    into.major_version = static_cast<int>(unsigned_value(major->value).value_or(0));
    into.minor_version = static_cast<int>(unsigned_value(minor->value).value_or(0));
    if (into.major_version < 2 || into.major_version > 3)
        return refuse_element(bpp_error::pe_processing_error,
                              "The package is of a version that the eUICC does not know.", 2);
    into.type = type ? string_of(type->value) : "";
    into.iccid = iccid_from_natural(number->value).value_or("");
    if (into.iccid != iccid)
        return refuse_element(bpp_error::data_mismatch, "The ICCID of the header is not that of the metadata.", 3);
    return {};
}

}  // namespace

std::expected<installed_profile, std::string> read_metadata(byte_view store_metadata) {
    const auto request = only(store_metadata, 0xBF25);
    if (!request) return bad("StoreMetadata is no DER.");
    installed_profile out;
    tlv_reader in(request->value);
    const auto iccid = in.take(0x5A);
    const auto provider = in.take(0x91);
    const auto name = in.take(0x92);
    if (!iccid || !provider || !name) return bad("StoreMetadata lacks ICCID, provider or name.");
    const auto digits = iccid_from_swapped(iccid->value);
    if (!digits) return bad("The ICCID has no digits.");
    out.iccid = *digits;
    out.provider = string_of(provider->value);
    out.name = string_of(name->value);
    if (base::characters(out.provider) > 32 || base::characters(out.name) > 64)
        return bad("The provider's or the profile's name is too long.");
    if (const auto type = in.take(0x93)) {
        out.icon_type = static_cast<int>(unsigned_value(type->value).value_or(99));
        if (*out.icon_type > 1) return bad("The icon is neither JPG nor PNG.");
    }
    if (const auto icon = in.take(0x94)) {
        if (!out.icon_type || icon->value.size() > 1024) return bad("The icon has no type or is too large.");
        out.icon = base::hex(icon->value);
    }
    if (const auto kind = in.take(0x95)) {
        out.profile_class = static_cast<int>(unsigned_value(kind->value).value_or(99));
        if (out.profile_class > 2) return bad("The profile class is unknown.");
        if (out.profile_class == 2) return bad("DER leaves a default out: operational is the default.");
    }
    if (const auto rules = in.take(0xB6)) {
        auto read = read_rules(rules->value);
        if (!read) return std::unexpected(read.error());
        out.rules = std::move(*read);
    }
    if (const auto owner = in.take(0xB7)) {
        const auto network = find(owner->value, 0x80);
        if (!network || network->value.size() != 3) return bad("The owner has no MCC and MNC.");
        out.owner = base::hex(owner->value);
    }
    if (const auto rules = in.take(0x99)) {
        out.policy_rules = base::hex(rules->value);
        out.ppr_update_control = bit(rules->value, 0);
        out.ppr1 = bit(rules->value, 1);
        out.ppr2 = bit(rules->value, 2);
        if ((out.ppr1 || out.ppr2) && out.owner.empty()) return bad("Policy rules need a profile owner.");
    }
    while (!in.empty()) {  // extensions of later versions are allowed, known fields out of order are not
        const auto more = in.next();
        if (!more) return bad("StoreMetadata ends in something that is no DER.");
        if (more->tag == 0x5A || (more->tag >= 0x91 && more->tag <= 0x99)) return bad("StoreMetadata is out of order.");
    }
    return out;
}

std::expected<profile_elements, element_failure> read_profile_elements(byte_view package, std::string_view iccid) {
    const auto all = elements(package);
    if (!all || all->empty())
        return refuse_element(bpp_error::pe_processing_error, "The profile elements are no DER.", 3);
    profile_elements out;
    std::set<std::uint64_t> numbers;
    for (std::size_t i = 0; i < all->size(); ++i) {
        const auto& one = (*all)[i];
        if (!well_formed(one)) return refuse_element(bpp_error::pe_processing_error, "A profile element is no DER.", 3);
        if ((one.tag == header_tag) != (i == 0) || (one.tag == end_tag) != (i + 1 == all->size()))
            return refuse_element(bpp_error::pe_processing_error, "Header or end are not where they belong.", 3);
        if (one.tag == header_tag) {
            if (auto read = read_header(one, iccid, out); !read) return std::unexpected(std::move(read).error());
            continue;
        }
        const auto number = identification(one);
        if (!number || !numbers.insert(*number).second)
            return refuse_element(bpp_error::pe_processing_error, "A profile element has no number of its own.", 3,
                                  number);
        if (one.tag == mf_tag) {
            const auto inside = ef_iccid(one);
            if (inside && *inside != iccid)
                return refuse_element(bpp_error::data_mismatch, "EF.ICCID is not the ICCID of the metadata.", 3,
                                      number);
        }
        out.has_usim = out.has_usim || one.tag == usim_tag;
        out.has_aka = out.has_aka || one.tag == aka_tag;
    }
    out.count = all->size();
    out.euicc_response = response(0, std::nullopt);
    return out;
}

}  // namespace keepline::phone
