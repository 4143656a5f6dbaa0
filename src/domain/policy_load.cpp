// Reads policies/*.toml. Every value is looked up along the chain child -> parent -> ...; so tables merge, while lists
// and single values replace. The list of known keys is the list of what `read` asks for: there is no second one.
// The text may be hostile: its size, the length of its lines and its nesting are bounded before it is parsed.
#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <toml++/toml.h>

#include "base/ensure.hpp"
#include "domain/policy.hpp"

namespace keepline::domain {

namespace {

constexpr std::size_t max_files = 1000;
constexpr std::size_t max_text_bytes = 256 * 1024;
constexpr std::size_t max_line_bytes = 1000;
constexpr std::size_t max_dots_per_line = 24;  // a dotted key nests one table per dot; the parser has no limit of its own
constexpr std::size_t max_parents = 8;
constexpr std::size_t max_words_bytes = 2000;
constexpr std::size_t max_list_items = 64;

constexpr int max_days = 3660;
constexpr int max_hours = 24 * 365;

/// The facts that risk rules may weigh, and the classes of data that retention covers: each needs a value.
constexpr std::array<std::string_view, 10> risk_facts = {
    "sim_changed",  "contact_changed",    "young_line",       "wrong_tries",   "channel_mismatch",
    "bulk_pattern", "new_refund_account", "prior_fraud_hold", "customer_lock", "lost_device"};
constexpr std::array<std::string_view, 7> data_classes = {
    "identity_after_end", "billing", "case_file", "security_log", "usage_detail", "biometric_template", "backup"};

struct file {
    std::string name;  // "cn.toml"
    std::string id;    // "cn"
    toml::table root;
};

std::unexpected<base::error> refuse_at(std::string_view file_name, toml::source_position at, std::string_view field,
                                       std::string_view words) {
    const auto line = std::to_string(std::max<toml::source_index>(at.line, 1));
    const auto column = std::to_string(std::max<toml::source_index>(at.column, 1));
    std::string text = std::string(file_name) + ":" + line + ":" + column + ": ";
    if (!field.empty()) text += "`" + std::string(field) + "` ";
    return base::refuse(base::code::policy_invalid, text + std::string(words),
                        {{"file", std::string(file_name)}, {"line", line}, {"column", column}, {"field", std::string(field)}});
}

/// Bounds what the parser will meet. A dotted key nests a table per dot and tables are destroyed recursively.
result<void> bounded(std::string_view file_name, std::string_view text) {
    if (text.size() > max_text_bytes)
        return refuse_at(file_name, {}, "", "The file is larger than 256 KiB; a policy is a page of text.");
    toml::source_index line = 1;
    for (std::size_t begin = 0; begin < text.size(); ++line) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto row = text.substr(begin, end - begin);
        if (row.size() > max_line_bytes)
            return refuse_at(file_name, {line, 1}, "", "The line is longer than 1000 bytes; break it.");
        if (static_cast<std::size_t>(std::ranges::count(row, '.')) > max_dots_per_line)
            return refuse_at(file_name, {line, 1}, "", "The line has more than 24 dots; break it.");
        begin = end + 1;
    }
    return {};
}

result<toml::table> parse(std::string_view file_name, std::string_view text) {
    CHECK(bounded(file_name, text));
    try {
        return toml::parse(text, file_name);
    } catch (const toml::parse_error& failure) {
        return refuse_at(file_name, failure.source().begin, "",
                         "This is not TOML: " + std::string(failure.description()) + ".");
    } catch (const std::exception& failure) {
        return refuse_at(file_name, {}, "", "The file cannot be read: " + std::string(failure.what()) + ".");
    }
}

template <typename Enum>
std::string names_of() {
    std::string out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
        [&](auto one) { out += (out.empty() ? "" : ", ") + std::string(one.name); });
    return out;
}

template <typename Enum>
std::vector<std::pair<std::string, Enum>> members_of_enum() {
    std::vector<std::pair<std::string, Enum>> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
        [&](auto one) { out.emplace_back(one.name, one.value); });
    return out;
}

template <typename Enum>
std::optional<Enum> enum_in(const toml::node& node) {
    const auto* text = node.as_string();
    Enum out{};
    if (text == nullptr || !boost::describe::enum_from_string(text->get().c_str(), out)) return std::nullopt;
    if (text->get() != boost::describe::enum_to_string(out, "")) return std::nullopt;
    return out;
}

