#include "link/smpp_transport.hpp"

#include "base/digest.hpp"
#include "base/thread_name.hpp"
#include "link/peer_judge.hpp"
#include "link/smpp_connection.hpp"
#include "link/smpp_pace.hpp"
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
constexpr std::size_t inbound_waiting_max = 1'000;
constexpr std::size_t unfinished_max = 10'000;
constexpr base::duration unfinished_kept = base::days{2};
constexpr base::duration turn_wait = base::seconds{30};  // for the pace: threads of the engine stand here meanwhile
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

/// Long messages of which a part was accepted and not yet all: what was, so that no part is sent twice. By key, and
/// only as long as the text is the same. Forgotten when Keepline stops.
class unfinished_messages {
 public:
    std::size_t accepted_of(const text_message& what) {
        const std::scoped_lock held(mutex_);
        const auto found = parts_.find(what.key);
        return found == parts_.end() || found->second.text != digest_of(what) ? 0 : found->second.accepted;
    }
    void note(const text_message& what, std::size_t accepted, clock::time_point now) {
        const std::scoped_lock held(mutex_);
        if (parts_.size() >= unfinished_max)
            std::erase_if(parts_, [&](const auto& one) { return one.second.at + unfinished_kept < now; });
        if (parts_.size() < unfinished_max || parts_.contains(what.key))
            parts_[what.key] = {digest_of(what), accepted, now};
    }
    void finished(const text_message& what) {
        const std::scoped_lock held(mutex_);
        parts_.erase(what.key);
    }

 private:
    static base::digest digest_of(const text_message& what) {
        return base::sha256(base::view(what.to + "\n" + what.text));
    }
    struct progress {
        base::digest text{};
        std::size_t accepted = 0;
        clock::time_point at;
    };
    std::mutex mutex_;
    std::unordered_map<std::string, progress> parts_;
};

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

/// A deliver_sm that is passed on before it is acknowledged.
struct from_smsc {
    std::shared_ptr<smpp_connection> connection;
    std::uint32_t sequence = 0;

    void acknowledge(smpp_status status) const {
        constexpr std::uint8_t no_message_id = 0;
        (void)connection->send(smpp_command::deliver_sm_resp, status, sequence, {&no_message_id, 1});
    }
};

struct waiting_receipt {
    delivery_receipt what;
    from_smsc from;
    clock::time_point not_before;
};

struct waiting_text {
    port::inbound_message what;
    std::optional<from_smsc> from;  // none: parts that never came; there is nothing to acknowledge
};

/// One of the connections and what is known of it.
struct smpp_line {
    smpp_command bound_as = smpp_command::bind_transceiver;
    std::shared_ptr<smpp_connection> current;
    std::string trouble;
    std::thread reader;
};

class smpp_transport final : public text_transport {
 public:
    smpp_transport(smpp_settings how, port::receipt_sink receipts, port::log& log, smpp_ends ends)
        : how_(std::move(how)),
          receipts_(std::move(receipts)),
          log_(log),
          ends_(std::move(ends)),
          pace_(how_.rate_max, how_.window, ends_.metrics),
          texts_(how_.inbound) {
        if (how_.two_connections) lines_.emplace_back().bound_as = smpp_command::bind_receiver;
        auto& sender = lines_.emplace_front();
        if (how_.two_connections) sender.bound_as = smpp_command::bind_transmitter;
        for (auto& line : lines_) line.reader = std::thread([this, &line] { keep_connected(line); });
        receipt_thread_ = std::thread([this] { pass_receipts_on(); });
        inbound_thread_ = std::thread([this] { pass_texts_on(); });
    }

    ~smpp_transport() override {
        std::vector<std::shared_ptr<smpp_connection>> open;
        {
            const std::scoped_lock held(mutex_);
            stopping_ = true;
            for (const auto& line : lines_)
                if (line.current) open.push_back(line.current);
        }
        changed_.notify_all();
        pace_.stop();
        receipt_thread_.join();
        inbound_thread_.join();
        for (const auto& one : open) {
            one->unbind(unbind_wait);
            one->lose("Keepline is shutting down.");
        }
        for (auto& line : lines_) line.reader.join();
    }

