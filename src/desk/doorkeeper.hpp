// Who is asking: bearer tokens, looked up by their keyed digest and remembered for some seconds; and a limit on how
// often one address is told that its token is wrong. The look-up comes first: whoever holds a good token gets in,
// whatever others behind the same address do. (The throttle is no secret's protection: a token has 256 random bits.)
// Thread-safe; a miss reads the token store.
#pragma once

#include "port/clock.hpp"
#include "port/secrets.hpp"
#include "port/tokens.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace keepline::desk {

using base::instant;
using base::result;

struct holder {
    domain::actor who;
    std::optional<instant> expires_at;
    std::vector<domain::channel> channels{};
    instant since{};      // when the token was made
    instant kin_until{};  // its makers count as its holder until then
    domain::session_level level = domain::session_level::reach;
    std::string digest{};                      // of the token
    std::optional<domain::sign_in_way> way{};  // that opened a customer's session here
    base::msisdn line{};                       // whose code did
    domain::token_origin origin = domain::token_origin::admins;
    instant proved_at{};  // of a session at the console: when its holder proved themself well enough (fresh_proof.hpp)
};

/// Whether somebody uses what they sign with, or a program only looks whether it holds (a stream's beat): that keeps no
/// session from ending.
enum class at_door { uses, looks };

class doorkeeper {
 public:
    doorkeeper(port::token_store& tokens, const port::secrets& secrets, const port::clock& clock)
        : tokens_(tokens), secrets_(secrets), clock_(clock) {}

    /// `authorization` is the header as received; `peer` whom to count a failure against.
    /// Refused: unauthenticated, too_many (with again_at), or the store's own error.
    /// The session of an account is none of these: its token comes in a cookie, with what shows that no other site sent
    /// it, or not at all.
    result<holder> admit(std::string_view authorization, std::string_view peer, at_door how = at_door::uses);

    /// The session of one of the staff, by its cookie's value. What a page asks by itself only looks. Refused: the
    /// same.
    result<holder> admit_session(std::string_view token, std::string_view peer, at_door how = at_door::uses);

    /// Revoked: what is remembered of the holder's tokens goes at once.
    void forget(const domain::label& holder);

    static constexpr auto remembered_for = base::seconds{5};
    static constexpr int failures_per_window = 50;
    static constexpr auto window = base::minutes{1};

 private:
    struct known {
        holder who;
        instant until;
        bool used = false;  // since it was looked up
    };
    struct failures {
        instant since;
        int count = 0;
    };
    result<holder> look_up(std::string_view token, std::string_view peer, bool as_session, instant now, at_door how);
    std::optional<holder> remembered(const std::string& digest, instant now, at_door how);
    /// too_many from the address's next failure on, until its window is over.
    result<void> count_failure(std::string_view peer, instant now);

    port::token_store& tokens_;
    const port::secrets& secrets_;
    const port::clock& clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, known> known_;
    std::unordered_map<std::string, failures> failures_;
};

}  // namespace keepline::desk
