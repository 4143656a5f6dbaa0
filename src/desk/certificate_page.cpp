#include "desk/certificate_page.hpp"

#include "base/json.hpp"
#include "desk/sandbox_banner.hpp"
#include "domain/number/certificate.hpp"
#include "text/html.hpp"

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

    /// What stands in `main`.
    std::string made(std::string_view jws) {
        title();
        about();
        devices();
        network();
        money();
        holds();
        corrections();
        foot();
        signature(jws);
        return std::move(out_);
    }
    std::string whole_page(std::string_view jws) {
        return "<!doctype html>\n<html lang=\"" + escaped(in_.tag) +
               "\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"format-detection\" content=\"telephone=no, date=no\">\n<title>" +
               word("title") + " " + escaped(of_.claims.case_number) + "</title>\n" + std::string(style) +
               "</head>\n<body>\n<main>\n" + made(jws) + "</main>\n</body>\n</html>\n";
    }

 private:
    std::string word(std::string_view key) const {
        return escaped(how_.texts->find(in_, "certificate." + std::string(key)));
    }
    std::string name_of(std::string_view table, std::string_view value) const {
        const auto known = how_.texts->find(in_, "certificate." + std::string(table) + "." + std::string(value));
        return escaped(known.empty() ? value : known);
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    std::string name_of(std::string_view table, Enum value) const {
        return name_of(table, std::string_view(boost::describe::enum_to_string(value, "")));
    }
    std::string day(base::local_day at) const { return at.days == 0 ? "–" : escaped(how_.texts->day(in_, at)); }
    std::string day(base::instant at) const { return at ? day(how_.zone->day_of(at)) : "–"; }
    std::string amount(const base::money& of) const { return escaped(how_.texts->money(in_, of)); }

    void row(std::string_view name, const std::string& value) {
        out_ += "<tr><th scope=\"row\">" + word(name) + "</th><td>" + value + "</td></tr>\n";
    }
    void section(std::string_view title) { out_ += "<h2>" + word(title) + "</h2>\n<table>\n"; }
    void end_of_section() { out_ += "</table>\n"; }

    void title() {
        if (!of_.operator_name.empty()) out_ += "<p class=\"operator\">" + escaped(of_.operator_name) + "</p>\n";
        out_ += "<h1>" + word("title") + "</h1>\n<p>" + word("statement") + "</p>\n";
    }
    void about() {
        const auto& c = of_.claims;
        out_ += "<table>\n";
        row("number", escaped(c.number.text()));
        row("case", escaped(c.case_number.empty() ? std::to_string(c.closure) : c.case_number));
        row("submitted", day(c.submitted_at));
        row("approved", day(c.approved_at));
        row("closed", "<strong>" + day(c.closed_at) + "</strong>");
        std::string proof;
        for (const auto kind : c.evidence) proof += (proof.empty() ? "" : " · ") + name_of("evidence", kind);
        if (!proof.empty()) row("proof", proof);
        row("policy", escaped(c.policy));
        end_of_section();
    }
    void devices() {
        if (of_.claims.devices.empty()) return;
        section("devices");
        for (const auto& one : of_.claims.devices) {
            auto what = name_of("device", one.outcome);
            if (one.at) what += "<br>" + day(*one.at);
            if (one.proof != domain::proof_kind::none) what += "<br>" + name_of("device_proof", one.proof);
            out_ += "<tr><th scope=\"row\">" + escaped(one.iccid.text()) + "</th><td>" + what + "</td></tr>\n";
        }
        end_of_section();
    }
    void network() {
        if (of_.claims.network.empty()) return;
        section("network");
        // Of a step that nothing proves no date is shown: there was none on which the network did it.
        for (const auto& one : of_.claims.network)
            out_ += "<tr><th scope=\"row\">" + name_of("network_step", one.step) + "</th><td>" +
                    (one.proved ? day(one.at) : word("not_proved")) + "<br><span class=\"small\">" +
                    network_words(one.step, one.answer) + "</span></td></tr>\n";
        end_of_section();
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
            out += (out.empty() ? "" : " · ") + escaped(words.empty() ? part : words);
        }
        return out;
    }
    void money() {
        const auto& of = of_.claims.money;
        section("money");
        for (const auto& one : of.charged)
            out_ += "<tr><th scope=\"row\">" + name_of("charged", one.kind) + "</th><td>" + amount(one.amount) +
                    "</td></tr>\n";
        if (of.refund) {
            row("refund", amount(of.refund->amount) + " – " + name_of("refund_state", of.refund->state));
            if (!of.refund->id.empty()) row("refund_id", escaped(of.refund->id));
            if (of.refund->state == domain::refund_state::ordered) row("refund_due", day(of.refund->due));
        } else {
            row("refund", word("nothing"));
        }
        if (!of.still_owed_to_customer.is_zero()) row("still_owed", amount(of.still_owed_to_customer));
        later_word();
        end_of_section();
    }
    /// Not in what was signed: what has become of it.
    void later_word() {
        if (!how_.now || !of_.claims.money.refund || how_.now->state == of_.claims.money.refund->state) return;
        row("refund_now", name_of("refund_state", how_.now->state) +
                              (how_.now->id.empty() ? std::string() : "<br>" + escaped(how_.now->id)));
    }
    void holds() {
        section("number_after");
        const auto& back = of_.claims.reclaim_until;
        if (back && *back > how_.zone->day_of(of_.claims.closed_at)) row("reclaim", day(*back));
        row("not_reassigned", day(of_.claims.not_reassigned_before));
        end_of_section();
    }
    void corrections() {
        if (of_.claims.replaces.empty()) return;
        section("corrected.title");
        for (const auto& one : of_.claims.corrections)
            out_ += "<tr><th scope=\"row\">" + line_name(one) + "</th><td>" + correct_words(one, one.is) + "<br>" +
                    word("corrected.was") + ": " + correct_words(one, one.was) + "</td></tr>\n";
        end_of_section();
        out_ += "<p class=\"small\">" + word("corrected.replaces") + "<br>" + escaped(of_.claims.replaces) + "</p>\n";
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
            default: return escaped(one.item);
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
        return escaped(said);
    }
    std::string currency() const {
        const auto& of = of_.claims.money;
        return of.charged.empty() ? of.still_owed_to_customer.currency : of.charged.front().amount.currency;
    }
    void signature(std::string_view jws) {
        out_ += "<h2>" + word("signature") + "</h2>\n<p class=\"small\">" + word("how_to_verify") + "</p>\n";
        if (!of_.key.empty()) out_ += "<p class=\"small\">" + word("key") + ": " + escaped(of_.key) + "</p>\n";
        out_ += "<p class=\"jws\">" + escaped(jws) + "</p>\n";
    }
    void foot() { out_ += "<p class=\"small\">" + word("names_nobody") + "</p>\n"; }

    static constexpr std::string_view style = R"(<style>
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

    const certificate_reading& how_;
    const domain::read_certificate& of_;
    const text::language& in_;
    std::string out_;
};

}  // namespace

base::result<std::string> certificate_page(std::string_view jws, const certificate_reading& how) {
    TRY(words, domain::read(jws));
    auto made = certificate_words(how, words).whole_page(jws);
    return words.sandbox ? with_sandbox_banner(std::move(made)) : made;
}

base::result<std::string> certificate_in_words(std::string_view jws, const certificate_reading& how) {
    TRY(words, domain::read(jws));
    return certificate_words(how, words).made(jws);
}

}  // namespace keepline::desk
