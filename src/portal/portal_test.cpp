// Pages over a faked desk: what every page has around it, whose forms are taken, and a closure walked by forms alone.
#include "portal/portal.hpp"

#include "base/json.hpp"
#include "desk/fake_ground.hpp"
#include "http/fake_exchange.hpp"
#include "portal/assets.hpp"
#include "portal/routes.hpp"
#include "portal/shipped.hpp"

#include <future>
#include <regex>

#include <gtest/gtest.h>

namespace keepline::portal {
namespace {

constexpr const char* line_text = R"({"subscriber":{"id":"sub-1","language":"en",
    "person":{"full_name":"Wang Xiaoming","document_kind":"id-card","document_number":"110101199003070000",
              "refund_iban":"6222020200000000006","refund_holder":"Wang Xiaoming"},
    "contacts":[{"id":"mail1","by":"mail","address":"wang@example.org","verified":true}]},
    "line":{"number":"+8613800138000","policy":"cn","since":"2020-01-01T00:00:00Z",
            "valid_until":"2027-06-01T00:00:00Z","balance":{"minor":1250,"currency":"CNY"},
            "contract":{"ends":"2026-12-31","monthly":{"minor":100,"currency":"CNY"},
                        "fixed_fee":{"minor":0,"currency":"CNY"},"document":"<script>alert(1)</script> \u202e合同"},
            "profiles":[{"iccid":"89860012345678901238","imsi":"460001234567890","state":"enabled"}]}})";

class at_once final : public desk::executor {
 public:
    void run(std::function<void()> work) override { work(); }
    void run_after(std::chrono::milliseconds, std::function<void()> work) override { work(); }
};

struct form_values : std::vector<std::pair<std::string, std::string>> {
    using vector::vector;
};

class fake_portal : public desk::fake_ground {
 public:
    explicit fake_portal(std::string origin = "https://my.operator.example")
        : at(stood_on()), door(std::move(*portal::make(at, {std::move(origin), "Our <Operator>", "10099"}))) {
        give_tokens();
    }

    std::string import_line() {
        desk::request by;
        by.who.who = {domain::role::system, base::label::trusted("system")};
        by.where = std::make_shared<at_once>();
        auto body = base::decode<desk::import_body>(*base::parse_json(line_text), base::form::api);
        std::promise<base::result<desk::line_told>> done;
        at.import_line(by, std::move(body),
                       [&](base::result<desk::line_told> told) { done.set_value(std::move(told)); });
        const auto told = done.get_future().get();
        return told ? std::get<desk::line_view>(told->is).id : std::string();
    }

    http::request request_of(http::verb how, std::string target) {
        http::request in;
        in.how = how;
        in.target = std::move(target);
        in.peer = "127.0.0.1";
        in.accept_language = language;
        const auto name = "__Host-keepline=" + session;
        if (!session.empty()) in.cookie = name;
        if (!more_cookies.empty()) in.cookie += (in.cookie.empty() ? "" : "; ") + more_cookies;
        return in;
    }
    http::response get(std::string target) {
        return http::fake_exchange::ask(*door, request_of(http::verb::get, std::move(target)));
    }
    http::request post_of(std::string target, const form_values& values) {
        auto in = request_of(http::verb::post, std::move(target));
        in.content_type = "application/x-www-form-urlencoded";
        in.origin = "https://my.operator.example";
        in.fetch_site = "same-origin";
        for (const auto& [name, value] : values)
            in.body += (in.body.empty() ? "" : "&") + form_encoded(name) + "=" + form_encoded(value);
        return in;
    }
    http::response ask(http::request in) { return http::fake_exchange::ask(*door, std::move(in)); }

    static std::string hidden(const std::string& page, const std::string& name) {
        std::smatch found;
        const std::regex pattern("name=\"" + name + "\" value=\"([^\"]*)\"");
        return std::regex_search(page, found, pattern) ? found[1].str() : std::string();
    }
    /// Fills in what the page hides, too.
    http::response send(const std::string& page, std::string target, form_values values = {}) {
        const auto from = get(page).body;
        for (const char* name : {"form", "once", "line", "quote"})
            if (auto value = hidden(from, name); !value.empty()) values.emplace_back(name, value);
        return ask(post_of(std::move(target), values));
    }

