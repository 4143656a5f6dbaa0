// The version of this program. The build sets it from CMakeLists.txt.
#pragma once

#include <string_view>

#ifndef KEEPLINE_VERSION
#define KEEPLINE_VERSION "0.0.0"
#endif

namespace keepline::app {

inline constexpr std::string_view version = KEEPLINE_VERSION;

}  // namespace keepline::app
