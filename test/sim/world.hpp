// What a run stands on: the peers, who outlive every process, and the rules.
#pragma once

#include "domain/number/test_walk.hpp"
#include "one_thread.hpp"
#include "port/connector.hpp"
#include "simulation.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace keepline::sim {

using domain::destination;
namespace lives = domain::testing;

/// All peers. Each honours keys and remembers which took effect; what it answers is by the dice of the key and the try.
class outside {
 public:
    enum class mood { well, flaky, away };

    explicit outside(std::uint64_t seed) : seed_(seed) {}
    mood is = mood::flaky;
    bool moved_aside = false;  // something may have gone to the retry table

    base::result<port::delivered> take(int to, const port::outbound& what, bool dead, std::string& trace,
                                       reached* into) {
        const auto how = dead ? fate::unreachable : draw(what.key);
        if (!dead) {
            trace += "deliver " + std::to_string(to) + " " + what.key + " " + name(how) + "\n";
            if (into != nullptr) ++(*into)["peer " + name(how)];
        }
        if (how == fate::unreachable) return base::refuse(base::code::peer_unreachable, "No route.");
        if (how == fate::garbled_before) return base::refuse(base::code::peer_garbled, "Strange words.");
        if (seen_.insert(what.key).second) taken.push_back({to, what.key});
        const auto* notice = std::get_if<domain::send_notice>(&what.what);
        const bool has_receipt = to == static_cast<int>(destination::sms) && notice != nullptr;
        if (has_receipt) ++receipts_[what.key];
        if (how == fate::answer_lost) return base::refuse(base::code::peer_unreachable, "The line went dead.");
        if (how == fate::garbled_after) return base::refuse(base::code::peer_garbled, "Strange words.");
        if (how == fate::throws) throw std::runtime_error("a bug");
        port::delivered out;
        if (has_receipt) {
            out.awaited_receipt = what.key;
            out.answer =
                domain::number_command(domain::notice_sent{notice->kind, notice->contact, notice->by, what.key});
        }
        if (const auto* action = std::get_if<domain::hlr_action>(&what.what))
            out.answer = domain::number_command(domain::hlr_answered{action->operation, action->imsi, "done"});
        if (const auto* pay = std::get_if<domain::pay_refund>(&what.what))
            out.answer = domain::number_command(domain::refund_written{pay->id, "file-1"});
        if (const auto* claims = std::get_if<domain::sign_certificate>(&what.what))
            out.answer = domain::number_command(domain::testing::signed_form(*claims));
        return out;
    }
    std::string next_receipt(dice& d) const {
        if (receipts_.empty()) return {};
        return std::next(receipts_.begin(), d.roll(static_cast<int>(receipts_.size())))->first;
    }
    void receipt_was_taken(const std::string& key) {
        if (--receipts_[key] == 0) receipts_.erase(key);
    }
    std::vector<std::pair<int, std::string>> taken;  // in the order of their effect

 private:
    enum class fate { good, unreachable, answer_lost, garbled_before, garbled_after, throws };

    static std::string name(fate f) {
        constexpr const char* names[] = {"good", "unreachable", "answer lost", "garbled", "garbled after", "throws"};
        return names[static_cast<std::size_t>(f)];
    }
    fate draw(const std::string& key) {
        if (is == mood::well) return fate::good;
        if (is == mood::away) return unreachable(tries_.contains(key));
        std::uint64_t mixed = seed_;
        for (const char c : key) mixed = mixed * 1099511628211ULL + static_cast<unsigned char>(c);
        dice d(mixed + static_cast<std::uint64_t>(++tries_[key]));
        const int roll = d.roll(100);
        if (roll < 72) return fate::good;
        if (roll < 80) return unreachable(tries_.at(key) > 1);
        if (roll < 88) return fate::answer_lost;
        moved_aside = true;
        return roll < 92 ? fate::garbled_before : roll < 97 ? fate::garbled_after : fate::throws;
    }

    /// One that is met by this again, while others passed, is to blame and moves aside (engine/dispatcher.cpp).
    fate unreachable(bool again) {
        moved_aside = moved_aside || again;
        return fate::unreachable;
    }

    std::uint64_t seed_;
    std::map<std::string, int> tries_;
    std::set<std::string> seen_;
    std::map<std::string, int> receipts_;  // still to be brought; one for each delivery
};

/// The repository's policies, with a code that may be a few days old when it is used: a step may be a day.
inline const lives::rules_ptr& usual_rules() {
    static const auto book = lives::with_policy(
        lives::repository_rules(), "cn", [](domain::policy& one) { one.otp.submit_within_minutes = 7 * 24 * 60; });
    return book;
}
inline const lives::rules_ptr& rules_now(int which) {
    static const auto fee = [](std::int64_t minor) {
        return lives::with_policy(usual_rules(), "cn", [minor](domain::policy& one) {
            one.closing.fee = {domain::fee_kind::fixed, {minor, "CNY"}, 0, {}};
        });
    };
    static const std::vector<lives::rules_ptr> all{usual_rules(), fee(1000), fee(2500),
                                                   lives::with_policy(usual_rules(), "cn", [](domain::policy& one) {
                                                       one.notices.last_word_minutes = 3;
                                                       one.notices.bar_late_minutes = 30;
                                                   })};
    return all[static_cast<std::size_t>(which)];
}

}  // namespace keepline::sim
