#include "desk/topics.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

using base::code;
using base::refuse;
using domain::role;

namespace {

constexpr std::string_view line_ids = "line at";
constexpr std::string_view line_dated = "line at until";
constexpr std::string_view case_ids = "line case closure at";
constexpr std::string_view case_dated = "line case closure at until";
constexpr std::string_view profile_ids = "line esim at";
constexpr std::string_view numbers = "number generation closure";
constexpr std::string_view case_numbers = "number generation";
constexpr std::string_view profile_numbers = "number generation closure iccid";
constexpr std::string_view moneys = "number generation amount refund";
constexpr std::string_view staff = "holder role person origin by second at expires_at tokens what passkey";
constexpr std::string_view plans = "plan hash changes by second at changed refused";
constexpr std::string_view hooks = "webhook by at";

// clang-format off
constexpr std::array all{
    topic{"line.ordered", "a line began", line_ids, numbers},
    topic{"line.activated", "its profile was enabled for the first time", line_ids, numbers},
    topic{"line.active_again", "it is active again after a payment", line_ids, numbers},
    topic{"line.grace", "its validity is over, the days of grace run", line_ids, numbers},
    topic{"line.suspended", "it has no service until it is paid", line_ids, numbers},
    topic{"line.locked", "a device was lost, the line is barred", line_ids, numbers},
    topic{"line.unlocked", "the device was found", line_ids, numbers},
    topic{"line.customer_locked", "the customer locked it against closing", line_ids, numbers},
    topic{"line.customer_unlocked", "the customer took that lock off", line_ids, numbers},
    topic{"line.switched", "the number moved to another device", line_ids, numbers},
    topic{"line.switch_undone", "it moved back", line_ids, numbers},
    topic{"line.profile_added", "the line has one profile more", profile_ids, profile_numbers},
    topic{"line.profile_downloaded", "a profile left the SM-DP+", profile_ids, profile_numbers},
    topic{"line.profile_installed", "it is on a device", profile_ids, profile_numbers},
    topic{"line.profile_enabled", "it is in use", profile_ids, profile_numbers},
    topic{"line.profile_disabled", "it is not in use", profile_ids, profile_numbers},
    topic{"line.profile_deleted", "it is gone from the device", profile_ids, profile_numbers},
    topic{"line.profile_written_off", "nobody waits for its deletion any more", profile_ids, profile_numbers},
    topic{"line.profile_stopped", "it was stopped", profile_ids, profile_numbers},
    topic{"line.profile_resumed", "it may serve again", profile_ids, profile_numbers},
    topic{"line.profile_offered", "a profile is offered to another line", line_dated, numbers},
    topic{"line.profile_handed_over", "it left for that line", line_ids, numbers},
    topic{"line.profile_came_back", "that line did not take it", line_ids, numbers},
    topic{"line.second_person_wanted", "a request waits for a second person's signature", line_dated, numbers},
    topic{"line.reply_for_staff", "a customer's SMS waits for people", line_ids, numbers},
    topic{"line.representative_admitted", "somebody may act for its owner", line_ids, numbers},
    topic{"line.representative_over", "they may no more", line_ids, numbers},
    topic{"line.ended", "it ended by time, without a case", line_dated, numbers},
    topic{"line.reinstated", "its last owner has it back", line_ids, numbers},
    topic{"closure.opened", "a case began", case_ids, case_numbers},
    topic{"closure.check_asked", "a document, a bank card or a call is to prove who applies; `until`: settled by then", case_dated, case_numbers},
    topic{"closure.check_withdrawn", "that is not wanted any more", case_ids, case_numbers},
    topic{"closure.check_settled", "somebody has said how it went", case_ids, case_numbers},
    topic{"closure.submitted", "the customer submitted it; `until`: its due date", case_dated, case_numbers},
    topic{"closure.in_review", "it is being looked at; `until`: its due date", case_dated, case_numbers},
    topic{"closure.needs_information", "a reviewer asked the customer for more", case_ids, case_numbers},
    topic{"closure.information_given", "the customer answered", case_ids, case_numbers},
    topic{"closure.account_questioned", "the refund account changed after submission", case_dated, case_numbers},
    topic{"closure.review_overdue", "its due date passed", case_ids, case_numbers},
    topic{"closure.approved", "approved, by people or by the policy", case_ids, case_numbers},
    topic{"closure.unbinding", "its devices delete their profiles; `until`: then they are written off", case_dated, case_numbers},
    topic{"closure.settling", "the network is told", case_ids, case_numbers},
    topic{"closure.bar_delayed", "the network takes longer than it should", case_ids, case_numbers},
    topic{"closure.closed", "the number is closed; `until`: its last hold", case_dated, case_numbers},
    topic{"closure.certificate_issued", "its certificate can be fetched", case_ids, case_numbers},
    topic{"closure.certificate_corrected", "a new certificate takes the place of the one before", case_ids, case_numbers},
    topic{"dispute.opened", "its owner says that the certificate is wrong; `until`: answered by then", case_dated, case_numbers},
    topic{"dispute.withdrawn", "they take it back", case_ids, case_numbers},
    topic{"dispute.overdue", "nobody has answered in time", case_ids, case_numbers},
    topic{"dispute.refused", "the certificate stays as it is", case_ids, case_numbers},
    topic{"closure.rejected", "a reviewer rejected it", case_ids, case_numbers},
    topic{"closure.withdrawn", "the customer took it back", case_ids, case_numbers},
    topic{"closure.expired", "it was never submitted, or never answered", case_ids, case_numbers},
    topic{"closure.repudiated", "somebody said `not me`", case_ids, case_numbers},
    topic{"closure.fraud_hold", "it stands still until people have looked", case_ids, case_numbers},
    topic{"closure.fraud_cleared", "people have looked: it goes on", case_ids, case_numbers},
    topic{"refund.ordered", "money goes back to the customer", case_ids, moneys},
    topic{"refund.paid", "the bank says that it was paid", case_ids, moneys},
    topic{"refund.returned", "the bank returned it", case_ids, moneys},
    topic{"refund.contradicted", "the bank says something else than before", case_ids, case_numbers},
    topic{"money.unclaimed", "money came in when no line takes it", line_ids, numbers},
    topic{"number.release_announced", "the number will be free; `until`: then", line_dated, numbers},
    topic{"number.released", "quarantine and all other holds are over: it may be given out again", line_ids, numbers},
    topic{"token.created", "staff or a system has a token", "", staff, true},
    topic{"token.revoked", "a holder's tokens ended", "", staff, true},
    topic{"account.opened", "one of the staff has an account to sign in with", "", staff, true},
    topic{"account.reset", "an account has a new invitation, its password holds no longer", "", staff, true},
    topic{"account.disabled", "nobody signs in with it any more", "", staff, true},
    topic{"account.passkey_added", "its holder has one more passkey to sign in with", "", staff, true},
    topic{"account.passkey_removed", "its holder removed one", "", staff, true},
    topic{"account.passkey_doubted", "one of its passkeys may have been copied: nobody was signed in", "", staff, true},
    topic{"operator.let_go_on", "the server goes on where it had stopped", "", staff, true},
    topic{"import.planned", "a plan of an import waits for a second person", "", plans, true},
    topic{"import.signed", "a second person signed it: it is carried out", "", plans, true},
    topic{"import.stopped", "one person stopped it; what was done by then is done", "", plans, true},
    topic{"import.carried_out", "all of it was carried out", "", plans, true},
    topic{"webhook.opened", "a webhook was made", "", hooks, true},
    topic{"webhook.changed", "its target changed", "", hooks, true},
    topic{"webhook.rotated", "it has a new secret", "", hooks, true},
    topic{"webhook.paused", "it is paused", "", hooks, true},
    topic{"webhook.resumed", "it goes on", "", hooks, true},
    topic{"webhook.replayed",
          "somebody had news sent to it again, one or all since a time, none from before it was aimed", "", hooks, true},
    topic{"webhook.deleted", "it is gone", "", hooks, true},
    topic{test_topic, "what `test` sends; nobody need subscribe to it", "webhook"},
};
// clang-format on

bool names(std::string_view list, std::string_view member) {
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (list.substr(0, end) == member) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool shows(const topic& of, std::string_view member, role as) {
    return names(of.everyone, member) || (as != role::portal && names(of.business, member));
}

}  // namespace

std::span<const topic> topics() { return all; }

const topic* find_topic(std::string_view name) {
    const auto found = std::ranges::find(all, name, &topic::name);
    return found == all.end() ? nullptr : &*found;
}

bool topic_matches(std::string_view pattern, std::string_view name) {
    if (pattern == "*") return true;
    if (pattern.ends_with(".*")) return name.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == name;
}

bool is_told(const std::vector<std::string>& patterns, role as, std::string_view name) {
    const auto* known = find_topic(name);
    if (known == nullptr || (known->of_staff && as != role::admin)) return false;
    return std::ranges::any_of(patterns, [&](const std::string& one) { return topic_matches(one, name); });
}

base::result<void> check_topics(const std::vector<std::string>& patterns, role as) {
    for (const auto& pattern : patterns)
        if (std::ranges::none_of(all, [&](const topic& one) { return is_told({pattern}, as, one.name); }))
            return refuse(code::invalid, "There is no such topic, or none for this role: `" + pattern + "`.",
                          {{"field", "topics"}});
    return {};
}

std::string webhook_body(std::string_view name, base::instant at, const boost::json::object& members, role as) {
    std::string out = R"({"type":)";
    base::write_string(out, name);
    out += R"(,"timestamp":)";
    base::write_string(out, base::iso(at));
    out += R"(,"data":{)";
    const auto* known = find_topic(name);
    bool first = true;
    for (const auto& [member, value] : members) {
        if (known == nullptr || !shows(*known, member, as)) continue;
        if (!first) out += ',';
        first = false;
        base::write_string(out, std::string_view(member.data(), member.size()));
        out += ':' + boost::json::serialize(value);
    }
    return out + "}}";
}

}  // namespace keepline::desk
