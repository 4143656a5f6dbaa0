// Webhooks: who is told what happens. A subscription copies every customer's life to an address, so where it goes and
// who can sign for it takes two administrators (domain/webhook/webhook.hpp); its requests are signed where those for
// tokens are, /v1/tokens/webhooks/requests. A secret is shown once, to who asked for it. Those of the configuration are
// shown, and changed nowhere but there.
#include "api/routes.hpp"
#include "desk/courier.hpp"
#include "desk/request_views.hpp"
#include "desk/said.hpp"
#include "desk/topics.hpp"

#include <algorithm>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t id_bytes = 10;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t kind_bytes = 10;
constexpr int both_hours_usual = 24;

struct webhook_view {
    std::string id;
    std::string name;
    std::string source;  // api, configuration
    std::string url;     // of the configuration: without its path, which may hold a secret
    std::vector<std::string> topics;
    domain::role role = domain::role::system;
    std::string state;  // active, paused, failing
    std::optional<domain::actor> by;
    std::optional<domain::actor> second;
    std::optional<instant> since;
    std::optional<instant> paused_at;
    std::optional<std::string> why_paused;
    std::optional<instant> two_secrets_until;
    std::int64_t delivered = 0;
    std::optional<instant> delivered_at;
    std::optional<instant> waiting_since;
    std::optional<std::string> error;
    std::optional<instant> error_at;
    std::int64_t given_up = 0;
    std::vector<desk::lost_news> lost;
};
BOOST_DESCRIBE_STRUCT(webhook_view, (),
                      (id, name, source, url, topics, role, state, by, second, since, paused_at, why_paused,
                       two_secrets_until, delivered, delivered_at, waiting_since, error, error_at, given_up, lost))

struct webhook_asked_view {
    std::string webhook;
    std::optional<std::string> secret;
    int request = 0;
    std::string sign_at;
};
BOOST_DESCRIBE_STRUCT(webhook_asked_view, (), (webhook, secret, request, sign_at))

struct webhook_sent_view {
    std::string event;
    bool delivered = false;
    std::optional<std::string> error;
    std::int64_t took_ms = 0;
};
BOOST_DESCRIBE_STRUCT(webhook_sent_view, (), (event, delivered, error, took_ms))

std::optional<instant> given(instant at) { return at ? std::optional(at) : std::nullopt; }
std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

port::stream_key all_webhooks() { return desk::credential_stream(domain::role::admin, domain::webhook_holder()); }

std::unexpected<base::error> no_such_webhook() { return refuse(code::not_found, "There is no such webhook."); }

