#include "link/rsp_caller.hpp"

#include "base/json.hpp"
#include "link/correlation_header.hpp"

#include <unistd.h>

namespace keepline::link {

namespace {

std::string url_of(const std::string& configured, std::string_view function_path) {
    const auto host = configured.find("://") + 3;
    const auto path = configured.find('/', host);
    if (path == std::string::npos) return configured + std::string(function_path);
    return path + 1 == configured.size() ? configured.substr(0, path) + std::string(function_path) : configured;
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

}  // namespace

std::optional<std::string> fault_in(const rsp_peer& of) {
    if (!of.url.starts_with("http://") && !of.url.starts_with("https://"))
        return "has a URL that is not http or https.";
    if (of.url.find_first_of("?# \t\r\n") != std::string::npos) return "has a URL with more than host and path.";
    if (of.certificate_file.empty() != of.key_file.empty()) return "needs certificate_file and key_file together.";
    if (of.function_requester.empty()) return "needs a function_requester.";
    for (const auto& file : {of.ca_file, of.certificate_file, of.key_file})
        if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
            return "names the file " + file + ", which cannot be read.";
    return std::nullopt;
}

void add_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    base::write_string(out, name);
    out += ':';
    base::write_string(out, value);
}

std::string rsp_request_head(const rsp_peer& to, const std::string& call_id) {
    std::string out = R"({"header":{)";
    add_member(out, "functionRequesterIdentifier", to.function_requester);
    add_member(out, "functionCallIdentifier", call_id);
    return out + '}';
}

result<std::string> rsp_caller::call(const rsp_peer& to, const std::string& whose, std::string_view path,
                                     const std::string& body, const std::string& correlation) {
    curl_list headers;
    add_line(headers, "Content-Type: application/json;charset=UTF-8");
    add_line(headers, "X-Admin-Protocol: " + how_.protocol);
    add_line(headers, "Accept:");
    add_line(headers, "Expect:");
    if (const auto header = correlation_header(correlation); !header.empty()) add_line(headers, header);

    const auto url = url_of(to.url, path);
    bounded_answer answer(bounded_answer::body::kept);
    auto handle = pool_.take();
    auto* curl = handle.get();
    set_call(curl, "http,https", {how_.connect_timeout, how_.total_timeout}, to.ca_file);
    set_post(curl, url, headers, body, answer);
    if (!to.certificate_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, to.certificate_file.c_str());
        curl_easy_setopt(curl, CURLOPT_SSLKEY, to.key_file.c_str());
    }

    const auto outcome = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
    auto failed = outcome == CURLE_OK ? failed_status(answer.text()) : std::string();
    if (failed.empty()) CHECK(http_outcome(whose, outcome, status));
    return failed;
}

}  // namespace keepline::link
