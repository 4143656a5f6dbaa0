// keepline upgrade --check: what this program would do to the store that is there, before it is started on it.
#include "app/command.hpp"
#include "app/upgrade.hpp"
#include "app/version.hpp"

#include <ostream>
#include <span>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

json::object json_of(const upgrade_outlook& in) {
    json::array files;
    for (const auto& one : in.files)
        files.push_back(json::object{{"what", one.what},
                                     {"path", one.path},
                                     {"there", one.there},
                                     {"version", one.version},
                                     {"known", one.known},
                                     {"upgraded", one.upgraded()},
                                     {"trouble", one.trouble}});
    json::array troubles;
    for (const auto& one : in.stops) troubles.push_back(json::value(one.words));
    return {{"program", version},
            {"served_by", in.program},
            {"files", files},
            {"starts", in.starts()},
            {"can_go_back", in.can_go_back()},
            {"backup_at", in.backup ? base::iso(*in.backup) : std::string()},
            {"troubles", troubles}};
}

void tell(std::ostream& out, const upgrade_outlook& in) {
    out << "This program is keepline " << version << "; "
        << (in.program.empty() ? "which version served the store last is not noted"
                               : "the store was served last by " + in.program)
        << ".\n";
    for (const auto& one : in.files) {
        out << one.path << ": ";
        if (!one.there)
            out << "there is none; it would be made with version " << one.known << '\n';
        else if (!one.trouble.empty())
            out << one.trouble << '\n';
        else if (one.upgraded())
            out << one.what << " of version " << one.version << "; the first start brings it to " << one.known
                << ", in one transaction\n";
        else
            out << one.what << " of version " << one.version << "; nothing to do\n";
    }
    if (in.backup)
        out << "The last backup was made at " << base::iso(*in.backup) << ".\n";
    else
        out << "No backup of it is known.\n";
    if (!in.starts()) return;
    if (in.can_go_back())
        out << "The program of before can be put back: the files' form stays as it is. (What this one writes that the "
               "one before does "
               "not know, it refuses: see docs/operating.md, \"Upgrade and going back\".)\n";
    else
        out << "There is no way back once this program has started: a program of before refuses the new form. Make a "
               "backup first; "
               "going back is restoring it, and loses what was done since.\n";
}

result<int> check(const session& s) {
    TRY(settings, s.settings());
    const auto outlook = look_at_upgrade(settings);
    if (s.json)
        s.print(json_of(outlook));
    else
        tell(s.at.out, outlook);
    if (outlook.starts()) return 0;
    std::vector<base::detail> others;
    for (const auto& one : std::span(outlook.stops).subspan(1)) others.push_back({"also", one.words});
    return base::refuse(outlook.stops.front().what,  // as the start itself would end
                        "This program would not start here: " + outlook.stops.front().words, std::move(others));
}

}  // namespace

void add_upgrade_command(CLI::App& root, session& s) {
    auto asked = std::make_shared<bool>(false);
    auto* command = add_command(
        root, "upgrade", "What this version would do to the store that is there, and whether it can go back",
        "keepline upgrade --check            # the new program, before it is started; changes nothing");
    command->add_flag("--check", *asked, "Only look (the upgrade itself happens when the server starts)")->required();
    on_chosen(command, s, [&s, asked] { return check(s); });
}

}  // namespace keepline::app
