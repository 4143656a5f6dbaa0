// keepline retention …: what is kept of people and how long, through a running server.
#include "app/client.hpp"
#include "app/command.hpp"

#include <algorithm>
#include <iostream>
#include <map>

#include <boost/json.hpp>

namespace keepline::app {

namespace retention_commands {  // its words are common ones
namespace {

namespace json = boost::json;

/// "730 days (gb 365)": what most policies say, and those that say otherwise.
std::string days_in(const json::object& of) {
    const auto* days = of.if_contains("days");
    if (days == nullptr || !days->is_array() || days->get_array().empty()) return "-";
    std::map<std::string, std::vector<std::string>> by_days;
    for (const auto& one : days->get_array())
        if (const auto* policy = one.if_object())
            by_days[cell_text(*policy, "days")].push_back(cell_text(*policy, "policy"));
    const auto most = std::ranges::max_element(by_days, {}, [](const auto& one) { return one.second.size(); });
    auto out = most->first + " days";
    for (const auto& [n, policies] : by_days) {
        if (n == most->first) continue;
        for (const auto& id : policies) out += ", " + id + " " + n;
    }
    return out;
}

std::string against_in(const json::object& of) {
    const auto* against = of.if_contains("against");
    std::string out;
    if (against == nullptr || !against->is_array()) return out;
    for (const auto& one : against->get_array())
        if (const auto* standing = one.if_object())
            out += (out.empty() ? "" : ", ") + cell_text(*standing, "what") + " " + cell_text(*standing, "line");
    return out;
}

template <typename Row>
std::vector<std::vector<std::string>> rows_of(const json::object& of, const char* list, Row row) {
    std::vector<std::vector<std::string>> out;
    const auto* items = of.if_contains(list);
    if (items == nullptr || !items->is_array()) return out;
    for (const auto& item : items->get_array())
        if (const auto* one = item.if_object()) out.push_back(row(*one));
    return out;
}

std::vector<std::string> files_gone_in(const json::object& of) {
    const auto* gone = of.if_contains("gone");
    if (gone == nullptr || !gone->is_object()) return {};
    return {cell_text(of, "data_class"), cell_text(gone->get_object(), "files"),
            cell_text(gone->get_object(), "last_at")};
}

result<int> report(const session& s, const server_options& server) {
    TRY(way, connect(s, server));
    TRY(answer, json_of(way->send({"GET", "/v1/retention", {}, {}, {}, {}})));
    if (s.json || !answer.is_object()) {
        s.print(answer);
        return 0;
    }
    const auto& all = answer.get_object();
    s.at.out << table({"DATA", "WHAT", "KEPT", "SINCE", "GOES BY ITSELF"},
                      rows_of(all, "classes", [](const json::object& one) {
                          return std::vector{cell_text(one, "data_class"), cell_text(one, "what"), days_in(one),
                                             cell_text(one, "since"), cell_text(one, "by_itself")};
                      }));
    s.at.out << "\nPersons without a line, kept for a while yet: " << cell_text(all, "kept_after_end")
             << "; erasures planned: " << cell_text(all, "erasures_planned") << "; erased: " << cell_text(all, "erased")
             << ".\n";
    for (const auto& gone : rows_of(all, "classes", files_gone_in))
        if (!gone.empty())
            s.at.out << "Files of " << gone[0] << " that were deleted by their age: " << gone[1] << ", the last at "
                     << gone[2] << ".\n";
    if (all.contains("backup_at"))
        s.at.out << "The newest copy of the store is of " << cell_text(all, "backup_at")
                 << ": what was erased since lies in it, sealed with keys that are gone.\n";
    else
        s.at.out << "No copy of the store has been made here.\n";
    const auto planned = rows_of(all, "planned", [](const json::object& one) {
        return std::vector{cell_text(one, "subscriber"), cell_text(one, "at"), cell_text(one, "look_at"),
                           cell_text(one, "outlived"), against_in(one)};
    });
    if (!planned.empty())
        s.at.out << "\n" << table({"PERSON", "PLANNED", "LOOKED AT BY", "OUTLIVED", "AGAINST IT"}, planned);
    return 0;
}

}  // namespace
}  // namespace retention_commands

void add_retention_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "retention", "What is kept of people, why and how long: report");
    auto* command =
        add_command(*group, "report", "By the policies in force, and what waits to go", "keepline retention report");
    auto server = std::make_shared<server_options>();
    add_server_options(command, server);
    on_chosen(command, s, [&s, server] { return retention_commands::report(s, *server); });
}

}  // namespace keepline::app
