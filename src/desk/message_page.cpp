#include "desk/message_page.hpp"

#include "text/html.hpp"

#include <algorithm>
#include <map>

namespace keepline::desk {

using text::escaped;

namespace {

struct words {
    std::string_view language;
    std::string_view title;
    std::string_view with;
    std::string_view sent;
    std::string_view received;
    std::string_view none;
};

constexpr words english{"en", "Messages", "With", "Sent", "Received", "No messages were stored for this line."};
constexpr words chinese{"zh-CN", "短信记录", "联系人", "已发送", "已收到", "此号码没有保存的短信。"};

// The policy in the page forbids it to load or run anything, whatever a message says.
constexpr std::string_view head = R"(<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0 auto; max-width: 36rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff }
h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ccc; overflow-wrap: anywhere }
ol { list-style: none; margin: 0; padding: 0 }
li { margin: .5rem 20% .5rem 0; padding: .5rem .75rem; border-radius: .5rem; background: #eef0f2 }
li.sent { margin: .5rem 0 .5rem 20%; background: #dcefe0 }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere } small { color: #555 }
@media print { li { break-inside: avoid } }
</style>
)";

}  // namespace

std::string message_page(const std::vector<port::stored_message>& messages, const base::msisdn& number,
                         const std::string& language, const base::zone& zone) {
    const auto& in = language == "en" ? english : chinese;
    std::map<std::string, std::vector<const port::stored_message*>> by_peer;
    for (const auto& one : messages) by_peer[one.peer].push_back(&one);

    std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(in.language) + "\">\n<head>\n";
    out += head;
    out += "<title>" + std::string(in.title) + "</title>\n</head>\n<body>\n<h1>" + std::string(in.title) + " ";
    escaped(out, number.text());
    out += "</h1>\n";
    if (messages.empty()) out += "<p>" + std::string(in.none) + "</p>\n";
    for (auto& [peer, list] : by_peer) {
        std::ranges::sort(list, [](const auto* a, const auto* b) {
            return a->at != b->at ? a->at < b->at : std::less<>()(a, b);  // as they were stored
        });
        out += "<h2>" + std::string(in.with) + " <bdi>";
        escaped(out, peer);
        out += "</bdi></h2>\n<ol>\n";
        for (const auto* one : list) {
            out += one->outgoing ? "<li class=\"sent\"><p dir=\"auto\">" : "<li><p dir=\"auto\">";
            escaped(out, one->text);
            out += "</p><small>" + std::string(one->outgoing ? in.sent : in.received) + " <time datetime=\"" +
                   base::iso(one->at) + "\">" + zone.local_text(one->at) + "</time></small></li>\n";
        }
        out += "</ol>\n";
    }
    return out + "</body>\n</html>\n";
}

}  // namespace keepline::desk
