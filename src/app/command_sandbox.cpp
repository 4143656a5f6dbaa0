// keepline sandbox …: the clock and the pretended peers of a server that runs with --sandbox, through its API.
#include "app/client.hpp"
#include "app/command.hpp"

#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

struct sandbox_asked {
    std::string to;
    std::string span;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

/// "7d", "12h", "30m" as people type them; anything else as it is (ISO 8601: "P7D").
std::string span_of(const std::string& typed) {
    if (typed.size() < 2 || typed.find_first_not_of("0123456789") != typed.size() - 1) return typed;
    const auto count = typed.substr(0, typed.size() - 1);
    switch (typed.back()) {
        case 'd': return "P" + count + "D";
        case 'h': return "PT" + count + "H";
        case 'm': return "PT" + count + "M";
        default: return typed;
    }
}

result<int> show_sandbox_clock(const session& s, const sandbox_asked& in) {
    TRY(way, connect(s, *in.server));
    TRY(clock, json_of(way->send({"GET", "/v1/sandbox/clock", {}, {}, {}, {}})));
    s.print(clock);
    return 0;
}

result<int> move_sandbox_clock(const session& s, const sandbox_asked& in) {
    TRY(way, connect(s, *in.server));
    json::object body;
    if (in.to.empty())
        body["forward"] = span_of(in.span);
    else
        body["to"] = in.to;
    TRY(clock, json_of(way->send({"POST", "/v1/sandbox/clock", json::serialize(body), fresh_key(), {}, {}})));
    s.print(clock);
    return 0;
}

result<int> show_pretended_messages(const session& s, const sandbox_asked& in) {
    TRY(way, connect(s, *in.server));
    std::vector<std::vector<std::string>> rows;
    json::array all;
    std::string after = "0";
    for (;;) {
        TRY(page, json_of(way->send({"GET",
                                     "/v1/sandbox/messages?limit=200&after=" + after +
                                         (in.to.empty() ? "" : "&to=" + url_part(in.to)),
                                     {},
                                     {},
                                     {},
                                     {}})));
        const auto* items = page.is_object() ? page.get_object().if_contains("items") : nullptr;
        if (items == nullptr || !items->is_array() || items->get_array().empty()) break;
        for (const auto& item : items->get_array()) {
            all.push_back(item);
            if (const auto* one = item.if_object()) {
                after = cell_text(*one, "serial");
                rows.push_back({cell_text(*one, "at"), cell_text(*one, "by"), cell_text(*one, "to"),
                                cell_text(*one, "outcome"), cell_text(*one, "text")});
            }
        }
    }
    if (s.json)
        s.print(json::object{{"items", std::move(all)}});
    else
        s.at.out << table({"AT", "BY", "TO", "OUTCOME", "TEXT"}, rows);
    return 0;
}

}  // namespace

void add_sandbox_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "sandbox", "A server that runs with --sandbox: its clock, and what its peers got",
                            "keepline sandbox forward 7d\nkeepline sandbox messages --to +8613800000001");
    auto looked = std::make_shared<sandbox_asked>();
    auto* clock = add_command(*group, "clock", "What time it is there, and what waits");
    add_server_options(clock, looked->server);
    on_chosen(clock, s, [&s, looked] { return show_sandbox_clock(s, *looked); });

    auto moved = std::make_shared<sandbox_asked>();
    auto* forward = add_command(*group, "forward", "Live through so much time; returns when all of it is done",
                                "keepline sandbox forward 7d\nkeepline sandbox forward PT36H");
    forward->add_option("SPAN", moved->span, "7d, 12h, 30m, or an ISO 8601 duration")->required();
    add_server_options(forward, moved->server);
    on_chosen(forward, s, [&s, moved] { return move_sandbox_clock(s, *moved); });

    auto moved_to = std::make_shared<sandbox_asked>();
    auto* to = add_command(*group, "to", "The same, up to an instant", "keepline sandbox to 2027-03-01T09:00:00Z");
    to->add_option("INSTANT", moved_to->to, "In UTC")->required();
    add_server_options(to, moved_to->server);
    on_chosen(to, s, [&s, moved_to] { return move_sandbox_clock(s, *moved_to); });

    auto read = std::make_shared<sandbox_asked>();
    auto* messages = add_command(*group, "messages", "What the pretended SMSC, mail server, HLR and bank got",
                                 "keepline sandbox messages --to +8613800000001");
    messages->add_option("--to", read->to, "Only to this number or address");
    add_server_options(messages, read->server);
    on_chosen(messages, s, [&s, read] { return show_pretended_messages(s, *read); });
}

}  // namespace keepline::app
