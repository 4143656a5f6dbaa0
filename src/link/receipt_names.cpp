#include "link/receipt_names.hpp"

#include <algorithm>

namespace keepline::link {

namespace {

constexpr std::size_t convertible_max = 40;  // digits

bool is_decimal(std::string_view id) {
    return !id.empty() && std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view id) {
    return !id.empty() && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

int value_of(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

/// A number of any length in another base. Empty: not to be converted.
std::string in_base(std::string_view digits, int from, int to) {
    if (digits.size() > convertible_max) return {};
    std::vector<int> out{0};  // least first
    for (const char c : digits) {
        int carry = value_of(c);
        for (auto& one : out) {
            one = one * from + carry;
            carry = one / to;
            one %= to;
        }
        for (; carry > 0; carry /= to) out.push_back(carry % to);
    }
    std::string text;
    for (auto it = out.rbegin(); it != out.rend(); ++it) text += "0123456789abcdef"[*it];
    return text;
}

}  // namespace

std::string receipt_name(std::string_view id, receipt_ids how) {
    if (how == receipt_ids::exact ||
        !(is_hex(id) || std::ranges::all_of(id, [](char c) { return c == '-' || is_hex({&c, 1}); })))
        return std::string(id);
    if (is_hex(id)) id.remove_prefix(std::min(id.find_first_not_of('0'), id.size() - 1));
    std::string out(id);
    for (auto& c : out)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c | 0x20);
    return out;
}

std::vector<receipt_candidate> receipt_candidates(std::string_view id, receipt_ids how, receipt_way before) {
    const auto same = receipt_name(id, how);
    // The receipt is decimal, the answer was hexadecimal; and the other way round.
    const auto from_decimal = is_decimal(id) ? in_base(id, 10, 16) : std::string();
    const auto from_hex = is_hex(id) ? in_base(id, 16, 10) : std::string();
    std::vector<receipt_candidate> out;
    const auto add = [&](receipt_way way, const std::string& name) {
        if (!name.empty() && std::ranges::find(out, name, &receipt_candidate::name) == out.end())
            out.push_back({way, name});
    };
    switch (how) {
        case receipt_ids::exact: add(receipt_way::same, same); break;
        case receipt_ids::hex: add(receipt_way::hex, from_hex.empty() ? same : from_hex); break;
        case receipt_ids::decimal: add(receipt_way::decimal, from_decimal.empty() ? same : from_decimal); break;
        case receipt_ids::automatic:
            if (before == receipt_way::hex) add(before, from_hex);
            if (before == receipt_way::decimal) add(before, from_decimal);
            add(receipt_way::same, same);
            add(receipt_way::decimal, from_decimal);
            add(receipt_way::hex, from_hex);
            break;
    }
    return out;
}

}  // namespace keepline::link
