// From what was asked to what the core is told: one pure function per operation. They check forms and who may say what;
// whether it may happen is the core's to decide.
#pragma once

#include "desk/asked.hpp"
#include "desk/said.hpp"

namespace keepline::desk::make {

struct asking {
    const asked& from;
    const engine::stream_view& view;  // the line's
    int closure = 0;                  // the case's number, where there is one
};
using made = result<domain::number_command>;

made add_profile(const asking&, new_profile_body);
made undo_switch(const asking&, proof_body);
made pay_refund_again(const asking&, proof_body);
made recheck_network(const asking&, nothing);
made withdraw_offer(const asking&, iccid_body);
made stop_profile(const asking&, iccid_body);
made resume_profile(const asking&, resumed_body);
made report_profile(const asking&, report_body);
made declare_lost(const asking&, lost_body);
made declare_found(const asking&, found_body);
made top_up(const asking&, money_body);
made pay(const asking&, money_body);
made give_bonus(const asking&, money_body);
made charge_line(const asking&, charge_body);
made set_contract(const asking&, contract_body);
made link_product(const asking&, domain::linked_product);
made detach_product(const asking&, const std::string& product);
made set_port_out(const asking&, port_out_body);
made set_legal_hold(const asking&, legal_hold_body);
made set_customer_lock(const asking&, customer_lock_body);
made note_sim_change(const asking&, nothing);
made reinstate_line(const asking&, nothing);
made open_closure(const asking&, open_body);

made ask_quote(const asking&, nothing);
made accept_quote(const asking&, accept_body);
made request_otp(const asking&, otp_body);
made present_otp(const asking&, code_body);
made present_recovery_code(const asking&, code_body);
made record_evidence(const asking&, evidence_body);
made ask_for_check(const asking&, check_body);
made settle_check(const asking&, const domain::identity_check& about, check_result_body);
made prepare_backup(const asking&, nothing);
made decline_backup(const asking&, nothing);
made note_accounts(const asking&, accounts_body in);
made submit_closure(const asking&, submission_body);
made claim_review(const asking&, claim_body);
made hand_review_over(const asking&, hand_over_body);
made release_review(const asking&, nothing);
made want_information(const asking&, information_request_body);
made give_information(const asking&, information_body);
made approve_closure(const asking&, reason_body);
made reject_closure(const asking&, reason_body);
made withdraw_closure(const asking&, nothing);
made repudiate_closure(const asking&, repudiation_body);
made clear_fraud(const asking&, reason_body);
made confirm_fraud(const asking&, reason_body);
made write_off_profile(const asking&, write_off_body);
made choose_payout(const asking&, payout_body);

domain::new_profile profile_from(const profile_body& in);
/// The order for a profile from our SM-DP+: the type must be one that is configured; the matching ID is made here. The
/// confirmation code is sealed for the subscriber; the row goes with the command.
struct wanted_order {
    domain::want_profile what;
    std::optional<port::vault_row> code;
};
result<wanted_order> wanted_profile(const asked& from, const std::string& type,
                                    const std::optional<std::string>& confirmation_code, const label& subscriber);
/// Proof that comes with a command, as the core hears of it.
result<std::vector<domain::evidence>> proof_in(const asking& of, const std::vector<shown_body>& seen,
                                               const std::optional<std::string>& recovery_code);
/// A recovery code as people type it: case, spaces and dashes do not matter. Empty when it cannot be one.
std::string plain_recovery_code(std::string_view typed);

}  // namespace keepline::desk::make
