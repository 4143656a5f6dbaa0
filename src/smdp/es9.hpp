// ES9+ (SGP.22 v2.5 §5.6, §6.5.2.6–10): the SM-DP+ as phones see it, on one listener. Called on the connections'
// threads; it parses and signs on the pool of `smdp`, and answers on the exchange's thread.
//
//   initiateAuthentication     session begun                                      ──▶ stored
//   authenticateClient         eUICC proved, order found, offer signed            ──▶ stored, begin_download committed
//   getBoundProfilePackage     otPK proved, code checked, package bound           ──▶ stored, deliver_package committed
//   handleNotification         proved by signature, install_result or notified committed       always 204
//   cancelSession              proved, cancel_session committed, session gone
//
// The same functions by the ASN.1 binding (rsp_asn1.hpp), at one path.
//
// Every outcome that the LPA can do something about is a 200 with a functionExecutionStatus. A notification that cannot
// be verified is logged and answered 204, because the phone would send it for ever; only our own trouble (503) makes it
// keep one.
#pragma once

#include "smdp/door.hpp"

namespace keepline::smdp {

inline constexpr std::string_view es9_prefix = "/gsma/rsp2/es9plus/";

struct es9_call;  // es9_call.hpp

class es9 final : public application {
 public:
    /// `shared` outlives it and everything that it was handed.
    es9(esim_service& shared, smdp_identity identity);

    base::result<std::size_t> admit(const http::request& head) override;
    void handle(exchange_ptr what) override;
    response refusal(const base::error& why, const http::request& head) override;

 private:
    esim_service& shared_;
    smdp_identity identity_;
    std::string instance_;
    std::atomic<std::uint64_t> made_{0};
};

}  // namespace keepline::smdp
