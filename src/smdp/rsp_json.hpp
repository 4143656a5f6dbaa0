// The JSON binding of ES9+ and ES2+ (SGP.22 §6.5): requests taken apart, answers put together. What phones in the field
// get wrong without meaning anything else is taken, and named as an oddity. Pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "rsp/status.hpp"
#include "smdp/door.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace keepline::smdp {

/// What we say we are; LPAs and operators of v2.2.2 to v2.7 understand it.
inline constexpr std::string_view admin_protocol = "gsma/rsp/v2.5.0";
inline constexpr std::size_t rsp_body_max = 64UL * 1024;
/// Of a phone, whom nobody knows before its body is read: certificates, signatures and eUICCInfo2 are 8 KiB at most.
inline constexpr std::size_t phone_body_max = 32UL * 1024;

inline constexpr std::string_view rsp_json_type = "application/json", rsp_asn1_type = "application/x-gsma-rsp-asn1";

/// The checks of the request line and head (§6.5.1): POST, the binding's type, X-Admin-Protocol of v2 or v3 (whose
/// clients fall back to what we answer). A header that is missing is taken for the right one, and so is a version of
/// two numbers; another one is not. The error is for a plain HTTP answer.
base::result<void> check_rsp_head(const http::request& in, std::string_view type = rsp_json_type);
/// "no_admin_protocol", "admin_protocol" (one written otherwise), "no_content_type".
std::vector<std::string_view> oddities_of_head(const http::request& in);
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
    /// What was passed over so far ("base64_line_breaks", "null_member").
    const std::vector<std::string_view>& oddities() const { return oddities_; }
    /// Of the header object of ES2+.
    rsp::outcome<std::string> header_text(std::string_view name) const;

    // -- of another binding: a request put together from what it says
    void put_text(std::string_view name, std::string value) { fields_[name] = std::move(value); }
    void put_binary(std::string_view name, base::byte_view value);

 private:
    boost::json::object fields_;
    std::map<std::string, base::bytes, std::less<>> binaries_;
    mutable std::vector<std::string_view> oddities_;
};

/// Collects the members of a success.
class rsp_answer {
 public:
    rsp_answer& text(std::string_view name, std::string_view value);
    rsp_answer& binary(std::string_view name, base::byte_view value);
    const std::string& members() const { return members_; }
    /// The same as elements one after another, as the ASN.1 binding has them: the transaction id, then what is binary.
    const base::bytes& elements() const { return elements_; }

 private:
    std::string members_;  // each with a comma before it
    base::bytes elements_;
};

response rsp_response(const rsp::outcome<rsp_answer>& outcome);
/// 204 with our version (§6.5.2: notifications are answered so).
response rsp_no_content();
/// A plain HTTP refusal, with our version.
response rsp_problem(const base::error& why, base::instant now);

}  // namespace keepline::smdp
