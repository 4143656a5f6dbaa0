#include "rsp/pki_files.hpp"

#include "rsp/pki_issue.hpp"

#include <algorithm>

#include <openssl/pem.h>

namespace keepline::rsp {

namespace {

constexpr std::size_t file_max_bytes = 65'536;

/// Collects what is wrong with a list of files while it reads them.
class inspection {
 public:
    inspection(const file_reader& read, base::instant now, std::vector<finding>& findings,
               std::vector<expiry>& expiries)
        : read_(read), now_(now), findings_(findings), expiries_(expiries) {}

    void error(const std::string& file, std::string words) { note(gravity::error, file, std::move(words)); }
    void warn(const std::string& file, std::string words) { note(gravity::warning, file, std::move(words)); }

    std::size_t expired() const { return expired_; }

    /// Whether the path or its .der twin is there, readable or not.
    bool is_there(const std::string& path) const {
        const auto found = [&](const std::string& one) {
            const auto read = read_(one);
            return read || read.error().what != base::code::not_found;
        };
        if (path.empty()) return false;
        return found(path) || (path.ends_with(".pem") && found(path.substr(0, path.size() - 4) + ".der"));
    }

    /// The content, from the path or its .der twin, whose name then replaces `path`.
    std::optional<std::string> content(std::string& path, const std::string& what) {
        if (path.empty()) {
            error(what, "No file is named for " + what + ".");
            return std::nullopt;
        }
        auto found = read_(path);
        if (!found && found.error().what == base::code::not_found && path.ends_with(".pem")) {
            const auto twin = path.substr(0, path.size() - 4) + ".der";
            if (auto other = read_(twin)) {
                path = twin;
                found = std::move(other);
            }
        }
        if (!found) {
            error(path, found.error().words);
            return std::nullopt;
        }
        if (found->size() > file_max_bytes) {
            error(path, "The file is larger than any certificate or key.");
            return std::nullopt;
        }
        return std::move(*found);
    }

    std::shared_ptr<const certificate> a_certificate(std::string& path, const std::string& what) {
        const auto bytes = content(path, what);
        if (!bytes) return nullptr;
        auto loaded = load_certificate(base::view(*bytes));
        if (!loaded) {
            error(path, "Not a certificate that can be used as " + what + ": " + loaded.error().words);
            return nullptr;
        }
        dates(path, what, **loaded);
        return std::move(*loaded);
    }

    std::shared_ptr<const software_key> a_key(std::string& path, const certificate* owner, const std::string& what) {
        const auto bytes = content(path, what);
        if (!bytes) return nullptr;
        auto loaded = software_key::load(base::view(*bytes));
        if (!loaded) {
            error(path, "Not a key that can be used for " + what + ": " + loaded.error().words);
            return nullptr;
        }
        if (owner != nullptr && !((*loaded)->key() == *owner->key)) {
            error(path, "The key is not the one in the certificate of " + what + ".");
            return nullptr;
        }
        return std::move(*loaded);
    }

    /// Whether `subject` may have its role under `ci`: signature, role, usage, dates of the issuer.
    void under(const std::string& path, const certificate& subject, const certificate& ci, role what) {
        if (auto why = unfit(subject, ci, what))
            error(path, "The certificate does not fit: " + *why + ".");
        else if (!subject.signed_by(*ci.key))
            error(path, "The certificate was not signed by the root.");
    }

 private:
    void note(gravity how_bad, const std::string& file, std::string words) {
        if (!words.empty() && words.back() != '.') words += '.';
        findings_.push_back({how_bad, file, std::move(words)});
    }

    void dates(const std::string& path, const std::string& what, const certificate& one) {
        expiries_.push_back({path, what, one.not_after});
        if (now_ < one.not_before)
            error(path, "Not valid before " + base::iso(one.not_before) + ".");
        else if (!one.valid_at(now_)) {
            error(path, "Expired on " + base::iso(one.not_after) + ".");
            ++expired_;
        } else if (one.not_after < now_ + expires_soon)
            warn(path, "Expires soon, on " + base::iso(one.not_after) + ".");
    }

    const file_reader& read_;
    base::instant now_;
    std::vector<finding>& findings_;
    std::vector<expiry>& expiries_;
    std::size_t expired_ = 0;
};

/// The DER inside a PEM file of that kind; DER as it is.
std::string der_in(const std::string& file, std::string_view kind) {
    if (!file.contains("-----BEGIN")) return file;
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())),
                                                       &BIO_free);
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    std::string out;
    while (out.empty() && PEM_read_bio(in.get(), &name, &header, &data, &size) == 1) {
        if (name == kind) out.assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, static_cast<std::size_t>(size));
    }
    return out;
}

