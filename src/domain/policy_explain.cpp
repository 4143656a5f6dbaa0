// A policy in plain words, for customers, support and the operator's lawyer. Every number comes from the policy.
#include "domain/policy.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace keepline::domain {

namespace {

constexpr std::array all_risks = {risk_level::low, risk_level::medium, risk_level::high};

/// What differs between the languages besides sentences: the names of things and how lists are joined.
struct vocabulary {
    bool chinese = false;
    std::string_view comma, semicolon, last_and, last_or;

    std::string_view name(channel c) const {
        switch (c) {
            case channel::web: return chinese ? "网页" : "web";
            case channel::app: return chinese ? "App" : "app";
            case channel::hotline: return chinese ? "客服热线" : "hotline";
            case channel::counter: return chinese ? "营业厅" : "shop counter";
            case channel::staff: return chinese ? "人工客服代办" : "support staff";
            case channel::bulk: return chinese ? "批量办理" : "bulk programme";
        }
        return "";
    }
    std::string_view name(evidence_kind k) const {
        switch (k) {
            case evidence_kind::otp_sms: return chinese ? "短信验证码" : "code by SMS";
            case evidence_kind::otp_email: return chinese ? "邮件验证码" : "code by e-mail";
            case evidence_kind::id_document: return chinese ? "身份证件" : "identity document";
            case evidence_kind::bank_card: return chinese ? "本人银行卡" : "bank card in your name";
            case evidence_kind::staff_sighting: return chinese ? "工作人员当面核验" : "being seen by staff";
            case evidence_kind::callback:
                return chinese ? "回拨到已登记的联系电话" : "call back to a registered contact";
            case evidence_kind::recovery_code: return chinese ? "恢复码" : "recovery code";
        }
        return "";
    }
    std::string_view name(risk_level r) const {
        switch (r) {
            case risk_level::low: return chinese ? "低风险" : "Low risk";
            case risk_level::medium: return chinese ? "中风险" : "Medium risk";
            case risk_level::high: return chinese ? "高风险" : "High risk";
        }
        return "";
    }
    std::string days(int n) const {
        if (chinese) return std::to_string(n) + " 天";
        return std::to_string(n) + (n == 1 ? " day" : " days");
    }
    std::string hours(int n) const {
        if (n == 0) return chinese ? "无" : "none";
        if (chinese) return std::to_string(n) + " 小时";
        return std::to_string(n) + (n == 1 ? " hour" : " hours");
    }
    std::string name(const term& t) const {
        const bool working = t.unit == day_unit::working_day;
        if (chinese) return std::to_string(t.n) + (working ? " 个工作日" : " 个自然日");
        return std::to_string(t.n) + (working ? " working day" : " calendar day") + (t.n == 1 ? "" : "s");
    }
    std::string join(const std::vector<std::string>& parts, std::string_view last) const {
        std::string out;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i > 0) out += i + 1 == parts.size() ? last : comma;
            out += parts[i];
        }
        return out;
    }
};

constexpr vocabulary english{false, ", ", "; ", " and ", " or "};
constexpr vocabulary mandarin{true, "、", "；", "和", "或"};

/// The page being written: headed sections of short lines.
class page {
 public:
    explicit page(const vocabulary& in) : words(in) {}

    void title(std::initializer_list<std::string_view> parts) { add("# ", parts); }
    void section(std::string_view en, std::string_view zh) {
        text_ += '\n';
        add("## ", {words.chinese ? zh : en});
    }
    /// A line in the page's language.
    void line(std::initializer_list<std::string_view> en, std::initializer_list<std::string_view> zh) {
        add("- ", words.chinese ? zh : en);
    }
    std::string text() && { return std::move(text_); }

    const vocabulary& words;

 private:
    void add(std::string_view mark, std::initializer_list<std::string_view> parts) {
        text_ += mark;
        for (const auto part : parts) text_ += part;
        text_ += '\n';
    }
    std::string text_;
};

std::string in_words(const evidence_sets& sets, const vocabulary& words) {
    if (sets.empty())
        return words.chinese ? "此渠道不能办结，转其他渠道继续办理"
                             : "cannot be finished here; we hand you over to another channel";
    std::string out;
    for (const auto& set : sets) {
        std::string all;
        for (const auto kind : set) all += (all.empty() ? "" : " + ") + std::string(words.name(kind));
        out += (out.empty() ? "" : words.chinese ? "；或" : "; or ") + all;
    }
    return out;
}

