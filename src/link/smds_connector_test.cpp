#include "link/smds_connector.hpp"

#include "link/scripted_http.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using base::code;
using domain::registration;

const domain::event_record record{"ds.example", base::eid::trusted("89044045930000000000001234567890"), "MATCH-1"};

template <typename Order>
port::outbound smds_order(Order what) {
    port::outbound out;
    out.key = "e-9-1";
    out.correlation = "c-9";
    out.what = std::move(what);
    return out;
}
port::outbound registering(domain::event_record of = record) {
    return smds_order(domain::register_event{std::move(of)});
}
port::outbound deleting(domain::event_record of = record) { return smds_order(domain::delete_event{std::move(of)}); }

smds_endpoint smds_at(const std::string& url, const std::string& address = "ds.example") {
    smds_endpoint out;
    out.address = address;
    out.at.url = url;
    return out;
}

std::unique_ptr<port::connector> connector_to_smds(std::vector<smds_endpoint> endpoints) {
    smds_settings how;
    how.endpoints = std::move(endpoints);
    how.smdp_address = "smdp.example";
    how.calls.connect_timeout = std::chrono::milliseconds{500};
    how.calls.total_timeout = std::chrono::milliseconds{1000};
    auto out = make_smds_connector(std::move(how));
    EXPECT_TRUE(out) << out.error().words;
    return std::move(*out);
}

domain::smds_answered answer_in(const result<port::delivered>& done) {
    EXPECT_TRUE(done) << done.error().words;
    return std::get<domain::smds_answered>(std::get<domain::esim_command>(done->answer.value()));
}

std::string failure(const std::string& subject, const std::string& reason) {
    return R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{"subjectCode":")" + subject +
           R"(","reasonCode":")" + reason + R"("}}}})";
}

TEST(smds_connector, registers_and_deletes_as_the_standard_says) {
    scripted_http_server smds;
    smds.status = 200;
    auto alternative = smds_at(smds.url(), "alt.example");
    alternative.root = false;
    const auto link = connector_to_smds({smds_at(smds.url()), alternative});
    EXPECT_EQ(answer_in(link->deliver(registering())).status, registration::registered);
    ASSERT_TRUE(link->deliver(deleting()));
    auto other = record;
    other.smds = "alt.example";
    EXPECT_EQ(answer_in(link->deliver(registering(other))).record, other);
    const auto got = smds.requests();
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].what, "POST /gsma/rsp2/es12/registerEvent");
    EXPECT_EQ(got[0].headers.at("x-admin-protocol"), "gsma/rsp/v2.5.0");
    EXPECT_EQ(got[0].headers.at("x-correlation-id"), "c-9");
    EXPECT_EQ(got[0].body, R"({"header":{"functionRequesterIdentifier":"keepline","functionCallIdentifier":"e-9-1"},)"
                           R"("eid":"89044045930000000000001234567890","eventId":"MATCH-1",)"
                           R"("rspServerAddress":"smdp.example","forwardingIndicator":false})");
    EXPECT_EQ(got[1].what, "POST /gsma/rsp2/es12/deleteEvent");
    EXPECT_EQ(got[1].body, R"({"header":{"functionRequesterIdentifier":"keepline","functionCallIdentifier":"e-9-1"},)"
                           R"("eid":"89044045930000000000001234567890","eventId":"MATCH-1"})");
    EXPECT_NE(got[2].body.find(R"("forwardingIndicator":true)"), std::string::npos);
}

TEST(smds_connector, what_the_smds_says_reaches_the_order) {
    scripted_http_server there;
    there.status = 200;
    there.answer = failure("8.9.5", "3.3");
    EXPECT_EQ(answer_in(connector_to_smds({smds_at(there.url())})->deliver(registering())).status,
              registration::registered);
    scripted_http_server broken;
    broken.status = 500;
    broken.answer = failure("8.9", "4.2");
    const auto link = connector_to_smds({smds_at(broken.url())});
    const auto refused = answer_in(link->deliver(registering()));
    EXPECT_EQ(refused.status, registration::refused);
    EXPECT_EQ(refused.refusal, "8.9/4.2");
    EXPECT_EQ(link->deliver(deleting()).error().what, code::peer_refused);
    scripted_http_server empty;
    empty.status = 200;
    empty.answer = failure("8.9.5", "3.9");
    EXPECT_TRUE(connector_to_smds({smds_at(empty.url())})->deliver(deleting()));
    auto stranger = record;
    stranger.smds = "stranger.example";
    EXPECT_EQ(answer_in(link->deliver(registering(stranger))).status, registration::unknown);
    EXPECT_FALSE(link->deliver(deleting(stranger)).value().answer);
}

TEST(smds_connector, one_that_is_away_is_tried_again_and_stops_nobody_else) {
    const senseless_http_servers peers;
    for (const auto& url : peers.urls())
        for (const auto& what : {registering(), deleting()}) {
            const auto done = connector_to_smds({smds_at(url)})->deliver(what);
            ASSERT_FALSE(done) << url;
            EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
        }
    scripted_http_server well;
    well.status = 200;
    const auto link = connector_to_smds({smds_at("http://127.0.0.1:1", "away.example"), smds_at(well.url())});
    auto away = record;
    away.smds = "away.example";
    EXPECT_EQ(link->deliver(registering(away)).error().what, code::peer_garbled);
    EXPECT_NE(link->trouble(), "");
    EXPECT_TRUE(link->deliver(registering()));
}

TEST(smds_connector, endpoints_that_cannot_be_right_are_refused_by_name) {
    const auto refusal = [](const std::function<void(smds_settings&)>& change) {
        smds_settings how;
        how.endpoints = {smds_at("https://ds.example")};
        how.smdp_address = "smdp.example";
        change(how);
        const auto made = make_smds_connector(how);
        return made ? "made" : made.error().words;
    };
    EXPECT_EQ(refusal([](auto& h) { h.endpoints[0].address.clear(); }), "Every SM-DS needs an address.");
    EXPECT_EQ(refusal([](auto& h) { h.endpoints.push_back(h.endpoints[0]); }),
              "The SM-DS 'ds.example' is there twice.");
    EXPECT_EQ(refusal([](auto& h) { h.endpoints[0].at.url = "ftp://x"; }),
              "The SM-DS 'ds.example' has a URL that is not http or https.");
    EXPECT_NE(refusal([](auto& h) { h.smdp_address.clear(); }), "made");
    EXPECT_EQ(refusal([](auto&) {}), "made");
}

}  // namespace
}  // namespace keepline::link
