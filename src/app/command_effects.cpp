// keepline effects …: what did not get through to a peer, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

const std::vector<std::string> destinations{"sms",    "mail", "hlr",          "refund", "webhook",
                                            "signer", "core", "operator_es2", "sm_ds",  "voice"};

struct asked {
    std::string id;
    std::string destination;
    bool retrying = false;
    bool all = false;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

result<int> list(const session& s, const asked& in) {
    std::string target = std::string("/v1/effects?limit=200&state=") + (in.retrying ? "retrying" : "dead");
    if (!in.destination.empty()) target += "&destination=" + in.destination;
    return print_list(s, *in.server, target,
                      {{"ID", "id"},
                       {"TO", "to"},
                       {"KIND", "kind"},
                       {"LINE", "line_id"},
                       {"ATTEMPTS", "attempts"},
                       {"NEXT", "next_at"},
                       {"WHY", "error_words"}});
}

result<int> retry(const session& s, const asked& in) {
    if (in.id.empty() == !in.all)
        return base::refuse(base::code::invalid, "Name one effect, or --all (of one --to, if you like).");
    TRY(way, connect(s, *in.server));
    json::object body;
    if (in.all && !in.destination.empty()) body["destination"] = in.destination;
    const auto target = in.all ? "/v1/effects/retries" : "/v1/effects/" + url_part(in.id) + "/retry";
    TRY(answer, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(answer);
    return 0;
}

}  // namespace

void add_effects_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "effects", "What did not get through to a peer: list, retry",
                            "keepline effects list --to hlr\nkeepline effects retry --all --to sms");
    auto in = std::make_shared<asked>();
    auto* show = add_command(*group, "list", "What waits for staff (or, with --retrying, is tried again by itself)");
    show->add_flag("--retrying", in->retrying, "What will be tried again by itself");
    show->add_option("--to", in->destination, "Only this destination")->check(CLI::IsMember(destinations));
    add_server_options(show, in->server);
    on_chosen(show, s, [&s, in] { return list(s, *in); });

    auto* again = add_command(*group, "retry", "Try one again now, or all that wait for staff",
                              "keepline effects retry 4711\nkeepline effects retry --all --to mail");
    again->add_option("ID", in->id, "The effect: see `effects list`");
    again->add_flag("--all", in->all, "All that wait for staff");
    again->add_option("--to", in->destination, "With --all: only this destination")->check(CLI::IsMember(destinations));
    add_server_options(again, in->server);
    on_chosen(again, s, [&s, in] { return retry(s, *in); });
}

}  // namespace keepline::app
