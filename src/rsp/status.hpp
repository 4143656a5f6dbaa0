// The refusals of SGP.22: the one table of subject and reason codes (SGP.22 v2.5 §5.2.6, §5.3, §5.6) that ES9+ and ES2+
// answer with. The protocol steps of this folder give those that bytes and signatures decide; those that an order
// decides (EID, matching id, expiry, tries, stock) are given by the caller from the same table. Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::rsp {

enum class status : std::uint8_t {
#define X(name, subject, reason, words) name,
#include "rsp/status_codes.def"
#undef X
};

struct status_info {
    std::string_view name;     // of the enumerator, for logs, tests and metrics
    std::string_view subject;  // "8.1.2"
    std::string_view reason;   // "6.1"
    std::string_view words;
};
const status_info& info(status what);
std::optional<status> status_by_name(std::string_view name);

/// What goes into statusCodeData. `message` is one sentence for the person who reads the log of the phone or the
/// operator; `identifier` is the subjectIdentifier, mostly empty.
struct refusal {
    status what{};
    std::string message{};
    std::string identifier{};

    std::string_view subject() const { return info(what).subject; }
    std::string_view reason() const { return info(what).reason; }
    bool operator==(const refusal&) const = default;
};

template <typename T>
using outcome = std::expected<T, refusal>;

/// The refusal with the table's own words, or with better ones.
inline std::unexpected<refusal> refused(status what) {
    return std::unexpected(refusal{what, std::string(info(what).words)});
}
inline std::unexpected<refusal> refused(status what, std::string message, std::string identifier = {}) {
    return std::unexpected(refusal{what, std::move(message), std::move(identifier)});
}

}  // namespace keepline::rsp