    std::string language = "en";
    std::string session = "customer";
    std::string more_cookies;
    desk::desk at;
    std::unique_ptr<portal> door;
};

using http::header_of;

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// ------------------------------------------------------------------------------------------------ words

TEST(portal_words, each_word_of_a_template_is_there_in_both_languages) {
    const auto texts = text::shipped();
    for (const auto* tag : {"en", "zh-CN"})
        for (const auto& key : template_words())
            EXPECT_TRUE(texts->languages().at(tag).words.contains("portal." + key)) << tag << ": portal." << key;
    EXPECT_GT(template_words().size(), 100U);
}

TEST(portal_words, both_languages_have_the_same_words_with_the_same_places) {
    const auto texts = text::shipped();
    const auto& english = texts->languages().at("en").words;
    const auto& chinese = texts->languages().at("zh-CN").words;
    const auto sorted = [](std::string_view word) {
        auto all = text::places(word);
        std::ranges::sort(all);
        return all;
    };
    for (const auto* one : {&english, &chinese})
        for (const auto& [key, word] : *one) {
            if (!key.starts_with("portal.")) continue;
            ASSERT_TRUE(english.contains(key)) << key;
            ASSERT_TRUE(chinese.contains(key)) << key;
            EXPECT_EQ(sorted(english.at(key)), sorted(chinese.at(key))) << key;
        }
}

template <typename Enum>
void expect_names(std::string_view table) {
    const auto texts = text::shipped();
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto one) {
        for (const auto* tag : {"en", "zh-CN"}) {
            const auto key = "portal." + std::string(table) + "." + one.name;
            EXPECT_TRUE(texts->languages().at(tag).words.contains(key)) << tag << ": " << key;
        }
    });
}

TEST(portal_words, whatever_a_page_may_show_has_a_name) {
    expect_names<domain::line_status>("line_status");
    expect_names<domain::line_status>("line_status_means");
    expect_names<domain::stage>("stage");
    expect_names<domain::stage>("stage_means");
    expect_names<domain::profile_state>("device_state");
    expect_names<domain::proof_kind>("device_proof");
    expect_names<domain::block_kind>("block");
    expect_names<domain::lift>("lift");
    expect_names<domain::quote_item_kind>("quote_item");
    expect_names<domain::backup_state>("backup_state");
    expect_names<domain::evidence_kind>("evidence");
    expect_names<domain::closing_reason>("reason");
    expect_names<domain::refund_state>("refund_state");
}

TEST(portal_words, no_template_holds_a_word_of_its_own) {
    const std::regex tags("<[^>]*>|\\{\\{[^}]*\\}\\}|\\[\\[[^\\]]*\\]\\]");
    const std::regex spoken("(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"");
    for (const auto& one : shipped_files()) {
        if (!one.name.ends_with(".html")) continue;
        const std::string text(one.content);
        for (auto at = std::sregex_iterator(text.begin(), text.end(), spoken); at != std::sregex_iterator(); ++at)
            EXPECT_TRUE((*at)[1].str().starts_with("[[") || (*at)[1].str().starts_with("{{")) << one.name;
        const auto bare = std::regex_replace(text, tags, "");
        const auto is_letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
        };
        const auto word = std::ranges::find_if(bare, is_letter);
        const auto rest = std::string(word, bare.end());
        EXPECT_TRUE(std::regex_replace(rest, std::regex("\u00b7"), "").find_first_not_of(" \n.,:") == std::string::npos)
            << one.name << ": " << rest.substr(0, 60);
    }
}

TEST(portal_words, nothing_is_filled_in_unescaped_but_the_certificate_that_is_escaped_already) {
    const auto pages = page_set::make(*text::shipped());
    ASSERT_TRUE(pages);
    for (const auto& name : pages->pages())
        for (const auto* tag : {"en", "zh-CN"}) {
            auto source = std::string(pages->source(tag, name));
            if (const auto at = source.find("{{{certificate}}}"); name == "certificate") source.erase(at, 17);
            EXPECT_FALSE(holds(source, "{{{")) << name;
            EXPECT_FALSE(holds(source, "{{&")) << name;
        }
}

// ------------------------------------------------------------------------------------------------ around every page

