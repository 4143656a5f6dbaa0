// The peers of a sandbox: an SMSC, a mail server, an HLR and a bank that are none. They take everything, keep what they
// took in memory to be read, answer as a good peer does, and fail as their table says for numbers that end so, so that
// an integrator needs nothing else. What answers later (a receipt, the bank) comes when the sandbox's clock is there; a
// restart forgets it, and the messages. Any thread; the transports and connectors end before it.
#pragma once

#include "link/transport.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/sandbox.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <thread>

namespace keepline::link {

/// What is done to which endings: the table of docs/integrating.md, which a test compares with it.
std::span<const port::failure_trigger> failure_triggers();
/// The failure's name; empty: none. Of a mail address, the part before the @ counts.
std::string_view failure_for(port::pretended by, std::string_view address);

/// The bank's word about a refund, as the operator's systems would bring it. False: not now, it comes again.
using bank_sink = std::function<bool(const base::msisdn& number, const std::string& refund, bool settled)>;

class pretended_peers {
 public:
    static constexpr std::size_t kept_max = 20'000;                // messages; then the oldest go
    static constexpr base::duration bank_takes = base::hours{24};  // until it says what became of a refund

    struct parts {  // all outlive it
        const port::clock* clock = nullptr;
        port::receipt_sink receipts{};
        bank_sink bank{};
    };
    explicit pretended_peers(parts with);
    ~pretended_peers();
    pretended_peers(const pretended_peers&) = delete;
    pretended_peers& operator=(const pretended_peers&) = delete;

    std::unique_ptr<text_transport> smsc();
    std::unique_ptr<mail_transport> mail_server();
    std::unique_ptr<port::connector> hlr();
    /// Before the connector that writes the orders.
    std::unique_ptr<port::connector> bank(std::unique_ptr<port::connector> behind);

    std::vector<port::pretended_message> messages(std::string_view to, std::int64_t after, std::size_t limit) const;
    /// What was for an erased person goes.
    void clear(std::string_view subscriber);

    /// Everything that was to be answered by now is.
    bool at_rest() const;
    /// When the next answer is due after now; none before `until`.
    std::optional<base::instant> next_answer(base::instant until) const;
    void time_has_moved();

 private:
    friend class pretended_smsc;
    friend class pretended_mail;
    friend class pretended_hlr;
    friend class pretended_bank;
    struct kept {
        port::pretended_message what;
        std::string subscriber;
    };

    void keep(port::pretended_message what, const std::string& subscriber = {});
    /// `say` is called, by the thread of this, until it is true.
    void answer_at(base::instant when, std::function<bool()> say);
    bool first_return(const std::string& number);
    void run(const std::stop_token& stop);

    const parts with_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<kept> kept_;
    std::int64_t next_serial_ = 1;
    std::multimap<base::instant, std::function<bool()>> later_;
    bool answering_ = false;
    std::set<std::string> returned_;  // numbers of which a refund came back
    std::jthread thread_;             // last: it ends first
};

}  // namespace keepline::link
