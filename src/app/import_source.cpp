#include "app/import_source.hpp"

#include "app/text_encoding.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace keepline::app {

namespace {

bool is_workbook(const std::string& file) {
    auto ending = std::filesystem::path(file).extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending == ".xlsx" || ending == ".xls" || ending == ".xlsm" || ending == ".ods" || ending == ".numbers";
}

}  // namespace

result<std::unique_ptr<import_source>> import_source::open(const import_file_options& how) {
    if (how.file.empty()) return base::refuse(base::code::invalid, "Name the file. See keepline import --help.");
    const auto format = how.format == "csv"      ? std::optional(row_format::csv)
                        : how.format == "ndjson" ? std::optional(row_format::ndjson)
                                                 : format_of(how.file);
    if (!format && is_workbook(how.file))
        return base::refuse(base::code::invalid,
                            how.file + " is a workbook. Save the sheet as “CSV UTF-8” and import that file.");
    if (!format)
        return base::refuse(base::code::invalid,
                            how.file + ": say --format csv or --format ndjson (the name ends in neither).");
    auto out = std::make_unique<import_source>();
    out->format_ = *format;
    out->file_.open(how.file, std::ios::binary);
    std::error_code failure;
    if (!out->file_ || !std::filesystem::exists(how.file, failure))
        return base::refuse(base::code::not_found, "There is no file " + how.file + ", or it cannot be read.");
    const auto bytes = std::filesystem::file_size(how.file, failure);
    if (!failure) out->bytes_ = bytes;
    TRY(converted, as_utf8(out->file_, how.encoding));
    out->converted_ = std::move(converted);
    TRY(rows, read_rows(out->converted_ ? *out->converted_ : static_cast<std::istream&>(out->file_), *format));
    out->rows_ = std::move(rows);
    return out;
}

}  // namespace keepline::app
