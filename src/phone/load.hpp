// Many phones in one process, each downloading profile after profile and delivering the install results: the measuring
// side of
// `./dev bench`. Every check of eUICC and LPA is made as in a single phone; only the blocks of STORE DATA are left out.
#pragma once

#include "phone/lpa.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keepline::phone {

struct load_settings {
    std::size_t phones = 32;
    std::size_t downloads = 0;  // 0: until the codes end
    bool lifecycle = false;     // enable, disable and delete each profile, and deliver these notifications too
    bool hang_up = false;       // after each download
    double per_second = 0;      // downloads begun; 0: as many as go. A late beginning counts as latency
    std::string confirmation_code;
    https_settings https;
    faults wrong;
};

struct latency_row {
    double mean_ms = 0;
    double p50_ms = 0;
    double p90_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
};

struct load_report {
    std::size_t phones = 0;
    std::size_t succeeded = 0;
    std::size_t failed = 0;
    std::size_t notifications = 0;
    double seconds = 0;
    double per_second = 0;
    double cpu_seconds = 0;  // of this process: what the phones cost
    latency_row
        download;  // from initiateAuthentication's request to the install result's 204, the phone's own work included
    latency_row server;  // of the four calls alone, added up
    latency_row initiate;
    latency_row authenticate;
    latency_row package;
    latency_row notification;
    std::map<std::string, std::size_t> errors;
};

/// `next_code` is called by one thread at a time; none ends the run.
load_report run_load(const load_settings& settings, const std::vector<identity>& cards,
                     const std::function<std::optional<std::string>()>& next_code);

std::string to_json(const load_report& report);

}  // namespace keepline::phone
