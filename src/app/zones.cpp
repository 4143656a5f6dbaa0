#include "app/zones.hpp"

#include <exception>

#include <date/tz.h>

namespace keepline::app {

namespace {

/// Dates outside are judged by the nearest known offset: the law of those years is not written yet.
constexpr int first_year = 2000;
constexpr int last_year = 2050;

std::vector<base::zone::change> changes_of(const date::time_zone& zone) {
    const date::sys_seconds begin = date::sys_days{date::year{first_year} / date::January / 1};
    const date::sys_seconds end = date::sys_days{date::year{last_year + 1} / date::January / 1};
    std::vector<base::zone::change> out;
    for (auto at = begin; at < end;) {
        const auto info = zone.get_info(at);
        const auto offset_s = static_cast<std::int32_t>(info.offset.count());
        const std::int64_t from_ms = std::chrono::duration_cast<base::duration>(at.time_since_epoch()).count();
        if (out.empty() || out.back().offset_s != offset_s) out.push_back({{from_ms}, offset_s});
        if (info.end <= at) break;
        at = info.end;
    }
    return out;
}

}  // namespace

base::result<base::zone> load_zone(const std::string& name) {
    try {
        return base::zone(name, changes_of(*date::locate_zone(name)));
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
