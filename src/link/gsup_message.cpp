#include "link/gsup_message.hpp"

namespace keepline::link {

namespace {

constexpr std::uint8_t tag_imsi = 0x01;
constexpr std::uint8_t tag_cause = 0x02;
constexpr std::uint8_t tag_domain = 0x28;
constexpr std::uint8_t domain_cs = 0x02;

/// TBCD: two digits in a byte, the low half first, 0xf fills up.
void add_digits(base::bytes& out, std::string_view digits) {
    out.push_back(static_cast<std::uint8_t>((digits.size() + 1) / 2));
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto low = static_cast<unsigned>(digits[i] - '0');
        const auto high = i + 1 < digits.size() ? static_cast<unsigned>(digits[i + 1] - '0') : 0xfU;
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
}

std::optional<std::string> digits_of(base::byte_view tbcd) {
    std::string out;
    for (std::size_t i = 0; i < tbcd.size(); ++i) {
        const unsigned low = tbcd[i] & 0xfU;
        const unsigned high = tbcd[i] >> 4;
        const bool last = i + 1 == tbcd.size();
        if (low > 9 || (high > 9 && !(high == 0xf && last))) return std::nullopt;
        out += static_cast<char>('0' + low);
        if (high <= 9) out += static_cast<char>('0' + high);
    }
    return out;
}

}  // namespace

base::bytes encode_gsup(const gsup_message& what) {
    base::bytes out{static_cast<std::uint8_t>(what.type), tag_imsi};
    add_digits(out, what.imsi);
    if (what.cause) out.insert(out.end(), {tag_cause, 1, *what.cause});
    return out;
}

base::bytes encode_update_location(const base::imsi& imsi) {
    auto out = encode_gsup({gsup_type::update_location_request, imsi.text(), std::nullopt});
    out.insert(out.end(), {tag_domain, 1, domain_cs});
    return out;
}

std::optional<gsup_message> decode_gsup(base::byte_view message) {
    if (message.empty()) return std::nullopt;
    gsup_message out{static_cast<gsup_type>(message[0]), {}, std::nullopt};
    auto rest = message.subspan(1);
    while (!rest.empty()) {
        if (rest.size() < 2 || rest.size() < std::size_t{2} + rest[1]) return std::nullopt;
        const auto tag = rest[0];
        const auto value = rest.subspan(2, rest[1]);
        rest = rest.subspan(2 + value.size());
        if (tag == tag_imsi) {
            auto digits = digits_of(value);
            if (!digits || digits->size() > 15) return std::nullopt;
            out.imsi = std::move(*digits);
        } else if (tag == tag_cause) {
            if (value.size() != 1) return std::nullopt;
            out.cause = value[0];
        }
    }
    return out;
}

}  // namespace keepline::link
