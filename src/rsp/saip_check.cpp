// Reading a finished package, and what may be objected to in one.
#include "base/utf8.hpp"
#include "rsp/profile_package.hpp"
#include "rsp/saip.hpp"
#include "rsp/saip_content.hpp"
#include "rsp/saip_fields.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::bytes;
using base::result;
using saip::file_kind;

// ServicesList in its order: the context tags [0], [1], …
constexpr std::array<std::string_view, 30> service_names{"contactless",
                                                         "usim",
                                                         "isim",
                                                         "csim",
                                                         "milenage",
                                                         "tuak128",
                                                         "cave",
                                                         "gba-usim",
                                                         "gba-isim",
                                                         "mbms",
                                                         "eap",
                                                         "javacard",
                                                         "multos",
                                                         "multiple-usim",
                                                         "multiple-isim",
                                                         "multiple-csim",
                                                         "tuak256",
                                                         "usim-test-algorithm",
                                                         "ber-tlv",
                                                         "dfLink",
                                                         "cat-tp",
                                                         "get-identity",
                                                         "profile-a-x25519",
                                                         "profile-b-p256",
                                                         "suciCalculatorApi",
                                                         "dns-resolution",
                                                         "scp11ac",
                                                         "scp11c-authorization-mechanism",
                                                         "s16mode",
                                                         "eaka"};

void read_header(const saip::element& in, package_contents& out) {
    saip::with_fields(in.raw, [&](const der::tlv& field, der::writer&) {
        const auto number = [&] {
            return static_cast<unsigned>(der::unsigned_of(field, "version").value_or(0) & 0xff);
        };
        if (field.what == saip::header_major_field) out.major = number();
        if (field.what == saip::header_minor_field) out.minor = number();
        if (field.what == saip::header_type_field && base::is_utf8(base::text(field.value)))
            out.profile_type = base::text(field.value);
        if (field.what == saip::header_iccid_field)
            out.iccid = saip::iccid_of_header(field.value).value_or(base::iccid{});
        if (field.what != saip::header_services_field) return;
        saip::with_fields(field, [&](const der::tlv& service, der::writer&) {
            const std::size_t number_of = service.what & 0x1f;
            if (service.what >= 0x80 && service.what < 0x80 + service_names.size())
                out.services.emplace_back(service_names[number_of]);
        });
    });
}

void read_file(const saip::file& file, package_contents& out) {
    switch (file.kind) {
        case file_kind::iccid: out.ef_iccid = saip::iccid_of_ef(file.content).value_or(base::iccid{}); return;
        case file_kind::imsi:
            if (out.imsi.empty()) out.imsi = saip::imsi_of_ef(file.content).value_or(base::imsi{});
            return;
        case file_kind::acc: out.acc = base::hex(file.content); return;
        case file_kind::ad:
            if (file.content.size() >= 4) out.mnc_digits = file.content[3] & 0xf;
            return;
        case file_kind::spn: out.provider_name = saip::spn_of_ef(file.content).value_or(std::string()); return;
        case file_kind::msisdn: {
            const auto record = file.record == 0 ? file.content.size() : std::min(file.record, file.content.size());
            if (auto number = saip::msisdn_of_record(byte_view(file.content).first(record))) out.msisdn = *number;
            return;
        }
        case file_kind::gid1: out.gid1 = file.content; return;
        case file_kind::gid2: out.gid2 = file.content; return;
        case file_kind::impi:
        case file_kind::impu:
        case file_kind::domain: return;
    }
}

void read_codes(const saip::element& in, profile_secrets& out) {
    const bool puk = in.raw.what == saip::pe_puks;
    saip::with_configurations(in, [&](const saip::code_configuration& one) -> std::optional<bytes> {
        const auto text = saip::pin_of_bytes(one.value);
        if (one.reference == 0x01) (puk ? out.puk1 : out.pin1) = text;
        if (one.reference == 0x81) (puk ? out.puk2 : out.pin2) = text;
        if (one.reference == 0x0a && !puk) out.adm1 = text;
        return std::nullopt;
    });
}

void read_keys(const saip::element& in, profile_secrets& out) {
    if (out.algorithm != aka_algorithm::none && out.algorithm != aka_algorithm::mapped) return;  // the first one counts
    if (saip::is_mapped(in)) out.algorithm = aka_algorithm::mapped;
    saip::with_algorithm(in, [&](const der::tlv& parameter, std::uint64_t algorithm, der::writer&) {
        out.algorithm = algorithm == saip::algorithm_milenage ? aka_algorithm::milenage
                        : algorithm == saip::algorithm_tuak   ? aka_algorithm::tuak
                        : algorithm == saip::algorithm_test   ? aka_algorithm::test
                                                              : aka_algorithm::none;
        saip::with_fields(parameter, [&](const der::tlv& field, der::writer&) {
            if (field.what == saip::algorithm_key_field) out.ki = base::hex(field.value);
            if (field.what == saip::algorithm_opc_field) out.opc = base::hex(field.value);
        });
    });
}

