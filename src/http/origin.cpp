#include "http/origin.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t address_text_max = 45;  // INET6_ADDRSTRLEN without its end
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr int v4_bits = 96;

ip_address from_v4(const std::uint8_t* four) {
    ip_address out;
    std::ranges::copy(v4_prefix, out.bytes.begin());
    std::copy_n(four, 4, out.bytes.begin() + 12);
    return out;
}

std::string_view trimmed(std::string_view in) {
    constexpr std::string_view blank = " \t";
    const auto first = in.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string_view()
                                           : in.substr(first, in.find_last_not_of(blank) - first + 1);
}

std::optional<int> number_up_to(std::string_view digits, int most) {
    int out = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, out);
    if (failure != std::errc() || stopped != end || out < 0 || out > most) return std::nullopt;
    return out;
}

/// As proxies write it: an address, perhaps with a port, IPv6 perhaps in brackets.
std::optional<ip_address> hop(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const auto port = text.substr(end + 1);
        if (!port.empty() && (port.front() != ':' || !number_up_to(port.substr(1), 65'535))) return std::nullopt;
        return ip_address::parse(text.substr(1, end - 1));
    }
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && text.rfind(':') == colon) {
        if (!number_up_to(text.substr(colon + 1), 65'535)) return std::nullopt;
        text = text.substr(0, colon);
    }
    return ip_address::parse(text);
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    // inet_pton reads to a zero byte: what has one inside is no address.
    if (text.empty() || text.size() > address_text_max || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string whole(text);
    std::array<std::uint8_t, 4> four{};
    if (::inet_pton(AF_INET, whole.c_str(), four.data()) == 1) return from_v4(four.data());
    ip_address out;
    if (::inet_pton(AF_INET6, whole.c_str(), out.bytes.data()) == 1) return out;
    return std::nullopt;
}

bool ip_address::is_v4() const { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin()); }

std::string limit_key(const ip_address& of) {
    const auto* raw = reinterpret_cast<const char*>(of.bytes.data());
    return of.is_v4() ? std::string(raw + 12, 4) : std::string(raw, 8);
}

// ------------------------------------------------------------------------------------------------ networks

base::result<networks> networks::parse(const std::vector<std::string>& text) {
    networks out;
    for (const auto& one : text) {
        const auto wrong = [&] {
            return refuse(code::config_invalid,
                          "`" + one + "` is no network; write one such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7.");
        };
        const auto slash = std::min(one.find('/'), one.size());
        const auto first = ip_address::parse(std::string_view(one).substr(0, slash));
        if (!first) return wrong();
        const int widest = first->is_v4() ? 128 - v4_bits : 128;
        int bits = widest;
        if (slash < one.size()) {
            const auto given = number_up_to(std::string_view(one).substr(slash + 1), widest);
            if (!given) return wrong();
            bits = *given;
        }
        network made{*first, bits + (128 - widest)};
        for (int at = made.bits; at < 128; ++at)
            if (((made.first.bytes[static_cast<std::size_t>(at / 8)] >> (7 - at % 8)) & 1) != 0) return wrong();
        out.all_.push_back(made);
    }
    return out;
}

bool networks::has(const ip_address& one) const {
    return std::ranges::any_of(all_, [&](const network& in) {
        const auto whole = static_cast<std::ptrdiff_t>(in.bits / 8);
        if (!std::equal(one.bytes.begin(), one.bytes.begin() + whole, in.first.bytes.begin())) return false;
        const int rest = in.bits % 8;
        if (rest == 0) return true;
        const auto mask = static_cast<std::uint8_t>(0xFF << (8 - rest));
        const auto at = static_cast<std::size_t>(whole);
        return (one.bytes[at] & mask) == in.first.bytes[at];
    });
}

// ------------------------------------------------------------------------------------------------ X-Forwarded-For

ip_address forwarded_for(std::string_view value, const ip_address& from, const networks& trusted) {
    auto known = from;
    while (!value.empty() && trusted.has(known)) {
        const auto comma = value.rfind(',');
        const auto last = comma == std::string_view::npos ? value : value.substr(comma + 1);
        value = comma == std::string_view::npos ? std::string_view() : value.substr(0, comma);
        const auto said = hop(trimmed(last));
        if (!said) break;
        known = *said;
    }
    return known;
}

// ------------------------------------------------------------------------------------------------ PROXY protocol

namespace {

constexpr std::array<std::uint8_t, 12> head_signature{0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                                      0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
constexpr std::size_t fixed_part = 16;
constexpr std::size_t head_text_max = 107;   // of version 1, with its line end (§2.1)
constexpr std::size_t head_rest_max = 2048;  // of version 2: addresses and what is attached to them

std::unexpected<base::error> no_head() {
    return refuse(code::malformed, "The connection does not begin with a PROXY head.");
}

/// "PROXY TCP4 192.0.2.1 192.0.2.9 5000 443\r\n" (§2.1)
base::result<proxy_head> read_text_head(std::string_view in) {
    const auto end = in.substr(0, head_text_max).find("\r\n");
    if (end == std::string_view::npos) {
        if (in.size() >= head_text_max) return no_head();
        return proxy_head{};
    }
    proxy_head out{end + 2, {}};
    std::array<std::string_view, 6> word{};
    auto rest = in.substr(0, end);
    std::size_t words = 0;
    for (; words < word.size() && !rest.empty(); ++words) {
        const auto space = std::min(rest.find(' '), rest.size());
        word[words] = rest.substr(0, space);
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    if (words >= 2 && word[1] == "UNKNOWN") return out;
    const bool v4 = word[1] == "TCP4";
    if (words != word.size() || !rest.empty() || (!v4 && word[1] != "TCP6") || !number_up_to(word[4], 65'535) ||
        !number_up_to(word[5], 65'535))
        return no_head();
    const auto source = ip_address::parse(word[2]);
    const auto target = ip_address::parse(word[3]);
    const auto colons = [](std::string_view address) { return address.find(':') != std::string_view::npos; };
    if (!source || !target || colons(word[2]) == v4 || colons(word[3]) == v4) return no_head();
    out.client = *source;
    return out;
}

/// §2.2
base::result<proxy_head> read_binary_head(base::byte_view in) {
    if (in.size() < fixed_part) return proxy_head{};
    const std::size_t rest = (std::size_t{in[14]} << 8U) | in[15];
    if ((in[12] & 0xF0U) != 0x20 || (in[12] & 0x0FU) > 1 || rest > head_rest_max) return no_head();
    if (in.size() < fixed_part + rest) return proxy_head{};
    proxy_head out{fixed_part + rest, {}};
    const bool for_itself = (in[12] & 0x0FU) == 0;  // LOCAL
    constexpr std::size_t v4_addresses = 12;
    constexpr std::size_t v6_addresses = 36;
    const auto* addresses = in.data() + fixed_part;
    if (for_itself) return out;
    switch (in[13]) {
        case 0x11:  // TCP over IPv4
            if (rest < v4_addresses) return no_head();
            out.client = from_v4(addresses);
            return out;
        case 0x21:  // TCP over IPv6
            if (rest < v6_addresses) return no_head();
            std::copy_n(addresses, out.client.emplace().bytes.size(), out.client->bytes.begin());
            return out;
        default: return out;  // nothing that we could count against
    }
}

}  // namespace

base::result<proxy_head> read_proxy_head(base::byte_view received) {
    constexpr std::string_view text_start = "PROXY ";
    const auto begins = [&](base::byte_view with) {
        const auto n = std::min(with.size(), received.size());
        return std::equal(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(n), with.begin());
    };
    if (begins(head_signature))
        return received.size() < head_signature.size() ? proxy_head{} : read_binary_head(received);
    if (begins(base::view(text_start)))
        return received.size() < text_start.size() ? proxy_head{} : read_text_head(base::text(received));
    return no_head();
}

}  // namespace keepline::http
