#include "link/notice_text.hpp"

#include "base/ensure.hpp"
#include "domain/message_words.hpp"
#include "domain/reference.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <kainjow/mustache.hpp>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using kainjow::mustache::mustache;
namespace moustache = kainjow::mustache;

constexpr std::array known_kinds{
    notice_kind{"line_active", "until"},
    notice_kind{"validity_reminder", "until days keep amount"},
    notice_kind{"reminders_stopped", ""},
    notice_kind{"grace", "until"},
    notice_kind{"suspended", "until"},
    notice_kind{"line_ended", "at reason reclaim_until"},
    notice_kind{"reinstated", "until"},
    notice_kind{"device_locked", ""},
    notice_kind{"device_found", ""},
    notice_kind{"sim_changed", "at"},
    notice_kind{"profile_offered", ""},
    notice_kind{"profile_ready", "further activation_code confirmation"},
    notice_kind{"profile_added", ""},
    notice_kind{"profile_stopped", ""},
    notice_kind{"profile_resumed", ""},
    notice_kind{"device_added", "at"},
    notice_kind{"switched", "at hours"},
    notice_kind{"switch_undone", "at"},
    notice_kind{"contacts_changed", "at"},
    notice_kind{"refund_account_changed", "account account_before contacts"},
    notice_kind{"document_changed", "at"},
    notice_kind{"recovery_codes_changed", ""},
    notice_kind{"customer_unlock_announced", "until hours"},
    notice_kind{"customer_locked", ""},
    notice_kind{"port_out_noted", ""},
    notice_kind{"customer_unlocked", ""},
    notice_kind{"representative_admitted", "from name attorney guardian heir officer"},
    notice_kind{"representative_over", "name attorney guardian heir officer stopped"},
    notice_kind{"you_represent", "from attorney guardian heir officer"},
    notice_kind{"represents_no_more", "attorney guardian heir officer stopped"},
    notice_kind{"check_asked",
                "case id_document bank_card callback at_web at_app at_hotline at_counter at_staff at_bulk"},
    notice_kind{"check_passed", "case"},
    notice_kind{"check_failed",
                "case reason unreadable incomplete expired not_taken not_the_holder not_confirmed no_answer"},
    notice_kind{"receipt", "case due provisional cooling_off_hours"},
    notice_kind{"account_questioned", "case due provisional account account_before"},
    notice_kind{"due_moved", "case due provisional"},
    notice_kind{"information_wanted", "case what until"},
    notice_kind{"information_given", "case due provisional"},
    notice_kind{"escalated", "case due complain_to complain_web complain_phone complain_days complain_working"},
    notice_kind{"approved", "case until received"},
    notice_kind{"rejected", "case reason complain_to complain_web complain_phone complain_days complain_working"},
    notice_kind{"withdrawn", "case"},
    notice_kind{"expired", "case"},
    notice_kind{"repudiated", "case complain_to complain_web complain_phone complain_days complain_working"},
    notice_kind{"fraud_cleared", "case due provisional"},
    notice_kind{"unbinding", "case until received approved"},
    notice_kind{"closing_now", "case reclaim_until"},
    notice_kind{"closing_delayed", "case"},
    notice_kind{
        "closed",
        "case at certificate network quarantine_until reclaim_until amount due account_wanted to_collect waived"},
    notice_kind{"dispute_received", "case due provisional"},
    notice_kind{"dispute_withdrawn", "case"},
    notice_kind{"dispute_late", "case complain_to complain_web complain_phone complain_days complain_working"},
    notice_kind{"dispute_refused",
                "case reason complain_to complain_web complain_phone complain_days complain_working"},
    notice_kind{"certificate_corrected", "case certificate"},
    notice_kind{"certificate_again", "case certificate"},
    notice_kind{"refund_ordered", "case amount due reference"},
    notice_kind{"refund_settled", "case amount reference"},
    notice_kind{"refund_returned", "case amount reference"},
    notice_kind{"payout_chosen", "case cash waive"},
    notice_kind{"refund_held", "case amount until account account_before"},
    notice_kind{"money_unclaimed", "amount before_end"},
    notice_kind{"money_returned", "amount to_payer later reference"},
    notice_kind{otp_kind, "case code minutes"},
    notice_kind{otp_for_staff_kind, "case code minutes"},
    notice_kind{
        "reply_status",
        "until due in_order grace suspended locked open opened in_review approved unbinding settling held waits "
        "customer_lock"},
    notice_kind{"reply_nothing", ""},
    notice_kind{"reply_too_late", "case reclaim"},
    notice_kind{"reply_ended", "at reclaim_until"},
    notice_kind{"reply_stopped", "until"},
    notice_kind{"reply_started", ""},
    notice_kind{"reply_keep_asked", "amount code"},
    notice_kind{"reply_keep_cannot", "until"},
    notice_kind{"reply_kept", "until amount"},
    notice_kind{"reply_for_staff", ""},
    notice_kind{contact_code_kind, "code minutes"},
    notice_kind{disclosure_code_kind, "code minutes"},
    notice_kind{sign_in_code_kind, "code minutes"},
    notice_kind{"disclosure_asked", "hours days by_staff"},
    notice_kind{"disclosure_put_off", "hours"},
    notice_kind{"disclosure_stopped", "hours by_staff"},
    notice_kind{"disclosure_fetched", ""},
    notice_kind{"passkey_enrolled", "days"},
    notice_kind{"passkey_removed", "by_staff"},
    notice_kind{"passkey_doubted", ""},
    notice_kind{"saved_code_used", ""},
    notice_kind{"phrase_chosen", ""},
    notice_kind{"sign_in_locked", ""},
};

