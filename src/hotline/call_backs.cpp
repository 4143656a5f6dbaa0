#include "hotline/call_backs.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace keepline::hotline {

namespace {

using port::call_back_heard;

constexpr int tries_most = 3;  // of four digits, in one call

/// What one call came to; nothing: it was not made, or broke off by our doing.
using outcome = std::optional<call_back_heard>;

/// From the call's thread to the one that waits. The first word is the one.
class heard_of_call {
 public:
    void set(outcome what) {
        {
            const std::scoped_lock held(mutex_);
            if (!what_) what_ = what;
        }
        told_.notify_all();
    }
    std::optional<outcome> wait_for(std::chrono::seconds most) {
        std::unique_lock held(mutex_);
        told_.wait_for(held, most, [&] { return what_.has_value(); });
        return what_;
    }

 private:
    std::mutex mutex_;
    std::condition_variable told_;
    std::optional<outcome> what_;
};

/// Whatever becomes of a call: when nobody holds it any more, whoever waits has waited enough.
struct last_word {
    explicit last_word(std::shared_ptr<heard_of_call> of) : to(std::move(of)) {}
    ~last_word() { to->set(std::nullopt); }
    last_word(const last_word&) = delete;
    last_word& operator=(const last_word&) = delete;
    const std::shared_ptr<heard_of_call> to;
};

/// Compares what is keyed in. What counts is told at once: the journal has it while the voice still says so.
class call_back_door final : public door {
 public:
    call_back_door(std::string code, std::shared_ptr<heard_of_call> to) : code_(std::move(code)), to_(std::move(to)) {}

    void ask(const question& what, answered then) override {
        if (what.command == "deny_call") {
            to_->set(call_back_heard::repudiated);
            return then({"stopped"});
        }
        if (what.command != "confirm_call") return then({std::string(trouble)});
        const auto keyed = what.with.find("keyed_code");
        if (keyed != what.with.end() && keyed->second == code_) {
            to_->set(call_back_heard::confirmed);
            return then({"confirmed"});
        }
        if (++wrong_ < tries_most) return then({"wrong"});
        to_->set(call_back_heard::wrong);
        then({"failed"});
    }
    /// Wrong digits, and then nothing, are wrong digits.
    void end(const call_outcome&) override { to_->set(wrong_ > 0 ? call_back_heard::wrong : call_back_heard::nothing); }

 private:
    const std::string code_;
    const std::shared_ptr<heard_of_call> to_;
    int wrong_ = 0;
};

/// Knows whether anybody answered, and says so where nobody did.
class watched_ear final : public port::call_ear {
 public:
    watched_ear(std::unique_ptr<port::call_ear> of, std::shared_ptr<last_word> to)
        : of_(std::move(of)), to_(std::move(to)) {}
    void answered() override {
        is_answered_ = true;
        of_->answered();
    }
    void key(char pressed) override { of_->key(pressed); }
    void played(std::uint64_t number) override { of_->played(number); }
    void transfer_failed() override { of_->transfer_failed(); }
    void gone(port::call_end why) override {
        if (why == port::call_end::shut_down || why == port::call_end::not_made)
            to_->to->set(std::nullopt);
        else if (!is_answered_)
            to_->to->set(call_back_heard::unreached);
        of_->gone(why);
    }

 private:
    std::unique_ptr<port::call_ear> of_;
    std::shared_ptr<last_word> to_;
    bool is_answered_ = false;
};

class by_the_hotline final : public port::call_backs {
 public:
    by_the_hotline(switchboard& board, port::call_maker& by, call_back_settings how)
        : board_(board), by_(by), how_(how) {}

    base::result<call_back_heard> call(const port::call_back_wish& what) override {
        const auto heard = std::make_shared<heard_of_call>();
        {
            const std::scoped_lock held(mutex_);
            if (is_closed_) return base::refuse(base::code::peer_unreachable, "The hotline is closed.");
            const auto speaks = board_.ears_for(
                {what.language, what.number_tail, how_.most, std::make_shared<call_back_door>(what.code, heard)});
            by_.call(what.number, how_.rings,
                     [speaks, last = std::make_shared<last_word>(heard)](
                         std::shared_ptr<port::call_line> line,
                         const port::call_facts& of) -> std::unique_ptr<port::call_ear> {
                         return std::make_unique<watched_ear>(speaks(std::move(line), of), last);
                     });
        }
        constexpr std::chrono::seconds to_end{15};
        const auto told = heard->wait_for(how_.rings + how_.most + to_end);
        if (told && *told) return **told;
        return base::refuse(base::code::peer_unreachable, "The call was not made, or nobody said how it ended.");
    }

    void close() override {
        const std::scoped_lock held(mutex_);
        is_closed_ = true;
    }

 private:
    std::mutex mutex_;
    bool is_closed_ = false;
    switchboard& board_;
    port::call_maker& by_;
    const call_back_settings how_;
};

}  // namespace

std::shared_ptr<port::call_backs> make_call_backs(switchboard& board, port::call_maker& by, call_back_settings how) {
    return std::make_shared<by_the_hotline>(board, by, how);
}

}  // namespace keepline::hotline