TEST(portal_pages, hold_no_script_and_load_nothing_from_elsewhere) {
    for (const auto& one : shipped_files()) {
        const std::string text(one.content);
        for (const auto* part : {"<script", " style=", "http://", "https://", "javascript:", " on"})
            EXPECT_FALSE(std::string(part) == " on" ? std::regex_search(text, std::regex(" on[a-z]+="))
                                                    : holds(text, part))
                << one.name << " holds " << part;
    }
}

TEST(portal_pages, are_kept_nowhere_and_shown_in_no_frame) {
    fake_portal of;
    of.import_line();
    for (const auto* target : {"/", "/line", "/nothing"}) {
        const auto page = of.get(target);
        EXPECT_EQ(page.caching, "no-store") << target;
        EXPECT_TRUE(holds(std::string(page.content_policy), "frame-ancestors 'none'")) << target;
        EXPECT_TRUE(holds(std::string(page.content_policy), "require-trusted-types-for 'script'")) << target;
        EXPECT_FALSE(holds(std::string(page.content_policy), "unsafe")) << target;
        EXPECT_EQ(header_of(page, "Cross-Origin-Opener-Policy"), "same-origin") << target;
    }
    EXPECT_EQ(of.get("/nothing").status, 404);
    EXPECT_EQ(of.get("/lost/x").status, 404);
    EXPECT_EQ(of.ask(of.post_of("/line", {})).status, 405);
}

TEST(portal_pages, load_style_sheets_that_a_browser_keeps_for_ever) {
    fake_portal of;
    const auto& path = asset_path("portal/portal.css");
    EXPECT_TRUE(path.starts_with("/assets/portal-"));
    EXPECT_TRUE(holds(of.get("/nothing").body, "href=\"" + path + "\""));
    const auto sheet = of.get(path);
    EXPECT_EQ(sheet.status, 200);
    EXPECT_TRUE(holds(std::string(sheet.caching), "immutable"));
    auto again = of.request_of(http::verb::get, path);
    again.if_none_match = header_of(sheet, "ETag");
    EXPECT_EQ(of.ask(again).status, 304);
    EXPECT_EQ(of.get("/assets/portal-000000000000.css").status, 404);
}

TEST(portal_pages, speak_the_language_of_the_address_then_of_the_cookie_then_of_the_browser) {
    fake_portal of;
    of.session.clear();
    EXPECT_TRUE(holds(of.get("/").body, "<html lang=\"en\">"));
    of.language = "zh-Hans,en;q=0.5";
    EXPECT_TRUE(holds(of.get("/").body, "<html lang=\"zh-CN\">"));
    of.more_cookies = "__Host-keepline-lang=en";
    EXPECT_TRUE(holds(of.get("/").body, "<html lang=\"en\">"));
    const auto chosen = of.get("/?lang=zh-CN");
    EXPECT_TRUE(holds(chosen.body, "<html lang=\"zh-CN\">"));
    EXPECT_TRUE(holds(header_of(chosen, "Set-Cookie"), "keepline-lang=zh-CN"));
    EXPECT_TRUE(holds(of.get("/?lang=tlh").body, "<html lang=\"en\">"));
}

// ------------------------------------------------------------------------------------------------ who is let in

TEST(portal_session, is_a_customers_and_nobody_elses) {
    fake_portal of;
    of.import_line();
    EXPECT_EQ(of.get("/line").status, 200);
    for (const auto* token : {"admin", "agent", "system", "nonsense", ""}) {
        of.session = token;
        const auto away = of.get("/line");
        EXPECT_EQ(away.status, 303) << token;
        EXPECT_EQ(header_of(away, "Location"), "/?ended=1") << token;
    }
}

TEST(portal_session, is_not_forgotten_where_it_cannot_be_looked_up) {
    fake_portal of;
    of.tokens.trouble = base::error{base::code::unavailable, "The disk is away.", {}};
    const auto page = of.get("/line");
    EXPECT_EQ(page.status, 503);
    EXPECT_EQ(header_of(page, "Set-Cookie"), "");
    of.tokens.trouble.reset();
    of.import_line();
    EXPECT_EQ(of.get("/line").status, 200);
}

TEST(portal_session, cookie_is_for_this_host_alone_and_for_no_script) {
    fake_portal of;
    of.session.clear();
    const auto cookie = header_of(of.get("/"), "Set-Cookie");
    EXPECT_TRUE(cookie.starts_with("__Host-keepline-visit="));
    EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    fake_portal plain("http://localhost:8090");
    plain.session.clear();
    const auto there = header_of(plain.get("/"), "Set-Cookie");
    EXPECT_TRUE(there.starts_with("keepline-visit="));
    EXPECT_FALSE(holds(there, "Secure"));
}

