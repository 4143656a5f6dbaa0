// Lines: looking at them, and what is more than one command with the line as its answer.
#include "desk/seen_events.hpp"
#include "engine/codec.hpp"
#include "http/commands.hpp"
#include "http/routes.hpp"
#include "port/person.hpp"

#include <charconv>

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t digest_shown = 16;
constexpr std::size_t caller_max = 64;

/// A note in the caller's own stream: without the request's key, which is the line's.
engine::submission note_of(const call& c, const label& holder, domain::credential_command what) {
    auto out = submission_of(c, desk::credential_stream(c.role(), holder), std::move(what));
    out.once.reset();
    out.expected_revision.reset();
    out.must_exist = false;
    return out;
}

}  // namespace

void find_line(const call_ptr& c) {
    const auto in = body_of<search_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto view = c->core_of().read({port::stream_kind::number, in->number.text()});
    // The same words whether it is unknown or somebody else's: a customer cannot probe for numbers.
    const bool theirs = view && (!c->is_customer() || ((*view)->number().subscription &&
                                                       (*view)->number().subscription->subscriber == c->who.who.id));
    if (!view && view.error().what != code::not_found) return c->refuse(view.error());
    const auto answer = [found = theirs ? *view : nullptr](const call_ptr& same) {
        if (!found) return same->refuse({code::not_found, "There is no such line."});
        answer_line(same, {found, {}, false});
    };
    if (c->is_customer()) return answer(c);
    // Written down first, in the stream of who looks: nobody reads their way through the numbers without a trace.
    domain::note_search command;
    command.found = theirs;
    command.subject = theirs ? (*view)->public_id
                             : c->secrets().keyed_digest("searched", "", in->number.text()).substr(0, digest_shown);
    if (desk::is_staff(c->role())) command.hourly = c->api->with.token_rules.searches_hourly;
    submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(command)}),
           [answer](const call_ptr& same, const engine::answer&) { answer(same); });
}

void lock_lost(const call_ptr& c) {
    auto in = body_of<lost_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto caller = in->caller;
    if (caller)
        if (auto fine = check_text("caller", *caller, caller_max); !fine) return c->refuse(fine.error());
    auto command = make::declare_lost({*c, **line, 0}, std::move(*in));
    if (!command) return c->refuse(command.error());
    auto what = submission_of(*c, (*line)->key, std::move(*command));
    const bool locked = (*line)->number().subscription && (*line)->number().subscription->locked_since;
    const bool counted = !locked && (caller || c->role() != domain::role::system);
    if (!counted) return submit(c, std::move(what), answer_line);
    // A budget for who asks: a customer, one of the staff, or whoever calls the hotline.
    domain::note_lock note{(*line)->public_id, c->api->with.token_rules.locks_hourly};
    auto of = note_of(*c, c->who.who.id, domain::credential_command{note});
    if (caller) of.to.key = "caller/" + c->secrets().keyed_digest("caller", "", *caller).substr(0, digest_shown);
    submit(c, std::move(of),
           [what = std::move(what)](const call_ptr& same, const engine::answer&) { submit(same, what, answer_line); });
}

