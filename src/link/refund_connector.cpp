#include "link/refund_connector.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/peer_health.hpp"
#include "link/refund_log.hpp"
#include "port/person.hpp"
#include "port/secrets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

/// Refunds that go into one file together, and what became of them.
struct gathering {
    std::map<std::string, credit_transfer> transfers;
    bool closed = false;                         // being written
    std::optional<result<std::string>> outcome;  // the file
};

base::local_day utc_day(base::instant t) { return base::zone().day_of(t); }

/// "KL20261122160100123": when, to the millisecond.
std::string stamp(base::instant t) {
    std::string out = "KL";
    for (const char c : base::iso(t))
        if (c >= '0' && c <= '9') out += c;
    return out;
}

/// What the customer reads on the statement: the case as messages call it; of money without one, what it was for here.
std::string remittance_of(const std::string& line_id, const domain::pay_refund& refund) {
    if (!refund.reference.empty()) return refund.reference;
    return refund.closure == 0 ? line_id : port::otp_scope(line_id, refund.closure);
}

class refund_connector final : public port::connector {
 public:
    refund_connector(refund_settings how, refund_log log, port::vault& vault, const port::clock& clock,
                     const port::secrets& secrets)
        : how_(std::move(how)), log_(std::move(log)), vault_(vault), clock_(clock), secrets_(secrets) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* refund = std::get_if<domain::pay_refund>(&what.what);
        ENSURE(refund != nullptr);
        auto file = file_for(*refund, what);
        if (!file && file.error().what == code::account_changed) {  // not paid, and not tried again by itself
            port::delivered back;
            back.answer = domain::refund_answered{refund->id, false};
            return back;
        }
        health_.note(file);
        if (!file) return std::unexpected(std::move(file).error());
        port::delivered out;
        out.answer = domain::refund_written{refund->id, std::move(*file)};
        return out;
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    result<std::string> file_for(const domain::pay_refund& refund, const port::outbound& what) {
        std::unique_lock held(mutex_);
        if (auto known = known_file(refund.id)) return std::move(*known);
        if (const auto found = pending_.find(refund.id); found != pending_.end()) return await(held, found->second);
        held.unlock();
        TRY(transfer, transfer_of(refund, what));
        held.lock();
        // Another try of the same refund may have come in meanwhile.
        if (auto known = known_file(refund.id)) return std::move(*known);
        if (const auto found = pending_.find(refund.id); found != pending_.end()) return await(held, found->second);

        const bool leads = !open_;
        if (leads) open_ = std::make_shared<gathering>();
        const auto mine = open_;
        mine->transfers.emplace(refund.id, std::move(transfer));
        pending_.emplace(refund.id, mine);
        if (mine->transfers.size() >= how_.batch_max) {
            mine->closed = true;
            open_.reset();
        }
        changed_.notify_all();
        if (!leads) return await(held, mine);
        gather(held, *mine);
        write(*mine);
        return *mine->outcome;
    }

    /// The log's answer. A batch that counts but could not be renamed is not yet with the bank.
    std::optional<result<std::string>> known_file(const std::string& id) const {
        auto file = log_.file_of(id);
        if (!file) return std::nullopt;
        if (file_exists(how_.folder + "/" + *file + ".tmp")) {
            const auto name = how_.folder + "/" + *file;
            if (auto renamed = rename_durably(name + ".tmp", name); !renamed)
                return refuse(code::peer_unreachable, renamed.error().words);
        }
        return result<std::string>(std::move(*file));
    }

    /// A copy of the pointer: the leader takes the batch out of `pending_` meanwhile.
    result<std::string> await(std::unique_lock<std::mutex>& held, std::shared_ptr<gathering> which) {
        changed_.wait(held, [&] { return which->outcome.has_value(); });
        return *which->outcome;
    }

    /// The leader waits for company.
    void gather(std::unique_lock<std::mutex>& held, gathering& mine) {
        const auto latest = std::chrono::steady_clock::now() + how_.linger;
        const auto quiet = how_.linger / 10;
        while (!mine.closed) {
            const auto before = mine.transfers.size();
            const auto until = std::min(latest, std::chrono::steady_clock::now() + quiet);
            const bool moved =
                changed_.wait_until(held, until, [&] { return mine.closed || mine.transfers.size() > before; });
            if (!moved) break;
        }
        if (!mine.closed) {
            mine.closed = true;
            open_.reset();
        }
    }

