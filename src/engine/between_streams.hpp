// Effects that one stream has for another (destination `core`), as commands; and the one of them that must look first:
// an order from the stock of profiles. For the dispatcher's workers; order_from_stock() waits for commits, so never on
// the writer's thread.
#pragma once

#include "engine/writer.hpp"
#include "port/clock.hpp"
#include "port/vault.hpp"

#include <atomic>
#include <optional>

namespace keepline::engine {

/// The command that carries this effect to its stream; none: it is not of that kind.
std::optional<submission> command_of(const domain::effect& what);

/// What the holder's own stream says about a claim that somebody else wants. It reads what is committed, on whichever
/// cluster that lies, so its word is as old as the read: the claim knows when that suffices (domain::word_of).
class claim_clerk {
 public:
    claim_clerk(port::journal& from, const port::clock& clock) : journal_(from), clock_(clock) {}

    result<submission> answer(const domain::ask_holder& asked);

 private:
    struct finding {
        bool has_it = false;
        base::msisdn number;
    };
    result<finding> look(const domain::ask_holder& asked);
    result<finding> look_at_line(const domain::line_holder& line, const base::iccid& iccid);

    port::journal& journal_;
    const port::clock& clock_;
};

/// Accounts that somebody of the staff wanted to have named, and that nobody waits for any more, leave the vault.
class account_keeper {
 public:
    account_keeper(port::journal& from, const port::clock& clock, port::vault* vault)
        : journal_(from), clock_(clock), vault_(vault) {}

    /// What is to be committed; nothing: there is nothing to forget.
    result<std::optional<submission>> forget(const domain::forget_account& what);
    /// Records of a line that have outlived their purpose. Twice is harmless.
    result<std::optional<submission>> forget(const domain::forget_records& what);

 private:
    port::journal& journal_;
    const port::clock& clock_;
    port::vault* vault_;
};

/// Takes profiles out of stock for lines. It may be asked the same twice (a crash came before the effect was settled):
/// the matching ID tells the profile that was taken the first time, and the writer lets no second one have it.
class stock_keeper {
 public:
    stock_keeper(port::executor& on, port::journal& from, const port::clock& clock, writer& to)
        : on_(on), journal_(from), clock_(clock), writer_(to) {}

    /// code::out_of_stock: try again later. code::matching_id_taken: somebody else's order has it.
    result<void> order(const domain::order_esim& wanted, const std::string& correlation);

 private:
    result<bool> was_ordered(const domain::order_esim& wanted);
    result<void> try_one(const std::string& iccid, const domain::order_esim& wanted, const std::string& correlation);
    result<void> reserve(const std::string& iccid, const domain::order_esim& wanted, const std::string& correlation);
    result<answer> send(submission what, const std::string& correlation);

    port::executor& on_;
    port::journal& journal_;
    const port::clock& clock_;
    writer& writer_;
    std::atomic<unsigned> turn_{0};
};

}  // namespace keepline::engine
