// keepline config …: what the configuration is, and whether it can be used.
#include "app/command.hpp"
#include "app/keys.hpp"
#include "app/rules.hpp"
#include "app/smdp_site.hpp"
#include "port/clock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

void add_config_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "config", "The configuration: check, show",
                  "keepline --config keepline.toml config check\nKEEPLINE_HTTP_LISTEN=0.0.0.0:80 keepline config show");
    on_chosen(add_command(*group, "check",
                          "Check the configuration, policies, calendars, and the certificates of the SM-DP+"),
              s, [&s]() -> result<int> {
                  TRY(settings, s.settings());
                  CHECK(load_rules(settings.policies.dir, settings.calendars.dir));
                  TRY(smdp, load_smdp(settings, port::system_clock().now()));
                  CHECK(es2_progress_settings(settings));
                  for (const auto& words : readable_by_others(settings))
                      s.at.err << "warning: " << printable(words) << '\n';
                  for (const auto& words : smdp.warnings) s.at.err << "warning: " << printable(words) << '\n';
                  if (!smdp.expired.empty())  // a server would start, but without them
                      return base::refuse(base::code::config_invalid, smdp.expired.front());
                  if (s.json)
                      s.print(boost::json::object{{"ok", true}, {"file", settings.file}});
                  else
                      s.at.out << (settings.file.empty() ? "The defaults" : settings.file) << ": in order\n";
                  return 0;
              });
    on_chosen(add_command(*group, "show", "Print every key with the value in force; secrets are masked"), s,
              [&s]() -> result<int> {
                  TRY(settings, s.settings());
                  s.at.out << (s.json ? show_config_json(settings) + "\n" : show_config(settings));
                  return 0;
              });
}

}  // namespace keepline::app
