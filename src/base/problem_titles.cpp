#include "base/problem_titles.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace keepline::base {

namespace {

using base::code;

constexpr std::pair<code, std::string_view> chinese_titles[] = {
    {code::invalid, "请求内容有误"},
    {code::malformed, "无法读取请求"},
    {code::unauthenticated, "需要有效的访问令牌"},
    {code::forbidden, "此令牌无权进行该操作"},
    {code::not_found, "不存在"},
    {code::method_not_allowed, "此地址不支持该方法"},
    {code::not_acceptable, "请求正文须为application/json"},
    {code::too_large, "请求超出允许的大小"},
    {code::coding_unknown, "不支持请求正文的编码方式"},
    {code::timed_out, "请求接收超时"},
    {code::too_many, "尝试次数过多，请稍后再试"},
    {code::version_mismatch, "内容已变更，请重新读取"},
    {code::precondition_required, "此处需要If-Match"},
    {code::idempotency_key_missing, "每个POST请求都需要Idempotency-Key"},
    {code::idempotency_key_reused, "此Idempotency-Key已用于其他请求"},
    {code::overloaded, "服务器繁忙，请稍后再试"},
    {code::stopping, "服务器正在关闭，请稍后再试"},
    {code::unavailable, "所需的组件暂时不可用"},
    {code::endings_held, "今日终止数量超出预期，须先由人工核查"},
    {code::storage_full, "磁盘已满，请待释放空间后再试"},
    {code::not_owner, "该部分日志现由另一台服务器负责"},
    {code::outcome_unknown, "不确定是否已执行，请先查询再重试"},
    {code::id_taken, "该编号已被占用"},
    {code::internal, "系统内部错误"},
    {code::line_exists, "该号码已有线路"},
    {code::line_missing, "该号码没有线路"},
    {code::line_locked, "线路已锁定"},
    {code::line_not_active, "线路当前状态不允许此操作"},
    {code::number_on_hold, "号码处于冻结期，暂不能分配"},
    {code::profile_unknown, "该线路没有此配置文件"},
    {code::profile_exists, "该线路已有此配置文件"},
    {code::money_mismatch, "币种不符或金额超出范围"},
    {code::not_represented, "目前无人可代机主办理此事"},
    {code::evidence_too_weak, "需要更强的身份证明"},
    {code::session_too_weak, "当前登录方式不足以办理此事，请用发往本机号码的短信验证码登录"},
    {code::step_up_required, "登录时间过久，请再次验证本人身份后重试"},
    {code::device_limit, "设备数量已达规则上限"},
    {code::switch_undo_over, "没有可撤销的换机"},
    {code::identifier_taken, "该标识已属于其他线路或配置文件"},
    {code::identifier_unreserved, "标识未能及时预留，请重试"},
    {code::imsi_not_ours, "该IMSI不属于本网"},
    {code::esim_unknown, "SM-DP+上没有此配置文件"},
    {code::esim_taken, "配置文件已被使用或不可用"},
    {code::esim_not_yours, "配置文件由其他运营商订购或所有"},
    {code::esim_not_confirmed, "订单尚未确认，不能释放"},
    {code::esim_not_released, "配置文件尚未释放下载"},
    {code::esim_not_bindable, "配置文件不能再次绑定"},
    {code::esim_type_unknown, "没有此配置文件类型"},
    {code::esim_type_differs, "配置文件类型不符"},
    {code::out_of_stock, "该类型的配置文件已无库存"},
    {code::eid_missing, "此处需要EID"},
    {code::eid_differs, "订单已绑定其他EID"},
    {code::matching_id_taken, "该匹配标识属于其他订单"},
    {code::matching_id_wrong, "匹配标识与订单不符"},
    {code::order_expired, "下载订单已过期"},
    {code::downloads_spent, "下载尝试次数已用完"},
    {code::confirmation_refused, "确认码错误"},
    {code::confirmation_spent, "确认码错误次数已达上限"},
    {code::transaction_unknown, "此配置文件没有该RSP事务"},
    {code::closure_missing, "该线路没有此注销申请"},
    {code::closure_stage, "注销申请当前阶段不允许此操作"},
    {code::closure_limit, "近30天内申请次数过多"},
    {code::channel_not_offered, "该规则不提供此办理渠道"},
    {code::blocked, "须先解决未结事项"},
    {code::quote_expired, "报价已过期，请重新获取"},
    {code::quote_not_accepted, "须先接受报价"},
    {code::backup_undecided, "请先下载备份或选择不需要"},
    {code::evidence_missing, "需要更多身份证明"},
    {code::otp_wrong, "验证码错误"},
    {code::proof_mismatch, "所出示的与存档不符"},
    {code::otp_expired, "验证码已过期或已使用，请重新获取"},
    {code::code_not_for_staff, "此验证码须由客户本人提交，工作人员不能代填"},
    {code::otp_locked, "验证码错误次数过多，请稍后再试"},
    {code::contact_unknown, "没有此联系方式"},
    {code::contact_unverified, "须先验证该联系方式"},
    {code::over_budget, "当前消息过多，稍后发送"},
    {code::own_application, "任何人不得审批自己经手的申请"},
    {code::second_person_needed, "须由第二人决定"},
    {code::second_person_wanted, "须由第二人签署"},
    {code::plan_wanted, "须制定计划并由第二人签署"},
    {code::reference_taken, "您已用此参考号登记过另一笔金额"},
    {code::changed_since, "数据在提出请求后已变更"},
    {code::reclaim_over, "取回号码的期限已过"},
    {code::download_expired, "下载已过期"},
    {code::policy_invalid, "规则文件不可用"},
    {code::policy_unknown, "没有此规则"},
    {code::calendar_invalid, "日历文件不可用"},
    {code::calendar_unknown, "没有此日历"},
    {code::config_invalid, "配置不可用"},
    {code::certificate_invalid, "凭证验证不通过"},
    {code::journal_broken, "日志校验不通过"},
    {code::store_schema, "本程序不支持该数据库结构"},
    {code::erased, "个人资料已删除"},
    {code::key_missing, "个人资料的密钥缺失"},
    {code::peer_unreachable, "无法连接对端"},
    {code::account_changed, "账户与指定的不符"},
    {code::account_missing, "未登记可收款的账户"},
    {code::contact_missing, "除本号码外没有其他联系方式，请再登记一个"},
    {code::document_unfit, "该文件无法留存"},
    {code::peer_refused, "对端拒绝"},
    {code::peer_garbled, "对端的应答无法理解"},
    {code::shown_already, "仅显示一次，不能再次显示"},
    {code::erasure_planned, "删除须等待其他事项"},
};

}  // namespace

