// The forms of single values in a policy file, where they are found, and what is said when they are wrong.
#include "domain/policy_file.hpp"

#include "domain/message_words.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace keepline::domain {

namespace {

constexpr std::size_t policy_max_bytes = 256 * 1024;
constexpr std::size_t max_line_bytes = 1000;
constexpr std::size_t max_dots_per_line = 24;
constexpr std::size_t policy_words_max_bytes = 2000;
constexpr std::size_t max_list_items = 64;
constexpr std::size_t complaint_bodies_max = 3;
constexpr std::size_t complaint_words_max_bytes = 64;
constexpr int max_term_days = 366;

/// A dotted key nests one table per dot without any limit of the parser's own, and tables are destroyed recursively;
/// brackets the parser limits to 256 levels.
result<void> bounded(std::string_view file_name, std::string_view text) {
    if (text.size() > policy_max_bytes)
        return policy_mistake(file_name, {}, "", "The file is larger than 256 KiB; a policy is a page of text.");
    toml::source_index line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto row = text.substr(begin, end - begin);
        if (row.size() > max_line_bytes)
            return policy_mistake(file_name, {line, 1}, "", "The line is longer than 1000 bytes; break it.");
        if (static_cast<std::size_t>(std::ranges::count(row, '.')) > max_dots_per_line)
            return policy_mistake(file_name, {line, 1}, "", "The line has more than 24 dots; break it.");
        begin = end + 1;
    }
    return {};
}

/// These belong to one file and are never inherited.
bool own(std::string_view path) { return path == "id" || path == "version" || path == "title" || path == "source"; }

bool plain(const std::string& text) {
    const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
    return !text.empty() && text.size() <= policy_words_max_bytes && std::ranges::none_of(text, control);
}

std::optional<std::int64_t> digits_in(std::string_view text) {
    std::int64_t out = 0;
    if (text.empty() || text.size() > 12) return std::nullopt;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        out = out * 10 + (c - '0');
    }
    return out;
}

/// "7 working days", "1 calendar day".
std::optional<term> term_in(const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return std::nullopt;
    const std::string_view in = text->get();
    const auto space = std::min(in.find(' '), in.size());
    const auto n = digits_in(in.substr(0, space));
    const auto unit = in.substr(space);
    if (!n || *n > max_term_days) return std::nullopt;
    if (unit == " working day" || unit == " working days") return term{static_cast<int>(*n), day_unit::working_day};
    if (unit == " calendar day" || unit == " calendar days") return term{static_cast<int>(*n), day_unit::calendar_day};
    return std::nullopt;
}

/// "20.00 INR", "20 INR": as many digits after the point as the currency has, or no point.
std::optional<money> money_in(const toml::node& node, std::string_view of_currency) {
    const auto* text = node.as_string();
    if (text == nullptr) return std::nullopt;
    const std::string_view in = text->get();
    const auto space = std::min(in.find(' '), in.size());
    if (in.substr(space) != " " + std::string(of_currency)) return std::nullopt;
    const auto number = in.substr(0, space);
    const auto digits = static_cast<std::size_t>(base::minor_digits(of_currency));
    const auto point = number.find('.');
    const auto units = digits_in(number.substr(0, point));
    if (!units) return std::nullopt;
    money out{*units, std::string(of_currency)};
    for (std::size_t i = 0; i < digits; ++i) out.minor *= 10;
    if (point != std::string_view::npos) {
        const auto after = digits_in(number.substr(point + 1));
        if (!after || number.size() - point - 1 != digits) return std::nullopt;
        out.minor += *after;
    }
    return out;
}

std::optional<closing_fee> fee_in(const toml::node& node, std::string_view currency) {
    const auto* in = node.as_table();
    const auto* kind_node = in == nullptr ? nullptr : in->get("kind");
    const auto kind = kind_node == nullptr ? std::nullopt : enum_in<fee_kind>(*kind_node);
    if (!kind) return std::nullopt;
    closing_fee out;
    out.kind = *kind;
    std::optional<money> amount;
    std::optional<std::int64_t> percent;
    for (const auto& [key, value] : *in) {
        if (key == "kind") continue;
        if (key == "amount" && (amount = money_in(value, currency))) continue;
        if (key == "cap" && (out.cap = money_in(value, currency))) continue;
        if (key == "percent" && (percent = value.value_exact<std::int64_t>()) && *percent >= 0 && *percent <= 100)
            continue;
        return std::nullopt;
    }
    if (amount.has_value() != (out.kind == fee_kind::fixed)) return std::nullopt;
    if (percent.has_value() != (out.kind == fee_kind::remaining_contract_percent)) return std::nullopt;
    out.amount = amount.value_or(money{});
    out.percent = static_cast<int>(percent.value_or(0));
    return out;
}

