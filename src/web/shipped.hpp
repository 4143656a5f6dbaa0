// The files of web/ that the program brings: page templates, style sheets, script, as they were when it was built (the
// table is written by CMakeLists.txt). Any thread.
#pragma once

#include <span>
#include <string_view>

namespace keepline::web {

struct shipped_file {
    std::string_view name;  // "portal/line.html"
    std::string_view content;
};

/// By name.
std::span<const shipped_file> shipped_files();

/// Empty: this program brings no such file.
std::string_view shipped_content(std::string_view name);

}  // namespace keepline::web
