// One bound SMPP connection: sends from many threads, completed by the thread that reads. It is never bound again: when
// it is lost, every waiting send fails, and smpp_transport makes a new one.
#pragma once

#include "link/smpp_pdu.hpp"
#include "link/smpp_transport.hpp"
#include "link/tcp_stream.hpp"

#include <condition_variable>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace keepline::link {

class smpp_connection {
 public:
    /// Connects and binds: as bind_transceiver, bind_transmitter or bind_receiver.
    static result<std::shared_ptr<smpp_connection>> open(const smpp_settings& how, smpp_command as);

    struct answer {
        smpp_status status{};
        std::string message_id;  // may be empty although it was accepted
        std::optional<int> congestion;
    };
    struct no_answer {
        base::error why;
        bool sent = false;  // it is all on its way, and may have been accepted
    };
    /// Hands over one segment, with at most `window` of them unanswered, and waits for its answer. Any thread.
    std::expected<answer, no_answer> submit(const smpp_message& segment, int window, deadline until);
    /// A response, or a request that needs no waiting. Any thread.
    result<void> send(smpp_command command, smpp_status status, std::uint32_t sequence, base::byte_view body = {});
    /// The next PDU, or nothing within the time. The reading thread only.
    result<std::optional<smpp_pdu>> read(base::duration wait);
    /// A submit_sm_resp or generic_nack for whoever waits. The reading thread only.
    void complete(const smpp_pdu& answer);
    void enquire();
    /// Says good-bye and waits a moment for the other side to agree. Any thread but the reading one.
    void unbind(base::duration wait);
    /// No more sends; those that wait fail; the reader's next read fails. Any thread, twice is harmless.
    void lose(std::string why);

 private:
    explicit smpp_connection(const smpp_settings& how) : how_(how) {}
    result<void> bind(smpp_command as, deadline until);

    result<std::uint32_t> start(const smpp_message& segment, int window, deadline until);
    result<void> write(base::byte_view pdu);
    std::uint32_t next_sequence();  // with mutex_ held

    const smpp_settings how_;
    tcp_stream stream_;
    base::bytes in_;
    std::mutex write_mutex_;  // one PDU at a time
    std::mutex mutex_;        // everything below
    std::condition_variable changed_;
    std::map<std::uint32_t, std::optional<answer>> waiting_;  // its size is the used window
    std::uint32_t sequence_ = 0;
    bool lost_ = false;
    std::string why_;
};

}  // namespace keepline::link
