// The seam to a sandbox (app/sandbox.hpp): a server for integrators, whose clock can be moved and whose peers are
// pretended. What is asked of it comes through the API, by administrators; a server that is none has no such thing.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::port {

/// What reached a pretended peer, as it would have left.
enum class pretended { sms, mail, hlr, bank };
BOOST_DESCRIBE_ENUM(pretended, sms, mail, hlr, bank)

struct pretended_message {
    std::int64_t serial = 0;
    pretended by = pretended::sms;
    std::string to;  // of sms and mail the address; of hlr and bank the line's number
    base::instant at;
    std::optional<std::string> subject{};
    std::string text;
    std::string outcome;  // "delivered", or what the peer did to it
    bool operator==(const pretended_message&) const = default;
};
BOOST_DESCRIBE_STRUCT(pretended_message, (), (serial, by, to, at, subject, text, outcome))

/// What a pretended peer does to numbers that end so (link/pretended_peers.hpp).
struct failure_trigger {
    std::string_view ending;
    pretended by = pretended::sms;
    std::string_view failure;
    std::string_view words;
};

/// What a customer sends to us. `name`: this message's own, fit for an Idempotency-Key.
struct customer_text {
    std::string from;
    std::string text;
    std::string name;
};

struct sandbox_clock {
    base::instant now;
    base::duration ahead{};          // of the machine's clock; negative: behind it
    std::vector<std::string> waits;  // what did not happen by now, and why; in words
};

class sandbox {
 public:
    struct wish {
        base::instant to;
        bool fresh = true;  // this key was not heard before
    };

    virtual ~sandbox() = default;
    virtual sandbox_clock read_clock() const = 0;
    /// Day by day, and from one due instant to the next: each step is over when what became due is done and its effects
    /// have left, or wait for their peer; where the instant has passed, that is all. Blocks. code::invalid: that is
    /// further than `furthest`; code::unavailable: it is being moved.
    virtual base::result<sandbox_clock> move_clock(base::instant to) = 0;
    /// To when it was to be moved when this Idempotency-Key was heard first: "forward" means the same when it is sent
    /// again. code::idempotency_key_reused: it was another request's.
    virtual base::result<wish> first_wish(const base::byte_array<16>& key, const base::byte_array<16>& fingerprint,
                                          base::instant wanted) = 0;
    /// The oldest first, after this serial.
    virtual std::vector<pretended_message> messages(std::string_view to, std::int64_t after,
                                                    std::size_t limit) const = 0;
    virtual std::vector<failure_trigger> triggers() const = 0;
    /// As an SMSC would bring it. code::invalid: no such number.
    virtual base::result<void> take_reply(const customer_text& what) = 0;

    static constexpr base::days furthest{3660};
};

}  // namespace keepline::port
