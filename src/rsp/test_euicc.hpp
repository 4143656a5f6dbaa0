// For tests only: an eUICC in memory that answers as SGP.22 §5.7 says, and wrongly where a test tells it to. It opens
// bound profile packages with OpenSSL's own KDF, CMAC and AES, so that crypto.cpp and binding.cpp are checked by
// something else.
#pragma once

#include "rsp/authentication.hpp"
#include "rsp/binding.hpp"
#include "rsp/notification.hpp"
#include "rsp/test_pki.hpp"

#include <expected>

#include <openssl/kdf.h>

namespace keepline::rsp::test {

/// What a test makes wrong in an answer; nullopt or false: right.
struct mischief {
    std::optional<base::bytes> transaction{};  // inside the signed part
    std::optional<base::bytes> server_challenge{};
    std::optional<std::string> server_address{};
    bool broken_signature = false;
    bool extensions = false;  // unknown elements, which must be accepted
    std::optional<base::bytes> otpk{};
};

/// What an eUICC made of a bound profile package.
struct loaded {
    base::bytes configure_isdp, metadata, profile;
    bool replaced_keys = false;
    std::vector<std::size_t> segments;  // with tag, length and MAC
};

class euicc {
 public:
    explicit euicc(const pki& of) : pki_(of), one_time_(of.binding_key.which()) {
        own_challenge.assign(16, 0x5c);
        euicc_certificate = pki_.euicc_certificate();
        eum_certificate = pki_.eum_certificate();
        svn = {2, 5, 0};
    }

    base::bytes euicc_certificate, eum_certificate;
    std::array<std::uint8_t, 3> svn{};
    base::bytes own_challenge;

    base::bytes info_1() const {
        der::writer out;
        out.nested(0xbf20, [&] {
            out.octets(0x82, svn);
            write_key_ids(out);
        });
        return std::move(out).take();
    }

    base::bytes info_2(bool extensions = false) const {
        der::writer out;
        out.nested(0xbf22, [&] {
            out.octets(0x81, base::byte_array<3>{2, 1, 0}).octets(0x82, svn).octets(0x83, base::byte_array<3>{4, 6, 0});
            out.nested(0x84,
                       [&] { out.number(2, 0x81).octets(0x82, base::byte_array<4>{0, 5, 0, 0}).number(0x1234, 0x83); });
            out.bits(0x5f, 0x85).octets(0x86, base::byte_array<3>{9, 2, 0}).octets(0x87, base::byte_array<3>{2, 3, 0});
            out.bits(0x0d, 0x88);
            write_key_ids(out);
            out.number(2, 0x8b).bits(ppr_bits, 0x99);
            out.octets(der::octet_string, base::byte_array<3>{1, 0, 0}).text(der::utf8_string, "ES-TS-UP-0001");
            if (extensions) out.octets(0x9f20, base::byte_array<2>{1, 2}).nested(0xbf40, [&] { out.boolean(true); });
        });
        return std::move(out).take();
    }
    static constexpr std::uint32_t ppr_bits = 0x4;

    initiate_request ask(base::byte_view info, std::string_view address = "smdp.example.com") const {
        return {own_challenge, info, address};
    }

