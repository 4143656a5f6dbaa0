// keepline config …: what the configuration is, and whether it can be used.
#include "app/command.hpp"
#include "app/config_warnings.hpp"
#include "app/keys.hpp"
#include "app/start_checks.hpp"
#include "port/clock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

result<int> check_config(const session& s) {
    TRY(settings, s.settings());
    const auto now = port::system_clock().now();
    const auto found = look_at_start(settings, now);
    const auto warn = [&](const std::vector<std::string>& all) {
        for (const auto& words : all) s.at.err << "warning: " << printable(words) << '\n';
    };
    if (found.stops.empty() || !s.json) {  // for machines a refusal is one object
        warn(what_will_hurt(settings, now));
        warn(readable_by_others(settings));
        warn(found.warnings);
    }
    if (!found.stops.empty()) return std::unexpected(found.why());
    if (!found.expired.empty())  // a server would start, but without them
        return base::refuse(base::code::config_invalid, found.expired.front());
    if (s.json)
        s.print(boost::json::object{{"ok", true}, {"file", settings.file}});
    else
        s.at.out << (settings.file.empty() ? "The defaults" : settings.file) << ": in order\n";
    return 0;
}

}  // namespace

void add_config_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "config", "The configuration: check, show",
                  "keepline --config keepline.toml config check\nKEEPLINE_HTTP_LISTEN=0.0.0.0:80 keepline config show");
    on_chosen(add_command(*group, "check", "Check the configuration, and whatever else would stop a start with it"), s,
              [&s] { return check_config(s); });
    on_chosen(add_command(*group, "show", "Print every key with the value in force; secrets are masked"), s,
              [&s]() -> result<int> {
                  TRY(settings, s.settings());
                  s.at.out << (s.json ? show_config_json(settings) + "\n" : show_config(settings));
                  return 0;
              });
}

}  // namespace keepline::app