// Phone-wide, dark on light, no image, no script, no link; rows of facts as a table that reads well without styles.
constexpr std::string_view html_frame = R"(<!doctype html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{{subject}}</title>
</head>
<body style="margin:0;background:#f2f4f5;color:#1b2327;font:16px/1.6 -apple-system,'Segoe UI',Roboto,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif">
<div style="max-width:480px;margin:0 auto;padding:16px">
<p style="margin:8px 4px;font-size:14px;font-weight:600;color:#46565e">{{operator}}</p>
<div style="background:#ffffff;border:1px solid #dde3e6;border-radius:8px;padding:20px">
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.35">{{subject}}</h1>
{{#blocks}}{{#paragraph}}<p style="margin:0 0 12px">{{paragraph}}</p>
{{/paragraph}}{{#has_facts}}<table role="presentation" style="width:100%;border-collapse:collapse;margin:4px 0 0">
{{#facts}}<tr><td style="padding:8px 12px 8px 0;border-top:1px solid #e6ebed;color:#46565e;vertical-align:top">{{name}}</td><td style="padding:8px 0;border-top:1px solid #e6ebed;font-weight:600;word-break:break-word">{{value}}</td></tr>
{{/facts}}</table>
{{/has_facts}}{{/blocks}}</div>
<p style="margin:12px 4px;font-size:13px;color:#46565e">{{footer}}</p>
</div>
</body>
</html>
)";

/// The first of each is the word that messages name.
constexpr std::array<std::string_view, 6> reply_names{"withdraw", "not_me", "status", "stop", "start", "keep"};
constexpr std::array<std::string_view, 16> common{
    "number",  "line",    "operator",       "hotline",      "case",         "ref",        "closure",     "quiet",
    "repeats", "replies", "reply_withdraw", "reply_not_me", "reply_status", "reply_stop", "reply_start", "reply_keep"};

std::string key_of(std::string_view kind, std::string_view part) {
    return "notice." + std::string(kind) + "." + std::string(part);
}

/// Every [sentence] of the language, and of those it falls back to, filled.
void add_sentences(const text::book& texts, const text::language& in, text::values& out) {
    constexpr std::string_view table = "sentence.";
    text::values filled;
    for (const auto& [tag, one] : texts.languages())
        for (auto at = one.words.lower_bound(table); at != one.words.end() && at->first.starts_with(table); ++at)
            filled.emplace(at->first.substr(table.size()), text::render(texts.find(in, at->first), out));
    out.merge(filled);
}

text::values values_of(const text::book& texts, const text::language& in, const notice_voice& voice,
                       const notice_params& params, std::size_t max_characters, bool by_sms) {
    text::values out;
    if (by_sms && voice.replies) out["replies"] = "yes";
    for (const auto name : reply_names)
        out["reply_" + std::string(name)] = texts.find(in, "reply." + std::string(name) + ".1");
    const auto put = [&](const std::string& name, std::string_view value) {
        if (auto plain = plain_parameter(value, max_characters); !plain.empty()) out[name] = std::move(plain);
    };
    for (const auto& [name, value] : params) {
        // Typed by people. The core has refused what does not belong into a message; what got here all the same (from a
        // journal of before) stays out of it too.
        const bool typed = name == "reason" || name == "what" || name == "phrase";
        // The code is ours, and worth nothing unless whole; it names a server, and is no link.
        if (name == "activation_code" || is_policys_own(name))
            out[name] = value;
        else if (typed)
            put(name, domain::unfit_for_message(value).empty() ? std::string_view(value) : "(...)");
        else
            put(name, texts.localised(in, value));
    }
    if (!out.contains("case"))
        if (const auto line = out.find("line"); line != out.end()) out["case"] = line->second;
    out["operator"] = voice.operator_name;
    if (!voice.hotline.empty()) out["hotline"] = voice.hotline;
    add_sentences(texts, in, out);
    return out;
}

constexpr std::size_t sms_parameter_characters = 60;
constexpr std::size_t mail_parameter_characters = 400;

/// What a message is known by on our page of messages: every one says it, whatever its own words are.
std::string reference_in(const notice_params& params) {
    for (const auto* name : {"ref", "case"})
        if (const auto found = params.find(name); found != params.end() && domain::reference_of(found->second))
            return found->second;
    return {};
}
/// In the words of frame.`how`, unless `words` have it already.
std::string reference_beside(const text::book& texts, const text::language& in, const std::string& words,
                             std::string_view how, const notice_params& params) {
    const auto reference = reference_in(params);
    if (reference.empty() || words.find(reference) != std::string::npos) return {};
    return text::render(texts.find(in, "frame." + std::string(how)), {{"ref", reference}});
}

std::string framed_sms(const text::book& texts, const text::language& in, std::string_view kind,
                       const notice_voice& voice, const notice_params& params) {
    auto with = values_of(texts, in, voice, params, sms_parameter_characters, true);
    with["sms"] =
        text::render(texts.find(in, key_of(kind, "sms")), with) + text::render(texts.find(in, "frame.gathered"), with);
    with["sms"] += reference_beside(texts, in, with["sms"], "reference", params);
    return text::render(texts.find(in, "frame.sms"), with);
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view mark) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto at = text.find(mark);
        if (!text.substr(0, at).empty()) out.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + mark.size());
    }
}

/// "* name: value" → name and value; both kinds of colon.
std::pair<std::string, std::string> fact_of(std::string_view line) {
    line.remove_prefix(2);
    for (const std::string_view colon : {std::string_view(": "), std::string_view("：")})
        if (const auto at = line.find(colon); at != std::string_view::npos)
            return {std::string(line.substr(0, at)), std::string(line.substr(at + colon.size()))};
    return {std::string(line), ""};
}

std::string html_of(std::string_view language, const std::string& subject, const std::string& body,
                    const std::string& footer, const std::string& operator_name) {
    moustache::data blocks{moustache::data::type::list};
    for (const auto block : split_at(body, "\n\n")) {
        moustache::data one{moustache::data::type::object};
        if (!block.starts_with("* ")) {
            one.set("paragraph", std::string(block));
        } else {
            moustache::data facts{moustache::data::type::list};
            for (const auto line : split_at(block, "\n")) {
                const auto [name, value] = fact_of(line);
                moustache::data fact{moustache::data::type::object};
                fact.set("name", name);
                fact.set("value", value);
                facts.push_back(fact);
            }
            one.set("has_facts", true);
            one.set("facts", facts);
        }
        blocks.push_back(one);
    }
    moustache::data page{moustache::data::type::object};
    page.set("language", std::string(language));
    page.set("subject", subject);
    page.set("operator", operator_name);
    page.set("footer", footer);
    page.set("blocks", blocks);
    thread_local mustache frame{std::string(html_frame)};
    ENSURE(frame.is_valid());
    return frame.render(page);
}

std::unexpected<base::error> unknown(std::string_view kind) {
    return refuse(code::invalid, "There are no words for the notice '" + std::string(kind) + "'.");
}

/// A run of characters that a phone or a mail reader would make a link of.
bool looks_like_link(std::string_view word) {
    const auto has = [&](std::string_view part) {
        return std::ranges::search(word, part, [](char a, char b) { return (a | 0x20) == (b | 0x20); }).begin() !=
               word.end();
    };
    if (has("://") || has("www.")) return true;
    // "name.tld" or "name.tld/path" in letters: a host, whoever wrote it. "2026.12" and "v1.5" are none.
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    for (auto dot = word.find('.'); dot != std::string_view::npos; dot = word.find('.', dot + 1)) {
        std::size_t letters = 0;
        while (dot + 1 + letters < word.size() && letter(word[dot + 1 + letters])) ++letters;
        const bool name_before = dot > 0 && (letter(word[dot - 1]) || (word[dot - 1] >= '0' && word[dot - 1] <= '9'));
        if (letters >= 2 && name_before) return true;
    }
    return false;
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool is_break(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u <= 0x20 || u == 0x7f;
}

}  // namespace

std::span<const notice_kind> notice_kinds() { return known_kinds; }

bool is_notice_kind(std::string_view kind) {
    return std::ranges::find(known_kinds, kind, &notice_kind::kind) != known_kinds.end();
}

std::span<const std::string_view> common_places() { return common; }

result<std::string> render_sms(std::string_view kind, std::string_view language, const notice_voice& voice,
                               const notice_params& params) {
    if (!is_notice_kind(kind)) return unknown(kind);
    return framed_sms(*voice.texts, voice.texts->best(language), kind, voice, params);
}

result<rendered_notice> render_notice(std::string_view kind, std::string_view language, const notice_voice& voice,
                                      const notice_params& params) {
    if (!is_notice_kind(kind)) return unknown(kind);
    const auto& texts = *voice.texts;
    const auto& in = texts.best(language);
    const auto with = values_of(texts, in, voice, params, mail_parameter_characters, false);
    const auto of = [&](const std::string& key) { return text::render(texts.find(in, key), with); };
    rendered_notice out;
    out.language = in.tag;
    out.sms = framed_sms(texts, in, kind, voice, params);
    out.subject = of(key_of(kind, "subject"));
    auto body = of(key_of(kind, "body"));
    if (const auto row = reference_beside(texts, in, body, "reference_row", params); !row.empty()) {
        while (body.ends_with('\n')) body.pop_back();
        const auto last = body.rfind('\n');
        const bool after_row = body.compare(last == std::string::npos ? 0 : last + 1, 2, "* ") == 0;
        body += (after_row ? "\n" : "\n\n") + row;
    }
    if (const auto more = of("frame.gathered"); !more.empty())
        body += "\n\n" + more.substr(more.find_first_not_of(' '));
    if (const auto own = of("frame.phrase"); !own.empty()) body += "\n\n" + own;
    auto foot = with;  // nobody has shown that the address is the customer's
    if (kind == contact_code_kind) foot["to_confirm"] = "yes";
    const auto footer = text::render(texts.find(in, "frame.footer"), foot);
    out.text = out.subject + "\n\n" + body + "\n\n-- \n" + footer + "\n";
    out.html = html_of(in.tag, out.subject, body, footer, voice.operator_name);
    return out;
}

bool is_policys_own(std::string_view place) {
    constexpr std::array<std::string_view, 5> places{"complain_to", "complain_web", "complain_phone", "complain_days",
                                                     "complain_working"};
    return std::ranges::find(places, place) != places.end();
}

std::string number_tail(std::string_view msisdn) {
    return std::string(msisdn.size() > 4 ? msisdn.substr(msisdn.size() - 4) : msisdn);
}

std::string plain_parameter(std::string_view value, std::size_t max_characters) {
    std::string out;
    std::size_t characters = 0;
    bool space_wanted = false;
    while (!value.empty()) {
        if (is_break(value.front())) {
            space_wanted = !out.empty();
            value.remove_prefix(1);
            continue;
        }
        // Chinese has no spaces between words, so a link ends where ASCII ends.
        const bool ascii = is_ascii(value.front());
        const auto end = std::ranges::find_if(value, [&](char c) { return is_break(c) || is_ascii(c) != ascii; });
        auto run = value.substr(0, static_cast<std::size_t>(end - value.begin()));
        value.remove_prefix(run.size());
        if (ascii && looks_like_link(run)) run = "(...)";
        if (std::exchange(space_wanted, false) && ++characters < max_characters) out += ' ';
        for (const char c : run) {
            const bool starts_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
            if (starts_character && ++characters > max_characters) return out;
            out += c;
        }
    }
    return out;
}

}  // namespace keepline::link
