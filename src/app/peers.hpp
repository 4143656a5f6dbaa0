// The connectors, made from the configuration: one per destination. Owned here; the engine only points to them.
#pragma once

#include "app/config.hpp"
#include "desk/courier.hpp"
#include "desk/parts.hpp"
#include "link/jws.hpp"
#include "link/pretended_peers.hpp"
#include "port/activation_codes.hpp"
#include "port/call_backs.hpp"
#include "port/callable_phones.hpp"
#include "port/complaint_bodies.hpp"
#include "port/connector.hpp"
#include "port/inbound.hpp"
#include "port/log.hpp"
#include "port/metrics.hpp"
#include "port/notebook.hpp"
#include "port/reply_routes.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <array>
#include <memory>

namespace keepline::app {

struct peer_parts {  // all outlive the peers
    port::vault* vault = nullptr;
    const port::secrets* secrets = nullptr;
    const port::clock* clock = nullptr;
    port::log* log = nullptr;
    std::shared_ptr<const link::signing_keys> signing;
    port::notebook* notes = nullptr;
    port::receipt_sink receipts;
    port::inbound_sink inbound{};  // what customers send by SMS
    /// Words that are read however many texts their sender has sent (link/smpp_inbound.hpp).
    std::function<bool(std::string_view)> always_read{};
    port::reply_routes* routes = nullptr;                   // noted with every SMS; may be null
    port::activation_codes codes{};                         // asked while messages are written; may be empty
    port::complaint_bodies complaints{};                    // the same
    link::pretended_peers* pretended = nullptr;             // of a sandbox; null: none
    std::shared_ptr<const port::call_back_switch> calls{};  // who makes calls, once the hotline is open
    std::function<void()> news{};  // there is something for webhooks to carry (desk/courier.hpp)
};

/// Whom this configuration calls back; none where it makes no calls.
port::callable_phones callable_phones_of(const config& how);

class peers {
 public:
    /// Errors name the section of the configuration.
    static result<std::unique_ptr<peers>> open(const config& how, const peer_parts& with);

    /// What open() would refuse of the configuration alone: nothing is made, connected or noted.
    static result<void> check(const config& how);

    std::array<port::connector*, domain::destination_count> all() const;
    /// Those that know of trouble with their peer; for /readyz.
    std::vector<desk::peer_trouble> troubles() const;
    const port::message_metrics& messages() const { return messages_; }
    port::webhook_sender& webhook_sender() { return *webhook_sender_; }
    const std::vector<desk::fixed_webhook>& configured_webhooks() const { return configured_webhooks_; }
    std::atomic<std::uint64_t>& strangers() { return messages_.smsc.strangers; }

 private:
    port::message_metrics messages_;  // outlives the connectors
    std::unique_ptr<port::webhook_sender> webhook_sender_;
    std::vector<desk::fixed_webhook> configured_webhooks_;
    std::array<std::unique_ptr<port::connector>, domain::destination_count> by_destination_;
};

}  // namespace keepline::app
