#include "rsp/binding.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "rsp/steps.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace keepline::rsp {

namespace {

using base::byte_view;

// Profile protection (SGP.22 §2.5.3, §5.5; SCP03t of GlobalPlatform): a segment with tag, length and MAC is at most
// 1020 bytes.
constexpr std::size_t mac_bytes = 8;
constexpr std::size_t most_in_plain_segment = 1020 - 4 - mac_bytes;  // '88': 1008 bytes of data
constexpr std::size_t most_in_sealed_segment =
    most_in_plain_segment / 16 * 16 - 1;  // '86', '87': at least one byte pads
constexpr der::tag sealed_87 = 0x87, plain_88 = 0x88, sealed_86 = 0x86;
constexpr std::uint8_t key_type_aes = 0x88, key_bytes = 0x10;

constexpr std::size_t sealed_size(std::size_t plain) {
    return der::element_size(sealed_86, (plain / 16 + 1) * 16 + mac_bytes);
}
constexpr std::size_t plain_size(std::size_t plain) { return der::element_size(plain_88, plain + mac_bytes); }

/// How long a text is in segments, each of at most `most` bytes.
template <typename Size>
constexpr std::size_t in_segments(std::size_t total, std::size_t most, Size size_of) {
    const std::size_t rest = total % most;
    return total / most * size_of(most) + (rest > 0 ? size_of(rest) : 0);
}

constexpr base::byte_array<3> configure_isdp{0xbf, 0x24, 0x00};
constexpr std::size_t replace_keys_bytes = der::element_size(0xbf26, 3 * der::element_size(0x80, 16));

struct segment_sizes {
    std::size_t isdp, metadata, keys, profile;
    std::size_t inside() const {
        return der::element_size(0xa0, isdp) + der::element_size(0xa1, metadata) +
               (keys > 0 ? der::element_size(0xa2, keys) : 0) + der::element_size(0xa3, profile);
    }
};
segment_sizes sizes_of(const package& what) {
    return {sealed_size(configure_isdp.size()), in_segments(what.metadata.size(), most_in_plain_segment, plain_size),
            what.keys == key_mode::random_keys ? sealed_size(replace_keys_bytes) : 0,
            in_segments(what.profile_elements.size(), most_in_sealed_segment, sealed_size)};
}

/// The secure channel of one package: encrypts and chains MACs, segment by segment, into a buffer that is large enough.
class secure_channel {
 public:
    explicit secure_channel(const secure_keys& under)
        : encryption_(under.encryption), mac_(under.mac), chaining_(under.initial) {}

    /// '86' or '87': padded, encrypted, then authenticated.
    void seal(der::writer& out, der::tag what, byte_view plain) {
        for (; !plain.empty(); plain = plain.subspan(std::min(plain.size(), most_in_sealed_segment)))
            seal_one(out, what, plain.first(std::min(plain.size(), most_in_sealed_segment)));
    }
    /// '88': authenticated only.
    void authenticate(der::writer& out, der::tag what, byte_view plain) {
        for (; !plain.empty(); plain = plain.subspan(std::min(plain.size(), most_in_plain_segment))) {
            const auto part = plain.first(std::min(plain.size(), most_in_plain_segment));
            const std::size_t from = out.size();
            out.header(what, part.size() + mac_bytes).raw(part);
            append_mac(out, from);
            ++counter_;
        }
    }

