// A whole SM-DP+ over fakes: ES9+ and ES2+ as they are, a test PKI, an eUICC in memory. For tests and fuzzing.
#pragma once

#include "base/ensure.hpp"
#include "desk/fake_ground.hpp"
#include "http/fake_exchange.hpp"
#include "rsp/test_euicc.hpp"
#include "smdp/es2.hpp"
#include "smdp/es9.hpp"

#include <boost/json.hpp>

namespace keepline::smdp {

/// Unpredictable enough for tests, and for the threads of a pool.
class shared_random final : public port::random {
 public:
    void fill(std::span<std::uint8_t> out) override {
        const std::scoped_lock held(mutex_);
        inner_.fill(out);
    }

 private:
    std::mutex mutex_;
    port::fake_random inner_{11};
};

struct said {
    int http = 0;
    std::string status;   // "Executed-Success", "Failed"; empty without a body
    std::string subject;  // "8.2.6"
    std::string reason;
    boost::json::object body;

    bool fine() const { return http == 200 && status == "Executed-Success"; }
    std::string codes() const { return subject + "/" + reason; }
    base::bytes binary(std::string_view name) const {
        const auto* found = body.if_contains(name);
        if (found == nullptr || !found->is_string()) return {};
        return base::from_base64(found->get_string()).value_or(base::bytes());
    }
    std::string text(std::string_view name) const {
        const auto* found = body.if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    }
};

class fake_smdp {
 public:
    explicit fake_smdp(desk::smdp_settings how = quick(), rsp::curve which = rsp::curve::p256)
        : pki(which),
          shared(
              {&desk.core, &desk.vault, &sessions, &random, &desk.clock, &desk.log, types(), identities(pki), {}, {}},
              how),
          es9_door(shared, shared.with.identities.front()),
          es2_door(shared, {{{base::label::trusted("acme"), "", "acme", "acme-bss", false},
                             {base::label::trusted("other"), "", "other", "", false},
                             {base::label::trusted("boss"), std::string(64, 'b'), "", "", true}},
                            "smdp.example.com"}),
          phone(pki) {}

    static desk::smdp_settings quick() {
        desk::smdp_settings out;
        out.threads = 1;
        return out;
    }
    static desk::profile_types types() {
        desk::profile_type basic;
        basic.name = "basic";
        basic.provider_name = "Keepline";
        basic.profile_name = "Number keeper";
        basic.mcc_mnc = "46001";
        basic.package = rsp::builtin_template({});
        basic.low_stock = 2;
        auto own = basic;
        own.name = "acme-only";
        own.owner = base::label::trusted("acme");
        return desk::profile_types({basic, own});
    }
    static std::vector<smdp_identity> identities(const rsp::test::pki& of) {
        return {{"test", "smdp.example.com", std::string(rsp::test::pki::smdp_oid),
                 std::make_shared<const rsp::provider>(of.server())}};
    }

    // -- requests

    static http::request request_of(std::string_view prefix, std::string_view function, std::string body) {
        http::request in;
        in.how = verb::post;
        in.target = std::string(prefix) + std::string(function);
        in.content_type = "application/json";
        in.admin_protocol = "gsma/rsp/v2.2.2";
        in.body = std::move(body);
        return in;
    }
    said es9(std::string_view function, const boost::json::object& body) {
        return understood(
            http::fake_exchange::ask(es9_door, request_of(es9_prefix, function, boost::json::serialize(body))));
    }
    said es2(std::string_view client, std::string_view function, boost::json::object body, std::string_view call = {}) {
        if (!body.contains("header"))
            body["header"] = {
                {"functionRequesterIdentifier", client == "acme" ? "acme-bss" : "someone"},
                {"functionCallIdentifier", call.empty() ? "call-" + std::to_string(++calls_) : std::string(call)}};
        auto in = request_of(es2_prefix, function, boost::json::serialize(body));
        if (!client.empty()) {
            auto shown = std::make_shared<http::peer_certificate>();
            shown->common_name = client;
            shown->fingerprint = std::string(64, client == "boss" ? 'b' : 'a');
            in.client = shown;
        }
        return understood(http::fake_exchange::ask(es2_door, std::move(in), meanwhile));
    }
    static said understood(const response& of) {
        said out;
        out.http = of.status;
        boost::system::error_code failure;
        auto parsed = boost::json::parse(of.body, failure);
        if (failure || !parsed.is_object()) return out;
        out.body = parsed.get_object();
        const auto* header = out.body.if_contains("header");
        if (header == nullptr) return out;
        const auto& status = header->at("functionExecutionStatus").as_object();
        out.status = status.at("status").as_string();
        if (const auto* data = status.if_contains("statusCodeData")) {
            out.subject = data->at("subjectCode").as_string();
            out.reason = data->at("reasonCode").as_string();
        }
        return out;
    }

    // -- profiles and orders

