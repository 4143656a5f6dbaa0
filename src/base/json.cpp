#include "base/json.hpp"

#include <cstdio>

namespace keepline::base {

void write_string(std::string& out, std::string_view value) {
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(value, plain_from, i - plain_from);
        plain_from = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: {
                std::array<char, 8> escaped{};
                std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
                out += escaped.data();
            }
        }
    }
    out.append(value, plain_from);
    out += '"';
}

result<boost::json::value> parse_json(std::string_view text, std::size_t max_depth) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code failure;
    auto value = boost::json::parse(text, failure, {}, options);
    if (failure) return refuse(code::malformed, "The text is not valid JSON: " + failure.message() + ".");
    return value;
}

}  // namespace keepline::base
