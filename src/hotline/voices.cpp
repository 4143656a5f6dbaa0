#include "hotline/voices.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace keepline::hotline {

namespace {

constexpr auto program_may_take = std::chrono::seconds{60};
constexpr auto look_every = std::chrono::milliseconds{10};

std::unexpected<base::error> not_run(const std::string& program, const std::string& why) {
    return base::refuse(base::code::unavailable, "`" + program + "` " + why + ".");
}

/// A file for one sentence, gone with it.
class scratch_file {
 public:
    scratch_file() {
        auto shape = (std::filesystem::temp_directory_path() / "keepline-voice-XXXXXX").string();
        const int opened = ::mkstemp(shape.data());
        if (opened < 0) return;  // nothing is written to a name that anybody can guess
        ::close(opened);
        path_ = shape;
    }
    ~scratch_file() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

/// The text is in a file, so that nobody waits for a reader of a pipe.
result<void> write_text(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) return base::refuse(base::code::internal, path + " cannot be written.");
    return {};
}

result<void> ended_well(const std::string& program, pid_t child) {
    const auto until = std::chrono::steady_clock::now() + program_may_take;
    int status = 0;
    for (;;) {
        const auto ended = ::waitpid(child, &status, WNOHANG);
        if (ended == child) break;
        if (ended < 0 && errno != EINTR) return not_run(program, "was lost");
        if (std::chrono::steady_clock::now() > until) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return not_run(program, "did not end within a minute");
        }
        std::this_thread::sleep_for(look_every);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return not_run(program, "failed");
    return {};
}

speaks voice_of(std::function<std::vector<std::string>(const std::string&, const std::string&)> command) {
    return [command = std::move(command)](const std::string& language, const std::string& text) -> result<std::string> {
        const scratch_file take;
        if (take.path().empty()) return base::refuse(base::code::unavailable, "There is no place for a take.");
        CHECK(run_program(command(language, take.path()), text));
        std::ifstream in(take.path(), std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return std::move(out).str();
    };
}

}  // namespace

result<void> run_program(const std::vector<std::string>& command, const std::string& input) {
    if (command.empty()) return base::refuse(base::code::invalid, "No program is named.");
    const scratch_file text;
    if (text.path().empty()) return base::refuse(base::code::unavailable, "There is no place for the text.");
    CHECK(write_text(text.path(), input));
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, text.path().c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const auto& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return not_run(command[0], "could not be started");
    return ended_well(command[0], child);
}

speaks espeak_voice() {
    return voice_of([](const std::string& language, const std::string& file) {
        const std::string voice = language.starts_with("zh") ? "cmn" : language.starts_with("en") ? "en-gb" : language;
        return std::vector<std::string>{"espeak-ng", "-v", voice, "-s", "150", "-w", file, "--stdin"};
    });
}

speaks command_voice(std::vector<std::string> command) {
    return voice_of([command = std::move(command)](const std::string& language, const std::string& file) {
        auto out = command;
        out.push_back(language);
        out.push_back(file);
        return out;
    });
}

}  // namespace keepline::hotline
