#include "rsp/profile_package.hpp"

#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "rsp/milenage.hpp"
#include "rsp/saip.hpp"
#include "rsp/saip_content.hpp"
#include "rsp/saip_fields.hpp"
#include "rsp/tuak.hpp"

#include <algorithm>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::bytes;
using base::code;
using base::refuse;
using base::result;
using saip::file_kind;

/// A value read from hex; an empty text gives no bytes.
result<bytes> secret_bytes(const std::string& hex, std::string_view name, std::initializer_list<std::size_t> sizes) {
    auto out = base::from_hex(hex);
    if (!out || (!out->empty() && std::ranges::find(sizes, out->size()) == sizes.end()))
        return refuse(code::invalid, "The " + std::string(name) + " is not hexadecimal of the right length.");
    return std::move(*out);
}

/// Everything that goes into a package, as bytes, and what became of it.
struct filling_in {
    const profile_data& data;
    const profile_secrets& secrets;
    bytes ki, opc;
    std::array<bytes, 3> ota{};  // KIC, KID, KIK
    bool wrote_iccid = false, wrote_imsi = false, wrote_keys = false, wrote_msisdn = false, wrote_spn = false,
         wrote_ota = false;
    std::optional<base::error> failure{};

    void fail(std::string words) {
        if (!failure) failure = base::error{code::invalid, std::move(words)};
    }
};

bytes padded(bytes content, std::size_t size) {
    content.resize(std::max(size, content.size()), 0xff);
    return content;
}

std::optional<bytes> content_for(filling_in& all, const saip::file& file) {
    const auto& data = all.data;
    switch (file.kind) {
        case file_kind::iccid: all.wrote_iccid = true; return saip::ef_iccid(data.iccid);
        case file_kind::imsi: all.wrote_imsi = true; return saip::ef_imsi(data.imsi);
        case file_kind::acc: {
            const auto classes = saip::ef_acc(data.imsi);
            return bytes(classes.begin(), classes.end());
        }
        case file_kind::ad: {
            auto content = padded(file.content, 4);
            content[3] = static_cast<std::uint8_t>((content[3] & 0xf0) | data.mnc_digits);
            return content;
        }
        case file_kind::spn: {
            if (data.provider_name.empty()) return std::nullopt;
            if (!base::is_utf8(data.provider_name)) all.fail("The provider's name is not UTF-8.");
            all.wrote_spn = true;
            return saip::ef_spn(saip::name_for_spn(data.provider_name), data.show_provider_at_home);
        }
        case file_kind::msisdn: {
            if (data.msisdn.empty() || file.size() < 14 || (file.record != 0 && file.record < 14)) return std::nullopt;
            all.wrote_msisdn = true;
            auto content = file.content;
            const auto first = saip::msisdn_record(data.msisdn, file.record != 0 ? file.record : file.size());
            std::copy_n(first.begin(), std::min(first.size(), content.size()), content.begin());
            return content;
        }
        case file_kind::gid1:
        case file_kind::gid2: {
            const auto& gid = file.kind == file_kind::gid1 ? data.gid1 : data.gid2;
            return gid.empty() ? std::nullopt : std::optional(padded(gid, file.size()));
        }
        case file_kind::impi:
        case file_kind::impu:
        case file_kind::domain: return std::nullopt;  // the phone derives them from the IMSI (TS 23.003 §13)
    }
    return std::nullopt;
}

bytes fill_header(const filling_in& all, const saip::element& in) {
    return saip::with_fields(in.raw, [&](const der::tlv& field, der::writer& out) {
        if (field.what == saip::header_iccid_field)
            out.octets(field.what, saip::header_iccid(all.data.iccid));
        else if (field.what == saip::header_type_field && !all.data.profile_type.empty())
            out.text(field.what, all.data.profile_type);
        else
            out.raw(field.whole);
    });
}

/// PINs and PUKs: by the key reference of their configuration (TS 102 221 §9.5.1).
std::string_view code_for(const filling_in& all, bool puk, std::uint64_t reference) {
    if (puk) return reference == 0x01 ? all.secrets.puk1 : reference == 0x81 ? all.secrets.puk2 : std::string_view{};
    return reference == 0x01   ? all.secrets.pin1
           : reference == 0x81 ? all.secrets.pin2
           : reference == 0x0a ? all.secrets.adm1
                               : std::string_view{};
}

