// What may be asked of a profile: the functions of ES2+, the download's steps over ES9+, and what eUICCs notify.
#pragma once

#include "domain/esim/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// Into stock: generated here, or imported. The same facts again change nothing; other facts: esim_taken.
/// The keys go into the vault with the same submission. The IMSI is reserved for it before (context::reserved).
struct provide_esim {
    static constexpr std::string_view name = "provide_esim";
    base::iccid iccid;
    base::imsi imsi;
    std::string profile_type;
    label owner;
    bool keys_here = false;
    bool package = false;
    std::string content{};  // SHA-256 of that package: another one under the same ICCID is another profile
};
BOOST_DESCRIBE_STRUCT(provide_esim, (), (iccid, imsi, profile_type, owner, keys_here, package, content))

// -- ES2+ (SGP.22 §5.3). `requester` empty: staff, who may act on every order. Refused: esim_unknown, esim_not_yours.

/// available -> allocated, or linked with an EID. Refused: esim_taken, esim_type_differs. Where another eUICC may have
/// it from an order that was taken back: a second person; over ES2+ esim_taken.
struct download_order {
    static constexpr std::string_view name = "download_order";
    label requester;
    base::eid eid;
    std::string profile_type;  // empty: not checked
    std::string
        call{};  // a digest of who asked by which call, when it asked by type: by it a repeat finds this profile
};
BOOST_DESCRIBE_STRUCT(download_order, (), (requester, eid, profile_type, call))

/// allocated or linked -> confirmed, or released. Refused: esim_taken (confirmed with other parameters, or not
/// ordered), eid_differs, eid_missing (no matching ID, or an SM-DS, needs one). matching_id_taken comes from the
/// engine.
struct confirm_order {
    static constexpr std::string_view name = "confirm_order";
    label requester;
    download_terms terms;
    bool release = false;
    bool matching_id_made = false;  // not asked for but made by us: a repeat keeps the one of the first time
};
BOOST_DESCRIBE_STRUCT(confirm_order, (), (requester, terms, release, matching_id_made))

/// confirmed -> released. Refused: esim_not_confirmed.
struct release_profile {
    static constexpr std::string_view name = "release_profile";
    label requester;
};
BOOST_DESCRIBE_STRUCT(release_profile, (), (requester))

/// To stock although a device may have it: a second person. An operator's own system does it over ES2+ as the standard
/// has it; then the profile is for that device again, and for another one by two people only (esim_state::left_on). A
/// line's order: by two as well; who ordered it, and the line's owner, take it back with stop_profile.
/// An operator cancels what it ordered, and takes out of the stock what it owns; the same call again is harmless.
/// Refused: esim_not_yours, esim_taken (nobody ordered it; installed; or it ended the other way before), eid_missing,
/// eid_differs, matching_id_wrong.
struct cancel_order {
    static constexpr std::string_view name = "cancel_order";
    label requester;
    base::eid eid;            // checked when given
    std::string matching_id;  // checked when given
    bool to_stock = true;     // finalProfileStatusIndicator Available; false: Unavailable
    bool named = false;       // over ES2+: an order that is linked to an EID is cancelled by it only
};
BOOST_DESCRIBE_STRUCT(cancel_order, (), (requester, eid, matching_id, to_stock, named))

/// What operators otherwise call their vendor for: an order in `error` (or one that a device lost again: released,
/// downloaded, or installed and reported deleted) becomes `released`, all counts at zero. A profile whose package left
/// may sit on a device: it takes a second person (may_sit_on_device), or an eUICC's signature that it does not. So does
/// always an order that somebody waits for: a line's, an operator's of ES2+ where that does not ask itself, and what
/// another of the staff or another system ordered.
/// Refused: esim_taken.
struct reset_order {
    static constexpr std::string_view name = "reset_order";
    label requester;
    std::optional<std::string> matching_id;  // none: the same
    std::optional<download_limits> limits;   // none: the same, but an expiry that has passed is dropped
};
BOOST_DESCRIBE_STRUCT(reset_order, (), (requester, matching_id, limits))

/// The order is for another eUICC from now on (empty: for whichever comes first). What was downloaded is to be
/// downloaded again; a second person, as with reset_order. Refused: esim_taken (installed and not reported deleted, or
/// not ordered).
struct rebind_order {
    static constexpr std::string_view name = "rebind_order";
    label requester;
    base::eid eid;
};
BOOST_DESCRIBE_STRUCT(rebind_order, (), (requester, eid))

// -- for our own lines

/// DownloadOrder, ConfirmOrder and ReleaseProfile in one: available -> released. Again for the same number and matching
/// ID: no event. Refused: esim_taken, esim_type_differs.
struct order_for_line {
    static constexpr std::string_view name = "order_for_line";
    label requester;
    std::string type;
    base::msisdn number;  // empty: for no line (a test bed)
    int generation = 0;
    label subscriber;
    download_terms terms;
};
BOOST_DESCRIBE_STRUCT(order_for_line, (), (requester, type, number, generation, subscriber, terms))

