// One call, between the three threads that it lives on: signalling (user_agent), sound (sound_room), and the one on
// which whoever speaks in it is asked (talk_threads). It outlives all of them: who still holds it then, calls nobody.
#pragma once

#include "port/call.hpp"
#include "sip/sound.hpp"
#include "sip/talk_threads.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace keepline::sip {

/// What a call asks of signalling. Any thread; nothing happens once it is closed.
class signalling {
 public:
    virtual ~signalling() = default;
    signalling() = default;
    signalling(const signalling&) = delete;
    signalling& operator=(const signalling&) = delete;
    virtual void hang_up(std::uint64_t call) = 0;
    virtual void transfer(std::uint64_t call, const port::call_transfer& to) = 0;
    /// Whoever speaks in it threw something: its ear is gone, and so must the call be.
    virtual void ear_failed(std::uint64_t call) = 0;
};

class call final : public port::call_line, public std::enable_shared_from_this<call> {
 public:
    call(std::uint64_t number, port::call_facts facts, std::shared_ptr<signalling> over,
         std::shared_ptr<talk_threads> threads);

    // -- port::call_line
    void play(std::vector<port::call_sound> what, std::uint64_t number) override;
    void stop_playing() override;
    void transfer(const port::call_transfer& to) override;
    void hang_up() override;
    void run(std::function<void()> work) override;
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override;

    // -- of signalling
    const port::call_facts& facts() const { return facts_; }
    void sounds_by(std::shared_ptr<sound_stream> stream) { stream_ = std::move(stream); }
    const std::shared_ptr<sound_stream>& stream() const { return stream_; }
    /// Asks `with` for an ear on the call's thread; `then` hears there whether there is one.
    void ask(const port::call_ears& with, std::function<void(bool)> then);
    void answered();
    void transfer_failed();
    /// The last thing: its ear hears it and ends.
    void over(port::call_end why);

    // -- of sound and signalling
    void pressed(key_way way, char key);
    void played(std::uint64_t turn);

 private:
    void on_talk_thread(std::function<void()> work);
    void guarded(const std::function<void()>& work);
    void end_ear(port::call_end why);

    const std::uint64_t number_;
    const port::call_facts facts_;
    const std::shared_ptr<signalling> over_;
    const std::shared_ptr<talk_threads> threads_;
    const std::size_t thread_;
    std::shared_ptr<sound_stream> stream_;  // set before anybody else knows of the call
    std::atomic<key_way> way_{key_way::none};
    std::atomic<int> keys_waiting_{0};
    // -- of the call's thread
    std::unique_ptr<port::call_ear> ear_;
    std::uint64_t turn_ = 0;     // what plays: another number for each time
    std::uint64_t playing_ = 0;  // as the ear numbers it
};

}  // namespace keepline::sip