webhook_view view_of(const desk::webhook_condition& how) {
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

webhook_view view_of(const domain::webhook& of, const desk::webhook_condition* how, instant now) {
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
result<std::vector<webhook_view>> views_of(const call& c, const domain::webhooks* fresh = nullptr) {
    const auto conditions = c.at->with.webhooks->conditions();
    std::vector<webhook_view> out;
    const auto stored = fresh == nullptr ? c.core_of().read(all_webhooks()) : result<engine::view_ptr>(nullptr);
    if (!stored && stored.error().what != code::not_found) return std::unexpected(stored.error());
    const auto* all = fresh;
    if (all == nullptr && stored) all = &(*stored)->credential().webhooks;
    if (all != nullptr)
        for (const auto& one : *all) {
            const auto how = std::ranges::find(conditions, one.id, &desk::webhook_condition::id);
            out.push_back(view_of(one, how == conditions.end() ? nullptr : &*how, c.now()));
        }
    for (const auto& one : conditions)
        if (one.fixed) out.push_back(view_of(one));
    return out;
}

result<webhook_view> view_named(const call& c, std::string_view id, const domain::webhooks* fresh = nullptr) {
    TRY(all, views_of(c, fresh));
    const auto found = std::ranges::find(all, id, &webhook_view::id);
    if (found == all.end()) return no_such_webhook();
    return std::move(*found);
}

/// Those of the configuration are changed there. Whether there is such a one is the domain's to say: a retry of a
/// deletion is answered as the first time.
result<void> not_fixed(const call& c) {
    for (const auto& one : c.at->with.webhooks->conditions())
        if (one.fixed && one.id == c.args[0])
            return refuse(code::forbidden, "The configuration names this webhook ([[webhook]]); it is changed there.");
    return {};
}

/// There is one, and it may be changed here: before anything is sealed for it.
result<void> changeable(const call& c) {
    CHECK(not_fixed(c));
    TRY(found, view_named(c, c.args[0]));
    return {};
}

result<domain::webhook_target> target_in(const call& c, desk::webhook_target_body in) {
    CHECK(c.at->with.webhooks->check(in.url));
    domain::webhook_target out{std::move(in.name), std::move(in.url), std::move(in.topics),
                               in.role.value_or(domain::role::system)};
    if (out.topics.empty()) out.topics = {"*"};
    CHECK(desk::check_topics(out.topics, out.as));
    for (const auto& one : c.at->with.webhooks->conditions())
        if (one.fixed && one.name == out.name)
            return refuse(code::id_taken, "A webhook of the configuration has this name.", {{"field", "name"}});
    return out;
}

engine::submission about_webhooks(const call& c, domain::credential_command what) {
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

result<new_secret> make_secret(const call& c, const std::string& id) {
    base::bytes key(secret_bytes);
    c.at->with.random->fill(key);
    const auto text = base::base64(key);
    const auto kind = "webhook." + c.at->with.random->token(kind_bytes);
    TRY(row, c.at->with.vault->seal(id, kind, text));
    return new_secret{"whsec_" + text, kind, std::move(row)};
}

/// It waits for a second administrator; the secret, if there is one, is shown now and to nobody again.
void answer_asked(const call_ptr& c, const std::string& id, const std::optional<std::string>& secret,
                  const engine::answer& done) {
    if (done.replayed && secret)
        return c->refuse(
            {code::shown_already, "This was answered before, and a secret is shown once; ask for another.", {}});
    const auto* asked = wanted_in(done);
    if (asked == nullptr) {  // it is so already
        const auto view = view_named(*c, id, &done.view->credential().webhooks);
        return view ? c->answer(json_answer(*view)) : c->refuse(view.error());
    }
    auto out = json_answer(webhook_asked_view{id, secret, asked->serial,
                                              "/v1/tokens/" + domain::webhook_holder().text() + "/requests/" +
                                                  std::to_string(asked->serial) + "/countersignature"},
                           202);
    if (secret && c->once) c->at->secrets_shown.keep(*c->once, out.body, c->now());
    c->answer(std::move(out));
}

bool shown_again(const call_ptr& c) {
    if (!c->once) return false;
    auto again = c->at->secrets_shown.again(*c->once, c->now());
    if (!again) return false;
    response out;
    out.status = 202;
    out.body = std::move(*again);
    out.headers.push_back({"Idempotency-Replayed", "true"});
    c->answer(std::move(out));
    return true;
}

bool has_webhooks(const call_ptr& c) {
    if (c->at->with.webhooks != nullptr) return true;
    c->refuse({code::unavailable, "Nothing leaves from here: there are no webhooks.", {}});
    return false;
}

/// With the secret's row; seals and commits.
template <typename Make>
void submit_with_secret(const call_ptr& c, std::string id, Make make) {
    run_aside(c, [c, id = std::move(id), make = std::move(make)]() -> afterwards {
        auto secret = make_secret(*c, id);
        return [c, id, make, secret = std::move(secret)] {
            if (!secret) return c->refuse(secret.error());
            auto what = about_webhooks(*c, make(secret->kind));
            what.vault.push_back(secret->row);
            submit(c, std::move(what), [id, shown = secret->shown](const call_ptr& same, const engine::answer& done) {
                answer_asked(same, id, shown, done);
            });
        };
    });
}

/// One person's act: carried out at once, and the webhook as it is then is the answer.
void act_alone(const call_ptr& c, domain::credential_command what) {
    if (auto may = not_fixed(*c); !may) return c->refuse(may.error());
    submit(c, about_webhooks(*c, std::move(what)), [](const call_ptr& same, const engine::answer& done) {
        run_on(same->at->webhooks, same, [same, view = done.view]() -> afterwards {
            same->at->with.webhooks->look();
            return [same, view] {
                const auto shown = view_named(*same, same->args[0], &view->credential().webhooks);
                if (shown) return same->answer(json_answer(*shown));
                if (shown.error().what != code::not_found) return same->refuse(shown.error());
                response out;
                out.body = R"({"deleted":true})";
                same->answer(std::move(out));
            };
        });
    });
}

/// What was noted in the journal is sent now; the answer says what became of it.
void send_noted(const call_ptr& c, domain::credential_command what,
                std::function<result<desk::sent_once>(const call&)> send) {
    if (auto may = not_fixed(*c); !may) return c->refuse(may.error());
    if (auto may = c->at->with.webhooks->is_free(std::string(c->args[0])); !may) return c->refuse(may.error());
    submit(c, about_webhooks(*c, std::move(what)), [send = std::move(send)](const call_ptr& same, const auto&) {
        run_on(same->at->errands, same, [same, send]() -> afterwards {
            same->at->with.webhooks->look();
            const auto sent = send(*same);
            return [same, sent] {
                if (!sent) return same->refuse(sent.error());
                same->answer(
                    json_answer(webhook_sent_view{sent->event, sent->delivered, given(sent->error), sent->took_ms}));
            };
        });
    });
}

std::string id_in(const call& c) { return std::string(c.args[0]); }

}  // namespace

void list_webhooks(const call_ptr& c) {
    if (!has_webhooks(c)) return;
    const auto all = views_of(*c);
    if (!all) return c->refuse(all.error());
    c->answer(page_answer(*all, {}));
}

void read_webhook(const call_ptr& c) {
    if (!has_webhooks(c)) return;
    const auto one = view_named(*c, c->args[0]);
    one ? c->answer(json_answer(*one)) : c->refuse(one.error());
}

void open_webhook(const call_ptr& c) {
    auto in = body_of<desk::webhook_target_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!has_webhooks(c) || shown_again(c)) return;
    auto target = target_in(*c, std::move(*in));
    if (!target) return c->refuse(target.error());
    const auto id = "wh_" + c->at->with.random->token(id_bytes);
    submit_with_secret(c, id, [id, target = std::move(*target)](const std::string& kind) {
        return domain::credential_command{domain::open_webhook{id, target, kind}};
    });
}

void change_webhook(const call_ptr& c) {
    auto in = body_of<desk::webhook_target_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!has_webhooks(c)) return;
    if (auto may = changeable(*c); !may) return c->refuse(may.error());
    auto target = target_in(*c, std::move(*in));
    if (!target) return c->refuse(target.error());
    submit(c, about_webhooks(*c, domain::change_webhook{id_in(*c), std::move(*target)}),
           [](const call_ptr& same, const engine::answer& done) { answer_asked(same, id_in(*same), {}, done); });
}

