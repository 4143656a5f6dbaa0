// The staff console: one page that a browser runs (web/console) and what it loads, in front of the API that it speaks
// to. Whatever is not below /console is the API's. Knows nobody and asks nothing. Any thread.
#pragma once

#include "http/message.hpp"

#include <string>
#include <utility>

namespace keepline::console {

class site final : public http::application {
 public:
    /// `behind` outlives it. `country_code` ("86"; digits or nothing): of numbers that staff type without one.
    explicit site(http::application& behind, std::string country_code = {})
        : behind_(behind), country_code_(std::move(country_code)) {}

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(http::exchange_ptr what) override;
    http::response refusal(const base::error& why, const http::request& head) override {
        return behind_.refusal(why, head);
    }

 private:
    http::application& behind_;
    std::string country_code_;
};

}  // namespace keepline::console
