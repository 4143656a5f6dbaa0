#include "rsp/pki_shapes.hpp"

#include <sys/socket.h>

namespace keepline::rsp {

namespace {

// id-rspRole (SGP.22 v2.5 Annex H, SGP.26 variant O).
constexpr const char* role_ci = "2.23.146.1.2.1.0";
constexpr const char* role_euicc = "2.23.146.1.2.1.1";
constexpr const char* role_eum = "2.23.146.1.2.1.2";
constexpr const char* role_dp_tls = "2.23.146.1.2.1.3";
constexpr const char* role_dp_auth = "2.23.146.1.2.1.4";
constexpr const char* role_dp_pb = "2.23.146.1.2.1.5";

constexpr const char* crl_place = "crlDistributionPoints=URI:http://ci.example.com/ci.crl\n";
constexpr base::duration no_expiry = base::days(365 * 9000);  // eUICC certificates do not expire; cut to the year 9999

shape server_shape(const std::string& common_name, const std::string& policy, const std::string& oid) {
    return {.country = {},
            .organization = "Keepline",
            .unit = {},
            .serial_number = {},
            .common_name = common_name,
            .policy = policy,
            .key_usage = "digitalSignature",
            .constraints = {},
            .more = std::string("subjectAltName=RID:") + oid + "\n" + crl_place,
            .sections = {},
            .lifetime = base::days(1095)};
}

twist of_role(const char* policy) {
    twist out;
    out.policy = policy;
    return out;
}
twist expired_yesterday() {
    twist out;
    out.begins = -base::days(30);
    out.ends = -base::days(1);
    return out;
}
twist revoked_by_root() {
    twist out;
    out.revoked = true;
    return out;
}

}  // namespace

shape ci_shape(const std::string& which) {
    return {.country = "CN",
            .organization = "Keepline",
            .unit = "TESTCERT",
            .serial_number = {},
            .common_name = "Test CI " + which,
            .policy = role_ci,
            .key_usage = "keyCertSign,cRLSign",
            .constraints = "CA:TRUE",
            .more = std::string("subjectAltName=RID:2.999.1\n") + crl_place,
            .sections = {},
            .lifetime = base::days(35 * 365)};
}

shape eum_shape(const std::string& organization, const std::string& eid_prefix) {
    // §4.5.2.1.0.3: which O and which first digits of the EID the manufacturer may put into an eUICC's certificate.
    return {.country = "CN",
            .organization = organization,
            .unit = {},
            .serial_number = {},
            .common_name = "Test EUM",
            .policy = role_eum,
            .key_usage = "keyCertSign",
            .constraints = "CA:TRUE,pathlen:0",
            .more = std::string("subjectAltName=RID:2.999.5\nnameConstraints=critical,permitted;dirName:scope\n") +
                    crl_place,
            .sections = "[scope]\nO=" + organization + "\nserialNumber=" + eid_prefix + "\n",
            .lifetime = base::days(34 * 365)};
}

shape euicc_shape(const std::string& organization, const std::string& eid) {
    return {.country = "CN",
            .organization = organization,
            .unit = {},
            .serial_number = eid,
            .common_name = "Test eUICC",
            .policy = role_euicc,
            .key_usage = "digitalSignature",
            .constraints = {},
            .more = {},
            .sections = {},
            .lifetime = no_expiry};
}

shape dp_auth_shape(const std::string& oid) { return server_shape("TEST SM-DP+ auth", role_dp_auth, oid); }

shape dp_pb_shape(const std::string& oid) { return server_shape("TEST SM-DP+ pb", role_dp_pb, oid); }

shape dp_tls_shape(const std::vector<std::string>& host_names, const std::string& oid) {
    auto out = server_shape(host_names.front(), role_dp_tls, oid);
    std::string names;
    for (const auto& host : host_names)
        names += (is_address(host, AF_INET) || is_address(host, AF_INET6) ? "IP:" : "DNS:") + host + ",";
    out.more =
        "subjectAltName=" + names + "RID:" + oid + "\nextendedKeyUsage=critical,serverAuth,clientAuth\n" + crl_place;
    out.policy_critical = false;
    out.lifetime = base::days(397);  // what browsers and SGP.26 allow
    return out;
}

shape es2_ca_shape() {
    return {.country = {},
            .organization = "Keepline",
            .unit = {},
            .serial_number = {},
            .common_name = "Test ES2+ operators",
            .policy = {},
            .key_usage = "keyCertSign,cRLSign",
            .constraints = "CA:TRUE,pathlen:0",
            .more = {},
            .sections = {},
            .lifetime = base::days(3650)};
}

shape es2_operator_shape(const std::string& label) {
    return {.country = {},
            .organization = label,
            .unit = {},
            .serial_number = {},
            .common_name = label,
            .policy = {},
            .key_usage = "digitalSignature",
            .constraints = {},
            .more = "extendedKeyUsage=clientAuth\nsubjectAltName=DNS:" + label + "\n",
            .sections = {},
            .lifetime = base::days(1095)};
}

certificate_plan certificate_plan_of(const shape& what, const twist& wrong, base::instant now) {
    certificate_plan plan;
    plan.country = what.country;
    plan.organization = wrong.organization.empty() ? what.organization : wrong.organization;
    plan.unit = what.unit;
    plan.serial_number = what.serial_number;
    plan.common_name = what.common_name;
    plan.not_before = wrong.begins ? now + *wrong.begins : now - base::hours(1);  // clocks differ
    plan.not_after = wrong.ends ? now + *wrong.ends : now + what.lifetime;
    const auto policy = wrong.policy.value_or(what.policy);
    const auto constraints = wrong.no_ca ? std::string() : what.constraints;
    auto& text = plan.extensions;
    if (!constraints.empty()) text += "basicConstraints=critical," + constraints + "\n";
    text += "keyUsage=critical," + (wrong.key_usage.empty() ? what.key_usage : wrong.key_usage) + "\n";
    if (!policy.empty())
        text += std::string("certificatePolicies=") + (what.policy_critical ? "critical," : "") + policy + "\n";
    text += "subjectKeyIdentifier=hash\n";
    if (!wrong.no_authority_key) text += "authorityKeyIdentifier=keyid:always\n";
    text += what.more;
    plan.sections = what.sections;
    return plan;
}

const std::vector<broken_card>& broken_cards() {
    static const std::vector<broken_card> all = [] {
        std::vector<broken_card> out;
        std::uint64_t number = 9000;
        const auto add = [&](std::string name, std::string about) -> broken_card& {
            auto& one = out.emplace_back();
            one.name = std::move(name);
            one.about = std::move(about);
            one.number = ++number;
            return one;
        };
        add("expired", "the eUICC's certificate expired yesterday").euicc = expired_yesterday();
        auto& early = add("not-yet-valid", "the eUICC's certificate begins tomorrow");
        early.euicc.begins = base::days(1);
        add("wrong-role", "the eUICC's certificate has the role of DPauth").euicc = of_role(role_dp_auth);
        add("no-role", "the eUICC's certificate names no role").euicc = of_role("");
        add("wrong-key-usage", "the eUICC's key may not sign").euicc.key_usage = "keyAgreement";
        add("outside-constraint", "the EID is outside what the manufacturer may give out").foreign_prefix = true;
        add("foreign-organization", "the eUICC names another manufacturer").euicc.organization = "Somebody Else";
        add("bad-signature", "the manufacturer's signature does not hold").euicc.bad_signature = true;
        add("eum-expired", "the manufacturer's certificate expired yesterday").eum = expired_yesterday();
        add("eum-wrong-role", "the manufacturer's certificate has the role of an eUICC").eum = of_role(role_euicc);
        auto& not_ca = add("eum-not-ca", "the manufacturer's certificate is not an authority's");
        not_ca.eum = twist{};
        not_ca.eum->no_ca = true;
        not_ca.eum->key_usage = "digitalSignature";
        add("eum-revoked", "the root's revocation list has the manufacturer").eum = revoked_by_root();
        auto& no_key_id =
            add("eum-no-authority-key", "the manufacturer's certificate does not say by which key it was issued");
        no_key_id.eum = twist{};
        no_key_id.eum->no_authority_key = true;
        add("foreign-ci", "the chain ends at a root that nobody here trusts").foreign_ci = true;
        return out;
    }();
    return all;
}

const std::vector<broken_server>& broken_servers() {
    static const std::vector<broken_server> all = [] {
        std::vector<broken_server> out;
        const auto add = [&](std::string name, std::string about) -> broken_server& {
            auto& one = out.emplace_back();
            one.name = std::move(name);
            one.about = std::move(about);
            return one;
        };
        add("auth-expired", "DPauth expired yesterday").auth = expired_yesterday();
        add("auth-wrong-role", "DPauth has the role of DPpb").auth = of_role(role_dp_pb);
        add("auth-revoked", "the root's revocation list has DPauth").auth = revoked_by_root();
        add("auth-wrong-key", "dp-auth.key is not the key of dp-auth.cert").wrong_key = true;
        add("pb-expired", "DPpb expired yesterday").pb = expired_yesterday();
        add("pb-wrong-role", "DPpb has the role of DPauth").pb = of_role(role_dp_auth);
        add("pb-revoked", "the root's revocation list has DPpb").pb = revoked_by_root();
        add("pb-other-oid", "DPpb is for another SM-DP+ than DPauth").pb.oid = "2.999.11";
        add("tls-expired", "DPtls expired yesterday").tls = expired_yesterday();
        add("tls-wrong-role", "DPtls has the role of DPauth").tls = of_role(role_dp_auth);
        add("tls-wrong-name", "DPtls is for another host").tls.host = "other.example.com";
        add("foreign-ci", "the server's certificates are under another root than ci.cert").foreign_ci = true;
        return out;
    }();
    return all;
}

}  // namespace keepline::rsp
