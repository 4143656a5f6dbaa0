// An HTTP server inside a test that answers every request with the status and body it is told. For tests only.
#pragma once

#include "link/scripted_peer.hpp"

#include <map>

namespace keepline::link {

class scripted_http_server {
 public:
    struct request {
        std::string what;                            // "POST /path"
        std::map<std::string, std::string> headers;  // names in small letters
        std::string body;
    };
    std::atomic<int> status = 204;
    std::string answer;  // set before the first request

    std::vector<request> requests() {
        const std::scoped_lock held(mutex_);
        return requests_;
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(peer_.port()); }

 private:
    void serve(scripted_connection& c) {
        for (auto first = c.line(); !first.empty(); first = c.line()) {
            request got;
            got.what = first.substr(0, first.rfind(' '));
            for (auto line = c.line(); !line.empty(); line = c.line()) {
                const auto colon = line.find(": ");
                auto name = line.substr(0, colon);
                for (auto& ch : name) ch = static_cast<char>(ch | 0x20);
                got.headers[name] = line.substr(colon + 2);
            }
            const auto size = std::stoul(got.headers["content-length"]);
            while (c.buffer().size() < size)
                if (!c.receive(c.buffer())) return;
            got.body = base::text(c.buffer()).substr(0, size);
            c.buffer().erase(c.buffer().begin(), c.buffer().begin() + static_cast<std::ptrdiff_t>(size));
            {
                const std::scoped_lock held(mutex_);
                requests_.push_back(got);
            }
            c.send(head() + (status == 204 ? "" : answer));
        }
    }
    std::string head() const {
        auto out = "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Type: application/json\r\n";
        out += "Location: http://127.0.0.1:1/\r\n";  // nobody is there, should a redirect be followed
        if (status != 204) out += "Content-Length: " + std::to_string(answer.size()) + "\r\n";
        return out + "\r\n";
    }

    std::mutex mutex_;
    std::vector<request> requests_;
    scripted_peer peer_{[this](scripted_connection& c) { serve(c); }};  // last: it serves from its first moment
};

/// Servers that make no sense, each in its way, and a place where nobody listens.
class senseless_http_servers {
 public:
    std::vector<std::string> urls() const {
        std::vector<std::string> out;
        for (const int port : {silent_.port(), garbage_.port(), closing_.port(), 1})
            out.push_back("http://127.0.0.1:" + std::to_string(port));
        return out;
    }

 private:
    scripted_peer silent_{stay_silent};
    scripted_peer garbage_{[](scripted_connection& c) { c.send(std::string_view("\x00\x01nonsense\r\n\r\n", 14)); }};
    scripted_peer closing_{[](scripted_connection&) {}};
};

}  // namespace keepline::link
