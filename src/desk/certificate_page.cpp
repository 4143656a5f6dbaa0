#include "desk/certificate_page.hpp"

#include "base/json.hpp"
#include "desk/sandbox_banner.hpp"
#include "domain/number/certificate.hpp"
#include "print/pdf.hpp"
#include "text/html.hpp"
#include "text/phone_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

#include <boost/describe.hpp>

namespace keepline::desk {

namespace {

using text::escaped;

/// What proves a step in an HLR (link/hlr_connector.cpp), and the texts that say it (texts,
/// certificate.network_answer).
struct network_answer {
    std::string_view begins;
    std::string_view key;
};
constexpr std::array network_answers{
    network_answer{"network-access-mode none read back", "no_access"},
    network_answer{"no such subscriber read back", "no_subscriber"},
    network_answer{"no subscriber has the number", "number_unused"},
    network_answer{"the number is with another profile of the line", "number_moved"},
    network_answer{"UpdateLocation refused", "attach_refused"},
    network_answer{"the sandbox's HLR refuses the subscriber", "sandbox_refuses"},
    network_answer{"the sandbox's HLR knows no such subscriber", "sandbox_has_none"},
    network_answer{"no HLR is configured", "nothing_proved"},
};

class certificate_words {
 public:
    certificate_words(const certificate_reading& how, const domain::read_certificate& of)
        : how_(how), of_(of), in_(how.texts->best(how.language)) {}

    text::sheet made(std::string_view jws) {
        title();
        about();
        devices();
        network();
        money();
        holds();
        corrections();
        foot();
        if (how_.shows_signed) signature(jws);
        return std::move(out_);
    }
    std::string title_of_file() const { return word("title") + " " + of_.claims.case_number; }
    const text::language& language() const { return in_; }

 private:
    using part = text::sheet_part_kind;
    using line = text::sheet_line;

