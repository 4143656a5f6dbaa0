// What another version of this program would do to the files of this store, and what can go back: `keepline upgrade
// --check`. Reads only, beside a server too.
#pragma once

#include "app/config.hpp"
#include "base/time.hpp"
#include "port/notebook.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::app {

/// In the notebook: the version of the program that last served the store. The server notes it.
inline constexpr std::string_view program_note = "program.version";
result<void> note_program(port::notebook& notes);

struct file_outlook {
    std::string what;  // "store", "keys file"
    std::string path;
    bool there = false;
    std::int64_t version = 0;  // of the file
    std::int64_t known = 0;    // what this program makes of it
    std::string trouble;       // why this program cannot use it; empty: it can
    bool upgraded() const { return there && trouble.empty() && version < known; }
};

struct upgrade_outlook {
    std::vector<file_outlook> files;
    std::string program;  // that served the store last; empty: not known
    std::optional<base::instant> backup;
    std::vector<base::error> stops;  // why this program would not start: start_checks.hpp

    bool starts() const { return stops.empty(); }
    /// Whether a program of before would still open the files once this one has served them.
    bool can_go_back() const;
};
upgrade_outlook look_at_upgrade(const config& how);

}  // namespace keepline::app
