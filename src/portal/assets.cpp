#include "portal/assets.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "portal/shipped.hpp"

#include <algorithm>
#include <map>

namespace keepline::portal {

namespace {

struct asset {
    std::string path;
    std::string tag;
    std::string_view content;
};

/// By the file's name.
const std::map<std::string, asset, std::less<>>& assets() {
    static const auto out = [] {
        constexpr std::string_view suffix = ".css";
        constexpr std::size_t name_digits = 12;
        std::map<std::string, asset, std::less<>> all;
        for (const auto& one : shipped_files()) {
            if (!one.name.ends_with(suffix)) continue;
            const auto digest = base::hex(base::sha256(base::view(one.content))).substr(0, name_digits);
            auto stem = one.name.substr(one.name.rfind('/') + 1);
            stem.remove_suffix(suffix.size());
            all.emplace(one.name, asset{"/assets/" + std::string(stem) + "-" + digest + std::string(suffix),
                                        "\"" + digest + "\"", one.content});
        }
        return all;
    }();
    return out;
}

}  // namespace

const std::string& asset_path(std::string_view file) {
    const auto found = assets().find(file);
    ENSURE(found != assets().end());
    return found->second.path;
}

std::optional<http::response> asset_at(std::string_view path, std::string_view if_none_match) {
    const auto found =
        std::ranges::find_if(assets(), [&](const auto& one) { return std::string_view(one.second.path) == path; });
    if (found == assets().end()) return std::nullopt;
    http::response out;
    out.caching = "public, max-age=31536000, immutable";
    out.headers.push_back({"ETag", found->second.tag});
    out.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    if (if_none_match.find(found->second.tag) != std::string_view::npos) {
        out.status = 304;
        out.type = {};
        return out;
    }
    out.type = "text/css; charset=utf-8";
    out.body = found->second.content;
    return out;
}

}  // namespace keepline::portal
