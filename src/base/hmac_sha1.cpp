#include "base/hmac_sha1.hpp"

#include "base/ensure.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace keepline::base {

byte_array<20> hmac_sha1(byte_view key, byte_view data) {
    byte_array<20> out{};
    unsigned length = 0;
    const auto* made =
        HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), &length);
    ENSURE(made != nullptr && length == out.size());
    return out;
}

}  // namespace keepline::base
