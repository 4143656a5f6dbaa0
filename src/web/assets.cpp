#include "web/assets.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "web/shipped.hpp"

#include <algorithm>

namespace keepline::web {

namespace {

struct asset_kind {
    std::string_view suffix;
    std::string_view type;
};
constexpr std::array asset_kinds{asset_kind{".css", "text/css; charset=utf-8"},
                                 asset_kind{".js", "text/javascript; charset=utf-8"}};

/// The codings that the build presses into, the shortest first.
struct coding {
    std::string_view name;
    std::string_view suffix;
};
constexpr std::array codings{coding{"br", ".br"}, coding{"gzip", ".gz"}};

std::string tag_of(std::string_view digest, std::string_view as) {
    return "\"" + std::string(digest) + (as.empty() ? "" : "-") + std::string(as) + "\"";
}

}  // namespace

std::string_view shipped_content(std::string_view name) {
    const auto found = std::ranges::find(shipped_files(), name, &shipped_file::name);
    return found == shipped_files().end() ? std::string_view() : found->content;
}

shelf::shelf(std::string_view at, std::initializer_list<std::string_view> folders) {
    static_assert(codings.size() == coding_count);
    constexpr std::size_t name_digits = 12;
    for (const auto& one : shipped_files()) {
        if (std::ranges::none_of(folders, [&](const auto& folder) { return one.name.starts_with(folder); })) continue;
        const auto kind =
            std::ranges::find_if(asset_kinds, [&](const auto& of) { return one.name.ends_with(of.suffix); });
        if (kind == asset_kinds.end()) continue;
        auto stem = one.name.substr(one.name.rfind('/') + 1);
        stem.remove_suffix(kind->suffix.size());
        asset made;
        made.digest = base::hex(base::sha256(base::view(one.content))).substr(0, name_digits);
        made.path = std::string(at) + std::string(stem) + "-" + made.digest + std::string(kind->suffix);
        made.type = kind->type;
        made.content = one.content;
        for (std::size_t i = 0; i < codings.size(); ++i)
            made.pressed[i] = shipped_content(std::string(one.name) + std::string(codings[i].suffix));
        assets_.emplace(one.name, std::move(made));
    }
}

std::string_view shelf::path_of(std::string_view file) const {
    const auto found = assets_.find(file);
    return found == assets_.end() ? std::string_view() : found->second.path;
}

/// RFC 9110 §12.5.3, as far as browsers use it: names, some with ";q=0" for no.
bool takes_coding(std::string_view accept_encoding, std::string_view coding) {
    while (!accept_encoding.empty()) {
        auto one = accept_encoding.substr(0, accept_encoding.find(','));
        accept_encoding.remove_prefix(std::min(accept_encoding.size(), one.size() + 1));
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        const auto name = one.substr(0, one.find_first_of("; \t"));
        if (name != coding) continue;
        const auto weight = one.find("q=");
        if (weight == std::string_view::npos) return true;
        return one.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
    }
    return false;
}

std::optional<http::response> shelf::at(const http::request& in) const {
    const auto found = std::ranges::find_if(
        assets_, [path = in.path()](const auto& one) { return std::string_view(one.second.path) == path; });
    if (found == assets_.end()) return std::nullopt;
    const auto& is = found->second;
    http::response out;
    std::string_view as;
    auto content = is.content;
    for (std::size_t i = codings.size(); i-- > 0;) {
        if (is.pressed[i].empty() || !takes_coding(in.accept_encoding, codings[i].name)) continue;
        as = codings[i].name;
        content = is.pressed[i];
    }
    const auto tag = tag_of(is.digest, as);
    out.caching = "public, max-age=31536000, immutable";
    out.headers.push_back({"ETag", tag});
    out.headers.push_back({"Vary", "Accept-Encoding"});
    out.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    if (in.if_none_match.find(tag) != std::string_view::npos) {
        out.status = 304;
        out.type = {};
        return out;
    }
    if (!as.empty()) out.headers.push_back({"Content-Encoding", std::string(as)});
    out.type = is.type;
    out.body = content;
    return out;
}

}  // namespace keepline::web
