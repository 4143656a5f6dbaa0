#include "rsp/crypto.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "rsp/der.hpp"
#include "rsp/openssl_owned.hpp"

#include <algorithm>
#include <cstring>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

using big_number = openssl_owned<BIGNUM, BN_clear_free>;
using curve_point = openssl_owned<EC_POINT, EC_POINT_clear_free>;
using key_context = openssl_owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using owned_key = openssl_owned<EVP_PKEY, EVP_PKEY_free>;

constexpr int nid_of(curve which) { return which == curve::p256 ? NID_X9_62_prime256v1 : NID_brainpoolP256r1; }

const EC_GROUP* group_of(curve which) {
    static const std::array groups{EC_GROUP_new_by_curve_name(nid_of(curve::p256)),
                                   EC_GROUP_new_by_curve_name(nid_of(curve::brainpool_p256))};
    const EC_GROUP* group = groups[static_cast<std::size_t>(which)];
    ENSURE(group != nullptr);
    return group;
}

BN_CTX* numbers() {
    thread_local const openssl_owned<BN_CTX, BN_CTX_free> context(BN_CTX_new());
    ENSURE(context != nullptr);
    return context.get();
}

/// A key that only names the curve. To copy it is five times quicker than to build a key from its parameters.
EVP_PKEY* curve_template(curve which) {
    static const auto make = [](curve wanted) {
        std::string name(OBJ_nid2sn(nid_of(wanted)));
        rsp::point generator{};
        const EC_GROUP* group = group_of(wanted);
        ENSURE(EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), POINT_CONVERSION_UNCOMPRESSED,
                                  generator.data(), generator.size(), nullptr) == generator.size());
        const std::array parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, generator.data(), generator.size()),
            OSSL_PARAM_construct_end()};
        const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
        EVP_PKEY* key = nullptr;
        ENSURE(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
        ENSURE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                                 const_cast<OSSL_PARAM*>(parameters.data())) == 1);
        return key;
    };
    static const std::array templates{make(curve::p256), make(curve::brainpool_p256)};
    return templates[static_cast<std::size_t>(which)];
}

base::digest digest_of(message what) {
    if (what.size() == 1) return base::sha256(what[0]);
    static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const openssl_owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    base::digest out{};
    ENSURE(EVP_DigestInit_ex2(context.get(), md, nullptr) == 1);
    for (const auto part : what) ENSURE(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    ENSURE(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
    return out;
}

byte_view without_leading_zeros(byte_view number) {
    while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
    return number;
}

/// SEQUENCE { r INTEGER, s INTEGER } of 32-byte numbers: at most 72 bytes.
struct der_signature {
    base::byte_array<72> bytes{};
    std::size_t size = 2;

    explicit der_signature(byte_view r_and_s) {
        add(without_leading_zeros(r_and_s.first(32)));
        add(without_leading_zeros(r_and_s.last(32)));
        bytes[0] = 0x30;
        bytes[1] = static_cast<std::uint8_t>(size - 2);
    }
    void add(byte_view number) {
        const bool pad = number[0] >= 0x80;
        bytes[size++] = 0x02;
        bytes[size++] = static_cast<std::uint8_t>(number.size() + (pad ? 1 : 0));
        if (pad) bytes[size++] = 0;
        std::ranges::copy(number, bytes.begin() + static_cast<std::ptrdiff_t>(size));
        size += number.size();
    }
    byte_view view() const { return byte_view(bytes).first(size); }
};

/// The other way, for what OpenSSL signed.
signature raw_signature(byte_view der) {
    signature out{};
    const auto outer = der::only_element(der, der::sequence);
    ENSURE(outer.has_value());
    der::reader inside(*outer);
    for (std::size_t half = 0; half < 2; ++half) {
        const auto number = inside.expect(der::integer, "r or s");
        ENSURE(number.has_value());
        const auto digits = without_leading_zeros(number->value);
        ENSURE(digits.size() <= 32);
        std::ranges::copy(digits, out.begin() + static_cast<std::ptrdiff_t>(32 * (half + 1) - digits.size()));
    }
    return out;
}

}  // namespace

std::string_view name_of(curve which) { return which == curve::p256 ? "P-256" : "brainpoolP256r1"; }

result<public_key> public_key::from_point(curve which, byte_view encoded) {
    rsp::point full{};
    if (encoded.size() == 33 && (encoded[0] == 2 || encoded[0] == 3)) {
        const curve_point decoded(EC_POINT_new(group_of(which)));
        if (EC_POINT_oct2point(group_of(which), decoded.get(), encoded.data(), encoded.size(), numbers()) != 1) {
            ERR_clear_error();
            return refuse(code::malformed, "A public key is not on its curve.");
        }
        ENSURE(EC_POINT_point2oct(group_of(which), decoded.get(), POINT_CONVERSION_UNCOMPRESSED, full.data(),
                                  full.size(), numbers()) == full.size());
    } else if (encoded.size() == full.size() && encoded[0] == 4) {
        std::ranges::copy(encoded, full.begin());
    } else {
        return refuse(code::malformed, "A public key has a form that is not known.");
    }
    std::shared_ptr<EVP_PKEY> key(EVP_PKEY_new(), EVP_PKEY_free);
    if (EVP_PKEY_copy_parameters(key.get(), curve_template(which)) != 1 ||
        EVP_PKEY_set1_encoded_public_key(key.get(), full.data(), full.size()) != 1) {
        ERR_clear_error();
        return refuse(code::malformed, "A public key is not on its curve.");
    }
    return public_key(which, full, std::move(key));
}

bool public_key::verifies_digest(const base::digest& digest, byte_view der_signature) const {
    const key_context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    ENSURE(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
    if (EVP_PKEY_verify(context.get(), der_signature.data(), der_signature.size(), digest.data(), digest.size()) == 1)
        return true;
    ERR_clear_error();
    return false;
}

bool public_key::verifies(message what, byte_view r_and_s) const {
    if (r_and_s.size() != 64) return false;
    return verifies_digest(digest_of(what), der_signature(r_and_s).view());
}

bool public_key::verifies_der(byte_view what, byte_view der_signature) const {
    return verifies_digest(base::sha256(what), der_signature);
}

namespace {

owned_key read_private_key(byte_view file) {
    const auto no_password = [](char*, int, int, void*) { return -1; };
    if (base::text(file).contains("-----BEGIN")) {
        const openssl_owned<BIO, BIO_free_all> in(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
        return owned_key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
    }
    const unsigned char* at = file.data();
    return owned_key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(file.size())));
}

}  // namespace

result<std::shared_ptr<const software_key>> software_key::load(byte_view file) {
    if (file.size() > 16'384) return refuse(code::invalid, "The file is too large for a private key.");
    auto key = read_private_key(file);
    ERR_clear_error();
    if (!key) return refuse(code::invalid, "The file holds no private key that can be read without a password.");
    base::byte_array<65> encoded{};
    std::size_t size = 0;
    std::array<char, 64> group{};
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &size) != 1)
        return refuse(code::invalid, "The private key is not of a named elliptic curve.");
    const std::string_view name(group.data());
    const bool brainpool = name == OBJ_nid2sn(NID_brainpoolP256r1);
    if (!brainpool && name != OBJ_nid2sn(NID_X9_62_prime256v1))
        return refuse(code::invalid, "The private key is neither on P-256 nor on brainpoolP256r1.");
    if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size(), &size) != 1)
        return refuse(code::invalid, "The private key comes without its public half.");
    TRY(own, public_key::from_point(brainpool ? curve::brainpool_p256 : curve::p256, byte_view(encoded).first(size)));
    std::shared_ptr<EVP_PKEY> shared(key.release(), EVP_PKEY_free);
    return std::shared_ptr<const software_key>(new software_key(std::move(own), std::move(shared)));
}

