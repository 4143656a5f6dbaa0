// The real engine as the API's core. For the composition root.
#pragma once

#include "http/core.hpp"

namespace keepline::http {

class engine_core final : public core {
 public:
    explicit engine_core(engine::engine& engine) : engine_(engine) {}

    void submit(engine::submission what, engine::reply then) override {
        engine_.submit(std::move(what), std::move(then));
    }
    result<engine::view_ptr> read(const port::stream_key& key) override { return engine_.read(key); }
    result<engine::view_ptr> read_public(std::string_view public_id) override { return engine_.read_public(public_id); }
    result<engine::view_ptr> read_reference(std::string_view name) override { return engine_.read_reference(name); }
    result<std::vector<port::entry>> history(const engine::stream_view& of, std::uint64_t from_version,
                                             std::size_t limit) override {
        return engine_.history(of, from_version, limit);
    }
    result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) override {
        return engine_.list(which, after, limit);
    }
    result<std::optional<port::stream_key>> waiting_for(const base::eid& eid) override {
        return engine_.waiting_for(eid);
    }
    result<std::vector<engine::effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                            std::string_view after, std::size_t limit) override {
        return engine_.failed_effects(dead, to, after, limit);
    }
    result<void> retry_effect(std::string_view id) override { return engine_.retry_effect(id); }
    result<std::int64_t> retry_dead(std::optional<domain::destination> to) override { return engine_.retry_dead(to); }
    std::shared_ptr<const domain::rule_book> rules() const override { return engine_.rules(); }
    const port::engine_metrics& metrics() const override { return engine_.metrics(); }
    result<port::store_counts> counts() override { return engine_.counts(); }
    bool ready() const override { return engine_.ready(); }

 private:
    engine::engine& engine_;
};

}  // namespace keepline::http
