#include "app/rules.hpp"

#include "app/files.hpp"
#include "app/zones.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace keepline::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 4 * 1024 * 1024;

/// Sorted, so that the first mistake is the same one every time.
base::result<std::vector<fs::path>> files_in(const fs::path& folder, std::string_view extension, base::code otherwise,
                                             bool may_be_empty = false) {
    std::error_code failure;
    std::vector<fs::path> out;
    for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure))
        if (at->path().extension() == extension && !at->path().filename().string().starts_with('.'))
            out.push_back(at->path());
    if (failure)
        return base::refuse(otherwise, folder.string() + ": the folder cannot be read: " + failure.message() + ".");
    if (out.empty() && !may_be_empty)
        return base::refuse(otherwise, folder.string() + ": the folder has no *" + std::string(extension) + " file.");
    std::ranges::sort(out);
    return out;
}

base::result<std::vector<fs::path>> files_in(const laid_folders& folders, std::string_view extension,
                                             base::code otherwise) {
    TRY(shipped, files_in(folders.shipped, extension, otherwise));
    if (folders.own.empty()) return shipped;
    TRY(own, files_in(folders.own, extension, otherwise, true));  // nothing of one's own yet: see empty_folder_of()
    std::map<fs::path, fs::path> by_name;
    for (auto& one : shipped) by_name.insert_or_assign(one.filename(), one);
    for (auto& one : own) by_name.insert_or_assign(one.filename(), one);
    std::vector<fs::path> out;
    for (auto& [name, file] : by_name) out.push_back(std::move(file));
    return out;
}

}  // namespace

base::result<std::vector<domain::policy_source>> policy_sources(const laid_folders& folders) {
    TRY(files, files_in(folders, ".toml", base::code::policy_invalid));
    std::vector<domain::policy_source> out;
    for (const auto& file : files) {
        TRY(text, read_file(file, max_file_bytes));
        out.push_back({file.stem().string(), std::move(text)});
    }
    return out;
}

base::result<domain::calendar_book> load_calendars(const laid_folders& folders) {
    TRY(files, files_in(folders, ".json", base::code::calendar_invalid));
    std::vector<domain::calendar> calendars;
    for (const auto& file : files) {
        TRY(text, read_file(file, max_file_bytes));
        auto calendar = domain::load_calendar(text);
        if (!calendar) {
            auto failure = std::move(calendar).error();
            failure.words = file.filename().string() + ": " + failure.words;
            return std::unexpected(std::move(failure));
        }
        if (calendar->id != file.stem().string())
            return base::refuse(base::code::calendar_invalid, file.filename().string() + ": the id is `" +
                                                                  calendar->id + "`, but must be the file's name.");
        calendars.push_back(std::move(*calendar));
    }
    return domain::calendar_book(std::move(calendars));
}

std::string empty_folder_of(const laid_folders& folders, std::string_view extension) {
    if (folders.own.empty()) return {};
    const auto own = files_in(folders.own, extension, base::code::config_invalid, true);
    if (!own || !own->empty()) return {};
    return folders.own.string() + " has no *" + std::string(extension) + " file, so what is shipped is all that holds";
}

base::result<std::shared_ptr<const domain::rule_book>> load_rules(const laid_folders& policies,
                                                                  const laid_folders& calendars) {
    domain::rule_book out;
    TRY(sources, policy_sources(policies));
    TRY(book, domain::load_policies(sources));
    out.policies = std::move(book);
    TRY(calendar_book, load_calendars(calendars));
    out.calendars = std::move(calendar_book);
    std::set<std::string> zones;
    for (const auto& [id, policy] : out.policies.all()) {
        if (out.calendars.find(policy.calendar) == nullptr)
            return base::refuse(base::code::calendar_unknown,
                                "The policy `" + id + "` names the calendar `" + policy.calendar +
                                    "`, which is not in " + calendars.shipped.string() +
                                    (calendars.own.empty() ? std::string() : " or " + calendars.own.string()) + ".",
                                {{"policy", id}, {"calendar", policy.calendar}});
        if (const auto zone = load_zone(policy.zone); !zone)
            return base::refuse(base::code::policy_invalid, "The policy `" + id + "`: " + zone.error().words,
                                {{"policy", id}, {"zone", policy.zone}});
        zones.insert(policy.zone);
    }
    TRY(zone_book, load_zones(zones));
    out.zones = std::move(zone_book);
    return std::make_shared<const domain::rule_book>(std::move(out));
}

}  // namespace keepline::app
