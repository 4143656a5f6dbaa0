// Calls: how they come in and are made, what was agreed, how they end. The signalling thread.
#include "sip/agent_core.hpp"
#include "sip/info_body.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <strings.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>

namespace keepline::sip {

namespace {

constexpr std::int64_t ear_most_ms = 10'000;
constexpr std::int64_t transfer_most_ms = 30'000;
constexpr std::int64_t calls_second_ms = 1'000;
constexpr std::int64_t calls_minute_ms = 60 * calls_second_ms;

std::string text_of(const char* text) { return text == nullptr ? std::string() : std::string(text); }

/// The description that a message brings; nothing where it has none. Another kind of body is a broken description.
std::optional<std::string_view> description_in(const sip_t* sip) {
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) return std::nullopt;
    const auto* type = sip->sip_content_type;
    if (type == nullptr || type->c_type == nullptr || ::strcasecmp(type->c_type, "application/sdp") != 0)
        return std::string_view("");
    return std::string_view(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
}

std::string source_of(nua_t* nua) {
    auto* message = ::nua_current_request(nua);
    if (message == nullptr) return {};
    sockaddr_storage from{};
    std::memcpy(&from, &::msg_addr(message)->su_sa, sizeof(sockaddr_in6));
    return address_text(from);
}

/// What the trunk asserts (RFC 3325), else what the caller says. It identifies; it proves nothing.
std::string caller_of(const sip_t* sip) {
    for (const auto* each = sip->sip_unknown; each != nullptr; each = each->un_next)
        if (each->un_name != nullptr && ::strcasecmp(each->un_name, "P-Asserted-Identity") == 0)
            if (auto number = number_in(text_of(each->un_value)); !number.empty()) return number;
    if (sip->sip_from == nullptr) return {};
    return number_in(text_of(sip->sip_from->a_url->url_user));
}

/// No line breaks: nobody adds a header by a case's number.
std::string one_line(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') out += c;
    return out;
}

std::string headers_of(const port::call_transfer& to) {
    std::string out;
    if (!to.subject.empty()) out += "Subject: " + one_line(to.subject) + "\r\n";
    for (const auto& [name, value] : to.headers) out += one_line(name) + ": " + one_line(value) + "\r\n";
    return out;
}

/// As headers of the call that the other side will make (RFC 3261 §19.1.1).
std::string refer_target(const port::call_transfer& to) {
    const auto escaped = [](const std::string& text) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string out;
        for (const char c : one_line(text)) {
            const auto byte = static_cast<unsigned char>(c);
            const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                               c == '_' || c == '.';
            if (plain)
                out += c;
            else
                (out += '%') += {digits[byte >> 4], digits[byte & 0xf]};
        }
        return out;
    };
    std::string out = "<" + one_line(to.target);
    char between = '?';
    for (const auto& [name, value] : to.headers) {
        out += between + escaped(name) + "=" + escaped(value);
        between = '&';
    }
    return out + ">";
}

/// Whether a SIP address is one of this server: "sip:agents@192.0.2.7:5060;transport=tcp".
bool is_at(const std::string& url, const std::string& server) {
    auto host = std::string_view(url);
    host.remove_prefix(std::min(host.find('@') + 1, host.size()));
    return host.substr(0, host.find_first_of(";?>")) == server;
}

/// Of who carries our calls, and not of whoever was called: not allowed, or it cannot at the moment (RFC 3261 §21.4.4,
/// §21.5).
bool is_refused_by_trunk(int status) {
    constexpr int forbidden = 403;
    constexpr int server_failure = 500;
    constexpr int global_failure = 600;
    return status == forbidden || (status >= server_failure && status < global_failure);
}

std::string_view word_of(port::call_end why) {
    switch (why) {
        case port::call_end::by_caller: return "by_caller";
        case port::call_end::by_us: return "by_us";
        case port::call_end::too_long: return "too_long";
        case port::call_end::lost: return "lost";
        case port::call_end::transferred: return "transferred";
        case port::call_end::shut_down: return "shut_down";
        case port::call_end::not_made: return "not_made";
    }
    return "";
}

}  // namespace

agent_core::leg* agent_core::leg_of(nua_handle_t* handle) {
    const auto found = by_handle_.find(handle);
    return found == by_handle_.end() ? nullptr : leg_by(found->second);
}

agent_core::leg* agent_core::leg_by(std::uint64_t number) {
    const auto found = legs_.find(number);
    return found == legs_.end() ? nullptr : &found->second;
}

