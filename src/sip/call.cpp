#include "sip/call.hpp"

namespace keepline::sip {

call::call(std::uint64_t number, port::call_facts facts, std::shared_ptr<signalling> over,
           std::shared_ptr<talk_threads> threads)
    : number_(number),
      facts_(std::move(facts)),
      over_(std::move(over)),
      threads_(std::move(threads)),
      thread_(threads_->next()) {}

void call::play(std::vector<port::call_sound> what, std::uint64_t number) {
    if (!stream_) return;  // it could not be made, and is told so next
    playing_ = number;
    stream_->play(std::move(what), ++turn_);
}

void call::stop_playing() {
    if (!stream_) return;
    ++turn_;  // what was played to its end meanwhile is not told
    stream_->stop();
}

void call::transfer(const port::call_transfer& to) { over_->transfer(number_, to); }

void call::hang_up() { over_->hang_up(number_); }

void call::run(std::function<void()> work) { on_talk_thread(std::move(work)); }

void call::run_after(std::chrono::milliseconds pause, std::function<void()> work) {
    threads_->post_after(thread_, pause, [self = shared_from_this(), what = std::move(work)] { self->guarded(what); });
}

void call::on_talk_thread(std::function<void()> work) {
    threads_->post(thread_, [self = shared_from_this(), what = std::move(work)] { self->guarded(what); });
}

/// What an ear throws (there is no memory, say) ends its call, and neither the thread nor the calls beside it.
void call::guarded(const std::function<void()>& work) {
    if (!ear_) return;
    try {
        work();
    } catch (...) {  // its words may hold anything, so they are not kept
        over_->ear_failed(number_);
        end_ear(port::call_end::by_us);
    }
}

void call::end_ear(port::call_end why) {
    const auto last = std::move(ear_);
    try {
        if (last) last->gone(why);
    } catch (...) {
        over_->ear_failed(number_);
    }
}

void call::ask(const port::call_ears& with, std::function<void(bool)> then) {
    threads_->post(thread_, [self = shared_from_this(), with, told = std::move(then)] {
        try {
            self->ear_ = with(self, self->facts_);
        } catch (...) {  // as one that is refused
            self->ear_ = nullptr;
            self->over_->ear_failed(self->number_);
        }
        told(self->ear_ != nullptr);
    });
}

void call::answered() {
    on_talk_thread([this] { ear_->answered(); });
}

void call::transfer_failed() {
    on_talk_thread([this] { ear_->transfer_failed(); });
}

void call::over(port::call_end why) {
    on_talk_thread([this, why] { end_ear(why); });
}

void call::pressed(key_way way, char key) {
    auto first = key_way::none;
    if (!way_.compare_exchange_strong(first, way) && first != way) return;
    constexpr int waiting_most = 32;
    if (keys_waiting_.fetch_add(1) >= waiting_most) {
        --keys_waiting_;
        return;
    }
    threads_->post(thread_, [self = shared_from_this(), key] {
        --self->keys_waiting_;
        self->guarded([&] { self->ear_->key(key); });
    });
}

void call::played(std::uint64_t turn) {
    on_talk_thread([this, turn] {
        if (turn == turn_) ear_->played(playing_);
    });
}

}  // namespace keepline::sip
