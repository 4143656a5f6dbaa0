// A person's own archive: everything that is held about them, asked for by themself, or by staff at their request.
//
//   asked    by its owner with a code that reached them now, or by staff with a second person: never by a session alone
//   waits    some hours, longer where contact points, account, document or SIM changed, or a line was lost, before it
//            or meanwhile; everybody on file is told at once
//   ready    for some days: whoever asked fetches it, and every fetching is in the journal before a byte leaves
//   stopped  by the owner, or by any of the staff, on a word, which everybody on file hears: that costs a wait and no
//            data
//
// The archive itself is made in the shell when it is fetched. Pure.
#pragma once

#include "domain/actor.hpp"
#include "domain/number/closure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

using base::instant;
using base::label;

inline constexpr int disclosure_fetches_max = 3;           // a download may break
inline constexpr std::size_t disclosures_remembered = 64;  // more than a year's
inline constexpr std::size_t disclosures_a_day = 3;        // those that whoever asked stopped as well
inline constexpr base::duration disclosures_count_for = base::days{365};

enum class disclosure_proof { contact_code, line_code, second_person };
BOOST_DESCRIBE_ENUM(disclosure_proof, contact_code, line_code, second_person)

struct disclosure {
    int serial = 0;  // 1, 2, … of one person
    disclosure_proof shown = disclosure_proof::contact_code;
    label contact{};  // whom the code reached
    std::string why;  // of staff
    actor by;
    std::optional<actor> second;
    bool longer = false;  // something of theirs changed lately
    instant at;
    instant ready_at;
    instant expires_at;
    int fetches = 0;
    std::optional<instant> fetched_at;  // first
    std::optional<instant> stopped_at;
    std::optional<actor> stopped_by{};
    bool operator==(const disclosure&) const = default;
    bool is_open(instant now) const { return !stopped_at && now < expires_at; }
};
BOOST_DESCRIBE_STRUCT(disclosure, (),
                      (serial, shown, contact, why, by, second, longer, at, ready_at, expires_at, fetches, fetched_at,
                       stopped_at, stopped_by))

/// The codes that were asked for in one sign-in, to be shown in it: who has stolen a session neither locks nor uses up
/// those of another one.
struct archive_codes {
    instant signed_in;  // when the session was made: its name here
    otp_state codes;
    bool operator==(const archive_codes&) const = default;
};
BOOST_DESCRIBE_STRUCT(archive_codes, (), (signed_in, codes))

}  // namespace keepline::domain