void rotate_webhook(const call_ptr& c) {
    auto in = body_of<desk::webhook_secret_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!has_webhooks(c) || shown_again(c)) return;
    if (auto may = changeable(*c); !may) return c->refuse(may.error());
    const base::duration both = base::hours{in->both_hours.value_or(both_hours_usual)};
    submit_with_secret(c, id_in(*c), [id = id_in(*c), both](const std::string& kind) {
        return domain::credential_command{domain::rotate_webhook{id, kind, both.count()}};
    });
}

void pause_webhook(const call_ptr& c) {
    auto in = body_of<desk::reason_body>(*c);
    if (!in) return c->refuse(in.error());
    if (has_webhooks(c)) act_alone(c, domain::pause_webhook{id_in(*c), true, std::move(in->reason)});
}

void resume_webhook(const call_ptr& c) {
    if (auto in = body_of<desk::nothing>(*c); !in) return c->refuse(in.error());
    if (has_webhooks(c)) act_alone(c, domain::pause_webhook{id_in(*c), false, {}});
}

void close_webhook(const call_ptr& c) {
    auto in = body_of<desk::reason_body>(*c);
    if (!in) return c->refuse(in.error());
    if (has_webhooks(c)) act_alone(c, domain::close_webhook{id_in(*c), std::move(in->reason)});
}

void test_webhook(const call_ptr& c) {
    if (auto in = body_of<desk::nothing>(*c); !in) return c->refuse(in.error());
    if (!has_webhooks(c)) return;
    const auto event = "test-" + c->at->with.random->token(kind_bytes);
    send_noted(c, domain::try_webhook{id_in(*c)},
               [event](const call& same) { return same.at->with.webhooks->try_out(id_in(same), event); });
}

void redeliver_webhook(const call_ptr& c) {
    auto in = body_of<desk::redelivery_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!has_webhooks(c)) return;
    if (in->event.has_value() == in->since.has_value())
        return c->refuse({code::invalid, "Name one `event`, or a time `since` which.", {{"field", "event"}}});
    if (in->event)
        return send_noted(
            c, domain::replay_webhook{id_in(*c), c->now(), *in->event},
            [event = *in->event](const call& same) { return same.at->with.webhooks->send_again(id_in(same), event); });
    const auto since = base::instant_from_iso(*in->since);
    if (!since) return c->refuse({code::invalid, "`since` must be a time of RFC 3339.", {{"field", "since"}}});
    act_alone(c, domain::replay_webhook{id_in(*c), *since, {}});
}

}  // namespace keepline::api
