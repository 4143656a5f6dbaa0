#include "app/text_encoding.hpp"

#include "base/utf8.hpp"

#include <array>
#include <cstdint>
#include <iconv.h>
#include <optional>
#include <sstream>
#include <vector>

namespace keepline::app {

namespace {

constexpr std::size_t chunk_bytes = 1UL << 20U;
constexpr std::size_t converted_max_bytes = 1UL << 30U;  // it is held in memory

/// What is no text at all, by how it begins: workbooks, and UTF-16 without the mark that would say so (every second
/// byte of plain letters is zero).
std::optional<std::string> what_else_it_is(std::string_view beginning) {
    if (beginning.starts_with("PK\x03\x04") || beginning.starts_with("\xd0\xcf\x11\xe0"))
        return "This is a workbook (or an archive), not a text file. Save the sheet as “CSV UTF-8”.";
    if (beginning.size() < 4) return std::nullopt;
    const auto zero = [&](std::size_t at) { return beginning[at] == '\0'; };
    if (zero(1) && zero(3) && !zero(0)) return "This looks like UTF-16 without a mark: say --encoding UTF-16LE.";
    if (zero(0) && zero(2) && !zero(1)) return "This looks like UTF-16 without a mark: say --encoding UTF-16BE.";
    return std::nullopt;
}

std::unexpected<base::error> not_utf8(std::size_t line) {
    return base::refuse(base::code::invalid,
                        "Line " + std::to_string(line) +
                            " is not UTF-8 text. Save the file as “CSV UTF-8” in Excel, or say what it is: "
                            "--encoding gb18030 (Chinese Excel's “CSV”), --encoding windows-1252.");
}

result<void> check_utf8(std::istream& file) {
    std::string piece(chunk_bytes, '\0');
    base::utf8_check check;
    std::size_t line = 1;
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
        const std::string_view got(piece.data(), static_cast<std::size_t>(file.gcount()));
        const auto good = check.feed(got);
        const auto text = got.substr(0, good);
        if (good < got.size()) {
            for (const char c : text) line += c == '\n' ? 1U : 0U;
            return not_utf8(line);
        }
        for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ++line;
    }
    if (!check.whole()) return not_utf8(line);
    file.clear();
    file.seekg(0);
    return {};
}

result<std::string> converted(const std::string& text, const std::string& from) {
    const auto how = iconv_open("UTF-8", from.c_str());
    if (how == reinterpret_cast<iconv_t>(-1))  // NOLINT: iconv's own form of failure
        return base::refuse(base::code::invalid, "`" + from + "` is no encoding that this machine knows.");
    const std::unique_ptr<void, int (*)(void*)> owned(how, [](void* one) { return iconv_close(one); });
    std::string out;
    std::vector<char> room(chunk_bytes);
    auto* in = const_cast<char*>(text.data());  // iconv takes it so and does not write there
    std::size_t left = text.size();
    while (left > 0) {
        auto* to = room.data();
        std::size_t free = room.size();
        const auto done = iconv(how, &in, &left, &to, &free);
        out.append(room.data(), room.size() - free);
        if (done != static_cast<std::size_t>(-1)) continue;
        if (errno == E2BIG) continue;
        std::size_t line = 1;
        for (const char c : out) line += c == '\n' ? 1U : 0U;
        return base::refuse(base::code::invalid,
                            "Line " + std::to_string(line) + " is not text in the encoding " + from + ".");
    }
    return out;
}

}  // namespace

result<std::unique_ptr<std::istream>> as_utf8(std::istream& file, std::string_view encoding) {
    std::array<char, 8> first{};
    file.read(first.data(), first.size());
    const std::string_view beginning(first.data(), static_cast<std::size_t>(file.gcount()));
    file.clear();
    file.seekg(0);
    std::string from(encoding);
    if (beginning.starts_with("\xff\xfe") || beginning.starts_with("\xfe\xff")) from = "UTF-16";
    if (from.empty())
        if (const auto words = what_else_it_is(beginning)) return base::refuse(base::code::invalid, *words);
    if (from.empty() || from == "utf-8") {
        CHECK(check_utf8(file));
        return nullptr;
    }
    std::string text;
    std::string piece(chunk_bytes, '\0');
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
        text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
        if (text.size() > converted_max_bytes)
            return base::refuse(base::code::too_large, "Files in this encoding are taken up to 1 GiB: split it.");
    }
    TRY(utf8, converted(text, from));
    return std::make_unique<std::istringstream>(std::move(utf8));
}

}  // namespace keepline::app