std::string fact_in_words(const std::string& fact, const risk_rules& rules, const vocabulary& words) {
    const bool zh = words.chinese;
    const auto within = [&](int n, std::string_view en, std::string_view chinese) {
        return zh ? "近 " + words.days(n) + "内" + std::string(chinese)
                  : std::string(en) + " in the last " + words.days(n);
    };
    if (fact == "sim_changed") return within(rules.sim_change_days, "the SIM or eSIM was changed", "换过卡或换过 eSIM");
    if (fact == "contact_changed")
        return within(rules.contact_change_days, "a contact point was changed", "改过联系方式");
    if (fact == "young_line") return within(rules.young_line_days, "the line was opened", "新入网");
    if (fact == "wrong_tries")
        return zh ? "验证失败达 " + std::to_string(rules.wrong_tries) + " 次"
                  : std::to_string(rules.wrong_tries) + " failed tries to prove identity";
    if (fact == "channel_mismatch") return zh ? "办理渠道与平时不符" : "the channel does not fit your usual one";
    if (fact == "bulk_pattern") return zh ? "疑似批量办理" : "the application looks like one of many";
    if (fact == "new_refund_account")
        return within(rules.refund_account_days, "the refund account was named", "换过退款账户");
    if (fact == "document_changed")
        return within(rules.document_days, "another document was put on file", "更换过存档证件");
    if (fact == "prior_fraud_hold") return within(rules.fraud_hold_days, "the line was held for fraud", "曾被冻结核查");
    if (fact == "customer_unlocked")
        return within(rules.customer_unlock_days, "your own lock came off", "解除过号码保护锁");
    if (fact == "money_brought")
        return within(rules.money_days, "much money was brought to the line by staff, an import or a system",
                      "由工作人员、导入或系统大额充入余额");
    if (fact == "on_behalf") return zh ? "由他人代办" : "somebody applies for you";
    if (fact == "owner_not_told") return zh ? "无法通知机主本人" : "somebody applies for you, and you cannot be told";
    if (fact == "living_objection")
        return within(rules.fraud_hold_days, "somebody said to be dead said that they are not", "被称已故者提出过异议");
    if (fact == "lost_device") return zh ? "手机已丢失" : "the phone is lost";
    return fact;
}

void write_keepalive(page& out, const policy& p) {
    const auto& k = p.keepalive;
    const auto& words = out.words;
    out.section("Keeping the number", "保号");
    out.line({"A top-up keeps the line alive for ", words.days(k.validity_days), "."},
             {"充值一次，号码有效 ", words.days(k.validity_days), "。"});
    if (!k.remind_days_before.empty()) {
        std::vector<std::string> before;
        for (const int n : k.remind_days_before) before.push_back(std::to_string(n));
        const bool one = k.remind_days_before == std::vector<int>{1};
        out.line({"We remind you ", words.join(before, " and "), one ? " day" : " days", " before it runs out."},
                 {"到期前 ", words.join(before, "、"), " 天提醒您。"});
    }
    if (k.retention_fee)
        out.line({"When it runs out and the balance suffices, ", base::text(*k.retention_fee),
                  " is taken from it and the line stays alive ", words.days(k.retention_extends_days), " more."},
                 {"到期时余额足够的，自动扣 ", base::text(*k.retention_fee), " 保号费，有效期延长 ",
                  words.days(k.retention_extends_days), "。"});
    if (k.grace_days > 0)
        out.line({"Then you can be reached but cannot call out for ", words.days(k.grace_days), "."},
                 {"到期后 ", words.days(k.grace_days), "内只能接听，不能呼出。"});
    if (k.suspend_days > 0)
        out.line({"Then the line is suspended for ", words.days(k.suspend_days), "; a top-up brings it back."},
                 {"此后停机 ", words.days(k.suspend_days), "，充值即可恢复。"});
    const auto total = words.days(k.validity_days + k.grace_days + k.suspend_days);
    out.line({"Without another top-up the line ends ", total, " after the last one."},
             {"一直不充值的，自最后一次充值起 ", total, "后号码终止服务。"});
}

void write_channels(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("Where you can close the line", "申请注销的渠道");
    std::vector<std::string> names;
    for (const auto c : p.channels) names.emplace_back(words.name(c));
    out.line({"Through: ", words.join(names, words.last_or), "."},
             {"可通过", words.join(names, words.last_or), "申请。"});
    out.line({"A quote (fee, refund, dates) holds for ", words.hours(p.quote_valid_hours),
              "; an application that you do not send expires after ", words.days(p.application_ttl_days), "."},
             {"报价（费用、退款、日期）", words.hours(p.quote_valid_hours), "内有效；未提交的申请 ",
              words.days(p.application_ttl_days), "后失效。"});
    out.line({"Applying again while a case is open is harmless: you get the same case with its date. One person sends "
              "at most ",
              std::to_string(p.max_applications_per_30d), " applications about a line in 30 days, and begins at most ",
              std::to_string(p.max_openings_per_30d), "; three people's together are the most."},
             {"已有申请时再次申请没有影响：仍是原申请、原日期。每人 30 天内就一条线路最多提交 ",
              std::to_string(p.max_applications_per_30d), " 次，最多开始 ", std::to_string(p.max_openings_per_30d),
              " 次；合计不超过三人的次数。"});
    if (p.wait_after_reject_hours > 0)
        out.line({"After a rejection you can apply again in ", words.hours(p.wait_after_reject_hours), "."},
                 {"被驳回后 ", words.hours(p.wait_after_reject_hours), "可再次申请。"});
    if (p.sim_change_lock_days > 0)
        out.line({"For ", words.days(p.sim_change_lock_days), " after a SIM change the line cannot be closed."},
                 {"换卡后 ", words.days(p.sim_change_lock_days), "内不能注销。"});
    if (p.contact_change_lock_days > 0)
        out.line({"For ", words.days(p.contact_change_lock_days), " after a contact change the line cannot be closed."},
                 {"更改联系方式后 ", words.days(p.contact_change_lock_days), "内不能注销。"});
}

