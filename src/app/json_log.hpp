// The log: one JSON object a line, {"ts","level","event","correlation", fields…}, to stderr or a file (opened for
// append, so that logrotate's copytruncate works). Any thread.
#pragma once

#include "base/error.hpp"
#include "port/log.hpp"

#include <memory>
#include <optional>
#include <string>

namespace keepline::app {

std::optional<port::log_level> parse_log_level(std::string_view text);

/// An empty `file` is stderr. code::config_invalid when the file cannot be opened.
base::result<std::unique_ptr<port::log>> open_log(const std::string& file, port::log_level least);

/// One line as it is written, without its end; for tests.
std::string log_line(std::string_view ts, port::log_level level, std::string_view event, std::string_view correlation,
                     std::initializer_list<port::log_field> fields);

}  // namespace keepline::app
