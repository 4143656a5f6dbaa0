#include "link/hlr_session.hpp"

#include <chrono>
#include <thread>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::size_t answer_bytes_max = std::size_t{256} * 1024;

std::unexpected<base::error> garbled(std::string_view where) {
    return refuse(code::peer_garbled, std::string(where) + " answered something that makes no sense.");
}

/// Closes the stream when the exchange failed.
template <typename T>
result<T> closing_on_failure(tcp_stream& stream, base::bytes& buffer, result<T> outcome) {
    if (!outcome) {
        stream.close();
        buffer.clear();
    }
    return outcome;
}

}  // namespace

hlr_session::hlr_session(const hlr_settings& how, int serial)
    : how_(how), name_(how.unit_name + "-" + std::to_string(serial)) {}

// ------------------------------------------------------------------------------------------------ CTRL

result<ipa_frame> hlr_session::next_frame(tcp_stream& from, base::bytes& buffer, deadline until) {
    for (;;) {
        if (auto frame = take_ipa_frame(buffer)) return std::move(*frame);
        CHECK(from.read_some(buffer, until));
        if (buffer.size() > answer_bytes_max) return garbled("The HLR");
    }
}

result<ctrl_reply> hlr_session::ctrl_exchange(std::string_view verb, const std::string& variable,
                                              std::string_view value) {
    if (ctrl_.is_stale()) {
        ctrl_in_.clear();
        TRY(opened,
            tcp_stream::connect("The HLR's control interface", how_.host, how_.ctrl_port, in(how_.connect_timeout)));
        ctrl_ = std::move(opened);
    }
    const auto until = in(how_.answer_timeout);
    const auto id = std::to_string(next_id_++);
    std::string request = std::string(1, static_cast<char>(osmo_ctrl)) + std::string(verb) + " " + id + " " + variable;
    if (!value.empty()) request += " " + std::string(value);
    CHECK(ctrl_.write(encode_ipa(ipa_osmo, base::view(request)), until));
    for (;;) {
        TRY(frame, next_frame(ctrl_, ctrl_in_, until));
        if (frame.protocol != ipa_osmo || frame.payload.empty() || frame.payload[0] != osmo_ctrl) continue;
        auto reply = parse_ctrl_reply(base::text(frame.payload).substr(1));
        if (!reply) {
            if (base::text(frame.payload).substr(1).starts_with("TRAP ")) continue;  // an announcement to everybody
            return garbled("The HLR's control interface");
        }
        if (reply->id != id || (reply->what != ctrl_reply::verb::error && reply->variable != variable))
            return garbled("The HLR's control interface");
        return std::move(*reply);
    }
}

result<ctrl_reply> hlr_session::ctrl(std::string_view verb, const std::string& variable, std::string_view value) {
    return closing_on_failure(ctrl_, ctrl_in_, ctrl_exchange(verb, variable, value));
}

namespace {

result<std::optional<hlr_subscriber>> found_in(const ctrl_reply& reply) {
    if (reply.what == ctrl_reply::verb::error) {
        if (reply.text == "No such subscriber.") return std::optional<hlr_subscriber>();
        return refuse(code::peer_garbled, "The HLR could not look the subscriber up.");
    }
    auto info = parse_ctrl_info(reply.text);
    if (!info) return garbled("The HLR's control interface");
    return info;
}

}  // namespace

result<std::optional<hlr_subscriber>> hlr_session::find(const base::imsi& imsi) {
    TRY(reply, ctrl("GET", "subscriber.by-imsi-" + imsi.text() + ".info", ""));
    TRY(found, found_in(reply));
    if (found && found->imsi != imsi.text()) return garbled("The HLR's control interface");
    return found;
}

result<std::optional<hlr_subscriber>> hlr_session::find_holder(const std::string& msisdn_digits) {
    TRY(reply, ctrl("GET", "subscriber.by-msisdn-" + msisdn_digits + ".info", ""));
    return found_in(reply);
}

result<hlr_session::change> hlr_session::create(const base::imsi& imsi) {
    TRY(reply, ctrl("SET", "subscriber.create", imsi.text()));
    if (reply.what != ctrl_reply::verb::error) return change::done;
    if (reply.text == "Subscriber already exists.") return change::already;
    if (reply.text == "Invalid IMSI value.") return refuse(code::peer_refused, "The HLR does not take this IMSI.");
    return refuse(code::peer_garbled, "The HLR could not create the subscriber.");
}

