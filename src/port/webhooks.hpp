// The seam to those who are told by webhook: one signed message to one address.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace keepline::port {

/// Where a message goes. Never logged: the secrets sign.
struct webhook_route {
    std::string name;  // for errors and metrics: the URL may hold a secret
    std::string url;
    std::vector<base::bytes> secrets;  // everything is signed with each; the newest first
    bool configured = false;           // by who owns the machine: it may lie in a private network and speak plain HTTP
};

struct webhook_message {
    std::string id;  // the same at every try
    std::string body;
    std::string correlation;
    std::stop_token until{};  // when it is asked to stop, the call is given up as soon as can be
};

class webhook_sender {
 public:
    virtual ~webhook_sender() = default;
    /// Whether a URL may be a target at all, as far as its text says; code::invalid with words.
    virtual base::result<void> check(const std::string& url) const = 0;
    /// Blocks for a bounded time; any thread. Errors: peer_unreachable and too_many (the address takes nothing now),
    /// peer_refused and peer_garbled (this message was not taken).
    virtual base::result<void> send(const webhook_route& to, const webhook_message& what) = 0;
};

/// Remembers what it was given; fails as told. For tests. Any thread.
class fake_webhook_sender final : public webhook_sender {
 public:
    struct sent {
        std::string to;
        webhook_message what;
        std::size_t signatures = 0;
    };
    using script = std::function<base::result<void>(const webhook_route&, const webhook_message&)>;
    explicit fake_webhook_sender(script answer = [](const auto&, const auto&) { return base::result<void>(); })
        : answer_(std::move(answer)) {}
    base::result<void> check(const std::string&) const override { return {}; }
    base::result<void> send(const webhook_route& to, const webhook_message& what) override {
        script answer;
        {
            const std::scoped_lock held(mutex_);
            seen_.push_back({to.name, what, to.secrets.size()});
            answer = answer_;
        }
        return answer(to, what);
    }
    void answers(script how) {
        const std::scoped_lock held(mutex_);
        answer_ = std::move(how);
    }
    std::vector<sent> seen() const {
        const std::scoped_lock held(mutex_);
        return seen_;
    }

 private:
    mutable std::mutex mutex_;
    std::vector<sent> seen_;
    script answer_;
};

}  // namespace keepline::port