std::optional<std::int64_t> digits_in(std::string_view text) {
    std::int64_t out = 0;
    if (text.empty() || text.size() > 15) return std::nullopt;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        out = out * 10 + (c - '0');
    }
    return out;
}

/// "7 working days", "1 calendar day".
std::optional<term> term_in(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto n = digits_in(text.substr(0, space));
    const auto unit = text.substr(space + 1);
    if (!n || *n > max_days) return std::nullopt;
    if (unit == "working day" || unit == "working days") return term{static_cast<int>(*n), day_unit::working_day};
    if (unit == "calendar day" || unit == "calendar days") return term{static_cast<int>(*n), day_unit::calendar_day};
    return std::nullopt;
}

/// "20.00 INR", "20 INR": as many digits after the point as the currency has, or none.
std::optional<money> money_in(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto number = text.substr(0, space);
    const auto currency = text.substr(space + 1);
    if (!base::is_currency(currency)) return std::nullopt;
    const auto digits = static_cast<std::size_t>(base::minor_digits(currency));
    const auto point = number.find('.');
    const auto whole = digits_in(number.substr(0, point));
    if (!whole || number.substr(0, point).size() > 12) return std::nullopt;
    std::int64_t part = 0;
    if (point != std::string_view::npos) {
        const auto after = digits_in(number.substr(point + 1));
        if (!after || number.size() - point - 1 != digits) return std::nullopt;
        part = *after;
    }
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < digits; ++i) scale *= 10;
    return money{*whole * scale + part, std::string(currency)};
}

/// Looks values up along the chain and keeps the first failure; later reads are then harmless.
class reader {
   public:
    explicit reader(std::vector<const file*> chain) : chain_(std::move(chain)) {}

    struct range {
        std::int64_t least = 0;
        std::int64_t most = max_days;
    };

    template <typename Integer>
    void whole(const std::string& path, Integer& out, range within) {
        const auto words = "must be a whole number from " + std::to_string(within.least) + " to " +
                           std::to_string(within.most) + ".";
        take(path, words, [&](const toml::node& node) {
            const auto* value = node.as_integer();
            if (value == nullptr || value->get() < within.least || value->get() > within.most) return false;
            out = static_cast<Integer>(value->get());
            return true;
        });
    }
    void days(const std::string& path, int& out, int least = 0) { whole(path, out, {least, max_days}); }
    void hours(const std::string& path, int& out) { whole(path, out, {0, max_hours}); }

    void yes_no(const std::string& path, bool& out) {
        take(path, "must be true or false.", [&](const toml::node& node) {
            const auto* value = node.as_boolean();
            if (value != nullptr) out = value->get();
            return value != nullptr;
        });
    }

    void words(const std::string& path, std::string& out) {
        take(path, "must be text of 1 to 2000 bytes without control characters.", [&](const toml::node& node) {
            const auto* value = node.as_string();
            if (value == nullptr || value->get().empty() || value->get().size() > max_words_bytes) return false;
            const auto control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
            if (std::ranges::any_of(value->get(), control)) return false;
            out = value->get();
            return true;
        });
    }