/// A set of proof: different kinds, at least one besides otp_email.
std::optional<std::vector<evidence_kind>> proof_in(const toml::node& node) {
    const auto* kinds = node.as_array();
    if (kinds == nullptr || kinds->size() > max_list_items) return std::nullopt;
    std::vector<evidence_kind> out;
    for (const auto& kind : *kinds) {
        const auto value = enum_in<evidence_kind>(kind);
        if (!value || std::ranges::find(out, *value) != out.end()) return std::nullopt;
        out.push_back(*value);
    }
    const auto strong = [](evidence_kind kind) { return kind != evidence_kind::otp_email; };
    if (!std::ranges::any_of(out, strong)) return std::nullopt;
    return out;
}

/// "www.tio.com.au", "cedr.com/consumer/cisas": a host, and a path where it takes one.
bool is_plain_web(std::string_view text) {
    const auto host = text.substr(0, text.find('/'));
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    const auto fits_path = [&](char c) { return fits(c) || c == '/' || c == '_'; };
    return text.size() <= complaint_words_max_bytes && host.contains('.') && !host.contains("..") &&
           !host.starts_with('.') && !host.ends_with('.') && std::ranges::all_of(host, fits) &&
           std::ranges::all_of(text, fits_path);
}

bool is_plain_phone(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() <= 24 && std::ranges::count_if(text, digit) >= 3 &&
           std::ranges::all_of(text, [&](char c) { return digit(c) || c == ' ' || c == '-' || c == '+'; });
}

/// The name goes into SMS, where no address may stand.
bool is_plain_name(const std::string& text) {
    return plain(text) && text.size() <= complaint_words_max_bytes && can_be_read(text) &&
           unfit_for_message(text).empty();
}

std::optional<complaint_body> complaint_body_in(const toml::node& node) {
    const auto* in = node.as_table();
    if (in == nullptr) return std::nullopt;
    complaint_body out;
    for (const auto& [key, value] : *in) {
        if (key == "after") {
            const auto after = term_in(value);
            if (!after) return std::nullopt;
            out.after = *after;
            continue;
        }
        const auto* text = value.as_string();
        if (text == nullptr) return std::nullopt;
        if (key == "name" && is_plain_name(text->get()))
            out.name = text->get();
        else if (key == "name_zh" && is_plain_name(text->get()))
            out.name_zh = text->get();
        else if (key == "web" && is_plain_web(text->get()))
            out.web = text->get();
        else if (key == "phone" && is_plain_phone(text->get()))
            out.phone = text->get();
        else
            return std::nullopt;
    }
    if (out.name.empty() || (out.web.empty() && out.phone.empty())) return std::nullopt;
    return out;
}

std::string between(policy_reader::range within) {
    return "from " + std::to_string(within.least) + " to " + std::to_string(within.most);
}

}  // namespace

std::unexpected<base::error> policy_mistake(std::string_view file_name, toml::source_position at,
                                            std::string_view field, std::string_view words) {
    const auto line = std::to_string(std::max<toml::source_index>(at.line, 1));
    const auto column = std::to_string(std::max<toml::source_index>(at.column, 1));
    std::string text = std::string(file_name) + ":" + line + ":" + column + ": ";
    if (!field.empty()) text += "`" + std::string(field) + "` ";
    return base::refuse(
        base::code::policy_invalid, text + std::string(words),
        {{"file", std::string(file_name)}, {"line", line}, {"column", column}, {"field", std::string(field)}});
}

