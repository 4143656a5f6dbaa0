#include "app/import_rows.hpp"

#include "app/console.hpp"
#include "app/csv_cells.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <istream>
#include <limits>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t max_row_bytes = 16UL * 1024 * 1024;  // as large as the API takes records
constexpr std::size_t max_row_lines = 10'000;              // of one CSV record with quoted line ends
constexpr std::string_view reason_column = "reason";       // of rejected rows: written by us, read over

/// One line without its end ("\n" or "\r\n"; "\r" where the file has no other); false at the end of the file.
bool read_line(std::istream& in, std::string& out, char end = '\n') {
    if (!std::getline(in, out, end)) return false;
    if (out.ends_with('\r')) out.pop_back();
    return true;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

void drop_byte_order_mark(std::string& line) {
    if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
}

// -- what a CSV cell means

using row_cells = std::vector<std::pair<std::string_view, std::string_view>>;

std::string_view cell(const row_cells& row, std::string_view name) {
    const auto found = std::ranges::find(row, name, [](const auto& one) { return one.first; });
    return found == row.end() ? std::string_view() : found->second;
}

void put(json::object& into, std::string_view member, std::string_view value) {
    if (!value.empty()) into[member] = value;
}

base::error mistake(std::string_view column, std::string_view words) { return column_mistake(column, words); }

/// "12.30" in minor units of the currency; exact, no floating point.
/// `comma`: it is the decimal sign, in a file whose cells are not apart by commas.
result<json::object> money_of(std::string_view column, std::string_view given, std::string_view currency, bool comma) {
    if (!base::is_currency(currency))
        return std::unexpected(mistake("currency", "must be a currency such as CNY, because there is an amount."));
    const auto wrong = [&] {
        const bool has_comma = given.contains(',');
        return std::unexpected(mistake(
            column, "must be an amount such as 12.30, with at most " + std::to_string(base::minor_digits(currency)) +
                        " decimals" +
                        (!has_comma ? "."
                         : comma    ? " and nothing between the thousands."
                                    : "; a decimal comma is taken where the cells are apart by semicolons or tabs.")));
    };
    std::string plain(given);
    if (comma && std::ranges::count(plain, ',') == 1 && !plain.contains('.')) std::ranges::replace(plain, ',', '.');
    std::string_view text = plain;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, point);
    const auto decimals = point == text.size() ? std::string_view() : text.substr(point + 1);
    const auto digits = static_cast<std::size_t>(base::minor_digits(currency));
    if (whole.empty() || decimals.size() > digits || (point < text.size() && decimals.empty())) return wrong();
    std::int64_t minor = 0;
    for (std::size_t i = 0; i < whole.size() + digits; ++i) {
        const char c = i < whole.size()                     ? whole[i]
                       : i - whole.size() < decimals.size() ? decimals[i - whole.size()]
                                                            : '0';
        if (c < '0' || c > '9' || minor > (std::numeric_limits<std::int64_t>::max() - 9) / 10) return wrong();
        minor = minor * 10 + (c - '0');
    }
    return json::object{{"minor", negative ? -minor : minor}, {"currency", currency}};
}

result<bool> flag_of(std::string_view column, std::string_view text) {
    if (text.empty() || text == "false" || text == "no" || text == "0") return false;
    if (text == "true" || text == "yes" || text == "1") return true;
    return std::unexpected(mistake(column, "must be true or false."));
}