    base::bytes authenticate(const initiated& server, std::optional<std::string> matching_id,
                             const mischief& wrong = {}) {
        signature_1_ = {};
        der::writer signed_1;
        signed_1.nested(der::sequence, [&] {
            signed_1.octets(0x80, wrong.transaction.value_or(server.started.id))
                .text(0x83, wrong.server_address.value_or(server.started.server_address));
            base::bytes challenge(server.started.server_challenge.begin(), server.started.server_challenge.end());
            signed_1.octets(0x84, wrong.server_challenge.value_or(challenge)).raw(info_2(wrong.extensions));
            signed_1.nested(0xa0, [&] {
                if (matching_id) signed_1.text(0x80, *matching_id);
                signed_1.nested(0xa1, [&] {
                    signed_1.octets(0x80, base::byte_array<4>{0x35, 0x29, 0x06, 0x11});
                    signed_1.nested(0xa1, [&] {
                        signed_1.octets(0x80, base::byte_array<3>{15, 0, 0})
                            .octets(0x85, base::byte_array<3>{16, 1, 0});
                        if (wrong.extensions) signed_1.octets(0x9f55, base::byte_array<3>{1, 0, 0});
                    });
                    signed_1.octets(0x82, base::byte_array<8>{0x35, 0x29, 0x06, 0x11, 0x12, 0x34, 0x56, 0x7f});
                    if (wrong.extensions) signed_1.text(0x9f21, "new in v4");
                });
                if (wrong.extensions) signed_1.text(0x8a, "new too");
            });
            if (wrong.extensions) signed_1.boolean(true, 0x9f22);
        });
        signature_1_ = sign(signed_1.view(), wrong.broken_signature);
        der::writer out;
        out.nested(0xbf38, [&] {
            out.nested(0xa0, [&] {
                out.raw(signed_1.view()).octets(0x5f37, signature_1_).raw(euicc_certificate).raw(eum_certificate);
                if (wrong.extensions) out.text(0x9f23, "at the end");
            });
        });
        return std::move(out).take();
    }

    /// Empty where the eUICC would refuse.
    base::bytes prepare(const session& ongoing, const offered& offer, std::optional<std::string> code,
                        const mischief& wrong = {}) {
        signature_2_ = offer.smdp_signature_2;
        const auto tlv_1 = element(0x5f37, signature_1_);
        const auto raw = der::only_element(offer.smdp_signature_2, 0x5f37);
        const auto key = public_key::from_point(pki_.binding_key.which(), pki_.binding_key.point());
        if (!raw || !key->verifies(joined({offer.smdp_signed_2, tlv_1}), raw->value)) return {};
        der::writer signed_2;
        signed_2.nested(der::sequence, [&] {
            signed_2.octets(0x80, wrong.transaction.value_or(ongoing.id));
            base::bytes own(one_time_.point().begin(), one_time_.point().end());
            signed_2.octets(0x5f49, wrong.otpk.value_or(own));
            if (code)
                signed_2.octets(der::octet_string, base::sha256(joined({base::sha256(base::view(*code)), ongoing.id})));
        });
        der::writer out;
        out.nested(0xbf21, [&] {
            out.nested(0xa0, [&] {
                out.raw(signed_2.view());
                out.octets(0x5f37, sign(joined({signed_2.view(), offer.smdp_signature_2}), wrong.broken_signature));
            });
        });
        return std::move(out).take();
    }

    base::bytes cancel(base::byte_view transaction, std::string_view oid, std::uint8_t reason,
                       bool broken = false) const {
        der::writer signed_part;
        signed_part.nested(der::sequence,
                           [&] { signed_part.octets(0x80, transaction).oid(oid, 0x81).number(reason, 0x82); });
        der::writer out;
        out.nested(0xbf41, [&] {
            out.nested(0xa0, [&] { out.raw(signed_part.view()).octets(0x5f37, sign(signed_part.view(), broken)); });
        });
        return std::move(out).take();
    }

    static base::bytes metadata_of(std::uint64_t sequence, int event, std::string_view iccid) {
        der::writer out;
        out.nested(0xbf2f, [&] {
            out.number(sequence, 0x80).bits(1u << event, 0x81).text(der::utf8_string, "smdp.example.com");
            out.octets(0x5a, *iccid_to_swapped(iccid));
        });
        return std::move(out).take();
    }

    base::bytes notification(std::uint64_t sequence, int event, std::string_view iccid, bool broken = false) const {
        const auto signed_part = metadata_of(sequence, event, iccid);
        der::writer out;
        out.nested(der::sequence, [&] {
            out.raw(signed_part).octets(0x5f37, sign(signed_part, broken)).raw(euicc_certificate).raw(eum_certificate);
        });
        return std::move(out).take();
    }

