#include "link/pretended_peers.hpp"

#include "base/ensure.hpp"
#include "base/thread_name.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace keepline::link {

using base::code;
using base::refuse;
using port::pretended;

namespace {

constexpr std::array triggers{
    port::failure_trigger{"9901", pretended::sms, "refused",
                          "the SMSC refuses the message; after five tries it waits for staff"},
    port::failure_trigger{"9902", pretended::sms, "delayed",
                          "the first two tries get no answer, the third goes through"},
    port::failure_trigger{"9903", pretended::sms, "undelivered", "the message is taken, and its receipt says UNDELIV"},
    port::failure_trigger{"9904", pretended::sms, "no_receipt", "the message is taken, and no receipt ever comes"},
    port::failure_trigger{"9911", pretended::hlr, "silent", "the HLR never answers"},
    port::failure_trigger{"9912", pretended::hlr, "late", "the HLR answers the third try"},
    port::failure_trigger{"9913", pretended::hlr, "mismatch", "by the HLR's word the number is another IMSI's"},
    port::failure_trigger{"9921", pretended::bank, "returned",
                          "the bank takes the line's first refund and returns it a day later"},
    port::failure_trigger{"9922", pretended::bank, "refused",
                          "the refund cannot be ordered; after five tries it waits for staff"},
    port::failure_trigger{"9923", pretended::bank, "silent",
                          "the bank takes the refund and never says what became of it"},
    port::failure_trigger{"9931", pretended::mail, "refused",
                          "the mail server refuses the message; after five tries it waits for staff"},
};

constexpr int tries_until_it_goes_through = 3;
constexpr auto again_after = std::chrono::milliseconds{20};  // an answer for which there was nobody

std::unexpected<base::error> refused(std::string_view who) {
    return refuse(code::peer_refused, "The sandbox's " + std::string(who) + " refuses everything for this ending.");
}
std::unexpected<base::error> silent(std::string_view who) {
    return refuse(code::peer_garbled, "The sandbox's " + std::string(who) + " does not answer for this ending.");
}

}  // namespace

std::span<const port::failure_trigger> failure_triggers() { return triggers; }

std::string_view failure_for(pretended by, std::string_view address) {
    const auto name = address.substr(0, address.find('@'));
    const auto found =
        std::ranges::find_if(triggers, [&](const auto& one) { return one.by == by && name.ends_with(one.ending); });
    return found == triggers.end() ? std::string_view() : found->failure;
}

// ------------------------------------------------------------------------------------------------ the SMSC and mail

/// A try is counted per message: the transport is told of none.
class pretended_smsc final : public text_transport {
 public:
    explicit pretended_smsc(pretended_peers& of) : of_(of) {}

    result<handed_over> send(const text_message& what) override {
        const auto failure = failure_for(pretended::sms, what.to);
        if (failure == "refused") return refused("SMSC");
        if (failure == "delayed" && !went_through(what.key)) return silent("SMSC");
        handed_over done{"sandbox:" + what.key, what.wants_receipt};
        const std::string outcome = failure == "undelivered" ? "undelivered" : "delivered";
        if (!is_new(what.key)) return done;
        of_.keep({0, pretended::sms, what.to, of_.with_.clock->now(), {}, what.text, outcome}, what.subscriber);
        if (what.wants_receipt && failure != "no_receipt")
            of_.answer_at(of_.with_.clock->now(), [this_ = &of_, receipt = done.receipt,
                                                   word = failure == "undelivered" ? "UNDELIV" : "DELIVRD"] {
                return this_->with_.receipts(receipt, word) != port::receipt_taken::not_now;
            });
        return done;
    }

 private:
    bool went_through(const std::string& key) {
        const std::scoped_lock held(mutex_);
        if (++tries_[key] < tries_until_it_goes_through) return false;
        tries_.erase(key);
        return true;
    }
    /// The same key again is the same message, for as long as anybody may send it again.
    bool is_new(const std::string& key) {
        const std::scoped_lock held(mutex_);
        if (!known_.insert(key).second) return false;
        order_.push_back(key);
        if (order_.size() > pretended_peers::kept_max) {
            known_.erase(order_.front());
            order_.pop_front();
        }
        return true;
    }

