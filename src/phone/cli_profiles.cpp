// Commands about profiles: download, discover, cancel, list, enable, disable, delete, nickname.
#include "base/json.hpp"
#include "phone/cli.hpp"

#include <array>
#include <charconv>
#include <iostream>

#include <CLI/CLI.hpp>

namespace keepline::phone {

namespace {

struct reason_name {
    const char* name;
    int number;
};
// CancelSessionReason (SGP.22 v2.5 Annex H).
constexpr std::array cancel_reasons{
    reason_name{"end-user-rejection", 0}, reason_name{"postponed", 1},         reason_name{"timeout", 2},
    reason_name{"ppr-not-allowed", 3},    reason_name{"metadata-mismatch", 4}, reason_name{"load-error", 5},
    reason_name{"undefined", 127}};

base::result<int> reason_number(const std::string& text) {
    std::string known;
    for (const auto& one : cancel_reasons) {
        if (text == one.name || text == std::to_string(one.number)) return one.number;
        known += (known.empty() ? "" : ", ") + std::string(one.name);
    }
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size() && number >= 0 && number <= 127) return number;
    return base::refuse(base::code::invalid, "A reason to cancel is a number or one of: " + known + ".");
}

struct download_options {
    std::string code;
    std::string code_file;
    std::string confirmation_code_file;
    std::string reason;
    std::string at = "metadata";
    bool no_send = false;
    bool omit_matching_id = false;
};

void show_outcome(const cli_session& s, const download_outcome& done) {
    if (s.options.json) {
        s.out << base::to_json(done, base::form::api) << "\n";
    } else if (done.cancelled) {
        s.out << "The download of transaction " << done.transaction_id << " was cancelled.\n";
    } else if (done.installed) {
        s.out << "Installed " << done.iccid << " (" << done.provider << ", " << done.name << ").\n";
    } else if (done.bpp_command >= 0) {
        s.out << "The installation failed: command " << done.bpp_command << ", reason " << done.error_reason << ". "
              << done.words << "\n";
    } else {
        s.out << "The download stopped before the installation.\n";
    }
}

base::result<int> download(cli_session& s, live_phone& phone, const download_options& in) {
    download_request asked;
    auto text = in.code;
    if (text.empty()) {
        TRY(given, secret_of(s, in.code_file, "KEEPLINE_ACTIVATION_CODE"));
        text = std::move(given);
    }
    TRY(code, parse_activation_code(text));
    asked.code = std::move(code);
    asked.omit_matching_id = in.omit_matching_id;
    TRY(confirmation_code, secret_of(s, in.confirmation_code_file, "KEEPLINE_CONFIRMATION_CODE"));
    asked.confirmation_code = std::move(confirmation_code);
    asked.deliver = !in.no_send;
    asked.imei = phone.home().state().settings.imei;
    if (!in.reason.empty()) {
        TRY(reason, reason_number(in.reason));
        asked.cancel_reason = reason;
        const auto at = base::enum_named<decltype(asked.cancel_at)>(in.at);
        if (!at)
            return base::refuse(base::code::invalid,
                                "A session is cancelled at: authenticated, metadata, prepared, package.");
        asked.cancel_at = *at;
    }
    auto done = phone.assistant().download(asked);
    if (!done) return std::unexpected(std::move(done).error());
    if (done->bpp_command >= 0) done->words = phone.card().installation_failure();
    show_outcome(s, *done);
    return done->bpp_command >= 0 && !done->installed ? base::info(base::code::peer_garbled).exit_code : 0;
}

base::result<int> discover(cli_session& s, live_phone& phone, download_options in) {
    TRY(address, phone.assistant().default_smdp());
    if (address.empty())
        return base::refuse(base::code::not_found, "The eUICC has no default SM-DP+ address (set-smdp gives it one).");
    in.code = "LPA:1$" + address + "$";
    in.omit_matching_id = true;
    return download(s, phone, in);
}

base::result<int> list(cli_session& s, live_phone& phone) {
    TRY(rows, phone.assistant().profiles());
    if (s.options.json) {
        s.out << base::to_json(rows, base::form::api) << "\n";
        return 0;
    }
    for (const auto& row : rows)
        s.out << row.iccid << "  " << (row.enabled ? "enabled " : "disabled") << "  " << row.provider << "  "
              << row.name << (row.nickname.empty() ? "" : "  (" + row.nickname + ")") << "\n";
    return 0;
}

void add_download_options(CLI::App* to, const std::shared_ptr<download_options>& in, bool with_code) {
    if (with_code)
        to->add_option("--code-file", in->code_file,
                       "File with the activation code, LPA:1$server$matching-id (-: stdin); or "
                       "$KEEPLINE_ACTIVATION_CODE");
    to->add_option("--confirmation-code-file", in->confirmation_code_file,
                   "File with the confirmation code (-: stdin); or $KEEPLINE_CONFIRMATION_CODE");
    to->add_flag("--no-send", in->no_send, "Keeps the install result for later");
}

using profile_action = std::function<base::result<void>(lpa&, const std::string&)>;

void add_profile_action(CLI::App& root, cli_session& s, const char* name, const char* words, profile_action action) {
    auto* command = root.add_subcommand(name, words);
    const auto which = std::make_shared<std::string>();
    command->add_option("profile", *which, "ICCID or AID")->required();
    const auto send = std::make_shared<bool>(false);
    command->add_flag("--send", *send, "Delivers the notifications at once");
    command->callback([&s, which, send, action = std::move(action)] {
        s.chosen = [&s, which, send, action] {
            return with_phone(s, [&](live_phone& phone) -> base::result<int> {
                CHECK(action(phone.assistant(), *which));
                if (*send)
                    if (auto sent = phone.assistant().send_notifications(); !sent) return std::unexpected(sent.error());
                if (s.options.json) s.out << R"({"ok":true})" << "\n";
                return 0;
            });
        };
    });
}

}  // namespace

