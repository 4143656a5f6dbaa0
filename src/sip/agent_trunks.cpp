// Trunks: which one an address is, registration with digest, whether they are there. The signalling thread.
#include "sip/agent_core.hpp"

#include <algorithm>

#include <sofia-sip/msg_header.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>

namespace keepline::sip {

namespace {

constexpr std::int64_t again_ms = 15'000;  // a registration that was refused
constexpr std::int64_t trunk_second_ms = 1'000;
constexpr int unauthorized = 401;
constexpr int proxy_unauthorized = 407;

}  // namespace

agent_core::trunk* agent_core::trunk_of(const std::string& address) {
    for (const auto& each : trunks_)
        if (each->peers.has(address)) return each.get();
    return nullptr;
}

/// The first one that is there; else the first one, which may be again.
agent_core::trunk* agent_core::trunk_for_calls() {
    trunk* out = nullptr;
    const std::lock_guard held(mutex_);
    for (std::size_t i = 0; i < trunks_.size(); ++i) {
        if (trunks_[i]->how.server.empty()) continue;
        if (states_[i].there) return trunks_[i].get();
        if (out == nullptr) out = trunks_[i].get();
    }
    return out;
}

std::string agent_core::url_at(const trunk& with, const std::string& user) {
    return "sip:" + (user.empty() ? std::string() : user + "@") + with.how.server +
           (with.how.transport == "tcp" ? ";transport=tcp" : "");
}

std::string agent_core::ours_at(const trunk& with) const {
    const auto& user = with.how.number.empty() ? with.how.user : with.how.number;
    const auto& host = with.how.server.empty() ? address_ : with.how.server;
    return "<sip:" + (user.empty() ? std::string() : user + "@") + host + ">";
}

void agent_core::set_state(const trunk& of, const std::string& trouble) {
    bool changed = false;
    {
        const std::lock_guard held(mutex_);
        for (auto& each : states_) {
            if (each.name != of.how.name) continue;
            changed = each.trouble != trouble;
            each.there = trouble.empty();
            each.trouble = trouble;
        }
    }
    if (!changed) return;
    if (trouble.empty())
        log_.info("trunk_there", "", {{"trunk", of.how.name}});
    else
        log_.warning("trunk_lost", "", {{"trunk", of.how.name}, {"reason", trouble}});
}

bool agent_core::answer_challenge(nua_handle_t* handle, const sip_t* sip, const trunk& with) {
    if (sip == nullptr || with.how.password.empty()) return false;
    const auto* asked = sip->sip_www_authenticate != nullptr ? sip->sip_www_authenticate : sip->sip_proxy_authenticate;
    if (asked == nullptr) return false;
    const char* realm = ::msg_params_find(asked->au_params, "realm=");
    if (realm == nullptr || with.how.user.find_first_of(":\"") != std::string::npos) return false;
    const auto credentials = std::string("Digest:") + realm + ":" + with.how.user + ":" + with.how.password;
    ::nua_authenticate(handle, NUTAG_AUTH(credentials.c_str()), TAG_END());
    return true;
}

void agent_core::register_now(trunk& with) {
    if (with.registration == nullptr) {
        const auto who = "<sip:" + with.how.user + "@" + with.how.server + ">";
        with.registration =
            ::nua_handle(nua_, nullptr, SIPTAG_TO_STR(who.c_str()), SIPTAG_FROM_STR(who.c_str()), TAG_END());
    }
    with.challenges = 0;
    ::nua_register(with.registration, NUTAG_REGISTRAR(url_at(with, "").c_str()), SIPTAG_EXPIRES_STR("300"),
                   NUTAG_M_USERNAME(with.how.user.c_str()),
                   NUTAG_OUTBOUND("no-options-keepalive no-validate no-natify no-outbound"), TAG_END());
}

void agent_core::registered(trunk& with, int status, const sip_t* sip) {
    constexpr int final_status = 200;
    constexpr int refused = 300;
    if (status < final_status) return;
    if (status < refused) {
        with.challenges = 0;
        return set_state(with, "");
    }
    if ((status == unauthorized || status == proxy_unauthorized) && ++with.challenges <= 2 &&
        answer_challenge(with.registration, sip, with))
        return;
    with.register_at_ms = steady_ms() + again_ms;
    set_state(with, "it does not register us: SIP " + std::to_string(status));
}

void agent_core::pinged(trunk& with, int status) {
    constexpr int final_status = 200;
    constexpr int timed_out = 408;
    constexpr int unavailable = 503;
    constexpr int forgiven = 2;
    if (status < final_status) return;
    if (status != timed_out && status != unavailable) {  // any other answer is a sign of life
        with.unanswered = 0;
        if (!with.how.registers) set_state(with, "");
    } else if (++with.unanswered >= forgiven) {
        set_state(with, "it does not answer OPTIONS");
        if (with.how.registers) with.register_at_ms = steady_ms();
    }
}

void agent_core::tick_trunks(std::int64_t now_ms) {
    for (const auto& each : trunks_) {
        if (each->how.server.empty()) continue;
        if (each->how.registers && now_ms >= each->register_at_ms) {
            each->register_at_ms = INT64_MAX;  // refreshed by itself; again after a refusal
            register_now(*each);
        }
        if (each->how.options_s == 0 || now_ms < each->ping_at_ms) continue;
        each->ping_at_ms = now_ms + each->how.options_s * trunk_second_ms;
        if (each->ping == nullptr)
            each->ping = ::nua_handle(nua_, nullptr, SIPTAG_TO_STR(("<" + url_at(*each, "") + ">").c_str()),
                                      SIPTAG_FROM_STR(ours_at(*each).c_str()), TAG_END());
        ::nua_options(each->ping, NUTAG_URL(url_at(*each, "").c_str()), TAG_END());
    }
}

}  // namespace keepline::sip
