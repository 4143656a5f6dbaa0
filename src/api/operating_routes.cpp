// For those who run it: effects that failed, policies in words, whose token this is.
#include "api/api.hpp"
#include "api/routes.hpp"
#include "desk/roles.hpp"
#include "desk/said.hpp"
#include "engine/codec.hpp"

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

desk::effect_item item_of(const engine::effect_view& e) {
    return {e.id,
            e.to,
            e.kind,
            e.line_id,
            e.attempts,
            e.dead,
            e.first_failed_at,
            e.dead ? instant{} : e.next_at,
            e.error_code,
            e.error_words};
}

result<response> effects_page(const call& c) {
    TRY(page, paging_of(c));
    TRY(state, query_value(c, "state"));
    TRY(to, query_value(c, "destination"));
    if (!state.empty() && state != "dead" && state != "retrying")
        return refuse(code::invalid, "`state` must be dead or retrying.", {{"field", "state"}});
    std::optional<domain::destination> destination;
    if (!to.empty()) {
        destination = base::enum_named<domain::destination>(to);
        if (!destination) return refuse(code::invalid, "`destination` is not one of ours.", {{"field", "destination"}});
    }
    TRY(found, c.core_of().failed_effects(state != "retrying", destination, page.after, page.limit));
    std::vector<desk::effect_item> items;
    for (const auto& one : found) items.push_back(item_of(one));
    return page_answer(items, found.size() == page.limit ? found.back().id : std::string());
}

void answer_retried(const call_ptr& c, std::int64_t n) {
    response out;
    out.body = R"({"retried":)" + std::to_string(n) + "}";
    c->answer(std::move(out));
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the HLR's word

namespace {

struct mismatch_item {
    std::string line_id;
    std::optional<std::string> closure;  // the open case that cannot go on
    base::imsi imsi;
    domain::hlr_operation wanted = domain::hlr_operation::bar;
    domain::mismatch_kind mismatch = domain::mismatch_kind::imsi_serves_other;
    std::string other;
    instant at;
};
BOOST_DESCRIBE_STRUCT(mismatch_item, (), (line_id, closure, imsi, wanted, mismatch, other, at))

result<response> mismatches_page(const call& c) {
    TRY(page, paging_of(c));
    port::stream_filter which;
    which.kind = port::stream_kind::number;
    which.stage = engine::stage_of_mismatch;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<mismatch_item> items;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        const auto& s = view->number();
        std::optional<std::string> closure;
        if (s.has_open_closure()) closure = desk::closure_id(view->public_id, s.current->number);
        for (const auto& m : s.mismatches)
            items.push_back({view->public_id, closure, m.imsi, m.operation, m.kind, m.other, m.at});
    }
    return page_answer(items, listed.next);
}

}  // namespace

void list_network_mismatches(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        auto page = mismatches_page(*c);
        return [c, page = std::move(page)] { page ? c->answer(*page) : c->refuse(page.error()); };
    });
}

void list_failed_effects(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        auto page = effects_page(*c);
        return [c, page = std::move(page)] { page ? c->answer(*page) : c->refuse(page.error()); };
    });
}

void retry_effect(const call_ptr& c) {
    if (auto in = body_of<desk::nothing>(*c); !in) return c->refuse(in.error());
    run_aside(c, [c]() -> afterwards {
        const auto done = c->core_of().retry_effect(c->args[0]);
        return [c, done] { done ? answer_retried(c, 1) : c->refuse(done.error()); };
    });
}

void retry_dead_effects(const call_ptr& c) {
    const auto in = body_of<desk::retries_body>(*c);
    if (!in) return c->refuse(in.error());
    run_aside(c, [c, to = in->destination]() -> afterwards {
        const auto done = c->core_of().retry_dead(to);
        return [c, done] { done ? answer_retried(c, *done) : c->refuse(done.error()); };
    });
}

void list_policies(const call_ptr& c) {
    const auto rules = c->core_of().rules();
    std::vector<desk::policy_item> items;
    for (const auto& [id, p] : rules->policies.all())
        items.push_back({id, p.version, p.title, p.source, p.calendar, p.zone, p.currency, p.channels});
    c->answer(page_answer(items, {}));
}

void explain_policy(const call_ptr& c) {
    const auto language = query_value(*c, "language");
    if (!language) return c->refuse(language.error());
    const std::string in = language->empty() ? "en" : *language;
    if (in != "en" && in != "zh-CN")
        return c->refuse({code::invalid, "`language` must be en or zh-CN.", {{"field", "language"}}});
    const auto rules = c->core_of().rules();
    const auto* policy = rules->policies.find(c->args[0]);
    if (policy == nullptr) return c->refuse({code::not_found, "There is no such policy."});
    c->answer(json_answer(desk::explanation_view{policy->id, policy->version, in, domain::explain(*policy, in)}));
}

namespace {

struct holder_view {
    label id;
    domain::role role = domain::role::subscriber;
    std::optional<label> person;
    std::vector<domain::channel> channels;
    std::optional<instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(holder_view, (), (id, role, person, channels, expires_at))

}  // namespace

void who_am_i(const call_ptr& c) {
    const auto usual = desk::usual_channels(c->role());
    const auto& bound = c->who.channels;
    const std::vector<domain::channel> channels =
        bound.empty() ? std::vector<domain::channel>(usual.begin(), usual.end()) : bound;
    const auto& named = c->who.who.person;
    const auto person = named.empty() ? std::nullopt : std::optional(named);
    c->answer(json_answer(holder_view{c->who.who.id, c->role(), person, channels, c->who.expires_at}));
}

}  // namespace keepline::api
