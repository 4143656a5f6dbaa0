#include "base/error.hpp"

#include <array>

namespace keepline::base {

namespace {
constexpr std::array table{
#define X(name, id, http, exit_code, title, whose) code_info{id, http, exit_code, title, trouble::whose},
#include "base/error_codes.def"
#undef X
};
}  // namespace

const code_info& info(code what) { return table[static_cast<std::size_t>(what)]; }

bool is_ours(code what) { return info(what).whose != trouble::request; }

bool may_pass(code what) { return info(what).whose == trouble::server; }

std::optional<code> code_by_id(std::string_view id) {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table[i].id == id) return static_cast<code>(i);
    return std::nullopt;
}

}  // namespace keepline::base
