// The phone's eUICC as a card in vsmartcard's virtual reader: connects to vpcd (TCP), answers power, reset, ATR and
// APDUs. Messages are a length of two bytes, high one first, and the data; a length of 1 is a control byte.
#pragma once

#include "base/error.hpp"
#include "phone/apdu_card.hpp"

#include <functional>
#include <string>

namespace keepline::phone {

/// A connection to the reader. `serve` belongs to one thread; `stop` may be called from another and ends it.
class vpcd_connection {
 public:
    static base::result<vpcd_connection> open(const std::string& host_and_port);
    ~vpcd_connection();
    vpcd_connection(vpcd_connection&& other) noexcept;
    vpcd_connection& operator=(vpcd_connection&&) = delete;

    /// Serves until the reader hangs up. `after` runs after each APDU, before its answer is sent.
    void serve(apdu_card& card, const std::function<void()>& after);
    void stop();

 private:
    explicit vpcd_connection(int socket) : socket_(socket) {}
    int socket_ = -1;
};

/// T=0 and T=1, an interindustry card without history that would say more than it is.
bytes answer_to_reset();

}  // namespace keepline::phone
