// The customer's archive: made when it is fetched, out of journal and vault, and journalled as downloaded before its
// first byte leaves.
#include "base/digest.hpp"
#include "http/routes.hpp"
#include "http/zip.hpp"

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t entries_per_read = 500;

struct packed {
    std::string zip;
    std::string digest;  // of the manifest, hex
};

result<void> check_ready(const found_case& found, instant now) {
    using enum domain::backup_state;
    if (found.past != nullptr)
        return refuse(code::download_expired, "This closure has ended; the line has a newer one.");
    const auto& backup = found.view->number().current->backup;
    if (backup.state == undecided || backup.state == declined)
        return refuse(code::backup_undecided, "Ask for the backup first.");
    if (now >= backup.expires_at)
        return refuse(code::download_expired, "The download has expired.",
                      {{"expired_at", base::iso(backup.expires_at)}});
    return {};
}

result<std::vector<booked>> all_bookings(const call& c, const engine::stream_view& of, instant since) {
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
result<port::line_records> stored_records(const call& c, const std::string& subscriber, const std::string& line_id) {
    const auto text = c.api->with.vault->open(subscriber, std::string(port::records_prefix) + line_id);
    if (text) return base::from_json<port::line_records>(*text);
    if (text.error().what == code::not_found) return port::line_records{};
    return std::unexpected(text.error());
}

result<packed> pack(const call& c, const engine::stream_view& of) {
    const auto& s = of.number();
    if (!s.subscription) return refuse(code::line_missing, "The number has no line.");
    archive_source from;
    from.line_id = of.public_id;
    from.number = s.number;
    from.language = s.language;
    from.currency = s.books.currency;
    from.made_at = s.current->backup.at;
    const auto rules = c.core_of().rules();
    if (const auto* policy = rules->policies.find(s.subscription->policy)) from.zone = rules->zones.of(policy->zone);
    TRY(bookings, all_bookings(c, of, s.subscription->since));
    from.bookings = std::move(bookings);
    TRY(records, stored_records(c, s.subscription->subscriber.text(), of.public_id));
    from.records = std::move(records);
    const auto files = backup_files(from);
    TRY(bytes, zip(files));
    return packed{std::move(bytes), base::hex(base::sha256(base::view(files.back().content)))};
}

void send(const call_ptr& c, packed what) {
    response out;
    out.type = "application/zip";
    out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + std::string(c->args[0]) + ".zip\""});
    out.headers.push_back({"Keepline-Manifest-SHA256", what.digest});
    out.body = std::move(what.zip);
    c->answer(std::move(out));
}

void pack_and_send(const call_ptr& c, const engine::view_ptr& view) {
    run_aside(c, [c, view]() -> afterwards {
        auto done = pack(*c, *view);
        if (!done) return [c, why = done.error()] { c->refuse(why); };
        return [c, view, done = std::make_shared<packed>(std::move(*done))] {
            submit(c, submission_of(*c, view->key, domain::number_command{domain::backup_fetched{done->digest}}),
                   [done](const call_ptr& same, const engine::answer&) { send(same, std::move(*done)); });
        };
    });
}

}  // namespace

void fetch_backup(const call_ptr& c) {
    if (c->in().how == verb::head)  // it would count as downloaded without having been
        return c->refuse({code::method_not_allowed, "An archive is fetched with GET.", {{"allow", "GET"}}});
    const auto found = case_for(*c, c->args[0]);
    if (!found) return c->refuse(found.error());
    if (auto ready = check_ready(*found, c->now()); !ready) return c->refuse(ready.error());
    if (c->is_customer()) return pack_and_send(c, found->view);
    auto why = query_value(*c, "reason");
    if (!why) return c->refuse(why.error());
    if (auto said = check_text("reason", *why, 200); !said) return c->refuse(said.error());
    const auto& line = found->view->number().subscription;
    if (!line) return c->refuse({code::line_missing, "The number has no line."});
    submit(c,
           submission_of(*c, {port::stream_kind::subscriber, line->subscriber.text()},
                         domain::subscriber_command{domain::record_read{"backup", *why}}),
           [view = found->view](const call_ptr& same, const engine::answer&) { pack_and_send(same, view); });
}

}  // namespace keepline::http
