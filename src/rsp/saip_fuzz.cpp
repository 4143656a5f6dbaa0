// Fuzz target: any bytes as an operator's profile template. What is read must not crash; what can be personalised must
// read back as what was put in, and must stay the same when it is personalised again.
#include "base/ensure.hpp"
#include "rsp/profile_package.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline;
    const base::byte_view input(data, size);
    static_cast<void>(rsp::check_package(input));
    static_cast<void>(rsp::read_package(input));
    rsp::profile_secrets secrets;
    secrets.ki = "465b5ce8b199b49faa5f0a2ee238a6bc";
    secrets.opc = "cd63cb71954a9f4e48a5994e37a02baf";
    secrets.pin1 = "1234";
    secrets.puk1 = "12345678";
    secrets.kic = secrets.ki;
    rsp::profile_data wanted;
    wanted.iccid = base::iccid::trusted("8986001234567890120");
    wanted.imsi = base::imsi::trusted("460011234567895");
    wanted.msisdn = base::msisdn::trusted("+8613800138000");
    wanted.provider_name = "Keepline";
    const auto made = rsp::personalise(input, wanted, secrets);
    const rsp::package_template known(base::bytes(data, data + size));
    for (int twice = 0; twice < 2; ++twice) {
        const auto patched = known.personalise(wanted, secrets);
        ENSURE(patched.has_value() == made.has_value() && (!made || patched->package == made->package));
    }
    if (!made) return 0;
    // Known from one profile, made for another.
    auto others = wanted;
    others.iccid = base::iccid::trusted("8944000000000000001");
    others.imsi = base::imsi::trusted("001010000000001");
    const auto whole = rsp::personalise(input, others, secrets), patched = known.personalise(others, secrets);
    ENSURE(patched.has_value() == whole.has_value() && (!whole || patched->package == whole->package));
    const auto read = rsp::read_package(made->package);
    ENSURE(read && read->imsi == wanted.imsi && read->ef_iccid == wanted.iccid);
    const auto again = rsp::personalise(made->package, wanted, secrets);
    ENSURE(again && again->package == made->package);
    return 0;
}
