#include "link/es2_progress_connector.hpp"

#include "base/json.hpp"
#include "link/scripted_http.hpp"

#include <csignal>
#include <fstream>
#include <sys/wait.h>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;
using domain::progress_point;

domain::report_progress progress(const std::string& requester = "acme") {
    domain::report_progress out;
    out.requester = base::label::trusted(requester);
    out.iccid = base::iccid::trusted("89860012345678901236");
    out.eid = base::eid::trusted("89044045930000000000001234567890");
    out.profile_type = "keep-basic";
    out.point = progress_point::installation;
    out.result_data = "vzcB";
    out.at = {1'795'000'000'123};
    return out;
}

port::outbound report_of(domain::report_progress what) {
    port::outbound out;
    out.key = "e-7-1";
    out.correlation = "c-1";
    out.what = std::move(what);
    return out;
}

es2_endpoint endpoint_of(const std::string& url, const std::string& requester = "acme") {
    es2_endpoint out;
    out.requester = base::label::trusted(requester);
    out.at.url = url;
    return out;
}

std::unique_ptr<port::connector> connector_to(std::vector<es2_endpoint> endpoints) {
    es2_settings how;
    how.endpoints = std::move(endpoints);
    how.calls.connect_timeout = 500ms;
    how.calls.total_timeout = 1000ms;
    auto out = make_es2_progress_connector(std::move(how));
    EXPECT_TRUE(out) << out.error().words;
    return std::move(*out);
}

TEST(es2_progress, a_report_is_posted_as_the_standard_says_and_the_same_at_every_try) {
    scripted_http_server acme;
    const auto link = connector_to({endpoint_of(acme.url())});
    acme.status = 500;
    EXPECT_FALSE(link->deliver(report_of(progress())));
    EXPECT_NE(link->trouble(), "");
    acme.status = 204;
    ASSERT_TRUE(link->deliver(report_of(progress())));
    EXPECT_EQ(link->trouble(), "");
    const auto got = acme.requests();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].what, "POST /gsma/rsp2/es2plus/handleDownloadProgressInfo");
    EXPECT_EQ(got[0].headers.at("x-admin-protocol"), "gsma/rsp/v2.5.0");
    EXPECT_EQ(got[0].headers.at("content-type"), "application/json;charset=UTF-8");
    EXPECT_EQ(got[0].headers.at("x-correlation-id"), "c-1");
    EXPECT_EQ(got[0].body,
              R"({"header":{"functionRequesterIdentifier":"keepline","functionCallIdentifier":"e-7-1"},)"
              R"("eid":"89044045930000000000001234567890","iccid":"89860012345678901236","profileType":"keep-basic",)"
              R"("timestamp":"2026-11-18T11:06:40Z","notificationPointId":4,)"
              R"("notificationPointStatus":{"status":"Executed-Success"},"resultData":"vzcB"})");
    EXPECT_EQ(got[0].body, got[1].body);
}

TEST(es2_progress, a_failure_carries_its_codes_and_each_operator_has_its_own_numbers) {
    auto what = progress();
    what.point = progress_point::confirmation;
    what.succeeded = false;
    what.subject_code = "8.2.7";
    what.reason_code = "3.8";
    what.message = "the code is \"wrong\"";
    what.eid = {};
    what.result_data.clear();
    auto to = endpoint_of("https://acme.example");
    const auto body = es2_progress_body(what, "e-1", to);
    ASSERT_TRUE(body);
    EXPECT_TRUE(base::parse_json(*body));
    EXPECT_NE(body->find(R"("notificationPointId":2,"notificationPointStatus":{"status":"Failed","statusCodeData":)"
                         R"({"subjectCode":"8.2.7","reasonCode":"3.8","message":"the code is \"wrong\""}})"),
              std::string::npos)
        << *body;
    EXPECT_EQ(body->find("eid"), std::string::npos);
    what = progress();
    what.point = progress_point::deleted;
    EXPECT_FALSE(es2_progress_body(what, "e-1", to)) << "the standard has no number for it";
    to.points[progress_point::deleted] = 8;
    to.send_result_data = false;
    EXPECT_NE(es2_progress_body(what, "e-1", to)->find(R"("notificationPointId":8)"), std::string::npos);
    EXPECT_EQ(es2_progress_body(what, "e-1", to)->find("resultData"), std::string::npos);
}

