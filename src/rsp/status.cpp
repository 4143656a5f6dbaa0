#include "rsp/status.hpp"

#include <array>

namespace keepline::rsp {

namespace {

constexpr auto status_table = std::to_array<status_info>({
#define X(name, subject, reason, words) {#name, subject, reason, words},
#include "rsp/status_codes.def"
#undef X
});

}  // namespace

const status_info& info(status what) { return status_table[static_cast<std::size_t>(what)]; }

std::optional<status> status_by_name(std::string_view name) {
    for (std::size_t i = 0; i < status_table.size(); ++i)
        if (status_table[i].name == name) return static_cast<status>(i);
    return std::nullopt;
}

}  // namespace keepline::rsp
