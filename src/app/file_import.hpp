// A CSV of lines that came in one request: the same rows, comparisons and refusals as those of `keepline import`, each
// row through this API as who sent the file. Any thread; it waits for many commits.
#pragma once

#include "desk/parts.hpp"

namespace keepline::app {

class file_import {
 public:
    explicit file_import(desk::parts with) : with_(std::move(with)) {}
    base::result<desk::imported_file> take(const desk::file_to_import& what) const;

 private:
    const desk::parts with_;
};

}  // namespace keepline::app