TEST(es2_progress, each_operator_hears_of_its_own_orders_only) {
    scripted_http_server acme;
    scripted_http_server bell;
    const auto link = connector_to({endpoint_of(acme.url()), endpoint_of(bell.url() + "/own/path", "bell")});
    EXPECT_TRUE(link->deliver(report_of(progress("bell"))));
    EXPECT_TRUE(link->deliver(report_of(progress("nobody"))));
    EXPECT_TRUE(link->deliver(report_of(progress(""))));
    auto unwanted = progress();
    unwanted.point = progress_point::enabled;
    EXPECT_TRUE(link->deliver(report_of(unwanted)));
    EXPECT_TRUE(acme.requests().empty());
    ASSERT_EQ(bell.requests().size(), 1U);
    EXPECT_EQ(bell.requests()[0].what, "POST /own/path");
}

TEST(es2_progress, answers_keep_their_meaning) {
    using base::code;
    const std::string failed = R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":)"
                               R"({"subjectCode":"8.2.1","reasonCode":"3.9","message":"secret words"}}}})";
    const std::string well = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}}})";
    struct row {
        int status;
        std::string answer;
        std::optional<code> what;
    };
    for (const auto& [status, answer, what] : std::vector<row>{{200, well, {}},
                                                               {200, "", {}},
                                                               {200, failed, code::peer_refused},
                                                               {400, failed, code::peer_refused},
                                                               {302, "", code::peer_garbled},
                                                               {401, "", code::peer_garbled},
                                                               {410, "", code::peer_refused},
                                                               {429, "", code::too_many},
                                                               {503, "", code::too_many},
                                                               {502, "", code::peer_unreachable}}) {
        scripted_http_server acme;
        acme.status = status;
        acme.answer = answer;
        const auto done = connector_to({endpoint_of(acme.url())})->deliver(report_of(progress()));
        ASSERT_EQ(done.has_value(), !what) << status << answer;
        if (done) continue;
        EXPECT_EQ(done.error().what, *what) << status;
        EXPECT_EQ(done.error().words.find("secret"), std::string::npos);
        EXPECT_EQ(done.error().words.find("127.0.0.1"), std::string::npos);
        if (answer == failed) EXPECT_NE(done.error().words.find("8.2.1/3.9"), std::string::npos);
    }
}

TEST(es2_progress, one_operator_that_is_down_stops_nobody_else) {
    scripted_http_server acme;
    const auto alone = connector_to({endpoint_of("http://127.0.0.1:1")});
    EXPECT_EQ(alone->deliver(report_of(progress())).error().what, base::code::peer_unreachable);
    const auto link = connector_to({endpoint_of("http://127.0.0.1:1", "bell"), endpoint_of(acme.url())});
    EXPECT_EQ(link->deliver(report_of(progress("bell"))).error().what, base::code::peer_garbled);
    EXPECT_TRUE(link->deliver(report_of(progress())));
}

TEST(es2_progress, garbage_silence_and_floods_end_in_errors) {
    const senseless_http_servers peers;
    const auto flood = [](const char* status) {
        return [status](scripted_connection& c) {
            c.line();
            c.send("HTTP/1.1 " + std::string(status) + " x\r\nContent-Length: 4000000\r\n\r\n");
            for (int i = 0; i < 64; ++i) c.send(std::string(65536, 'x'));
            stay_silent(c);
        };
    };
    const scripted_peer refusing(flood("500"));
    auto urls = peers.urls();
    urls.push_back("http://127.0.0.1:" + std::to_string(refusing.port()));
    for (const auto& url : urls) {
        const auto done = connector_to({endpoint_of(url)})->deliver(report_of(progress()));
        ASSERT_FALSE(done) << url;
        EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
    }
    // It has said that it took the report: the flood after that is no reason to send it again.
    const scripted_peer taking(flood("200"));
    const auto url = "http://127.0.0.1:" + std::to_string(taking.port());
    EXPECT_TRUE(connector_to({endpoint_of(url)})->deliver(report_of(progress())));
}

