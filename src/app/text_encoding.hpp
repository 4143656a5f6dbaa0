// The writing of a text file: UTF-8 as it is, UTF-16 (Excel's "Unicode text") converted by its mark, other encodings
// when they are named. A guess could put a wrong name on a person, so there is none.
#pragma once

#include "base/error.hpp"

#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace keepline::app {

using base::result;

/// The text as UTF-8: `file` itself (nullptr) or a converted copy. `encoding`: empty (by the file's mark; else UTF-8),
/// or a name such as gb18030. The whole file is looked through before a row is taken: one that is no UTF-8 is refused
/// in one sentence that names the line.
result<std::unique_ptr<std::istream>> as_utf8(std::istream& file, std::string_view encoding);

}  // namespace keepline::app
