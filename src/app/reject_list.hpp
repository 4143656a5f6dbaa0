// Where rejected rows of an import go: to stderr in words, and whole, for their owner only, into a file. One thread.
#pragma once

#include "app/console.hpp"
#include "app/importer.hpp"

#include <fstream>
#include <functional>
#include <string>

namespace keepline::app {

class reject_list {
 public:
    /// `before_words` is called before something is written to stderr; `rows` outlives this. Into a file that ends in
    /// .csv they go in their own form with a column `reason`, to be mended and imported again; into another as NDJSON.
    static result<reject_list> open(console& at, std::function<void()> before_words, const std::string& file,
                                    const row_reader& rows);
    void add(const rejected_row& row);
    void finish();
    std::size_t count() const { return count_; }

 private:
    reject_list(console& at, std::function<void()> before_words) : at_(&at), before_words_(std::move(before_words)) {}
    console* at_;
    std::function<void()> before_words_;
    std::ofstream file_;
    const row_reader* form_ = nullptr;  // writes them as they stood in their CSV
    std::size_t count_ = 0;
};

}  // namespace keepline::app
