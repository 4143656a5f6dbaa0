#include "smsc.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace keepline::bench {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t code_digits = 8;
constexpr auto patience = std::chrono::seconds{30};
constexpr std::uint8_t delivered = 2;  // message_state, SMPP 3.4 §5.2.28

bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

/// The first run of exactly that many digits. UCS-2 is read as its low octets: all that matters here is in them.
std::string code_in(const link::smpp_message& message) {
    std::string plain;
    const bool wide = message.data_coding == 8;
    for (std::size_t i = wide ? 1 : 0; i < message.text.size(); i += wide ? 2 : 1)
        plain.push_back(static_cast<char>(message.text[i]));
    for (auto at = plain.begin(); at != plain.end();) {
        const auto from = std::find_if(at, plain.end(), is_digit);
        const auto to = std::find_if_not(from, plain.end(), is_digit);
        if (static_cast<std::size_t>(to - from) == code_digits) return {from, to};
        at = to;
    }
    return {};
}

base::bytes text_body(const std::string& text) {
    base::bytes out(text.begin(), text.end());
    out.push_back(0);
    return out;
}

void append(base::bytes& to, const base::bytes& what) { to.insert(to.end(), what.begin(), what.end()); }

}  // namespace

smsc::smsc(asio::io_context& io, std::uint16_t port)
    : acceptor_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), port)) {
    asio::co_spawn(io, accept(), asio::detached);
}

asio::awaitable<void> smsc::accept() {
    for (;;) {
        auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> smsc::serve(tcp::socket from) {
    base::bytes heard;
    std::array<std::uint8_t, 16384> part{};
    for (;;) {
        const auto [ended, count] =
            co_await from.async_read_some(asio::buffer(part), asio::as_tuple(asio::use_awaitable));
        if (ended) co_return;
        heard.insert(heard.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
        base::bytes out;
        for (;;) {
            const auto pdu = link::take_smpp_pdu(heard);
            if (!pdu) co_return;
            if (!*pdu) break;
            answer(**pdu, out);
        }
        const auto [broken, written] =
            co_await asio::async_write(from, asio::buffer(out), asio::as_tuple(asio::use_awaitable));
        if (broken) co_return;
    }
}

void smsc::answer(const link::smpp_pdu& what, base::bytes& out) {
    using enum link::smpp_command;
    const auto say = [&](link::smpp_command command, const base::bytes& body = {}) {
        append(out, link::encode_smpp(command, link::smpp_status::ok, what.sequence, body));
    };
    switch (what.command) {
        case bind_transceiver: return say(bind_transceiver_resp, text_body("bench"));
        case enquire_link: return say(enquire_link_resp);
        case unbind: return say(unbind_resp);
        case submit_sm:
            if (const auto message = link::decode_message(what.body)) take(*message, what.sequence, out);
            return;
        default: return;  // answers to our receipts
    }
}

void smsc::take(const link::smpp_message& message, std::uint32_t sequence, base::bytes& out) {
    const auto id = std::to_string(++messages_);
    append(out, link::encode_smpp(link::smpp_command::submit_sm_resp, link::smpp_status::ok, sequence, text_body(id)));
    if ((message.registered_delivery & 1) != 0) {
        link::smpp_message receipt;
        receipt.from = message.to;
        receipt.to = message.from;
        receipt.esm_class = link::esm_type_receipt;
        const auto words = "id:" + id + " sub:001 dlvrd:001 stat:DELIVRD err:000 text:";
        receipt.text = base::bytes(words.begin(), words.end());
        receipt.extra.push_back({link::tlv_receipted_message_id, text_body(id)});
        receipt.extra.push_back({link::tlv_message_state, {delivered}});
        append(out, link::encode_smpp(link::smpp_command::deliver_sm, link::smpp_status::ok, ++sequence_,
                                      link::encode_message(receipt)));
    }
    auto code = code_in(message);
    if (code.empty()) return;
    codes_[message.to.digits] = std::move(code);
    if (const auto found = waiting_.find(message.to.digits); found != waiting_.end()) found->second->cancel();
}

asio::awaitable<std::string> smsc::code_for(std::string number) {
    const auto digits = number.substr(1);  // without the "+"
    if (!codes_.contains(digits)) {
        asio::steady_timer gate(acceptor_.get_executor(), patience);
        waiting_[digits] = &gate;
        co_await gate.async_wait(asio::as_tuple(asio::use_awaitable));
        waiting_.erase(digits);
    }
    const auto found = codes_.extract(digits);
    co_return found.empty() ? std::string() : found.mapped();
}

}  // namespace keepline::bench