void write_proof(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("Proof we ask for", "身份核验");
    for (const auto risk : all_risks) {
        std::vector<bool> told(p.channels.size(), false);
        for (std::size_t i = 0; i < p.channels.size(); ++i) {
            if (told[i]) continue;
            std::vector<std::string> same;  // channels that ask for the same share a line
            for (std::size_t j = i; j < p.channels.size(); ++j) {
                if (p.evidence_for(risk, p.channels[j]) != p.evidence_for(risk, p.channels[i])) continue;
                told[j] = true;
                same.emplace_back(words.name(p.channels[j]));
            }
            const auto where = words.join(same, words.comma);
            const auto what = in_words(p.evidence_for(risk, p.channels[i]), words);
            out.line({words.name(risk), " (", where, "): ", what, "."},
                     {words.name(risk), "（", where, "）：", what, "。"});
        }
    }
    for (const auto level : {risk_level::medium, risk_level::high}) {
        std::string facts;
        for (const auto& [fact, raised] : p.risk.levels)
            if (raised == level)
                facts += (facts.empty() ? "" : std::string(words.semicolon)) + fact_in_words(fact, p.risk, words);
        if (!facts.empty())
            out.line({words.name(level), " is when: ", facts, "."},
                     {"以下情形为", words.name(level), "：", facts, "。"});
    }
    out.line({"A code has 8 digits and lives ", std::to_string(p.otp.ttl_minutes), " minutes; after ",
              std::to_string(p.otp.max_wrong), " wrong codes we wait ", std::to_string(p.otp.lock_minutes),
              " minutes. At most ", std::to_string(p.otp.max_per_day), " codes a day. ",
              p.otp.read_out_to_staff
                  ? "Our staff may ask you to read out a code; only one whose message says so is meant for them."
                  : "You type it in yourself; our staff never type or ask for it.",
              " You apply within ", std::to_string(p.otp.submit_within_minutes),
              " minutes of showing a code, or show another; what somebody else applies for with it is looked at by a "
              "person."},
             {"验证码为 8 位数字，", std::to_string(p.otp.ttl_minutes), " 分钟内有效；输错 ",
              std::to_string(p.otp.max_wrong), " 次后须等待 ", std::to_string(p.otp.lock_minutes),
              " 分钟，每天最多发送 ", std::to_string(p.otp.max_per_day), " 次。",
              p.otp.read_out_to_staff ? "仅短信中注明“可读给工作人员”的验证码，工作人员才会请您读出。"
                                      : "验证码由您本人输入，工作人员不会代输，也不会索要。",
              "验证后请在 ", std::to_string(p.otp.submit_within_minutes),
              " 分钟内提交申请，逾期须重新验证；由他人代为提交的，须经人工审核。"});
    if (const auto lost = p.risk.levels.find("lost_device"); lost != p.risk.levels.end())
        out.line({"If your phone is lost, one call locks the line at once. Closing it then needs the proof of: ",
                  words.name(lost->second), "."},
                 {"手机丢失的，一个电话即可立即锁定号码；之后办理注销，按", words.name(lost->second), "核验。"});
    out.line(
        {"To unlock a line that was locked as lost, have a new eSIM take the lost one's place, or use another eSIM of "
         "before the loss again: ",
         in_words(p.unlock_evidence, words), "."},
        {"解除挂失锁定，补办 eSIM 代替丢失的 eSIM，或恢复使用挂失前的其他 eSIM：", in_words(p.unlock_evidence, words),
         "。"});
}

/// docs/rules.md R9.
void explain_payout(page& out, const policy& p) {
    const auto& rules = p.payout;
    if (rules.account_first)
        out.line({"If something is to be paid back, we ask for the account before you apply."},
                 {"有余额需退还的，提交申请前须登记收款账户。"});
    for (const auto how : rules.otherwise)
        if (how == payout::cash)
            out.line({"You may have it in cash at a counter instead."}, {"也可选择到营业厅领取现金。"});
        else
            out.line({"You may give it up instead; only you say so, or two of our staff for you."},
                     {"也可选择放弃余额；只能由您本人选择，工作人员代为选择的须两人签署。"});
    std::string en;
    std::string zh;
    for (const auto kind : rules.accounts) {
        en += en.empty() ? "" : ", ";
        zh += zh.empty() ? "" : "、";
        en += kind == base::account_kind::iban   ? "an IBAN"
              : kind == base::account_kind::card ? "a bank card"
                                                 : "a domestic account";
        zh += kind == base::account_kind::iban ? "IBAN 账户" : kind == base::account_kind::card ? "银行卡" : "境内账户";
    }
    if (rules.payer_days > 0)
        out.line({"The account of whoever paid in after a line's end, and was paid back, is destroyed after ",
                  std::to_string(rules.payer_days), " days."},
                 {"销户后缴入并已退还的款项，其缴款人账户信息在 ", std::to_string(rules.payer_days), " 日后销毁。"});
    out.line({"We pay to: ", en, "."}, {"可收款的账户：", zh, "。"});
    if (rules.hold_hours > 0)
        out.line(
            {"An account that is named only after you applied is paid to ", out.words.hours(rules.hold_hours),
             " after it was named, when every contact point has heard of it."},
            {"提交申请后才登记的账户，在登记并通知所有联系方式 ", out.words.hours(rules.hold_hours), "后才付款。"});
}

