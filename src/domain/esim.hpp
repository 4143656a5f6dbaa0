// Esim, the third aggregate: one profile as our SM-DP+ holds it, from the stock to its delete notification. The stream
// key is the ICCID's digits (natural order, no trailing F); the public id is "es_…". Its states are those of SGP.22
// §3.1.6, moved by the functions of ES2+ (an operator's BSS, the REST API and the CLI all come through here), by the
// download over ES9+, and by what eUICCs notify.
//
//   decide(state, command, context) -> events | refusal      evolve, react: as in number.hpp
//
// What must have been verified before a command is made: every signature, certificate and transaction. This folder
// knows nothing of DER; digests, codes and keys come in as text.
//
// Repeating a command with the same parameters is harmless (no event). A refusal that must be remembered (a download
// too many, a wrong confirmation code) is an event, so such a command succeeds; `refusal_in(events)` tells the channel
// what to answer.
#pragma once

#include "domain/context.hpp"
#include "domain/download.hpp"
#include "domain/effects.hpp"
#include "domain/line.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <variant>
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
    bool operator==(const download_transaction&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_transaction, (), (id, eid, euicc_key, order, at, delivered, result, code_refused))

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
    std::vector<download_transaction> transactions;  // the last few, of earlier orders too
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
                       delivered, ordered_at, ordered_by, released_at, failed_by, failure_words, announced, cancelled,
                       left_on, transactions, reports, last_proof, kept, asked))

// ------------------------------------------------------------------------------------------------ commands

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
/// error; but LPAs cancel after any error, also after a confirmation code that was mistyped or forgotten. Where nothing
/// was delivered in the transaction, such an order stays open, until `forgives_codes` of its codes were wrong (0: never
/// forgiven).
struct cancel_session {
    static constexpr std::string_view name = "cancel_session";
    std::string transaction;
    int reason = 127;  // SGP.22 CancelSessionReason
    int forgives_codes = 0;
};
BOOST_DESCRIBE_STRUCT(cancel_session, (), (transaction, reason, forgives_codes))

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

// ------------------------------------------------------------------------------------------------ events

