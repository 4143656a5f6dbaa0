// What whoever runs Keepline asks of it: health, readiness, metrics. On a listener of its own, whose threads and whose
// one thread for reading the store do nothing else, so that no customer's work can keep it waiting. It asks for no
// token: keep it on loopback, or on a network where only your monitoring is.
#pragma once

#include "api/api.hpp"

namespace keepline::api {

class watch final : public application {
 public:
    /// `of` outlives it.
    explicit watch(api& of) : shared_(of.shared()) {}

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(exchange_ptr what) override;
    response refusal(const base::error& why, const http::request& head) override;

 private:
    services& shared_;
    base::aside reads_{1, 64};
};

/// Whether it takes work, as /readyz says it: 200 or 503. Asks the store.
response readiness(services& of);

}  // namespace keepline::api