void read_line(const call_ptr& c) {
    const auto view = line_for(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    answer_line(c, {*view, {}, false});
}

void read_balance(const call_ptr& c) {
    const auto view = line_for(*c, c->args[0]);
    if (!view) return c->refuse(view.error());
    c->answer(json_answer(balance_of((*view)->number())));
}

// ------------------------------------------------------------------------------------------------ history

namespace {

/// Nothing where no event of it is for this reader.
result<std::optional<history_entry_view>> line_entry(const port::entry& entry, domain::role who) {
    TRY(meta, base::from_json<engine::entry_meta>(entry.meta));
    TRY(events, base::from_json<std::vector<domain::number_event>>(entry.events));
    std::vector<base::raw_json> seen;
    for (const auto& one : events)
        if (auto text = desk::event_as_seen(one, who)) seen.push_back(std::move(*text));
    if (seen.empty()) return std::nullopt;
    const bool customer = who == domain::role::subscriber;
    if (customer && meta.by.as != domain::role::subscriber) meta.by = {meta.by.as, {}};
    history_entry_view out{entry.version, entry.at, std::move(meta.by), meta.through, {}, std::move(seen), entry.hash};
    if (!meta.correlation.empty()) out.correlation = std::move(meta.correlation);
    return std::optional(std::move(out));
}

result<std::uint64_t> version_after(const std::string& cursor) {
    std::uint64_t after = 0;
    if (cursor.empty()) return after;
    const auto* end = cursor.data() + cursor.size();
    const auto [stopped, failure] = std::from_chars(cursor.data(), end, after);
    if (failure != std::errc() || stopped != end || after == UINT64_MAX)
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    return after;
}

result<response> history_page(const call& c) {
    TRY(view, line_for(c, c.args[0]));
    TRY(page, paging_of(c));
    TRY(after, version_after(page.after));
    TRY(entries, c.core_of().history(*view, after + 1, page.limit));
    const auto& line = view->number().subscription;
    std::vector<history_entry_view> items;
    for (const auto& one : entries) {
        if (c.is_customer() && (!line || one.at < line->since)) continue;
        TRY(item, line_entry(one, c.role()));
        if (item) items.push_back(std::move(*item));
    }
    const bool more = entries.size() == page.limit;
    return page_answer(items, more ? std::to_string(entries.back().version) : std::string());
}

}  // namespace

void read_history(const call_ptr& c) {
    auto page = history_page(*c);
    if (!page) return c->refuse(page.error());
    c->answer(std::move(*page));
}

// ------------------------------------------------------------------------------------------------ recovery codes

namespace {

constexpr int recovery_codes = 8;
constexpr std::size_t recovery_bytes = 10;  // 80 bits; NIST SP 800-63B-4 §4.2 asks for 64

/// From chance alone: neither the secret key nor the journal gives a code back once it was shown.
std::string recovery_code(const call& c) {
    base::byte_array<recovery_bytes> raw{};
    c.api->with.random->fill(raw);
    return base::base32(raw);
}

std::string in_groups(std::string_view code) {
    std::string out;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (i > 0 && i % 4 == 0) out += '-';
        out += code[i];
    }
    return out;
}

}  // namespace

void make_recovery_codes(const call_ptr& c) {
    if (auto in = body_of<nothing>(*c); !in) return c->refuse(in.error());
    if (c->role() == domain::role::agent && c->through != domain::channel::counter)
        return c->refuse({code::forbidden, "Recovery codes are handed out at the counter only."});
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    if (auto again = c->api->secrets_shown.again(*c->once, c->now())) {  // a retry that did not see the answer
        response out;
        out.status = 201;
        out.body = std::move(*again);
        add_version(out, (*line)->revision(), true);
        return c->answer(std::move(out));
    }
    domain::set_recovery_codes command;
    recovery_codes_view shown_once{(*line)->public_id, {}};
    for (int i = 0; i < recovery_codes; ++i) {
        const auto code = recovery_code(*c);
        command.digests.push_back(c->secrets().keyed_digest("recovery", (*line)->public_id, code));
        shown_once.codes.push_back(in_groups(code));
    }
    submit(c, submission_of(*c, (*line)->key, domain::number_command{std::move(command)}),
           [shown_once](const call_ptr& same, const engine::answer& done) {
               if (done.replayed)
                   return same->refuse(
                       {code::shown_already, "These codes were shown once; ask for new ones, which replace them.", {}});
               auto out = json_answer(shown_once, 201);
               same->api->secrets_shown.keep(*same->once, out.body, same->now());
               add_version(out, done.view->revision(), false);
               same->answer(std::move(out));
           });
}

// ------------------------------------------------------------------------------------------------ records

void store_records(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {  // up to 16 MiB of JSON
        auto ready = [&]() -> result<engine::submission> {
            TRY(line, line_for(*c, c->args[0]));
            TRY(records, body_of<port::line_records>(*c));
            const auto& held = line->number().subscription;
            if (!held) return refuse(code::line_missing, "The number has no line.");
            const auto id = held->subscriber;
            TRY(row, c->api->with.vault->seal(id.text(), std::string(port::records_prefix) + line->public_id,
                                              base::to_json(records)));
            auto what = submission_of(
                *c, {port::stream_kind::subscriber, id.text()},
                domain::subscriber_command{domain::record_read{"records", "stored for " + line->public_id}});
            what.vault.push_back(std::move(row));
            return what;
        }();
        if (!ready) return [c, why = ready.error()] { c->refuse(why); };
        return [c, what = std::move(*ready)] {
            submit(c, what, [](const call_ptr& same, const engine::answer&) {
                response out;
                out.status = 204;
                out.type = {};
                same->answer(std::move(out));
            });
        };
    });
}

}  // namespace keepline::http
