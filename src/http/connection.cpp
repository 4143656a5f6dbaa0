#include "http/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace keepline::http::sockets {

namespace {

constexpr auto sweep_every = std::chrono::milliseconds{100};

std::string_view reason_of(int status) {
    return {beast::http::obsolete_reason(static_cast<beast::http::status>(status)).data(),
            beast::http::obsolete_reason(static_cast<beast::http::status>(status)).size()};
}

}  // namespace

// ------------------------------------------------------------------------------------------------ heads

std::string head_of(const response& answer, bool keep_alive, bool secure, body_length length) {
    std::string out;
    out.reserve(640);
    out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(reason_of(answer.status));
    out.append("\r\nServer: Keepline\r\nCache-Control: ").append(answer.caching);
    out += "\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: ";
    out += answer.content_policy.empty()
               ? "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
               : answer.content_policy;
    if (answer.content_policy.empty() && answer.type.starts_with("text/html"))
        out += "; style-src 'unsafe-inline'";  // a page carries its own
    if (answer.content_policy.empty()) out += "\r\nCross-Origin-Opener-Policy: same-origin";
    out.append("\r\nReferrer-Policy: ").append(answer.referrer).append("\r\n");
    // RFC 6797: from now on this name is asked over TLS only; it means nothing without TLS (§7.2).
    if (secure || answer.only_over_tls) out += "Strict-Transport-Security: max-age=63072000\r\n";
    if (!answer.type.empty()) out.append("Content-Type: ").append(answer.type).append("\r\n");
    if (length == body_length::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (answer.status != 204 && answer.status != 304 && length == body_length::known)
        out.append("Content-Length: ").append(std::to_string(answer.body.size())).append("\r\n");
    for (const auto& one : answer.headers) out.append(one.name).append(": ").append(one.value).append("\r\n");
    out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return out;
}

verb verb_of(beast::http::verb how) {
    switch (how) {
        case beast::http::verb::get: return verb::get;
        case beast::http::verb::head: return verb::head;
        case beast::http::verb::post: return verb::post;
        case beast::http::verb::put: return verb::put;
        default: return verb::other;
    }
}

std::string joined(const request_head& head, std::string_view name) {
    std::string out;
    const auto [first, last] = head.equal_range(beast::string_view(name.data(), name.size()));
    for (auto one = first; one != last; ++one) {
        if (one != first) out += ',';
        out.append(one->value().data(), one->value().size());
    }
    return out;
}

namespace {

/// RFC 3986 §3.2.2 and §3.2.3, as loosely as is harmless: no blank, no path, no user. An empty one is allowed.
bool is_host(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
    });
}

/// Two of one of these name two senders, two requests or two states: each part of a chain of servers may believe
/// another (RFC 9110 §5.3: only lists may be sent more than once, and none of these is one).
base::result<void> check_single(const request_head& head) {
    for (const std::string_view name :
         {"Authorization", "Idempotency-Key", "If-Match", "Keepline-Channel", "Content-Type", "X-Correlation-Id",
          "X-Admin-Protocol", "Origin", "Sec-Fetch-Site", "X-Keepline-Console", "Last-Event-ID"})
        if (head.count(beast::string_view(name.data(), name.size())) > 1)
            return base::refuse(code::malformed, "There is more than one `" + std::string(name) + "`.",
                                {{"header", std::string(name)}});
    return {};
}

}  // namespace

base::result<void> check_framing(const request_head& head, bool chunked) {
    using beast::http::field;
    const auto malformed = [](const char* words) { return base::refuse(code::malformed, words); };
    const auto codings = head.count(field::transfer_encoding);
    if (codings > 0) {
        if (head.version() < 11) return malformed("HTTP/1.0 has no `Transfer-Encoding`.");
        // §6.1 knows more codings; nobody sends them in requests, and each is a chance to be misread.
        if (codings > 1 || !beast::iequals(head[field::transfer_encoding], "chunked") || !chunked)
            return base::refuse(code::coding_unknown, "The only `Transfer-Encoding` here is chunked.");
        if (head.count(field::content_length) > 0)
            return malformed("`Transfer-Encoding` and `Content-Length` exclude each other.");
    }
    const auto hosts = head.count(field::host);
    if (hosts > 1) return malformed("There is more than one `Host`.");
    if (hosts == 0 && head.version() >= 11) return malformed("`Host` is missing.");
    if (hosts == 1 && !is_host(text_of(head[field::host]))) return malformed("`Host` is no host and port.");
    return check_single(head);
}
// ------------------------------------------------------------------------------------------------ exchanges

namespace {

class ticket final : public exchange {
 public:
    ticket(std::shared_ptr<connection> of, std::uint64_t number) : of_(std::move(of)), number_(number) {
        of_->on().all.exchanges.fetch_add(1);
    }
    ~ticket() override {
        // The connection must end on its own thread, and this may be any.
        auto& lane = of_->on();
        asio::post(lane.io, [of = std::move(of_), &all = lane.all, number = number_] {
            of->let_go(number);
            all.exchanges.fetch_sub(1);
        });
    }
    void run(std::function<void()> work) override { asio::post(of_->on().io, std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        const auto timer = std::make_shared<asio::steady_timer>(of_->on().io, pause);
        timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& failure) {
            if (!failure) work();
        });
    }
    void reply(response answer) override { of_->take_reply(number_, std::move(answer)); }

 private:
    std::shared_ptr<connection> of_;
    std::uint64_t number_;
};

}  // namespace

void connection::ask_for_more() {
    deadline_ = std::min(clock::now() + std::chrono::milliseconds(how().handle_timeout), last_piece_);
    auto& all = lane_->all;
    all.exchanges.fetch_add(1);  // as a request that is being worked on: stop() waits for it
    source_->next([me = shared_from_this(), asked = source_, &all](body_source::piece piece) mutable {
        auto& io = me->on().io;
        asio::post(io, [me = std::move(me), asked = std::move(asked), piece = std::move(piece), &all]() mutable {
            asked.reset();
            me->take_piece(std::move(piece));
            me.reset();
            all.exchanges.fetch_sub(1);
        });
    });
}

void connection::hand_over() {
    keep_alive_ = parser_->keep_alive();
    version_ = parser_->get().version();
    in_.body = std::move(parser_->get().body());
    current_ = ++exchanges_;
    const auto what = std::make_shared<ticket>(shared_from_this(), current_);
    what->in = std::move(in_);
    in_.how = what->in.how;
    state_ = state::handling;
    set_deadline(how().handle_timeout);
    lane_->all.serves.handle(what);
}
// ------------------------------------------------------------------------------------------------ lanes

void lane::watch() {
    sweep.expires_after(sweep_every);
    sweep.async_wait([this](error_code failure) {
        if (failure) return;
        const auto now = clock::now();
        std::vector<std::shared_ptr<connection>> all_here;  // a deadline may end one
        for (auto* one : here)
            if (auto alive = one->weak_from_this().lock()) all_here.push_back(std::move(alive));
        for (const auto& one : all_here) one->check_deadline(now);
        watch();
    });
}

void lane::stop_idle() {
    const std::vector<connection*> all_here(here.begin(), here.end());
    for (auto* one : all_here)
        if (const auto alive = one->weak_from_this().lock()) alive->stop_if_idle();
}

void lane::stop_all() {
    const std::vector<connection*> all_here(here.begin(), here.end());
    for (auto* one : all_here)
        if (const auto alive = one->weak_from_this().lock()) alive->close();
}
}  // namespace keepline::http::sockets
