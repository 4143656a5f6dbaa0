#include "rsp/milenage.hpp"

#include "base/ensure.hpp"

#include <openssl/evp.h>

namespace keepline::rsp {

milenage_key opc(const milenage_key& ki, const milenage_key& op) {
    auto* context = EVP_CIPHER_CTX_new();
    ENSURE(context != nullptr);
    base::byte_array<32> out{};
    int written = 0;
    ENSURE(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, ki.data(), nullptr) == 1);
    ENSURE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
    ENSURE(EVP_EncryptUpdate(context, out.data(), &written, op.data(), static_cast<int>(op.size())) == 1);
    ENSURE(written == static_cast<int>(op.size()));
    EVP_CIPHER_CTX_free(context);
    milenage_key derived{};
    for (std::size_t i = 0; i < derived.size(); ++i) derived[i] = static_cast<std::uint8_t>(out[i] ^ op[i]);
    return derived;
}

}  // namespace keepline::rsp