bytes fill_codes(filling_in& all, const saip::element& in) {
    const bool puk = in.raw.what == saip::pe_puks;
    return saip::with_configurations(in, [&](const saip::code_configuration& one) -> std::optional<bytes> {
        const auto digits = code_for(all, puk, one.reference);
        if (digits.empty()) return std::nullopt;
        const auto encoded = saip::pin_bytes(digits);
        if (!encoded || (puk && digits.size() != 8)) {
            all.fail("A PIN has 4 to 8 digits, a PUK 8.");
            return std::nullopt;
        }
        return bytes(encoded->begin(), encoded->end());
    });
}

bytes fill_keys(filling_in& all, const saip::element& in) {
    return saip::with_algorithm(in, [&](const der::tlv& parameter, std::uint64_t algorithm, der::writer& out) {
        const bool tuak = all.secrets.algorithm == aka_algorithm::tuak;
        const std::uint64_t wanted = tuak ? saip::algorithm_tuak : saip::algorithm_milenage;
        if (algorithm != wanted && algorithm != saip::algorithm_test) {
            all.fail(tuak ? "The template is for Milenage, the keys are for TUAK."
                          : "The template is for another algorithm than Milenage.");
            out.raw(parameter.whole);
            return;
        }
        all.wrote_keys = true;
        out.raw(saip::with_fields(parameter, [&](const der::tlv& field, der::writer& inner) {
            if (field.what == saip::algorithm_id_field)
                inner.number(wanted, field.what);
            else if (field.what == saip::algorithm_key_field)
                inner.octets(field.what, all.ki);
            else if (field.what == saip::algorithm_opc_field)
                inner.octets(field.what, all.opc);
            else
                inner.raw(field.whole);
        }));
    });
}

/// The first security domain is the operator's; its keys 1, 2 and 3 are KIC, KID and KIK.
bytes fill_security_domain(filling_in& all, const saip::element& in) {
    if (all.wrote_ota) return {in.raw.whole.begin(), in.raw.whole.end()};
    all.wrote_ota = true;
    return saip::with_domain_keys(in, [&](std::uint8_t identifier, byte_view data) -> std::optional<bytes> {
        if (identifier < 1 || identifier > 3 || data.size() != 16) return std::nullopt;
        const auto& key = all.ota[identifier - 1u];
        return key.empty() ? std::nullopt : std::optional(key);
    });
}

result<bytes> fill_element(filling_in& all, const saip::element& one) {
    switch (one.raw.what) {
        case saip::pe_header: return fill_header(all, one);
        case saip::pe_pins:
        case saip::pe_puks: return fill_codes(all, one);
        case saip::pe_aka: return fill_keys(all, one);
        case saip::pe_security_domain: return fill_security_domain(all, one);
        default: return saip::change_files(one, [&](const saip::file& file) { return content_for(all, file); });
    }
}

result<filling_in> prepared_filling(const profile_data& data, const profile_secrets& secrets) {
    if (data.iccid.empty() || data.imsi.empty()) return refuse(code::invalid, "A profile needs an ICCID and an IMSI.");
    if (data.mnc_digits != 2 && data.mnc_digits != 3) return refuse(code::invalid, "An MNC has 2 or 3 digits.");
    if (data.profile_type.size() > 100 || !base::is_utf8(data.profile_type))
        return refuse(code::invalid, "The profile type is text of at most 100 bytes.");
    const bool tuak = secrets.algorithm == aka_algorithm::tuak;
    if (!tuak && secrets.algorithm != aka_algorithm::milenage)
        return refuse(code::invalid, "A profile is personalised for Milenage or TUAK.");
    filling_in all{.data = data, .secrets = secrets, .ki = {}, .opc = {}};
    TRY(ki, secret_bytes(secrets.ki, "key Ki",
                         tuak ? std::initializer_list<std::size_t>{16, 32} : std::initializer_list<std::size_t>{16}));
    TRY(opc, secret_bytes(secrets.opc, "operator's key", {tuak ? std::size_t{32} : std::size_t{16}}));
    if (ki.empty() || opc.empty()) return refuse(code::invalid, "A profile needs Ki and OPc (or TOPc).");
    all.ki = std::move(ki);
    all.opc = std::move(opc);
    const std::array<const std::string*, 3> ota{&secrets.kic, &secrets.kid, &secrets.kik};
    for (std::size_t i = 0; i < ota.size(); ++i) {
        TRY(key, secret_bytes(*ota[i], "over-the-air key", {16}));
        all.ota[i] = std::move(key);
    }
    return all;
}

}  // namespace

