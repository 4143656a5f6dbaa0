#include "smdp/rsp_asn1.hpp"

#include "rsp/messages.hpp"

namespace keepline::smdp {

using base::byte_view;
using base::code;
using base::result;
using rsp::status;

namespace der = rsp::der;

namespace {

// Annex H: the tags of the alternatives of RemoteProfileProvisioningRequest and -Response.
der::tag tag_of(rsp_call what) {
    switch (what) {
        case rsp_call::authenticate_client: return 0xbf3b;
        case rsp_call::get_bound_profile_package: return 0xbf3a;
        case rsp_call::handle_notification: return 0xbf3d;
        case rsp_call::cancel_session: return 0xbf41;
        default: return 0xbf39;
    }
}

result<void> read_initiate(der::reader in, rsp_request& into) {
    TRY(challenge, in.expect(0x81, "euiccChallenge"));
    TRY(address, in.expect(0x83, "smdpAddress"));
    TRY(address_text, der::utf8_of(address, "smdpAddress", 255));
    TRY(info, in.expect(0xbf20, "euiccInfo1"));
    into.put_binary("euiccChallenge", challenge.value);
    into.put_text("smdpAddress", std::string(address_text));
    into.put_binary("euiccInfo1", info.whole);
    return {};
}

result<void> read_transaction(der::reader& in, rsp_request& into) {
    TRY(transaction, in.expect(0x80, "transactionId"));
    TRY(id, der::octets_of(transaction, "transactionId", 1, 16));
    into.put_text("transactionId", rsp::transaction_text(id));
    return {};
}

result<void> read_with_transaction(der::reader in, der::tag wanted, std::string_view name, rsp_request& into) {
    CHECK(read_transaction(in, into));
    TRY(element, in.expect(wanted, name));
    into.put_binary(name, element.whole);
    return {};
}

/// The modules tag automatically: cancelSessionResponse is [1] in place of its own [65]. Both are met.
result<void> read_cancel(der::reader in, rsp_request& into) {
    CHECK(read_transaction(in, into));
    TRY(element, in.next());
    if (element.what != 0xa1 && element.what != 0xbf41)
        return base::refuse(code::malformed, "`cancelSessionResponse` is missing.");
    der::writer out(element.value.size() + 8);
    out.element(0xbf41, element.value);
    into.put_binary("cancelSessionResponse", out.view());
    return {};
}

/// The same: pendingNotification is [0] around the choice.
result<void> read_notification(der::reader in, rsp_request& into) {
    TRY(element, in.next());
    into.put_binary("pendingNotification", element.what == 0xa0 ? element.value : element.whole);
    return {};
}

std::uint64_t error_of_initiate(status what) {
    switch (what) {
        case status::address_refused: return 1;
        case status::svn_unsupported: return 2;
        case status::ci_keys_unsupported:
        case status::certificate_unavailable: return 3;
        default: return 127;
    }
}

std::uint64_t error_of_authenticate(status what) {
    switch (what) {
        case status::eum_certificate_invalid: return 1;
        case status::eum_certificate_expired: return 2;
        case status::euicc_certificate_invalid: return 3;
        case status::euicc_certificate_expired: return 4;
        case status::euicc_signature_invalid: return 5;
        case status::matching_id_refused: return 6;
        case status::eid_mismatch: return 7;
        case status::no_eligible_profile: return 8;
        case status::ci_unknown: return 9;
        case status::transaction_unknown: return 10;
        case status::insufficient_memory: return 11;
        default: return 127;
    }
}

std::uint64_t error_of_package(status what) {
    switch (what) {
        case status::euicc_signature_invalid: return 1;
        case status::confirmation_missing: return 2;
        case status::confirmation_refused: return 3;
        case status::confirmation_tries_exceeded: return 4;
        case status::binding_unavailable: return 5;
        case status::order_expired: return 6;
        case status::transaction_unknown: return 95;
        default: return 127;
    }
}

std::uint64_t error_of_cancel(status what) {
    switch (what) {
        case status::transaction_unknown: return 1;
        case status::euicc_signature_invalid: return 2;
        default: return 127;
    }
}

std::uint64_t error_number(rsp_call function, status what) {
    switch (function) {
        case rsp_call::authenticate_client: return error_of_authenticate(what);
        case rsp_call::get_bound_profile_package: return error_of_package(what);
        case rsp_call::cancel_session: return error_of_cancel(what);
        default: return error_of_initiate(what);
    }
}

}  // namespace

result<asn1_request> parse_asn1_request(byte_view body) {
    TRY(outer, der::only_element(body, 0xa2));
    TRY(inside, der::only_element(outer.value));
    asn1_request out;
    switch (inside.what) {
        case 0xbf39:
            CHECK(read_initiate(der::reader(inside), out.in));
            out.function = rsp_call::initiate_authentication;
            return out;
        case 0xbf3b:
            CHECK(read_with_transaction(der::reader(inside), 0xbf38, "authenticateServerResponse", out.in));
            out.function = rsp_call::authenticate_client;
            return out;
        case 0xbf3a:
            CHECK(read_with_transaction(der::reader(inside), 0xbf21, "prepareDownloadResponse", out.in));
            out.function = rsp_call::get_bound_profile_package;
            return out;
        case 0xbf3d:
            CHECK(read_notification(der::reader(inside), out.in));
            out.function = rsp_call::handle_notification;
            return out;
        case 0xbf41:
            CHECK(read_cancel(der::reader(inside), out.in));
            out.function = rsp_call::cancel_session;
            return out;
        default: return base::refuse(code::malformed, "There is no such function in the ASN.1 binding.");
    }
}

response asn1_response(rsp_call function, const rsp::outcome<rsp_answer>& outcome) {
    const base::bytes nothing;
    const auto& elements = outcome ? outcome->elements() : nothing;
    der::writer choice(elements.size() + 8);
    if (outcome)
        choice.element(0xa0, elements);
    else
        choice.number(error_number(function, outcome.error().what), 0x81);
    der::writer named(choice.size() + 8), out(choice.size() + 16);
    named.element(tag_of(function), choice.view());
    out.element(0xa2, named.view());
    response answer;
    answer.type = rsp_asn1_type;
    answer.headers.push_back({"X-Admin-Protocol", std::string(admin_protocol)});
    answer.body = std::string(base::text(out.view()));
    return answer;
}

}  // namespace keepline::smdp
