#include "api/routes.hpp"

#include "api/asking.hpp"
#include "desk/commands.hpp"
#include "desk/money_budget.hpp"
#include "desk/request_views.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

namespace keepline::api {

namespace {

namespace use = desk::use;  // who may what
using desk::desk;
using enum verb;

const std::array table{
    // -- subscribers
    route{post, "/v1/subscribers", use::register_subscriber, ask<&desk::register_subscriber>},
    route{get, "/v1/subscribers/{}", use::read_subscriber, ask<&desk::read_subscriber>},
    route{post, "/v1/subscribers/{}/contacts", use::change_contacts, ask<&desk::change_contacts>},
    route{post, "/v1/subscribers/{}/refund-account", use::name_account, ask<&desk::name_account>},
    route{post, "/v1/subscribers/{}/document", use::change_document, ask<&desk::change_document>},
    route{post, "/v1/subscribers/{}/contacts/{}/codes", use::request_contact_code, ask<&desk::request_contact_code>},
    route{post, "/v1/subscribers/{}/contacts/{}/code-answers", use::answer_contact_code,
          ask<&desk::answer_contact_code>},
    route{get, "/v1/subscribers/{}/looks", use::list_looks, ask<&desk::list_looks>},
    route{post, "/v1/people/search", use::find_people, ask<&desk::find_people>},
    route{get, "/v1/subscribers/{}/person", use::read_person, ask<&desk::read_person>}.asks("reason"),
    route{post, "/v1/subscribers/{}/documents", use::add_document, add_document, if_match::optional,
          body_size::document}
        .asks("purpose"),
    route{get, "/v1/subscribers/{}/documents", use::list_documents, ask<&desk::list_documents>},
    route{post, "/v1/subscribers/{}/documents/{}/opening", use::open_document, open_document},
    route{post, "/v1/subscribers/{}/documents/{}/withdrawal", use::take_document_back, ask<&desk::take_document_back>},
    route{post, "/v1/subscribers/{}/representatives", use::admit_representative, ask<&desk::admit_representative>},
    route{get, "/v1/subscribers/{}/representatives", use::list_representatives, ask<&desk::list_representatives>},
    route{post, "/v1/subscribers/{}/representatives/{}/objection", use::object_to_representative,
          ask<&desk::object_to_representative>},
    route{post, "/v1/subscribers/{}/representatives/{}/end", use::end_representation, ask<&desk::end_representation>},
    route{post, "/v1/subscribers/{}/disclosure-codes", use::request_disclosure_code,
          ask<&desk::request_disclosure_code>},
    route{post, "/v1/subscribers/{}/disclosures", use::ask_disclosure, ask<&desk::ask_disclosure>},
    route{get, "/v1/subscribers/{}/disclosures", use::list_disclosures, ask<&desk::list_disclosures>},
    route{post, "/v1/subscribers/{}/disclosures/{}/stop", use::stop_disclosure, ask<&desk::stop_disclosure>},
    route{post, "/v1/subscribers/{}/disclosures/{}/fetching", use::fetch_disclosure, fetch_disclosure},
    route{post, "/v1/subscribers/{}/erasure", use::erase_subscriber, ask<&desk::erase_subscriber>},
    route{post, "/v1/subscribers/{}/erasure/withdrawal", use::drop_erasure, ask<&desk::drop_erasure>},
    route{get, "/v1/subscribers/{}/requests", use::list_subscriber_requests, ask<&desk::list_subscriber_requests>},
    route{post, "/v1/subscribers/{}/requests/{}/countersignature", use::countersign_subscriber_request,
          ask<&desk::countersign_subscriber_request>},
    route{post, "/v1/subscribers/{}/requests/{}/refusal", use::refuse_subscriber_request,
          ask<&desk::refuse_subscriber_request>},
    route{post, "/v1/subscribers/{}/phrase", use::choose_phrase, ask<&desk::choose_phrase>},
    route{post, "/v1/sign-ins", use::ask_sign_in, ask<&desk::ask_sign_in>},
    route{post, "/v1/sign-ins/{}/answers", use::answer_sign_in, ask<&desk::answer_sign_in>},
    route{post, "/v1/subscribers/{}/sessions", use::open_session, ask<&desk::open_session>},
    route{post, "/v1/sign-ins/saved-codes", use::sign_in_by_saved_code, ask<&desk::sign_in_by_saved_code>},
    route{post, "/v1/sign-ins/passkey-challenges", use::ask_passkey, ask<&desk::ask_passkey>},
    route{post, "/v1/sign-ins/passkeys", use::sign_in_by_passkey, ask<&desk::sign_in_by_passkey>},
    route{post, "/v1/subscribers/{}/passkeys/challenges", use::want_passkey, ask<&desk::want_passkey>},
    route{post, "/v1/subscribers/{}/passkeys", use::enrol_passkey, ask<&desk::enrol_passkey>},
    route{get, "/v1/subscribers/{}/passkeys", use::list_passkeys, ask<&desk::list_passkeys>},
    route{post, "/v1/subscribers/{}/passkeys/{}/removal", use::remove_passkey, ask<&desk::remove_passkey>},
    route{get, "/v1/subscribers/{}/sessions", use::list_sessions, ask<&desk::list_sessions>},
    route{post, "/v1/subscribers/{}/sessions/end", use::end_sessions, ask<&desk::end_sessions>},
    route{post, "/v1/subscribers/{}/sessions/{}/end", use::end_session, ask<&desk::end_session>},
    // -- lines
    route{post, "/v1/lines", use::order_line, ask<&desk::order_line>},
    route{post, "/v1/lines/import", use::import_line, ask<&desk::import_line>, if_match::optional, body_size::large},
    route{post, "/v1/lines/import-file", use::import_file, ask<&desk::import_file>, if_match::optional,
          body_size::large},
    route{post, "/v1/import-plans", use::make_import_plan, make_import_plan, if_match::optional, body_size::records},
    route{get, "/v1/import-plans", use::list_import_plans, ask<&desk::list_import_plans>}.asks("after limit"),
    route{get, "/v1/import-plans/{}", use::read_import_plan, ask<&desk::read_import_plan>},
    route{get, "/v1/import-plans/{}/changes", use::list_plan_changes, ask<&desk::list_plan_changes>}.asks(
        "after limit"),
    route{post, "/v1/import-plans/{}/countersignature", use::sign_import_plan, ask<&desk::sign_import_plan>},
    route{post, "/v1/import-plans/{}/refusal", use::refuse_import_plan, ask<&desk::refuse_import_plan>},
    route{post, "/v1/import-plans/{}/stop", use::stop_import_plan, ask<&desk::stop_import_plan>},
    route{post, "/v1/lines/search", use::find_line, ask<&desk::find_line>},
    route{get, "/v1/lines/{}", use::read_line, ask<&desk::read_line>},
    route{get, "/v1/lines/{}/history", use::read_history, ask<&desk::read_history>}.asks("after limit"),
    route{get, "/v1/lines/{}/balance", use::read_balance, ask<&desk::read_balance>},
    route{get, "/v1/lines/{}/eligibility", use::read_eligibility, ask<&desk::read_eligibility>},
    route{get, "/v1/lines/{}/replies", use::list_replies, ask<&desk::list_replies>},
    route{post, "/v1/lines/{}/profiles", use::add_line_profile, ask<&desk::add_line_profile>},
    route{post, "/v1/lines/{}/profile-offers", use::offer_line_profile, ask<&desk::offer_line_profile>},
    route{post, "/v1/lines/{}/profile-offers/withdrawal", use::withdraw_offer, ask<&desk::withdraw_offer>},
    route{post, "/v1/lines/{}/profile-acceptances", use::accept_line_profile, ask<&desk::accept_line_profile>},
    route{post, "/v1/lines/{}/profile-stops", use::stop_profile, ask<&desk::stop_profile>},
    route{post, "/v1/lines/{}/profile-resumptions", use::resume_profile, ask<&desk::resume_profile>},
    route{get, "/v1/lines/{}/profiles", use::list_line_profiles, ask<&desk::list_line_profiles>},
    route{get, "/v1/lines/{}/profiles/{}/activation-code.svg", use::activation_code_svg,
          ask<&desk::activation_code_svg>},
    route{get, "/v1/lines/{}/profiles/{}/activation-code.png", use::activation_code_png,
          ask<&desk::activation_code_png>},
    route{post, "/v1/lines/{}/switch-undo", use::undo_switch, ask<&desk::undo_switch>},
    route{post, "/v1/lines/{}/profile-reports", use::report_profile, ask<&desk::report_profile>},
    route{post, "/v1/lines/{}/lost", use::lock_lost, ask<&desk::lock_lost>},
    route{post, "/v1/lines/{}/found", use::declare_found, ask<&desk::declare_found>},
    route{post, "/v1/lines/{}/network-recheck", use::recheck_network, ask<&desk::recheck_network>},
    route{post, "/v1/lines/{}/top-ups", use::take_top_up, ask<&desk::take_top_up>},
    route{post, "/v1/lines/{}/payments", use::take_payment, ask<&desk::take_payment>},
    route{post, "/v1/lines/{}/bonuses", use::give_bonus, ask<&desk::give_bonus>},
    route{post, "/v1/lines/{}/charges", use::charge_line, ask<&desk::charge_line>},
    route{post, "/v1/lines/{}/contract", use::set_contract, ask<&desk::set_contract>},
    route{post, "/v1/lines/{}/products", use::link_product, ask<&desk::link_product>},
    route{post, "/v1/lines/{}/products/{}/detachment", use::detach_product, ask<&desk::detach_product>},
    route{post, "/v1/lines/{}/port-out", use::set_port_out, ask<&desk::set_port_out>},
    route{post, "/v1/lines/{}/legal-hold", use::set_legal_hold, ask<&desk::set_legal_hold>},
    route{post, "/v1/lines/{}/customer-lock", use::set_customer_lock, ask<&desk::set_customer_lock>},
    route{post, "/v1/lines/{}/sim-change", use::note_sim_change, ask<&desk::note_sim_change>},
    route{post, "/v1/lines/{}/recovery-codes", use::make_recovery_codes, ask<&desk::make_recovery_codes>},
    route{put, "/v1/lines/{}/records", use::store_records, ask<&desk::store_records>, if_match::optional,
          body_size::records},
    route{post, "/v1/lines/{}/reinstatement", use::reinstate_line, ask<&desk::reinstate_line>},
    route{post, "/v1/lines/{}/refund-orders", use::pay_refund_again, ask<&desk::pay_refund_again>},
    route{post, "/v1/lines/{}/closures", use::open_closure, ask<&desk::open_closure>},
    // -- what waits for a second person
    route{get, "/v1/requests", use::list_all_requests, ask<&desk::list_all_requests>}.asks("limit after"),
    route{get, "/v1/lines/{}/requests", use::list_requests, ask<&desk::list_requests>},
    route{post, "/v1/lines/{}/requests/{}/countersignature", use::countersign_request, ask<&desk::countersign_request>},
    route{post, "/v1/lines/{}/requests/{}/refusal", use::refuse_request, ask<&desk::refuse_request>},
    // -- closures, stage by stage
    route{get, "/v1/closures", use::list_closures, ask<&desk::list_closures>}.asks(
        "stage overdue order channel risk claimed_by after limit"),
    route{get, "/v1/closure-counts", use::count_closures, ask<&desk::count_closures>},
    route{get, "/v1/closures/{}", use::read_closure, ask<&desk::read_closure>},
    route{post, "/v1/closures/{}/quotes", use::ask_quote, ask<&desk::ask_quote>},
    route{post, "/v1/closures/{}/quote-acceptance", use::accept_quote, ask<&desk::accept_quote>},
    route{post, "/v1/closures/{}/otps", use::request_otp, ask<&desk::request_otp>},
    route{post, "/v1/closures/{}/otp-answers", use::present_otp, ask<&desk::present_otp>},
    route{post, "/v1/closures/{}/recovery-code", use::present_recovery_code, ask<&desk::present_recovery_code>},
    route{post, "/v1/closures/{}/evidence", use::record_evidence, ask<&desk::record_evidence>},
    route{get, "/v1/checks", use::list_checks, ask<&desk::list_checks>}.asks("kind after limit"),
    route{post, "/v1/closures/{}/checks", use::ask_for_check, ask<&desk::ask_for_check>},
    route{post, "/v1/closures/{}/checks/{}", use::settle_check, ask<&desk::settle_check>},
    route{post, "/v1/closures/{}/checks/{}/withdrawal", use::withdraw_check, ask<&desk::withdraw_check>},
    route{post, "/v1/closures/{}/backup", use::prepare_backup, ask<&desk::prepare_backup>},
    route{get, "/v1/closures/{}/backup", use::fetch_backup, fetch_backup}.asks("reason"),
    route{post, "/v1/closures/{}/backup-refusal", use::decline_backup, ask<&desk::decline_backup>},
    route{post, "/v1/closures/{}/accounts", use::note_accounts, ask<&desk::note_accounts>},
    route{post, "/v1/closures/{}/submission", use::submit_closure, ask<&desk::submit_closure>},
    route{post, "/v1/closures/{}/claim", use::claim_review, ask<&desk::claim_review>},
    route{post, "/v1/closures/{}/hand-over", use::hand_review_over, ask<&desk::hand_review_over>},
    route{post, "/v1/closures/{}/claim-release", use::release_review, ask<&desk::release_review>},
    route{post, "/v1/closures/{}/information-requests", use::want_information, ask<&desk::want_information>},
    route{post, "/v1/closures/{}/information", use::give_information, ask<&desk::give_information>},
    route{post, "/v1/closures/{}/approval", use::approve_closure, ask<&desk::approve_closure>, if_match::required},
    route{post, "/v1/closures/{}/rejection", use::reject_closure, ask<&desk::reject_closure>, if_match::required},
    route{post, "/v1/closures/{}/withdrawal", use::withdraw_closure, ask<&desk::withdraw_closure>},
    route{post, "/v1/closures/{}/repudiation", use::repudiate_closure, ask<&desk::repudiate_closure>},
    route{post, "/v1/closures/{}/fraud-clearance", use::clear_fraud, ask<&desk::clear_fraud>},
    route{post, "/v1/closures/{}/fraud-confirmation", use::confirm_fraud, ask<&desk::confirm_fraud>},
    route{post, "/v1/closures/{}/write-offs", use::write_off_profile, ask<&desk::write_off_profile>},
    route{get, "/v1/closures/{}/certificate", use::read_certificate, read_certificate},
    route{post, "/v1/closures/{}/payout", use::choose_payout, ask<&desk::choose_payout>},
    // -- disputes
    route{get, "/v1/disputes", use::list_open_disputes, ask<&desk::list_open_disputes>}.asks("after limit"),
    route{post, "/v1/closures/{}/disputes", use::open_dispute, ask<&desk::open_dispute>},
    route{get, "/v1/closures/{}/disputes", use::list_disputes, ask<&desk::list_disputes>},
    route{get, "/v1/closures/{}/disputes/{}", use::read_dispute, ask<&desk::read_dispute>}.asks("reason"),
    route{post, "/v1/closures/{}/disputes/{}/withdrawal", use::withdraw_dispute, ask<&desk::withdraw_dispute>},
    route{post, "/v1/closures/{}/disputes/{}/refusal", use::refuse_dispute, ask<&desk::refuse_dispute>},
    route{post, "/v1/closures/{}/disputes/{}/correction", use::correct_certificate, ask<&desk::correct_certificate>},
    // -- notes of the staff
    route{post, "/v1/lines/{}/notes", use::write_note, ask<&desk::write_line_note>},
    route{get, "/v1/lines/{}/notes", use::read_notes, ask<&desk::list_line_notes>}.asks("reason"),
    route{post, "/v1/closures/{}/notes", use::write_note, ask<&desk::write_case_note>},
    route{get, "/v1/closures/{}/notes", use::read_notes, ask<&desk::list_case_notes>}.asks("reason"),
    // -- money
    route{post, "/v1/refunds/{}/answer", use::answer_refund, ask<&desk::answer_refund>},
    route{get, "/v1/unclaimed-money", use::list_unclaimed_money, ask<&desk::list_unclaimed_money>}.asks("after limit"),
    route{get, "/v1/lines/{}/unclaimed-money/{}/payer", use::read_payer, ask<&desk::read_payer>}.asks("reason"),
    route{post, "/v1/lines/{}/unclaimed-money/{}/return", use::return_unclaimed_money,
          ask<&desk::return_unclaimed_money>},
    // -- messages
    route{get, "/v1/messages/{}", use::check_message, ask<&desk::check_message>},
    route{post, "/v1/message-questions", use::check_message_for_stranger, ask<&desk::check_message_for_stranger>},
    route{get, "/v1/replies", use::list_strangers_replies, ask<&desk::list_strangers_replies>},
    // -- profiles on our SM-DP+
    route{get, "/v1/profile-types", use::list_profile_types, ask<&desk::list_profile_types>},
    route{get, "/v1/esims", use::list_esims, ask<&desk::list_esims>}.asks(
        "iccid eid state type matching_id after limit"),
    route{post, "/v1/esims", use::provide_esims, ask<&desk::provide_esims>, if_match::optional, body_size::large},
    route{get, "/v1/esims/{}", use::read_esim, ask<&desk::read_esim>},
    route{get, "/v1/esims/{}/history", use::read_esim_history, ask<&desk::read_esim_history>}.asks("after limit"),
    route{post, "/v1/esims/{}/order", use::order_esim, ask<&desk::order_esim>},
    route{post, "/v1/esims/{}/confirmation", use::confirm_esim, ask<&desk::confirm_esim>},
    route{post, "/v1/esims/{}/release", use::release_esim, ask<&desk::release_esim>},
    route{post, "/v1/esims/{}/cancellation", use::cancel_esim_order, ask<&desk::cancel_esim_order>},
    route{post, "/v1/esims/{}/reset", use::reset_esim, ask<&desk::reset_esim>},
    route{post, "/v1/esims/{}/rebinding", use::rebind_esim, ask<&desk::rebind_esim>},
    route{get, "/v1/esims/{}/requests", use::list_esim_requests, ask<&desk::list_esim_requests>},
    route{post, "/v1/esims/{}/requests/{}/countersignature", use::countersign_esim_request,
          ask<&desk::countersign_esim_request>},
    route{post, "/v1/esims/{}/requests/{}/refusal", use::refuse_esim_request, ask<&desk::refuse_esim_request>},
    route{post, "/v1/esim-orders", use::order_whole_esim, ask<&desk::order_whole_esim>},
    // -- what changes, while it does
    route{get, "/v1/live", use::follow_changes, follow_changes}.looks(),
    // -- operating
    route{get, "/v1/network-mismatches", use::list_network_mismatches, ask<&desk::list_network_mismatches>}.asks(
        "after limit"),
    route{get, "/v1/effects", use::list_failed_effects, ask<&desk::list_failed_effects>}.asks(
        "state destination after limit"),
    route{post, "/v1/effects/{}/retry", use::retry_effect, ask<&desk::retry_effect>},
    route{post, "/v1/effects/retries", use::retry_dead_effects, ask<&desk::retry_dead_effects>},
    route{get, "/v1/retention", use::retention_report, ask<&desk::retention_report>},
    route{get, "/v1/policies", use::list_policies, ask<&desk::list_policies>},
    route{get, "/v1/calendars", use::list_calendars, ask<&desk::list_calendars>},
    route{get, "/v1/policies/{}/explanation", use::explain_policy, ask<&desk::explain_policy>}.asks("language"),
    route{get, "/v1/whoami", use::who_am_i, ask<&desk::who_am_i>},
    route{get, "/v1/tokens", use::list_tokens, ask<&desk::list_tokens>},
    route{post, "/v1/tokens", use::issue_token, ask<&desk::issue_token>},
    route{post, "/v1/tokens/{}/revocation", use::revoke_tokens, ask<&desk::revoke_tokens>},
    route{post, "/v1/tokens/{}/acknowledgement", use::acknowledge_tokens, ask<&desk::acknowledge_tokens>},
    route{get, "/v1/tokens/{}/history", use::read_token_history, ask<&desk::read_token_history>},
    route{get, "/v1/tokens/{}/requests", use::list_token_requests, ask<&desk::list_token_requests>},
    route{post, "/v1/tokens/{}/requests/{}/countersignature", use::countersign_token, ask<&desk::countersign_token>},
    route{post, "/v1/tokens/{}/requests/{}/refusal", use::refuse_token, ask<&desk::refuse_token>},
    // -- accounts of staff, and their sessions
    route{get, "/v1/staff-sign-in", {}, read_sign_in_ways},
    route{post, "/v1/staff-sessions", {}, sign_in_staff},
    route{get, "/v1/staff-sessions", use::list_staff_sessions, ask<&desk::list_staff_sessions>},
    route{get, "/v1/staff-sessions/current", use::read_staff_session, ask<&desk::read_staff_session>},
    route{post, "/v1/staff-sessions/current/proof", use::prove_anew, prove_anew},
    route{post, "/v1/staff-sessions/current/end", use::end_staff_session, end_current_session},
    route{post, "/v1/staff-sessions/{}/end", use::end_staff_session, ask<&desk::end_staff_session>},
    route{post, "/v1/staff-sessions/passkey-challenges", {}, ask_staff_passkey},
    route{post, "/v1/staff-sessions/passkeys", {}, sign_in_by_staff_passkey},
    route{post, "/v1/staff-passkeys/challenges", use::want_staff_passkey, ask<&desk::want_staff_passkey>},
    route{post, "/v1/staff-passkeys", use::enrol_staff_passkey, ask<&desk::enrol_staff_passkey>},
    route{get, "/v1/staff-passkeys", use::list_staff_passkeys, ask<&desk::list_staff_passkeys>},
    route{post, "/v1/staff-passkeys/{}/removal", use::remove_staff_passkey, ask<&desk::remove_staff_passkey>},
    route{post, "/v1/staff-invitations", {}, read_invitation},
    route{post, "/v1/staff-invitations/acceptance", {}, accept_invitation},
    route{get, "/v1/staff-accounts", use::list_accounts, ask<&desk::list_accounts>},
    route{post, "/v1/staff-accounts", use::open_account, ask<&desk::open_account>},
    route{post, "/v1/staff-accounts/{}/reset", use::reset_account, ask<&desk::reset_account>},
    route{post, "/v1/staff-accounts/{}/disablement", use::disable_account, ask<&desk::disable_account>},
    route{post, "/v1/goings-on", use::let_go_on, ask<&desk::let_go_on>},
    route{get, "/v1/webhooks", use::list_webhooks, ask<&desk::list_webhooks>},
    route{post, "/v1/webhooks", use::open_webhook, ask<&desk::open_webhook>},
    route{get, "/v1/webhooks/{}", use::read_webhook, ask<&desk::read_webhook>},
    route{post, "/v1/webhooks/{}/target", use::change_webhook, ask<&desk::change_webhook>},
    route{post, "/v1/webhooks/{}/secret", use::rotate_webhook, ask<&desk::rotate_webhook>},
    route{post, "/v1/webhooks/{}/pause", use::pause_webhook, ask<&desk::pause_webhook>},
    route{post, "/v1/webhooks/{}/resumption", use::resume_webhook, ask<&desk::resume_webhook>},
    route{post, "/v1/webhooks/{}/test", use::test_webhook, ask<&desk::test_webhook>},
    route{post, "/v1/webhooks/{}/redelivery", use::redeliver_webhook, ask<&desk::redeliver_webhook>},
    route{post, "/v1/webhooks/{}/deletion", use::close_webhook, ask<&desk::close_webhook>},
    // -- a sandbox's; elsewhere nothing is there
    route{get, "/v1/sandbox/clock", use::read_sandbox_clock, read_sandbox_clock},
    route{post, "/v1/sandbox/clock", use::move_sandbox_clock, move_sandbox_clock},
    route{get, "/v1/sandbox/messages", use::list_sandbox_messages, list_sandbox_messages}.asks("to after limit"),
    route{post, "/v1/sandbox/messages", use::send_sandbox_message, send_sandbox_message},
    route{get, "/v1/sandbox/triggers", use::list_sandbox_triggers, list_sandbox_triggers},
    route{get, "/healthz", {}, healthz},
    route{get, "/readyz", {}, readyz},
    route{get, "/openapi.yaml", {}, openapi},
    route{get, "/.well-known/jwks.json", {}, jwks},
};

/// The table as a tree of segments: a path is looked up by the hash of each of its segments, not compared with every
/// pattern. Made once.
class route_tree {
 public:
    route_tree() {
        for (const auto& one : table) {
            node* at = &root_;
            for (auto rest = one.pattern; !rest.empty();) {
                const auto segment = next_segment(rest);
                auto& child = segment == "{}" ? at->any : at->named[segment];
                if (child == nullptr) child = std::make_unique<node>();
                at = child.get();
            }
            at->ends.push_back(&one);
        }
    }

