// What a file of lines would change, as a plan has it: each change is one request of this API, with what it changes in
// words (plan_words.hpp) and a print of what it was made of (plan_look.hpp). Reads the vault: on the threads for files.
#pragma once

#include "desk/asked.hpp"
#include "desk/said.hpp"
#include "domain/import_plan/import_plan.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace keepline::desk {

enum class change_kind { contacts, line, profile, profile_offer };
BOOST_DESCRIBE_ENUM(change_kind, contacts, line, profile, profile_offer)

/// For the person who signs: addresses and accounts by their ends only.
struct difference {
    std::string what;  // a column: "balance", "phone", "refund_iban", …
    std::string before;
    std::string after;
    bool operator==(const difference&) const = default;
};
BOOST_DESCRIBE_STRUCT(difference, (), (what, before, after))

struct planned_change {
    int row = 0;  // in what was sent, from 1
    change_kind kind = change_kind::line;
    std::string line_id;
    base::msisdn number;
    label subscriber;
    std::vector<difference> differs;
    std::string before;  // print of what it was made of
    std::string target;  // POST there …
    std::string body;    // … this
    bool operator==(const planned_change&) const = default;
};
BOOST_DESCRIBE_STRUCT(planned_change, (), (row, kind, line_id, number, subscriber, differs, before, target, body))

struct rejected_plan_row {
    int row = 0;
    std::string code;
    std::string reason;
    std::optional<std::string> field;
    bool operator==(const rejected_plan_row&) const = default;
};
BOOST_DESCRIBE_STRUCT(rejected_plan_row, (), (row, code, reason, field))

struct planned {
    std::vector<planned_change> changes;
    std::vector<rejected_plan_row> rejected;  // the first of them …
    std::vector<int> also_rejected;           // … and the others, by number only
    int known = 0;                            // rows in which nothing differs
    domain::plan_summary what;
};

inline constexpr std::size_t plan_rows_max = 20'000;

/// `rows`: each the body of POST /v1/lines/import. code::too_large beyond what one plan takes.
result<planned> plan_rows(const asked& c, const boost::json::array& rows);

// -- in the vault, under the plan's own key

inline constexpr std::size_t changes_per_row = 100;
std::string changes_kind(std::size_t chunk);
result<std::vector<port::vault_row>> sealed_changes(port::vault& vault, const std::string& plan,
                                                    const std::vector<planned_change>& changes);
result<std::vector<planned_change>> open_changes(port::vault& vault, const std::string& plan, std::size_t chunk);

}  // namespace keepline::desk
