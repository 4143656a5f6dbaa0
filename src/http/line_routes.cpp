// Lines: looking at them, and what is more than one command with the line as its answer.
#include "engine/codec.hpp"
#include "http/commands.hpp"
#include "http/routes.hpp"
#include "port/person.hpp"

#include <charconv>

namespace keepline::http {

using base::code;
using base::refuse;

void find_line(const call_ptr& c) {
    const auto in = body_of<search_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto view = c->core_of().read({port::stream_kind::number, in->number.text()});
    // The same words whether it is unknown or somebody else's: a customer cannot probe for numbers.
    const bool theirs = view && (!c->is_customer() || ((*view)->number().subscription &&
                                                       (*view)->number().subscription->subscriber == c->who.who.id));
    if (!view && view.error().what != code::not_found) return c->refuse(view.error());
    if (!theirs) return c->refuse({code::not_found, "There is no such line."});
    answer_line(c, {*view, {}, false});
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

result<history_entry_view> shown(const port::entry& entry, reader who) {
    TRY(meta, base::from_json<engine::entry_meta>(entry.meta));
    TRY(events, base::from_json<std::vector<domain::number_event>>(entry.events));
    for (auto& one : events) redact(one, who);
    history_entry_view out{entry.version, entry.at, meta.by, meta.through, {}, std::move(events), entry.hash};
    if (!meta.correlation.empty()) out.correlation = std::move(meta.correlation);
    if (who == reader::customer && out.by.as != domain::role::subscriber) out.by.id = label();
    return out;
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
        TRY(item, shown(one, c.shown_to()));
        items.push_back(std::move(item));
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

/// Derived from the Idempotency-Key with the instance's secret: unpredictable to anybody else, and the same on a retry,
/// when the answer of the first try was lost.
std::string recovery_code(const call& c, std::string_view line_id, int i) {
    const auto scope = std::string(line_id) + "/" + std::to_string(i);
    const auto raw = base::from_hex(c.secrets().keyed_digest("recovery-code", scope, base::hex(c.once->key)));
    return base::base32(base::byte_view(*raw).first(recovery_bytes));
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
    domain::set_recovery_codes command;
    recovery_codes_view shown_once{(*line)->public_id, {}};
    for (int i = 0; i < recovery_codes; ++i) {
        const auto code = recovery_code(*c, (*line)->public_id, i);
        command.digests.push_back(c->secrets().keyed_digest("recovery", (*line)->public_id, code));
        shown_once.codes.push_back(in_groups(code));
    }
    submit(c, submission_of(*c, (*line)->key, domain::number_command{std::move(command)}),
           [shown_once](const call_ptr& same, const engine::answer& done) {
               auto out = json_answer(shown_once, 201);
               add_version(out, done.view->revision(), done.replayed);
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
