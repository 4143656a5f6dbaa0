// How a portal is reached, and what it says of whoever runs it. Values only.
#pragma once

#include <string>
#include <string_view>

namespace keepline::portal {

struct settings {
    std::string origin;         // as browsers say it: "https://my.operator.example", without a slash behind it
    std::string operator_name;  // as messages have it
    std::string hotline;        // empty: none

    /// Over plain HTTP a browser keeps no Secure cookie: for one's own machine only.
    bool is_plain() const { return origin.starts_with("http://"); }
};

/// "https://" and a host, with a port or without; "http://" for localhost and 127.0.0.1 only. Small letters.
bool is_origin(std::string_view text);

}  // namespace keepline::portal
