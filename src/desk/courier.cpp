#include "desk/courier.hpp"

#include "base/thread_name.hpp"
#include "desk/token_register.hpp"
#include "desk/topics.hpp"
#include "engine/codec.hpp"
#include "engine/history.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t page_limit = 256;
constexpr std::size_t pages_kept = 8;
constexpr std::size_t lost_kept = 10;
constexpr std::size_t few = 8;  // so many news are sent one after the other
constexpr int searched_pages = 400;
constexpr auto look_every = std::chrono::milliseconds{500};

std::string note_of(const std::string& id) { return "webhook." + id; }

/// Where a webhook stands, as the notebook has it.
struct place {
    std::int64_t position = 0;  // everything up to here is settled
    int replays = 0;            // of its replays, those that were begun
    std::int64_t given_up = 0;
    std::vector<lost_news> lost;
    bool operator==(const place&) const = default;
};
BOOST_DESCRIBE_STRUCT(place, (), (position, replays, given_up, lost))

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

// ------------------------------------------------------------------------------------------------ news

struct courier::news {
    std::string key;  // webhook-id
    std::int64_t position = 0;
    std::int64_t stream = 0;
    std::string topic;
    instant at;
    boost::json::object members;
    std::string correlation;
};

/// The news after `after`, up to and including `end`.
struct courier::page {
    std::int64_t after = 0;
    std::int64_t end = 0;
    std::vector<std::shared_ptr<const news>> what;
};

result<void> courier::add_news(page& to, const port::outbox_entry& from) {
    TRY(effects, engine::decode_effects(from.effects));
    TRY(meta, engine::decode_meta(from.meta));
    std::optional<port::stream> of;
    for (std::size_t i = 0; i < effects.size(); ++i) {
        const auto* publish = std::get_if<domain::publish>(&effects[i]);
        if (publish == nullptr) continue;
        if (!of) {
            TRY(found, with_.journal->load_id(from.stream));
            if (!found) return refuse(code::journal_broken, "An effect's stream is not in the journal.");
            of = std::move(found);
        }
        TRY(payload, base::parse_json(publish->payload.text));
        auto one = std::make_shared<news>();
        one->key = engine::outbound_key(from.hash, i);
        one->position = from.position;
        one->stream = from.stream;
        one->topic = publish->topic;
        one->at = from.at;
        one->correlation = meta.correlation;
        one->members = payload.as_object();
        if (of->key.kind == port::stream_kind::number) {
            one->members["line"] = of->public_id;
            const auto* closure = one->members.if_contains("closure");
            if (closure != nullptr && closure->is_int64() && closure->as_int64() > 0)
                one->members["case"] = of->public_id + "-c" + std::to_string(closure->as_int64());
        }
        if (const auto* iccid = one->members.if_contains("iccid"); iccid != nullptr && iccid->is_string()) {
            TRY(profile, with_.journal->load({port::stream_kind::esim, std::string(iccid->as_string())}));
            if (profile) one->members["esim"] = profile->public_id;
        }
        to.what.push_back(std::move(one));
    }
    return {};
}

result<courier::page_ptr> courier::read(std::int64_t after, std::int64_t limit) {
    TRY(head, with_.journal->last_position());  // before the read: everything up to here is visible to it
    TRY(entries, with_.journal->outbox(after, static_cast<std::size_t>(limit)));
    auto out = std::make_shared<page>();
    out->after = after;
    out->end = entries.empty() ? after : entries.back().position;
    if (std::ssize(entries) < limit) out->end = std::max(out->end, head);
    constexpr auto bit = 1U << static_cast<unsigned>(domain::destination::webhook);
    for (const auto& one : entries)
        if ((one.destinations & bit) != 0) CHECK(add_news(*out, one));
    return out;
}

/// Webhooks that keep up read the same pages: each is read once.
result<courier::page_ptr> courier::page_after(std::int64_t after) {
    const std::scoped_lock held(pages_mutex_);
    const auto found = std::ranges::find(pages_, after, [](const page_ptr& one) { return one->after; });
    if (found != pages_.end()) return *found;
    TRY(fresh, read(after, page_limit));
    if (fresh->end == after) return fresh;
    pages_.push_back(fresh);
    if (pages_.size() > pages_kept) pages_.erase(pages_.begin());
    return fresh;
}

