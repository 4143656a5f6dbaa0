#include "app/reply_notes.hpp"

#include <sstream>

namespace keepline::app {

namespace {

constexpr std::string_view prefix = "reply.";
constexpr std::string_view purpose = "reply-route";

}  // namespace

base::result<void> reply_notes::keep(const std::map<std::string, port::reply_routes::route>& changed) {
    std::vector<port::notebook::note> notes;
    for (const auto& [address, to] : changed) {
        auto name = std::string(prefix) + with_.secrets->keyed_digest(purpose, "", address);
        const auto line = with_.read({port::stream_kind::number, to.number.text()});
        if (!line) continue;
        auto value = (*line)->public_id + " " + to.contact.text() + " " + to.subscriber.text();
        TRY(known, with_.notes->read(name));
        if (known != value) notes.emplace_back(std::move(name), std::move(value));
    }
    return notes.empty() ? base::result<void>() : with_.notes->write(notes);
}

std::optional<port::reply_routes::route> reply_notes::find(const std::string& address) const {
    for (const auto& digest : with_.secrets->keyed_digests(purpose, "", address)) {
        const auto known = with_.notes->read(std::string(prefix) + digest);
        if (!known || !*known) continue;
        std::istringstream words(**known);
        std::string line_id, contact_id, subscriber_id;
        words >> line_id >> contact_id >> subscriber_id;
        const auto contact = base::label::parse(contact_id);
        const auto subscriber = base::label::parse(subscriber_id);
        const auto line = with_.read_public(line_id);
        if (!contact || !subscriber || !line || (*line)->key.kind != port::stream_kind::number) continue;
        const auto number = base::msisdn::parse((*line)->key.key);
        if (number) return port::reply_routes::route{*number, *contact, *subscriber};
    }
    return std::nullopt;
}

}  // namespace keepline::app
