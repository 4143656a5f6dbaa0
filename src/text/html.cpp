#include "text/html.hpp"

#include <cstdint>

namespace keepline::text {

void escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += static_cast<std::uint8_t>(c) < 0x20 && c != '\n' ? ' ' : c;
        }
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    escaped(out, text);
    return out;
}

}  // namespace keepline::text
