#include "desk/webhook_runner.hpp"

#include "base/thread_name.hpp"
#include "desk/topics.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace keepline::desk {

using base::code;

namespace {

constexpr std::size_t lost_kept = 10;
constexpr std::size_t few = 8;  // so many news are sent one after the other
constexpr int pages_ahead = 8;
constexpr std::size_t passed_over_most = 100'000;

/// "https://host:port" of a URL.
std::string origin_of(const std::string& url) {
    const auto host = url.find("//");
    const auto end = host == std::string::npos ? host : url.find_first_of("/?#", host + 2);
    const auto at = host == std::string::npos ? host : url.find('@', host);
    if (at != std::string::npos && at < end) return url.substr(0, host + 2) + url.substr(at + 1, end - at - 1);
    return url.substr(0, end);
}

bool is_of_the_address(code what) { return what == code::peer_unreachable || what == code::too_many; }

}  // namespace

void doorbell::ring() {
    {
        const std::scoped_lock held(mutex_);
        ++rings_;
    }
    wake_.notify_all();
}

void doorbell::wait(const std::stop_token& stop, std::uint64_t seen, base::duration longest, bool deaf) {
    std::unique_lock held(mutex_);
    wake_.wait_for(held, stop, longest, [&] { return !deaf && rings_.load() != seen; });
}

webhook_runner::webhook_runner(parts with, aimed_ptr what, webhook_place at)
    : with_(std::move(with)), target_(std::move(what)) {
    position_ = read_to_ = at.position;
    replays_ = at.replays;
    condition_.given_up = at.given_up;
    condition_.lost = std::move(at.lost);
}

void webhook_runner::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void webhook_runner::join() {
    if (thread_.joinable()) thread_.join();
}

aimed_ptr webhook_runner::to() const {
    const std::scoped_lock held(mutex_);
    return target_;
}

void webhook_runner::aim(aimed_ptr what) {
    const std::scoped_lock held(mutex_);
    if (target_->paused && !what->paused) {
        resumed_ = true;
        condition_.failing = false;
    }
    target_ = std::move(what);
}

webhook_place webhook_runner::at() const {
    const std::scoped_lock held(mutex_);
    return {position_, replays_, condition_.given_up, condition_.lost};
}

webhook_condition webhook_runner::condition() const {
    const std::scoped_lock held(mutex_);
    auto out = condition_;
    out.id = target_->id;
    out.name = target_->to.name;
    out.fixed = target_->fixed;
    out.topics = target_->topics;
    if (target_->fixed) out.origin = origin_of(target_->to.url);
    if (!target_->broken.empty()) {
        out.failing = true;
        out.error = target_->broken;
    }
    if (target_->paused) out.failing = false;
    return out;
}

void webhook_runner::run(const std::stop_token& stop) {
    base::name_this_thread("kl-hook");
    while (!stop.stop_requested()) {
        const auto rings = with_.bell->rings();
        stumbled_ = false;
        bool sent = false;
        try {
            sent = step(stop, rings);
        } catch (const std::exception& why) {  // out of memory, say: later
            stumbled(why.what());
        }
        if (!stumbled_) stumble_told_ = false;
        if (!sent || stumbled_) with_.bell->wait(stop, rings, wait_at_most(), resume_at_ != instant{} || stumbled_);
    }
    ended_ = true;
}

/// False: there was nothing to send now.
bool webhook_runner::step(const std::stop_token& stop, std::uint64_t rings) {
    const auto now_to = to();
    go_on_after_pause();
    begin_replay(*now_to);
    wake_at_ = {};
    bool sends = false;
    if (now_to->broken.empty() && !now_to->paused) {
        if (should_read(rings)) read_on(*now_to, rings);
        drop_old();
        ask_ahead(*now_to);
        auto lines = due(with_.clock->now());
        sends = !lines.empty();
        if (sends) send(stop, *now_to, std::move(lines));
    }
    settle();
    const std::scoped_lock held(mutex_);
    ++condition_.turns;
    return sends;
}

void webhook_runner::stumbled(const char* what) noexcept {
    stumbled_ = true;
    try {
        const std::scoped_lock held(mutex_);
        if (std::exchange(stumble_told_, true)) return;
        with_.log->error("webhook_stumbled", "", {{"webhook", target_->to.name}, {"reason", what}});
    } catch (const std::exception&) {
        return;  // not even that; it goes on all the same
    }
}

/// When the window is looked at again though nobody rang.
base::duration webhook_runner::wait_at_most() const {
    const auto longest = with_.how.wait_longest;
    if (!wake_at_ || stumbled_) return longest;
    return std::clamp(wake_at_ - with_.clock->now(), base::duration{1}, longest);
}

base::duration webhook_runner::backoff(int failures) const {
    auto out = with_.how.backoff_first;
    for (int i = 1; i < failures && out < with_.how.backoff_max; ++i) out *= 2;
    return std::min(out, with_.how.backoff_max);
}

