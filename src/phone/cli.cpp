#include "phone/cli.hpp"

#include "base/json.hpp"
#include "phone/identity.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

namespace keepline::phone {

namespace {

constexpr const char* about =
    "A software phone: an eUICC and a small LPA. It checks all that a real eUICC checks, and can be told to be wrong.\n"
    "Examples:\n"
    "  keepline-phone --home a init --pki pki --eid 89049032123451234512345678901235\n"
    "  keepline-phone --home a download --code-file code --connect-to 127.0.0.1:8443\n"
    "  keepline-phone --home a enable 8944476500001224158\n"
    "  keepline-phone --home a lpac -- lpac profile list\n";

void report_failure(const cli_session& s, const base::error& failure) {
    if (!s.options.json) {
        s.err << failure.words << "\n";
        return;
    }
    boost::json::object told{{"code", base::info(failure.what).id}, {"words", failure.words}};
    for (const auto& one : failure.data)
        if (!one.value.empty()) told[one.name] = one.value;
    s.out << boost::json::serialize(boost::json::object{{"error", std::move(told)}}) << "\n";
}

https_settings network_of(const phone_home& home, const phone_settings& saved, const common_options& given) {
    https_settings out;
    out.roots_pem = home.tls_roots_pem();
    out.connect_to = given.connect_to.empty() ? saved.connect_to : given.connect_to;
    out.server_url = given.server_url.empty() ? saved.server_url : given.server_url;
    out.needs_role = !saved.any_tls_role;
    return out;
}

euicc_settings card_settings_of(const phone_settings& saved) {
    euicc_settings out;
    out.svn = version_bytes(saved.svn).value_or(out.svn);
    out.allow_policy_rules = saved.policy_rules;
    return out;
}

}  // namespace

live_phone::live_phone(phone_home home, const common_options& options, faults wrong)
    : home_(std::move(home)),
      card_(home_.who(), card_settings_of(home_.state().settings), home_.state().card, wrong),
      apdus_(card_),
      link_(apdus_),
      network_(network_of(home_, home_.state().settings, options)),
      server_(network_, wrong),
      lpa_(link_, server_, home_.state().lpa, wrong) {}

base::result<std::unique_ptr<live_phone>> live_phone::open(const common_options& options) {
    if (options.home.empty()) return base::refuse(base::code::invalid, "Say which phone with --home DIR.");
    TRY(wrong, faults::parse(options.misbehave));
    TRY(home, phone_home::open(options.home));
    return std::unique_ptr<live_phone>(new live_phone(std::move(home), options, wrong));
}

base::result<void> live_phone::save() {
    if (!card_.last_package().empty() && !card_.memory().profiles.empty() &&
        kept_packages_ != card_.memory().last_aid) {
        CHECK(home_.keep_package(card_.memory().profiles.back().iccid, card_.last_package()));
        kept_packages_ = card_.memory().last_aid;
    }
    home_.state().card = card_.memory();
    return home_.save();
}

base::result<int> with_phone(cli_session& s, const std::function<base::result<int>(live_phone&)>& action) {
    TRY(phone, live_phone::open(s.options));
    auto done = action(*phone);
    CHECK(phone->save());
    if (!done && !phone->card().why().empty()) done.error().words += " The eUICC says: " + phone->card().why();
    return done;
}

base::result<std::string> secret_of(cli_session& s, const std::string& file, const char* variable) {
    std::string out;
    if (file.empty()) {
        const char* const given = std::getenv(variable);
        return std::string(given == nullptr ? "" : given);
    }
    if (file == "-") {
        std::getline(s.in, out);
    } else {
        TRY(text, read_file(file));
        out = text.substr(0, text.find('\n'));
    }
    if (out.empty()) return base::refuse(base::code::invalid, file + " is empty.");
    return out;
}

int run(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out, std::ostream& err) {
    std::signal(SIGPIPE, SIG_IGN);  // a server or reader that hangs up is an error value, not the end
    cli_session s{out, err, in, {}, {}};
    try {
        CLI::App root(about, "keepline-phone");
        root.require_subcommand(1);
        root.fallthrough();
        root.add_option("--home", s.options.home, "The phone's directory")->envname("KEEPLINE_PHONE_HOME");
        root.add_flag("--json", s.options.json, "Answer in JSON");
        root.add_option("--misbehave", s.options.misbehave, "Be wrong in this way (may be repeated)")
            ->allow_extra_args(false);
        root.add_option("--connect-to", s.options.connect_to, "HOST:PORT to connect to, whatever the server's name is");
        root.add_option("--server", s.options.server_url, "Base URL in place of https://<server's name>");
        root.footer(faults::help());
        add_phone_commands(root, s);
        add_profile_commands(root, s);
        add_notification_commands(root, s);
        add_serving_commands(root, s);
        try {
            std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
            root.parse(std::move(reversed));
        } catch (const CLI::ParseError& failure) {
            return root.exit(failure, out, err) == 0 ? 0 : base::info(base::code::invalid).exit_code;
        }
        const auto done = s.chosen();
        if (done) return *done;
        report_failure(s, done.error());
        return base::info(done.error().what).exit_code;
    } catch (const std::exception& unexpected) {
        err << "Something went wrong: " << unexpected.what() << "\n";
        return base::info(base::code::internal).exit_code;
    }
}

}  // namespace keepline::phone
