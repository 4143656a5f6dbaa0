// The whole path of an ES9+ request: JSON, Base64, DER, sessions, the order. First byte: which function, and whether
// the input is the request's body as it is (JSON or ASN.1), or the binary field of a request that is otherwise right.
#include "smdp/fake_smdp.hpp"
#include "smdp/rsp_asn1.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace keepline;
using namespace keepline::smdp;

constexpr const char* functions[] = {"initiateAuthentication", "authenticateClient", "getBoundProfilePackage",
                                     "handleNotification", "cancelSession"};
constexpr const char* fields[] = {"euiccInfo1", "authenticateServerResponse", "prepareDownloadResponse",
                                  "pendingNotification", "cancelSessionResponse"};

/// A session that stands where the function expects it.
fake_smdp& world() {
    static auto& of = *new fake_smdp;
    static const bool begun = [] {
        of.order(1, fake_smdp::code("K"));
        of.initiate();
        return true;
    }();
    (void)begun;
    return of;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    auto& of = world();
    const std::size_t which = data[0] % 5;
    const base::byte_view rest{data + 1, size - 1};
    std::string body(base::text(rest));
    if ((data[0] & 0x40) != 0) {
        auto in = fake_smdp::request_of(rsp_asn1_path, "", body);
        in.content_type = rsp_asn1_type;
        const auto status = http::fake_exchange::ask(of.es9_door, std::move(in)).status;
        if (status != 200 && status != 204 && status != 400) std::abort();
        return 0;
    }
    if ((data[0] & 0x80) != 0) {
        if (which == 2 && of.begun.started.stage == rsp::stage::initiated && of.authenticate("K").fine())
            of.begun.started.stage = rsp::stage::offered;
        boost::json::object in{{"transactionId", of.begun.started.text()},
                               {"smdpAddress", "smdp.example.com"},
                               {"euiccChallenge", base::base64(of.phone.own_challenge)}};
        in[fields[which]] = base::base64(rest);
        body = boost::json::serialize(in);
    }
    const auto answer =
        http::fake_exchange::ask(of.es9_door, fake_smdp::request_of(es9_prefix, functions[which], body));
    const bool right = which == 3 ? answer.status == 204 : answer.status == 200;
    if (!right) std::abort();
    return 0;
}
