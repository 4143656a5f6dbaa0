// The card side (and, when asked, the network side) of lpac's stdio back ends: newline-delimited JSON, `apdu` and
// `http`. lpac writes {"type":"apdu","payload":{"func":"transmit","param":"80E2…"}} and reads
// {"type":"apdu","payload":{"ecode":0,"data":"…"}}.
#pragma once

#include "phone/apdu_card.hpp"
#include "phone/https_client.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::phone {

class stdio_card {
 public:
    /// `network`: answers `http` too; none: only `apdu`.
    stdio_card(apdu_card& card, https_client* network) : card_(card), network_(network) {}

    /// One line from lpac. An answer for its stdin; none when the line is for the person (results and progress).
    std::optional<std::string> answer(std::string_view line);

 private:
    std::string answer_apdu(std::string_view function, std::string_view parameter);
    std::string answer_http(const std::string& url, byte_view body, const std::vector<std::string>& headers);

    apdu_card& card_;
    https_client* network_;
};

/// Serves lines of `in` until its end; `after` runs after each (to save).
void serve_lines(stdio_card& card, int in, int out, const std::function<void()>& after,
                 const std::function<void(std::string_view)>& other_line);

/// Which of lpac's back ends lead here (LPAC_APDU=stdio, LPAC_HTTP=stdio); the others are left to its environment.
struct lpac_back_ends {
    bool apdu = true;
    bool http = true;
};
/// Runs lpac (or whatever is given) as a child; lines that are for the person go to stdout. Returns its exit code, or
/// an error when it does not start. lpac 2.3.0 cannot use its own apdu back end (it takes its success for a failure):
/// use a reader.
base::result<int> run_lpac(stdio_card& card, const std::vector<std::string>& command, lpac_back_ends here,
                           const std::function<void()>& after);

}  // namespace keepline::phone
