// A TCP server inside a test: each connection runs a script on a thread of its own. For tests only.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/temporary_directory.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace keepline::link {

/// What a script sees of its connection.
class scripted_connection {
 public:
    explicit scripted_connection(int fd) : fd_(fd) {}
    /// False: nobody takes it any more.
    bool send(base::byte_view data) const {
        while (!data.empty()) {
            const auto put = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
            if (put <= 0) return false;
            data = data.subspan(static_cast<std::size_t>(put));
        }
        return true;
    }
    bool send(std::string_view text) const { return send(base::view(text)); }
    /// Appends what comes; false at the end of the connection.
    bool receive(base::bytes& into) const {
        base::byte_array<4096> part{};
        const auto got = ::recv(fd_, part.data(), part.size(), 0);
        if (got <= 0) return false;
        into.insert(into.end(), part.begin(), part.begin() + got);
        return true;
    }
    /// The next line without its CRLF; empty at the end.
    std::string line() {
        for (;;) {
            const auto text = base::text(in_);
            if (const auto end = text.find('\n'); end != std::string_view::npos) {
                std::string out(text.substr(0, end));
                in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(end) + 1);
                if (out.ends_with('\r')) out.pop_back();
                return out;
            }
            if (!receive(in_)) return {};
        }
    }
    base::bytes& buffer() { return in_; }

 private:
    int fd_;
    base::bytes in_;
};

class scripted_peer {
 public:
    using script = std::function<void(scripted_connection&)>;

    explicit scripted_peer(script run) : run_(std::move(run)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) != 0)
            std::abort();
        port_ = ntohs(here.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~scripted_peer() {
        stopping_ = true;
        acceptor_.join();
        disconnect();
        for (auto& one : threads_) one.join();
        for (const int fd : open_) ::close(fd);
        ::close(listener_);
    }
    int port() const { return port_; }
    int connections() const { return connections_; }
    void disconnect() {
        const std::scoped_lock held(mutex_);
        for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }

 private:
    void accept_all() {
        while (!stopping_) {
            pollfd one{listener_, POLLIN, 0};
            if (::poll(&one, 1, 20) <= 0) continue;
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            ++connections_;
            const std::scoped_lock held(mutex_);
            open_.push_back(fd);
            threads_.emplace_back([this, fd] {
                scripted_connection connection(fd);
                run_(connection);
                ::shutdown(fd, SHUT_RDWR);
            });
        }
    }

    script run_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// Keeps the connection open, says nothing, until the other side goes.
inline void stay_silent(scripted_connection& c) {
    base::bytes ignored;
    while (c.receive(ignored)) ignored.clear();
}

/// What a peer may be blamed for by a connector that gave up on it.
inline bool is_of_the_peer(base::code what) {
    return what == base::code::peer_unreachable || what == base::code::peer_garbled;
}

/// A folder of its own, gone after the test.
class test_folder {
 public:
    const std::string& path() const { return path_; }
    std::vector<std::string> files(const std::string& below = "") const {
        std::vector<std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(path_ + below))
            if (entry.is_regular_file()) out.push_back(entry.path().filename().string());
        std::sort(out.begin(), out.end());
        return out;
    }

 private:
    base::temporary_directory where_;
    std::string path_ = where_.path().string();
};

}  // namespace keepline::link
