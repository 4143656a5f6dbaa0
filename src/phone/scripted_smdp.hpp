// For tests only: a PKI made on the spot, an SM-DP+ that does what a test tells it (also wrongly), and an HTTPS server
// on loopback around it. It shares the phone's DER and EC primitives, but builds packages by itself: the counterpart of
// what the phone opens.
#pragma once

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"
#include "phone/activation_code.hpp"
#include "phone/card_memory.hpp"
#include "phone/euicc.hpp"
#include "phone/mint.hpp"
#include "phone/tlv.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <openssl/ssl.h>

namespace keepline::phone::testing {

inline const std::string test_oid = "2.999.10";
inline const base::instant test_now = system_now();

struct test_pki {
    minted ci, eum, euicc, dp_auth, dp_pb, dp_tls;
    std::string eid = make_eid("89049032", 123451234512345);

    explicit test_pki(curve on = curve::p256) {
        const auto make_one = [&](cert_role role, const char* name, const minted* issuer,
                                  const std::string& serial = "", const std::string& oid = "",
                                  std::vector<std::string> names = {}) {
            return *mint({role, on, "Phone Test", name, serial, oid, std::move(names), test_now - base::hours{1},
                          test_now + base::days{30}},
                         issuer);
        };
        ci = make_one(cert_role::ci, "CI", nullptr);
        eum = make_one(cert_role::eum, "EUM", &ci);
        euicc = make_one(cert_role::euicc, "eUICC", &eum, eid);
        dp_auth = make_one(cert_role::dp_auth, "DPauth", &ci, "", test_oid);
        dp_pb = make_one(cert_role::dp_pb, "DPpb", &ci, "", test_oid);
        dp_tls = make_one(cert_role::dp_tls, "DPtls", &ci, "", test_oid, {"localhost", "127.0.0.1"});
    }
    /// A server's certificate that is not as it should be.
    minted server(cert_role role, const std::string& oid = test_oid, base::duration shift = {}) const {
        return *mint({role,
                      ci.key.on(),
                      "Phone Test",
                      "variant",
                      "",
                      oid,
                      {"localhost"},
                      test_now - base::hours{1} + shift,
                      test_now + base::hours{1} + shift},
                     &ci);
    }
    identity card() const {
        identity who;
        who.eid = eid;
        who.credentials.push_back({euicc.key, euicc.cert, eum.cert, ci.cert.subject_key_id()});
        who.roots.push_back(ci.cert);
        return who;
    }
};

inline bytes test_metadata(std::string_view iccid, const std::string& address, const bytes& more = {}) {
    bytes rules;
    for (const int event : {1, 2, 3}) append(rules, make(0x30, {make_bits(0x80, {event}), make(0x81, address)}));
    return make(0xBF25, {make(0x5A, iccid_swapped(iccid)), make(0x91, "Keepline"), make(0x92, "Number keeper"),
                         make(0xB6, rules), more});
}

/// Header, MF with EF.ICCID, a filler to make it long, end.
inline bytes test_package(std::string_view iccid, std::size_t filler = 3000) {
    std::string nibbles(iccid);
    nibbles.resize(20, 'f');
    const auto header =
        make(0xA0, {make_unsigned(0x80, 2), make_unsigned(0x81, 3), make(0x82, "test"),
                    make(0x83, *base::from_hex(nibbles)), make(0xA5, make(0x81, bytes{})), make(0xA6, bytes{})});
    const auto numbered = [](std::uint64_t n) { return make(0xA0, make_unsigned(0x81, n)); };
    const auto iccid_file = make(0xA4, make(0x83, iccid_swapped(iccid)));
    const auto mf = make(0xB0, {numbered(1), make(0x81, bytes{0x67}), make(0xA2, bytes{}), iccid_file});
    const auto long_one = make(0xA9, {numbered(2), make(0x81, bytes(filler, 0x5A))});
    return joined({header, mf, long_one, make(0xAA, numbered(3))});
}

/// How the packages and answers of the scripted SM-DP+ are wrong.
struct smdp_script {
    bool bad_signature_1 = false;
    bool wrong_challenge = false;
    bool wrong_inner_transaction = false;
    bool bad_signature_2 = false;
    bool bad_smdp_sign = false;
    bool wrong_bf23_transaction = false;
    int broken_mac = -1;         // the number of the segment
    int long_segment = -1;       // …that is longer than 1020 bytes
    bool stuck_counter = false;  // the counter does not count the segment of StoreMetadata
    bool replace_keys = false;
    bool other_metadata = false;
    bool trailing_bytes = false;
    bool address_of_another = false;
    bool refuse_client = false;
    bool offer_known_otpk = false;
};

class scripted_smdp {
 public:
    explicit scripted_smdp(const test_pki& pki) : pki_(pki), auth(pki.dp_auth), binding(pki.dp_pb) {}

