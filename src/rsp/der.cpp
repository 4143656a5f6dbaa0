#include "rsp/der.hpp"

#include "base/ensure.hpp"
#include "base/utf8.hpp"

#include <bit>
#include <limits>

namespace keepline::rsp::der {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

result<tag> tag_at(byte_view in, std::size_t& at) {
    if (in.empty()) return refuse(code::malformed, "DER: an element is missing.");
    tag what = in[at++];
    if ((what & 0x1f) != 0x1f) return what;
    for (int more = 0;; ++more) {
        if (more == 3 || at == in.size()) return refuse(code::malformed, "DER: a tag is too long or cut off.");
        const std::uint8_t next = in[at++];
        // X.690 §8.1.2.4: no leading zeros, and the long form only for numbers from 31 on.
        if (more == 0 && (next == 0x80 || next < 0x1f)) return refuse(code::malformed, "DER: a tag is not minimal.");
        what = what << 8 | next;
        if ((next & 0x80) == 0) return what;
    }
}

result<std::size_t> length_at(byte_view in, std::size_t& at) {
    if (at == in.size()) return refuse(code::malformed, "DER: a length is missing.");
    const std::uint8_t first = in[at++];
    if (first < 0x80) return first;
    const std::size_t count = first & 0x7f;
    if (count == 0 || count > 4) return refuse(code::malformed, "DER: a length is indefinite or too large.");
    if (in.size() - at < count) return refuse(code::malformed, "DER: a length is cut off.");
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | in[at++];
    if (length < 0x80 || length_size(length) != count + 1)
        return refuse(code::malformed, "DER: a length is not minimal.");
    return length;
}

std::unexpected<base::error> wrong(std::string_view name, std::string_view what) {
    return refuse(code::malformed, "DER: " + std::string(name) + " " + std::string(what) + ".");
}

std::string tag_text(tag what) {
    base::bytes raw;
    for (std::size_t i = tag_size(what); i-- > 0;) raw.push_back(static_cast<std::uint8_t>(what >> (8 * i)));
    return base::hex(raw);
}

void append_base_128(base::bytes& out, std::uint64_t value) {
    int groups = (static_cast<int>(std::bit_width(value | 1)) + 6) / 7;
    while (groups-- > 0)
        out.push_back(static_cast<std::uint8_t>((value >> (7 * groups) & 0x7f) | (groups > 0 ? 0x80 : 0)));
}

}  // namespace

bool tlv::constructed() const { return (what >> (8 * (tag_size(what) - 1)) & 0x20) != 0; }

result<tlv> first_element(byte_view in) {
    std::size_t at = 0;
    TRY(what, tag_at(in, at));
    TRY(length, length_at(in, at));
    if (in.size() - at < length) return refuse(code::malformed, "DER: a value goes past the end.");
    return tlv{what, in.first(at + length), in.subspan(at, length)};
}

result<tlv> only_element(byte_view in) {
    TRY(found, first_element(in));
    if (found.whole.size() != in.size()) return refuse(code::malformed, "DER: something follows the element.");
    return found;
}

result<tlv> only_element(byte_view in, tag wanted) {
    TRY(found, only_element(in));
    if (found.what != wanted)
        return wrong("element " + tag_text(wanted), "is missing, there is " + tag_text(found.what));
    return found;
}

bool well_formed(byte_view in, int depth) {
    if (depth < 0) return false;
    while (!in.empty()) {
        const auto found = first_element(in);
        if (!found || (found->constructed() && !well_formed(found->value, depth - 1))) return false;
        in = in.subspan(found->whole.size());
    }
    return true;
}

result<tlv> reader::next() {
    TRY(found, first_element(rest_));
    rest_ = rest_.subspan(found.whole.size());
    return found;
}

result<tlv> reader::expect(tag wanted, std::string_view name) {
    if (rest_.empty()) return wrong(name, "is missing");
    TRY(found, first_element(rest_));
    if (found.what != wanted) return wrong(name, "is missing, there is " + tag_text(found.what));
    rest_ = rest_.subspan(found.whole.size());
    return found;
}

result<std::optional<tlv>> reader::maybe(tag wanted) {
    if (rest_.empty()) return std::nullopt;
    TRY(found, first_element(rest_));
    if (found.what != wanted) return std::nullopt;
    rest_ = rest_.subspan(found.whole.size());
    return found;
}

result<std::optional<tlv>> reader::find(tag wanted) const {
    reader ahead = *this;
    while (!ahead.at_end()) {
        TRY(found, ahead.next());
        if (found.what == wanted) return found;
    }
    return std::nullopt;
}

result<bool> boolean_of(const tlv& element, std::string_view name) {
    if (element.value.size() != 1 || (element.value[0] != 0 && element.value[0] != 0xff))
        return wrong(name, "is no boolean");
    return element.value[0] != 0;
}

result<std::uint64_t> unsigned_of(const tlv& element, std::string_view name) {
    const auto in = element.value;
    if (in.empty() || in.size() > 9) return wrong(name, "is no number that fits");
    if (in[0] >= 0x80) return wrong(name, "is negative");
    if (in.size() > 1 && in[0] == 0 && in[1] < 0x80) return wrong(name, "is not minimal");
    if (in.size() == 9 && in[0] != 0) return wrong(name, "is no number that fits");
    std::uint64_t value = 0;
    for (const auto byte : in) value = value << 8 | byte;
    return value;
}

