#include "sip/sound.hpp"

#include "base/thread_name.hpp"
#include "sip/addresses.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <netinet/in.h>
#include <random>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace keepline::sip {

namespace {

constexpr std::size_t packet_most = 1500;
constexpr int packets_at_once = 32;                      // of one call, before the others have their turn
constexpr std::int64_t forgotten_ms = 2'000;             // a port that says nothing for so long may move
constexpr std::size_t joined_most = 10 * frame_samples;  // what waits for the other end

std::int64_t now_in_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::uint32_t random_word() {
    std::random_device source;
    return source();
}

}  // namespace

sound_stream::sound_stream(int socket, std::uint16_t port, stream_events events, const sound_settings& how)
    : socket_(socket),
      port_(port),
      events_(std::move(events)),
      silent_ms_(how.silent_s * 1000),
      last_heard_ms_(now_in_ms()),
      pace_(how.keys_a_second) {
    header_.sequence = static_cast<std::uint16_t>(random_word());
    header_.timestamp = random_word();
    header_.source = random_word();
    header_.marker = true;
}

sound_stream::~sound_stream() { ::close(socket_); }

void sound_stream::agree(const sound_terms& terms, const std::string& signalling) {
    const std::lock_guard held(mutex_);
    const auto to = socket_address(terms.address, terms.port);
    const bool moved = !terms_ || terms_->address != address_text(to) || terms_->port != terms.port;
    terms_ = terms;
    terms_->address = address_text(to);  // as the addresses of packets are written
    signalling_ = signalling;
    last_heard_ms_ = now_in_ms();
    if (!moved) return;
    bound_to_port_ = false;
    to_ = to;
}

void sound_stream::play(std::vector<port::call_sound> what, std::uint64_t turn) {
    const std::lock_guard held(mutex_);
    playing_ = std::move(what);
    piece_ = 0;
    offset_ = 0;
    turn_ = turn;
    plays_ = true;
}

void sound_stream::stop() {
    const std::lock_guard held(mutex_);
    playing_.clear();
    plays_ = false;
}

void sound_stream::join(const std::shared_ptr<sound_stream>& other) {
    const std::lock_guard held(mutex_);
    other_ = other;
    from_other_.clear();
}

stream_counts sound_stream::counts() const {
    const std::lock_guard held(mutex_);
    return counts_;
}

/// False: what played is at its end.
bool sound_stream::next_frame(std::span<std::int16_t> into) {
    std::ranges::fill(into, std::int16_t{0});
    if (!from_other_.empty()) {
        const auto count = std::min(into.size(), from_other_.size());
        std::copy_n(from_other_.begin(), count, into.begin());
        from_other_.erase(from_other_.begin(), from_other_.begin() + static_cast<std::ptrdiff_t>(count));
        return true;
    }
    std::size_t filled = 0;
    while (piece_ < playing_.size() && filled < into.size()) {
        const auto& piece = playing_[piece_];
        if (piece == nullptr || offset_ >= piece->size()) {
            ++piece_;
            offset_ = 0;
            continue;
        }
        const auto count = std::min(into.size() - filled, piece->size() - offset_);
        std::copy_n(piece->begin() + static_cast<std::ptrdiff_t>(offset_), count,
                    into.begin() + static_cast<std::ptrdiff_t>(filled));
        offset_ += count;
        filled += count;
    }
    return filled == into.size();
}

void sound_stream::send(std::span<const std::int16_t> samples) {
    std::array<std::uint8_t, rtp_header_bytes + frame_samples> packet{};
    header_.type = static_cast<std::uint8_t>(terms_->type);
    put_rtp_header(header_, std::span(packet).first<rtp_header_bytes>());
    to_g711(terms_->with, samples, std::span(packet).subspan(rtp_header_bytes));
    header_.marker = false;
    ++header_.sequence;
    if (::sendto(socket_, packet.data(), packet.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to_),
                 length_of(to_)) > 0)
        ++counts_.sent;
}