result<json::object> subscriber_of(const row_cells& row) {
    json::object person;
    for (const std::string_view name : {"full_name", "document_kind", "refund_holder", "refund_bic"})
        put(person, name, cell(row, name));
    for (const std::string_view name : {"document_number", "refund_iban"}) {
        TRY(plain, plain_cell(name, cell(row, name)));
        put(person, name, plain);
    }
    json::array contacts;
    const auto contact = [&](std::string_view column, std::string_view by) -> result<void> {
        std::string address(cell(row, column));
        if (by == "sms") {
            TRY(number, number_cell(column, address));
            address = std::move(number);
        }
        if (address.empty()) return {};
        const auto flag = std::string(column) + "_verified";
        TRY(verified, flag_of(flag, cell(row, flag)));
        contacts.push_back(json::object{{"id", column}, {"by", by}, {"address", address}, {"verified", verified}});
        return {};
    };
    CHECK(contact("phone", "sms"));
    CHECK(contact("mail", "mail"));
    json::object out;
    put(out, "id", cell(row, "subscriber"));
    const auto language = cell(row, "language");
    out["language"] = language.empty() ? std::string_view("zh-CN") : language;
    out["person"] = std::move(person);
    if (!contacts.empty()) out["contacts"] = std::move(contacts);
    return out;
}

result<void> add_contract(json::object& line, const row_cells& row, std::string_view currency, bool comma) {
    if (cell(row, "contract_ends").empty()) {
        for (const std::string_view other : {"contract_monthly", "contract_fee", "contract_document"})
            if (!cell(row, other).empty())
                return std::unexpected(mistake("contract_ends", "is needed for a contract, such as 2027-06-30."));
        return {};
    }
    json::object contract;
    TRY(ends, date_cell("contract_ends", cell(row, "contract_ends")));
    contract["ends"] = ends;
    for (const auto& [column, member] : {std::pair{"contract_monthly", "monthly"}, {"contract_fee", "fixed_fee"}}) {
        const auto text = cell(row, column);
        TRY(amount, money_of(column, text.empty() ? "0" : text, currency, comma));
        contract[member] = std::move(amount);
    }
    contract["document"] = cell(row, "contract_document");
    line["contract"] = std::move(contract);
    return {};
}

result<json::object> line_of(const row_cells& row, bool comma) {
    json::object out;
    TRY(number, number_cell("number", cell(row, "number")));
    put(out, "number", number);
    for (const std::string_view name : {"policy", "language"}) put(out, name, cell(row, name));
    for (const std::string_view name : {"since", "valid_until"}) {
        TRY(date, date_cell(name, cell(row, name)));
        put(out, name, date);
    }
    const auto currency = cell(row, "currency");
    for (const std::string_view name : {"balance", "bonus", "debt"}) {
        if (cell(row, name).empty()) continue;
        TRY(amount, money_of(name, cell(row, name), currency, comma));
        out[name] = std::move(amount);
    }
    CHECK(add_contract(out, row, currency, comma));
    json::object profile;
    for (const std::string_view name : {"iccid", "imsi", "eid"}) {
        TRY(digits, identifier_cell(name, cell(row, name)));
        put(profile, name, digits);
    }
    put(profile, "state", cell(row, "profile_state"));
    if (!profile.empty()) out["profiles"] = json::array{std::move(profile)};
    return out;
}

/// What no other row of the file may have as well.
void note_identifiers(import_row& into, const json::object& line) {
    const auto note = [&](std::string_view kind, const json::object& from, std::string_view member) {
        const auto* value = from.if_contains(member);
        if (value != nullptr && value->is_string())
            into.identifiers.emplace_back(kind, std::string(value->get_string()));
    };
    note("number", line, "number");
    const auto* profiles = line.if_contains("profiles");
    if (profiles == nullptr || !profiles->is_array()) return;
    for (const auto& one : profiles->get_array())
        if (one.is_object()) {
            note("iccid", one.get_object(), "iccid");
            note("imsi", one.get_object(), "imsi");
        }
}

void note_facts(import_row& into, const json::object& body) {
    if (const auto* line = body.if_contains("line"); line != nullptr && line->is_object())
        note_identifiers(into, line->get_object());
    const auto* subscriber = body.if_contains("subscriber");
    if (subscriber == nullptr || !subscriber->is_object()) return;
    if (const auto* id = subscriber->get_object().if_contains("id"); id != nullptr && id->is_string())
        into.subscriber = id->get_string();
    into.said_of_subscriber = json::serialize(*subscriber);
}

