// keepline webhook …: who is told what happens, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

struct webhook_asked {
    std::string id;
    std::string name;
    std::string url;
    std::vector<std::string> topics;
    std::string role;
    std::string reason;
    std::string event;
    std::string since;
    int both_hours = -1;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};
using asked_ptr = std::shared_ptr<webhook_asked>;

std::string path_of(const webhook_asked& in, const std::string& what = {}) {
    return "/v1/webhooks/" + url_part(in.id) + (what.empty() ? "" : "/" + what);
}

json::object target_of(const webhook_asked& in) {
    json::object out{{"name", in.name}, {"url", in.url}};
    if (!in.topics.empty()) out["topics"] = json::array(in.topics.begin(), in.topics.end());
    if (!in.role.empty()) out["role"] = in.role;
    return out;
}

result<int> list_of_webhooks(const session& s, const webhook_asked& in) {
    return print_list(s, *in.server, "/v1/webhooks",
                      {{"ID", "id"},
                       {"NAME", "name"},
                       {"STATE", "state"},
                       {"URL", "url"},
                       {"LATEST", "delivered_at"},
                       {"GIVEN UP", "given_up"},
                       {"LAST ERROR", "error"}});
}

result<int> show(const session& s, const webhook_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(one, json_of(way->send({"GET", path_of(in), {}, {}, {}, {}})));
    s.print(one);
    return 0;
}

result<int> post(const session& s, const webhook_asked& in, const std::string& target, const json::object& body) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    const auto* answer = done.if_object();
    if (answer == nullptr || !answer->contains("request")) return 0;
    s.at.err << "It waits for a second administrator: keepline request countersign token:webhooks "
             << cell_text(*answer, "request") << '\n';
    if (answer->contains("secret")) s.at.err << "The secret is shown once.\n";
    return 0;
}

/// One message now: that it did not arrive is no success.
result<int> send_one(const session& s, const webhook_asked& in, const std::string& what, const json::object& body) {
    TRY(way, connect(s, *in.server));
    TRY(done, json_of(way->send({"POST", path_of(in, what), json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    const auto* answer = done.if_object();
    const auto* delivered = answer == nullptr ? nullptr : answer->if_contains("delivered");
    const bool arrived = delivered == nullptr || !delivered->is_bool() || delivered->get_bool();
    return arrived ? 0 : base::info(base::code::peer_unreachable).exit_code;
}

json::object because(const webhook_asked& in) { return {{"reason", in.reason}}; }

json::object again_of(const webhook_asked& in) {
    json::object out;
    if (!in.event.empty()) out["event"] = in.event;
    if (!in.since.empty()) out["since"] = in.since;
    return out;
}

CLI::App* about_one(CLI::App& group, const asked_ptr& in, const std::string& name, const std::string& what,
                    const std::string& example) {
    auto* out = add_command(group, name, what, example);
    out->add_option("ID", in->id, "The webhook: wh_…, or the name of one of the configuration")->required();
    add_server_options(out, in->server);
    return out;
}

void add_target_options(CLI::App* to, const asked_ptr& in) {
    to->add_option("--name", in->name, "How people, logs and metrics call it")->required();
    to->add_option("--url", in->url, "Where it is: https, without a password in it")->required();
    to->add_option("--topic", in->topics, "\"closure.closed\", \"closure.*\", several times; default: all");
    to->add_option("--role", in->role, "What it is shown; portal: no numbers, no money; admin: also what staff do")
        ->check(CLI::IsMember({"system", "portal", "admin"}));
}

void add_acts(CLI::App& group, session& s, const asked_ptr& in) {
    auto* pause = about_one(group, in, "pause", "Nothing is sent; it is kept for 7 days",
                            "keepline webhook pause wh_x --reason \"they move\"");
    pause->add_option("--reason", in->reason, "Why, in words")->required();
    on_chosen(pause, s, [&s, in] { return post(s, *in, path_of(*in, "pause"), because(*in)); });
    on_chosen(about_one(group, in, "resume", "It goes on where it was", "keepline webhook resume wh_x"), s,
              [&s, in] { return post(s, *in, path_of(*in, "resumption"), {}); });
    on_chosen(about_one(group, in, "test", "Send a signed test message now, and say what became of it",
                        "keepline webhook test wh_x"),
              s, [&s, in] { return send_one(s, *in, "test", {}); });
    auto* again = about_one(group, in, "redeliver", "Send again: one event, or everything since then (7 days at most)",
                            "keepline webhook redeliver wh_x --event kl-…\n"
                            "keepline webhook redeliver wh_x --since 2026-11-28T00:00:00Z");
    auto* event = again->add_option("--event", in->event, "Its webhook-id");
    again->add_option("--since", in->since, "A time; the ids are the same as the first time")->excludes(event);
    on_chosen(again, s, [&s, in] { return send_one(s, *in, "redelivery", again_of(*in)); });
    auto* end = about_one(group, in, "delete", "It is told nothing any more; its secret is destroyed",
                          "keepline webhook delete wh_x --reason \"they left us\"");
    end->add_option("--reason", in->reason, "Why, in words")->required();
    on_chosen(end, s, [&s, in] { return post(s, *in, path_of(*in, "deletion"), because(*in)); });
}

}  // namespace

void add_webhook_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "webhook", "Who is told what happens: create, test, pause, redeliver, …",
                            "keepline webhook create --name bank --url https://bank.example/keepline "
                            "--topic 'closure.*'\nkeepline webhook list");
    auto in = std::make_shared<webhook_asked>();
    auto* all = add_command(*group, "list", "All webhooks, and how they are doing");
    add_server_options(all, in->server);
    on_chosen(all, s, [&s, in] { return list_of_webhooks(s, *in); });
    on_chosen(about_one(*group, in, "show", "One webhook", "keepline webhook show wh_x"), s,
              [&s, in] { return show(s, *in); });
    auto* make = add_command(*group, "create", "Ask for a new one; a second administrator signs",
                             "keepline webhook create --name bank --url https://bank.example/keepline "
                             "--topic closure.closed");
    add_target_options(make, in);
    add_server_options(make, in->server);
    on_chosen(make, s, [&s, in] { return post(s, *in, "/v1/webhooks", target_of(*in)); });
    auto* change = about_one(*group, in, "change", "Ask for another target, all of it; a second administrator signs",
                             "keepline webhook change wh_x --name bank --url https://new.bank.example/keepline");
    add_target_options(change, in);
    on_chosen(change, s, [&s, in] { return post(s, *in, path_of(*in, "target"), target_of(*in)); });
    auto* rotate = about_one(*group, in, "rotate", "Ask for a new secret; a second administrator signs",
                             "keepline webhook rotate wh_x --both-hours 48");
    rotate->add_option("--both-hours", in->both_hours, "How long the one before signs too; default: 24")
        ->check(CLI::Range(0, 168));
    on_chosen(rotate, s, [&s, in] {
        return post(s, *in, path_of(*in, "secret"),
                    in->both_hours < 0 ? json::object() : json::object{{"both_hours", in->both_hours}});
    });
    add_acts(*group, s, in);
}

}  // namespace keepline::app
