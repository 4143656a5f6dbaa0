#include "link/curl_handle.hpp"

#include "base/ensure.hpp"

namespace keepline::link {

curl_pool::curl_pool() {
    static std::once_flag once;
    std::call_once(once, [] { ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

curl_handle curl_pool::take() {
    {
        const std::scoped_lock held(mutex_);
        if (!free_.empty()) {
            auto out = std::move(free_.back());
            free_.pop_back();
            curl_easy_reset(out.get());
            return out;
        }
    }
    curl_handle out(curl_easy_init());
    ENSURE(out != nullptr);
    return out;
}

void curl_pool::give_back(curl_handle handle) {
    const std::scoped_lock held(mutex_);
    free_.push_back(std::move(handle));
}

void add_line(curl_list& list, const std::string& line) {
    auto* longer = curl_slist_append(list.get(), line.c_str());
    ENSURE(longer != nullptr);
    (void)list.release();
    list.reset(longer);
}

void set_call(CURL* on, const char* protocols, const call_limits& limits, const std::string& ca_file) {
    curl_easy_setopt(on, CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(on, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(on, CURLOPT_PROXY, "");
    curl_easy_setopt(on, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(on, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    curl_easy_setopt(on, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
    curl_easy_setopt(on, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!ca_file.empty()) curl_easy_setopt(on, CURLOPT_CAINFO, ca_file.c_str());
}

std::size_t bounded_answer::take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& me = *static_cast<bounded_answer*>(self);
    const auto octets = size * count;
    if (octets > me.left_) return 0;
    me.left_ -= octets;
    if (me.what_ == body::counted) return octets;
    try {
        me.text_.append(data, octets);
    } catch (const std::exception&) {  // called by C
        return 0;
    }
    return octets;
}

std::size_t bounded_answer::take_line(char* data, std::size_t size, std::size_t count, void* self) noexcept {
    auto& me = *static_cast<bounded_answer*>(self);
    const auto octets = size * count;
    if (octets > me.lines_left_) return 0;
    me.lines_left_ -= octets;
    try {
        if (me.on_line) me.on_line({data, octets});
    } catch (const std::exception&) {
        return 0;
    }
    return octets;
}

void bounded_answer::listen_on(CURL* to) {
    curl_easy_setopt(to, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(left_));
    curl_easy_setopt(to, CURLOPT_WRITEFUNCTION, &bounded_answer::take_body);
    curl_easy_setopt(to, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(to, CURLOPT_HEADERFUNCTION, &bounded_answer::take_line);
    curl_easy_setopt(to, CURLOPT_HEADERDATA, this);
}

void set_post(CURL* on, const std::string& url, const curl_list& headers, const std::string& body,
              bounded_answer& answer) {
    answer.listen_on(on);
    curl_easy_setopt(on, CURLOPT_URL, url.c_str());
    // As our own listeners: what goes over the wire today stays closed to whoever takes the peer's key tomorrow.
    curl_easy_setopt(on, CURLOPT_SSL_CIPHER_LIST, "ECDHE+AESGCM:ECDHE+CHACHA20");
    curl_easy_setopt(on, CURLOPT_USERAGENT, "keepline");
    curl_easy_setopt(on, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(on, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(on, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
}

bool is_unreachable(CURLcode outcome) {
    switch (outcome) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_USE_SSL_FAILED:
        case CURLE_PEER_FAILED_VERIFICATION:
        // Files of ours that cannot be used: every message waits until somebody mends them.
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM: return true;
        default: return false;
    }
}

bool is_cut_off(CURLcode outcome) {
    return outcome == CURLE_SEND_ERROR || outcome == CURLE_RECV_ERROR || outcome == CURLE_GOT_NOTHING;
}

base::result<void> http_outcome(const std::string& whose, CURLcode outcome, long status) {
    using base::code;
    using base::refuse;
    // It has said yes: what is odd about the rest of its answer (cut short, too long, never ending) takes nothing back.
    if (status >= 200 && status < 300) return {};
    if (is_unreachable(outcome) || is_cut_off(outcome))
        return refuse(code::peer_unreachable, whose + "cannot be reached: " + curl_easy_strerror(outcome) + ".");
    if (outcome != CURLE_OK) return refuse(code::peer_garbled, whose + "failed: " + curl_easy_strerror(outcome) + ".");
    const auto said = whose + "answered " + std::to_string(status) + ".";
    if (status == 429 || status == 503) return refuse(code::too_many, said);
    if (status == 502 || status == 504) return refuse(code::peer_unreachable, said);
    // 410 Gone is the receiver's last word by the Standard Webhooks rules; everything else may pass (a deployment, a
    // lost route).
    if (status == 410) return refuse(code::peer_refused, said);
    return refuse(code::peer_garbled, said);
}

}  // namespace keepline::link
