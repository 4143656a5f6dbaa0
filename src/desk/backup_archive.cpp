#include "desk/backup_archive.hpp"

#include "base/digest.hpp"
#include "desk/archive_index.hpp"
#include "desk/message_page.hpp"
#include "desk/sandbox_banner.hpp"
#include "domain/number/number.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

namespace {

// ------------------------------------------------------------------------------------------------ CSV (RFC 4180)

/// The text without what a spreadsheet leaves out before it looks for a formula: spaces and line ends of every kind,
/// and signs that nobody sees.
std::string_view without_leading_blanks(std::string_view cell) {
    constexpr std::array<std::string_view, 14> wide = {
        "\xC2\xA0",     "\xC2\xAD",     "\xE1\x9A\x80", "\xE3\x80\x80", "\xEF\xBB\xBF", "\xE2\x80\xA8", "\xE2\x80\xA9",
        "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE2\x81\xA0", "\xC2\x85",     "\xCD\x8F",     "\xE1\xA0\x8E", "\xE3\x85\xA4"};
    for (;;) {
        if (cell.empty()) return cell;
        const auto first = static_cast<std::uint8_t>(cell.front());
        std::size_t skip = first <= 0x20 || first == 0x7F || first == '\'' || first == '"' ? 1 : 0;
        // U+2000 to U+200F: spaces of all widths, joiners, marks of direction.
        if (cell.starts_with("\xE2\x80") && cell.size() > 2 && static_cast<std::uint8_t>(cell[2]) <= 0x8F) skip = 3;
        for (const auto one : wide)
            if (cell.starts_with(one)) skip = one.size();
        if (skip == 0) return cell;
        cell.remove_prefix(skip);
    }
}

/// Spreadsheets run a cell that begins like a formula, also after blanks and in full width ("＝1+1" becomes "=1+1"
/// where a Chinese one reads it); a quote in front keeps it text. Plain numbers stay as they are.
bool looks_like_formula(std::string_view cell) {
    if (!cell.empty() && std::string_view("\t\r\n").contains(cell.front())) return true;
    const auto shown = without_leading_blanks(cell);
    if (shown.empty()) return false;
    // ＝ ＋ － ＠, the small forms of three of them, and the minus sign
    for (const std::string_view sign : {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0", "\xEF\xB9\xA6",
                                        "\xEF\xB9\xA2", "\xEF\xB9\xA3", "\xEF\xB9\xAB", "\xE2\x88\x92"})
        if (shown.starts_with(sign)) return true;
    if (std::string_view("=+-@").find(shown.front()) == std::string_view::npos) return false;
    const bool may_be_number = shown.front() == '+' || shown.front() == '-';
    return !may_be_number || shown.size() == 1 || shown.find_first_not_of("0123456789.", 1) != std::string_view::npos;
}

/// A spreadsheet makes a number of these and loses what they were: more digits than it keeps or shows, a leading 0 or
/// +, "12E5". A tab in front keeps them text there and is seen nowhere.
bool is_digits_as_text(std::string_view cell) {
    constexpr std::size_t digits_shown = 11;  // beyond, as 8.61E+12
    const bool plus = cell.starts_with('+');
    if (plus) cell.remove_prefix(1);
    const auto end = std::min(cell.find_first_not_of("0123456789"), cell.size());
    if (end == 0) return false;
    if (end == cell.size()) return plus || cell.size() > digits_shown || (cell.front() == '0' && cell.size() > 1);
    return (cell[end] == 'e' || cell[end] == 'E') && end + 1 < cell.size() &&
           cell.find_first_not_of("0123456789", end + 1) == std::string_view::npos;
}

class csv {
 public:
    /// Headings for people, in the language of the archive.
    csv(const archive_source& of, std::initializer_list<std::pair<std::string_view, std::string_view>> head) {
        text_ = "\xEF\xBB\xBF";  // so that spreadsheets read it as UTF-8
        bool first = true;
        for (const auto& [english, chinese] : head) {
            if (!first) text_ += ',';
            first = false;
            add(of.language == "en" ? english : chinese);
        }
        text_ += "\r\n";
    }
    void row(std::initializer_list<std::string_view> cells) {
        bool first = true;
        for (const auto cell : cells) {
            if (!first) text_ += ',';
            first = false;
            add(cell);
        }
        text_ += "\r\n";
    }
    std::string take() { return std::move(text_); }

