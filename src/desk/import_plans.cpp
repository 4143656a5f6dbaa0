// Plans of imports: made by one person or system, signed by another, carried out by the server
// (domain/import_plan/import_plan.hpp, app/plan_carrier.hpp).
#include "base/bytes.hpp"
#include "desk/plan_views.hpp"
#include "desk/taking.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::string_view id_prefix = "ip_";

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

result<engine::view_ptr> plan_named(const asked& c, std::string_view id) {
    const auto none = [] { return refuse(code::not_found, "There is no such plan."); };
    if (!id.starts_with(id_prefix)) return none();
    auto view = c.core_of().read({port::stream_kind::plan, std::string(id)});
    if (!view && view.error().what == code::not_found) return none();
    return view;
}

/// The same for the same request: a repeat finds the plan of the first time.
std::string id_for(const asked& c) {
    constexpr std::size_t bytes = 10;
    return std::string(id_prefix) + base::base32(base::byte_view(c.once->key).first(bytes));
}

told<new_plan_view> created(const asked& c, const planned& all, const engine::answer* done) {
    new_plan_view out;
    if (done != nullptr) out.plan = view_of(done->view->plan(), c.who.who, c.now());
    out.rows = all.what.rows;
    out.known = all.known;
    out.rejected = all.rejected;
    out.also_rejected = all.also_rejected;
    if (done == nullptr) return {std::move(out)};
    return {std::move(out), done->view->revision(), done->replayed, true};
}

struct plan_ready {
    planned all;
    std::optional<engine::submission> what;
    std::shared_ptr<void> place{};  // among those that wait, until this one is committed or refused
};

/// Whoever decides reads them all: nobody makes more than can be read, and each has places of their own.
result<std::shared_ptr<void>> place_among_waiting(const asked& c, const std::string& id) {
    constexpr std::size_t of_one = 8;
    constexpr std::size_t of_all = 64;
    return c.at->plans.take(id, c.who.who, [&](auto others) -> result<void> {
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

result<plan_ready> plan_from(const asked& c, const boost::json::array& rows) {
    TRY(all, plan_rows(c, rows));
    plan_ready out{std::move(all), {}, {}};
    const auto id = id_for(c);
    // A repeat is about the plan of the first time, whatever has become of it and of its rows since: nothing is
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
        TRY(sealed, sealed_changes(*c.at->with.vault, id, out.all.changes));
        what.vault = std::move(sealed);
    }
    out.what = std::move(what);
    return out;
}

result<page_of<plan_view>> plans_page(const asked& c, const paging& page) {
    port::stream_filter which;
    which.kind = port::stream_kind::plan;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    page_of<plan_view> out;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        auto shown = view_of(view->plan(), c.who.who, c.now());
        shown.notes.clear();  // of one plan, when it is looked at
        out.items.push_back(std::move(shown));
    }
    out.next = listed.next;
    return out;
}

result<page_of<change_view>> changes_page(const asked& c, const paging& page) {
    TRY(view, plan_named(c, c.ids[0]));
    std::size_t after = 0;
    const auto* end = page.after.data() + page.after.size();
    if (!page.after.empty()) {
        const auto [stopped, failure] = std::from_chars(page.after.data(), end, after);
        if (failure != std::errc() || stopped != end)
            return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    }
    const auto count = static_cast<std::size_t>(view->plan().what.changes);
    page_of<change_view> out;
    while (after < count && out.items.size() < page.limit) {
        TRY(some, open_changes(*c.at->with.vault, view->key.key, after / changes_per_row));
        for (auto at = after % changes_per_row; at < some.size() && out.items.size() < page.limit; ++at) {
            auto& one = some[at];
            out.items.push_back({static_cast<int>(++after), one.row, one.kind, one.line_id, std::move(one.differs)});
        }
        if (some.empty()) break;
    }
    if (after < count) out.next = std::to_string(after);
    return out;
}

using ask_plan = ask_ptr<told<plan_view>>;

void answer_plan(const ask_plan& c, const engine::answer& done) {
    c->answer({view_of(done.view->plan(), c->who.who, c->now()), done.view->revision(), done.replayed});
}

/// A command about the plan, and the plan as it is then.
template <typename Command>
void on_plan(const ask_plan& c, const engine::stream_view& plan, Command what) {
    submit(c, submission_of(*c, plan.key, domain::import_plan_command{std::move(what)}), answer_plan);
}

}  // namespace