/// Whoever resumes one has looked: what failed before the pause is forgotten, and everything is tried again at once.
void webhook_runner::go_on_after_pause() {
    const std::scoped_lock held(mutex_);
    if (!std::exchange(resumed_, false)) return;
    failures_ = 0;
    resume_at_ = {};
    down_ = false;
    for (auto& one : window_) one.next_at = {};
}

/// Back to what happened then; what waits is read again with it.
void webhook_runner::begin_replay(const aimed_webhook& to) {
    if (replays_ >= to.replays) return;
    const auto from = with_.news->position_at(to.replay_from);
    if (!from) return;
    window_.clear();
    read_to_ = std::min(read_to_, *from);
    looked_ahead_to_ = 0;
    more_ = true;
    const std::scoped_lock held(mutex_);
    position_ = read_to_;
    replays_ = to.replays;
}

bool webhook_runner::should_read(std::uint64_t rings) const {
    return more_ || rings != heard_ || std::chrono::steady_clock::now() >= read_at_ + with_.how.wait_longest;
}

/// The lines of which one is refused: behind it nothing of them is sent.
std::set<std::int64_t> webhook_runner::held_up() const {
    std::set<std::int64_t> out;
    for (const auto& one : window_)
        if (!one.done && one.refused) out.insert(one.what->stream);
    return out;
}

bool webhook_runner::has_room() const {
    if (window_.size() < with_.how.window) return true;
    if (window_.size() >= with_.how.window_most) return false;
    const auto waiting = held_up();
    return std::ranges::count_if(window_, [&](const item& one) { return !waiting.contains(one.what->stream); }) <
           static_cast<std::ptrdiff_t>(with_.how.window);
}

/// So many are refused that nothing more is read: whether it is them or everything, a later one tells.
void webhook_runner::ask_ahead(const aimed_webhook& to) {
    const auto now = with_.clock->now();
    if (window_.size() < with_.how.window_most || has_room() || down_ || now < ask_ahead_at_) return;
    const auto waiting = held_up();
    if (!std::ranges::all_of(window_, [&](const item& one) { return waiting.contains(one.what->stream); })) return;
    ask_ahead_at_ = now + with_.how.ask_ahead_every;
    if (const auto one = find_ahead(to); one != nullptr && send_one(to, *one)) {
        const std::scoped_lock held(mutex_);
        ++successes_;
    }
}

/// Of a topic of which nothing is refused, and of a line that has nothing before it: neither here nor passed over.
news_ptr webhook_runner::find_ahead(const aimed_webhook& to) {
    std::set<std::string> topics;
    std::set<std::int64_t> lines;
    for (const auto& one : window_) {
        lines.insert(one.what->stream);
        if (one.refused) topics.insert(one.what->topic);
    }
    if (looked_ahead_to_ <= read_to_ || passed_over_.size() > passed_over_most) {
        looked_ahead_to_ = read_to_;
        passed_over_.clear();
    }
    for (int i = 0; i < pages_ahead; ++i) {
        const auto page = with_.news->page_after(looked_ahead_to_);
        if (!page || (*page)->end <= looked_ahead_to_) break;
        looked_ahead_to_ = (*page)->end;  // the next time from here on: each is sent ahead once
        news_ptr found;
        for (const auto& one : (*page)->what) {
            if (!is_told(to.topics, to.as, one->topic)) continue;
            const bool first = !lines.contains(one->stream) && passed_over_.insert(one->stream).second;
            if (first && !found && !topics.contains(one->topic)) found = one;
        }
        if (found) return found;
    }
    looked_ahead_to_ = 0;
    return nullptr;
}

void webhook_runner::read_on(const aimed_webhook& to, std::uint64_t rings) {
    heard_ = rings;
    read_at_ = std::chrono::steady_clock::now();
    more_ = true;
    while (has_room()) {
        const auto page = with_.news->page_after(read_to_);
        if (!page) {
            if (!std::exchange(unread_told_, true))
                with_.log->error("webhook_journal_unread", "", {{"reason", page.error().words}});
            more_ = false;  // in a while
            return;
        }
        unread_told_ = false;
        if ((*page)->end <= read_to_) {
            more_ = false;
            return;
        }
        for (const auto& one : (*page)->what)
            if (is_told(to.topics, to.as, one->topic)) window_.push_back({.what = one});
        read_to_ = (*page)->end;
    }
}

void webhook_runner::drop_old() {
    const auto oldest = with_.clock->now() - with_.how.keep;
    for (auto& one : window_)
        if (!one.done && one.what->at < oldest) {
            give_up(one, one.error.empty() ? "It was too old when it could be sent." : one.error);
            one.done = true;
        }
}