/// The line has no use for it: back to stock where no device can have it, `unavailable` where one may.
struct give_back {
    static constexpr std::string_view name = "give_back";
    base::msisdn number;
    std::string matching_id;
};
BOOST_DESCRIBE_STRUCT(give_back, (), (number, matching_id))

// -- ES9+

/// AuthenticateClient passed its cryptographic checks. Counts a try once per transaction. Refused:
/// matching_id_wrong, esim_not_released, eid_differs; remembered: downloads_spent, order_expired.
struct begin_download {
    static constexpr std::string_view name = "begin_download";
    std::string transaction;
    base::eid eid;
    std::string euicc_key;
    std::string matching_id;  // as the LPA sent it; must be the order's
};
BOOST_DESCRIBE_STRUCT(begin_download, (), (transaction, eid, euicc_key, matching_id))

/// GetBoundProfilePackage came with a wrong confirmation code, or without one. Always remembered: confirmation_refused,
/// or confirmation_spent when it was the last try. A missing one is no guess, so it does not count as a wrong one.
/// Refused: transaction_unknown.
struct refuse_code {
    static constexpr std::string_view name = "refuse_code";
    std::string transaction;
    bool missing = false;
};
BOOST_DESCRIBE_STRUCT(refuse_code, (), (transaction, missing))

/// Its Bound Profile Package leaves now: released -> downloaded, and bound to that eUICC. Refused: transaction_unknown,
/// esim_not_bindable (cancelled or rebound meanwhile), order_expired, confirmation_spent.
struct deliver_package {
    static constexpr std::string_view name = "deliver_package";
    std::string transaction;
};
BOOST_DESCRIBE_STRUCT(deliver_package, (), (transaction))

/// A ProfileInstallationResult, verified with the transaction's key. `received` is what came, Base64: it is kept in the
/// journal. Accepted whatever the state is: late, foreign and repeated ones change nothing wrongly.
struct install_result {
    static constexpr std::string_view name = "install_result";
    std::string transaction;
    bool succeeded = false;
    int error_reason = 0;  // SGP.22 ErrorReason
    std::string words;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
};
BOOST_DESCRIBE_STRUCT(install_result, (), (transaction, succeeded, error_reason, words, sequence, shown, received))

/// An OtherSignedNotification, verified. `must_exist` may be cleared: then an ICCID that nobody provided is kept too.
struct notified {
    static constexpr std::string_view name = "notified";
    base::iccid iccid;
    profile_event what = profile_event::enable;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;  // Base64
};
BOOST_DESCRIBE_STRUCT(notified, (), (iccid, what, eid, sequence, shown, received))

/// An eUICC signed something about this profile that moves nothing here (RPM, later events of SGP.22 v3): kept as it
/// came. `must_exist` may be cleared, as with `notified`.
struct keep_notification {
    static constexpr std::string_view name = "keep_notification";
    base::iccid iccid;
    std::string what;  // "rpm_enable", "event_9"
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;  // Base64
};
BOOST_DESCRIBE_STRUCT(keep_notification, (), (iccid, what, eid, sequence, shown, received))

/// ES9+.CancelSession, verified. Postponed, timeout and sessionAborted leave the order as it is, everything else is an
/// error; but LPAs cancel after any error, also after a confirmation code that was mistyped or forgotten, and after
/// whatever we refused. Where nothing was delivered in the transaction, such an order stays open; what has to do with
/// its code until `forgives_codes` of those were wrong or did not come (0: never forgiven).
struct cancel_session {
    static constexpr std::string_view name = "cancel_session";
    std::string transaction;
    int reason = 127;  // SGP.22 CancelSessionReason
    int forgives_codes = 0;
    std::string refused{};  // what we refused in that transaction last, "8.8/4.2"; empty: nothing
};
BOOST_DESCRIBE_STRUCT(cancel_session, (), (transaction, reason, forgives_codes, refused))

/// The SM-DS's answer to register_event. Of an event that is wanted no more: no event.
struct smds_answered {
    static constexpr std::string_view name = "smds_answered";
    event_record record;
    registration status = registration::registered;
    std::string refusal;
};
BOOST_DESCRIBE_STRUCT(smds_answered, (), (record, status, refusal))

/// The order's time is over (see next_due).
struct expire_order {
    static constexpr std::string_view name = "expire_order";
};
BOOST_DESCRIBE_STRUCT(expire_order, (), ())

using esim_command =
    std::variant<provide_esim, download_order, confirm_order, release_profile, cancel_order, reset_order, rebind_order,
                 order_for_line, give_back, begin_download, refuse_code, deliver_package, install_result, notified,
                 keep_notification, cancel_session, smds_answered, expire_order, countersign, refuse_second>;

}  // namespace keepline::domain
