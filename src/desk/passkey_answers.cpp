#include "desk/passkey_answers.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk::passkey_answers {

using base::code;
using base::refuse;

namespace {

constexpr base::duration challenge_lives = base::minutes{10};
constexpr std::size_t nonce_bytes = 10;
constexpr std::size_t nonce_size = 16;  // of them in base32
constexpr std::size_t time_size = 16;   // in hexadecimal
constexpr std::size_t tag_size = 32;    // 128 bits
constexpr std::size_t handle_max = 128;
constexpr std::array<std::string_view, 6> transports_known{"ble", "hybrid", "internal", "nfc", "smart-card", "usb"};
constexpr std::array algorithms{-7, -8, -257};  // COSE: ES256, EdDSA, RS256

/// None: none of ours, of another scope, or too old.
std::optional<challenge> unsealed(const asked& c, std::string_view scope, std::string_view text) {
    const auto bytes = base::from_base64url(text);
    if (!bytes || bytes->size() != nonce_size + time_size + tag_size) return std::nullopt;
    const auto whole = base::text(*bytes);
    const auto plain = whole.substr(0, nonce_size + time_size);
    const auto tag = whole.substr(nonce_size + time_size);
    const auto tags = c.secrets().keyed_digests("passkey-challenge", scope, plain);
    const bool ours = std::ranges::any_of(tags, [&](const std::string& one) {
        return base::equal_secrets(base::view(std::string_view(one).substr(0, tag_size)), base::view(tag));
    });
    const auto raw = base::from_hex(plain.substr(nonce_size));
    if (!ours || !raw) return std::nullopt;
    challenge out{std::string(plain.substr(0, nonce_size)), {}};
    for (const auto one : *raw) out.until.ms = (out.until.ms << 8) | one;
    return c.now() < out.until ? std::optional(std::move(out)) : std::nullopt;
}

base::error too_old() { return {code::otp_expired, "The page is too old, or was answered before: begin again.", {}}; }

result<base::bytes> bytes_in(const char* field, std::string_view text) {
    auto out = base::from_base64url(text);
    if (!out || out->empty())
        return refuse(code::invalid, std::string("`") + field + "` must be base64url.", {{"field", field}});
    return std::move(*out);
}

}  // namespace

challenge new_challenge(const asked& c) { return {c.at->with.random->token(nonce_bytes), c.now() + challenge_lives}; }

std::string sealed(const asked& c, std::string_view scope, const challenge& what) {
    base::byte_array<time_size / 2> raw{};
    auto left = static_cast<std::uint64_t>(what.until.ms);
    for (auto at = raw.rbegin(); at != raw.rend(); ++at, left >>= 8U) *at = static_cast<std::uint8_t>(left);
    const auto plain = what.nonce + base::hex(raw);
    const auto tag = c.secrets().keyed_digest("passkey-challenge", scope, plain).substr(0, tag_size);
    return base::base64url(base::view(plain + tag));
}

passkey_wanted_view wanted(const asked& c, const webauthn::relying_party& who, const maker& of,
                           const std::vector<domain::passkey>& known) {
    passkey_wanted_view out;
    const auto what = new_challenge(c);
    out.challenge = sealed(c, of.scope, what);
    out.rp_id = who.id;
    out.user_handle = base::base64url(base::view(of.handle));
    out.user_name = of.name;
    out.algorithms.assign(algorithms.begin(), algorithms.end());
    for (const auto& one : known) out.known.push_back({one.credential, one.transports});
    out.expires_at = what.until;
    return out;
}

result<made> made_in(const asked& c, const webauthn::relying_party& who, std::string_view scope,
                     const made_passkey_body& in) {
    TRY(client, bytes_in("client_data", in.client_data));
    TRY(authenticator, bytes_in("authenticator_data", in.authenticator_data));
    TRY(text, webauthn::challenge_in(base::text(client)));
    auto ours = unsealed(c, scope, text);
    if (!ours) return std::unexpected(too_old());
    TRY(what, webauthn::check_made(who, text, base::text(client), authenticator));
    what.place = in.place;
    for (const auto name : transports_known)
        if (std::ranges::find(in.transports, name) != in.transports.end()) what.transports.emplace_back(name);
    return made{std::move(what), std::move(*ours)};
}

result<shown_bytes> shown_as(const asked& c, std::string_view scope, const shown_passkey_body& in) {
    shown_bytes out;
    TRY(handle, bytes_in("user_handle", in.user_handle));
    if (handle.size() > handle_max) return refuse(code::invalid, "The user handle is too long.");
    out.handle = base::text(handle);
    TRY(client, bytes_in("client_data", in.client_data));
    TRY(authenticator, bytes_in("authenticator_data", in.authenticator_data));
    TRY(signature, bytes_in("signature", in.signature));
    TRY(text, webauthn::challenge_in(base::text(client)));
    auto ours = unsealed(c, scope, text);
    if (!ours) return std::unexpected(too_old());
    out.text = std::move(text);
    out.answers = std::move(*ours);
    out.client = std::move(client);
    out.authenticator = std::move(authenticator);
    out.signature = std::move(signature);
    return out;
}

result<std::int64_t> check(const shown_bytes& in, const webauthn::relying_party& who, const domain::passkey& by) {
    return webauthn::check_signed(who, in.text, by, base::text(in.client), in.authenticator, in.signature);
}

void log_refused(const asked& c, const std::string& why) {
    c.at->with.log->info("passkey_refused", c.correlation, {{"reason", why}});
}

}  // namespace keepline::desk::passkey_answers