result<policy_file> parse_policy_file(std::string_view file_name, std::string_view text) {
    CHECK(bounded(file_name, text));
    try {
        return policy_file{std::string(file_name), "", toml::parse(text, file_name)};
    } catch (const toml::parse_error& failure) {
        return policy_mistake(file_name, failure.source().begin, "",
                              "This is not TOML. " + std::string(failure.description()) + ".");
    } catch (const std::exception& failure) {
        return policy_mistake(file_name, {}, "", "The file cannot be read. " + std::string(failure.what()) + ".");
    }
}

void policy_reader::whole_number(const std::string& path, std::int64_t& out, range within) {
    take(path, "must be a whole number " + between(within) + ".", [&](const toml::node& node) {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < within.least || *value > within.most) return false;
        out = *value;
        return true;
    });
}

void policy_reader::yes_no(const std::string& path, bool& out) {
    take(path, "must be true or false.", [&](const toml::node& node) {
        const auto value = node.value_exact<bool>();
        out = value.value_or(false);
        return value.has_value();
    });
}

void policy_reader::words(const std::string& path, std::string& out) {
    take(path, "must be text of 1 to 2000 bytes without control characters.", [&](const toml::node& node) {
        const auto* value = node.as_string();
        if (value == nullptr || !plain(value->get())) return false;
        out = value->get();
        return true;
    });
}

void policy_reader::name(const std::string& path, std::string& out, std::string_view extra, std::string_view rule) {
    take(path, rule, [&](const toml::node& node) {
        const auto* value = node.as_string();
        if (value == nullptr || value->get().empty() || value->get().size() > 64) return false;
        const auto allowed = [&](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || extra.contains(c);
        };
        if (!std::ranges::all_of(value->get(), allowed)) return false;
        out = value->get();
        return true;
    });
}

void policy_reader::currency(const std::string& path, std::string& out) {
    take(path, "must be a currency of ISO 4217: three capital letters, such as \"CNY\".", [&](const toml::node& node) {
        const auto* value = node.as_string();
        if (value == nullptr || !base::is_currency(value->get())) return false;
        out = value->get();
        return true;
    });
}

void policy_reader::term_of(const std::string& path, term& out) {
    take(path, "must be at most 366 days, such as \"7 working days\" or \"10 calendar days\".",
         [&](const toml::node& node) {
             const auto value = term_in(node);
             out = value.value_or(term{});
             return value.has_value();
         });
}

void policy_reader::money_or_none(const std::string& path, std::optional<money>& out, std::string_view of_currency) {
    const auto rule =
        R"(must be "none" or an amount in the policy's currency, such as "10 )" + std::string(of_currency) + "\".";
    take(path, rule, [&](const toml::node& node) {
        out = money_in(node, of_currency);
        return out || node.value_exact<std::string_view>() == "none";
    });
}

void policy_reader::reminders(const std::string& path, std::vector<int>& out, range within) {
    const auto rule = "must be a list of different whole numbers " + between(within) + ", the largest first.";
    take_each(path, rule, 0, [&](const toml::node& node) {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < within.least || *value > within.most) return false;
        if (!out.empty() && *value >= out.back()) return false;
        out.push_back(static_cast<int>(*value));
        return true;
    });
}

void policy_reader::channels(const std::string& path, std::vector<channel>& out) {
    const auto rule = "must list at least one channel, each once, of: " + names_of<channel>() + ".";
    take_each(path, rule, 1, [&](const toml::node& node) {
        const auto value = enum_in<channel>(node);
        if (!value || std::ranges::find(out, *value) != out.end()) return false;
        out.push_back(*value);
        return true;
    });
}

void policy_reader::plmns(const std::string& path, std::vector<std::string>& out) {
    take_each(path, "must be a list of networks, each as MCC and MNC together: five or six digits.", 0,
              [&](const toml::node& node) {
                  const auto* value = node.as_string();
                  if (value == nullptr || value->get().size() < 5 || value->get().size() > 6) return false;
                  if (!digits_in(value->get())) return false;
                  out.push_back(value->get());
                  return true;
              });
}

void policy_reader::account_kinds(const std::string& path, std::vector<base::account_kind>& out) {
    const auto rule = "must list at least one kind of account, each once, of: " + names_of<base::account_kind>() + ".";
    take_each(path, rule, 1, [&](const toml::node& node) {
        const auto value = enum_in<base::account_kind>(node);
        if (!value || std::ranges::find(out, *value) != out.end()) return false;
        out.push_back(*value);
        return true;
    });
}

