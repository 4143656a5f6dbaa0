// The rows of an import file, from CSV (RFC 4180, a heading row first) or NDJSON, each turned into the body of
// POST /v1/lines/import (schema ImportedLine). Whether the facts are right is judged there, by one set of rules; here
// only what the file's form itself gets wrong. What spreadsheets do to a
// file is undone or named (csv_cells.hpp). The text may be hostile. One thread.
#pragma once

#include "base/error.hpp"

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

using base::result;

enum class row_format { csv, ndjson };

/// From the file's ending: .csv; .ndjson, .jsonl, .json.
std::optional<row_format> format_of(std::string_view file_name);

struct import_row {
    std::size_t line = 0;  // where it begins in the file
    std::string text;      // as it stands there
    result<std::string> body;
    std::string records{};     // body of PUT /v1/lines/{id}/records, where the row has them
    std::string subscriber{};  // its id, as far as it could be read
    std::vector<std::pair<std::string_view, std::string>> identifiers{};  // column and value: no two rows share one
    std::string said_of_subscriber{};                                     // the same in all rows of one subscriber
};

class row_reader {
 public:
    virtual ~row_reader() = default;
    /// The next row, good or bad; nothing at the end. Empty lines are skipped.
    virtual std::optional<import_row> next() = 0;
    /// Of a CSV: rejected rows in the file's own form with a column `reason`, to be mended and imported again. Empty:
    /// the format has no such form.
    virtual std::string reject_headings() const { return {}; }
    virtual std::string reject_row(std::string_view text, std::string_view reason) const {
        static_cast<void>(reason);
        return std::string(text);
    }
};

/// code::invalid when the headings of a CSV are not those of `csv_columns()`.
result<std::unique_ptr<row_reader>> read_rows(std::istream& in, row_format format);

struct csv_column {
    std::string_view name;
    std::string_view what;  // for --help
    bool needed = false;
};
const std::vector<csv_column>& csv_columns();

/// One NDJSON row: {"subscriber": {…}, "line": {…}, "records": {…}}; the members of `line` may also stand beside
/// `subscriber`.
import_row ndjson_row(std::size_t line, std::string text);
/// One CSV row; `headings` are known columns. Where the cells are not apart by commas, a comma may be the decimal sign.
import_row csv_row(std::size_t line, const std::vector<std::string>& headings, const std::vector<std::string>& cells,
                   std::string text, char delimiter = ',');

/// Splits one CSV record; nothing when a quote is not closed or stands where it may not. Spaces before a quote are
/// taken.
std::optional<std::vector<std::string>> split_csv(std::string_view record, char delimiter = ',');

/// A refusal of the API about a CSV's row, in the names of its columns.
base::error in_columns(base::error why, const import_row& row);

}  // namespace keepline::app