/// What may be sent now, by line and in order; lines of which something was refused come last, and at most a window at
/// once. While the address is down, one message asks whether it is still.
std::vector<std::vector<webhook_runner::item*>> webhook_runner::due(instant now) {
    if (resume_at_ != instant{} && now < resume_at_) {
        wake_at_ = resume_at_;
        return {};
    }
    std::vector<std::vector<item*>> out;
    std::unordered_map<std::int64_t, std::size_t> places;
    std::set<std::int64_t> held_up;
    for (auto& one : window_) {
        if (one.done || held_up.contains(one.what->stream)) continue;
        if (now < one.next_at) {
            held_up.insert(one.what->stream);
            if (!wake_at_ || one.next_at < wake_at_) wake_at_ = one.next_at;
            continue;
        }
        const auto [place, fresh] = places.try_emplace(one.what->stream, out.size());
        if (fresh) out.emplace_back();
        out[place->second].push_back(&one);
    }
    std::vector<std::vector<item*>> in_turn;
    for (const bool refused : {false, true})
        for (auto& line : out)
            if (line.front()->refused == refused) in_turn.push_back(line);
    out = std::move(in_turn);
    if (out.size() > with_.how.window) out.resize(with_.how.window);
    if (!down_ || out.empty()) return out;
    auto& probe = out[probe_++ % out.size()];
    return {{probe.front()}};
}

void webhook_runner::send(const std::stop_token& stop, const aimed_webhook& to, std::vector<std::vector<item*>> lines) {
    down_ = false;
    std::size_t all = 0;
    for (const auto& one : lines) all += one.size();
    const auto threads = all < few ? 1 : std::min(with_.how.at_once, lines.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&]() noexcept {  // on threads of their own nobody would catch it
        try {
            for (auto i = next.fetch_add(1); i < lines.size() && !down_ && !stumbled_; i = next.fetch_add(1))
                send_line(stop, to, lines[i]);
        } catch (const std::exception& why) {
            stumbled(why.what());
        }
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
}

void webhook_runner::send_line(const std::stop_token& stop, const aimed_webhook& to, const std::vector<item*>& line) {
    for (auto* one : line) {
        if (down_ || stop.stop_requested() || this->to().get() != &to) return;
        const auto& what = *one->what;
        if (!is_told(to.topics, to.as, what.topic)) {  // any more
            one->done = true;
            continue;
        }
        const auto sent = send_one(to, what);
        if (!sent) return failed(*one, sent.error());
        took(*one);
    }
}

result<void> webhook_runner::send_one(const aimed_webhook& to, const news& what) {
    try {
        return with_.sender->send(to.to, {what.key, webhook_body(what.topic, what.at, what.members, to.as),
                                          what.correlation, calls_.get_token()});
    } catch (const std::exception&) {
        return base::refuse(code::internal, "The message could not be sent: something went wrong on our side.");
    }
}

void webhook_runner::took(item& one) {
    const std::scoped_lock held(mutex_);
    one.done = true;
    ++successes_;
    const bool was_bad = failures_ > 1;
    failures_ = 0;
    resume_at_ = {};
    ++condition_.delivered;
    condition_.delivered_at = with_.clock->now();
    if (condition_.failing) with_.log->info("webhook_recovered", "", {{"webhook", target_->to.name}});
    condition_.failing = false;
    if (was_bad)
        for (auto& other : window_)
            if (other.attempts == 0) other.next_at = {};
}

void webhook_runner::failed(item& one, const base::error& why) {
    const std::scoped_lock held(mutex_);
    const auto now = with_.clock->now();
    ++failures_;
    ++one.tries;
    one.error = why.words;
    condition_.error = why.words;
    condition_.error_at = now;
    if (is_of_the_address(why.what)) {
        down_ = true;
        resume_at_ = now + backoff(failures_);
    } else {
        one.refused = true;
        if (one.tries > 1 && successes_ > one.passed) ++one.attempts;
        one.passed = successes_;
        one.next_at = now + backoff(one.tries);
    }
    if (!condition_.failing)
        with_.log->warning("webhook_failing", one.what->correlation,
                           {{"webhook", target_->to.name}, {"event", one.what->key}, {"reason", why.words}});
    condition_.failing = true;
}

void webhook_runner::give_up(const item& one, const std::string& why) {
    with_.log->error(
        "webhook_gave_up", one.what->correlation,
        {{"webhook", to()->to.name}, {"event", one.what->key}, {"topic", one.what->topic}, {"reason", why}});
    const std::scoped_lock held(mutex_);
    ++condition_.given_up;
    condition_.lost.push_back({one.what->key, one.what->topic, one.what->at, why});
    if (condition_.lost.size() > lost_kept) condition_.lost.erase(condition_.lost.begin());
}

void webhook_runner::settle() {
    for (auto& one : window_)
        if (!one.done && one.attempts >= with_.how.attempts_max) {
            give_up(one, one.error);
            one.done = true;
        }
    std::erase_if(window_, [](const item& one) { return one.done; });
    const std::scoped_lock held(mutex_);
    position_ = window_.empty() ? read_to_ : window_.front().what->position - 1;
    condition_.waiting_since = window_.empty() ? instant{} : window_.front().what->at;
    if (window_.empty()) condition_.failing = false;
}

}  // namespace keepline::desk
