// The file that an import or a plan reads: its format, its encoding, and its rows as they come. One thread.
#pragma once

#include "app/import_rows.hpp"

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

namespace keepline::app {

struct import_file_options {
    std::string file;
    std::string format;    // "csv", "ndjson"; empty: by the file's ending
    std::string encoding;  // empty: UTF-8 or UTF-16
};

class import_source {
 public:
    static result<std::unique_ptr<import_source>> open(const import_file_options& how);
    row_reader& rows() { return *rows_; }
    row_format format() const { return format_; }
    std::uintmax_t bytes() const { return bytes_; }
    std::istream& stream() { return file_; }

 private:
    std::ifstream file_;
    std::unique_ptr<std::istream> converted_;
    row_format format_ = row_format::csv;
    std::uintmax_t bytes_ = 0;
    std::unique_ptr<row_reader> rows_;
};

}  // namespace keepline::app
