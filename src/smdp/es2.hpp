// ES2+ (SGP.22 v2.5 §5.3, §6.5.2.1–5): the orders of operators, on a listener with mutual TLS. Who calls is said by the
// client certificate only; `functionRequesterIdentifier` is checked against it, never believed. Called on the
// connections' threads; it asks the store, so the work is done on `smdp`'s threads for orders, which no phone can keep
// busy.
//
// Repeating a call gives the same result: an order by ICCID because its profile is in that state already, an order by
// profile type because the order's own event in the journal keeps a digest of its requester and functionCallIdentifier,
// by which it is found for a day.
#pragma once

#include "smdp/door.hpp"

namespace keepline::smdp {

inline constexpr std::string_view es2_prefix = "/gsma/rsp2/es2plus/";

/// An operator, or a system of ours, as it shows itself by its certificate.
struct es2_client {
    base::label operator_label;
    std::string fingerprint;   // SHA-256 of its certificate, hex, lower case; or …
    std::string common_name;   // … the CN of its subject, under the listener's client CA
    std::string requester;     // its functionRequesterIdentifier; empty: not checked
    bool every_order = false;  // may act on what any operator ordered
};

struct es2_settings {
    std::vector<es2_client> clients;
    std::string smdp_address;  // answered by confirmOrder
    /// How long confirmOrder and releaseProfile wait for an SM-DS before they answer 8.9/5.1.
    std::chrono::milliseconds smds_wait{5000};
};

class es2 final : public application {
 public:
    es2(esim_service& shared, es2_settings how);

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(exchange_ptr what) override;
    response refusal(const base::error& why, const http::request& head) override;

 private:
    const es2_client* client_of(const http::request& in) const;

    esim_service& shared_;
    es2_settings how_;
    std::string instance_;
    std::atomic<std::uint64_t> made_{0};
};

}  // namespace keepline::smdp
