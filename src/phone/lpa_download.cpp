// The download of a profile, step by step (SGP.22 v2.5 §3.0.1 common mutual authentication, §3.1.3 download and
// installation).
#include "base/digest.hpp"
#include "phone/card_memory.hpp"
#include "phone/lpa.hpp"
#include "phone/profile_package.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

constexpr int ppr_not_allowed = 3;
constexpr int metadata_mismatch = 4;
constexpr int load_error = 5;
constexpr std::size_t two_megabytes = 2U << 20;

using steady = std::chrono::steady_clock;

std::int64_t since(steady::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - start).count();
}

std::string other_case(std::string text) {
    for (auto& c : text) {
        if (c >= 'a' && c <= 'f')
            c = static_cast<char>(c - 32);
        else if (c >= 'A' && c <= 'F')
            c = static_cast<char>(c + 32);
    }
    return text;
}

void cut(bytes& data) { data.resize(data.size() - std::min<std::size_t>(9, data.size())); }

// The eUICC's error object (A1) in BF38 or BF21: words for the person, the server hears it as it is.
std::string error_in(byte_view response, std::uint32_t tag) {
    const auto element = only(response, tag);
    const auto error = element ? only(element->value, 0xA1) : std::nullopt;
    const auto number = error ? find(error->value, 0x02) : std::nullopt;
    return number ? "error " + std::to_string(unsigned_value(number->value).value_or(0)) : "";
}

/// "Localhost.:8443"
std::string odd_address(std::string address) {
    for (auto& letter : address)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 32);
    address.insert(std::min(address.find(':'), address.size()), ".");
    return address;
}

bytes imei_octets(std::string digits) {
    digits.resize(16, 'f');
    for (std::size_t i = 0; i < 16; i += 2) std::swap(digits[i], digits[i + 1]);
    return base::from_hex(digits).value_or(bytes(8, 0xFF));
}

}  // namespace

bytes lpa::context_parameters(const download_request& asked) const {
    const bytes tac{0x35, 0x29, 0x06, 0x11};
    const base::byte_array<3> release{15, 0, 0};
    auto capabilities = joined({make(0x80, release), make(0x81, release), make(0x85, release), make(0x87, release)});
    bytes device = make(0x80, tac);
    if (!wrong_.has(misbehaviour::no_device_capabilities)) append(device, make(0xA1, capabilities));
    auto imei = imei_octets(asked.imei);
    if (wrong_.has(misbehaviour::odd_imei)) imei.pop_back();
    if (!asked.imei.empty() || wrong_.has(misbehaviour::odd_imei)) append(device, make(0x82, imei));
    if (wrong_.has(misbehaviour::unknown_extensions)) append(device, make(0x9E, release));
    bytes parameters;
    if (!asked.omit_matching_id) append(parameters, make(0x80, asked.code.matching_id));
    append(parameters, make(0xA1, device));
    if (wrong_.has(misbehaviour::unknown_extensions)) append(parameters, make(0xBF7F, make(0x81, release)));
    return make(0xA0, parameters);
}