void read_domain(const saip::element& in, profile_secrets& out) {
    if (!out.kic.empty() || !out.kid.empty() || !out.kik.empty()) return;
    saip::with_domain_keys(in, [&](std::uint8_t identifier, byte_view data) -> std::optional<bytes> {
        auto* place = identifier == 1 ? &out.kic : identifier == 2 ? &out.kid : identifier == 3 ? &out.kik : nullptr;
        if (place != nullptr && place->empty()) *place = base::hex(data);
        return std::nullopt;
    });
}

result<package_contents> contents_of(const std::vector<saip::element>& elements) {
    package_contents out;
    out.secrets.algorithm = aka_algorithm::none;
    for (const auto& one : elements) {
        const auto name = saip::element_name(one.raw.what);
        out.elements.emplace_back(name.empty() ? "?" : name);
        if (one.raw.what == saip::pe_header) read_header(one, out);
        if (one.raw.what == saip::pe_pins || one.raw.what == saip::pe_puks) read_codes(one, out.secrets);
        if (one.raw.what == saip::pe_aka) read_keys(one, out.secrets);
        if (one.raw.what == saip::pe_security_domain) read_domain(one, out.secrets);
        TRY(files, saip::files_of(one));
        for (const auto& file : files) read_file(file, out);
    }
    return out;
}

/// The findings of one package, while it is walked.
class examination {
 public:
    explicit examination(const std::vector<saip::element>& elements) : elements_(elements) {}

    std::vector<finding> run(const package_contents& contents) {
        order();
        numbers();
        codes();
        templates();
        header(contents);
        identity(contents);
        keys(contents);
        return std::move(out_);
    }

 private:
    void error(std::string where, std::string words) {
        out_.push_back({gravity::error, std::move(where), std::move(words)});
    }
    void warn(std::string where, std::string words) {
        out_.push_back({gravity::warning, std::move(where), std::move(words)});
    }

