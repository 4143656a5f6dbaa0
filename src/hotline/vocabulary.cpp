#include "hotline/vocabulary.hpp"

#include <algorithm>

namespace keepline::hotline {

namespace {

template <typename Form>
const Form* named(std::span<const Form> all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Form::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::span<const value_form> value_forms() {
    using enum spoken_as;
    static const std::vector<value_form> all{
        {"number", phone},
        {"number_tail", phone},
        {"key", digits},
        {"reference", reference},
        {"case", reference},
        {"last_day", day},
        {"due", day},
        {"review_due", day},
        {"reclaim_until", day},
        {"refund_due", day},
        {"told_on", day},
        {"balance", money},
        {"debt", money},
        {"to_pay", money},
        {"to_refund", money},
        {"fee", money},
        {"told_to", phone},
        {"call_code", digits},
        {"status", name, {"ordered", "active", "grace", "suspended", "ended"}},
        {"locked", name, {"yes"}},
        {"stage",
         name,
         {"opened", "in_review", "approved", "unbinding", "settling", "closed", "withdrawn", "rejected", "expired",
          "fraud_hold"}},
        {"block",
         name,
         {"debt", "contract_term", "linked_products", "port_out", "legal_hold", "fraud_hold", "customer_lock",
          "recent_change", "network_mismatch"}},
        {"about", name, {"closure", "line", "person"}},
        {"told_by", name, {"sms", "mail"}},
        {"wish", name, {"line", "close", "stop", "dispute", "certificate"}},
        {"part", name, {"amount", "date", "device", "other"}},
    };
    return all;
}
const value_form* value_named(std::string_view name) { return named(value_forms(), name); }

std::span<const command_form> command_forms() {
    using enum proof;
    static const std::vector<command_form> all{
        // Who is calling. Whether the number is ours is not told by any of these.
        {"ask_code", {"number"}, nothing, {{"sent"}}},
        {"answer_code", {"code"}, nothing, {{"known", reach}, {"wrong"}, {"no_line", nothing, true}}},
        {"show_saved_code",
         {"number", "saved_code"},
         nothing,
         {{"known", weak}, {"wrong"}, {"no_line", nothing, true}}},
        // A lost phone: anybody may stop what can be stopped.
        {"lock_lost", {"number"}, nothing, {{"locked"}}},
        // Was it ours?
        {"check_message",
         {"reference"},
         nothing,
         {{"ours"}, {"not_ours"}},
         {"about", "told_on", "told_by", "told_to", "number_tail"}},
        // Looking
        {"read_line",
         {},
         weak,
         {{"told"}},
         {"status", "locked", "last_day", "number_tail", "balance", "debt", "stage", "case", "due"}},
        // Closing
        {"open_closure",
         {},
         reach,
         {{"opened"}, {"blocked"}, {"under_way"}, {"elsewhere"}},
         {"block", "to_pay", "to_refund", "fee", "review_due", "refund_due", "reclaim_until", "case", "stage", "due"}},
        {"accept_quote", {}, reach, {{"accepted"}, {"to_pay"}, {"changed"}}, {"to_pay"}},
        {"send_closing_code", {}, reach, {{"sent"}}},
        {"give_closing_code", {"code"}, reach, {{"enough"}, {"more"}, {"wrong"}}},
        {"give_saved_code", {"saved_code"}, reach, {{"enough"}, {"more"}, {"wrong"}}},
        {"ask_call_back", {}, reach, {{"ringing"}, {"asked"}, {"elsewhere"}}, {"due", "call_code"}},
        {"decline_backup", {}, reach, {{"declined"}}},
        {"submit", {}, reach, {{"submitted"}, {"missing"}, {"elsewhere"}}, {"case", "due"}},
        // Stopping
        {"withdraw", {}, weak, {{"withdrawn"}, {"none"}}},
        {"repudiate", {}, weak, {{"stopped"}, {"none"}}},
        // After the end. Where the certificate goes is not the caller's to say.
        {"send_certificate", {}, weak, {{"sent"}, {"none"}, {"no_address"}}},
        // In a call that we make; nobody is known by it, and in any other call both are trouble.
        {"confirm_call", {"keyed_code"}, nothing, {{"confirmed"}, {"wrong"}, {"failed"}}},
        {"deny_call", {}, nothing, {{"stopped"}}},
        // Disputing
        {"dispute", {"part"}, reach, {{"opened"}, {"none"}}, {"due"}},
    };
    return all;
}
const command_form* command_named(std::string_view name) { return named(command_forms(), name); }

}  // namespace keepline::hotline
