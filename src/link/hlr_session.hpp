// One conversation with osmo-hlr: a CTRL, a VTY and a GSUP connection, each opened when first needed and again after it
// was lost. One thread at a time. Any failure closes the connection it happened on, so that a late answer can never be
// taken for another's.
#pragma once

#include "link/gsup_message.hpp"
#include "link/hlr_connector.hpp"
#include "link/hlr_text.hpp"
#include "link/ipa_frame.hpp"
#include "link/tcp_stream.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace keepline::link {

class hlr_session {
 public:
    hlr_session(const hlr_settings& how, int serial);

    enum class change { done, already, unknown, taken };
    /// nullopt: the HLR knows no such subscriber.
    result<std::optional<hlr_subscriber>> find(const base::imsi& imsi);
    result<std::optional<hlr_subscriber>> find_holder(const std::string& msisdn_digits);
    result<change> create(const base::imsi& imsi);                                 // done, already
    result<change> set_msisdn(const base::imsi& imsi, const std::string& digits);  // done, unknown, taken
    result<change> remove(const base::imsi& imsi);                                 // done, already
    /// The 3G authentication data. What goes in and out is secret: it never reaches an error or a log.
    result<std::optional<hlr_auth>> find_auth(const base::imsi& imsi);  // nullopt: none, or no such subscriber
    /// Sets the sequence number back to zero, so it is for keys that differ. peer_refused: not with this HLR.
    result<change> set_auth(const base::imsi& imsi, const hlr_auth& keys);  // done, unknown
    /// mode: "none" or "cs+ps". Serving nodes are told of "none".
    result<change> set_access_mode(const base::imsi& imsi, std::string_view mode);  // done, unknown

    /// Asks as a VLR; the cause of the refusal, nullopt when the HLR accepted (the subscriber has then moved to us).
    result<std::optional<std::uint8_t>> update_location(const base::imsi& imsi);

    /// Another client bore our name when the GSUP connection was made last.
    bool name_taken() const { return name_taken_; }

    /// Closes the GSUP connection when it has not been used for `gsup_idle`.
    void close_idle(deadline now);

 private:
    result<ctrl_reply> ctrl(std::string_view verb, const std::string& variable, std::string_view value);
    result<ctrl_reply> ctrl_exchange(std::string_view verb, const std::string& variable, std::string_view value);
    result<vty_answer> vty(std::string_view command);
    result<vty_answer> vty_exchange(std::string_view command, deadline until);
    result<void> open_vty();
    result<void> open_gsup();
    result<void> identify(deadline until);
    result<void> check_name();
    result<std::optional<std::uint8_t>> ask_location(const base::imsi& imsi, deadline until);
    result<ipa_frame> next_frame(tcp_stream& from, base::bytes& buffer, deadline until);
    result<void> answer_push(const gsup_message& push, deadline until);
    result<void> send_gsup(base::byte_view message, deadline until);

    hlr_settings how_;
    std::string name_;
    std::atomic<bool> name_taken_ = false;
    tcp_stream ctrl_;
    tcp_stream vty_;
    tcp_stream gsup_;
    base::bytes ctrl_in_;
    base::bytes vty_in_;
    base::bytes gsup_in_;
    deadline gsup_used_{};
    std::uint64_t next_id_ = 1;
};

}  // namespace keepline::link