 private:
    void add(std::string_view cell) {
        if (is_digits_as_text(cell)) {
            text_ += "\"\t" + std::string(cell) + '"';
            return;
        }
        const bool formula = looks_like_formula(cell);
        if (!formula && cell.find_first_of(",;\t\"\r\n") == std::string_view::npos) {
            text_ += cell;
            return;
        }
        text_ += '"';
        if (formula) text_ += '\'';
        for (const char c : cell) {
            if (c == '"') text_ += '"';
            text_ += c;
        }
        text_ += '"';
    }
    std::string text_;
};

std::string csv_of_bills(const archive_source& from) {
    csv out(from, {{"day", "日期"}, {"number", "账单号"}, {"amount", "金额"}, {"currency", "币种"}, {"text", "说明"}});
    for (const auto& one : from.records.bills)
        out.row({base::iso(one.day), one.number, base::decimal(one.amount), one.amount.currency, one.text});
    return out.take();
}

std::string csv_of_usage(const archive_source& from) {
    csv out(from, {{"at", "时间"}, {"kind", "类型"}, {"peer", "对方号码"}, {"amount", "用量"}});
    for (const auto& one : from.records.usage)
        out.row({base::iso(one.at), one.kind, one.peer, std::to_string(one.amount)});
    return out.take();
}

std::string csv_of_consents(const archive_source& from) {
    csv out(from, {{"at", "时间"}, {"what", "事项"}, {"given", "是否同意"}});
    for (const auto& one : from.records.consents) out.row({base::iso(one.at), one.what, one.given ? "yes" : "no"});
    return out.take();
}

// ------------------------------------------------------------------------------------------------ the account

/// A movement as its owner sees it: how much moved, and by how much prepaid and given money less debt changed.
struct movement {
    instant at;
    domain::booking_kind kind = domain::booking_kind::adjustment;
    base::money amount;
    base::money change;
    std::string reference;
    std::string note;
};
BOOST_DESCRIBE_STRUCT(movement, (), (at, kind, amount, change, reference, note))

movement movement_of(const booked& from, const std::string& currency) {
    using domain::account;
    std::int64_t moved = 0;
    std::int64_t change = 0;
    for (const auto& one : from.what.postings) {
        if (one.minor > 0) moved += one.minor;
        if (one.where == account::prepaid || one.where == account::bonus || one.where == account::debt)
            change -= one.minor;
    }
    return {from.at, from.what.kind, {moved, currency}, {change, currency}, from.what.reference, from.note};
}

std::vector<movement> movements_of(const archive_source& from) {
    std::vector<movement> out;
    for (const auto& one : from.bookings) out.push_back(movement_of(one, from.currency));
    return out;
}

std::string csv_of_account(const archive_source& from) {
    csv out(from, {{"at", "时间"},
                   {"kind", "类型"},
                   {"amount", "金额"},
                   {"change", "余额变动"},
                   {"currency", "币种"},
                   {"reference", "参考号"},
                   {"note", "备注"}});
    for (const auto& one : movements_of(from))
        out.row({base::iso(one.at), boost::describe::enum_to_string(one.kind, ""), base::decimal(one.amount),
                 base::decimal(one.change), one.amount.currency, one.reference, one.note});
    return out.take();
}

// ------------------------------------------------------------------------------------------------ vCard 4.0

std::string vcard_of(const port::stored_contact& one) {
    const bool named = one.name.find_first_not_of(" \t\r\n") != std::string::npos;
    const std::string name = named                 ? one.name
                             : !one.phones.empty() ? one.phones.front()
                             : !one.mails.empty()  ? one.mails.front()
                                                   : "?";  // FN is required (RFC 6350 §6.2.1)
    std::string out = "BEGIN:VCARD\r\nVERSION:4.0\r\n" + vcard_line("FN", name);
    for (const auto& phone : one.phones) {
        if (base::msisdn::parse(phone))
            out += vcard_line("TEL;VALUE=uri", "tel:" + phone);
        else
            out += vcard_line("TEL", phone);
    }
    for (const auto& mail : one.mails) out += vcard_line("EMAIL", mail);
    return out + "END:VCARD\r\n";
}

std::string vcards_of(const std::vector<port::stored_contact>& contacts) {
    std::string out;
    for (const auto& one : contacts) out += vcard_of(one);
    return out;
}

// ------------------------------------------------------------------------------------------------ manifest

struct manifest {
    std::string line_id;
    base::msisdn number;
    instant made_at;
    std::vector<manifest_file> files;
};
BOOST_DESCRIBE_STRUCT(manifest, (), (line_id, number, made_at, files))

template <typename T>
std::string json_of(const std::vector<T>& items) {
    return base::to_json(items, base::form::api) + "\n";
}

}  // namespace

