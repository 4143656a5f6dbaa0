// The rows of a plan of an import, as they are sent: counted before anything is built of them.
#include "api/asking.hpp"
#include "desk/plan_views.hpp"

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

/// Counted before anything is built of it: a small text can hold millions of values.
result<void> check_bulk(std::string_view text) {
    constexpr std::size_t values_max = 2'000'000;
    constexpr int in_rows = 2;
    std::size_t values = 1;
    std::size_t rows = 1;
    int depth = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char one = text[at];
        if (one == '"') quoted = !quoted;
        if (quoted) {
            if (one == '\\') ++at;
            continue;
        }
        if (one == '{' || one == '[') ++depth;
        if (one == '}' || one == ']') --depth;
        if (one != ',') continue;
        ++values;
        if (depth == in_rows) ++rows;
    }
    if (rows > desk::plan_rows_max || values > values_max)
        return refuse(code::too_large, "A plan takes at most 20,000 rows; make several of it.", {{"field", "rows"}});
    return {};
}

result<desk::plan_rows_said> rows_in(std::string_view text) {
    CHECK(check_bulk(text));
    TRY(body, base::parse_json(text));
    CHECK(base::check_members_once(text));
    auto* in = body.if_object();
    auto* rows = in == nullptr || in->size() != 1 ? nullptr : in->if_contains("rows");
    if (rows == nullptr || !rows->is_array() || rows->get_array().empty())
        return refuse(code::invalid, "`rows` must be a list of rows, each as POST /v1/lines/import takes it.",
                      {{"field", "rows"}});
    return desk::plan_rows_said{std::move(rows->get_array())};
}

}  // namespace

void make_import_plan(const call_ptr& c) {
    c->api->at.make_import_plan(
        c->asking(), [c] { return rows_in(c->in().body); }, told_to<desk::told<desk::new_plan_view>>(c));
}

}  // namespace keepline::api
