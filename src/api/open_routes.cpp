// What needs no token: health, readiness, the contract, the keys.
#include "api/api.hpp"
#include "api/routes.hpp"
#include "api/watch.hpp"

namespace keepline::api {

void healthz(const call_ptr& c) {
    response out;
    out.body = R"({"status":"ok"})";
    c->answer(std::move(out));
}

void readyz(const call_ptr& c) {
    // A thread of its own: an archive or a large import elsewhere is no reason to be thought dead.
    run_on(c->api->probes, c, [c]() -> afterwards {
        return [c, answer = readiness(*c->api)]() mutable { c->answer(std::move(answer)); };
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
    out.body = c->at->with.jwks();
    c->answer(std::move(out));
}

}  // namespace keepline::api