    static std::string name_of(const saip::element& one) {
        const auto name = saip::element_name(one.raw.what);
        return name.empty() ? "tag " + hex_of(one.raw.what) : std::string(name);
    }
    static std::string hex_of(der::tag what) {
        bytes raw;
        for (std::size_t i = der::tag_size(what); i-- > 0;) raw.push_back(static_cast<std::uint8_t>(what >> (8 * i)));
        return base::hex(raw);
    }
    std::size_t count(der::tag what) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(elements_, [&](const auto& one) { return one.raw.what == what; }));
    }
    std::size_t first(der::tag what) const {
        const auto found = std::ranges::find_if(elements_, [&](const auto& one) { return one.raw.what == what; });
        return static_cast<std::size_t>(found - elements_.begin());
    }
    bool has(der::tag what) const { return count(what) != 0; }

    /// SAIP §8.1: what stands where, and what needs what.
    void order() {
        if (elements_.front().raw.what != saip::pe_header) error("header", "The first element is not the header.");
        if (elements_.back().raw.what != saip::pe_end) error("end", "The last element is not the end.");
        for (const auto what :
             {saip::pe_header, saip::pe_end, saip::pe_mf, saip::pe_cd, saip::pe_telecom, saip::pe_iot})
            if (count(what) > 1) error(std::string(saip::element_name(what)), "The element is there more than once.");
        if (!has(saip::pe_mf) && !has(saip::pe_iot) && !has(saip::pe_generic_files))
            error("mf", "There is no master file.");
        for (const auto& [what, base_of] :
             {std::pair{saip::pe_opt_usim, saip::pe_usim}, std::pair{saip::pe_phonebook, saip::pe_usim},
              std::pair{saip::pe_gsm_access, saip::pe_usim}, std::pair{saip::pe_df_5gs, saip::pe_usim},
              std::pair{saip::pe_df_saip, saip::pe_usim}, std::pair{saip::pe_opt_isim, saip::pe_isim},
              std::pair{saip::pe_opt_csim, saip::pe_csim}, std::pair{saip::pe_opt_iot, saip::pe_iot}})
            if (has(what) && first(what) < first(base_of))
                error(std::string(saip::element_name(what)),
                      "It comes before " + std::string(saip::element_name(base_of)) + ", or without it.");
        for (const auto& one : elements_)
            if (saip::element_name(one.raw.what).empty())
                warn(name_of(one),
                     one.mandated ? "An unknown element that the eUICC must know." : "An unknown element.");
    }

    void numbers() {
        std::map<std::uint32_t, std::size_t> seen;
        for (const auto& one : elements_) {
            if (one.raw.what == saip::pe_header) continue;
            if (!one.identification)
                error(name_of(one), "The element has no identification number.");
            else if (++seen[*one.identification] == 2)
                error(name_of(one), "The identification " + std::to_string(*one.identification) + " is used twice.");
        }
    }

    /// A PIN that can be unblocked needs its PUK, defined before (SAIP §8.4).
    void codes() {
        std::vector<std::uint64_t> puks;
        for (const auto& one : elements_) {
            if (one.raw.what != saip::pe_pins && one.raw.what != saip::pe_puks) continue;
            const bool puk = one.raw.what == saip::pe_puks;
            saip::with_configurations(one, [&](const saip::code_configuration& each) -> std::optional<bytes> {
                if (each.value.size() != 8) error(name_of(one), "A value is not 8 bytes long.");
                if (puk) puks.push_back(each.reference);
                if (each.unblocked_by && std::ranges::find(puks, *each.unblocked_by) == puks.end())
                    error(name_of(one), "A PIN is unblocked by a PUK that is not defined before it.");
                return std::nullopt;
            });
        }
    }

    void templates() {
        std::vector<std::string> listed;
        for (const auto& one : elements_) {
            if (one.raw.what != saip::pe_header) continue;
            saip::with_fields(one.raw, [&](const der::tlv& field, der::writer&) {
                if (field.what != saip::header_templates_field) return;
                saip::with_fields(
                    field, [&](const der::tlv& oid, der::writer&) { listed.push_back(der::oid_text(oid.value)); });
            });
        }
        for (const auto& one : elements_) {
            if (one.raw.what < saip::pe_mf || saip::element_name(one.raw.what).empty()) continue;
            if (one.template_oid.empty())
                error(name_of(one), "The element names no file template.");
            else if (one.mandated && std::ranges::find(listed, one.template_oid) == listed.end())
                warn(name_of(one), "Its template " + one.template_oid + " is not in the header's list of templates.");
        }
    }

    void header(const package_contents& contents) {
        if (!has(saip::pe_header)) return;
        if (contents.major < 2 || contents.major > 3)
            warn("header", "Version " + std::to_string(contents.major) + "." + std::to_string(contents.minor) +
                               " of the format; this server knows 2 and 3.");
        const auto mandated = [&](std::string_view service) {
            return std::ranges::find(contents.services, service) != contents.services.end();
        };
        for (const auto& [service, what] :
             {std::pair{"usim", saip::pe_usim}, std::pair{"isim", saip::pe_isim}, std::pair{"csim", saip::pe_csim}})
            if (mandated(service) && !has(what) && !has(saip::pe_iot))
                error("header",
                      std::string("The service ") + service + " is mandated, but there is no such application.");
    }

    void identity(const package_contents& contents) {
        if (contents.iccid.empty())
            error("header", "The ICCID is none.");
        else if (!contents.ef_iccid.empty() && contents.ef_iccid != contents.iccid)
            error("EF.ICCID", "It is not the ICCID of the header.");
        if (contents.ef_iccid.empty()) error("EF.ICCID", "It holds no ICCID.");
        if (has(saip::pe_usim) || has(saip::pe_iot)) {
            if (contents.imsi.empty()) {
                error("EF.IMSI", "It holds no IMSI.");
            } else {
                const auto classes = saip::ef_acc(contents.imsi);
                if (!contents.acc.empty() && base::hex(classes) != contents.acc)
                    warn("EF.ACC", "The access class is not the one that the IMSI's last digit gives.");
            }
        }
    }

    void keys(const package_contents& contents) {
        const auto& secrets = contents.secrets;
        const bool application = has(saip::pe_usim) || has(saip::pe_iot);
        switch (secrets.algorithm) {
            case aka_algorithm::none:
                if (application) error("akaParameter", "There are no keys for the network.");
                return;
            case aka_algorithm::mapped: error("akaParameter", "It shares keys that no other element has."); return;
            case aka_algorithm::test: warn("akaParameter", "The test algorithm: for test networks only."); return;
            case aka_algorithm::milenage:
                if (secrets.ki.size() != 32 || secrets.opc.size() != 32)
                    error("akaParameter", "Milenage needs Ki and OPc of 16 bytes.");
                break;
            case aka_algorithm::tuak:
                if ((secrets.ki.size() != 32 && secrets.ki.size() != 64) || secrets.opc.size() != 64)
                    error("akaParameter", "TUAK needs a key of 16 or 32 bytes and TOPc of 32.");
                break;
        }
        if (std::ranges::all_of(secrets.ki, [](char c) { return c == '0'; }))
            error("akaParameter", "The key is all zeros: the template was not personalised.");
    }

    const std::vector<saip::element>& elements_;
    std::vector<finding> out_;
};

}  // namespace

result<package_contents> read_package(byte_view package) {
    TRY(elements, saip::split(package));
    return contents_of(elements);
}

std::vector<finding> check_package(byte_view package) {
    const auto elements = saip::split(package);
    if (!elements) return {{gravity::error, "package", elements.error().words}};
    const auto contents = contents_of(*elements);
    if (!contents) return {{gravity::error, "package", contents.error().words}};
    return examination(*elements).run(*contents);
}

}  // namespace keepline::rsp
