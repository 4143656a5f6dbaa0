#include "hotline/conversation.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

#include <boost/mp11.hpp>

namespace keepline::hotline {

namespace {

constexpr std::size_t call_ends = boost::mp11::mp_size<boost::describe::describe_enumerators<port::call_end>>::value;
constexpr int gap_ms = 120;    // between pieces
constexpr int pause_ms = 350;  // between groups of digits

port::call_sound silence_of(int ms) {
    return std::make_shared<const samples>(static_cast<std::size_t>(narrow_rate / 1'000 * ms), std::int16_t{0});
}

/// A call's thread, as the desk knows it.
class line_thread final : public desk::executor {
 public:
    explicit line_thread(std::shared_ptr<port::call_line> line) : line_(std::move(line)) {}
    void run(std::function<void()> work) override { line_->run(std::move(work)); }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        line_->run_after(pause, std::move(work));
    }

 private:
    std::shared_ptr<port::call_line> line_;
};

std::string_view words_for(proof known) {
    switch (known) {
        case proof::nothing: return "nothing";
        case proof::weak: return "weak";
        case proof::reach: return "reach";
    }
    return {};
}

}  // namespace

struct switchboard::house {
    desk::desk& at;
    spoken_dialogue way;
    loaded_takes takes;
    hotline_settings how;
    port::call_sound gap = silence_of(gap_ms);
    port::call_sound pause = silence_of(pause_ms);
    std::array<std::atomic<std::uint64_t>, call_ends> ended{};  // by port::call_end
};

namespace {

/// What is left of a conversation when its call is over is not called any more: everything that comes later holds it
/// weakly.
template <typename House>
class conversation : public std::enable_shared_from_this<conversation<House>> {
 public:
    conversation(std::shared_ptr<House> house, std::shared_ptr<port::call_line> line, const port::call_facts& of,
                 std::shared_ptr<door> with)
        : house_(std::move(house)),
          line_(std::move(line)),
          door_(std::move(with)),
          call_(of.id),
          began_(house_->at.shared().with.clock->now()) {}

    void answered() {
        is_answered_ = true;
        go(begin(house_->way, house_->how.languages, !house_->how.agents.empty()));
    }
    void answered_by(const switchboard::outgoing& of) {
        is_answered_ = true;
        line_->run_after(of.most, [line = line_] { line->hang_up(); });
        go(begin_call_back(house_->way, of.language, {{"number_tail", of.number_tail}}));
    }
    void key(char pressed) { hear(heard::key{pressed}); }
    void played(std::uint64_t number) {
        if (number != playing_) return;
        playing_ = 0;
        after_speaking();
    }
    void transfer_failed() { hear(heard::no_person{}); }
    void gone(port::call_end why) {
        ++timer_;
        const auto at = now_.at;
        const auto known = now_.known;
        now_ = step(house_->way, std::move(now_), heard::gone{}).next;
        const auto lasted =
            std::chrono::duration_cast<std::chrono::seconds>(house_->at.shared().with.clock->now() - began_);
        const std::string outcome = boost::describe::enum_to_string(why, "");
        if (is_answered_) {
            ++house_->ended[static_cast<std::size_t>(why)];
            door_->end({at, outcome, std::max<std::int64_t>(0, lasted.count()), now_.entries});
        }
        house_->at.shared().with.log->info("hotline_call_ended", call_,
                                           {{"state", at},
                                            {"known", std::string(words_for(known))},
                                            {"entries", std::to_string(now_.entries)},
                                            {"seconds", std::to_string(lasted.count())},
                                            {"why", outcome}});
    }

 private:
    void hear(const input& what) { go(step(house_->way, now_, what)); }