result<profile_secrets> draw_secrets(random_source& random, aka_algorithm algorithm, byte_view operator_key,
                                     unsigned keccak_iterations) {
    profile_secrets out;
    out.algorithm = algorithm;
    const auto drawn = [&] {
        milenage_key key{};
        random.fill(key);
        return key;
    };
    const auto digits = [&](std::size_t count) {
        std::string text;
        while (text.size() < count) {
            std::array<std::uint8_t, 1> byte{};
            random.fill(byte);
            if (byte[0] < 250) text += static_cast<char>('0' + byte[0] % 10);  // each digit as likely as the others
        }
        return text;
    };
    auto ki = drawn();
    if (algorithm == aka_algorithm::milenage && operator_key.size() == 16) {
        milenage_key op{};
        std::ranges::copy(operator_key, op.begin());
        out.opc = base::hex(opc(ki, op));
    } else if (algorithm == aka_algorithm::tuak && operator_key.size() == 32) {
        tuak_operator_key top{};
        std::ranges::copy(operator_key, top.begin());
        TRY(derived, topc(ki, top, keccak_iterations));
        out.opc = base::hex(derived);
    } else {
        return refuse(code::invalid, "Milenage wants an operator's key of 16 bytes, TUAK one of 32.");
    }
    out.ki = base::hex(ki);
    wipe(ki);
    out.pin1 = "0000";  // not asked for until the owner turns it on (TS 102 221 §9.5.1)
    out.pin2 = digits(4);
    out.puk1 = digits(8);
    out.puk2 = digits(8);
    out.adm1 = digits(8);
    out.kic = base::hex(drawn());
    out.kid = base::hex(drawn());
    out.kik = base::hex(drawn());
    return out;
}

result<personalised> personalise(byte_view package_template, const profile_data& data, const profile_secrets& secrets) {
    TRY(all, prepared_filling(data, secrets));
    TRY(elements, saip::split(package_template));
    personalised out;
    out.package.reserve(package_template.size() + 512);
    for (const auto& one : elements) {
        TRY(encoded, fill_element(all, one));
        if (all.failure) return std::unexpected(*all.failure);
        out.package.insert(out.package.end(), encoded.begin(), encoded.end());
        wipe(encoded);
    }
    auto ki = base::hex(all.ki);
    wipe(all.ki);
    wipe(all.opc);
    for (auto& key : all.ota) wipe(key);
    if (elements.front().raw.what != saip::pe_header)
        return refuse(code::invalid, "The template does not begin with a header.");
    if (!all.wrote_iccid) return refuse(code::invalid, "The template has no EF.ICCID.");
    if (!all.wrote_imsi) return refuse(code::invalid, "The template has no EF.IMSI.");
    if (!all.wrote_keys) return refuse(code::invalid, "The template has no akaParameter for keys of its own.");
    // What was written is read again: a template may have files of sizes that hold something else then.
    TRY(read, read_package(out.package));
    if (read.iccid != data.iccid || read.ef_iccid != data.iccid || read.imsi != data.imsi || read.secrets.ki != ki)
        return refuse(code::invalid,
                      "The template's header, EF.ICCID, EF.IMSI or keys have another form than this server writes.");
    const auto warn = [&](const char* where, const char* words) {
        out.remarks.push_back({gravity::warning, where, words});
    };
    if (!data.msisdn.empty() && !all.wrote_msisdn) warn("EF.MSISDN", "The template has no place for the number.");
    if (!data.provider_name.empty() && !all.wrote_spn)
        warn("EF.SPN", "The template has no place for the provider's name.");
    if (const auto kept = saip::name_for_spn(data.provider_name); all.wrote_spn && kept != data.provider_name)
        warn("EF.SPN",
             "The provider's name is too long for it (16 letters, or 7 where one is not of the GSM "
             "alphabet) and is cut there; the metadata has it whole.");
    if (!secrets.kic.empty() && !all.wrote_ota)
        warn("securityDomain", "The template has no place for over-the-air keys.");
    return out;
}

}  // namespace keepline::rsp
