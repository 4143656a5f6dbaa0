#include "text/sheet.hpp"

#include "text/html.hpp"

namespace keepline::text {

namespace {

std::string line_of(const sheet_line& one) {
    auto words = escaped(one.words);
    if (one.strong) words = "<strong>" + words + "</strong>";
    if (one.small) words = "<span class=\"small\">" + words + "</span>";
    return words;
}

std::string table_of(const std::vector<sheet_row>& rows) {
    std::string out = "<table>\n";
    for (const auto& row : rows) {
        out += "<tr><th scope=\"row\">" + escaped(row.name) + "</th><td>";
        for (std::size_t i = 0; i < row.values.size(); ++i) out += (i > 0 ? "<br>" : "") + line_of(row.values[i]);
        out += "</td></tr>\n";
    }
    return out + "</table>\n";
}

std::string part_of(const sheet_part& one) {
    using enum sheet_part_kind;
    const auto words = [&] { return escaped(one.words); };
    switch (one.kind) {
        case issuer: return "<p class=\"operator\">" + words() + "</p>\n";
        case title: return "<h1>" + words() + "</h1>\n";
        case heading: return "<h2>" + words() + "</h2>\n";
        case paragraph: return "<p>" + words() + "</p>\n";
        case small: return "<p class=\"small\">" + words() + "</p>\n";
        case code: return "<p class=\"jws\">" + words() + "</p>\n";
        case table: return table_of(one.rows);
    }
    return {};
}

}  // namespace

std::string html_of(const sheet& what) {
    std::string out;
    for (const auto& one : what.parts) out += part_of(one);
    return out;
}

}  // namespace keepline::text
