#include "print/pdf_language.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace keepline::print {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view catalog_begin = "<< /Type /Catalog\n";

bool is_language_tag(std::string_view text) {
    constexpr std::size_t tag_max = 35;  // RFC 5646 §4.4.1
    return !text.empty() && text.size() <= tag_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// The number after `name`, as it stands there.
std::optional<std::string> number_after(std::string_view name, std::string_view in) {
    const auto at = in.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = in.substr(at + name.size());
    const auto number = rest.substr(0, rest.find_first_not_of(digits));
    constexpr std::size_t digits_max = 10;  // of an offset in the table
    if (number.empty() || number.size() > digits_max) return std::nullopt;
    return std::string(number);
}

/// As the table of objects has it: ten digits.
std::string in_table(std::size_t offset) {
    auto out = std::to_string(offset);
    constexpr std::size_t offset_digits = 10;
    return std::string(offset_digits - std::min(offset_digits, out.size()), '0') + out;
}

}  // namespace

std::string in_language(std::string pdf, std::string_view language) {
    constexpr std::string_view table_at = "startxref\n";
    const std::string_view all(pdf);
    const auto end = all.rfind(table_at);
    if (!is_language_tag(language) || end == std::string_view::npos) return pdf;
    const auto before = number_after(table_at, all.substr(end));
    std::uint64_t table = 0;
    if (before) std::from_chars(before->data(), before->data() + before->size(), table);
    if (table == 0 || table >= end || !all.substr(table).starts_with("xref\n")) return pdf;
    const auto trailer = all.find("trailer\n", table);
    if (trailer == std::string_view::npos || trailer > end) return pdf;
    const auto size = number_after("/Size ", all.substr(trailer, end - trailer));
    const auto root = number_after("/Root ", all.substr(trailer, end - trailer));
    const auto info = number_after("/Info ", all.substr(trailer, end - trailer));
    if (!size || !root || !info) return pdf;

    const auto object = *root + " 0 obj\n";
    const auto catalog = all.substr(0, table).rfind("\n" + object + std::string(catalog_begin));
    const auto catalog_end = all.substr(0, table).rfind("endobj\n");
    if (catalog == std::string_view::npos || catalog_end == std::string_view::npos || catalog_end < catalog) return pdf;
    const auto from = catalog + 1 + object.size() + catalog_begin.size();
    const std::string rest(all.substr(from, catalog_end - from));  // of the catalog, which is the last object
    if (rest.contains("endobj") || rest.contains("/Lang")) return pdf;

    const auto at = pdf.size();
    pdf += object;
    pdf.append(catalog_begin).append("   /Lang (").append(language).append(")\n").append(rest).append("endobj\n");
    const auto new_table = pdf.size();
    pdf += "xref\n" + *root + " 1\n" + in_table(at) + " 00000 n \n";
    pdf += "trailer\n<< /Size " + *size + "\n   /Root " + *root + " 0 R\n   /Info " + *info + " 0 R\n   /Prev " +
           *before + "\n>>\nstartxref\n" + std::to_string(new_table) + "\n%%EOF\n";
    return pdf;
}

}  // namespace keepline::print
