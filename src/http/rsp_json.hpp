// The JSON binding of ES9+ and ES2+ (SGP.22 §6.5): requests taken apart strictly, answers put together. Pure; any
// thread.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "http/message.hpp"
#include "rsp/status.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace keepline::http {

/// What we say we are; LPAs and operators of v2.2.2 to v2.7 understand it.
inline constexpr std::string_view admin_protocol = "gsma/rsp/v2.5.0";
inline constexpr std::size_t rsp_body_max = 64UL * 1024;
/// Of a phone, whom nobody knows before its body is read: certificates, signatures and eUICCInfo2 are 8 KiB at most.
inline constexpr std::size_t phone_body_max = 32UL * 1024;

/// The checks of the request line and head (§6.5.1): POST, JSON, X-Admin-Protocol of v2 or v3 (whose clients fall back
/// to what we answer). The error is for a plain HTTP answer.
base::result<void> check_rsp_head(const request& in);
/// "authenticateClient" of "/gsma/rsp2/es9plus/authenticateClient"; empty when the path is another.
std::string_view rsp_function(std::string_view path, std::string_view prefix);

class rsp_request {
 public:
    /// At most `rsp_body_max` bytes, one JSON object. status::malformed otherwise.
    static rsp::outcome<rsp_request> parse(std::string_view body);

    rsp::outcome<std::string> text(std::string_view name) const;  // must be there
    rsp::outcome<std::optional<std::string>> maybe_text(std::string_view name) const;
    rsp::outcome<std::optional<bool>> maybe_flag(std::string_view name) const;
    rsp::outcome<base::bytes> binary(std::string_view name, std::size_t most) const;  // Base64, must be there
    /// Of the header object of ES2+.
    rsp::outcome<std::string> header_text(std::string_view name) const;

 private:
    boost::json::object fields_;
};

/// Collects the members of a success.
class rsp_answer {
 public:
    rsp_answer& text(std::string_view name, std::string_view value);
    rsp_answer& binary(std::string_view name, base::byte_view value);
    const std::string& members() const { return members_; }

 private:
    std::string members_;  // each with a comma before it
};

response rsp_response(const rsp::outcome<rsp_answer>& outcome);
/// 204 with our version (§6.5.2: notifications are answered so).
response rsp_no_content();
/// A plain HTTP refusal, with our version.
response rsp_problem(const base::error& why, base::instant now);

}  // namespace keepline::http
