#include "portal/routes.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

namespace {

using http::verb;
using enum visitors;
constexpr auto by_itself = desk::at_door::looks;

/// A document, and what is around it.
constexpr std::size_t document_form_bytes_max = 8UL * 1024 * 1024 + form_bytes_max;
/// A certificate twice, as a file and as text that a browser encoded, and what is around it.
constexpr std::size_t certificate_form_bytes_max = 160UL * 1024;

constexpr std::array table{
    route{verb::get, "/", all, show_welcome},
    route{verb::post, "/sign-in", all, ask_code},
    route{verb::get, "/sign-in/{}", all, show_code},
    route{verb::post, "/sign-in/{}", all, answer_code},
    route{verb::post, "/passkey", all, answer_by_passkey},
    route{verb::post, "/prove", signed_in, ask_proving_code},
    route{verb::get, "/prove/{}", signed_in, show_proving_code},
    route{verb::post, "/prove/{}", signed_in, answer_proving_code},
    route{verb::get, "/saved-code", all, show_saved_code},
    route{verb::post, "/saved-code", all, answer_by_saved_code},
    route{verb::post, "/sign-out", signed_in, sign_out},
    route{verb::post, "/sign-out/everywhere", signed_in, sign_out_everywhere},
    route{verb::get, "/message", all, show_message_question},
    route{verb::post, "/message", all, answer_message_question},
    route{verb::get, "/official", all, show_official},
    route{verb::get, "/phrase", signed_in, show_phrase},
    route{verb::post, "/phrase", signed_in, choose_phrase},
    route{verb::get, "/passkeys", signed_in, show_passkeys},
    route{verb::post, "/passkeys", signed_in, add_passkey},
    route{verb::post, "/passkeys/{}/removal", signed_in, remove_passkey},
    route{verb::get, "/sessions", signed_in, show_sessions},
    route{verb::post, "/sessions/{}/end", signed_in, end_session},
    route{verb::get, "/line", signed_in, show_line},
    route{verb::get, "/lost", signed_in, show_lost},
    route{verb::post, "/lost", signed_in, report_lost},
    route{verb::get, "/locked", all, show_locked},
    route{verb::get, "/found", signed_in, show_found},
    route{verb::post, "/found", signed_in, report_found},
    route{verb::get, "/take-back", signed_in, show_take_back},
    route{verb::post, "/take-back", signed_in, take_number_back},
    route{verb::post, "/take-back/saved-code", signed_in, show_saved_code_to_take_back},
    route{verb::get, "/lock", signed_in, show_lock},
    route{verb::post, "/lock", signed_in, set_lock},
    route{verb::get, "/codes", signed_in, show_codes},
    route{verb::post, "/codes", signed_in, make_codes},
    route{verb::get, "/money", signed_in, show_money},
    route{verb::get, "/activity", signed_in, show_activity},
    route{verb::get, "/dates", signed_in, show_dates},
    route{verb::get, "/dates.ics", signed_in, fetch_calendar},
    route{verb::post, "/dates/address", signed_in, choose_calendar},
    route{verb::get, "/calendar/{}.ics", all, feed_calendar},
    route{verb::get, "/devices", signed_in, show_devices},
    route{verb::post, "/devices/undo", signed_in, undo_switch},
    route{verb::post, "/devices/new", signed_in, order_device},
    route{verb::get, "/devices/{}", signed_in, show_device},
    route{verb::get, "/devices/{}/code.svg", signed_in, draw_code},
    route{verb::post, "/devices/{}/stop", signed_in, stop_device},
    route{verb::post, "/devices/{}/use", signed_in, use_device},
    route{verb::get, "/contacts", signed_in, show_contacts},
    route{verb::post, "/contacts", signed_in, add_contact},
    route{verb::post, "/language", signed_in, choose_language},
    route{verb::get, "/contacts/{}", signed_in, show_contact},
    route{verb::post, "/contacts/{}/codes", signed_in, send_contact_code},
    route{verb::post, "/contacts/{}/proof", signed_in, verify_contact},
    route{verb::post, "/contacts/{}/removal", signed_in, remove_contact},
    route{verb::get, "/account", signed_in, show_account},
    route{verb::post, "/account", signed_in, name_account},
    route{verb::get, "/documents", signed_in, show_documents},
    route{verb::post, "/documents", signed_in, add_document, document_form_bytes_max},
    route{verb::get, "/documents/{}", signed_in, fetch_document},
    route{verb::post, "/documents/{}/removal", signed_in, take_document_back},
    route{verb::get, "/disclosures", signed_in, show_disclosures},
    route{verb::post, "/disclosures/codes", signed_in, send_disclosure_code},
    route{verb::post, "/disclosures", signed_in, ask_disclosure},
    route{verb::post, "/disclosures/{}/stop", signed_in, stop_disclosure},
    route{verb::post, "/disclosures/{}/archive", signed_in, fetch_disclosure},
    route{verb::get, "/representatives", signed_in, show_representatives},
    route{verb::post, "/representatives/{}/objection", signed_in, object_to_representative},
    route{verb::post, "/representatives/{}/end", signed_in, end_representative},
    route{verb::get, "/close", signed_in, show_closing},
    route{verb::post, "/close", signed_in, begin_closing},
    route{verb::get, "/case/{}", signed_in, show_case},
    route{verb::get, "/case/{}/part", signed_in, show_case_part, form_bytes_max, by_itself},
    route{verb::get, "/case/{}/live", signed_in, follow_case, form_bytes_max, by_itself},
    route{verb::get, "/case/{}/quote", signed_in, show_quote},
    route{verb::get, "/case/{}/quote/part", signed_in, show_quote_part, form_bytes_max, by_itself},
    route{verb::get, "/case/{}/quote/live", signed_in, follow_quote, form_bytes_max, by_itself},
    route{verb::post, "/case/{}/quote", signed_in, accept_quote},
    route{verb::post, "/case/{}/new-quote", signed_in, renew_quote},
    route{verb::get, "/case/{}/backup", signed_in, show_backup},
    route{verb::post, "/case/{}/backup", signed_in, choose_backup},
    route{verb::get, "/case/{}/backup.zip", signed_in, fetch_backup},
    route{verb::get, "/case/{}/proof", signed_in, show_proof},
    route{verb::post, "/case/{}/codes", signed_in, send_code},
    route{verb::post, "/case/{}/proof", signed_in, take_code},
    route{verb::post, "/case/{}/saved-code", signed_in, take_saved_code},
    route{verb::post, "/case/{}/document", signed_in, prove_by_document, document_form_bytes_max},
    route{verb::post, "/case/{}/card", signed_in, prove_by_card},
    route{verb::post, "/case/{}/call", signed_in, prove_by_call},
    route{verb::post, "/case/{}/check-withdrawal", signed_in, take_check_back},
    route{verb::get, "/case/{}/accounts", signed_in, show_accounts},
    route{verb::post, "/case/{}/accounts", signed_in, note_accounts},
    route{verb::get, "/case/{}/check", signed_in, show_check},
    route{verb::post, "/case/{}/submission", signed_in, submit_case},
    route{verb::post, "/case/{}/information", signed_in, give_information},
    route{verb::get, "/case/{}/stop", signed_in, show_stop},
    route{verb::post, "/case/{}/withdrawal", signed_in, withdraw_case},
    route{verb::post, "/case/{}/repudiation", signed_in, repudiate_case},
    route{verb::get, "/case/{}/certificate", signed_in, show_certificate},
    route{verb::get, "/case/{}/disputes", signed_in, show_disputes},
    route{verb::post, "/case/{}/disputes", signed_in, open_dispute},
    route{verb::post, "/case/{}/dispute-withdrawal", signed_in, withdraw_dispute},
    route{verb::get, "/case/{}/certificate.jws", signed_in, fetch_certificate},
    route{verb::get, "/case/{}/certificate.pdf", signed_in, print_certificate},
    route{verb::get, "/verify", all, show_verify},
    route{verb::post, "/verify", all, verify_certificate, certificate_form_bytes_max},
    route{verb::get, "/verify/keys.json", all, fetch_keys},
};

/// The variable part of a path of this pattern.
std::optional<std::string_view> part_of(std::string_view pattern, std::string_view path) {
    const auto hole = pattern.find("{}");
    if (hole == std::string_view::npos) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
    const auto before = pattern.substr(0, hole);
    const auto after = pattern.substr(hole + 2);
    if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size())
        return std::nullopt;
    const auto part = path.substr(before.size(), path.size() - before.size() - after.size());
    const bool is_id =
        part.size() <= 256 && std::ranges::all_of(part, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        });
    return is_id ? std::optional(part) : std::nullopt;
}

}  // namespace

std::span<const route> routes() { return table; }

match find_route(verb how, std::string_view path) {
    match out;
    for (const auto& one : table) {
        const auto part = part_of(one.path, path);
        if (!part) continue;
        out.path_known = true;
        if (one.how != (how == verb::head ? verb::get : how)) continue;
        out.found = &one;
        out.arg = *part;
        return out;
    }
    return out;
}

}  // namespace keepline::portal
