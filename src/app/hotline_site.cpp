#include "app/hotline_site.hpp"

#include "app/files.hpp"
#include "app/instance.hpp"
#include "app/system_random.hpp"
#include "desk/desk.hpp"
#include "hotline/call_backs.hpp"
#include "hotline/check.hpp"
#include "hotline/conversation.hpp"
#include "sip/user_agent.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace keepline::app {

result<hotline::spoken_dialogue> dialogue_of(const std::string& folder) {
    namespace fs = std::filesystem;
    constexpr std::size_t file_bytes_max = 1024 * 1024;
    auto files = hotline::shipped_files();
    if (folder.empty()) return hotline::read_dialogue(files);
    std::error_code failed;
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (at->is_regular_file() && at->path().extension() == ".toml") found.push_back(at->path());
    if (failed) return base::refuse(base::code::config_invalid, folder + " cannot be read: " + failed.message() + ".");
    std::ranges::sort(found);
    for (const auto& path : found) {
        TRY(text, read_file(path, file_bytes_max));
        files.push_back({path.lexically_relative(folder).generic_string(), std::move(text)});
    }
    return hotline::read_dialogue(files);
}

struct hotline_site::parts {
    explicit parts(instance& of) : running(of) {}
    instance& running;
    system_random random;
    std::unique_ptr<hotline::switchboard> board;
    std::shared_ptr<port::call_backs> calls;
    std::unique_ptr<sip::user_agent> agent;  // gone first
};

namespace {

std::vector<desk::peer_trouble> troubles_of(const sip::user_agent& of, desk::services& shared,
                                            const std::vector<hotline::piece>& silent) {
    std::vector<desk::peer_trouble> out;
    if (!silent.empty())
        out.push_back({"hotline", "Callers do not hear " + std::to_string(silent.size()) + " of the recordings (" +
                                      silent.front().language + " " + silent.front().id +
                                      "): they are missing or cannot be read; keepline prompts check names them."});
    if (shared.strangers_locks.holds(shared.with.clock->now()))
        out.push_back({"hotline",
                       "Callers had as many lines locked within the hour as tokens.strangers_locks_hourly"
                       " lets them: all others go to a person."});
    if (shared.calls_noted.holds(shared.with.clock->now()))
        out.push_back({"hotline",
                       "So many calls came within the hour in which nothing was proved that the journal takes no more "
                       "of them until the next; the log has each."});
    for (auto& each : of.trunks())
        if (!each.trouble.empty()) out.push_back({"trunk " + each.name, std::move(each.trouble)});
    return out;
}

std::vector<desk::counted_thing> counts_of(const sip::user_agent_counts& of, const hotline::switchboard& board) {
    using enum port::call_end;
    return {
        {"keepline_hotline_ended_by_caller_total", "Calls that the other side ended.", board.ended(by_caller)},
        {"keepline_hotline_ended_by_us_total", "Calls that the dialogue ended.", board.ended(by_us)},
        {"keepline_hotline_ended_too_long_total", "Calls that had lasted long enough.", board.ended(too_long)},
        {"keepline_hotline_ended_lost_total", "Calls that broke off.", board.ended(lost)},
        {"keepline_hotline_ended_transferred_total", "Calls that were handed over to a person.",
         board.ended(transferred)},
        {"keepline_hotline_ended_shut_down_total", "Calls that the server's stop ended.", board.ended(shut_down)},
        {"keepline_hotline_calls", "Calls that stand now.", of.calls_now, false},
        {"keepline_hotline_calls_in_total", "Calls that came in and were answered.", of.calls_in},
        {"keepline_hotline_calls_out_total", "Calls that went out: somebody was handed over, or called back.",
         of.calls_out},
        {"keepline_hotline_refused_total", "Calls that were refused: there were too many.", of.too_many},
        {"keepline_hotline_strangers_total", "Calls from no trunk of ours.", of.strangers},
        {"keepline_hotline_packets_elsewhere_total", "Packets of sound from elsewhere than the caller.",
         of.packets_from_elsewhere},
        {"keepline_hotline_packets_unreadable_total", "Packets of sound that nobody can read.", of.packets_unreadable},
        {"keepline_hotline_keys_dropped_total", "Keys that came faster than anybody presses them.", of.keys_too_fast},
        {"keepline_hotline_late_total", "Times that sound was sent late: the machine has too much to do.",
         of.late_ticks},
    };
}

bool lacks_call_back(const std::vector<hotline::piece>& silent) {
    return std::ranges::any_of(silent, [](const hotline::piece& one) { return one.id.starts_with("say.callback."); });
}

/// What a caller would hear as a silence is said at the start.
void warn_of_takes(const hotline::spoken_dialogue& of, const std::string& folder, port::log& log) {
    const auto wrong = hotline::check_takes(of, folder);
    if (!wrong)
        log.error("prompts_unreadable", "", {{"reason", wrong.error().words}});
    else if (!wrong->empty())
        log.warning("prompts_wrong", "",
                    {{"count", std::to_string(wrong->size())}, {"to_do", "keepline prompts check"}});
}

}  // namespace

