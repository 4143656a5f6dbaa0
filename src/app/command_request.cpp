// keepline request …: what waits for a second person, about one line or anything, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <algorithm>
#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

struct request_named {
    std::string about;
    std::string serial;
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

/// Where requests about it are: a line or a profile by its id, a subscriber or a token's holder as "subscriber:ID" and
/// "token:ID", as the list names them.
std::string requests_of(std::string_view about) {
    const auto colon = about.find(':');
    const auto kind = colon == std::string_view::npos ? std::string_view() : about.substr(0, colon);
    if (kind == "subscriber" || kind == "token")
        return "/v1/" + std::string(kind) + "s/" + url_part(about.substr(colon + 1)) + "/requests";
    return (about.starts_with("es_") ? "/v1/esims/" : "/v1/lines/") + url_part(about) + "/requests";
}

std::string name_of(const json::object& about) {
    const auto kind = cell_text(about, "kind");
    return (kind == "line" || kind == "profile" ? "" : kind + ":") + cell_text(about, "id");
}

/// The command itself, as it will be carried out: nobody signs for what they cannot see.
std::string exactly(const json::object& in) {
    const auto* details = in.if_contains("details");
    if (details == nullptr || !details->is_object()) return "-";
    json::object shown = details->get_object();
    shown.erase("type");
    if (shown.empty()) return "-";
    return printable(json::serialize(shown));
}

constexpr std::string_view plan_prefix = "import_plan:";

/// `of`: what the list of all says of the line; nothing where one was asked about.
std::vector<std::string> row_of(const std::string& about, const json::object& of, const json::object& one) {
    return {about,
            cell_text(one, "serial"),
            cell_text(one, "state"),
            person_in(one, "by"),
            cell_text(one, "effect"),
            cell_text(of, "number"),
            cell_text(of, "reference"),
            exactly(one),
            cell_text(one, "expires_at"),
            cell_text(one, "why_not")};
}

/// Whatever waits anywhere, page by page.
result<json::array> all_that_waits(api_way& way) {
    json::array out;
    std::string after;
    do {
        const auto query = after.empty() ? std::string() : "?after=" + url_part(after);
        TRY(page, json_of(way.send({"GET", "/v1/requests" + query, {}, {}, {}, {}})));
        after.clear();
        const auto* shown = page.if_object();
        if (shown == nullptr) break;
        out.insert(out.end(), items_of(page).begin(), items_of(page).end());
        if (const auto* next = shown->if_contains("next"); next != nullptr && next->is_string())
            after = std::string(next->get_string());
    } while (!after.empty());
    return out;
}

result<json::array> those_about(api_way& way, const std::string& about) {
    TRY(page, json_of(way.send({"GET", requests_of(about), {}, {}, {}, {}})));
    return items_of(page);
}

result<int> list_of_requests(const session& s, const request_named& in) {
    TRY(way, connect(s, *in.server));
    TRY(items, in.about.empty() ? all_that_waits(*way) : those_about(*way, in.about));
    if (s.json) {
        s.print(json::object{{"items", std::move(items)}});
        return 0;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : items) {
        const auto* one = item.if_object();
        if (one == nullptr) continue;
        const auto* about = one->if_contains("about");
        const auto* request = one->if_contains("request");
        if (about != nullptr && about->is_object() && request != nullptr && request->is_object())
            rows.push_back(row_of(name_of(about->get_object()), about->get_object(), request->get_object()));
        else
            rows.push_back(row_of(in.about, {}, *one));
    }
    s.at.out << table({"ABOUT", "NO", "STATE", "ASKED BY", "WHAT IT DOES", "NUMBER", "REFERENCE", "EXACTLY", "UNTIL",
                       "WHY YOU MAY NOT SIGN"},
                      rows);
    if (std::ranges::any_of(rows, [](const auto& row) { return row.front().starts_with(plan_prefix); }))
        s.at.out
            << "Plans are read and signed by their hash: keepline import show ip_…, then keepline import sign ip_… "
               "--hash …\n";
    return 0;
}

result<int> answer_request(const session& s, const request_named& in, const std::string& how) {
    const bool is_plan = in.about.starts_with(plan_prefix);
    const auto plan = is_plan ? in.about.substr(plan_prefix.size()) : std::string();
    if (is_plan && how == "countersignature")
        return base::refuse(base::code::invalid,
                            "A plan is signed by the hash of what you have read: keepline import show " + plan +
                                ", then keepline import sign " + plan + " --hash …");
    TRY(way, connect(s, *in.server));
    json::object body;
    if (!in.reason.empty()) body["reason"] = in.reason;
    const auto target = is_plan ? "/v1/import-plans/" + url_part(plan) + "/" + how
                                : requests_of(in.about) + "/" + url_part(in.serial) + "/" + how;
    TRY(done, json_of(way->send({"POST", target, json::serialize(body), fresh_key(), {}, {}})));
    s.print(done);
    return 0;
}

}  // namespace

void add_request_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "request", "What waits for a second person: list, countersign, refuse",
                            "keepline request list\nkeepline request countersign ln_x 3");
    auto in = std::make_shared<request_named>();
    auto* show =
        add_command(*group, "list", "Who asked for what, what it would do, until when, and whether you may sign",
                    "keepline request list          # all that waits anywhere\nkeepline request list ln_x");
    show->add_option("ABOUT", in->about,
                     "A line, a profile, subscriber:ID or token:ID, as the list names it; without: all");
    add_server_options(show, in->server);
    on_chosen(show, s, [&s, in] { return list_of_requests(s, *in); });

    auto* sign = add_command(*group, "countersign", "Sign as the second person, so that it is carried out now",
                             "keepline request countersign ln_x 3");
    sign->add_option("ABOUT", in->about, "A line, a profile, subscriber:ID or token:ID")->required();
    sign->add_option("NO", in->serial, "The request's number")->required();
    add_server_options(sign, in->server);
    on_chosen(sign, s, [&s, in] { return answer_request(s, *in, "countersignature"); });

    auto* refuse = add_command(*group, "refuse", "Refuse it, or take back what you asked for",
                               "keepline request refuse ln_x 3 --reason \"not the owner\"");
    refuse->add_option("ABOUT", in->about, "A line, a profile, subscriber:ID, token:ID or import_plan:ID")->required();
    refuse->add_option("NO", in->serial, "The request's number")->required();
    refuse->add_option("--reason", in->reason, "Why, in words")->required();
    add_server_options(refuse, in->server);
    on_chosen(refuse, s, [&s, in] { return answer_request(s, *in, "refusal"); });
}

}  // namespace keepline::app
