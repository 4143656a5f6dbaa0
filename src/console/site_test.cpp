// The console's page before the API: what is its own, and what is not.
#include "console/site.hpp"

#include "http/fake_exchange.hpp"
#include "web/assets.hpp"
#include "web/shipped.hpp"

#include <gtest/gtest.h>

namespace keepline::console {
namespace {

/// Says that it was asked.
class api_behind final : public http::application {
 public:
    base::result<std::size_t> admit(const http::request&) override { return std::size_t{1}; }
    void handle(http::exchange_ptr what) override {
        http::response out;
        out.status = 418;
        what->reply(std::move(out));
    }
    http::response refusal(const base::error&, const http::request&) override {
        http::response out;
        out.status = 405;
        return out;
    }
};

http::request asked(http::verb how, std::string target) {
    http::request in;
    in.how = how;
    in.target = std::move(target);
    return in;
}

TEST(console_site, hands_the_api_what_is_not_below_its_own_address) {
    api_behind behind;
    site of(behind);
    for (const char* target : {"/v1/whoami", "/", "/consoles", "/openapi.yaml"}) {
        EXPECT_EQ(http::fake_exchange::ask(of, asked(http::verb::get, target)).status, 418) << target;
        EXPECT_TRUE(of.admit(asked(http::verb::post, target))) << target;
    }
}

TEST(console_site, tells_the_page_the_country_code_and_what_a_receipt_says_of_the_operator) {
    api_behind behind;
    if (web::shipped_content("console/index.html").empty()) GTEST_SKIP() << "built without the console";
    site here(behind, {"86", "Our \"<Operator>\"", "10099"});
    site nowhere(behind);
    const auto page = http::fake_exchange::ask(here, asked(http::verb::get, "/console")).body;
    EXPECT_NE(page.find(R"(name="country-code" content="86")"), std::string::npos) << page;
    EXPECT_NE(page.find(R"(name="hotline" content="10099")"), std::string::npos) << page;
    EXPECT_NE(page.find(R"(name="operator" content="Our &quot;&lt;Operator&gt;&quot;")"), std::string::npos) << page;
    const auto without = http::fake_exchange::ask(nowhere, asked(http::verb::get, "/console")).body;
    EXPECT_NE(without.find(R"(name="country-code" content="")"), std::string::npos) << without;
}

TEST(console_site, takes_nothing) {
    api_behind behind;
    site of(behind);
    EXPECT_EQ(http::fake_exchange::ask(of, asked(http::verb::post, "/console")).status, 405);
    EXPECT_FALSE(of.admit(asked(http::verb::post, "/console/anything")));
}

TEST(console_site, answers_every_address_of_the_page_with_it) {
    api_behind behind;
    site of(behind);
    const bool built = !web::shipped_content("console/index.html").empty();
    for (const char* target : {"/console", "/console/", "/console/queue?stage=in_review", "/console/cases/ln_1-c1"}) {
        const auto page = http::fake_exchange::ask(of, asked(http::verb::get, target));
        ASSERT_EQ(page.status, built ? 200 : 404) << target;
        if (!built) continue;
        EXPECT_EQ(page.type, "text/html; charset=utf-8");
        EXPECT_EQ(page.caching, "no-cache") << "it names what is kept for ever";
        const std::string policy(page.content_policy);
        EXPECT_NE(policy.find("require-trusted-types-for 'script'; trusted-types 'none'"), std::string::npos);
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
        EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    }
    EXPECT_EQ(http::fake_exchange::ask(of, asked(http::verb::get, "/console/assets/console-000000000000.js")).status,
              404);
}

TEST(console_site, what_its_page_loads_is_there_for_ever_and_pressed) {
    api_behind behind;
    site of(behind);
    const web::shelf own("/console/assets/", {"console/"});
    const std::string path(own.path_of("console/console.js"));
    if (path.empty()) GTEST_SKIP() << "built without the console";
    EXPECT_NE(web::shipped_content("console/index.html").find(path), std::string_view::npos);
    auto in = asked(http::verb::get, path);
    in.accept_encoding = "gzip, br";
    const auto script = http::fake_exchange::ask(of, in);
    EXPECT_EQ(script.status, 200);
    EXPECT_EQ(http::header_of(script, "Content-Encoding"), "br");
    EXPECT_EQ(script.caching, "public, max-age=31536000, immutable");
    EXPECT_TRUE(own.path_of("portal/portal.css").empty()) << "what is another door's is not here";
}

}  // namespace
}  // namespace keepline::console
