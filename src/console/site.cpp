#include "console/site.hpp"

#include "text/html.hpp"
#include "web/assets.hpp"
#include "web/shipped.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace keepline::console {

using base::code;
using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): of names that are looked for

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

/// In the page's head.
std::string with_facts(std::string_view page, const page_facts& says) {
    std::string out(page);
    for (const auto& [place, value] : {std::pair{"{{country_code}}"sv, &says.country_code},
                                       {"{{operator}}"sv, &says.operator_name},
                                       {"{{hotline}}"sv, &says.hotline}})
        if (const auto at = out.find(place); at != std::string::npos)
            out.replace(at, place.size(), text::escaped(*value));
    return out;
}

/// Every address is the page's own affair; what is loaded by it is there under its name or not at all.
http::response answer_to(const http::request& in, const page_facts& says) {
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
    out.body = with_facts(page, says);
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
    if (in.how == http::verb::get || in.how == http::verb::head) return what->reply(answer_to(in, says_));
    what->reply(behind_.refusal(
        {code::method_not_allowed, "Use one of the methods in `Allow`.", {{"allow", "GET, HEAD"}}}, in));
}

}  // namespace keepline::console
