// Any bytes as a certificate (DER or PEM), as a CRL, and as both certificates of an eUICC's chain. No input can have
// been signed by the CI, whose key is made when the program starts.
#include "rsp/test_pki.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;
using namespace keepline::rsp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::pki all;
    static const auto trusted = all.trusted();
    static const auto ci = test::parsed(all.ci_certificate());
    static const auto eum = all.eum_certificate();
    const base::byte_view input(data, size);
    const base::instant now{1'795'000'000'000};
    if (const auto found = load_certificate(input)) static_cast<void>(unfit(**found, *ci, role::eum));
    if (parse_crl(input, *ci)) std::abort();
    if (trusted->verify_euicc(input, eum, {}, now)) std::abort();
    if (trusted->verify_euicc(input, input, {}, now)) std::abort();
    return 0;
}
