#include "portal/wanted_page.hpp"

#include "base/digest.hpp"
#include "portal/cookies.hpp"
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace wanted {

constexpr char between = '.';  // in no path and in no id
constexpr std::size_t place_max = 512;

bool is_id(std::string_view text) {
    constexpr std::size_t id_max = 64;
    return text.size() <= id_max && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                      c == '-';
           });
}

bool is_place(const route& to) {
    if (to.how != http::verb::get || to.whom != visitors::signed_in || to.use == desk::at_door::looks) return false;
    const bool is_file = to.path.contains(between) || to.path == "/documents/{}";
    return !is_file && !to.path.starts_with("/prove/");
}

/// What is asked for, or where the form of a POST is.
std::string path_wanted(const visit& v) {
    if (v.matched == nullptr) return {};
    if (v.in().how != http::verb::post) return std::string(v.in().path());
    if (v.matched->path.starts_with("/case/")) return "/case/" + v.arg;
    return v.matched->path.contains('{') ? std::string() : std::string(v.matched->path);
}

std::string sealed_to(const visit& v, std::string_view kept) {
    return v.house.at.shared().with.secrets->keyed_digest("wanted", v.seal, kept);
}

std::optional<std::string> kept_by(const visit& v) {
    const auto cookie = cookie_named(v.in().cookie, cookie_name(wanted_cookie, v.house.how.is_plain()));
    const auto end = cookie.rfind(between);
    if (v.seal.empty() || cookie.size() > place_max || end == std::string::npos) return std::nullopt;
    const auto kept = std::string_view(cookie).substr(0, end);
    if (!base::equal_secrets(base::view(std::string_view(cookie).substr(end + 1)), base::view(sealed_to(v, kept))))
        return std::nullopt;
    const auto end_of_path = kept.find(between);
    if (end_of_path == std::string_view::npos) return std::nullopt;
    return place_of(kept.substr(0, end_of_path), kept.substr(end_of_path + 1));
}

}  // namespace wanted
}  // namespace

std::optional<std::string> place_of(std::string_view path, std::string_view line) {
    const auto to = find_route(http::verb::get, path);
    if (to.found == nullptr || !wanted::is_place(*to.found) || !wanted::is_id(line)) return std::nullopt;
    return line.empty() ? std::string(path) : about_line(path, line);
}

void remember_wanted(visit& v) {
    const auto path = wanted::path_wanted(v);
    const auto line = line_named(v);
    if (v.seal.empty() || !place_of(path, line)) return;
    const auto kept = path + wanted::between + line;
    v.set_cookie(wanted_cookie, kept + wanted::between + wanted::sealed_to(v, kept), cookie_life::minutes);
}

std::string take_wanted(visit& v, std::string_view otherwise) {
    const auto kept = wanted::kept_by(v);
    v.set_cookie(wanted_cookie, "");
    return kept.value_or(std::string(otherwise));
}

}  // namespace keepline::portal
