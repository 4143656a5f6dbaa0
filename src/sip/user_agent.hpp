// The SIP user agent: it listens on UDP and TCP, registers with trunks or knows them by their addresses, takes calls
// and makes them, over Sofia-SIP (decision 73). One thread for signalling; sound and talk have their own.
//
//   trunk ── INVITE ──▶ user_agent ── call_ears ──▶ an ear; 200 at once, or busy
//
// Strangers' calls are refused (403), and so is what is too much (503 with Retry-After).
#pragma once

#include "base/error.hpp"
#include "port/call.hpp"
#include "port/log.hpp"
#include "port/random.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace keepline::sip {

struct trunk_settings {
    std::string name;
    std::vector<std::string> peers;  // addresses and networks that it calls from
    std::string server;              // where calls go and where we register: "sip.trunk.example", "192.0.2.7:5070"
    std::string transport = "udp";   // or "tcp"
    bool registers = false;
    std::string user;             // of the digest
    std::string password;         // of the digest
    std::string number;           // ours, as the trunk wants it as caller
    std::int64_t options_s = 30;  // how often it is asked whether it is there; 0: never
};

struct user_agent_settings {
    std::string listen;           // "192.0.2.10:5060": UDP and TCP
    std::string address;          // as others reach us, where that is another; empty: the one of `listen`
    std::int64_t first_port = 0;  // of the sound; 0: any
    std::int64_t last_port = 0;
    std::int64_t calls_max = 100;
    std::int64_t call_minutes = 30;
    std::int64_t calls_a_minute_per_caller = 6;
    std::int64_t calls_at_once_per_caller = 3;
    std::int64_t calls_a_second_per_peer = 20;
    std::int64_t silent_s = 60;
    std::int64_t threads = 2;
    std::int64_t session_s = 1800;  // RFC 4028
    std::vector<trunk_settings> trunks;
};

struct trunk_state {
    std::string name;
    bool there = true;
    std::string trouble;  // in words; empty: none
};

/// What is counted since the start.
struct user_agent_counts {
    std::uint64_t calls_now = 0;
    std::uint64_t calls_in = 0;
    std::uint64_t calls_out = 0;
    std::uint64_t strangers = 0;
    std::uint64_t too_many = 0;
    std::uint64_t packets_from_elsewhere = 0;
    std::uint64_t packets_unreadable = 0;
    std::uint64_t keys_too_fast = 0;
    std::uint64_t late_ticks = 0;
};

class agent_core;

class user_agent final : public port::call_maker {
 public:
    /// Listens when it returns. `ears` answers incoming calls, each on one of the talk threads.
    static base::result<std::unique_ptr<user_agent>> start(user_agent_settings how, port::call_ears ears,
                                                           port::random& random, port::log& log);
    ~user_agent() override;

    // -- any thread
    void call(const std::string& number, std::chrono::seconds rings, port::call_ears with) override;
    std::vector<trunk_state> trunks() const;
    user_agent_counts counts() const;
    /// Every call hears it; bounded. Nothing after it.
    void stop();

 private:
    explicit user_agent(std::shared_ptr<agent_core> core);
    std::shared_ptr<agent_core> core_;
};

}  // namespace keepline::sip