/// What was committed at `when` or later comes after this position.
result<std::int64_t> courier::position_at(instant when) {
    std::int64_t least = 0;
    TRY(most, with_.journal->last_position());
    while (least < most) {
        const auto middle = least + (most - least) / 2;
        TRY(next, with_.journal->outbox(middle, 1));
        if (next.empty() || next.front().at >= when)
            most = middle;
        else
            least = next.front().position;
    }
    return least;
}

// ------------------------------------------------------------------------------------------------ one webhook

struct courier::target {
    std::string id;
    port::webhook_route to;
    std::vector<std::string> topics;
    domain::role as = domain::role::admin;
    bool fixed = false;
    bool paused = false;
    int replays = 0;
    instant replay_from;
    std::string broken;  // why it cannot be sent to at all; empty: it can
};

class courier::runner {
 public:
    runner(courier& of, std::shared_ptr<const target> what, place at) : of_(of), target_(std::move(what)) {
        position_ = read_to_ = at.position;
        replays_ = at.replays;
        condition_.given_up = at.given_up;
        condition_.lost = std::move(at.lost);
    }
    void start() {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    void request_stop() { thread_.request_stop(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    std::shared_ptr<const target> to() const {
        const std::scoped_lock held(mutex_);
        return target_;
    }
    void set(std::shared_ptr<const target> what) {
        const std::scoped_lock held(mutex_);
        target_ = std::move(what);
    }
    place at() const {
        const std::scoped_lock held(mutex_);
        return {position_, replays_, condition_.given_up, condition_.lost};
    }
    webhook_condition condition() const {
        const std::scoped_lock held(mutex_);
        auto out = condition_;
        out.id = target_->id;
        out.name = target_->to.name;
        out.fixed = target_->fixed;
        out.topics = target_->topics;
        if (target_->fixed) out.origin = origin_of(target_->to.url);
        return out;
    }

 private:
    struct item {
        std::shared_ptr<const news> what;
        bool done = false;
        int attempts = 0;  // that count: others passed meanwhile
        int tries = 0;
        std::uint64_t passed = 0;  // successes_ when it failed
        instant next_at;
        std::string error;
    };

    void run(const std::stop_token& stop);
    void read_on(const target& to);
    void begin_replay(const target& to);
    void drop_old();
    std::vector<std::vector<item*>> due(instant now);
    void send(const std::stop_token& stop, const target& to, std::vector<std::vector<item*>> lines);
    void send_line(const std::stop_token& stop, const target& to, const std::vector<item*>& line);
    void took(item& one);
    void failed(item& one, const base::error& why);
    void give_up(const item& one, const std::string& why);
    void settle();
    void wait(const std::stop_token& stop, std::uint64_t pokes, bool idle);

    courier& of_;
    mutable std::mutex mutex_;  // of what others read
    std::shared_ptr<const target> target_;
    std::int64_t position_ = 0;
    int replays_ = 0;
    webhook_condition condition_;

    // -- the runner's thread, and its helpers while it waits for them
    std::deque<item> window_;
    std::int64_t read_to_ = 0;
    std::uint64_t successes_ = 0;
    int failures_ = 0;  // in a row
    std::size_t probe_ = 0;
    instant resume_at_;  // the address takes nothing before
    std::atomic<bool> down_{false};

    std::jthread thread_;
};

void courier::runner::run(const std::stop_token& stop) {
    base::name_this_thread("kl-hook");
    while (!stop.stop_requested()) {
        const auto pokes = of_.pokes_.load();
        const auto how = to();
        bool idle = true;
        try {
            begin_replay(*how);
            if (how->broken.empty() && !how->paused) {
                read_on(*how);
                drop_old();
                auto lines = due(of_.with_.clock->now());
                idle = lines.empty();
                if (!idle) send(stop, *how, std::move(lines));
            }
            settle();
        } catch (const std::exception&) {  // out of memory, say: later
            idle = true;
        }
        wait(stop, pokes, idle);
    }
}

void courier::runner::wait(const std::stop_token& stop, std::uint64_t pokes, bool idle) {
    if (!idle) return;
    std::unique_lock held(of_.mutex_);
    const auto longest = window_.empty() ? std::chrono::milliseconds{1000} : std::chrono::milliseconds{50};
    of_.wake_.wait_for(held, stop, longest, [&] { return of_.pokes_.load() != pokes && resume_at_ == instant{}; });
}

/// Back to what happened then; what waits is read again with it.
void courier::runner::begin_replay(const target& to) {
    if (replays_ >= to.replays) return;
    const auto from = of_.position_at(to.replay_from);
    if (!from) return;
    window_.clear();
    read_to_ = std::min(read_to_, *from);
    const std::scoped_lock held(mutex_);
    position_ = read_to_;
    replays_ = to.replays;
}

void courier::runner::read_on(const target& to) {
    while (window_.size() < of_.how_.window) {
        const auto page = of_.page_after(read_to_);
        if (!page) {
            of_.with_.log->error("webhook_news_unreadable", "", {{"reason", page.error().words}});
            return;
        }
        if ((*page)->end <= read_to_) return;
        for (const auto& one : (*page)->what)
            if (is_told(to.topics, to.as, one->topic)) window_.push_back({one, false, 0, 0, 0, {}, {}});
        read_to_ = (*page)->end;
    }
}

void courier::runner::drop_old() {
    const auto oldest = of_.with_.clock->now() - of_.how_.keep;
    for (auto& one : window_)
        if (!one.done && one.what->at < oldest) {
            give_up(one, one.error.empty() ? "It was too old when it could be sent." : one.error);
            one.done = true;
        }
}

/// What may be sent now, by line and in order. While the address is down, one message asks whether it is still.
std::vector<std::vector<courier::runner::item*>> courier::runner::due(instant now) {
    if (resume_at_ != instant{} && now < resume_at_) return {};
    std::vector<std::vector<item*>> out;
    std::unordered_map<std::int64_t, std::size_t> places;
    std::set<std::int64_t> held_up;
    for (auto& one : window_) {
        if (one.done || held_up.contains(one.what->stream)) continue;
        if (now < one.next_at) {
            held_up.insert(one.what->stream);
            continue;
        }
        const auto [place, fresh] = places.try_emplace(one.what->stream, out.size());
        if (fresh) out.emplace_back();
        out[place->second].push_back(&one);
    }
    if (!down_ || out.empty()) return out;
    auto& probe = out[probe_++ % out.size()];
    return {{probe.front()}};
}

void courier::runner::send(const std::stop_token& stop, const target& to, std::vector<std::vector<item*>> lines) {
    down_ = false;
    std::size_t all = 0;
    for (const auto& one : lines) all += one.size();
    const auto threads = all < few ? 1 : std::min(of_.how_.at_once, lines.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto i = next.fetch_add(1); i < lines.size() && !down_; i = next.fetch_add(1))
            send_line(stop, to, lines[i]);
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
}

void courier::runner::send_line(const std::stop_token& stop, const target& to, const std::vector<item*>& line) {
    for (auto* one : line) {
        if (down_ || stop.stop_requested() || this->to()->paused) return;
        const auto& what = *one->what;
        if (!is_told(to.topics, to.as, what.topic)) {  // any more
            one->done = true;
            continue;
        }
        const auto sent = of_.with_.sender->send(
            to.to, {what.key, webhook_body(what.topic, what.at, what.members, to.as), what.correlation});
        if (!sent) return failed(*one, sent.error());
        took(*one);
    }
}

void courier::runner::took(item& one) {
    const std::scoped_lock held(mutex_);
    one.done = true;
    ++successes_;
    const bool was_bad = failures_ > 1;
    failures_ = 0;
    resume_at_ = {};
    ++condition_.delivered;
    condition_.delivered_at = of_.with_.clock->now();
    if (condition_.failing) of_.with_.log->info("webhook_recovered", "", {{"webhook", target_->to.name}});
    condition_.failing = false;
    if (was_bad)
        for (auto& other : window_)
            if (other.attempts == 0) other.next_at = {};
}

void courier::runner::failed(item& one, const base::error& why) {
    const std::scoped_lock held(mutex_);
    const auto now = of_.with_.clock->now();
    ++failures_;
    ++one.tries;
    one.error = why.words;
    condition_.error = why.words;
    condition_.error_at = now;
    if (is_of_the_address(why.what)) {
        down_ = true;
        resume_at_ = now + of_.backoff(failures_);
    } else {
        if (one.tries > 1 && successes_ > one.passed) ++one.attempts;
        one.passed = successes_;
        one.next_at = now + of_.backoff(one.tries);
    }
    if (!condition_.failing)
        of_.with_.log->warning("webhook_failing", one.what->correlation,
                               {{"webhook", target_->to.name}, {"event", one.what->key}, {"reason", why.words}});
    condition_.failing = true;
}

void courier::runner::give_up(const item& one, const std::string& why) {
    of_.with_.log->error(
        "webhook_gave_up", one.what->correlation,
        {{"webhook", to()->to.name}, {"event", one.what->key}, {"topic", one.what->topic}, {"reason", why}});
    const std::scoped_lock held(mutex_);
    ++condition_.given_up;
    condition_.lost.push_back({one.what->key, one.what->topic, one.what->at, why});
    if (condition_.lost.size() > lost_kept) condition_.lost.erase(condition_.lost.begin());
}

void courier::runner::settle() {
    for (auto& one : window_)
        if (!one.done && one.attempts >= of_.how_.attempts_max) {
            give_up(one, one.error);
            one.done = true;
        }
    std::erase_if(window_, [](const item& one) { return one.done; });
    const std::scoped_lock held(mutex_);
    position_ = window_.empty() ? read_to_ : window_.front().what->position - 1;
    condition_.waiting_since = window_.empty() ? instant{} : window_.front().what->at;
    if (window_.empty()) condition_.failing = false;
}

// ------------------------------------------------------------------------------------------------ all of them

courier::courier(parts with, courier_settings how) : with_(std::move(with)), how_(how) {}

courier::~courier() { stop(); }

base::duration courier::backoff(int failures) {
    auto out = how_.backoff_first;
    for (int i = 1; i < failures && out < how_.backoff_max; ++i) out *= 2;
    return std::min(out, how_.backoff_max);
}

result<void> courier::start() {
    TRY(horizons, with_.journal->horizons());
    for (const auto& one : horizons)
        if (one.destination == static_cast<int>(domain::destination::webhook)) settled_ = one.position;
    for (const auto& one : with_.fixed) {
        auto what = std::make_shared<target>();
        what->id = one.to.name;
        what->to = one.to;
        what->topics = one.topics;
        what->fixed = true;
        CHECK(add(std::move(what), {}));
    }
    look();
    keeper_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void courier::stop() {
    if (keeper_.joinable()) {
        keeper_.request_stop();
        keeper_.join();
    }
    std::vector<std::shared_ptr<runner>> all;
    {
        const std::scoped_lock held(mutex_);
        all = runners_;
    }
    for (const auto& one : all) one->request_stop();
    for (const auto& one : all) one->join();
    if (!all.empty()) note_places();
    const std::scoped_lock held(mutex_);
    runners_.clear();
}

void courier::run(const std::stop_token& stop) {
    base::name_this_thread("kl-hooks");
    while (!stop.stop_requested()) {
        {
            std::unique_lock held(mutex_);
            wake_.wait_for(held, stop, look_every, [] { return false; });
        }
        look();
        note_places();
    }
}

void courier::poke() {
    {
        const std::scoped_lock held(mutex_);
        ++pokes_;
    }
    wake_.notify_all();
}

/// A place is noted before anything is sent: whoever is killed in the first second does not begin anew.
result<void> courier::add(std::shared_ptr<const target> what, instant since) {
    place at;
    TRY(noted, with_.notes->read(note_of(what->id)));
    if (noted) {
        TRY(read, base::from_json<place>(*noted));
        at = std::move(read);
    } else {
        if (what->fixed) {
            at.position = settled_;
        } else {
            TRY(position, position_at(since));
            at.position = position;
        }
        CHECK(with_.notes->write({{note_of(what->id), base::to_json(at)}}));
    }
    auto made = std::make_shared<runner>(*this, std::move(what), std::move(at));
    {
        const std::scoped_lock held(mutex_);
        runners_.push_back(made);
    }
    made->start();
    return {};
}

result<std::shared_ptr<const courier::target>> courier::target_of(const domain::webhook& one) {
    auto out = std::make_shared<target>();
    out->id = one.id;
    out->to.name = one.to.name;
    out->to.url = one.to.url;
    out->topics = one.to.topics;
    out->as = one.to.as;
    out->paused = static_cast<bool>(one.paused_at);
    out->replays = one.replays;
    out->replay_from = one.replay_from;
    std::vector<std::string> kinds{one.secret};
    if (one.signs_with_both(with_.clock->now())) kinds.push_back(one.secret_before);
    for (const auto& kind : kinds) {
        TRY(sealed, with_.vault->open(one.id, kind));
        auto key = base::from_base64(sealed);
        if (!key) return refuse(code::journal_broken, "A webhook's secret cannot be read.");
        out->to.secrets.push_back(std::move(*key));
    }
    return out;
}

/// What the journal has now: new ones begin, changed ones go on otherwise, deleted ones end.
void courier::look() {
    const std::scoped_lock one_at_a_time(look_mutex_);
    const auto view =
        engine::load_view(*with_.journal, credential_stream(domain::role::admin, domain::webhook_holder()));
    if (!view || !*view) return;
    const auto now = with_.clock->now();
    if ((*view)->version == seen_version_ && (!look_again_at_ || now < look_again_at_)) return;
    bool whole = true;
    instant again;
    const auto& all = (*view)->credential().webhooks;
    for (const auto& one : all) {
        auto made = target_of(one);
        if (one.signs_with_both(now) && (!again || one.before_until < again)) again = one.before_until;
        if (!made) {
            whole = false;
            with_.log->error("webhook_unreadable", "", {{"webhook", one.to.name}, {"reason", made.error().words}});
            continue;
        }
        if (const auto known = find(one.id)) {
            known->set(std::move(*made));
        } else if (auto added = add(std::move(*made), one.since); !added) {
            whole = false;
            with_.log->error("webhook_not_begun", "", {{"webhook", one.to.name}, {"reason", added.error().words}});
        }
    }
    seen_version_ = whole ? (*view)->version : 0;
    look_again_at_ = again;
    std::vector<std::shared_ptr<runner>> gone;
    {
        const std::scoped_lock held(mutex_);
        std::erase_if(runners_, [&](const std::shared_ptr<runner>& one) {
            const auto to = one->to();
            if (to->fixed || domain::find_webhook(all, to->id) != nullptr) return false;
            gone.push_back(one);
            return true;
        });
    }
    for (const auto& one : gone) {
        one->request_stop();
        one->join();
        static_cast<void>(with_.notes->write({{note_of(one->to()->id), ""}}));
        static_cast<void>(with_.vault->erase(one->to()->id));
    }
}

void courier::note_places() {
    std::vector<std::shared_ptr<runner>> all;
    {
        const std::scoped_lock held(mutex_);
        all = runners_;
    }
    std::vector<port::notebook::note> out;
    for (const auto& one : all) {
        const auto id = one->to()->id;
        auto text = base::to_json(one->at());
        const auto noted = noted_.find(id);
        if (noted == noted_.end() || noted->second != text) out.emplace_back(note_of(id), text);
        noted_[id] = std::move(text);
    }
    if (out.empty()) return;
    if (auto written = with_.notes->write(out); !written) {
        with_.log->warning("webhook_places_unwritten", "", {{"reason", written.error().words}});
        noted_.clear();
    }
}

std::shared_ptr<courier::runner> courier::find(const std::string& id) const {
    const std::scoped_lock held(mutex_);
    for (const auto& one : runners_)
        if (one->to()->id == id) return one;
    return nullptr;
}

std::vector<webhook_condition> courier::conditions() const {
    const std::scoped_lock held(mutex_);
    std::vector<webhook_condition> out;
    for (const auto& one : runners_) out.push_back(one->condition());
    return out;
}

std::vector<std::string> courier::troubles() const {
    std::vector<std::string> out;
    for (const auto& one : conditions())
        if (one.failing) out.push_back(one.error);
    return out;
}

result<sent_once> courier::send_once(const runner& to, std::string event, std::string body) {
    const auto began = std::chrono::steady_clock::now();
    const auto sent = with_.sender->send(to.to()->to, {event, std::move(body), ""});
    sent_once out;
    out.event = std::move(event);
    out.delivered = sent.has_value();
    if (!sent) out.error = sent.error().words;
    out.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    return out;
}

result<sent_once> courier::try_out(const std::string& id, const std::string& event) {
    const auto to = find(id);
    if (to == nullptr) return refuse(code::not_found, "There is no such webhook.");
    return send_once(*to, event, webhook_body(test_topic, with_.clock->now(), {{"webhook", id}}, to->to()->as));
}

result<sent_once> courier::send_again(const std::string& id, const std::string& event) {
    const auto to = find(id);
    if (to == nullptr) return refuse(code::not_found, "There is no such webhook.");
    const auto how = to->to();
    TRY(after, position_at(with_.clock->now() - how_.keep));
    for (int i = 0; i < searched_pages; ++i) {
        TRY(found, read(after, page_limit));
        for (const auto& one : found->what)
            if (one->key == event && is_told(how->topics, how->as, one->topic))
                return send_once(*to, event, webhook_body(one->topic, one->at, one->members, how->as));
        if (found->end == after) break;
        after = found->end;
    }
    return refuse(code::not_found, "No such event of the last days is one that this webhook hears of.");
}

}  // namespace keepline::desk