void write_two_people(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("Nobody alone", "任何人都不能独自决定");
    out.line({"Nobody proves anything to himself: who takes your application and records your proof does not decide "
              "about it; somebody else does."},
             {"谁也不能为自己作证：受理并核验证件的人不能审批，须由他人审核。"});
    if (p.auto_approve)
        out.line({"What rests on the word of our staff alone is never approved at once; of the rest, ",
                  std::to_string(p.sample_percent), "% is picked by chance for a person to look at."},
                 {"仅凭工作人员核验的申请不会即时通过；其余申请中随机抽取 ", std::to_string(p.sample_percent),
                  "% 由人工审核。"});
    out.line(
        {"A second member of staff signs before a lost line is unlocked, a number given back, your lock taken off, "
         "a device written off, or a number moved to another device on our staff's word. Unsigned requests are "
         "dropped after ",
         words.hours(p.second_person_hours), "."},
        {"凭工作人员核验解除挂失、复机、解除保护锁、核销设备或换机的，须由另一名工作人员会签；",
         words.hours(p.second_person_hours), "内无人会签即作废。"});
    out.line({"An eSIM profile moves to another number only when two of our staff offer it and the other side agrees; "
              "you are told of the offer, which is over after ",
              words.hours(p.second_person_hours), " and which you can have taken back."},
             {"eSIM配置文件转到另一个号码，须由两名工作人员提出并经对方同意；提出时即通知您，您可要求撤回，",
              words.hours(p.second_person_hours), "内对方未同意即作废。"});
    out.line(
        {"Your personal data is destroyed on your request, signed by two people. While a line is active, a case, a "
         "refund, a debt or an order of an authority is open, it is planned instead, and carried out by itself once "
         "nothing stands against it; within ",
         std::to_string(p.erasure_within_days),
         " days a person looks at what still does. A refund that the bank has had counts as paid when it has said "
         "nothing for this many days after its due date: ",
         std::to_string(p.erasure_refund_days), "."},
        {"应您要求销毁个人资料须由两人签批。号码在用、有未结事项、待退款、欠费或司法限制时改为登记计划，障碍消除后自动"
         "执行；",
         std::to_string(p.erasure_within_days),
         "天内仍未执行的由人工复核。已交银行的退款，到期后若干天内银行无异议即视为已付：",
         std::to_string(p.erasure_refund_days), "天。"});
    out.line(
        {"The refund is paid to the account that you had named when you applied. If another is named later, two "
         "people look at it first, and at one that somebody else named for you alone. If the bank returns the refund "
         "it is paid again on: ",
         in_words(p.payout_evidence, words), "; to another account, or once more, a second person of ours signs, too."},
        {"退款只付到提交申请时登记的账户；之后变更的，或由他人单独代为登记的，须由两人核查。银行退回后重新支付，凭：",
         in_words(p.payout_evidence, words), "；付到其他账户或再次退回的，另须第二人签署。"});
    explain_payout(out, p);
    if (p.locked_from_start)
        out.line(
            {"A new line has your own lock on: it is not closed, not moved to another operator or line, and gets no "
             "further device until you take the lock off."},
            {"新开号码默认开启保护锁：解除之前不能注销、携出、转移，也不能新增设备。"});
    out.line(
        {"Your own lock comes off at once with: ", in_words(p.customer_unlock_evidence, words), "; otherwise after ",
         words.hours(p.customer_unlock_wait_hours), ", of which every contact point is told."},
        {"立即解除号码保护锁，凭：", in_words(p.customer_unlock_evidence, words), "；否则 ",
         words.hours(p.customer_unlock_wait_hours), "后解除，并通知所有联系方式。"});
    if (p.recovery_code_rest_days > 0)
        out.line({"Recovery codes that you make yourself prove something after ", words.days(p.recovery_code_rest_days),
                  "; those of before hold until then, unless you show one of them."},
                 {"自行生成的恢复码 ", words.days(p.recovery_code_rest_days),
                  "后方可用作证明；在此之前原有恢复码继续有效，出示其中之一即可立即更换。"});
    out.line(
        {"What one of our staff saw, or codes that they had made for you, take nothing from your number by themselves: "
         "a second person of ours decides."},
        {"仅凭一名工作人员的核验，或由其代为生成的恢复码，不得变更您的号码、款项或保护锁；须由另一人决定。"});
    out.line({"A document or card that is not the one on file is a failed proof and counts like a wrong code."},
             {"出示的证件或银行卡与登记不符的，按验证失败计次。"});
}

void write_review(page& out, const policy& p) {
    const auto& c = p.closing;
    const auto& words = out.words;
    const auto& cooling = c.cooling_off_hours;
    out.section("Review and cooling-off", "审核与冷静期");
    out.line({"We decide within ", words.name(c.review), ", not counting the day of receipt. Charges stop at receipt."},
             {"自收到申请的次日起 ", words.name(c.review), "内完成审核。收到申请即停止计费。"});
    if (p.auto_approve)
        out.line(
            {words.name(p.auto_approve_max), p.auto_approve_max == risk_level::low ? "" : " and below",
             " is approved at once."},
            {words.name(p.auto_approve_max), p.auto_approve_max == risk_level::low ? "" : "及以下", "申请即时通过。"});
    out.line({words.name(p.four_eyes_from), p.four_eyes_from == risk_level::high ? "" : " and above",
              " is decided by two people."},
             {words.name(p.four_eyes_from), p.four_eyes_from == risk_level::high ? "" : "及以上",
              "申请由两名审核员共同审核。"});
    out.line({"When we need more from you the clock stops, for at most ", words.days(c.pause_max_days), "."},
             {"需要您补充资料时，审核时限暂停，最长 ", words.days(c.pause_max_days), "。"});
    out.line(
        {"Cooling-off runs beside the review: ", words.hours(cooling.low), " at low, ", words.hours(cooling.medium),
         " at medium, ", words.hours(cooling.high), " at high risk, ", words.hours(p.lost_device_cooling_off_hours),
         " when the phone is lost. Until it is over you can withdraw from any contact point."},
        {"冷静期与审核同时进行：低风险 ", words.hours(cooling.low), "，中风险 ", words.hours(cooling.medium),
         "，高风险 ", words.hours(cooling.high), "，手机丢失 ", words.hours(p.lost_device_cooling_off_hours),
         "。冷静期结束前，可用任一已登记的联系方式撤回申请。"});
    switch (c.effective) {
        case closing_moment::immediate:
            out.line({"The line closes as soon as all this is done."}, {"以上完成后立即注销。"});
            break;
        case closing_moment::end_of_day:
            out.line({"The line closes at the end of that day."}, {"以上完成当日 24 时注销。"});
            break;
        case closing_moment::end_of_cycle:
            out.line({"The line closes at the end of the paid cycle."}, {"已付费周期结束时注销。"});
            break;
        case closing_moment::month_end:
            out.line({"The line closes at the end of the month."}, {"当月月底注销。"});
            break;
    }
}