base::result<download_outcome> lpa::download(const download_request& asked) {
    session s{asked, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    auto done = download_in(s);
    const bool undefined = wrong_.has(misbehaviour::undefined_on_error);
    if (!done && (undefined || wrong_.has(misbehaviour::cancel_on_error)) && !s.transaction.empty()) {
        constexpr int end_user_rejection = 0, undefined_reason = 127;
        CHECK(cancel(s, undefined ? undefined_reason : end_user_rejection));
    }
    return done;
}

base::result<download_outcome> lpa::download_in(session& s) {
    const auto& asked = s.asked;
    CHECK(authenticate_server(s));
    if (wrong_.has(misbehaviour::skip_authenticate)) {
        s.prepare_response =
            make(0xBF21, make(0xA0, {make(0x30, make(0x80, s.transaction)), make(0x5F37, bytes(64, 1))}));
        CHECK(take_package(s));
        return s.out;
    }
    TRY(stop_1, cancel_wanted(s, cancel_point::authenticated));
    if (stop_1) return s.out;
    CHECK(authenticate_client(s));
    TRY(stop_2, cancel_wanted(s, cancel_point::metadata));
    if (stop_2) return s.out;
    TRY(allowed, policy_rules_allowed(s));
    if (!allowed) {
        CHECK(cancel(s, ppr_not_allowed));
        return base::refuse(base::code::blocked,
                            "The profile's policy rules are not allowed on this phone; it was not downloaded.");
    }
    if (s.out.code_required && asked.confirmation_code.empty() && !wrong_.has(misbehaviour::no_hash_cc)) {
        CHECK(cancel(s, 1));  // postponed: the person may come back with the code
        return base::refuse(base::code::invalid, "A confirmation code is needed (--confirmation-code-file).");
    }
    CHECK(prepare(s));
    TRY(stop_3, cancel_wanted(s, cancel_point::prepared));
    if (stop_3) return s.out;
    CHECK(take_package(s));
    TRY(stop_4, cancel_wanted(s, cancel_point::package));
    if (stop_4 || wrong_.has(misbehaviour::no_bpp_load)) return s.out;
    if (auto same_metadata = metadata_unchanged(s); !same_metadata) {
        CHECK(cancel(s, same_metadata.error().what == base::code::malformed ? load_error : metadata_mismatch));
        return std::unexpected(std::move(same_metadata).error());
    }
    CHECK(load(s));
    return s.out;
}

base::result<void> lpa::authenticate_server(session& s) {
    TRY(challenge, ask(make(0xBF2E, bytes{}), 0xBF2E));
    const auto number = only(challenge, 0x80);
    if (!number || number->value.size() != 16) return garbled("The eUICC gave no challenge.");
    TRY(info_1, info(1));
    const auto& address = s.asked.code.address;
    const auto said = wrong_.has(misbehaviour::odd_address) ? odd_address(address) : address;
    boost::json::object body{
        {"euiccChallenge", base::base64(number->value)},
        {"euiccInfo1", base::base64(info_1)},
        {"smdpAddress", wrong_.has(misbehaviour::wrong_address) ? std::string("elsewhere.example") : said}};
    if (wrong_.has(misbehaviour::missing_field)) body.erase("euiccInfo1");
    const auto text =
        wrong_.has(misbehaviour::bad_json) ? std::string("{\"euiccChallenge\":") : boost::json::serialize(body);
    const auto start = steady::now();
    TRY(answer, server_.call(address, "initiateAuthentication", text));
    s.out.initiate_us = since(start);

    TRY(transaction_text, text_field(answer, "transactionId"));
    TRY(signed_1, binary_field(answer, "serverSigned1"));
    TRY(signature_1, binary_field(answer, "serverSignature1"));
    TRY(ci, binary_field(answer, "euiccCiPKIdToBeUsed"));
    TRY(certificate_der, binary_field(answer, "serverCertificate"));
    const auto element = only(signed_1, 0x30);
    if (!element || !only(signature_1, 0x5F37) || !only(ci, 0x04) || !only(certificate_der, 0x30))
        return garbled("initiateAuthentication was answered with fields that are no DER.");
    const auto named = find(element->value, 0x83);
    const auto inside = find(element->value, 0x80);
    const auto outside = base::from_hex(transaction_text);
    if (!inside || !outside || !same(inside->value, *outside))
        return garbled("The transaction id outside is not that of serverSigned1.");
    if (!named || base::text(named->value) != said)
        return garbled("The server signed for another address than the one it was asked under.");
    TRY(server_certificate, certificate::from_der(certificate_der));
    if (!s.asked.code.oid.empty() && oid_bytes(s.asked.code.oid) != server_certificate.oid())
        return base::refuse(base::code::certificate_invalid, "The server's OID is not the one of the activation code.");
    s.transaction = *outside;
    s.transaction_text = transaction_text;
    s.out.transaction_id = base::hex(*outside);

    TRY(response, ask(make(0xBF38, {signed_1, signature_1, ci, certificate_der, context_parameters(s.asked)}), 0xBF38));
    s.authenticate_response = make(0xBF38, response);
    return {};
}

std::string lpa::outside_transaction(const session& s, misbehaviour wrong) const {
    if (wrong_.has(wrong)) return base::hex(random_bytes(s.transaction.size()));
    return wrong_.has(misbehaviour::upper_case_tx) ? other_case(s.transaction_text) : s.transaction_text;
}

base::result<boost::json::object> lpa::hand_on(session& s, const card_answer& what, std::int64_t& took_us) {
    const auto text = boost::json::serialize(what.body);
    const auto start = steady::now();
    if (what.twice) {
        auto first = server_.call(s.asked.code.address, what.function, text);
        if (!first) return std::unexpected(std::move(first).error());
    }
    auto answered = server_.call(s.asked.code.address, what.function, text);
    took_us = since(start);
    if (!answered) {
        auto failure = std::move(answered).error();
        if (!what.refusal.empty())
            failure.words = "The eUICC refused the server (" + what.refusal + "). " + failure.words;
        return std::unexpected(std::move(failure));
    }
    if (!what.refusal.empty())
        return garbled("The server went on although the eUICC had refused it (" + what.refusal + ").");
    TRY(transaction_text, text_field(*answered, "transactionId"));
    if (base::from_hex(transaction_text) != s.transaction)
        return garbled(what.function + " answered for another transaction.");
    return std::move(*answered);
}

base::result<void> lpa::authenticate_client(session& s) {
    bytes response = s.authenticate_response;
    const auto refusal = error_in(response, 0xBF38);
    const auto has = [&](misbehaviour what) { return wrong_.has(what); };
    if (has(misbehaviour::replay_authenticate)) response = base::from_hex(memory_.last_authenticate).value_or(bytes{});
    if (has(misbehaviour::truncated_authenticate)) cut(response);
    if (has(misbehaviour::oversized_authenticate)) response.resize(response.size() + two_megabytes);
    if (has(misbehaviour::trailing_authenticate)) append(response, make(0x04, bytes(4, 0)));
    if (has(misbehaviour::garbage_authenticate)) response = random_bytes(300);
    if (!has(misbehaviour::replay_authenticate)) memory_.last_authenticate = base::hex(s.authenticate_response);
    boost::json::object body{
        {"transactionId", outside_transaction(s, misbehaviour::wrong_tx_authenticate)},
        {"authenticateServerResponse", (has(misbehaviour::bad_base64) ? "!!" : "") + base::base64(response)}};
    TRY(answer, hand_on(s, {"authenticateClient", std::move(body), refusal, has(misbehaviour::repeat_authenticate)},
                        s.out.authenticate_us));
    TRY(metadata, binary_field(answer, "profileMetadata"));
    TRY(signed_2, binary_field(answer, "smdpSigned2"));
    TRY(signature_2, binary_field(answer, "smdpSignature2"));
    TRY(certificate_der, binary_field(answer, "smdpCertificate"));
    const auto element = only(signed_2, 0x30);
    if (!element || !only(signature_2, 0x5F37) || !only(certificate_der, 0x30))
        return garbled("authenticateClient was answered with fields that are no DER.");
    const auto profile = read_metadata(metadata);
    if (!profile) return garbled("The profile's metadata make no sense: " + profile.error());
    const auto code_flag = find(element->value, 0x01);
    s.out.iccid = profile->iccid;
    s.out.provider = profile->provider;
    s.out.name = profile->name;
    s.out.code_required = code_flag && !code_flag->value.empty() && code_flag->value[0] != 0;
    s.out.rebound = find(element->value, 0x5F49).has_value();
    s.metadata = std::move(metadata);
    s.signed_2 = std::move(signed_2);
    s.signature_2 = std::move(signature_2);
    s.binding_certificate = std::move(certificate_der);
    return {};
}

base::result<bool> lpa::policy_rules_allowed(const session& s) {
    const auto profile = read_metadata(s.metadata);
    if (!profile->ppr1 && !profile->ppr2) return true;
    TRY(table, ask(make(0xBF43, bytes{}), 0xBF43));
    const auto rules = only(table, 0xA0);
    bool ppr1 = false;
    bool ppr2 = false;
    for (const auto& rule : elements(rules ? rules->value : byte_view{}).value_or(std::vector<tlv>{}))
        if (const auto ids = find(rule.value, 0x80)) {
            ppr1 = ppr1 || bit(ids->value, 1);
            ppr2 = ppr2 || bit(ids->value, 2);
        }
    return (!profile->ppr1 || ppr1) && (!profile->ppr2 || ppr2);
}

bytes lpa::hash_of_code(const session& s) const {
    const auto& code = s.asked.confirmation_code;
    const auto digits = base::from_hex(code);
    const auto first =
        wrong_.has(misbehaviour::hex_hash_cc) && digits ? base::sha256(*digits) : base::sha256(base::view(code));
    auto hash = base::sha256(joined({first, s.transaction}));
    if (wrong_.has(misbehaviour::wrong_hash_cc)) hash[7] ^= 0x10;
    return {hash.begin(), hash.end()};
}

base::result<void> lpa::prepare(session& s) {
    const bool with_code = s.out.code_required && !wrong_.has(misbehaviour::no_hash_cc);
    const auto hash = with_code ? make(0x04, hash_of_code(s)) : bytes{};
    TRY(response, ask(make(0xBF21, {s.signed_2, s.signature_2, hash, s.binding_certificate}), 0xBF21));
    s.prepare_response = make(0xBF21, response);
    return {};
}

base::result<void> lpa::take_package(session& s) {
    bytes response = s.prepare_response;
    const auto refusal = error_in(response, 0xBF21);
    if (wrong_.has(misbehaviour::replay_prepare)) response = base::from_hex(memory_.last_prepare).value_or(bytes{});
    if (wrong_.has(misbehaviour::truncated_prepare)) cut(response);
    if (wrong_.has(misbehaviour::oversized_prepare)) response.resize(response.size() + two_megabytes);
    if (!wrong_.has(misbehaviour::replay_prepare)) memory_.last_prepare = base::hex(s.prepare_response);
    boost::json::object body{{"transactionId", outside_transaction(s, misbehaviour::wrong_tx_bpp)},
                             {"prepareDownloadResponse", base::base64(response)}};
    TRY(answer, hand_on(s, {"getBoundProfilePackage", std::move(body), refusal, wrong_.has(misbehaviour::repeat_bpp)},
                        s.out.package_us));
    TRY(package, binary_field(answer, "boundProfilePackage"));
    s.out.package_bytes = package.size();
    s.package = std::move(package);
    return {};
}

// The metadata that the person saw must be those that are installed: 88 segments are not enciphered, an LPA can read
// them.
base::result<void> lpa::metadata_unchanged(const session& s) {
    const auto package = only(s.package, 0xBF36);
    const auto sequence = package ? find(package->value, 0xA1) : std::nullopt;
    const auto segments = sequence ? elements(sequence->value) : std::nullopt;
    if (!segments) return base::refuse(base::code::malformed, "The package cannot be read.");
    bytes inside;
    for (const auto& one : *segments)
        if (one.value.size() > 8) append(inside, one.value.first(one.value.size() - 8));
    if (!same(inside, s.metadata)) return garbled("The metadata inside the package are not those that were shown.");
    return {};
}

base::result<void> lpa::load(session& s) {
    // The pieces of SGP.22 v2.5 §2.5.5: heads of BF36, A1 and A3 travel alone or with what they begin, each segment by
    // itself.
    const auto package = only(s.package, 0xBF36);
    const auto parts = package ? elements(package->value) : std::nullopt;
    if (!parts || parts->empty()) return garbled("The package cannot be read.");
    const auto head = byte_view(s.package).first(s.package.size() - package->value.size());
    std::vector<bytes> pieces;
    for (const auto& part : *parts) {
        const auto inside = elements(part.value).value_or(std::vector<tlv>{});
        if (part.tag == 0xA1 || part.tag == 0xA3) {
            pieces.emplace_back(part.whole.begin(), part.value.begin());
            for (const auto& one : inside) pieces.emplace_back(one.whole.begin(), one.whole.end());
        } else {
            pieces.push_back(joined({pieces.empty() ? head : byte_view{}, part.whole}));
        }
    }
    bytes result;
    for (const auto& piece : pieces) {
        const auto answer = card_.command(piece);
        if (answer.status != 0x9000) return garbled("The eUICC stopped taking the package.");
        if (answer.data.empty()) continue;
        result = answer.data;
        break;
    }
    const auto whole = only(result, 0xBF37);
    const auto data = whole ? find(whole->value, 0xBF27) : std::nullopt;
    const auto final_result = data ? find(data->value, 0xA2) : std::nullopt;
    if (!final_result) return garbled("The eUICC gave no install result.");
    s.out.installed = only(final_result->value, 0xA0).has_value();
    if (const auto error = only(final_result->value, 0xA1)) {
        const auto number = [&](std::uint32_t tag) {
            const auto one = find(error->value, tag);
            return one ? static_cast<int>(unsigned_value(one->value).value_or(0)) : 0;
        };
        s.out.bpp_command = number(0x80);
        s.out.error_reason = number(0x81);
    }
    if (!s.asked.deliver || wrong_.has(misbehaviour::no_install_notification)) return {};
    return deliver(s, result);
}

base::result<void> lpa::deliver(session& s, byte_view result) {
    const auto data = find(only(result, 0xBF37)->value, 0xBF27);
    const auto metadata = find(data->value, 0xBF2F);
    const auto number = metadata ? find(metadata->value, 0x80) : std::nullopt;
    if (!number) return garbled("The install result has no number.");
    const auto start = steady::now();
    TRY(sent, send_notifications(unsigned_value(number->value)));
    s.out.notification_us = since(start);
    s.out.notifications_sent = sent;
    return {};
}

base::result<bool> lpa::cancel_wanted(session& s, cancel_point at) {
    if (!s.asked.cancel_reason || s.asked.cancel_at != at) return false;
    CHECK(cancel(s, *s.asked.cancel_reason));
    return true;
}

base::result<void> lpa::cancel(session& s, int reason) {
    TRY(response,
        ask(make(0xBF41, {make(0x80, s.transaction), make_unsigned(0x81, static_cast<std::uint64_t>(reason))}),
            0xBF41));
    boost::json::object body{{"transactionId", s.transaction_text},
                             {"cancelSessionResponse", base::base64(make(0xBF41, response))}};
    TRY(answer, server_.call(s.asked.code.address, "cancelSession", boost::json::serialize(body)));
    s.out.cancelled = true;
    return {};
}

}  // namespace keepline::phone
