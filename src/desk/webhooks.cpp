// Webhooks: who is told what happens. A subscription copies every customer's life to an address, so where it goes and
// who can sign for it takes two administrators (domain/webhook/webhook.hpp); its requests are signed where those for
// tokens are. A secret is shown once, to who asked for it. Those of the configuration are shown, and changed nowhere
// but there.
#include "base/bytes.hpp"
#include "base/json.hpp"
#include "desk/answered_again.hpp"
#include "desk/courier.hpp"
#include "desk/taking.hpp"
#include "desk/topics.hpp"
#include "desk/webhook_views.hpp"

#include <algorithm>
#include <functional>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t id_bytes = 10;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t kind_bytes = 10;
constexpr int both_hours_usual = 24;

std::optional<instant> given(instant at) { return at ? std::optional(at) : std::nullopt; }
std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

port::stream_key all_webhooks() { return credential_stream(domain::role::admin, domain::webhook_holder()); }

std::unexpected<base::error> no_such_webhook() { return refuse(code::not_found, "There is no such webhook."); }

webhook_view view_of(const webhook_condition& how) {
    webhook_view out;
    out.id = how.id;
    out.name = how.name;
    out.source = "configuration";
    out.url = how.origin;
    out.topics = how.topics;
    out.role = domain::role::admin;
    out.state = how.failing ? "failing" : "active";
    out.delivered = static_cast<std::int64_t>(how.delivered);
    out.delivered_at = given(how.delivered_at);
    out.waiting_since = given(how.waiting_since);
    out.error = given(how.error);
    out.error_at = given(how.error_at);
    out.given_up = how.given_up;
    out.lost = how.lost;
    return out;
}

webhook_view view_of(const domain::webhook& of, const webhook_condition* how, instant now) {
    auto out = how == nullptr ? webhook_view() : view_of(*how);
    out.id = of.id;
    out.name = of.to.name;
    out.source = "api";
    out.url = of.to.url;
    out.topics = of.to.topics;
    out.role = of.to.as;
    out.state = of.paused_at ? "paused" : out.state.empty() ? "active" : out.state;
    out.by = of.by;
    out.second = of.second;
    out.since = of.since;
    out.paused_at = given(of.paused_at);
    out.why_paused = given(of.why_paused);
    if (of.signs_with_both(now)) out.two_secrets_until = of.before_until;
    return out;
}

/// All of them: the journal's with how they are doing, then the configuration's.
result<std::vector<webhook_view>> views_of(const asked& c, const domain::webhooks* fresh = nullptr) {
    const auto conditions = c.at->with.webhooks->conditions();
    std::vector<webhook_view> out;
    const auto stored = fresh == nullptr ? c.core_of().read(all_webhooks()) : result<engine::view_ptr>(nullptr);
    if (!stored && stored.error().what != code::not_found) return std::unexpected(stored.error());
    const auto* all = fresh;
    if (all == nullptr && stored) all = &(*stored)->credential().webhooks;
    if (all != nullptr)
        for (const auto& one : *all) {
            const auto how = std::ranges::find(conditions, one.id, &webhook_condition::id);
            out.push_back(view_of(one, how == conditions.end() ? nullptr : &*how, c.now()));
        }
    for (const auto& one : conditions)
        if (one.fixed) out.push_back(view_of(one));
    return out;
}

result<webhook_view> view_named(const asked& c, std::string_view id, const domain::webhooks* fresh = nullptr) {
    TRY(all, views_of(c, fresh));
    const auto found = std::ranges::find(all, id, &webhook_view::id);
    if (found == all.end()) return no_such_webhook();
    return std::move(*found);
}

/// Those of the configuration are changed there. Whether there is such a one is the domain's to say: a retry of a
/// deletion is answered as the first time.
result<void> not_fixed(const asked& c) {
    for (const auto& one : c.at->with.webhooks->conditions())
        if (one.fixed && one.id == c.ids[0])
            return refuse(code::forbidden, "The configuration names this webhook ([[webhook]]); it is changed there.");
    return {};
}

/// There is one, and it may be changed here: before anything is sealed for it.
result<void> changeable(const asked& c) {
    CHECK(not_fixed(c));
    TRY(found, view_named(c, c.ids[0]));
    return {};
}

result<domain::webhook_target> target_in(const asked& c, webhook_target_body in) {
    CHECK(c.at->with.webhooks->check(in.url));
    domain::webhook_target out{std::move(in.name), std::move(in.url), std::move(in.topics),
                               in.role.value_or(domain::role::system)};
    if (out.topics.empty()) out.topics = {"*"};
    CHECK(check_topics(out.topics, out.as));
    for (const auto& one : c.at->with.webhooks->conditions())
        if (one.fixed && one.name == out.name)
            return refuse(code::id_taken, "A webhook of the configuration has this name.", {{"field", "name"}});
    return out;
}

