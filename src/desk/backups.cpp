// The customer's archive: made when it is fetched, out of journal and vault, journalled as downloaded before its first
// byte leaves, and sent while it is made (archives.hpp).
#include "desk/archive_stream.hpp"
#include "desk/archives.hpp"
#include "desk/taking.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t entries_per_read = 500;

result<void> check_ready(const found_case& found, instant now) {
    using enum domain::backup_state;
    if (found.past != nullptr)
        return refuse(code::download_expired, "This closure has ended; the line has a newer one.");
    const auto& backup = found.view->number().current->backup;
    if (backup.state == undecided || backup.state == declined)
        return refuse(code::backup_undecided, "Ask for the backup first.");
    if (backup.expires_at && now >= *backup.expires_at)
        return refuse(code::download_expired, "The download has expired.",
                      {{"expired_at", base::iso(*backup.expires_at)}});
    return {};
}

result<std::vector<booked>> all_bookings(const asked& c, const engine::stream_view& of, instant since) {
    std::vector<booked> out;
    for (std::uint64_t from = 1;;) {
        TRY(entries, c.core_of().history(of, from, entries_per_read));
        TRY(some, bookings_of(entries, since));
        std::ranges::move(some, std::back_inserter(out));
        if (entries.size() < entries_per_read) return out;
        from = entries.back().version + 1;
    }
}

/// Nothing was ever stored for the line: an empty archive is an honest one.
result<port::line_records> stored_records(const asked& c, const std::string& subscriber, const std::string& line_id) {
    const auto text = c.at->with.vault->open(subscriber, std::string(port::records_prefix) + line_id);
    if (text) return base::from_json<port::line_records>(*text);
    if (text.error().what == code::not_found) return port::line_records{};
    return std::unexpected(text.error());
}

result<archive_source> source_of(const asked& c, const engine::stream_view& of) {
    const auto& s = of.number();
    archive_source from;
    from.line_id = of.public_id;
    from.number = s.number;
    from.language = s.language;
    from.currency = s.books.currency;
    from.made_at = s.current->backup.at.value_or(instant{});
    from.sandbox = c.at->with.sandbox != nullptr;
    const auto rules = c.core_of().rules();
    if (const auto* policy = rules->policies.find(s.subscription->policy)) from.zone = rules->zones.of(policy->zone);
    TRY(bookings, all_bookings(c, of, s.subscription->since));
    from.bookings = std::move(bookings);
    TRY(records, stored_records(c, s.subscription->subscriber.text(), of.public_id));
    from.records = std::move(records);
    return from;
}

void pack_and_send(const ask_ptr<archive_told>& c, const engine::view_ptr& view) {
    const auto& line = view->number().subscription;
    if (!line) return c->refuse({code::line_missing, "The number has no line."});
    auto places = take_archive_places(*c->at, line->subscriber.text());
    if (!places) return c->refuse(places.error());
    auto held = std::make_shared<archive_places>(std::move(*places));
    run_on(c->at->archives, c, [c, view, held]() -> afterwards {
        auto from = source_of(*c, *view);
        auto made = from ? archive_stream::open(std::move(*from)) : std::unexpected(from.error());
        if (!made) return [c, why = made.error()] { c->refuse(why); };
        const auto done = on_its_way(c->at->archives, std::move(*made), std::move(*held));
        return [c, view, done] {
            submit(
                c,
                submission_of(*c, view->key, domain::number_command{domain::backup_fetched{done->manifest_digest()}}),
                [done](const ask_ptr<archive_told>& same, const engine::answer&) { same->answer(done); });
        };
    });
}

}  // namespace

void desk::fetch_backup(request in, const std::string& closure, result<std::string> why, reply<archive_told> then) {
    using mine = ask_ptr<archive_told>;
    take(shared_, use::fetch_backup, std::move(in), std::move(then), [&](const mine& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        if (auto ready = check_ready(*found, c->now()); !ready) return c->refuse(ready.error());
        if (c->is_customer()) return pack_and_send(c, found->view);
        if (!why) return c->refuse(why.error());
        if (auto fine = check_text("reason", *why, 200); !fine) return c->refuse(fine.error());
        const auto& line = found->view->number().subscription;
        if (!line) return c->refuse({code::line_missing, "The number has no line."});
        // As much is read of a person as by read_person, and it is counted alike.
        const auto hourly = is_staff(c->role()) ? c->at->with.token_rules.searches_hourly : 0;
        auto note = submission_of(*c, {port::stream_kind::subscriber, line->subscriber.text()},
                                  domain::subscriber_command{domain::record_read{"backup", *why, hourly}});
        submit(c,
               note_of(*c, c->who.who.id,
                       domain::credential_command{domain::note_search{line->subscriber.text(), true, hourly}}),
               [view = found->view, note = std::move(note)](const mine& same, const engine::answer&) {
                   submit(same, note, [view](const mine& there, const engine::answer&) { pack_and_send(there, view); });
               });
    });
}

}  // namespace keepline::desk
