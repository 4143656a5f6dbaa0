#include "api/routes.hpp"

#include "api/commands.hpp"
#include "api/money_budget.hpp"
#include "api/request_views.hpp"

#include <algorithm>

namespace keepline::api {

namespace {

// -- the two shapes that most operations have

template <typename Body>
Body body_type(make::made (*)(const make::asking&, Body));

using answerer = void (*)(const call_ptr&, const engine::answer&);

template <auto Make>
void submit_made(const call_ptr& c, const engine::view_ptr& line, int closure, answerer next) {
    auto in = body_of<decltype(body_type(Make))>(*c);
    if (!in) return c->refuse(in.error());
    auto command = Make({*c, *line, closure}, std::move(*in));
    if (!command) return c->refuse(command.error());
    submit(c, submission_of(*c, line->key, std::move(*command)),
           [next](const call_ptr& same, const engine::answer& done) {
               // It was only asked for: somebody else must sign it.
               if (const auto* asked = wanted_in(done)) return answer_request(same, done, *asked, 202);
               next(same, done);
           });
}

void answer_or_request(const call_ptr& c, const engine::answer& done) {
    if (const auto* asked = wanted_in(done)) return answer_request(c, done, *asked, 202);
    answer_line(c, done);
}

/// A command about the line in the path; the answer is the line.
template <auto Make, answerer Next = answer_line>
void on_line(const call_ptr& c) {
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    submit_made<Make>(c, *line, 0, Next);
}

/// Money that a person moves is counted for them before it moves, over all lines.
template <auto Make>
void by_hand(const call_ptr& c) {
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    auto in = body_of<decltype(body_type(Make))>(*c);
    if (!in) return c->refuse(in.error());
    auto command = Make({*c, **line, 0}, std::move(*in));
    if (!command) return c->refuse(command.error());
    within_budget(c, *line, std::move(*command), [](const call_ptr& same, engine::submission what) {
        submit(same, std::move(what), answer_or_request);
    });
}

/// A command about the line's latest closure, which the path must name; the answer is the case.
template <auto Make, answerer Next = answer_closure>
void on_closure(const call_ptr& c) {
    const auto found = case_for(*c, c->args[0]);
    if (!found) return c->refuse(found.error());
    if (found->past != nullptr)
        return c->refuse({base::code::closure_stage,
                          "This closure has ended; the line has a newer one.",
                          {{"stage", boost::describe::enum_to_string(found->past->ended_as, "")}}});
    submit_made<Make>(c, found->view, found->number, Next);
}

void answer_created(const call_ptr& c, const engine::answer& done) { answer_case(c, done, 201); }

void answer_opened(const call_ptr& c, const engine::answer& done) {
    const bool opened = std::ranges::any_of(done.events, [](const engine::any_event& one) {
        const auto* event = std::get_if<domain::number_event>(&one);
        return event != nullptr && std::holds_alternative<domain::closure_opened>(*event);
    });
    answer_case(c, done, opened ? 201 : 200);
}

/// What is counted must be an event; to the caller it is a refusal all the same, and again when the request is
/// repeated. Which one, where nothing is locked by it: `why`.
template <typename Failed, typename Why>
std::optional<base::error> counted_refusal(const engine::answer& done, std::string_view locked, const Why& why) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* failed = event == nullptr ? nullptr : std::get_if<Failed>(event);
        if (failed == nullptr) continue;
        const base::detail tries{"wrong_tries", std::to_string(failed->wrong)};
        if (failed->locked_until)
            return base::error{
                base::code::otp_locked, std::string(locked), {tries, {"until", base::iso(*failed->locked_until)}}};
        const auto [what, words] = why(*failed);
        return base::error{what, words, {tries}};
    }
    return {};
}

}  // namespace

std::optional<base::error> failed_proof(const engine::answer& done) {
    return counted_refusal<domain::proof_failed>(
        done, "Too many proofs failed; wait before the next try.", [](const domain::proof_failed& failed) {
            return failed.kind == domain::evidence_kind::recovery_code
                       ? std::pair{base::code::otp_wrong, "The recovery code is not one of this line's."}
                       : std::pair{base::code::proof_mismatch, "What was shown is not what is on file."};
        });
}