    pretended_peers& of_;
    std::mutex mutex_;
    std::map<std::string, int> tries_;
    std::set<std::string> known_;
    std::deque<std::string> order_;
};

class pretended_mail final : public mail_transport {
 public:
    explicit pretended_mail(pretended_peers& of) : of_(of) {}

    result<handed_over> send(const mail_message& what) override {
        if (failure_for(pretended::mail, what.to) == "refused") return refused("mail server");
        of_.keep({0, pretended::mail, what.to, of_.with_.clock->now(), what.subject, what.text, "delivered"},
                 what.subscriber);
        return handed_over{"sandbox:" + what.key, false};
    }

 private:
    pretended_peers& of_;
};

// ------------------------------------------------------------------------------------------------ the HLR

namespace {

std::string_view done_in_words(domain::hlr_operation operation) {
    switch (operation) {
        case domain::hlr_operation::provision: return "provisioned: the sandbox's HLR serves the subscriber";
        case domain::hlr_operation::bar: return "barred: the sandbox's HLR refuses the subscriber";
        case domain::hlr_operation::unbar: return "unbarred: the sandbox's HLR serves the subscriber";
        case domain::hlr_operation::remove: return "deleted: the sandbox's HLR knows no such subscriber";
        case domain::hlr_operation::detach: return "detached: the sandbox's HLR refuses the subscriber";
    }
    ENSURE(false);
}

}  // namespace

class pretended_hlr final : public port::connector {
 public:
    explicit pretended_hlr(pretended_peers& of) : of_(of) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto& number = what.number.text();
        const auto* action = std::get_if<domain::hlr_action>(&what.what);
        const auto failure = failure_for(pretended::hlr, number);
        if (failure == "silent" || (failure == "late" && what.attempt < tries_until_it_goes_through))
            return silent("HLR");
        if (action == nullptr) return port::delivered{};  // the keys of a profile
        port::delivered out;
        domain::hlr_answered answer{
            action->operation, action->imsi, std::string(done_in_words(action->operation)), {}, {}};
        if (failure == "mismatch") {
            answer.answer = "not done: by the sandbox's HLR the number belongs to another IMSI";
            answer.mismatch = domain::mismatch_kind::number_of_other;
            answer.other = "460990000000001";
        }
        of_.keep({0,
                  pretended::hlr,
                  number,
                  of_.with_.clock->now(),
                  {},
                  std::string(boost::describe::enum_to_string(action->operation, "")) + " " + action->imsi.text(),
                  answer.mismatch ? "mismatch" : "done"});
        out.answer = std::move(answer);
        return out;
    }

 private:
    pretended_peers& of_;
};

// ------------------------------------------------------------------------------------------------ the bank

class pretended_bank final : public port::connector {
 public:
    pretended_bank(pretended_peers& of, std::unique_ptr<port::connector> behind)
        : of_(of), behind_(std::move(behind)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* refund = std::get_if<domain::pay_refund>(&what.what);
        ENSURE(refund != nullptr);
        const auto failure = failure_for(pretended::bank, what.number.text());
        if (failure == "refused") return refused("bank");
        TRY(done, behind_->deliver(what));
        const auto* answer = done.answer ? std::get_if<domain::number_command>(&*done.answer) : nullptr;
        if (answer == nullptr || !std::holds_alternative<domain::refund_written>(*answer)) return done;
        if (!is_new(refund->id)) return done;
        const bool returned = failure == "returned" && of_.first_return(what.number.text());
        of_.keep({0,
                  pretended::bank,
                  what.number.text(),
                  of_.with_.clock->now(),
                  {},
                  refund->id + " " + std::to_string(refund->amount.minor) + " " + std::string(refund->amount.currency),
                  failure == "silent" ? "taken"
                  : returned          ? "returned"
                                      : "paid"},
                 refund->subscriber.text());
        if (failure != "silent")
            of_.answer_at(of_.with_.clock->now() + pretended_peers::bank_takes,
                          [this_ = &of_, number = what.number, id = refund->id, returned] {
                              return this_->with_.bank(number, id, !returned);
                          });
        return done;
    }
    std::string trouble() const override { return behind_->trouble(); }

