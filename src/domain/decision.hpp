// What a command comes to, in every aggregate: events, the state after them, and the effects that they call for. It is
// folded once: whoever carries it out neither evolves nor reacts again.
#pragma once

#include "domain/effects.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace keepline::domain {

template <typename Aggregate>
struct decided {
    std::vector<typename Aggregate::event> events;
    typename Aggregate::state after;
    std::vector<effect> effects;
};

/// The same in the making. The state changes by an event and by nothing else. A rule that refuses has the whole of it
/// dropped.
template <typename Aggregate>
class decision {
 public:
    using state_type = typename Aggregate::state;
    using event_type = typename Aggregate::event;

    explicit decision(state_type before) : out_{{}, std::move(before), {}} {}

    const state_type& state() const { return out_.after; }
    const std::vector<event_type>& events() const { return out_.events; }
    void emit(event_type what) {
        Aggregate::evolve(out_.after, what);
        auto called_for = Aggregate::react(out_.after, what);
        out_.effects.insert(out_.effects.end(), std::make_move_iterator(called_for.begin()),
                            std::make_move_iterator(called_for.end()));
        out_.events.push_back(std::move(what));
    }
    void emit_all(std::vector<event_type> what) {
        for (auto& one : what) emit(std::move(one));
    }
    decided<Aggregate> done() && { return std::move(out_); }

 private:
    decided<Aggregate> out_;
};

}  // namespace keepline::domain
