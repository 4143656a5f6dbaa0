// Whatever a page says that a device has made or signed: nothing is believed that was not signed, and nothing breaks.
#include "desk/webauthn.hpp"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline;  // NOLINT(google-build-using-namespace): a program of its own
    static const auto here = desk::webauthn::party_of("http://localhost:8090");
    static const std::string client = R"({"type":"webauthn.create","challenge":"YQ","origin":"http://localhost:8090"})";
    const base::byte_view all(data, size);
    (void)desk::webauthn::challenge_in(base::text(all));
    (void)desk::webauthn::check_made(here, "YQ", client, all);
    (void)desk::webauthn::check_made(here, "YQ", base::text(all), all);
    domain::passkey known;
    known.algorithm = static_cast<domain::passkey_algorithm>(size % 3);
    known.key = base::base64url(all.first(size / 2));
    (void)desk::webauthn::check_signed(here, "YQ", known, client, all.first(size / 2), all.subspan(size / 2));
    return 0;
}
