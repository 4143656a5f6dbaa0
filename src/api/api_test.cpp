// What every request meets before its handler: addresses, tokens, roles, headers, bodies.
#include "api/api.hpp"

#include "api/fake_api.hpp"
#include "api/routes.hpp"

#include <set>

#include <gtest/gtest.h>

namespace keepline::api {
namespace {

/// Paths, methods and x-roles of api/openapi.yaml, read by its indentation.
std::map<std::string, std::string> operations_of(const std::string& yaml) {
    std::map<std::string, std::string> out;
    std::istringstream lines(yaml);
    std::string line;
    std::string path;
    std::string operation;
    bool in_paths = false;
    while (std::getline(lines, line)) {
        if (!line.empty() && line[0] != ' ' && line[0] != '#') in_paths = line == "paths:";
        if (!in_paths) continue;
        if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
        for (const char* method : {"get", "post", "put"})
            if (line == "    " + std::string(method) + ":") {
                operation = std::string(method) + " " + path;
                out[operation] = "";
            }
        constexpr std::string_view roles = "      x-roles: [";
        if (line.starts_with(roles)) out[operation] = line.substr(roles.size(), line.size() - roles.size() - 1);
    }
    return out;
}

TEST(route_table, is_what_the_contract_says) {
    std::map<std::string, std::string> have;
    for (const auto& one : routes()) {
        std::string roles;
        for (const auto role : {domain::role::subscriber, domain::role::agent, domain::role::reviewer,
                                domain::role::admin, domain::role::system, domain::role::portal})
            if (desk::is_in(one.what.roles, role))
                roles += (roles.empty() ? "" : ", ") + std::string(boost::describe::enum_to_string(role, ""));
        constexpr std::array verbs{"get", "head", "post", "put", "other"};
        have[std::string(verbs[static_cast<std::size_t>(one.how)]) + " " + std::string(one.pattern)] = roles;
    }
    std::map<std::string, std::string> wanted;
    for (const auto& [documented, roles] : operations_of(std::string(openapi_document()))) {
        std::string operation = documented;
        for (auto open = operation.find('{'); open != std::string::npos; open = operation.find('{', open + 2))
            operation.replace(open, operation.find('}', open) - open + 1, "{}");
        wanted[operation] = roles;
    }
    EXPECT_GT(wanted.size(), 60U);
    EXPECT_EQ(have, wanted);
}

/// A door that forgets to look who asks.
class careless_door final : public http::application {
 public:
    explicit careless_door(services& of) : of_(of) {}
    base::result<std::size_t> admit(const http::request&) override { return std::size_t{1'000}; }
    response refusal(const base::error& why, const http::request&) override { return problem(why, "", {}); }
    void handle(exchange_ptr what) override {
        const auto c = std::make_shared<call>();
        c->api = &of_;
        c->at = &of_.at.shared();
        c->way = std::move(what);
        c->where = std::make_shared<exchange_thread>(c->way);
        c->who.who = {as, label::trusted("someone")};
        c->matched = route_;
        c->args = {"ln_1", "1"};
        c->once = engine::idempotency{};
        guarded(c, [&] { route_->run(c); });
    }
    void at(const route& one) { route_ = &one; }

    domain::role as = domain::role::portal;

 private:
    services& of_;
    const route* route_ = nullptr;
};

TEST(route_table, the_desk_looks_again_who_asks_behind_a_door_that_forgot) {
    // Their use cases are still the API's own.
    const std::set<std::string_view> not_the_desks{
        "list_webhooks",      "open_webhook",      "read_webhook",     "change_webhook",    "rotate_webhook",
        "pause_webhook",      "resume_webhook",    "test_webhook",     "redeliver_webhook", "close_webhook",
        "make_import_plan",   "list_import_plans", "read_import_plan", "list_plan_changes", "sign_import_plan",
        "refuse_import_plan", "stop_import_plan"};
    fake_api of;
    careless_door door(of.door.shared());
    int asked = 0;
    for (const auto& one : routes()) {
        if (one.open() || not_the_desks.contains(one.what.name) || one.what.name.find("sandbox") != std::string::npos)
            continue;
        for (const auto as : {domain::role::subscriber, domain::role::agent, domain::role::reviewer,
                              domain::role::admin, domain::role::system, domain::role::portal}) {
            if (desk::is_in(one.what.roles, as)) continue;
            door.as = as;
            door.at(one);
            const auto told = http::fake_exchange::ask(door, of.request_of("", one.how, std::string(one.pattern)));
            EXPECT_EQ(told.status, 403) << one.what.name << " as " << boost::describe::enum_to_string(as, "");
            ++asked;
        }
    }
    EXPECT_GT(asked, 200);
}

TEST(route_table, every_route_is_found_by_a_path_of_its_own) {
    for (const auto& one : routes()) {
        std::string path(one.pattern);
        for (auto at = path.find("{}"); at != std::string::npos; at = path.find("{}")) path.replace(at, 2, "x-1");
        EXPECT_EQ(find_route(one.how, path).found, &one) << path;
        EXPECT_EQ(find_route(one.how, path + "/").found, nullptr) << path;
    }
    EXPECT_EQ(find_route(verb::put, "/v1/lines/search").allow, "POST, GET, HEAD");
    EXPECT_EQ(find_route(verb::put, "/v1/esims").allow, "GET, HEAD, POST");
    EXPECT_EQ(find_route(verb::get, "/v1/nothing").allow, "");
}

TEST(route_table, a_literal_segment_beats_a_variable_one) {
    EXPECT_EQ(find_route(verb::post, "/v1/lines/search").found->what.name, "find_line");
    EXPECT_EQ(find_route(verb::get, "/v1/lines/search").found->what.name, "read_line");
    EXPECT_EQ(find_route(verb::head, "/v1/lines/ln_1").found->what.name, "read_line");
    EXPECT_EQ(find_route(verb::get, "/v1/lines/").found, nullptr);
    EXPECT_EQ(find_route(verb::get, "/v1/lines/ln_1/").found, nullptr);
    EXPECT_EQ(find_route(verb::get, "").found, nullptr);
    EXPECT_EQ(find_route(verb::get, "//v1/lines").found, nullptr);
    const auto two = find_route(verb::post, "/v1/lines/ln_1/products/p1/detachment");
    ASSERT_NE(two.found, nullptr);
    EXPECT_EQ(two.args[0], "ln_1");
    EXPECT_EQ(two.args[1], "p1");
}

TEST(api, says_that_an_address_is_unknown_or_does_not_answer_a_method) {
    fake_api of;
    EXPECT_EQ(of.get("admin", "/v1/nothing").status, 404);
    EXPECT_EQ(fake_api::code_of(of.get("admin", "/v1/nothing")), "not-found");
    const auto wrong = of.post("admin", "/v1/whoami");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(of.header_of(wrong, "Allow"), "GET, HEAD");
    EXPECT_EQ(wrong.type, "application/problem+json");
}

TEST(api, refuses_query_parameters_that_a_route_does_not_have_and_names_those_it_has) {
    fake_api of;
    const auto wrong = of.get("admin", "/v1/effects?stat=retrying");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(fake_api::code_of(wrong), "malformed");
    EXPECT_NE(wrong.body.find("state destination after limit"), std::string::npos) << wrong.body;
    for (const char* target : {"/v1/effects?limit=1&limit=2", "/v1/effects?%73tate=dead", "/v1/effects?=dead",
                               "/v1/whoami?x", "/healthz?x=1", "/v1/effects?state%20limit=1"})
        EXPECT_EQ(of.get("admin", target).status, 400) << target;
    for (const char* target : {"/v1/effects?state=dead&limit=3", "/v1/effects?", "/v1/effects?&", "/healthz?"})
        EXPECT_EQ(of.get("admin", target).status, 200) << target;
    EXPECT_EQ(of.post("admin", "/v1/tokens/agent/revocation?now=1").status, 400);
    EXPECT_EQ(of.get("", "/v1/effects?stat=1").status, 401) << "strangers learn nothing";
}

TEST(api, asks_for_a_token_and_holds_it_to_its_role) {
    fake_api of;
    const auto none = of.get("", "/v1/whoami");
    EXPECT_EQ(none.status, 401);
    EXPECT_EQ(of.header_of(none, "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(of.get("wrong", "/v1/whoami").status, 401);
    EXPECT_EQ(of.get("agent", "/v1/tokens").status, 403);
    const auto who = of.get("agent", "/v1/whoami");
    EXPECT_EQ(who.status, 200);
    EXPECT_EQ(who.body, R"({"id":"agent","role":"agent","channels":["counter","staff","hotline"]})");
    auto basic = of.request_of("", verb::get, "/v1/whoami");
    basic.authorization = "Basic YWdlbnQ6";
    EXPECT_EQ(of.ask(basic).status, 401);
}

TEST(api, forgets_a_revoked_or_expired_token_within_seconds) {
    fake_api of;
    of.give_token("short", domain::role::agent, "short", of.clock.now() + base::seconds{2});
    EXPECT_EQ(of.get("short", "/v1/whoami").status, 200);
    of.clock.advance(base::seconds{3});
    EXPECT_EQ(of.get("short", "/v1/whoami").status, 401);
    EXPECT_EQ(of.get("agent", "/v1/whoami").status, 200);
    EXPECT_EQ(of.post("admin", "/v1/tokens/agent/revocation").body, R"({"revoked":1})");
    of.clock.advance(desk::doorkeeper::remembered_for);
    EXPECT_EQ(of.get("agent", "/v1/whoami").status, 401);
}

TEST(doorkeeper, looks_a_token_up_once_in_a_while) {
    fake_api of;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(of.get("agent", "/v1/whoami").status, 200);
    EXPECT_EQ(of.tokens.looked_up, 1);
}

TEST(doorkeeper, stops_an_address_that_keeps_guessing_but_not_a_known_token_behind_it) {
    fake_api of;
    EXPECT_EQ(of.get("agent", "/v1/whoami").status, 200);
    for (int i = 0; i < desk::doorkeeper::failures_per_window; ++i)
        EXPECT_EQ(of.get("guess-" + std::to_string(i), "/v1/whoami").status, 401);
    const auto stopped = of.get("another-guess", "/v1/whoami");
    EXPECT_EQ(stopped.status, 429);
    EXPECT_EQ(of.header_of(stopped, "Retry-After"), "60");
    EXPECT_EQ(of.get("agent", "/v1/whoami").status, 200);
    auto elsewhere = of.request_of("reviewer", verb::get, "/v1/whoami");
    elsewhere.peer = "127.0.0.2";
    EXPECT_EQ(of.ask(elsewhere).status, 200);
    EXPECT_EQ(of.get("admin", "/v1/whoami").status, 200)
        << "a good token that was not seen before, behind that address";
    of.clock.advance(desk::doorkeeper::window);
    EXPECT_EQ(of.get("reviewer", "/v1/whoami").status, 200);
}

TEST(api, tells_a_store_that_cannot_be_read_from_a_wrong_token) {
    fake_api of;
    of.tokens.trouble = base::error{base::code::unavailable, "The store cannot be read now."};
    EXPECT_EQ(of.get("agent", "/v1/whoami").status, 503);
}

TEST(api, wants_an_idempotency_key_on_every_post) {
    fake_api of;
    of.import_line();
    of.give_token("portal", domain::role::portal, "portal-1");
    of.give_token("customer", domain::role::subscriber, "sb-9");
    for (const auto& one : routes()) {
        if (one.how != verb::post || one.open()) continue;
        std::string path(one.pattern);
        for (auto at = path.find("{}"); at != std::string::npos; at = path.find("{}")) path.replace(at, 2, "x");
        const char* token = desk::is_in(one.what.roles, domain::role::admin)        ? "admin"
                            : desk::is_in(one.what.roles, domain::role::agent)      ? "agent"
                            : desk::is_in(one.what.roles, domain::role::subscriber) ? "customer"
                                                                                    : "portal";
        auto in = of.request_of(token, verb::post, path, "{}");
        in.idempotency_key.clear();
        EXPECT_EQ(fake_api::code_of(of.ask(in)), "idempotency-key-missing") << path;
    }
    auto in = of.request_of("system", verb::post, "/v1/lines/search", R"({"number":"+8613800138000"})");
    in.idempotency_key = "two words";
    EXPECT_EQ(of.ask(in).status, 422);
    in.idempotency_key = std::string(129, 'x');
    EXPECT_EQ(of.ask(in).status, 422);
    in.idempotency_key = std::string(128, 'x');
    EXPECT_EQ(of.ask(in).status, 200);
}

TEST(api, answers_a_repeated_request_as_the_first_time_and_refuses_another_under_its_key) {
    fake_api of;
    const auto line = of.import_line();
    auto in = of.request_of("agent", verb::post, "/v1/lines/" + line + "/top-ups",
                            R"({"amount":{"minor":500,"currency":"CNY"},"reference":"p-1"})");
    const auto first = of.ask(in);
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(of.header_of(first, "Idempotency-Replayed"), "");
    const auto again = of.ask(in);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(of.header_of(again, "Idempotency-Replayed"), "true");
    in.body = R"({"amount":{"minor":501,"currency":"CNY"},"reference":"p-2"})";
    EXPECT_EQ(fake_api::code_of(of.ask(in)), "idempotency-key-reused");
    in.authorization = "Bearer system";  // another holder's key of the same name is another key
    EXPECT_EQ(of.ask(in).status, 200);
}

TEST(api, holds_a_post_to_the_version_that_it_names) {
    fake_api of;
    const auto line = of.import_line();
    const auto seen = of.header_of(of.get("agent", "/v1/lines/" + line), "ETag");
    EXPECT_TRUE(seen.starts_with('"') && seen.ends_with('"')) << seen;
    const auto sim_change = [&](const std::string& version) {
        auto in = of.request_of("agent", verb::post, "/v1/lines/" + line + "/sim-change");
        in.if_match = version;
        return of.ask(in);
    };
    EXPECT_EQ(sim_change("\"7\"").status, 412);
    EXPECT_EQ(sim_change("W/" + seen).status, 412);
    EXPECT_EQ(sim_change(seen.substr(1, seen.size() - 2)).status, 412);
    EXPECT_EQ(sim_change(seen + ", \"7\"").status, 412);
    const auto done = sim_change(seen);
    EXPECT_EQ(done.status, 200);
    EXPECT_NE(of.header_of(done, "ETag"), seen);
    EXPECT_EQ(sim_change(seen).status, 412);
    EXPECT_EQ(sim_change("*").status, 200);
}

TEST(api, wants_if_match_where_a_decision_is_made) {
    fake_api of;
    const auto line = of.import_line();
    const auto reject = [&](const std::string& version) {
        auto in = of.request_of("reviewer", verb::post, "/v1/closures/" + line + "-c1/rejection", R"({"reason":"x"})");
        in.if_match = version;
        return of.ask(in);
    };
    EXPECT_EQ(fake_api::code_of(reject("")), "precondition-required");
    EXPECT_EQ(reject("").status, 428);
    EXPECT_EQ(reject("*").status, 428);
    EXPECT_EQ(fake_api::code_of(reject("\"1\"")), "closure-missing");
}

TEST(api, reads_json_only_and_says_what_is_wrong_with_it) {
    fake_api of;
    const auto line = of.import_line();
    auto in = of.request_of("agent", verb::post, "/v1/lines/" + line + "/lost", "{}");
    in.content_type = "text/plain";
    EXPECT_EQ(of.ask(in).status, 415);
    in.content_type = "application/jsonx";
    EXPECT_EQ(of.ask(in).status, 415);
    in.content_type = "Application/JSON; charset=utf-8";
    EXPECT_EQ(of.ask(in).status, 200);
    const auto lost = [&](std::string body) {
        return of.post("agent", "/v1/lines/" + line + "/lost", std::move(body));
    };
    EXPECT_EQ(lost("{").status, 400);
    EXPECT_EQ(lost("").status, 400);
    EXPECT_EQ(fake_api::code_of(of.post("agent", "/v1/lines/" + line + "/top-ups")), "malformed")
        << "must say how much";
    EXPECT_EQ(lost("[]").status, 422);
    EXPECT_EQ(lost("{\"how\":\"\xff\"}").status, 400);
    EXPECT_EQ(lost(std::string(100, '[')).status, 400);
    for (const auto* twice : {R"({"how":"x","how":"y"})", R"({"how":"x","h\u006fw":"x"})",
                              R"({"iccid":"89860012345678901230","how":"x","iccid":"89860012345678901248"})"}) {
        const auto refused = lost(twice);
        EXPECT_EQ(refused.status, 400) << twice;
        EXPECT_NE(refused.body.find(R"({"name":"member","value":")"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(of.post("agent", "/v1/lines/" + line + "/top-ups",
                      R"({"amount":{"minor":1,"currency":"CNY","minor":100},"reference":"r"})")
                  .status,
              400)
        << "inside, too";
    const auto unknown = lost(R"({"hwo":"x"})");
    EXPECT_EQ(unknown.status, 422);
    EXPECT_NE(unknown.body.find(R"({"name":"field","value":"hwo"})"), std::string::npos) << unknown.body;
    EXPECT_EQ(lost(R"({"how":"a\u0000b"})").status, 422);
    EXPECT_EQ(lost(R"({"iccid":"8986001234567890123x"})").status, 422);
    EXPECT_EQ(lost(R"({"iccid":"89860012345678901230"})").status, 404) << "real ones lack a check digit, too";
    auto large = of.request_of("agent", verb::post, "/v1/lines/" + line + "/lost", std::string(1024 * 1024 + 1, ' '));
    EXPECT_EQ(of.ask(large).status, 413);
}

TEST(api, lets_a_role_name_its_own_channels_only) {
    fake_api of;
    const auto line = of.import_line();
    const auto open = [&](std::string_view token, std::string channel) {
        auto in = of.request_of(token, verb::post, "/v1/lines/" + line + "/closures", R"({"reason":"not_needed"})");
        in.channel = std::move(channel);
        return of.ask(in);
    };
    EXPECT_EQ(open("customer", "counter").status, 403);
    EXPECT_EQ(open("customer", "shop").status, 403);
    const auto done = open("customer", "app");
    EXPECT_EQ(done.status, 201) << done.body;
    EXPECT_EQ(of.member(done, "channel"), "app");
}

TEST(api, carries_a_correlation_id_through_and_makes_one_otherwise) {
    fake_api of;
    const auto line = of.import_line();
    auto in = of.request_of("agent", verb::post, "/v1/lines/" + line + "/sim-change");
    in.correlation = "call-2026-11-22";
    EXPECT_EQ(of.header_of(of.ask(in), "X-Correlation-Id"), "call-2026-11-22");
    EXPECT_EQ(of.core.submitted.back().correlation, "call-2026-11-22");
    EXPECT_NE(of.log.text().find("request call-2026-11-22 method=POST route=/v1/lines/{}/sim-change status=200"),
              std::string::npos)
        << of.log.text();
    in.correlation = "a\"b<script>";
    const auto made = of.header_of(of.ask(in), "X-Correlation-Id");
    EXPECT_GE(made.size(), 8U);
    EXPECT_EQ(made.find('<'), std::string::npos);
}

TEST(api, tells_when_the_engine_is_full_or_stops) {
    fake_api of;
    const auto line = of.import_line();
    of.core.refuse_everything = base::error{base::code::overloaded, "Too much."};
    const auto full = of.post("agent", "/v1/lines/" + line + "/sim-change");
    EXPECT_EQ(full.status, 503);
    EXPECT_EQ(of.header_of(full, "Retry-After"), "1");
}

TEST(api, is_ready_when_engine_and_store_are_and_names_peers_in_trouble) {
    fake_api of;
    of.troubles = {{"hlr", "no connection"}};
    const auto ready = of.get("", "/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(ready.body,
              R"({"ready":true,"engine":true,"store":true,"peers":[{"name":"hlr","trouble":"no connection"}]})");
    of.core.is_ready = false;
    EXPECT_EQ(of.get("", "/readyz").status, 503);
    of.core.is_ready = true;
    of.core.refuse_everything = base::error{base::code::unavailable, "The store cannot be read now."};
    EXPECT_EQ(of.get("", "/readyz").status, 503);
    EXPECT_EQ(of.get("", "/healthz").body, R"({"status":"ok"})");
}

TEST(api, shows_its_metrics_to_those_who_run_it_and_not_where_customers_come) {
    fake_api of;
    EXPECT_EQ(of.get("", "/metrics").status, 404);
    EXPECT_EQ(of.get("admin", "/metrics").status, 404);
    EXPECT_EQ(of.look("/metrics").status, 200);
    EXPECT_EQ(of.look("/healthz").status, 200);
    EXPECT_EQ(of.look("/readyz").status, 200);
    EXPECT_EQ(of.look("/v1/whoami").status, 404);
    of.core.is_ready = false;
    EXPECT_EQ(of.look("/readyz").status, 503);
}

TEST(api, lets_a_stranger_send_little_and_a_known_caller_what_the_route_needs) {
    fake_api of;
    const auto most = [&](std::string_view token, verb how, const char* target) {
        const auto allowed = of.door.admit(of.request_of(token, how, target));
        return allowed ? std::to_string(*allowed) : std::string(base::info(allowed.error().what).id);
    };
    EXPECT_EQ(most("", verb::post, "/v1/subscribers"), "unauthenticated");
    EXPECT_EQ(most("nobody's", verb::post, "/v1/subscribers"), "unauthenticated");
    EXPECT_EQ(most("customer", verb::post, "/v1/subscribers"), "forbidden");
    EXPECT_EQ(most("agent", verb::post, "/v1/subscribers"), "65536");
    EXPECT_EQ(most("agent", verb::post, "/v1/lines/import"), "forbidden");
    EXPECT_EQ(most("system", verb::post, "/v1/lines/import"), "1048576");
    EXPECT_EQ(most("system", verb::put, "/v1/lines/x/records"), "16777216");
    EXPECT_EQ(most("", verb::get, "/openapi.yaml"), "4096");
    EXPECT_EQ(most("", verb::post, "/nothing"), "4096");
}

TEST(api, counts_requests_by_route_and_never_by_address) {
    fake_api of;
    const auto line = of.import_line();
    of.core.counted.closures_by_stage = {{"opened", 3}};
    of.core.counted.dead_by_destination = {{2, 4}};
    of.get("agent", "/v1/lines/" + line);
    of.get("agent", "/v1/lines/" + line + "/nothing");
    const auto text = of.look("/metrics").body;
    for (const char* wanted :
         {R"(keepline_http_requests_total{method="GET",route="/v1/lines/{}",status="200"} 1)",
          R"(keepline_http_requests_total{method="any",route="unmatched",status="404"} 1)",
          R"(keepline_closures{stage="opened"} 3)", R"(keepline_effects_dead{destination="hlr"} 4)",
          R"(keepline_outbox_age_seconds{destination="sms"} 0)", "# TYPE keepline_commit_seconds histogram",
          "keepline_commands_total{outcome=\"accepted\"}"})
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
    EXPECT_EQ(text.find(line), std::string::npos);
    EXPECT_EQ(of.log.text().find(line), std::string::npos);
}

TEST(api, serves_its_own_contract_and_keys) {
    fake_api of;
    const auto document = of.get("", "/openapi.yaml");
    EXPECT_EQ(document.type, "application/yaml");
    EXPECT_TRUE(document.body == desk::text_of_file(std::string(KEEPLINE_SOURCE_DIR) + "/api/openapi.yaml"));
    EXPECT_EQ(of.get("", "/.well-known/jwks.json").body, R"({"keys":[]})");
}

TEST(tokens, are_shown_once_and_again_on_a_retry_only) {
    fake_api of;
    auto in = of.request_of("admin", verb::post, "/v1/tokens", R"({"role":"agent","id":"clerk-9","note":"n"})");
    const auto made = of.ask(in);
    ASSERT_EQ(made.status, 201) << made.body;
    const auto token = of.member(made, "token");
    EXPECT_GE(token.size(), 50U);
    EXPECT_EQ(of.member(of.ask(in), "token"), token);
    EXPECT_EQ(of.get(token, "/v1/whoami").status, 200);
    const auto all = of.get("admin", "/v1/tokens");
    EXPECT_EQ(all.body.find(token), std::string::npos);
    EXPECT_EQ(all.body.find("digest"), std::string::npos);
    EXPECT_NE(all.body.find("clerk-9"), std::string::npos);
    in.body = R"({"role":"agent","id":"clerk-9","note":"another"})";
    EXPECT_EQ(fake_api::code_of(of.ask(in)), "idempotency-key-reused");
    EXPECT_EQ(of.post("admin", "/v1/tokens", R"({"role":"agent","id":"a","expires_at":"2020-01-01T00:00:00Z"})").status,
              422);
}

TEST(tokens, that_decide_wait_for_another_administrator) {
    fake_api of;
    of.give_token("admin-2", domain::role::admin, "admin-2");
    const char* wanted = R"({"role":"reviewer","id":"reviewer-9"})";
    EXPECT_EQ(fake_api::code_of(of.post("admin", "/v1/tokens", R"({"role":"subscriber","id":"sub-1"})")), "forbidden");
    const auto asked = of.post("admin", "/v1/tokens", wanted);
    ASSERT_EQ(asked.status, 202) << asked.body;
    EXPECT_EQ(of.member(asked, "in_force"), "false");
    const std::string sign = "/v1/tokens/reviewer-9/requests/" + of.member(asked, "request") + "/countersignature";
    EXPECT_EQ(fake_api::code_of(of.post("admin", sign)), "own-application");
    EXPECT_EQ(of.post("reviewer", sign).status, 403);
    const auto signed_ = of.post("admin-2", sign);
    EXPECT_EQ(of.member(signed_, "state"), "countersigned") << signed_.body;
    const auto history = of.get("admin", "/v1/tokens/reviewer-9/history");
    EXPECT_NE(history.body.find("token_issued"), std::string::npos) << history.body;
    EXPECT_NE(history.body.find(R"("kin":["admin"])"), std::string::npos) << history.body;
}

TEST(tokens, of_customers_are_sessions_that_a_portal_opens_and_nobody_else) {
    fake_api of;
    of.import_line();
    of.give_token("portal", domain::role::portal, "portal-1");
    const auto session = of.post("portal", "/v1/subscribers/sub-1/sessions", R"({"minutes":10})");
    ASSERT_EQ(session.status, 201) << session.body;
    EXPECT_EQ(of.get(of.member(session, "token"), "/v1/subscribers/sub-1").status, 200);
    EXPECT_EQ(of.get("portal", "/v1/subscribers/sub-1").status, 403);
    EXPECT_EQ(of.post("admin", "/v1/subscribers/sub-1/sessions").status, 403);
    EXPECT_EQ(of.post("portal", "/v1/subscribers/sub-1/sessions", R"({"minutes":600})").status, 422);
}

TEST(effects, that_failed_are_listed_and_tried_again) {
    fake_api of;
    for (int i = 0; i < 3; ++i) {
        engine::effect_view one;
        one.id = "e" + std::to_string(i);
        one.dead = true;
        one.to = domain::destination::hlr;
        of.core.failed.push_back(one);
    }
    const auto first = of.get("reviewer", "/v1/effects?limit=2");
    EXPECT_EQ(of.member(first, "next"), "e1") << first.body;
    const auto rest = of.get("reviewer", "/v1/effects?limit=2&after=e1&destination=hlr");
    EXPECT_EQ(of.member(rest, "next"), "");
    EXPECT_EQ(of.get("reviewer", "/v1/effects?state=retrying").body, R"({"items":[]})");
    EXPECT_EQ(of.get("reviewer", "/v1/effects?state=gone").status, 422);
    EXPECT_EQ(of.get("reviewer", "/v1/effects?limit=0").status, 422);
    EXPECT_EQ(of.get("reviewer", "/v1/effects?limit=201").status, 422);
    EXPECT_EQ(of.get("reviewer", "/v1/effects?after=%zz").status, 422);
    EXPECT_EQ(of.post("reviewer", "/v1/effects/e1/retry").body, R"({"retried":1})");
    EXPECT_EQ(of.post("reviewer", "/v1/effects/e9/retry").status, 404);
    EXPECT_EQ(of.post("admin", "/v1/effects/retries", "{}").body, R"({"retried":3})");
}

TEST(policies, are_listed_and_said_in_words) {
    fake_api of;
    EXPECT_NE(of.get("customer", "/v1/policies").body.find(R"("id":"cn")"), std::string::npos);
    EXPECT_GT(of.member(of.get("customer", "/v1/policies/cn/explanation?language=zh-CN"), "text").size(), 100U);
    EXPECT_EQ(of.get("customer", "/v1/policies/cn/explanation?language=fr").status, 422);
    EXPECT_EQ(of.get("customer", "/v1/policies/nowhere/explanation").status, 404);
}

TEST(calendars, are_listed_to_staff_with_what_they_cover_and_who_goes_by_them) {
    fake_api of;
    const auto listed = of.get("agent", "/v1/calendars");
    ASSERT_EQ(listed.status, 200) << listed.body;
    const auto items = boost::json::parse(listed.body).at("items").as_array();
    const auto china = std::ranges::find_if(items, [](const auto& one) { return one.at("id") == "CN"; });
    ASSERT_NE(china, items.end());
    EXPECT_EQ(china->at("covers_from"), "2004-01-01");
    EXPECT_TRUE(china->at("days_left").is_int64());
    EXPECT_TRUE(china->at("ends_soon").is_bool());
    const auto& policies = china->at("policies").as_array();
    EXPECT_NE(std::ranges::find(policies, boost::json::value("cn")), policies.end());
    EXPECT_EQ(of.get("customer", "/v1/calendars").status, 403);
}

// It warns, and is no trouble: nothing waits for it, and a balancer sends people here.
TEST(calendars, that_end_are_a_metric_and_none_of_the_troubles) {
    fake_api of;
    EXPECT_NE(of.look("/metrics").body.find("keepline_calendar_days_left{calendar=\"CN\"} "), std::string::npos);
    of.clock.set(*base::instant_from_iso("2099-01-01T00:00:00Z"));
    EXPECT_NE(of.look("/metrics").body.find("keepline_calendar_days_left{calendar=\"CN\"} -"), std::string::npos);
    const auto ready = of.get("", "/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_EQ(ready.body.find("calendar"), std::string::npos) << ready.body;
}

}  // namespace
}  // namespace keepline::api
