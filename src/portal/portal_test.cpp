// Pages over a faked desk: what every page has around it, whose forms are taken, and a closure walked by forms alone.
#include "portal/portal.hpp"

#include "base/json.hpp"
#include "desk/coming_dates.hpp"
#include "desk/fake_ground.hpp"
#include "domain/number/certificate.hpp"
#include "http/fake_exchange.hpp"
#include "portal/assets.hpp"
#include "portal/cookies.hpp"
#include "portal/routes.hpp"
#include "portal/wanted_page.hpp"
#include "web/shipped.hpp"

#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <regex>

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
    explicit fake_portal(std::string origin = "https://my.operator.example", live_limits live = {})
        : at(stood_on()),
          door(std::move(*portal::make(
              at,
              {.origin = std::move(origin), .operator_name = "Our <Operator>", .hotline = "10099", .live = live}))) {
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

/// A page but for the one script that the program brings.
std::string without_own_script(std::string page) {
    const auto own = "<script type=\"module\" src=\"" + std::string(asset_path("portal/portal.js")) + "\"></script>";
    if (const auto at = page.find(own); at != std::string::npos) page.erase(at, own.size());
    return page;
}

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
    expect_names<domain::passkey_place>("passkey_place");
    expect_names<domain::sign_in_way>("sign_in_way");
    expect_names<domain::booking_kind>("booking");
    expect_names<domain::role>("actor");
    expect_names<domain::channel>("channel");
    expect_names<domain::medium>("medium");
    expect_names<domain::certificate_part>("certificate_part");
    expect_names<domain::dispute_state>("dispute_state");
    expect_names<domain::representative_kind>("representative_kind");
    expect_names<domain::representation_state>("representation_state");
    expect_names<domain::document_purpose>("document_purpose");
    expect_names<domain::document_media>("document_media");
    expect_names<desk::disclosure_stage>("disclosure_stage");
    expect_names<desk::coming>("coming");
    expect_names<desk::coming>("coming_means");
    expect_names<domain::bound_account>("bound_account");
    expect_names<domain::bound_account>("bound_account_how");
    expect_names<domain::account_answer>("account_answer");
    expect_names<domain::check_failure>("check_why");
}

