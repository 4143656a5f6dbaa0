// The subscriber's portal: pages from the server over the desk, every step a plain HTML form; script adds to them and
// is never needed. Says which page answers, in which language, for whom; believes no form that is not its own. No rule
// of its own: what may be done is what the desk takes. Called on the connections' threads; the answer comes later, on
// the exchange's own.
#pragma once

#include "desk/desk.hpp"
#include "http/message.hpp"
#include "portal/live.hpp"
#include "portal/settings.hpp"
#include "portal/visit.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace keepline::portal {

class portal final : public http::application {
 public:
    /// `at` outlives it. code::config_invalid: an origin that is none, a text that is missing.
    static base::result<std::unique_ptr<portal>> make(desk::desk& at, settings how, certificate_check check = {});

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(http::exchange_ptr what) override;
    http::response refusal(const base::error& why, const http::request& head) override;

    const services& shared() const { return shared_; }
    /// Ends the streams that are open, before the server is stopped: it waits for each.
    void end_streams() { live_->stop(); }

 private:
    portal(desk::desk& at, settings how, const text::book* texts, page_set pages, certificate_check check);
    visit_ptr visit_of(http::exchange_ptr what);
    base::result<void> recognise(visit& v) const;
    base::result<void> prepare(visit& v) const;

    services shared_;
    std::string instance_;  // begins the correlation ids that are made here
    std::atomic<std::uint64_t> made_{0};
    std::unique_ptr<live_streams> live_;  // gone first: it asks this for parts
};

}  // namespace keepline::portal
