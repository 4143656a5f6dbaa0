#include "portal/pay_page.hpp"

#include "portal/form.hpp"
#include "portal/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace keepline::portal {

namespace {

constexpr std::array<std::string_view, 4> pay_places{"reference", "amount", "currency", "language"};
constexpr std::size_t pay_page_max = 500;
constexpr std::size_t whole_digits_max = 9;  // before the point: far above what anybody tops up

/// Scheme, host and port; nothing behind them.
std::string_view origin_of(std::string_view page) {
    const auto host = page.find("://");
    if (host == std::string_view::npos) return {};
    return page.substr(0, page.find_first_of("/?#", host + 3));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string unfit_pay_page(std::string_view page) {
    if (page.size() > pay_page_max) return "is longer than 500 characters.";
    if (std::ranges::any_of(page, [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte <= ' ' || byte >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '`';
        }))
        return "holds a character that no address has.";
    if (!is_origin(origin_of(page)))
        return "must be like https://pay.operator.example/?ref={reference}; http:// is for localhost only.";
    bool names_reference = false;
    for (auto rest = page; !rest.empty();) {
        const auto at = rest.find_first_of("{}");
        if (at == std::string_view::npos) break;
        const auto end = rest.find('}', at);
        const auto name =
            end == std::string_view::npos || rest[at] == '}' ? std::string_view() : rest.substr(at + 1, end - at - 1);
        if (std::ranges::find(pay_places, name) == pay_places.end())
            return "has places {reference}, {amount}, {currency} and {language}, and no others.";
        names_reference = names_reference || name == "reference";
        rest.remove_prefix(end + 1);
    }
    return names_reference ? "" : "must hold {reference}: without it nobody finds whose payment it is.";
}

std::string pay_address(std::string_view page, const payment& what) {
    const std::array<std::pair<std::string_view, std::string>, pay_places.size()> values{{
        {"{reference}", what.reference},
        {"{amount}", base::decimal(what.amount)},
        {"{currency}", what.amount.currency},
        {"{language}", std::string(what.language)},
    }};
    std::string out(page);
    for (const auto& [place, value] : values) {
        const auto encoded = form_encoded(value);
        for (auto at = out.find(place); at != std::string::npos; at = out.find(place, at + encoded.size()))
            out.replace(at, place.size(), encoded);
    }
    return out;
}

std::string closing_reference(std::string_view closure, int quote, const base::money& open, base::instant came) {
    const auto after = came == base::instant{} ? std::string() : "-" + std::to_string(came.ms);
    return std::string(closure) + "-q" + std::to_string(quote) + "-" + std::to_string(open.minor) + after;
}

std::string top_up_reference(std::string_view line, std::uint64_t version, const base::money& amount) {
    return std::string(line) + "-t" + std::to_string(version) + "-" + std::to_string(amount.minor);
}

std::optional<base::money> typed_amount(std::string_view text, std::string_view currency) {
    const auto point = text.find_first_of(".,");
    const auto whole = text.substr(0, point);
    const auto part = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    const auto digits = static_cast<std::size_t>(base::minor_digits(currency));
    const bool open_end = point != std::string_view::npos && part.empty();
    if (whole.empty() || whole.size() > whole_digits_max || part.size() > digits || open_end) return std::nullopt;
    if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(part, is_digit)) return std::nullopt;
    base::money out{0, std::string(currency)};
    for (const char c : whole) out.minor = out.minor * 10 + (c - '0');
    for (std::size_t i = 0; i < digits; ++i) out.minor = out.minor * 10 + (i < part.size() ? part[i] - '0' : 0);
    return out.minor > 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace keepline::portal
