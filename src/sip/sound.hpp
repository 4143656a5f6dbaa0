// The sound of all calls: one thread, one UDP socket for each call, one clock of 20 ms that does not drift. What a call
// plays is sent packet by packet, silence where nothing plays (it keeps addresses open behind NAT); what comes in is
// keys, and sound for a second call that it is joined to.
//
// Packets are believed from where the other end said that it is, or from where its signalling comes, and then from the
// one port that spoke first; from elsewhere they are counted and dropped (RFC 4961, and no stranger's keys).
#pragma once

#include "base/error.hpp"
#include "port/call.hpp"
#include "sip/rtp.hpp"
#include "sip/terms.hpp"
#include "sip/voice.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace keepline::sip {

/// How a key came. A call believes the way by which its first one came, so that none counts twice.
enum class key_way : std::uint8_t { none, event, info, tone };

/// Called on the sound thread; must not wait, and must not call the stream.
struct stream_events {
    std::function<void(key_way, char)> key;
    std::function<void(std::uint64_t turn)> played;
    std::function<void()> silent;  // nothing was heard for so long; once
};

struct stream_counts {
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
    std::uint64_t from_elsewhere = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t keys_too_fast = 0;
};

struct sound_settings {
    std::string bind = "127.0.0.1";
    std::uint16_t first_port = 0;  // 0: any
    std::uint16_t last_port = 0;
    std::int64_t silent_s = 60;  // a call that says nothing for so long is over; 0: never
    int keys_a_second = 10;
};

class sound_stream {
 public:
    sound_stream(int socket, std::uint16_t port, stream_events events, const sound_settings& how);
    ~sound_stream();
    sound_stream(const sound_stream&) = delete;
    sound_stream& operator=(const sound_stream&) = delete;

    // -- any thread
    std::uint16_t port() const { return port_; }
    /// As agreed, or agreed anew; `signalling` is where the call's SIP comes from.
    void agree(const sound_terms& terms, const std::string& signalling);
    /// `turn` comes back by `played`.
    void play(std::vector<port::call_sound> what, std::uint64_t turn);
    void stop();
    /// Each of two calls hears the other one instead of what we play; null: alone again.
    void join(const std::shared_ptr<sound_stream>& other);
    stream_counts counts() const;

    // -- the sound thread
    int socket() const { return socket_; }
    void tick(std::int64_t now_ms);
    void receive(std::int64_t now_ms);
    void hear_other(std::span<const std::int16_t> samples);

 private:
    struct taken {
        key_way way = key_way::none;
        std::optional<char> key;
        std::shared_ptr<sound_stream> other;
        std::size_t samples = 0;
    };
    bool believed(const sockaddr_storage& from, std::int64_t now_ms);
    taken take(std::span<const std::uint8_t> bytes, const sockaddr_storage& from, std::int64_t now_ms,
               std::span<std::int16_t> samples);
    void send(std::span<const std::int16_t> samples);
    bool next_frame(std::span<std::int16_t> into);

    const int socket_;
    const std::uint16_t port_;
    const stream_events events_;
    const std::int64_t silent_ms_;
    mutable std::mutex mutex_;
    std::optional<sound_terms> terms_;
    std::string signalling_;
    sockaddr_storage to_{};  // of length 0 family: nobody yet
    bool bound_to_port_ = false;
    std::int64_t last_heard_ms_ = 0;
    bool told_silent_ = false;
    std::vector<port::call_sound> playing_;
    std::size_t piece_ = 0;
    std::size_t offset_ = 0;
    std::uint64_t turn_ = 0;
    bool plays_ = false;
    std::weak_ptr<sound_stream> other_;
    std::vector<std::int16_t> from_other_;
    rtp_packet header_{};
    event_listener events_heard_;
    tone_listener tones_heard_;
    key_pace pace_;
    stream_counts counts_;
};

class sound_room {
 public:
    static base::result<std::unique_ptr<sound_room>> open(sound_settings how);
    ~sound_room();
    sound_room(const sound_room&) = delete;
    sound_room& operator=(const sound_room&) = delete;

    /// Any thread. Refused where no port is free.
    base::result<std::shared_ptr<sound_stream>> add(stream_events events);
    void remove(const std::shared_ptr<sound_stream>& stream);
    /// Ticks that came more than one late: a caller may have heard a gap.
    std::uint64_t late_ticks() const { return late_ticks_.load(); }

 private:
    explicit sound_room(sound_settings how) : how_(std::move(how)) {}
    base::result<std::pair<int, std::uint16_t>> free_port();
    void run();
    void ticks();

    const sound_settings how_;
    int poll_ = -1;
    int clock_ = -1;
    int wake_ = -1;
    std::mutex mutex_;
    std::map<int, std::shared_ptr<sound_stream>> streams_;  // by socket
    std::uint16_t next_port_ = 0;
    std::atomic<std::uint64_t> late_ticks_{0};
    std::thread thread_;
};

}  // namespace keepline::sip
