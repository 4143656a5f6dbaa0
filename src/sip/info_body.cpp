#include "sip/info_body.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::sip {

namespace {

bool same_letters(std::string_view a, std::string_view b) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return low(x) == low(y); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

std::optional<char> key_named(std::string_view name) {
    if (name == "10") return '*';
    if (name == "11") return '#';
    if (name.size() != 1 || std::string_view("0123456789*#").find(name[0]) == std::string_view::npos)
        return std::nullopt;
    return name[0];
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::size_t longest_number = 32;

}  // namespace

std::optional<char> key_in_info(std::string_view content_type, std::string_view body) {
    const auto type = trimmed(content_type.substr(0, content_type.find(';')));
    if (same_letters(type, "application/dtmf")) return key_named(trimmed(body));
    if (!same_letters(type, "application/dtmf-relay")) return std::nullopt;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        const auto line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        const auto equals = line.find('=');
        if (equals != line.npos && same_letters(trimmed(line.substr(0, equals)), "signal"))
            return key_named(trimmed(line.substr(equals + 1)));
    }
    return std::nullopt;
}

int status_in_fragment(std::string_view body) {
    constexpr std::string_view begins = "SIP/2.0 ";
    constexpr std::size_t digits = 3;
    const auto text = trimmed(body);
    if (!text.starts_with(begins) || text.size() < begins.size() + digits) return 0;
    int status = 0;
    const char* first = text.data() + begins.size();
    const auto [end, wrong] = std::from_chars(first, first + digits, status);
    return wrong == std::errc() && end == first + digits ? status : 0;
}

std::string number_in(std::string_view identity) {
    auto text = trimmed(identity);
    if (const auto opened = text.find('<'); opened != text.npos) text.remove_prefix(opened + 1);
    for (const std::string_view scheme : {"sip:", "sips:", "tel:"})
        if (same_letters(text.substr(0, scheme.size()), scheme)) text.remove_prefix(scheme.size());
    text = text.substr(0, text.find_first_of("@;>?,"));
    std::string out;
    for (const char c : text) {
        if (is_digit(c) || (c == '+' && out.empty()))
            out += c;
        else if (std::string_view("-.()").find(c) == std::string_view::npos)
            return {};  // a name
        if (out.size() > longest_number) return {};
    }
    return out == "+" ? std::string() : out;
}

}  // namespace keepline::sip
