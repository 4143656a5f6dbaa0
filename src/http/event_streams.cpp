#include "http/event_streams.hpp"

namespace keepline::http {

void event_source::next(std::function<void(piece)> then) {
    std::string out;
    {
        const std::scoped_lock held(mutex_);
        if (to_say_.empty() && !over_) {
            waits_ = std::move(then);
            return;
        }
        out = std::exchange(to_say_, {});
    }
    then(std::move(out));
}

void event_source::say(std::string events, const std::string& instead) { hand_over(std::move(events), instead, false); }

void event_source::beat() {
    {
        const std::scoped_lock held(mutex_);
        if (!to_say_.empty()) return;
    }
    say("event: beat\ndata:\n\n", {});
}

void event_source::end(std::string_view why) { hand_over("event: over\ndata: " + std::string(why) + "\n\n", {}, true); }

void event_source::hand_over(std::string events, const std::string& instead, bool last) {
    std::function<void(piece)> then;
    {
        const std::scoped_lock held(mutex_);
        if (over_) return;
        over_ = last;
        if (!waits_) {
            to_say_ += events;
            if (!instead.empty() && to_say_.size() > unread_max_) to_say_ = instead;
            return;
        }
        then = std::exchange(waits_, {});
    }
    then(std::move(events));
}

}  // namespace keepline::http