void write_money(page& out, const policy& p) {
    const auto& c = p.closing;
    const auto& words = out.words;
    out.section("Fee and refund", "费用与退款");
    switch (c.fee.kind) {
        case fee_kind::none:
            out.line({"Closing costs nothing. A contract that still runs may have its own price; the quote shows it."},
                     {"注销不收费。仍在合约期内的，按合约收取的费用会在报价中列明。"});
            break;
        case fee_kind::fixed:
            out.line({"Closing costs ", base::text(c.fee.amount), "."},
                     {"注销手续费 ", base::text(c.fee.amount), "。"});
            break;
        case fee_kind::remaining_contract_percent:
            out.line({"Closing inside a contract costs ", std::to_string(c.fee.percent), "% of what is left of it."},
                     {"合约期内注销，按剩余合约金额的 ", std::to_string(c.fee.percent), "% 收取。"});
            break;
    }
    if (c.fee.cap)
        out.line({"Never more than ", base::text(*c.fee.cap), "."}, {"最高不超过 ", base::text(*c.fee.cap), "。"});
    if (c.refund_unused_prepaid || c.refund_bonus) {
        const std::string_view what_en = !c.refund_unused_prepaid ? "Bonus credit"
                                         : c.refund_bonus         ? "Unused prepaid credit and bonus credit"
                                                                  : "Unused prepaid credit";
        const std::string_view what_zh = !c.refund_unused_prepaid ? "赠送金"
                                         : c.refund_bonus         ? "未用完的预存话费和赠送金"
                                                                  : "未用完的预存话费";
        out.line({what_en, " is paid back within ", words.name(c.refund_within), "."},
                 {what_zh, "在 ", words.name(c.refund_within), "内退还。"});
        if (c.refund_min_minor > 0)
            out.line({"Less than ", base::text(money{c.refund_min_minor, p.currency}),
                      " is not paid out; we keep owing it."},
                     {"不足 ", base::text(money{c.refund_min_minor, p.currency}), " 的不打款，仍记在您名下。"});
    }
    if (!c.refund_unused_prepaid)
        out.line({"Unused prepaid credit is not paid back; use it up first."}, {"未用完的预存话费不退，请先用完。"});
    if (!c.refund_bonus) out.line({"Bonus credit is not paid back."}, {"赠送金不退。"});
    const auto amount = [&](std::int64_t minor) { return base::text(money{minor, p.currency}); };
    out.line(
        {"One of our staff brings or takes at most ", amount(p.by_hand.line_max_minor), " on a line and ",
         amount(p.by_hand.person_day_max_minor),
         " in all within a day, whatever the lines' policies; an import changes at most ",
         amount(p.by_hand.line_max_minor), " and ", amount(p.by_hand.import_day_max_minor),
         ". Beyond that a second person signs. All whom one person made lately bring and take as much together as ",
         std::to_string(p.by_hand.made_days_max),
         " people. What comes to a line after its closing was applied for, "
         "more than is paid unlooked at, is paid when two have looked at it."},
        {"单个工作人员一日内（不论套餐政策）对每个号码充入或扣除至多 ", amount(p.by_hand.line_max_minor), "，合计至多 ",
         amount(p.by_hand.person_day_max_minor), "；导入一日内每个号码至多变更 ", amount(p.by_hand.line_max_minor),
         "，合计至多 ", amount(p.by_hand.import_day_max_minor),
         "。超出部分须第二人签署。近期由同一人签发令牌的所有人员，合计不超过 ", std::to_string(p.by_hand.made_days_max),
         " 人的额度。提交注销申请后入账、超过免核查额度的款项，经两人核查后支付。"});
}

