// The seam for the one activation code that leaves in a message: that of a new line's first profile, to a contact point
// that is not the line (domain::may_send_code). It is in no journal and no effect: who writes the message asks here, at
// that moment. Any thread.
#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"

#include <functional>
#include <optional>
#include <string>

namespace keepline::port {

struct sent_code {
    std::string text;           // "LPA:1$…"
    bool confirmation = false;  // the phone asks for a confirmation code, which is told in another way than this one
    bool operator==(const sent_code&) const = default;
};

/// nullopt: it does not go there, or not any more; then the message leaves without. An error: it is tried again later.
using activation_codes = std::function<base::result<std::optional<sent_code>>(
    const base::msisdn& number, const base::iccid& iccid, const base::label& contact)>;

}  // namespace keepline::port