 private:
    bool is_new(const std::string& id) {
        const std::scoped_lock held(mutex_);
        return known_.insert(id).second;
    }

    pretended_peers& of_;
    std::unique_ptr<port::connector> behind_;
    std::mutex mutex_;
    std::set<std::string> known_;
};

// ------------------------------------------------------------------------------------------------ what they share

pretended_peers::pretended_peers(parts with)
    : with_(std::move(with)), thread_([this](const std::stop_token& stop) { run(stop); }) {
    ENSURE(with_.clock != nullptr);
}

pretended_peers::~pretended_peers() = default;

std::unique_ptr<text_transport> pretended_peers::smsc() { return std::make_unique<pretended_smsc>(*this); }
std::unique_ptr<mail_transport> pretended_peers::mail_server() { return std::make_unique<pretended_mail>(*this); }
std::unique_ptr<port::connector> pretended_peers::hlr() { return std::make_unique<pretended_hlr>(*this); }
std::unique_ptr<port::connector> pretended_peers::bank(std::unique_ptr<port::connector> behind) {
    return std::make_unique<pretended_bank>(*this, std::move(behind));
}

void pretended_peers::keep(port::pretended_message what, const std::string& subscriber) {
    const std::scoped_lock held(mutex_);
    what.serial = next_serial_++;
    kept_.push_back({std::move(what), subscriber});
    if (kept_.size() > kept_max) kept_.pop_front();
}

std::vector<port::pretended_message> pretended_peers::messages(std::string_view to, std::int64_t after,
                                                               std::size_t limit) const {
    const std::scoped_lock held(mutex_);
    std::vector<port::pretended_message> out;
    for (const auto& one : kept_) {
        if (out.size() == limit) break;
        if (one.what.serial > after && (to.empty() || one.what.to == to)) out.push_back(one.what);
    }
    return out;
}

void pretended_peers::clear(std::string_view subscriber) {
    const std::scoped_lock held(mutex_);
    std::erase_if(kept_, [&](const auto& one) { return one.subscriber == subscriber; });
}

bool pretended_peers::first_return(const std::string& number) {
    const std::scoped_lock held(mutex_);
    return returned_.insert(number).second;
}

void pretended_peers::answer_at(base::instant when, std::function<bool()> say) {
    {
        const std::scoped_lock held(mutex_);
        later_.emplace(when, std::move(say));
    }
    wake_.notify_all();
}

bool pretended_peers::at_rest() const {
    const auto now = with_.clock->now();
    const std::scoped_lock held(mutex_);
    return !answering_ && (later_.empty() || later_.begin()->first > now);
}

std::optional<base::instant> pretended_peers::next_answer(base::instant until) const {
    const auto now = with_.clock->now();
    const std::scoped_lock held(mutex_);
    const auto found = later_.upper_bound(now);
    return found == later_.end() || found->first > until ? std::nullopt : std::optional(found->first);
}

void pretended_peers::time_has_moved() { wake_.notify_all(); }

void pretended_peers::run(const std::stop_token& stop) {
    base::name_this_thread("kl-pretended");
    std::unique_lock held(mutex_);
    while (!stop.stop_requested()) {
        if (later_.empty() || later_.begin()->first > with_.clock->now()) {
            wake_.wait_for(held, stop, again_after, [] { return false; });
            continue;
        }
        auto next = later_.extract(later_.begin());
        answering_ = true;
        held.unlock();
        const bool said = next.mapped()();
        held.lock();
        answering_ = false;
        if (said) continue;
        later_.insert(std::move(next));
        wake_.wait_for(held, stop, again_after, [] { return false; });
    }
}

}  // namespace keepline::link
