#include "api/live.hpp"

#include "api/staff_cookie.hpp"
#include "base/json.hpp"
#include "desk/changes.hpp"
#include "desk/use_cases.hpp"
#include "http/event_streams.hpp"
#include "port/tail.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

namespace keepline::api {

using base::code;

namespace following {

std::string again_event(const std::string& at) { return "event: again\nid: " + at + "\ndata:\n\n"; }

std::string changed_event(const std::string& at, const desk::changed& what) {
    std::string out = "event: changed\nid: " + at + "\ndata: {\"kind\":";
    base::write_string(out, what.kind);
    out += ",\"id\":";
    base::write_string(out, what.id);
    return out + ",\"version\":" + std::to_string(what.version) + "}\n\n";
}

struct stream : http::event_stream {
    domain::actor who;      // whose it is
    std::int64_t upto = 0;  // told up to here
};
using stream_ptr = std::shared_ptr<stream>;

}  // namespace following

/// The thread and what lives on it.
class live_streams::hub {
 public:
    using stream = following::stream;
    using stream_ptr = following::stream_ptr;
    using steady = http::event_stream::steady;

    hub(const services& of, live_limits how)
        : of_(of),
          how_(how),
          instance_(of.at.shared().with.random->token(instance_bytes)),
          streams_(how, "kl-staff-live", [this](const auto& all) { look(all); }) {}

    void stop() {
        std::call_once(started_, [] {});
        hears_.reset();
        streams_.stop();
    }

    result<std::shared_ptr<body_source>> open(const call& by, std::string_view known) {
        std::call_once(started_, [this] { start(); });
        TRY(last, core().last_position());
        auto source = std::make_shared<http::event_source>(how_.unread_max);
        auto made = std::make_shared<stream>();
        made->asked = by.in();
        made->who = by.who.who;
        const auto from = known_place(known, last);
        made->upto = from.value_or(last);
        // Before anybody else says something: the first bytes show that it is open.
        if (!known.empty() && !from)
            source->say(following::again_event(place(last)), {});
        else
            source->beat();
        CHECK(streams_.add(std::move(made), source,
                           [who = by.who.who](const stream& other) { return domain::counted_as_one(other.who, who); }));
        return source;
    }

    std::size_t count() const { return streams_.count(); }

 private:
    static constexpr std::size_t instance_bytes = 6;

    engine::front& core() const { return *of_.at.shared().with.core; }

    /// A place is this server's: after a start, or a restore, numbers may mean something else. Too far back is as good
    /// as unknown.
    std::string place(std::int64_t position) const { return instance_ + "." + std::to_string(position); }
    std::optional<std::int64_t> known_place(std::string_view known, std::int64_t last) const {
        const auto dot = known.rfind('.');
        if (dot == std::string_view::npos || known.substr(0, dot) != instance_) return std::nullopt;
        const auto digits = known.substr(dot + 1);
        std::int64_t out = 0;
        const auto [stopped, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        const bool is_number = failure == std::errc() && stopped == digits.data() + digits.size();
        if (!is_number || out < 0 || out > last || last - out > static_cast<std::int64_t>(how_.entries_max))
            return std::nullopt;
        return out;
    }

    void start() {
        if (auto* tail = of_.at.shared().with.tail) hears_ = tail->listen([this] { streams_.ring(); });
        streams_.start();
    }

    // -- on the thread
    void look(const std::vector<stream_ptr>& all) {
        tell_effects(all);
        tell_changes(all);
        const auto now = steady::now();
        for (const auto& one : all) {
            if (now >= one->ends) {
                streams_.leave(one, http::stream_over::renewed);
            } else if (now >= one->beats) {
                one->beats = now + how_.beat;
                if (const auto to = one->to.lock(); to && still_may(one)) to->beat();
            }
        }
    }

    /// False: it has ended.
    bool still_may(const stream_ptr& one) {
        const auto who = admitted(of_, one->asked, desk::at_door::looks);
        const result<void> may =
            who ? desk::check_role(desk::use::follow_changes, *who) : result<void>(std::unexpected(who.error()));
        if (may) return true;
        if (may.error().what != code::unauthenticated && may.error().what != code::forbidden) return true;  // not said
        streams_.leave(one, http::stream_over::ended);
        return false;
    }

    void tell(const stream_ptr& one, const std::vector<desk::changed>& what, const std::string& at) {
        std::string out;
        for (const auto& each : what)
            if (desk::is_in(each.to, one->who.as)) out += following::changed_event(at, each);
        if (out.empty()) return;
        if (const auto to = one->to.lock()) to->say(std::move(out), following::again_event(at));
    }

    /// How many failed and are tried again stands beside the journal: asked for with each look that nothing rang for.
    void tell_effects(const std::vector<stream_ptr>& all) {
        const auto now = steady::now();
        if (now < effects_at_) return;
        effects_at_ = now + how_.look;
        const auto is = core().count_failed();
        if (!is) return;
        const bool first = !failed_;
        if (failed_ == *is) return;
        failed_ = *is;
        if (first) return;
        for (const auto& one : all) tell(one, {desk::effects_changed()}, place(one->upto));
    }

    /// From the place of whoever is farthest behind; who is further hears the rest of it.
    void tell_changes(const std::vector<stream_ptr>& all) {
        const auto last = core().last_position();
        if (!last) return;
        std::vector<stream_ptr> wants;
        for (const auto& one : all) {
            if (*last - one->upto > static_cast<std::int64_t>(how_.entries_max)) {
                if (const auto to = one->to.lock()) {
                    const auto again = following::again_event(place(*last));
                    to->say(again, again);
                }
                one->upto = *last;
                streams_.rest(how_.rest);
            } else if (one->upto < *last) {
                wants.push_back(one);
            }
        }
        if (wants.empty()) return;
        const auto from = (*std::ranges::min_element(wants, {}, &stream::upto))->upto;
        const auto entries = core().changes(from, how_.entries_max);
        if (!entries || entries->empty()) return;
        const auto holders = [](const port::change& one) { return one.of.kind == port::stream_kind::credential; };
        if (std::ranges::any_of(*entries, holders))  // a session may have ended, a token been revoked
            std::erase_if(wants, [&](const stream_ptr& one) { return !still_may(one); });
        const auto upto = entries->back().position;
        const auto what = desk::changes_in(core(), *entries);
        for (const auto& one : wants) {
            if (one->upto == from) {
                tell(one, what, place(upto));
            } else {
                auto own = *entries;
                std::erase_if(own, [&](const port::change& each) { return each.position <= one->upto; });
                tell(one, desk::changes_in(core(), own), place(upto));
            }
            one->upto = std::max(one->upto, upto);
        }
    }

    const services& of_;
    const live_limits how_;
    const std::string instance_;  // begins the places of this server
    std::shared_ptr<void> hears_;

    // -- of the thread
    std::optional<port::failed_counts> failed_;
    steady::time_point effects_at_{};

    std::once_flag started_;
    http::event_streams<stream> streams_;  // its thread ends first
};

live_streams::live_streams(const services& of, live_limits how) : hub_(std::make_shared<hub>(of, how)) {}

live_streams::~live_streams() { stop(); }

result<std::shared_ptr<body_source>> live_streams::open(const call& by, std::string_view known) {
    return hub_->open(by, known);
}

std::size_t live_streams::count() const { return hub_->count(); }

void live_streams::stop() { hub_->stop(); }

}  // namespace keepline::api