    base::iccid provide(int number, const std::string& type = "basic") {
        const auto iccid = *base::iccid::parse(with_check_digit("89860000000000" + std::to_string(1000 + number)));
        const auto imsi = base::imsi::trusted("46001000000" + std::to_string(1000 + number));
        const auto* known = shared.with.types.find(type);
        domain::provide_esim what{iccid, imsi, type, known->owner, true, false};
        auto to = submission(iccid, what);
        to.must_exist = false;
        to.reserved = domain::reservation{0, desk.clock.now() + base::minutes{5}};
        to.vault.push_back(*desk::seal_secrets(desk.vault, iccid, *desk::make_secrets(*known, "", "", shared.random)));
        ENSURE(done(std::move(to)).has_value());
        return iccid;
    }
    /// Ordered and released, with these terms.
    base::iccid order(int number, domain::download_terms terms) {
        const auto iccid = provide(number);
        domain::order_for_line what;
        what.terms = std::move(terms);
        ENSURE(done(submission(iccid, what)).has_value());
        return iccid;
    }
    static domain::download_terms code(std::string matching_id) {
        domain::download_terms out;
        out.matching_id = std::move(matching_id);
        return out;
    }
    template <typename Command>
    engine::submission submission(const base::iccid& iccid, Command what) {
        engine::submission out;
        out.to = esim_key(iccid);
        out.what = domain::esim_command(std::move(what));
        out.by.id = base::label::trusted("bss");
        return out;
    }
    result<engine::answer> done(engine::submission what) {
        result<engine::answer> out = base::refuse(base::code::internal, "No answer.");
        desk.core.submit(std::move(what), [&](result<engine::answer> answer) { out = std::move(answer); });
        return out;
    }
    domain::esim_state state(const base::iccid& iccid) { return (*desk.core.read(esim_key(iccid)))->esim(); }
    static std::string with_check_digit(const std::string& digits) {
        for (char last = '0'; last <= '9'; ++last)
            if (base::iccid::parse(digits + last)) return digits + last;
        return {};
    }

    // -- the phone's side of a download

    said initiate(std::string_view address = "smdp.example.com") {
        auto answer = es9("initiateAuthentication", {{"euiccChallenge", base::base64(phone.own_challenge)},
                                                     {"euiccInfo1", base::base64(phone.info_1())},
                                                     {"smdpAddress", address}});
        if (!answer.fine()) return answer;
        begun = {};
        begun.started.id = rsp::transaction_from_text(answer.text("transactionId")).value_or(rsp::transaction_id());
        begun.started.server_address = address;
        const auto signed_1 = answer.binary("serverSigned1");  // its last element is serverChallenge
        if (signed_1.size() >= 16)
            std::copy(signed_1.end() - 16, signed_1.end(), begun.started.server_challenge.begin());
        return answer;
    }
    said authenticate(std::optional<std::string> matching_id, const rsp::test::mischief& wrong = {}) {
        auto answer = es9(
            "authenticateClient",
            {{"transactionId", begun.started.text()},
             {"authenticateServerResponse", base::base64(phone.authenticate(begun, std::move(matching_id), wrong))}});
        if (answer.fine()) {
            smdp_signed_2 = answer.binary("smdpSigned2");
            smdp_signature_2 = answer.binary("smdpSignature2");
        }
        return answer;
    }
    said fetch(std::optional<std::string> confirmation = {}, const rsp::test::mischief& wrong = {}) {
        const rsp::offered offer{smdp_signed_2, smdp_signature_2, {}};
        return es9("getBoundProfilePackage",
                   {{"transactionId", begun.started.text()},
                    {"prepareDownloadResponse",
                     base::base64(phone.prepare(begun.started, offer, std::move(confirmation), wrong))}});
    }
    said notify(const base::bytes& notification) {
        return es9("handleNotification", {{"pendingNotification", base::base64(notification)}});
    }
    said cancel(std::uint8_t reason, bool broken = false) {
        return es9("cancelSession",
                   {{"transactionId", begun.started.text()},
                    {"cancelSessionResponse",
                     base::base64(phone.cancel(begun.started.id, rsp::test::pki::smdp_oid, reason, broken))}});
    }
    std::expected<rsp::test::loaded, std::string> load(const said& answer) {
        auto session = begun.started;
        session.eid = rsp::test::pki::eid;
        return phone.load(session, answer.binary("boundProfilePackage"));
    }

    rsp::test::pki pki;
    desk::fake_ground desk;  // for its clock, vault, log and core
    shared_random random;
    port::fake_rsp_sessions sessions;
    esim_service shared;
    smdp::es9 es9_door;
    smdp::es2 es2_door;
    std::function<void()> meanwhile;  // what happens while an ES2+ call waits
    rsp::test::euicc phone;
    rsp::initiated begun;
    base::bytes smdp_signed_2, smdp_signature_2;

 private:
    int calls_ = 0;
};

}  // namespace keepline::smdp
