#include "link/smpp_connection.hpp"

#include "link/peer_words.hpp"

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

}  // namespace

result<std::shared_ptr<smpp_connection>> smpp_connection::open(const smpp_settings& how, smpp_command as) {
    std::shared_ptr<smpp_connection> out(new smpp_connection(how));
    const auto until = in(how.connect_timeout);  // for both: a stop waits no longer than this
    TRY(stream, tcp_stream::connect("The SMSC", how.host, how.port, until));
    out->stream_ = std::move(stream);
    CHECK(out->bind(as, until));
    return out;
}

result<void> smpp_connection::bind(smpp_command as, deadline until) {
    const auto sequence = next_sequence();
    const auto body = encode_bind({how_.system_id, how_.password, how_.system_type, how_.version});
    CHECK(stream_.write(encode_smpp(as, smpp_status::ok, sequence, body), until));
    for (;;) {
        TRY(pdu, take_smpp_pdu(in_));
        if (!pdu) {
            CHECK(stream_.read_some(in_, until));
            continue;
        }
        const bool nack = pdu->command == smpp_command::generic_nack;
        if (!nack && (pdu->command != answer_to(as) || pdu->sequence != sequence)) continue;
        if (nack || pdu->status != smpp_status::ok)
            return refuse(code::peer_unreachable, "The SMSC refuses our login: " +
                                                      smpp_status_words(static_cast<std::uint32_t>(pdu->status)) + ".");
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

result<std::uint32_t> smpp_connection::start(const smpp_message& segment, int most, deadline until) {
    std::uint32_t sequence = 0;
    {
        std::unique_lock held(mutex_);
        const auto window = static_cast<std::size_t>(most);
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

std::expected<smpp_connection::answer, smpp_connection::no_answer> smpp_connection::submit(const smpp_message& segment,
                                                                                           int window, deadline until) {
    const auto sequence = start(segment, window, until);
    if (!sequence) return std::unexpected(no_answer{sequence.error(), false});
    std::unique_lock held(mutex_);
    changed_.wait_until(held, until, [&] { return lost_ || waiting_[*sequence].has_value(); });
    auto got = std::move(waiting_[*sequence]);
    waiting_.erase(*sequence);
    changed_.notify_all();  // room in the window
    if (got) return std::move(*got);
    const auto why = lost_ ? why_ : std::string("The SMSC did not answer a submit_sm in time.");
    return std::unexpected(no_answer{{code::peer_unreachable, why}, true});
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
    auto said = decode_submit_answer(pdu.body);
    answer got{pdu.status, std::move(said.message_id), said.congestion};
    // An odd yes is a yes (docs/rules.md R10): a nack that says ok has taken what it answers.
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
