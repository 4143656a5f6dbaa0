#include "link/smpp_transport.hpp"

#include "base/digest.hpp"
#include "base/thread_name.hpp"
#include "link/smpp_connection.hpp"
#include "link/sms_text.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using clock = std::chrono::steady_clock;

constexpr std::size_t receipts_waiting_max = 10'000;
constexpr base::duration unbind_wait = base::seconds{1};

std::vector<smpp_message> segments_of(const smpp_settings& how, const text_message& what) {
    // The same reference at every try, so that a handset puts a repeated long text together only once.
    const auto reference = base::sha256(base::view(what.key))[0];
    std::vector<smpp_message> out;
    for (auto& part : sms_segments(what.text, reference)) {
        smpp_message one;
        one.from = address_of(how.source);
        one.to = address_of(what.to);
        one.esm_class = part.has_header ? esm_has_header : 0;
        one.data_coding = part.coding;
        one.text = std::move(part.octets);
        one.extra.push_back({tlv_idempotency_key, base::bytes(what.key.begin(), what.key.end())});
        out.push_back(std::move(one));
    }
    if (what.wants_receipt) out.back().registered_delivery = 1;
    return out;
}

/// When the submit of a message was answered, for as long as it matters.
class recent_answers {
 public:
    void note(const std::string& message_id, clock::time_point at, base::duration keep) {
        while (!order_.empty() && order_.front().first + keep < at) {
            // The same id may have been noted again since.
            if (const auto found = at_.find(order_.front().second);
                found != at_.end() && found->second == order_.front().first)
                at_.erase(found);
            order_.pop_front();
        }
        order_.emplace_back(at, message_id);
        at_[message_id] = at;
    }
    std::optional<clock::time_point> of(const std::string& message_id) const {
        const auto found = at_.find(message_id);
        return found == at_.end() ? std::nullopt : std::optional(found->second);
    }

 private:
    std::deque<std::pair<clock::time_point, std::string>> order_;
    std::unordered_map<std::string, clock::time_point> at_;
};

struct waiting_receipt {
    delivery_receipt what;
    std::shared_ptr<smpp_connection> from;
    std::uint32_t sequence = 0;
    clock::time_point not_before;
};

class smpp_transport final : public text_transport {
 public:
    smpp_transport(smpp_settings how, port::receipt_sink receipts, port::log& log)
        : how_(std::move(how)), receipts_(std::move(receipts)), log_(log) {
        reader_ = std::thread([this] { keep_connected(); });
        receipt_thread_ = std::thread([this] { pass_receipts_on(); });
    }

    ~smpp_transport() override {
        std::shared_ptr<smpp_connection> open;
        {
            const std::scoped_lock held(mutex_);
            stopping_ = true;
            open = current_;
        }
        changed_.notify_all();
        receipt_thread_.join();
        if (open) {
            open->unbind(unbind_wait);
            open->lose("Keepline is shutting down.");
        }
        reader_.join();
    }

    result<handed_over> send(const text_message& what) override {
        const auto until = in(how_.response_timeout);
        TRY(connection, bound(until));
        TRY(ids, connection->submit(segments_of(how_, what), until));
        const auto& last = ids.back();
        {
            const std::scoped_lock held(mutex_);
            answered_.note(last, clock::now(), how_.receipt_hold);
        }
        return handed_over{"smpp:" + last, what.wants_receipt};
    }

    std::string trouble() const override {
        const std::scoped_lock held(mutex_);
        return trouble_;
    }

 private:
    /// Waits while the first connection is being made; later a lost connection is an answer.
    result<std::shared_ptr<smpp_connection>> bound(deadline until) {
        std::unique_lock held(mutex_);
        changed_.wait_until(held, until, [this] { return current_ || stopping_ || !trouble_.empty(); });
        if (stopping_) return refuse(code::peer_unreachable, "Keepline is shutting down.");
        if (!current_)
            return refuse(code::peer_unreachable, trouble_.empty() ? "The SMSC has not answered yet." : trouble_);
        return current_;
    }

    // -- the reader thread

    void keep_connected() {
        base::name_this_thread("kl-smpp");
        auto wait = how_.reconnect_first;
        for (;;) {
            auto opened = smpp_connection::open(how_);
            std::string why;
            if (opened) {
                wait = how_.reconnect_first;
                use(*opened);
                why = serve(*opened);
                (*opened)->lose(why);
            } else {
                why = opened.error().words;
            }
            if (!pause(std::move(why), wait)) return;
            wait = std::min(wait * 2, how_.reconnect_max);
        }
    }

    void use(std::shared_ptr<smpp_connection> connection) {
        {
            const std::scoped_lock held(mutex_);
            if (stopping_) return connection->lose("Keepline is shutting down.");  // nobody else would
            current_ = std::move(connection);
            trouble_.clear();
        }
        changed_.notify_all();
        log_.info("smsc_bound", "");
    }

    /// False: we are stopping.
    bool pause(std::string why, base::duration wait) {
        {
            const std::scoped_lock held(mutex_);
            current_.reset();
            if (!stopping_ && trouble_ != why) log_.warning("smsc_lost", "", {{"why", why}});
            trouble_ = std::move(why);
        }
        changed_.notify_all();
        std::unique_lock held(mutex_);
        return !changed_.wait_for(held, wait, [this] { return stopping_; });
    }