void policy_reader::payouts(const std::string& path, std::vector<payout>& out) {
    take_each(path, "must be a list, each once, of: cash, waive.", 0, [&](const toml::node& node) {
        const auto value = enum_in<payout>(node);
        if (!value || *value == payout::account || std::ranges::find(out, *value) != out.end()) return false;
        out.push_back(*value);
        return true;
    });
}

void policy_reader::lines(const std::string& path, std::vector<std::string>& out) {
    take_each(path, "must be a list of at most 64 texts of 1 to 2000 bytes without control characters.", 0,
              [&](const toml::node& node) {
                  const auto* value = node.as_string();
                  if (value == nullptr || !plain(value->get())) return false;
                  out.push_back(value->get());
                  return true;
              });
}

void policy_reader::complaint_bodies(const std::string& path, std::vector<complaint_body>& out) {
    take_each(path,
              "must be at most three tables of name (with name_zh for readers of Chinese), web (a host name without "
              "https://) or phone, and after (such as \"15 calendar days\"); names hold no address and no long number.",
              0, [&](const toml::node& node) {
                  auto value = complaint_body_in(node);
                  if (!value || out.size() >= complaint_bodies_max) return false;
                  out.push_back(std::move(*value));
                  return true;
              });
}

void policy_reader::evidence(const std::string& path, evidence_sets& out) {
    const auto rule =
        "must be a list of sets of proof such as [[\"otp_sms\", \"id_document\"]]; each set holds different kinds "
        "of: " +
        names_of<evidence_kind>() + "; and at least one besides otp_email. An empty list hands the case over.";
    take_each(path, rule, 0, [&](const toml::node& node) {
        auto value = proof_in(node);
        if (value) out.push_back(std::move(*value));
        return value.has_value();
    });
}

void policy_reader::fee(const std::string& path, closing_fee& out, std::string_view of_currency) {
    const auto sample = "\"10 " + std::string(of_currency) + "\"";
    const auto rule = R"(must be one of: {kind = "none"}, {kind = "fixed", amount = )" + sample +
                      R"(}, {kind = "remaining_contract_percent", percent = 30}; each may have cap = )" + sample + ".";
    take(path, rule, [&](const toml::node& node) {
        const auto value = fee_in(node, of_currency);
        out = value.value_or(closing_fee{});
        return value.has_value();
    });
}

void policy_reader::holds(bool condition, const std::string& path, std::string_view words) {
    if (!condition) blame(find(path), path, words);
}

policy_reader::place policy_reader::find(std::string_view path) const {
    for (const auto* one : chain_) {
        const toml::node* node = &one->root;
        for (std::size_t begin = 0; node != nullptr && begin <= path.size();) {
            const auto end = std::min(path.find('.', begin), path.size());
            const auto* table = node->as_table();
            node = table == nullptr ? nullptr : table->get(path.substr(begin, end - begin));
            begin = end + 1;
        }
        if (node != nullptr) return {node, one};
        if (own(path)) break;
    }
    return {};
}

void policy_reader::take(const std::string& path, std::string_view rule, const acceptor& accept) {
    asked_.insert(path);
    if (failure_ || chain_.empty()) return;
    const auto found = find(path);
    if (found.node == nullptr)
        blame(found, path, "is missing; it " + std::string(rule));
    else if (!accept(*found.node))
        blame(found, path, rule);
}

void policy_reader::take_each(const std::string& path, std::string_view rule, std::size_t least,
                              const acceptor& accept) {
    take(path, rule, [&](const toml::node& node) {
        const auto* list = node.as_array();
        if (list == nullptr || list->size() < least || list->size() > max_list_items) return false;
        return std::ranges::all_of(*list, [&](const toml::node& item) { return accept(item); });
    });
}

void policy_reader::blame(const place& where, std::string_view path, std::string_view words) {
    if (failure_ || chain_.empty()) return;
    const auto at = where.node == nullptr ? toml::source_position{} : where.node->source().begin;
    failure_ = policy_mistake((where.from == nullptr ? chain_.front() : where.from)->name, at, path, words).error();
}

}  // namespace keepline::domain