    result<handed_over> send(const text_message& what) override {
        const auto segments = segments_of(how_, what);
        auto done = unfinished_.accepted_of(what);
        if (done >= segments.size()) done = 0;
        count(&port::sms_metrics::parts_kept, done);
        std::string last;
        for (; done < segments.size(); ++done) {
            auto accepted = submit(segments[done], what.to);
            if (!accepted) {
                if (done > 0) unfinished_.note(what, done, clock::now());
                note_trouble(accepted.error());
                return std::unexpected(std::move(accepted).error());
            }
            last = std::move(*accepted);
        }
        unfinished_.finished(what);
        note_trouble({});
        if (last.empty()) return handed_over{"smpp:no-id-" + what.key, false};
        const auto name = receipt_name(last, how_.ids);
        const std::scoped_lock held(mutex_);
        answered_.note(name, clock::now(), how_.receipt_hold);
        return handed_over{"smpp:" + name, what.wants_receipt};
    }

    std::string trouble() const override {
        {
            const std::scoped_lock held(mutex_);
            for (const auto& line : lines_)
                if (!line.trouble.empty()) return line.trouble;
            if (!trouble_.empty()) return trouble_;
        }
        return pace_.trouble();
    }

 private:
    /// One segment, at the SMSC's pace: its id, which may be empty.
    result<std::string> submit(const smpp_message& segment, const std::string& to) {
        if (!pace_.wait_turn(clock::now() + turn_wait))
            return refuse(code::too_many, "The SMSC takes few messages now; this one waits for its turn.",
                          {{std::string(port::again_in_ms), "1000"}});
        const auto until = in(how_.response_timeout);
        TRY(connection, bound(until));
        const auto sent_at = clock::now();
        const auto got = connection->submit(segment, pace_.window(), until);
        if (!got) return std::unexpected(got.error().sent ? judge_.cut(got.error().why.words, true) : got.error().why);
        const auto now = clock::now();
        if (got->congestion) pace_.congestion(*got->congestion, now);
        if (got->status == smpp_status::ok) {
            pace_.accepted(now);
            judge_.passed();
            return got->message_id;
        }
        const auto said = smpp_answer(static_cast<std::uint32_t>(got->status));
        if (said.whom == concerns::throttle) pace_.throttled(sent_at, now);
        return std::unexpected(judge_.judge(said, to, true));
    }

