// The rules decide as they decided: a few hundred walks through a number's life (number/test_walk.hpp), from the same
// dice, lead to the same refusals, events, effects and states, and each policy is explained in the same words.
// golden.txt has a hash of each. Who means a change looks at what it changed, and notes it:
//
//   KEEPLINE_GOLDEN_TO=DIR domain_test --gtest_filter='golden.*'   writes all as text, to be compared with that of
//   before KEEPLINE_GOLDEN=1      domain_test --gtest_filter='golden.*'   notes it as it is now
#include "base/digest.hpp"
#include "base/json.hpp"
#include "domain/number/test_walk.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using namespace testing;

const std::filesystem::path noted_in = KEEPLINE_SOURCE_DIR "/src/domain/golden.txt";

/// Name → text.
using texts = std::map<std::string, std::string>;

const char* asked_for(const char* name) { return std::getenv(name); }  // NOLINT(concurrency-mt-unsafe): a test

void expect_as_noted(const std::string& kind, const texts& now) {
    if (const auto* to = asked_for("KEEPLINE_GOLDEN_TO"))
        for (const auto& [name, text] : now) std::ofstream(std::filesystem::path(to) / (name + ".txt")) << text;
    std::map<std::string, std::string> noted;
    std::ifstream in(noted_in);
    for (std::string line; std::getline(in, line);)
        if (const auto at = line.rfind(' '); at != std::string::npos)
            noted.emplace(line.substr(0, at), line.substr(at + 1));
    const auto before = noted;
    std::erase_if(noted, [&](const auto& one) { return one.first.starts_with(kind); });
    for (const auto& [name, text] : now)
        noted[name] = base::hex(base::byte_view(base::sha256(base::view(text))).first(16));
    if (asked_for("KEEPLINE_GOLDEN") != nullptr) {
        std::ofstream out(noted_in);
        for (const auto& [name, hash] : noted) out << name << ' ' << hash << '\n';
        return;
    }
    EXPECT_FALSE(now.empty());
    EXPECT_EQ(noted, before) << "see the head of this file";
}

/// What may differ from one policy to another.
rules_ptr rules_of_kind(int kind) {
    const auto& plain = repository_rules();
    if (kind == 1)
        return with_policy(plain, "cn", [](policy& p) {
            p.closing.fee = {fee_kind::fixed, yuan(300), 0, {}};
            p.closing.refund_bonus = true;
            p.closing.refund_min_minor = 500;
            p.keepalive.retention_fee = yuan(200);
            p.keepalive.retention_extends_days = 30;
            p.payout.hold_hours = 24;
            p.notices.last_word_minutes = 30;
            p.notices.bar_late_minutes = 60;
        });
    if (kind == 2)
        return with_policy(plain, "cn", [](policy& p) {
            p.closing.fee = {fee_kind::remaining_contract_percent, {}, 30, yuan(3000)};
            p.closing.refund_unused_prepaid = false;
            p.notices.repeats_max = 1;
            p.notices.a_day = 6;
            p.auto_approve = false;
        });
    return plain;
}

void tell(std::string& to, const step& one) {
    to += base::iso(one.at) + " " + base::to_json(one.by) + "\n  " + base::to_json(one.what) + "\n";
    if (one.refusal) {
        to += "  refused: " + std::string(base::info(one.refusal->what).id) + " " + one.refusal->words;
        for (const auto& [name, value] : one.refusal->data) to += " " + name + "=" + value;
        to += "\n";
    }
    for (const auto& h : one.happened) {
        to += "  event " + base::to_json(h.what) + "\n";
        for (const auto& e : h.effects) to += "    effect " + base::to_json(e) + "\n";
    }
}

// Fails where any rule, fold or reaction that a walk comes by says something else.
TEST(golden, a_numbers_life_goes_as_it_went) {
    constexpr int walks = 300;
    constexpr int steps = 60;
    texts now;
    for (int i = 0; i < walks; ++i) {
        world w;
        w.rules = rules_of_kind(i % 3);
        auto seed = static_cast<std::uint32_t>(i) * 2654435761U + 1;
        std::vector<std::uint32_t> dice(steps);
        for (auto& one : dice) one = seed = seed * 1664525U + 1013904223U;
        std::size_t told = 0;
        int since_state = 0;
        std::string text;
        const auto write = [&] {
            for (; told < w.record.size(); ++told) tell(text, w.record[told]);
            if (++since_state % 6 == 0) text += "state " + base::to_json(w.s) + "\n";
        };
        walk(w, dice, [&](std::uint32_t) { write(); });
        write();
        text += "state " + base::to_json(w.s) + "\n";
        now.emplace("walk " + std::to_string(1000 + i), std::move(text));
    }
    expect_as_noted("walk ", now);
}

/// Nothing that a policy may leave out is in it; or the least of everything.
policy with_all_numbers(policy p, int n) {
    auto& c = p.closing;
    for (int* one : {&c.pause_max_days,
                     &c.device_write_off_days,
                     &c.quarantine_days,
                     &c.reclaim_days,
                     &c.port_right_days,
                     &c.no_reassign_days,
                     &c.harassment_quarantine_days,
                     &c.release_notice_days,
                     &c.cooling_off_hours.low,
                     &c.cooling_off_hours.medium,
                     &c.cooling_off_hours.high,
                     &p.keepalive.grace_days,
                     &p.keepalive.suspend_days,
                     &p.wait_after_reject_hours,
                     &p.contact_change_lock_days,
                     &p.sim_change_lock_days,
                     &p.lost_device_cooling_off_hours,
                     &p.previous_contact_days,
                     &p.recovery_code_rest_days,
                     &p.devices.switch_undo_hours,
                     &p.devices.seller_code_hours,
                     &p.notices.last_word_minutes,
                     &p.notices.bar_late_minutes,
                     &p.notices.replies_a_day,
                     &p.payout.hold_hours,
                     &p.sample_percent,
                     &p.erasure_refund_days,
                     &p.risk.sim_change_days,
                     &p.risk.contact_change_days,
                     &p.risk.young_line_days,
                     &p.risk.refund_account_days,
                     &p.risk.document_days,
                     &p.risk.customer_unlock_days,
                     &p.risk.fraud_hold_days,
                     &p.risk.money_days})
        *one = n;
    p.keepalive.remind_days_before = n == 0 ? std::vector<int>{} : std::vector{n};
    if (n == 1) {
        p.keepalive.retention_fee = money{1, p.currency};
        p.keepalive.retention_extends_days = 1;
        c.refund_bonus = !c.refund_bonus;
        c.fee = {fee_kind::remaining_contract_percent, {}, 30, money{500, p.currency}};
    }
    if (n == 0) {
        c.refund_unused_prepaid = !c.refund_unused_prepaid;
        c.fee = {fee_kind::fixed, money{500, p.currency}, 0, {}};
        p.auto_approve = !p.auto_approve;
    }
    return p;
}

TEST(golden, each_policy_is_explained_as_it_was) {
    texts now;
    for (const auto& [id, p] : repository_rules()->policies.all())
        for (const auto* language : {"en", "zh-CN"}) {
            const auto name = "explained " + id + " " + language;
            now.emplace(name, explain(p, language));
            now.emplace(name + " all-0", explain(with_all_numbers(p, 0), language));
            now.emplace(name + " all-1", explain(with_all_numbers(p, 1), language));
        }
    expect_as_noted("explained ", now);
}

}  // namespace
}  // namespace keepline::domain
