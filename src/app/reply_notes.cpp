#include "app/reply_notes.hpp"

#include <algorithm>
#include <ranges>
#include <sstream>

namespace keepline::app {

namespace {

constexpr std::string_view prefix = "reply.";
constexpr std::string_view purpose = "reply-route";

/// What stands in one note: the ids of line, contact and subscriber, as often as there are lines.
struct ids {
    std::string line;
    std::string contact;
    std::string subscriber;
};

std::vector<ids> read_ids(std::string_view value) {
    std::vector<ids> out;
    std::istringstream words{std::string(value)};
    for (ids one; words >> one.line >> one.contact >> one.subscriber;) out.push_back(one);
    return out;
}

void put_first(std::vector<ids>& known, ids one) {
    std::erase_if(known, [&](const ids& other) { return other.line == one.line; });
    known.insert(known.begin(), std::move(one));
    if (known.size() > port::reply_routes::lines_of_one) known.pop_back();
}

std::string written(const std::vector<ids>& of) {
    std::string out;
    for (const auto& one : of) out += (out.empty() ? "" : " ") + one.line + " " + one.contact + " " + one.subscriber;
    return out;
}

}  // namespace

base::result<void> reply_notes::keep(const std::map<std::string, std::vector<port::reply_routes::route>>& changed) {
    std::vector<port::notebook::note> notes;
    for (const auto& [address, routes] : changed) {
        auto name = std::string(prefix) + with_.secrets->keyed_digest(purpose, "", address);
        TRY(known, with_.notes->read(name));
        auto of = read_ids(known.value_or(""));
        for (const auto& to : std::views::reverse(routes)) {
            const auto line = with_.read({port::stream_kind::number, to.number.text()});
            if (line) put_first(of, {(*line)->public_id, to.contact.text(), to.subscriber.text()});
        }
        auto value = written(of);
        if (known != value && !value.empty()) notes.emplace_back(std::move(name), std::move(value));
    }
    return notes.empty() ? base::result<void>() : with_.notes->write(notes);
}

std::vector<port::reply_routes::route> reply_notes::find(const std::string& address) const {
    std::vector<port::reply_routes::route> out;
    for (const auto& digest : with_.secrets->keyed_digests(purpose, "", address)) {
        const auto known = with_.notes->read(std::string(prefix) + digest);
        if (!known || !*known) continue;
        for (const auto& one : read_ids(**known)) {
            const auto contact = base::label::parse(one.contact);
            const auto subscriber = base::label::parse(one.subscriber);
            const auto line = with_.read_public(one.line);
            if (!contact || !subscriber || !line || (*line)->key.kind != port::stream_kind::number) continue;
            const auto number = base::msisdn::parse((*line)->key.key);
            if (number) out.push_back({*number, *contact, *subscriber});
        }
    }
    return out;
}

}  // namespace keepline::app
