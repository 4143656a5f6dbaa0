#include "desk/profile_type.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t unknown_package_bytes = 8 * 1024;

result<std::string> hex_of_length(std::string_view what, std::string_view text, std::size_t bytes) {
    const auto raw = base::from_hex(text);
    if (!raw || raw->size() != bytes)
        return refuse(code::invalid,
                      "`" + std::string(what) + "` must be " + std::to_string(bytes * 2) + " hexadecimal digits.",
                      {{"field", std::string(what)}});
    return base::hex(*raw);
}

result<base::bytes> imported(port::vault& vault, const base::iccid& iccid) {
    TRY(sealed, vault.open(port::profile_owner_of(iccid), port::profile_package_kind));
    auto package = base::from_base64(sealed);
    if (!package) return refuse(code::internal, "The imported package cannot be read.");
    return std::move(*package);
}

result<rsp::profile_secrets> opened_secrets(port::vault& vault, const base::iccid& iccid) {
    TRY(sealed, vault.open(port::profile_owner_of(iccid), port::profile_keys_kind));
    return base::from_json<rsp::profile_secrets>(sealed);
}

rsp::profile_class class_of(domain::profile_class what) {
    switch (what) {
        case domain::profile_class::test: return rsp::profile_class::test;
        case domain::profile_class::provisioning: return rsp::profile_class::provisioning;
        case domain::profile_class::operational: return rsp::profile_class::operational;
    }
    return rsp::profile_class::operational;
}

}  // namespace

const profile_type* profile_types::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &profile_type::name);
    return found == all_.end() ? nullptr : &*found;
}

result<rsp::profile_secrets> make_secrets(const profile_type& type, std::string_view ki, std::string_view opc,
                                          rsp::random_source& random) {
    auto operator_key = type.operator_key;
    if (operator_key.empty()) {
        operator_key.resize(type.algorithm == rsp::aka_algorithm::tuak ? 32 : 16);
        random.fill(operator_key);
    }
    TRY(out, rsp::draw_secrets(random, type.algorithm, operator_key));
    if (ki.empty() != opc.empty())
        return refuse(code::invalid, "Give `ki` and `opc` both, or neither.", {{"field", "opc"}});
    if (ki.empty()) return out;
    TRY(own_ki, hex_of_length("ki", ki, ki.size() == 64 && type.algorithm == rsp::aka_algorithm::tuak ? 32 : 16));
    TRY(own_opc, hex_of_length("opc", opc, operator_key.size()));
    out.ki = std::move(own_ki);
    out.opc = std::move(own_opc);
    return out;
}

result<bool> same_secrets(port::vault& vault, const base::iccid& iccid, std::string_view ki, std::string_view opc) {
    TRY(known, opened_secrets(vault, iccid));
    const auto wanted_ki = base::from_hex(ki), wanted_opc = base::from_hex(opc);
    return wanted_ki && wanted_opc && known.ki == base::hex(*wanted_ki) && known.opc == base::hex(*wanted_opc);
}

result<port::vault_row> seal_secrets(port::vault& vault, const base::iccid& iccid,
                                     const rsp::profile_secrets& secrets) {
    return vault.seal(port::profile_owner_of(iccid), port::profile_keys_kind, base::to_json(secrets));
}

result<port::vault_row> seal_package(port::vault& vault, const base::iccid& iccid, base::byte_view package) {
    return vault.seal(port::profile_owner_of(iccid), port::profile_package_kind, base::base64(package));
}

result<base::bytes> package_of(const profile_types& types, port::vault& vault, const domain::esim_state& of) {
    if (of.package) return imported(vault, of.iccid);
    const auto* type = types.find(of.type);
    if (type == nullptr) return refuse(code::esim_type_unknown, "The profile's type is not configured any more.");
    TRY(secrets, opened_secrets(vault, of.iccid));
    rsp::profile_data data{.iccid = of.iccid, .imsi = of.imsi, .msisdn = of.number};
    data.mnc_digits = type->mcc_mnc.size() == 6 ? 3 : 2;
    data.provider_name = of.terms.metadata.provider.empty() ? type->provider_name : of.terms.metadata.provider;
    data.profile_type = type->name;
    TRY(made, type->package.personalise(data, secrets));
    return std::move(made.package);
}

std::size_t package_size_of(const profile_types& types, const domain::esim_state& of) {
    const auto* type = types.find(of.type);
    return type == nullptr || of.package ? unknown_package_bytes : type->package.size();
}

std::uint32_t rules_of(const domain::download_metadata& of) {
    return (of.forbid_disable ? rsp::ppr_1 : 0U) | (of.forbid_delete ? rsp::ppr_2 : 0U);
}

std::optional<bool> icon_is_png(base::byte_view image) {
    constexpr std::size_t longest = 1024;
    constexpr std::array<std::uint8_t, 8> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    constexpr std::array<std::uint8_t, 3> jpeg{0xff, 0xd8, 0xff};
    const auto begins = [&](const auto& with) {
        return image.size() > with.size() && std::ranges::equal(image.first(with.size()), with);
    };
    if (image.size() > longest) return std::nullopt;
    if (begins(png)) return true;
    if (begins(jpeg)) return false;
    return std::nullopt;
}

result<base::bytes> metadata_of(const profile_types& types, const domain::esim_state& of, std::string_view notify) {
    const auto* type = types.find(of.type);
    const auto& asked = of.terms.metadata;
    rsp::profile_metadata out;
    out.iccid = of.iccid.text();
    out.provider_name = asked.provider;
    out.profile_name = asked.profile_name;
    if (type != nullptr) {
        if (const auto png = icon_is_png(type->icon)) out.icon = rsp::profile_icon{*png, type->icon};
        if (out.provider_name.empty()) out.provider_name = type->provider_name;
        if (out.profile_name.empty()) out.profile_name = type->profile_name;
    }
    if (out.profile_name.empty()) out.profile_name = out.provider_name;
    out.kind = class_of(asked.of_class);
    out.notification_address = asked.notification_address.empty() ? std::string(notify) : asked.notification_address;
    // The owner is the network of the IMSI when the type does not name it.
    const auto& imsi = of.imsi.text();
    const auto plmn = type != nullptr && !type->mcc_mnc.empty() ? type->mcc_mnc : imsi.substr(0, 5);
    if (plmn.size() >= 5) out.owner = rsp::profile_owner{plmn, {}, {}};
    out.rules = rules_of(asked);
    return rsp::build_metadata(out);
}

}  // namespace keepline::desk
