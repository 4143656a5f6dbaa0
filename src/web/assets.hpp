// What pages load: style sheets and, where the build had what it is bundled with, script; each under a name that says
// its content, so that a browser keeps it for ever, and as brotli or gzip for whoever takes those. A shelf is a door's
// own: it hands out what lies in its folders, and nothing else. Any thread.
#pragma once

#include "http/message.hpp"

#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::web {

class shelf {
 public:
    /// `at`: where browsers find it, "/assets/"; `folders`: of shipped files, "portal/".
    shelf(std::string_view at, std::initializer_list<std::string_view> folders);

    /// "/assets/portal-0123456789ab.css" of "portal/portal.css"; empty: this program brings no such file.
    std::string_view path_of(std::string_view file) const;

    /// What a GET of this path is answered; none: there is no such asset.
    std::optional<http::response> at(const http::request& in) const;

 private:
    static constexpr std::size_t coding_count = 2;
    struct asset {
        std::string path;
        std::string digest;
        std::string_view type;
        std::string_view content;
        std::array<std::string_view, coding_count> pressed{};  // empty: it is no shorter so, or was not made
    };
    std::map<std::string, asset, std::less<>> assets_;  // by the file's name
};

/// Whether this Accept-Encoding takes that coding.
bool takes_coding(std::string_view accept_encoding, std::string_view coding);

}  // namespace keepline::web