int weight_of_language(std::string_view list, std::string_view language) {
    int best = -1;
    while (!list.empty()) {
        auto one = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), one.size() + 1));
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        const auto tag = one.substr(0, one.find_first_of("; \t"));
        const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        const bool same = tag.size() >= language.size() &&
                          std::ranges::equal(tag.substr(0, language.size()), language, {}, low) &&
                          (tag.size() == language.size() || tag[language.size()] == '-');
        if (!same) continue;
        int weight = 1000;
        if (const auto q = one.find("q=0"); q != std::string_view::npos) {
            weight = 0;
            int unit = 100;
            for (std::size_t at = q + 4; at < one.size() && unit > 0 && one[at] >= '0' && one[at] <= '9';
                 ++at, unit /= 10)
                weight += (one[at] - '0') * unit;
        }
        best = std::max(best, weight);
    }
    return best;
}

std::string_view wanted_language(std::string_view accept_language) {
    const int chinese = weight_of_language(accept_language, "zh");
    return chinese > 0 && chinese > weight_of_language(accept_language, "en") ? "zh-CN" : "en";
}

std::string_view problem_title(base::code what, std::string_view language) {
    if (language == "zh-CN")
        for (const auto& [known, title] : chinese_titles)
            if (known == what) return title;
    return base::info(what).title;
}

}  // namespace keepline::base
