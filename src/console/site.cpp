#include "console/site.hpp"

#include "web/assets.hpp"
#include "web/shipped.hpp"

#include <string>

namespace keepline::console {

using base::code;

namespace {

constexpr std::string_view page_type = "text/html; charset=utf-8";
/// It runs and shows what this server sends, and nothing else; text becomes markup by nobody's hand.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

const web::shelf& assets() {
    static const web::shelf out("/console/assets/", {"console/"});
    return out;
}

bool is_below(std::string_view path) { return path == "/console" || path.starts_with("/console/"); }

/// What the page has to know before anybody has signed in stands in its head.
std::string with_country_code(std::string_view page, std::string_view country_code) {
    constexpr std::string_view place = "{{country_code}}";
    std::string out(page);
    if (const auto at = out.find(place); at != std::string::npos) out.replace(at, place.size(), country_code);
    return out;
}

/// Every address is the page's own affair; what is loaded by it is there under its name or not at all.
http::response answer_to(const http::request& in, std::string_view country_code) {
    http::response out;
    if (auto asset = assets().at(in)) return std::move(*asset);
    const auto page = web::shipped_content("console/index.html");
    if (page.empty() || in.path().starts_with("/console/assets/")) {
        out.status = 404;
        out.type = "text/plain; charset=utf-8";
        out.body = page.empty() ? "This program was built without the console (npm ci in web).\n"
                                : "There is no such file; load the page anew.\n";
        return out;
    }
    out.type = page_type;
    out.body = with_country_code(page, country_code);
    out.caching = "no-cache";
    out.content_policy = page_policy;
    out.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    out.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    return out;
}

}  // namespace

base::result<std::size_t> site::admit(const http::request& head) {
    if (!is_below(head.path())) return behind_.admit(head);
    return base::refuse(code::too_large, "Nothing is sent here.", {{"max_bytes", "0"}});
}

void site::handle(http::exchange_ptr what) {
    const auto& in = what->in;
    if (!is_below(in.path())) return behind_.handle(std::move(what));
    if (in.how == http::verb::get || in.how == http::verb::head) return what->reply(answer_to(in, country_code_));
    what->reply(behind_.refusal(
        {code::method_not_allowed, "Use one of the methods in `Allow`.", {{"allow", "GET, HEAD"}}}, in));
}

}  // namespace keepline::console