 private:
    void seal_one(der::writer& out, der::tag what, byte_view plain) {
        const std::size_t from = out.size();
        const std::size_t padded = (plain.size() / 16 + 1) * 16;
        out.header(what, padded + mac_bytes);
        const std::size_t data = out.size();
        auto& buffer = out.buffer();
        buffer.insert(buffer.end(), plain.begin(), plain.end());
        buffer.push_back(0x80);
        buffer.resize(data + padded);
        encryption_.cbc_encrypt(next_initial(), std::span(buffer).subspan(data));
        append_mac(out, from);
    }
    block next_initial() {
        block number{};
        for (std::size_t i = 0; i < 8; ++i) number[15 - i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
        ++counter_;
        return encryption_.encrypt_block(number);
    }
    void append_mac(der::writer& out, std::size_t from) {
        const std::array<byte_view, 2> covered{byte_view(chaining_), out.view().subspan(from)};
        chaining_ = mac_.cmac(covered);
        out.raw(byte_view(chaining_).first(mac_bytes));
    }

    aes encryption_, mac_;
    block chaining_;
    std::uint64_t counter_ = 1;
};

/// Which SM-DP+ this is, as both sides put it into the key derivation: any value of 1 to 16 octets.
base::byte_array<16> host_id(const certificate_set& set) {
    const auto digest = base::sha256(base::view(set.oid));
    base::byte_array<16> out{};
    std::copy_n(digest.begin(), out.size(), out.begin());
    return out;
}

outcome<void> derive_keys(const one_time_key& own, byte_view euicc_otpk, byte_view host, std::string_view eid,
                          secure_keys& into) {
    const auto euicc = eid_bytes(eid);
    ENSURE(euicc.has_value());
    auto secret = own.agree(euicc_otpk);
    if (!secret) return refused(status::euicc_signature_invalid, "otPK.EUICC.ECKA is not on the curve of CERT.DPpb.");
    der::writer shared(64);  // keyType ‖ keyLength ‖ LV(hostId) ‖ LV(EID)
    shared.buffer().assign({key_type_aes, key_bytes, static_cast<std::uint8_t>(host.size())});
    shared.raw(host);
    shared.buffer().push_back(static_cast<std::uint8_t>(euicc->size()));
    shared.raw(*euicc);
    base::byte_array<48> derived{};
    x963_kdf(*secret, shared.view(), derived);
    std::copy_n(derived.begin(), 16, into.initial.begin());
    std::copy_n(derived.begin() + 16, 16, into.encryption.begin());
    std::copy_n(derived.begin() + 32, 16, into.mac.begin());
    wipe(derived);
    wipe(*secret);
    return {};
}

/// InitialiseSecureChannelRequest, signed with the key of CERT.DPpb (§5.5.1).
outcome<base::bytes> initialise_secure_channel(const certificate_set& set, const session& ongoing, byte_view host,
                                               const secure_keys& keys) {
    der::writer content(256);
    content.number(1, 0x82).octets(0x80, ongoing.id);
    content.nested(0xa6,
                   [&] { content.octets(0x80, {&key_type_aes, 1}).octets(0x81, {&key_bytes, 1}).octets(0x84, host); });
    content.octets(0x5f49, keys.smdp_otpk);
    der::writer other(70);
    other.octets(0x5f49, keys.euicc_otpk);
    const std::array<byte_view, 2> covered{content.view(), other.view()};
    const auto signed_by_us = set.binding.key->sign(covered);
    if (!signed_by_us) return refused(status::server_failed, signed_by_us.error().words);
    content.octets(0x5f37, *signed_by_us);
    der::writer out(content.size() + 8);
    out.element(0xbf23, content.view());
    return std::move(out).take();
}

}  // namespace

outcome<offered> offer(const provider& own, session& ongoing, const client& who, const offer_terms& terms) {
    if (ongoing.stage != stage::authenticated) return refused(status::transaction_unknown);
    const auto* set = set_of(own, ongoing);
    if (set == nullptr) return refused(status::server_failed, "The certificates of this session are no longer loaded.");
    der::writer signed_2(128);
    signed_2.nested(der::sequence, [&] {
        signed_2.octets(0x80, ongoing.id).boolean(terms.confirmation_required);
        if (!terms.bound_otpk.empty()) signed_2.octets(0x5f49, terms.bound_otpk);
    });
    const auto before = signature_element(who.euicc_signature_1);
    const std::array<byte_view, 2> covered{signed_2.view(), byte_view(before)};
    const auto signature_2 = set->binding.key->sign(covered);
    if (!signature_2) return refused(status::server_failed, signature_2.error().words);

    ongoing.stage = stage::offered;
    ongoing.confirmation_required = terms.confirmation_required;
    ongoing.smdp_signature_2 = *signature_2;
    ongoing.offered_otpk.assign(terms.bound_otpk.begin(), terms.bound_otpk.end());
    return offered{std::move(signed_2).take(), signature_element(*signature_2), set->binding.certificate->der};
}

// The order of the checks: transaction, signature, what is signed, confirmation code (§5.6.2).
outcome<prepared> prepare(const provider&, session& ongoing, std::string_view transaction, byte_view response) {
    if ((ongoing.stage != stage::offered && ongoing.stage != stage::bound) || !names_session(ongoing, transaction))
        return refused(status::transaction_unknown);
    const auto parsed = parse_prepare_response(response);
    if (!parsed) return refused(status::malformed, parsed.error().words);
    if (!parsed->ok)
        return refused(status::euicc_reported_error, "The eUICC refused to prepare the download: " +
                                                         std::string(download_error_text(parsed->error.code)) + ".");
    const auto& answer = *parsed->ok;
    const auto before = signature_element(ongoing.smdp_signature_2);
    const std::array<byte_view, 2> covered{answer.signed_part, byte_view(before)};
    if (!euicc_key_of(ongoing).verifies(covered, answer.signature))
        return refused(status::euicc_signature_invalid, "euiccSignature2 does not verify.");
    if (!std::ranges::equal(answer.transaction, ongoing.id))
        return refused(status::transaction_unknown, "The signed transactionId is another.");
    if (ongoing.confirmation_required && !answer.hash_cc) return refused(status::confirmation_missing);
    prepared out;
    out.euicc_otpk.assign(answer.euicc_otpk.begin(), answer.euicc_otpk.end());
    if (answer.hash_cc) std::ranges::copy(*answer.hash_cc, out.hash_cc.emplace().begin());
    return out;
}

base::digest confirmation_digest(std::string_view code) { return base::sha256(base::view(code)); }

std::optional<base::digest> packed_confirmation_digest(std::string_view code) {
    const auto packed = base::from_hex(code);
    if (!packed) return std::nullopt;
    return base::sha256(*packed);
}

bool confirmation_holds(const base::digest& hash_cc, const base::digest& code_digest, const session& ongoing) {
    base::bytes covered(code_digest.begin(), code_digest.end());
    covered.insert(covered.end(), ongoing.id.begin(), ongoing.id.end());
    return base::equal_secrets(base::sha256(covered), hash_cc);
}

curve binding_curve(const provider& own, const session& ongoing) {
    const auto* set = set_of(own, ongoing);
    return set == nullptr ? curve::p256 : set->binding.key->key().which();
}

std::size_t bound_size(const package& what, std::size_t transaction_bytes) {
    const std::size_t control = der::element_size(0xa6, 3 + 3 + der::element_size(0x84, 16));
    const std::size_t content = 3 + der::element_size(0x80, transaction_bytes) + control +
                                der::element_size(0x5f49, 65) + der::element_size(0x5f37, 64);
    return der::element_size(0xbf36, der::element_size(0xbf23, content) + sizes_of(what).inside());
}

secure_keys::~secure_keys() {
    wipe(initial);
    wipe(encryption);
    wipe(mac);
}

bool secure_keys::fit(const session& of, byte_view otpk) const {
    return !euicc_otpk.empty() && set == of.set && eid == of.eid && std::ranges::equal(euicc_otpk, otpk);
}

std::string secure_keys::serialise() const {
    std::string out = "1 " + base::hex(set) + " " + eid;
    for (const byte_view part :
         {byte_view(euicc_otpk), byte_view(smdp_otpk), byte_view(initial), byte_view(encryption), byte_view(mac)})
        out += " " + base::hex(part);
    return out;
}

base::result<secure_keys> secure_keys::parse(std::string_view stored) {
    std::vector<std::string_view> words;
    while (!stored.empty()) {
        const auto end = std::min(stored.find(' '), stored.size());
        words.push_back(stored.substr(0, end));
        stored.remove_prefix(std::min(end + 1, stored.size()));
    }
    secure_keys out;
    const auto into = [](std::string_view text, std::span<std::uint8_t> where) {
        const auto raw = base::from_hex(text);
        if (!raw || raw->size() != where.size()) return false;
        std::ranges::copy(*raw, where.begin());
        return true;
    };
    constexpr std::size_t parts = 8;
    const bool fine = words.size() == parts && words[0] == "1" && into(words[1], out.set) &&
                      into(words[4], out.smdp_otpk) && into(words[5], out.initial) && into(words[6], out.encryption) &&
                      into(words[7], out.mac);
    const auto otpk = fine ? base::from_hex(words[3]) : std::nullopt;
    if (!otpk) return base::refuse(base::code::malformed, "What was kept of a binding cannot be read.");
    out.eid = words[2];
    out.euicc_otpk = *otpk;
    return out;
}

outcome<secure_keys> agree(const provider& own, const session& ongoing, const prepared& ready,
                           const one_time_key& one_time) {
    const auto* set = set_of(own, ongoing);
    if (set == nullptr) return refused(status::server_failed, "The certificates of this session are no longer loaded.");
    ENSURE(one_time.which() == set->binding.key->key().which());
    secure_keys out;
    out.set = ongoing.set;
    out.eid = ongoing.eid;
    out.euicc_otpk = ready.euicc_otpk;
    out.smdp_otpk = one_time.public_point();
    if (auto derived = derive_keys(one_time, ready.euicc_otpk, host_id(*set), ongoing.eid, out); !derived)
        return std::unexpected(derived.error());
    return out;
}

outcome<base::bytes> bind(const provider& own, session& ongoing, const prepared& ready, const package& what,
                          const one_time_key& one_time, random_source& random) {
    if (ongoing.stage != stage::offered && ongoing.stage != stage::bound) return refused(status::transaction_unknown);
    const auto keys = agree(own, ongoing, ready, one_time);
    if (!keys) return std::unexpected(keys.error());
    return bind(own, ongoing, ready, what, *keys, random);
}

outcome<base::bytes> bind(const provider& own, session& ongoing, const prepared& ready, const package& what,
                          const secure_keys& session_keys, random_source& random) {
    const auto* set = set_of(own, ongoing);
    if (set == nullptr) return refused(status::server_failed, "The certificates of this session are no longer loaded.");
    if (ongoing.stage != stage::offered && ongoing.stage != stage::bound) return refused(status::transaction_unknown);
    ENSURE(session_keys.fit(ongoing, ready.euicc_otpk));  // never another eUICC's
    ENSURE(!what.metadata.empty() && !what.profile_elements.empty());
    const auto opening = initialise_secure_channel(*set, ongoing, host_id(*set), session_keys);
    if (!opening) return std::unexpected(opening.error());

    const segment_sizes parts = sizes_of(what);
    const std::size_t inside = opening->size() + parts.inside();
    der::writer out(der::element_size(0xbf36, inside));
    out.header(0xbf36, inside).raw(*opening);
    secure_channel secure(session_keys);
    out.header(0xa0, parts.isdp);
    secure.seal(out, sealed_87, configure_isdp);
    out.header(0xa1, parts.metadata);
    secure.authenticate(out, plain_88, what.metadata);
    if (what.keys == key_mode::random_keys) {
        secure_keys fresh;
        random.fill(fresh.initial);
        random.fill(fresh.encryption);
        random.fill(fresh.mac);
        der::writer replace(replace_keys_bytes);
        replace.header(0xbf26, 3 * der::element_size(0x80, 16));
        replace.octets(0x80, fresh.initial).octets(0x81, fresh.encryption).octets(0x82, fresh.mac);
        out.header(0xa2, parts.keys);
        secure.seal(out, sealed_87, replace.view());
        wipe(replace.buffer());
        secure_channel profile(fresh);  // its counter begins again
        out.header(0xa3, parts.profile);
        profile.seal(out, sealed_86, what.profile_elements);
    } else {
        out.header(0xa3, parts.profile);
        secure.seal(out, sealed_86, what.profile_elements);
    }
    ENSURE(out.size() == der::element_size(0xbf36, inside));
    ongoing.stage = stage::bound;
    ongoing.euicc_otpk = ready.euicc_otpk;
    return std::move(out).take();
}

}  // namespace keepline::rsp
