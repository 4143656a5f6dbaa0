// The API over the network, by libcurl. A pool of handles, so that connections are used again; each call takes one.
#include "app/api_way.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <vector>

#include <curl/curl.h>

namespace keepline::app {

namespace {

constexpr std::size_t max_answer_bytes = 64UL * 1024 * 1024;
constexpr long connect_timeout_ms = 5'000;
constexpr long total_timeout_ms = 60'000;

struct close_handle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using handle = std::unique_ptr<CURL, close_handle>;

struct free_list {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

class header_list {
 public:
    void add(const std::string& line) {
        auto* longer = curl_slist_append(list_.get(), line.c_str());
        if (longer == nullptr) return;
        static_cast<void>(list_.release());
        list_.reset(longer);
    }
    void add(const std::string& name, const std::string& value) {
        if (!value.empty()) add(name + ": " + value);
    }
    curl_slist* get() const { return list_.get(); }

 private:
    std::unique_ptr<curl_slist, free_list> list_;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* into) {
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size > max_answer_bytes) return 0;
    body.append(data, size);
    return size;
}

/// The value behind "name:", when this is that header.
std::optional<std::string_view> header_value(std::string_view line, std::string_view name) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (!std::ranges::equal(line.substr(0, name.size()), name, {}, lower, lower)) return std::nullopt;
    line.remove_prefix(name.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    return line;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* into) {
    auto& answer = *static_cast<api_answer*>(into);
    const std::string_view line(data, size);
    if (const auto etag = header_value(line, "etag")) answer.etag = *etag;
    if (header_value(line, "idempotency-replayed")) answer.replayed = true;
    return size;
}

class remote_api final : public api_way {
 public:
    remote_api(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {
        static const bool once = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
        static_cast<void>(once);
        while (url_.ends_with('/')) url_.pop_back();
    }

    base::result<api_answer> send(const api_request& what) override {
        auto taken = take();
        if (!taken) return base::refuse(base::code::internal, "libcurl cannot be used.");
        auto answer = exchange(taken.get(), what);
        give_back(std::move(taken));
        return answer;
    }

 private:
    handle take() {
        const std::scoped_lock held(mutex_);
        if (idle_.empty()) return handle(curl_easy_init());
        auto out = std::move(idle_.back());
        idle_.pop_back();
        return out;
    }
    void give_back(handle one) {
        const std::scoped_lock held(mutex_);
        idle_.push_back(std::move(one));
    }

    base::result<api_answer> exchange(CURL* curl, const api_request& what) {
        curl_easy_reset(curl);
        header_list headers;
        if (!token_.empty()) headers.add("Authorization: Bearer " + token_);
        headers.add("Idempotency-Key", what.idempotency_key);
        headers.add("If-Match", what.if_match);
        headers.add("Keepline-Channel", what.channel);
        headers.add("Accept", what.accept);
        headers.add("Content-Type: application/json");
        headers.add("Expect:");
        api_answer out;
        std::array<char, CURL_ERROR_SIZE> words{};
        curl_easy_setopt(curl, CURLOPT_URL, (url_ + what.target).c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total_timeout_ms);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out.body);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &out);
        if (what.method != "GET") {
            curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, what.method.c_str());
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what.body.c_str());
        }
        const auto outcome = curl_easy_perform(curl);
        if (outcome != CURLE_OK)
            return base::refuse(base::code::peer_unreachable,
                                "No answer from " + url_ + ": " +
                                    (words[0] != '\0' ? words.data() : curl_easy_strerror(outcome)) + ".");
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        out.status = static_cast<int>(status);
        const char* type = nullptr;
        curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
        out.type = type == nullptr ? "" : type;
        return out;
    }

    std::string url_;
    std::string token_;
    std::mutex mutex_;
    std::vector<handle> idle_;
};

}  // namespace

std::unique_ptr<api_way> make_remote_api(std::string url, std::string token) {
    return std::make_unique<remote_api>(std::move(url), std::move(token));
}

}  // namespace keepline::app
