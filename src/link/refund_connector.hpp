// The connector of destination `refund`: ISO 20022 pain.001.001.09 files, one file per batch. Concurrent deliveries
// gather for at most `linger`, until nobody has joined for a tenth of it, or until `batch_max`; then one of them writes
// the file for all. Each EndToEndId is in exactly one file, for ever (see refund_log.hpp for how that survives a
// crash):
//
//   NAME.xml.tmp → fsync → the batch into written.log → fsync → rename to NAME.xml → fsync folder → answer
//
// The bank may take NAME.xml away at any time. Errors: an account that is missing, erased or unusable is peer_refused
// (money is never dropped silently: staff see it); an account other than the one that the refund was ordered for is not
// paid, and the refund comes back as one that the bank returned; a disk that does not take the file is
// peer_unreachable. Any thread.
#pragma once

#include "base/time.hpp"
#include "link/pain_001.hpp"
#include "link/refund_log.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"

#include <functional>
#include <memory>

namespace keepline::link {

struct refund_settings {
    std::string folder;  // made when it is missing; the bank takes *.xml from here
    payer from;          // the operator's account
    base::duration linger = std::chrono::milliseconds{200};
    std::size_t batch_max = 500;
    /// Told what the log says when it was opened, and with each batch before anybody is answered for it: who remembers
    /// it knows a log that lost or changed what was paid. May be empty.
    std::function<void(const refund_mark&)> noted{};
};

/// code::config_invalid when the folder or its log cannot be used, or another process uses it.
result<std::unique_ptr<port::connector>> make_refund_connector(refund_settings how, port::vault& vault,
                                                               const port::clock& clock, const port::secrets& secrets);

}  // namespace keepline::link
