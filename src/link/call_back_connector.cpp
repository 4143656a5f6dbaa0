#include "link/call_back_connector.hpp"

#include "base/ensure.hpp"
#include "link/contact_address.hpp"

#include <map>
#include <mutex>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using base::result;
using domain::call_back_end;

constexpr int tries_most = 3;
constexpr base::minutes between_tries{2};
constexpr std::size_t digits_said = 4;

domain::call_back_end end_of(port::call_back_heard heard) {
    switch (heard) {
        case port::call_back_heard::confirmed: return call_back_end::confirmed;
        case port::call_back_heard::wrong: return call_back_end::wrong;
        case port::call_back_heard::repudiated: return call_back_end::repudiated;
        case port::call_back_heard::unreached:
        case port::call_back_heard::nothing: return call_back_end::nobody;
    }
    return call_back_end::nobody;
}

base::detail again_in(base::duration pause) { return {std::string(port::again_in_ms), std::to_string(pause.count())}; }

class call_back_connector final : public port::connector {
 public:
    explicit call_back_connector(call_back_parts with) : with_(std::move(with)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* asked = std::get_if<domain::call_back>(&what.what);
        if (asked == nullptr) return refuse(code::peer_refused, "This destination makes calls only.");
        if (with_.calls == nullptr || !with_.phones.any())
            return refuse(code::peer_refused,
                          "No hotline is configured that makes calls ([hotline], docs/hotline.md).");
        const auto now = with_.clock->now();
        if (now > asked->until) return answered(*asked, what.key, call_back_end::nobody);
        const auto calls = with_.calls->get();
        if (calls == nullptr) return refuse(code::peer_unreachable, "The hotline is not open.");
        CHECK(rested(what.key, now));
        const auto found = contact_address(*with_.vault, asked->subscriber, asked->contact, domain::medium::sms);
        const bool gone = !found && (found.error().what == code::contact_unknown || found.error().what == code::erased);
        if (!found && !gone) return std::unexpected(found.error());
        if (gone || !with_.phones.lets(*found))  // changed since it was asked for
            return answered(*asked, what.key, call_back_end::nobody);
        const auto& number = *found;
        const budgeted_message counted{domain::medium::sms, number, what.line_id, true, false, false, false};
        CHECK(take_place(counted, now));
        const auto code = with_.secrets->call_code(port::call_back_scope(what.line_id, asked->closure), asked->nonce);
        const auto& line = what.number.text();
        const auto tail = line.size() < digits_said ? line : line.substr(line.size() - digits_said);
        const auto heard = calls->call({number, what.language, tail, code, what.correlation});
        if (!heard) {
            if (with_.budget) with_.budget->give_back(counted, now);
            return std::unexpected(heard.error());
        }
        if (*heard == port::call_back_heard::unreached && note_try(what.key, with_.clock->now(), asked->until))
            return refuse(code::over_budget, "The phone was busy, or nobody answered; it is called again.",
                          {again_in(between_tries)});
        return answered(*asked, what.key, end_of(*heard));
    }

 private:
    struct tried {
        int times = 0;
        base::instant next;
        base::instant until;
    };

    result<void> take_place(const budgeted_message& what, base::instant now) {
        const auto over = with_.budget ? with_.budget->take(what, now) : std::string_view();
        if (over.empty()) return {};
        return refuse(code::over_budget, "The budget of calls for this " + std::string(over) + " is spent for now.",
                      {{"budget", std::string(over)}});
    }
    result<void> rested(const std::string& key, base::instant now) {
        const std::scoped_lock held(mutex_);
        const auto found = tried_.find(key);
        if (found == tried_.end() || now >= found->second.next) return {};
        return refuse(code::over_budget, "The phone was called a moment ago; it is called again.",
                      {again_in(found->second.next - now)});
    }
    /// Is there another try?
    bool note_try(const std::string& key, base::instant now, base::instant until) {
        const std::scoped_lock held(mutex_);
        std::erase_if(tried_, [&](const auto& one) { return one.second.until < now; });
        auto& of = tried_[key];
        of.next = now + between_tries;
        of.until = until;
        return ++of.times < tries_most;
    }
    port::delivered answered(const domain::call_back& asked, const std::string& key, call_back_end how) {
        {
            const std::scoped_lock held(mutex_);
            tried_.erase(key);
        }
        port::delivered out;
        out.answer = domain::number_command(domain::hear_call_back{asked.closure, asked.serial, how});
        return out;
    }

    call_back_parts with_;
    std::mutex mutex_;
    std::map<std::string, tried> tried_;
};

}  // namespace

std::unique_ptr<port::connector> make_call_back_connector(call_back_parts with) {
    ENSURE(with.vault != nullptr && with.secrets != nullptr && with.clock != nullptr);
    return std::make_unique<call_back_connector>(std::move(with));
}

}  // namespace keepline::link