    smdp_script script;
    std::string iccid = "8944476500001224158";
    std::string address = "localhost";
    bytes metadata = test_metadata(iccid, address);
    bytes package = test_package(iccid);
    std::string confirmation_code;
    std::map<std::string, std::vector<bytes>> received;  // by function: what the phone sent
    bytes known_otpk;
    bool code_was_right = false;

    /// The JSON answer; empty for handleNotification.
    std::string answer(const std::string& function, const std::string& body) {
        const std::scoped_lock lock(guard_);
        const auto in = base::parse_json(body);
        if (!in) return failed("8.0", "1.0");
        const auto& fields = in->get_object();
        if (function == "initiateAuthentication") return initiate(fields);
        if (function == "authenticateClient") return authenticate(fields);
        if (function == "getBoundProfilePackage") return bind(fields);
        if (function == "cancelSession") {
            received[function].push_back(binary(fields, "cancelSessionResponse"));
            return done({});
        }
        received[function].push_back(binary(fields, "pendingNotification"));
        return {};
    }

 private:
    const test_pki& pki_;
    std::mutex guard_;
    bytes transaction_;
    bytes own_signature_1_;
    bytes euicc_signature_1_;
    bytes signature_2_;

 public:
    minted auth;
    minted binding;

 private:
    static bytes binary(const boost::json::object& of, const char* name) {
        return base::from_base64(of.at(name).as_string()).value_or(bytes{});
    }
    static std::string done(boost::json::object fields) {
        fields["header"] =
            boost::json::object{{"functionExecutionStatus", boost::json::object{{"status", "Executed-Success"}}}};
        return boost::json::serialize(fields);
    }
    static std::string failed(const char* subject, const char* reason) {
        return boost::json::serialize(boost::json::object{
            {"header", boost::json::object{
                           {"functionExecutionStatus",
                            boost::json::object{{"status", "Failed"},
                                                {"statusCodeData", boost::json::object{{"subjectCode", subject},
                                                                                       {"reasonCode", reason}}}}}}}});
    }

    std::string initiate(const boost::json::object& in) {
        transaction_ = random_bytes(16);
        auto challenge = binary(in, "euiccChallenge");
        if (script.wrong_challenge) challenge[3] ^= 1;
        const auto inside = script.wrong_inner_transaction ? random_bytes(16) : transaction_;
        const auto signed_1 = make(
            0x30, {make(0x80, inside), make(0x81, challenge),
                   make(0x83, script.address_of_another ? "another.example" : address), make(0x84, random_bytes(16))});
        auto signature = auth.key.sign(signed_1);
        if (script.bad_signature_1) signature[10] ^= 1;
        return done({{"transactionId", base::hex(transaction_)},
                     {"serverSigned1", base::base64(signed_1)},
                     {"serverSignature1", base::base64(make(0x5F37, signature))},
                     {"euiccCiPKIdToBeUsed", base::base64(make(0x04, pki_.ci.cert.subject_key_id()))},
                     {"serverCertificate", base::base64(auth.cert.der())}});
    }

    std::string authenticate(const boost::json::object& in) {
        const auto response = binary(in, "authenticateServerResponse");
        received["authenticateClient"].push_back(response);
        const auto outer = only(response, 0xBF38);
        const auto ok = outer ? only(outer->value, 0xA0) : std::nullopt;
        if (!ok || script.refuse_client) return failed("8.1", "6.1");
        const auto signed_1 = find(ok->value, 0x30);
        const auto signature = find(ok->value, 0x5F37);
        if (!pki_.euicc.cert.key().verify(signed_1->whole, signature->value)) return failed("8.1", "6.1");
        euicc_signature_1_.assign(signature->whole.begin(), signature->whole.end());
        const bytes flag{static_cast<std::uint8_t>(confirmation_code.empty() ? 0 : 0xFF)};
        const auto offered = script.offer_known_otpk ? make(0x5F49, known_otpk) : bytes{};
        const auto signed_2 = make(0x30, {make(0x80, transaction_), make(0x01, flag), offered});
        auto own = binding.key.sign(joined({signed_2, euicc_signature_1_}));
        if (script.bad_signature_2) own[20] ^= 1;
        signature_2_ = make(0x5F37, own);
        return done({{"transactionId", base::hex(transaction_)},
                     {"profileMetadata", base::base64(metadata)},
                     {"smdpSigned2", base::base64(signed_2)},
                     {"smdpSignature2", base::base64(signature_2_)},
                     {"smdpCertificate", base::base64(binding.cert.der())}});
    }