engine::submission about_webhooks(const asked& c, domain::credential_command what) {
    auto out = submission_of(c, all_webhooks(), std::move(what));
    out.must_exist = false;
    return out;
}

/// A new secret: sealed beside the command, shown to who asks.
struct new_secret {
    std::string shown;
    std::string kind;
    port::vault_row row;
};

result<new_secret> make_secret(const asked& c, const std::string& id) {
    base::bytes key(secret_bytes);
    c.at->with.random->fill(key);
    const auto text = base::base64(key);
    const auto kind = "webhook." + c.at->with.random->token(kind_bytes);
    TRY(row, c.at->with.vault->seal(id, kind, text));
    return new_secret{"whsec_" + text, kind, std::move(row)};
}

std::string sign_at(int serial) {
    return "/v1/tokens/" + domain::webhook_holder().text() + "/requests/" + std::to_string(serial) +
           "/countersignature";
}

/// It waits for a second administrator, or it is so already.
result<webhook_told> waiting_or_so(const asked& c, const std::string& id, const std::optional<std::string>& secret,
                                   const engine::answer& done) {
    if (const auto* asked = wanted_in(done))
        return webhook_asked_view{id, secret, asked->serial, sign_at(asked->serial)};
    TRY(view, view_named(c, id, &done.view->credential().webhooks));
    return webhook_told(std::move(view));
}

/// The secret is shown now and to nobody again.
void answer_secret(const ask_ptr<shown_once_told>& c, const std::string& id, const std::string& secret,
                   const engine::answer& done) {
    if (done.replayed)
        return c->refuse(
            {code::shown_already, "This was answered before, and a secret is shown once; ask for another.", {}});
    const auto* asked = wanted_in(done);
    if (asked == nullptr) return c->refuse({code::internal, "It was not asked for."});
    auto text = base::to_json(webhook_asked_view{id, secret, asked->serial, sign_at(asked->serial)}, base::form::api);
    if (c->once) c->at->secrets_shown.keep(*c->once, text, c->now());
    c->answer({std::move(text), 0, false, true});
}

/// With the secret's row; seals and commits.
template <typename Make>
void submit_with_secret(const ask_ptr<shown_once_told>& c, std::string id, Make make) {
    run_aside(c, [c, id = std::move(id), make = std::move(make)]() -> afterwards {
        auto secret = make_secret(*c, id);
        return [c, id, make, secret = std::move(secret)] {
            if (!secret) return c->refuse(secret.error());
            auto what = about_webhooks(*c, make(secret->kind));
            what.vault.push_back(secret->row);
            submit(c, std::move(what),
                   [id, shown = secret->shown](const ask_ptr<shown_once_told>& same, const engine::answer& done) {
                       answer_secret(same, id, shown, done);
                   });
        };
    });
}

using ask_webhook = ask_ptr<webhook_told>;

/// One person's act: carried out at once, and the webhook as it is then is the answer.
void act_alone(const ask_webhook& c, domain::credential_command what) {
    if (auto may = not_fixed(*c); !may) return c->refuse(may.error());
    submit(c, about_webhooks(*c, std::move(what)), [](const ask_webhook& same, const engine::answer& done) {
        run_on(same->at->webhooks, same, [same, view = done.view]() -> afterwards {
            same->at->with.webhooks->look();
            return [same, view] {
                auto shown = view_named(*same, same->ids[0], &view->credential().webhooks);
                if (shown) return same->answer(std::move(*shown));
                if (shown.error().what != code::not_found) return same->refuse(shown.error());
                same->answer(webhook_gone_view());
            };
        });
    });
}

/// What was noted in the journal is sent now; the answer says what became of it.
void send_noted(const ask_webhook& c, domain::credential_command what,
                std::function<result<sent_once>(const asked&)> send) {
    if (auto may = not_fixed(*c); !may) return c->refuse(may.error());
    if (auto may = c->at->with.webhooks->is_free(c->ids[0]); !may) return c->refuse(may.error());
    submit(c, about_webhooks(*c, std::move(what)), [send = std::move(send)](const ask_webhook& same, const auto&) {
        run_on(same->at->errands, same, [same, send]() -> afterwards {
            same->at->with.webhooks->look();
            const auto sent = send(*same);
            return [same, sent] {
                if (!sent) return same->refuse(sent.error());
                same->answer(webhook_sent_view{sent->event, sent->delivered, given(sent->error), sent->took_ms});
            };
        });
    });
}

/// As `take`, where there are webhooks at all.
template <typename T, typename Work>
void take_webhook(services& of, const use_case& what, request by, const std::string& id, reply<T> then, Work&& work) {
    take(of, what, std::move(by), {id, {}}, std::move(then), [&](const ask_ptr<T>& c) {
        if (c->at->with.webhooks == nullptr)
            return c->refuse({code::unavailable, "Nothing leaves from here: there are no webhooks.", {}});
        work(c);
    });
}

}  // namespace

