// The activation code that a message may carry: of a new line's first profile, to a contact point that the number's
// journal admits now (domain::may_send_code) and while our SM-DP+ has the profile waiting. Any thread.
#pragma once

#include "engine/engine.hpp"
#include "port/activation_codes.hpp"

#include <functional>
#include <string>

namespace keepline::desk {

using stream_reading = std::function<base::result<engine::view_ptr>(const port::stream_key&)>;

/// As port::activation_codes answers. `address`: of our SM-DP+.
base::result<std::optional<port::sent_code>> first_code(const stream_reading& read, const std::string& address,
                                                        const base::msisdn& number, const base::iccid& iccid,
                                                        const base::label& contact);

}  // namespace keepline::desk
