#include "link/smpp_connection.hpp"

#include <array>
#include <cstdio>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

std::string status_text(smpp_status status) {
    std::array<char, 16> out{};
    std::snprintf(out.data(), out.size(), "0x%08x", static_cast<unsigned>(status));
    return out.data();
}

std::unexpected<base::error> refused_with(smpp_status status) {
    const auto words = "The SMSC answered " + status_text(status) + ".";
    switch (status) {
        case smpp_status::throttled:
        case smpp_status::queue_full: return refuse(code::too_many, words);
        case smpp_status::not_bound: return refuse(code::peer_unreachable, words);
        case smpp_status::system_error:
        case smpp_status::submit_failed:
        case smpp_status::temporary_receiver_error: return refuse(code::peer_garbled, words);
        default: return refuse(code::peer_refused, words);
    }
}

}  // namespace

result<std::shared_ptr<smpp_connection>> smpp_connection::open(const smpp_settings& how) {
    std::shared_ptr<smpp_connection> out(new smpp_connection(how));
    const auto until = in(how.connect_timeout);  // for both: a stop waits no longer than this
    TRY(stream, tcp_stream::connect("The SMSC", how.host, how.port, until));
    out->stream_ = std::move(stream);
    CHECK(out->bind(until));
    return out;
}

result<void> smpp_connection::bind(deadline until) {
    const auto sequence = next_sequence();
    const auto body = encode_bind({how_.system_id, how_.password, how_.system_type});
    CHECK(stream_.write(encode_smpp(smpp_command::bind_transceiver, smpp_status::ok, sequence, body), until));
    for (;;) {
        TRY(pdu, take_smpp_pdu(in_));
        if (!pdu) {
            CHECK(stream_.read_some(in_, until));
            continue;
        }
        const bool nack = pdu->command == smpp_command::generic_nack;
        if (!nack && (pdu->command != smpp_command::bind_transceiver_resp || pdu->sequence != sequence)) continue;
        if (nack || pdu->status != smpp_status::ok)
            return refuse(code::peer_unreachable, "The SMSC refuses our login: " + status_text(pdu->status) + ".");
        return {};
    }
}

std::uint32_t smpp_connection::next_sequence() {
    sequence_ = sequence_ >= 0x7fffffffU ? 1 : sequence_ + 1;  // §5.1.4
    return sequence_;
}

result<void> smpp_connection::write(base::byte_view pdu) {
    const std::scoped_lock writing(write_mutex_);
    {
        const std::scoped_lock held(mutex_);
        if (lost_) return refuse(code::peer_unreachable, why_);
    }
    auto written = stream_.write(pdu, in(how_.response_timeout));
    // Half a PDU may be on its way: nothing can follow it.
    if (!written) lose(written.error().words);
    return written;
}

result<void> smpp_connection::send(smpp_command command, smpp_status status, std::uint32_t sequence,
                                   base::byte_view body) {
    return write(encode_smpp(command, status, sequence, body));
}

result<std::uint32_t> smpp_connection::start(const smpp_message& segment, deadline until) {
    std::uint32_t sequence = 0;
    {
        std::unique_lock held(mutex_);
        const auto window = static_cast<std::size_t>(how_.window);
        if (!changed_.wait_until(held, until, [&] { return lost_ || waiting_.size() < window; }))
            return refuse(code::too_many, "The SMSC is slow: its window has been full for too long.");
        if (lost_) return refuse(code::peer_unreachable, why_);
        sequence = next_sequence();
        waiting_.emplace(sequence, std::nullopt);
    }
    if (auto sent = send(smpp_command::submit_sm, smpp_status::ok, sequence, encode_message(segment)); !sent) {
        const std::scoped_lock held(mutex_);
        waiting_.erase(sequence);
        return std::unexpected(std::move(sent).error());
    }
    return sequence;
}

result<std::string> smpp_connection::finish(std::uint32_t sequence, deadline until) {
    std::unique_lock held(mutex_);
    changed_.wait_until(held, until, [&] { return lost_ || waiting_[sequence].has_value(); });
    const auto got = waiting_[sequence];
    waiting_.erase(sequence);
    changed_.notify_all();  // room in the window
    if (!got) return refuse(code::peer_unreachable, lost_ ? why_ : "The SMSC did not answer a submit_sm in time.");
    if (got->status != smpp_status::ok) return refused_with(got->status);
    if (got->message_id.empty()) return refuse(code::peer_garbled, "The SMSC gave a message no id.");
    return got->message_id;
}

result<std::vector<std::string>> smpp_connection::submit(const std::vector<smpp_message>& segments, deadline until) {
    // Part by part: when one is refused, the parts after it are not sent, and the window is never held by a sender that
    // waits for more of it.
    std::vector<std::string> out;
    for (const auto& segment : segments) {
        TRY(sequence, start(segment, until));
        TRY(message_id, finish(sequence, until));
        out.push_back(std::move(message_id));
    }
    return out;
}

result<std::optional<smpp_pdu>> smpp_connection::read(base::duration wait) {
    TRY(ready, take_smpp_pdu(in_));
    if (ready) return ready;
    {
        const std::scoped_lock held(mutex_);
        if (lost_) return refuse(code::peer_unreachable, why_);
    }
    CHECK(stream_.poll_some(in_, wait));
    return take_smpp_pdu(in_);
}

void smpp_connection::complete(const smpp_pdu& pdu) {
    answer got{pdu.status, decode_message_id(pdu.body).value_or("")};
    if (pdu.command == smpp_command::generic_nack && got.status == smpp_status::ok)
        got.status = smpp_status::system_error;
    {
        const std::scoped_lock held(mutex_);
        const auto found = waiting_.find(pdu.sequence);
        if (found == waiting_.end()) return;  // whoever asked has given up
        found->second = std::move(got);
    }
    changed_.notify_all();
}

void smpp_connection::enquire() {
    std::uint32_t sequence = 0;
    {
        const std::scoped_lock held(mutex_);
        sequence = next_sequence();
    }
    (void)send(smpp_command::enquire_link, smpp_status::ok, sequence);  // a failure has lost the connection
}

void smpp_connection::unbind(base::duration wait) {
    std::uint32_t sequence = 0;
    {
        const std::scoped_lock held(mutex_);
        if (lost_) return;
        sequence = next_sequence();
    }
    if (!send(smpp_command::unbind, smpp_status::ok, sequence)) return;
    std::unique_lock held(mutex_);
    changed_.wait_for(held, wait, [this] { return lost_; });
}

void smpp_connection::lose(std::string why) {
    {
        const std::scoped_lock held(mutex_);
        if (lost_) return;
        lost_ = true;
        why_ = std::move(why);
    }
    stream_.shut_down();
    changed_.notify_all();
}

}  // namespace keepline::link
