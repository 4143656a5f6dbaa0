// What the rows of one file say of each other: no two share a number, an ICCID or an IMSI, and all say the same of
// their subscriber. Kept as digests of 64 bits: a million rows take some hundred megabytes, and two different ones meet
// once in millions of such files.
#pragma once

#include "app/import_rows.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace keepline::app {

class row_comparison {
 public:
    /// Turns the row into a refused one where it does not go with an earlier one.
    void check(import_row& row);

 private:
    struct owner {
        std::uint64_t said = 0;
        std::size_t line = 0;
    };
    std::unordered_map<std::uint64_t, std::size_t> first_;
    std::unordered_map<std::uint64_t, owner> owners_;
};

}  // namespace keepline::app
