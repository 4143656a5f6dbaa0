// Profiles over the REST API with the SM-DP+ behind it: the stock, orders step by step and in one, the reconciliation
// view, the line's codes.
#include "api/fake_api.hpp"
#include "desk/esim_views.hpp"
#include "smdp/fake_smdp.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

using api::fake_api;
using api::fake_caller;
using desk::confirmation_text;
using desk::counted_up;
using desk::make_secrets;
using desk::package_of;
using desk::with_luhn;
using http::response;
using http::verb;
using smdp::fake_smdp;

/// The API with the SM-DP+ of the same fakes behind it.
struct desk_with_smdp : fake_smdp {
    desk_with_smdp() : at(desk.stood_on(&shared)), door(at, {}), caller(door) { desk.give_tokens(); }
    response get(std::string target, std::string_view who = "admin") { return caller.get(who, std::move(target)); }
    response post(std::string target, std::string body, std::string_view who = "admin") {
        return caller.post(who, std::move(target), std::move(body));
    }
    response look(std::string target) {
        api::watch watching{door};
        return http::fake_exchange::ask(watching, caller.request_of("", verb::get, std::move(target)));
    }
    static std::string member(const response& of, std::string_view name) { return fake_api::member(of, name); }
    keepline::desk::desk at;
    api::api door;
    fake_caller caller;
};

TEST(esims, are_made_from_a_type_and_counted) {
    desk_with_smdp of;
    const auto made =
        of.post("/v1/esims", R"({"type":"basic","count":3,"iccid":"898600000000000000","imsi":"460010000000000"})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(of.member(made, "fresh"), "3");
    const auto again =
        of.post("/v1/esims", R"({"type":"basic","count":3,"iccid":"898600000000000000","imsi":"460010000000000"})");
    EXPECT_EQ(of.member(again, "fresh"), "0") << again.body;
    const auto listed = of.get("/v1/esims?state=available&type=basic");
    EXPECT_NE(listed.body.find("8986000000000000010"), std::string::npos) << listed.body;
    const auto one = of.get("/v1/esims/8986000000000000002");
    EXPECT_EQ(of.member(one, "state"), "available") << one.body;
    EXPECT_EQ(of.member(one, "believed"), "in_stock");
    for (const char* bad : {R"({"type":"none","count":1,"iccid":"898600000000000000","imsi":"460010000000000"})",
                            R"({"type":"basic"})", R"({"type":"basic","count":1,"iccid":"1","imsi":"460010000000000"})",
                            R"({"type":"basic","count":1001,"iccid":"898600000000000000","imsi":"460010000000000"})",
                            R"({"type":"basic","package":"AAAA"})"})
        EXPECT_EQ(of.post("/v1/esims", bad).status / 100, 4) << bad;
}

TEST(esims, are_imported_ready_made_with_their_keys) {
    desk_with_smdp of;
    const auto secrets =
        make_secrets(*of.shared.with.types.find("basic"), std::string(32, 'a'), std::string(32, 'b'), of.shared.random);
    const rsp::profile_data data{.iccid = *base::iccid::parse("8986000000000000002"),
                                 .imsi = *base::imsi::parse("460010000000009")};
    const auto package = rsp::personalise(rsp::builtin_template({}), data, *secrets);
    ASSERT_TRUE(package) << package.error().words;
    const auto made = of.post("/v1/esims", R"({"type":"basic","package":")" + base::base64(package->package) + R"("})");
    EXPECT_EQ(made.status, 201) << made.body;
    const auto state = of.state(data.iccid);
    EXPECT_TRUE(state.package && state.keys_here);
    EXPECT_EQ(*package_of(of.shared.with.types, of.desk.vault, state), package->package);
    EXPECT_NE(of.desk.vault.open("p:8986000000000000002", "keys")->find(std::string(32, 'b')), std::string::npos);
    EXPECT_EQ(made.body.find("bbbb"), std::string::npos);
}

TEST(esims, go_through_an_order_step_by_step_and_say_what_is_outstanding) {
    desk_with_smdp of;
    const auto path = "/v1/esims/" + of.provide(1).text();
    EXPECT_EQ(of.member(of.post(path + "/order", "{}"), "outstanding"), R"(["confirmation"])");
    const auto confirmed =
        of.post(path + "/confirmation",
                R"({"matching_id":"CASE-1","confirmation_code":"77","release":false,"limits":{"downloads":2,"codes":1},
                                      "metadata":{"profile_name":"Case one","forbid_delete":true}})");
    EXPECT_EQ(of.member(confirmed, "outstanding"), R"(["release"])") << confirmed.body;
    EXPECT_NE(confirmed.body.find("LPA:1$smdp.example.com$CASE-1$$1"), std::string::npos) << confirmed.body;
    EXPECT_EQ(of.member(of.post(path + "/release", "{}"), "outstanding"), R"(["download"])");
    of.initiate();
    EXPECT_EQ(of.authenticate("CASE-1").codes(), (rsp::test::euicc::ppr_bits & rsp::ppr_2) != 0 ? "8.2.5/4.3" : "/");
    EXPECT_EQ(of.post(path + "/rebinding", R"({"eid":"89049032000000000000000000000066"})").status, 200);
    EXPECT_EQ(of.post(path + "/reset", R"({"matching_id":"CASE-2"})").status, 200);
    EXPECT_EQ(of.member(of.get("/v1/esims?matching_id=CASE-2"), "items").empty(), false);
    const auto history = of.get(path + "/history");
    EXPECT_NE(history.body.find("esim_confirmed"), std::string::npos);
    EXPECT_EQ(history.body.find(confirmation_text("77", false)), std::string::npos);
    EXPECT_EQ(of.member(of.post(path + "/cancellation", R"({"final":"available"})"), "state"), "available");
    EXPECT_EQ(of.get("/v1/esims/es_none").status, 404);
    EXPECT_EQ(of.get("/v1/esims/123").status, 404);
}

