// keepline request …: what waits for a second person about a line, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

struct request_named {
    std::string line;
    std::string serial;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

std::string request_text(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr) return "-";
    return found->is_string() ? printable(found->get_string()) : json::serialize(*found);
}

std::string who_asked(const json::object& in) {
    const auto* by = in.if_contains("by");
    return by != nullptr && by->is_object() ? request_text(by->get_object(), "id") : "-";
}

result<int> list_of_requests(const session& s, const request_named& in) {
    TRY(way, connect(s, *in.server));
    TRY(page, json_of(way->send({"GET", "/v1/lines/" + url_part(in.line) + "/requests", {}, {}, {}, {}})));
    if (s.json) {
        s.print(page);
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    const auto* items = page.is_object() ? page.get_object().if_contains("items") : nullptr;
    if (items != nullptr && items->is_array())
        for (const auto& item : items->get_array())
            if (const auto* one = item.if_object())
                rows.push_back({request_text(*one, "serial"), request_text(*one, "state"), who_asked(*one),
                                request_text(*one, "effect"), request_text(*one, "expires_at"),
                                request_text(*one, "why_not")});
    s.at.out << table({"NO", "STATE", "ASKED BY", "WHAT IT DOES", "UNTIL", "WHY YOU MAY NOT SIGN"}, rows);
    return 0;
}

result<int> answer_request(const session& s, const request_named& in, const std::string& how) {
    TRY(way, connect(s, *in.server));
    json::object body;
    if (!in.reason.empty()) body["reason"] = in.reason;
    const auto target = "/v1/lines/" + url_part(in.line) + "/requests/" + url_part(in.serial) + "/" + how;
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

}  // namespace

void add_request_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "request", "What waits for a second person: list, countersign, refuse",
                            "keepline request list ln_x\nkeepline request countersign ln_x 3");
    auto in = std::make_shared<request_named>();
    auto* show = add_command(*group, "list", "Who asked for what about a line, and whether you may sign");
    show->add_option("LINE", in->line, "The line's id")->required();
    add_server_options(show, in->server);
    on_chosen(show, s, [&s, in] { return list_of_requests(s, *in); });

    auto* sign = add_command(*group, "countersign", "Sign as the second person, so that it is carried out now",
                             "keepline request countersign ln_x 3");
    sign->add_option("LINE", in->line, "The line's id")->required();
    sign->add_option("NO", in->serial, "The request's number")->required();
    add_server_options(sign, in->server);
    on_chosen(sign, s, [&s, in] { return answer_request(s, *in, "countersignature"); });

    auto* refuse = add_command(*group, "refuse", "Refuse it, or take back what you asked for",
                               "keepline request refuse ln_x 3 --reason \"not the owner\"");
    refuse->add_option("LINE", in->line, "The line's id")->required();
    refuse->add_option("NO", in->serial, "The request's number")->required();
    refuse->add_option("--reason", in->reason, "Why, in words")->required();
    add_server_options(refuse, in->server);
    on_chosen(refuse, s, [&s, in] { return answer_request(s, *in, "refusal"); });
}

}  // namespace keepline::app