agent_core::leg& agent_core::new_leg(trunk* over, bool outgoing) {
    const auto number = next_leg_++;
    auto& out = legs_[number];
    out.number = number;
    out.over = over;
    out.outgoing = outgoing;
    out.began_ms = steady_ms();
    constexpr std::size_t session_bytes = 4;
    std::array<std::uint8_t, session_bytes> session{};
    random_.fill(session);
    for (const auto byte : session) out.session = out.session << 8 | byte;
    const std::lock_guard held(mutex_);
    counts_.calls_now = legs_.size();
    ++(outgoing ? counts_.calls_out : counts_.calls_in);
    return out;
}

/// Of what signalling knows nothing yet, or no more.
void agent_core::forget(std::uint64_t number) {
    const auto found = legs_.find(number);
    if (found == legs_.end()) return;
    if (found->second.stream) sound_->remove(found->second.stream);
    legs_.erase(found);
    const std::lock_guard held(mutex_);
    counts_.calls_now = legs_.size();
}

base::result<void> agent_core::give_sound(leg& to) {
    const std::weak_ptr<class call> weak = to.call;
    stream_events events;
    events.key = [weak](key_way way, char key) {
        if (const auto found = weak.lock()) found->pressed(way, key);
    };
    events.played = [weak](std::uint64_t turn) {
        if (const auto found = weak.lock()) found->played(turn);
    };
    events.silent = [this, number = to.number] {
        post([this, number] {
            if (auto* found = leg_by(number)) end(*found, port::call_end::lost);
        });
    };
    TRY(stream, sound_->add(std::move(events)));
    to.stream = std::move(stream);
    if (to.call) to.call->sounds_by(to.stream);
    return {};
}

/// The caller's own limits first: whoever is beyond them takes nothing of what the trunk may in this second. Those who
/// show no number are nobody in particular: they have half of all places together, and no limit of one caller's.
bool agent_core::lets_in(const std::string& source, const std::string& caller, std::int64_t now_ms) {
    if (static_cast<std::int64_t>(legs_.size()) >= how_.calls_max) return false;
    const auto at_once = caller.empty() ? std::max<std::int64_t>(1, how_.calls_max / 2) : how_.calls_at_once_per_caller;
    const auto theirs = std::ranges::count_if(legs_, [&](const auto& one) {
        return !one.second.outgoing && one.second.call && one.second.call->facts().caller == caller;
    });
    if (theirs >= at_once) return false;
    if (!caller.empty() && !per_caller_.lets(caller, now_ms)) return false;
    return per_peer_.lets(source, now_ms);
}

void agent_core::incoming(nua_handle_t* handle, const sip_t* sip) {
    const auto source = source_of(nua_);
    auto* over = trunk_of(source);
    if (over == nullptr) {
        ::nua_respond(handle, SIP_403_FORBIDDEN, TAG_END());
        const std::lock_guard held(mutex_);
        ++counts_.strangers;
        return;
    }
    const auto body = description_in(sip);
    auto theirs = body ? sound_side_in(*body) : std::nullopt;
    if (body && (!theirs || !agreed(*theirs, offered_by::them))) {
        ::nua_respond(handle, SIP_488_NOT_ACCEPTABLE, TAG_END());
        return;
    }
    const auto caller = caller_of(sip);
    if (!lets_in(source, caller, steady_ms())) {
        ::nua_respond(handle, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR("10"), TAG_END());
        const std::lock_guard held(mutex_);
        ++counts_.too_many;
        return;
    }
    constexpr std::size_t id_bytes = 10;
    const port::call_facts facts{"call-" + random_.token(id_bytes), caller,
                                 number_in(text_of(sip->sip_request->rq_url->url_user)), over->how.name, false};
    auto& made = new_leg(over, false);
    made.handle = handle;
    made.signalling = source;
    made.offered = body ? offered_by::them : offered_by::us;
    made.theirs = std::move(theirs);
    made.call = std::make_shared<class call>(made.number, facts, shared_from_this(), talk_);
    by_handle_[handle] = made.number;
    if (const auto given = give_sound(made); !given) {
        log_.error("call_without_sound", facts.id, {{"reason", given.error().words}});
        ::nua_respond(handle, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR("10"), TAG_END());
        made.call.reset();
        made.asked = true;
    }
}

void agent_core::ask(leg& of, const port::call_ears& ears) {
    of.asked = true;
    of.rings_until_ms = of.outgoing ? of.rings_until_ms : steady_ms() + ear_most_ms;
    of.call->ask(ears, [self = shared_from_this(), number = of.number, outgoing = of.outgoing](bool yes) {
        self->post([raw = self.get(), number, outgoing, yes] {
            if (outgoing)
                raw->dial(number, yes);
            else
                raw->answer(number, yes);
        });
    });
}