void sound_stream::tick(std::int64_t now_ms) {
    bool done = false;
    bool silent = false;
    std::uint64_t turn = 0;
    {
        const std::lock_guard held(mutex_);
        if (!terms_) return;
        if (terms_->we_send) {
            std::array<std::int16_t, frame_samples> frame{};
            const bool full = next_frame(frame);
            if (to_.ss_family != AF_UNSPEC) send(frame);
            done = plays_ && !full && piece_ >= playing_.size();
            turn = turn_;
            if (done) {
                plays_ = false;
                playing_.clear();
            }
        } else {
            last_heard_ms_ = now_ms;  // on hold: nothing is to be expected
        }
        header_.timestamp += frame_samples;
        silent = silent_ms_ > 0 && !told_silent_ && now_ms - last_heard_ms_ > silent_ms_;
        told_silent_ = told_silent_ || silent;
    }
    if (done) events_.played(turn);
    if (silent) events_.silent();
}

bool sound_stream::believed(const sockaddr_storage& from, std::int64_t now_ms) {
    if (!terms_) return false;
    const auto address = address_text(from);
    if (address != terms_->address && address != signalling_) return false;
    if (bound_to_port_ && !same_place(from, to_) && now_ms - last_heard_ms_ < forgotten_ms) return false;
    if (!bound_to_port_ || !same_place(from, to_)) {
        to_ = from;  // symmetric: what they send from is where they hear, whatever their NAT made of it
        bound_to_port_ = true;
    }
    return true;
}

sound_stream::taken sound_stream::take(std::span<const std::uint8_t> bytes, const sockaddr_storage& from,
                                       std::int64_t now_ms, std::span<std::int16_t> samples) {
    taken out;
    const std::lock_guard held(mutex_);
    const auto packet = rtp_in(bytes);
    if (!packet) {
        ++counts_.unreadable;
        return out;
    }
    if (!believed(from, now_ms)) {
        ++counts_.from_elsewhere;
        return out;
    }
    ++counts_.heard;
    last_heard_ms_ = now_ms;
    const int type = packet->type;
    if (std::ranges::find(terms_->event_types, type) != terms_->event_types.end()) {
        out.way = key_way::event;
        out.key = events_heard_.hears(*packet);
    } else if (const auto found = std::ranges::find(terms_->laws, type, [](const auto& one) { return one.first; });
               found != terms_->laws.end()) {
        out.samples = std::min(packet->payload.size(), samples.size());
        from_g711(found->second, packet->payload.first(out.samples), samples);
        out.other = other_.lock();
        if (terms_->event_types.empty()) {
            out.way = key_way::tone;
            out.key = tones_heard_.hears(samples.first(out.samples));
        }
    }
    if (out.key && !pace_.lets(now_ms)) {
        ++counts_.keys_too_fast;
        out.key.reset();
    }
    return out;
}

void sound_stream::hear_other(std::span<const std::int16_t> samples) {
    const std::lock_guard held(mutex_);
    if (from_other_.size() + samples.size() <= joined_most)
        from_other_.insert(from_other_.end(), samples.begin(), samples.end());
}

void sound_stream::receive(std::int64_t now_ms) {
    std::array<std::uint8_t, packet_most> bytes{};
    std::array<std::int16_t, packet_most> samples{};
    for (int i = 0; i < packets_at_once; ++i) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const auto got =
            ::recvfrom(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 0) return;
        const auto heard = take(std::span(bytes).first(static_cast<std::size_t>(got)), from, now_ms, samples);
        if (heard.other) heard.other->hear_other(std::span(samples).first(heard.samples));
        if (heard.key) events_.key(heard.way, *heard.key);
    }
}

base::result<std::unique_ptr<sound_room>> sound_room::open(sound_settings how) {
    std::unique_ptr<sound_room> out(new sound_room(std::move(how)));
    out->poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    out->clock_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    out->wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    constexpr long frame_ns = 20'000'000;
    const itimerspec every{{0, frame_ns}, {0, frame_ns}};
    bool good = out->poll_ >= 0 && out->clock_ >= 0 && out->wake_ >= 0 &&
                ::timerfd_settime(out->clock_, 0, &every, nullptr) == 0;
    for (const int one : {out->clock_, out->wake_}) {
        epoll_event event{EPOLLIN, {.fd = one}};
        good = good && ::epoll_ctl(out->poll_, EPOLL_CTL_ADD, one, &event) == 0;
    }
    if (!good)
        return base::refuse(base::code::internal, std::string("no clock for calls: ") + std::strerror(errno) + ".");
    out->thread_ = std::thread([room = out.get()] { room->run(); });
    return out;
}