result<json::object> body_of(const row_cells& row, bool comma) {
    for (const auto& [name, value] : row)
        if (printable(value) != value)
            return std::unexpected(mistake(name, "holds bytes that are no UTF-8 text, or control characters."));
    for (const auto& column : csv_columns())
        if (column.needed && cell(row, column.name).empty()) return std::unexpected(mistake(column.name, "is empty."));
    TRY(subscriber, subscriber_of(row));
    TRY(line, line_of(row, comma));
    return json::object{{"subscriber", std::move(subscriber)}, {"line", std::move(line)}};
}

/// {"number", …, "subscriber"} as {"subscriber", "line": {"number", …}}.
json::object nested(json::object flat) {
    json::object out;
    if (auto* subscriber = flat.if_contains("subscriber"); subscriber != nullptr) {
        out["subscriber"] = std::move(*subscriber);
        flat.erase("subscriber");
    }
    out["line"] = std::move(flat);
    return out;
}

// -- the readers

class ndjson_reader final : public row_reader {
 public:
    explicit ndjson_reader(std::istream& in) : in_(in) {}
    std::optional<import_row> next() override {
        std::string line;
        while (read_line(in_, line)) {
            if (++line_ == 1) drop_byte_order_mark(line);
            if (!is_blank(line)) return ndjson_row(line_, std::move(line));
        }
        return std::nullopt;
    }

 private:
    std::istream& in_;
    std::size_t line_ = 0;
};

/// The sign between the cells: what the headings have most of. A file that Excel wrote where the comma is the decimal
/// sign has semicolons.
char delimiter_in(std::string_view headings) {
    char best = ',';
    for (const char mark : {';', '\t', '|'})
        if (std::ranges::count(headings, mark) > std::ranges::count(headings, best)) best = mark;
    return best;
}

/// "sep=;": Excel's own first line.
std::optional<char> separator_line(std::string_view record) {
    if (record.size() >= 2 && record.front() == '"' && record.back() == '"')
        record = record.substr(1, record.size() - 2);
    if (record.size() == 5 && record.starts_with("sep=")) return record.back();
    return std::nullopt;
}

std::string in_lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::unexpected<base::error> bad_heading(std::size_t line, const std::string& words) {
    return base::refuse(base::code::invalid, "Line " + std::to_string(line) + ": " + words);
}

class csv_reader final : public row_reader {
 public:
    explicit csv_reader(std::istream& in) : in_(in) {}

    result<void> read_headings() {
        find_line_end();
        auto record = next_record();
        if (!record) return base::refuse(base::code::invalid, "The file is empty; the first row names the columns.");
        drop_byte_order_mark(*record);
        if (const auto mark = separator_line(*record)) {
            delimiter_ = *mark;
            record = next_record();
            if (!record)
                return base::refuse(base::code::invalid, "The file is empty; the first row names the columns.");
        } else {
            delimiter_ = delimiter_in(*record);
        }
        auto cells = split_csv(*record, delimiter_);
        if (!cells) return bad_heading(begun_at_, "the quotes do not match.");
        for (auto& heading : *cells) heading = in_lower_case(without_margins(heading));
        while (!cells->empty() && cells->back().empty()) cells->pop_back();
        CHECK(check_headings(*cells));
        headings_ = std::move(*cells);
        return {};
    }

    std::optional<import_row> next() override {
        for (;;) {
            auto record = next_record();
            if (!record) return std::nullopt;
            if (is_blank(*record)) continue;
            auto cells = split_csv(*record, delimiter_);
            if (!cells) {
                auto refused = base::refuse(base::code::invalid, "The quotes of this row do not match.");
                return import_row{begun_at_, std::move(*record), std::move(refused)};
            }
            trim(*cells);
            if (std::ranges::all_of(*cells, &std::string::empty)) continue;  // a row of commas
            return csv_row(begun_at_, headings_, *cells, std::move(*record), delimiter_);
        }
    }