struct esim_provided {
    static constexpr std::string_view name = "esim_provided";
    base::iccid iccid;
    base::imsi imsi;
    std::string profile_type;
    label owner;
    bool keys_here = false;
    bool package = false;
    instant at;
    std::string content{};
    bool operator==(const esim_provided&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_provided, (), (iccid, imsi, profile_type, owner, keys_here, package, at, content))
struct esim_ordered {
    static constexpr std::string_view name = "esim_ordered";
    label requester;
    base::eid eid;
    base::msisdn number;
    int generation = 0;
    label subscriber;
    instant at;
    std::string call{};
    actor by{};
    bool operator==(const esim_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_ordered, (), (requester, eid, number, generation, subscriber, at, call, by))
struct esim_confirmed {
    static constexpr std::string_view name = "esim_confirmed";
    download_terms terms;
    instant at;
    bool operator==(const esim_confirmed&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_confirmed, (), (terms, at))
struct esim_released {
    static constexpr std::string_view name = "esim_released";
    instant at;
    bool operator==(const esim_released&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_released, (), (at))
struct esim_cancelled {
    static constexpr std::string_view name = "esim_cancelled";
    bool to_stock = false;
    bool delivered = false;  // a device may have it all the same
    base::msisdn number;     // whose it was
    base::eid eid;
    instant at;
    std::optional<past_order> of{};  // none: it was only taken out of the stock
    std::vector<base::eid>
        left_on{};  // the eUICCs that may have it all the same, where nobody signed that it is reused
    bool operator==(const esim_cancelled&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_cancelled, (), (to_stock, delivered, number, eid, at, of, left_on))
struct esim_reset {
    static constexpr std::string_view name = "esim_reset";
    download_terms terms;
    instant at;
    bool operator==(const esim_reset&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_reset, (), (terms, at))
struct esim_rebound {
    static constexpr std::string_view name = "esim_rebound";
    base::eid eid;
    instant at;
    bool operator==(const esim_rebound&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_rebound, (), (eid, at))
struct download_begun {
    static constexpr std::string_view name = "download_begun";
    std::string transaction;
    base::eid eid;
    std::string euicc_key;
    instant at;
    bool operator==(const download_begun&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_begun, (), (transaction, eid, euicc_key, at))
struct code_refused {
    static constexpr std::string_view name = "code_refused";
    std::string transaction;
    int wrong = 0;  // so far
    bool last = false;
    instant at;
    bool missing = false;
    bool operator==(const code_refused&) const = default;
};
BOOST_DESCRIBE_STRUCT(code_refused, (), (transaction, wrong, last, at, missing))
struct package_delivered {
    static constexpr std::string_view name = "package_delivered";
    std::string transaction;
    base::eid eid;
    instant at;
    bool operator==(const package_delivered&) const = default;
};
BOOST_DESCRIBE_STRUCT(package_delivered, (), (transaction, eid, at))
struct esim_installed {
    static constexpr std::string_view name = "esim_installed";
    std::string transaction;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool counts = true;  // false: of an earlier order or another eUICC; only kept
    bool operator==(const esim_installed&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_installed, (), (transaction, eid, sequence, shown, received, counts))
struct install_failed {
    static constexpr std::string_view name = "install_failed";
    std::string transaction;
    base::eid eid;
    std::uint32_t sequence = 0;
    int error_reason = 0;
    std::string words;
    bool for_good = false;  // otherwise the same eUICC may try again
    proof shown;
    std::string received;
    bool counts = true;
    bool operator==(const install_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(install_failed, (),
                      (transaction, eid, sequence, error_reason, words, for_good, shown, received, counts))
struct device_notified {
    static constexpr std::string_view name = "device_notified";
    base::iccid iccid;  // of a profile that nobody provided here
    profile_event what = profile_event::enable;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool late = false;      // that eUICC had said something newer before
    bool of_other = false;  // not the eUICC that the profile is bound to
    base::msisdn number;    // whose it was
    label requester;
    bool operator==(const device_notified&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_notified, (),
                      (iccid, what, eid, sequence, shown, received, late, of_other, number, requester))
struct notification_kept {
    static constexpr std::string_view name = "notification_kept";
    base::iccid iccid;
    std::string what;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool operator==(const notification_kept&) const = default;
};
BOOST_DESCRIBE_STRUCT(notification_kept, (), (iccid, what, eid, sequence, shown, received))
struct session_cancelled {
    static constexpr std::string_view name = "session_cancelled";
    std::string transaction;
    base::eid eid;
    int reason = 127;
    instant at;
    bool forgiven = false;  // after a confirmation code that was not taken: the order stays open
    bool operator==(const session_cancelled&) const = default;
};
BOOST_DESCRIBE_STRUCT(session_cancelled, (), (transaction, eid, reason, at, forgiven))
/// The SM-DS is to hold this event from now on; and is to forget it.
struct event_wanted {
    static constexpr std::string_view name = "event_wanted";
    event_record record;
    instant at;
    bool operator==(const event_wanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_wanted, (), (record, at))
struct event_unwanted {
    static constexpr std::string_view name = "event_unwanted";
    event_record record;
    instant at;
    bool operator==(const event_unwanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_unwanted, (), (record, at))
struct event_answered {
    static constexpr std::string_view name = "event_answered";
    registration status = registration::registered;
    std::string refusal;
    instant at;
    bool operator==(const event_answered&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_answered, (), (status, refusal, at))
/// The order is in `error` from now on.
struct order_failed {
    static constexpr std::string_view name = "order_failed";
    order_failure why = order_failure::expired;
    std::string words;
    base::eid eid;
    instant at;
    bool operator==(const order_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(order_failed, (), (why, words, eid, at))

using esim_event =
    std::variant<esim_provided, esim_ordered, esim_confirmed, esim_released, esim_cancelled, esim_reset, esim_rebound,
                 download_begun, code_refused, package_delivered, esim_installed, install_failed, device_notified,
                 notification_kept, session_cancelled, order_failed, event_wanted, event_unwanted, event_answered,
                 second_wanted, second_given, second_refused, second_expired>;

struct number_state;

/// Its package left, and no eUICC has signed that it is not there: a second download could put it on two devices.
bool may_sit_on_device(const esim_state& s);

/// The IMSI is this profile's: it is in the stock, ordered or on a device, or may be issued again.
bool keeps_imsi(const esim_state& s);

/// Is the network still to have the keys of this profile? They may come late, and a closed line's IMSI must not come
/// back with them. While the order is there, and so is the line that it is for: the same owner's, not ended (locked or
/// suspended it still wants them), and not rid of the profile. `line` is null where the order is for none.
bool keys_still_wanted(const esim_state& order, const number_state* line);

/// Is the SM-DS still to be told so? An order to it that waited may have been overtaken by a newer one.
bool still_wanted(const esim_state& order, const register_event& what);
bool still_wanted(const esim_state& order, const delete_event& what);

/// It ends what a package was bound with: the keys that are kept for the same eUICC are to go with it.
bool ends_binding(const esim_event& what);

/// What may be asked of the profile as it is now, by whoever may act on its order.
enum class esim_action { order, confirm, release, cancel, reset, rebind };
BOOST_DESCRIBE_ENUM(esim_action, order, confirm, release, cancel, reset, rebind)
std::vector<esim_action> possible_actions(const esim_state& s);

/// What a command's events mean for the one who asked: downloads_spent, order_expired, confirmation_refused,
/// confirmation_spent; nothing: it went well. An error: the command must be answered as refused although it succeeded.
std::optional<base::error> refusal_in(const std::vector<esim_event>& events);

// ------------------------------------------------------------------------------------------------ the three functions

struct esim {
    using state = esim_state;
    using command = esim_command;
    using event = esim_event;

    static result<std::vector<event>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    /// When an order that was not downloaded yet expires; the shell sends `expire_order` then.
    static std::optional<instant> next_due(const state& s);
};

}  // namespace keepline::domain