namespace {

/// Of a line that lapsed there is no case to count in: a wrong code counts for the line.
void answer_code(const call_ptr& c, const engine::answer& done) {
    auto wrong = counted_refusal<domain::otp_failed>(
        done, "Too many wrong codes; wait before the next try.", [](const domain::otp_failed&) {
            return std::pair{base::code::otp_wrong, "The code is wrong; look at the latest message."};
        });
    if (!wrong) wrong = failed_proof(done);
    if (wrong) return c->refuse(*std::move(wrong));
    answer_closure(c, done);
}

}  // namespace

void answer_proved(const call_ptr& c, const engine::answer& done) {
    if (auto failed = failed_proof(done)) return c->refuse(*std::move(failed));
    answer_line(c, done);
}

namespace {

/// The same of proof in a case.
void answer_evidence(const call_ptr& c, const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* shown = event == nullptr ? nullptr : std::get_if<domain::evidence_recorded>(event);
        if (shown != nullptr && shown->shown.compared == domain::comparison::mismatched)
            return c->refuse({base::code::proof_mismatch, "What was shown is not what is on file; it was counted."});
    }
    answer_closure(c, done);
}

// Who may: desk/roles.hpp.
using namespace desk::who;  // NOLINT(google-build-using-namespace): its sets of roles
using enum verb;