void desk::list_webhooks(request by, reply<page_of<webhook_view>> then) {
    take_webhook(shared_, use::list_webhooks, std::move(by), {}, std::move(then),
                 [&](const ask_ptr<page_of<webhook_view>>& c) {
                     auto all = views_of(*c);
                     all ? c->answer({std::move(*all), {}}) : c->refuse(all.error());
                 });
}

void desk::read_webhook(request by, const std::string& webhook, reply<webhook_told> then) {
    take_webhook(shared_, use::read_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        auto one = view_named(*c, c->ids[0]);
        one ? c->answer(std::move(*one)) : c->refuse(one.error());
    });
}

void desk::open_webhook(request by, said<webhook_target_body> in, reply<shown_once_told> then) {
    take_webhook(shared_, use::open_webhook, std::move(by), {}, std::move(then),
                 [&](const ask_ptr<shown_once_told>& c) {
                     if (!in) return c->refuse(in.error());
                     if (answered_again(c)) return;
                     auto target = target_in(*c, std::move(*in));
                     if (!target) return c->refuse(target.error());
                     const auto id = "wh_" + c->at->with.random->token(id_bytes);
                     submit_with_secret(c, id, [id, target = std::move(*target)](const std::string& kind) {
                         return domain::credential_command{domain::open_webhook{id, target, kind}};
                     });
                 });
}

void desk::change_webhook(request by, const std::string& webhook, said<webhook_target_body> in,
                          reply<webhook_told> then) {
    take_webhook(shared_, use::change_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        if (auto may = changeable(*c); !may) return c->refuse(may.error());
        auto target = target_in(*c, std::move(*in));
        if (!target) return c->refuse(target.error());
        submit(c, about_webhooks(*c, domain::change_webhook{c->ids[0], std::move(*target)}),
               [](const ask_webhook& same, const engine::answer& done) {
                   auto out = waiting_or_so(*same, same->ids[0], {}, done);
                   out ? same->answer(std::move(*out)) : same->refuse(out.error());
               });
    });
}

void desk::rotate_webhook(request by, const std::string& webhook, said<webhook_secret_body> in,
                          reply<shown_once_told> then) {
    take_webhook(shared_, use::rotate_webhook, std::move(by), webhook, std::move(then),
                 [&](const ask_ptr<shown_once_told>& c) {
                     if (!in) return c->refuse(in.error());
                     if (answered_again(c)) return;
                     if (auto may = changeable(*c); !may) return c->refuse(may.error());
                     const base::duration both = base::hours{in->both_hours.value_or(both_hours_usual)};
                     submit_with_secret(c, c->ids[0], [id = c->ids[0], both](const std::string& kind) {
                         return domain::credential_command{domain::rotate_webhook{id, kind, both.count()}};
                     });
                 });
}

void desk::pause_webhook(request by, const std::string& webhook, said<reason_body> in, reply<webhook_told> then) {
    take_webhook(shared_, use::pause_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        act_alone(c, domain::pause_webhook{c->ids[0], true, std::move(in->reason)});
    });
}

void desk::resume_webhook(request by, const std::string& webhook, said<nothing> in, reply<webhook_told> then) {
    take_webhook(shared_, use::resume_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        act_alone(c, domain::pause_webhook{c->ids[0], false, {}});
    });
}

void desk::close_webhook(request by, const std::string& webhook, said<reason_body> in, reply<webhook_told> then) {
    take_webhook(shared_, use::close_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        act_alone(c, domain::close_webhook{c->ids[0], std::move(in->reason)});
    });
}

void desk::test_webhook(request by, const std::string& webhook, said<nothing> in, reply<webhook_told> then) {
    take_webhook(shared_, use::test_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        const auto event = "test-" + c->at->with.random->token(kind_bytes);
        send_noted(c, domain::try_webhook{c->ids[0]},
                   [event](const asked& same) { return same.at->with.webhooks->try_out(same.ids[0], event); });
    });
}

void desk::redeliver_webhook(request by, const std::string& webhook, said<redelivery_body> in,
                             reply<webhook_told> then) {
    take_webhook(shared_, use::redeliver_webhook, std::move(by), webhook, std::move(then), [&](const ask_webhook& c) {
        if (!in) return c->refuse(in.error());
        if (in->event.has_value() == in->since.has_value())
            return c->refuse({code::invalid, "Name one `event`, or a time `since` which.", {{"field", "event"}}});
        if (in->event)
            return send_noted(c, domain::replay_webhook{c->ids[0], c->now(), *in->event},
                              [event = *in->event](const asked& same) {
                                  return same.at->with.webhooks->send_again(same.ids[0], event);
                              });
        const auto since = base::instant_from_iso(*in->since);
        if (!since) return c->refuse({code::invalid, "`since` must be a time of RFC 3339.", {{"field", "since"}}});
        act_alone(c, domain::replay_webhook{c->ids[0], *since, {}});
    });
}

}  // namespace keepline::desk