    std::string reject_headings() const override {
        std::string out;
        for (const auto& heading : headings_)
            if (heading != reason_column) out += heading + delimiter_;
        return out + std::string(reason_column);
    }
    std::string reject_row(std::string_view text, std::string_view reason) const override {
        std::vector<std::string> kept;
        auto cells = split_csv(text, delimiter_);
        if (cells) trim(*cells);
        // Filled up or put together it would look right, and be taken the next time as nobody meant it.
        if (cells && cells->size() == headings_.size()) {
            for (std::size_t i = 0; i < headings_.size(); ++i)
                if (headings_[i] != reason_column) kept.push_back((*cells)[i]);
        } else {
            kept.emplace_back(text);
            while (kept.size() + std::size_t(std::ranges::count(headings_, reason_column)) < headings_.size())
                kept.emplace_back();
        }
        kept.emplace_back(reason);
        std::string out;
        for (const auto& one : kept)
            out += (out.empty() && &one == &kept.front() ? "" : std::string(1, delimiter_)) + quoted(one);
        return out;
    }

 private:
    /// Old Macs end a line by "\r" alone.
    void find_line_end() {
        std::string line;
        const auto begin = in_.tellg();
        std::getline(in_, line);
        const auto at = line.find('\r');
        if (at != std::string::npos && at + 1 < line.size()) end_ = '\r';
        if (in_.eof() && at != std::string::npos) end_ = '\r';
        in_.clear();
        in_.seekg(begin);
    }

    result<void> check_headings(const std::vector<std::string>& cells) const {
        if (cells.empty()) return bad_heading(begun_at_, "there are no headings; the first row names the columns.");
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto& heading = cells[i];
            if (heading.empty())
                return bad_heading(
                    begun_at_, "column " + std::to_string(i + 1) + " has no heading: name it, or take the column out.");
            if (heading != reason_column &&
                std::ranges::find(csv_columns(), heading, &csv_column::name) == csv_columns().end())
                return bad_heading(begun_at_,
                                   "`" + printable(heading) + "` is not a known column. See keepline import --help.");
            if (std::ranges::count(cells, heading) > 1)
                return bad_heading(begun_at_, "the column `" + heading + "` is there twice.");
        }
        for (const auto& column : csv_columns())
            if (column.needed && std::ranges::find(cells, column.name) == cells.end())
                return bad_heading(begun_at_, "the column `" + std::string(column.name) + "` is missing.");
        return {};
    }

    /// What cannot be seen around a cell, and empty cells behind the last column.
    void trim(std::vector<std::string>& cells) const {
        for (auto& one : cells)
            if (const auto inner = without_margins(one); inner.size() != one.size()) one = std::string(inner);
        while (cells.size() > headings_.size() && cells.back().empty()) cells.pop_back();
    }

    std::string quoted(const std::string& text) const {
        if (text.find_first_of(std::string("\"\r\n") + delimiter_) == std::string::npos) return text;
        std::string out = "\"";
        for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        return out + '"';
    }

    /// A record goes on over line ends while a quote is open.
    std::optional<std::string> next_record() {
        std::string record;
        std::string line;
        begun_at_ = line_ + 1;
        bool open = false;
        for (std::size_t lines = 0; read_line(in_, line, end_); ++lines) {
            ++line_;
            record += (lines == 0 ? "" : "\n") + line;
            open = open != (std::ranges::count(line, '"') % 2 != 0);
            if (!open || record.size() > max_row_bytes || lines > max_row_lines) return record;
        }
        if (record.empty()) return std::nullopt;
        return record;
    }

    std::istream& in_;
    std::vector<std::string> headings_;
    char delimiter_ = ',';
    char end_ = '\n';
    std::size_t line_ = 0;
    std::size_t begun_at_ = 0;
};

}  // namespace

std::optional<row_format> format_of(std::string_view file_name) {
    if (file_name.ends_with(".csv")) return row_format::csv;
    for (const std::string_view ending : {".ndjson", ".jsonl", ".json"})
        if (file_name.ends_with(ending)) return row_format::ndjson;
    return std::nullopt;
}

