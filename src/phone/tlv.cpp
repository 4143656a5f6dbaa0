#include "phone/tlv.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {
constexpr std::size_t max_element = 4U << 20;  // nothing an eUICC meets is near to it
}

tlv_head read_head(byte_view data) {
    tlv_head head;
    const auto more = [&] {
        head.is = tlv_head::state::more;
        return head;
    };
    if (data.empty()) return more();
    std::size_t at = 0;
    head.tag = data[at++];
    if ((head.tag & 0x1F) == 0x1F) {
        for (int i = 0;; ++i) {
            if (i == 3) return head;
            if (at == data.size()) return more();
            const std::uint8_t next = data[at++];
            if (i == 0 && (next == 0x80 || next < 0x1F)) return head;  // a shorter tag would do
            head.tag = head.tag << 8 | next;
            if ((next & 0x80) == 0) break;
        }
    }
    if (at == data.size()) return more();
    const std::uint8_t first = data[at++];
    if (first < 0x80) {
        head.value = first;
    } else {
        const std::size_t count = first & 0x7F;
        if (count == 0 || count > 4) return head;
        if (data.size() - at < count) return more();
        for (std::size_t i = 0; i < count; ++i) head.value = head.value << 8 | data[at++];
        const bool shortest = head.value >= 0x80 && (count == 1 || head.value >> (8 * (count - 1)) != 0);
        if (!shortest || head.value > max_element) return head;
    }
    head.size = at;
    head.is = tlv_head::state::complete;
    return head;
}

std::optional<tlv> tlv_reader::next() {
    const auto head = read_head(rest_);
    if (head.is != tlv_head::state::complete || rest_.size() - head.size < head.value) return std::nullopt;
    const tlv found{head.tag, rest_.subspan(head.size, head.value), rest_.first(head.size + head.value)};
    rest_ = rest_.subspan(found.whole.size());
    return found;
}

std::optional<tlv> tlv_reader::take(std::uint32_t tag) {
    tlv_reader ahead = *this;
    const auto found = ahead.next();
    if (!found || found->tag != tag) return std::nullopt;
    *this = ahead;
    return found;
}

std::optional<std::vector<tlv>> elements(byte_view data) {
    std::vector<tlv> all;
    tlv_reader reader(data);
    while (!reader.empty()) {
        const auto one = reader.next();
        if (!one) return std::nullopt;
        all.push_back(*one);
    }
    return all;
}

std::optional<tlv> only(byte_view data, std::uint32_t tag) {
    tlv_reader reader(data);
    const auto one = reader.take(tag);
    if (!one || !reader.empty()) return std::nullopt;
    return one;
}

std::optional<tlv> find(byte_view data, std::uint32_t tag) {
    tlv_reader reader(data);
    while (!reader.empty()) {
        const auto one = reader.next();
        if (!one) return std::nullopt;
        if (one->tag == tag) return one;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> unsigned_value(byte_view value) {
    if (value.empty() || value.size() > 9 || (value[0] & 0x80) != 0) return std::nullopt;
    if (value.size() > 1 && value[0] == 0 && (value[1] & 0x80) == 0) return std::nullopt;
    if (value.size() == 9 && value[0] != 0) return std::nullopt;
    std::uint64_t number = 0;
    for (const auto byte : value) number = number << 8 | byte;
    return number;
}

bool well_formed(const tlv& element, int depth) {
    if (depth == 0) return false;
    const auto first = element.whole[0];
    if ((first & 0x20) == 0) return true;
    const auto inside = elements(element.value);
    return inside && std::ranges::all_of(*inside, [&](const tlv& one) { return well_formed(one, depth - 1); });
}

bytes make(std::uint32_t tag, std::initializer_list<byte_view> parts) {
    std::size_t size = 0;
    for (const auto part : parts) size += part.size();
    bytes out;
    out.reserve(size + 8);
    for (int shift = 24; shift >= 0; shift -= 8)
        if (shift == 0 || tag >> shift != 0) out.push_back(static_cast<std::uint8_t>(tag >> shift));
    if (size < 0x80) {
        out.push_back(static_cast<std::uint8_t>(size));
    } else {
        const int count = size > 0xFFFFFF ? 4 : size > 0xFFFF ? 3 : size > 0xFF ? 2 : 1;
        out.push_back(static_cast<std::uint8_t>(0x80 | count));
        for (int i = count - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
    }
    for (const auto part : parts) append(out, part);
    return out;
}

bytes make(std::uint32_t tag, byte_view value) { return make(tag, {value}); }
bytes make(std::uint32_t tag, std::string_view value) { return make(tag, {base::view(value)}); }

bytes make_unsigned(std::uint32_t tag, std::uint64_t value) {
    bytes number;
    do {
        number.insert(number.begin(), static_cast<std::uint8_t>(value));
        value >>= 8;
    } while (value != 0);
    if ((number[0] & 0x80) != 0) number.insert(number.begin(), std::uint8_t{0});
    return make(tag, number);
}

bytes make_bits(std::uint32_t tag, std::initializer_list<int> set_bits) {
    bytes value{0};
    int last = -1;
    for (const int n : set_bits) {
        last = std::max(last, n);
        if (value.size() < static_cast<std::size_t>(n) / 8 + 2) value.resize(static_cast<std::size_t>(n) / 8 + 2);
        value[static_cast<std::size_t>(n) / 8 + 1] |= static_cast<std::uint8_t>(0x80 >> (n % 8));
    }
    if (last >= 0) value[0] = static_cast<std::uint8_t>(7 - last % 8);
    return make(tag, value);
}

bytes joined(std::initializer_list<byte_view> parts) {
    bytes out;
    for (const auto part : parts) append(out, part);
    return out;
}

void append(bytes& to, byte_view more) { to.insert(to.end(), more.begin(), more.end()); }

bool same(byte_view a, byte_view b) { return std::ranges::equal(a, b); }

bool bit(byte_view bit_string, int n) {
    const auto at = static_cast<std::size_t>(n) / 8 + 1;
    return at < bit_string.size() && (bit_string[at] & (0x80 >> (n % 8))) != 0;
}

}  // namespace keepline::phone
