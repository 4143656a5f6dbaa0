#include "desk/webauthn.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <memory>
#include <mutex>

namespace keepline::desk::webauthn {

using base::code;
using base::refuse;
using domain::passkey_algorithm;

namespace {

// Authenticator data, WebAuthn §6.1: hash of the party's id, one byte of flags, …
constexpr std::size_t flags_at = sizeof(base::digest);
constexpr std::uint8_t user_present = 0x01;
constexpr std::uint8_t user_verified = 0x04;
constexpr std::uint8_t backup_eligible = 0x08;
constexpr std::uint8_t backed_up = 0x10;
constexpr std::uint8_t has_key = 0x40;
constexpr std::size_t es256_size = 64;   // x and y
constexpr std::size_t eddsa_size = 32;   // the point
constexpr std::size_t rs256_size = 259;  // a modulus of 2048 bits, an exponent of 24

void begin() {
    static std::once_flag once;
    std::call_once(once, [] { fido_init(0); });
}

struct freed {
    void operator()(fido_cred_t* one) const { fido_cred_free(&one); }
    void operator()(fido_assert_t* one) const { fido_assert_free(&one); }
    void operator()(es256_pk_t* one) const { es256_pk_free(&one); }
    void operator()(eddsa_pk_t* one) const { eddsa_pk_free(&one); }
    void operator()(rs256_pk_t* one) const { rs256_pk_free(&one); }
};
template <typename T>
using held = std::unique_ptr<T, freed>;

struct kind {
    passkey_algorithm algorithm;
    int cose;
    std::size_t size;
};
constexpr std::array kinds{kind{passkey_algorithm::es256, COSE_ES256, es256_size},
                           kind{passkey_algorithm::eddsa, COSE_EDDSA, eddsa_size},
                           kind{passkey_algorithm::rs256, COSE_RS256, rs256_size}};

std::unexpected<base::error> no(const char* words) { return refuse(code::invalid, words); }

/// A member that is there once and is text; empty: it is not.
std::string text_in(const boost::json::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

result<boost::json::object> parsed(std::string_view client_data) {
    if (client_data.empty() || client_data.size() > client_data_max) return no("The client's data are missing.");
    auto value = base::parse_json(client_data);
    if (!value || !value->is_object()) return no("The client's data are no JSON object.");
    return std::move(value->get_object());
}

/// §7.1 steps 7 to 10, §7.2 steps 11 to 14.
result<void> check_client(const relying_party& who, std::string_view type, std::string_view challenge,
                          std::string_view client_data) {
    TRY(said, parsed(client_data));
    if (text_in(said, "type") != type) return no("It was signed for something else.");
    if (challenge.empty() || text_in(said, "challenge") != challenge) return no("It answers another challenge.");
    if (text_in(said, "origin") != who.origin) return no("It was signed on another page.");
    const auto* framed = said.if_contains("crossOrigin");
    if (framed != nullptr && (!framed->is_bool() || framed->get_bool()))
        return no("It was signed within another page.");
    if (said.contains("topOrigin")) return no("It was signed within another page.");
    return {};
}

/// §7.1 steps 13 to 15, §7.2 steps 15 to 17; and what they say together with each other.
result<std::uint8_t> check_authenticator(const relying_party& who, base::byte_view data) {
    if (data.size() <= flags_at || data.size() > authenticator_data_max) return no("The device's data are missing.");
    const auto party = base::sha256(base::view(who.id));
    if (!std::ranges::equal(party, data.first(flags_at))) return no("It was signed for somebody else.");
    const auto flags = data[flags_at];
    if ((flags & user_present) == 0) return no("Nobody touched the device.");
    if ((flags & user_verified) == 0) return no("The device did not verify who touched it.");
    if ((flags & backed_up) != 0 && (flags & backup_eligible) == 0) return no("The device contradicts itself.");
    return flags;
}

bool succeeded(int outcome) { return outcome == FIDO_OK; }

/// The key as libfido2 reads it: of whichever kind it is.
held<fido_cred_t> read_key(base::byte_view data, const kind& as) {
    held<fido_cred_t> out(fido_cred_new());
    if (!out || !succeeded(fido_cred_set_type(out.get(), as.cose)) ||
        !succeeded(fido_cred_set_authdata_raw(out.get(), data.data(), data.size())) ||
        fido_cred_pubkey_len(out.get()) != as.size)
        return nullptr;
    return out;
}

/// Is it a point of its curve, a modulus that is one? `assertion` null: only that.
template <typename Key>
bool verified(fido_assert_t* assertion, int cose, Key* made, int (*fill)(Key*, const void*, std::size_t),
              const base::bytes& key) {
    const held<Key> own(made);
    if (!own || !succeeded(fill(own.get(), key.data(), key.size()))) return false;
    return assertion == nullptr || succeeded(fido_assert_verify(assertion, 0, cose, own.get()));
}
bool verified(fido_assert_t* assertion, passkey_algorithm by, const base::bytes& key) {
    switch (by) {
        case passkey_algorithm::es256:
            return verified<es256_pk_t>(assertion, COSE_ES256, es256_pk_new(), es256_pk_from_ptr, key);
        case passkey_algorithm::eddsa:
            return verified<eddsa_pk_t>(assertion, COSE_EDDSA, eddsa_pk_new(), eddsa_pk_from_ptr, key);
        case passkey_algorithm::rs256:
            return verified<rs256_pk_t>(assertion, COSE_RS256, rs256_pk_new(), rs256_pk_from_ptr, key);
    }
    return false;
}

}  // namespace

relying_party party_of(std::string_view origin) {
    auto host = origin.substr(std::min(origin.size(), origin.find("://") + 3));
    host = host.substr(0, host.find(':'));
    return {std::string(host), std::string(origin)};
}

result<std::string> challenge_in(std::string_view client_data) {
    TRY(said, parsed(client_data));
    return text_in(said, "challenge");
}

result<domain::passkey> check_made(const relying_party& who, std::string_view challenge, std::string_view client_data,
                                   base::byte_view authenticator_data) {
    begin();
    CHECK(check_client(who, "webauthn.create", challenge, client_data));
    TRY(flags, check_authenticator(who, authenticator_data));
    if ((flags & has_key) == 0) return no("The device made no key.");
    for (const auto& one : kinds) {
        const auto read = read_key(authenticator_data, one);
        if (!read) continue;
        const auto* key = fido_cred_pubkey_ptr(read.get());
        const base::bytes whole(key, key + one.size);
        if (!verified(nullptr, one.algorithm, whole)) break;
        domain::passkey out;
        out.credential = base::base64url({fido_cred_id_ptr(read.get()), fido_cred_id_len(read.get())});
        out.algorithm = one.algorithm;
        out.key = base::base64url(whole);
        out.count = fido_cred_sigcount(read.get());
        out.synced = (flags & backup_eligible) != 0;
        return out;
    }
    return no("The device's key is of a kind that is not taken.");
}

result<std::int64_t> check_signed(const relying_party& who, std::string_view challenge, const domain::passkey& by,
                                  std::string_view client_data, base::byte_view authenticator_data,
                                  base::byte_view signature) {
    begin();
    CHECK(check_client(who, "webauthn.get", challenge, client_data));
    TRY(flags, check_authenticator(who, authenticator_data));
    if (((flags & backup_eligible) != 0) != by.synced) return no("The device is another one than it was.");
    const auto key = base::from_base64url(by.key);
    if (!key || signature.empty() || signature.size() > signature_max) return no("The signature is missing.");
    const held<fido_assert_t> shown(fido_assert_new());
    const auto* client = reinterpret_cast<const unsigned char*>(client_data.data());
    const bool is_whole =
        shown && succeeded(fido_assert_set_rp(shown.get(), who.id.c_str())) &&
        succeeded(fido_assert_set_clientdata(shown.get(), client, client_data.size())) &&
        succeeded(fido_assert_set_count(shown.get(), 1)) &&
        succeeded(fido_assert_set_authdata_raw(shown.get(), 0, authenticator_data.data(), authenticator_data.size())) &&
        succeeded(fido_assert_set_sig(shown.get(), 0, signature.data(), signature.size())) &&
        succeeded(fido_assert_set_up(shown.get(), FIDO_OPT_TRUE)) &&
        succeeded(fido_assert_set_uv(shown.get(), FIDO_OPT_TRUE));
    if (!is_whole || !verified(shown.get(), by.algorithm, *key)) return no("The signature is not the passkey's.");
    return fido_assert_sigcount(shown.get(), 0);
}

}  // namespace keepline::desk::webauthn
