// One ES9+ request in the hands of its function. Only for es9*.cpp.
#pragma once

#include "engine/engine.hpp"
#include "rsp/cancel.hpp"
#include "rsp/notification.hpp"
#include "smdp/door.hpp"
#include "smdp/rsp_json.hpp"

#include <chrono>
#include <memory>

namespace keepline::smdp {

struct es9_call : std::enable_shared_from_this<es9_call> {
    esim_service* of = nullptr;
    const smdp_identity* as = nullptr;
    exchange_ptr way;
    rsp_call function = rsp_call::initiate_authentication;
    std::chrono::steady_clock::time_point started;
    std::string correlation;
    std::atomic<bool> answered{false};
    bool in_asn1 = false;  // spoken by the ASN.1 binding

    const rsp::provider& provider() const { return *as->provider; }

    // The end of the call: exactly one of these. Any thread; the answer is put together on the exchange's own.
    void answer(rsp::outcome<rsp_answer> outcome);
    void refuse(rsp::refusal why) { answer(std::unexpected(std::move(why))); }
    void answer_no_content();
    /// HTTP 400, where it is not even known which function was meant.
    void answer_malformed(base::error why);
    /// Our own trouble, where the phone should keep what it sent.
    void answer_unavailable();
    /// What the phone got wrong and was passed over.
    void note(const std::vector<std::string_view>& oddities) const;

    engine::submission submission_to(const base::iccid& iccid, domain::esim_command what) const;

 private:
    void finish(const rsp::status* refused, std::string_view outcome, response with);
};
using es9_call_ptr = std::shared_ptr<es9_call>;

/// A session as it was found, to be written back only if nobody else did meanwhile.
struct found_session {
    rsp::session now;
    std::uint64_t generation = 0;
};
rsp::outcome<found_session> find_session(es9_call& c, std::string_view transaction);
/// False: another request of the same transaction went on.
rsp::outcome<void> store_session(es9_call& c, const found_session& what, base::duration keep);

/// A refusal of the engine, or of the order, as ES9+ says it.
rsp::refusal es9_refusal(const base::error& why);

// -- the functions; on the pool
void initiate_authentication(const es9_call_ptr& c, const rsp_request& in);
void authenticate_client(const es9_call_ptr& c, const rsp_request& in);
void bind_profile_package(const es9_call_ptr& c, const rsp_request& in);
void cancel_session(const es9_call_ptr& c, const rsp_request& in);
void handle_notification(const es9_call_ptr& c, const rsp::outcome<rsp_request>& in);

}  // namespace keepline::smdp
