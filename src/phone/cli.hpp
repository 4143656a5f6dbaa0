// The command line of keepline-phone. `run` is the whole program; results go to stdout, words for a person to stderr.
#pragma once

#include "phone/load.hpp"
#include "phone/phone_home.hpp"

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace keepline::phone {

/// What every command may be told.
struct common_options {
    std::string home;
    bool json = false;
    std::vector<std::string> misbehave;
    std::string connect_to;
    std::string server_url;
};

/// Where the output goes, and the exit code that the chosen command leaves.
struct cli_session {
    std::ostream& out;
    std::ostream& err;
    std::istream& in;
    common_options options;
    std::function<base::result<int>()> chosen;
};

/// A phone brought to life from its home: eUICC, APDUs, network, LPA. Saves what has changed.
class live_phone {
 public:
    static base::result<std::unique_ptr<live_phone>> open(const common_options& options);

    euicc& card() { return card_; }
    apdu_card& apdus() { return apdus_; }
    https_client& network() { return network_; }
    lpa& assistant() { return lpa_; }
    phone_home& home() { return home_; }
    base::result<void> save();

 private:
    live_phone(phone_home home, const common_options& options, faults wrong);

    phone_home home_;
    euicc card_;
    apdu_card apdus_;
    apdu_link link_;
    https_client network_;
    es9_client server_;
    lpa lpa_;
    std::size_t kept_packages_ = 0;
};

void add_phone_commands(CLI::App& root, cli_session& s);  // init, info, reset, set-smdp
void add_profile_commands(CLI::App& root,
                          cli_session& s);  // download, discover, cancel, list, enable, disable, delete, nickname
void add_notification_commands(CLI::App& root, cli_session& s);
void add_serving_commands(CLI::App& root, cli_session& s);  // apdu, lpac, vpcd, load

/// Runs one action on an open phone and saves it, whatever the action says.
base::result<int> with_phone(cli_session& s, const std::function<base::result<int>(live_phone&)>& action);

/// From a file ("-": a line of stdin), else from an environment variable, else empty: never from the command line,
/// which everybody on the machine can read.
base::result<std::string> secret_of(cli_session& s, const std::string& file, const char* variable);

int run(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace keepline::phone
