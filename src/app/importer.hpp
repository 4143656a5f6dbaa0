// Takes a file of lines over through the API: rows are sent by several threads at once, so that the journal's commits
// gather many of them; bad rows are reported and the good ones kept. The same file again changes nothing.
#pragma once

#include "app/api_way.hpp"
#include "app/import_rows.hpp"

#include <functional>
#include <span>

namespace keepline::app {

struct import_counts {
    std::size_t rows = 0;
    std::size_t added = 0;
    std::size_t known = 0;    // the same facts were there already
    std::size_t changed = 0;  // by an update
    std::size_t rejected = 0;
};

struct rejected_row {
    std::size_t line = 0;
    base::error why;
    std::string text;
};

/// All called on the thread that called import_lines.
struct import_watch {
    std::function<void(const rejected_row&)> rejected;
    std::function<void(const import_counts&)> progress;
    /// Before a batch of rows is sent: the subscribers in it.
    std::function<result<void>(std::span<const std::string>)> prepare;
    std::function<bool()> cancelled;
};

struct import_settings {
    std::size_t senders = 16;  // threads
    std::size_t batch = 1024;  // rows read ahead
    bool update = false;       // balance, dates and contract of known lines become what the rows say
    bool columns = false;      // refusals name a CSV's columns
    std::string run{};         // part of every Idempotency-Key: what an earlier run was answered is no answer today
};

/// An error means that the whole import cannot go on (no server, no disk, cancelled); `counts` then says how far it
/// came.
result<void> import_lines(row_reader& rows, api_way& way, const import_settings& how, const import_watch& watch,
                          import_counts& counts);

}  // namespace keepline::app
