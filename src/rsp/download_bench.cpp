// What one download costs the server's CPU, beside the cryptography that no server can leave out: 3 signatures, 1 key
// made, 5 verified, 1 agreed, and a package of 12 KB encrypted and authenticated. The phone's own work is done
// beforehand or outside of the clock.
#include "rsp/metadata.hpp"
#include "rsp/profile_package.hpp"
#include "rsp/test_euicc.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>

using namespace keepline;
using namespace keepline::rsp;

namespace {

constexpr base::instant bench_time{1'795'000'000'000};

double cpu_us() {
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Adds up only the time between `begin` and `end`.
struct stopwatch {
    double total = 0, since = 0;
    void begin() { since = cpu_us(); }
    void end() { total += cpu_us() - since; }
};

double floor_us(curve which, int rounds) {
    const test::key_pair pair(which), other(which);
    const auto key = pair.loaded();
    const auto public_half = public_key::from_point(which, pair.point()).value();
    test::seeded_random random;
    const base::bytes text(300, 1);
    const base::byte_view part = text;
    const auto made = key->sign({&part, 1}).value();
    base::bytes package(12'288);
    stopwatch clock;
    for (int i = 0; i < rounds; ++i) {
        clock.begin();
        for (int k = 0; k < 3; ++k) ENSURE(key->sign({&part, 1}).has_value());
        for (int k = 0; k < 5; ++k) ENSURE(public_half.verifies(part, made));
        const auto one_time = one_time_key::make(which, random);
        ENSURE(one_time.agree(other.point()).has_value());
        const aes cipher({});
        for (std::size_t at = 0; at < package.size(); at += 1008)
            cipher.cbc_encrypt({}, std::span(package).subspan(at, std::min<std::size_t>(1008, package.size() - at)));
        const base::byte_view whole = package;
        static_cast<void>(cipher.cmac({&whole, 1}));
        clock.end();
    }
    return clock.total / rounds;
}

double download_us(curve which, int rounds) {
    const test::pki all(which);
    const provider server = all.server();
    test::euicc phone(all);
    test::seeded_random random;
    const auto info = phone.info_1();
    const base::bytes profile(11'000, 0x42);
    const auto metadata = build_metadata({.iccid = "8986001234567890123",
                                          .provider_name = "Keepline",
                                          .profile_name = "Line",
                                          .notification_address = "smdp.example.com"})
                              .value();
    stopwatch clock;
    for (int i = 0; i < rounds; ++i) {
        clock.begin();
        auto begun = initiate(server, phone.ask(info), bench_time, random).value();
        clock.end();
        const auto answer = phone.authenticate(begun, "MID");
        clock.begin();
        auto ongoing = session::parse(begun.started.serialise()).value();
        const auto who = authenticate(server, ongoing, begun.started.text(), answer, bench_time).value();
        const auto shown = offer(server, ongoing, who, {}).value();
        clock.end();
        const auto ready_answer = phone.prepare(ongoing, shown, {});
        clock.begin();
        ongoing = session::parse(ongoing.serialise()).value();
        const auto ready = prepare(server, ongoing, ongoing.text(), ready_answer).value();
        const auto package = bind(server, ongoing, ready, {profile, metadata, key_mode::random_keys},
                                  one_time_key::make(which, random), random);
        ENSURE(package.has_value());
        clock.end();
        const auto installed = phone.installation_result(ongoing.id, "8986001234567890123");
        clock.begin();
        const auto notification = parse_notification(installed).value();
        const auto key = public_key::from_point(ongoing.euicc_curve, ongoing.euicc_key).value();
        ENSURE(verify_result(std::get<installation_result>(notification), key, ongoing.id, "2.999.10").has_value());
        clock.end();
    }
    return clock.total / rounds;
}

/// A profile's package from its template: parsed and checked for each, and by what was found out with the first one.
void measure_template() {
    const base::bytes raw = builtin_template({});
    const package_template known(raw);
    test::seeded_random random;
    const auto secrets = draw_secrets(random, aka_algorithm::milenage, base::bytes(16, 7)).value();
    profile_data data;
    data.iccid = base::iccid::trusted("8986001234567890120");
    data.imsi = base::imsi::trusted("460011234567895");
    data.msisdn = base::msisdn::trusted("+8613800138000");
    data.provider_name = "Keepline";
    data.profile_type = "bench";
    constexpr int rounds = 5'000;
    const auto each_us = [&](const auto& make) {
        stopwatch clock;
        ENSURE(make().has_value());
        clock.begin();
        for (int i = 0; i < rounds; ++i) ENSURE(make().has_value());
        clock.end();
        return clock.total / rounds;
    };
    const double whole = each_us([&] { return personalise(raw, data, secrets); });
    const double patched = each_us([&] { return known.personalise(data, secrets); });
    std::printf("{\"template_us\":%.2f,\"patched_us\":%.2f,\"bytes\":%zu}\n", whole, patched, raw.size());
}

}  // namespace

/// Prints a line for each curve, and one for the template, as JSON.
int main() {
    for (const auto which : {curve::p256, curve::brainpool_p256}) {
        const int rounds = which == curve::p256 ? 2000 : 200;
        const double least = floor_us(which, rounds), spent = download_us(which, rounds);
        std::printf("{\"curve\":\"%.*s\",\"floor_us\":%.1f,\"download_us\":%.1f}\n",
                    static_cast<int>(name_of(which).size()), name_of(which).data(), least, spent);
    }
    measure_template();
}
