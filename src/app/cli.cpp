#include "app/cli.hpp"

#include "app/command.hpp"
#include "app/files.hpp"
#include "app/nearest.hpp"
#include "app/version.hpp"
#include "base/utf8.hpp"
#include "domain/message_words.hpp"
#include "domain/reason.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

constexpr const char* about =
    "Keepline keeps phone numbers, and closes lines so that it is quick, safe, and leaves proof.";

constexpr const char* first_steps = R"(First steps:
  keepline serve                                  start; data in ./keepline-data, mail and SMS into folders there
  keepline token create --role admin --id me      an access token for the API (shown once)
  keepline import lines.csv                       take over lines (while the server is stopped, or with --server)
  keepline closure list                           the queue of open cases (needs KEEPLINE_TOKEN)
  keepline policy explain cn --language zh-CN     what a customer of a policy gets, in words

Settings: --config FILE, else $KEEPLINE_CONFIG, ./keepline.toml, /etc/keepline/keepline.toml; every key can be
set by a variable KEEPLINE_<SECTION>_<KEY>. `keepline config show` prints what is in force.
Exit codes: 0 done, 2 wrong input, 3 not allowed, 4 not found, 5 try later, 6 refused by the state, 7 internal, 8 does not verify.
`keepline COMMAND --help` teaches a command with examples. --json and --config FILE work with every command.)";

/// Of one name there may be several: then they are an array.
boost::json::object facts_of(const std::vector<base::detail>& data) {
    boost::json::object out;
    for (const auto& one : data) {
        auto* before = out.if_contains(one.name);
        if (before == nullptr)
            out[one.name] = one.value;
        else if (before->is_array())
            before->get_array().emplace_back(one.value);
        else
            *before = boost::json::array{*before, one.value};
    }
    return out;
}

/// The sentence opens with the file, the line and the column, and names the field: they are not said again below it.
bool is_said_already(const base::error& failure, const base::detail& fact) {
    constexpr std::array<std::string_view, 4> place{"file", "field", "line", "column"};
    const auto opens = [&](const base::detail& one) {
        return one.name == "file" && failure.words.starts_with(one.value + ":");
    };
    return std::ranges::find(place, fact.name) != place.end() && std::ranges::any_of(failure.data, opens);
}

/// A refusal: for people one sentence and its facts, for machines one object.
int report(const base::error& failure, const session& s) {
    const auto& about_code = base::info(failure.what);
    if (s.json) {
        const auto facts = facts_of(failure.data);
        const boost::json::object out{
            {"code", about_code.id}, {"title", about_code.title}, {"detail", failure.words}, {"data", facts}};
        s.at.err << boost::json::serialize(out) << '\n';
    } else {
        s.at.err << "keepline: " << printable(failure.words.empty() ? about_code.title : failure.words) << '\n';
        // Facts named by a code are each something of its own that is missing: an application lists them all at once.
        for (const auto& one : failure.data) {
            if (is_said_already(failure, one)) continue;
            const auto lacking = base::code_by_id(one.name);
            s.at.err << "  ";
            if (lacking)
                s.at.err << base::info(*lacking).title << " (" << one.name << ')';
            else
                s.at.err << printable(one.name);
            s.at.err << ": " << printable(one.value) << '\n';
        }
    }
    return about_code.exit_code;
}

/// How far a command line leads into the tree, and the first word there that is neither a command, nor an option, nor
/// can be a value.
struct way_into {
    std::string path = "keepline";
    std::string unknown;  // empty: none
    std::string guess;    // what it may have meant; empty: no idea
};

/// "--config=x" → --config
std::string option_in(const std::string& word) { return word.substr(0, word.find('=')); }

bool is_option_of(const CLI::App* at, const std::string& name, std::vector<std::string>& known) {
    known.emplace_back("--help");
    bool found = name == "-h";
    for (const auto* of = at; of != nullptr; of = of->get_parent())
        for (const auto* option : of->get_options()) {
            for (const auto& one : option->get_lnames()) known.push_back("--" + one);
            for (const auto& one : option->get_snames()) found = found || name == "-" + one;
        }
    return found || std::ranges::find(known, name) != known.end();
}

