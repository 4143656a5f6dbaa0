// What the commands share. Each `add_…` hangs its subcommands into the tree; parsing only notes which one was chosen,
// and it runs afterwards. Only src/app/command_*.cpp and cli.cpp use this.
#pragma once

#include "app/console.hpp"

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace keepline::app {

struct session {
    console& at;
    std::string config_file;  // --config
    bool json = false;        // --json
    std::function<result<int>()> chosen;

    result<config> settings() const { return load_config(config_file, at.env); }
    /// To stdout: as JSON on one line, or in words.
    void print(const boost::json::value& value) const;
};

void add_serve_command(CLI::App& root, session& s);
void add_sandbox_commands(CLI::App& root, session& s);
void add_import_command(CLI::App& root, session& s);
void add_line_commands(CLI::App& root, session& s);
void add_closure_commands(CLI::App& root, session& s);
void add_dispute_commands(CLI::App& root, session& s);
void add_retention_commands(CLI::App& root, session& s);
void add_effects_commands(CLI::App& root, session& s);
void add_request_commands(CLI::App& root, session& s);
void add_subscriber_commands(CLI::App& root, session& s);
void add_policy_commands(CLI::App& root, session& s);
void add_calendar_commands(CLI::App& root, session& s);
void add_text_commands(CLI::App& root, session& s);
void add_hotline_commands(CLI::App& root, session& s);  // hotline, prompts
void add_store_commands(CLI::App& root, session& s);    // verify, anchor
void add_backup_commands(CLI::App& root, session& s);   // backup, restore
void add_upgrade_command(CLI::App& root, session& s);
void add_time_commands(CLI::App& root, session& s);  // clock, endings, refunds
void add_keys_commands(CLI::App& root, session& s);
void add_token_commands(CLI::App& root, session& s);
void add_webhook_commands(CLI::App& root, session& s);
void add_account_commands(CLI::App& root, session& s);
void add_certificate_command(CLI::App& root, session& s);
void add_config_commands(CLI::App& root, session& s);
void add_pki_commands(CLI::App& root, session& s);
void add_esim_commands(CLI::App& root, session& s);
void add_order_commands(CLI::App& root, session& s);

/// A subcommand with its words; `examples` are whole lines as one would type them.
CLI::App* add_command(CLI::App& to, const std::string& name, const std::string& what, const std::string& examples = {});
/// The same for a command that only groups others.
CLI::App* add_group(CLI::App& to, const std::string& name, const std::string& what, const std::string& examples = {});

/// Notes `action` as what to run when this subcommand is chosen.
void on_chosen(CLI::App* command, session& s, std::function<result<int>()> action);

/// --reason of what goes past the API into the journal, held to the rule that the API holds everybody to. Not given:
/// "".
CLI::Option* add_reason_option(CLI::App* command, std::string& into, const std::string& words);
/// What people type and the journal or a table keeps: a note, for one. Refused is what nobody sees.
CLI::Validator shown_words(std::size_t most);

/// A secret from a file ("-": one line of stdin), else from an environment variable, else empty. Never an option: the
/// command line of a process can be read by everybody on the machine.
result<std::string> secret_of(const session& s, const std::string& file, const std::string& variable);

/// The script for bash, made from the tree itself.
std::string bash_completion(const CLI::App& root);

}  // namespace keepline::app
