// The files of web/ that the program brings: page templates and style sheets, as they were when it was built (the table
// is written by CMakeLists.txt). Any thread.
#pragma once

#include <span>
#include <string_view>

namespace keepline::portal {

struct shipped_file {
    std::string_view name;  // "portal/line.html"
    std::string_view content;
};

/// By name.
std::span<const shipped_file> shipped_files();

}  // namespace keepline::portal
