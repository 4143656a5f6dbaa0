#include "domain/effects.hpp"

namespace keepline::domain {

namespace {

destination by_medium(medium m) { return m == medium::sms ? destination::sms : destination::mail; }

struct destination_finder {
    destination operator()(const send_notice& e) const { return by_medium(e.by); }
    destination operator()(const send_otp& e) const { return by_medium(e.by); }
    destination operator()(const send_contact_code& e) const { return by_medium(e.by); }
    destination operator()(const send_sign_in_code& e) const { return by_medium(e.by); }
    destination operator()(const tell_person& e) const { return by_medium(e.by); }
    destination operator()(const call_back&) const { return destination::voice; }
    destination operator()(const hlr_action&) const { return destination::hlr; }
    destination operator()(const pay_refund&) const { return destination::refund; }
    destination operator()(const sign_certificate&) const { return destination::signer; }
    destination operator()(const publish&) const { return destination::webhook; }
    destination operator()(const tell_contacts&) const { return destination::core; }
    destination operator()(const order_esim&) const { return destination::core; }
    destination operator()(const cancel_esim&) const { return destination::core; }
    destination operator()(const attach_esim&) const { return destination::core; }
    destination operator()(const tell_line&) const { return destination::core; }
    destination operator()(const ask_holder&) const { return destination::core; }
    destination operator()(const tell_contest&) const { return destination::core; }
    destination operator()(const free_claim&) const { return destination::core; }
    destination operator()(const give_profile&) const { return destination::core; }
    destination operator()(const return_profile&) const { return destination::core; }
    destination operator()(const pass_claim&) const { return destination::core; }
    destination operator()(const claim_passed&) const { return destination::core; }
    destination operator()(const forget_account&) const { return destination::core; }
    destination operator()(const forget_payer&) const { return destination::core; }
    destination operator()(const forget_records&) const { return destination::core; }
    destination operator()(const tell_owner&) const { return destination::core; }
    destination operator()(const tell_representative&) const { return destination::core; }
    destination operator()(const object_for_owner&) const { return destination::core; }
    destination operator()(const introduce_representative&) const { return destination::core; }
    destination operator()(const forget_webhook&) const { return destination::core; }
    destination operator()(const hlr_keys&) const { return destination::hlr; }
    destination operator()(const report_progress&) const { return destination::operator_es2; }
    destination operator()(const register_event&) const { return destination::sm_ds; }
    destination operator()(const delete_event&) const { return destination::sm_ds; }
};

}  // namespace

destination destination_of(const effect& e) { return std::visit(destination_finder{}, e); }

}  // namespace keepline::domain
