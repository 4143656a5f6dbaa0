// What the API asks of the engine: exactly the calls it makes, so that tests and the fuzzer can stand in for it.
// engine_core.hpp fits the real engine to it. All calls from any thread; replies of `submit` come on the engine's
// writer thread.
#pragma once

#include "engine/engine.hpp"

namespace keepline::http {

using base::instant;
using base::result;

/// A certificate file and when it expires; for the metric.
struct certificate_expiry {
    std::string file;
    std::string what;
    base::instant at;
};

class core {
 public:
    virtual ~core() = default;
    virtual void submit(engine::submission what, engine::reply then) = 0;
    virtual result<engine::view_ptr> read(const port::stream_key& key) = 0;
    virtual result<engine::view_ptr> read_public(std::string_view public_id) = 0;
    virtual result<engine::view_ptr> read_reference(std::string_view name) = 0;
    virtual result<std::vector<port::entry>> history(const engine::stream_view& of, std::uint64_t from_version,
                                                     std::size_t limit) = 0;
    virtual result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) = 0;
    /// The profile that has waited longest for this eUICC; none: nothing waits for it.
    virtual result<std::optional<port::stream_key>> waiting_for(const base::eid& eid) = 0;
    virtual result<std::vector<engine::effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                                    std::string_view after, std::size_t limit) = 0;
    virtual result<void> retry_effect(std::string_view id) = 0;
    virtual result<std::int64_t> retry_dead(std::optional<domain::destination> to) = 0;
    virtual std::shared_ptr<const domain::rule_book> rules() const = 0;
    virtual const port::engine_metrics& metrics() const = 0;
    virtual result<port::store_counts> counts() = 0;
    virtual bool ready() const = 0;
};

}  // namespace keepline::http
