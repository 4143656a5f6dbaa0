// The command line lets a server go on where it stopped: through its API while it runs, where another administrator
// signs; by a note in the store while it stands, which the next start journals before it does it. Only
// src/app/command_*.cpp.
#pragma once

#include "app/client.hpp"
#include "domain/credential/credential.hpp"

namespace keepline::app {

struct going_on {
    domain::stop_kind what = domain::stop_kind::clock;
    std::int64_t most = 0;  // of endings; 0: all that are due today
    std::string holder;     // of tokens; empty: everybody's
    std::string reason;
    std::shared_ptr<server_options> server = std::make_shared<server_options>();
};

/// --reason, --server, --token-file.
void add_going_on_options(CLI::App* command, const std::shared_ptr<going_on>& into);
/// `done`: what will have happened, for people.
result<int> let_go_on(const session& s, const going_on& in, const std::string& done);

}  // namespace keepline::app