TEST(esims, are_ordered_in_one_step_and_only_once_for_one_request) {
    desk_with_smdp of;
    of.provide(1);
    of.provide(2);
    auto in = of.caller.request_of("admin", verb::post, "/v1/esim-orders", R"({"type":"basic"})");
    const auto first = http::fake_exchange::ask(of.door, in);
    const auto again = http::fake_exchange::ask(of.door, in);
    EXPECT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(of.member(first, "iccid"), of.member(again, "iccid")) << again.body;
    const auto chosen = of.post("/v1/esim-orders", R"({"type":"basic","matching_id":"MINE","release":false})");
    EXPECT_EQ(of.member(chosen, "state"), "confirmed") << chosen.body;
    EXPECT_EQ(fake_api::code_of(of.post("/v1/esim-orders", R"({"type":"basic"})")), "out-of-stock");
    EXPECT_EQ(fake_api::code_of(of.post("/v1/esim-orders", R"({"type":"none"})")), "esim-type-unknown");
    EXPECT_EQ(of.post("/v1/esim-orders", R"({"type":"basic"})", "reviewer").status, 403);
}

TEST(esims, say_what_the_network_and_the_card_may_disagree_about) {
    desk_with_smdp of;
    const auto iccid = of.order(1, fake_smdp::code("K"));
    of.initiate();
    of.authenticate("K");
    of.fetch();
    const auto path = "/v1/esims/" + iccid.text();
    EXPECT_EQ(of.member(of.get(path), "believed"), "perhaps_on_device");
    EXPECT_EQ(of.member(of.get(path), "outstanding"), R"(["installation_result"])");
    of.notify(of.phone.installation_result(of.begun.started.id, iccid.text()));
    of.notify(of.phone.notification(8, 1, iccid.text()));
    EXPECT_EQ(of.member(of.get(path), "believed"), "enabled");
    const auto by_eid = of.get("/v1/esims?eid=" + std::string(rsp::test::pki::eid));
    EXPECT_NE(by_eid.body.find(R"("last":"enable")"), std::string::npos) << by_eid.body;
}