sound_room::~sound_room() {
    if (thread_.joinable()) {
        const std::uint64_t one = 1;
        while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) continue;
        thread_.join();
    }
    for (const int each : {poll_, clock_, wake_})
        if (each >= 0) ::close(each);
}

base::result<std::pair<int, std::uint16_t>> sound_room::free_port() {
    const int tries = how_.first_port == 0 ? 1 : (how_.last_port - how_.first_port) / 2 + 1;
    for (int i = 0; i < tries; ++i) {
        if (how_.first_port != 0 && (next_port_ < how_.first_port || next_port_ > how_.last_port))
            next_port_ = how_.first_port;
        auto at = socket_address(how_.bind, how_.first_port == 0 ? std::uint16_t{0} : next_port_);
        next_port_ = static_cast<std::uint16_t>(next_port_ + 2);  // even ones: RTCP's place stays free (RFC 3550 §11)
        if (at.ss_family == AF_UNSPEC) break;
        const int made = ::socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (made < 0) break;
        socklen_t length = sizeof at;
        if (::bind(made, reinterpret_cast<const sockaddr*>(&at), length_of(at)) == 0 &&
            ::getsockname(made, reinterpret_cast<sockaddr*>(&at), &length) == 0)
            return std::pair{made, port_of(at)};
        ::close(made);
    }
    return base::refuse(base::code::unavailable, "no port is free for the sound of a call.");
}

base::result<std::shared_ptr<sound_stream>> sound_room::add(stream_events events) {
    const std::lock_guard held(mutex_);
    TRY(made, free_port());
    auto out = std::make_shared<sound_stream>(made.first, made.second, std::move(events), how_);
    epoll_event event{EPOLLIN, {.fd = made.first}};
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, made.first, &event) != 0)
        return base::refuse(base::code::internal, std::string("the sound of a call: ") + std::strerror(errno) + ".");
    streams_.emplace(made.first, out);
    return out;
}

void sound_room::remove(const std::shared_ptr<sound_stream>& stream) {
    const std::lock_guard held(mutex_);
    ::epoll_ctl(poll_, EPOLL_CTL_DEL, stream->socket(), nullptr);
    streams_.erase(stream->socket());
}

void sound_room::ticks() {
    constexpr std::uint64_t made_up_for = 5;  // a tenth of a second: what is later is lost
    std::uint64_t passed = 0;
    if (::read(clock_, &passed, sizeof passed) != static_cast<ssize_t>(sizeof passed)) return;
    if (passed > 2) late_ticks_ += passed - 1;
    std::vector<std::shared_ptr<sound_stream>> all;
    {
        const std::lock_guard held(mutex_);
        all.reserve(streams_.size());
        for (const auto& [socket, stream] : streams_) all.push_back(stream);
    }
    for (std::uint64_t i = 0; i < std::min(passed, made_up_for); ++i)
        for (const auto& each : all) each->tick(now_in_ms());
}

void sound_room::run() {
    base::name_this_thread("sound");
    constexpr int events_most = 64;
    std::array<epoll_event, events_most> events{};
    for (;;) {
        const int count = ::epoll_wait(poll_, events.data(), events_most, -1);
        for (int i = 0; i < count; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == wake_) return;
            if (socket == clock_) {
                ticks();
                continue;
            }
            std::shared_ptr<sound_stream> stream;
            {
                const std::lock_guard held(mutex_);
                if (const auto found = streams_.find(socket); found != streams_.end()) stream = found->second;
            }
            if (stream) stream->receive(now_in_ms());
        }
    }
}

}  // namespace keepline::sip
