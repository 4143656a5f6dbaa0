// How a portal is reached, and what it says of whoever runs it. Values only.
#pragma once

#include "base/time.hpp"
#include "domain/number/check.hpp"
#include "http/stream_limits.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::portal {

/// By which ways the operator speaks to people, as its page of official channels has it; whatever is empty is not said.
struct official_channels {
    std::vector<std::string> phones{};
    std::vector<std::string> sms_senders{};
    std::vector<std::string> mail_senders{};
    std::vector<std::string> shops{};  // "People's Square 1, Shanghai"
    std::string hours{};               // of the hotline: "every day 8:00 to 22:00"
};

/// Of streams that show a page's part anew (live.hpp).
struct live_limits : http::stream_limits {
    live_limits() { streams_max_per_address = 50; }
};

struct settings {
    std::string origin;         // as browsers say it: "https://my.operator.example", without a slash behind it
    std::string operator_name;  // as messages have it
    std::string hotline;        // empty: none
    official_channels official{};
    std::string country_code{};  // "86": of numbers typed without one; empty: it must be typed
    std::string pay_to{};        // the account that transfers go to, in words; empty: people pay as they top up
    std::string pay_page{};      // of the operator's payment system (pay_page.hpp); empty: there is none
    live_limits live{};
    std::vector<domain::call_hours> call_hours{};  // when people are called back; none: at any time

    /// Over plain HTTP a browser keeps no Secure cookie: for one's own machine only.
    bool is_plain() const { return origin.starts_with("http://"); }
};

/// "9-12": whole hours of a day; nothing: it is none.
std::optional<domain::call_hours> call_hours_in(std::string_view text);

/// "https://" and a host, with a port or without; "http://" for localhost and 127.0.0.1 only. Small letters.
bool is_origin(std::string_view text);

}  // namespace keepline::portal