TEST(portal_session, knows_an_origin) {
    for (const auto* good :
         {"https://my.operator.example", "https://a:8443", "http://localhost:8090", "http://127.0.0.1"})
        EXPECT_TRUE(is_origin(good)) << good;
    for (const auto* bad : {"", "http://my.operator.example", "https://", "https://a/", "https://a:", "https://a:x",
                            "https://A", "ftp://a", "https://a@b", "http://localhost.evil.example"})
        EXPECT_FALSE(is_origin(bad)) << bad;
}

TEST(portal_forms, of_another_site_or_of_another_session_are_refused) {
    fake_portal of;
    const auto line = of.import_line();
    const auto page = of.get("/lost?line=" + line).body;
    const form_values good{{"form", of.hidden(page, "form")}, {"once", "1"}, {"line", line}, {"device", ""}};
    const auto refused = [&](const auto& change) {
        auto in = of.post_of("/lost", good);
        change(in);
        return of.ask(in).status;
    };
    EXPECT_EQ(refused([](auto& in) { in.origin = "https://evil.example"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.fetch_site = "cross-site"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.fetch_site = "same-site"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.fetch_site.clear(), in.origin.clear(); }), 403);
    EXPECT_EQ(refused([](auto& in) { in.fetch_site.clear(), in.origin = "null"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.content_type = "text/plain"; }), 400);
    EXPECT_EQ(refused([](auto& in) { in.body = "form=&line=x"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.cookie = "__Host-keepline=stranger"; }), 403);
    EXPECT_EQ(refused([](auto& in) { in.origin = "null"; }), 303);  // a browser that says where it comes from otherwise
}

TEST(portal_forms, of_somebody_else_find_nothing) {
    fake_portal of;
    const auto line = of.import_line();
    const auto begun = of.send("/close?line=" + line, "/close", {{"reason", "not_needed"}});
    ASSERT_EQ(begun.status, 303) << begun.body;
    const auto at_case = header_of(begun, "Location");
    of.session = "stranger";
    for (const auto& one : routes()) {
        if (one.whom != visitors::signed_in || one.how != http::verb::get) continue;
        auto path = std::string(one.path);
        const auto hole = path.find("{}");
        if (hole != std::string::npos) path.replace(hole, 2, at_case.substr(std::string_view("/case/").size()));
        const auto told = of.get(hole == std::string::npos ? path + "?line=" + line : path);
        EXPECT_EQ(told.status, 404) << path;
        EXPECT_FALSE(holds(told.body, "13800138000")) << path;
    }
    const auto form = of.get("/").status == 303 ? of.hidden(of.get("/nothing").body, "form") : std::string();
    ASSERT_FALSE(form.empty());
    for (const auto& one : routes()) {
        if (one.whom != visitors::signed_in || one.how != http::verb::post || one.path == "/sign-out") continue;
        auto path = std::string(one.path);
        if (const auto hole = path.find("{}"); hole != std::string::npos)
            path.replace(hole, 2, at_case.substr(std::string_view("/case/").size()));
        const form_values values{{"form", form},        {"line", line},       {"reason", "other"},
                                 {"quote", "1"},        {"code", "12345678"}, {"saved", "x"},
                                 {"choice", "decline"}, {"contact", "line"},  {"information", "x"}};
        EXPECT_EQ(of.ask(of.post_of(path, values)).status, 404) << path;
    }
}

// ------------------------------------------------------------------------------------------------ a closure by forms