    std::string bind(const boost::json::object& in) {
        const auto response = binary(in, "prepareDownloadResponse");
        received["getBoundProfilePackage"].push_back(response);
        const auto outer = only(response, 0xBF21);
        const auto ok = outer ? only(outer->value, 0xA0) : std::nullopt;
        if (!ok) return failed("8.1", "6.1");
        const auto signed_2 = find(ok->value, 0x30);
        const auto signature = find(ok->value, 0x5F37);
        if (!pki_.euicc.cert.key().verify(joined({signed_2->whole, signature_2_}), signature->value))
            return failed("8.1", "6.1");
        const auto point = find(signed_2->value, 0x5F49);
        const auto hash = find(signed_2->value, 0x04);
        known_otpk.assign(point->value.begin(), point->value.end());
        if (!confirmation_code.empty()) {
            const auto first = base::sha256(base::view(confirmation_code));
            const auto wanted = base::sha256(joined({first, transaction_}));
            code_was_right = hash && same(hash->value, wanted);
            if (!code_was_right) return failed("8.2.7", "3.8");
        }
        return done(
            {{"transactionId", base::hex(transaction_)}, {"boundProfilePackage", base::base64(bound(point->value))}});
    }

    struct segment_keys {
        block chaining{};
        block encryption{};
        block mac{};
        int counter = 1;
        int number = 0;
    };

    static block first_16(const bytes& from, std::size_t at) {
        block out{};
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), 16, out.begin());
        return out;
    }

    bytes segment(segment_keys& with, std::uint32_t tag, bytes data) const {
        if (tag != 0x88) {
            data.push_back(0x80);
            while (data.size() % 16 != 0) data.push_back(0);
            block counter{};
            counter[15] = static_cast<std::uint8_t>(with.counter);
            counter[14] = static_cast<std::uint8_t>(with.counter >> 8);
            const auto iv = aes_cbc_encrypt(with.encryption, block{}, counter);
            data = aes_cbc_encrypt(with.encryption, first_16(iv, 0), data);
        }
        if (tag != 0x88 || !script.stuck_counter) ++with.counter;
        // The length that is authenticated counts the MAC.
        auto whole = make(tag, {data, bytes(8, 0)});
        whole.resize(whole.size() - 8);
        with.chaining = aes_cmac(with.mac, joined({with.chaining, whole}));
        append(whole, byte_view(with.chaining).first(8));
        if (with.number++ == script.broken_mac) whole.back() ^= 1;
        return whole;
    }

    bytes bound(byte_view card_point) {
        const auto one_time = ec_key::generate(pki_.ci.key.on());
        const auto shared = *one_time.agree(*ec_key::from_point(one_time.on(), card_point));
        const bytes host{'K', 'L'};
        const auto crt = make(0xA6, {make(0x80, bytes{0x88}), make(0x81, bytes{0x10}), make(0x84, host)});
        const auto tx = script.wrong_bf23_transaction ? random_bytes(16) : transaction_;
        const auto head = joined({make_unsigned(0x82, 1), make(0x80, tx), crt, make(0x5F49, one_time.point())});
        auto signature = binding.key.sign(joined({head, make(0x5F49, card_point)}));
        if (script.bad_smdp_sign) signature[5] ^= 1;
        const auto channel = make(0xBF23, {head, make(0x5F37, signature)});

        const bytes info = joined({bytes{0x88, 0x10, 2}, host, bytes{16}, *base::from_hex(pki_.eid)});
        const auto keys = x963_kdf(shared, info, 48);
        segment_keys with{first_16(keys, 0), first_16(keys, 16), first_16(keys, 32), 1, 0};
        const auto first = make(0xA0, segment(with, 0x87, make(0xBF24, bytes{})));
        const auto stored = script.other_metadata ? test_metadata(iccid, "other.example") : metadata;
        const auto second = make(0xA1, segment(with, 0x88, stored));
        bytes third;
        if (script.replace_keys) {
            const auto fresh = random_bytes(48);
            const auto request =
                make(0xBF26, {make(0x80, byte_view(fresh).first(16)), make(0x81, byte_view(fresh).subspan(16, 16)),
                              make(0x82, byte_view(fresh).subspan(32, 16))});
            third = make(0xA2, segment(with, 0x87, request));
            with = {first_16(fresh, 0), first_16(fresh, 16), first_16(fresh, 32), 1, with.number};
        }
        bytes list;
        byte_view rest = package;
        while (!rest.empty()) {
            const std::size_t most = with.number == script.long_segment ? 1100 : 1007;
            const auto count = std::min(most, rest.size());
            append(list, segment(with, 0x86, bytes(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count))));
            rest = rest.subspan(count);
        }
        auto whole = make(0xBF36, {channel, first, second, third, make(0xA3, list)});
        if (script.trailing_bytes) append(whole, make(0x04, bytes{1}));
        return whole;
    }
};

