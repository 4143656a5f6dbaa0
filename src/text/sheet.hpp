// What stands on a sheet of paper, or on a page, as plain values: headings, paragraphs, tables of names with their
// values. How it looks is for whoever shows it: `html_of` here, print/pdf.hpp. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keepline::text {

/// Not escaped, and in no markup.
struct sheet_line {
    std::string words;
    bool strong = false;
    bool small = false;
};
struct sheet_row {
    std::string name;
    std::vector<sheet_line> values;  // one below the other
};

enum class sheet_part_kind { issuer, title, heading, paragraph, small, code, table };
struct sheet_part {
    sheet_part_kind kind = sheet_part_kind::paragraph;
    std::string words{};            // of everything but a table
    std::vector<sheet_row> rows{};  // of a table
};

struct sheet {
    std::vector<sheet_part> parts;

    void add(sheet_part_kind kind, std::string words) { parts.push_back({kind, std::move(words), {}}); }
    void begin_table() { parts.push_back({sheet_part_kind::table, {}, {}}); }
    /// Into the table that was begun last.
    void row(std::string name, std::vector<sheet_line> values) {
        parts.back().rows.push_back({std::move(name), std::move(values)});
    }
    void row(std::string name, std::string value) { row(std::move(name), {sheet_line{std::move(value)}}); }
};

/// What stands in a page's `main`: escaped, without script, image or link.
std::string html_of(const sheet& what);

}  // namespace keepline::text
