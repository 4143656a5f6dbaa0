// Closures: the case, the staff's queue, the certificate. The commands that move a case are in routes.cpp and
// commands.cpp.
#include "api/certificate_page.hpp"
#include "api/routes.hpp"
#include "base/problem_titles.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::api {

using base::code;
using base::refuse;

void read_closure(const call_ptr& c) {
    const auto found = case_for(*c, c->args[0]);
    if (!found) return c->refuse(found.error());
    if (found->past == nullptr) return answer_closure(c, {found->view, {}, false});
    auto out = json_answer(past_closure_of(*found->view, *found->past));
    add_version(out, found->view->revision(), false);
    c->answer(std::move(out));
}

namespace {

/// Of a case that is no longer listed: its certificate stays for ever. Customers see those of their own time.
const domain::old_certificate* left_behind(const call& c, const engine::stream_view& line, int closure) {
    const auto& s = line.number();
    const auto found = std::ranges::find(s.certificates, closure, &domain::old_certificate::closure);
    if (found == s.certificates.end()) return nullptr;
    const bool own = s.subscription && found->generation == s.generations &&
                     found->opened_at >= s.subscription->owner_since.value_or(s.subscription->since);
    return !c.is_customer() || own ? &*found : nullptr;
}

/// A browser says that it takes HTML; a program that says nothing, or everything alike, gets the signed form.
bool wants_page(std::string_view accept) {
    const auto html = accept.find("text/html");
    const auto jose = accept.find("application/jose");
    return html != std::string_view::npos && (jose == std::string_view::npos || html < jose);
}

void answer_certificate(const call_ptr& c, const engine::stream_view& line, const std::string& jws,
                        const std::optional<domain::refund>& refund_now) {
    response out;
    if (wants_page(c->in().accept)) {
        const auto rules = c->core_of().rules();
        const auto& s = line.number();
        const auto* p = s.subscription ? rules->policies.find(s.subscription->policy) : nullptr;
        static const base::zone utc;
        static const auto shipped = text::shipped();
        certificate_reading how;
        how.texts = c->api->with.texts != nullptr ? c->api->with.texts : shipped.get();
        how.language = c->in().accept_language.empty() ? std::string_view(s.language)
                                                       : base::wanted_language(c->in().accept_language);
        how.zone = p == nullptr ? &utc : &rules->zones.of(p->zone);
        how.now = refund_now;
        auto page = certificate_page(jws, how);
        if (!page) return c->refuse(page.error());
        out.type = "text/html; charset=utf-8";
        out.body = std::move(*page);
        return c->answer(std::move(out));
    }
    out.type = "application/jose";
    out.body = jws;
    c->answer(std::move(out));
}

}  // namespace

void read_certificate(const call_ptr& c) {
    const auto found = case_for(*c, c->args[0]);
    if (!found) {
        const auto name = parse_closure_id(c->args[0]);
        const auto line = name ? line_for(*c, name->line_id) : result<engine::view_ptr>(std::unexpected(found.error()));
        const auto* old = line ? left_behind(*c, **line, name->number) : nullptr;
        if (old != nullptr) return answer_certificate(c, **line, old->jws, {});
        return c->refuse(found.error());
    }
    const auto& jws = found->past == nullptr ? found->view->number().current->certificate : found->past->certificate;
    if (jws.empty())
        return c->refuse({code::not_found, "No certificate has been issued yet; it follows the end of the closure."});
    answer_certificate(c, *found->view, jws,
                       found->past == nullptr ? found->view->number().current->payback : found->past->payback);
}

// ------------------------------------------------------------------------------------------------ the queue

namespace {

/// The store lists one stage at a time, so the pages go through the stages in this order. A case that the HLR
/// contradicts is listed under that, whatever its stage.
const std::array<std::string, 11> open_stages{
    "in_review", "fraud_hold", "opened", "approved", "unbinding", "settling", engine::stage_of_mismatch,
    "closed",  // from here on: only where they are asked for
    "withdrawn", "rejected",   "expired"};
constexpr std::size_t first_ended = 7;

struct queue_place {
    std::size_t stage = 0;  // index into open_stages
    std::string after;      // of the store
};

struct queue {
    std::size_t first = 0;
    std::size_t last = first_ended - 1;
    bool overdue = false;
};

result<queue> queue_of(const call& c) {
    queue out;
    TRY(wanted, query_value(c, "stage"));
    TRY(overdue, query_value(c, "overdue"));
    if (!overdue.empty() && overdue != "true" && overdue != "false")
        return refuse(code::invalid, "`overdue` must be true or false.", {{"field", "overdue"}});
    out.overdue = overdue == "true";
    if (!wanted.empty()) {
        const auto found = std::ranges::find(open_stages, wanted);
        if (found == open_stages.end())
            return refuse(code::invalid, "`stage` must be a stage of a case.", {{"field", "stage"}});
        out.first = out.last = static_cast<std::size_t>(found - open_stages.begin());
    } else if (out.overdue) {
        out.first = out.last = 0;  // only a review has a due date
    }
    return out;
}

result<queue_place> place_of(const queue& in, const std::string& cursor) {
    if (cursor.empty()) return queue_place{in.first, {}};
    const auto dot = cursor.find('.');
    const auto found = std::ranges::find(open_stages, cursor.substr(0, dot));
    const auto index = static_cast<std::size_t>(found - open_stages.begin());
    if (dot == std::string::npos || found == open_stages.end() || index < in.first || index > in.last)
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    return queue_place{index, cursor.substr(dot + 1)};
}

std::string cursor_of(const queue_place& at) { return open_stages[at.stage] + "." + at.after; }

result<response> queue_page(const call& c) {
    TRY(wanted, queue_of(c));
    TRY(page, paging_of(c));
    TRY(at, place_of(wanted, page.after));
    const auto now = c.now();
    std::vector<closure_summary> items;
    while (at.stage <= wanted.last && items.size() < page.limit) {
        port::stream_filter which;
        which.kind = port::stream_kind::number;
        which.stage = open_stages[at.stage];
        if (wanted.overdue) which.review_due_before = now;
        TRY(listed, c.core_of().list(which, at.after, page.limit - items.size()));
        for (const auto& one : listed.streams) {
            const auto view = c.core_of().read(one.key);
            if (view && (*view)->number().current) items.push_back(summary_of(**view, now));
        }
        at.after = listed.next;
        if (at.after.empty()) ++at.stage;
    }
    return page_answer(items, at.stage <= wanted.last ? cursor_of(at) : std::string());
}

}  // namespace

void list_closures(const call_ptr& c) {
    auto page = queue_page(*c);
    if (!page) return c->refuse(page.error());
    c->answer(std::move(*page));
}

}  // namespace keepline::api
