// A profile as our SM-DP+ holds it: its order, who may have it, what left for it and what eUICCs said of it. Its states
// are those of SGP.22 §3.1.6.
#pragma once

#include "domain/effects.hpp"
#include "domain/esim/download.hpp"
#include "domain/number/line.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// SGP.22 §3.1.6. What a device reports later (enabled, disabled, deleted) is in `reports`.
enum class esim_status {
    available,    // in stock
    allocated,    // ordered, without EID
    linked,       // ordered for one EID
    confirmed,    // matching ID given, not to be downloaded yet
    released,     // may be downloaded
    downloaded,   // a Bound Profile Package was given out; the same eUICC may fetch it again
    installed,    // the eUICC said so
    error,        // see `failed_by`; reset_order makes it `released` again
    unavailable,  // not to be used any more
};
BOOST_DESCRIBE_ENUM(esim_status, available, allocated, linked, confirmed, released, downloaded, installed, error,
                    unavailable)

/// `refused_by_user`: a person said no (endUserRejection). `refused_by_device`: the device gave another reason, or none
/// that is known.
enum class order_failure { downloads_spent, codes_spent, expired, install_failed, refused_by_user, refused_by_device };
BOOST_DESCRIBE_ENUM(order_failure, downloads_spent, codes_spent, expired, install_failed, refused_by_user,
                    refused_by_device)

/// NotificationEvent of SGP.22 v2.
enum class profile_event { install, enable, disable, deletion };
BOOST_DESCRIBE_ENUM(profile_event, install, enable, disable, deletion)

/// One RSP session that reached this profile. Kept beyond the session: a ProfileInstallationResult may come days later
/// and is verified with this key.
struct download_transaction {
    std::string id;  // hex, lower case
    base::eid eid;
    std::string euicc_key;  // as the RSP layer wants it back; hex of DER by convention
    int order = 0;          // the order it belongs to, see esim_state::orders
    instant at;
    bool delivered = false;
    std::string result;         // "installed", "failed", "cancelled"; empty: not known
    bool code_refused = false;  // its confirmation code was wrong or missing
    bool forgiven = false;      // it was cancelled, and the order stayed open all the same
    std::string refused{};      // what we had refused in it by then, "8.8/4.2"
    bool operator==(const download_transaction&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_transaction, (),
                      (id, eid, euicc_key, order, at, delivered, result, code_refused, forgiven, refused))

/// The last word of one eUICC about this profile.
struct device_report {
    base::eid eid;
    profile_event what = profile_event::install;
    std::uint32_t sequence = 0;       // seqNumber, SGP.22 §4.1
    instant at;                       // when it came
    std::string digest;               // SHA-256 hex of what was received
    std::vector<std::uint32_t> seen;  // the last ones, so that none counts twice
    bool operator==(const device_report&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_report, (), (eid, what, sequence, at, digest, seen))

/// How the SM-DS took an order's event. `unknown`: no SM-DS of that address is configured.
enum class registration { pending, registered, refused, unknown };
BOOST_DESCRIBE_ENUM(registration, pending, registered, refused, unknown)

/// The event that an SM-DS is to hold for the order.
struct announcement {
    event_record record;
    registration status = registration::pending;
    std::string refusal;  // of a refused one: the SM-DS's "8.9.5/4.2"
    bool operator==(const announcement&) const = default;
};
BOOST_DESCRIBE_STRUCT(announcement, (), (record, status, refusal))

/// The order before, when it was cancelled: by it a repeated cancelOrder is told from one that is about nothing.
struct past_order {
    label requester;
    base::eid eid;
    std::string matching_id;
    bool to_stock = false;
    bool operator==(const past_order&) const = default;
};
BOOST_DESCRIBE_STRUCT(past_order, (), (requester, eid, matching_id, to_stock))

struct esim_state {
    base::iccid iccid;
    base::imsi imsi;
    std::string type;        // profile type, as configured
    label owner;             // the operator whose stock it is; empty: anybody's
    bool keys_here = false;  // vault ("p:" + ICCID, "keys"): to be delivered to the HLR
    bool package = false;    // vault ("p:" + ICCID, "package"): a pre-personalised package …
    std::string content;     // … of which this is the SHA-256
    bool foreign = false;    // never provided here: only notifications name it
    instant provided_at;
    esim_status status = esim_status::available;

    // -- the order
    int orders = 0;    // so far
    label requester;   // operator label (ES2+), empty: our own lines or staff
    std::string call;  // that made it, as in download_order; empty: not ordered by type
    base::msisdn number;
    int generation = 0;  // of the number's owner
    label subscriber;
    download_terms terms;
    base::eid asked_eid;     // that DownloadOrder named; a repeat names it again
    base::eid eid;           // bound to: from the order, or of the eUICC that downloaded it
    int downloads = 0;       // tries so far
    int codes = 0;           // wrong confirmation codes so far
    int excused = 0;         // cancels so far that were forgiven although no code ever came
    bool delivered = false;  // a BPP of this order left: a phone may hold the profile
    instant ordered_at;
    actor ordered_by{};  // nobody else sees what opens its download, or confirms it alone
    instant released_at;
    std::optional<order_failure> failed_by;
    std::string failure_words;
    std::optional<announcement> announced;  // while a download is waited for that an SM-DS is to tell of
    std::optional<past_order> cancelled;    // the order before; until the next
    /// The eUICCs that got its package for orders that were taken back, and have not signed that they do not have it:
    /// for any other it is ordered by two people only.
    std::vector<base::eid> left_on{};

    // -- devices
    std::vector<download_transaction> transactions;  // the last few, of earlier orders too; longer what was delivered
    std::vector<device_report> reports;              // one per eUICC, the last few
    std::optional<proof> last_proof;
    std::vector<std::string> kept;  // digests of the last notifications that were only kept
    second_requests asked{};        // what waits for a second person
    bool operator==(const esim_state&) const = default;

    const download_transaction* transaction(std::string_view id) const;
    /// Of the eUICC it is bound to; null: nothing heard.
    const device_report* report() const;
    bool is_ordered() const { return status != esim_status::available && status != esim_status::unavailable; }
};
BOOST_DESCRIBE_STRUCT(esim_state, (),
                      (iccid, imsi, type, owner, keys_here, package, content, foreign, provided_at, status, orders,
                       requester, call, number, generation, subscriber, terms, asked_eid, eid, downloads, codes,
                       excused, delivered, ordered_at, ordered_by, released_at, failed_by, failure_words, announced,
                       cancelled, left_on, transactions, reports, last_proof, kept, asked))

}  // namespace keepline::domain
