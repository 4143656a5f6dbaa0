// keepline policy …, keepline calendar …: the rules as data, without a server.
#include "app/command.hpp"
#include "app/files.hpp"
#include "app/nearest.hpp"
#include "app/rules.hpp"
#include "domain/calendar_reach.hpp"
#include "domain/policy.hpp"
#include "port/clock.hpp"

#include <filesystem>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<std::shared_ptr<const domain::rule_book>> rules_of(const session& s) {
    TRY(settings, s.settings());
    return load_rules({settings.policies.dir, settings.policies.own}, {settings.calendars.dir, settings.calendars.own});
}

result<int> check_policies(const session& s, const std::string& folder) {
    TRY(settings, s.settings());
    const auto& where = folder.empty() ? settings.policies.dir : folder;
    // A folder of one's own lies over the shipped ones, as the server lays it: what it inherits from is there.
    const bool whole = folder.empty() || std::filesystem::exists(std::filesystem::path(folder) / "base.toml");
    if (const auto nothing = whole ? std::string() : empty_folder_of({settings.policies.dir, folder}, ".toml");
        !nothing.empty())
        return base::refuse(base::code::policy_invalid, nothing);
    TRY(rules, load_rules({whole ? where : settings.policies.dir, folder.empty() ? settings.policies.own
                                                                  : whole        ? std::string()
                                                                                 : folder},
                          {settings.calendars.dir, settings.calendars.own}));
    if (s.json) {
        json::array ids;
        for (const auto& [id, policy] : rules->policies.all()) ids.emplace_back(id);
        s.print(json::object{{"ok", true}, {"folder", where}, {"policies", std::move(ids)}});
    } else {
        s.at.out << rules->policies.all().size() << " policies and " << rules->calendars.all().size()
                 << " calendars are in order: " << where << '\n';
    }
    return 0;
}

result<int> list_policies(const session& s) {
    TRY(rules, rules_of(s));
    json::array items;
    std::vector<std::vector<std::string>> rows;
    for (const auto& [id, policy] : rules->policies.all()) {
        items.push_back(json::object{{"id", id},
                                     {"version", policy.version},
                                     {"title", policy.title},
                                     {"calendar", policy.calendar},
                                     {"zone", policy.zone},
                                     {"currency", policy.currency},
                                     {"source", policy.source}});
        rows.push_back(
            {id, std::to_string(policy.version), policy.calendar, policy.currency, policy.zone, policy.title});
    }
    if (s.json)
        s.print(json::object{{"items", std::move(items)}});
    else
        s.at.out << table({"ID", "VERSION", "CALENDAR", "CURRENCY", "ZONE", "TITLE"}, rows);
    return 0;
}

/// As people write a language: zh, ZH-cn, zh_Hans, en-GB.
CLI::Validator one_of_two_languages() {
    return CLI::Validator(
        [](std::string& in) -> std::string {
            const auto said = small_letters(in).substr(0, in.find_first_of("-_"));
            if (said != "en" && said != "zh") return "There is en, and zh-CN.";
            in = said == "en" ? "en" : "zh-CN";
            return {};
        },
        "{en,zh-CN}");
}

result<int> explain_policy(const session& s, const std::string& typed, const std::string& language) {
    TRY(rules, rules_of(s));
    // Ids are written small; `CN` can mean nothing else.
    const auto id = rules->policies.find(typed) == nullptr ? small_letters(typed) : typed;
    const auto* policy = rules->policies.find(id);
    if (policy == nullptr) {
        std::string known;
        for (const auto& [other, ignored] : rules->policies.all()) known += (known.empty() ? "" : ", ") + other;
        return base::refuse(base::code::policy_unknown,
                            "There is no policy `" + typed + "`. There are: " + known + ".");
    }
    const auto text = domain::explain(*policy, language);
    if (s.json)
        s.print(json::object{{"policy", id}, {"version", policy->version}, {"language", language}, {"text", text}});
    else
        s.at.out << text << (text.ends_with('\n') ? "" : "\n");
    return 0;
}

result<const domain::calendar*> find_calendar(const domain::calendar_book& book, const std::string& id) {
    if (const auto* found = book.find_typed(id); found != nullptr) return found;
    std::string known;
    for (const auto& [other, ignored] : book.all()) known += (known.empty() ? "" : ", ") + other;
    return base::refuse(base::code::calendar_unknown, "There is no calendar `" + id + "`. There are: " + known + ".");
}

