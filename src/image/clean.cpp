#include "image/clean.hpp"

#include "image/orientation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <png.h>
#include <string>
#include <string_view>
#include <turbojpeg.h>

namespace keepline::image {

namespace {

using base::code;
using base::refuse;
using base::result;

constexpr int quality = 85;
constexpr std::size_t rgb = 3;

std::unexpected<base::error> unfit(std::string_view why, std::string words) {
    return refuse(code::document_unfit, std::move(words), {{"why", std::string(why)}});
}
std::unexpected<base::error> damaged() {
    return unfit("damaged", "The picture cannot be read to its end; send it again.");
}

struct pixels {
    int width = 0;
    int height = 0;
    base::bytes data;  // RGB, row by row, no gaps
};

result<void> check_size(std::int64_t width, std::int64_t height, std::int64_t most) {
    if (width < 1 || height < 1) return damaged();
    if (width > most / height)
        return refuse(code::too_large, "The picture has more pixels than are taken; send a smaller one.",
                      {{"max_pixels", std::to_string(most)}});
    return {};
}

struct handle_end {
    void operator()(void* of) const { tjDestroy(of); }
};
using turbo_handle = std::unique_ptr<void, handle_end>;

/// The scans of a progressive picture are bounded, or a few kilobytes would keep us busy for minutes: each goes over
/// all pixels, and cameras write about ten.
bool has_many_scans(base::byte_view in) {
    constexpr int scans_max = 64;
    int scans = 0;
    for (std::size_t at = 0; at + 1 < in.size(); ++at)
        if (in[at] == 0xFF && in[at + 1] == 0xDA && ++scans > scans_max) return true;
    return false;
}

/// Decoded no larger than is kept: libjpeg-turbo leaves the rest out as it decodes.
result<pixels> decode_jpeg(base::byte_view in, std::int64_t most) {
    const turbo_handle turbo(tjInitDecompress());
    if (!turbo) return refuse(code::internal, "No decoder for pictures could be made.");
    int width = 0;
    int height = 0;
    int sampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(turbo.get(), in.data(), in.size(), &width, &height, &sampling, &colours) != 0)
        return damaged();
    CHECK(check_size(width, height, most));
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return unfit("kind", "The picture is made for a printing press (CMYK); send a photo or a scan.");
    if (has_many_scans(in)) return unfit("kind", "The picture has too many scans; send a photo or a scan.");
    pixels out{width, height, {}};
    int count = 0;
    const auto* factors = tjGetScalingFactors(&count);
    int best = 0;
    for (int i = 0; i < count && std::max(width, height) > side_max; ++i) {
        const int w = TJSCALED(width, factors[i]);
        const int h = TJSCALED(height, factors[i]);
        if (std::max(w, h) > side_max || std::max(w, h) <= best) continue;
        best = std::max(w, h);
        out.width = w;
        out.height = h;
    }
    if (std::max(out.width, out.height) > side_max)
        return unfit("kind", "The picture is far longer than it is wide; send a photo or a scan.");
    out.data.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * rgb);
    if (tjDecompress2(turbo.get(), in.data(), in.size(), out.data.data(), out.width, 0, out.height, TJPF_RGB,
                      TJFLAG_LIMITSCANS) == 0)
        return out;
    // Cameras write odd things that every viewer passes over; what is torn is not kept.
    const bool is_odd_only = tjGetErrorCode(turbo.get()) == TJERR_WARNING &&
                             !std::string_view(tjGetErrorStr2(turbo.get())).contains("remature");
    return is_odd_only ? result<pixels>(std::move(out)) : damaged();
}

struct png_end {
    png_image of{};
    png_end() { of.version = PNG_IMAGE_VERSION; }
    ~png_end() { png_image_free(&of); }
    png_end(const png_end&) = delete;
    png_end& operator=(const png_end&) = delete;
};

/// What is see-through becomes white.
result<pixels> decode_png(base::byte_view in, std::int64_t most) {
    png_end png;
    if (png_image_begin_read_from_memory(&png.of, in.data(), in.size()) == 0) return damaged();
    CHECK(check_size(png.of.width, png.of.height, most));
    png.of.format = PNG_FORMAT_RGB;
    pixels out{static_cast<int>(png.of.width), static_cast<int>(png.of.height), {}};
    out.data.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * rgb);
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&png.of, &white, out.data.data(), 0, nullptr) == 0) return damaged();
    return out;
}

result<base::bytes> encode(const pixels& in) {
    const turbo_handle turbo(tjInitCompress());
    if (!turbo) return refuse(code::internal, "No encoder for pictures could be made.");
    unsigned char* made = nullptr;
    unsigned long size = 0;
    const int outcome = tjCompress2(turbo.get(), in.data.data(), in.width, 0, in.height, TJPF_RGB, &made, &size,
                                    TJSAMP_420, quality, 0);
    const std::unique_ptr<unsigned char, decltype(&tjFree)> owned(made, &tjFree);
    if (outcome != 0) return refuse(code::internal, "The picture could not be written anew.");
    return base::bytes(made, made + size);
}