const std::array table{
    // -- subscribers
    route{post, "/v1/subscribers", clerks, register_subscriber},
    route{get, "/v1/subscribers/{}", everyone, read_subscriber},
    route{post, "/v1/subscribers/{}/contacts", applicants, change_contacts},
    route{post, "/v1/subscribers/{}/refund-account", applicants, name_account},
    route{post, "/v1/subscribers/{}/document", agent | deciders | machine, change_document},
    route{post, "/v1/subscribers/{}/contacts/{}/codes", applicants, request_contact_code},
    route{post, "/v1/subscribers/{}/contacts/{}/code-answers", applicants, answer_contact_code},
    route{get, "/v1/subscribers/{}/person", everyone, read_person}.asks("reason"),
    route{post, "/v1/subscribers/{}/erasure", back_office, erase_subscriber},
    route{post, "/v1/subscribers/{}/erasure/withdrawal", applicants, drop_erasure},
    route{get, "/v1/subscribers/{}/requests", everyone_but_customers, list_subscriber_requests},
    route{post, "/v1/subscribers/{}/requests/{}/countersignature", deciders, countersign_subscriber_request},
    route{post, "/v1/subscribers/{}/requests/{}/refusal", agent | deciders | machine, refuse_subscriber_request},
    route{post, "/v1/subscribers/{}/sessions", portal, open_session},
    route{post, "/v1/subscribers/{}/sessions/end", applicants, end_sessions},
    // -- lines
    route{post, "/v1/lines", clerks, order_line},
    route{post, "/v1/lines/import", back_office, import_line, if_match::optional, body_size::large},
    route{post, "/v1/lines/import-file", back_office, import_file, if_match::optional, body_size::large},
    route{post, "/v1/import-plans", back_office, make_import_plan, if_match::optional, body_size::records},
    route{get, "/v1/import-plans", deciders | machine, list_import_plans}.asks("after limit"),
    route{get, "/v1/import-plans/{}", deciders | machine, read_import_plan},
    route{get, "/v1/import-plans/{}/changes", deciders | machine, list_plan_changes}.asks("after limit"),
    route{post, "/v1/import-plans/{}/countersignature", deciders, sign_import_plan},
    route{post, "/v1/import-plans/{}/refusal", deciders | machine, refuse_import_plan},
    route{post, "/v1/import-plans/{}/stop", deciders | machine, stop_import_plan},
    route{post, "/v1/lines/search", everyone, find_line},
    route{get, "/v1/lines/{}", everyone, read_line},
    route{get, "/v1/lines/{}/history", everyone, read_history}.asks("after limit"),
    route{get, "/v1/lines/{}/balance", everyone, read_balance},
    route{get, "/v1/lines/{}/eligibility", applicants, read_eligibility},
    route{get, "/v1/lines/{}/replies", agent | reviewer | admin, list_replies},
    route{post, "/v1/lines/{}/profiles", clerks, add_line_profile},
    route{post, "/v1/lines/{}/profile-offers", agent | deciders, offer_line_profile},
    route{post, "/v1/lines/{}/profile-offers/withdrawal", everyone, on_line<make::withdraw_offer>},
    route{post, "/v1/lines/{}/profile-acceptances", customer | agent | deciders, accept_line_profile},
    route{post, "/v1/lines/{}/profile-stops", everyone, on_line<make::stop_profile>},
    route{post, "/v1/lines/{}/profile-resumptions", everyone, on_line<make::resume_profile>},
    route{get, "/v1/lines/{}/profiles", applicants, list_line_profiles},
    route{get, "/v1/lines/{}/profiles/{}/activation-code.svg", applicants, activation_code_svg},
    route{get, "/v1/lines/{}/profiles/{}/activation-code.png", applicants, activation_code_png},
    route{post, "/v1/lines/{}/switch-undo", applicants, on_line<make::undo_switch, answer_proved>},
    route{post, "/v1/lines/{}/profile-reports", clerks, on_line<make::report_profile>},
    route{post, "/v1/lines/{}/lost", everyone, lock_lost},
    route{post, "/v1/lines/{}/found", applicants, on_line<make::declare_found, answer_proved>},
    route{post, "/v1/lines/{}/network-recheck", everyone_but_customers, on_line<make::recheck_network>},
    route{post, "/v1/lines/{}/top-ups", clerks, take_top_up},
    route{post, "/v1/lines/{}/payments", clerks, take_payment},
    route{post, "/v1/lines/{}/bonuses", back_office, by_hand<make::give_bonus>},
    route{post, "/v1/lines/{}/charges", back_office, by_hand<make::charge_line>},
    route{post, "/v1/lines/{}/contract", back_office, by_hand<make::set_contract>},
    route{post, "/v1/lines/{}/products", back_office, by_hand<make::link_product>},
    route{post, "/v1/lines/{}/products/{}/detachment", clerks, by_hand<make::detach_product>},
    route{post, "/v1/lines/{}/port-out", clerks, on_line<make::set_port_out>},
    route{post, "/v1/lines/{}/legal-hold", back_office, on_line<make::set_legal_hold>},
    route{post, "/v1/lines/{}/customer-lock", applicants, on_line<make::set_customer_lock, answer_proved>},
    route{post, "/v1/lines/{}/sim-change", clerks, on_line<make::note_sim_change>},
    route{post, "/v1/lines/{}/recovery-codes", customer | agent | machine, make_recovery_codes},
    route{put, "/v1/lines/{}/records", back_office, store_records, if_match::optional, body_size::records},
    route{post, "/v1/lines/{}/reinstatement", applicants, on_line<make::reinstate_line>},
    route{post, "/v1/lines/{}/refund-orders", applicants, on_line<make::pay_refund_again, answer_proved>},
    route{post, "/v1/lines/{}/closures", applicants, on_line<make::open_closure, answer_opened>},
    // -- what waits for a second person
    route{get, "/v1/requests", deciders, list_all_requests}.asks("limit after"),
    route{get, "/v1/lines/{}/requests", everyone_but_customers, list_requests},
    route{post, "/v1/lines/{}/requests/{}/countersignature", deciders, countersign_request},
    route{post, "/v1/lines/{}/requests/{}/refusal", agent | deciders | machine, refuse_request},
    // -- closures, stage by stage
    route{get, "/v1/closures", everyone_but_customers, list_closures}.asks("stage overdue after limit"),
    route{get, "/v1/closures/{}", everyone, read_closure},
    route{post, "/v1/closures/{}/quotes", applicants, on_closure<make::ask_quote>},
    route{post, "/v1/closures/{}/quote-acceptance", applicants, on_closure<make::accept_quote>},
    route{post, "/v1/closures/{}/otps", applicants, on_closure<make::request_otp, answer_created>},
    route{post, "/v1/closures/{}/otp-answers", applicants, on_closure<make::present_otp, answer_code>},
    route{post, "/v1/closures/{}/recovery-code", applicants, on_closure<make::present_recovery_code, answer_code>},
    route{post, "/v1/closures/{}/evidence", everyone_but_customers, on_closure<make::record_evidence, answer_evidence>},
    route{post, "/v1/closures/{}/backup", applicants, on_closure<make::prepare_backup>},
    route{get, "/v1/closures/{}/backup", applicants, fetch_backup}.asks("reason"),
    route{post, "/v1/closures/{}/backup-refusal", applicants, on_closure<make::decline_backup>},
    route{post, "/v1/closures/{}/submission", applicants, on_closure<make::submit_closure>},
    route{post, "/v1/closures/{}/information-requests", deciders, on_closure<make::want_information>},
    route{post, "/v1/closures/{}/information", applicants, on_closure<make::give_information>},
    route{post, "/v1/closures/{}/approval", deciders, on_closure<make::approve_closure>, if_match::required},
    route{post, "/v1/closures/{}/rejection", deciders, on_closure<make::reject_closure>, if_match::required},
    route{post, "/v1/closures/{}/withdrawal", applicants, on_closure<make::withdraw_closure>},
    route{post, "/v1/closures/{}/repudiation", everyone, on_closure<make::repudiate_closure>},
    route{post, "/v1/closures/{}/fraud-clearance", deciders, on_closure<make::clear_fraud>},
    route{post, "/v1/closures/{}/fraud-confirmation", deciders, on_closure<make::confirm_fraud>},
    route{post, "/v1/closures/{}/write-offs", agent | reviewer | admin, on_closure<make::write_off_profile>},
    route{get, "/v1/closures/{}/certificate", everyone, read_certificate},
    route{post, "/v1/closures/{}/payout", applicants, on_closure<make::choose_payout>},
    // -- money
    route{post, "/v1/refunds/{}/answer", deciders | machine, answer_refund},
    route{get, "/v1/unclaimed-money", everyone_but_customers, list_unclaimed_money}.asks("after limit"),
    route{get, "/v1/lines/{}/unclaimed-money/{}/payer", agent | deciders | machine, read_payer}.asks("reason"),
    route{post, "/v1/lines/{}/unclaimed-money/{}/return", agent | deciders | machine, return_unclaimed_money},
    // -- messages
    route{get, "/v1/messages/{}", everyone, check_message},
    route{get, "/v1/replies", agent | reviewer | admin, list_strangers_replies},
    // -- profiles on our SM-DP+
    route{get, "/v1/profile-types", everyone_but_customers, list_profile_types},
    route{get, "/v1/esims", everyone_but_customers, list_esims}.asks("iccid eid state type matching_id after limit"),
    route{post, "/v1/esims", back_office, provide_esims, if_match::optional, body_size::large},
    route{get, "/v1/esims/{}", everyone_but_customers, read_esim},
    route{get, "/v1/esims/{}/history", everyone_but_customers, read_esim_history}.asks("after limit"),
    route{post, "/v1/esims/{}/order", clerks, order_esim},
    route{post, "/v1/esims/{}/confirmation", clerks, confirm_esim},
    route{post, "/v1/esims/{}/release", clerks, release_esim},
    route{post, "/v1/esims/{}/cancellation", clerks, cancel_esim_order},
    route{post, "/v1/esims/{}/reset", clerks, reset_esim},
    route{post, "/v1/esims/{}/rebinding", clerks, rebind_esim},
    route{get, "/v1/esims/{}/requests", everyone_but_customers, list_esim_requests},
    route{post, "/v1/esims/{}/requests/{}/countersignature", deciders, countersign_esim_request},
    route{post, "/v1/esims/{}/requests/{}/refusal", agent | deciders | machine, refuse_esim_request},
    route{post, "/v1/esim-orders", clerks, order_whole_esim},
    // -- operating
    route{get, "/v1/network-mismatches", everyone_but_customers, list_network_mismatches}.asks("after limit"),
    route{get, "/v1/effects", everyone_but_customers, list_failed_effects}.asks("state destination after limit"),
    route{post, "/v1/effects/{}/retry", deciders | machine, retry_effect},
    route{post, "/v1/effects/retries", back_office, retry_dead_effects},
    route{get, "/v1/policies", everyone, list_policies},
    route{get, "/v1/policies/{}/explanation", everyone, explain_policy}.asks("language"),
    route{get, "/v1/whoami", whoever, who_am_i},
    route{get, "/v1/tokens", admin, list_tokens},
    route{post, "/v1/tokens", admin, issue_token},
    route{post, "/v1/tokens/{}/revocation", admin, revoke_tokens},
    route{post, "/v1/tokens/{}/acknowledgement", admin, acknowledge_tokens},
    route{get, "/v1/tokens/{}/history", admin, read_token_history},
    route{get, "/v1/tokens/{}/requests", admin, list_token_requests},
    route{post, "/v1/tokens/{}/requests/{}/countersignature", admin, countersign_token},
    route{post, "/v1/tokens/{}/requests/{}/refusal", admin, refuse_token},
    route{post, "/v1/goings-on", admin, let_go_on},
    route{get, "/v1/webhooks", admin, list_webhooks},
    route{post, "/v1/webhooks", admin, open_webhook},
    route{get, "/v1/webhooks/{}", admin, read_webhook},
    route{post, "/v1/webhooks/{}/target", admin, change_webhook},
    route{post, "/v1/webhooks/{}/secret", admin, rotate_webhook},
    route{post, "/v1/webhooks/{}/pause", admin, pause_webhook},
    route{post, "/v1/webhooks/{}/resumption", admin, resume_webhook},
    route{post, "/v1/webhooks/{}/test", admin, test_webhook},
    route{post, "/v1/webhooks/{}/redelivery", admin, redeliver_webhook},
    route{post, "/v1/webhooks/{}/deletion", admin, close_webhook},
    route{get, "/healthz", 0, healthz},
    route{get, "/readyz", 0, readyz},
    route{get, "/openapi.yaml", 0, openapi},
    route{get, "/.well-known/jwks.json", 0, jwks},
};

