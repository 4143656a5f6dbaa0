#include "app/file_import.hpp"

#include "app/console.hpp"
#include "app/importer.hpp"
#include "app/local_api.hpp"

#include <sstream>

namespace keepline::app {

namespace {

constexpr std::size_t rows_at_once = 8;
constexpr std::size_t rows_listed = 200;  // all of them are in the CSV

}  // namespace

base::result<desk::imported_file> file_import::take(const desk::file_to_import& what) const {
    std::istringstream text(what.csv);
    TRY(rows, read_rows(text, row_format::csv));
    const auto way = make_local_api(with_, what.who, what.through);
    desk::imported_file out;
    std::string rejects;
    import_watch watch;
    watch.rejected = [&](const rejected_row& row) {
        const auto words = printable(row.why.words);
        if (out.rejected_rows.size() < rows_listed)
            out.rejected_rows.push_back(
                {static_cast<std::int64_t>(row.line), std::string(base::info(row.why.what).id), words});
        rejects += rows->reject_row(row.text, words) + '\n';
    };
    import_counts counts;
    const auto done = import_lines(
        *rows, *way, {.senders = rows_at_once, .update = what.update, .columns = true, .run = what.run}, watch, counts);
    if (!done) return std::unexpected(done.error());
    out.rows = static_cast<std::int64_t>(counts.rows);
    out.added = static_cast<std::int64_t>(counts.added);
    out.known = static_cast<std::int64_t>(counts.known);
    out.changed = static_cast<std::int64_t>(counts.changed);
    out.rejected = static_cast<std::int64_t>(counts.rejected);
    if (!rejects.empty()) out.rejects = rows->reject_headings() + '\n' + rejects;
    return out;
}

}  // namespace keepline::app