/// HTTPS on loopback, one thread, one request at a time over connections that stay open.
class https_listener {
 public:
    using handler = std::function<std::string(const std::string& function, const std::string& body)>;

    https_listener(const minted& tls, handler answer) : answer_(std::move(answer)) {
        std::signal(SIGPIPE, SIG_IGN);  // phones that refuse the certificate hang up
        context_ = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(context_, tls.cert.handle());
        SSL_CTX_use_PrivateKey(context_, tls.key.handle());
        SSL_CTX_set1_groups_list(context_, "X25519:P-256:brainpoolP256r1");
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ENSURE(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && ::listen(listener_, 16) == 0);
        socklen_t size = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { accept_loop(); });
    }
    ~https_listener() {
        stopping_ = true;
        thread_.join();
        ::close(listener_);
        SSL_CTX_free(context_);
    }
    https_listener(const https_listener&) = delete;
    https_listener& operator=(const https_listener&) = delete;

    std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
    void accept_loop() {
        std::vector<std::thread> workers;
        while (!stopping_) {
            pollfd ready{listener_, POLLIN, 0};
            if (::poll(&ready, 1, 50) != 1) continue;
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client >= 0) workers.emplace_back([this, client] { serve(client); });
        }
        for (auto& one : workers) one.join();
    }

    void serve(int client) {
        SSL* tls = SSL_new(context_);
        SSL_set_fd(tls, client);
        timeval patience{0, 100'000};
        if (SSL_accept(tls) == 1) {
            ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            std::string buffer;
            while (!stopping_ && one_request(tls, buffer)) {
            }
            SSL_shutdown(tls);
        }
        SSL_free(tls);
        ::close(client);
    }

    bool read_more(SSL* tls, std::string& buffer) {
        char piece[16384];
        while (!stopping_) {
            const int count = SSL_read(tls, piece, sizeof piece);
            if (count > 0) {
                buffer.append(piece, static_cast<std::size_t>(count));
                return true;
            }
            if (SSL_get_error(tls, count) != SSL_ERROR_WANT_READ) return false;
        }
        return false;
    }

    bool one_request(SSL* tls, std::string& buffer) {
        while (buffer.find("\r\n\r\n") == std::string::npos)
            if (!read_more(tls, buffer)) return false;
        const auto head_end = buffer.find("\r\n\r\n") + 4;
        const auto length_at = buffer.find("Content-Length: ");
        const auto length = static_cast<std::size_t>(std::stoul(buffer.substr(length_at + 16)));
        while (buffer.size() < head_end + length)
            if (!read_more(tls, buffer)) return false;
        const auto path_start = buffer.find(' ') + 1;
        const auto path = buffer.substr(path_start, buffer.find(' ', path_start) - path_start);
        const auto answer = answer_(path.substr(path.rfind('/') + 1), buffer.substr(head_end, length));
        buffer.erase(0, head_end + length);
        std::string out = answer.empty() ? "HTTP/1.1 204 No Content\r\n" : "HTTP/1.1 200 OK\r\n";
        out += "X-Admin-Protocol: gsma/rsp/v2.5.0\r\n";
        if (!answer.empty())
            out += "Content-Type: application/json;charset=UTF-8\r\nContent-Length: " + std::to_string(answer.size()) +
                   "\r\n";
        out += "\r\n" + answer;
        return SSL_write(tls, out.data(), static_cast<int>(out.size())) > 0;
    }

    handler answer_;
    SSL_CTX* context_ = nullptr;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace keepline::phone::testing
