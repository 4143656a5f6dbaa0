// A number in the notebook.
#pragma once

#include "port/notebook.hpp"

#include <charconv>
#include <cstdint>

namespace keepline::port {

/// 0 where nothing is written. What cannot be read, or is no number, is an error (code::internal): whoever took it for
/// 0 would do again what was done, or let out what is held.
inline base::result<std::int64_t> noted_number(notebook& notes, std::string_view name) {
    TRY(text, notes.read(name));
    std::int64_t out = 0;
    if (!text || text->empty()) return out;
    const auto* end = text->data() + text->size();
    const auto [stopped, failure] = std::from_chars(text->data(), end, out);
    if (failure != std::errc{} || stopped != end)
        return base::refuse(base::code::internal, "The note " + std::string(name) + " is no number.");
    return out;
}

}  // namespace keepline::port