#define KEEPLINE_SOUND_TAGS(text) SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR((text).c_str())

our_place agent_core::place_of(leg& of) { return {address_, of.stream->port(), of.session, ++of.version}; }

void agent_core::answer(std::uint64_t number, bool yes) {
    auto* of = leg_by(number);
    if (of == nullptr || of->ending) return;
    if (!yes) {
        ::nua_respond(of->handle, SIP_486_BUSY_HERE, TAG_END());
        return;
    }
    of->rings_until_ms = 0;
    accept(*of);
}

/// Says yes: an answer to their offer, or our offer where they made none.
void agent_core::accept(leg& of) {
    const auto text =
        of.offered == offered_by::them ? sound_answer(*of.theirs, place_of(of)) : sound_offer(place_of(of));
    ::nua_respond(of.handle, SIP_200_OK, KEEPLINE_SOUND_TAGS(text), TAG_END());
}

/// A re-INVITE: hold, another codec, another place; or a refresh.
void agent_core::again(leg& of, const sip_t* sip) {
    const auto body = description_in(sip);
    auto theirs = body ? sound_side_in(*body) : std::nullopt;
    if (body && (!theirs || !agreed(*theirs, offered_by::them))) {
        ::nua_respond(of.handle, SIP_488_NOT_ACCEPTABLE, TAG_END());
        return;
    }
    of.offered = body ? offered_by::them : offered_by::us;
    if (theirs) of.theirs = std::move(theirs);
    accept(of);
}

void agent_core::updated(nua_handle_t* handle, const sip_t* sip, int status) {
    constexpr int final_status = 200;
    if (status >= final_status) return;
    auto* of = leg_of(handle);
    if (of == nullptr) {
        ::nua_respond(handle, SIP_481_NO_TRANSACTION, NUTAG_WITH_THIS(nua_), TAG_END());
        ::nua_handle_destroy(handle);
        return;
    }
    const auto body = description_in(sip);
    if (!body) {  // a refresh
        ::nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), TAG_END());
        return;
    }
    auto theirs = sound_side_in(*body);
    const auto terms = theirs ? agreed(*theirs, offered_by::them) : std::nullopt;
    if (!terms || !of->answered) {
        ::nua_respond(handle, SIP_488_NOT_ACCEPTABLE, NUTAG_WITH_THIS(nua_), TAG_END());
        return;
    }
    of->theirs = std::move(theirs);
    of->offered = offered_by::them;
    const auto text = sound_answer(*of->theirs, place_of(*of));
    ::nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), KEEPLINE_SOUND_TAGS(text), TAG_END());
    of->stream->agree(*terms, of->signalling);
}

/// Where the offer was ours, the ACK answers it.
void agent_core::acknowledged(nua_handle_t* handle, const sip_t* sip) {
    auto* of = leg_of(handle);
    if (of == nullptr || of->offered != offered_by::us || of->outgoing) return;
    if (const auto body = description_in(sip)) of->theirs = sound_side_in(*body);
}

void agent_core::state(nua_handle_t* handle, tagi_t* tags) {
    int now = nua_callstate_init;
    ::tl_gets(tags, NUTAG_CALLSTATE_REF(now), TAG_END());
    auto* of = leg_of(handle);
    if (of == nullptr) {
        if (now == nua_callstate_terminated) ::nua_handle_destroy(handle);
        return;
    }
    if (now == nua_callstate_received && !of->asked) return ask(*of, ears_);
    if (now == nua_callstate_ready) return established(*of);
    if (now == nua_callstate_terminated) over(*of);
}

void agent_core::established(leg& of) {
    if (of.ending) {  // answered while we cancelled
        if (!of.answered) ::nua_bye(of.handle, TAG_END());
        of.answered = true;
        return;
    }
    const auto terms = of.theirs ? agreed(*of.theirs, of.offered) : std::nullopt;
    if (!terms) {
        of.answered = true;  // BYE
        return end(of, port::call_end::lost);
    }
    of.stream->agree(*terms, of.signalling);
    if (of.answered) return;
    of.answered = true;
    of.rings_until_ms = 0;
    of.began_ms = steady_ms();
    if (of.call) {
        of.why = port::call_end::by_caller;
        log_.info("call_began", of.call->facts().id, {{"trunk", of.call->facts().peer}});
        of.call->answered();
    } else if (auto* caller = leg_by(of.joined)) {
        caller->stream->stop();
        caller->stream->join(of.stream);
        of.stream->join(caller->stream);
        caller->transfer.reset();
        caller->call->over(port::call_end::transferred);  // who spoke until now has nothing more to say
        caller->why = port::call_end::transferred;
    } else {
        end(of, port::call_end::lost);
    }
}

