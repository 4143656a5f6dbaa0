#include "portal/routes.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

namespace {

using http::verb;
using enum visitors;

constexpr std::array table{
    route{verb::get, "/", all, show_welcome},
    route{verb::post, "/sign-in", all, ask_code},
    route{verb::get, "/sign-in/{}", all, show_code},
    route{verb::post, "/sign-in/{}", all, answer_code},
    route{verb::post, "/sign-out", signed_in, sign_out},
    route{verb::get, "/line", signed_in, show_line},
    route{verb::get, "/lost", signed_in, show_lost},
    route{verb::post, "/lost", signed_in, report_lost},
    route{verb::get, "/locked", all, show_locked},
    route{verb::get, "/close", signed_in, show_closing},
    route{verb::post, "/close", signed_in, begin_closing},
    route{verb::get, "/case/{}", signed_in, show_case},
    route{verb::get, "/case/{}/quote", signed_in, show_quote},
    route{verb::post, "/case/{}/quote", signed_in, accept_quote},
    route{verb::post, "/case/{}/new-quote", signed_in, renew_quote},
    route{verb::get, "/case/{}/backup", signed_in, show_backup},
    route{verb::post, "/case/{}/backup", signed_in, choose_backup},
    route{verb::get, "/case/{}/backup.zip", signed_in, fetch_backup},
    route{verb::get, "/case/{}/proof", signed_in, show_proof},
    route{verb::post, "/case/{}/codes", signed_in, send_code},
    route{verb::post, "/case/{}/proof", signed_in, take_code},
    route{verb::post, "/case/{}/saved-code", signed_in, take_saved_code},
    route{verb::get, "/case/{}/check", signed_in, show_check},
    route{verb::post, "/case/{}/submission", signed_in, submit_case},
    route{verb::post, "/case/{}/information", signed_in, give_information},
    route{verb::get, "/case/{}/stop", signed_in, show_stop},
    route{verb::post, "/case/{}/withdrawal", signed_in, withdraw_case},
    route{verb::post, "/case/{}/repudiation", signed_in, repudiate_case},
    route{verb::get, "/case/{}/certificate", signed_in, show_certificate},
    route{verb::get, "/case/{}/certificate.jws", signed_in, fetch_certificate},
};

/// The variable part of a path of this pattern.
std::optional<std::string_view> part_of(std::string_view pattern, std::string_view path) {
    const auto hole = pattern.find("{}");
    if (hole == std::string_view::npos) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
    const auto before = pattern.substr(0, hole);
    const auto after = pattern.substr(hole + 2);
    if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size())
        return std::nullopt;
    const auto part = path.substr(before.size(), path.size() - before.size() - after.size());
    const bool is_id =
        part.size() <= 256 && std::ranges::all_of(part, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        });
    return is_id ? std::optional(part) : std::nullopt;
}

}  // namespace

std::span<const route> routes() { return table; }

match find_route(verb how, std::string_view path) {
    match out;
    for (const auto& one : table) {
        const auto part = part_of(one.path, path);
        if (!part) continue;
        out.path_known = true;
        if (one.how != (how == verb::head ? verb::get : how)) continue;
        out.found = &one;
        out.arg = *part;
        return out;
    }
    return out;
}

}  // namespace keepline::portal