result<int> due_date(const session& s, const std::string& id, const std::string& date, int n) {
    TRY(settings, s.settings());
    TRY(book, load_calendars({settings.calendars.dir, settings.calendars.own}));
    TRY(calendar, find_calendar(book, id));
    const auto start = base::day_from_iso(date);
    if (!start) return base::refuse(base::code::invalid, "`" + date + "` is not a date; write it as 2026-02-13.");
    const auto due = domain::due(*calendar, *start, n);
    if (s.json)
        s.print(json::object{{"due", base::iso(due.day)}, {"provisional", due.provisional}});
    else
        s.at.out << base::iso(due.day) << (due.provisional ? " provisional" : "") << '\n';
    return 0;
}

result<int> list_calendars(const session& s) {
    TRY(rules, rules_of(s));
    json::array items;
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : domain::calendar_reaches(*rules, port::system_clock().now())) {
        const auto& calendar = *one.of;
        items.push_back(json::object{{"id", calendar.id},
                                     {"version", calendar.version},
                                     {"covers_from", base::iso(calendar.covers_from)},
                                     {"covers_to", base::iso(calendar.covers_to)},
                                     {"days_left", one.days_left},
                                     {"ends_soon", one.ends_soon()},
                                     {"policies", json::array(one.policies.begin(), one.policies.end())},
                                     {"provisional", json::array(one.provisional.begin(), one.provisional.end())},
                                     {"licence", calendar.licence},
                                     {"source", calendar.source}});
        std::string by;
        for (const auto& name : one.policies) by += (by.empty() ? "" : " ") + name;
        rows.push_back({calendar.id, base::iso(calendar.covers_from), base::iso(calendar.covers_to),
                        std::to_string(one.days_left), calendar.version, by});
    }
    if (s.json)
        s.print(json::object{{"items", std::move(items)}});
    else
        s.at.out << table({"ID", "FROM", "TO", "DAYS LEFT", "DATA", "POLICIES"}, rows);
    return 0;
}

}  // namespace

void add_policy_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "policy", "The policies: check, list, explain",
                            "keepline policy check policies/\nkeepline policy explain cn --language zh-CN");
    auto folder = std::make_shared<std::string>();
    auto* check = add_command(*group, "check", "Check all policies with their calendars and zones",
                              "keepline policy check\nkeepline policy check /etc/keepline/policies");
    check->add_option(
        "DIR", *folder,
        "A whole folder (with a base.toml), or one that lies over the shipped policies; default: the configuration's");
    on_chosen(check, s, [&s, folder] { return check_policies(s, *folder); });

    on_chosen(add_command(*group, "list", "List the policies"), s, [&s] { return list_policies(s); });

    auto id = std::make_shared<std::string>();
    auto language = std::make_shared<std::string>("en");
    auto* explain = add_command(*group, "explain", "Say in words what a customer of a policy gets",
                                "keepline policy explain cn\nkeepline policy explain cn --language zh-CN");
    explain->add_option("ID", *id, "The policy")->required();
    explain->add_option("--language", *language, "The language")
        ->transform(one_of_two_languages())
        ->capture_default_str();
    on_chosen(explain, s, [&s, id, language] { return explain_policy(s, *id, *language); });
}

void add_calendar_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "calendar", "The working-day calendars: list, compute",
                            "keepline calendar due CN 2026-02-13 7");
    struct question {
        std::string calendar;
        std::string date;
        int n = 0;
    };
    auto asked = std::make_shared<question>();
    auto* due = add_command(*group, "due",
                            "The N-th working day after a date; `provisional` where the calendar's data ends before",
                            "keepline calendar due CN 2026-02-13 7");
    due->add_option("CALENDAR", asked->calendar, "The calendar's id")->required();
    due->add_option("DATE", asked->date, "The day of the event, such as 2026-02-13")->required();
    due->add_option("N", asked->n, "Working days")->required()->check(CLI::Range(0, 3660));
    on_chosen(due, s, [&s, asked] { return due_date(s, asked->calendar, asked->date, asked->n); });
    on_chosen(add_command(*group, "list",
                          "List the calendars, the days they cover and still will, and which policies go by them"),
              s, [&s] { return list_calendars(s); });
}

}  // namespace keepline::app
