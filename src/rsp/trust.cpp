// The second half of certificate.hpp: who may certify whom, and the chain of an eUICC.
#include "base/digest.hpp"
#include "rsp/certificate.hpp"

#include <algorithm>

namespace keepline::rsp {

namespace {

using base::byte_view;

bool within_constraints(const certificate& euicc, const certificate& eum) {
    return std::ranges::any_of(*eum.name_constraints, [&](const certificate::permitted& tree) {
        if (tree.organization.empty() && tree.serial_prefix.empty()) return false;
        return (tree.organization.empty() || tree.organization == euicc.subject.organization) &&
               euicc.subject.serial_number.starts_with(tree.serial_prefix);
    });
}

bool is_eid(std::string_view text) {
    return text.size() == 32 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::string> unfit_issuer(const certificate& subject, const certificate& issuer, role what) {
    if (!std::ranges::equal(subject.issuer_raw, issuer.subject_raw)) return "its issuer's name is another";
    if (subject.issuer_key_id.empty() || subject.issuer_key_id != issuer.key_id)
        return "its issuer's key id is another";
    if (!issuer.is_ca || !issuer.usable_for(key_cert_sign)) return "its issuer may not sign certificates";
    if (what == role::eum && issuer.path_length && *issuer.path_length < 1)
        return "its issuer may not certify an issuer";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> unfit(const certificate& subject, const certificate& issuer, role what) {
    if (auto why = unfit_issuer(subject, issuer, what)) return why;
    if (subject.unknown_critical) return "it has a critical extension that is not known";
    if (!subject.has_role(what)) return "its policy is not " + std::string(oid_of(what));
    if (what == role::eum) {
        if (!subject.is_ca || !subject.usable_for(key_cert_sign)) return "it may not sign certificates";
        if (!subject.name_constraints || subject.name_constraints->empty()) return "it has no name constraints";
        return std::nullopt;
    }
    if (subject.is_ca) return "it is a certificate of an issuer";
    if (!subject.usable_for(digital_signature)) return "its key may not sign";
    if (what == role::euicc) {
        if (!is_eid(subject.subject.serial_number)) return "its serial number is no EID";
        if (!issuer.name_constraints || !within_constraints(subject, issuer))
            return "its EID is outside of what its EUM may certify";
    }
    return std::nullopt;
}

trust::trust(std::vector<std::shared_ptr<const certificate>> cis, std::size_t cached_eums)
    : cis_(std::move(cis)), most_eums_(cached_eums) {}

const certificate* trust::ci(byte_view key_id) const {
    const auto found =
        std::ranges::find_if(cis_, [&](const auto& one) { return std::ranges::equal(one->key_id, key_id); });
    return found == cis_.end() || key_id.empty() ? nullptr : found->get();
}

void trust::revoke(revocations list) {
    const std::lock_guard hold(lock_);
    const auto known = std::ranges::find(revocations_, list.issuer_key_id, &revocations::issuer_key_id);
    if (known == revocations_.end())
        revocations_.push_back(std::move(list));
    else if (!list.older_than(*known))
        *known = std::move(list);
}

bool trust::revoked(const certificate& what) const {
    const std::lock_guard hold(lock_);
    return std::ranges::any_of(revocations_, [&](const revocations& list) {
        return list.issuer_key_id == what.issuer_key_id && list.serials.contains(std::string(base::text(what.serial)));
    });
}

trust::counters trust::seen() const {
    const std::lock_guard hold(lock_);
    return counters_;
}

outcome<trust::eum> trust::verified_eum(byte_view der) const {
    const auto fingerprint = base::sha256(der);
    const std::string key(base::text(fingerprint));
    {
        const std::lock_guard hold(lock_);
        if (const auto found = eums_.find(key); found != eums_.end()) {
            ++counters_.eum_hits;
            return found->second;
        }
        ++counters_.eum_misses;
    }
    auto parsed = parse_certificate(der);
    if (!parsed)
        return refused(status::eum_certificate_invalid, "The EUM certificate cannot be read: " + parsed.error().words);
    if ((*parsed)->issuer_key_id.empty())  // SGP.22 §4.5.2.1.0.3: mandatory; without it no CI can be looked for
        return refused(status::eum_certificate_invalid, "The EUM certificate does not say by which key it was issued.");
    const certificate* issuer = ci((*parsed)->issuer_key_id);
    if (issuer == nullptr)
        return refused(status::ci_unknown, "The EUM certificate was issued by a CI that is not trusted here.",
                       base::hex((*parsed)->issuer_key_id));
    if (const auto why = unfit(**parsed, *issuer, role::eum))
        return refused(status::eum_certificate_invalid, "The EUM certificate does not fit: " + *why + ".");
    if (!(*parsed)->signed_by(*issuer->key))
        return refused(status::eum_certificate_invalid, "The EUM certificate was not signed by its CI.");
    const std::lock_guard hold(lock_);
    if (eums_.size() >= most_eums_) eums_.clear();
    eums_.emplace(key, *parsed);
    return *parsed;
}

outcome<euicc_identity> trust::verify_euicc(byte_view euicc_certificate, byte_view eum_certificate, byte_view ci_key_id,
                                            base::instant now, validity dates) const {
    const auto eum = verified_eum(eum_certificate);
    if (!eum) return std::unexpected(eum.error());
    if (!ci_key_id.empty() && !std::ranges::equal((*eum)->issuer_key_id, ci_key_id))
        return refused(status::eum_certificate_invalid, "The EUM certificate is not of the CI that was to be used.");
    if (revoked(**eum)) return refused(status::eum_certificate_invalid, "The EUM certificate was revoked.");
    bool expired = false;
    if (!(*eum)->valid_at(now)) {
        if (dates == validity::required) return refused(status::eum_certificate_expired);
        expired = true;
    }
    const auto euicc = parse_certificate(euicc_certificate);
    if (!euicc)
        return refused(status::euicc_certificate_invalid,
                       "The eUICC certificate cannot be read: " + euicc.error().words);
    if (const auto why = unfit(**euicc, **eum, role::euicc))
        return refused(status::euicc_certificate_invalid, "The eUICC certificate does not fit: " + *why + ".");
    if (!(*euicc)->signed_by(*(*eum)->key))
        return refused(status::euicc_certificate_invalid, "The eUICC certificate was not signed by its EUM.");
    if (revoked(**euicc)) return refused(status::euicc_certificate_invalid, "The eUICC certificate was revoked.");
    if (!(*euicc)->valid_at(now)) {
        if (dates == validity::required) return refused(status::euicc_certificate_expired);
        expired = true;
    }
    return euicc_identity{(*euicc)->subject.serial_number, *(*euicc)->key, (*eum)->issuer_key_id, (*euicc)->fingerprint,
                          expired};
}

}  // namespace keepline::rsp
