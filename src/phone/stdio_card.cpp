#include "phone/stdio_card.hpp"

#include "base/json.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace keepline::phone {

namespace {

constexpr std::size_t max_line = 8U << 20;

std::string wrapped(std::string_view type, boost::json::object payload) {
    return boost::json::serialize(boost::json::object{{"type", type}, {"payload", std::move(payload)}});
}

std::string string_in(const boost::json::object& of, std::string_view name) {
    const auto* found = of.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

void write_all(int out, std::string_view data) {
    while (!data.empty()) {
        const auto count = ::write(out, data.data(), data.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // the child is gone; the end of its output follows
        data.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

std::optional<std::string> stdio_card::answer(std::string_view line) {
    const auto parsed = base::parse_json(line);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    const auto& message = parsed->get_object();
    const auto type = string_in(message, "type");
    const auto* payload = message.if_contains("payload");
    if (payload == nullptr || !payload->is_object()) return std::nullopt;
    const auto& inside = payload->get_object();
    if (type == "apdu") return answer_apdu(string_in(inside, "func"), string_in(inside, "param"));
    if (type != "http" || network_ == nullptr) return std::nullopt;
    std::vector<std::string> headers;
    if (const auto* list = inside.if_contains("headers"); list != nullptr && list->is_array())
        for (const auto& one : list->get_array())
            if (one.is_string()) headers.emplace_back(one.get_string());
    return answer_http(string_in(inside, "url"), base::from_hex(string_in(inside, "tx")).value_or(bytes{}), headers);
}

std::string stdio_card::answer_apdu(std::string_view function, std::string_view parameter) {
    const auto data = base::from_hex(parameter).value_or(bytes{});
    const auto code = [](int number) { return wrapped("apdu", {{"ecode", number}}); };
    if (function == "connect") {
        card_.reset();
        return code(0);
    }
    if (function == "disconnect") return code(0);
    if (function == "logic_channel_open") {
        const int number = card_.open_channel(data);
        return code(number == 0 ? -1 : number);
    }
    if (function == "logic_channel_close") return code(!data.empty() && card_.close_channel(data[0]) ? 0 : -1);
    if (function == "transmit") return wrapped("apdu", {{"ecode", 0}, {"data", base::hex(card_.transmit(data))}});
    return code(-1);
}

std::string stdio_card::answer_http(const std::string& url, byte_view body, const std::vector<std::string>& headers) {
    const auto done = network_->post_url(url, headers, std::string(base::text(body)));
    if (!done) {
        std::fprintf(stderr, "%s\n", done.error().words.c_str());
        return wrapped("http", {{"rcode", 599}, {"rx", ""}});
    }
    return wrapped("http", {{"rcode", done->status}, {"rx", base::hex(base::view(done->body))}});
}

void serve_lines(stdio_card& card, int in, int out, const std::function<void()>& after,
                 const std::function<void(std::string_view)>& other_line) {
    std::string buffer;
    char piece[16384];
    for (;;) {
        const auto count = ::read(in, piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || buffer.size() > max_line) return;
        buffer.append(piece, static_cast<std::size_t>(count));
        for (auto end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n')) {
            const auto line = buffer.substr(0, end);
            buffer.erase(0, end + 1);
            const auto said = card.answer(line);
            after();  // saved before the other side hears of it
            if (said)
                write_all(out, *said + "\n");
            else
                other_line(line);
        }
    }
}

base::result<int> run_lpac(stdio_card& card, const std::vector<std::string>& command, lpac_back_ends here,
                           const std::function<void()>& after) {
    int to_child[2];
    int from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0)
        return base::refuse(base::code::internal, "No pipe could be made.");
    if (here.apdu) ::setenv("LPAC_APDU", "stdio", 1);
    if (here.http) ::setenv("LPAC_HTTP", "stdio", 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_child[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from_child[1], 1);
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const auto& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    posix_spawnattr_t attributes;  // the child dies of SIGPIPE as usual, whatever this process ignores
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int failed = ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to_child[0]);
    ::close(from_child[1]);
    if (failed == 0)
        serve_lines(card, from_child[0], to_child[1], after, [](std::string_view line) {
            std::fwrite(line.data(), 1, line.size(), stdout);
            std::fputc('\n', stdout);
            std::fflush(stdout);
        });
    ::close(to_child[1]);
    ::close(from_child[0]);
    if (failed != 0) return base::refuse(base::code::unavailable, "`" + command[0] + "` could not be started.");
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace keepline::phone
