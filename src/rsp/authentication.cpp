#include "rsp/authentication.hpp"

#include "base/digest.hpp"
#include "rsp/steps.hpp"

#include <algorithm>

namespace keepline::rsp {

namespace {

using base::byte_view;

/// What an InitiateAuthentication leads to: a set whose CI the eUICC can verify, and the CI that it shall sign under.
struct choice_of_keys {
    const certificate_set* set = nullptr;
    byte_view signing_ci;
};

outcome<choice_of_keys> choose_keys(const provider& own, const euicc_info_1& info, std::string_view address) {
    const auto known = [&](byte_view id) {
        return own.trusted->ci(id) != nullptr ||
               std::ranges::any_of(own.sets, [&](const auto& set) { return std::ranges::equal(set.ci_key_id, id); });
    };
    const auto trusted = [&](byte_view id) { return own.trusted->ci(id) != nullptr; };
    if (std::ranges::none_of(info.verification_keys, known) || std::ranges::none_of(info.signing_keys, trusted))
        return refused(status::ci_keys_unsupported);

    // The eUICC's order is its preference; but one CI for both directions is the rule, two are allowed. So first a CI
    // that is in both of its lists (and trusted here), then whichever it can verify.
    choice_of_keys out;
    const auto signs = [&](byte_view id) {
        return trusted(id) &&
               std::ranges::any_of(info.signing_keys, [&](byte_view other) { return std::ranges::equal(id, other); });
    };
    for (const bool both : {true, false}) {
        for (const auto id : info.verification_keys) {
            if (out.set != nullptr || (both && !signs(id))) continue;
            const auto found = std::ranges::find_if(own.sets, [&](const certificate_set& set) {
                return std::ranges::equal(set.ci_key_id, id) && set.answers_under(address);
            });
            if (found != own.sets.end()) out.set = &*found;
        }
    }
    if (out.set == nullptr) return refused(status::certificate_unavailable);

    out.signing_ci = *std::ranges::find_if(info.signing_keys, trusted);
    for (const auto id : info.signing_keys)
        if (trusted(id) && std::ranges::equal(id, out.set->ci_key_id)) out.signing_ci = id;
    return out;
}

std::unexpected<refusal> unsupported(const svn& version) {
    if (version.major >= 3)
        return refused(status::svn_unsupported,
                       "The eUICC speaks SGP.22 v3 only (from " + version.text() + " on); this SM-DP+ speaks v2.");
    return refused(status::svn_unsupported, "The eUICC is of SVN " + version.text() + ", which is not supported.");
}

}  // namespace

// The order of the checks: address, SVN, CI keys, certificate (§5.6.1).
outcome<initiated> initiate(const provider& own, const initiate_request& request, base::instant now,
                            random_source& random) {
    if (request.euicc_challenge.size() != 16)
        return refused(status::malformed, "The eUICC challenge is not 16 octets.");
    const auto info = parse_euicc_info_1(request.euicc_info_1);
    if (!info) return refused(status::malformed, info.error().words);
    if (!own.answers_under(request.smdp_address)) return refused(status::address_refused);
    if (!own.supports(info->svn)) return unsupported(info->svn);
    const auto keys = choose_keys(own, *info, request.smdp_address);
    if (!keys) return std::unexpected(keys.error());

    initiated out;
    session& opened = out.started;
    opened.id.resize(16);
    random.fill(opened.id);
    random.fill(opened.server_challenge);
    opened.started = now;
    opened.set = keys->set->id();
    opened.server_address = std::string(request.smdp_address);
    opened.euicc_ci_key_id.assign(keys->signing_ci.begin(), keys->signing_ci.end());

    der::writer signed_1(128);
    signed_1.nested(der::sequence, [&] {
        signed_1.octets(0x80, opened.id)
            .octets(0x81, request.euicc_challenge)
            .text(0x83, opened.server_address)
            .octets(0x84, opened.server_challenge);
    });
    const byte_view covered = signed_1.view();
    const auto signature_1 = keys->set->auth.key->sign({&covered, 1});
    if (!signature_1) return refused(status::server_failed, signature_1.error().words);
    out.server_signature_1 = signature_element(*signature_1);
    out.server_signed_1 = std::move(signed_1).take();
    der::writer ci;
    ci.octets(der::octet_string, keys->signing_ci);
    out.ci_key_id = std::move(ci).take();
    out.certificate = keys->set->auth.certificate->der;
    return out;
}

// The order of the checks: transaction, CI, EUM certificate, eUICC certificate, signature, and then, of what is signed,
// the transaction and the challenge (§5.6.3).
outcome<client> authenticate(const provider& own, session& ongoing, std::string_view transaction, byte_view response,
                             base::instant now) {
    if (ongoing.stage != stage::initiated || !names_session(ongoing, transaction))
        return refused(status::transaction_unknown);
    const auto parsed = parse_authenticate_response(response);
    if (!parsed) return refused(status::malformed, parsed.error().words);
    if (!parsed->ok)
        return refused(status::euicc_reported_error, "The eUICC refused to authenticate the server: " +
                                                         std::string(authenticate_error_text(parsed->error.code)) +
                                                         ".");
    const auto& answer = *parsed->ok;
    auto euicc =
        own.trusted->verify_euicc(answer.euicc_certificate, answer.eum_certificate, ongoing.euicc_ci_key_id, now);
    if (!euicc) return std::unexpected(euicc.error());
    if (!euicc->key.verifies(answer.signed_part, answer.signature))
        return refused(status::euicc_signature_invalid, "euiccSignature1 does not verify.");
    if (!std::ranges::equal(answer.transaction, ongoing.id))
        return refused(status::transaction_unknown, "The signed transactionId is another.");
    if (!std::ranges::equal(answer.server_challenge, ongoing.server_challenge))
        return refused(status::euicc_signature_invalid, "The signed serverChallenge is another.");
    if (answer.server_address != ongoing.server_address)
        return refused(status::euicc_signature_invalid, "The signed serverAddress is another.");
    auto info = parse_euicc_info_2(answer.info_2);
    if (!info) return refused(status::malformed, info.error().words);
    if (!own.supports(info->svn)) return unsupported(info->svn);  // euiccInfo1 was not signed, this is

    ongoing.stage = stage::authenticated;
    ongoing.eid = euicc->eid;
    ongoing.euicc_curve = euicc->key.which();
    ongoing.euicc_key = euicc->key.encoded();
    ongoing.euicc_certificate = euicc->certificate_digest;
    client out{std::move(*euicc), std::nullopt, std::move(*info), answer.device};
    if (answer.matching_id) out.matching_id = std::string(*answer.matching_id);
    std::ranges::copy(answer.signature, out.euicc_signature_1.begin());
    return out;
}

bool has_room(const euicc_info_2& info, std::size_t profile_bytes) {
    return !info.has_free_nvm || info.free_nvm_bytes >= profile_bytes;
}

}  // namespace keepline::rsp