/// A root (§4.5.2.1.0.2): whom everything else here is measured by.
void check_ci(inspection& at, const std::string& path, const certificate& ci) {
    if (!ci.has_role(role::ci))
        at.error(path, "The certificate's policy is not that of a CI, " + std::string(oid_of(role::ci)) + ".");
    if (!ci.is_ca || !ci.usable_for(key_cert_sign)) at.error(path, "The certificate may not sign certificates.");
    if (ci.key_id.empty()) at.error(path, "The certificate has no subject key identifier, by which phones choose it.");
    if (ci.unknown_critical) at.error(path, "The certificate has a critical extension that is not known.");
    if (!std::ranges::equal(ci.issuer_raw, ci.subject_raw) || !ci.signed_by(*ci.key))
        at.error(path, "The certificate is not a root: it did not sign itself.");
}

void load_crl(inspection& at, const std::string& path, const file_reader& read, base::instant now,
              loaded_certificates& out) {
    if (path.empty() || out.ci == nullptr) return;
    auto present = read(path);
    if (!present && path.ends_with(".pem")) present = read(path.substr(0, path.size() - 4) + ".der");
    if (!present && present.error().what == base::code::not_found) return;
    if (!present) return at.error(path, present.error().words);
    const auto der = der_in(*present, PEM_STRING_X509_CRL);
    auto list = parse_crl(base::view(der), *out.ci);
    if (!list) return at.error(path, "Not a revocation list of this root: " + list.error().words);
    out.expiries.push_back({path, "CRL", list->next_update});
    if (list->next_update < now)
        at.warn(path, "A newer revocation list was due on " + base::iso(list->next_update) + ".");
    out.revoked.push_back(std::move(*list));
}

bool is_revoked(const certificate& one, const std::vector<revocations>& lists) {
    return std::ranges::any_of(lists, [&](const revocations& list) {
        return std::ranges::equal(list.issuer_raw, one.issuer_raw) &&
               list.serials.contains(std::string(base::text(one.serial)));
    });
}

void load_tls(inspection& at, certificate_files files, const file_reader& read, loaded_certificates& out) {
    // Not every set needs one: another set's may be shown, or a proxy shows its own.
    out.has_tls = at.is_there(files.dp_tls) || at.is_there(files.dp_tls_key);
    if (!out.has_tls) return;
    const auto tls = at.a_certificate(files.dp_tls, "DPtls");
    const auto key = at.a_key(files.dp_tls_key, tls.get(), "DPtls");
    if (tls == nullptr || key == nullptr) return;
    constexpr std::string_view server_auth = "1.3.6.1.5.5.7.3.1";
    if (!tls->extended_key_usages.empty() &&
        std::ranges::find(tls->extended_key_usages, server_auth) == tls->extended_key_usages.end())
        at.error(files.dp_tls, "The certificate is not for a TLS server.");
    // An operator may show phones a certificate of a public authority instead (SGP.22 §2.6.6): then only its dates
    // count.
    if (out.ci != nullptr && tls->issuer_raw.size() == out.ci->subject_raw.size() &&
        std::ranges::equal(tls->issuer_raw, out.ci->subject_raw))
        at.under(files.dp_tls, *tls, *out.ci, role::dp_tls);
    else
        at.warn(files.dp_tls, "The certificate is not of this set's root; phones must know its issuer some other way.");
    if (is_revoked(*tls, out.revoked)) at.error(files.dp_tls, "The root revoked this certificate.");
    for (const auto& address : out.set.addresses)  // a name, in test beds with a port; an address stands elsewhere
        if (std::ranges::find(tls->dns_names, address.substr(0, address.rfind(':'))) == tls->dns_names.end() &&
            address.find_first_not_of("0123456789.:[]") != std::string::npos)
            at.warn(files.dp_tls, "The certificate does not name " + address + ".");
    if (out.set.addresses.empty()) out.set.addresses = tls->dns_names;
    const auto chain = read(files.dp_tls).value_or("");
    const auto secret = read(files.dp_tls_key).value_or("");
    out.tls_chain_pem = chain.contains("-----BEGIN") ? chain : pem_of_der(chain);
    out.tls_key_pem = secret.contains("-----BEGIN") ? secret : key_pem_of_der(secret);
}

}  // namespace

certificate_files files_in(const std::string& folder) {
    const auto in = [&](const char* name) { return folder + "/" + name + ".pem"; };
    return {.name = folder,
            .ci = in("ci.cert"),
            .dp_auth = in("dp-auth.cert"),
            .dp_auth_key = in("dp-auth.key"),
            .dp_pb = in("dp-pb.cert"),
            .dp_pb_key = in("dp-pb.key"),
            .dp_tls = in("dp-tls.cert"),
            .dp_tls_key = in("dp-tls.key"),
            .crl = in("ci.crl")};
}

