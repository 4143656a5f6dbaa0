// Effects that one stream has for another (destination `core`), as commands; and the one of them that must look first:
// an order from the stock of profiles. For the dispatcher's workers; order_from_stock() waits for commits, so never on
// the writer's thread.
#pragma once

#include "engine/writer.hpp"

#include <atomic>
#include <optional>

namespace keepline::engine {

/// The command that carries this effect to its stream; none: it is not of that kind.
std::optional<submission> command_of(const domain::effect& what);

/// Takes profiles out of stock for lines. It may be asked the same twice (a crash came before the effect was settled):
/// the matching ID tells the profile that was taken the first time, and the writer lets no second one have it.
class stock_keeper {
 public:
    stock_keeper(port::journal& from, writer& to) : journal_(from), writer_(to) {}

    /// code::out_of_stock: try again later. code::matching_id_taken: somebody else's order has it.
    result<void> order(const domain::order_esim& wanted, const std::string& correlation);

 private:
    result<bool> was_ordered(const domain::order_esim& wanted);
    result<void> try_one(const std::string& iccid, const domain::order_esim& wanted, const std::string& correlation);

    port::journal& journal_;
    writer& writer_;
    std::atomic<unsigned> turn_{0};
};

}  // namespace keepline::engine