TEST(portal_closure, is_walked_by_forms_alone) {
    fake_portal of;
    const auto line = of.import_line();
    const auto first = of.get("/line");
    EXPECT_TRUE(holds(first.body, "+8613800138000"));
    EXPECT_TRUE(holds(first.body, "Our &lt;Operator&gt;"));
    const auto means = of.get("/close?line=" + line).body;
    EXPECT_FALSE(holds(means, "<script"));
    EXPECT_TRUE(holds(means, "&lt;script&gt;alert(1)"));
    EXPECT_EQ(of.send("/close?line=" + line, "/close").status, 422) << "a reason is wanted";

    const auto begun = of.send("/close?line=" + line, "/close", {{"reason", "not_needed"}});
    ASSERT_EQ(begun.status, 303) << begun.body;
    const auto at_case = header_of(begun, "Location");
    EXPECT_EQ(header_of(of.get("/close?line=" + line), "Location"), at_case) << "a line has one case";
    EXPECT_TRUE(holds(of.get(at_case).body, "/quote\""));

    const auto early = of.send(at_case + "/check", at_case + "/submission");
    EXPECT_EQ(early.status, 422);
    EXPECT_TRUE(holds(early.body, "role=\"alert\""));

    EXPECT_EQ(of.send(at_case + "/quote", at_case + "/quote").status, 303);
    EXPECT_EQ(of.send(at_case + "/backup", at_case + "/backup").status, 422);
    EXPECT_EQ(of.send(at_case + "/backup", at_case + "/backup", {{"choice", "decline"}}).status, 303);
    const auto sent = of.send(at_case + "/proof", at_case + "/codes", {{"contact", "line"}});
    ASSERT_EQ(sent.status, 303) << sent.body;
    EXPECT_EQ(of.send(at_case + "/proof", at_case + "/proof", {{"code", "00000000"}}).status, 422);
    const auto view = of.core.read({port::stream_kind::number, "+8613800138000"});
    ASSERT_TRUE(view);
    const auto& now = *(*view)->number().current;
    const auto code = of.secrets.otp_code(port::otp_scope(line, now.number), now.otp.last->nonce);
    const auto typed = code.substr(0, 4) + " " + code.substr(4);
    const auto proved = of.send(at_case + "/proof", at_case + "/proof", {{"code", typed}});
    EXPECT_EQ(proved.status, 303) << proved.body;
    const auto submitted = of.send(at_case + "/check", at_case + "/submission");
    EXPECT_EQ(submitted.status, 303) << submitted.body;
    const auto status = of.get(at_case).body;
    EXPECT_TRUE(holds(status, "class=\"tasks\"")) << status;
    EXPECT_TRUE(holds(of.get(at_case + "?lang=zh-CN").body, "注销进度"));
    EXPECT_EQ(of.send(at_case + "/stop", at_case + "/withdrawal").status, 303);
    EXPECT_TRUE(holds(of.get(at_case).body, "Withdrawn"));
    EXPECT_EQ(of.get(at_case + "/certificate").status, 404);
}

TEST(portal_closure, a_lost_phone_is_locked_at_once) {
    fake_portal of;
    const auto line = of.import_line();
    const auto done = of.send("/lost?line=" + line, "/lost", {{"device", "89860012345678901238"}});
    EXPECT_EQ(header_of(done, "Location"), "/locked");
    EXPECT_TRUE(holds(of.get("/locked").body, "The line is locked"));
    EXPECT_TRUE(holds(of.get("/line").body, "was reported lost"));
    EXPECT_EQ(of.send("/lost?line=" + line, "/lost", {{"device", "<b>"}}).status, 422);
}

// ------------------------------------------------------------------------------------------------ forms

TEST(forms, are_read_as_browsers_send_them) {
    const auto read = form::parse("a=1+2&b=%E6%88%91%26&a=3&c&=d");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->value("a"), "1 2");
    EXPECT_EQ(read->value("b"), "我&");
    EXPECT_EQ(read->all("a"), (std::vector<std::string>{"1 2", "3"}));
    EXPECT_EQ(read->value("missing"), "");
    for (const auto* bad : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%FF", "%ff=1", "a=%1b"})
        EXPECT_FALSE(form::parse(bad)) << bad;
    std::string many;
    for (std::size_t i = 0; i <= form::fields_max; ++i) many += "a=1&";
    EXPECT_FALSE(form::parse(many));
    EXPECT_EQ(form_encoded("a b/我"), "a%20b%2F%E6%88%91");
}

TEST(cookies, are_found_by_name_and_never_of_two) {
    EXPECT_EQ(cookie_named("a=1; b=2", "b"), "2");
    EXPECT_EQ(cookie_named("ab=1;b=2", "b"), "2");
    EXPECT_EQ(cookie_named("b=", "b"), "");
    EXPECT_EQ(cookie_named("b=1; b=2", "b"), "");
    EXPECT_EQ(cookie_named("", "b"), "");
}

}  // namespace
}  // namespace keepline::portal
