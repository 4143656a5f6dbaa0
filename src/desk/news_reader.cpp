#include "desk/news_reader.hpp"

#include "domain/effects.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::int64_t page_limit = 256;
constexpr std::size_t pages_kept = 8;
constexpr std::size_t passed_max = 10'000;
constexpr int searched_pages = 1000;
constexpr auto to_webhooks = 1U << static_cast<unsigned>(domain::destination::webhook);

bool publishes(const port::outbox_entry& one) { return (one.destinations & to_webhooks) != 0; }

}  // namespace

result<void> news_reader::add(std::vector<news_ptr>& to, const port::outbox_entry& from) {
    const auto effects = engine::decode_effects(from.effects);
    if (!effects) return pass_over(from, effects.error().words), result<void>();
    const auto meta = engine::decode_meta(from.meta);
    if (!meta) return pass_over(from, meta.error().words), result<void>();
    std::optional<port::stream> of;
    for (std::size_t i = 0; i < effects->size(); ++i) {
        const auto* publish = std::get_if<domain::publish>(&(*effects)[i]);
        if (publish == nullptr) continue;
        if (!of) {
            TRY(found, journal_.load_id(from.stream));
            if (!found) return pass_over(from, "Its stream is not in the journal."), result<void>();
            of = std::move(found);
        }
        const auto payload = base::parse_json(publish->payload.text);
        if (!payload || !payload->is_object()) {
            pass_over(from, payload ? "What is published is no object." : payload.error().words);
            continue;
        }
        auto one = std::make_shared<news>();
        one->key = engine::outbound_key(from.hash, i);
        one->position = from.position;
        one->stream = from.stream;
        one->topic = publish->topic;
        one->at = from.at;
        one->correlation = meta->correlation;
        one->members = payload->as_object();
        if (of->key.kind == port::stream_kind::number) {
            one->members["line"] = of->public_id;
            const auto* closure = one->members.if_contains("closure");
            if (closure != nullptr && closure->is_int64() && closure->as_int64() > 0)
                one->members["case"] = of->public_id + "-c" + std::to_string(closure->as_int64());
        }
        if (const auto* iccid = one->members.if_contains("iccid"); iccid != nullptr && iccid->is_string()) {
            TRY(profile, journal_.load({port::stream_kind::esim, std::string(iccid->as_string())}));
            if (profile) one->members["esim"] = profile->public_id;
        }
        to.push_back(std::move(one));
    }
    return {};
}

/// Pages are read more than once; it is told once.
void news_reader::pass_over(const port::outbox_entry& what, const std::string& why) {
    {
        const std::scoped_lock held(passed_mutex_);
        if (passed_.size() >= passed_max || !passed_.insert(what.position).second) return;
    }
    log_.error("webhook_news_unreadable", "", {{"position", std::to_string(what.position)}, {"reason", why}});
}

std::uint64_t news_reader::passed_over() const {
    const std::scoped_lock held(passed_mutex_);
    return passed_.size();
}

result<page_ptr> news_reader::read(std::int64_t after) {
    TRY(head, journal_.last_position());  // before the read: everything up to here is visible to it
    TRY(entries, journal_.outbox(after, static_cast<std::size_t>(page_limit)));
    auto out = std::make_shared<news_page>();
    out->after = after;
    out->end = entries.empty() ? after : entries.back().position;
    if (std::ssize(entries) < page_limit) out->end = std::max(out->end, head);
    for (const auto& one : entries)
        if (publishes(one)) CHECK(add(out->what, one));
    return out;
}

/// Each is read once.
result<page_ptr> news_reader::page_after(std::int64_t after) {
    const std::scoped_lock held(pages_mutex_);
    const auto found = std::ranges::find(pages_, after, [](const page_ptr& one) { return one->after; });
    if (found != pages_.end()) return *found;
    TRY(fresh, read(after));
    if (fresh->end == after) return fresh;
    pages_.push_back(fresh);
    if (pages_.size() > pages_kept) pages_.erase(pages_.begin());
    return fresh;
}

result<std::int64_t> news_reader::position_at(instant when) {
    std::int64_t least = 0;
    TRY(most, journal_.last_position());
    while (least < most) {
        const auto middle = least + (most - least) / 2;
        TRY(next, journal_.outbox(middle, 1));
        if (next.empty() || next.front().at >= when)
            most = middle;
        else
            least = next.front().position;
    }
    return least;
}

/// Null: none of this entry's.
result<news_ptr> news_reader::keyed(const std::string& key, const port::outbox_entry& in) {
    if (!publishes(in)) return nullptr;
    const auto effects = engine::decode_effects(in.effects);
    if (!effects) return nullptr;
    for (std::size_t i = 0; i < effects->size(); ++i) {
        if (engine::outbound_key(in.hash, i) != key) continue;
        std::vector<news_ptr> all;
        CHECK(add(all, in));
        for (auto& one : all)
            if (one->key == key) return std::move(one);
    }
    return nullptr;
}

result<news_ptr> news_reader::find(const std::string& key, instant oldest, const std::stop_token& stop) {
    TRY(end, journal_.last_position());
    for (int i = 0; end > 0 && i < searched_pages; ++i) {
        if (stop.stop_requested()) return refuse(code::unavailable, "The server is being stopped.");
        const auto after = std::max<std::int64_t>(0, end - page_limit);
        TRY(entries, journal_.outbox(after, static_cast<std::size_t>(page_limit)));
        bool older = false;  // from an entry that is too old on, downwards, all are
        for (const auto& one : entries) {
            if (one.position > end) break;  // of what was searched already
            older = older || one.at < oldest;
            if (one.at < oldest) continue;
            TRY(found, keyed(key, one));
            if (found) return found;
        }
        end = older ? 0 : after;
    }
    if (end == 0) return refuse(code::not_found, "No event of the last days has this id.");
    return refuse(code::not_found, "The latest " + std::to_string(searched_pages * page_limit) +
                                       " entries of the journal have no such event, and those before are not searched: "
                                       "ask for everything `since` its time.");
}

}  // namespace keepline::desk