TEST(profile_types, are_listed_with_their_stock) {
    desk_with_smdp of;
    of.desk.core.counted.stock_by_type = {{"basic", 1}};
    const auto listed = of.get("/v1/profile-types");
    EXPECT_NE(listed.body.find(R"("stock":1,"low_stock":2,"low":true)"), std::string::npos) << listed.body;
    const auto metrics = of.look("/metrics").body;
    EXPECT_NE(metrics.find("keepline_esim_stock{type=\"basic\"} 1"), std::string::npos);
    EXPECT_NE(metrics.find("keepline_esim_stock_low{type=\"basic\"} 1"), std::string::npos);
}

TEST(line_profiles, have_an_activation_code_and_its_drawings_while_they_wait) {
    desk_with_smdp of;
    const auto line = of.caller.import_line();
    const auto asked = of.post("/v1/lines/" + line + "/profiles", R"({"type":"basic","confirmation_code":"1234"})");
    EXPECT_EQ(asked.status, 202) << asked.body;
    EXPECT_EQ(of.post("/v1/lines/" + line + "/requests/1/countersignature", "", "reviewer").status, 200);
    const auto wanted = of.get("/v1/lines/" + line);
    EXPECT_NE(wanted.body.find(R"("wanted":{"type":"basic")"), std::string::npos);
    // What the engine does between the streams, by hand.
    const auto number = (*of.desk.core.read_public(line))->number();
    const auto iccid = of.provide(1);
    domain::order_for_line order;
    order.number = number.number;
    order.generation = number.generations;
    order.terms = number.wanted->terms;
    ASSERT_TRUE(of.done(of.submission(iccid, order)));
    domain::take_esim take;
    take.added = {iccid, of.state(iccid).imsi, {}, domain::profile_state::released, "basic", order.terms.matching_id};
    take.generation = number.generations;
    engine::submission to;
    to.to = {port::stream_kind::number, number.number.text()};
    to.what = domain::number_command(take);
    ASSERT_TRUE(of.done(std::move(to)));

    const auto listed = of.get("/v1/lines/" + line + "/profiles");
    EXPECT_NE(listed.body.find("LPA:1$smdp.example.com$" + order.terms.matching_id + "$$1"), std::string::npos)
        << listed.body;
    EXPECT_EQ(of.get("/v1/lines/" + line + "/profiles", "agent").body.find("LPA:1"), std::string::npos)
        << "somebody else ordered it";
    const auto path = "/v1/lines/" + line + "/profiles/" + iccid.text() + "/activation-code";
    EXPECT_EQ(of.get(path + ".svg", "agent").status, 403);
    const auto svg = of.get(path + ".svg");
    EXPECT_EQ(svg.type, "image/svg+xml");
    EXPECT_TRUE(svg.body.starts_with("<svg"));
    EXPECT_EQ(of.get(path + ".png").type, "image/png");
    EXPECT_EQ(of.get("/v1/lines/" + line + "/profiles/89860012345678901238/activation-code.png").status, 404);
    EXPECT_EQ(of.get("/v1/lines/" + line + "/history").body.find(order.terms.confirmation), std::string::npos);
    EXPECT_EQ(fake_api::code_of(of.post("/v1/lines/" + line + "/switch-undo", "{}")), "switch-undo-over");
    EXPECT_EQ(fake_api::code_of(of.post("/v1/lines/" + line + "/profiles", R"({"type":"none"})")), "esim-type-unknown");
}

TEST(lines, know_nothing_of_profiles_where_no_smdp_is) {
    fake_api of;
    const auto line = of.import_line();
    EXPECT_EQ(fake_api::code_of(of.post("admin", "/v1/lines/" + line + "/profiles", R"({"type":"basic"})")),
              "esim-type-unknown");
    EXPECT_EQ(of.get("admin", "/v1/profile-types").body, R"({"items":[]})");
    EXPECT_EQ(of.post("admin", "/v1/esim-orders", R"({"type":"basic"})").status, 404);
}

TEST(numbers, count_up_and_get_their_check_digit) {
    EXPECT_EQ(counted_up("0099", 2), "0101");
    EXPECT_EQ(counted_up("99", 1), "");
    EXPECT_EQ(with_luhn("898600000000000000"), "8986000000000000002");
}

}  // namespace
}  // namespace keepline::app
