#include "desk/html.hpp"

#include <cstdint>

namespace keepline::desk {

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

}  // namespace keepline::desk