result<hlr_session::change> hlr_session::set_msisdn(const base::imsi& imsi, const std::string& digits) {
    TRY(reply, ctrl("SET", "subscriber.by-imsi-" + imsi.text() + ".msisdn", digits));
    if (reply.what != ctrl_reply::verb::error) return change::done;
    if (reply.text == "No such subscriber.") return change::unknown;
    if (reply.text == "Update MSISDN failed") return change::taken;
    if (reply.text == "Value failed verification.")
        return refuse(code::peer_refused, "The HLR does not take this number.");
    return refuse(code::peer_garbled, "The HLR could not set the number.");
}

result<hlr_session::change> hlr_session::remove(const base::imsi& imsi) {
    TRY(reply, ctrl("SET", "subscriber.delete", imsi.text()));
    if (reply.what != ctrl_reply::verb::error) return change::done;
    if (reply.text == "Subscriber doesn't exist.") return change::already;
    return refuse(code::peer_garbled, "The HLR could not delete the subscriber.");
}

result<std::optional<hlr_auth>> hlr_session::find_auth(const base::imsi& imsi) {
    TRY(reply, ctrl("GET", "subscriber.by-imsi-" + imsi.text() + ".aud3g", ""));
    if (reply.what != ctrl_reply::verb::error) return parse_ctrl_auth(reply.text);
    if (reply.text == "No such subscriber.") return std::optional<hlr_auth>();
    return refuse(code::peer_garbled, "The HLR could not look the authentication data up.");
}

result<hlr_session::change> hlr_session::set_auth(const base::imsi& imsi, const hlr_auth& keys) {
    TRY(reply, ctrl("SET", "subscriber.by-imsi-" + imsi.text() + ".aud3g", ctrl_auth_text(keys)));
    if (reply.what != ctrl_reply::verb::error) return change::done;
    if (reply.text == "No such subscriber.") return change::unknown;
    if (reply.text == "Unknown auth algorithm.")
        return refuse(code::peer_refused, "The HLR does not know the algorithm " + keys.algorithm + ".");
    if (reply.text == "Invalid KI." || reply.text == "Invalid OP/OPC.")
        return refuse(code::peer_refused, "The HLR does not take keys of this length.");
    // Nothing of the reply: an HLR might quote the keys.
    return refuse(code::peer_garbled, "The HLR could not set the authentication data.");
}

// ------------------------------------------------------------------------------------------------ VTY

result<vty_answer> hlr_session::vty_exchange(std::string_view command, deadline until) {
    if (!command.empty()) {
        // LF only: with CRLF the console would see a second, empty command.
        const auto line = std::string(command) + "\n";
        CHECK(vty_.write(base::view(line), until));
    }
    for (;;) {
        if (auto answer = take_vty_answer(vty_in_)) return std::move(*answer);
        CHECK(vty_.read_some(vty_in_, until));
        if (vty_in_.size() > answer_bytes_max) return garbled("The HLR's console");
    }
}

result<void> hlr_session::open_vty() {
    vty_in_.clear();
    TRY(opened, tcp_stream::connect("The HLR's console", how_.host, how_.vty_port, in(how_.connect_timeout)));
    vty_ = std::move(opened);
    const auto until = in(how_.answer_timeout);
    TRY(greeting, vty_exchange("", until));
    if (greeting.enabled) return {};
    TRY(enabled, vty_exchange("enable", until));
    if (!enabled.enabled) return refuse(code::peer_unreachable, "The HLR's console wants a password for 'enable'.");
    return {};
}

result<vty_answer> hlr_session::vty(std::string_view command) {
    if (vty_.is_stale()) CHECK(closing_on_failure(vty_, vty_in_, open_vty()));
    return closing_on_failure(vty_, vty_in_, vty_exchange(command, in(how_.answer_timeout)));
}

result<hlr_session::change> hlr_session::set_access_mode(const base::imsi& imsi, std::string_view mode) {
    TRY(answer, vty("subscriber imsi " + imsi.text() + " update network-access-mode " + std::string(mode)));
    if (vty_says_unknown_subscriber(answer)) return change::unknown;
    if (vty_says_error(answer))
        return refuse(code::peer_garbled, "The HLR's console could not change the network access mode.");
    return change::done;
}

// ------------------------------------------------------------------------------------------------ GSUP
//
//   HLR: identity request ─▶   us: identity, ping ─▶   HLR: pong          once per connection
//   us: UpdateLocation ─▶      HLR: error with cause                      the proof
//   HLR: DeleteData (a bar, told to everybody) ─▶   us: result            at any time

