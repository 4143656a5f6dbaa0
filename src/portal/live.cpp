#include "portal/live.hpp"

#include "base/json.hpp"
#include "http/event_streams.hpp"
#include "port/tail.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

namespace keepline::portal {

namespace {

using base::code;

std::string part_event(const std::string& version, const std::string& html) {
    return "event: part\ndata: " + boost::json::serialize(boost::json::object{{"version", version}, {"html", html}}) +
           "\n\n";
}

struct stream : http::event_stream {
    std::string session;  // digest
    std::string bearer;
    live_streams::followed of;
    bool asking = false;  // its part is on the way
};
using stream_ptr = std::shared_ptr<stream>;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::string header_named(const http::response& of, std::string_view name) {
    const auto found = std::ranges::find(of.headers, name, &http::header::name);
    return found == of.headers.end() ? std::string() : found->value;
}

}  // namespace

/// The thread and what lives on it. Held by each request that it sends, which may be answered after all is over.
class live_streams::hub : public std::enable_shared_from_this<hub> {
 public:
    using steady = http::event_stream::steady;

    hub(const services& house, std::function<void(http::exchange_ptr)> serves)
        : house_(house),
          serves_(std::move(serves)),
          how_(house.how.live),
          streams_(how_, "kl-live", [this](const auto& all) {
              for (const auto& one : all) look(one);
          }) {}

    void start() {
        if (auto* tail = house_.at.shared().with.tail) hears_ = tail->listen([this] { streams_.ring(); });
        streams_.start();
    }

    void stop() {
        hears_.reset();
        streams_.stop();
    }

    result<std::shared_ptr<http::body_source>> open(const visit& by, followed what) {
        auto source = std::make_shared<http::event_source>(0);  // who reads slowly gets the latest part only
        auto made = std::make_shared<stream>();
        made->asked = by.in();
        made->session = by.who->digest;
        made->bearer = "Bearer " + by.session;
        made->of = std::move(what);
        source->beat();  // before anybody else says something
        CHECK(streams_.add(std::move(made), source,
                           [session = by.who->digest](const stream& other) { return other.session == session; }));
        return source;
    }

    std::size_t count() const { return streams_.count(); }

    void post(std::function<void()> work, steady::time_point at) { streams_.post(std::move(work), at); }

    void take(const stream_ptr& of, const http::response& part) {
        of->asking = false;
        const auto to = of->to.lock();
        if (!to) return;
        constexpr int ours = 500;
        constexpr int no_content = 204;
        if (part.status >= ours) return;  // the next look asks again
        if (part.status != 200 && part.status != no_content) return streams_.leave(of, http::stream_over::ended);
        const auto version = header_named(part, "Part-Version");
        of->of.seen = number_of(version);
        if (part.status != 200) return;
        const auto event = part_event(version, part.body);
        to->say(event, event);
    }

 private:
    /// A request that no socket sent.
    class question final : public http::exchange {
     public:
        question(std::shared_ptr<hub> on, stream_ptr of) : on_(std::move(on)), of_(std::move(of)) { in = of_->asked; }
        void run(std::function<void()> work) override { on_->post(std::move(work), steady::now()); }
        void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
            on_->post(std::move(work), steady::now() + pause);
        }
        void reply(http::response answer) override { on_->take(of_, answer); }

     private:
        std::shared_ptr<hub> on_;
        stream_ptr of_;
    };

    void look(const stream_ptr& one) {
        const auto now = steady::now();
        if (now >= one->ends) return streams_.leave(one, http::stream_over::renewed);
        if (now >= one->beats) {
            one->beats = now + how_.beat;
            const auto who = house_.at.admit(one->bearer, one->asked.peer, desk::at_door::looks);
            if (!who && who.error().what == code::unauthenticated) return streams_.leave(one, http::stream_over::ended);
            if (const auto to = one->to.lock()) to->beat();
        }
        if (one->asking) return;
        const auto is = house_.at.shared().with.core->read(one->of.key);
        if (!is || (*is)->revision() == one->of.seen) return;
        one->asking = true;
        one->asked.target = one->of.part + "?seen=" + std::to_string(one->of.seen);
        serves_(std::make_shared<question>(shared_from_this(), one));
    }

    const services& house_;
    const std::function<void(http::exchange_ptr)> serves_;
    const live_limits how_;
    std::shared_ptr<void> hears_;

    http::event_streams<stream> streams_;  // its thread ends first
};

live_streams::live_streams(const services& house, std::function<void(http::exchange_ptr)> serves)
    : hub_(std::make_shared<hub>(house, std::move(serves))) {
    hub_->start();
}

live_streams::~live_streams() { stop(); }

result<std::shared_ptr<http::body_source>> live_streams::open(const visit& by, followed what) {
    return hub_->open(by, std::move(what));
}

std::size_t live_streams::count() const { return hub_->count(); }

void live_streams::stop() { hub_->stop(); }

}  // namespace keepline::portal
