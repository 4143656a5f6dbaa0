#include "app/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace keepline::app {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t corner = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, corner + (a[i] == b[j] ? 0 : 1)});
            corner = above;
        }
    }
    return row.back();
}

}  // namespace

std::string nearest_word(std::string_view typed, const std::vector<std::string>& known) {
    constexpr std::size_t typed_max = 200;
    if (typed.size() > typed_max) return {};
    const auto best =
        std::ranges::min_element(known, {}, [&](const std::string& one) { return edit_distance(typed, one); });
    const auto allowed = std::min<std::size_t>(3, std::max<std::size_t>(2, typed.size() / 2));
    if (best == known.end() || edit_distance(typed, *best) > allowed) return {};
    return *best;
}

std::string small_letters(std::string_view typed) {
    std::string out(typed);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace keepline::app