    void go(stepped next) {
        if (is_cut(next)) next = step(house_->way, std::move(next.next), heard::unheard{});
        now_ = std::move(next.next);
        auto& out = next.out;
        const auto says = std::exchange(out.say, {});
        if (out.stop_speaking && says.empty() && playing_ != 0) {
            playing_ = 0;
            line_->stop_playing();
        }
        if (out.listen || out.ask || out.hand_over || out.hang_up) {
            ++timer_;
            then_ = std::move(out);
        }
        if (then_.ask) ask(*std::exchange(then_.ask, {}));
        if (!says.empty()) return speak(says);
        if (playing_ == 0) after_speaking();
    }
    /// Without any recordings nothing is heard at all, and whoever set it up knows.
    bool is_cut(const stepped& next) const {
        const auto* at = house_->way.way.find(next.next.at);
        if (at == nullptr || !at->whole || house_->takes.is_empty()) return false;
        return std::ranges::any_of(next.out.say, [this](const utterance& one) {
            return std::ranges::any_of(pieces_of(house_->way, one), [this](const piece& part) {
                return part.id != pause_piece && house_->takes.find(part) == nullptr;
            });
        });
    }
    void speak(const std::vector<utterance>& all) {
        std::vector<port::call_sound> sounds;
        for (const auto& one : all)
            for (const auto& part : pieces_of(house_->way, one)) {
                const auto take = part.id == pause_piece ? house_->pause : house_->takes.find(part);
                if (take == nullptr) continue;
                sounds.push_back(take);
                sounds.push_back(house_->gap);
            }
        if (sounds.empty()) sounds.push_back(house_->gap);
        playing_ = ++plays_;
        line_->play(std::move(sounds), playing_);
    }
    /// What was waited for until everything is said.
    void after_speaking() {
        if (held_) return answer(*std::exchange(held_, {}));
        const auto next = std::exchange(then_, {});
        if (next.hang_up) return line_->hang_up();
        if (next.hand_over) return hand_over();
        if (!next.listen) return;
        const auto mine = ++timer_;
        line_->run_after(std::chrono::seconds{next.listen->wait_s}, [weak = this->weak_from_this(), mine] {
            const auto self = weak.lock();
            if (self && self->timer_ == mine) self->hear(heard::silence{});
        });
    }
    /// Which call, and which case was spoken of. What was proved stands in no header: whoever reaches the agents can
    /// write one (docs/hotline-trunk.md), so they ask as of anybody.
    void hand_over() {
        port::call_transfer to{house_->how.agents, "Keepline", {}};
        to.headers.emplace_back("X-Keepline-Call", call_);
        if (!door_->case_reference().empty()) to.headers.emplace_back("X-Keepline-Case", door_->case_reference());
        line_->transfer(to);
    }

    // -- the desk

    void ask(const question& what) {
        door_->ask(what, [weak = this->weak_from_this()](heard::answer told) {
            const auto self = weak.lock();
            if (!self) return;
            self->line_->run([weak, told = std::move(told)]() mutable {
                if (const auto same = weak.lock()) same->answer_when_said(std::move(told));
            });
        });
    }
    /// Nothing that was said is cut by what comes next.
    void answer_when_said(heard::answer told) {
        if (playing_ != 0)
            held_ = std::move(told);
        else
            answer(std::move(told));
    }
    void answer(heard::answer told) { hear(std::move(told)); }

    static constexpr std::string_view pause_piece = "pause";

    std::shared_ptr<House> house_;
    std::shared_ptr<port::call_line> line_;
    std::shared_ptr<door> door_;
    std::string call_;
    base::instant began_;
    bool is_answered_ = false;
    call now_;
    to_do then_;
    std::optional<heard::answer> held_;
    std::uint64_t playing_ = 0;  // what is heard now; 0: nothing
    std::uint64_t plays_ = 0;
    std::uint64_t timer_ = 0;
};

template <typename House>
class ear final : public port::call_ear {
 public:
    explicit ear(std::shared_ptr<conversation<House>> of) : of_(std::move(of)) {}
    void answered() override { of_->answered(); }
    void key(char pressed) override { of_->key(pressed); }
    void played(std::uint64_t number) override { of_->played(number); }
    void transfer_failed() override { of_->transfer_failed(); }
    void gone(port::call_end why) override { of_->gone(why); }

 private:
    std::shared_ptr<conversation<House>> of_;
};

/// The ear of a call that we make: it is spoken to whoever answers.
template <typename House>
class calling_ear final : public port::call_ear {
 public:
    calling_ear(std::shared_ptr<conversation<House>> of, switchboard::outgoing how)
        : of_(std::move(of)), how_(std::move(how)) {}
    void answered() override { of_->answered_by(how_); }
    void key(char pressed) override { of_->key(pressed); }
    void played(std::uint64_t number) override { of_->played(number); }
    void transfer_failed() override { of_->transfer_failed(); }
    void gone(port::call_end why) override { of_->gone(why); }

 private:
    std::shared_ptr<conversation<House>> of_;
    switchboard::outgoing how_;
};

}  // namespace

switchboard::switchboard(desk::desk& at, spoken_dialogue way, loaded_takes takes, hotline_settings how)
    : house_(std::make_shared<house>(at, std::move(way), std::move(takes), std::move(how))) {}

std::uint64_t switchboard::ended(port::call_end how) const { return house_->ended[static_cast<std::size_t>(how)]; }

port::call_ears switchboard::ears() {
    return [house = house_](std::shared_ptr<port::call_line> line,
                            const port::call_facts& of) -> std::unique_ptr<port::call_ear> {
        auto with = std::make_shared<desk_door>(house->at, house->how.door, caller_facts{of.id, of.caller, of.peer},
                                                std::make_shared<line_thread>(line));
        return std::make_unique<ear<struct house>>(
            std::make_shared<conversation<struct house>>(house, std::move(line), of, std::move(with)));
    };
}

port::call_ears switchboard::ears_for(outgoing call) {
    return [house = house_, call = std::move(call)](std::shared_ptr<port::call_line> line,
                                                    const port::call_facts& of) -> std::unique_ptr<port::call_ear> {
        return std::make_unique<calling_ear<struct house>>(
            std::make_shared<conversation<struct house>>(house, std::move(line), of, call.with), call);
    };
}

}  // namespace keepline::hotline
