// hotline_echo: the SIP user agent with somebody simple in its calls, for tests of SIP and sound apart from the
// dialogue. It plays a tone, says on its standard output what happens, a line of JSON each, and does what keys say:
//   1 a tone of ten seconds   2 silence   3 transfer to `agents`   4 two short tones, one after the other   # hang up
// and what its standard input says: "call +8613800138000", "counts", "trunks". It ends with its input.
//   hotline_echo listen=127.0.0.1:5060 peers=127.0.0.1 server=127.0.0.1:5070 ...
#include "base/json.hpp"
#include "sip/user_agent.hpp"

#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <mutex>
#include <numbers>
#include <random>

namespace {

using namespace keepline;

class device_random final : public port::random {
 public:
    void fill(std::span<std::uint8_t> out) override {
        const std::lock_guard held(mutex_);
        for (auto& byte : out) byte = static_cast<std::uint8_t>(source_());
    }

 private:
    std::mutex mutex_;
    std::random_device source_;
};

void say(const boost::json::object& what) {
    static std::mutex mutex;
    const std::lock_guard held(mutex);
    std::cout << boost::json::serialize(what) << std::endl;
}

class said_log final : public port::log {
 public:
    void write(port::log_level, std::string_view event, std::string_view correlation,
               std::initializer_list<port::log_field> fields) override {
        boost::json::object out{{"log", event}, {"id", correlation}};
        for (const auto& each : fields) out[each.name] = each.value;
        say(out);
    }
};

port::call_sound tone(double hertz, double seconds) {
    constexpr double loudness = 8'000;
    auto out = std::make_shared<std::vector<std::int16_t>>();
    const auto count = static_cast<std::size_t>(seconds * port::call_samples_a_second);
    for (std::size_t i = 0; i < count; ++i)
        out->push_back(static_cast<std::int16_t>(
            loudness * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / port::call_samples_a_second)));
    return out;
}

/// What keys play is made once: a tone takes longer to make than a packet may wait.
struct tones {
    port::call_sound hello = tone(440, 0.5), lasting = tone(440, 10), low = tone(440, 0.2), high = tone(660, 0.2);
};
const tones& ready_tones() {
    static const tones all;
    return all;
}

constexpr std::string_view end_words[] = {"by_caller", "by_us", "too_long", "lost", "transferred", "shut_down"};

class echo_ear final : public port::call_ear {
 public:
    echo_ear(std::shared_ptr<port::call_line> line, const port::call_facts& facts, std::string agents)
        : line_(std::move(line)), id_(facts.id), agents_(std::move(agents)) {
        say({{"event", facts.outgoing ? "outgoing" : "incoming"},
             {"id", id_},
             {"caller", facts.caller},
             {"dialled", facts.dialled},
             {"peer", facts.peer}});
    }
    void answered() override {
        say({{"event", "answered"}, {"id", id_}});
        line_->play({ready_tones().hello}, 1);
    }
    void key(char pressed) override {
        say({{"event", "key"}, {"id", id_}, {"key", std::string(1, pressed)}});
        switch (pressed) {
            case '1': return line_->play({ready_tones().lasting}, 2);
            case '2': return line_->stop_playing();
            case '3':
                return line_->transfer({agents_, "a line is to be closed", {{"X-Keepline-Case", "1234-5678-9012"}}});
            case '4': return line_->play({ready_tones().low, ready_tones().high}, 4);
            case '#': return line_->hang_up();
            default: return;
        }
    }
    void played(std::uint64_t number) override { say({{"event", "played"}, {"id", id_}, {"number", number}}); }
    void transfer_failed() override { say({{"event", "transfer_failed"}, {"id", id_}}); }
    void gone(port::call_end why) override {
        say({{"event", "gone"}, {"id", id_}, {"why", end_words[static_cast<std::size_t>(why)]}});
    }

 private:
    std::shared_ptr<port::call_line> line_;
    std::string id_;
    std::string agents_;
};

struct arguments {
    std::map<std::string, std::string, std::less<>> named;
    std::string text(std::string_view name, std::string otherwise = {}) const {
        const auto found = named.find(name);
        return found == named.end() ? otherwise : found->second;
    }
    std::int64_t number(std::string_view name, std::int64_t otherwise) const {
        const auto found = named.find(name);
        return found == named.end() ? otherwise : std::stoll(found->second);
    }
};

sip::user_agent_settings settings_of(const arguments& in) {
    sip::user_agent_settings out;
    out.listen = in.text("listen", "127.0.0.1:5060");
    out.address = in.text("address");
    out.calls_max = in.number("calls_max", out.calls_max);
    out.call_minutes = in.number("call_minutes", out.call_minutes);
    out.calls_a_minute_per_caller = in.number("per_caller", 1'000);
    out.calls_at_once_per_caller = in.number("per_caller_at_once", 1'000);
    out.calls_a_second_per_peer = in.number("per_peer", 1'000);
    out.silent_s = in.number("silent_s", out.silent_s);
    sip::trunk_settings trunk;
    trunk.name = "trunk";
    trunk.peers = {in.text("peers", "127.0.0.1")};
    trunk.server = in.text("server");
    trunk.transport = in.text("transport", "udp");
    trunk.user = in.text("user");
    trunk.password = in.text("password");
    trunk.registers = !trunk.user.empty();
    trunk.number = in.text("number", "+861012345");
    trunk.options_s = in.number("options_s", 0);
    out.trunks = {trunk};
    return out;
}

void obey(const std::string& line, sip::user_agent& agent, const port::call_ears& ears) {
    if (line.starts_with("call ")) agent.call(line.substr(5), std::chrono::seconds{5}, ears);
    if (line == "trunks")
        for (const auto& each : agent.trunks())
            say({{"trunk", each.name}, {"there", each.there}, {"trouble", each.trouble}});
    if (line != "counts") return;
    const auto now = agent.counts();
    say({{"counts", true},
         {"calls_now", now.calls_now},
         {"calls_in", now.calls_in},
         {"calls_out", now.calls_out},
         {"strangers", now.strangers},
         {"too_many", now.too_many},
         {"packets_from_elsewhere", now.packets_from_elsewhere},
         {"packets_unreadable", now.packets_unreadable},
         {"keys_too_fast", now.keys_too_fast},
         {"late_ticks", now.late_ticks}});
}

}  // namespace

int main(int count, char** values) {
    std::signal(SIGPIPE, SIG_IGN);
    arguments in;
    for (int i = 1; i < count; ++i) {
        const std::string one = values[i];
        if (const auto equals = one.find('='); equals != std::string::npos)
            in.named[one.substr(0, equals)] = one.substr(equals + 1);
    }
    ready_tones();
    device_random random;
    said_log log;
    const port::call_ears ears = [agents = in.text("agents")](std::shared_ptr<port::call_line> line,
                                                              const port::call_facts& facts) {
        if (facts.dialled == "486") return std::unique_ptr<port::call_ear>();
        return std::unique_ptr<port::call_ear>(std::make_unique<echo_ear>(std::move(line), facts, agents));
    };
    auto agent = sip::user_agent::start(settings_of(in), ears, random, log);
    if (!agent) {
        std::fprintf(stderr, "%s\n", agent.error().words.c_str());
        return 1;
    }
    say({{"event", "listening"}});
    for (std::string line; std::getline(std::cin, line);) obey(line, **agent, ears);
    (*agent)->stop();
    say({{"event", "stopped"}});
    return 0;
}
