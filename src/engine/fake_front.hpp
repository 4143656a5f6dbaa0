// The engine's stand-in: the real rules over streams in memory, without threads, disk or effects. For unit tests and
// the fuzzer. Any thread; replies come before `submit` returns.
#pragma once

#include "engine/codec.hpp"
#include "engine/front.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

namespace keepline::engine {

class fake_front final : public front {
 public:
    fake_front(const port::clock& clock, std::shared_ptr<const domain::rule_book> rules);
    ~fake_front() override;

    // -- what tests set and look at
    std::optional<base::error> refuse_everything;  // as an engine that stops or is overloaded
    bool is_ready = true;
    std::vector<effect_view> failed;
    std::vector<submission> submitted;  // only what changed something
    port::store_counts counted;
    std::function<void(const submission&)> meanwhile;  // before each command: what others do just then

    void submit(submission what, reply then) override;

    result<view_ptr> read(const port::stream_key& key) override {
        const std::scoped_lock held(mutex_);
        if (refuse_everything) return std::unexpected(*refuse_everything);
        const auto found = streams_.find(key);
        if (found == streams_.end()) return base::refuse(base::code::not_found, "There is no such stream.");
        return found->second.view;
    }
    result<view_ptr> read_public(std::string_view public_id) override {
        const std::scoped_lock held(mutex_);
        for (const auto& [key, one] : streams_)
            if (one.view->public_id == public_id) return one.view;
        return base::refuse(base::code::not_found, "There is no such stream.");
    }
    result<view_ptr> read_reference(std::string_view name) override {
        const std::scoped_lock held(mutex_);
        const auto bears = [&](const auto& one) { return one.reference == name; };
        for (const auto& [key, one] : streams_) {
            const auto* line = std::get_if<domain::number_state>(&one.view->state);
            if (line == nullptr) continue;
            if ((line->subscription && line->subscription->reference == name) ||
                (line->current && line->current->reference == name) || std::ranges::any_of(line->past, bears) ||
                domain::find_refund(*line, name) != nullptr)
                return one.view;
        }
        return base::refuse(base::code::not_found, "There is no such stream.");
    }
    result<std::vector<port::stream_key>> streams_on(const base::eid& eid, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        std::vector<port::stream_key> out;
        for (const auto& [key, one] : streams_) {
            const auto* line = std::get_if<domain::number_state>(&one.view->state);
            if (line == nullptr || out.size() == limit) continue;
            if (std::ranges::find(line->profiles, eid, &domain::profile::eid) != line->profiles.end())
                out.push_back(key);
        }
        return out;
    }
    result<std::vector<port::entry>> history(const stream_view& of, std::uint64_t from_version,
                                             std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        std::vector<port::entry> out;
        for (const auto& one : streams_.at(of.key).entries)
            if (one.version >= from_version && out.size() < limit) out.push_back(one);
        return out;
    }
    result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        port::page out;
        for (const auto& [key, one] : streams_) {
            if ((which.kind && key.kind != which.kind) || key.key <= after || !listed(one, which)) continue;
            if (out.streams.size() == limit) {
                out.next = out.streams.back().key.key;
                break;
            }
            port::stream row;
            row.key = key;
            out.streams.push_back(std::move(row));
        }
        return out;
    }
    result<std::int64_t> last_position() override {
        const std::scoped_lock held(mutex_);
        return static_cast<std::int64_t>(changes_.size());
    }
    result<std::vector<port::change>> changes(std::int64_t after, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        std::vector<port::change> out;
        for (const auto& one : changes_)
            if (one.position > after && out.size() < limit) out.push_back(one);
        return out;
    }
    result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) override {
        const std::scoped_lock held(mutex_);
        for (const auto& [key, one] : streams_)
            if (!matching_id.empty() && index_of(*one.view).matching_id == matching_id) return key;
        return std::nullopt;
    }
    result<std::optional<port::stream_key>> waiting_for(const base::eid& eid, std::size_t skip) override {
        const std::scoped_lock held(mutex_);
        std::vector<std::pair<instant, port::stream_key>> all;
        for (const auto& [key, one] : streams_) {
            const auto index = index_of(*one.view);
            if (index.eid == eid.text() && index.waits_since) all.emplace_back(*index.waits_since, key);
        }
        std::ranges::sort(all, {}, &std::pair<instant, port::stream_key>::first);
        return skip < all.size() ? std::optional(all[skip].second) : std::nullopt;
    }
    result<std::vector<effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                    std::string_view after, std::size_t limit) override {
        std::vector<effect_view> out;
        for (const auto& one : failed)
            if (one.dead == dead && (!to || one.to == *to) && one.id > after && out.size() < limit) out.push_back(one);
        return out;
    }
    result<void> retry_effect(std::string_view id) override {
        if (std::ranges::find(failed, id, &effect_view::id) == failed.end())
            return base::refuse(base::code::not_found, "There is no such effect.");
        return {};
    }
    result<std::int64_t> retry_dead(std::optional<domain::destination>) override {
        return static_cast<std::int64_t>(failed.size());
    }
    std::shared_ptr<const domain::rule_book> rules() const override { return rules_; }
    const port::engine_metrics& metrics() const override { return metrics_; }
    result<port::store_counts> counts() override { return counted; }
    result<port::failed_counts> count_failed() override { return port::failed_counts(counted); }
    bool ready() const override { return is_ready; }

 private:
    struct remembered {
        idempotency once;
        answer answered;
    };
    struct stream {
        view_ptr view;
        std::vector<port::entry> entries;
        std::vector<remembered> recent;
    };

    static bool listed(const stream& one, const port::stream_filter& which);
    view_ptr blank(const port::stream_key& key);
    result<answer> carry_out(submission what);
    void settle(domain::claim_state& state, const domain::context& now);
    result<answer> decided(stream& s, const submission& what);

    const port::clock& clock_;
    std::shared_ptr<const domain::rule_book> rules_;
    port::engine_metrics metrics_;
    std::mutex mutex_;
    std::map<port::stream_key, stream> streams_;
    std::vector<port::change> changes_;
    std::uint64_t made_ = 0;
};

}  // namespace keepline::engine
