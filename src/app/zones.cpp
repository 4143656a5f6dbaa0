#include "app/zones.hpp"

#include "app/files.hpp"
#include "app/zone_rule.hpp"

#include <exception>

#include <date/tz.h>

namespace keepline::app {

namespace {

/// Dates outside are judged by the nearest known offset: the law of those years is not written yet.
constexpr int first_year = 2000;
constexpr int last_year = 2050;
constexpr std::size_t max_zone_file_bytes = 1024 * 1024;
constexpr const char* database = "/usr/share/zoneinfo/";

using changes = std::vector<base::zone::change>;

void add(changes& to, date::sys_seconds from, std::chrono::seconds offset) {
    const auto offset_s = static_cast<std::int32_t>(offset.count());
    const std::int64_t from_ms = std::chrono::duration_cast<base::duration>(from.time_since_epoch()).count();
    if (to.empty() || to.back().offset_s != offset_s) to.push_back({{from_ms}, offset_s});
}

/// The rule for ever after, in POSIX form: the last line of the zone's file (RFC 8536 §3.3), such as
/// "GMT0BST,M3.5.0/1,M10.5.0".
base::result<std::string> last_rule(const std::string& name) {
    TRY(file, read_file(database + name, max_zone_file_bytes));
    if (!file.ends_with('\n')) return std::string();
    const auto line_begin = file.rfind('\n', file.size() - 2);
    if (line_begin == std::string::npos) return std::string();
    return file.substr(line_begin + 1, file.size() - line_begin - 2);
}

/// The file lists changes up to some year (2037 for most); from there on its last rule holds.
base::result<changes> changes_of(const std::string& name) {
    const auto& zone = *date::locate_zone(name);
    const date::sys_seconds begin = date::sys_days{date::year{first_year} / date::January / 1};
    const date::sys_seconds end = date::sys_days{date::year{last_year + 1} / date::January / 1};
    changes out;
    auto at = begin;
    for (auto info = zone.get_info(at);; info = zone.get_info(at)) {
        add(out, at, info.offset);
        if (info.end >= end) break;
        at = info.end;
    }
    TRY(text, last_rule(name));
    const auto rule = parse_zone_rule(text);
    if (!rule) return out;
    const auto last_known = out.back().from;
    for (int year = first_year; year <= last_year; ++year)
        for (const auto& change : changes_in(*rule, year))
            if (change.from > last_known) out.push_back(change);
    return out;
}

}  // namespace

base::result<base::zone> load_zone(const std::string& name) {
    try {
        TRY(found, changes_of(name));
        return base::zone(name, std::move(found));
    } catch (const std::exception&) {
        return base::refuse(base::code::policy_invalid,
                            "The system's time zone database does not know `" + name +
                                "`. Use an IANA name such as Asia/Shanghai; the database is the package tzdata.",
                            {{"zone", name}});
    }
}

base::result<domain::zone_book> load_zones(const std::set<std::string>& names) {
    std::map<std::string, base::zone, std::less<>> zones;
    for (const auto& name : names) {
        TRY(zone, load_zone(name));
        zones.emplace(name, std::move(zone));
    }
    return domain::zone_book(std::move(zones));
}

}  // namespace keepline::app
