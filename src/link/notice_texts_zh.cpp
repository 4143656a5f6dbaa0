// The Chinese words of every notice. Data only: what they mean and how they are rendered is in notice_text.hpp.
// Same kinds in the same order as notice_texts_en.cpp; a test holds them together.
#include "link/notice_text.hpp"

namespace keepline::link {

namespace {

constexpr notice_words chinese_words[] = {
    // -- 号码
    {"line_active", "您尾号{{{number}}}的号码已启用",
     "您尾号{{{number}}}的号码已启用{{#until}}，有效期至{{{until}}}{{/until}}。",
     R"(您尾号{{{number}}}的号码已启用。{{#until}}如不充值，有效期至{{{until}}}。{{/until}}

{{#until}}* 有效期至：{{{until}}}
{{/until}}* 线路编号：{{{line}}})"},
    {"validity_reminder",
     "保号提醒：尾号{{{number}}}的号码{{#until}}将于{{{until}}}{{/until}}{{^until}}即将{{/until}}到期",
     "您尾号{{{number}}}的号码{{#until}}将于{{{until}}}{{/until}}{{^until}}即将{{/"
     "until}}到期{{#days}}（还有{{{days}}}天）{{/days}}。请在此前充值{{#amount}}{{{amount}}}{{/amount}}以保留号码。",
     R"(您尾号{{{number}}}的号码{{#until}}将于{{{until}}}{{/until}}{{^until}}即将{{/until}}到期{{#days}}（还有{{{days}}}天）{{/days}}。请在此前通过App、营业厅或热线充值，即可保留号码。

{{#until}}* 有效期至：{{{until}}}
{{/until}}{{#amount}}* 最低充值：{{{amount}}}
{{/amount}}* 线路编号：{{{line}}})"},
    {"grace", "尾号{{{number}}}的号码已到期，仍可保留",
     "您尾号{{{number}}}的号码已到期。{{#until}}请在{{{until}}}前{{/until}}{{^until}}请尽快{{/until}}充值以保留号码。",
     R"(您尾号{{{number}}}的号码已到期，但号码尚未失去：{{#until}}在{{{until}}}前{{/until}}{{^until}}尽快{{/until}}充值即可恢复正常使用。

{{#until}}* 最后充值日：{{{until}}}
{{/until}}* 线路编号：{{{line}}})"},
    {"suspended", "尾号{{{number}}}的号码已停机",
     "您尾号{{{number}}}的号码已停机。{{#until}}号码为您保留至{{{until}}}，充值即可复机。{{/until}}",
     R"(因有效期已过，您尾号{{{number}}}的号码已停机。{{#until}}号码为您保留至{{{until}}}。{{/until}}充值即可恢复使用。

{{#until}}* 号码保留至：{{{until}}}
{{/until}}* 线路编号：{{{line}}})"},
    {"line_ended", "尾号{{{number}}}的号码已终止",
     "您尾号{{{number}}}的号码已终止。{{#reclaim_until}}您可在{{{reclaim_until}}}前复机取回。{{/reclaim_until}}",
     R"(您尾号{{{number}}}的号码已终止。{{#reason}}原因：{{{reason}}}。{{/reason}}{{#reclaim_until}}您可在{{{reclaim_until}}}前复机取回。{{/reclaim_until}}

{{#at}}* 终止时间：{{{at}}}
{{/at}}{{#reclaim_until}}* 可取回至：{{{reclaim_until}}}
{{/reclaim_until}}* 线路编号：{{{line}}})"},
    {"reinstated", "尾号{{{number}}}的号码已复机",
     "您尾号{{{number}}}的号码已复机{{#until}}，有效期至{{{until}}}{{/until}}。{{{not_you}}}",
     R"(尾号{{{number}}}的号码已由机主取回并恢复服务。

{{{not_you}}}

{{#until}}* 有效期至：{{{until}}}
{{/until}}* 线路编号：{{{line}}})"},
    // -- 安全
    {"device_locked", "尾号{{{number}}}的号码已锁定",
     "尾号{{{number}}}的号码已锁定：有设备被申报丢失。核实身份后方可解锁。{{{not_you}}}",
     R"(尾号{{{number}}}的号码有设备被申报丢失，号码已立即锁定。任何人都无法用该设备使用、转移或注销号码。核实您的身份后即可解锁。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    {"device_found", "尾号{{{number}}}的号码已解锁",
     "尾号{{{number}}}的号码已解锁：丢失的设备已申报找回。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的设备已申报找回，号码已解锁。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    {"sim_changed", "尾号{{{number}}}的号码已更换SIM", "尾号{{{number}}}的号码已更换SIM配置文件或设备。{{{not_you}}}",
     R"(尾号{{{number}}}的号码现已在另一SIM配置文件或设备上使用。

{{{not_you}}}

{{#at}}* 更换时间：{{{at}}}
{{/at}}* 线路编号：{{{line}}})"},
    {"profile_ready", "尾号{{{number}}}的号码的eSIM可以安装了", "尾号{{{number}}}的号码的eSIM可以安装了。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的eSIM配置文件可以安装到设备上了，请在办理处查看激活码。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    {"device_added", "尾号{{{number}}}的号码新增了设备",
     "尾号{{{number}}}的号码的eSIM已安装到另一台设备。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的eSIM配置文件已安装到另一台设备；在启用之前，号码仍在原设备上。

{{{not_you}}}

{{#at}}* 安装时间：{{{at}}}
{{/at}}* 线路编号：{{{line}}})"},
    {"switched", "尾号{{{number}}}的号码已换到另一台设备",
     "尾号{{{number}}}的号码已换到另一台设备。{{#hours}}{{{hours}}}小时内可以撤销。{{/hours}}{{{not_you}}}",
     R"(尾号{{{number}}}的号码现已在另一台设备上使用，原设备不能再使用，请在原设备上删除eSIM配置文件。{{#hours}}换机后{{{hours}}}小时内可以撤销。{{/hours}}

{{{not_you}}}

{{#at}}* 换机时间：{{{at}}}
{{/at}}* 线路编号：{{{line}}})"},
    {"switch_undone", "尾号{{{number}}}的号码已换回原设备", "尾号{{{number}}}的号码已换回原设备。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的换机已撤销，号码已回到原设备，另一台设备不能再使用。

{{{not_you}}}

{{#at}}* 撤销时间：{{{at}}}
{{/at}}* 线路编号：{{{line}}})"},
    {"contacts_changed", "尾号{{{number}}}的号码的联系方式已变更",
     "尾号{{{number}}}的号码的联系方式已变更。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的联系方式已变更。在一段时间内，新旧联系方式都会收到重要通知。

{{{not_you}}}

{{#at}}* 变更时间：{{{at}}}
{{/at}}* 线路编号：{{{line}}})"},
    {"refund_account_changed", "尾号{{{number}}}的号码的退款账户已变更",
     "尾号{{{number}}}的号码的退款账户已变更{{#account}}，新账户尾号{{{account}}}{{/"
     "account}}{{#account_before}}，原账户尾号"
     "{{{account_before}}}{{/account_before}}。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的退款账户已变更。

{{{not_you}}}

{{#account}}* 新账户尾号：{{{account}}}
{{/account}}{{#account_before}}* 原账户尾号：{{{account_before}}}
{{/account_before}}* 线路编号：{{{line}}})"},
    {"recovery_codes_changed", "尾号{{{number}}}的号码的恢复码已更换",
     "尾号{{{number}}}的号码的恢复码已更换，原恢复码失效。{{{not_you}}}",
     R"(尾号{{{number}}}的号码的恢复码已更换，原恢复码失效。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    {"customer_unlock_announced", "尾号{{{number}}}的号码的保护锁即将解除",
     "有人申请解除尾号{{{number}}}的号码的保护锁{{#hours}}，{{{hours}}}小时后解除{{/"
     "hours}}；如非本意，请重新上锁。{{{not_you}}}",
     R"(有人申请解除尾号{{{number}}}的号码的保护锁，且未提供其他证明。{{#hours}}{{{hours}}}小时后解除；{{/hours}}如非本意，请通过App、营业厅或热线重新上锁。

{{{not_you}}}

{{#until}}* 锁定至：{{{until}}}
{{/until}}* 线路编号：{{{line}}})"},
    {"customer_locked", "尾号{{{number}}}的号码已开启保护锁",
     "尾号{{{number}}}的号码已开启保护锁，不可转移或注销。{{{not_you}}}",
     R"(尾号{{{number}}}的号码已开启保护锁。号码照常使用，但在解除之前不可转移或注销。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    {"customer_unlocked", "尾号{{{number}}}的号码已解除保护锁",
     "尾号{{{number}}}的号码已解除保护锁，可以转移或注销。{{{not_you}}}",
     R"(尾号{{{number}}}的号码已解除保护锁，现在可以转移或注销。

{{{not_you}}}

* 线路编号：{{{line}}})"},
    // -- 注销
    {"receipt", "已收到尾号{{{number}}}的号码的注销申请",
     "已收到尾号{{{number}}}的号码的注销申请，编号{{{case}}}。{{#due}}我们将在{{{due}}}{{#provisional}}（暂定）{{/"
     "provisional}}前答复。{{/due}}即刻起不再计费。{{{not_you}}}",
     R"(我们已收到您注销尾号{{{number}}}的号码的申请。从现在起该号码不再产生任何费用。{{#due}}我们将在{{{due}}}前完成审核。{{/due}}{{#provisional}}由于官方日历尚未公布，该日期为暂定；如有变动将通知您。{{/provisional}}

在网络侧停用之前，您可随时通过任一联系方式撤回申请。{{#cooling_off_hours}}接下来的{{{cooling_off_hours}}}小时内不会注销。{{/cooling_off_hours}}

{{{not_you}}}

* 业务编号：{{{case}}}{{#due}}
* 审核期限：{{{due}}}{{#provisional}}（暂定）{{/provisional}}{{/due}})"},
    {"account_questioned", "您的注销申请暂缓：退款账户有变",
     "尾号{{{number}}}的号码的注销申请{{{case}}}：申请之后退款账户有变{{#account}}（新账户尾号{{{account}}}"
     "{{#account_before}}，原账户尾号{{{account_before}}}{{/account_before}}）{{/"
     "account}}，将由两名工作人员核查。{{{not_you}}}",
     R"(申请注销尾号{{{number}}}的号码之后，退款账户有变。两名工作人员核查之前，不会付款。

{{{not_you}}}

{{#account}}* 新账户尾号：{{{account}}}
{{/account}}{{#account_before}}* 原账户尾号：{{{account_before}}}
{{/account_before}}* 业务编号：{{{case}}}{{#due}}
* 审核期限：{{{due}}}{{#provisional}}（暂定）{{/provisional}}{{/due}})"},
    {"due_moved", "您的注销申请：审核期限有变",
     "尾号{{{number}}}的号码的注销申请{{{case}}}：因日历更新，{{#due}}审核期限改为{{{due}}}{{#provisional}}（暂定）{{/"
     "provisional}}{{/due}}{{^due}}审核期限有变{{/due}}。",
     R"(官方日历已更新，注销尾号{{{number}}}的号码的审核期限随之变动。

* 业务编号：{{{case}}}{{#due}}
* 审核期限：{{{due}}}{{#provisional}}（暂定）{{/provisional}}{{/due}})"},
    {"information_wanted", "您的注销申请需要补充材料",
     "尾号{{{number}}}的号码的注销申请{{{case}}}需要补充材料{{#what}}：{{{what}}}{{/"
     "what}}。收到后继续审核。{{#until}}期限{{{until}}}。{{/until}}",
     R"(要完成注销尾号{{{number}}}的号码的审核，我们需要您补充材料。审核暂停等待；您可通过App、营业厅或热线补充。

{{#what}}* 所需材料：{{{what}}}
{{/what}}{{#until}}* 期限：{{{until}}}
{{/until}}* 业务编号：{{{case}}})"},
    {"information_given", "材料已收到，审核继续进行",
     "尾号{{{number}}}的号码的注销申请{{{case}}}：材料已收到，审核继续。{{#due}}我们将在{{{due}}}{{#provisional}}"
     "（暂定）{{/provisional}}前答复。{{/due}}",
     R"(谢谢，所需材料已收到，注销尾号{{{number}}}的号码的审核继续进行。

* 业务编号：{{{case}}}{{#due}}
* 审核期限：{{{due}}}{{#provisional}}（暂定）{{/provisional}}{{/due}})"},
    {"escalated", "您的注销申请审核逾期，深表歉意",
     "尾号{{{number}}}的号码的注销申请{{{case}}}审核逾期，深表歉意。现已转交主管处理，其间不收费。",
     R"(我们承诺{{#due}}在{{{due}}}前{{/due}}{{^due}}按期{{/due}}完成注销尾号{{{number}}}的号码的审核，但未能做到，深表歉意。申请现已转交主管处理，其间不产生任何费用。

* 业务编号：{{{case}}}{{#due}}
* 原定期限：{{{due}}}{{/due}})"},
    {"approved", "尾号{{{number}}}的号码的注销申请已通过",
     "尾号{{{number}}}的号码的注销申请{{{case}}}已通过。{{#until}}{{{until}}}前仍可撤回。{{/until}}{{{not_you}}}",
     R"(尾号{{{number}}}的号码的注销申请已通过审核。{{#until}}在{{{until}}}前您仍可撤回；此后将从您的设备解绑。{{/until}}

{{{not_you}}}

* 业务编号：{{{case}}}{{#until}}
* 可撤回至：{{{until}}}{{/until}})"},
    {"rejected", "尾号{{{number}}}的号码的注销申请未通过",
     "尾号{{{number}}}的号码的注销申请{{{case}}}未通过。{{#reason}}原因：{{{reason}}}。{{/reason}}号码照常使用。",
     R"(尾号{{{number}}}的号码的注销申请未通过审核，号码照常使用。您可随时再次申请。

{{#reason}}* 原因：{{{reason}}}
{{/reason}}* 业务编号：{{{case}}})"},
    {"withdrawn", "尾号{{{number}}}的号码的注销申请已撤回",
     "尾号{{{number}}}的号码的注销申请{{{case}}}已撤回，号码照常使用。",
     R"(尾号{{{number}}}的号码的注销申请已撤回，号码照常使用。

* 业务编号：{{{case}}})"},
    {"expired", "尾号{{{number}}}的号码的注销申请已失效",
     "尾号{{{number}}}的号码的注销申请{{{case}}}未在期限内完成，已失效。号码照常使用。",
     R"(尾号{{{number}}}的号码的注销申请未在期限内完成，已失效。号码照常使用，您可随时再次申请。

* 业务编号：{{{case}}})"},
    {"repudiated", "尾号{{{number}}}的号码的注销已中止",
     "尾号{{{number}}}的号码的注销申请{{{case}}}被声明并非机主本人提出，现已中止，我们正在核查。",
     R"(尾号{{{number}}}的号码的一个联系方式告知我们：注销申请并非机主本人提出。我们已中止该申请，核查期间号码不受影响。

* 业务编号：{{{case}}})"},
    {"fraud_cleared", "尾号{{{number}}}的号码的注销申请恢复审核",
     "尾号{{{number}}}的号码的注销申请{{{case}}}核查完毕，恢复审核。{{#due}}我们将在{{{due}}}{{#provisional}}（暂定）{{"
     "/provisional}}前答复。{{/due}}{{{not_you}}}",
     R"(针对注销尾号{{{number}}}的号码的异议，我们已核查完毕，申请恢复审核。

{{{not_you}}}

* 业务编号：{{{case}}}{{#due}}
* 审核期限：{{{due}}}{{#provisional}}（暂定）{{/provisional}}{{/due}})"},
    {"unbinding", "请在您的设备上删除尾号{{{number}}}的号码的配置文件",
     "注销申请{{{case}}}：请在每台设备的设置中删除尾号{{{number}}}的号码的eSIM配置文件。{{#until}}{{{until}}}"
     "仍未删除的将被核销。{{/until}}",
     R"(最后一步由您完成：请在每台设备的设置中删除尾号{{{number}}}的号码的eSIM配置文件。删除前请保存仍需要的内容：短信，以及绑定了此号码的账户。

不在手边的设备可申报丢失。{{#until}}到{{{until}}}仍持有配置文件的设备将被核销并在网络侧切断。{{/until}}

* 业务编号：{{{case}}}{{#until}}
* 删除期限：{{{until}}}{{/until}})"},
    {"closed", "尾号{{{number}}}的号码已注销",
     "您尾号{{{number}}}的号码已{{#at}}于{{{at}}}{{/at}}注销，编号{{{case}}}{{#certificate}}，凭证{{{certificate}}}{{/"
     "certificate}}。{{#reclaim_until}}{{{reclaim_until}}}前可取回。{{/"
     "reclaim_until}}{{#amount}}退款{{{amount}}}{{#due}}，{{{due}}}前到账{{/due}}。{{/amount}}",
     R"(您尾号{{{number}}}的号码已注销，不再产生任何费用，网络也不再提供服务。经签名的注销凭证可在App或任一营业厅领取。{{#reclaim_until}}如您改变主意，可在{{{reclaim_until}}}前复机取回号码。{{/reclaim_until}}{{#quarantine_until}}{{{quarantine_until}}}前号码不会分配给任何人。{{/quarantine_until}}

银行及其他服务可能仍以此号码识别您，请及时更换。

* 业务编号：{{{case}}}{{#at}}
* 注销时间：{{{at}}}{{/at}}{{#certificate}}
* 注销凭证：{{{certificate}}}{{/certificate}}{{#amount}}
* 退款：{{{amount}}}{{/amount}}{{#due}}
* 退款期限：{{{due}}}{{/due}}{{#reclaim_until}}
* 可取回至：{{{reclaim_until}}}{{/reclaim_until}}{{#quarantine_until}}
* 号码冻结至：{{{quarantine_until}}}{{/quarantine_until}})"},
    // -- 退款
    {"refund_ordered", "尾号{{{number}}}的号码的退款正在办理",
     "注销{{{case}}}：尾号{{{number}}}的号码的退款{{#amount}}{{{amount}}}{{/"
     "amount}}已在办理{{#due}}，{{{due}}}前到账{{/due}}。",
     R"(尾号{{{number}}}的号码的余额正退还至您的账户。

{{#amount}}* 金额：{{{amount}}}
{{/amount}}{{#due}}* 到账期限：{{{due}}}
{{/due}}{{#reference}}* 参考号：{{{reference}}}
{{/reference}}* 业务编号：{{{case}}})"},
    {"refund_settled", "尾号{{{number}}}的号码的退款已到账",
     "注销{{{case}}}：尾号{{{number}}}的号码的退款{{#amount}}{{{amount}}}{{/amount}}已支付。",
     R"(银行已将尾号{{{number}}}的号码的退款支付至您的账户。

{{#amount}}* 金额：{{{amount}}}
{{/amount}}{{#reference}}* 参考号：{{{reference}}}
{{/reference}}* 业务编号：{{{case}}})"},
    {"refund_returned", "尾号{{{number}}}的号码的退款被退回",
     "注销{{{case}}}：银行退回了您的退款{{#amount}}{{{amount}}}{{/amount}}。请通过App、营业厅或热线核对退款账户。",
     R"(银行未能支付尾号{{{number}}}的号码的退款，款项已退回我们，并未丢失。请通过App、营业厅或热线核对退款账户，我们将再次支付。

{{#amount}}* 金额：{{{amount}}}
{{/amount}}{{#reference}}* 参考号：{{{reference}}}
{{/reference}}* 业务编号：{{{case}}})"},
    // -- 唯一带验证码的消息
    {"otp", "{{{code}}}：注销尾号{{{number}}}的号码的验证码",
     "{{{code}}}是您注销尾号{{{number}}}的号码的验证码{{#minutes}}，{{{minutes}}}分钟内有效{{/"
     "minutes}}。我们绝不会向您索要。{{{not_you}}}",
     R"({{{code}}}是您申请注销尾号{{{number}}}的号码的验证码{{#minutes}}，{{{minutes}}}分钟内有效{{/minutes}}。我们的任何人都绝不会以电话或文字向您索要。

{{{not_you}}}

* 验证码：{{{code}}}
* 业务编号：{{{case}}})"},
    // -- 确认联系方式的验证码
    {"contact_code", "{{{code}}}：确认联系方式的验证码",
     "{{{code}}}是用于确认本联系方式的验证码{{#minutes}}，{{{minutes}}}分钟内有效{{/"
     "minutes}}。如与您无关，无需理会，您不会再收到消息。",
     R"({{{code}}}是我们的客户用于确认本联系方式的验证码{{#minutes}}，{{{minutes}}}分钟内有效{{/minutes}}。我们的任何人都绝不会以电话向您索要。

如与您无关，无需理会，您不会再收到消息。

* 验证码：{{{code}}})"},
};

constexpr notice_language_words chinese{
    .sms_frame = "【{{{operator}}}】{{{sms}}}",
    .gathered =
        "{{#repeats}}自上次通知后又发生{{{repeats}}}次。{{/"
        "repeats}}{{#quiet}}{{{quiet}}}分钟内的同类操作将合并为一条消息通知您。{{/quiet}}",
    .not_you =
        "非本人操作？请立即{{#hotline}}致电{{{hotline}}}{{/hotline}}{{^hotline}}通过热线或营业厅{{/hotline}}告知我们。",
    .footer =
        "您是该号码的联系人，因此收到本消息。我们的消息不含链接，也绝不会向您索要验证码。{{{operator}}}{{#hotline}}"
        "，热线{{{hotline}}}{{/hotline}}。",
    .kinds = chinese_words,
};

}  // namespace

const notice_language_words& chinese_notices() { return chinese; }

}  // namespace keepline::link