    match find(verb how, std::string_view path) const {
        match out;
        looking state{how, out, {}, -1};
        if (!path.empty()) walk(root_, path, 0, 0, state);
        if (out.found != nullptr) out.allow.clear();
        return out;
    }

 private:
    struct node {
        std::unordered_map<std::string_view, std::unique_ptr<node>> named;
        std::unique_ptr<node> any;
        std::vector<const route*> ends;
    };
    struct looking {
        verb how;
        match& best;
        std::array<std::string_view, 2> args{};
        int literal = -1;  // of the best: how many of its segments stand in the pattern as they are
    };

    static std::string_view next_segment(std::string_view& rest) {
        const auto end = std::min(rest.find('/', 1), rest.size());
        const auto out = rest.substr(1, end - 1);
        rest.remove_prefix(end);
        return out;
    }
    static constexpr std::string_view name_of(verb how) {
        return how == get ? "GET, HEAD" : how == post ? "POST" : how == put ? "PUT" : "";
    }

    /// A literal beats a variable; where the one has not this verb, the other may.
    static void walk(const node& at, std::string_view rest, std::size_t taken, int literal, looking& state) {
        if (rest.empty()) return end(at, literal, state);
        if (rest.front() != '/') return;
        const auto segment = next_segment(rest);
        if (const auto found = at.named.find(segment); found != at.named.end())
            walk(*found->second, rest, taken, literal + 1, state);
        if (at.any == nullptr || segment.empty()) return;
        state.args[taken] = segment;
        walk(*at.any, rest, taken + 1, literal, state);
    }
    static void end(const node& at, int literal, looking& state) {
        for (const auto* one : at.ends) {
            if (one->how != state.how) {
                state.best.allow += (state.best.allow.empty() ? "" : ", ") + std::string(name_of(one->how));
            } else if (literal > state.literal) {
                state.literal = literal;
                state.best.found = one;
                state.best.args = state.args;
            }
        }
    }

    node root_;
};

}  // namespace

std::span<const route> routes() { return table; }

match find_route(verb how, std::string_view path) {
    static const route_tree tree;
    return tree.find(how == head ? get : how, path);
}

}  // namespace keepline::api