const std::vector<csv_column>& csv_columns() {
    static const std::vector<csv_column> columns{
        {"number", "the number, +8613800138000", true},
        {"policy", "id of its policy: keepline policy list", true},
        {"subscriber", "your reference of the subscriber: 1 to 64 of a-z 0-9 . _ -", true},
        {"since", "when the line began: 2024-05-01, or an RFC 3339 time", true},
        {"valid_until", "until when it is paid for", true},
        {"full_name", "the subscriber's name", true},
        {"language", "zh-CN (default) or en"},
        {"currency", "of the amounts: CNY"},
        {"balance", "prepaid money: 12.30"},
        {"bonus", "given credit"},
        {"debt", "what is owed"},
        {"iccid", "of the profile"},
        {"imsi", "of the profile"},
        {"eid", "of the eUICC that holds it"},
        {"profile_state", "released, downloaded, installed, enabled, disabled"},
        {"document_kind", "id-card, passport"},
        {"document_number", "of the identity document"},
        {"refund_iban", "account for refunds"},
        {"refund_holder", "its holder"},
        {"refund_bic", "its bank"},
        {"phone", "another phone number of the subscriber"},
        {"phone_verified", "true or false"},
        {"mail", "e-mail address"},
        {"mail_verified", "true or false"},
        {"contract_ends", "last day of a contract term: 2027-06-30"},
        {"contract_monthly", "its price of a month"},
        {"contract_fee", "a fee for leaving early that the contract names"},
        {"contract_document", "a reference of the contract"},
    };
    return columns;
}

std::optional<std::vector<std::string>> split_csv(std::string_view record, char delimiter) {
    std::vector<std::string> out(1);
    bool quoted = false;
    bool closed = false;  // this cell was quoted and its quote is closed
    for (std::size_t i = 0; i < record.size(); ++i) {
        const char c = record[i];
        if (quoted) {
            if (c != '"') {
                out.back() += c;
            } else if (i + 1 < record.size() && record[i + 1] == '"') {
                out.back() += record[++i];
            } else {
                quoted = false;
                closed = true;
            }
        } else if (c == delimiter) {
            out.emplace_back();
            closed = false;
        } else if (c == '"' && out.back().find_first_not_of(' ') == std::string::npos && !closed) {
            out.back().clear();
            quoted = true;
        } else if (c == '"' || closed) {
            return std::nullopt;
        } else {
            out.back() += c;
        }
    }
    if (quoted) return std::nullopt;
    return out;
}

namespace {

/// A place in the API's body and the column that it came from; the longer ones first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> places{{
    {"line.profiles[0].state", "profile_state"},
    {"line.profiles[0].", ""},
    {"line.contract.ends", "contract_ends"},
    {"line.contract.monthly", "contract_monthly"},
    {"line.contract.fixed_fee", "contract_fee"},
    {"line.contract.document", "contract_document"},
    {"line.", ""},
    {"subscriber.id", "subscriber"},
    {"subscriber.person.", ""},
    {"person.", ""},
    {"subscriber.contacts[1]", "mail"},
    {"contacts[1]", "mail"},
}};

std::string column_of(std::string place, const import_row& row) {
    for (const auto& [from, to] : places)
        if (place.starts_with(from)) {
            const bool whole = !to.empty();
            return whole ? std::string(to)
                         : place.substr(from.size(), place.find_first_of(".[", from.size()) - from.size());
        }
    if (place.starts_with("contacts[0]") || place.starts_with("subscriber.contacts[0]"))
        return row.said_of_subscriber.contains(R"("id":"phone")") ? "phone" : "mail";
    if (place == "subscriber.language") return "language";
    return place;
}

}  // namespace

base::error in_columns(base::error why, const import_row& row) {
    std::string words;
    std::string_view rest = why.words;
    for (;;) {
        const auto begin = rest.find('`');
        const auto end = begin == std::string_view::npos ? begin : rest.find('`', begin + 1);
        if (end == std::string_view::npos) break;
        words += std::string(rest.substr(0, begin + 1)) +
                 column_of(std::string(rest.substr(begin + 1, end - begin - 1)), row) + "`";
        rest.remove_prefix(end + 1);
    }
    why.words = words + std::string(rest);
    for (auto& one : why.data)
        if (one.name == "field") one.value = column_of(one.value, row);
    return why;
}

