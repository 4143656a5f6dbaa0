#include "phone/es9_client.hpp"

namespace keepline::phone {

namespace {

const std::string es9_prefix = "/gsma/rsp2/es9plus/";
const std::vector<std::string> es9_headers{"User-Agent: gsma-rsp-lpad", "X-Admin-Protocol: gsma/rsp/v2.5.0",
                                           "Content-Type: application/json"};

std::string member_text(const boost::json::object& of, std::string_view name) {
    const auto* found = of.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

base::result<void> judge(const boost::json::object& answer, const std::string& function) {
    const auto* header = answer.if_contains("header");
    const auto* status = header != nullptr && header->is_object()
                             ? header->get_object().if_contains("functionExecutionStatus")
                             : nullptr;
    if (status == nullptr || !status->is_object()) return garbled(function + " was answered without a status.");
    const auto word = member_text(status->get_object(), "status");
    if (word == "Executed-Success" || word == "Executed-WithWarning") return {};
    if (word != "Failed" && word != "Expired") return garbled(function + " was answered with an unknown status.");
    std::vector<base::detail> data{{"function", function}, {"status", word}};
    std::string said;
    if (const auto* code = status->get_object().if_contains("statusCodeData"); code != nullptr && code->is_object()) {
        data.push_back({"subject_code", member_text(code->get_object(), "subjectCode")});
        data.push_back({"reason_code", member_text(code->get_object(), "reasonCode")});
        data.push_back({"message", member_text(code->get_object(), "message")});
        if (const auto id = member_text(code->get_object(), "subjectIdentifier"); !id.empty())
            data.push_back({"subject_identifier", id});
        said = " " + data[2].value + "/" + data[3].value + (data[4].value.empty() ? "" : " " + data[4].value);
    }
    return base::refuse(base::code::peer_refused, "The SM-DP+ refused " + function + ":" + said, std::move(data));
}

}  // namespace

std::unexpected<base::error> garbled(std::string words) {
    return base::refuse(base::code::peer_garbled, std::move(words));
}

base::result<boost::json::object> es9_client::call(const std::string& address, const std::string& function,
                                                   const std::string& body) {
    TRY(answer, over_.post(address, es9_prefix + function, es9_headers, body));
    if (answer.status != 200)
        return base::refuse(base::code::peer_garbled,
                            function + " was answered with HTTP " + std::to_string(answer.status) + ".",
                            {{"function", function}, {"http_status", std::to_string(answer.status)}});
    if (!answer.admin_protocol.starts_with("gsma/rsp/v2."))
        return garbled(function + " was answered without X-Admin-Protocol.");
    if (!answer.content_type.starts_with("application/json")) return garbled(function + " was not answered with JSON.");
    TRY(parsed, base::parse_json(answer.body));
    if (!parsed.is_object()) return garbled(function + " was not answered with an object.");
    CHECK(judge(parsed.get_object(), function));
    return std::move(parsed.get_object());
}

base::result<void> es9_client::notify(const std::string& address, byte_view pending) {
    boost::json::object body{{"pendingNotification", base::base64(pending)}};
    TRY(answer, over_.post(address, es9_prefix + "handleNotification", es9_headers, boost::json::serialize(body)));
    if (answer.status != 204)
        return base::refuse(base::code::peer_garbled,
                            "The notification was answered with HTTP " + std::to_string(answer.status) + ".",
                            {{"function", "handleNotification"}, {"http_status", std::to_string(answer.status)}});
    if (!answer.body.empty()) return garbled("The notification was answered with a body.");
    if (!answer.admin_protocol.starts_with("gsma/rsp/v2."))
        return garbled("The notification was answered without X-Admin-Protocol.");
    return {};
}

base::result<std::string> text_field(const boost::json::object& of, std::string_view name) {
    const auto* found = of.if_contains(name);
    if (found == nullptr || !found->is_string()) return garbled("The answer lacks `" + std::string(name) + "`.");
    return std::string(found->get_string());
}

base::result<bytes> binary_field(const boost::json::object& of, std::string_view name) {
    TRY(text, text_field(of, name));
    auto decoded = base::from_base64(text);
    if (!decoded) return garbled("`" + std::string(name) + "` is no Base64.");
    return std::move(*decoded);
}

}  // namespace keepline::phone
