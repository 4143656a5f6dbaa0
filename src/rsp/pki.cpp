#include "rsp/pki.hpp"

#include "base/ids.hpp"
#include "rsp/pki_issue.hpp"
#include "rsp/pki_shapes.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>

namespace keepline::rsp {

namespace {

void add_file(std::vector<pki_file>& to, const std::string& stem, const std::string& pem, const std::string& der,
              bool secret, const std::string& about) {
    to.push_back({stem + ".pem", pem, secret, about});
    to.push_back({stem + ".der", der, secret, ""});
}

void add_certificate(std::vector<pki_file>& to, const std::string& stem, X509* certificate, const std::string& about) {
    add_file(to, stem, pem_of(certificate), der_of(certificate), false, about);
}

void add_key(std::vector<pki_file>& to, const std::string& stem, EVP_PKEY* key, const std::string& about) {
    add_file(to, stem, pem_of(key), der_of(key), true, about);
}

/// One curve's root and everything below it.
class pki_tree {
 public:
    static base::result<pki_tree> plant(const pki_plan& plan, curve which) {
        pki_tree out(plan, which);
        TRY(ci, out.make(ci_shape(folder_name(which)), {}, nullptr));
        out.ci_ = std::move(ci);
        TRY(eum, out.make(out.eum(), {}, &out.ci_));
        out.eum_ = std::move(eum);
        return out;
    }

    base::result<std::vector<pki_file>> all() {
        std::vector<pki_file> files;
        const std::string folder(folder_of(which_));
        add_key(files, folder + "/ci.key", ci_.key.get(), "key of the root; signs everything here");
        add_certificate(files, folder + "/eum.cert", eum_.certificate.get(), "the eUICC manufacturer");
        add_key(files, folder + "/eum.key", eum_.key.get(), "key of the manufacturer; signs eUICC certificates");
        CHECK(add_servers(files, folder, {}, ci_));
        for (const auto& eid : plan_.eids) CHECK(add_card(files, "cards/" + folder + "/" + eid, eid, {}, eum_, ci_));
        if (plan_.negative) {
            for (const auto& one : broken_cards()) CHECK(add_broken_card(files, folder, one));
            for (const auto& one : broken_servers()) CHECK(add_broken_servers(files, folder, one));
        }
        // Last, because it lists what the negative cases had revoked.
        TRY(pem, make_crl(ci_, revoked_, plan_.now - base::hours(1), plan_.now + base::days(365), true));
        TRY(der, make_crl(ci_, revoked_, plan_.now - base::hours(1), plan_.now + base::days(365), false));
        std::vector<std::string> places{folder};
        for (const auto& one : broken_servers()) places.push_back("negative/" + folder + "/servers/" + one.name);
        for (const auto& place : places)
            if (place == folder || (plan_.negative && !place.ends_with("foreign-ci")))
                add_file(files, place + "/ci.crl", pem, der, false,
                         place == folder ? "revocation list of the root" : "");
        return files;
    }

 private:
    pki_tree(const pki_plan& plan, curve which) : plan_(plan), which_(which) {}

    static std::string folder_name(curve which) { return which == curve::p256 ? "NIST P-256" : "brainpoolP256r1"; }

    shape eum() const { return eum_shape(plan_.eum_organization, plan_.eid_prefix); }

    base::result<issued> make(const shape& what, const twist& wrong, const issued* authority) const {
        TRY(key, make_key(which_));
        auto plan = certificate_plan_of(what, wrong, plan_.now);
        return issue(plan, key, authority);
    }

    base::result<void> add_card(std::vector<pki_file>& to, const std::string& folder, const std::string& eid,
                                const twist& wrong, const issued& eum, const issued& ci) const {
        TRY(card, make(euicc_shape(plan_.eum_organization, eid), wrong, &eum));
        auto der = der_of(card.certificate.get());
        auto pem = pem_of(card.certificate.get());
        if (wrong.bad_signature) {
            der.back() = static_cast<char>(der.back() ^ 1);  // the last bit of s
            pem = pem_of_der(der);
        }
        add_certificate(to, folder + "/ci.cert", ci.certificate.get(), "");
        add_certificate(to, folder + "/eum.cert", eum.certificate.get(), "");
        add_file(to, folder + "/euicc.cert", pem, der, false, wrong.about.empty() ? "eUICC " + eid : wrong.about);
        add_key(to, folder + "/euicc.key", card.key.get(), "");
        return {};
    }

