// Many callers of a hotline at once, on sockets of their own: each dials, sends a packet of sound every 20 ms, presses
// keys as RFC 4733 has them, and listens to what comes: whether a packet was late, and whether each key did what it
// does. Says one line of JSON when all calls stand, and one when they are over. One thread; when a packet came is the
// kernel's word, so that a busy client makes no server late. Used by run.mjs alone, against keepline and hotline_echo.
//
//   bench_calls port=5060 calls=200 a_second=50 seconds=10 first=1 on=5 off=* after_ms=2000
//
// first: pressed once; from then on `on` (after it there must be sound) and `off` (silence) in turn, a key a second.
// after_ms: from the answer to the first of these.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using nanoseconds = std::int64_t;
constexpr nanoseconds ns_a_ms = 1'000'000;
constexpr int packet_ms = 20;
constexpr nanoseconds gap_ms = 40;  // what nobody may hear
constexpr nanoseconds key_every_ms = 1'000;
constexpr nanoseconds invite_again_ms = 500;     // RFC 3261 T1
constexpr nanoseconds all_answered_ms = 10'000;  // after the last was dialled
constexpr nanoseconds hold_ms = 2'000;           // between "all stand" and what is measured of the server
constexpr std::size_t samples_a_packet = 160;
constexpr std::size_t rtp_head = 12;
constexpr std::uint8_t law = 8;  // A-law of G.711
constexpr std::uint8_t events = 96;
constexpr std::uint8_t quiet = 0xd5;
constexpr int loud = 0x40;  // of A-law, sign and inversion taken off

nanoseconds now() {
    timespec at{};
    ::clock_gettime(CLOCK_REALTIME, &at);
    return at.tv_sec * 1'000'000'000 + at.tv_nsec;
}

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "bench_calls: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

struct wishes {
    std::map<std::string, std::string, std::less<>> named;
    std::string text(std::string_view name, std::string otherwise = {}) const {
        const auto found = named.find(name);
        return found == named.end() ? otherwise : found->second;
    }
    long number(std::string_view name, long otherwise) const {
        const auto found = named.find(name);
        return found == named.end() ? otherwise : std::atol(found->second.c_str());
    }
};

enum class stage { not_dialled, dialled, stands, hung_up, over, refused };

struct caller {
    int sound = -1;
    int port = 0;
    stage is = stage::not_dialled;
    std::string their_tag;
    nanoseconds dialled = 0, dialled_again = 0, answered = 0, heard = 0;
    std::uint16_t sequence = 0;
    std::uint32_t clock = 0;
    // the key that is being sent: its packets so far, and what must come of it
    char key = 0;
    int key_packets = 0;
    std::uint32_t key_clock = 0;
    nanoseconds key_at = 0, next_key = 0;
    bool waits = false, waits_for_loud = false, on_next = true;
};

struct figures {
    std::vector<double> setups_ms, keys_ms;
    long keys = 0, packets = 0, gaps = 0, refused = 0, ended_early = 0, calls_with_gaps = 0;
    nanoseconds worst_gap = 0, client_late = 0;
};

double nth(std::vector<double> of, double part) {
    if (of.empty()) return 0;
    std::ranges::sort(of);
    return of[std::min(of.size() - 1, static_cast<std::size_t>(static_cast<double>(of.size()) * part))];
}

std::string_view header(std::string_view message, std::string_view name) {
    const std::string line = "\r\n" + std::string(name) + ": ";
    const auto at = message.find(line);
    if (at == std::string_view::npos) return {};
    const auto from = at + line.size();
    return message.substr(from, message.find("\r\n", from) - from);
}

int bound(int& port) {
    const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (made < 0) give_up("socket");
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(made, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) give_up("bind");
    socklen_t size = sizeof at;
    ::getsockname(made, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    const int yes = 1;
    ::setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    return made;
}
void point(int socket, int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) give_up("connect");
}

struct received {
    std::size_t bytes = 0;
    nanoseconds at = 0;
};
std::optional<received> take(int socket, std::array<char, 4096>& into) {
    iovec place{into.data(), into.size()};
    alignas(cmsghdr) std::array<char, 128> control{};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(socket, &message, 0);
    if (got < 0) return {};
    received out{static_cast<std::size_t>(got), now()};
    for (auto* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec at{};
        std::memcpy(&at, CMSG_DATA(one), sizeof at);
        out.at = at.tv_sec * 1'000'000'000 + at.tv_nsec;
    }
    return out;
}