result<signature> software_key::sign(message what) const {
    const auto digest = digest_of(what);
    const key_context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    base::byte_array<80> der{};
    std::size_t size = der.size();
    if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest.size()) != 1) {
        ERR_clear_error();
        return refuse(code::internal, "The key could not sign.");
    }
    return raw_signature(byte_view(der).first(size));
}

one_time_key one_time_key::make(curve which, random_source& random) {
    const EC_GROUP* group = group_of(which);
    one_time_key out;
    out.curve_ = which;
    const big_number scalar(BN_secure_new());
    do {  // a number from 1 to n-1; the first try is almost always good
        random.fill(out.secret_);
        ENSURE(BN_bin2bn(out.secret_.data(), static_cast<int>(out.secret_.size()), scalar.get()) != nullptr);
    } while (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group)) >= 0);
    BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
    const curve_point own(EC_POINT_new(group));
    ENSURE(EC_POINT_mul(group, own.get(), scalar.get(), nullptr, nullptr, numbers()) == 1);
    ENSURE(EC_POINT_point2oct(group, own.get(), POINT_CONVERSION_UNCOMPRESSED, out.public_.data(), out.public_.size(),
                              numbers()) == out.public_.size());
    return out;
}

one_time_key::one_time_key(one_time_key&& other) noexcept
    : curve_(other.curve_), public_(other.public_), secret_(other.secret_) {
    wipe(other.secret_);
}

one_time_key& one_time_key::operator=(one_time_key&& other) noexcept {
    if (this == &other) return *this;
    curve_ = other.curve_;
    public_ = other.public_;
    secret_ = other.secret_;
    wipe(other.secret_);
    return *this;
}

one_time_key::~one_time_key() { wipe(secret_); }

result<base::byte_array<32>> one_time_key::agree(byte_view other_point) const {
    const EC_GROUP* group = group_of(curve_);
    const curve_point other(EC_POINT_new(group));
    if (other_point.size() != 65 || other_point[0] != 4 ||
        EC_POINT_oct2point(group, other.get(), other_point.data(), other_point.size(), numbers()) != 1) {
        ERR_clear_error();
        return refuse(code::malformed, "A one-time key is not on the curve.");
    }
    const big_number scalar(BN_secure_new());
    const big_number x(BN_secure_new());
    ENSURE(BN_bin2bn(secret_.data(), static_cast<int>(secret_.size()), scalar.get()) != nullptr);
    BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
    const curve_point shared(EC_POINT_new(group));
    base::byte_array<32> out{};
    ENSURE(EC_POINT_mul(group, shared.get(), nullptr, other.get(), scalar.get(), numbers()) == 1);
    if (EC_POINT_get_affine_coordinates(group, shared.get(), x.get(), nullptr, numbers()) != 1) {
        ERR_clear_error();
        return refuse(code::malformed, "A key agreement gave no point.");
    }
    ENSURE(BN_bn2binpad(x.get(), out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size()));
    return out;
}

