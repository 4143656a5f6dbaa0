// A TCP connection whose every operation ends by a deadline, whatever the peer does. Blocking; one reader and one
// writer at a time. Errors: code::peer_unreachable (no connection, cut, too slow), code::peer_garbled (more bytes than
// allowed without an end). Errors name the peer by its purpose, never by what was sent.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "link/durable_file.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace keepline::link {

using deadline = std::chrono::steady_clock::time_point;
inline deadline in(base::duration d) { return std::chrono::steady_clock::now() + d; }

class tcp_stream {
 public:
    tcp_stream() = default;
    /// `peer` is for error words: "The HLR's console".
    static result<tcp_stream> connect(std::string peer, const std::string& host, int port, deadline until);

    bool is_open() const { return static_cast<bool>(fd_); }
    /// The peer has closed, or sent something nobody asked for: not to be used again.
    bool is_stale() const;
    bool has_ended() const;
    void close() { fd_.close(); }
    /// Wakes a reader in another thread; its read ends with an error.
    void shut_down();

    result<void> write(base::byte_view data, deadline until);
    /// Appends what has arrived, waiting for at least one byte; the number of bytes. A call that begins after `until`
    /// fails though there be bytes: an exchange ends by its deadline, however much its peer goes on saying.
    result<std::size_t> read_some(base::bytes& into, deadline until);
    /// As read_some, but nothing within the time is 0, not an error.
    result<std::size_t> poll_some(base::bytes& into, base::duration wait);

 private:
    result<std::size_t> receive(base::bytes& into, deadline until);

    std::string peer_;
    file_descriptor fd_;
};

}  // namespace keepline::link
