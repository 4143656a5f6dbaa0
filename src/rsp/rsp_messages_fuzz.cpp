// Every binary request of ES9+ from anywhere, in the stage that takes it. The first byte says which one. The keys are
// made when the program starts, so no input can be signed by an eUICC: whatever gets through is a forgery.
#include "rsp/cancel.hpp"
#include "rsp/metadata.hpp"
#include "rsp/test_euicc.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;
using namespace keepline::rsp;

namespace {

constexpr base::instant fuzz_time{1'795'000'000'000};

struct fuzz_world {
    test::pki all;
    provider server = all.server();
    test::seeded_random random;
    session fresh, offered;

    fuzz_world() {
        test::euicc phone(all);
        const auto info = phone.info_1();
        auto begun = initiate(server, phone.ask(info), fuzz_time, random).value();
        fresh = begun.started;
        auto who =
            authenticate(server, begun.started, begun.started.text(), phone.authenticate(begun, "MID"), fuzz_time);
        ENSURE(who.has_value() && offer(server, begun.started, *who, {}).has_value());
        offered = begun.started;
    }
};

void forged(bool accepted) {
    if (accepted) std::abort();
}

void read_notification(const fuzz_world& world, base::byte_view input) {
    const auto found = parse_notification(input);
    if (!found) return;
    if (const auto* other = std::get_if<other_notification>(&*found))
        forged(verify_other(*world.server.trusted, *other, fuzz_time).has_value());
    if (const auto* result = std::get_if<installation_result>(&*found)) {
        static_cast<void>(sima_error(result->sima_response));
        const auto key = public_key::from_point(world.offered.euicc_curve, world.offered.euicc_key).value();
        forged(verify_result(*result, key, result->transaction, result->smdp_oid).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz_world world;
    if (size == 0) return 0;
    const base::byte_view input(data + 1, size - 1);
    switch (data[0] % 8) {
        case 0: {
            const base::byte_array<16> challenge{};
            static_cast<void>(initiate(world.server, {challenge, input, "smdp.example.com"}, fuzz_time, world.random));
            break;
        }
        case 1: {
            auto ongoing = world.fresh;
            forged(authenticate(world.server, ongoing, ongoing.text(), input, fuzz_time).has_value());
            if (const auto parsed = parse_authenticate_response(input); parsed && parsed->ok)
                static_cast<void>(parse_euicc_info_2(parsed->ok->info_2));
            break;
        }
        case 2: {
            auto ongoing = world.offered;
            forged(prepare(world.server, ongoing, ongoing.text(), input).has_value());
            break;
        }
        case 3: {
            auto ongoing = world.offered;
            forged(cancel(world.server, ongoing, ongoing.text(), input).has_value());
            break;
        }
        case 4: read_notification(world, input); break;
        case 5:
            if (const auto metadata = parse_metadata(input); metadata && !metadata->iccid.empty())
                static_cast<void>(build_metadata(*metadata));
            break;
        case 6:
            if (const auto stored = session::parse(input))
                forged(!(session::parse(stored->serialise()).value() == *stored));
            break;
        default: {
            const auto text = base::text(input);
            if (const auto key = transaction_key(text)) forged(transaction_key(*key) != key);
            if (const auto iccid = iccid_from_swapped(input)) forged(!iccid_to_swapped(*iccid));
        }
    }
    return 0;
}
