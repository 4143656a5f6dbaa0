// The seam to access tokens: what a request's token is looked up in. A token is 32 random bytes shown once; stored is
// only its keyed digest. The journal (domain/credential/credential.hpp) is the truth; this table follows it.
#pragma once

#include "domain/credential/credential.hpp"
#include "port/journal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::port {

struct token_record {
    std::string digest;  // keyed digest, hex (secrets::keyed_digest("token", "", token))
    domain::actor who;   // role, the id under which this holder appears in journals, the person, their kin
    std::string note;    // for people who manage tokens; no personal data
    instant created_at;
    std::optional<instant> expires_at;
    std::optional<instant> revoked_at;
    std::vector<domain::channel> channels{};
    instant kin_until{};  // who.kin counts until then
    domain::token_origin origin = domain::token_origin::admins;
    bool in_journal = false;                                     // only then does it open anything
    domain::session_level level = domain::session_level::reach;  // of a customer's session; in the journal only
    bool on_hold = false;  // since a restore, until its holder is confirmed; `revoked_at` says since when
    std::optional<domain::sign_in_way> way{};  // that opened a customer's session; in the journal only
    base::msisdn line{};                       // whose code did; likewise
    instant proved_at{};                       // held_token::proved_at; likewise
};

class token_store {
 public:
    virtual ~token_store() = default;
    virtual result<std::optional<token_record>> find(std::string_view digest) = 0;
    /// Somebody has used a token that was found. A session which rests too long is not found any more.
    virtual void note_used(const domain::actor&, const std::string&) {}
    virtual result<void> add(const token_record& token) = 0;
    virtual result<std::vector<token_record>> all() = 0;
    /// Every token of the holder, a customer or one of ours; how many were revoked.
    virtual result<int> revoke(bool customer, std::string_view holder, instant at) = 0;
    /// As the journal has it, from now on: person, kin, channels, expiry.
    virtual result<void> take_up(const token_record& token) = 0;
    /// Made or revoked past the API, and the journal does not say so yet.
    virtual result<std::vector<token_record>> not_in_journal() = 0;
};

}  // namespace keepline::port