TEST(es2_progress, endpoints_that_cannot_be_right_are_refused_by_name) {
    for (const auto& change : std::vector<std::function<void(es2_endpoint&)>>{
             [](auto& e) { e.requester = {}; }, [](auto& e) { e.at.url = "ftp://x"; },
             [](auto& e) { e.at.url = "https://x/y?z"; }, [](auto& e) { e.at.certificate_file = "/dev/null"; },
             [](auto& e) { e.at.ca_file = "/no/such/file"; }, [](auto& e) { e.at.function_requester.clear(); },
             [](auto& e) { e.points[progress_point::enabled] = -1; }}) {
        es2_settings how;
        how.endpoints = {endpoint_of("https://acme.example")};
        change(how.endpoints[0]);
        EXPECT_EQ(make_es2_progress_connector(how).error().what, base::code::config_invalid);
    }
    es2_settings twice;
    twice.endpoints = {endpoint_of("https://a.example"), endpoint_of("https://b.example")};
    EXPECT_EQ(make_es2_progress_connector(twice).error().words, "The ES2+ endpoint of 'acme' is there twice.");
}

/// `openssl s_server` that insists on a client certificate of its CA and answers whatever comes with 204.
class strict_tls_server {
 public:
    strict_tls_server() {
        shell(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca "
            "-keyout ca.key -out ca.pem");
        for (const std::string name : {"server", "client"}) {
            shell("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
                  name + ".key -out " + name + ".csr");
            shell("printf 'subjectAltName=IP:127.0.0.1' > ext; openssl x509 -req -in " + name +
                  ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out " + name + ".pem");
        }
        {
            scripted_peer free_place([](scripted_connection&) {});
            port = free_place.port();
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto run = "cd " + folder.path() +
                             " && (sleep 0.5; while printf 'HTTP/1.1 204 x\\r\\n\\r\\n'; do sleep 0.2; done) | exec "
                             "openssl s_server -quiet -accept 127.0.0.1:" +
                             std::to_string(port) +
                             " -cert server.pem -key server.key -CAfile ca.pem -Verify 2 -verify_return_error "
                             ">got 2>log";
            ::setpgid(0, 0);
            ::execl("/bin/sh", "sh", "-c", run.c_str(), nullptr);
            ::_exit(127);
        }
        std::this_thread::sleep_for(300ms);
    }
    ~strict_tls_server() {
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::string file(const std::string& name) const { return folder.path() + "/" + name; }
    std::string got() const {
        std::ifstream in(file("got"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
    test_folder folder;
    int port = 0;

 private:
    void shell(const std::string& command) const {
        ASSERT_EQ(std::system(("cd " + folder.path() + " && { " + command + "; } 2>>openssl.log").c_str()), 0);
    }
    pid_t pid_ = -1;
};

TEST(es2_progress, tls_is_mutual_and_verified) {
    const strict_tls_server server;
    auto to = endpoint_of("https://127.0.0.1:" + std::to_string(server.port));
    to.at.ca_file = server.file("ca.pem");
    const auto answer = [&] {
        es2_settings how;
        how.endpoints = {to};
        how.calls.connect_timeout = 30s;  // handshakes under sanitizers on a busy machine
        how.calls.total_timeout = 30s;
        return (*make_es2_progress_connector(how))->deliver(report_of(progress()));
    };
    EXPECT_FALSE(answer()) << "without our certificate";
    to.at.certificate_file = server.file("client.pem");
    to.at.key_file = server.file("client.key");
    to.at.ca_file = server.file("client.pem");
    EXPECT_EQ(answer().error().what, base::code::peer_unreachable) << "the server is not who we trust";
    EXPECT_EQ(server.got(), "");
    to.at.ca_file = server.file("ca.pem");
    const auto done = answer();
    EXPECT_TRUE(done) << done.error().words;
    EXPECT_NE(server.got().find("\"profileType\":\"keep-basic\""), std::string::npos);
}

}  // namespace
}  // namespace keepline::link
