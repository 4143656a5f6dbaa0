// The staff console: one page that a browser runs (web/console) and what it loads, in front of the API that it speaks
// to. Whatever is not below /console is the API's. Knows nobody and asks nothing. Any thread.
#pragma once

#include "http/message.hpp"

#include <string>
#include <utility>

namespace keepline::console {

/// What the page has to know before anybody has signed in; all of it is public.
struct page_facts {
    std::string country_code{};   // "86"; digits or nothing: of numbers that staff type without one
    std::string operator_name{};  // as receipts and messages have it
    std::string hotline{};        // which a receipt names; empty: none
};

class site final : public http::application {
 public:
    /// `behind` outlives it.
    explicit site(http::application& behind, page_facts says = {}) : behind_(behind), says_(std::move(says)) {}

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(http::exchange_ptr what) override;
    http::response refusal(const base::error& why, const http::request& head) override {
        return behind_.refusal(why, head);
    }

 private:
    http::application& behind_;
    page_facts says_;
};

}  // namespace keepline::console
