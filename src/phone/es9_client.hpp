// ES9+ from the LPA's side (SGP.22 v2.5 §5.6, §6.5): one function call each, the answer's header judged, fields
// decoded. A server's refusal is code::peer_refused with `function`, `subject_code`, `reason_code`; nonsense is
// code::peer_garbled.
#pragma once

#include "base/json.hpp"
#include "phone/https_client.hpp"
#include "phone/misbehaviour.hpp"
#include "phone/tlv.hpp"

#include <string>

namespace keepline::phone {

class es9_client {
 public:
    explicit es9_client(https_client& over, faults wrong = {}) : over_(over), wrong_(wrong) {}

    /// Calls a function that answers with JSON.
    base::result<boost::json::object> call(const std::string& address, const std::string& function,
                                           const std::string& body);
    /// handleNotification, which answers 204 and nothing.
    base::result<void> notify(const std::string& address, byte_view pending);

 private:
    std::vector<std::string> headers() const;
    base::result<boost::json::object> call_asn1(const std::string& address, const std::string& function,
                                                const std::string& body);

    https_client& over_;
    faults wrong_;
};

base::result<bytes> binary_field(const boost::json::object& of, std::string_view name);
base::result<std::string> text_field(const boost::json::object& of, std::string_view name);
std::unexpected<base::error> garbled(std::string words);

}  // namespace keepline::phone
