// Below /console/oidc/: where a browser sets out to the provider of identities, to sign in or to prove anew who sits
// there, comes back, and signs out there; and where the provider says that somebody has. In front of the console's
// page. Any thread.
#pragma once

#include "api/call.hpp"

#include <string>
#include <string_view>

namespace keepline::api {

/// Where the provider sends browsers back to; registered there.
inline constexpr std::string_view provider_return_path = "/console/oidc/return";

class provider_door final : public http::application {
 public:
    /// `behind` and `at` outlive it.
    provider_door(http::application& behind, desk::desk& at, console_door console)
        : behind_(behind), at_(at), console_(std::move(console)) {}

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(http::exchange_ptr what) override;
    http::response refusal(const base::error& why, const http::request& head) override {
        return behind_.refusal(why, head);
    }

 private:
    desk::request asking(const http::exchange_ptr& way) const;
    void set_out(const http::exchange_ptr& way);
    void prove_anew(const http::exchange_ptr& way);
    void come_back(const http::exchange_ptr& way);
    void sign_out(const http::exchange_ptr& way);
    void take_logout(const http::exchange_ptr& way);
    /// The browser keeps nothing of the way there any more.
    void show_refusal(const http::exchange_ptr& way, const base::error& why, bool of_proof) const;
    void send_there(const http::exchange_ptr& way, const desk::provider_way& to) const;

    http::application& behind_;
    desk::desk& at_;
    const console_door console_;
};

}  // namespace keepline::api
