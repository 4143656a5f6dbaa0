// One policy file as parsed TOML, and the reader that looks values up along the chain child -> parent -> ...: so tables
// merge, while lists and single values replace. For policy_load.cpp only. No exception leaves.
#pragma once

#include "domain/policy.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace keepline::domain {

struct policy_file {
    std::string name;  // "cn.toml"
    std::string id;    // "cn"
    toml::table root;
};

/// code::policy_invalid with file, line, column and field; the words follow the field's name.
std::unexpected<base::error> policy_mistake(std::string_view file_name, toml::source_position at,
                                            std::string_view field, std::string_view words);

/// The text may be hostile: its size, the length of its lines and its nesting are bounded before it is parsed.
result<policy_file> parse_policy_file(std::string_view file_name, std::string_view text);

template <typename Enum>
std::optional<Enum> enum_in(const toml::node& node) {
    const auto* text = node.as_string();
    return text == nullptr ? std::nullopt : base::enum_named<Enum>(text->get());
}

template <typename Enum>
std::string names_of() {
    std::string out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>(
        [&](auto one) { out += (out.empty() ? "" : ", ") + std::string(one.name); });
    return out;
}

/// Keeps the first failure; later reads are then harmless. With an empty chain it only notes what is asked for.
class policy_reader {
 public:
    explicit policy_reader(std::vector<const policy_file*> chain) : chain_(std::move(chain)) {}

    struct range {
        std::int64_t least = 0;
        std::int64_t most = 0;
    };

    template <typename Integer>
    void whole(const std::string& path, Integer& out, range within) {
        std::int64_t value = 0;
        whole_number(path, value, within);
        out = static_cast<Integer>(value);
    }
    template <typename Enum>
    void one_of(const std::string& path, Enum& out) {
        take(path, "must be one of: " + names_of<Enum>() + ".", [&](const toml::node& node) {
            const auto value = enum_in<Enum>(node);
            if (value) out = *value;
            return value.has_value();
        });
    }
    /// A list; none twice.
    template <typename Enum>
    void some_of(const std::string& path, std::vector<Enum>& out) {
        take_each(path, "must be a list, each once, of: " + names_of<Enum>() + ".", 0, [&](const toml::node& node) {
            const auto value = enum_in<Enum>(node);
            if (!value || std::ranges::find(out, *value) != out.end()) return false;
            out.push_back(*value);
            return true;
        });
    }
    void yes_no(const std::string& path, bool& out);
    void words(const std::string& path, std::string& out);
    /// 1 to 64 of letters, digits and `extra`; `rule` says so.
    void name(const std::string& path, std::string& out, std::string_view extra, std::string_view rule);
    void currency(const std::string& path, std::string& out);
    void term_of(const std::string& path, term& out);  // "7 working days"
    void money_or_none(const std::string& path, std::optional<money>& out, std::string_view of_currency);
    void reminders(const std::string& path, std::vector<int>& out, range within);  // falling numbers
    void channels(const std::string& path, std::vector<channel>& out);
    /// Five or six digits each: MCC and MNC of ITU-T E.212.
    void plmns(const std::string& path, std::vector<std::string>& out);
    void account_kinds(const std::string& path, std::vector<base::account_kind>& out);  // at least one
    void payouts(const std::string& path, std::vector<payout>& out);                    // beside an account
    void lines(const std::string& path, std::vector<std::string>& out);
    /// At most three tables of {name, name_zh, web, phone, after}; each has a name, and a web address or a phone.
    void complaint_bodies(const std::string& path, std::vector<complaint_body>& out);
    /// A list of sets of proof. An e-mail reaches whoever holds the mailbox, so it never stands alone
    /// (NIST SP 800-63B-4 §3.1.3: no out-of-band factor by e-mail).
    void evidence(const std::string& path, evidence_sets& out);
    /// One inline table that replaces the inherited one as a whole: {kind, amount | percent, cap}.
    void fee(const std::string& path, closing_fee& out, std::string_view of_currency);

    /// A rule between values: when it does not hold, `path` is to blame.
    void holds(bool condition, const std::string& path, std::string_view words);

    const std::set<std::string>& asked() const { return asked_; }
    const std::optional<base::error>& failure() const { return failure_; }

 private:
    struct place {
        const toml::node* node = nullptr;
        const policy_file* from = nullptr;
    };
    using acceptor = std::function<bool(const toml::node&)>;

    place find(std::string_view path) const;
    void take(const std::string& path, std::string_view rule, const acceptor& accept);
    void take_each(const std::string& path, std::string_view rule, std::size_t least, const acceptor& accept);
    void whole_number(const std::string& path, std::int64_t& out, range within);
    void blame(const place& where, std::string_view path, std::string_view words);

    std::vector<const policy_file*> chain_;  // the policy's own file first
    std::set<std::string> asked_;
    std::optional<base::error> failure_;
};

}  // namespace keepline::domain