TEST(portal_words, no_template_holds_a_word_of_its_own) {
    const std::regex tags("<[^>]*>|\\{\\{[^}]*\\}\\}|\\[\\[[^\\]]*\\]\\]");
    const std::regex spoken("(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"");
    for (const auto& one : web::shipped_files()) {
        if (!one.name.ends_with(".html") || one.name.starts_with("console/")) continue;
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
            if (const auto at = source.find("{{{certificate}}}"); name == "certificate" || name == "verify")
                source.erase(at, 17);
            EXPECT_FALSE(holds(source, "{{{")) << name;
            EXPECT_FALSE(holds(source, "{{&")) << name;
        }
}

// ------------------------------------------------------------------------------------------------ around every page

TEST(portal_pages, hold_no_script_but_the_one_and_load_nothing_from_elsewhere) {
    for (const auto& one : web::shipped_files()) {
        if (one.name.starts_with("console/")) continue;  // src/console says what that one may load
        if (!one.name.ends_with(".html") && !one.name.ends_with(".css")) continue;
        std::string text(one.content);
        constexpr std::string_view own = "<script type=\"module\" src=\"{{script}}\"></script>";
        if (const auto at = text.find(own); one.name == "portal/layout.html") text.erase(at, own.size());
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

// Fails when a portal behind a proxy that ends TLS leaves browsers to plain HTTP.
TEST(portal_pages, say_over_https_that_this_name_is_asked_over_tls_only) {
    fake_portal secure;
    EXPECT_TRUE(secure.get("/").only_over_tls);
    EXPECT_TRUE(secure.get(std::string(asset_path("portal/portal.css"))).only_over_tls);
    fake_portal plain("http://localhost:8090");
    EXPECT_FALSE(plain.get("/").only_over_tls);
}

TEST(portal_pages, load_style_sheets_that_a_browser_keeps_for_ever) {
    fake_portal of;
    const std::string path(asset_path("portal/portal.css"));
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
        if (path.starts_with("/prove/")) continue;  // of a code that they asked for themselves, or nobody's
        const auto hole = path.find("{}");
        if (hole != std::string::npos) path.replace(hole, 2, at_case.substr(std::string_view("/case/").size()));
        const auto told = of.get(hole == std::string::npos ? path + "?line=" + line : path);
        EXPECT_EQ(told.status, 404) << path;
        EXPECT_FALSE(holds(told.body, "13800138000")) << path;
    }
    const auto form = of.get("/").status == 303 ? of.hidden(of.get("/nothing").body, "form") : std::string();
    ASSERT_FALSE(form.empty());
    for (const auto& one : routes()) {
        if (one.whom != visitors::signed_in || one.how != http::verb::post || one.path.starts_with("/sign-out"))
            continue;
        auto path = std::string(one.path);
        if (path.starts_with("/prove/")) continue;
        if (const auto hole = path.find("{}"); hole != std::string::npos)
            path.replace(hole, 2, at_case.substr(std::string_view("/case/").size()));
        const form_values values{{"form", form},        {"line", line},       {"reason", "other"},
                                 {"quote", "1"},        {"code", "12345678"}, {"saved", "x"},
                                 {"choice", "decline"}, {"contact", "line"},  {"information", "x"}};
        EXPECT_EQ(of.ask(of.post_of(path, values)).status, 404) << path;
    }
}

// ------------------------------------------------------------------------------------------------ back to a page

TEST(portal_wanted, is_a_page_of_ours_and_nothing_else) {
    EXPECT_EQ(place_of("/money", ""), "/money");
    EXPECT_EQ(place_of("/money", "ln_1a"), "/money?line=ln_1a");
    EXPECT_EQ(place_of("/case/ln_1a-c1/check", ""), "/case/ln_1a-c1/check");
    for (const auto* path : {"",
                             "/",
                             "//evil.example",
                             "//evil.example/line",
                             "/\\evil.example",
                             "https://evil.example/line",
                             "line",
                             "javascript:alert(1)",
                             "/line/../..",
                             "/line\r\nSet-Cookie: x=y",
                             "/line?line=x",
                             "/line#x",
                             "/case/../line",
                             "/case//evil",
                             "/case/%2f%2fevil",
                             "/case/a.b",
                             "/@evil.example",
                             "/\t/evil.example",
                             "/nothing",
                             "/sign-out",
                             "/sign-in/x",
                             "/prove/x",
                             "/documents/x",
                             "/dates.ics",
                             "/devices/x/code.svg",
                             "/case/x/part",
                             "/case/x/live",
                             "/case/x/backup.zip",
                             "/case/x/certificate.pdf",
                             "/verify",
                             "/locked"})
        EXPECT_EQ(place_of(path, ""), std::nullopt) << path;
    for (const auto* line : {"x&y=z", "x\r\n", "//evil.example", "x#y", "\u6c49", "x y", "%0a", "a.b"})
        EXPECT_EQ(place_of("/line", line), std::nullopt) << line;
    EXPECT_EQ(place_of("/line", std::string(65, 'a')), std::nullopt);
}

std::string cookie_set(const http::response& told, std::string_view name) {
    std::string out;
    for (const auto& one : told.headers)
        if (one.name == "Set-Cookie" && one.value.starts_with(name))
            out = one.value.substr(name.size() + 1, one.value.find(';') - name.size() - 1);
    return out;
}

TEST(portal_wanted, is_kept_by_the_browser_that_asked_for_it_sealed_to_it) {
    fake_portal of;
    const auto line = of.import_line();
    of.session.clear();
    constexpr std::string_view named = "__Host-keepline-wanted";
    const auto away = of.get("/money?line=" + line + "&to=//evil.example");
    EXPECT_EQ(header_of(away, "Location"), "/?ended=1") << "no address names it";
    const auto kept = cookie_set(away, named);
    EXPECT_TRUE(kept.starts_with("/money." + line + ".")) << kept;
    EXPECT_NE(cookie_set(of.get("/money?line=" + line), named), kept) << "another browser has another seal";
    EXPECT_EQ(cookie_set(of.get("/case/x/live"), named), "");
    EXPECT_EQ(cookie_set(of.get("/nothing"), named), "");
    EXPECT_EQ(cookie_set(of.get("/money?line=a.b"), named), "");
}

// ------------------------------------------------------------------------------------------------ a closure by forms

TEST(portal_closure, is_walked_by_forms_alone) {
    fake_portal of;
    const auto line = of.import_line();
    const auto first = of.get("/line");
    EXPECT_TRUE(holds(first.body, "+86 138 0013 8000"));
    EXPECT_TRUE(holds(first.body, "Our &lt;Operator&gt;"));
    const auto means = of.get("/close?line=" + line).body;
    EXPECT_FALSE(holds(without_own_script(means), "<script"));
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

// ------------------------------------------------------------------------------------------------ a line, by forms

TEST(portal_line, is_protected_by_its_owners_lock_and_by_codes_that_are_shown_once) {
    fake_portal of;
    const auto line = of.import_line();
    EXPECT_EQ(of.send("/lock?line=" + line, "/lock").status, 422) << "neither on nor off";
    EXPECT_EQ(of.send("/lock?line=" + line, "/lock", {{"lock", "on"}}).status, 303);
    EXPECT_TRUE(holds(of.get("/lock?line=" + line).body, "comes off after 72 hours"));
    EXPECT_EQ(of.send("/lock?line=" + line, "/lock", {{"lock", "now"}}).status, 422) << "a saved code is wanted";
    const auto made = of.send("/codes?line=" + line, "/codes");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.caching, "no-store");
    const std::regex code("<li class=\"code\">[a-z0-9-]+</li>");
    EXPECT_EQ(std::distance(std::sregex_iterator(made.body.begin(), made.body.end(), code), {}), 8) << made.body;
    EXPECT_TRUE(holds(of.get("/codes?line=" + line).body, "You have 8 left"));
    EXPECT_EQ(of.send("/lock?line=" + line, "/lock", {{"lock", "now"}, {"saved", "aaaa-bbbb-cccc-dddd"}}).status, 422);
    EXPECT_EQ(of.send("/lock?line=" + line, "/lock", {{"lock", "off"}}).status, 303);
    EXPECT_TRUE(holds(of.get("/lock?line=" + line).body, "comes off on"));
}

TEST(portal_line, shows_where_its_owner_is_reached_masked) {
    fake_portal of;
    of.import_line();
    const auto first = of.get("/contacts");
    EXPECT_TRUE(holds(first.body, "w***@example.org")) << first.body;
    EXPECT_FALSE(holds(first.body, "wang@example.org"));
    EXPECT_EQ(of.send("/contacts", "/contacts", {{"by", "sms"}, {"address", "12"}}).status, 422);
    const auto added = of.send("/contacts", "/contacts", {{"by", "sms"}, {"address", "0086 139-0013 9001"}});
    ASSERT_EQ(added.status, 303) << added.body;
    const auto at = header_of(added, "Location");
    EXPECT_TRUE(at.starts_with("/contacts/c")) << at;
    EXPECT_TRUE(holds(of.get(at).body, "***9001"));
    const auto account = of.get("/account").body;
    EXPECT_TRUE(holds(account, "***0006"));
    EXPECT_FALSE(holds(account, "6222020200000000006"));
    EXPECT_EQ(of.send("/account", "/account", {{"iban", "DE00"}, {"holder", "Wang"}}).status, 422);
}

TEST(portal_line, that_is_its_owners_is_not_taken_back) {
    fake_portal of;
    const auto page = "/take-back?line=" + of.import_line();
    const auto first = of.get(page).body;
    EXPECT_TRUE(holds(first, "The number is yours")) << first;
    EXPECT_FALSE(holds(first, "action=\"/take-back")) << first;
    EXPECT_FALSE(holds(of.get("/line").body, "/take-back"));
    EXPECT_EQ(of.send("/lock", "/take-back").status, 303) << "the desk says that it is there";
    EXPECT_EQ(of.send("/lock", "/take-back/saved-code", {{"saved", "aaaa-bbbb"}}).status, 404) << "there is no case";
}

TEST(portal_line, is_written_to_in_the_language_that_its_owner_chooses) {
    fake_portal of;
    of.import_line();
    EXPECT_TRUE(holds(of.get("/contacts").body, "e-mails are in English"));
    for (const auto* none : {"", "de", "zh-CN\r\nX: y", "<b>"}) {
        const auto told = of.send("/contacts", "/language", {{"language", none}});
        EXPECT_EQ(told.status, 422) << none;
        EXPECT_TRUE(holds(told.body, "id=\"language-wrong\"")) << none;
    }
    const auto chosen = of.send("/contacts", "/language", {{"language", "zh-CN"}});
    ASSERT_EQ(chosen.status, 303) << chosen.body;
    const auto page = of.get(header_of(chosen, "Location")).body;
    EXPECT_TRUE(holds(page, "From now on our messages and e-mails are in 简体中文")) << page;
    EXPECT_TRUE(std::regex_search(page, std::regex("value=\"zh-CN\" checked"))) << page;
    EXPECT_TRUE(holds(page, "w***@example.org")) << "the contact points are as they were";
}

TEST(portal_line, has_pages_for_all_that_belongs_to_it) {
    fake_portal of;
    const auto line = of.import_line();
    for (const auto* page : {"/money", "/activity", "/dates", "/devices", "/documents", "/disclosures",
                             "/representatives", "/found", "/codes", "/lock", "/devices/89860012345678901238"})
        for (const auto* language : {"en", "zh-CN"}) {
            const auto told = of.get(std::string(page) + "?line=" + line + "&lang=" + language);
            EXPECT_EQ(told.status, 200) << page << told.body;
            EXPECT_FALSE(holds(told.body, "[[")) << page;
            EXPECT_FALSE(holds(told.body, "{{")) << page;
        }
    EXPECT_EQ(of.get("/devices/89860012345678901246?line=" + line).status, 404);
    const auto dates = of.get("/dates.ics?line=" + line);
    EXPECT_TRUE(holds(dates.body, "BEGIN:VEVENT"));
    EXPECT_FALSE(holds(dates.body, "13800138000"));
}

TEST(portal_line, gives_calendars_an_address_that_opens_dates_and_no_more) {
    fake_portal of;
    const auto line = of.import_line();
    const auto page = "/dates?line=" + line;
    const auto address = [&] {
        static const std::regex pattern("(/calendar/[^<?]+\\.ics)\\?lang=");
        std::smatch found;
        const auto body = of.get(page).body;
        return std::regex_search(body, found, pattern) ? found[1].str() : std::string();
    };
    EXPECT_EQ(address(), "");
    EXPECT_EQ(of.send(page, "/dates/address", {{"wanted", "yes"}}).status, 303);
    const auto first = address();
    ASSERT_NE(first, "");
    const auto by_a_program = [&](const std::string& from) {
        const auto session = std::exchange(of.session, "");
        auto told = of.get(from);
        of.session = session;
        return told;
    };
    const auto fetched = [&](const std::string& from) { return by_a_program(from).status; };
    const auto dates = by_a_program(first);
    EXPECT_EQ(dates.status, 200);
    EXPECT_TRUE(holds(dates.body, "BEGIN:VEVENT"));
    EXPECT_FALSE(holds(dates.body, "13800138000"));
    for (const auto& wrong : {first + "x", first.substr(0, first.size() - 5) + "0.ics", std::string("/calendar/.ics"),
                              "/calendar/" + line + "-.ics", "/calendar/" + line + "-" + std::string(40, '0') + ".ics"})
        EXPECT_EQ(fetched(wrong), 404) << wrong;
    EXPECT_EQ(of.send(page, "/dates/address", {{"wanted", "no"}}).status, 303);
    EXPECT_EQ(address(), "");
    EXPECT_EQ(fetched(first), 404);
}

// ------------------------------------------------------------------------------------------------ what changes

/// Short, so that a stream's whole text can be waited for.
live_limits short_streams() {
    live_limits out;
    out.look = std::chrono::milliseconds{10};
    out.beat = std::chrono::milliseconds{60};
    out.life = std::chrono::milliseconds{1500};
    return out;
}

/// A portal with a case that was begun, and streams of it.
struct portal_with_case : fake_portal {
    explicit portal_with_case(live_limits how = short_streams()) : fake_portal("https://my.operator.example", how) {
        line = import_line();
        at_case = header_of(send("/close?line=" + line, "/close", {{"reason", "not_needed"}}), "Location");
        std::smatch found;
        const auto page = get(at_case).body;
        static const std::regex pattern("<live-part data-at=\"([^\"]*)\" data-version=\"([0-9]+)\"");
        if (std::regex_search(page, found, pattern)) version = found[2].str();
    }
    /// All that a stream says until it ends.
    std::future<http::response> follow(std::string seen) {
        auto in = request_of(http::verb::get, at_case + "/live?seen=" + seen);
        in.fetch_site = "same-origin";
        return std::async(std::launch::async, [this, in] { return http::fake_exchange::ask(*door, in); });
    }
    void wait_for_streams(std::size_t wanted) const {
        for (int i = 0; i < 500 && door->shared().live->count() != wanted; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }

    std::string line;
    std::string at_case;
    std::string version;
};

TEST(portal_live, a_part_is_what_stands_in_its_page_and_nothing_where_it_is_known) {
    portal_with_case of;
    ASSERT_FALSE(of.version.empty());
    const auto part = of.get(of.at_case + "/part");
    EXPECT_EQ(part.status, 200);
    EXPECT_EQ(header_of(part, "Part-Version"), of.version);
    EXPECT_FALSE(holds(part.body, "<html") || holds(part.body, "<live-part"));
    EXPECT_TRUE(part.body.starts_with("<h1>"));
    EXPECT_EQ(of.get(of.at_case + "/part?seen=" + of.version).status, 204);
    EXPECT_EQ(of.get(of.at_case + "/part?seen=x").status, 200);
}

TEST(portal_live, a_stream_brings_the_part_when_the_case_has_changed) {
    portal_with_case of;
    auto stream = of.follow(of.version);
    of.wait_for_streams(1);
    EXPECT_EQ(of.send(of.at_case + "/quote", of.at_case + "/quote").status, 303);
    const auto told = stream.get();
    EXPECT_EQ(told.type, "text/event-stream");
    const auto first = told.body.find("event: part");
    ASSERT_NE(first, std::string::npos) << told.body;
    EXPECT_EQ(told.body.find("event: part", first + 1), std::string::npos) << "it changed once";
    EXPECT_TRUE(holds(told.body, "<li class=\\\"done\\\">")) << told.body;
    EXPECT_TRUE(holds(told.body, "event: beat"));
    EXPECT_TRUE(told.body.ends_with("event: over\ndata: renew\n\n")) << told.body;
}

TEST(portal_live, a_stream_begins_with_what_changed_before_it) {
    portal_with_case of;
    EXPECT_TRUE(holds(of.follow("0").get().body, "event: part"));
}

TEST(portal_live, a_session_has_one_stream) {
    portal_with_case of;
    auto first = of.follow(of.version);
    of.wait_for_streams(1);
    auto second = of.follow(of.version);
    EXPECT_TRUE(first.get().body.ends_with("event: over\ndata: elsewhere\n\n"));
    EXPECT_TRUE(second.get().body.ends_with("event: over\ndata: renew\n\n"));
}

TEST(portal_live, a_stream_ends_with_its_session) {
    auto how = short_streams();
    how.life = base::minutes{1};
    portal_with_case of(how);
    auto stream = of.follow(of.version);
    of.wait_for_streams(1);
    ASSERT_TRUE(of.tokens.revoke(true, "sub-1", of.clock.now()));
    of.clock.advance(desk::doorkeeper::remembered_for + base::seconds{1});
    EXPECT_TRUE(stream.get().body.ends_with("event: over\ndata: ended\n\n"));
    of.wait_for_streams(0);
    EXPECT_EQ(of.door->shared().live->count(), 0U);
}

TEST(portal_live, there_are_so_many_and_none_after_the_end) {
    auto how = short_streams();
    how.streams_max = 0;
    portal_with_case of(how);
    EXPECT_EQ(of.follow(of.version).get().status, 503);
    of.door->end_streams();
    EXPECT_EQ(of.follow(of.version).get().status, 503);
}

// Fails when one address has all the streams there are.
TEST(portal_live, one_address_has_so_many) {
    auto how = short_streams();
    how.streams_max_per_address = 1;
    portal_with_case of(how);
    auto first = of.follow(of.version);
    of.wait_for_streams(1);
    of.give_token("customer-too", domain::role::subscriber, "sub-1");
    of.session = "customer-too";
    EXPECT_EQ(of.follow(of.version).get().status, 503);
    auto elsewhere = of.request_of(http::verb::get, of.at_case + "/live?seen=" + of.version);
    elsewhere.fetch_site = "same-origin";
    elsewhere.peer = "192.0.2.7";
    EXPECT_EQ(of.ask(elsewhere).status, 200);
    EXPECT_EQ(first.get().status, 200);
}

TEST(portal_live, another_site_gets_no_stream) {
    portal_with_case of;
    auto in = of.request_of(http::verb::get, of.at_case + "/live");
    in.fetch_site = "cross-site";
    EXPECT_EQ(of.ask(in).status, 403);
}

// ------------------------------------------------------------------------------------------------ what pages load

TEST(portal_assets, come_pressed_to_whoever_takes_that) {
    fake_portal of;
    auto in = of.request_of(http::verb::get, std::string(asset_path("portal/portal.css")));
    const auto plain = of.ask(in);
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(header_of(plain, "Vary"), "Accept-Encoding");
    EXPECT_EQ(header_of(plain, "Content-Encoding"), "");
    in.accept_encoding = "gzip, deflate, br";
    const auto pressed = of.ask(in);
    if (header_of(pressed, "Content-Encoding").empty()) GTEST_SKIP() << "built without Node";
    EXPECT_EQ(header_of(pressed, "Content-Encoding"), "br");
    EXPECT_LT(pressed.body.size() * 2, plain.body.size());
    EXPECT_NE(header_of(pressed, "ETag"), header_of(plain, "ETag"));
    in.if_none_match = header_of(pressed, "ETag");
    EXPECT_EQ(of.ask(in).status, 304);
    in.accept_encoding = "gzip";
    EXPECT_EQ(header_of(of.ask(in), "Content-Encoding"), "gzip") << "another form of it is another one";
}

// ------------------------------------------------------------------------------------------------ certificates

/// A certificate as one is signed, but by nobody.
std::string certificate_of(std::string_view number) {
    domain::certificate_claims claims;
    claims.number = base::msisdn::trusted(std::string(number));
    claims.submitted_at = claims.approved_at = claims.closed_at = {1'795'305'600'000};
    claims.quarantine_until = claims.not_reassigned_before = {20'900};
    claims.policy = "cn";
    claims.money.still_owed_to_customer.currency = "CNY";
    const auto part = [](std::string_view text) { return base::base64url(base::view(text)); };
    return part(R"({"alg":"EdDSA","kid":"k","typ":"keepline-closing+jwt"})") + "." +
           part(base::to_json(claims, base::form::api)) + "." + std::string(86, 'A');
}

struct portal_that_verifies : fake_portal {
    portal_that_verifies() {
        door = std::move(*portal::make(at, {"https://my.operator.example", "Our <Operator>", "10099", {}},
                                       [this](std::string_view jws) -> base::result<std::string> {
                                           checked = jws;
                                           if (!good) return base::refuse(base::code::certificate_invalid, "");
                                           return std::string("the-key");
                                       }));
        session.clear();
        more_cookies = "__Host-keepline-visit=me";
    }
    http::response check(std::string jws) { return send("/verify", "/verify", {{"jws", std::move(jws)}}); }
    bool good = true;
    std::string checked;
};

TEST(portal_certificates, are_verified_for_whoever_has_one) {
    portal_that_verifies of;
    EXPECT_EQ(of.get("/verify").status, 200);
    const auto jws = certificate_of("+8613800138000");
    const auto broken = jws.substr(0, 50) + "\r\n  " + jws.substr(50);
    const auto good = of.check(broken);
    EXPECT_EQ(of.checked, jws) << "line ends of a mail are no part of it";
    EXPECT_EQ(good.status, 200);
    EXPECT_TRUE(holds(good.body, "We signed this"));
    EXPECT_TRUE(holds(good.body, "the-key"));
    EXPECT_TRUE(holds(good.body, "+86 138 0013 8000"));
    EXPECT_TRUE(holds(good.body, "<browser-verdict hidden data-jws=\"" + jws));
    of.good = false;
    const auto bad = of.check(jws);
    EXPECT_TRUE(holds(bad.body, "We did not sign this"));
    EXPECT_FALSE(holds(bad.body, "138 0013 8000")) << "what is not signed is not shown";
}

TEST(portal_certificates, that_are_none_are_not_even_looked_at) {
    portal_that_verifies of;
    for (const auto* bad : {"x", "a.b", "a.b.c.d", "a.b.<script>", "\xe6\x88\x91.b.c", "a.b.c%"}) {
        const auto page = of.check(bad);
        EXPECT_EQ(page.status, 200) << bad;
        EXPECT_TRUE(holds(page.body, "We did not sign this")) << bad;
        EXPECT_FALSE(holds(page.body, "browser-verdict")) << bad;
    }
    EXPECT_EQ(of.checked, "");
    EXPECT_EQ(of.check("").status, 422);
    EXPECT_EQ(of.check(std::string(70'000, 'a')).status, 422);
    auto in = of.post_of("/verify", {});
    in.body.assign(200'000, 'a');
    EXPECT_EQ(of.ask(in).status, 413);
}

TEST(portal_certificates, keys_are_for_everybody) {
    portal_that_verifies of;
    const auto keys = of.get("/verify/keys.json");
    EXPECT_EQ(keys.type, "application/jwk-set+json");
    EXPECT_EQ(keys.body, R"({"keys":[]})");
}

// ------------------------------------------------------------------------------------------------ forms

TEST(forms, in_parts_hold_a_file_and_are_refused_where_they_are_none) {
    const std::string type = "multipart/form-data; boundary=--b";
    const auto part = [](const std::string& more, const std::string& content) {
        return "----b\r\nContent-Disposition: form-data; name=\"" + more + "\r\n\r\n" + content + "\r\n";
    };
    const std::string bytes("\xFF\xD8\0\r\n--x\r\n", 11);
    const auto read = form::parse_parts(type, part("a\"", "1 2") +
                                                  part("file\"; filename=\"../x\"\r\nContent-Type: image/jpeg", bytes) +
                                                  part("b\"", "我&") + "----b--\r\n");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->value("a"), "1 2");
    EXPECT_EQ(read->value("b"), "我&");
    EXPECT_EQ(read->file("file"), bytes);
    EXPECT_EQ(read->value("file"), "");
    for (const auto& bad :
         {std::string(), std::string("----b"), part("a\"", "1"), part("a", "1") + "----b--",
          part("a\"", "\xFF") + "----b--", part("a\"", "1") + "----bx", "x" + part("a\"", "1") + "----b--"})
        EXPECT_FALSE(form::parse_parts(type, bad)) << bad;
    for (const auto* wrong :
         {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a"})
        EXPECT_FALSE(form::parse_parts(wrong, part("a\"", "1") + "----b--")) << wrong;
}

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

TEST(forms, with_a_file_are_read_as_browsers_send_them) {
    const std::string type = "multipart/form-data; boundary=----x";
    const std::string good =
        "------x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nT\r\n"
        "------x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jws\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n\xff\r\n--\r\n"
        "------x\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n------x--\r\n";
    const auto read = form::parse_parts(type, good);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->value("form"), "T");
    EXPECT_EQ(read->file("file"), "\xff\r\n--");
    EXPECT_EQ(read->value("file"), "") << "a file is no field";
    EXPECT_EQ(read->file("form"), "");
    EXPECT_EQ(read->value("empty"), "");
    EXPECT_TRUE(form::parse_parts("multipart/form-data; boundary=\"----x\"; x=y", good));
    EXPECT_TRUE(form::parse_parts(type, "------x--\r\n"));
    for (const auto* bad : {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=y"})
        EXPECT_FALSE(form::parse_parts(bad, good)) << bad;
    for (std::size_t cut = 0; cut + 4 < good.size(); ++cut)
        EXPECT_FALSE(form::parse_parts(type, good.substr(0, cut))) << cut;
    for (const auto* bad : {"------x\r\nContent-Disposition: form-data\r\n\r\nT\r\n------x--",
                            "------x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\x01\r\n------x--",
                            "------x\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nT\r\n------x--",
                            "------xContent-Disposition: form-data; name=\"a\"\r\n\r\nT\r\n------x--"})
        EXPECT_FALSE(form::parse_parts(type, bad)) << bad;
    std::string many = "------x";
    for (std::size_t i = 0; i <= form::fields_max; ++i)
        many += "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n------x";
    EXPECT_FALSE(form::parse_parts(type, many + "--"));
}

}  // namespace
}  // namespace keepline::portal