way_into way_of(const CLI::App& root, const std::vector<std::string>& arguments) {
    const CLI::App* at = &root;
    way_into out;
    const auto stray = [&](const std::string& word, const std::string& guess) {
        if (!out.unknown.empty()) return;
        out.unknown = word;
        out.guess = guess;
    };
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        const auto commands = at->get_subcommands([](const CLI::App*) { return true; });
        if (word.starts_with("--") || (word.size() > 1 && word.front() == '-' && !commands.empty())) {
            const auto name = option_in(word);
            std::vector<std::string> known;
            if (!is_option_of(at, name, known)) stray(name, nearest_word(name, known));
            if (word == "--config") ++i;
            continue;
        }
        if (commands.empty()) continue;  // a value
        const auto found = std::ranges::find(commands, word, [](const CLI::App* one) { return one->get_name(); });
        if (found != commands.end()) {
            at = *found;
            out.path += " " + word;
            continue;
        }
        const auto options = at->get_options();
        if (std::ranges::any_of(options, &CLI::Option::get_positional)) continue;  // a value: `import x.csv`
        std::vector<std::string> known;
        for (const auto* one : commands) known.push_back(one->get_name());
        const auto best = nearest_word(word, known);
        stray(out.path + " " + word, best.empty() ? best : out.path + " " + best);
        break;
    }
    return out;
}

int report_parse(const CLI::App& root, const CLI::ParseError& failure, const session& s,
                 const std::vector<std::string>& arguments) {
    if (failure.get_exit_code() == 0) return root.exit(failure, s.at.out, s.at.err);  // --help, --version
    const auto way = way_of(root, arguments);
    // That a subcommand is missing is what the parser makes of a word that it does not know.
    const bool is_option = way.unknown.starts_with('-');
    if (way.unknown.empty())
        s.at.err << "keepline: " << printable(failure.what()) << '\n';
    else
        s.at.err << "keepline: There is no " << (is_option ? "option" : "command") << " `" << printable(way.unknown)
                 << (is_option && way.path != "keepline" ? "` of `" + way.path : std::string()) << "`\n";
    if (!way.guess.empty()) s.at.err << "Did you mean: " << printable(way.guess) << '\n';
    s.at.err << "Try: " << way.path << " --help\n";
    return base::info(base::code::invalid).exit_code;
}

/// `keepline help closure` is `keepline closure --help`, whatever options stand before.
std::vector<std::string> help_meant(std::vector<std::string> arguments) {
    auto at = arguments.begin();
    while (at != arguments.end() && at->starts_with("--")) {
        at += *at == "--config" && at + 1 != arguments.end() ? 2 : 1;
    }
    if (at == arguments.end() || *at != "help") return arguments;
    arguments.erase(at);
    arguments.emplace_back("--help");
    return arguments;
}

/// What `--help` of this command and of each below it says, by the words that call it: "keepline line show".
void help_of(const CLI::App& command, const std::string& path, boost::json::object& into) {
    into[path] = command.get_formatter()->make_help(&command, path, CLI::AppFormatMode::Normal);
    for (const auto* below : command.get_subcommands([](const CLI::App*) { return true; }))
        help_of(*below, path + " " + below->get_name(), into);
}

void add_small_commands(CLI::App& root, session& s) {
    on_chosen(add_command(root, "version", "Print the version"), s, [&s] {
        if (s.json)
            s.print(boost::json::object{{"version", version}});
        else
            s.at.out << "keepline " << version << '\n';
        return 0;
    });
    auto* completion = add_group(root, "completion", "Print the completion script of a shell",
                                 "keepline completion bash > /etc/bash_completion.d/keepline\n"
                                 "source <(keepline completion bash)");
    on_chosen(add_command(*completion, "bash", "For bash"), s, [&s, &root] {
        s.at.out << bash_completion(root);
        return 0;
    });
    on_chosen(add_command(root, "manual", "Print what --help says of every command", "keepline manual | less"), s,
              [&s, &root] {
                  boost::json::object pages;
                  help_of(root, "keepline", pages);
                  if (s.json)
                      s.print(pages);
                  else
                      for (const auto& [path, words] : pages)
                          s.at.out << "== " << std::string_view(path) << "\n\n"
                                   << std::string_view(words.get_string()) << '\n';
                  return 0;
              });
}

}  // namespace

void session::print(const boost::json::value& value) const {
    if (json)
        at.out << boost::json::serialize(value) << '\n';
    else
        at.out << words_of(value);
}

CLI::App* add_command(CLI::App& to, const std::string& name, const std::string& what, const std::string& examples) {
    auto* command = to.add_subcommand(name, what);
    command->fallthrough();
    std::string footer;
    for (std::size_t begin = 0; begin < examples.size();) {
        const auto end = std::min(examples.find('\n', begin), examples.size());
        footer += "\n  " + examples.substr(begin, end - begin);
        begin = end + 1;
    }
    if (!footer.empty()) command->footer("Examples:" + footer);
    return command;
}

CLI::App* add_group(CLI::App& to, const std::string& name, const std::string& what, const std::string& examples) {
    auto* group = add_command(to, name, what, examples);
    group->require_subcommand(1);
    return group;
}

