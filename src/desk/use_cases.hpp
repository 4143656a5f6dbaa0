// Everything that can be asked of the desk, by name, and who may ask it: the one table of roles. Doors take their roles
// from here, and the desk looks here before it does anything. A customer's session that weak proof opened (a code by
// mail) may what says so here: look, and stop; it ends and opens nothing (docs/rules.md R2). And for which of it staff
// at the console may have to prove themselves anew (fresh_proof.hpp): never to stop something. Pure.
#pragma once

#include "desk/fresh_proof.hpp"
#include "desk/roles.hpp"

#include <string_view>

namespace keepline::desk {

struct use_case {
    std::string_view name;
    role_set roles = 0;
    domain::session_level least = domain::session_level::reach;  // of a customer's session
    stake at_stake = stake::none;                                // of whoever sits at a console of staff
};

namespace use {

using namespace who;  // NOLINT(google-build-using-namespace): its sets of roles
using enum domain::session_level;

// -- subscribers
inline constexpr use_case register_subscriber{"register_subscriber", clerks};
inline constexpr use_case read_subscriber{"read_subscriber", everyone, weak};
inline constexpr use_case change_contacts{"change_contacts", applicants};
inline constexpr use_case name_account{"name_account", applicants};
inline constexpr use_case choose_phrase{"choose_phrase", customer};
inline constexpr use_case choose_calendar{"choose_calendar", customer};
inline constexpr use_case read_calendar_address{"read_calendar_address", customer};
inline constexpr use_case read_line_of_calendar{"read_line_of_calendar", portal};
inline constexpr use_case change_document{"change_document", agent | deciders | machine};
inline constexpr use_case request_contact_code{"request_contact_code", applicants};
inline constexpr use_case answer_contact_code{"answer_contact_code", applicants};
inline constexpr use_case list_looks{"list_looks", customer | admin, weak};
inline constexpr use_case find_people{"find_people", agent | deciders, reach, stake::people};
inline constexpr use_case read_person{"read_person", everyone, reach, stake::people};
inline constexpr use_case add_document{"add_document", applicants};
inline constexpr use_case list_documents{"list_documents", everyone};
inline constexpr use_case open_document{"open_document", everyone, reach, stake::people};
inline constexpr use_case take_document_back{"take_document_back", applicants};
inline constexpr use_case admit_representative{"admit_representative", agent | deciders};
inline constexpr use_case list_representatives{"list_representatives", everyone, weak};
inline constexpr use_case object_to_representative{"object_to_representative", customer | agent | deciders, weak};
inline constexpr use_case end_representation{"end_representation", customer | agent | deciders};
inline constexpr use_case request_disclosure_code{"request_disclosure_code", customer};
inline constexpr use_case ask_disclosure{"ask_disclosure", customer | agent | reviewer};
inline constexpr use_case list_disclosures{"list_disclosures", everyone, weak};
inline constexpr use_case stop_disclosure{"stop_disclosure", customer | agent | deciders, weak};
inline constexpr use_case fetch_disclosure{"fetch_disclosure", customer | agent | reviewer, reach, stake::people};
inline constexpr use_case erase_subscriber{"erase_subscriber", back_office};
inline constexpr use_case drop_erasure{"drop_erasure", applicants};
inline constexpr use_case retention_report{"retention_report", deciders | machine};
inline constexpr use_case list_subscriber_requests{"list_subscriber_requests", everyone_but_customers};
inline constexpr use_case countersign_subscriber_request{"countersign_subscriber_request", deciders, reach,
                                                         stake::signatures};
inline constexpr use_case refuse_subscriber_request{"refuse_subscriber_request", agent | deciders | machine};
inline constexpr use_case ask_sign_in{"ask_sign_in", portal};
inline constexpr use_case answer_sign_in{"answer_sign_in", portal};
inline constexpr use_case open_session{"open_session", portal};
inline constexpr use_case end_sessions{"end_sessions", applicants, weak};
inline constexpr use_case list_sessions{"list_sessions", everyone, weak};
inline constexpr use_case end_session{"end_session", applicants, weak};
inline constexpr use_case want_passkey{"want_passkey", customer};
inline constexpr use_case enrol_passkey{"enrol_passkey", customer};
inline constexpr use_case list_passkeys{"list_passkeys", everyone, weak};
inline constexpr use_case remove_passkey{"remove_passkey", customer | agent | deciders, weak};
inline constexpr use_case ask_passkey{"ask_passkey", portal};
inline constexpr use_case sign_in_by_passkey{"sign_in_by_passkey", portal};
inline constexpr use_case sign_in_by_saved_code{"sign_in_by_saved_code", portal};

// -- lines
inline constexpr use_case order_line{"order_line", clerks};
inline constexpr use_case import_line{"import_line", back_office};
inline constexpr use_case import_file{"import_file", back_office};
inline constexpr use_case make_import_plan{"make_import_plan", back_office};
inline constexpr use_case list_import_plans{"list_import_plans", deciders | machine};
inline constexpr use_case read_import_plan{"read_import_plan", deciders | machine};
inline constexpr use_case list_plan_changes{"list_plan_changes", deciders | machine};
inline constexpr use_case sign_import_plan{"sign_import_plan", deciders, reach, stake::signatures};
inline constexpr use_case refuse_import_plan{"refuse_import_plan", deciders | machine};
inline constexpr use_case stop_import_plan{"stop_import_plan", deciders | machine};
inline constexpr use_case find_line{"find_line", everyone, weak};
inline constexpr use_case read_line{"read_line", everyone, weak};
inline constexpr use_case write_note{"write_note", agent | deciders};
inline constexpr use_case read_notes{"read_notes", agent | deciders};
inline constexpr use_case read_history{"read_history", everyone, weak};
inline constexpr use_case read_balance{"read_balance", everyone};
inline constexpr use_case read_eligibility{"read_eligibility", applicants};
inline constexpr use_case list_replies{"list_replies", agent | reviewer | admin};
inline constexpr use_case add_line_profile{"add_line_profile", applicants};
inline constexpr use_case offer_line_profile{"offer_line_profile", agent | deciders};
inline constexpr use_case withdraw_offer{"withdraw_offer", everyone};
inline constexpr use_case accept_line_profile{"accept_line_profile", customer | agent | deciders};
inline constexpr use_case stop_profile{"stop_profile", everyone};
inline constexpr use_case resume_profile{"resume_profile", everyone};
inline constexpr use_case list_line_profiles{"list_line_profiles", applicants};
inline constexpr use_case activation_code_svg{"activation_code_svg", applicants};
inline constexpr use_case activation_code_png{"activation_code_png", applicants};
inline constexpr use_case undo_switch{"undo_switch", applicants};
inline constexpr use_case report_profile{"report_profile", clerks};
inline constexpr use_case lock_lost{"lock_lost", everyone, weak};
inline constexpr use_case lock_lost_for_stranger{"lock_lost_for_stranger", portal};
inline constexpr use_case note_call{"note_call", portal};
inline constexpr use_case note_line_call{"note_line_call", portal};
inline constexpr use_case declare_found{"declare_found", applicants};
inline constexpr use_case recheck_network{"recheck_network", everyone_but_customers};
inline constexpr use_case take_top_up{"take_top_up", clerks};
inline constexpr use_case take_payment{"take_payment", clerks};
inline constexpr use_case give_bonus{"give_bonus", back_office};
inline constexpr use_case charge_line{"charge_line", back_office};
inline constexpr use_case set_contract{"set_contract", back_office};
inline constexpr use_case link_product{"link_product", back_office};
inline constexpr use_case detach_product{"detach_product", clerks};
inline constexpr use_case set_port_out{"set_port_out", clerks};
inline constexpr use_case set_legal_hold{"set_legal_hold", back_office};
inline constexpr use_case set_customer_lock{"set_customer_lock", applicants};
inline constexpr use_case put_customer_lock_on{"put_customer_lock_on", applicants, weak};  // that stops
inline constexpr use_case note_sim_change{"note_sim_change", clerks};
inline constexpr use_case make_recovery_codes{"make_recovery_codes", customer | agent | machine};
inline constexpr use_case store_records{"store_records", back_office};
inline constexpr use_case reinstate_line{"reinstate_line", applicants};
inline constexpr use_case pay_refund_again{"pay_refund_again", applicants};
inline constexpr use_case open_closure{"open_closure", applicants};

// -- what waits for a second person
inline constexpr use_case list_all_requests{"list_all_requests", deciders};
inline constexpr use_case list_requests{"list_requests", everyone_but_customers};
inline constexpr use_case countersign_request{"countersign_request", deciders, reach, stake::signatures};
inline constexpr use_case refuse_request{"refuse_request", agent | deciders | machine};

// -- closures, stage by stage
inline constexpr use_case list_closures{"list_closures", everyone_but_customers};
inline constexpr use_case count_closures{"count_closures", everyone_but_customers};
inline constexpr use_case read_closure{"read_closure", everyone, weak};
inline constexpr use_case ask_quote{"ask_quote", applicants};
inline constexpr use_case accept_quote{"accept_quote", applicants};
inline constexpr use_case request_otp{"request_otp", applicants};
inline constexpr use_case present_otp{"present_otp", applicants};
inline constexpr use_case present_recovery_code{"present_recovery_code", applicants};
inline constexpr use_case record_evidence{"record_evidence", everyone_but_customers};
inline constexpr use_case ask_for_check{"ask_for_check", applicants};
inline constexpr use_case withdraw_check{"withdraw_check", applicants};
inline constexpr use_case settle_check{"settle_check", everyone_but_customers};
inline constexpr use_case list_checks{"list_checks", everyone_but_customers};
inline constexpr use_case prepare_backup{"prepare_backup", applicants};
inline constexpr use_case fetch_backup{"fetch_backup", applicants, reach, stake::people};
inline constexpr use_case decline_backup{"decline_backup", applicants};
inline constexpr use_case note_accounts{"note_accounts", applicants};
inline constexpr use_case submit_closure{"submit_closure", applicants};
inline constexpr use_case want_information{"want_information", deciders};
inline constexpr use_case give_information{"give_information", applicants};
inline constexpr use_case claim_review{"claim_review", deciders};
inline constexpr use_case hand_review_over{"hand_review_over", deciders};
inline constexpr use_case release_review{"release_review", deciders};
inline constexpr use_case approve_closure{"approve_closure", deciders, reach, stake::decisions};
inline constexpr use_case reject_closure{"reject_closure", deciders};
inline constexpr use_case withdraw_closure{"withdraw_closure", applicants, weak};
inline constexpr use_case repudiate_closure{"repudiate_closure", everyone, weak};
inline constexpr use_case clear_fraud{"clear_fraud", deciders, reach, stake::decisions};
inline constexpr use_case confirm_fraud{"confirm_fraud", deciders};
inline constexpr use_case write_off_profile{"write_off_profile", agent | reviewer | admin};
inline constexpr use_case read_certificate{"read_certificate", everyone, weak};
inline constexpr use_case send_certificate{"send_certificate", customer, weak};  // to the addresses on file
inline constexpr use_case choose_payout{"choose_payout", applicants};

// -- disputes
inline constexpr use_case open_dispute{"open_dispute", applicants};
inline constexpr use_case list_disputes{"list_disputes", everyone};
inline constexpr use_case read_dispute{"read_dispute", deciders};
inline constexpr use_case list_open_disputes{"list_open_disputes", everyone_but_customers};
inline constexpr use_case withdraw_dispute{"withdraw_dispute", customer};
inline constexpr use_case refuse_dispute{"refuse_dispute", deciders};
inline constexpr use_case correct_certificate{"correct_certificate", deciders, reach, stake::decisions};

// -- money
inline constexpr use_case answer_refund{"answer_refund", deciders | machine};
inline constexpr use_case list_unclaimed_money{"list_unclaimed_money", everyone_but_customers};
inline constexpr use_case read_payer{"read_payer", agent | deciders | machine, reach, stake::people};
inline constexpr use_case return_unclaimed_money{"return_unclaimed_money", agent | deciders | machine};

// -- messages
inline constexpr use_case check_message{"check_message", everyone, weak};
inline constexpr use_case check_message_for_stranger{"check_message_for_stranger", portal};
inline constexpr use_case list_strangers_replies{"list_strangers_replies", agent | reviewer | admin};

// -- profiles on our SM-DP+
inline constexpr use_case list_profile_types{"list_profile_types", everyone_but_customers};
inline constexpr use_case list_esims{"list_esims", everyone_but_customers};
inline constexpr use_case provide_esims{"provide_esims", back_office};
inline constexpr use_case read_esim{"read_esim", everyone_but_customers};
inline constexpr use_case read_esim_history{"read_esim_history", everyone_but_customers};
inline constexpr use_case order_esim{"order_esim", clerks};
inline constexpr use_case confirm_esim{"confirm_esim", clerks};
inline constexpr use_case release_esim{"release_esim", clerks};
inline constexpr use_case cancel_esim_order{"cancel_esim_order", clerks};
inline constexpr use_case reset_esim{"reset_esim", clerks};
inline constexpr use_case rebind_esim{"rebind_esim", clerks};
inline constexpr use_case list_esim_requests{"list_esim_requests", everyone_but_customers};
inline constexpr use_case countersign_esim_request{"countersign_esim_request", deciders, reach, stake::signatures};
inline constexpr use_case refuse_esim_request{"refuse_esim_request", agent | deciders | machine};
inline constexpr use_case order_whole_esim{"order_whole_esim", clerks};

// -- operating
inline constexpr use_case list_network_mismatches{"list_network_mismatches", everyone_but_customers};
inline constexpr use_case list_failed_effects{"list_failed_effects", everyone_but_customers};
inline constexpr use_case retry_effect{"retry_effect", deciders | machine};
inline constexpr use_case retry_dead_effects{"retry_dead_effects", back_office};
inline constexpr use_case list_policies{"list_policies", everyone, weak};
inline constexpr use_case list_calendars{"list_calendars", everyone_but_customers};
inline constexpr use_case explain_policy{"explain_policy", everyone, weak};
inline constexpr use_case who_am_i{"who_am_i", whoever, weak};
inline constexpr use_case list_tokens{"list_tokens", admin};
inline constexpr use_case issue_token{"issue_token", admin, reach, stake::access};
inline constexpr use_case revoke_tokens{"revoke_tokens", admin};
inline constexpr use_case acknowledge_tokens{"acknowledge_tokens", admin, reach, stake::access};
inline constexpr use_case read_token_history{"read_token_history", admin};
inline constexpr use_case list_token_requests{"list_token_requests", admin};
inline constexpr use_case countersign_token{"countersign_token", admin, reach, stake::access};
inline constexpr use_case refuse_token{"refuse_token", admin};
inline constexpr use_case read_staff_session{"read_staff_session", agent | deciders};
inline constexpr use_case list_staff_sessions{"list_staff_sessions", agent | deciders};
inline constexpr use_case end_staff_session{"end_staff_session", agent | deciders};
inline constexpr use_case prove_anew{"prove_anew", agent | deciders};
inline constexpr use_case list_staff_passkeys{"list_staff_passkeys", agent | deciders};
inline constexpr use_case want_staff_passkey{"want_staff_passkey", agent | deciders};
inline constexpr use_case enrol_staff_passkey{"enrol_staff_passkey", agent | deciders};
inline constexpr use_case remove_staff_passkey{"remove_staff_passkey", agent | deciders};
inline constexpr use_case list_accounts{"list_accounts", admin};
inline constexpr use_case open_account{"open_account", admin, reach, stake::access};
inline constexpr use_case reset_account{"reset_account", admin, reach, stake::access};
inline constexpr use_case disable_account{"disable_account", admin};
inline constexpr use_case follow_changes{"follow_changes", everyone_but_customers};
inline constexpr use_case let_go_on{"let_go_on", admin, reach, stake::access};
inline constexpr use_case list_webhooks{"list_webhooks", admin};
inline constexpr use_case open_webhook{"open_webhook", admin, reach, stake::access};
inline constexpr use_case read_webhook{"read_webhook", admin};
inline constexpr use_case change_webhook{"change_webhook", admin, reach, stake::access};
inline constexpr use_case rotate_webhook{"rotate_webhook", admin, reach, stake::access};
inline constexpr use_case pause_webhook{"pause_webhook", admin};
inline constexpr use_case resume_webhook{"resume_webhook", admin};
inline constexpr use_case test_webhook{"test_webhook", admin};
inline constexpr use_case redeliver_webhook{"redeliver_webhook", admin};
inline constexpr use_case close_webhook{"close_webhook", admin};

// -- a sandbox's; elsewhere nothing is there
inline constexpr use_case read_sandbox_clock{"read_sandbox_clock", admin};
inline constexpr use_case move_sandbox_clock{"move_sandbox_clock", admin};
inline constexpr use_case list_sandbox_messages{"list_sandbox_messages", admin};
inline constexpr use_case send_sandbox_message{"send_sandbox_message", admin};
inline constexpr use_case list_sandbox_triggers{"list_sandbox_triggers", admin};

}  // namespace use

/// code::forbidden for a role that the use case does not name; code::session_too_weak for a session of too little.
result<void> check_role(const use_case& what, const holder& by);

}  // namespace keepline::desk
