#include "smdp/rsp_json.hpp"

#include "base/json.hpp"
#include "base/json_members.hpp"
#include "http/problem.hpp"
#include "rsp/messages.hpp"

#include <algorithm>

namespace keepline::smdp {

using base::code;
using rsp::outcome;
using rsp::refused;
using rsp::status;

namespace {

constexpr std::size_t text_max = 1024;

constexpr std::string_view protocol_start = "gsma/rsp/v";

/// Without regard to the case of its letters; `wanted` has small ones.
bool begins_with(std::string_view text, std::string_view wanted) {
    return text.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), text.begin(), [](char w, char t) {
               return w == (t >= 'A' && t <= 'Z' ? static_cast<char>(t + 32) : t);
           });
}

bool names_type(std::string_view type, std::string_view wanted) {
    const auto end = std::min(type.find_first_of("; "), type.size());
    return end == wanted.size() && begins_with(type, wanted);
}

/// "gsma/rsp/v2.2.0"; in the field also "gsma/rsp/v2.2", and in capitals.
bool is_protocol(std::string_view in) {
    if (!begins_with(in, protocol_start)) return false;
    in.remove_prefix(protocol_start.size());
    int dots = 0;
    bool digit = false;
    for (const char c : in) {
        if (c == '.' && digit) {
            ++dots;
            digit = false;
        } else if (c >= '0' && c <= '9') {
            digit = true;
        } else {
            return false;
        }
    }
    return (dots == 1 || dots == 2) && digit && (in.starts_with("2.") || in.starts_with("3.")) && in.size() <= 16;
}

/// Not too long, and nothing that would end where a C string does.
bool is_text(const boost::json::value& in) {
    return in.is_string() && in.get_string().size() <= text_max &&
           in.get_string().find('\0') == boost::json::string::npos;
}

/// A member that is null says what one that is not there says.
bool erase_nulls(boost::json::object& from) {
    const auto before = from.size();
    for (auto one = from.begin(); one != from.end();) one = one->value().is_null() ? from.erase(one) : std::next(one);
    return from.size() != before;
}

std::string named(std::string_view name) { return "`" + std::string(name) + "` "; }

/// Base64 as mail has it: broken into lines. Nothing else may stand between its letters.
std::optional<std::string> without_line_breaks(std::string_view in) {
    constexpr std::string_view breaks = "\r\n\t ";
    if (in.find_first_of(breaks) == std::string_view::npos) return std::nullopt;
    std::string out(in);
    std::erase_if(out, [&](char c) { return breaks.find(c) != std::string_view::npos; });
    return out;
}

}  // namespace

base::result<void> check_rsp_head(const http::request& in, std::string_view type) {
    if (in.how != verb::post)
        return base::refuse(code::method_not_allowed, "Functions of RSP are called with POST.", {{"allow", "POST"}});
    if (!in.admin_protocol.empty() && !is_protocol(in.admin_protocol))
        return base::refuse(code::malformed, "Send `X-Admin-Protocol: gsma/rsp/v2.x.y`.");
    if (!in.content_type.empty() && !names_type(in.content_type, type))
        return base::refuse(code::not_acceptable, "Send `Content-Type: " + std::string(type) + "`.");
    return {};
}

std::vector<std::string_view> oddities_of_head(const http::request& in) {
    std::vector<std::string_view> out;
    if (in.admin_protocol.empty())
        out.emplace_back("no_admin_protocol");
    else if (!in.admin_protocol.starts_with(protocol_start) || std::ranges::count(in.admin_protocol, '.') != 2)
        out.emplace_back("admin_protocol");
    if (in.content_type.empty()) out.emplace_back("no_content_type");
    return out;
}

std::string_view rsp_function(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view();
}

outcome<rsp_request> rsp_request::parse(std::string_view body) {
    if (body.size() > rsp_body_max) return refused(status::malformed, "The request is larger than allowed.");
    auto parsed = base::parse_json(body);
    if (!parsed || !parsed->is_object()) return refused(status::malformed, "The body is not a JSON object.");
    if (!base::check_members_once(body)) return refused(status::malformed, "The body has a member twice.");
    rsp_request out;
    out.fields_ = std::move(parsed->get_object());
    if (erase_nulls(out.fields_)) out.oddities_.emplace_back("null_member");
    return out;
}

outcome<std::optional<std::string>> rsp_request::maybe_text(std::string_view name) const {
    const auto* found = fields_.if_contains(name);
    if (found == nullptr) return std::nullopt;
    if (!is_text(*found)) return refused(status::malformed, named(name) + "must be a string of at most 1024 bytes.");
    return std::string(found->get_string());
}

