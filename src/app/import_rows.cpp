#include "app/import_rows.hpp"

#include "app/console.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <istream>
#include <limits>

namespace keepline::app {

namespace {

namespace json = boost::json;

constexpr std::size_t max_row_bytes = 16UL * 1024 * 1024;  // as large as the API takes records
constexpr std::size_t max_row_lines = 10'000;              // of one CSV record with quoted line ends

/// One line without its end ("\n" or "\r\n"); false at the end of the file.
bool read_line(std::istream& in, std::string& out) {
    if (!std::getline(in, out)) return false;
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

base::error mistake(std::string_view column, std::string_view words) {
    return {base::code::invalid,
            "Column `" + std::string(column) + "` " + std::string(words),
            {{"field", std::string(column)}}};
}

/// "12.30" in minor units of the currency; exact, no floating point.
result<json::object> money_of(std::string_view column, std::string_view text, std::string_view currency) {
    if (!base::is_currency(currency))
        return std::unexpected(mistake("currency", "must be a currency such as CNY, because there is an amount."));
    const auto wrong = [&] {
        return std::unexpected(mistake(column, "must be an amount such as 12.30, with at most " +
                                                   std::to_string(base::minor_digits(currency)) + " decimals."));
    };
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

/// A date alone is the beginning of that day in UTC.
std::string instant_text(std::string_view text) {
    return base::day_from_iso(text) ? std::string(text) + "T00:00:00Z" : std::string(text);
}

result<bool> flag_of(std::string_view column, std::string_view text) {
    if (text.empty() || text == "false" || text == "no" || text == "0") return false;
    if (text == "true" || text == "yes" || text == "1") return true;
    return std::unexpected(mistake(column, "must be true or false."));
}

result<json::object> subscriber_of(const row_cells& row) {
    json::object person;
    for (const std::string_view name :
         {"full_name", "document_kind", "document_number", "refund_iban", "refund_holder", "refund_bic"})
        put(person, name, cell(row, name));
    json::array contacts;
    const auto contact = [&](std::string_view column, std::string_view by) -> result<void> {
        const auto address = cell(row, column);
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

result<void> add_contract(json::object& line, const row_cells& row, std::string_view currency) {
    if (cell(row, "contract_ends").empty()) {
        for (const std::string_view other : {"contract_monthly", "contract_fee", "contract_document"})
            if (!cell(row, other).empty())
                return std::unexpected(mistake("contract_ends", "is needed for a contract, such as 2027-06-30."));
        return {};
    }
    json::object contract;
    contract["ends"] = cell(row, "contract_ends");
    for (const auto& [column, member] : {std::pair{"contract_monthly", "monthly"}, {"contract_fee", "fixed_fee"}}) {
        const auto text = cell(row, column);
        TRY(amount, money_of(column, text.empty() ? "0" : text, currency));
        contract[member] = std::move(amount);
    }
    contract["document"] = cell(row, "contract_document");
    line["contract"] = std::move(contract);
    return {};
}

result<json::object> line_of(const row_cells& row) {
    json::object out;
    for (const std::string_view name : {"number", "policy", "language"}) put(out, name, cell(row, name));
    for (const std::string_view name : {"since", "valid_until"}) put(out, name, instant_text(cell(row, name)));
    const auto currency = cell(row, "currency");
    for (const std::string_view name : {"balance", "bonus", "debt"}) {
        if (cell(row, name).empty()) continue;
        TRY(amount, money_of(name, cell(row, name), currency));
        out[name] = std::move(amount);
    }
    CHECK(add_contract(out, row, currency));
    json::object profile;
    for (const std::string_view name : {"iccid", "imsi", "eid"}) put(profile, name, cell(row, name));
    put(profile, "state", cell(row, "profile_state"));
    if (!profile.empty()) out["profiles"] = json::array{std::move(profile)};
    return out;
}

result<std::string> body_of(const row_cells& row) {
    for (const auto& [name, value] : row)
        if (printable(value) != value)
            return std::unexpected(mistake(name, "holds bytes that are no UTF-8 text, or control characters."));
    for (const auto& column : csv_columns())
        if (column.needed && cell(row, column.name).empty()) return std::unexpected(mistake(column.name, "is empty."));
    TRY(subscriber, subscriber_of(row));
    TRY(line, line_of(row));
    return json::serialize(json::object{{"subscriber", std::move(subscriber)}, {"line", std::move(line)}});
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

class csv_reader final : public row_reader {
 public:
    explicit csv_reader(std::istream& in) : in_(in) {}

    result<void> read_headings() {
        auto record = next_record();
        if (!record) return base::refuse(base::code::invalid, "The file is empty; the first row names the columns.");
        drop_byte_order_mark(*record);
        auto cells = split_csv(*record);
        if (!cells) return base::refuse(base::code::invalid, "Line 1: the quotes do not match.");
        for (const auto& heading : *cells) {
            if (std::ranges::find(csv_columns(), heading, &csv_column::name) == csv_columns().end())
                return base::refuse(base::code::invalid, "Line 1: `" + printable(heading) +
                                                             "` is not a known column. See keepline import --help.");
            if (std::ranges::count(*cells, heading) > 1)
                return base::refuse(base::code::invalid, "Line 1: the column `" + heading + "` is there twice.");
        }
        for (const auto& column : csv_columns())
            if (column.needed && std::ranges::find(*cells, column.name) == cells->end())
                return base::refuse(base::code::invalid,
                                    "Line 1: the column `" + std::string(column.name) + "` is missing.");
        headings_ = std::move(*cells);
        return {};
    }

    std::optional<import_row> next() override {
        for (;;) {
            auto record = next_record();
            if (!record) return std::nullopt;
            if (is_blank(*record)) continue;
            const auto cells = split_csv(*record);
            if (!cells) {
                auto refused = base::refuse(base::code::invalid, "The quotes of this row do not match.");
                return import_row{begun_at_, std::move(*record), std::move(refused)};
            }
            return csv_row(begun_at_, headings_, *cells, std::move(*record));
        }
    }

 private:
    /// A record goes on over line ends while a quote is open.
    std::optional<std::string> next_record() {
        std::string record;
        std::string line;
        begun_at_ = line_ + 1;
        bool open = false;
        for (std::size_t lines = 0; read_line(in_, line); ++lines) {
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

std::optional<std::vector<std::string>> split_csv(std::string_view record) {
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
        } else if (c == ',') {
            out.emplace_back();
            closed = false;
        } else if (c == '"' && out.back().empty() && !closed) {
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
    if (const auto* records = row->if_contains("records"); records != nullptr) {
        out.records = json::serialize(*records);
        row->erase("records");
    }
    if (!row->contains("line") && row->contains("number")) *row = nested(std::move(*row));
    if (const auto* subscriber = row->if_contains("subscriber"); subscriber != nullptr && subscriber->is_object())
        if (const auto* id = subscriber->get_object().if_contains("id"); id != nullptr && id->is_string())
            out.subscriber = id->get_string();
    out.body = json::serialize(*row);
    return out;
}

import_row csv_row(std::size_t line, const std::vector<std::string>& headings, const std::vector<std::string>& cells,
                   std::string text) {
    import_row out{line, std::move(text), std::string()};
    if (cells.size() != headings.size()) {
        out.body =
            base::refuse(base::code::invalid, "The row has " + std::to_string(cells.size()) + " cells, but there are " +
                                                  std::to_string(headings.size()) + " columns.");
        return out;
    }
    row_cells row;
    for (std::size_t i = 0; i < cells.size(); ++i) row.emplace_back(headings[i], cells[i]);
    out.body = body_of(row);
    out.subscriber = cell(row, "subscriber");
    return out;
}

result<std::unique_ptr<row_reader>> read_rows(std::istream& in, row_format format) {
    if (format == row_format::ndjson) return std::make_unique<ndjson_reader>(in);
    auto reader = std::make_unique<csv_reader>(in);
    CHECK(reader->read_headings());
    return reader;
}

}  // namespace keepline::app
