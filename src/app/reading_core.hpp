// The journal as the API's core, to be read only: no engine, no writer, no lock. For looking at a line beside a running
// server. Any thread.
#pragma once

#include "engine/front.hpp"
#include "port/journal.hpp"

namespace keepline::app {

class reading_core final : public engine::front {
 public:
    /// Both outlive it. `rules` may be null: then nothing says which evidence is wanted.
    reading_core(port::journal& of, std::shared_ptr<const domain::rule_book> rules)
        : of_(of), rules_(std::move(rules)) {}

    void submit(engine::submission, engine::reply then) override;
    base::result<engine::view_ptr> read(const port::stream_key& key) override;
    base::result<engine::view_ptr> read_public(std::string_view public_id) override;
    base::result<engine::view_ptr> read_reference(std::string_view name) override;
    base::result<std::vector<port::stream_key>> streams_on(const base::eid& eid, std::size_t limit) override;
    base::result<std::vector<port::entry>> history(const engine::stream_view& of, std::uint64_t from_version,
                                                   std::size_t limit) override;
    base::result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) override;
    base::result<std::int64_t> last_position() override { return of_.last_position(); }
    base::result<std::vector<port::change>> changes(std::int64_t after_position, std::size_t limit) override {
        return of_.changes(after_position, limit);
    }
    base::result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) override {
        return of_.holder_of(matching_id);
    }
    base::result<std::optional<port::stream_key>> waiting_for(const base::eid& eid, std::size_t skip) override;
    base::result<std::vector<engine::effect_view>> failed_effects(bool, std::optional<domain::destination>,
                                                                  std::string_view, std::size_t) override;
    base::result<void> retry_effect(std::string_view) override;
    base::result<std::int64_t> retry_dead(std::optional<domain::destination>) override;
    std::shared_ptr<const domain::rule_book> rules() const override { return rules_; }
    const port::engine_metrics& metrics() const override { return metrics_; }
    base::result<port::store_counts> counts() override;
    base::result<port::failed_counts> count_failed() override { return of_.count_failed(); }
    bool ready() const override { return true; }

 private:
    port::journal& of_;
    std::shared_ptr<const domain::rule_book> rules_;
    port::engine_metrics metrics_;
};

}  // namespace keepline::app
