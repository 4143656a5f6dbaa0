// The names of things, as types that cannot be mixed up. Each is checked once, at the edge, by `parse`;
// inside, holding one means that its form is right. Default-constructed means "none".
#pragma once

#include "base/error.hpp"

#include <array>
#include <compare>
#include <string>
#include <string_view>

namespace keepline::base {

/// A checked string. `Kind` names it and owns the rule: `static result<std::string> check(std::string_view)`.
template <typename Kind>
class id {
 public:
    id() = default;
    static result<id> parse(std::string_view in) {
        TRY(value, Kind::check(in));
        return id(std::move(value));
    }
    /// For ids that this program made itself or read back from its own journal.
    static id trusted(std::string value) { return id(std::move(value)); }

    const std::string& text() const { return value_; }
    bool empty() const { return value_.empty(); }
    explicit operator bool() const { return !value_.empty(); }
    auto operator<=>(const id&) const = default;
    bool operator==(const id&) const = default;

 private:
    explicit id(std::string value) : value_(std::move(value)) {}
    std::string value_;
};

struct msisdn_kind {
    static result<std::string> check(std::string_view);
};
struct imsi_kind {
    static result<std::string> check(std::string_view);
};
struct iccid_kind {
    static result<std::string> check(std::string_view);
};
/// As it stands on cards and in packages: of real ones (GSMA TS.48, operators' stock) the last digit need not be
/// Luhn's.
struct card_iccid_kind {
    static result<std::string> check(std::string_view);
};
struct eid_kind {
    static result<std::string> check(std::string_view);
};
struct label_kind {
    static result<std::string> check(std::string_view);
};

using msisdn = id<msisdn_kind>;  // E.164, "+8613800138000": 7 to 15 digits after the plus
using imsi = id<imsi_kind>;      // ITU-T E.212: 6 to 15 digits
using iccid = id<iccid_kind>;    // ITU-T E.118: 18 to 20 digits, Luhn checked; a trailing F is dropped
/// What a machine says (ES2+, packages, notifications): 18 to 20 digits, whatever the last one is.
using card_iccid = id<card_iccid_kind>;
using eid = id<eid_kind>;  // SGP.02 §2.2.2: 32 digits, ISO 7064 mod 97 checked
/// 1 to 64 of [a-z0-9._-]: ids that others choose, of subscribers, contacts, products, token holders, policies. Never
/// dots only (a segment of a path that means another one), and never one of our own:
using label = id<label_kind>;

/// Of a profile, as a machine says it: held like every other from here on.
result<iccid> iccid_of_card(std::string_view in);
inline iccid as_iccid(const card_iccid& in) { return iccid::trusted(in.text()); }

/// What the public ids that we make begin with: lines, profiles of the SM-DP+, subscribers, what is sealed for
/// profiles and payers, closures, plans of imports, webhooks. Nobody else's id does, so neither can be taken for the
/// other, wherever both are.
inline constexpr std::array<std::string_view, 7> reserved_prefixes{"ln_", "es_", "sb_", "p_", "cl_", "ip_", "wh_"};

}  // namespace keepline::base