    void count(std::atomic<std::uint64_t> port::sms_metrics::* which, std::uint64_t by = 1) const {
        if (ends_.metrics != nullptr && by > 0) (ends_.metrics->*which).fetch_add(by);
    }
    template <std::size_t N>
    static void count(std::array<std::atomic<std::uint64_t>, N>& which, const std::array<std::string_view, N>& names,
                      std::string_view name) {
        which[static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())].fetch_add(1);
    }
    void count_inbound(std::string_view fate) const {
        if (ends_.metrics != nullptr) count(ends_.metrics->inbound, port::sms_metrics::inbound_fates, fate);
    }
    void count_receipt(std::string_view way) const {
        if (ends_.metrics != nullptr) count(ends_.metrics->receipts, port::sms_metrics::receipt_ways, way);
    }
    /// Before it is acknowledged: whoever knows that it was taken finds it counted.
    void note_unmatched(std::initializer_list<port::log_field> why) const {
        count_receipt("unmatched");
        log_.warning("receipt_unmatched", "", why);
    }

    /// A message's own refusal is no trouble of the peer's, and the pace speaks for itself.
    void note_trouble(const base::error& why) {
        const bool of_peer = why.what == code::peer_unreachable || why.what == code::too_many;
        const auto* soon = port::said(why, port::again_in_ms);
        const std::scoped_lock held(mutex_);
        trouble_ = of_peer && !(soon != nullptr && *soon == "0") ? why.words : std::string();
    }

    /// Waits while the first connection is being made; later a lost connection is an answer.
    result<std::shared_ptr<smpp_connection>> bound(deadline until) {
        auto& sender = lines_.front();
        std::unique_lock held(mutex_);
        changed_.wait_until(held, until, [&] { return sender.current || stopping_ || !sender.trouble.empty(); });
        if (stopping_) return refuse(code::peer_unreachable, "Keepline is shutting down.");
        if (!sender.current)
            return refuse(code::peer_unreachable,
                          sender.trouble.empty() ? "The SMSC has not answered yet." : sender.trouble);
        return sender.current;
    }

    base::instant now() const {
        static const port::system_clock machine;
        return ends_.clock == nullptr ? machine.now() : ends_.clock->now();
    }

    // -- the reader threads

    void keep_connected(smpp_line& line) {
        base::name_this_thread("kl-smpp");
        auto wait = how_.reconnect_first;
        for (;;) {
            auto opened = smpp_connection::open(how_, line.bound_as);
            std::string why;
            if (opened) {
                wait = how_.reconnect_first;
                use(line, *opened);
                why = serve(*opened);
                (*opened)->lose(why);
            } else {
                why = opened.error().words;
            }
            if (!pause(line, std::move(why), wait)) return;
            wait = std::min(wait * 2, how_.reconnect_max);
        }
    }

    void use(smpp_line& line, std::shared_ptr<smpp_connection> connection) {
        {
            const std::scoped_lock held(mutex_);
            if (stopping_) return connection->lose("Keepline is shutting down.");  // nobody else would
            line.current = std::move(connection);
            line.trouble.clear();
        }
        if (line.bound_as != smpp_command::bind_receiver) pace_.bound_anew();
        changed_.notify_all();
        log_.info("smsc_bound", "");
    }

    /// False: we are stopping.
    bool pause(smpp_line& line, std::string why, base::duration wait) {
        bool is_news = false;
        {
            const std::scoped_lock held(mutex_);
            line.current.reset();
            is_news = !stopping_ && line.trouble != why;
            line.trouble = why;
        }
        changed_.notify_all();
        if (is_news) log_.warning("smsc_lost", "", {{"why", why}});
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
            case smpp_command::data_sm_resp:  // odd, and an answer all the same
            case smpp_command::generic_nack: connection->complete(pdu); return true;
            case smpp_command::enquire_link:
                (void)connection->send(smpp_command::enquire_link_resp, smpp_status::ok, pdu.sequence);
                return true;
            case smpp_command::deliver_sm: take_delivery(connection, pdu); return true;
            case smpp_command::unbind:
                (void)connection->send(smpp_command::unbind_resp, smpp_status::ok, pdu.sequence);
                return false;
            default:
                if (is_request(pdu.command) && wants_answer(pdu.command))
                    (void)connection->send(smpp_command::generic_nack, smpp_status::invalid_command, pdu.sequence);
                return true;
        }
    }

    void take_delivery(const std::shared_ptr<smpp_connection>& connection, const smpp_pdu& pdu) {
        const from_smsc from{connection, pdu.sequence};
        const auto message = decode_message(pdu.body);
        if (!message) return from.acknowledge(smpp_status::permanent_receiver_error);
        if (const auto receipt = receipt_of(*message, how_.receipt_id_tag)) return take_receipt(*receipt, from);
        if ((message->esm_class & esm_type_mask) == 0) {
            if (const auto unmarked = unmarked_receipt(*message)) return take_unmarked(*unmarked, from);
            return take_text(*message, from);
        }
        if ((message->esm_class & esm_type_mask) == esm_type_receipt) note_unmatched({{"why", "it names no message"}});
        from.acknowledge(smpp_status::ok);  // states on the way are nothing we wait for
    }

    /// A text in the form of a receipt, by a peer that does not mark it as one. No customer's words: nobody is
    /// answered. Whether it proves a delivery is the operator's to say, for anybody could write such a text.
    void take_unmarked(const delivery_receipt& receipt, const from_smsc& from) {
        if (how_.unmarked_receipts) return take_receipt(receipt, from);
        note_unmatched({{"why", "it is not marked as a receipt (sms.unmarked_receipts)"}});
        from.acknowledge(smpp_status::ok);
    }

    void take_receipt(const delivery_receipt& receipt, const from_smsc& from) {
        if (!receipt.is_final) return from.acknowledge(smpp_status::ok);
        {
            const std::scoped_lock held(mutex_);
            if (waiting_.size() < receipts_waiting_max) {
                auto earliest = clock::now();
                for (const auto& one : receipt_candidates(receipt.message_id, how_.ids, way_))
                    if (const auto answered = answered_.of(one.name))
                        earliest = std::max(earliest, *answered + how_.receipt_hold);
                waiting_.push_back({receipt, from, earliest});
                changed_.notify_all();
                return;
            }
        }
        from.acknowledge(smpp_status::temporary_receiver_error);
    }

    /// One whose words are to be passed on is acknowledged after that. A write may block: never under the lock.
    void take_text(const smpp_message& message, const from_smsc& from) {
        using fate = inbound_texts::fate;
        if (!ends_.inbound) return from.acknowledge(smpp_status::ok);  // nobody to tell
        auto what = fate::under_way;
        std::size_t lost = 0;
        {
            const std::scoped_lock held(mutex_);
            if (texts_waiting_.size() < inbound_waiting_max) {
                auto got = texts_.take(message, now());
                what = got.what;
                lost = texts_.take_lost();
                if (what == fate::whole) texts_waiting_.push_back({std::move(got.message), from});
            }
        }
        tell_lost(lost);
        switch (what) {
            case fate::whole: changed_.notify_all(); return;
            case fate::under_way: return from.acknowledge(smpp_status::temporary_receiver_error);
            case fate::part: break;
            case fate::repeat: count_inbound("repeat"); break;
            case fate::over_limit: tell_lost(1); break;
            case fate::unreadable:
                count_inbound("unreadable");
                log_.warning("sms_unreadable", "", {{"coding", std::to_string(message.data_coding)}});
                break;
        }
        from.acknowledge(smpp_status::ok);
    }

    void tell_lost(std::size_t texts) const {
        for (; texts > 0; --texts) {
            count_inbound("over_limit");
            log_.warning("sms_over_limit", "");
        }
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
            const bool known = pass_on(one->what);
            one->from.acknowledge(known ? smpp_status::ok : smpp_status::temporary_receiver_error);
        }
    }

    /// False: it has to come again.
    bool pass_on(const delivery_receipt& receipt) {
        using port::receipt_taken;
        for (const auto& one : receipt_candidates(receipt.message_id, how_.ids, way_)) {
            const auto taken = receipts_("smpp:" + one.name, receipt.outcome);
            if (taken == receipt_taken::not_now) return false;
            if (taken == receipt_taken::nobody_waits) continue;
            const std::scoped_lock held(mutex_);
            way_ = one.way;
            count_receipt(port::sms_metrics::receipt_ways[static_cast<std::size_t>(one.way)]);
            return true;
        }
        note_unmatched({{"id", receipt.message_id}, {"outcome", receipt.outcome}});
        return true;
    }

    // -- the inbound thread

    std::optional<waiting_text> next_text() {
        constexpr auto look_every = std::chrono::seconds{1};
        std::unique_lock held(mutex_);
        for (;;) {
            if (stopping_) return std::nullopt;
            for (auto& late : texts_.overdue(now())) {
                count_inbound("incomplete");
                texts_waiting_.push_back({std::move(late), std::nullopt});
            }
            if (const auto lost = texts_.take_lost(); lost > 0) {
                held.unlock();
                tell_lost(lost);
                held.lock();
                continue;
            }
            if (!texts_waiting_.empty()) {
                auto out = std::move(texts_waiting_.front());
                texts_waiting_.pop_front();
                return out;
            }
            changed_.wait_for(held, look_every);
        }
    }

    void pass_texts_on() {
        base::name_this_thread("kl-inbound");
        while (auto one = next_text()) {
            const bool taken = ends_.inbound(one->what);
            {
                const std::scoped_lock held(mutex_);
                texts_.settled(one->what, taken, now());
                count_inbound(taken ? "taken" : "later");
            }
            if (one->from)
                one->from->acknowledge(taken ? smpp_status::ok : smpp_status::temporary_receiver_error);
            else if (!taken)
                log_.warning("sms_lost", one->what.smsc_id,
                             {{"why", "its other parts never came, and it was not taken"}});
        }
    }

    const smpp_settings how_;
    const port::receipt_sink receipts_;
    port::log& log_;
    const smpp_ends ends_;
    smpp_pace pace_;
    peer_judge judge_;
    unfinished_messages unfinished_;

    mutable std::mutex mutex_;  // everything below but the threads
    std::condition_variable changed_;
    std::deque<smpp_line> lines_;  // the first one sends
    std::string trouble_;          // of the peer, by the last message
    recent_answers answered_;
    std::deque<waiting_receipt> waiting_;
    receipt_way way_ = receipt_way::same;
    inbound_texts texts_;
    std::deque<waiting_text> texts_waiting_;
    bool stopping_ = false;

    std::thread receipt_thread_;
    std::thread inbound_thread_;
};

}  // namespace

result<std::unique_ptr<text_transport>> make_smpp_transport(smpp_settings how, port::receipt_sink receipts,
                                                            port::log& log, smpp_ends ends) {
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
    if (how.rate_max < 0 || how.rate_max > 100'000) return wrong("The rate is 0 to 100000 a second.");
    return std::make_unique<smpp_transport>(std::move(how), std::move(receipts), log, std::move(ends));
}

}  // namespace keepline::link
