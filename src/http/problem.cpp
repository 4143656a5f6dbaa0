#include "http/problem.hpp"

#include "base/json.hpp"
#include "base/problem_titles.hpp"

#include <algorithm>

namespace keepline::http {

namespace {

constexpr int default_wait_s = 60;  // for a 429 that does not say when
constexpr int overload_wait_s = 1;
constexpr int full_wait_s = 10;  // somebody has to make room
constexpr std::int64_t wait_max_s = 86'400;

struct problem_view {
    std::string type;
    std::string title;
    int status = 0;
    std::optional<std::string> detail;
    std::string code;
    std::optional<std::string> correlation;
    std::vector<base::detail> data;
};
BOOST_DESCRIBE_STRUCT(problem_view, (), (type, title, status, detail, code, correlation, data))

std::int64_t wait_s(const base::error& what, int status, base::instant now) {
    for (const auto& one : what.data) {
        if (one.name != "until" && one.name != "again_at") continue;
        if (const auto when = base::instant_from_iso(one.value))
            return std::clamp<std::int64_t>((when->ms - now.ms + 999) / 1000, 1, wait_max_s);
    }
    if (what.what == base::code::storage_full) return full_wait_s;
    return status == 503 ? overload_wait_s : default_wait_s;
}

}  // namespace

response problem(const base::error& what, std::string_view correlation, base::instant now,
                 std::string_view accept_language) {
    const auto language = base::wanted_language(accept_language);
    const auto& info = base::info(what.what);
    response out;
    out.status = info.http_status;
    out.type = "application/problem+json";
    problem_view view{"https://keepline.dev/problems/" + std::string(info.id),
                      std::string(base::problem_title(what.what, language)),
                      info.http_status,
                      {},
                      std::string(info.id),
                      {},
                      what.data};
    if (!what.words.empty()) view.detail = what.words;
    if (!correlation.empty()) view.correlation = std::string(correlation);
    if (language != "en") out.headers.push_back({"Content-Language", std::string(language)});
    out.body = base::to_json(view, base::form::api);
    if (out.status == 401) out.headers.push_back({"WWW-Authenticate", "Bearer"});
    if (out.status == 429 || out.status == 503)
        out.headers.push_back({"Retry-After", std::to_string(wait_s(what, out.status, now))});
    if (what.what == base::code::method_not_allowed)
        for (const auto& one : what.data)
            if (one.name == "allow") out.headers.push_back({"Allow", one.value});
    return out;
}

}  // namespace keepline::http
