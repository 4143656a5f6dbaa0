#include "app/reject_list.hpp"

#include "app/files.hpp"

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t shown_rejects = 100;  // on stderr; all of them go into the file

}  // namespace

result<reject_list> reject_list::open(console& at, std::function<void()> before_words, const std::string& file,
                                      const row_reader& rows) {
    reject_list out(at, std::move(before_words));
    if (file.empty()) return out;
    const auto headings = rows.reject_headings();
    if (file.ends_with(".csv") && !headings.empty()) out.form_ = &rows;
    if (file.ends_with(".csv") && headings.empty())
        return base::refuse(base::code::invalid, "Rejected rows of an NDJSON file are NDJSON: name it so.");
    CHECK(write_private_file(file, ""));  // the rows hold personal data
    out.file_.open(file, std::ios::binary | std::ios::app);
    if (!out.file_) return base::refuse(base::code::unavailable, file + " cannot be written.");
    if (out.form_ != nullptr) out.file_ << headings << '\n';
    return out;
}

void reject_list::add(const rejected_row& row) {
    if (++count_ <= shown_rejects) {
        if (before_words_) before_words_();
        at_->err << "line " << row.line << ": " << printable(row.why.words) << " (" << base::info(row.why.what).id
                 << ")\n";
    }
    if (form_ != nullptr)
        file_ << form_->reject_row(row.text, printable(row.why.words)) << '\n';
    else if (file_.is_open())
        file_ << json::serialize(json::object{{"line", row.line},
                                              {"code", base::info(row.why.what).id},
                                              {"reason", printable(row.why.words)},
                                              {"row", printable(row.text)}})
              << '\n';
}

void reject_list::finish() {
    if (count_ > shown_rejects) at_->err << "… and " << count_ - shown_rejects << " more rejected rows\n";
    if (file_.is_open()) file_.flush();
}

}  // namespace keepline::app
