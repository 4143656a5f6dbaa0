#include "phone/mint.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <ctime>

#include <openssl/asn1.h>
#include <openssl/conf.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace keepline::phone {

namespace {

constexpr base::days card_life{3650};

bool add_extension(X509* to, X509* issuer, int nid, const std::string& value) {
    static CONF* const empty = NCONF_new(nullptr);  // policies ask for one, though nothing in it is used
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    X509V3_set_nconf(&context, empty);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> made(
        X509V3_EXT_nconf_nid(empty, &context, nid, value.c_str()), X509_EXTENSION_free);
    return made != nullptr && X509_add_ext(to, made.get(), -1) == 1;
}

void add_name(X509_NAME* to, int nid, const std::string& value) {
    if (value.empty()) return;
    const int type = nid == NID_serialNumber ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
    ENSURE(X509_NAME_add_entry_by_NID(to, nid, type, reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1);
}

std::string alternative_names(const certificate_plan& plan) {
    std::string out;
    if (!plan.oid.empty()) out = "RID:" + plan.oid;
    for (const auto& name : plan.names) {
        const bool address = !name.empty() && name.find_first_not_of("0123456789.") == std::string::npos;
        out += (out.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
    }
    return out;
}

bool add_extensions(X509* x, X509* issuer, const certificate_plan& plan) {
    const bool authority = plan.role == cert_role::ci || plan.role == cert_role::eum;
    const bool tls = plan.role == cert_role::dp_tls || plan.role == cert_role::ds_tls;
    bool ok = add_extension(x, issuer, NID_subject_key_identifier, "hash");
    if (plan.role != cert_role::ci) ok = ok && add_extension(x, issuer, NID_authority_key_identifier, "keyid:always");
    ok = ok && add_extension(x, issuer, NID_key_usage,
                             authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (plan.role != cert_role::none)
        ok = ok && add_extension(x, issuer, NID_certificate_policies,
                                 (tls ? "2.23.146.1.2.1." : "critical,2.23.146.1.2.1.") +
                                     std::to_string(static_cast<int>(plan.role)));
    if (authority)
        ok = ok && add_extension(x, issuer, NID_basic_constraints,
                                 plan.role == cert_role::eum ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE");
    if (tls) ok = ok && add_extension(x, issuer, NID_ext_key_usage, "critical,serverAuth,clientAuth");
    if (const auto names = alternative_names(plan); !names.empty())
        ok = ok && add_extension(x, issuer, NID_subject_alt_name, names);
    return ok;
}

}  // namespace

base::result<minted> mint(const certificate_plan& plan, const minted* issuer) {
    const auto key = ec_key::generate(plan.on);
    const std::unique_ptr<X509, decltype(&X509_free)> x(X509_new(), X509_free);
    X509_set_version(x.get(), 2);
    auto number = random_bytes(8);
    number[0] &= 0x7F;
    number[0] |= 0x01;
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(
        BN_bin2bn(number.data(), static_cast<int>(number.size()), nullptr), BN_free);
    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x.get()));
    ASN1_TIME_set(X509_getm_notBefore(x.get()), plan.from.ms / 1000);
    ASN1_TIME_set(X509_getm_notAfter(x.get()), plan.to.ms / 1000);
    auto* subject = X509_get_subject_name(x.get());
    add_name(subject, NID_organizationName, plan.organization);
    add_name(subject, NID_commonName, plan.common_name);
    add_name(subject, NID_serialNumber, plan.serial);
    X509_set_issuer_name(x.get(), issuer == nullptr ? subject : X509_get_subject_name(issuer->cert.handle()));
    X509_set_pubkey(x.get(), key.handle());
    if (!add_extensions(x.get(), issuer == nullptr ? x.get() : issuer->cert.handle(), plan) ||
        X509_sign(x.get(), issuer == nullptr ? key.handle() : issuer->key.handle(), EVP_sha256()) == 0)
        return base::refuse(base::code::internal, "The certificate could not be made.");
    bytes der(static_cast<std::size_t>(i2d_X509(x.get(), nullptr)));
    auto* at = der.data();
    i2d_X509(x.get(), &at);
    TRY(made, certificate::from_der(der));
    return minted{std::move(made), key};
}

std::string make_eid(std::string_view prefix, std::uint64_t number) {
    auto digits = std::to_string(number);
    std::string out(prefix);
    out.append(30 - prefix.size() - digits.size(), '0');
    out += digits;
    // The whole, taken as a number, leaves 1 when divided by 97.
    int rest = 0;
    for (const char c : out + "00") rest = (rest * 10 + (c - '0')) % 97;
    const int check = 98 - rest;
    out += static_cast<char>('0' + check / 10);
    out += static_cast<char>('0' + check % 10);
    return out;
}

base::result<std::vector<identity>> mint_cards(const pki_directory& from, curve on, std::size_t count,
                                               base::instant now) {
    for (const auto& eum : from.certificates) {
        const auto* key = eum.role() == cert_role::eum ? from.key_of(eum) : nullptr;
        const auto root = std::ranges::find_if(from.certificates, [&](const certificate& one) {
            return one.role() == cert_role::ci && one.subject_key_id() == eum.authority_key_id();
        });
        if (key == nullptr || key->on() != on || root == from.certificates.end()) continue;
        // The EUM may sign for one manufacturer's name and one range of EIDs: both as in a certificate that it has
        // signed.
        const auto sample = std::ranges::find_if(from.certificates, [&](const certificate& one) {
            return one.role() == cert_role::euicc && one.authority_key_id() == eum.subject_key_id();
        });
        char organization[128] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(eum.handle()), NID_organizationName, organization,
                                  sizeof organization);
        const auto prefix = sample != from.certificates.end() && sample->subject_serial().size() == 32
                                ? sample->subject_serial().substr(0, 8)
                                : std::string("89049032");
        std::vector<identity> cards;
        const minted issuer{eum, *key};
        const auto first = static_cast<std::uint64_t>(now.ms) % 1'000'000'000 * 100'000;
        for (std::size_t i = 0; i < count; ++i) {
            identity card;
            card.eid = make_eid(prefix, first + i);
            certificate_plan plan{cert_role::euicc, on, organization, "Load test eUICC",
                                  card.eid,         {}, {},           now - base::hours{1},
                                  now + card_life};
            TRY(made, mint(plan, &issuer));
            card.credentials.push_back({made.key, made.cert, eum, root->subject_key_id()});
            card.roots.push_back(*root);
            cards.push_back(std::move(card));
        }
        return cards;
    }
    return base::refuse(base::code::config_invalid, "The directory holds no EUM's key to make eUICCs with.");
}

}  // namespace keepline::phone