    /// Until the connection is lost; why.
    std::string serve(const std::shared_ptr<smpp_connection>& connection) {
        auto heard = clock::now();
        auto enquired = heard;
        for (;;) {
            const auto now = clock::now();
            const bool silent = enquired > heard;  // an enquire_link is unanswered
            const auto next = silent ? enquired + how_.response_timeout : heard + how_.enquire_every;
            if (next <= now) {
                if (silent) return "The SMSC does not answer enquire_link.";
                connection->enquire();
                enquired = clock::now();
                continue;
            }
            auto pdu = connection->read(std::chrono::ceil<base::duration>(next - now));
            if (!pdu) return pdu.error().words;
            if (!*pdu) continue;
            heard = clock::now();
            if ((*pdu)->command == smpp_command::unbind_resp) return "The SMSC agreed to end the session.";
            if (!handle(connection, **pdu)) return "The SMSC ended the session.";
        }
    }

    /// False: the peer has said good-bye.
    bool handle(const std::shared_ptr<smpp_connection>& connection, const smpp_pdu& pdu) {
        switch (pdu.command) {
            case smpp_command::submit_sm_resp:
            case smpp_command::generic_nack: connection->complete(pdu); return true;
            case smpp_command::enquire_link:
                (void)connection->send(smpp_command::enquire_link_resp, smpp_status::ok, pdu.sequence);
                return true;
            case smpp_command::deliver_sm: take_delivery(connection, pdu); return true;
            case smpp_command::unbind:
                (void)connection->send(smpp_command::unbind_resp, smpp_status::ok, pdu.sequence);
                return false;
            default:
                if (is_request(pdu.command))
                    (void)connection->send(smpp_command::generic_nack, smpp_status::invalid_command, pdu.sequence);
                return true;
        }
    }

    static void acknowledge(smpp_connection& connection, std::uint32_t sequence, smpp_status status) {
        constexpr std::uint8_t no_message_id = 0;
        (void)connection.send(smpp_command::deliver_sm_resp, status, sequence, {&no_message_id, 1});
    }

    void take_delivery(const std::shared_ptr<smpp_connection>& connection, const smpp_pdu& pdu) {
        const auto message = decode_message(pdu.body);
        if (!message) return acknowledge(*connection, pdu.sequence, smpp_status::permanent_receiver_error);
        const auto receipt = receipt_of(*message);
        // Texts that customers send and states on the way are nothing we wait for.
        if (!receipt || !receipt->is_final) return acknowledge(*connection, pdu.sequence, smpp_status::ok);
        {
            const std::scoped_lock held(mutex_);
            if (waiting_.size() < receipts_waiting_max) {
                const auto now = clock::now();
                const auto answered = answered_.of(receipt->message_id);
                const auto earliest = answered ? *answered + how_.receipt_hold : now;
                waiting_.push_back({*receipt, connection, pdu.sequence, std::max(now, earliest)});
                changed_.notify_all();
                return;
            }
        }
        acknowledge(*connection, pdu.sequence, smpp_status::temporary_receiver_error);
    }

    // -- the receipt thread

    /// The receipt that may go first; nullopt: we are stopping. Those left over come again after the next bind.
    std::optional<waiting_receipt> next_receipt() {
        std::unique_lock held(mutex_);
        for (;;) {
            if (stopping_) return std::nullopt;
            const auto first = std::ranges::min_element(waiting_, {}, &waiting_receipt::not_before);
            if (first == waiting_.end()) {
                changed_.wait(held);
            } else if (first->not_before > clock::now()) {
                const auto until = first->not_before;
                changed_.wait_until(held, until);
            } else {
                auto out = std::move(*first);
                waiting_.erase(first);
                return out;
            }
        }
    }

    void pass_receipts_on() {
        base::name_this_thread("kl-receipts");
        while (auto one = next_receipt()) {
            const bool known = receipts_("smpp:" + one->what.message_id, one->what.outcome);
            acknowledge(*one->from, one->sequence, known ? smpp_status::ok : smpp_status::temporary_receiver_error);
        }
    }

    const smpp_settings how_;
    const port::receipt_sink receipts_;
    port::log& log_;

    mutable std::mutex mutex_;  // everything below but the threads
    std::condition_variable changed_;
    std::shared_ptr<smpp_connection> current_;
    std::string trouble_;
    recent_answers answered_;
    std::deque<waiting_receipt> waiting_;
    bool stopping_ = false;

    std::thread reader_;
    std::thread receipt_thread_;
};

}  // namespace

result<std::unique_ptr<text_transport>> make_smpp_transport(smpp_settings how, port::receipt_sink receipts,
                                                            port::log& log) {
    const auto wrong = [](std::string words) { return refuse(code::config_invalid, std::move(words)); };
    if (how.system_id.empty() || how.system_id.size() > 15) return wrong("system_id has 1 to 15 characters.");
    if (how.password.size() > 8) return wrong("An SMPP 3.4 password has at most 8 characters.");
    if (how.system_type.size() > 12) return wrong("system_type has at most 12 characters.");
    if (how.window < 1 || how.window > 1000) return wrong("The window is 1 to 1000.");
    const auto source = address_of(how.source);
    if (source.digits.empty() || source.digits.size() > (source.ton == 5 ? 11U : 20U))
        return wrong("The source is a number, a short code, or a name of at most 11 characters.");
    for (const auto* text : {&how.system_id, &how.password, &how.system_type, &how.source})
        if (text->contains('\0')) return wrong("A zero octet cannot be part of an SMPP name.");
    return std::make_unique<smpp_transport>(std::move(how), std::move(receipts), log);
}

}  // namespace keepline::link
