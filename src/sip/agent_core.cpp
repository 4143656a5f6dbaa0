#include "sip/agent_core.hpp"

#include "base/thread_name.hpp"

#include <cerrno>
#include <cstring>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sofia-sip/sip_status.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport_tag.h>

namespace keepline::sip {

namespace {

constexpr su_duration_t tick_ms = 250;
constexpr std::int64_t stop_most_ms = 3'000;
constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t minute_ms = 60 * second_ms;

/// Host and port of "192.0.2.10:5060", "[2001:db8::1]:5060".
std::pair<std::string, std::string> host_and_port(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || text.find(']', colon) != std::string::npos) return {text, "5060"};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string bare(std::string host) {
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    return host;
}

}  // namespace

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

agent_core::agent_core(user_agent_settings how, port::call_ears ears, port::random& random, port::log& log)
    : how_(std::move(how)),
      ears_(std::move(ears)),
      random_(random),
      log_(log),
      per_caller_(minute_ms, how_.calls_a_minute_per_caller),
      per_peer_(second_ms, how_.calls_a_second_per_peer) {}

agent_core::~agent_core() {
    if (wake_ >= 0) ::close(wake_);
}

base::result<void> agent_core::start() {
    std::tie(bind_, port_) = host_and_port(how_.listen);
    address_ = how_.address.empty() ? bind_ : how_.address;
    for (const auto& each : how_.trunks) {
        auto made = std::make_unique<trunk>();
        made->how = each;
        made->host = bare(host_and_port(each.server).first);
        auto peers = each.peers;
        if (socket_address(made->host, 0).ss_family != AF_UNSPEC) peers.push_back(made->host);
        TRY(networks, network_list::parse(peers));
        made->peers = std::move(networks);
        trunks_.push_back(std::move(made));
        states_.push_back({each.name, true, ""});
    }
    TRY(sound, sound_room::open({bare(bind_), static_cast<std::uint16_t>(how_.first_port),
                                 static_cast<std::uint16_t>(how_.last_port), how_.silent_s}));
    sound_ = std::move(sound);
    talk_ = std::make_shared<talk_threads>(static_cast<std::size_t>(how_.threads));
    wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_ < 0)  // else nobody could ever tell it anything
        return base::refuse(base::code::internal, std::string("calls cannot be waited for: ") + std::strerror(errno));
    std::promise<base::result<void>> started;
    auto result = started.get_future();
    thread_ = std::thread([this, &started] { run(started); });
    auto out = result.get();
    if (!out) {
        thread_.join();
        talk_->stop();
    }
    return out;
}

void agent_core::stop() {
    if (!thread_.joinable()) return;
    post([this] { shut_down(); });
    thread_.join();
    talk_->stop();  // after what the ears had to hear
    sound_.reset();
}

void agent_core::post(std::function<void()> work) {
    {
        const std::lock_guard held(mutex_);
        if (closed_) return;
        queue_.push_back(std::move(work));
    }
    const std::uint64_t one = 1;
    while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void agent_core::drain() {
    std::uint64_t woken = 0;
    while (::read(wake_, &woken, sizeof woken) < 0 && errno == EINTR) continue;
    std::deque<std::function<void()>> work;
    {
        const std::lock_guard held(mutex_);
        work.swap(queue_);
    }
    for (const auto& each : work) each();
}

base::result<void> agent_core::open() {
    // No ";transport=": that is UDP and TCP. Where several are named, this Sofia-SIP reads their names from a stack
    // frame that is gone.
    std::string url = "sip:" + address_ + ":" + port_;
    if (address_ != bind_) url += ";maddr=" + bare(bind_);
    constexpr unsigned min_session_s = 90;  // RFC 4028 §5
    constexpr unsigned idle_ms = 180'000;
    constexpr usize_t largest = 64 * 1024;
    nua_ = nua_create(root_, on_event, this, NUTAG_URL(url.c_str()), NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0),
                      NUTAG_ENABLEMESSAGE(0), NUTAG_SESSION_TIMER(static_cast<unsigned>(how_.session_s)),
                      NUTAG_MIN_SE(min_session_s), NUTAG_UPDATE_REFRESH(1),
                      NUTAG_MEDIA_ENABLE(0),  // it parses no SDP: decision 73
                      NUTAG_APPL_METHOD("INFO, UPDATE"), NUTAG_AUTOACK(0),
                      SIPTAG_ALLOW_STR("INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, NOTIFY"),
                      SIPTAG_SUPPORTED_STR("timer, 100rel"), SIPTAG_USER_AGENT_STR("Keepline"), NTATAG_MAXSIZE(largest),
                      TPTAG_IDLE(idle_ms), TAG_END());
    if (nua_ == nullptr)
        return base::refuse(base::code::config_invalid, "[hotline] listen: cannot listen on " + how_.listen + ".");
    return {};
}

