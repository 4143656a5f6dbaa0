// keepline config …: what the configuration is, and whether it can be used.
#include "app/command.hpp"
#include "app/config_warnings.hpp"
#include "app/keys.hpp"
#include "app/policies_in_use.hpp"
#include "app/rules.hpp"
#include "app/smdp_site.hpp"
#include "port/clock.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

/// What is in order by form and will hurt all the same.
std::vector<std::string> what_will_hurt(const config& how) {
    std::vector<std::string> out;
    const auto warn = [&](bool when, std::string words) {
        if (when) out.push_back(std::move(words));
    };
    warn(how.mail.kind == "smtp" && how.mail.from.ends_with(".invalid"),
         "mail.from: no mail server takes mail from an address under .invalid; name a mailbox of yours");
    warn(how.messages.hotline.empty() && (how.mail.kind != "none" || how.sms.kind != "none"),
         "messages.hotline: it is empty, so no message tells a customer whom to call");
    warn(how.messages.own_numbers.empty() && how.sms.kind == "smpp",
         "messages.own_numbers: none is named, so staff may order a line on any number, and SMS to it and to any "
         "vouched "
         "contact are held by no prefix's budget; name the prefixes of your numbers");
    warn(how.messages.operator_name == "Keepline" && (how.mail.kind == "smtp" || how.sms.kind == "smpp"),
         "messages.operator_name: customers read \"Keepline\", not your name");
    warn(how.mail.kind == "smtp" && how.mail.security == "none" && how.mail.host != "127.0.0.1" &&
             how.mail.host != "localhost" && how.mail.host != "::1",
         "mail.security: mail goes to another machine in plain text; set starttls or tls");
    for (auto& words : open_to_everybody(how)) out.push_back(std::move(words));
    for (const auto& [key, empty] :
         {std::pair("policies.own", empty_folder_of({how.policies.dir, how.policies.own}, ".toml")),
          std::pair("calendars.own", empty_folder_of({how.calendars.dir, how.calendars.own}, ".json"))})
        warn(!empty.empty(), std::string(key) + ": " + empty);
    return out;
}

}  // namespace

void add_config_commands(CLI::App& root, session& s) {
    auto* group =
        add_group(root, "config", "The configuration: check, show",
                  "keepline --config keepline.toml config check\nKEEPLINE_HTTP_LISTEN=0.0.0.0:80 keepline config show");
    on_chosen(add_command(*group, "check",
                          "Check the configuration, policies, calendars, and the certificates of the SM-DP+"),
              s, [&s]() -> result<int> {
                  TRY(settings, s.settings());
                  TRY(rules, load_rules({settings.policies.dir, settings.policies.own},
                                        {settings.calendars.dir, settings.calendars.own}));
                  CHECK(check_against_store(settings, rules->policies));
                  TRY(smdp, load_smdp(settings, port::system_clock().now()));
                  CHECK(es2_progress_settings(settings));
                  for (const auto& words : what_will_hurt(settings))
                      s.at.err << "warning: " << printable(words) << '\n';
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
