// For those who run it: effects that failed, policies in words, whose token this is.
#include "desk/taking.hpp"
#include "domain/calendar_reach.hpp"
#include "engine/codec.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

effect_item item_of(const engine::effect_view& e) {
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

result<page_of<effect_item>> effects_page(const asked& c, const result<effect_filter>& which,
                                          const result<paging>& wanted) {
    TRY(page, wanted);
    TRY(filter, which);
    const auto& [state, to] = filter;
    if (!state.empty() && state != "dead" && state != "retrying")
        return refuse(code::invalid, "`state` must be dead or retrying.", {{"field", "state"}});
    std::optional<domain::destination> destination;
    if (!to.empty()) {
        destination = base::enum_named<domain::destination>(to);
        if (!destination) return refuse(code::invalid, "`destination` is not one of ours.", {{"field", "destination"}});
    }
    TRY(found, c.core_of().failed_effects(state != "retrying", destination, page.after, page.limit));
    std::vector<effect_item> items;
    for (const auto& one : found) items.push_back(item_of(one));
    return page_of<effect_item>{std::move(items), found.size() == page.limit ? found.back().id : std::string()};
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the HLR's word

namespace {

result<page_of<mismatch_item>> mismatches_page(const asked& c, const result<paging>& wanted) {
    TRY(page, wanted);
    port::stream_filter which;
    which.kind = port::stream_kind::number;
    which.stage = engine::stage_of_mismatch;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<mismatch_item> items;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        const auto& s = view->number();
        std::optional<std::string> closure;
        if (s.has_open_closure()) closure = closure_id(view->public_id, s.current->number);
        for (const auto& m : s.mismatches)
            items.push_back({view->public_id, closure, m.imsi, m.operation, m.kind, m.other, m.at});
    }
    return page_of<mismatch_item>{std::move(items), listed.next};
}

}  // namespace

void desk::list_network_mismatches(request by, result<paging> wanted, reply<page_of<mismatch_item>> then) {
    take_aside(shared_, use::list_network_mismatches, std::move(by), std::move(then),
               [wanted = std::move(wanted)](const asked& c) { return mismatches_page(c, wanted); });
}

void desk::list_failed_effects(request by, result<effect_filter> which, result<paging> wanted,
                               reply<page_of<effect_item>> then) {
    take_aside(shared_, use::list_failed_effects, std::move(by), std::move(then),
               [which = std::move(which), wanted = std::move(wanted)](const asked& c) {
                   return effects_page(c, which, wanted);
               });
}

void desk::retry_effect(request by, const std::string& effect, said<nothing> in, reply<retried_view> then) {
    take(shared_, use::retry_effect, std::move(by), {effect}, std::move(then), [&](const ask_ptr<retried_view>& c) {
        if (!in) return c->refuse(in.error());
        run_aside(c, [c]() -> afterwards {
            const auto done = c->core_of().retry_effect(c->ids[0]);
            return [c, done] { done ? c->answer({1}) : c->refuse(done.error()); };
        });
    });
}

void desk::retry_dead_effects(request by, said<retries_body> in, reply<retried_view> then) {
    take(shared_, use::retry_dead_effects, std::move(by), {}, std::move(then), [&](const ask_ptr<retried_view>& c) {
        if (!in) return c->refuse(in.error());
        run_aside(c, [c, to = in->destination]() -> afterwards {
            const auto done = c->core_of().retry_dead(to);
            return [c, done] { done ? c->answer({*done}) : c->refuse(done.error()); };
        });
    });
}

void desk::list_policies(request by, reply<page_of<policy_item>> then) {
    take(shared_, use::list_policies, std::move(by), {}, std::move(then), [&](const ask_ptr<page_of<policy_item>>& c) {
        const auto rules = c->core_of().rules();
        std::vector<policy_item> items;
        for (const auto& [id, p] : rules->policies.all())
            items.push_back(
                {id, p.version, p.title, p.source, p.calendar, p.zone, p.currency, p.channels, complaints_of(p)});
        c->answer({std::move(items), {}});
    });
}

void desk::list_calendars(request by, reply<page_of<calendar_item>> then) {
    take(shared_, use::list_calendars, std::move(by), {}, std::move(then),
         [&](const ask_ptr<page_of<calendar_item>>& c) {
             const auto rules = c->core_of().rules();
             std::vector<calendar_item> items;
             for (auto& one : domain::calendar_reaches(*rules, c->now()))
                 items.push_back({one.of->id, one.of->version, one.of->source, one.of->licence, one.of->covers_from,
                                  one.of->covers_to, one.days_left, one.ends_soon(), std::move(one.policies),
                                  std::move(one.provisional)});
             c->answer({std::move(items), {}});
         });
}

void desk::explain_policy(request by, const std::string& id, result<std::string> language,
                          reply<explanation_view> then) {
    take(shared_, use::explain_policy, std::move(by), std::move(then), [&](const ask_ptr<explanation_view>& c) {
        if (!language) return c->refuse(language.error());
        const std::string in = language->empty() ? "en" : *language;
        if (in != "en" && in != "zh-CN")
            return c->refuse({code::invalid, "`language` must be en or zh-CN.", {{"field", "language"}}});
        const auto rules = c->core_of().rules();
        const auto* policy = rules->policies.find(id);
        if (policy == nullptr) return c->refuse({code::not_found, "There is no such policy."});
        c->answer({policy->id, policy->version, in, domain::explain(*policy, in)});
    });
}

void desk::follow_changes(request by, reply<domain::role> then) {
    take(shared_, use::follow_changes, std::move(by), {}, std::move(then),
         [&](const ask_ptr<domain::role>& c) { c->answer(c->role()); });
}

void desk::who_am_i(request by, reply<holder_view> then) {
    take(shared_, use::who_am_i, std::move(by), {}, std::move(then), [&](const ask_ptr<holder_view>& c) {
        const auto usual = usual_channels(c->role());
        const auto& bound = c->who.channels;
        const std::vector<domain::channel> channels =
            bound.empty() ? std::vector<domain::channel>(usual.begin(), usual.end()) : bound;
        const auto& named = c->who.who.person;
        const auto person = named.empty() ? std::nullopt : std::optional(named);
        const auto level = c->is_customer() ? std::optional(c->who.level) : std::nullopt;
        c->answer({c->who.who.id, c->role(), person, channels, c->who.expires_at, level});
    });
}

}  // namespace keepline::desk
