// A certificate and a key set from anywhere: the part before the first line feed is the JWS, the rest the JWKS. The
// corpus names the public key of RFC 8037 with signatures that do not fit, so that a verifying input would be a
// forgery.
#include "link/jws.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = base::text({data, size});
    const auto cut = text.find('\n');
    const auto jwks = cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
    const bool known_key = jwks.contains("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    if (link::verify_jws(text.substr(0, cut), jwks) && known_key) std::abort();
    return 0;
}