void desk::make_import_plan(request by, std::function<said<plan_rows_said>()> in, reply<told<new_plan_view>> then) {
    using ask_new = ask_ptr<told<new_plan_view>>;
    take(shared_, use::make_import_plan, std::move(by), std::move(then), [&](const ask_new& c) {
        // Its id comes from the key, so that a repeat finds the plan of the first time.
        if (!c->once) return c->refuse({code::idempotency_key_missing, "A plan is made with an Idempotency-Key."});
        run_on(c->at->files, c, [c, in = std::move(in)]() -> afterwards {
            auto ready = [&]() -> result<plan_ready> {
                TRY(given, in());
                return plan_from(*c, given.rows);
            }();
            if (!ready) return [c, why = ready.error()] { c->refuse(why); };
            return [c, ready = std::make_shared<plan_ready>(std::move(*ready))] {
                if (!ready->what) return c->answer(created(*c, ready->all, nullptr));
                submit(c, *ready->what, [ready](const ask_new& same, const engine::answer& done) {
                    same->answer(created(*same, ready->all, &done));
                });
            };
        });
    });
}

void desk::list_import_plans(request by, result<paging> wanted, reply<page_of<plan_view>> then) {
    take_aside(shared_, use::list_import_plans, std::move(by), std::move(then),
               [wanted = std::move(wanted)](const asked& c) -> result<page_of<plan_view>> {
                   if (!wanted) return std::unexpected(wanted.error());
                   return plans_page(c, *wanted);
               });
}

void desk::list_plan_changes(request by, const std::string& plan, result<paging> wanted,
                             reply<page_of<change_view>> then) {
    take(shared_, use::list_plan_changes, std::move(by), {plan, {}}, std::move(then),
         [&](const ask_ptr<page_of<change_view>>& c) {
             if (!wanted) return c->refuse(wanted.error());
             run_aside(c, [c, page = std::move(*wanted)]() -> afterwards {
                 auto out = changes_page(*c, page);
                 return [c, out = std::move(out)] { out ? c->answer(*out) : c->refuse(out.error()); };
             });
         });
}

void desk::read_import_plan(request by, const std::string& plan, reply<told<plan_view>> then) {
    take(shared_, use::read_import_plan, std::move(by), std::move(then), [&](const ask_plan& c) {
        const auto view = plan_named(*c, plan);
        if (!view) return c->refuse(view.error());
        answer_plan(c, {*view, {}, false});
    });
}

/// The hash is what is signed: whoever signs says which plan they have read.
void desk::sign_import_plan(request by, const std::string& plan, said<plan_signature_body> in,
                            reply<told<plan_view>> then) {
    take(shared_, use::sign_import_plan, std::move(by), std::move(then), [&](const ask_plan& c) {
        if (!in) return c->refuse(in.error());
        const auto view = plan_named(*c, plan);
        if (!view) return c->refuse(view.error());
        const auto& s = (*view)->plan();
        if (in->hash != s.what.hash)
            return c->refuse({code::invalid,
                              "`hash` is not this plan's: read what it changes, and sign that.",
                              {{"field", "hash"}}});
        const auto* asked = request_in(s);
        if (asked == nullptr) return c->refuse({code::not_found, "There is no such request."});
        if (auto may = check_signing(*c, asked); !may) return c->refuse(may.error());
        on_plan(c, **view, domain::countersign{asked->serial});
    });
}

void desk::refuse_import_plan(request by, const std::string& plan, said<reason_body> in, reply<told<plan_view>> then) {
    take(shared_, use::refuse_import_plan, std::move(by), std::move(then), [&](const ask_plan& c) {
        if (!in) return c->refuse(in.error());
        const auto view = plan_named(*c, plan);
        if (!view) return c->refuse(view.error());
        const auto* asked = request_in((*view)->plan());
        if (asked == nullptr) return c->refuse({code::not_found, "There is no such request."});
        on_plan(c, **view, domain::refuse_second{asked->serial, std::move(in->reason)});
    });
}

/// What has been done by then stays done; the rest is not begun.
void desk::stop_import_plan(request by, const std::string& plan, said<reason_body> in, reply<told<plan_view>> then) {
    take(shared_, use::stop_import_plan, std::move(by), std::move(then), [&](const ask_plan& c) {
        if (!in) return c->refuse(in.error());
        const auto view = plan_named(*c, plan);
        if (!view) return c->refuse(view.error());
        on_plan(c, **view, domain::stop_plan{std::move(in->reason)});
    });
}

}  // namespace keepline::desk