namespace {

/// A rejected row that had no columns: see reject_row().
bool is_kept_whole(const std::vector<std::string>& headings, const std::vector<std::string>& cells, char delimiter) {
    if (cells.size() != headings.size() || cells.size() < 2) return false;
    for (std::size_t i = 1; i < cells.size(); ++i)
        if (headings[i] != reason_column && !cells[i].empty()) return false;
    return cells.front().find(delimiter) != std::string::npos || cells.front().contains('"');
}

/// {"line", "code", "reason", "row"}: a row that was rejected, as --rejects writes it. Mended in `row`, or not.
std::optional<std::string> rejected_before(const json::object& row) {
    const auto* whole = row.if_contains("row");
    if (whole == nullptr || !whole->is_string() || !row.contains("reason") || row.contains("subscriber"))
        return std::nullopt;
    return std::string(whole->get_string());
}

}  // namespace

import_row ndjson_row(std::size_t line, std::string text) {
    import_row out{line, std::move(text), std::string()};
    if (out.text.size() > max_row_bytes) {
        out.body = base::refuse(base::code::too_large, "The row is larger than 16 MiB.");
        return out;
    }
    auto parsed = base::parse_json(out.text);
    if (!parsed) {
        out.body = std::unexpected(std::move(parsed).error());
        return out;
    }
    auto* row = parsed->if_object();
    if (row == nullptr) {
        out.body = base::refuse(base::code::invalid, "The row must be an object with `subscriber` and `line`.");
        return out;
    }
    if (const auto before = rejected_before(*row)) {
        auto again = base::parse_json(*before);
        if (!again || !again->is_object()) {
            out.body = base::refuse(base::code::invalid,
                                    "`row` is no row: it was rejected as it stands. Mend it as a JSON object.");
            return out;
        }
        parsed = std::move(again);
        row = parsed->if_object();
    }
    if (const auto* records = row->if_contains("records"); records != nullptr) {
        out.records = json::serialize(*records);
        row->erase("records");
    }
    if (!row->contains("line") && row->contains("number")) *row = nested(std::move(*row));
    note_facts(out, *row);
    out.body = json::serialize(*row);
    return out;
}

import_row csv_row(std::size_t line, const std::vector<std::string>& headings, const std::vector<std::string>& cells,
                   std::string text, char delimiter) {
    import_row out{line, std::move(text), std::string()};
    if (is_kept_whole(headings, cells, delimiter)) {
        out.body = base::refuse(base::code::invalid,
                                "This row stands whole in its first cell, as it was rejected: put what belongs in each "
                                "column there.");
        return out;
    }
    const auto in_lower = [](const std::string& cell, const std::string& heading) {
        return in_lower_case(cell) == heading;
    };
    if (std::ranges::equal(cells, headings, in_lower)) {
        out.body = base::refuse(base::code::invalid,
                                "These are the headings once more: were two files put together? Take the line out.");
        return out;
    }
    if (cells.size() != headings.size()) {
        out.body =
            base::refuse(base::code::invalid, "The row has " + std::to_string(cells.size()) + " cells, but there are " +
                                                  std::to_string(headings.size()) + " columns.");
        return out;
    }
    row_cells row;
    for (std::size_t i = 0; i < cells.size(); ++i) row.emplace_back(headings[i], cells[i]);
    const auto body = body_of(row, delimiter != ',');
    if (!body) {
        out.body = std::unexpected(body.error());
        return out;
    }
    note_facts(out, *body);
    out.body = json::serialize(*body);
    return out;
}

result<std::unique_ptr<row_reader>> read_rows(std::istream& in, row_format format) {
    if (format == row_format::ndjson) return std::make_unique<ndjson_reader>(in);
    auto reader = std::make_unique<csv_reader>(in);
    CHECK(reader->read_headings());
    return reader;
}

}  // namespace keepline::app
