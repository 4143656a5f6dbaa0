#include "desk/activation_code.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <qrcodegen/QrCode.hpp>
#include <stdexcept>

namespace keepline::desk {

namespace {

using qrcodegen::QrCode;

constexpr int quiet_modules = 4;  // ISO/IEC 18004 §5.3.8

base::result<QrCode> qr_of(std::string_view text) {
    try {
        return QrCode::encodeText(std::string(text).c_str(), QrCode::Ecc::MEDIUM);
    } catch (const std::exception&) {
        return base::refuse(base::code::too_large, "This is too long for a QR code.");
    }
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// -- PNG (ISO/IEC 15948): one IDAT of stored deflate blocks, because a QR code is too small to be worth compressing

constexpr std::size_t stored_block_max = 65'535;

void put_32(std::string& out, std::uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xFFU);
}

std::uint32_t crc_32(std::string_view data) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> out{};
        for (std::uint32_t i = 0; i < out.size(); ++i) {
            std::uint32_t c = i;
            for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
            out[i] = c;
        }
        return out;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : data) crc = table[(crc ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ (crc >> 8U);
    return crc ^ 0xFFFFFFFFU;
}

std::uint32_t adler_32(std::string_view data) {
    constexpr std::uint32_t modulus = 65'521;
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char c : data) {
        a = (a + static_cast<std::uint8_t>(c)) % modulus;
        b = (b + a) % modulus;
    }
    return b << 16U | a;
}

void put_chunk(std::string& out, std::string_view type, std::string_view data) {
    put_32(out, static_cast<std::uint32_t>(data.size()));
    const std::string typed = std::string(type) + std::string(data);
    out += typed;
    put_32(out, crc_32(typed));
}

std::string zlib_stored(std::string_view data) {
    std::string out("\x78\x01", 2);
    for (std::size_t at = 0; at < data.size() || at == 0;) {
        const auto part = data.substr(at, stored_block_max);
        at += std::max<std::size_t>(part.size(), 1);
        const auto size = static_cast<std::uint16_t>(part.size());
        out += static_cast<char>(at >= data.size() ? 1 : 0);
        for (const std::uint16_t n : {size, static_cast<std::uint16_t>(~size)}) {
            out += static_cast<char>(n & 0xFFU);
            out += static_cast<char>(n >> 8U);
        }
        out += part;
    }
    put_32(out, adler_32(data));
    return out;
}

std::string pixels_of(const QrCode& qr, int scale, int side) {
    std::string out;
    const auto row_bytes = static_cast<std::size_t>((side + 7) / 8);
    out.reserve((row_bytes + 1) * static_cast<std::size_t>(side));
    for (int y = 0; y < side; ++y) {
        out += '\0';  // no filter
        std::string row(row_bytes, '\0');
        for (int x = 0; x < side; ++x)
            if (!qr.getModule(x / scale - quiet_modules, y / scale - quiet_modules))
                row[static_cast<std::size_t>(x / 8)] = static_cast<char>(
                    static_cast<std::uint8_t>(row[static_cast<std::size_t>(x / 8)]) | 0x80U >> (x % 8));
        out += row;
    }
    return out;
}

}  // namespace

std::string activation_code::text() const {
    std::string out = "LPA:1$" + address + "$" + matching_id;
    if (!oid.empty() || confirmation_required) out += "$" + oid;
    if (confirmation_required) out += "$1";
    return out;
}

bool is_matching_id(std::string_view text, bool underscore) {
    constexpr std::size_t longest = 255;
    return text.size() <= longest && std::ranges::all_of(text, [underscore](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-' || (underscore && c == '_');
           });
}

bool is_server_address(std::string_view text) {
    constexpr std::size_t longest = 255;
    if (text.empty() || text.size() > longest) return false;
    auto host = text;
    if (host.front() == '[') {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return false;
        const auto inside = host.substr(1, end - 1);
        if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
        host = host.substr(end + 1);
        if (host.empty()) return true;
        if (host.front() != ':') return false;
    }
    const auto colon = host.find(':');
    const auto name = host.substr(0, colon);
    if (text.front() != '[' && (name.empty() || !std::ranges::all_of(name, is_name_character))) return false;
    if (colon == std::string_view::npos) return true;
    const auto port = host.substr(colon + 1);
    return !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
}

base::result<std::string> qr_svg(std::string_view text) {
    TRY(qr, qr_of(text));
    const auto side = std::to_string(qr.getSize() + 2 * quiet_modules);
    std::string out = R"(<svg xmlns="http://www.w3.org/2000/svg" version="1.1" viewBox="0 0 )" + side + " " + side +
                      R"(" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d=")";
    for (int y = 0; y < qr.getSize(); ++y)
        for (int x = 0; x < qr.getSize(); ++x) {
            if (!qr.getModule(x, y)) continue;
            const int from = x;
            while (qr.getModule(x + 1, y)) ++x;
            const auto width = std::to_string(x + 1 - from);
            out += "M" + std::to_string(from + quiet_modules) + "," + std::to_string(y + quiet_modules) + "h" + width +
                   "v1h-" + width + "z";
        }
    return out + "\" fill=\"#000\"/></svg>\n";
}

base::result<std::string> qr_png(std::string_view text, int scale) {
    TRY(qr, qr_of(text));
    const int side = (qr.getSize() + 2 * quiet_modules) * scale;
    std::string head;
    put_32(head, static_cast<std::uint32_t>(side));
    put_32(head, static_cast<std::uint32_t>(side));
    head += std::string("\x01\x00\x00\x00\x00", 5);  // one bit per pixel, grey
    std::string out("\x89PNG\r\n\x1a\n", 8);
    put_chunk(out, "IHDR", head);
    put_chunk(out, "IDAT", zlib_stored(pixels_of(qr, scale, side)));
    put_chunk(out, "IEND", {});
    return out;
}

base::result<std::string> qr_text(std::string_view text) {
    TRY(qr, qr_of(text));
    constexpr int quiet = 2;
    std::string out;
    for (int y = -quiet; y < qr.getSize() + quiet; y += 2) {
        for (int x = -quiet; x < qr.getSize() + quiet; ++x) {
            const bool upper = !qr.getModule(x, y);
            const bool lower = !qr.getModule(x, y + 1);
            out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        out += '\n';
    }
    return out;
}

}  // namespace keepline::desk
