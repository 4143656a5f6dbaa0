// The signalling of the user agent: Sofia-SIP's events in, its requests out. Everything here happens on the signalling
// thread, except what says otherwise. `user_agent` is its face.
#pragma once

#include "sip/addresses.hpp"
#include "sip/call.hpp"
#include "sip/rates.hpp"
#include "sip/user_agent.hpp"

#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sofia-sip/nua.h>

namespace keepline::sip {

class agent_core final : public signalling, public std::enable_shared_from_this<agent_core> {
 public:
    agent_core(user_agent_settings how, port::call_ears ears, port::random& random, port::log& log);
    ~agent_core() override;

    // -- any thread
    base::result<void> start();
    void stop();
    void make_call(const std::string& number, std::chrono::seconds rings, port::call_ears with);
    std::vector<trunk_state> trunks() const;
    user_agent_counts counts() const;
    void hang_up(std::uint64_t call) override;
    void transfer(std::uint64_t call, const port::call_transfer& to) override;
    void ear_failed(std::uint64_t call) override;

 private:
    struct trunk {
        trunk_settings how;
        network_list peers;
        std::string host;  // of `server`, without its port
        nua_handle_t* registration = nullptr;
        nua_handle_t* ping = nullptr;
        std::int64_t register_at_ms = 0;
        std::int64_t ping_at_ms = 0;
        int challenges = 0;  // one after the other
        int unanswered = 0;
    };
    /// One end of a call: a caller, or the person that a caller is joined to (`call` is null then).
    struct leg {
        std::uint64_t number = 0;
        std::shared_ptr<class call> call;
        nua_handle_t* handle = nullptr;
        std::shared_ptr<sound_stream> stream;
        trunk* over = nullptr;
        std::string signalling;  // address
        std::optional<sound_side> theirs;
        offered_by offered = offered_by::them;
        std::uint64_t session = 0;  // of our descriptions
        std::uint64_t version = 0;
        bool outgoing = false;
        bool to_trunk = false;  // its challenges are answered
        bool asked = false;
        bool answered = false;
        bool ending = false;
        int challenges = 0;
        port::call_end why = port::call_end::by_caller;
        std::int64_t began_ms = 0;
        std::int64_t rings_until_ms = 0;  // 0: it does not ring
        std::int64_t transfer_until_ms = 0;
        std::optional<port::call_transfer> transfer;
        std::uint64_t joined = 0;  // the other leg
    };

    // agent_core.cpp
    static void on_event(nua_event_t event, int status, const char* phrase, nua_t* nua, nua_magic_t* self,
                         nua_handle_t* handle, nua_hmagic_t* of, const sip_t* sip, tagi_t* tags);
    void event(nua_event_t event, int status, nua_handle_t* handle, const sip_t* sip, tagi_t* tags);
    void post(std::function<void()> work);
    void run(std::promise<base::result<void>>& started);
    base::result<void> open();
    void drain();
    void tick();
    void shut_down();

    // agent_calls.cpp
    bool lets_in(const std::string& source, const std::string& caller, std::int64_t now_ms);
    void incoming(nua_handle_t* handle, const sip_t* sip);
    void ask(leg& of, const port::call_ears& ears);
    void answer(std::uint64_t number, bool yes);
    void again(leg& of, const sip_t* sip);
    void accept(leg& of);
    void updated(nua_handle_t* handle, const sip_t* sip, int status);
    void acknowledged(nua_handle_t* handle, const sip_t* sip);
    void state(nua_handle_t* handle, tagi_t* tags);
    void info(nua_handle_t* handle, const sip_t* sip, int status);
    void dial(std::uint64_t number, bool yes);
    void invite(leg& to, const std::string& url, const std::string& more_headers);
    void established(leg& of);
    void over(leg& of);
    void end(leg& of, port::call_end why);
    leg* leg_of(nua_handle_t* handle);
    leg* leg_by(std::uint64_t number);
    leg& new_leg(trunk* over, bool outgoing);
    void forget(std::uint64_t number);
    base::result<void> give_sound(leg& to);
    our_place place_of(leg& of);
    trunk* trunk_for_calls();
    void refer(leg& of, const port::call_transfer& to);
    void referred(nua_handle_t* handle, int status);
    void notified(nua_handle_t* handle, const sip_t* sip);
    void invited(nua_handle_t* handle, int status, const sip_t* sip);
    void taken(leg& of, const sip_t* sip);
    void bridge(leg& of);
    void tick_calls(std::int64_t now_ms);

    // agent_trunks.cpp
    trunk* trunk_of(const std::string& address);
    void register_now(trunk& with);
    void registered(trunk& with, int status, const sip_t* sip);
    void pinged(trunk& with, int status);
    void tick_trunks(std::int64_t now_ms);
    void set_state(const trunk& of, const std::string& trouble);
    static bool answer_challenge(nua_handle_t* handle, const sip_t* sip, const trunk& with);
    static std::string url_at(const trunk& with, const std::string& user);
    std::string ours_at(const trunk& with) const;

    user_agent_settings how_;
    port::call_ears ears_;
    port::random& random_;
    port::log& log_;
    std::string bind_;
    std::string address_;  // as others reach us
    std::string port_;
    std::shared_ptr<talk_threads> talk_;
    std::unique_ptr<sound_room> sound_;
    std::thread thread_;
    int wake_ = -1;
    su_root_t* root_ = nullptr;
    nua_t* nua_ = nullptr;
    std::vector<std::unique_ptr<trunk>> trunks_;
    std::map<std::uint64_t, leg> legs_;
    std::map<nua_handle_t*, std::uint64_t> by_handle_;
    std::uint64_t next_leg_ = 1;
    window_counts per_caller_;
    window_counts per_peer_;
    std::int64_t stops_at_ms_ = 0;  // 0: it does not stop
    bool is_shut_down_ = false;

    mutable std::mutex mutex_;
    std::deque<std::function<void()>> queue_;
    bool closed_ = true;
    std::vector<trunk_state> states_;
    user_agent_counts counts_;
};

/// The counter that runs while the machine does.
std::int64_t steady_ms();

}  // namespace keepline::sip
