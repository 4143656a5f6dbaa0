// A certificate and a key set from anywhere: the part before the first line feed is the JWS, the rest the JWKS. Nothing
// that was not made by the key in the corpus may ever verify.
#include "link/jws.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace keepline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = base::text({data, size});
    const auto cut = text.find('\n');
    (void)link::verify_jws(text.substr(0, cut), cut == std::string_view::npos ? "" : text.substr(cut + 1));
    return 0;
}
