#include "phone/https_client.hpp"

#include "base/ensure.hpp"

#include <mutex>

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace keepline::phone {

namespace {

constexpr std::size_t max_answer = 8U << 20;
constexpr std::size_t max_lines = 64U << 10;  // header and trailers

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* into) {
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size * count > max_answer) return 0;
    body.append(data, size * count);
    return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
    auto& answer = *static_cast<http_answer*>(into);
    std::string_view line(data, size * count);
    if ((answer.lines += line.size()) > max_lines) return 0;
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        line.remove_prefix(colon + 1);
        while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' '))
            line.remove_suffix(1);
        if (name == "x-admin-protocol") answer.admin_protocol = line;
        if (name == "content-type") answer.content_type = line;
    }
    return size * count;
}

int check_role(int ok, X509_STORE_CTX* chain) {
    if (ok != 1 || X509_STORE_CTX_get_error_depth(chain) != 0) return ok;
    const auto role = role_of(X509_STORE_CTX_get_current_cert(chain));
    if (role == cert_role::dp_tls || role == cert_role::ds_tls) return 1;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

CURLcode prepare_tls(CURL*, void* context, void* settings) {
    auto* tls = static_cast<SSL_CTX*>(context);
    if (static_cast<const https_settings*>(settings)->needs_role) SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, check_role);
    SSL_CTX_set1_groups_list(tls, "X25519:P-256:brainpoolP256r1:P-384");
    return CURLE_OK;
}

base::error told_by_curl(CURLcode what, const char* words) {
    const std::string said = *words != '\0' ? words : curl_easy_strerror(what);
    switch (what) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return {base::code::certificate_invalid, "The server's TLS certificate does not hold: " + said};
        case CURLE_OPERATION_TIMEDOUT: return {base::code::timed_out, "The server did not answer in time."};
        case CURLE_WRITE_ERROR: return {base::code::too_large, "The server's answer is larger than allowed."};
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL: return {base::code::invalid, "The server's address makes no URL."};
        default: return {base::code::peer_unreachable, "The server cannot be reached: " + said};
    }
}

}  // namespace

struct https_client::handle {
    CURL* curl = curl_easy_init();
    curl_slist* connect_to = nullptr;
    char words[CURL_ERROR_SIZE] = {};
    handle() = default;
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    ~handle() {
        curl_easy_cleanup(curl);
        curl_slist_free_all(connect_to);
    }
};

https_client::https_client(https_settings settings) : settings_(std::move(settings)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    handle_ = std::make_unique<handle>();
    ENSURE(handle_->curl != nullptr);
    auto* curl = handle_->curl;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, settings_.timeout_ms);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    curl_blob roots{settings_.roots_pem.data(), settings_.roots_pem.size(), CURL_BLOB_COPY};
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &roots);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &settings_);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->words);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);  // a new one takes the place of the one before
    if (!settings_.keep_connection) curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    if (!settings_.resume_sessions) curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (!settings_.connect_to.empty()) {
        handle_->connect_to = curl_slist_append(nullptr, ("::" + settings_.connect_to).c_str());
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, handle_->connect_to);
    }
}

https_client::~https_client() = default;

void https_client::hang_up() { curl_easy_setopt(handle_->curl, CURLOPT_FRESH_CONNECT, 1L); }

base::result<http_answer> https_client::post(const std::string& address, const std::string& path,
                                             const std::vector<std::string>& headers, const std::string& body) {
    if (!settings_.server_url.empty()) return post_url(settings_.server_url + path, headers, body);
    return post_url("https://" + address + path, headers, body);
}

base::result<http_answer> https_client::post_url(const std::string& url, const std::vector<std::string>& headers,
                                                 const std::string& body) {
    auto* curl = handle_->curl;
    http_answer answer;
    curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no 100-continue
    for (const auto& one : headers) list = curl_slist_append(list, one.c_str());
    handle_->words[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
    const auto done = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 0L);
    curl_slist_free_all(list);
    if (done != CURLE_OK) return std::unexpected(told_by_curl(done, handle_->words));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

}  // namespace keepline::phone