result<void> hlr_session::send_gsup(base::byte_view message, deadline until) {
    base::bytes payload{osmo_gsup};
    payload.insert(payload.end(), message.begin(), message.end());
    return gsup_.write(encode_ipa(ipa_osmo, payload), until);
}

result<void> hlr_session::identify(deadline until) {
    for (;;) {
        TRY(frame, next_frame(gsup_, gsup_in_, until));
        if (frame.protocol != ipa_ccm || frame.payload.empty()) continue;
        switch (static_cast<ccm>(frame.payload[0])) {
            case ccm::ping: CHECK(gsup_.write(encode_ccm(ccm::pong), until)); break;
            case ccm::id_get:
                CHECK(gsup_.write(encode_ipa_identity(name_), until));
                CHECK(gsup_.write(encode_ccm(ccm::ping),
                                  until));  // osmo-hlr acknowledges no identity, but answers a ping
                break;
            case ccm::pong: return {};
            default: break;
        }
    }
}

result<void> hlr_session::open_gsup() {
    gsup_in_.clear();
    TRY(opened, tcp_stream::connect("The HLR's GSUP interface", how_.host, how_.gsup_port, in(how_.connect_timeout)));
    gsup_ = std::move(opened);
    CHECK(identify(in(how_.answer_timeout)));
    return check_name();
}

/// The HLR sends answers to whoever it finds first under a name: with two of one name the second waits in vain. A
/// console that cannot be asked says nothing about it. One look is not believed: the HLR's list has a client that has
/// not said its name yet under the name of the one above it, and one that has just left is still in it.
result<void> hlr_session::check_name() {
    constexpr int looks = 6;
    constexpr auto between_looks = std::chrono::milliseconds{50};
    bool taken = true;
    for (int look = 0; taken && look < looks; ++look) {
        if (look > 0) std::this_thread::sleep_for(between_looks);
        const auto clients = vty("show gsup-connections");
        taken = clients && vty_clients_named(*clients, name_) > 1;
    }
    name_taken_ = taken;
    if (!taken) return {};
    return refuse(code::peer_unreachable, "Another client of the HLR bears our name '" + name_ +
                                              "': every instance needs a hlr.unit_name of its own.");
}

result<void> hlr_session::answer_push(const gsup_message& push, deadline until) {
    switch (push.type) {
        case gsup_type::delete_data_request:
            return send_gsup(encode_gsup({gsup_type::delete_data_result, push.imsi, std::nullopt}), until);
        case gsup_type::location_cancel_request:
            return send_gsup(encode_gsup({gsup_type::location_cancel_result, push.imsi, std::nullopt}), until);
        case gsup_type::insert_data_request:  // we serve nobody
            return send_gsup(encode_gsup({gsup_type::insert_data_error, push.imsi, cause_network_failure}), until);
        default: return {};
    }
}

result<std::optional<std::uint8_t>> hlr_session::ask_location(const base::imsi& imsi, deadline until) {
    CHECK(send_gsup(encode_update_location(imsi), until));
    for (;;) {
        TRY(frame, next_frame(gsup_, gsup_in_, until));
        if (frame.payload.empty()) continue;
        if (frame.protocol == ipa_ccm && static_cast<ccm>(frame.payload[0]) == ccm::ping)
            CHECK(gsup_.write(encode_ccm(ccm::pong), until));
        if (frame.protocol != ipa_osmo || frame.payload[0] != osmo_gsup) continue;
        const auto message = decode_gsup(base::byte_view(frame.payload).subspan(1));
        if (!message) return garbled("The HLR's GSUP interface");
        CHECK(answer_push(*message, until));
        if (message->imsi != imsi.text()) continue;
        switch (message->type) {
            case gsup_type::update_location_error:
                if (!message->cause) return garbled("The HLR's GSUP interface");
                return message->cause;
            case gsup_type::update_location_result:
            case gsup_type::insert_data_request: return std::optional<std::uint8_t>();
            default: break;
        }
    }
}

result<std::optional<std::uint8_t>> hlr_session::update_location(const base::imsi& imsi) {
    gsup_used_ = std::chrono::steady_clock::now();
    // Pushed messages may be waiting, so only an end makes this connection stale.
    if (gsup_.has_ended()) CHECK(closing_on_failure(gsup_, gsup_in_, open_gsup()));
    return closing_on_failure(gsup_, gsup_in_, ask_location(imsi, in(how_.answer_timeout)));
}

void hlr_session::close_idle(deadline now) {
    if (!gsup_.is_open() || now - gsup_used_ < how_.gsup_idle) return;
    gsup_.close();
    gsup_in_.clear();
}

}  // namespace keepline::link