void write_devices(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("Your devices", "设备解绑");
    out.line({"Each device deletes its eSIM profile and proves it with a signature."},
             {"每台设备删除 eSIM 配置文件，并以签名证明。"});
    out.line({"A device that cannot be reached is written off after ", words.days(p.closing.device_write_off_days),
              ", or at once when you declare it lost; the network cuts it off."},
             {"联系不上的设备 ", words.days(p.closing.device_write_off_days),
              "后核销，您声明丢失的立即核销，并在网络侧切断。"});
    const auto devices = std::to_string(p.devices.bound_max);
    out.line({"Up to ", devices, " devices may hold a profile. An activation code is valid for ",
              words.days(p.devices.activation_days), "."},
             {"最多可在 ", devices, " 台设备上安装；激活码有效期 ", words.days(p.devices.activation_days), "。"});
    if (p.devices.switch_undo_hours > 0)
        out.line({"A move to another device can be undone for ", words.hours(p.devices.switch_undo_hours),
                  ", with: ", in_words(p.switch_evidence, words), "."},
                 {"换机后 ", words.hours(p.devices.switch_undo_hours), "内可以撤销，凭：",
                  in_words(p.switch_evidence, words), "。"});
    out.line({"Another profile for a line that is yours already, or a waiting one turned to another device, takes: ",
              in_words(p.switch_evidence, words),
              "; or two of our staff. Every contact point is told, and you can stop it in a session of yours."},
             {"为您已有的号码新增 eSIM，或将待下载的 eSIM 改到其他设备，凭：", in_words(p.switch_evidence, words),
              "；或由两名工作人员办理。我们会通知所有联系方式，您登录后即可停止。"});
    if (p.devices.seller_code_hours > 0)
        out.line({"Whoever ordered a profile for you is shown its activation code for ",
                  words.hours(p.devices.seller_code_hours), "; after that only you are."},
                 {"为您办理 eSIM 的人员在 ", words.hours(p.devices.seller_code_hours),
                  "内可以看到激活码，此后只有您本人可以看到。"});
    else
        out.line({"Only you are shown the activation code of a profile."}, {"只有您本人可以看到 eSIM 的激活码。"});
    const auto digits = std::to_string(p.network.imsi_digits);
    std::string plmns;
    for (const auto& one : p.network.plmns) plmns += (plmns.empty() ? "" : ", ") + one;
    if (plmns.empty())
        out.line({"An IMSI has ", digits, " digits; one profile or line has it, never two."},
                 {"IMSI 为 ", digits, " 位；同一 IMSI 只属于一个号码卡，绝不重复。"});
    else
        out.line(
            {"An IMSI has ", digits, " digits and begins with ", plmns, "; one profile or line has it, never two."},
            {"IMSI 为 ", digits, " 位，以 ", plmns, " 开头；同一 IMSI 只属于一个号码卡，绝不重复。"});
}

void write_number(page& out, const policy& p) {
    const auto& c = p.closing;
    const auto& words = out.words;
    out.section("The number afterwards", "注销后的号码");
    out.line({"Quarantine: it rests for ", words.days(c.quarantine_days), "."},
             {"号码冻结期：", words.days(c.quarantine_days), "。"});
    if (c.reclaim_days > 0)
        out.line(
            {"You can take it back (reinstate) for ", words.days(c.reclaim_days),
             ", with: ", in_words(p.reinstate_evidence, words), "."},
            {"复机：", words.days(c.reclaim_days), "内可取回号码，凭：", in_words(p.reinstate_evidence, words), "。"});
    if (c.port_right_days > 0)
        out.line({"You can still move it to another operator for ", words.days(c.port_right_days), "."},
                 {"携号转网：", words.days(c.port_right_days), "内仍可转到其他运营商。"});
    out.line({"Nobody else gets it for ", words.days(c.no_reassign_days), "."},
             {"不再分配：", words.days(c.no_reassign_days), "内不给他人使用。"});
    const int longest = std::max({c.quarantine_days, c.reclaim_days, c.port_right_days, c.no_reassign_days});
    out.line({"These run side by side and the longest wins: the number is free after ", words.days(longest), "."},
             {"以上期限同时计算，以最长者为准：", words.days(longest), "后号码才可重新使用。"});
    out.line({"If you leave because of harassment it rests for ", words.days(c.harassment_quarantine_days), "."},
             {"因骚扰而注销的，冻结期为 ", words.days(c.harassment_quarantine_days), "。"});
    if (c.release_notice_days > 0)
        out.line({"Partners (banks, apps) are told ", words.days(c.release_notice_days), " before it is free."},
                 {"号码可重新使用前 ", words.days(c.release_notice_days), "，通知银行、App 等合作方解绑。"});
}

void write_kept(page& out, const policy& p) {
    const auto& words = out.words;
    out.line(
        {"You may have an archive of everything that we hold about you: it is there ",
         std::to_string(p.disclosure.wait_hours), " hours after you asked (",
         std::to_string(p.disclosure.after_change_hours), " where something of yours changed lately) and stays for ",
         words.days(p.disclosure.days), "; ", std::to_string(p.disclosure.a_year), " times a year."},
        {"您可申请获取我们持有的全部个人资料：申请 ", std::to_string(p.disclosure.wait_hours),
         " 小时后可下载（近期更改过资料的为 ", std::to_string(p.disclosure.after_change_hours), " 小时后），",
         words.days(p.disclosure.days), "内有效；每年最多 ", std::to_string(p.disclosure.a_year), " 次。"});
    if (const auto identity = p.retention_days.find("identity_after_end"); identity != p.retention_days.end())
        out.line(
            {"Your identity data is erased by itself ", words.days(identity->second),
             " after your last line has ended, or before when you ask; what an authority, an open case, a dispute or a "
             "refund still needs waits for that."},
            {"您名下最后一个号码终止 ", words.days(identity->second),
             "后，您的身份资料自动删除，您也可提前申请；依法保全、未结业务、异议或退款未了的，待其了结后删除。"});
}

