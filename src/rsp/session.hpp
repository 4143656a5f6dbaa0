// One RSP session (SGP.22 §3.1.2, §3.1.3) between two calls of the same phone, as a value small enough to store: who
// asked, what was proved, what we signed. The steps (authentication, binding, cancel) take it and change it; whoever
// holds it stores it before answering, so that a restart between two calls is not noticed.
#pragma once

#include "rsp/messages.hpp"
#include "rsp/provider.hpp"

#include <optional>
#include <string>

namespace keepline::rsp {

enum class stage : std::uint8_t {
    initiated = 1,      // we sent serverSigned1
    authenticated = 2,  // the eUICC proved itself; no order was found for it yet
    offered = 3,        // we sent metadata and smdpSigned2
    bound = 4,          // a bound profile package was made; only a repeat may follow
    ended = 5,          // cancelled
};

struct session {
    transaction_id id;  // 16 octets
    rsp::stage stage = rsp::stage::initiated;
    base::instant started;
    base::digest set{};  // certificate_set::id()
    base::byte_array<16> server_challenge{};
    std::string server_address;   // as the phone wrote it
    base::bytes euicc_ci_key_id;  // euiccCiPKIdToBeUsed

    // from authenticated on
    std::string eid;
    curve euicc_curve{};
    point euicc_key{};
    base::digest euicc_certificate{};
    // from offered on
    bool confirmation_required = false;
    signature smdp_signature_2{};
    base::bytes offered_otpk;  // bppEuiccOtpk that we sent, or empty
    // from bound on
    base::bytes euicc_otpk;
    // What the caller wants to find again (the order's id, matching id), and what it refused last ("8.8/4.2"); this
    // folder never reads them.
    std::string note;
    std::string refused;

    std::string text() const { return transaction_text(id); }

    base::bytes serialise() const;
    static base::result<session> parse(base::byte_view stored);
    bool operator==(const session&) const = default;
};

}  // namespace keepline::rsp
