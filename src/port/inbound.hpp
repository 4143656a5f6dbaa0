// The seam for what customers send: one text of theirs, whole, as an SMSC delivered it (link/smpp_inbound.hpp), handed
// to one function that knows what the words mean. The transport has put the parts together, decoded them, dropped
// repeats and held back whoever sends too many. What the words do is not its business; that the sender of an SMS is
// weak proof (docs/rules.md R2) is the function's.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <functional>
#include <string>

namespace keepline::port {

struct inbound_message {
    base::msisdn from;  // whoever the network says sent it
    std::string to;     // ours, as the SMSC names it: a number or a short code
    std::string text;   // UTF-8, never empty
    base::instant at;   // when its last part came
    /// Names this message for good: the same when the SMSC delivers it again, another one when the customer sends the
    /// same words again later. Fit for an Idempotency-Key and for logs: [a-z0-9-], at most 40.
    std::string smsc_id;
    bool whole = true;  // false: parts never came; "[…]" stands where they are missing
    bool operator==(const inbound_message&) const = default;
};

/// True once what it asks for is durable, or there is nothing to do; only then is it acknowledged to the SMSC. False:
/// not now (the SMSC brings it again). Called by one thread of the transport, one message at a time; may block for some
/// seconds.
using inbound_sink = std::function<bool(const inbound_message&)>;

}  // namespace keepline::port
