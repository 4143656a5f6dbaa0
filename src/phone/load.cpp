#include "phone/load.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <sys/resource.h>
#include <thread>

namespace keepline::phone {

namespace {

struct sample {
    std::int64_t whole_us = 0;
    std::int64_t initiate_us = 0;
    std::int64_t authenticate_us = 0;
    std::int64_t package_us = 0;
    std::int64_t notification_us = 0;
};

using steady = std::chrono::steady_clock;

struct shared_run {
    const steady::time_point start = steady::now();
    std::mutex guard;
    std::size_t begun = 0;
    std::vector<sample> samples;
    std::size_t notifications = 0;
    std::size_t failed = 0;
    std::map<std::string, std::size_t> errors;
};

double cpu_seconds_now() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <typename Of>
latency_row latency(const std::vector<sample>& from, Of of) {
    latency_row out;
    if (from.empty()) return out;
    std::vector<double> all;
    all.reserve(from.size());
    for (const auto& one : from) all.push_back(static_cast<double>(of(one)) / 1000.0);
    std::ranges::sort(all);
    double sum = 0;
    for (const double one : all) sum += one;
    const auto at = [&](double share) {
        return all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
    };
    return {sum / static_cast<double>(all.size()), at(0.50), at(0.90), at(0.99), all.back()};
}

struct task {
    std::string code;
    steady::time_point due;  // when it was to begin
};

std::optional<task> take_task(const load_settings& settings, shared_run& run,
                              const std::function<std::optional<std::string>()>& next_code) {
    const std::scoped_lock lock(run.guard);
    if (settings.downloads != 0 && run.begun >= settings.downloads) return std::nullopt;
    auto code = next_code();
    if (!code) return std::nullopt;
    const auto number = run.begun++;
    if (settings.per_second <= 0) return task{std::move(*code), steady::now()};
    const auto after = std::chrono::duration<double>(static_cast<double>(number) / settings.per_second);
    return task{std::move(*code), run.start + std::chrono::duration_cast<steady::duration>(after)};
}

base::result<int> live_with_it(lpa& phone, const std::string& iccid) {
    CHECK(phone.enable(iccid));
    CHECK(phone.disable(iccid));
    CHECK(phone.remove(iccid));
    return phone.send_notifications();
}

base::result<sample> one_download(lpa& phone, euicc& card, const load_settings& settings, const task& what,
                                  std::size_t& notifications) {
    TRY(parsed, parse_activation_code(what.code));
    download_request asked;
    asked.code = std::move(parsed);
    asked.omit_matching_id = asked.code.matching_id.empty();
    asked.confirmation_code = settings.confirmation_code;
    TRY(done, phone.download(asked));
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - what.due).count();
    notifications += static_cast<std::size_t>(done.notifications_sent);
    if (!done.installed)
        return base::refuse(base::code::peer_garbled,
                            "installation failed with reason " + std::to_string(done.error_reason) + " at " +
                                std::to_string(done.bpp_command) + ": " + card.installation_failure());
    if (settings.lifecycle) {
        TRY(sent, live_with_it(phone, done.iccid));
        notifications += static_cast<std::size_t>(sent);
    }
    return sample{whole, done.initiate_us, done.authenticate_us, done.package_us, done.notification_us};
}

void one_phone(const load_settings& settings, const identity& who, shared_run& run,
               const std::function<std::optional<std::string>()>& next_code) {
    euicc card(who, {}, {}, settings.wrong);
    direct_link link(card);
    https_client network(settings.https);
    es9_client server(network);
    lpa_memory memory;
    lpa phone(link, server, memory, settings.wrong);
    while (const auto what = take_task(settings, run, next_code)) {
        std::this_thread::sleep_until(what->due);
        std::size_t notifications = 0;
        const auto done = one_download(phone, card, settings, *what, notifications);
        // The next download finds an empty phone (its counters go on).
        card.memory().profiles.clear();
        card.memory().notifications.clear();
        card.memory().memory_free = card_memory{}.memory_free;
        if (settings.hang_up) network.hang_up();
        const std::scoped_lock lock(run.guard);
        run.notifications += notifications;
        if (done) {
            run.samples.push_back(*done);
        } else {
            ++run.failed;
            ++run.errors[done.error().words];
        }
    }
}

}  // namespace

load_report run_load(const load_settings& settings, const std::vector<identity>& cards,
                     const std::function<std::optional<std::string>()>& next_code) {
    shared_run run;
    const double cpu_before = cpu_seconds_now();
    {
        std::vector<std::jthread> threads;
        threads.reserve(settings.phones);
        for (std::size_t i = 0; i < settings.phones; ++i)
            threads.emplace_back([&, i] { one_phone(settings, cards[i % cards.size()], run, next_code); });
    }
    load_report out;
    out.phones = settings.phones;
    out.seconds = std::chrono::duration<double>(steady::now() - run.start).count();
    out.cpu_seconds = cpu_seconds_now() - cpu_before;
    out.succeeded = run.samples.size();
    out.failed = run.failed;
    out.notifications = run.notifications;
    out.per_second = out.seconds > 0 ? static_cast<double>(out.succeeded) / out.seconds : 0;
    out.errors = std::move(run.errors);
    out.download = latency(run.samples, [](const sample& s) { return s.whole_us; });
    out.server = latency(run.samples, [](const sample& s) {
        return s.initiate_us + s.authenticate_us + s.package_us + s.notification_us;
    });
    out.initiate = latency(run.samples, [](const sample& s) { return s.initiate_us; });
    out.authenticate = latency(run.samples, [](const sample& s) { return s.authenticate_us; });
    out.package = latency(run.samples, [](const sample& s) { return s.package_us; });
    out.notification = latency(run.samples, [](const sample& s) { return s.notification_us; });
    return out;
}

std::string to_json(const load_report& report) {
    const auto row = [](const latency_row& of) {
        return boost::json::object{{"mean_ms", of.mean_ms},
                                   {"p50_ms", of.p50_ms},
                                   {"p90_ms", of.p90_ms},
                                   {"p99_ms", of.p99_ms},
                                   {"max_ms", of.max_ms}};
    };
    boost::json::object errors;
    for (const auto& [words, count] : report.errors) errors[words] = count;
    return boost::json::serialize(boost::json::object{{"phones", report.phones},
                                                      {"succeeded", report.succeeded},
                                                      {"failed", report.failed},
                                                      {"notifications", report.notifications},
                                                      {"seconds", report.seconds},
                                                      {"per_second", report.per_second},
                                                      {"cpu_seconds", report.cpu_seconds},
                                                      {"download", row(report.download)},
                                                      {"server", row(report.server)},
                                                      {"initiate", row(report.initiate)},
                                                      {"authenticate", row(report.authenticate)},
                                                      {"package", row(report.package)},
                                                      {"notification", row(report.notification)},
                                                      {"errors", std::move(errors)}});
}

}  // namespace keepline::phone
