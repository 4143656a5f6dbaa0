// What stands over every page of a sandbox, in every language that one may read it in. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace keepline::desk {

inline constexpr std::string_view sandbox_words = "SANDBOX · 沙箱环境，内容均非真实 · nothing on this page is real";

inline std::string sandbox_banner() {
    return "<p role=\"note\" style=\"margin:0;padding:8px 16px;background:#8a1c1c;color:#fff;font-weight:600;"
           "text-align:center\">" +
           std::string(sandbox_words) + "</p>\n";
}

/// The page, with the banner as the first that is read.
inline std::string with_sandbox_banner(std::string page) {
    constexpr std::string_view body = "<body>\n";
    const auto at = page.find(body);
    if (at != std::string::npos) page.insert(at + body.size(), sandbox_banner());
    return page;
}

}  // namespace keepline::desk
