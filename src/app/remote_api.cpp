// The API over the network, by libcurl. A pool of handles, so that connections are used again; each call takes one.
#include "app/api_way.hpp"
#include "link/curl_handle.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace keepline::app {

namespace {

constexpr std::size_t max_answer_bytes = 64UL * 1024 * 1024;
constexpr long connect_timeout_ms = 5'000;
constexpr long total_timeout_ms = 60'000;

void add_line(link::curl_list& to, const std::string& name, const std::string& value) {
    if (!value.empty()) link::add_line(to, name + ": " + value);
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

class remote_api final : public api_way {
 public:
    remote_api(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {
        while (url_.ends_with('/')) url_.pop_back();
    }

    base::result<api_answer> send(const api_request& what) override {
        auto taken = pool_.take();
        auto answer = exchange(taken.get(), what);
        pool_.give_back(std::move(taken));
        return answer;
    }

 private:
    base::result<api_answer> exchange(CURL* curl, const api_request& what) {
        link::curl_list headers;
        if (!token_.empty()) link::add_line(headers, "Authorization: Bearer " + token_);
        add_line(headers, "Idempotency-Key", what.idempotency_key);
        add_line(headers, "If-Match", what.if_match);
        add_line(headers, "Keepline-Channel", what.channel);
        add_line(headers, "Accept", what.accept);
        link::add_line(headers, "Content-Type: " + what.content_type);
        link::add_line(headers, "Expect:");
        api_answer out;
        std::array<char, CURL_ERROR_SIZE> words{};
        curl_easy_setopt(curl, CURLOPT_URL, (url_ + what.target).c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // the token goes nowhere else
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, total_timeout_ms);
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        link::bounded_answer answer(link::bounded_answer::body::kept, max_answer_bytes);
        answer.on_line = [&out](std::string_view line) {
            if (const auto etag = header_value(line, "etag")) out.etag = *etag;
            if (header_value(line, "idempotency-replayed")) out.replayed = true;
        };
        answer.listen_on(curl);
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
        out.body = answer.text();
        const char* type = nullptr;
        curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
        out.type = type == nullptr ? "" : type;
        return out;
    }

    std::string url_;
    std::string token_;
    link::curl_pool pool_;
};

}  // namespace

std::unique_ptr<api_way> make_remote_api(std::string url, std::string token) {
    return std::make_unique<remote_api>(std::move(url), std::move(token));
}

}  // namespace keepline::app
