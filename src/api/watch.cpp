#include "api/watch.hpp"

#include "api/metrics_text.hpp"
#include "base/json.hpp"
#include "engine/codec.hpp"
#include "http/problem.hpp"

namespace keepline::api {

using base::code;

namespace {

struct readiness_view {
    bool ready = false;
    bool engine = false;
    bool store = false;
    std::optional<bool> sandbox;  // nothing here is real
    std::vector<desk::peer_trouble> peers;
};
BOOST_DESCRIBE_STRUCT(readiness_view, (), (ready, engine, store, sandbox, peers))

/// Asks for a stream that cannot exist: `not_found` is the word of a store that answers.
bool store_answers(engine::front& of) {
    const auto probe = of.read({port::stream_kind::subscriber, "_readiness-probe"});
    return probe || probe.error().what == code::not_found;
}

/// The server is none the less ready for it, but somebody has to look.
std::string mismatches_in_words(engine::front& of) {
    constexpr std::size_t counted_at_most = 100;
    port::stream_filter which;
    which.kind = port::stream_kind::number;
    which.stage = engine::stage_of_mismatch;
    const auto found = of.list(which, {}, counted_at_most);
    if (!found || found->streams.empty()) return {};
    const auto count = found->streams.size();
    return "The HLR contradicts the journal on " + std::string(count == counted_at_most ? "at least " : "") +
           std::to_string(count) + (count == 1 ? " number" : " numbers") + "; see /v1/network-mismatches.";
}

response metrics_page(services& of) {
    response out;
    out.type = "text/plain; version=0.0.4; charset=utf-8";
    out.body = metrics_text(of);
    return out;
}

}  // namespace

response readiness(services& of) {
    const auto& with = of.at.shared().with;
    readiness_view view;
    view.engine = with.core->ready();
    view.store = store_answers(*with.core);
    view.ready = view.engine && view.store;
    if (with.sandbox != nullptr) view.sandbox = true;
    if (with.troubles) view.peers = with.troubles();
    if (auto words = mismatches_in_words(*with.core); !words.empty()) view.peers.push_back({"hlr", std::move(words)});
    return json_answer(view, view.ready ? 200 : 503);
}

base::result<std::size_t> watch::admit(const http::request&) {
    return base::refuse(code::too_large, "Nothing is sent here.", {{"max_bytes", "0"}});
}

void watch::handle(exchange_ptr what) {
    const auto path = what->in.path();
    const auto refuse = [&](const base::error& why) { what->reply(problem_of(shared_, why, {})); };
    using page = response (*)(services&);
    page makes = nullptr;
    if (path == "/metrics") makes = metrics_page;
    if (path == "/readyz") makes = readiness;
    if (path == "/healthz")
        makes = [](services&) {
            response out;
            out.body = R"({"status":"ok"})";
            return out;
        };
    if (makes == nullptr) return refuse({code::not_found, "Here are /metrics, /healthz and /readyz.", {}});
    if (what->in.how != verb::get && what->in.how != verb::head)
        return refuse({code::method_not_allowed, "Use one of the methods in `Allow`.", {{"allow", "GET, HEAD"}}});
    const bool taken = reads_.post([this, makes, what] {
        auto answer = makes(shared_);
        what->run([what, answer = std::move(answer)]() mutable { what->reply(std::move(answer)); });
    });
    if (!taken) refuse({code::overloaded, "Too many ask at once.", {}});
}

response watch::refusal(const base::error& why, const http::request&) { return problem_of(shared_, why, {}); }

}  // namespace keepline::api
