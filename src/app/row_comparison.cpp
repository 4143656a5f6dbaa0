#include "app/row_comparison.hpp"

#include "base/digest.hpp"

namespace keepline::app {

namespace {

std::uint64_t short_print(std::string_view column, std::string_view value) {
    const auto whole = base::sha256(base::view(std::string(column) + '\n' + std::string(value)));
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 8; ++i) out = (out << 8U) | whole[i];
    return out;
}

void turn_down(import_row& row, std::string_view column, const std::string& words, std::size_t line) {
    row.body = base::refuse(base::code::invalid, words + std::to_string(line) + " of this file.",
                            {{"field", std::string(column)}});
}

}  // namespace

void row_comparison::check(import_row& row) {
    if (!row.body) return;
    for (const auto& [column, value] : row.identifiers)
        if (const auto before = first_.find(short_print(column, value)); before != first_.end())
            return turn_down(row, column, "The same " + std::string(column) + " stands in line ", before->second);
    const auto said = short_print("said", row.said_of_subscriber);
    if (!row.subscriber.empty()) {
        const auto [known, fresh] =
            owners_.try_emplace(short_print("subscriber", row.subscriber), owner{said, row.line});
        if (!fresh && known->second.said != said)
            return turn_down(row, "subscriber", "Something else is said of this `subscriber` in line ",
                             known->second.line);
    }
    for (const auto& [column, value] : row.identifiers) first_.emplace(short_print(column, value), row.line);
}

}  // namespace keepline::app