void on_chosen(CLI::App* command, session& s, std::function<result<int>()> action) {
    command->callback([&s, action = std::move(action)] { s.chosen = action; });
}

CLI::Validator shown_words(std::size_t most) {
    return CLI::Validator(
        [most](const std::string& words) -> std::string {
            if (words.empty()) return "It is empty.";
            if (words.size() > most) return "It is longer than " + std::to_string(most) + " bytes.";
            return domain::hides_nothing(words) ? std::string() : "It holds characters that nobody sees.";
        },
        "");
}

CLI::Option* add_reason_option(CLI::App* command, std::string& into, const std::string& words) {
    return command->add_option("--reason", into, words)
        ->check(CLI::Validator(
            [](const std::string& why) -> std::string {
                const auto fits = domain::check_reason(why);
                return fits ? std::string() : fits.error().words;
            },
            ""));
}

result<std::string> secret_of(const session& s, const std::string& file, const std::string& variable) {
    constexpr std::size_t secret_max = 4096;
    std::string out;
    if (file == "-") {
        std::getline(s.at.in, out);
    } else if (!file.empty()) {
        TRY(text, read_file(file, secret_max));
        out = text.substr(0, text.find('\n'));
        if (others_may_read(file))
            s.at.err << "warning: " << file << " can be read by everybody; chmod 600 " << file << '\n';
    } else if (const auto found = s.at.env.find(variable); found != s.at.env.end()) {
        out = found->second;
    }
    if (out.ends_with('\r')) out.pop_back();
    if (out.empty() && !file.empty())
        return base::refuse(base::code::invalid, (file == "-" ? std::string("stdin") : file) + " is empty.");
    return out;
}

namespace {

/// Whatever a command does with its words, in its store, its journal or a request: they are text, and no longer than
/// anything that is typed.
result<void> check_arguments(const std::vector<std::string>& arguments) {
    constexpr std::size_t bytes_max = 16UL * 1024;
    for (const auto& one : arguments) {
        if (!base::is_utf8(one))
            return base::refuse(base::code::invalid, "`" + std::string(base::first_bytes(printable(one), 200)) +
                                                         "` is no text in UTF-8. (What is the terminal set to?)");
        if (one.size() > bytes_max)
            return base::refuse(base::code::invalid,
                                "An argument of " + std::to_string(one.size()) + " bytes: that is too long.");
    }
    return {};
}

}  // namespace

int run(const std::vector<std::string>& arguments, console& at) {
    session s{at, {}, false, {}};
    if (const auto text = check_arguments(arguments); !text) {
        s.json = std::ranges::find(arguments, "--json") != arguments.end();
        return report(text.error(), s);
    }
    try {
        CLI::App root(about, "keepline");
        root.footer(first_steps);
        root.require_subcommand(1);
        root.add_option("--config", s.config_file, "The configuration file")->type_name("FILE");
        root.set_version_flag("--version", "keepline " + std::string(version), "Print the version");
        root.add_flag("--json", s.json, "Print JSON, for machines");
        add_serve_command(root, s);
        add_sandbox_commands(root, s);
        add_import_command(root, s);
        add_line_commands(root, s);
        add_closure_commands(root, s);
        add_dispute_commands(root, s);
        add_retention_commands(root, s);
        add_request_commands(root, s);
        add_subscriber_commands(root, s);
        add_effects_commands(root, s);
        add_policy_commands(root, s);
        add_calendar_commands(root, s);
        add_text_commands(root, s);
        add_hotline_commands(root, s);
        add_token_commands(root, s);
        add_webhook_commands(root, s);
        add_account_commands(root, s);
        add_store_commands(root, s);
        add_backup_commands(root, s);
        add_upgrade_command(root, s);
        add_keys_commands(root, s);
        add_time_commands(root, s);
        add_certificate_command(root, s);
        add_config_commands(root, s);
        add_pki_commands(root, s);
        add_esim_commands(root, s);
        add_order_commands(root, s);
        add_small_commands(root, s);
        try {
            const auto asked = help_meant(arguments);
            auto reversed = std::vector<std::string>(asked.rbegin(), asked.rend());  // CLI11 wants them so
            root.parse(reversed);
        } catch (const CLI::ParseError& failure) {
            return report_parse(root, failure, s, arguments);
        }
        const auto outcome = s.chosen();
        return outcome ? *outcome : report(outcome.error(), s);
    } catch (const std::exception& failure) {
        return report({base::code::internal, std::string("Unexpected: ") + failure.what()}, s);
    }
}

}  // namespace keepline::app