one_time_key one_time_keys::take(curve which, random_source& random) {
    {
        const std::lock_guard hold(lock_);
        auto& ready = ready_[static_cast<std::size_t>(which)];
        if (!ready.empty()) {
            auto key = std::move(ready.front());
            ready.pop_front();
            return key;
        }
    }
    return one_time_key::make(which, random);
}

void one_time_keys::refill(curve which, std::size_t wanted, random_source& random) {
    while (size(which) < wanted) {
        auto key = one_time_key::make(which, random);
        const std::lock_guard hold(lock_);
        ready_[static_cast<std::size_t>(which)].push_back(std::move(key));
    }
}

std::size_t one_time_keys::size(curve which) const {
    const std::lock_guard hold(lock_);
    return ready_[static_cast<std::size_t>(which)].size();
}

void x963_kdf(byte_view secret, byte_view shared_info, std::span<std::uint8_t> out) {
    for (std::uint32_t counter = 1; !out.empty(); ++counter) {
        const base::byte_array<4> number{static_cast<std::uint8_t>(counter >> 24),
                                         static_cast<std::uint8_t>(counter >> 16),
                                         static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
        const std::array<byte_view, 3> parts{secret, number, shared_info};
        auto block = digest_of(parts);
        const std::size_t taken = std::min(out.size(), block.size());
        std::copy_n(block.begin(), taken, out.begin());
        out = out.subspan(taken);
        wipe(block);
    }
}

namespace {

const EVP_CIPHER* aes_cipher() {
    static const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    ENSURE(cipher != nullptr);
    return cipher;
}

EVP_CIPHER_CTX* cipher_context(const block& key, bool encrypt) {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    ENSURE(context != nullptr);
    const block zero{};
    ENSURE(EVP_CipherInit_ex2(context, aes_cipher(), key.data(), zero.data(), encrypt ? 1 : 0, nullptr) == 1);
    ENSURE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
    return context;
}

void run_cipher(void* context, const block& initial, std::span<std::uint8_t> data) {
    ENSURE(data.size() % 16 == 0);
    auto* const cipher = static_cast<EVP_CIPHER_CTX*>(context);
    int size = 0;
    ENSURE(EVP_CipherInit_ex2(cipher, nullptr, nullptr, initial.data(), -1, nullptr) == 1);
    ENSURE(EVP_CipherUpdate(cipher, data.data(), &size, data.data(), static_cast<int>(data.size())) == 1 &&
           static_cast<std::size_t>(size) == data.size());
}

/// Multiplication by x in GF(2^128) (RFC 4493 §2.3).
block doubled(const block& in) {
    block out{};
    for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>(in[i] << 1 | (i < 15 ? in[i + 1] >> 7 : 0));
    if ((in[0] & 0x80) != 0) out[15] ^= 0x87;
    return out;
}

}  // namespace

aes::aes(const block& key) : encrypting_(cipher_context(key, true)), key_(key) {
    subkey_1_ = doubled(encrypt_block({}));
    subkey_2_ = doubled(subkey_1_);
}

aes::~aes() {
    EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(encrypting_));
    EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(decrypting_));
    wipe(key_);
    wipe(subkey_1_);
    wipe(subkey_2_);
}

void aes::cbc_encrypt(const block& initial, std::span<std::uint8_t> data) const {
    run_cipher(encrypting_, initial, data);
}

void aes::cbc_decrypt(const block& initial, std::span<std::uint8_t> data) const {
    if (decrypting_ == nullptr) decrypting_ = cipher_context(key_, false);
    run_cipher(decrypting_, initial, data);
}

block aes::encrypt_block(const block& in) const {
    block out = in;
    run_cipher(encrypting_, {}, out);
    return out;
}

block aes::cmac(message what) const {
    // CBC over the whole message at once is three times as fast as OpenSSL's own CMAC, which goes block by block.
    thread_local base::bytes scratch;
    scratch.clear();
    for (const auto part : what) scratch.insert(scratch.end(), part.begin(), part.end());
    const bool whole = !scratch.empty() && scratch.size() % 16 == 0;
    if (!whole) {
        scratch.push_back(0x80);
        scratch.resize((scratch.size() + 15) / 16 * 16);
    }
    const auto last = std::span(scratch).last(16);
    const block& subkey = whole ? subkey_1_ : subkey_2_;
    for (std::size_t i = 0; i < 16; ++i) last[i] ^= subkey[i];
    run_cipher(encrypting_, {}, scratch);
    block out{};
    std::ranges::copy(last, out.begin());
    return out;
}

void wipe(std::span<std::uint8_t> secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace keepline::rsp
