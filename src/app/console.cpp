#include "app/console.hpp"

#include "base/money.hpp"
#include "base/utf8.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

/// {minor, currency} and nothing else.
std::optional<std::string> money_text(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr || object->size() != 2) return std::nullopt;
    const auto* minor = object->if_contains("minor");
    const auto* currency = object->if_contains("currency");
    if (minor == nullptr || currency == nullptr || !minor->is_int64() || !currency->is_string()) return std::nullopt;
    if (currency->get_string().empty()) return std::to_string(minor->get_int64());
    return base::text({minor->get_int64(), std::string(currency->get_string())});
}

std::string plain(const json::value& value) {
    if (value.is_string()) return printable(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    if (value.is_null()) return "-";
    if (const auto money = money_text(value)) return *money;
    return json::serialize(value);
}

bool is_plain(const json::value& value) { return !value.is_structured() || money_text(value); }

bool is_plain_list(const json::value& value) {
    return value.is_array() && std::ranges::all_of(value.get_array(), is_plain);
}

std::string joined(const json::array& list) {
    std::string out;
    for (const auto& item : list) out += (out.empty() ? "" : ", ") + plain(item);
    return out.empty() ? "none" : out;
}

void write(std::string& out, const json::value& value, const std::string& indent);

void write_members(std::string& out, const json::object& object, const std::string& indent, bool first_is_open) {
    bool open = first_is_open;
    for (const auto& [name, member] : object) {
        out += (open ? "" : indent) + printable(name) + ": ";
        open = false;
        if (is_plain(member)) {
            out += plain(member) + "\n";
        } else if (is_plain_list(member)) {
            out += joined(member.get_array()) + "\n";
        } else {
            out.back() = '\n';
            write(out, member, indent + "  ");
        }
    }
}

void write(std::string& out, const json::value& value, const std::string& indent) {
    if (const auto* object = value.if_object()) {
        write_members(out, *object, indent, false);
    } else if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            out += indent + "- ";
            if (const auto* inner = item.if_object(); inner != nullptr && !money_text(item))
                write_members(out, *inner, indent + "  ", true);
            else
                out += is_plain(item) ? plain(item) + "\n" : joined(item.get_array()) + "\n";
        }
    } else {
        out += indent + plain(value) + "\n";
    }
}

/// Columns that a terminal gives the text: wide characters take two.
std::size_t width_of(std::string_view text) {
    std::size_t out = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0U) == 0x80U) continue;
        out += byte >= 0xe3 ? 2 : 1;  // U+3000 and above: CJK and its punctuation
    }
    return out;
}

}  // namespace

std::string console::variable(std::string_view name) const {
    const auto found = env.find(name);
    return found == env.end() ? std::string() : found->second;
}

std::string words_of(const json::value& value) {
    std::string out;
    write(out, value, "");
    return out;
}

std::string table(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < headings.size(); ++column) {
        widths.push_back(width_of(headings[column]));
        for (const auto& row : rows) widths[column] = std::max(widths[column], width_of(row.at(column)));
    }
    std::string out;
    const auto add = [&](const std::vector<std::string>& row) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            out += row[column];
            if (column + 1 < row.size()) out.append(widths[column] - width_of(row[column]) + 2, ' ');
        }
        out += '\n';
    };
    add(headings);
    for (const auto& row : rows) add(row);
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = base::first_code_point(text).length;
        const auto first = static_cast<unsigned char>(text.front());
        const bool control = length == 1 && (first == 0x7f || (first < 0x20 && first != '\n' && first != '\t'));
        const bool c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
        if (length == 0 || control || c1)
            out += "\xef\xbf\xbd";
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

}  // namespace keepline::app
