#include "desk/courier.hpp"

#include "base/thread_name.hpp"
#include "desk/token_register.hpp"
#include "desk/topics.hpp"
#include "engine/history.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr auto look_every = std::chrono::milliseconds{500};
constexpr auto ask_again = std::chrono::milliseconds{10};  // whether the last message has gone

std::string note_of(const std::string& id) { return "webhook." + id; }

}  // namespace

courier::courier(parts with, courier_settings how)
    : with_(std::move(with)), how_(how), news_(*with_.journal, *with_.log) {}

courier::~courier() { stop(); }

result<void> courier::start() {
    TRY(horizons, with_.journal->horizons());
    for (const auto& one : horizons)
        if (one.destination == static_cast<int>(domain::destination::webhook)) settled_ = one.position;
    for (const auto& one : with_.fixed) {
        auto what = std::make_shared<aimed_webhook>();
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
    end_errands();
    if (keeper_.joinable()) {
        keeper_.request_stop();
        keeper_.join();
    }
    auto those = all();
    {
        const std::scoped_lock held(mutex_);
        those.insert(those.end(), leaving_.begin(), leaving_.end());
    }
    for (const auto& one : those) one->request_stop();
    const auto until = std::chrono::steady_clock::now() + how_.last_call;
    while (std::chrono::steady_clock::now() < until && !std::ranges::all_of(those, &webhook_runner::has_ended))
        std::this_thread::sleep_for(ask_again);
    for (const auto& one : those) one->hang_up();
    for (const auto& one : those) one->join();
    if (!those.empty()) note_places();
    const std::scoped_lock held(mutex_);
    runners_.clear();
    leaving_.clear();
}

void courier::run(const std::stop_token& stop) {
    base::name_this_thread("kl-hooks");
    while (!stop.stop_requested()) {
        try {
            {
                std::unique_lock held(mutex_);
                keeper_wake_.wait_for(held, stop, look_every, [] { return false; });
            }
            look();
            note_places();
            forget_ended();
        } catch (const std::exception&) {  // out of memory, say: at the next turn
            std::this_thread::sleep_for(look_every);
        }
    }
}

// ------------------------------------------------------------------------------------------------ who there is

/// One that the configuration has again after months, or for the first time, does not go through everything that is too
/// old to be sent, one piece of news after the other.
result<void> courier::leave_out_old(const aimed_webhook& what, webhook_place& at) {
    const auto oldest = with_.clock->now() - how_.keep;
    TRY(from, news_.position_at(oldest));
    if (from <= at.position) return {};
    with_.log->warning("webhook_begins_later", "",
                       {{"webhook", what.to.name},
                        {"from", base::iso(oldest)},
                        {"reason", "what happened before is too old to be sent, and is not counted as given up"}});
    at.position = from;
    return {};
}

/// A place is noted before anything is sent: whoever is killed in the first second does not begin anew.
result<void> courier::add(aimed_ptr what, instant since) {
    webhook_place at;
    TRY(noted, with_.notes->read(note_of(what->id)));
    if (noted) {
        TRY(read, base::from_json<webhook_place>(*noted));
        at = std::move(read);
    } else if (what->fixed) {
        at.position = settled_;
    } else {
        TRY(position, news_.position_at(since));
        at.position = position;
    }
    if (what->fixed) CHECK(leave_out_old(*what, at));
    if (!noted) CHECK(with_.notes->write({{note_of(what->id), base::to_json(at)}}));
    auto made = std::make_shared<webhook_runner>(
        webhook_runner::parts{&news_, &bell_, with_.clock, with_.log, with_.sender, how_}, std::move(what),
        std::move(at));
    {
        const std::scoped_lock held(mutex_);
        runners_.push_back(made);
    }
    made->start();
    return {};
}

result<std::vector<base::bytes>> courier::secrets_of(const domain::webhook& one) {
    std::vector<base::bytes> out;
    const auto open = [&](const std::string& kind) -> result<void> {
        TRY(sealed, with_.vault->open(one.id, kind));
        auto key = base::from_base64(sealed);
        if (!key) return refuse(code::journal_broken, "The webhook's secret cannot be read.");
        out.push_back(std::move(*key));
        return {};
    };
    CHECK(open(one.secret));
    if (!one.signs_with_both(with_.clock->now())) return out;
    const auto before = open(one.secret_before);
    if (!before && before.error().what != code::not_found) return std::unexpected(before.error());  // it has ended
    return out;
}

aimed_ptr courier::aimed(const domain::webhook& one) {
    auto out = std::make_shared<aimed_webhook>();
    out->id = one.id;
    out->to.name = one.to.name;
    out->to.url = one.to.url;
    out->topics = one.to.topics;
    out->as = one.to.as;
    out->paused = static_cast<bool>(one.paused_at);
    out->replays = one.replays;
    out->replay_from = one.replay_from;
    out->aimed_at = one.changed_at;
    auto secrets = secrets_of(one);
    if (secrets)
        out->to.secrets = std::move(*secrets);
    else
        out->broken = "Nothing is sent, because its secret cannot be opened: " + secrets.error().words;
    return out;
}

/// `whole`: becomes false where it must be looked at again.
void courier::take_up(const domain::webhook& one, bool& whole) {
    auto made = aimed(one);
    if (made->broken.empty()) {
        broken_told_.erase(one.id);
    } else {
        whole = false;
        if (broken_told_.insert(one.id).second)
            with_.log->error("webhook_unreadable", "", {{"webhook", one.to.name}, {"reason", made->broken}});
    }
    if (const auto known = find(one.id)) return known->aim(std::move(made));
    if (const auto added = add(std::move(made), one.since); !added) {
        whole = false;
        if (broken_told_.insert(one.id).second)
            with_.log->error("webhook_not_begun", "", {{"webhook", one.to.name}, {"reason", added.error().words}});
    }
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
    const auto& those = (*view)->credential().webhooks;
    for (const auto& one : those) {
        if (one.signs_with_both(now) && (!again || one.before_until < again)) again = one.before_until;
        take_up(one, whole);
    }
    seen_version_ = whole ? (*view)->version : 0;
    look_again_at_ = again;
    std::vector<std::shared_ptr<webhook_runner>> gone;
    {
        const std::scoped_lock held(mutex_);
        std::erase_if(runners_, [&](const std::shared_ptr<webhook_runner>& one) {
            const auto to = one->to();
            if (to->fixed || domain::find_webhook(those, to->id) != nullptr) return false;
            gone.push_back(one);
            return true;
        });
    }
    let_go(std::move(gone));
    bell_.ring();
}

/// Of those that were deleted nothing is noted any more. Their secrets leave the vault by the engine (forget_webhook).
void courier::let_go(std::vector<std::shared_ptr<webhook_runner>> gone) {
    for (const auto& one : gone) {
        one->request_stop();
        one->hang_up();
        const std::scoped_lock held(notes_mutex_);
        const auto id = one->to()->id;
        static_cast<void>(with_.notes->write({{note_of(id), ""}}));
        noted_.erase(id);
    }
    const std::scoped_lock held(mutex_);
    leaving_.insert(leaving_.end(), std::make_move_iterator(gone.begin()), std::make_move_iterator(gone.end()));
}

void courier::forget_ended() {
    std::vector<std::shared_ptr<webhook_runner>> ended;  // joined without the lock
    const std::scoped_lock held(mutex_);
    std::erase_if(leaving_, [&](const std::shared_ptr<webhook_runner>& one) {
        if (!one->has_ended()) return false;
        ended.push_back(one);
        return true;
    });
}

void courier::note_places() {
    const std::scoped_lock held(notes_mutex_);
    std::vector<port::notebook::note> out;
    for (const auto& one : all()) {
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

std::vector<std::shared_ptr<webhook_runner>> courier::all() const {
    const std::scoped_lock held(mutex_);
    return runners_;
}

std::shared_ptr<webhook_runner> courier::find(const std::string& id) const {
    for (auto& one : all())
        if (one->to()->id == id) return one;
    return nullptr;
}

std::vector<webhook_condition> courier::conditions() const {
    std::vector<webhook_condition> out;
    for (const auto& one : all()) out.push_back(one->condition());
    return out;
}

bool courier::has_told_everything() const {
    return std::ranges::all_of(all(), [&](const auto& one) {
        const auto to = one->to();
        if (to->paused || !to->broken.empty() || one->condition().failing) return true;
        const auto untold = with_.journal->outbox(one->at().position, 1);
        return untold && untold->empty();
    });
}

std::vector<std::string> courier::troubles() const {
    std::vector<std::string> out;
    for (const auto& one : conditions())
        if (one.failing) out.push_back(one.error);
    return out;
}

// ------------------------------------------------------------------------------------------------ errands

/// The only one of its webhook, until it goes.
class courier::errand {
 public:
    static result<std::unique_ptr<errand>> begin(courier& of, const std::string& id) {
        const auto to = of.find(id);
        if (to == nullptr) return refuse(code::not_found, "There is no such webhook.");
        const std::scoped_lock held(of.mutex_);
        if (!of.asked_.insert(id).second) return busy();
        return std::unique_ptr<errand>(new errand(of, id, to->to()));
    }
    ~errand() {
        const std::scoped_lock held(of_.mutex_);
        of_.asked_.erase(id_);
    }
    errand(const errand&) = delete;
    errand& operator=(const errand&) = delete;
    const aimed_webhook& to() const { return *to_; }

    static std::unexpected<base::error> busy() {
        return refuse(code::too_many, "A message that was asked for is on its way to this webhook; wait for its end.");
    }

 private:
    errand(courier& of, std::string id, aimed_ptr to) : of_(of), id_(std::move(id)), to_(std::move(to)) {}
    courier& of_;
    const std::string id_;
    const aimed_ptr to_;
};

result<void> courier::is_free(const std::string& id) const {
    const std::scoped_lock held(mutex_);
    if (asked_.contains(id)) return errand::busy();
    return {};
}

result<sent_once> courier::send_once(const aimed_webhook& to, std::string event, std::string body) {
    if (errands_.stop_requested()) return refuse(code::unavailable, "The server is being stopped.");
    sent_once out;
    out.event = std::move(event);
    out.error = to.broken;
    if (!to.broken.empty()) return out;
    const auto began = std::chrono::steady_clock::now();
    const auto sent = with_.sender->send(to.to, {out.event, std::move(body), "", errands_.get_token()});
    out.delivered = sent.has_value();
    if (!sent) out.error = sent.error().words;
    out.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
    return out;
}

result<sent_once> courier::try_out(const std::string& id, const std::string& event) {
    TRY(one, errand::begin(*this, id));
    const auto& to = one->to();
    return send_once(to, event, webhook_body(test_topic, with_.clock->now(), {{"webhook", id}}, to.as));
}

result<sent_once> courier::send_again(const std::string& id, const std::string& event) {
    TRY(one, errand::begin(*this, id));
    const auto& to = one->to();
    TRY(found, news_.find(event, with_.clock->now() - how_.keep, errands_.get_token()));
    if (found->at < to.aimed_at)
        return refuse(code::not_found, "This happened before two administrators aimed the webhook, at " +
                                           base::iso(to.aimed_at) + ", and is not sent to it.");
    if (!is_told(to.topics, to.as, found->topic))
        return refuse(code::not_found, "This webhook hears nothing of `" + found->topic + "`.");
    return send_once(to, event, webhook_body(found->topic, found->at, found->members, to.as));
}

}  // namespace keepline::desk