std::string vcard_line(std::string_view name, std::string_view value) {
    constexpr std::size_t line_max = 75;  // octets, without the line break
    std::string plain(name);
    plain += ':';
    for (const char c : value) {
        switch (c) {
            case '\\': plain += "\\\\"; break;
            case ',': plain += "\\,"; break;
            case ';': plain += "\\;"; break;
            case '\n': plain += "\\n"; break;
            case '\r': break;
            default: plain += static_cast<std::uint8_t>(c) < 0x20 ? ' ' : c;
        }
    }
    std::string out;
    std::size_t from = 0;
    while (plain.size() - from > line_max - (from > 0 ? 1 : 0)) {
        std::size_t length = line_max - (from > 0 ? 1 : 0);
        while ((static_cast<std::uint8_t>(plain[from + length]) & 0xC0U) == 0x80U) --length;  // not inside a character
        out.append(plain, from, length).append("\r\n ");
        from += length;
    }
    return out.append(plain, from).append("\r\n");
}

result<std::vector<booked>> bookings_of(const std::vector<port::entry>& entries, instant since) {
    std::vector<booked> out;
    for (const auto& entry : entries) {
        if (entry.at < since) continue;
        TRY(events, base::from_json<std::vector<domain::number_event>>(entry.events));
        for (const auto& event : events)
            if (const auto* money = std::get_if<domain::money_booked>(&event))
                out.push_back({money->at, money->what, money->note});
    }
    return out;
}

namespace {

struct file_maker {
    const char* name;
    std::string (*make)(const archive_source& from);
};

std::string whole_page(const archive_source& from, std::string page) {
    return from.sandbox ? with_sandbox_banner(std::move(page)) : page;
}

const std::array<file_maker, backup_file_count> makers{{
    {"index.html", [](const archive_source& from) { return whole_page(from, index_page(from)); }},
    {"bills.csv", [](const archive_source& from) { return csv_of_bills(from); }},
    {"bills.json", [](const archive_source& from) { return json_of(from.records.bills); }},
    {"account.csv", [](const archive_source& from) { return csv_of_account(from); }},
    {"account.json", [](const archive_source& from) { return json_of(movements_of(from)); }},
    {"usage.csv", [](const archive_source& from) { return csv_of_usage(from); }},
    {"usage.json", [](const archive_source& from) { return json_of(from.records.usage); }},
    {"consents.csv", [](const archive_source& from) { return csv_of_consents(from); }},
    {"consents.json", [](const archive_source& from) { return json_of(from.records.consents); }},
    {"contacts.vcf", [](const archive_source& from) { return vcards_of(from.records.contacts); }},
    {"messages.json", [](const archive_source& from) { return json_of(from.records.messages); }},
    {"messages.html",
     [](const archive_source& from) {
         return whole_page(from, message_page(from.records.messages, from.number, from.language, from.zone));
     }},
}};

}  // namespace

archive_file backup_file(const archive_source& from, std::size_t index) {
    return {makers[index].name, makers[index].make(from)};
}

manifest_file listed_as(const archive_file& of) {
    return {of.name, static_cast<std::int64_t>(of.content.size()), base::sha256(base::view(of.content))};
}

std::string manifest_of(const archive_source& from, std::vector<manifest_file> files) {
    return base::to_json(manifest{from.line_id, from.number, from.made_at, std::move(files)}, base::form::api) + "\n";
}

std::vector<archive_file> backup_files(const archive_source& from) {
    std::vector<archive_file> out;
    std::vector<manifest_file> listed;
    for (std::size_t i = 0; i < backup_file_count; ++i) {
        out.push_back(backup_file(from, i));
        listed.push_back(listed_as(out.back()));
    }
    out.push_back({"manifest.json", manifest_of(from, std::move(listed))});
    return out;
}

}  // namespace keepline::desk
