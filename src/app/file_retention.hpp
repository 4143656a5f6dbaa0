// Files with personal data that the server writes where there is no peer to send to, when they have outlived their
// purpose: messages in spool and Maildir folders ([retention_days] messages), payment files (billing). A folder holds
// what belongs to lines of every policy, so the longest of all in force counts. Looked at once an hour, not while the
// clock is in doubt, and no more at a time than somebody could put back from a copy. What went, and when, is noted: for
// the report, and for whoever asks later. One thread at a time.
#pragma once

#include "desk/parts.hpp"
#include "domain/policy.hpp"
#include "port/clock.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

class file_retention {
 public:
    struct parts {
        std::vector<std::filesystem::path> messages;  // folders that they are written to
        std::string payments;                         // folder of payment files; empty: none
        std::function<std::shared_ptr<const domain::rule_book>()> rules;
        std::function<bool(std::string_view end_to_end_id)> is_open;  // a refund
        const port::clock* clock = nullptr;
        port::notebook* notes = nullptr;
        port::log* log = nullptr;
        int at_once = 1'000;  // of each sort
    };
    explicit file_retention(parts with) : with_(std::move(with)) {}

    /// When an hour has passed since the last look.
    void look();
    /// What went of a class of data so far; any thread. Nothing: no file ever did.
    static std::optional<desk::files_gone> gone(port::notebook& notes, std::string_view data_class);

 private:
    void drop(std::string_view data_class,
              const std::function<base::result<int>(base::instant written_before)>& outlived);

    const parts with_;
    std::optional<std::chrono::steady_clock::time_point> looked_;
};

}  // namespace keepline::app