void agent_core::end(leg& of, port::call_end why) {
    if (of.ending) return;
    of.ending = true;
    if (of.why != port::call_end::transferred) of.why = why;
    if (of.call) of.call->over(of.why);  // whatever becomes of our BYE
    if (of.answered)
        ::nua_bye(of.handle, TAG_END());
    else if (of.outgoing && of.handle != nullptr)
        ::nua_cancel(of.handle, TAG_END());
    else if (!of.outgoing)
        ::nua_respond(of.handle, SIP_480_TEMPORARILY_UNAVAILABLE, TAG_END());
}

void agent_core::over(leg& of) {
    const auto counted = of.stream ? of.stream->counts() : stream_counts{};
    if (of.call) {
        of.call->over(of.why);
        log_.info("call_over", of.call->facts().id,
                  {{"why", std::string(word_of(of.why))},
                   {"seconds", std::to_string(of.answered ? (steady_ms() - of.began_ms) / calls_second_ms : 0)},
                   {"packets_heard", std::to_string(counted.heard)},
                   {"packets_from_elsewhere", std::to_string(counted.from_elsewhere)}});
    }
    if (auto* other = leg_by(of.joined)) {
        other->joined = 0;
        if (other->call == nullptr || other->why == port::call_end::transferred)
            end(*other, port::call_end::transferred);
        else
            other->call->transfer_failed();  // nobody took it
    }
    by_handle_.erase(of.handle);
    ::nua_handle_destroy(of.handle);
    forget(of.number);
    const std::lock_guard held(mutex_);
    counts_.packets_from_elsewhere += counted.from_elsewhere;
    counts_.packets_unreadable += counted.unreadable;
    counts_.keys_too_fast += counted.keys_too_fast;
    counts_.late_ticks = sound_->late_ticks();
}

void agent_core::info(nua_handle_t* handle, const sip_t* sip, int status) {
    constexpr int final_status = 200;
    auto* of = leg_of(handle);
    if (of == nullptr) {
        if (status < final_status) ::nua_respond(handle, SIP_481_NO_TRANSACTION, NUTAG_WITH_THIS(nua_), TAG_END());
        ::nua_handle_destroy(handle);
        return;
    }
    if (status < final_status) ::nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), TAG_END());
    if (!of->call || sip == nullptr || sip->sip_content_type == nullptr || sip->sip_payload == nullptr) return;
    const std::string_view body(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
    if (const auto key = key_in_info(text_of(sip->sip_content_type->c_type), body))
        of->call->pressed(key_way::info, *key);
}

void agent_core::make_call(const std::string& number, std::chrono::seconds rings, port::call_ears with) {
    post([this, number, rings, ears = std::move(with)] {
        if (stops_at_ms_ != 0) return;
        auto* over = trunk_for_calls();
        constexpr std::size_t id_bytes = 10;
        const port::call_facts facts{"call-" + random_.token(id_bytes), over == nullptr ? "" : over->how.number,
                                     number_in(number), over == nullptr ? "" : over->how.name, true};
        auto& made = new_leg(over, true);
        made.why = port::call_end::lost;
        made.rings_until_ms = steady_ms() + std::chrono::milliseconds(rings).count();
        made.call = std::make_shared<class call>(made.number, facts, shared_from_this(), talk_);
        const bool can = over != nullptr && !facts.dialled.empty() && give_sound(made).has_value();
        ask(made, ears);
        if (can) return;
        log_.warning("call_not_made", facts.id, {{"reason", over == nullptr ? "no trunk" : "number or sound"}});
        made.call->over(port::call_end::not_made);
        forget(made.number);
    });
}

void agent_core::dial(std::uint64_t number, bool yes) {
    auto* of = leg_by(number);
    if (of == nullptr) return;
    if (!yes || of->ending) return forget(number);  // hung up before it was made: nobody's telephone rings
    invite(*of, url_at(*of->over, of->call->facts().dialled), {});
}

void agent_core::invite(leg& to, const std::string& url, const std::string& more_headers) {
    to.handle = ::nua_handle(nua_, nullptr, SIPTAG_TO_STR(("<" + url + ">").c_str()), TAG_END());
    by_handle_[to.handle] = to.number;
    if (to.over != nullptr && socket_address(to.over->host, 0).ss_family != AF_UNSPEC) to.signalling = to.over->host;
    // Somebody else's challenge, an agent's phone say, gets no proof of ours to guess the password from.
    to.to_trunk = to.over != nullptr && !to.over->how.server.empty() && is_at(url, to.over->how.server);
    const auto from = to.over == nullptr ? "<sip:" + address_ + ">" : ours_at(*to.over);
    to.offered = offered_by::us;
    const auto offer = sound_offer(place_of(to));
    ::nua_invite(to.handle, NUTAG_URL(url.c_str()), SIPTAG_FROM_STR(from.c_str()),
                 TAG_IF(!more_headers.empty(), SIPTAG_HEADER_STR(more_headers.c_str())), KEEPLINE_SOUND_TAGS(offer),
                 TAG_END());
}

