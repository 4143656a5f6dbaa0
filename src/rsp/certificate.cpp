#include "rsp/certificate.hpp"

#include "base/digest.hpp"
#include "rsp/der.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

constexpr std::size_t most_certificate_bytes = 8'192;
constexpr std::size_t most_crl_bytes = 16'777'216;

// Contents of OBJECT IDENTIFIERs (RFC 5280, RFC 5480, RFC 5758, RFC 5639).
constexpr base::byte_array<8> oid_ecdsa_sha256{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
constexpr base::byte_array<7> oid_ec_key{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
constexpr base::byte_array<8> oid_p256{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr base::byte_array<9> oid_brainpool_p256{0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07};

/// The arc below 2.5.4 (attribute types) or 2.5.29 (extensions); 0 for any other OID.
std::uint8_t arc_below(byte_view oid, std::uint8_t joint_iso_arc) {
    return oid.size() == 3 && oid[0] == 0x55 && oid[1] == joint_iso_arc ? oid[2] : 0;
}

base::bytes copy(byte_view in) { return {in.begin(), in.end()}; }

/// UTCTime and GeneralizedTime in the forms of RFC 5280 §4.1.2.5: to the second, in UTC.
result<base::instant> time_of(const der::tlv& element) {
    std::string digits(base::text(element.value));
    const bool utc = element.what == der::utc_time;
    if ((!utc && element.what != der::generalized_time) || digits.size() != (utc ? 13u : 15u) || digits.back() != 'Z' ||
        !std::ranges::all_of(digits.substr(0, digits.size() - 1), [](char c) { return c >= '0' && c <= '9'; }))
        return refuse(code::malformed, "A certificate's date has a form that is not known.");
    if (utc) digits.insert(0, digits[0] >= '5' ? "19" : "20");
    const auto part = [&](std::size_t from, std::size_t count) {
        int value = 0;
        for (std::size_t i = from; i < from + count; ++i) value = value * 10 + (digits[i] - '0');
        return value;
    };
    const std::chrono::year_month_day day{std::chrono::year(part(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(part(4, 2))),
                                          std::chrono::day(static_cast<unsigned>(part(6, 2)))};
    if (!day.ok() || part(8, 2) > 23 || part(10, 2) > 59 || part(12, 2) > 59)
        return refuse(code::malformed, "A certificate's date does not exist.");
    const auto at = std::chrono::sys_days(day) + std::chrono::hours(part(8, 2)) + std::chrono::minutes(part(10, 2)) +
                    std::chrono::seconds(part(12, 2));
    return base::instant{std::chrono::milliseconds(at.time_since_epoch()).count()};
}

result<subject_name> name_inside(byte_view content) {
    subject_name out;
    for (der::reader names(content); !names.at_end();) {
        TRY(set, names.expect(der::set, "name part"));
        for (der::reader parts(set); !parts.at_end();) {
            TRY(part, parts.expect(der::sequence, "name attribute"));
            der::reader inside(part);
            TRY(type, inside.expect(der::object_identifier, "attribute type"));
            TRY(value, inside.next());
            std::string* into = nullptr;
            switch (arc_below(type.value, 0x04)) {
                case 3: into = &out.common_name; break;
                case 5: into = &out.serial_number; break;
                case 6: into = &out.country; break;
                case 10: into = &out.organization; break;
                default: break;
            }
            const bool is_text =
                value.what == der::utf8_string || value.what == der::printable_string || value.what == der::ia5_string;
            if (into != nullptr && into->empty() && is_text && value.value.size() <= 256)
                *into = std::string(base::text(value.value));
        }
    }
    return out;
}

result<void> check_algorithm(const der::tlv& element) {
    der::reader inside(element);
    TRY(algorithm, inside.expect(der::object_identifier, "signature algorithm"));
    if (!std::ranges::equal(algorithm.value, oid_ecdsa_sha256))
        return refuse(code::malformed, "The signature is not ECDSA with SHA-256.");
    return {};
}

result<byte_view> whole_bits(const der::tlv& element) {
    if (element.value.empty() || element.value[0] != 0) return refuse(code::malformed, "A bit string has odd bits.");
    return element.value.subspan(1);
}

result<public_key> key_of(const der::tlv& info) {
    der::reader inside(info);
    TRY(algorithm, inside.expect(der::sequence, "key algorithm"));
    TRY(bits, inside.expect(der::bit_string, "public key"));
    TRY(encoded, whole_bits(bits));
    der::reader parameters(algorithm);
    TRY(type, parameters.expect(der::object_identifier, "key type"));
    TRY(named, parameters.expect(der::object_identifier, "named curve"));
    if (!std::ranges::equal(type.value, oid_ec_key))
        return refuse(code::malformed, "The key is not of an elliptic curve.");
    if (std::ranges::equal(named.value, oid_p256)) return public_key::from_point(curve::p256, encoded);
    if (std::ranges::equal(named.value, oid_brainpool_p256))
        return public_key::from_point(curve::brainpool_p256, encoded);
    return refuse(code::malformed, "The key is neither on P-256 nor on brainpoolP256r1.");
}

result<void> read_policies(byte_view content, std::vector<std::string>& into) {
    TRY(list, der::only_element(content, der::sequence));
    for (der::reader policies(list); !policies.at_end();) {
        TRY(policy, policies.expect(der::sequence, "policy"));
        der::reader inside(policy);
        TRY(id, inside.expect(der::object_identifier, "policy id"));
        TRY(text, der::oid_of(id, "policy id"));
        into.push_back(std::move(text));
    }
    return {};
}

result<void> read_alternative_names(byte_view content, certificate& into) {
    TRY(list, der::only_element(content, der::sequence));
    for (der::reader names(list); !names.at_end();) {
        TRY(name, names.next());
        if (name.what == 0x82) into.dns_names.emplace_back(base::text(name.value));
        if (name.what == 0x88) into.registered_id = der::oid_text(name.value);
    }
    return {};
}

result<void> read_name_constraints(byte_view content, certificate& into) {
    TRY(constraints, der::only_element(content, der::sequence));
    auto& out = into.name_constraints.emplace();
    der::reader inside(constraints);
    TRY(permitted, inside.maybe(0xa0));
    if (!inside.at_end()) into.unknown_critical = true;  // excluded subtrees: nobody uses them, so nobody checks them
    if (!permitted) return {};
    for (der::reader trees(*permitted); !trees.at_end();) {
        TRY(tree, trees.expect(der::sequence, "subtree"));
        TRY(base_name, der::first_element(tree.value));
        if (base_name.what != 0xa4) continue;
        TRY(name, der::only_element(base_name.value, der::sequence));
        TRY(parts, name_inside(name.value));
        out.push_back({parts.organization, parts.serial_number});
    }
    return {};
}

result<void> read_basic_constraints(byte_view content, certificate& into) {
    TRY(constraints, der::only_element(content, der::sequence));
    der::reader inside(constraints);
    TRY(ca, inside.maybe(der::boolean));
    if (ca) {
        TRY(yes, der::boolean_of(*ca, "cA"));
        into.is_ca = yes;
    }
    TRY(length, inside.maybe(der::integer));
    if (length) {
        TRY(most, der::unsigned_of(*length, "pathLenConstraint"));
        into.path_length = most;
    }
    return {};
}

result<base::bytes> authority_key_id(byte_view content) {
    TRY(list, der::only_element(content, der::sequence));
    TRY(id, der::reader(list).find(0x80));
    return id ? copy(id->value) : base::bytes{};
}

result<void> read_crl_addresses(byte_view content, certificate& into) {
    TRY(points, der::only_element(content, der::sequence));
    for (der::reader list(points); !list.at_end();) {
        TRY(point, list.expect(der::sequence, "distribution point"));
        TRY(name, der::reader(point).find(0xa0));
        if (!name) continue;
        TRY(full, der::reader(*name).find(0xa0));
        if (!full) continue;
        TRY(address, der::reader(*full).find(0x86));
        if (address) into.crl_addresses.emplace_back(base::text(address->value));
    }
    return {};
}

result<void> read_extension(std::uint8_t arc, byte_view content, bool critical, certificate& into) {
    switch (arc) {
        case 14: {
            TRY(id, der::only_element(content, der::octet_string));
            into.key_id = copy(id.value);
            return {};
        }
        case 15: {
            TRY(usage, der::only_element(content, der::bit_string));
            TRY(bits, der::bits_of(usage, "keyUsage"));
            into.key_usage = bits;
            return {};
        }
        case 17: return read_alternative_names(content, into);
        case 19: return read_basic_constraints(content, into);
        case 30: return read_name_constraints(content, into);
        case 31: return read_crl_addresses(content, into);
        case 32: return read_policies(content, into.policies);
        case 35: {
            TRY(id, authority_key_id(content));
            into.issuer_key_id = std::move(id);
            return {};
        }
        case 37: {
            TRY(list, der::only_element(content, der::sequence));
            for (der::reader ids(list); !ids.at_end();) {
                TRY(id, ids.expect(der::object_identifier, "extended key usage"));
                TRY(text, der::oid_of(id, "extended key usage"));
                into.extended_key_usages.push_back(std::move(text));
            }
            return {};
        }
        default:
            if (critical) into.unknown_critical = true;
            return {};
    }
}

result<void> read_extensions(byte_view content, certificate& into) {
    TRY(list, der::only_element(content, der::sequence));
    std::uint64_t seen = 0;
    for (der::reader extensions(list); !extensions.at_end();) {
        TRY(extension, extensions.expect(der::sequence, "extension"));
        der::reader inside(extension);
        TRY(id, inside.expect(der::object_identifier, "extension id"));
        TRY(flag, inside.maybe(der::boolean));
        bool critical = false;
        if (flag) {
            TRY(yes, der::boolean_of(*flag, "critical"));
            critical = yes;
        }
        TRY(value, inside.expect(der::octet_string, "extension value"));
        const std::uint8_t arc = arc_below(id.value, 0x1d);
        if (arc != 0 && arc < 64) {
            if ((seen >> arc & 1) != 0) return refuse(code::malformed, "An extension is there twice.");
            seen |= std::uint64_t{1} << arc;
        }
        CHECK(read_extension(arc, value.value, critical, into));
    }
    return {};
}

result<void> read_tbs(const der::tlv& tbs, byte_view algorithm_outside, certificate& into) {
    der::reader inside(tbs);
    TRY(version, inside.expect(0xa0, "version"));
    constexpr base::byte_array<3> v3{0x02, 0x01, 0x02};
    if (!std::ranges::equal(version.value, v3)) return refuse(code::malformed, "The certificate is not of version 3.");
    TRY(serial, inside.expect(der::integer, "serial number"));
    TRY(algorithm, inside.expect(der::sequence, "signature algorithm"));
    if (!std::ranges::equal(algorithm.whole, algorithm_outside))
        return refuse(code::malformed, "The signature algorithms inside and outside differ.");
    TRY(issuer, inside.expect(der::sequence, "issuer"));
    TRY(validity, inside.expect(der::sequence, "validity"));
    TRY(subject, inside.expect(der::sequence, "subject"));
    TRY(key_info, inside.expect(der::sequence, "public key"));
    der::reader dates(validity);
    TRY(from, dates.next());
    TRY(until, dates.next());
    TRY(not_before, time_of(from));
    TRY(not_after, time_of(until));
    TRY(issuer_parts, name_inside(issuer.value));
    TRY(subject_parts, name_inside(subject.value));
    TRY(key, key_of(key_info));
    into.serial = serial.value;
    into.issuer_raw = issuer.whole;
    into.subject_raw = subject.whole;
    into.not_before = not_before;
    into.not_after = not_after;
    into.issuer = std::move(issuer_parts);
    into.subject = std::move(subject_parts);
    into.key = std::move(key);
    TRY(extensions, inside.find(0xa3));
    if (!extensions) return refuse(code::malformed, "The certificate has no extensions.");
    return read_extensions(extensions->value, into);
}

/// The content of the CRL number (RFC 5280 §5.2.3) without leading zeros; empty when the extensions have none.
result<base::bytes> crl_number_in(const der::tlv& extensions) {
    TRY(list, der::only_element(extensions.value, der::sequence));
    for (der::reader all(list); !all.at_end();) {
        TRY(extension, all.expect(der::sequence, "CRL extension"));
        der::reader inside(extension);
        TRY(id, inside.expect(der::object_identifier, "extension id"));
        if (arc_below(id.value, 0x1d) != 20) continue;
        CHECK(inside.maybe(der::boolean));
        TRY(value, inside.expect(der::octet_string, "extension value"));
        TRY(number, der::only_element(value.value, der::integer));
        const auto first = std::ranges::find_if(number.value, [](std::uint8_t one) { return one != 0; });
        return base::bytes(first, number.value.end());
    }
    return base::bytes{};
}

/// A signed structure of X.509: what is signed, by what, and the signature.
struct signed_structure {
    der::tlv tbs;
    der::tlv algorithm;
    byte_view signature;
};

result<signed_structure> read_signed(byte_view der) {
    TRY(outer, der::only_element(der, der::sequence));
    der::reader inside(outer);
    TRY(tbs, inside.expect(der::sequence, "signed part"));
    TRY(algorithm, inside.expect(der::sequence, "signature algorithm"));
    TRY(bits, inside.expect(der::bit_string, "signature"));
    if (!inside.at_end()) return refuse(code::malformed, "Something follows the signature.");
    CHECK(check_algorithm(algorithm));
    TRY(signature, whole_bits(bits));
    return signed_structure{tbs, algorithm, signature};
}

}  // namespace

std::string_view oid_of(role what) {
    constexpr std::array<std::string_view, 8> oids{"2.23.146.1.2.1.0", "2.23.146.1.2.1.1", "2.23.146.1.2.1.2",
                                                   "2.23.146.1.2.1.3", "2.23.146.1.2.1.4", "2.23.146.1.2.1.5",
                                                   "2.23.146.1.2.1.6", "2.23.146.1.2.1.7"};
    return oids[static_cast<std::size_t>(what)];
}

bool certificate::has_role(role what) const { return std::ranges::find(policies, oid_of(what)) != policies.end(); }

bool certificate::signed_by(const public_key& issuer_key) const { return issuer_key.verifies_der(tbs, signature); }

result<std::shared_ptr<const certificate>> parse_certificate(byte_view der) {
    if (der.size() > most_certificate_bytes) return refuse(code::malformed, "The certificate is too large.");
    auto out = std::make_shared<certificate>();
    out->der = copy(der);
    TRY(parts, read_signed(out->der));
    out->tbs = parts.tbs.whole;
    out->signature = parts.signature;
    CHECK(read_tbs(parts.tbs, parts.algorithm.whole, *out));
    out->fingerprint = base::sha256(out->der);
    return out;
}

result<std::shared_ptr<const certificate>> load_certificate(byte_view file) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----";
    const auto text = base::text(file);
    const auto from = text.find(begin);
    if (from == std::string_view::npos) return parse_certificate(file);
    const auto until = text.find(end, from);
    if (until == std::string_view::npos) return refuse(code::malformed, "The PEM file is cut off.");
    std::string body(text.substr(from + begin.size(), until - from - begin.size()));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    const auto der = base::from_base64(body);
    if (!der) return refuse(code::malformed, "The PEM file is not Base64.");
    return parse_certificate(*der);
}

result<revocations> parse_crl(byte_view der, const certificate& issuer) {
    if (der.size() > most_crl_bytes) return refuse(code::malformed, "The CRL is too large.");
    TRY(parts, read_signed(der));
    der::reader inside(parts.tbs);
    CHECK(inside.maybe(der::integer));
    TRY(algorithm, inside.expect(der::sequence, "signature algorithm"));
    TRY(name, inside.expect(der::sequence, "issuer"));
    TRY(this_update, inside.next());
    revocations out;
    TRY(since, time_of(this_update));
    out.this_update = since;
    if (!std::ranges::equal(name.whole, issuer.subject_raw) || !issuer.usable_for(crl_sign) ||
        !std::ranges::equal(algorithm.whole, parts.algorithm.whole) ||
        !issuer.key->verifies_der(parts.tbs.whole, parts.signature))
        return refuse(code::invalid, "The CRL was not signed by " + issuer.subject.common_name + ".");
    out.issuer_raw = copy(name.whole);
    out.issuer_key_id = issuer.key_id;
    if (inside.at_end()) return out;
    TRY(after, der::first_element(inside.rest()));
    if (after.what == der::utc_time || after.what == der::generalized_time) {
        TRY(next, time_of(after));
        out.next_update = next;
        CHECK(inside.next());
    }
    TRY(list, inside.maybe(der::sequence));
    for (der::reader entries(list ? list->value : byte_view{}); !entries.at_end();) {
        TRY(entry, entries.expect(der::sequence, "revoked certificate"));
        TRY(serial, der::reader(entry).expect(der::integer, "serial number"));
        out.serials.emplace(base::text(serial.value));
    }
    TRY(extensions, inside.maybe(0xa0));
    if (extensions) {
        TRY(number, crl_number_in(*extensions));
        out.number = std::move(number);
    }
    return out;
}

bool revocations::older_than(const revocations& other) const {
    if (this_update != other.this_update) return this_update < other.this_update;
    if (number.size() != other.number.size()) return number.size() < other.number.size();
    return number < other.number;
}

}  // namespace keepline::rsp
