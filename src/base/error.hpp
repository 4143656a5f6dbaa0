// Errors as values. Expected refusals and bad input travel as `result<T>`; no exception crosses a folder.
// Every code is one row of error_codes.def; HTTP, CLI and the journal read their numbers and words from there.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keepline::base {

enum class code : std::uint16_t {
#define X(name, id, http, exit_code, title, whose) name,
#include "base/error_codes.def"
#undef X
};

/// Whose trouble an error is; the words are in error_codes.def. Each code says it there, and nobody lists codes by
/// hand: what a list forgets is answered as if it were settled, and lost.
enum class trouble : std::uint8_t { request, server, damage };

struct code_info {
    std::string_view id;     // stable, kebab-case
    int http_status;         // RFC 9110
    int exit_code;           // of the command line
    std::string_view title;  // one sentence for a person
    trouble whose;
};
const code_info& info(code what);
/// Nothing was said about the request: whoever holds it keeps it.
bool is_ours(code what);
/// Ours, and it may pass by itself: the same request is worth another try, unchanged.
bool may_pass(code what);
std::optional<code> code_by_id(std::string_view id);

/// A fact a person needs to understand the refusal or to do the next step ("unlocks_at", "2026-11-30T00:00:00Z").
/// Never personal data, never a secret.
struct detail {
    std::string name;
    std::string value;
    bool operator==(const detail&) const = default;
};

struct error {
    code what = code::internal;
    std::string words;  // one sentence: what is wrong and what to do
    std::vector<detail> data{};
    bool operator==(const error&) const = default;
};

template <typename T>
using result = std::expected<T, error>;

inline std::unexpected<error> refuse(code what, std::string words, std::vector<detail> data = {}) {
    return std::unexpected(error{what, std::move(words), std::move(data)});
}

}  // namespace keepline::base

// TRY(name, expression): binds the value of a result, or returns its error from the enclosing function.
#define KEEPLINE_JOIN_(a, b) a##b
#define KEEPLINE_JOIN(a, b) KEEPLINE_JOIN_(a, b)
#define TRY_AS(temporary, name, expression)                               \
    auto temporary = (expression);                                        \
    if (!temporary) return std::unexpected(std::move(temporary).error()); \
    auto name = std::move(*temporary)
#define TRY(name, expression) TRY_AS(KEEPLINE_JOIN(try_, __LINE__), name, expression)
// CHECK(expression): the same for result<void>.
#define CHECK(expression) \
    if (auto checked = (expression); !checked) return std::unexpected(std::move(checked).error())