    std::string word(std::string_view key) const {
        return std::string(how_.texts->find(in_, "certificate." + std::string(key)));
    }
    std::string name_of(std::string_view table, std::string_view value) const {
        const auto known = how_.texts->find(in_, "certificate." + std::string(table) + "." + std::string(value));
        return std::string(known.empty() ? value : known);
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    std::string name_of(std::string_view table, Enum value) const {
        return name_of(table, std::string_view(boost::describe::enum_to_string(value, "")));
    }
    std::string day(base::local_day at) const { return at.days == 0 ? "–" : how_.texts->day(in_, at); }
    std::string day(base::instant at) const { return at ? day(how_.zone->day_of(at)) : "–"; }
    std::string amount(const base::money& of) const { return how_.texts->money(in_, of); }

    void row(std::string_view name, std::string value) { out_.row(word(name), std::move(value)); }
    void section(std::string_view title) {
        out_.add(part::heading, word(title));
        out_.begin_table();
    }

    void title() {
        if (!of_.operator_name.empty()) out_.add(part::issuer, of_.operator_name);
        out_.add(part::title, word("title"));
        out_.add(part::paragraph, word("statement"));
    }
    void about() {
        const auto& c = of_.claims;
        out_.begin_table();
        row("number", text::spaced(c.number.text()));
        row("case", c.case_number.empty() ? std::to_string(c.closure) : c.case_number);
        row("submitted", day(c.submitted_at));
        row("approved", day(c.approved_at));
        out_.row(word("closed"), {line{.words = day(c.closed_at), .strong = true}});
        std::string proof;
        for (const auto kind : c.evidence) proof += (proof.empty() ? "" : " · ") + name_of("evidence", kind);
        if (!proof.empty()) row("proof", proof);
        row("policy", c.policy);
    }
    void devices() {
        if (of_.claims.devices.empty()) return;
        section("devices");
        for (const auto& one : of_.claims.devices) {
            std::vector<line> what{{name_of("device", one.outcome)}};
            if (one.at) what.push_back({day(*one.at)});
            if (one.proof != domain::proof_kind::none) what.push_back({name_of("device_proof", one.proof)});
            out_.row(one.iccid.text(), std::move(what));
        }
    }
    void network() {
        if (of_.claims.network.empty()) return;
        section("network");
        // Of a step that nothing proves no date is shown: there was none on which the network did it.
        for (const auto& one : of_.claims.network)
            out_.row(name_of("network_step", one.step),
                     {{one.proved ? day(one.at) : word("not_proved")},
                      {.words = network_words(one.step, one.answer), .small = true}});
    }
    /// The network's answers in the reader's words, part by part; what has none as it was answered.
    std::string network_words(const std::string& step, std::string_view answer) const {
        if (const auto named = step + ": "; answer.starts_with(named)) answer.remove_prefix(named.size());
        std::string out;
        while (!answer.empty()) {
            const auto part = answer.substr(0, answer.find("; "));
            answer.remove_prefix(std::min(answer.size(), part.size() + 2));
            const auto known = std::ranges::find_if(
                network_answers, [&](const network_answer& one) { return part.starts_with(one.begins); });
            const auto words = known == network_answers.end()
                                   ? std::string_view()
                                   : how_.texts->find(in_, "certificate.network_answer." + std::string(known->key));
            out += (out.empty() ? "" : " · ") + std::string(words.empty() ? part : words);
        }
        return out;
    }
    void money() {
        const auto& of = of_.claims.money;
        section("money");
        for (const auto& one : of.charged) out_.row(name_of("charged", one.kind), amount(one.amount));
        if (of.refund) {
            row("refund", amount(of.refund->amount) + " – " + name_of("refund_state", of.refund->state));
            if (!of.refund->id.empty()) row("refund_id", of.refund->id);
            if (of.refund->state == domain::refund_state::ordered) row("refund_due", day(of.refund->due));
        } else {
            row("refund", word("nothing"));
        }
        if (!of.still_owed_to_customer.is_zero()) row("still_owed", amount(of.still_owed_to_customer));
        later_word();
    }
    /// Not in what was signed: what has become of it.
    void later_word() {
        if (!how_.now || !of_.claims.money.refund || how_.now->state == of_.claims.money.refund->state) return;
        std::vector<line> now{{name_of("refund_state", how_.now->state)}};
        if (!how_.now->id.empty()) now.push_back({how_.now->id});
        out_.row(word("refund_now"), std::move(now));
    }
    void holds() {
        section("number_after");
        const auto& back = of_.claims.reclaim_until;
        if (back && *back > how_.zone->day_of(of_.claims.closed_at)) row("reclaim", day(*back));
        row("not_reassigned", day(of_.claims.not_reassigned_before));
    }
    void corrections() {
        if (of_.claims.replaces.empty()) return;
        section("corrected.title");
        for (const auto& one : of_.claims.corrections)
            out_.row(line_name(one),
                     {{correct_words(one, one.is)}, {word("corrected.was") + ": " + correct_words(one, one.was)}});
        out_.add(part::small, word("corrected.replaces"));
        out_.add(part::small, of_.claims.replaces);
    }
    std::string line_name(const domain::correction& one) const {
        using enum domain::certificate_part;
        switch (one.part) {
            case submitted_at: return word("submitted");
            case approved_at: return word("approved");
            case closed_at: return word("closed");
            case charged: return name_of("charged", std::string_view(one.item).substr(0, one.item.find('.')));
            case reclaim_until: return word("reclaim");
            case not_reassigned_before: return word("not_reassigned");
            default: return one.item;
        }
    }
    std::string correct_words(const domain::correction& one, const std::string& said) const {
        using enum domain::certificate_part;
        if (one.part == device) return name_of("device", said);
        if (const auto at = base::instant_from_iso(said)) return day(*at);
        if (const auto at = base::day_from_iso(said)) return day(*at);
        std::int64_t minor = 0;
        const auto* end = said.data() + said.size();
        if (one.part == charged && std::from_chars(said.data(), end, minor).ptr == end)
            return amount({minor, currency()});
        return said;
    }
    std::string currency() const {
        const auto& of = of_.claims.money;
        return of.charged.empty() ? of.still_owed_to_customer.currency : of.charged.front().amount.currency;
    }
    void signature(std::string_view jws) {
        out_.add(part::heading, word("signature"));
        out_.add(part::small, word("how_to_verify"));
        if (!of_.key.empty()) out_.add(part::small, word("key") + ": " + of_.key);
        out_.add(part::code, std::string(jws));
    }
    void foot() { out_.add(part::small, word("names_nobody")); }

    const certificate_reading& how_;
    const domain::read_certificate& of_;
    const text::language& in_;
    text::sheet out_;
};

constexpr std::string_view style = R"(<style>
@page { size: A4; margin: 18mm }
body { margin: 0; background: #fff; color: #1b2327; font: 15px/1.6 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif }
main { max-width: 46em; margin: 0 auto; padding: 24px 16px }
.operator { font-weight: 600; color: #46565e; margin: 0 }
h1 { font-size: 24px; line-height: 1.3; margin: 4px 0 8px; border-bottom: 2px solid #1b2327; padding-bottom: 8px }
h2 { font-size: 17px; margin: 20px 0 4px }
table { width: 100%; border-collapse: collapse; break-inside: avoid }
th { width: 38%; text-align: left; font-weight: 400; color: #46565e; vertical-align: top; padding: 5px 12px 5px 0; border-top: 1px solid #dde3e6 }
td { padding: 5px 0; border-top: 1px solid #dde3e6; overflow-wrap: anywhere }
.small { font-size: 13px; color: #46565e }
.jws { font: 10px/1.4 monospace; overflow-wrap: anywhere; color: #46565e }
</style>
)";

std::string whole_page(const certificate_words& of, const text::sheet& what) {
    return "<!doctype html>\n<html lang=\"" + escaped(of.language().tag) +
           "\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"format-detection\" content=\"telephone=no, date=no\">\n<title>" +
           escaped(of.title_of_file()) + "</title>\n" + std::string(style) + "</head>\n<body>\n<main>\n" +
           text::html_of(what) + "</main>\n</body>\n</html>\n";
}

}  // namespace

base::result<std::string> certificate_page(std::string_view jws, const certificate_reading& how) {
    TRY(words, domain::read(jws));
    certificate_words reads(how, words);
    const auto what = reads.made(jws);
    auto made = whole_page(reads, what);
    return words.sandbox ? with_sandbox_banner(std::move(made)) : made;
}

base::result<std::string> certificate_in_words(std::string_view jws, const certificate_reading& how) {
    TRY(words, domain::read(jws));
    return text::html_of(certificate_words(how, words).made(jws));
}

base::result<std::string> certificate_pdf(std::string_view jws, const certificate_reading& how,
                                          std::string_view verified_at) {
    TRY(words, domain::read(jws));
    certificate_words reads(how, words);
    auto what = reads.made(jws);
    if (words.sandbox)
        what.parts.insert(what.parts.begin(), {text::sheet_part_kind::issuer, std::string(sandbox_words), {}});
    return print::pdf_of(what, {.title = reads.title_of_file(),
                                .author = words.operator_name,
                                .language = reads.language().tag,
                                .address = std::string(verified_at)});
}

}  // namespace keepline::desk