void write_notices(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("What you hear from us", "通知");
    out.line({"Receipt is confirmed within ", std::to_string(p.acknowledge_within_s), " seconds."},
             {"收到申请后 ", std::to_string(p.acknowledge_within_s), " 秒内确认。"});
    out.line({"Each step is told to every contact point, and to replaced ones for ",
              words.days(p.previous_contact_days), ". No message holds a link or asks for a code."},
             {"每一步都通知所有联系方式；更换前的联系方式，", words.days(p.previous_contact_days),
              "内也会通知。消息中没有链接，也不索要验证码。"});
    out.line(
        {"A contact point hears nothing but its own code until you have shown that code; a replaced one can never be "
         "pushed out while it is still told."},
        {"新增的联系方式须先通过验证码验证，此前除验证码外不会收到任何消息；仍在通知期内的旧联系方式不会被挤掉。"});
    out.line({"Contact points can be changed ", std::to_string(p.contacts.changes_max), " times in ",
              words.days(p.contacts.changes_days), " by you, and as often by our staff, by one of them ",
              std::to_string(p.contacts.changes_by_one_max), " times at most."},
             {"本人在 ", words.days(p.contacts.changes_days), "内最多可更改联系方式 ",
              std::to_string(p.contacts.changes_max), " 次，工作人员同样，其中同一人最多 ",
              std::to_string(p.contacts.changes_by_one_max), " 次。"});
    out.line(
        {"One of our staff, on a word, withdraws a case of yours, says that it was not you, locks the line against "
         "closing or has it wait for a change of SIM or of operator once in ",
         words.days(p.hold_up_days), "; the same again takes a second person."},
        {"同一名工作人员仅凭口头说法撤回您的申请、提出异议、开启保护锁，或因换卡、携号转网而暂缓注销，在 ",
         words.days(p.hold_up_days), "内各以一次为限；再次办理须第二人签核。"});
    out.line({"The account for refunds can be changed ", std::to_string(p.contacts.account_changes_max),
              " times in as many days."},
             {"退款账户在同样期限内最多可更改 ", std::to_string(p.contacts.account_changes_max), " 次。"});
    out.line(
        {"What happens more than ", std::to_string(p.notices.repeats_max), " times in ",
         std::to_string(p.notices.repeats_minutes),
         " minutes (a lock put on and off, say) is told once more and then gathered in one message; so is what goes "
         "beyond ",
         std::to_string(p.notices.a_day), " such messages a day. The steps of a closure are always told."},
        {"同类操作在 ", std::to_string(p.notices.repeats_minutes), " 分钟内超过 ",
         std::to_string(p.notices.repeats_max), " 次（如反复开关保护锁），或当天此类消息超过 ",
         std::to_string(p.notices.a_day), " 条的，合并为一条消息通知；注销的每一步始终单独通知。"});
    out.line({"Steps of a closure that come at the same moment are told in one message."},
             {"注销的几个步骤同时发生的，合并为一条消息。"});
    if (p.notices.last_word_minutes > 0)
        out.line({"Before your number is barred it gets a last SMS; the network waits up to ",
                  std::to_string(p.notices.last_word_minutes), " minutes for it to leave."},
                 {"停用号码之前，先向该号码发送最后一条短信；网络侧最多等待 ",
                  std::to_string(p.notices.last_word_minutes), " 分钟。"});
    if (p.notices.bar_late_minutes > 0)
        out.line({"If barring takes longer than ", std::to_string(p.notices.bar_late_minutes), " minutes we say so."},
                 {"停用超过 ", std::to_string(p.notices.bar_late_minutes), " 分钟未完成的，会告知您。"});
    out.line(
        {"You may answer by SMS; up to ", std::to_string(p.notices.replies_a_day),
         " a day are acted upon. Withdrawing and \"not me\" work at once; what costs money needs a second reply; "
         "STOP ends reminders only, never the notices of a closure and never a line."},
        {"可回复短信办理，每天最多处理 ", std::to_string(p.notices.replies_a_day),
         " 条。撤回和“不是我”立即生效；涉及费用的须再次回复确认；回复停止只停提醒，不影响注销通知，也不会停用号码。"});
    out.line({"A document, a bank card or a call back that is to prove who you are is looked at within ",
              words.name(p.checks.answer), ", by somebody who has no part in your application."},
             {"证件、银行卡比对或回拨核验，由未经办该申请的工作人员在 ", words.name(p.checks.answer), "内完成。"});
    out.line({"Your backup can be downloaded for ", words.days(p.backup_ttl_days), "."},
             {"备份文件 ", words.days(p.backup_ttl_days), "内可下载。"});
    out.line(
        {"At the end you get a signed certificate of closure. Say which line of it is wrong while the number is not "
         "somebody else's: somebody who had no part in the case answers within ",
         words.name(p.disputes.answer),
         ", with a corrected certificate that two people sign for, or with a reason. Until then the number is given to "
         "nobody."},
        {"注销完成后，您会收到带签名的注销凭证。凭证有误的，可在号码重新分配之前逐项提出异议，由未经办该业务的工作人员"
         "在 ",
         words.name(p.disputes.answer), "内答复：经两人签核出具更正凭证，或说明理由；答复之前号码不会重新分配。"});
    write_kept(out, p);
    for (const auto& report : p.reporting) out.line({"We report: ", report, "."}, {"依规上报：", report, "。"});
}