    base::result<void> add_broken_card(std::vector<pki_file>& to, const std::string& folder, const broken_card& one) {
        const auto place = "negative/" + folder + "/cards/" + one.name;
        const auto eid = eid_with_checks(one.foreign_prefix ? foreign_prefix() : plan_.eid_prefix, one.number);
        auto wrong = one.euicc;
        wrong.about = one.about;
        if (!one.eum && !one.foreign_ci) return add_card(to, place, eid, wrong, eum_, ci_);
        auto authority = ci_;
        if (one.foreign_ci) {
            TRY(other, make(ci_shape("another root"), {}, nullptr));
            authority = std::move(other);
        }
        TRY(other_eum, make(eum(), one.eum.value_or(twist{}), &authority));
        if (one.eum && one.eum->revoked) revoked_.push_back(other_eum.certificate);
        return add_card(to, place, eid, wrong, other_eum, authority);
    }

    base::result<void> add_servers(std::vector<pki_file>& to, const std::string& folder, const broken_server& wrong,
                                   const issued& ci) {
        const bool good = wrong.name.empty();
        const auto tls_names = wrong.tls.host.empty() ? plan_.host_names : std::vector<std::string>{wrong.tls.host};
        TRY(auth, make(dp_auth_shape(plan_.oid), wrong.auth, &ci));
        TRY(pb, make(dp_pb_shape(wrong.pb.oid.empty() ? plan_.oid : wrong.pb.oid), wrong.pb, &ci));
        TRY(tls, make(dp_tls_shape(tls_names, plan_.oid), wrong.tls, &ci));
        for (const auto* one : {&auth, &pb, &tls}) {
            const auto& t = one == &auth ? wrong.auth : one == &pb ? wrong.pb : wrong.tls;
            if (t.revoked) revoked_.push_back(one->certificate);
        }
        add_certificate(to, folder + "/ci.cert", ci.certificate.get(),
                        good ? "the root; phones trust it" : wrong.about);
        add_certificate(to, folder + "/dp-auth.cert", auth.certificate.get(), good ? "signs serverSigned1" : "");
        TRY(other_key, make_key(which_));
        add_key(to, folder + "/dp-auth.key", wrong.wrong_key ? other_key.get() : auth.key.get(), "");
        add_certificate(to, folder + "/dp-pb.cert", pb.certificate.get(),
                        good ? "signs smdpSigned2 and binds packages" : "");
        add_key(to, folder + "/dp-pb.key", pb.key.get(), "");
        add_certificate(to, folder + "/dp-tls.cert", tls.certificate.get(),
                        good ? "the HTTPS server of ES9+ and ES2+" : "");
        add_key(to, folder + "/dp-tls.key", tls.key.get(), "");
        return {};
    }

    base::result<void> add_broken_servers(std::vector<pki_file>& to, const std::string& folder,
                                          const broken_server& one) {
        const auto place = "negative/" + folder + "/servers/" + one.name;
        if (!one.foreign_ci) return add_servers(to, place, one, ci_);
        TRY(other, make(ci_shape("another root"), {}, nullptr));
        CHECK(add_servers(to, place, one, other));
        // The phones trust the usual root, the server shows certificates of another one.
        for (auto& file : to) {
            if (file.name == place + "/ci.cert.pem") file.content = pem_of(ci_.certificate.get());
            if (file.name == place + "/ci.cert.der") file.content = der_of(ci_.certificate.get());
        }
        return {};
    }

    std::string foreign_prefix() const { return plan_.eid_prefix == "89049999" ? "89049998" : "89049999"; }