class town {
 public:
    explicit town(const wishes& in)
        : server_(static_cast<int>(in.number("port", 5060))),
          a_second_(in.number("a_second", 50)),
          seconds_(in.number("seconds", 10)),
          after_ms_(in.number("after_ms", 2'000)),
          first_(in.text("first")),
          on_(in.text("on", "1").front()),
          off_(in.text("off", "2").front()),
          callers_(static_cast<std::size_t>(in.number("calls", 50))) {
        poll_ = ::epoll_create1(0);
        sip_ = bound(own_port_);
        const int room = 4 << 20;
        ::setsockopt(sip_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        point(sip_, server_);
        watch(sip_, callers_.size());
        for (std::size_t i = 0; i < callers_.size(); ++i) {
            callers_[i].sound = bound(callers_[i].port);
            watch(callers_[i].sound, i);
        }
    }

    void run() {
        started_ = now();
        ticked_ = started_ / ns_a_ms;
        while (!is_over()) {
            listen();
            const auto at = now() / ns_a_ms;
            seen_.client_late = std::max(seen_.client_late, (at - ticked_ - 1) * ns_a_ms);
            for (; ticked_ < at; ++ticked_) tick(ticked_ + 1);
            go_on(now());
        }
        report();
    }

 private:
    void watch(int socket, std::size_t who) const {
        epoll_event one{};
        one.events = EPOLLIN;
        one.data.u64 = who;
        if (::epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &one) != 0) give_up("epoll");
    }
    void listen() {
        std::array<epoll_event, 256> came{};
        const int count = ::epoll_wait(poll_, came.data(), came.size(), 1);
        for (int i = 0; i < count; ++i) {
            const auto who = static_cast<std::size_t>(came[static_cast<std::size_t>(i)].data.u64);
            if (who == callers_.size())
                while (const auto got = take(sip_, bytes_)) hear_sip({bytes_.data(), got->bytes}, got->at);
            else
                while (const auto got = take(callers_[who].sound, bytes_)) hear_sound(callers_[who], *got);
        }
    }

    // -- when what happens

    bool is_over() const { return ending_ != 0 && (left_ == 0 || now() > ending_ + all_answered_ms * ns_a_ms); }
    void go_on(nanoseconds at) {
        const auto due = static_cast<std::size_t>((at - started_) * a_second_ / (1'000 * ns_a_ms)) + 1;
        while (dialled_ < std::min(due, callers_.size())) dial(dialled_++, at);
        if (dialled_ < callers_.size()) return;
        if (last_dialled_ == 0) last_dialled_ = at;
        const bool all = stand_ + static_cast<std::size_t>(seen_.refused + seen_.ended_early) >= callers_.size();
        if (stood_ == 0 && (all || at > last_dialled_ + all_answered_ms * ns_a_ms)) stood_ = at;
        if (stood_ == 0) return;
        if (!said_ && at > stood_ + hold_ms * ns_a_ms) {
            said_ = true;
            std::printf("{\"stand\":%zu}\n", stand_);
            std::fflush(stdout);
        }
        if (ending_ == 0 && at > stood_ + seconds_ * 1'000 * ns_a_ms) end(at);
    }
    /// A millisecond has come: the sound of those whose turn it is, and what was not answered again.
    void tick(std::int64_t ms) {
        const auto turn = static_cast<std::size_t>(ms % packet_ms);
        for (std::size_t i = turn; i < dialled_; i += packet_ms) {
            auto& one = callers_[i];
            if (one.is == stage::stands && ending_ == 0) speak(one, now());
            if (one.is == stage::dialled && now() - one.dialled_again > invite_again_ms * ns_a_ms) {
                one.dialled_again = now();
                invite(i);
            }
        }
    }
    void end(nanoseconds at) {
        ending_ = at;
        for (std::size_t i = 0; i < callers_.size(); ++i) {
            auto& one = callers_[i];
            if (one.is != stage::stands) continue;
            count_gap(one, at);
            if (one.waits) one.waits = false, --seen_.keys;  // there was no time for it
            one.is = stage::hung_up;
            ++left_;
            request(i, "BYE", 2, {});
        }
    }

    // -- SIP

    void send(const std::string& text) const { (void)::send(sip_, text.data(), text.size(), 0); }
    void request(std::size_t who, const std::string& method, int number, const std::string& body) const {
        const auto name = std::to_string(who);
        const auto& one = callers_[who];
        const auto own = std::to_string(own_port_);
        std::string text = method + " sip:hotline@127.0.0.1:" + std::to_string(server_) + " SIP/2.0\r\n";
        text += "Via: SIP/2.0/UDP 127.0.0.1:" + own + ";branch=z9hG4bK" + method + name + "\r\nMax-Forwards: 70\r\n";
        text += "From: <sip:+8613" + std::to_string(100'000'000 + who) + "@127.0.0.1>;tag=b" + name + "\r\n";
        text += "To: <sip:hotline@127.0.0.1>" + (one.their_tag.empty() ? "" : ";tag=" + one.their_tag) + "\r\n";
        text += "Call-ID: " + name + "@" + own + "\r\nCSeq: " + std::to_string(number) + " " + method + "\r\n";
        text += "Contact: <sip:bench@127.0.0.1:" + own + ">\r\n";
        if (!body.empty()) text += "Content-Type: application/sdp\r\n";
        send(text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    void invite(std::size_t who) const {
        request(who, "INVITE", 1,
                "v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " +
                    std::to_string(callers_[who].port) +
                    " RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=sendrecv\r\n");
    }
    void dial(std::size_t who, nanoseconds at) {
        callers_[who].dialled = callers_[who].dialled_again = at;
        callers_[who].is = stage::dialled;
        invite(who);
    }
    void hear_sip(std::string_view message, nanoseconds at) {
        std::size_t who = callers_.size();
        const auto id = header(message, "Call-ID");
        std::from_chars(id.data(), id.data() + id.size(), who);
        if (!message.starts_with("SIP/2.0 ")) return hear_request(message, who, at);
        if (who >= callers_.size()) return;
        auto& one = callers_[who];
        const int status = std::atoi(std::string(message.substr(8, 3)).c_str());
        if (status < 200) {
            one.dialled_again = at + 60'000 * ns_a_ms;  // it has it
            return;
        }
        if (header(message, "CSeq").ends_with("BYE")) {
            if (one.is == stage::hung_up) one.is = stage::over, --left_;
            return;
        }
        const auto to = header(message, "To");
        if (const auto tag = to.find("tag="); tag != std::string_view::npos) one.their_tag = to.substr(tag + 4);
        request(who, "ACK", 1, {});
        if (one.is != stage::dialled) return;
        const auto media = message.find("m=audio ");
        if (status >= 300 || media == std::string_view::npos) {
            one.is = stage::refused;
            ++seen_.refused;
            return;
        }
        point(one.sound, std::atoi(std::string(message.substr(media + 8, 5)).c_str()));
        one.is = stage::stands;
        one.answered = at;
        one.next_key = at + (first_.empty() ? after_ms_ : after_ms_ / 2) * ns_a_ms;
        ++stand_;
        seen_.setups_ms.push_back(static_cast<double>(at - one.dialled) / ns_a_ms);
    }
    /// Whatever it asks is granted; a call that it ends itself is a failure.
    void hear_request(std::string_view message, std::size_t who, nanoseconds at) {
        if (message.starts_with("ACK ")) return;
        std::string text = "SIP/2.0 200 OK\r\n";
        for (const char* name : {"Via", "From", "To", "Call-ID", "CSeq"})
            text += std::string(name) + ": " + std::string(header(message, name)) + "\r\n";
        send(text + "Content-Length: 0\r\n\r\n");
        if (who >= callers_.size() || !message.starts_with("BYE ") || callers_[who].is != stage::stands) return;
        count_gap(callers_[who], at);
        callers_[who].is = stage::over;
        --stand_;
        ++seen_.ended_early;
    }

    // -- sound

    std::array<char, rtp_head + samples_a_packet> packet(caller& one, bool marker, std::uint8_t type,
                                                         std::uint32_t clock) {
        std::array<char, rtp_head + samples_a_packet> out{};
        const auto put = [&out](std::size_t at, std::uint32_t value, int bytes) {
            for (int i = bytes; i-- > 0; value >>= 8U)
                out.at(at + static_cast<std::size_t>(i)) = static_cast<char>(value & 0xffU);
        };
        ++one.sequence;
        put(0, 0x80, 1);
        put(1, (marker ? 0x80U : 0U) | type, 1);
        put(2, one.sequence, 2);
        put(4, clock, 4);
        put(8, static_cast<std::uint32_t>(one.port), 4);
        return out;
    }
    void speak(caller& one, nanoseconds at) {
        one.clock += samples_a_packet;
        if (one.key == 0 && at >= one.next_key) begin_key(one, at);
        if (one.key != 0) return speak_key(one);
        auto out = packet(one, false, law, one.clock);
        std::fill(out.begin() + rtp_head, out.end(), static_cast<char>(quiet));
        (void)::send(one.sound, out.data(), out.size(), 0);
    }
    void begin_key(caller& one, nanoseconds at) {
        const bool is_first = one.key_at == 0 && !first_.empty();
        if (is_first) {
            one.key = first_.front();
            one.next_key = at + std::max<nanoseconds>(after_ms_ / 2, 300) * ns_a_ms;
        } else {
            one.key = one.on_next ? on_ : off_;
            one.waits = true;
            one.waits_for_loud = one.on_next;
            one.on_next = !one.on_next;
            ++seen_.keys;
            one.next_key = at + key_every_ms * ns_a_ms;
        }
        one.key_at = at;
        one.key_clock = one.clock;
        one.key_packets = 0;
    }
    /// Four packets of it, and its end three times at once.
    void speak_key(caller& one) {
        static constexpr std::string_view all = "0123456789*#";
        constexpr int ends_with = 4;
        const auto part = [&](int duration, bool end) {
            auto out = packet(one, one.key_packets == 0, events, one.key_clock);
            out.at(rtp_head) = static_cast<char>(all.find(one.key));
            out.at(rtp_head + 1) = static_cast<char>(end ? 0x8a : 0x0a);
            out.at(rtp_head + 2) = static_cast<char>(duration >> 8);
            out.at(rtp_head + 3) = static_cast<char>(duration & 0xff);
            (void)::send(one.sound, out.data(), rtp_head + 4, 0);
        };
        const int duration = (one.key_packets + 1) * static_cast<int>(samples_a_packet);
        if (one.key_packets < ends_with) {
            part(duration, false);
            ++one.key_packets;
            return;
        }
        for (int i = 0; i < 3; ++i) part(duration, true);
        one.key = 0;
    }
    void count_gap(caller& one, nanoseconds at) {
        const auto gap = at - (one.heard == 0 ? one.answered : one.heard);
        if (one.heard != 0) seen_.worst_gap = std::max(seen_.worst_gap, gap);
        if (one.heard != 0 && gap > gap_ms * ns_a_ms) ++seen_.gaps;
    }
    void hear_sound(caller& one, const received& got) {
        if (one.is != stage::stands || got.bytes <= rtp_head) return;
        count_gap(one, got.at);
        one.heard = got.at;
        ++seen_.packets;
        if (!one.waits) return;
        const bool is_loud =
            std::any_of(bytes_.begin() + rtp_head, bytes_.begin() + static_cast<long>(got.bytes),
                        [](char byte) { return ((static_cast<std::uint8_t>(byte) ^ 0x55U) & 0x7fU) > loud; });
        if (is_loud != one.waits_for_loud) return;
        one.waits = false;
        seen_.keys_ms.push_back(static_cast<double>(got.at - one.key_at) / ns_a_ms);
    }

    void report() const {
        std::printf(
            "{\"calls\":%zu,\"stood\":%zu,\"refused\":%ld,\"ended_early\":%ld,\"setup_p50_ms\":%.2f,\"setup_p99_ms\":%."
            "2f,"
            "\"keys\":%ld,\"keys_heard\":%zu,\"key_p50_ms\":%.1f,\"key_p99_ms\":%.1f,\"packets\":%ld,\"gaps\":%ld,"
            "\"worst_gap_ms\":%.1f,\"client_late_ms\":%.1f}\n",
            callers_.size(), seen_.setups_ms.size(), seen_.refused, seen_.ended_early, nth(seen_.setups_ms, 0.5),
            nth(seen_.setups_ms, 0.99), seen_.keys, seen_.keys_ms.size(), nth(seen_.keys_ms, 0.5),
            nth(seen_.keys_ms, 0.99), seen_.packets, seen_.gaps, static_cast<double>(seen_.worst_gap) / ns_a_ms,
            static_cast<double>(seen_.client_late) / ns_a_ms);
    }

    int server_;
    long a_second_, seconds_, after_ms_;
    std::string first_;
    char on_, off_;
    std::vector<caller> callers_;
    int poll_ = -1, sip_ = -1, own_port_ = 0;
    std::array<char, 4096> bytes_{};
    nanoseconds started_ = 0, last_dialled_ = 0, stood_ = 0, ending_ = 0;
    std::int64_t ticked_ = 0;
    std::size_t dialled_ = 0, stand_ = 0, left_ = 0;
    bool said_ = false;
    figures seen_;
};

}  // namespace

int main(int count, char** values) {
    wishes in;
    for (int i = 1; i < count; ++i) {
        const std::string one = values[i];
        if (const auto equals = one.find('='); equals != std::string::npos)
            in.named[one.substr(0, equals)] = one.substr(equals + 1);
    }
    town(in).run();
    return 0;
}