std::string_view name(representative_kind kind, bool chinese) {
    switch (kind) {
        case representative_kind::attorney: return chinese ? "受托人（凭授权委托书）" : "Attorney (power of attorney)";
        case representative_kind::guardian: return chinese ? "监护人" : "Guardian";
        case representative_kind::heir:
            return chinese ? "继承人（机主已故）" : "Heir or executor (of somebody who died)";
        case representative_kind::officer: return chinese ? "单位经办人" : "Officer of a company";
    }
    return "";
}

std::string_view name(document_purpose purpose, bool chinese) {
    switch (purpose) {
        case document_purpose::id_document: return chinese ? "机主身份证件" : "the owner's identity document";
        case document_purpose::power_of_attorney: return chinese ? "授权委托书" : "power of attorney";
        case document_purpose::death_certificate: return chinese ? "死亡证明" : "death certificate";
        case document_purpose::guardianship: return chinese ? "监护关系证明" : "proof of guardianship";
        case document_purpose::court_order: return chinese ? "法律文书或公证书" : "a court's or notary's paper";
        case document_purpose::other: return chinese ? "关系或职务证明" : "proof of kinship or office";
    }
    return "";
}

/// docs/rules.md R9.
void write_representatives(page& out, const policy& p) {
    const auto& words = out.words;
    out.section("Acting for somebody else", "代他人办理");
    out.line(
        {"Two of our staff look at the papers, and both people's identity is proved. Then everybody on file is told "
         "and may object; an objection stops it at once. Two people decide about the case, and both sides are told."},
        {"两名工作人员核验材料及双方身份后，通知所有联系方式，任何异议立即中止办理；申请须经两人审核，并通知双方。"});
    for (const auto kind : {representative_kind::attorney, representative_kind::guardian, representative_kind::heir,
                            representative_kind::officer}) {
        const auto& rules = p.representation_of(kind);
        if (!rules.allowed) {
            out.line({name(kind, false), ": not here."}, {name(kind, true), "：不受理。"});
            continue;
        }
        std::vector<std::string> papers;
        for (const auto one : rules.documents) papers.emplace_back(name(one, words.chinese));
        const auto all = words.join(papers, words.chinese ? "和" : " and ");
        const bool to_them = rules.refund == refund_payee::representative;
        out.line({name(kind, false), ": ", all, "; shown by them: ", in_words(rules.evidence, words), ". From ",
                  words.days(rules.wait_days), " after, or ", words.days(rules.unheard_wait_days),
                  " where nobody on file can be told. What is left is paid to ",
                  to_them ? "their account" : "the owner's account only",
                  rules.reclaim ? "." : "; the number is given back by two people only."},
                 {name(kind, true), "：", all, "；代办人须提供：", in_words(rules.evidence, words), "；",
                  words.days(rules.wait_days), "后生效；无法通知机主的，", words.days(rules.unheard_wait_days),
                  "后生效；余额退至", to_them ? "其登记账户" : "机主本人账户",
                  rules.reclaim ? "。" : "；号码须经两人签批方可复机。"});
    }
}

void write_complaints(page& out, const policy& p) {
    if (p.complaints.empty()) return;
    const auto& words = out.words;
    out.section("If you disagree", "对处理结果有异议");
    out.line(
        {"Tell us first: by the hotline, or in a shop. A rejection says its reason, and names who hears you after us."},
        {"请先向我们反映（热线或营业厅）。驳回时会说明理由，并告知您之后可以向谁申诉。"});
    for (const auto& one : p.complaints) {
        const auto& name = one.name_in(words.chinese);
        std::string where;
        for (const auto* part : {&one.web, &one.phone})
            if (!part->empty()) where += (where.empty() ? "" : std::string(words.comma)) + *part;
        if (one.after.n > 0)
            out.line({"If that settles nothing within ", words.name(one.after), ", you may turn to ", name, " (", where,
                      ")."},
                     {words.name(one.after), "内未答复或对答复不满意的，可向", name, "申诉（", where, "）。"});
        else
            out.line({"You may turn to ", name, " at any time (", where, ")."},
                     {"可随时向", name, "申诉（", where, "）。"});
    }
}

}  // namespace

std::string explain(const policy& p, std::string_view language) {
    page out(language.starts_with("zh") ? mandarin : english);
    const auto version = std::to_string(p.version);
    if (out.words.chinese)
        out.title({"保号与注销规则：", p.title, "（", p.id, "，第 ", version, " 版）"});
    else
        out.title({"Keeping and closing a number: ", p.title, " (", p.id, ", version ", version, ")"});
    write_keepalive(out, p);
    write_channels(out, p);
    write_proof(out, p);
    write_two_people(out, p);
    write_review(out, p);
    write_money(out, p);
    write_devices(out, p);
    write_number(out, p);
    write_notices(out, p);
    write_representatives(out, p);
    write_complaints(out, p);
    out.section("Where this comes from", "依据");
    out.line({"Dates follow the calendar ", p.calendar, " in ", p.zone, "; money is in ", p.currency, "."},
             {"日期按 ", p.calendar, " 日历、", p.zone, " 时区计算；金额单位 ", p.currency, "。"});
    out.line({"A day counts whole: until 27 February means until the end of that day there."},
             {"日期按整日计算：“2月27日（含）前”指当地当日结束以前。"});
    out.line({p.source, "."}, {"来源（原文）：", p.source});
    return std::move(out).text();
}

}  // namespace keepline::domain
