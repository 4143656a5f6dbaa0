// Plans of imports: made by one person or system, signed by another, carried out by the server
// (domain/import_plan/import_plan.hpp, app/plan_carrier.hpp).
#include "api/routes.hpp"
#include "base/bytes.hpp"
#include "desk/plan_changes.hpp"
#include "desk/request_views.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

constexpr std::string_view id_prefix = "ip_";

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
    std::optional<plan_view> plan;  // none: desk::nothing would change
    int rows = 0;
    int known = 0;
    std::vector<desk::rejected_plan_row> rejected;
    std::vector<int> also_rejected;
    bool operator==(const new_plan_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(new_plan_view, (), (plan, rows, known, rejected, also_rejected))

struct change_view {
    int number = 0;
    int row = 0;
    desk::change_kind kind = desk::change_kind::line;
    std::string line_id;
    std::vector<desk::difference> differs;
    bool operator==(const change_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(change_view, (), (number, row, kind, line_id, differs))

const domain::second_request* request_in(const domain::import_plan_state& s) {
    return s.asked.list.empty() ? nullptr : &s.asked.list.back();
}

plan_view view_of(const domain::import_plan_state& s, const domain::actor& reader, instant now) {
    plan_view out;
    out.id = s.id.text();
    out.stage = domain::stage_of(s, now);
    out.what = s.what;
    out.by = s.by;
    out.made_at = s.made_at;
    if (s.signed_by) {
        out.signed_by = s.signed_by;
        out.signed_at = s.signed_at;
    }
    out.carried = s.carried;
    out.changed = s.changed;
    out.known = s.known;
    out.asked = s.asked_for;
    out.refused = s.refused;
    out.notes = s.notes;
    if (s.ended_at) out.ended_at = s.ended_at;
    if (s.stopped_by) {
        out.stopped_by = s.stopped_by;
        out.reason = s.why_stopped;
    }
    const auto* asked = request_in(s);
    if (asked == nullptr) return out;
    if (out.stage == domain::plan_stage::waiting) out.expires_at = asked->expires_at;
    if (asked->state == domain::request_state::refused) {
        out.refused_by = asked->answered_by;
        out.reason = asked->reason;
    }
    const auto why_not = domain::why_not_sign(*asked, reader, now);
    out.may_sign = !why_not;
    if (why_not) out.why_not = why_not->words;
    return out;
}

result<engine::view_ptr> plan_named(const call& c, std::string_view id) {
    const auto none = [] { return refuse(code::not_found, "There is no such plan."); };
    if (!id.starts_with(id_prefix)) return none();
    auto view = c.core_of().read({port::stream_kind::plan, std::string(id)});
    if (!view && view.error().what == code::not_found) return none();
    return view;
}

/// The same for the same request: a repeat finds the plan of the first time.
std::string id_for(const call& c) {
    constexpr std::size_t bytes = 10;
    return std::string(id_prefix) + base::base32(base::byte_view(c.once->key).first(bytes));
}

response created(const call& c, const desk::planned& all, const engine::answer* done) {
    new_plan_view out;
    if (done != nullptr) out.plan = view_of(done->view->plan(), c.who.who, c.now());
    out.rows = all.what.rows;
    out.known = all.known;
    out.rejected = all.rejected;
    out.also_rejected = all.also_rejected;
    auto answer = json_answer(out, done == nullptr ? 200 : 201);
    if (done != nullptr) add_version(answer, done->view->revision(), done->replayed);
    return answer;
}

struct plan_ready {
    desk::planned all;
    std::optional<engine::submission> what;
    std::shared_ptr<void> place{};  // among those that wait, until this one is committed or refused
};

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

/// Plans that were let through and are not committed yet, by their ids: what is in no list yet counts all
/// the same, or many that come at once are each the last. A place is given back with the last copy of what `take`
/// gave.
class plans_under_way {
 public:
    template <typename Check>
    result<std::shared_ptr<void>> take(const std::string& id, const domain::actor& by, const Check& check) {
        const std::scoped_lock held(mutex_);
        CHECK(check(by_id_));
        by_id_.emplace(id, by);
        return std::shared_ptr<void>(nullptr, [this, id](void*) {
            const std::scoped_lock again(mutex_);
            by_id_.erase(id);
        });
    }

 private:
    std::mutex mutex_;
    std::map<std::string, domain::actor> by_id_;
};

/// Whoever decides reads them all: nobody makes more than can be read, and each has places of their own.
result<std::shared_ptr<void>> place_among_waiting(const call& c, const std::string& id) {
    constexpr std::size_t of_one = 8;
    constexpr std::size_t of_all = 64;
    static plans_under_way under_way;
    return under_way.take(id, c.who.who, [&](auto others) -> result<void> {
        port::stream_filter which;
        which.kind = port::stream_kind::plan;
        which.stage = engine::stage_of_waiting_plan;
        TRY(listed, c.core_of().list(which, "", of_all));
        for (const auto& one : listed.streams) {
            TRY(view, c.core_of().read(one.key));
            others.insert_or_assign(one.key.key, view->plan().by);
        }
        const auto theirs = static_cast<std::size_t>(
            std::ranges::count_if(others, [&](const auto& one) { return counted_as_one(one.second, c.who.who); }));
        if (theirs < of_one && others.size() < of_all) return {};
        return refuse(code::too_many, "So many plans wait to be signed that first some of them are signed or refused.",
                      {{"waiting", std::to_string(theirs < of_one ? others.size() : theirs)}});
    });
}

result<plan_ready> plan_from(const call& c) {
    CHECK(check_bulk(c.in().body));
    TRY(body, base::parse_json(c.in().body));
    CHECK(base::check_members_once(c.in().body));
    const auto* in = body.if_object();
    const auto* rows = in == nullptr || in->size() != 1 ? nullptr : in->if_contains("rows");
    if (rows == nullptr || !rows->is_array() || rows->get_array().empty())
        return refuse(code::invalid, "`rows` must be a list of rows, each as POST /v1/lines/import takes it.",
                      {{"field", "rows"}});
    TRY(all, desk::plan_rows(c, rows->get_array()));
    plan_ready out{std::move(all), {}, {}};
    const auto id = id_for(c);
    // A repeat is about the plan of the first time, whatever has become of it and of its rows since: desk::nothing is
    // sealed for it again.
    const auto first = c.core_of().read({port::stream_kind::plan, id});
    if (!first && first.error().what != code::not_found) return std::unexpected(first.error());
    if (first) out.all.what = (*first)->plan().what;
    if (!first && out.all.changes.empty()) return out;
    if (!first) {
        TRY(place, place_among_waiting(c, id));
        out.place = std::move(place);
    }
    domain::make_plan command{label::trusted(id), out.all.what};
    auto what = submission_of(c, {port::stream_kind::plan, id}, domain::import_plan_command{std::move(command)});
    what.must_exist = false;
    if (!first) {
        TRY(sealed, desk::sealed_changes(*c.at->with.vault, id, out.all.changes));
        what.vault = std::move(sealed);
    }
    out.what = std::move(what);
    return out;
}

}  // namespace

void make_import_plan(const call_ptr& c) {
    run_on(c->at->files, c, [c]() -> afterwards {
        auto ready = plan_from(*c);
        if (!ready) return [c, why = ready.error()] { c->refuse(why); };
        return [c, ready = std::make_shared<plan_ready>(std::move(*ready))] {
            if (!ready->what) return c->answer(created(*c, ready->all, nullptr));
            submit(c, *ready->what, [ready](const call_ptr& same, const engine::answer& done) {
                same->answer(created(*same, ready->all, &done));
            });
        };
    });
}

namespace {

result<response> plans_page(const call& c) {
    TRY(page, paging_of(c));
    port::stream_filter which;
    which.kind = port::stream_kind::plan;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<plan_view> items;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        auto shown = view_of(view->plan(), c.who.who, c.now());
        shown.notes.clear();  // of one plan, when it is looked at
        items.push_back(std::move(shown));
    }
    return page_answer(items, listed.next);
}

result<response> changes_page(const call& c) {
    TRY(view, plan_named(c, c.args[0]));
    TRY(page, paging_of(c));
    std::size_t after = 0;
    const auto* end = page.after.data() + page.after.size();
    if (!page.after.empty()) {
        const auto [stopped, failure] = std::from_chars(page.after.data(), end, after);
        if (failure != std::errc() || stopped != end)
            return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    }
    const auto count = static_cast<std::size_t>(view->plan().what.changes);
    std::vector<change_view> items;
    while (after < count && items.size() < page.limit) {
        TRY(some, desk::open_changes(*c.at->with.vault, view->key.key, after / desk::changes_per_row));
        for (auto at = after % desk::changes_per_row; at < some.size() && items.size() < page.limit; ++at) {
            auto& one = some[at];
            items.push_back({static_cast<int>(++after), one.row, one.kind, one.line_id, std::move(one.differs)});
        }
        if (some.empty()) break;
    }
    return page_answer(items, after < count ? std::to_string(after) : std::string());
}

void answer_page(const call_ptr& c, result<response> (*page)(const call&)) {
    run_aside(c, [c, page]() -> afterwards {
        auto out = page(*c);
        return [c, out = std::move(out)] { out ? c->answer(*out) : c->refuse(out.error()); };
    });
}

void answer_plan(const call_ptr& c, const engine::answer& done) {
    auto out = json_answer(view_of(done.view->plan(), c->who.who, c->now()));
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

}  // namespace

void list_import_plans(const call_ptr& c) { answer_page(c, plans_page); }
void list_plan_changes(const call_ptr& c) { answer_page(c, changes_page); }

void read_import_plan(const call_ptr& c) {
    const auto view = plan_named(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    answer_plan(c, {*view, {}, false});
}

/// The hash is what is signed: whoever signs says which plan they have read.
void sign_import_plan(const call_ptr& c) {
    const auto in = body_of<desk::plan_signature_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto view = plan_named(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    const auto& s = (*view)->plan();
    if (in->hash != s.what.hash)
        return c->refuse(
            {code::invalid, "`hash` is not this plan's: read what it changes, and sign that.", {{"field", "hash"}}});
    const auto* asked = request_in(s);
    if (asked == nullptr) return c->refuse({code::not_found, "There is no such request."});
    if (auto may = desk::check_signing(*c, asked); !may) return c->refuse(may.error());
    submit(c, submission_of(*c, (*view)->key, domain::import_plan_command{domain::countersign{asked->serial}}),
           answer_plan);
}

void refuse_import_plan(const call_ptr& c) {
    auto in = body_of<desk::reason_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto view = plan_named(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    const auto* asked = request_in((*view)->plan());
    if (asked == nullptr) return c->refuse({code::not_found, "There is no such request."});
    submit(c,
           submission_of(*c, (*view)->key,
                         domain::import_plan_command{domain::refuse_second{asked->serial, std::move(in->reason)}}),
           answer_plan);
}

/// What has been done by then stays done; the rest is not begun.
void stop_import_plan(const call_ptr& c) {
    auto in = body_of<desk::reason_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto view = plan_named(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    submit(c, submission_of(*c, (*view)->key, domain::import_plan_command{domain::stop_plan{std::move(in->reason)}}),
           answer_plan);
}

}  // namespace keepline::api
