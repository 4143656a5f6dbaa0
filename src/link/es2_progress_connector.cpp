#include "link/es2_progress_connector.hpp"

#include "base/ensure.hpp"
#include "link/peer_health.hpp"

#include <algorithm>
#include <set>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view function_path = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

std::string whose(const es2_endpoint& to) { return "The ES2+ endpoint of '" + to.requester.text() + "' "; }

/// §6.5.2: whole seconds, "2026-11-22T19:00:00Z".
std::string es2_time(base::instant at) {
    const auto full = base::iso(at);
    return full.substr(0, full.find('.')) + "Z";
}

// ------------------------------------------------------------------------------------------------ the connector

class es2_progress_connector final : public port::connector {
 public:
    explicit es2_progress_connector(es2_settings how) : how_(std::move(how)), caller_(how_.calls) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* report = std::get_if<domain::report_progress>(&what.what);
        ENSURE(report != nullptr);
        const auto to = std::ranges::find(how_.endpoints, report->requester, &es2_endpoint::requester);
        if (report->requester.empty() || to == how_.endpoints.end()) return port::delivered{};
        const auto body = es2_progress_body(*report, what.key, *to);
        if (!body) return port::delivered{};
        auto outcome = report_to(*to, *body, what.correlation);
        if (!outcome) outcome.error().what = failure_of_one(outcome.error().what, how_.endpoints.size());
        health_.note(outcome);
        if (!outcome) return std::unexpected(std::move(outcome).error());
        return port::delivered{};
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    result<void> report_to(const es2_endpoint& to, const std::string& body, const std::string& correlation) {
        TRY(failed, caller_.call(to.at, whose(to), function_path, body, correlation));
        if (failed.empty()) return {};
        return refuse(code::peer_refused, whose(to) + "refused the report with status " + failed + ".");
    }

    const es2_settings how_;
    rsp_caller caller_;
    peer_health health_;
};

result<void> check_es2_endpoint(const es2_endpoint& how) {
    if (how.requester.empty()) return refuse(code::config_invalid, "Every ES2+ endpoint needs a requester.");
    if (const auto fault = fault_in(how.at)) return refuse(code::config_invalid, whose(how) + *fault);
    for (const auto& [point, number] : how.points)
        if (number < 0) return refuse(code::config_invalid, whose(how) + "has a notificationPointId below zero.");
    return {};
}

}  // namespace

std::optional<std::string> es2_progress_body(const domain::report_progress& what, const std::string& call_id,
                                             const es2_endpoint& to) {
    const auto point = to.points.find(what.point);
    if (point == to.points.end()) return std::nullopt;
    auto out = rsp_request_head(to.at, call_id);
    if (!what.eid.empty()) add_member(out, "eid", what.eid.text());
    add_member(out, "iccid", what.iccid.text());
    add_member(out, "profileType", what.profile_type);
    add_member(out, "timestamp", es2_time(what.at));
    out += R"(,"notificationPointId":)" + std::to_string(point->second);
    out += R"(,"notificationPointStatus":{)";
    add_member(out, "status", what.succeeded ? "Executed-Success" : "Failed");
    if (!what.succeeded && !what.subject_code.empty()) {
        out += R"(,"statusCodeData":{)";
        add_member(out, "subjectCode", what.subject_code);
        add_member(out, "reasonCode", what.reason_code);
        if (!what.message.empty()) add_member(out, "message", what.message);
        out += '}';
    }
    out += '}';
    if (to.send_result_data && !what.result_data.empty()) add_member(out, "resultData", what.result_data);
    return out + "}";
}

result<std::unique_ptr<port::connector>> make_es2_progress_connector(es2_settings how) {
    std::set<domain::label> seen;
    for (const auto& one : how.endpoints) {
        CHECK(check_es2_endpoint(one));
        if (!seen.insert(one.requester).second) return refuse(code::config_invalid, whose(one) + "is there twice.");
    }
    return std::make_unique<es2_progress_connector>(std::move(how));
}

}  // namespace keepline::link