bool loaded_certificates::usable() const { return !has_error(findings); }

bool loaded_certificates::only_expired() const {
    const auto errors = std::ranges::count(findings, gravity::error, &finding::how_bad);
    return expired != 0 && errors == static_cast<std::ptrdiff_t>(expired);
}

loaded_certificates load_certificate_set(const certificate_files& given, const file_reader& read, base::instant now,
                                         std::vector<std::string> addresses) {
    auto files = given;
    loaded_certificates out;
    inspection at(read, now, out.findings, out.expiries);
    out.set.name = files.name;
    out.set.addresses = std::move(addresses);
    out.ci = at.a_certificate(files.ci, "CI");
    const auto auth = at.a_certificate(files.dp_auth, "DPauth");
    const auto pb = at.a_certificate(files.dp_pb, "DPpb");
    out.set.auth = {auth, at.a_key(files.dp_auth_key, auth.get(), "DPauth")};
    out.set.binding = {pb, at.a_key(files.dp_pb_key, pb.get(), "DPpb")};
    if (out.ci != nullptr) {
        check_ci(at, files.ci, *out.ci);
        out.set.ci_key_id = out.ci->key_id;
        if (auth != nullptr) at.under(files.dp_auth, *auth, *out.ci, role::dp_auth);
        if (pb != nullptr) at.under(files.dp_pb, *pb, *out.ci, role::dp_pb);
    }
    load_crl(at, files.crl, read, now, out);
    if (auth != nullptr && is_revoked(*auth, out.revoked))
        at.error(files.dp_auth, "The root revoked this certificate.");
    if (pb != nullptr && is_revoked(*pb, out.revoked)) at.error(files.dp_pb, "The root revoked this certificate.");
    if (auth != nullptr) {
        out.set.oid = auth->registered_id;
        if (auth->registered_id.empty())
            at.error(files.dp_auth, "The certificate lacks the SM-DP+'s OID (registeredID in subjectAltName).");
        else if (pb != nullptr && pb->registered_id != auth->registered_id)
            at.error(files.dp_pb,
                     "DPpb is for the OID " + pb->registered_id + " but DPauth for " + auth->registered_id + ".");
    }
    load_tls(at, files, read, out);
    out.expired = at.expired();
    return out;
}

provider make_provider(const std::vector<loaded_certificates>& sets,
                       const std::vector<std::shared_ptr<const certificate>>& more_roots) {
    provider out;
    std::vector<std::shared_ptr<const certificate>> roots;
    const auto add_root = [&](const std::shared_ptr<const certificate>& root) {
        if (root == nullptr) return;
        const auto same = [&](const auto& other) { return other->fingerprint == root->fingerprint; };
        if (std::ranges::none_of(roots, same)) roots.push_back(root);
    };
    for (const auto& one : sets) {
        if (!one.usable()) continue;
        out.sets.push_back(one.set);
        add_root(one.ci);
    }
    for (const auto& root : more_roots) add_root(root);
    auto trusted = std::make_shared<trust>(roots);
    for (const auto& one : sets)
        if (one.usable() || one.only_expired())  // what a root revoked stays revoked when our own set has expired
            for (const auto& list : one.revoked) trusted->revoke(list);
    out.trusted = std::move(trusted);
    return out;
}

checked_card check_card(const std::string& folder, const file_reader& read, base::instant now,
                        const std::vector<revocations>& revoked) {
    checked_card out;
    inspection at(read, now, out.findings, out.expiries);
    auto ci_file = folder + "/ci.cert.pem";
    auto eum_file = folder + "/eum.cert.pem";
    auto euicc_file = folder + "/euicc.cert.pem";
    auto key_file = folder + "/euicc.key.pem";
    const auto ci = at.a_certificate(ci_file, "CI");
    const auto eum = at.a_certificate(eum_file, "EUM");
    const auto euicc = at.a_certificate(euicc_file, "eUICC");
    if (ci == nullptr || eum == nullptr || euicc == nullptr) return out;
    at.a_key(key_file, euicc.get(), "eUICC");
    check_ci(at, ci_file, *ci);
    if (has_error(out.findings)) return out;  // dates and roots were said already
    trust roots({ci});
    for (const auto& list : revoked) roots.revoke(list);
    const auto verified = roots.verify_euicc(euicc->der, eum->der, ci->key_id, now);
    if (verified)
        out.eid = verified->eid;
    else
        at.error(euicc_file, verified.error().message);
    return out;
}

}  // namespace keepline::rsp
