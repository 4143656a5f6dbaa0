// What needs no token: health, readiness, metrics, the contract, the keys.
#include "http/api.hpp"
#include "http/metrics_text.hpp"
#include "http/routes.hpp"

namespace keepline::http {

namespace {

struct readiness_view {
    bool ready = false;
    bool engine = false;
    bool store = false;
    std::vector<peer_trouble> peers;
};
BOOST_DESCRIBE_STRUCT(readiness_view, (), (ready, engine, store, peers))

/// Asks for a stream that cannot exist: `not_found` is the word of a store that answers.
bool store_answers(core& of) {
    const auto probe = of.read({port::stream_kind::subscriber, "_readiness-probe"});
    return probe || probe.error().what == base::code::not_found;
}

}  // namespace

void healthz(const call_ptr& c) {
    response out;
    out.body = R"({"status":"ok"})";
    c->answer(std::move(out));
}

void readyz(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        readiness_view view;
        view.engine = c->core_of().ready();
        view.store = store_answers(c->core_of());
        view.ready = view.engine && view.store;
        if (c->api->with.troubles) view.peers = c->api->with.troubles();
        return [c, view = std::move(view)] { c->answer(json_answer(view, view.ready ? 200 : 503)); };
    });
}

void metrics(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {  // counting reads the store
        auto text = metrics_text(*c->api);
        return [c, text = std::move(text)] {
            response out;
            out.type = "text/plain; version=0.0.4; charset=utf-8";
            out.body = text;
            c->answer(std::move(out));
        };
    });
}

void openapi(const call_ptr& c) {
    response out;
    out.type = "application/yaml";
    out.body = openapi_document();
    c->answer(std::move(out));
}

void jwks(const call_ptr& c) {
    response out;
    out.type = "application/jwk-set+json";
    out.body = c->api->with.jwks();
    c->answer(std::move(out));
}

}  // namespace keepline::http