    /// Under the lock: a batch is a few kilobytes and three syncs, and whoever comes meanwhile joins the next one.
    void write(gathering& mine) {
        const auto now = clock_.now();
        payment_order order{file_stem(now), now, how_.from, {}};
        std::vector<std::string> ids;
        for (auto& [id, transfer] : mine.transfers) {
            ids.push_back(id);
            order.transfers.push_back(std::move(transfer));
        }
        const auto file = order.message_id + ".xml";
        const auto written = log_.write_batch(file, pain_001(order), ids);
        if (how_.noted) how_.noted(log_.mark());
        mine.outcome = written ? result<std::string>(file) : result<std::string>(std::unexpected(written.error()));
        for (const auto& id : ids) pending_.erase(id);
        changed_.notify_all();
    }

    /// Unused by any file that is still there; the clock may have been set back.
    std::string file_stem(base::instant now) {
        for (;;) {
            std::array<char, 8> number{};
            std::snprintf(number.data(), number.size(), "-%04u", static_cast<unsigned>(serial_++ % 10'000));
            auto out = stamp(now) + number.data();
            if (!log_.has_file(out + ".xml")) return out;
        }
    }

    result<credit_transfer> transfer_of(const domain::pay_refund& refund, const port::outbound& what) {
        auto stored = vault_.open(refund.subscriber.text(), port::person_kind);
        if (!stored && (stored.error().what == code::erased || stored.error().what == code::not_found))
            return refuse(code::peer_refused,
                          "The refund account is no longer stored; the refund must be paid another way.");
        if (!stored) return std::unexpected(std::move(stored).error());
        auto person = base::from_json<port::person>(*stored);
        if (!person) return refuse(code::internal, "The stored refund account cannot be read.");
        const auto account = port::refund_account_of(*person);
        if (account.number.empty())
            return refuse(code::peer_refused, "No refund account is on file; the refund must be paid another way.");
        if (!secrets_.is_account(account, refund.account))
            return refuse(code::account_changed, "The stored account is not the one that the refund was ordered for.");
        const auto today = utc_day(clock_.now());
        credit_transfer out;
        out.end_to_end_id = refund.id;
        out.amount = refund.amount;
        // As early as can be; tomorrow by UTC is in the past nowhere on earth. `due` is only the last day.
        out.execution = std::clamp(refund.due, today, today + 1);
        out.creditor = account.holder.empty() ? person->full_name : account.holder;
        out.account = account.number;
        out.bic = account.bank;
        out.remittance = "Refund " + remittance_of(what.line_id, refund);
        if (auto good = check_transfer(out); !good) return refuse(code::peer_refused, good.error().words);
        return out;
    }

    const refund_settings how_;
    mutable std::mutex mutex_;  // everything below, and written.log
    std::condition_variable changed_;
    refund_log log_;
    std::shared_ptr<gathering> open_;
    std::map<std::string, std::shared_ptr<gathering>> pending_;  // by EndToEndId, until its batch is written
    unsigned serial_ = 1;
    port::vault& vault_;
    const port::clock& clock_;
    const port::secrets& secrets_;
    peer_health health_;
};

}  // namespace

result<std::unique_ptr<port::connector>> make_refund_connector(refund_settings how, port::vault& vault,
                                                               const port::clock& clock, const port::secrets& secrets) {
    TRY(from, check_payer(std::move(how.from)));
    how.from = std::move(from);
    if (how.batch_max < 1) return refuse(code::config_invalid, "A refund file holds at least one refund.");
    auto log = refund_log::open(how.folder);
    if (!log) return refuse(code::config_invalid, log.error().words);
    if (how.noted) how.noted(log->mark());
    return std::make_unique<refund_connector>(std::move(how), std::move(*log), vault, clock, secrets);
}

}  // namespace keepline::link