void add_profile_commands(CLI::App& root, cli_session& s) {
    auto* get = root.add_subcommand("download", "Downloads and installs a profile, delivers the install result");
    const auto in = std::make_shared<download_options>();
    add_download_options(get, in, true);
    get->add_flag("--omit-matching-id", in->omit_matching_id, "Names no matching id at all");
    get->add_option("--cancel", in->reason, "Cancels the session for this reason");
    get->add_option("--cancel-at", in->at, "authenticated, metadata, prepared or package");
    get->callback([&s, in] {
        s.chosen = [&s, in] { return with_phone(s, [&](live_phone& phone) { return download(s, phone, *in); }); };
    });

    auto* stop = root.add_subcommand("cancel", "Begins a download and cancels it");
    const auto stopped = std::make_shared<download_options>();
    stopped->reason = "end-user-rejection";
    add_download_options(stop, stopped, true);
    stop->add_option("--reason", stopped->reason, "end-user-rejection, postponed, timeout, ppr-not-allowed, …");
    stop->add_option("--at", stopped->at, "authenticated, metadata, prepared or package");
    stop->callback([&s, stopped] {
        s.chosen = [&s, stopped] {
            return with_phone(s, [&](live_phone& phone) { return download(s, phone, *stopped); });
        };
    });

    auto* ask = root.add_subcommand("discover", "Asks the default SM-DP+ for a profile");
    const auto asked = std::make_shared<download_options>();
    add_download_options(ask, asked, false);
    ask->callback([&s, asked] {
        s.chosen = [&s, asked] { return with_phone(s, [&](live_phone& phone) { return discover(s, phone, *asked); }); };
    });

    auto* show = root.add_subcommand("list", "The profiles");
    show->callback(
        [&s] { s.chosen = [&s] { return with_phone(s, [&s](live_phone& phone) { return list(s, phone); }); }; });

    add_profile_action(root, s, "enable", "Enables a profile (and disables the one that was)",
                       [](lpa& with, const std::string& which) { return with.enable(which); });
    add_profile_action(root, s, "disable", "Disables a profile",
                       [](lpa& with, const std::string& which) { return with.disable(which); });
    add_profile_action(root, s, "delete", "Deletes a profile",
                       [](lpa& with, const std::string& which) { return with.remove(which); });

    auto* rename = root.add_subcommand("nickname", "Gives a profile a name of its owner's");
    const auto which = std::make_shared<std::string>();
    const auto name = std::make_shared<std::string>();
    rename->add_option("profile", *which, "ICCID")->required();
    rename->add_option("name", *name, "The name")->required();
    rename->callback([&s, which, name] {
        s.chosen = [&s, which, name] {
            return with_phone(s, [&](live_phone& phone) -> base::result<int> {
                CHECK(phone.assistant().nickname(*which, *name));
                return 0;
            });
        };
    });
}

}  // namespace keepline::phone
