// ES10b.AuthenticateServer, PrepareDownload and CancelSession (SGP.22 v2.5 §5.7.13, 5.7.5, 5.7.14).
#include "phone/euicc.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

// AuthenticateErrorCode and DownloadErrorCode.
constexpr int invalid_certificate = 1;
constexpr int invalid_signature = 2;
constexpr int unsupported_curve = 3;
constexpr int no_session_context = 4;
constexpr int invalid_oid = 5;
constexpr int invalid_transaction_id = 5;
constexpr int challenge_mismatch = 6;
constexpr int unknown_ci_key = 7;
constexpr int undefined_error = 127;

constexpr std::size_t kept_one_time_keys = 8;

bytes another(byte_view value) {
    bytes out(value.begin(), value.end());
    out.back() ^= 0xFF;
    return out;
}

}  // namespace

es10_answer euicc::authenticate_error(byte_view transaction, int reason, std::string words) {
    why_ = std::move(words);
    session_.reset();
    const auto error = joined({make(0x80, transaction), make_unsigned(0x02, static_cast<std::uint64_t>(reason))});
    return {make(0xBF38, make(0xA1, error))};
}

es10_answer euicc::prepare_error(byte_view transaction, int reason, std::string words) {
    why_ = std::move(words);
    const auto error = joined({make(0x80, transaction), make_unsigned(0x02, static_cast<std::uint64_t>(reason))});
    return {make(0xBF21, make(0xA1, error))};
}

es10_answer euicc::authenticate_server(byte_view value) {
    tlv_reader in(value);
    const auto signed_1 = in.take(0x30);
    const auto signature = in.take(0x5F37);
    const auto ci = in.take(0x04);
    const auto server = in.take(0x30);
    const auto context = in.take(0xA0);
    if (!signed_1 || !signature || !ci || !server || !context) return malformed("AuthenticateServer lacks a field.");
    tlv_reader fields(signed_1->value);
    const auto transaction = fields.take(0x80);
    const auto challenge = fields.take(0x81);
    const auto address = fields.take(0x83);
    const auto server_challenge = fields.take(0x84);
    if (!transaction || transaction->value.empty() || transaction->value.size() > 16 || !challenge || !address ||
        address->value.empty() || !server_challenge || server_challenge->value.size() != 16)
        return malformed("serverSigned1 lacks a field.");

    if (!session_ || session_->challenge.empty() || !session_->transaction_id.empty() ||
        wrong_.has(misbehaviour::no_challenge))
        return authenticate_error(transaction->value, no_session_context, "No challenge is waiting for an answer.");
    if (wrong_.has(misbehaviour::error_object_1))
        return authenticate_error(transaction->value, undefined_error, "Told to fail.");
    const auto* root = who_.root(ci->value);
    const auto* own = who_.for_ci(ci->value);
    if (root == nullptr || own == nullptr)
        return authenticate_error(transaction->value, unknown_ci_key,
                                  "The eUICC has no key under the CI that was chosen.");
    const auto certificate_of_server = certificate::from_der(server->whole);
    if (!certificate_of_server)
        return authenticate_error(transaction->value, invalid_certificate, certificate_of_server.error().words);
    if (certificate_of_server->key().on() != root->key().on())
        return authenticate_error(transaction->value, unsupported_curve,
                                  "The server's key is on another curve than its CI's.");
    const auto role = certificate_of_server->role() == cert_role::ds_auth ? cert_role::ds_auth : cert_role::dp_auth;
    if (auto checked = certificate_of_server->check_leaf(*root, role, settings_.now()); !checked)
        return authenticate_error(transaction->value, invalid_certificate, checked.error().words);
    if (certificate_of_server->oid().empty())
        return authenticate_error(transaction->value, invalid_oid, "The DPauth certificate has no OID.");
    if (!certificate_of_server->key().verify(signed_1->whole, signature->value))
        return authenticate_error(transaction->value, invalid_signature, "serverSignature1 does not hold.");
    if (!same(challenge->value, session_->challenge))
        return authenticate_error(transaction->value, challenge_mismatch, "The server answered another challenge.");

    session_->transaction_id.assign(transaction->value.begin(), transaction->value.end());
    session_->server_address.assign(address->value.begin(), address->value.end());
    session_->server = *certificate_of_server;
    session_->root = root;
    session_->own = own;

    const auto has = [&](misbehaviour what) { return wrong_.has(what); };
    const auto tx = has(misbehaviour::wrong_tx_signed_1) ? make(0x80, another(transaction->value))
                                                         : bytes(transaction->whole.begin(), transaction->whole.end());
    const auto named = has(misbehaviour::wrong_address_signed) ? make(0x83, "elsewhere.example")
                                                               : bytes(address->whole.begin(), address->whole.end());
    const auto answered = has(misbehaviour::wrong_challenge)
                              ? make(0x84, another(server_challenge->value))
                              : bytes(server_challenge->whole.begin(), server_challenge->whole.end());
    const auto signed_by_card = make(0x30, {tx, named, answered, info_2_element(true), context->whole});
    const auto key = has(misbehaviour::other_key_signature_1) ? ec_key::generate(own->key.on()) : own->key;
    session_->signature_1 = key.sign(signed_by_card);
    if (has(misbehaviour::bad_signature_1)) session_->signature_1 = flipped(session_->signature_1);
    const auto& eum = has(misbehaviour::foreign_eum) ? own->euicc : own->eum;
    const auto ok = joined({signed_by_card, make(0x5F37, session_->signature_1), own->euicc.der(), eum.der()});
    return {make(0xBF38, make(0xA0, ok))};
}

