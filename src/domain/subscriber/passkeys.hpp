// Passkeys (WebAuthn): keys that the person's own device holds and signs with once it has verified who touches it. A
// thief with one session must not make one and keep the line for ever (docs/decisions/0063). So a passkey is enrolled
// soon after a code to the line was shown, everybody on file is told, any session removes it, and it opens little until
// whoever was told has had as long as those who are told after a change. Pure.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "domain/session_level.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

using base::instant;

inline constexpr std::size_t passkeys_max = 10;
/// After the code to the line was shown. Whoever has just typed it sits before the page; a session that is stolen later
/// enrols nothing. As long as nobody reads a page of one button, and no longer.
inline constexpr base::duration passkey_enrolled_within = base::minutes{15};
/// Challenges that were answered, until each runs out by itself: nobody has more than some in ten minutes.
inline constexpr std::size_t passkey_challenges_max = 64;
inline constexpr base::duration passkey_doubt_told_again = base::hours{24};
/// Was this session opened so that a passkey may be enrolled in it?
constexpr bool may_enrol_in(const std::optional<sign_in_way>& opened_by, instant since, instant now) {
    return opened_by == sign_in_way::line && now < since + passkey_enrolled_within;
}
inline constexpr std::size_t passkey_id_max = 1366;  // in base64url; 1023 bytes (WebAuthn level 2 §4)
inline constexpr std::size_t passkey_key_max = 600;

/// COSE -7, -8 and -257: what devices have.
enum class passkey_algorithm { es256, eddsa, rs256 };
BOOST_DESCRIBE_ENUM(passkey_algorithm, es256, eddsa, rs256)

/// What the person says it is on, to know it by. No name of their own: that would be their data in a journal.
enum class passkey_place { phone, computer, security_key, elsewhere };
BOOST_DESCRIBE_ENUM(passkey_place, phone, computer, security_key, elsewhere)

struct passkey {
    int serial = 0;          // 1, 2, … of this person
    std::string credential;  // its id, base64url
    passkey_algorithm algorithm = passkey_algorithm::es256;
    std::string key;                      // the public one, base64url: x and y, the point, or modulus and exponent
    std::int64_t count = 0;               // of signatures, as it said last; zero: it does not count
    std::vector<std::string> transports;  // how a browser reaches it; hints only
    bool synced = false;                  // its maker copies it to other devices of the person
    passkey_place place = passkey_place::phone;
    base::msisdn line{};  // whose code opened the session that enrolled it
    instant at;
    instant full_from;  // before, it opens a `weak` session
    std::optional<instant> used_at{};
    std::optional<instant> doubted_at{};  // it counted backwards: somebody may have a copy
    bool exposed = false;                 // a line of theirs was lost while it was new: nobody knows who enrolled it
    bool operator==(const passkey&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey, (),
                      (serial, credential, algorithm, key, count, transports, synced, place, line, at, full_from,
                       used_at, doubted_at, exposed))

/// A challenge that was answered: not again, by whichever node.
struct answered_challenge {
    std::string nonce;
    instant until;
    bool operator==(const answered_challenge&) const = default;
};
BOOST_DESCRIBE_STRUCT(answered_challenge, (), (nonce, until))

/// What of the person's lines counts for a passkey: the phone that was lost may be the one that holds it.
struct lines_lost {
    bool now = false;             // one of them is locked as lost
    std::optional<instant> last;  // when one was locked so last, unlocked since or not
    bool operator==(const lines_lost&) const = default;
};
BOOST_DESCRIBE_STRUCT(lines_lost, (), (now, last))

/// `weak` while it is new and while a line is lost; and for good where a line was lost while it was new: nobody knows
/// who enrolled it, and to enrol it again costs its owner a minute. (A line remembers its latest loss only: that its
/// stream says so, too, is for the moment before the person's has heard of it.)
constexpr session_level level_of(const passkey& one, const lines_lost& lost, instant now) {
    const bool while_new = lost.last && *lost.last >= one.at && *lost.last < one.full_from;
    return now < one.full_from || lost.now || while_new || one.exposed ? session_level::weak : session_level::reach;
}

}  // namespace keepline::domain
