// Renders every message that leaves: its kind names an entry [notice.…] of the texts (src/text, texts/*.toml), its
// parameters fill the places. Pure; any thread.
//
// Parameters are strings by name; those that are missing or empty drop their sentence, never leave a hole. Dates come
// local and plain ("2026-02-13" or "2026-02-13 16:00"), money as "12.30 CNY": the language writes them as its readers
// do.
//
//   always there   number (its last four digits), line (public id), operator, hotline: filled in by the connector
//                  case     what the customer quotes (without one the line's id stands in)
//                  and every [sentence] of the language, as not_you
//   in most        closure  the closure's number on its line
//                  due      the day by which we decide, or pay
//                  provisional  non-empty: the calendar for `due` is not published yet
//                  until    the last day, or the end, of what the notice speaks of (see notice_kinds())
//                  at, reason, what, amount, reference, days
//   receipt        cooling_off_hours
//   what repeats   quiet (minutes in which more of it comes in one message), repeats (how much that one gathers)
//   profile_ready  activation_code (of a new line's first), confirmation (non-empty: the phone asks for that code, too)
//   rejected and its like  complain_to, complain_web, complain_phone, complain_days, complain_working: the policy's own
//                  words on who hears the customer after us, filled in by the connector
//   closed         certificate, quarantine_until, reclaim_until, amount and due (of the refund)
// A link in a parameter (a reason typed by staff) is cut out: no message of ours contains one (docs/rules.md R5).
#pragma once

#include "base/error.hpp"
#include "text/book.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace keepline::link {

using base::result;

using notice_params = std::map<std::string, std::string>;

/// Who speaks. Shown in every message; fits the operator's brand.
struct notice_voice {
    std::string operator_name = "Keepline";
    std::string hotline;  // "10099"; empty: "the hotline or a shop"
    std::shared_ptr<const text::book> texts = text::shipped();
    bool replies = false;  // SMS may be answered: somebody reads what comes to their sender
};

struct notice_kind {
    std::string_view kind;
    std::string_view params;  // those its text uses besides the ones that are always there
};
/// Every kind there is. A test holds src/domain to it.
std::span<const notice_kind> notice_kinds();
bool is_notice_kind(std::string_view kind);
/// The places that any notice may fill besides its own: "number", …; the sentences of the texts come on top.
std::span<const std::string_view> common_places();

struct rendered_notice {
    std::string language;  // that speaks
    std::string subject;
    std::string sms;
    std::string text;
    std::string html;
};

/// code::invalid for an unknown kind.
result<rendered_notice> render_notice(std::string_view kind, std::string_view language, const notice_voice& voice,
                                      const notice_params& params);
/// The same, only the short text: rendering mail bodies costs more than a thousand SMS should pay.
result<std::string> render_sms(std::string_view kind, std::string_view language, const notice_voice& voice,
                               const notice_params& params);

/// The message that carries a one-time code: kind "otp", params code, minutes, number.
inline constexpr std::string_view otp_kind = "otp";

/// The one that is meant to be read out to staff.
inline constexpr std::string_view otp_for_staff_kind = "otp_for_staff";

/// The code that verifies a contact point: params code, minutes. It may reach somebody who has nothing to do with us,
/// so it names no line.
inline constexpr std::string_view contact_code_kind = "contact_code";

/// The code that is shown to ask for everything that is held about a person: params code, minutes.
inline constexpr std::string_view disclosure_code_kind = "disclosure_code";

/// The code to sign in with: params code, minutes.
inline constexpr std::string_view sign_in_code_kind = "sign_in_code";

/// The last four digits: enough for the owner to know which line is meant.
std::string number_tail(std::string_view msisdn);
/// A place that holds what a policy says, checked as it was read: it goes whole, and an address in it is no link.
bool is_policys_own(std::string_view place);
/// One line, no control characters, no links, at most `max_characters` code points.
std::string plain_parameter(std::string_view value, std::size_t max_characters);

}  // namespace keepline::link
