// Where a command reads and writes: streams, whether a person watches, the environment. And how it prints: values as
// JSON for machines, the same values as indented words for people. One thread.
#pragma once

#include "app/config.hpp"

#include <iosfwd>
#include <string>

#include <boost/json/value.hpp>

namespace keepline::app {

struct console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool err_is_terminal = false;
    environment env;

    std::string variable(std::string_view name) const;  // empty: not set
};

/// Nested objects indented, money as "12.30 CNY", lists of plain values on one line, no braces and no quotes.
std::string words_of(const boost::json::value& value);

/// Rows under their headings, padded; the last column is not.
std::string table(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows);

/// Replaces bytes that are not UTF-8 and control characters other than line ends, which could drive a terminal.
std::string printable(std::string_view text);

}  // namespace keepline::app