    /// 1 to 64 of letters, digits and `extra`.
    void name(const std::string& path, std::string& out, std::string_view extra, std::string_view rule) {
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

    void currency(const std::string& path, std::string& out) {
        take(path, "must be a currency of ISO 4217: three capital letters, such as \"CNY\".", [&](const toml::node& node) {
            const auto* value = node.as_string();
            if (value == nullptr || !base::is_currency(value->get())) return false;
            out = value->get();
            return true;
        });
    }

    template <typename Enum>
    void one_of(const std::string& path, Enum& out) {
        take(path, "must be one of: " + names_of<Enum>() + ".", [&](const toml::node& node) {
            const auto value = enum_in<Enum>(node);
            if (value) out = *value;
            return value.has_value();
        });
    }

    void term_of(const std::string& path, term& out) {
        take(path, "must be a number of days such as \"7 working days\" or \"10 calendar days\".",
             [&](const toml::node& node) {
                 const auto* value = node.as_string();
                 const auto parsed = value == nullptr ? std::nullopt : term_in(value->get());
                 if (parsed) out = *parsed;
                 return parsed.has_value();
             });
    }

    void money_or_none(const std::string& path, std::optional<money>& out, std::string_view of_currency) {
        take(path, money_words(of_currency), [&](const toml::node& node) {
            const auto* value = node.as_string();
            out.reset();
            if (value != nullptr && value->get() == "none") return true;
            if (value != nullptr) out = money_in(value->get());
            return out && out->currency == of_currency;
        });
    }

    void numbers(const std::string& path, std::vector<int>& out, range within) {
        const auto words = "must be a list of different whole numbers from " + std::to_string(within.least) + " to " +
                           std::to_string(within.most) + ", the largest first.";
        take(path, words, [&](const toml::node& node) {
            out.clear();
            const auto* list = node.as_array();
            if (list == nullptr || list->size() > max_list_items) return false;
            for (const auto& item : *list) {
                const auto* value = item.as_integer();
                if (value == nullptr || value->get() < within.least || value->get() > within.most) return false;
                if (!out.empty() && value->get() >= out.back()) return false;
                out.push_back(static_cast<int>(value->get()));
            }
            return true;
        });
    }

    void channels(const std::string& path, std::vector<channel>& out) {
        take(path, "must list at least one channel, each once, of: " + names_of<channel>() + ".",
             [&](const toml::node& node) {
                 out.clear();
                 const auto* list = node.as_array();
                 if (list == nullptr || list->empty() || list->size() > max_list_items) return false;
                 for (const auto& item : *list) {
                     const auto value = enum_in<channel>(item);
                     if (!value || std::ranges::find(out, *value) != out.end()) return false;
                     out.push_back(*value);
                 }
                 return true;
             });
    }

    void lines(const std::string& path, std::vector<std::string>& out) {
        take(path, "must be a list of at most 64 texts of 1 to 2000 bytes.", [&](const toml::node& node) {
            out.clear();
            const auto* list = node.as_array();
            if (list == nullptr || list->size() > max_list_items) return false;
            for (const auto& item : *list) {
                const auto* value = item.as_string();
                if (value == nullptr || value->get().empty() || value->get().size() > max_words_bytes) return false;
                out.push_back(value->get());
            }
            return true;
        });
    }

    /// A list of sets of proof. An e-mail reaches whoever holds the mailbox, so it never stands alone (NIST SP
    /// 800-63B-4 §3.1.3: no out-of-band factor by e-mail).
    void evidence(const std::string& path, evidence_sets& out) {
        const auto words = "must be a list of sets of proof such as [[\"otp_sms\", \"id_document\"]]; each set holds "
                           "different kinds of: " + names_of<evidence_kind>() +
                           "; and at least one besides otp_email. An empty list hands the case over.";
        take(path, words, [&](const toml::node& node) {
            out.clear();
            const auto* list = node.as_array();
            if (list == nullptr || list->size() > max_list_items) return false;
            for (const auto& item : *list) {
                const auto* kinds = item.as_array();
                if (kinds == nullptr || kinds->empty() || kinds->size() > max_list_items) return false;
                std::vector<evidence_kind> set;
                for (const auto& kind : *kinds) {
                    const auto value = enum_in<evidence_kind>(kind);
                    if (!value || std::ranges::find(set, *value) != set.end()) return false;
                    set.push_back(*value);
                }
                const auto strong = [](evidence_kind kind) { return kind != evidence_kind::otp_email; };
                if (!std::ranges::any_of(set, strong)) return false;
                out.push_back(std::move(set));
            }
            return true;
        });
    }

    /// One inline table that replaces the inherited one as a whole: {kind, amount | percent, cap}.
    void fee(const std::string& path, closing_fee& out, std::string_view of_currency) {
        const std::string sample = "\"10.00 " + std::string(of_currency) + "\"";
        const auto words = R"(must be one of: {kind = "none"}, {kind = "fixed", amount = )" + sample +
                           R"(}, {kind = "remaining_contract_percent", percent = 30}; each may have cap = )" + sample + ".";
        take(path, words, [&](const toml::node& node) {
            out = {};
            const auto* in = node.as_table();
            const auto* kind_node = in == nullptr ? nullptr : in->get("kind");
            const auto kind = kind_node == nullptr ? std::nullopt : enum_in<fee_kind>(*kind_node);
            if (!kind) return false;
            out.kind = *kind;
            bool has_amount = false;
            bool has_percent = false;
            for (const auto& [key, value] : *in) {
                if (key == "kind") continue;
                const auto* text = value.as_string();
                const auto amount = text == nullptr ? std::nullopt : money_in(text->get());
                const auto* percent = value.as_integer();
                if ((key == "amount" || key == "cap") && amount && amount->currency == of_currency) {
                    if (key == "cap")
                        out.cap = amount;
                    else
                        out.amount = *amount;
                    has_amount = has_amount || key == "amount";
                } else if (key == "percent" && percent != nullptr && percent->get() >= 0 && percent->get() <= 100) {
                    out.percent = static_cast<int>(percent->get());
                    has_percent = true;
                } else {
                    return false;
                }
            }
            return has_amount == (*kind == fee_kind::fixed) &&
                   has_percent == (*kind == fee_kind::remaining_contract_percent);
        });
    }

    /// A rule between values: when it does not hold, `path` is to blame.
    void holds(bool condition, const std::string& path, std::string_view words) {
        if (condition || failure_) return;
        const auto [node, from] = find(path);
        blame(node, from, path, words);
    }

    const std::set<std::string>& asked() const { return asked_; }
    const std::optional<base::error>& failure() const { return failure_; }

   private:
    struct place {
        const toml::node* node = nullptr;
        const file* from = nullptr;
    };

    /// These belong to one file and are never inherited.
    static bool own(std::string_view path) {
        return path == "id" || path == "version" || path == "title" || path == "source";
    }

    place find(std::string_view path) const {
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

    void take(const std::string& path, std::string_view rule, const std::function<bool(const toml::node&)>& accept) {
        asked_.insert(path);
        if (failure_ || chain_.empty()) return;
        const auto [node, from] = find(path);
        if (node == nullptr)
            blame(node, from, path, "is missing; it " + std::string(rule));
        else if (!accept(*node))
            blame(node, from, path, rule);
    }

    void blame(const toml::node* node, const file* from, std::string_view path, std::string_view words) {
        if (failure_ || chain_.empty()) return;
        const auto at = node == nullptr ? toml::source_position{} : node->source().begin;
        failure_ = refuse_at(from == nullptr ? chain_.front()->name : from->name, at, path, words).error();
    }

    static std::string money_words(std::string_view currency) {
        return R"(must be "none" or an amount in the policy's currency, such as "10.00 )" + std::string(currency) + "\".";
    }

    std::vector<const file*> chain_;  // the policy's own file first
    std::set<std::string> asked_;
    std::optional<base::error> failure_;
};

void read_closing(reader& in, closure_terms& out, std::string_view currency) {
    in.term_of("closing.review", out.review);
    in.hours("closing.cooling_off_hours.low", out.cooling_off_hours.low);
    in.hours("closing.cooling_off_hours.medium", out.cooling_off_hours.medium);
    in.hours("closing.cooling_off_hours.high", out.cooling_off_hours.high);
    in.days("closing.pause_max_days", out.pause_max_days);
    in.fee("closing.fee", out.fee, currency);
    in.one_of("closing.effective", out.effective);
    in.yes_no("closing.refund_unused_prepaid", out.refund_unused_prepaid);
    in.yes_no("closing.refund_bonus", out.refund_bonus);
    in.term_of("closing.refund_within", out.refund_within);
    in.whole("closing.refund_min_minor", out.refund_min_minor, {0, 1'000'000'000});
    in.days("closing.device_write_off_days", out.device_write_off_days);
    in.days("closing.quarantine_days", out.quarantine_days);
    in.days("closing.reclaim_days", out.reclaim_days);
    in.days("closing.port_right_days", out.port_right_days);
    in.days("closing.no_reassign_days", out.no_reassign_days);
    in.days("closing.harassment_quarantine_days", out.harassment_quarantine_days);
    in.days("closing.release_notice_days", out.release_notice_days);
}

void read_keepalive(reader& in, keepalive_rules& out, std::string_view currency) {
    in.days("keepalive.validity_days", out.validity_days, 1);
    in.days("keepalive.grace_days", out.grace_days);
    in.days("keepalive.suspend_days", out.suspend_days);
    in.numbers("keepalive.remind_days_before", out.remind_days_before, {1, max_days});
    in.money_or_none("keepalive.retention_fee", out.retention_fee, currency);
    in.days("keepalive.retention_extends_days", out.retention_extends_days);
}

void read_proof(reader& in, policy& out) {
    for (const auto& [risk, unused] : members_of_enum<risk_level>())
        for (const auto& [through, unused_too] : members_of_enum<channel>())
            in.evidence("evidence." + risk + "." + through, out.evidence[risk][through]);
    in.evidence("unlock_evidence", out.unlock_evidence);
    in.evidence("reinstate_evidence", out.reinstate_evidence);
    // NIST SP 800-63B-4 §3.1.3: at least six digits, at most ten minutes.
    in.whole("otp.digits", out.otp.digits, {6, 12});
    in.whole("otp.ttl_minutes", out.otp.ttl_minutes, {1, 10});
    in.whole("otp.max_wrong", out.otp.max_wrong, {1, 20});
    in.whole("otp.lock_minutes", out.otp.lock_minutes, {1, 7 * 24 * 60});
    in.whole("otp.min_gap_seconds", out.otp.min_gap_seconds, {0, 3600});
    in.whole("otp.max_per_day", out.otp.max_per_day, {1, 100});
    in.days("risk.sim_change_days", out.risk.sim_change_days);
    in.days("risk.contact_change_days", out.risk.contact_change_days);
    in.days("risk.young_line_days", out.risk.young_line_days);
    in.whole("risk.wrong_tries", out.risk.wrong_tries, {1, 100});
    for (const auto fact : risk_facts)
        in.one_of("risk.levels." + std::string(fact), out.risk.levels[std::string(fact)]);
}

/// What no single value can break.
void check_together(reader& in, const policy& p) {
    const auto& closing = p.closing;
    in.holds(p.keepalive.remind_days_before.empty() ||
                 p.keepalive.remind_days_before.front() <= p.keepalive.validity_days,
             "keepalive.remind_days_before", "starts before the validity does; remind at most `validity_days` before.");
    in.holds(p.keepalive.retention_fee.has_value() == (p.keepalive.retention_extends_days > 0),
             "keepalive.retention_extends_days",
             "must be more than 0 where there is a retention_fee, and 0 where it is \"none\".");
    in.holds(closing.cooling_off_hours.low <= closing.cooling_off_hours.medium &&
                 closing.cooling_off_hours.medium <= closing.cooling_off_hours.high,
             "closing.cooling_off_hours", "must not be shorter at a higher risk.");
    in.holds(closing.harassment_quarantine_days >= closing.quarantine_days, "closing.harassment_quarantine_days",
             "must be at least `quarantine_days`.");
    in.holds(closing.release_notice_days <= std::max({closing.quarantine_days, closing.reclaim_days,
                                                      closing.port_right_days, closing.no_reassign_days}),
             "closing.release_notice_days", "is longer than every hold, so partners could not be told in time.");
    in.holds(!p.auto_approve || p.auto_approve_max < p.four_eyes_from, "auto_approve_max",
             "must lie below `four_eyes_from`, or nobody would look at what two should.");
    for (const auto& [risk, level] : members_of_enum<risk_level>()) {
        const auto finishes = [&p, level](channel through) { return !p.evidence_for(level, through).empty(); };
        in.holds(std::ranges::any_of(p.channels, finishes), "evidence." + risk,
                 "lets no channel of `channels` finish a case of this risk; give one of them a set of proof.");
    }
}

void read(reader& in, policy& out) {
    in.name("id", out.id, "._-", "must be text: the name of the file without .toml.");
    in.whole("version", out.version, {1, 1'000'000});
    in.words("title", out.title);
    in.words("source", out.source);
    in.name("calendar", out.calendar, "-_", "must be the id of a calendar, such as \"CN\" for calendars/CN.json.");
    in.name("zone", out.zone, "/_+-", "must be an IANA time zone, such as \"Asia/Shanghai\".");
    in.currency("currency", out.currency);
    in.channels("channels", out.channels);
    read_keepalive(in, out.keepalive, out.currency);
    read_closing(in, out.closing, out.currency);
    in.yes_no("auto_approve", out.auto_approve);
    in.one_of("auto_approve_max", out.auto_approve_max);
    in.one_of("four_eyes_from", out.four_eyes_from);
    in.whole("quote_valid_hours", out.quote_valid_hours, {1, max_hours});
    in.days("application_ttl_days", out.application_ttl_days, 1);
    in.whole("max_applications_per_30d", out.max_applications_per_30d, {1, 1000});
    in.hours("wait_after_reject_hours", out.wait_after_reject_hours);
    in.whole("acknowledge_within_s", out.acknowledge_within_s, {1, 86'400});
    in.days("previous_contact_days", out.previous_contact_days);
    in.days("backup_ttl_days", out.backup_ttl_days, 1);
    in.days("contact_change_lock_days", out.contact_change_lock_days);
    in.days("sim_change_lock_days", out.sim_change_lock_days);
    in.hours("lost_device_cooling_off_hours", out.lost_device_cooling_off_hours);
    read_proof(in, out);
    for (const auto kind : data_classes)
        in.days("retention_days." + std::string(kind), out.retention_days[std::string(kind)]);
    in.lines("reporting", out.reporting);
    check_together(in, out);
}

/// Every path that a file may set: what `read` asks for, and the parent's name.
const std::set<std::string>& known_paths() {
    static const std::set<std::string> known = [] {
        reader in({});
        policy unused;
        read(in, unused);
        auto out = in.asked();
        out.insert("inherits");
        return out;
    }();
    return known;
}

/// Refuses keys that nothing reads. Goes down known tables only, so a hostile file cannot make it deep.
result<void> only_known(const file& in, const toml::table& table, const std::string& prefix) {
    const auto& known = known_paths();
    for (const auto& [key, value] : table) {
        const auto path = prefix + std::string(key.str().substr(0, 64));
        if (known.contains(path)) continue;
        const auto below = known.lower_bound(path + ".");
        if (below != known.end() && below->starts_with(path + ".")) {
            if (const auto* inner = value.as_table()) {
                CHECK(only_known(in, *inner, path + "."));
                continue;
            }
            return refuse_at(in.name, value.source().begin, path, "must be a table.");
        }
        std::set<std::string> here;
        for (const auto& one : known)
            if (one.starts_with(prefix)) here.insert(one.substr(prefix.size(), one.find('.', prefix.size()) - prefix.size()));
        std::string names;
        for (const auto& one : here) names += (names.empty() ? "" : ", ") + one;
        return refuse_at(in.name, key.source().begin, path, "is not known. Known here: " + names + ".");
    }
    return {};
}

using files_by_id = std::map<std::string, file, std::less<>>;

/// The file, its parent, its parent's parent ...
result<std::vector<const file*>> chain_of(const files_by_id& files, const file& first) {
    std::vector<const file*> chain = {&first};
    while (const auto* parent = chain.back()->root.get("inherits")) {
        const auto& child = *chain.back();
        const auto at = parent->source().begin;
        const auto* name = parent->as_string();
        const auto found = name == nullptr ? files.end() : files.find(name->get());
        if (found == files.end())
            return refuse_at(child.name, at, "inherits", "must name another policy file without .toml, such as \"base\".");
        if (std::ranges::find(chain, &found->second) != chain.end())
            return refuse_at(child.name, at, "inherits", "leads back to a policy that inherits from this one; cut the circle.");
        if (chain.size() >= max_parents)
            return refuse_at(child.name, at, "inherits", "makes a chain of more than 8 policies; shorten it.");
        chain.push_back(&found->second);
    }
    return chain;
}

result<policy> load_one(const files_by_id& files, const file& own) {
    TRY(chain, chain_of(files, own));
    reader in(std::move(chain));
    policy out;
    read(in, out);
    in.holds(out.id == own.id, "id", "must equal the name of its file without .toml.");
    if (in.failure()) return std::unexpected(*in.failure());
    return out;
}

}  // namespace

result<policy_book> load_policies(const std::vector<policy_source>& sources) {
    if (sources.size() > max_files)
        return base::refuse(base::code::policy_invalid, "There are more than 1000 policies; remove some.");
    files_by_id files;
    for (const auto& source : sources) {
        const auto name = source.name.substr(0, 64) + ".toml";
        if (!label::parse(source.name))
            return refuse_at(name, {}, "", "A policy file is named with 1 to 64 of a-z, 0-9, dot, underscore and hyphen.");
        TRY(root, parse(name, source.text));
        file one{name, source.name, std::move(root)};
        CHECK(only_known(one, one.root, ""));
        if (!files.try_emplace(source.name, std::move(one)).second)
            return refuse_at(name, {}, "", "There are two files of this name; remove one.");
    }
    std::map<std::string, policy, std::less<>> book;
    for (const auto& [id, one] : files) {
        TRY(loaded, load_one(files, one));
        book.emplace(id, std::move(loaded));
    }
    return policy_book(std::move(book));
}

}  // namespace keepline::domain
