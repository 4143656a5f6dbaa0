// libcurl for the connectors: easy handles, kept and used again so that connections stay open; the options that every
// call of ours has, with every limit: time, protocols, no redirects, and how much of an answer is taken; what an
// outcome means to the engine. A handle is used by one thread at a time, the rest by any.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

namespace keepline::link {

struct curl_cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_handle = std::unique_ptr<CURL, curl_cleanup>;
using curl_list = std::unique_ptr<curl_slist, curl_cleanup>;

/// Any thread.
class curl_pool {
 public:
    curl_pool();
    /// A handle without options; its open connections are still there.
    curl_handle take();
    void give_back(curl_handle handle);

 private:
    std::mutex mutex_;
    std::vector<curl_handle> free_;
};

void add_line(curl_list& list, const std::string& line);

struct call_limits {
    base::duration connect;
    base::duration total;
};

/// Bounded in time, by no proxy of the environment, TLS 1.2 or later to whoever `ca_file` (PEM) vouches for; empty: the
/// system's certificates.
void set_call(CURL* on, const char* protocols, const call_limits& limits, const std::string& ca_file);

/// What comes back over HTTP, as far as it is taken: a peer that never comes to an end, in its body, its header lines
/// or the trailers behind a body of chunks (which libcurl keeps, all of them), ends the call instead of filling our
/// memory.
class bounded_answer {
 public:
    static constexpr std::size_t octets_max = std::size_t{64} * 1024;
    enum class body { kept, counted };

    explicit bounded_answer(body what, std::size_t body_max = octets_max) : what_(what), left_(body_max) {}
    bounded_answer(const bounded_answer&) = delete;
    bounded_answer& operator=(const bounded_answer&) = delete;
    /// Is called with each line of header or trailer.
    std::function<void(std::string_view)> on_line;

    /// It must outlive the call.
    void listen_on(CURL* to);
    const std::string& text() const { return text_; }

 private:
    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t take_line(char* data, std::size_t size, std::size_t count, void* self) noexcept;

    const body what_;
    std::size_t left_;
    std::size_t lines_left_ = octets_max;
    std::string text_;
};

/// A POST on top of set_call(). `headers`, `body` and `answer` must outlive the call.
void set_post(CURL* on, const std::string& url, const curl_list& headers, const std::string& body,
              bounded_answer& answer);

/// Nobody there, no TLS with whom we know, or no answer in time: another message would fare no better.
bool is_unreachable(CURLcode outcome);
/// The connection ended in the middle.
bool is_cut_off(CURLcode outcome);

/// What became of an HTTP call, with the peer named by `whose` ("The webhook endpoint 'bank' "):
///   2xx done, however the rest of the answer looks   429, 503 too_many   410 peer_refused   502, 504, unreachable, cut
///   off peer_unreachable everything else peer_garbled
/// The words have nothing of the URL: it may hold a secret.
base::result<void> http_outcome(const std::string& whose, CURLcode outcome, long status);

}  // namespace keepline::link
