#include "image/orientation.hpp"

#include <cstdint>
#include <string_view>

namespace keepline::image {

namespace {

constexpr int upright = 1;
constexpr std::uint16_t orientation_tag = 0x0112;
constexpr std::uint16_t short_type = 3;
constexpr std::size_t entry_size = 12;

/// TIFF's numbers, in the byte order that its head names; 0 beyond the end.
struct tiff {
    base::byte_view in;
    bool little = false;

    std::uint32_t number(std::size_t at, std::size_t octets) const {
        if (at > in.size() || octets > in.size() - at) return 0;
        std::uint32_t out = 0;
        for (std::size_t i = 0; i < octets; ++i) out = (out << 8U) | in[at + (little ? octets - 1 - i : i)];
        return out;
    }
    std::uint16_t two(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
    std::uint32_t four(std::size_t at) const { return number(at, 4); }
};

int orientation_in(base::byte_view exif) {
    if (exif.size() < 8) return upright;
    const auto order = base::text(exif.first(2));
    if (order != "II" && order != "MM") return upright;
    const tiff of{exif, order == "II"};
    const std::size_t first = of.four(4);
    const std::size_t count = of.two(first);
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = first + 2 + i * entry_size;
        if (at > exif.size() || exif.size() - at < entry_size) return upright;
        if (of.two(at) != orientation_tag) continue;
        const auto value = of.two(at + 8);
        return of.two(at + 2) == short_type && value >= 1 && value <= 8 ? value : upright;
    }
    return upright;
}

}  // namespace

int orientation_of(base::byte_view jpeg) {
    constexpr std::string_view exif_head("Exif\0\0", 6);
    std::size_t at = 2;  // behind SOI
    while (at + 4 <= jpeg.size() && jpeg[at] == 0xFF) {
        const auto marker = jpeg[at + 1];
        if (marker == 0xFF) {  // fill
            ++at;
            continue;
        }
        if (marker == 0xDA || marker == 0xD9) break;  // the picture itself, or its end
        const std::size_t length = (static_cast<std::size_t>(jpeg[at + 2]) << 8U) | jpeg[at + 3];
        if (length < 2 || length > jpeg.size() - at - 2) break;
        const auto body = jpeg.subspan(at + 4, length - 2);
        if (marker == 0xE1 && body.size() > exif_head.size() && base::text(body.first(exif_head.size())) == exif_head)
            return orientation_in(body.subspan(exif_head.size()));
        at += 2 + length;
    }
    return upright;
}

}  // namespace keepline::image
