// Hostile requests against the whole API over the real rules: the first byte picks a route, the second who asks and
// how, the rest is the body. Whatever comes, there is one answer, it is well-formed, and no problem is an internal
// error.
#include "api/fake_api.hpp"
#include "api/routes.hpp"
#include "base/ensure.hpp"

#include <memory>

namespace {

using namespace keepline::api;

struct place {
    std::unique_ptr<fake_api> of;
    std::string line;
    std::string closure;
    int uses = 0;
};

/// A line with an open case, made afresh now and then so that no run depends on much of its past.
place& current_place() {
    static const auto rules = keepline::desk::committed_rules();
    // Never destroyed: its threads would outlive OpenSSL's own clean-up at exit and be reported as a leak.
    static place& now = *new place;
    if (now.of == nullptr || ++now.uses > 200) {
        now.of = std::make_unique<fake_api>(rules);
        now.line = now.of->import_line();
        now.closure = now.line + "-c1";
        now.uses = 0;
        const auto opened = now.of->post("customer", "/v1/lines/" + now.line + "/closures", R"({"reason":"other"})");
        ENSURE(opened.status == 201);
    }
    return now;
}

std::string target_of(const route& to, const place& at) {
    std::string path(to.pattern);
    for (auto hole = path.find("{}"); hole != std::string::npos; hole = path.find("{}")) {
        const bool is_case = path.starts_with("/v1/closures") || path.starts_with("/v1/refunds");
        const bool is_line = path.starts_with("/v1/lines");
        path.replace(hole, 2, is_case ? at.closure : is_line ? at.line : "sub-1");
    }
    return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    auto& at = current_place();
    const auto& to = routes()[data[0] % routes().size()];
    if (to.pattern == "/v1/live") return 0;  // its answer has no end
    constexpr std::array tokens{"customer", "agent", "reviewer", "admin", "system", "stranger", "nobody"};
    std::string rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    auto in = at.of->request_of(tokens[data[1] % tokens.size()], to.how, target_of(to, at));
    if (to.how == verb::get)
        in.target += "?" + rest;
    else
        in.body = std::move(rest);
    in.content_type = "application/json";
    if ((data[1] & 0x40U) != 0) in.if_match = "\"" + std::to_string(data[0]) + "\"";
    const auto answer = at.of->ask(std::move(in));
    ENSURE(answer.status >= 200 && answer.status < 600 && answer.status != 500);
    if (answer.type.find("json") != std::string_view::npos) {
        boost::system::error_code failure;
        boost::json::parse(answer.body, failure);
        ENSURE(!failure);
    }
    for (const auto& one : answer.headers)
        for (const char c : one.value) ENSURE(c >= 0x20 && c < 0x7F);
    return 0;
}