/// As the camera was held: EXIF's eight ways are a turn, a mirror, or both.
pixels set_upright(pixels in, int orientation) {
    if (orientation == 1) return in;
    const bool turned = orientation >= 5;
    pixels out{turned ? in.height : in.width, turned ? in.width : in.height, {}};
    out.data.resize(in.data.size());
    for (int y = 0; y < out.height; ++y)
        for (int x = 0; x < out.width; ++x) {
            int from_x = turned ? y : x;
            int from_y = turned ? x : y;
            if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
                from_x = in.width - 1 - from_x;
            if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
                from_y = in.height - 1 - from_y;
            const auto from = (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(in.width) +
                               static_cast<std::size_t>(from_x)) *
                              rgb;
            const auto to =
                (static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width) + static_cast<std::size_t>(x)) * rgb;
            std::copy_n(in.data.begin() + static_cast<std::ptrdiff_t>(from), rgb,
                        out.data.begin() + static_cast<std::ptrdiff_t>(to));
        }
    return out;
}

bool starts_with(base::byte_view in, std::string_view what) {
    return in.size() >= what.size() && base::text(in.first(what.size())) == what;
}

result<cleaned> clean_jpeg(base::byte_view in, std::int64_t most) {
    TRY(decoded, decode_jpeg(in, most));
    TRY(written, encode(set_upright(std::move(decoded), orientation_of(in))));
    return cleaned{media::jpeg, std::move(written)};
}

/// A large one is made smaller on its way through the other decoder.
result<cleaned> clean_png(base::byte_view in, std::int64_t most) {
    TRY(decoded, decode_png(in, most));
    const bool is_large = std::max(decoded.width, decoded.height) > side_max;
    TRY(written, encode(decoded));
    decoded = {};
    if (is_large) return clean_jpeg(written, most);
    return cleaned{media::jpeg, std::move(written)};
}

bool ends_name(char c) { return std::string_view("\0\t\n\f\r ()<>[]{}/%", 15).contains(c); }

/// The name that begins behind a slash, as it is meant: ISO 32000-1 §7.3.5 has it written with #xx as well.
std::string name_at(std::string_view in) {
    constexpr std::size_t longest = 24;
    std::string out;
    for (std::size_t i = 0; i < in.size() && !ends_name(in[i]) && out.size() < longest; ++i) {
        unsigned value = 0;
        const auto* digits = in.data() + i + 1;
        const bool escaped =
            in[i] == '#' && i + 2 < in.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
        out += escaped ? static_cast<char>(value) : in[i];
        if (escaped) i += 2;
    }
    return out;
}

/// A program, another program to be called, a file inside, something to be done when it is opened (to show a page first
/// is no such thing). Of what is packed nothing is seen here: reviewers' viewers run nothing (docs/operating.md).
bool does_something(std::string_view all) {
    constexpr std::array acts{"JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia"};
    for (auto at = all.find('/'); at != std::string_view::npos; at = all.find('/', at + 1)) {
        const auto name = name_at(all.substr(at + 1));
        if (std::ranges::find(acts, name) != acts.end()) return true;
        if (name != "OpenAction") continue;
        const auto behind = all.find_first_of("[<0123456789", at + 1 + name.size());
        if (behind != std::string_view::npos && all[behind] != '[') return true;
    }
    return false;
}

/// ISO 32000-1 §7.5: a head, and an end in the last kilobyte. Whoever must decide about it has to be able to read it.
result<cleaned> keep_pdf(base::byte_view in) {
    constexpr std::size_t tail = 1024;
    const auto all = base::text(in);
    if (!all.substr(all.size() - std::min(all.size(), tail)).contains("%%EOF"))
        return unfit("damaged", "The PDF has no end; send it again.");
    if (all.contains("/Encrypt")) return unfit("encrypted", "The PDF is protected with a password; send it without.");
    if (does_something(all))
        return unfit("active", "The PDF holds a program or another file; send a plain one, or a picture of it.");
    return cleaned{media::pdf, base::bytes(in.begin(), in.end())};
}

}  // namespace

looks look(base::byte_view what) {
    using namespace std::string_view_literals;
    if (starts_with(what, "\xFF\xD8\xFF"sv)) return looks::jpeg;
    if (starts_with(what, "\x89PNG\r\n\x1A\n"sv)) return looks::png;
    if (starts_with(what, "%PDF-"sv)) return looks::pdf;
    // ISO/IEC 14496-12 §4.3: a box `ftyp` with the brand.
    constexpr std::array heic{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv, "mif1"sv, "msf1"sv};
    if (what.size() >= 12 && base::text(what.subspan(4, 4)) == "ftyp"sv &&
        std::ranges::find(heic, base::text(what.subspan(8, 4))) != heic.end())
        return looks::heic;
    return looks::other;
}

result<cleaned> clean(base::byte_view what, std::int64_t most) {
    if (what.size() > upload_max)
        return refuse(code::too_large, "A document has at most 8 MiB.", {{"max_bytes", std::to_string(upload_max)}});
    switch (look(what)) {
        case looks::jpeg: return clean_jpeg(what, most);
        case looks::png: return clean_png(what, most);
        case looks::pdf: return keep_pdf(what);
        case looks::heic:
            return refuse(
                code::document_unfit,
                "This is a HEIC picture, as iPhones make them, which not every reviewer can open. On the "
                "iPhone choose Settings, Camera, Formats, Most Compatible and take it again, or send a "
                "screenshot of it.",
                {{"why", "heic"},
                 {"words_zh",
                  "这是 iPhone 拍摄的 HEIC 照片，审核人员可能无法打开。请在 iPhone 的“设置 > 相机 > 格式”中选择"
                  "“兼容性最佳”后重新拍摄，或发送该照片的截图。"}});
        case looks::other: break;
    }
    return unfit("kind", "Send a JPEG or PNG picture, or a PDF.");
}

}  // namespace keepline::image
