// The connector of destination `refund`: ISO 20022 pain.001.001.09 files, one file per batch. Concurrent deliveries
// gather for `linger` (or until `batch_max`), then one of them writes the file for all. Each EndToEndId is in exactly
// one file, for ever:
//
//   write .tmp → fsync → "EndToEndId TAB file" lines in written.log → fsync → rename to .xml → fsync folder → answer
//
// written.log decides: an id that is in it is answered with its file and never written again; a file named there but
// not yet renamed is renamed at the next start; a .tmp that is not named there is removed. One connector per folder.
// Any thread.
#pragma once

#include "base/time.hpp"
#include "link/pain_001.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/vault.hpp"

#include <memory>

namespace keepline::link {

struct refund_settings {
    std::string folder;  // made when it is missing; the bank takes *.xml from here
    payer from;          // the operator's account
    base::duration linger = std::chrono::milliseconds{200};
    std::size_t batch_max = 500;
};

/// code::config_invalid when the folder or its log cannot be used.
result<std::unique_ptr<port::connector>> make_refund_connector(refund_settings how, port::vault& vault,
                                                               const port::clock& clock);

}  // namespace keepline::link