ec_key euicc::choose_one_time_key(const std::optional<tlv>& offered) {
    auto& kept = memory_.one_time_keys;
    const auto oid = base::hex(session_->server.oid());
    const auto wanted = offered ? base::hex(offered->value) : std::string();
    const auto known = std::ranges::find_if(kept, [&](const one_time_key& one) {
        return one.smdp_oid == oid && (one.point == wanted || wrong_.has(misbehaviour::stale_otpk));
    });
    const bool again = known != kept.end() && (offered || wrong_.has(misbehaviour::stale_otpk));
    if (again && !wrong_.has(misbehaviour::fresh_otpk))
        if (auto key = ec_key::from_pem(known->pem); key && key->on() == session_->own->key.on()) return *key;
    const auto made = ec_key::generate(session_->own->key.on());
    if (kept.size() >= kept_one_time_keys) kept.erase(kept.begin());
    kept.push_back({oid, base::hex(made.point()), made.pem()});
    return made;
}

es10_answer euicc::prepare_download(byte_view value) {
    tlv_reader in(value);
    const auto signed_2 = in.take(0x30);
    const auto signature = in.take(0x5F37);
    const auto hash_cc = in.take(0x04);
    const auto server = in.take(0x30);
    if (!signed_2 || !signature || !server) return malformed("PrepareDownload lacks a field.");
    tlv_reader fields(signed_2->value);
    const auto transaction = fields.take(0x80);
    const auto cc_required = fields.take(0x01);
    const auto offered = fields.take(0x5F49);
    if (!transaction || transaction->value.empty() || transaction->value.size() > 16 || !cc_required ||
        cc_required->value.size() != 1 || (cc_required->value[0] != 0 && cc_required->value[0] != 0xFF))
        return malformed("smdpSigned2 lacks a field.");
    if (hash_cc && hash_cc->value.size() != 32) return malformed("hashCc has the wrong length.");

    if (!session_ || session_->transaction_id.empty() || session_->prepared)
        return prepare_error(transaction->value, no_session_context, "No authenticated session is waiting.");
    if (wrong_.has(misbehaviour::error_object_2))
        return prepare_error(transaction->value, undefined_error, "Told to fail.");
    const auto binding = certificate::from_der(server->whole);
    if (!binding) return prepare_error(transaction->value, invalid_certificate, binding.error().words);
    if (auto checked = binding->check_leaf(*session_->root, cert_role::dp_pb, settings_.now()); !checked)
        return prepare_error(transaction->value, invalid_certificate, checked.error().words);
    if (binding->oid().empty() || binding->oid() != session_->server.oid())
        return prepare_error(transaction->value, invalid_certificate, "DPauth and DPpb belong to different SM-DP+.");
    if (!binding->key().verify(joined({signed_2->whole, make(0x5F37, session_->signature_1)}), signature->value))
        return prepare_error(transaction->value, invalid_signature, "smdpSignature2 does not hold.");
    if (!same(transaction->value, session_->transaction_id))
        return prepare_error(transaction->value, invalid_transaction_id, "smdpSigned2 is of another transaction.");

    session_->binding = *binding;
    session_->one_time = choose_one_time_key(offered);
    session_->prepared = true;
    auto point = session_->one_time.point();
    if (wrong_.has(misbehaviour::otpk_off_curve)) point.back() ^= 1;
    const auto tx = wrong_.has(misbehaviour::wrong_tx_signed_2)
                        ? make(0x80, another(transaction->value))
                        : bytes(transaction->whole.begin(), transaction->whole.end());
    const auto signed_by_card = make(0x30, {tx, make(0x5F49, point), hash_cc ? hash_cc->whole : byte_view{}});
    auto own_signature = session_->own->key.sign(joined({signed_by_card, signature->whole}));
    if (wrong_.has(misbehaviour::bad_signature_2)) own_signature = flipped(own_signature);
    return {make(0xBF21, make(0xA0, {signed_by_card, make(0x5F37, own_signature)}))};
}

es10_answer euicc::cancel_session(byte_view value) {
    tlv_reader in(value);
    const auto transaction = in.take(0x80);
    const auto reason = in.take(0x81);
    if (!transaction || !reason) return malformed("CancelSession lacks a field.");
    if (!session_ || session_->transaction_id.empty() || !same(transaction->value, session_->transaction_id)) {
        why_ = "There is no such session.";
        return {make(0xBF41, make_unsigned(0x81, 5))};
    }
    const bytes other_oid{0x88, 0x37, 0x63};  // 2.999.99
    const auto tx = wrong_.has(misbehaviour::cancel_wrong_tx)
                        ? make(0x80, another(transaction->value))
                        : bytes(transaction->whole.begin(), transaction->whole.end());
    const auto oid = make(0x81, wrong_.has(misbehaviour::cancel_wrong_oid) ? other_oid : session_->server.oid());
    const auto signed_by_card = make(0x30, {tx, oid, make(0x82, reason->value)});
    auto signature = session_->own->key.sign(signed_by_card);
    if (wrong_.has(misbehaviour::cancel_bad_signature)) signature = flipped(signature);
    session_.reset();
    return {make(0xBF41, make(0xA0, {signed_by_card, make(0x5F37, signature)}))};
}

}  // namespace keepline::phone
