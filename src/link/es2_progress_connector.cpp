#include "link/es2_progress_connector.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/correlation_header.hpp"
#include "link/curl_handle.hpp"
#include "link/peer_health.hpp"

#include <algorithm>
#include <set>
#include <unistd.h>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view function_path = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";
constexpr std::size_t es2_answer_bytes_max = std::size_t{64} * 1024;

std::string whose(const es2_endpoint& to) { return "The ES2+ endpoint of '" + to.requester.text() + "' "; }

/// §6.5.2: whole seconds, "2026-11-22T19:00:00Z".
std::string es2_time(base::instant at) {
    const auto full = base::iso(at);
    return full.substr(0, full.find('.')) + "Z";
}

std::string es2_url(const std::string& configured) {
    const auto host = configured.find("://") + 3;
    const auto path = configured.find('/', host);
    if (path == std::string::npos) return configured + std::string(function_path);
    return path + 1 == configured.size() ? configured.substr(0, path) + std::string(function_path) : configured;
}

void add_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    base::write_string(out, name);
    out += ':';
    base::write_string(out, value);
}

// ------------------------------------------------------------------------------------------------ the answer

/// Grows up to what any answer may need, then refuses.
std::size_t keep_answer(char* data, std::size_t size, std::size_t count, void* into) {
    auto& answer = *static_cast<std::string*>(into);
    if (answer.size() + size * count > es2_answer_bytes_max) return 0;
    answer.append(data, size * count);
    return size * count;
}

/// "8.2.1/3.9" when the body's header says that the function failed; empty otherwise. Only the codes: the words of a
/// stranger do not go into our logs.
std::string failed_status(const std::string& body) {
    const auto parsed = base::parse_json(body);
    if (!parsed) return {};
    const auto member = [](const boost::json::value* in, const char* name) -> const boost::json::value* {
        return in != nullptr && in->is_object() ? in->get_object().if_contains(name) : nullptr;
    };
    const auto* executed = member(member(&*parsed, "header"), "functionExecutionStatus");
    const auto* status = member(executed, "status");
    if (status == nullptr || !status->is_string() ||
        (status->get_string() != "Failed" && status->get_string() != "Expired"))
        return {};
    const auto number = [&](const char* name) {
        const auto* value = member(member(executed, "statusCodeData"), name);
        if (value == nullptr || !value->is_string()) return std::string("?");
        std::string out(value->get_string());
        const bool plain = out.size() <= 16 && out.find_first_not_of("0123456789.") == std::string::npos;
        return plain ? out : std::string("?");
    };
    return number("subjectCode") + "/" + number("reasonCode");
}

/// A Failed header counts whatever the status of HTTP is.
result<void> es2_outcome(const es2_endpoint& to, CURLcode outcome, long status, const std::string& answer) {
    const auto failed = outcome == CURLE_OK ? failed_status(answer) : std::string();
    if (failed.empty()) return http_outcome(whose(to), outcome, status);
    return refuse(code::peer_refused, whose(to) + "refused the report with status " + failed + ".");
}

// ------------------------------------------------------------------------------------------------ the connector

class es2_progress_connector final : public port::connector {
 public:
    explicit es2_progress_connector(es2_settings how) : how_(std::move(how)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* report = std::get_if<domain::report_progress>(&what.what);
        ENSURE(report != nullptr);
        const auto to = std::ranges::find(how_.endpoints, report->requester, &es2_endpoint::requester);
        if (report->requester.empty() || to == how_.endpoints.end()) return port::delivered{};
        const auto body = es2_progress_body(*report, what.key, *to);
        if (!body) return port::delivered{};
        auto outcome = post(*to, *body, what.correlation);
        // One operator that is down must not stop the others' reports: its own are tried again by themselves.
        if (!outcome && how_.endpoints.size() > 1 && outcome.error().what != code::peer_refused)
            outcome.error().what = code::peer_garbled;
        health_.note(outcome);
        if (!outcome) return std::unexpected(std::move(outcome).error());
        return port::delivered{};
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    result<void> post(const es2_endpoint& to, const std::string& body, const std::string& correlation) {
        curl_list headers;
        add_line(headers, "Content-Type: application/json;charset=UTF-8");
        add_line(headers, "X-Admin-Protocol: " + how_.protocol);
        add_line(headers, "Accept:");
        add_line(headers, "Expect:");
        if (const auto header = correlation_header(correlation); !header.empty()) add_line(headers, header);

        const auto url = es2_url(to.url);
        std::string answer;
        auto handle = pool_.take();
        auto* curl = handle.get();
        set_call(curl, "http,https", {how_.connect_timeout, how_.total_timeout}, to.ca_file);
        set_post(curl, url, headers, body);
        if (!to.certificate_file.empty()) {
            curl_easy_setopt(curl, CURLOPT_SSLCERT, to.certificate_file.c_str());
            curl_easy_setopt(curl, CURLOPT_SSLKEY, to.key_file.c_str());
        }
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);

        const auto outcome = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
        return es2_outcome(to, outcome, status, answer);
    }

    const es2_settings how_;
    curl_pool pool_;
    peer_health health_;
};

result<void> check_es2_endpoint(const es2_endpoint& how) {
    const auto wrong = [&](std::string_view words) {
        return refuse(code::config_invalid, whose(how) + std::string(words));
    };
    if (how.requester.empty()) return refuse(code::config_invalid, "Every ES2+ endpoint needs a requester.");
    if (!how.url.starts_with("http://") && !how.url.starts_with("https://"))
        return wrong("has a URL that is not http or https.");
    if (how.url.find_first_of("?# \t\r\n") != std::string::npos)
        return wrong("has a URL with more than host and path.");
    if (how.certificate_file.empty() != how.key_file.empty())
        return wrong("needs certificate_file and key_file together.");
    if (how.function_requester.empty()) return wrong("needs a function_requester.");
    for (const auto& file : {how.ca_file, how.certificate_file, how.key_file})
        if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
            return wrong("names the file " + file + ", which cannot be read.");
    for (const auto& [point, number] : how.points)
        if (number < 0) return wrong("has a notificationPointId below zero.");
    return {};
}

}  // namespace

std::optional<std::string> es2_progress_body(const domain::report_progress& what, const std::string& call_id,
                                             const es2_endpoint& to) {
    const auto point = to.points.find(what.point);
    if (point == to.points.end()) return std::nullopt;
    std::string out = R"({"header":{)";
    add_member(out, "functionRequesterIdentifier", to.function_requester);
    add_member(out, "functionCallIdentifier", call_id);
    out += '}';
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
