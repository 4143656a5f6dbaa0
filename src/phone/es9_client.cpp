#include "phone/es9_client.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

const std::string es9_prefix = "/gsma/rsp2/es9plus/";
const std::string asn1_path = "/gsma/rsp2/asn1";
const std::string asn1_type = "application/x-gsma-rsp-asn1";

std::string in_lines(std::string text) {
    for (std::size_t at = 64; at < text.size(); at += 66) text.insert(at, "\r\n");
    return text;
}

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

std::vector<std::string> es9_client::headers() const {
    std::vector<std::string> out{"User-Agent: gsma-rsp-lpad"};
    if (!wrong_.has(misbehaviour::no_admin_protocol)) out.emplace_back("X-Admin-Protocol: gsma/rsp/v2.5.0");
    if (wrong_.has(misbehaviour::no_content_type))
        out.emplace_back("Content-Type:");  // curl leaves it out
    else
        out.push_back("Content-Type: " + (wrong_.has(misbehaviour::asn1_binding) ? asn1_type : "application/json"));
    return out;
}

base::result<boost::json::object> es9_client::call(const std::string& address, const std::string& function,
                                                   const std::string& wanted) {
    if (wrong_.has(misbehaviour::asn1_binding)) return call_asn1(address, function, wanted);
    auto body = wanted;
    if (auto parsed = base::parse_json(wanted); parsed && wrong_.has(misbehaviour::base64_line_breaks)) {
        for (auto& [name, value] : parsed->get_object())
            if (name != "transactionId" && name != "smdpAddress") value = in_lines(std::string(value.get_string()));
        body = boost::json::serialize(*parsed);
    }
    TRY(answer, over_.post(address, es9_prefix + function, headers(), body));
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

namespace {

struct asn1_function {
    std::string_view name;
    std::uint32_t tag;
    std::vector<std::string_view> fields;  // of the answer, behind the transaction id
};
const std::vector<asn1_function> asn1_functions{
    {"initiateAuthentication",
     0xBF39,
     {"serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed", "serverCertificate"}},
    {"authenticateClient", 0xBF3B, {"profileMetadata", "smdpSigned2", "smdpSignature2", "smdpCertificate"}},
    {"getBoundProfilePackage", 0xBF3A, {"boundProfilePackage"}},
    {"cancelSession", 0xBF41, {}},
};

base::result<bytes> asn1_request(const asn1_function& of, const boost::json::object& in) {
    const auto text = [&](std::string_view name) { return member_text(in, name); };
    const auto raw = [&](std::string_view name) { return base::from_base64(text(name)).value_or(bytes{}); };
    const auto id = make(0x80, base::from_hex(text("transactionId")).value_or(bytes{}));
    bytes inside;
    if (of.tag == 0xBF39)
        inside = joined({make(0x81, raw("euiccChallenge")), make(0x83, text("smdpAddress")), raw("euiccInfo1")});
    if (of.tag == 0xBF3B) inside = joined({id, raw("authenticateServerResponse")});
    if (of.tag == 0xBF3A) inside = joined({id, raw("prepareDownloadResponse")});
    if (of.tag == 0xBF41) {
        const auto response = raw("cancelSessionResponse");
        const auto choice = only(response, 0xBF41);
        if (!choice) return garbled("There is no cancellation to send.");
        inside = joined({id, make(0xA1, choice->value)});  // tagged automatically
    }
    return make(0xA2, make(of.tag, inside));
}

}  // namespace

base::result<boost::json::object> es9_client::call_asn1(const std::string& address, const std::string& function,
                                                        const std::string& body) {
    TRY(parsed, base::parse_json(body));
    const auto of = std::ranges::find(asn1_functions, function, &asn1_function::name);
    if (of == asn1_functions.end()) return garbled("There is no such function.");
    TRY(request, asn1_request(*of, parsed.get_object()));
    TRY(answer, over_.post(address, asn1_path, headers(), std::string(base::text(request))));
    if (answer.status != 200 || answer.content_type != asn1_type)
        return base::refuse(base::code::peer_garbled,
                            function + " was answered with HTTP " + std::to_string(answer.status) + ".",
                            {{"function", function}, {"http_status", std::to_string(answer.status)}});
    const auto raw = base::view(answer.body);
    const auto outer = only(raw, 0xA2);
    const auto named = outer ? only(outer->value, of->tag) : std::nullopt;
    if (!named) return garbled(function + " was answered with another function's response.");
    if (const auto error = only(named->value, 0x81)) {
        const auto number = std::to_string(unsigned_value(error->value).value_or(0));
        return base::refuse(base::code::peer_refused, "The SM-DP+ refused " + function + ": error " + number,
                            {{"function", function}, {"subject_code", "asn1"}, {"reason_code", number}});
    }
    const auto ok = only(named->value, 0xA0);
    const auto parts = ok ? elements(ok->value) : std::nullopt;
    if (!parts || parts->size() != (of->fields.empty() ? 0 : of->fields.size() + 1))
        return garbled(function + " was answered with other elements than it has.");
    boost::json::object out;
    for (std::size_t i = 0; i < parts->size(); ++i) {
        if (i == 0)
            out["transactionId"] = base::hex((*parts)[0].value);
        else
            out[of->fields[i - 1]] = base::base64((*parts)[i].whole);
    }
    return out;
}

base::result<void> es9_client::notify(const std::string& address, byte_view pending) {
    const bool asn1 = wrong_.has(misbehaviour::asn1_binding);
    const boost::json::object body{{"pendingNotification", base::base64(pending)}};
    const auto tagged = make(0xA2, make(0xBF3D, make(0xA0, pending)));
    TRY(answer, over_.post(address, asn1 ? asn1_path : es9_prefix + "handleNotification", headers(),
                           asn1 ? std::string(base::text(tagged)) : boost::json::serialize(body)));
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