result<std::uint32_t> bits_of(const tlv& element, std::string_view name) {
    const auto in = element.value;
    if (in.empty() || in[0] > 7 || (in.size() == 1 && in[0] != 0)) return wrong(name, "is no bit string");
    if (in.size() > 1 && (in.back() & ((1u << in[0]) - 1)) != 0) return wrong(name, "has padding that is not zero");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 32 && i / 8 + 1 < in.size(); ++i)
        if ((in[1 + i / 8] & (0x80u >> i % 8)) != 0) value |= 1u << i;
    return value;
}

result<std::string_view> utf8_of(const tlv& element, std::string_view name, std::size_t most) {
    if (element.value.size() > most) return wrong(name, "is too long");
    if (!base::is_utf8(base::text(element.value))) return wrong(name, "is not UTF-8");
    return base::text(element.value);
}

result<byte_view> octets_of(const tlv& element, std::string_view name, std::size_t least, std::size_t most) {
    if (element.value.size() < least || element.value.size() > most) return wrong(name, "has the wrong length");
    return element.value;
}

result<std::string> oid_of(const tlv& element, std::string_view name) {
    auto text = oid_text(element.value);
    if (text.empty()) return wrong(name, "is no object identifier");
    return text;
}

std::string oid_text(byte_view content) {
    if (content.empty() || content.size() > 64 || (content.back() & 0x80) != 0) return {};
    std::string out;
    std::uint64_t value = 0;
    bool starts = true;
    for (const auto byte : content) {
        if (starts && byte == 0x80) return {};  // a leading zero
        if (value > std::numeric_limits<std::uint64_t>::max() >> 7) return {};
        value = value << 7 | (byte & 0x7f);
        starts = false;
        if ((byte & 0x80) != 0) continue;
        if (out.empty()) {
            const std::uint64_t root = value < 40 ? 0 : value < 80 ? 1 : 2;
            out = std::to_string(root) + "." + std::to_string(value - 40 * root);
        } else {
            out += '.';
            out += std::to_string(value);
        }
        value = 0;
        starts = true;
    }
    return out;
}

std::optional<base::bytes> oid_content(std::string_view dotted) {
    base::bytes out;
    std::uint64_t root = 0;
    for (int index = 0;; ++index) {
        const auto dot = dotted.find('.');
        const auto arc = dotted.substr(0, dot);
        if (arc.empty() || arc.size() > 18 || (arc.size() > 1 && arc[0] == '0')) return std::nullopt;
        std::uint64_t value = 0;
        for (const char c : arc) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        if (index == 0) {
            root = value;
            if (root > 2) return std::nullopt;
        } else if (index == 1) {
            if (root < 2 && value > 39) return std::nullopt;
            append_base_128(out, 40 * root + value);
        } else {
            append_base_128(out, value);
        }
        if (dot == std::string_view::npos) {
            if (index == 0 || out.size() > 64) return std::nullopt;
            return out;
        }
        dotted.remove_prefix(dot + 1);
    }
}

writer& writer::header(tag what, std::size_t length) {
    ENSURE(length <= 0xffffffff);
    for (std::size_t i = tag_size(what); i-- > 0;) out_.push_back(static_cast<std::uint8_t>(what >> (8 * i)));
    const std::size_t size = length_size(length);
    if (size > 1) out_.push_back(static_cast<std::uint8_t>(0x80 | (size - 1)));
    for (std::size_t i = size > 1 ? size - 1 : 1; i-- > 0;)
        out_.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
    return *this;
}

writer& writer::element(tag what, byte_view value) { return header(what, value.size()).raw(value); }

writer& writer::raw(byte_view encoded) {
    out_.insert(out_.end(), encoded.begin(), encoded.end());
    return *this;
}

writer& writer::boolean(bool value, tag what) {
    const std::uint8_t byte = value ? 0xff : 0x00;
    return element(what, {&byte, 1});
}

writer& writer::number(std::uint64_t value, tag what) {
    base::byte_array<9> big_endian{};
    for (std::size_t i = 0; i < 8; ++i) big_endian[1 + i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
    std::size_t skip = 0;
    while (skip < 8 && big_endian[skip] == 0 && big_endian[skip + 1] < 0x80) ++skip;
    return element(what, byte_view(big_endian).subspan(skip));
}

writer& writer::bits(std::uint32_t value, tag what) {
    base::byte_array<5> content{};
    const auto count = static_cast<std::size_t>(std::bit_width(value));
    const std::size_t octets = (count + 7) / 8;
    content[0] = static_cast<std::uint8_t>(octets * 8 - count);
    for (std::size_t i = 0; i < count; ++i)
        if (has_bit(value, static_cast<int>(i))) content[1 + i / 8] |= static_cast<std::uint8_t>(0x80u >> i % 8);
    return element(what, byte_view(content).first(1 + octets));
}

writer& writer::oid(std::string_view dotted, tag what) {
    const auto content = oid_content(dotted);
    ENSURE(content.has_value());
    return element(what, *content);
}

std::size_t writer::open(tag what) {
    for (std::size_t i = tag_size(what); i-- > 0;) out_.push_back(static_cast<std::uint8_t>(what >> (8 * i)));
    return out_.size();
}

void writer::close(std::size_t from) {
    const std::size_t length = out_.size() - from;
    const std::size_t size = length_size(length);
    base::byte_array<5> encoded{};
    if (size == 1) encoded[0] = static_cast<std::uint8_t>(length);
    if (size > 1) encoded[0] = static_cast<std::uint8_t>(0x80 | (size - 1));
    for (std::size_t i = 1; i < size; ++i) encoded[i] = static_cast<std::uint8_t>(length >> (8 * (size - 1 - i)));
    out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(from), encoded.begin(),
                encoded.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace keepline::rsp::der