    /// `reason` 0: success.
    base::bytes installation_result(base::byte_view transaction, std::string_view iccid, std::uint8_t reason = 0,
                                    bool broken = false, int event = 0) const {
        constexpr base::byte_array<9> all_ok{0x30, 0x07, 0xa0, 0x05, 0x30, 0x03, 0x80, 0x01, 0x00};
        constexpr base::byte_array<12> pe_7_bad{0x30, 0x0a, 0xa0, 0x08, 0x30, 0x06, 0x80, 0x01, 0x03, 0x81, 0x01, 0x07};
        der::writer signed_part;
        signed_part.nested(0xbf27, [&] {
            signed_part.octets(0x80, transaction).raw(metadata_of(7, event, iccid)).oid(pki::smdp_oid);
            signed_part.nested(0xa2, [&] {
                if (reason == 0)
                    signed_part.nested(0xa0, [&] {
                        signed_part.octets(0x4f, base::byte_array<5>{0xa0, 0, 0, 5, 0x59})
                            .octets(der::octet_string, all_ok);
                    });
                else
                    signed_part.nested(
                        0xa1, [&] { signed_part.number(5, 0x80).number(reason, 0x81).octets(0x82, pe_7_bad); });
            });
        });
        der::writer out;
        out.nested(0xbf37, [&] { out.raw(signed_part.view()).octets(0x5f37, sign(signed_part.view(), broken)); });
        return std::move(out).take();
    }

    /// Opens a bound profile package as §5.5 says, or the words of what is wrong with it.
    std::expected<loaded, std::string> load(const session& ongoing, base::byte_view package) const;

    const key_pair& one_time() const { return one_time_; }
    void renew_one_time() { one_time_ = key_pair(pki_.binding_key.which()); }

 private:
    struct channel {
        base::bytes chaining, encryption, mac;
        std::uint32_t counter = 1;
    };
    static base::bytes element(der::tag what, base::byte_view value) {
        der::writer out;
        out.octets(what, value);
        return std::move(out).take();
    }
    void write_key_ids(der::writer& out) const {
        for (const der::tag list : {0xa9u, 0xaau})
            out.nested(list, [&] { out.octets(der::octet_string, pki_.ci_key.key_id()); });
    }
    base::bytes sign(base::byte_view what, bool broken) const {
        auto out = pki_.euicc_key.sign(what);
        if (broken) out[40] ^= 1;
        return out;
    }
    static std::expected<channel, std::string> derive(base::byte_view secret, base::byte_view host);
    static std::expected<base::bytes, std::string> open(channel& under, const der::tlv& segment, bool sealed);

    const pki& pki_;
    key_pair one_time_;
    base::bytes signature_1_, signature_2_;
};

inline std::expected<euicc::channel, std::string> euicc::derive(base::byte_view secret, base::byte_view host) {
    base::bytes info{0x88, 0x10, static_cast<std::uint8_t>(host.size())};
    info.insert(info.end(), host.begin(), host.end());
    info.push_back(16);
    const auto eid = *base::from_hex(pki::eid);
    info.insert(info.end(), eid.begin(), eid.end());
    EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "X963KDF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
    std::string name = "SHA256";
    base::bytes key(secret.begin(), secret.end());
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
                                OSSL_PARAM_construct_end()};
    base::bytes out(48);
    const bool ok = EVP_KDF_derive(context, out.data(), out.size(), parameters.data()) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    if (!ok) return std::unexpected("the KDF failed");
    return channel{
        {out.begin(), out.begin() + 16}, {out.begin() + 16, out.begin() + 32}, {out.begin() + 32, out.end()}};
}