    pki_plan plan_;
    curve which_;
    issued ci_;
    issued eum_;
    std::vector<certificate_handle> revoked_;
};

bool is_dotted_oid(std::string_view dotted) {
    const auto digits = [](char c) { return c >= '0' && c <= '9'; };
    return dotted.contains('.') && !dotted.contains("..") && dotted.front() != '.' && dotted.back() != '.' &&
           std::ranges::all_of(dotted, [&](char c) { return digits(c) || c == '.'; });
}

base::result<void> check_plan(const pki_plan& plan) {
    const auto wrong = [](std::string words) { return base::refuse(base::code::invalid, std::move(words)); };
    if (plan.curves.empty()) return wrong("A PKI needs at least one curve.");
    if (!is_dotted_oid(plan.oid)) return wrong("The OID of the SM-DP+ is written with dots, as 2.999.10.");
    if (plan.host_names.empty()) return wrong("A PKI needs at least one host name.");
    for (const auto& host : plan.host_names)
        if (!writable_in_certificate(host) || host.contains(' ') ||
            (host.contains('/') || host.contains(':')) != is_address(host, AF_INET6))
            return wrong("`" + host +
                         "` cannot be a host name in a certificate (at most 64 letters, digits, dots, hyphens).");
    if (!writable_in_certificate(plan.eum_organization))
        return wrong("The manufacturer's name cannot stand in a certificate.");
    if (plan.eid_prefix.size() != 8 ||
        !std::ranges::all_of(plan.eid_prefix, [](char c) { return c >= '0' && c <= '9'; }))
        return wrong("The manufacturer's EID prefix is 8 digits.");
    for (const auto& eid : plan.eids) {
        CHECK(base::eid::parse(eid));
        if (!eid.starts_with(plan.eid_prefix))
            return wrong("The EID " + eid + " does not begin with the manufacturer's prefix " + plan.eid_prefix + ".");
    }
    for (const auto& one : plan.operators)
        if (!base::label::parse(one))
            return wrong("`" + one + "` cannot name an operator: a-z, 0-9, dot, underscore, hyphen.");
    return {};
}

base::result<void> add_es2(std::vector<pki_file>& to, const pki_plan& plan) {
    if (plan.operators.empty()) return {};
    TRY(ca_key, make_key(curve::p256));
    TRY(ca, issue(certificate_plan_of(es2_ca_shape(), {}, plan.now), ca_key, nullptr));
    add_certificate(to, "es2/ca.cert", ca.certificate.get(), "root of the operators' client certificates");
    add_key(to, "es2/ca.key", ca.key.get(), "");
    for (const auto& name : plan.operators) {
        TRY(key, make_key(curve::p256));
        TRY(client, issue(certificate_plan_of(es2_operator_shape(name), {}, plan.now), key, &ca));
        add_certificate(to, "es2/" + name + ".cert", client.certificate.get(), "ES2+ client certificate of " + name);
        add_key(to, "es2/" + name + ".key", client.key.get(), "");
    }
    return {};
}

}  // namespace

bool is_address(const std::string& text, int family) {
    std::array<unsigned char, 16> out{};
    return ::inet_pton(family, text.c_str(), out.data()) == 1;
}

std::string_view folder_of(curve which) { return which == curve::p256 ? "nist" : "brainpool"; }

std::string eid_with_checks(std::string_view prefix, std::uint64_t number) {
    auto running = std::to_string(number);
    std::string digits(prefix.substr(0, 30));
    if (running.size() > 30 - digits.size()) running = running.substr(running.size() - (30 - digits.size()));
    digits += std::string(30 - digits.size() - running.size(), '0') + running;
    int remainder = 0;
    for (const char c : digits + "00") remainder = (remainder * 10 + (c - '0')) % 97;
    const int check = 98 - remainder;
    return digits + (check < 10 ? "0" : "") + std::to_string(check);
}

base::result<std::vector<pki_file>> make_pki(const pki_plan& wanted) {
    auto plan = wanted;
    if (plan.eids.empty()) plan.eids.push_back(eid_with_checks(plan.eid_prefix, 1));
    CHECK(check_plan(plan));
    std::vector<pki_file> files;
    for (const auto which : plan.curves) {
        TRY(grown, pki_tree::plant(plan, which));
        TRY(made, grown.all());
        std::ranges::move(made, std::back_inserter(files));
    }
    CHECK(add_es2(files, plan));
    return files;
}

base::result<std::vector<pki_file>> make_card(const std::string& folder, const std::string& eid,
                                              const std::string& ci_cert, const std::string& eum_cert,
                                              const std::string& eum_key, base::instant now) {
    CHECK(base::eid::parse(eid));
    TRY(eum, read_issued(eum_cert, eum_key));
    TRY(ci, read_certificate(ci_cert));
    TRY(organization, permitted_organization(eum.certificate.get(), eid));
    TRY(which, curve_of(eum.key.get()));
    TRY(key, make_key(which));
    TRY(card, issue(certificate_plan_of(euicc_shape(organization, eid), {}, now), key, &eum));
    std::vector<pki_file> files;
    add_certificate(files, folder + "/ci.cert", ci.get(), "");
    add_certificate(files, folder + "/eum.cert", eum.certificate.get(), "");
    add_certificate(files, folder + "/euicc.cert", card.certificate.get(), "eUICC " + eid);
    add_key(files, folder + "/euicc.key", card.key.get(), "");
    return files;
}

std::string pki_readme(const pki_plan& plan, const std::vector<pki_file>& files) {
    std::string out =
        "A test PKI for remote SIM provisioning (SGP.22 4.5.2, variant O of SGP.26), made by `keepline pki make`.\n"
        "Nothing here is secret enough for production: use the certificates of your GSMA root there.\n\n"
        "SM-DP+ OID " +
        plan.oid + ", host names";
    for (const auto& host : plan.host_names) out += " " + host;
    out +=
        ".\nEvery certificate is there as .pem and .der, every key as PKCS#8 .pem and .der (mode 0600).\n\n"
        "  The server reads one folder per curve (ci.cert, dp-auth.*, dp-pb.*, dp-tls.*, ci.crl).\n"
        "  A software phone reads one folder per eUICC: cards/<curve>/<EID>.\n"
        "  An LPA that checks TLS must trust <curve>/ci.cert.pem.\n"
        "  `keepline pki check` on this folder says what is wrong and what expires when.\n\n";
    for (const auto& file : files)
        if (!file.about.empty())
            out += file.name + std::string(file.name.size() < 44 ? 44 - file.name.size() : 1, ' ') + file.about + "\n";
    return out;
}

}  // namespace keepline::rsp