hotline_site::hotline_site(std::unique_ptr<parts> of) : parts_(std::move(of)) {}

hotline_site::~hotline_site() { stop(); }

result<std::unique_ptr<hotline_site>> hotline_site::open(const config& how, desk::desk& at, instance& running,
                                                         port::log& log) {
    if (how.hotline.calls.listen.empty()) return nullptr;
    TRY(way, dialogue_of(how.hotline.dialogue));
    if (const auto wrong = hotline::check(way); !wrong.empty())
        return base::refuse(base::code::config_invalid,
                            "[hotline] dialogue: " + wrong.front().where + ": " + wrong.front().what);
    if (way.way.call_back.empty() && callable_phones_of(how).any())
        return base::refuse(base::code::config_invalid,
                            "[hotline] dialogue: it names no `call_back`, and calls are made (docs/hotline.md).");
    warn_of_takes(way, how.hotline.prompts, log);
    auto takes = hotline::loaded_takes::load(way, how.hotline.prompts);
    const auto silent = takes.silent();
    const bool is_silent = takes.is_empty();
    hotline::hotline_settings speaks;
    speaks.languages = how.hotline.languages;
    speaks.agents = how.hotline.agents;
    speaks.door.country_code = how.sms.country_code;
    auto made = std::make_unique<parts>(running);
    made->board = std::make_unique<hotline::switchboard>(at, std::move(way), std::move(takes), std::move(speaks));
    TRY(agent, sip::user_agent::start(how.hotline.calls, made->board->ears(), made->random, log));
    made->agent = std::move(agent);
    made->calls = hotline::make_call_backs(
        *made->board, *made->agent,
        {std::chrono::seconds{how.hotline.ring_seconds}, std::chrono::seconds{how.hotline.call_seconds}});
    // Nobody is called and hears nothing. Without any recordings whoever set it up knows.
    if (is_silent || !lacks_call_back(silent)) running.call_backs().set(made->calls);
    running.watch_also(instance::another_part{
        [of = made->agent.get(), shared = &at.shared(), silent] { return troubles_of(*of, *shared, silent); },
        [of = made->agent.get(), board = made->board.get()] { return counts_of(of->counts(), *board); }});
    if (how.hotline.calls.listen.starts_with("0.0.0.0:") || how.hotline.calls.listen.starts_with("[::]:"))
        log.warning("hotline_listens_everywhere", "",
                    {{"to_do", "name the address that trunks reach, or let a firewall in nobody else"}});
    log.info("listening", "", {{"what", "calls"}, {"address", "sip:" + how.hotline.calls.listen}});
    return std::unique_ptr<hotline_site>(new hotline_site(std::move(made)));
}

void hotline_site::stop() {
    parts_->running.call_backs().set(nullptr);
    parts_->calls->close();
    parts_->running.watch_also(std::nullopt);
    parts_->agent->stop();
}

}  // namespace keepline::app