outcome<std::string> rsp_request::text(std::string_view name) const {
    auto found = maybe_text(name);
    if (!found) return std::unexpected(found.error());
    if (!*found) return refused(status::element_missing, named(name) + "is missing.");
    return std::move(**found);
}

outcome<std::optional<bool>> rsp_request::maybe_flag(std::string_view name) const {
    const auto* found = fields_.if_contains(name);
    if (found == nullptr) return std::nullopt;
    if (!found->is_bool()) return refused(status::malformed, named(name) + "must be true or false.");
    return found->get_bool();
}

void rsp_request::put_binary(std::string_view name, base::byte_view value) {
    binaries_.emplace(name, base::bytes(value.begin(), value.end()));
}

outcome<base::bytes> rsp_request::binary(std::string_view name, std::size_t most) const {
    if (const auto raw = binaries_.find(name); raw != binaries_.end()) {
        if (raw->second.size() > most) return refused(status::malformed, named(name) + "is longer than allowed.");
        return raw->second;
    }
    const auto* found = fields_.if_contains(name);
    if (found == nullptr) return refused(status::element_missing, named(name) + "is missing.");
    if (!found->is_string()) return refused(status::malformed, named(name) + "must be Base64 text.");
    std::string_view encoded = found->get_string();
    const auto joined = without_line_breaks(encoded);
    if (joined) {
        encoded = *joined;
        oddities_.emplace_back("base64_line_breaks");
    }
    if (encoded.size() > (most + 2) / 3 * 4) return refused(status::malformed, named(name) + "is longer than allowed.");
    auto bytes = base::from_base64(encoded);
    if (!bytes) return refused(status::malformed, named(name) + "is not Base64.");
    return std::move(*bytes);
}

outcome<std::string> rsp_request::header_text(std::string_view name) const {
    const auto* header = fields_.if_contains("header");
    if (header == nullptr) return refused(status::element_missing, "`header` is missing.");
    if (!header->is_object()) return refused(status::malformed, "`header` must be an object.");
    const auto* found = header->get_object().if_contains(name);
    if (found == nullptr) return refused(status::element_missing, "`header." + std::string(name) + "` is missing.");
    if (!is_text(*found) || found->get_string().empty())
        return refused(status::malformed, "`header." + std::string(name) + "` must be a string.");
    return std::string(found->get_string());
}

rsp_answer& rsp_answer::text(std::string_view name, std::string_view value) {
    members_.append(",\"").append(name).append("\":");
    base::write_string(members_, value);
    if (const auto id = name == "transactionId" ? rsp::transaction_from_text(value) : std::nullopt) {
        rsp::der::writer out(id->size() + 2);
        out.octets(0x80, *id);
        elements_.insert(elements_.begin(), out.view().begin(), out.view().end());
    }
    return *this;
}

rsp_answer& rsp_answer::binary(std::string_view name, base::byte_view value) {
    members_.append(",\"").append(name).append("\":\"").append(base::base64(value)).append("\"");
    elements_.insert(elements_.end(), value.begin(), value.end());
    return *this;
}

response rsp_response(const outcome<rsp_answer>& outcome) {
    response out;
    out.type = "application/json;charset=UTF-8";
    out.headers.push_back({"X-Admin-Protocol", std::string(admin_protocol)});
    if (outcome) {
        constexpr std::string_view success = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}})";
        out.body.reserve(success.size() + outcome->members().size() + 1);
        out.body.append(success).append(outcome->members()).append("}");
        return out;
    }
    const auto& why = outcome.error();
    out.body = R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{"subjectCode":")";
    out.body.append(why.subject()).append(R"(","reasonCode":")").append(why.reason()).append("\"");
    if (!why.identifier.empty()) {
        out.body += R"(,"subjectIdentifier":)";
        base::write_string(out.body, why.identifier);
    }
    if (!why.message.empty()) {
        out.body += R"(,"message":)";
        base::write_string(out.body, why.message);
    }
    out.body += "}}}}";
    return out;
}

response rsp_no_content() {
    response out;
    out.status = 204;
    out.type = {};
    out.headers.push_back({"X-Admin-Protocol", std::string(admin_protocol)});
    return out;
}

response rsp_problem(const base::error& why, base::instant now) {
    auto out = http::problem(why, {}, now);
    out.headers.push_back({"X-Admin-Protocol", std::string(admin_protocol)});
    return out;
}

}  // namespace keepline::smdp
