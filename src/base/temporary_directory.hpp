// A folder for one test, removed with everything in it. For tests and benchmarks only.
#pragma once

#include "base/ensure.hpp"

#include <filesystem>
#include <stdlib.h>
#include <string>
#include <string_view>

namespace keepline::base {

class temporary_directory {
 public:
    temporary_directory() {
        auto shape = (std::filesystem::temp_directory_path() / "keepline-XXXXXX").string();
        ENSURE(::mkdtemp(shape.data()) != nullptr);
        path_ = shape;
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

}  // namespace keepline::base
