// Plans of imports as those see them who make, read and sign them.
#pragma once

#include "desk/plan_changes.hpp"
#include "domain/import_plan/import_plan.hpp"

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>

namespace keepline::desk {

/// The rows of a plan, each as POST /v1/lines/import takes one.
struct plan_rows_said {
    boost::json::array rows;
};

struct plan_view {
    std::string id;
    domain::plan_stage stage = domain::plan_stage::waiting;
    domain::plan_summary what;
    domain::actor by;
    instant made_at;
    std::optional<instant> expires_at;
    std::optional<domain::actor> signed_by;
    std::optional<instant> signed_at;
    std::optional<domain::actor> refused_by;
    std::optional<std::string> reason;
    int carried = 0;
    int changed = 0;
    int known = 0;
    int asked = 0;
    int refused = 0;
    std::vector<domain::plan_note> notes;
    std::optional<domain::actor> stopped_by;
    std::optional<instant> ended_at;
    bool may_sign = false;
    std::optional<std::string> why_not;
    bool operator==(const plan_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_view, (),
                      (id, stage, what, by, made_at, expires_at, signed_by, signed_at, refused_by, reason, carried,
                       changed, known, asked, refused, notes, stopped_by, ended_at, may_sign, why_not))

/// The answer to whoever made it.
struct new_plan_view {
    std::optional<plan_view> plan;  // none: nothing would change
    int rows = 0;
    int known = 0;
    std::vector<rejected_plan_row> rejected;
    std::vector<int> also_rejected;
    bool operator==(const new_plan_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(new_plan_view, (), (plan, rows, known, rejected, also_rejected))

struct change_view {
    int number = 0;
    int row = 0;
    change_kind kind = change_kind::line;
    std::string line_id;
    std::vector<difference> differs;
    bool operator==(const change_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(change_view, (), (number, row, kind, line_id, differs))

}  // namespace keepline::desk
