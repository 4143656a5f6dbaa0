// The ASN.1 binding of ES9+ (SGP.22 §6.6): RemoteProfileProvisioningRequest and -Response, DER. A request becomes what
// the JSON binding would have said, an answer is the same elements under other heads; ES2+ has no such binding. Pure;
// any thread.
#pragma once

#include "smdp/door.hpp"
#include "smdp/rsp_json.hpp"

namespace keepline::smdp {

inline constexpr std::string_view rsp_asn1_path = "/gsma/rsp2/asn1";

struct asn1_request {
    rsp_call function = rsp_call::initiate_authentication;
    rsp_request in;
};
/// The error is for a plain HTTP answer: of what cannot be taken apart nobody knows which function it was.
base::result<asn1_request> parse_asn1_request(base::byte_view body);

response asn1_response(rsp_call function, const rsp::outcome<rsp_answer>& outcome);

}  // namespace keepline::smdp