inline std::expected<base::bytes, std::string> euicc::open(channel& under, const der::tlv& segment, bool sealed) {
    if (segment.value.size() < 8) return std::unexpected("a segment has no MAC");
    const auto covered = joined({under.chaining, segment.whole.first(segment.whole.size() - 8)});
    base::bytes mac(16);
    std::size_t size = 0;
    if (EVP_Q_mac(nullptr, "CMAC", nullptr, "AES-128-CBC", nullptr, under.mac.data(), under.mac.size(), covered.data(),
                  covered.size(), mac.data(), mac.size(), &size) == nullptr)
        return std::unexpected("CMAC failed");
    if (!std::ranges::equal(segment.value.last(8), base::byte_view(mac).first(8)))
        return std::unexpected("a MAC is wrong");
    under.chaining = mac;
    const auto data = segment.value.first(segment.value.size() - 8);
    base::bytes number(16);
    number[14] = static_cast<std::uint8_t>(under.counter >> 8);
    number[15] = static_cast<std::uint8_t>(under.counter++);
    if (!sealed) return base::bytes(data.begin(), data.end());

    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    base::bytes initial(16), out(data.size() + 16);
    int count = 0;
    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, under.encryption.data(), nullptr);
    EVP_EncryptUpdate(context, initial.data(), &count, number.data(), 16);
    EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), nullptr, under.encryption.data(), initial.data());
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_DecryptUpdate(context, out.data(), &count, data.data(), static_cast<int>(data.size()));
    EVP_CIPHER_CTX_free(context);
    out.resize(static_cast<std::size_t>(count));
    while (!out.empty() && out.back() == 0) out.pop_back();
    if (out.empty() || out.back() != 0x80) return std::unexpected("a segment's padding is wrong");
    out.pop_back();
    return out;
}

inline std::expected<loaded, std::string> euicc::load(const session& ongoing, base::byte_view package) const {
    const auto outer = der::only_element(package, 0xbf36);
    if (!outer) return std::unexpected("no BF36");
    der::reader parts(*outer);
    const auto opening = parts.expect(0xbf23, "BF23");
    if (!opening) return std::unexpected("no BF23");
    der::reader fields(*opening);
    const auto operation = fields.expect(0x82, "82"), transaction = fields.expect(0x80, "80"),
               control = fields.expect(0xa6, "A6"), otpk = fields.expect(0x5f49, "5F49");
    if (!operation || !transaction || !control || !otpk) return std::unexpected("BF23 lacks something");
    const auto covered = base::byte_view(opening->value.data(), otpk->whole.data() + otpk->whole.size());
    const auto given = fields.expect(0x5f37, "5F37");
    const auto key = public_key::from_point(pki_.binding_key.which(), pki_.binding_key.point());
    if (!given || !key->verifies(joined({covered, element(0x5f49, one_time_.point())}), given->value))
        return std::unexpected("smdpSign does not verify");
    if (!std::ranges::equal(transaction->value, ongoing.id)) return std::unexpected("another transaction");
    der::reader control_fields(*control);
    const auto type = control_fields.expect(0x80, "80"), length = control_fields.expect(0x81, "81"),
               host = control_fields.expect(0x84, "84");
    if (!type || type->value[0] != 0x88 || !length || length->value[0] != 0x10 || !host)
        return std::unexpected("the control reference template is wrong");
    auto under = derive(one_time_.agree(otpk->value), host->value);
    if (!under) return std::unexpected(under.error());

    loaded out;
    while (!parts.at_end()) {
        const auto group = parts.next();
        if (!group) return std::unexpected("a group is broken");
        const auto wanted = group->what == 0xa1 ? 0x88u : group->what == 0xa3 ? 0x86u : 0x87u;
        for (der::reader segments(*group); !segments.at_end();) {
            const auto segment = segments.expect(wanted, "segment");
            if (!segment) return std::unexpected("a segment is broken");
            out.segments.push_back(segment->whole.size());
            auto plain = open(*under, *segment, wanted != 0x88);
            if (!plain) return std::unexpected(plain.error());
            if (group->what == 0xa2) {
                const auto replace = der::only_element(*plain, 0xbf26);
                if (!replace || replace->value.size() != 54) return std::unexpected("BF26 is wrong");
                const auto at = [&](std::size_t from) {
                    return base::bytes(replace->value.begin() + static_cast<std::ptrdiff_t>(from),
                                       replace->value.begin() + static_cast<std::ptrdiff_t>(from) + 16);
                };
                *under = channel{at(2), at(20), at(38)};
                out.replaced_keys = true;
                continue;
            }
            auto& into = group->what == 0xa0 ? out.configure_isdp : group->what == 0xa1 ? out.metadata : out.profile;
            into.insert(into.end(), plain->begin(), plain->end());
        }
    }
    return out;
}

}  // namespace keepline::rsp::test
