// The statement that a closed line gets: what was closed, when, on which proof, what became of each device, of the
// money and of the number. It names no person. Signed as a JWS by the shell.
#pragma once

#include "domain/number/number.hpp"

namespace keepline::domain {

struct certificate_device {
    base::iccid iccid;
    std::string outcome;  // "deleted", "written_off", "never_downloaded"
    proof_kind proof = proof_kind::none;
    std::string proof_digest;
    std::optional<instant> at;
    bool operator==(const certificate_device&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_device, (), (iccid, outcome, proof, proof_digest, at))

struct certificate_network {
    std::string step;
    std::string answer;
    bool proved = false;  // by the HLR's answer; false: there is no HLR, and whether the network serves it is not known
    instant at;
    bool operator==(const certificate_network&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_network, (), (step, answer, proved, at))

/// As things stand when it is issued: "ordered" is not "paid". The case shows what the bank says later.
struct certificate_refund {
    refund_state state = refund_state::ordered;  // ordered, waiting, to_collect or waived
    money amount;
    std::string id;  // EndToEndId, of what is ordered
    local_day due{};
    bool operator==(const certificate_refund&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_refund, (), (state, amount, id, due))

struct certificate_money {
    std::vector<quote_item> charged;
    std::optional<certificate_refund> refund;  // none: nothing is paid back
    money still_owed_to_customer;              // below the policy's smallest payment
    bool operator==(const certificate_money&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_money, (), (charged, refund, still_owed_to_customer))

struct certificate_claims {
    std::string kind = "keepline.closing/2";
    base::msisdn number;
    int generation = 0;
    int closure = 0;
    std::string case_number;  // as messages and people say it
    instant submitted_at;
    instant approved_at;
    instant closed_at;
    std::string policy;
    std::vector<evidence_kind> evidence;
    std::vector<certificate_device> devices;
    std::vector<certificate_network> network;
    certificate_money money;
    local_day quarantine_until;
    std::optional<local_day> reclaim_until;  // none: the old owner may not have it back
    local_day not_reassigned_before;
    /// Of a corrected certificate: which one it takes the place of (certificate_print), and what was wrong in it and in
    /// those before.
    std::string replaces{};
    std::vector<correction> corrections{};
    std::string on_behalf{};  // by which kind of representative it was applied for; empty: by its owner
    bool operator==(const certificate_claims&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_claims, (),
                      (kind, number, generation, closure, case_number, submitted_at, approved_at, closed_at, policy,
                       evidence, devices, network, money, quarantine_until, reclaim_until, not_reassigned_before,
                       replaces, corrections, on_behalf))

/// Needs a closed closure and its holds.
certificate_claims claims_of(const number_state& s);

/// What stands in a certificate that was signed, read without its signature: it is from the journal, or was verified.
struct read_certificate {
    certificate_claims claims;
    std::string operator_name;  // whose statement it is; the core names none
    std::string key;            // the signer's, "kid"
    bool sandbox = false;
};
/// code::certificate_invalid.
result<read_certificate> read(std::string_view jws);
/// By this a corrected certificate names the one before: SHA-256 of the JWS, in base64url.
std::string certificate_print(std::string_view jws);
/// The certificate of one of the owner's cases; null: there is none, or not any more.
const std::string* certificate_of(const number_state& s, int closure);

/// What may be corrected by two people's word, and not only by whoever said it (the network, the bank).
bool is_corrected_by_hand(certificate_part part);
/// What a certificate says of one line, as text; none: there is no such line in it.
std::optional<std::string> says(const certificate_claims& of, certificate_part part, const std::string& item);
/// The same certificate with one line corrected. code::invalid: the line cannot be, or not to that.
result<certificate_claims> corrected(certificate_claims of, const correction& what, instant now);

}  // namespace keepline::domain