void agent_core::invited(nua_handle_t* handle, int status, const sip_t* sip) {
    auto* of = leg_of(handle);
    constexpr int accepted = 200;
    constexpr int refused = 300;
    constexpr int unauthorized = 401;
    constexpr int proxy_unauthorized = 407;
    if (of == nullptr) return;
    if (status >= accepted && status < refused) return taken(*of, sip);
    if (is_refused_by_trunk(status) && of->outgoing && !of->answered) of->why = port::call_end::not_made;
    if (status != unauthorized && status != proxy_unauthorized) return;
    if (++of->challenges > 1 || !of->to_trunk || !answer_challenge(handle, sip, *of->over))
        end(*of, of->outgoing ? port::call_end::not_made : port::call_end::lost);
}

/// Our INVITE is answered. Where it was a refresh without an offer of ours, theirs is answered by the ACK.
void agent_core::taken(leg& of, const sip_t* sip) {
    const auto body = description_in(sip);
    if (body)
        if (auto theirs = sound_side_in(*body)) of.theirs = std::move(theirs);
    if (of.outgoing || !of.answered || !body || !of.theirs) {
        ::nua_ack(of.handle, TAG_END());
        return;
    }
    of.offered = offered_by::them;
    const auto text = sound_answer(*of.theirs, place_of(of));
    ::nua_ack(of.handle, KEEPLINE_SOUND_TAGS(text), TAG_END());
}

void agent_core::refer(leg& of, const port::call_transfer& to) {
    if (!of.answered || of.ending || of.transfer || of.joined != 0 || of.call == nullptr) return;
    of.transfer = to;
    of.transfer_until_ms = steady_ms() + transfer_most_ms;
    const auto headers = headers_of(to);
    ::nua_refer(of.handle, SIPTAG_REFER_TO_STR(refer_target(to).c_str()),
                SIPTAG_REFERRED_BY_STR(("<sip:" + address_ + ">").c_str()),
                TAG_IF(!headers.empty(), SIPTAG_HEADER_STR(headers.c_str())), TAG_END());
}

void agent_core::referred(nua_handle_t* handle, int status) {
    constexpr int refused = 300;
    auto* of = leg_of(handle);
    if (of != nullptr && of->transfer && of->joined == 0 && status >= refused) bridge(*of);
}

void agent_core::notified(nua_handle_t* handle, const sip_t* sip) {
    auto* of = leg_of(handle);
    if (of == nullptr) return;
    if (!of->transfer || of->joined != 0 || sip == nullptr || sip->sip_payload == nullptr) return;
    const int status = status_in_fragment({sip->sip_payload->pl_data, sip->sip_payload->pl_len});
    constexpr int done = 200;
    constexpr int refused = 300;
    if (status >= refused) return bridge(*of);
    if (status >= done) end(*of, port::call_end::transferred);
}

/// The other side cannot, or will not, transfer: we call the target and join both.
void agent_core::bridge(leg& of) {
    of.transfer_until_ms = 0;
    auto& made = new_leg(of.over, true);
    made.why = port::call_end::lost;
    made.rings_until_ms = steady_ms() + transfer_most_ms;
    made.joined = of.number;
    of.joined = made.number;
    if (!give_sound(made)) {
        forget(made.number);
        of.joined = 0;
        of.transfer.reset();
        of.call->transfer_failed();
        return;
    }
    invite(made, of.transfer->target, headers_of(*of.transfer));
    of.transfer.reset();
}

void agent_core::tick_calls(std::int64_t now_ms) {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, each] : legs_) numbers.push_back(number);
    for (const auto number : numbers) {
        auto* each = leg_by(number);
        if (each == nullptr || each->ending || each->handle == nullptr) continue;
        if (each->rings_until_ms != 0 && now_ms >= each->rings_until_ms)
            end(*each, port::call_end::lost);
        else if (each->answered && now_ms - each->began_ms >= how_.call_minutes * calls_minute_ms)
            end(*each, port::call_end::too_long);
        else if (each->transfer && each->transfer_until_ms != 0 && now_ms >= each->transfer_until_ms)
            bridge(*each);
    }
}

}  // namespace keepline::sip