void agent_core::run(std::promise<base::result<void>>& started) {
    base::name_this_thread("sip");
    ::su_init();
    ::su_log_set_level(nullptr, 0);  // strangers' messages are not news
    root_ = ::su_root_create(this);
    ::su_root_threading(root_, 0);
    if (auto opened = open(); !opened) {
        ::su_root_destroy(root_);
        ::su_deinit();
        started.set_value(std::move(opened));
        return;
    }
    su_wait_t wait{};
    ::su_wait_create(&wait, wake_, SU_WAIT_IN);
    const int registered = ::su_root_register(
        root_, &wait,
        [](su_root_magic_t*, su_wait_t*, su_wakeup_arg_t* self) {
            static_cast<agent_core*>(self)->drain();
            return 0;
        },
        this, 0);
    auto* timer = ::su_timer_create(::su_root_task(root_), tick_ms);
    ::su_timer_set_for_ever(
        timer, [](su_root_magic_t*, su_timer_t*, su_timer_arg_t* self) { static_cast<agent_core*>(self)->tick(); },
        this);
    {
        const std::lock_guard held(mutex_);
        closed_ = false;
    }
    started.set_value({});
    tick();
    ::su_root_run(root_);
    {
        const std::lock_guard held(mutex_);
        closed_ = true;
        queue_.clear();
    }
    ::su_timer_destroy(timer);
    ::su_root_deregister(root_, registered);
    if (is_shut_down_) {  // otherwise it would stop the process; what is left goes with it
        ::nua_destroy(nua_);
        ::su_root_destroy(root_);
    }
    ::su_deinit();
}

void agent_core::tick() {
    const auto now = steady_ms();
    if (stops_at_ms_ != 0) {
        if (now >= stops_at_ms_) ::su_root_break(root_);
        return;
    }
    tick_calls(now);
    tick_trunks(now);
}

void agent_core::shut_down() {
    if (stops_at_ms_ != 0) return;
    stops_at_ms_ = steady_ms() + stop_most_ms;
    for (auto& [number, each] : legs_) {
        if (each.call) each.call->over(port::call_end::shut_down);
        if (each.stream) sound_->remove(each.stream);  // none where no port was free
    }
    legs_.clear();
    by_handle_.clear();
    ::nua_shutdown(nua_);
}

void agent_core::on_event(nua_event_t event, int status, const char*, nua_t*, nua_magic_t* self, nua_handle_t* handle,
                          nua_hmagic_t*, const sip_t* sip, tagi_t* tags) {
    static_cast<agent_core*>(self)->event(event, status, handle, sip, tags);
}

void agent_core::event(nua_event_t event, int status, nua_handle_t* handle, const sip_t* sip, tagi_t* tags) {
    constexpr int final_status = 200;
    if (event == nua_r_shutdown) {
        if (status < final_status) return;
        is_shut_down_ = true;
        ::su_root_break(root_);
        return;
    }
    if (handle == nullptr || stops_at_ms_ != 0) return;
    for (const auto& each : trunks_) {
        if (handle == each->registration && event == nua_r_register) return registered(*each, status, sip);
        if (handle == each->ping && event == nua_r_options) return pinged(*each, status);
        if (handle == each->registration || handle == each->ping) return;
    }
    switch (event) {
        case nua_i_invite:
            if (status >= final_status) return;
            if (auto* of = leg_of(handle); of != nullptr) return again(*of, sip);
            return incoming(handle, sip);
        case nua_i_state: return state(handle, tags);
        case nua_i_info: return info(handle, sip, status);
        case nua_i_update: return updated(handle, sip, status);
        case nua_i_ack: return acknowledged(handle, sip);
        case nua_i_notify: return notified(handle, sip);
        case nua_r_refer: return referred(handle, status);
        case nua_r_invite: return invited(handle, status, sip);
        case nua_i_options:
        case nua_i_method:
        case nua_i_message:
        case nua_i_subscribe:
        case nua_i_refer:
        case nua_i_publish:
        case nua_i_register:
            if (leg_of(handle) == nullptr) ::nua_handle_destroy(handle);  // answered, and no call's
            return;
        default: return;
    }
}

std::vector<trunk_state> agent_core::trunks() const {
    const std::lock_guard held(mutex_);
    return states_;
}

user_agent_counts agent_core::counts() const {
    const std::lock_guard held(mutex_);
    return counts_;
}

void agent_core::hang_up(std::uint64_t call) {
    post([this, call] {
        if (auto* found = leg_by(call)) end(*found, port::call_end::by_us);
    });
}

void agent_core::ear_failed(std::uint64_t call) {
    post([this, call] {
        auto* found = leg_by(call);
        if (found == nullptr || found->call == nullptr) return;
        log_.error("call_failed", found->call->facts().id, {{"reason", "whoever speaks in it failed"}});
        end(*found, port::call_end::by_us);
    });
}

void agent_core::transfer(std::uint64_t call, const port::call_transfer& to) {
    post([this, call, to] {
        if (auto* found = leg_by(call)) refer(*found, to);
    });
}

}  // namespace keepline::sip
