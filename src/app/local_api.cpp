#include "app/local_api.hpp"

#include "desk/roles.hpp"
#include "desk/waiting.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace keepline::app {

namespace {

/// Knows one token.
class one_token final : public port::token_store {
 public:
    explicit one_token(port::token_record token) : token_(std::move(token)) {}
    port::result<std::optional<port::token_record>> find(std::string_view digest) override {
        if (digest == token_.digest) return token_;
        return std::nullopt;
    }
    port::result<void> add(const port::token_record&) override { return refused(); }
    port::result<std::vector<port::token_record>> all() override { return std::vector{token_}; }
    port::result<int> revoke(bool, std::string_view, port::instant) override { return refused(); }
    port::result<void> take_up(const port::token_record&) override { return refused(); }
    port::result<std::vector<port::token_record>> not_in_journal() override {
        return std::vector<port::token_record>();
    }

 private:
    static std::unexpected<base::error> refused() {
        return base::refuse(base::code::forbidden, "There are no tokens to manage in this process.");
    }
    port::token_record token_;
};

/// The calling thread is the exchange's thread: it runs what is posted until the answer is there.
class waiting_exchange final : public http::exchange {
 public:
    void run(std::function<void()> work) override { thread_.run(std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        thread_.run_after(pause, std::move(work));
    }
    void reply(http::response answer) override { answer_ = std::move(answer); }

    http::response wait() {
        while (!answer_) thread_.run_one();
        return std::move(*answer_);
    }

 private:
    desk::waiting thread_;
    std::optional<http::response> answer_;
};

http::verb verb_of(std::string_view method) {
    if (method == "GET") return http::verb::get;
    if (method == "POST") return http::verb::post;
    return method == "PUT" ? http::verb::put : http::verb::other;
}

class local_api final : public api_way {
 public:
    local_api(desk::parts with, const domain::actor& who, std::span<const domain::channel> channels)
        : secret_(with.random->token(32)), tokens_(record(*with.secrets, *with.clock, secret_, who, channels)) {
        with.tokens = &tokens_;
        desk_ = std::make_unique<desk::desk>(std::move(with));
        api_ = std::make_unique<api::api>(*desk_, api::limits{});
    }

    base::result<api_answer> send(const api_request& what) override {
        const auto way = std::make_shared<waiting_exchange>();
        way->in = {.how = verb_of(what.method),
                   .target = what.target,
                   .body = what.body,
                   .peer = "in-process",
                   .authorization = "Bearer " + secret_,
                   .content_type = "application/json",
                   .idempotency_key = what.idempotency_key,
                   .if_match = what.if_match,
                   .correlation = {},
                   .channel = what.channel,
                   .admin_protocol = {}};
        api_->handle(way);
        auto answer = way->wait();
        api_answer out{answer.status, std::string(answer.type), std::move(answer.body)};
        for (const auto& header : answer.headers) {
            if (header.name == "ETag") out.etag = header.value;
            if (header.name == "Idempotency-Replayed") out.replayed = true;
        }
        return out;
    }

 private:
    static port::token_record record(const port::secrets& secrets, const port::clock& clock, const std::string& token,
                                     const domain::actor& who, std::span<const domain::channel> channels) {
        port::token_record out;
        out.digest = secrets.keyed_digest("token", "", token);
        out.who = who;
        out.created_at = clock.now();
        out.kin_until = out.created_at + base::days{1};
        out.channels.assign(channels.begin(), channels.end());
        out.in_journal = true;
        return out;
    }

    std::string secret_;
    one_token tokens_;
    std::unique_ptr<desk::desk> desk_;
    std::unique_ptr<api::api> api_;
};

}  // namespace

std::unique_ptr<api_way> make_local_api(desk::parts with, const std::string& name) {
    return std::make_unique<local_api>(std::move(with), domain::actor{domain::role::system, base::label::trusted(name)},
                                       desk::channels_open_to(domain::role::system));
}

std::unique_ptr<api_way> make_local_api(desk::parts with, const domain::actor& who, domain::channel through) {
    return std::make_unique<local_api>(std::move(with), who, std::array{through});
}

}  // namespace keepline::app
