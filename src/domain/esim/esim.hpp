// Esim, the third aggregate: one profile as our SM-DP+ holds it, from the stock to its delete notification. The stream
// key is the ICCID's digits (natural order, no trailing F); the public id is "es_…". Its states are those of SGP.22
// §3.1.6, moved by the functions of ES2+ (an operator's BSS, the REST API and the CLI all come through here), by the
// download over ES9+, and by what eUICCs notify.
//
//   decide, evolve, react: as in number.hpp
//
// What must have been verified before a command is made: every signature, certificate and transaction. This folder
// knows nothing of DER; digests, codes and keys come in as text.
//
// Repeating a command with the same parameters is harmless (no event). A refusal that must be remembered (a download
// too many, a wrong confirmation code) is an event, so such a command succeeds; `refusal_in(events)` tells the channel
// what to answer.
#pragma once

#include "domain/context.hpp"
#include "domain/decision.hpp"
#include "domain/esim/commands.hpp"
#include "domain/esim/events.hpp"
#include "domain/esim/state.hpp"

#include <optional>
#include <vector>

namespace keepline::domain {

struct number_state;

/// What does not hold of this state; see number.hpp.
std::optional<std::string> unsound(const esim_state& s);

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

/// The same cancelOrder as the one that ended the order before.
bool was_cancelled_so(const esim_state& s, const cancel_order& c);

/// Whether the order's time and tries allow one more download.
bool may_be_tried(const esim_state& s, instant now);

/// Why the order is open although its last download was cancelled or its code not taken, and what may be done, in
/// words; empty: nothing of the kind happened.
std::string why_left_open(const esim_state& s);

/// What a command's events mean for the one who asked: downloads_spent, order_expired, confirmation_refused,
/// confirmation_spent; nothing: it went well. An error: the command must be answered as refused although it succeeded.
std::optional<base::error> refusal_in(const std::vector<esim_event>& events);

struct esim {
    using state = esim_state;
    using command = esim_command;
    using event = esim_event;

    static result<decided<esim>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    /// When an order that was not downloaded yet expires; the shell sends `expire_order` then.
    static std::optional<instant> next_due(const state& s);
};

}  // namespace keepline::domain