/// Fills `args`; how many segments were taken as they are written, or -1: no match. A literal beats a variable.
int fits(std::string_view pattern, std::string_view path, std::array<std::string_view, 2>& args) {
    int literal = 0;
    std::size_t arg = 0;
    for (;;) {
        const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
        const auto path_end = std::min(path.find('/', 1), path.size());
        const auto wanted = pattern.substr(0, pattern_end);
        const auto given = path.substr(0, path_end);
        if (wanted == "/{}") {
            if (given.size() < 2) return -1;
            args[arg++] = given.substr(1);
        } else if (wanted == given) {
            ++literal;
        } else {
            return -1;
        }
        pattern.remove_prefix(pattern_end);
        path.remove_prefix(path_end);
        if (pattern.empty() || path.empty()) return pattern.empty() && path.empty() ? literal : -1;
    }
}

constexpr std::string_view name_of(verb how) {
    return how == get ? "GET, HEAD" : how == post ? "POST" : how == put ? "PUT" : "";
}

}  // namespace

std::span<const route> routes() { return table; }

match find_route(verb how, std::string_view path) {
    if (how == head) how = get;
    match out;
    int best = -1;
    for (const auto& one : table) {
        std::array<std::string_view, 2> args{};
        const int literal = fits(one.pattern, path, args);
        if (literal < 0) continue;
        if (one.how != how) {
            out.allow += (out.allow.empty() ? "" : ", ") + std::string(name_of(one.how));
        } else if (literal > best) {
            best = literal;
            out.found = &one;
            out.args = args;
        }
    }
    if (out.found != nullptr) out.allow.clear();
    return out;
}

}  // namespace keepline::api
