// A person's archive of everything that is held about them: a code for it, asked for, stopped, and fetched. Who may
// what and when is the domain's (domain/subscriber/disclosure.hpp); what is in it is desk/disclosure_archive.hpp's. It
// is made when it is fetched, out of journals, vault and documents, and journalled before its first byte leaves.
#include "desk/archives.hpp"
#include "desk/disclosure_archive.hpp"
#include "desk/dispute_words.hpp"
#include "desk/documents.hpp"
#include "desk/line_in_hand.hpp"
#include "desk/note_words.hpp"
#include "desk/person_for.hpp"
#include "desk/person_reader.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {
namespace disclosing {

constexpr std::size_t entries_per_read = 500;
constexpr std::size_t reason_max = 200;
constexpr std::size_t code_digits = 8;

disclosure_view view_of(const asked& c, const domain::disclosure& one) {
    disclosure_view out;
    out.serial = one.serial;
    out.shown = one.shown;
    out.longer = one.longer;
    out.by = as_shown(one.by, c.shown_to());
    out.at = one.at;
    out.ready_at = one.ready_at;
    out.expires_at = one.expires_at;
    out.fetches = one.fetches;
    out.fetched_at = one.fetched_at;
    out.stopped_at = one.stopped_at;
    if (one.stopped_by) out.stopped_by = as_shown(*one.stopped_by, c.shown_to());
    if (!c.is_customer() && !one.why.empty()) out.reason = one.why;
    using enum disclosure_stage;
    out.state = one.stopped_at              ? one.fetches > 0 ? fetched_then_stopped : stopped
                : c.now() >= one.expires_at ? expired
                : one.fetches > 0           ? fetched
                : c.now() >= one.ready_at   ? ready
                                            : waiting;
    return out;
}

void answer_one(const ask_ptr<told<disclosure_view>>& c, const engine::answer& done, int serial, bool made) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    const auto* one = domain::find_disclosure(done.view->subscriber(), serial);
    if (one == nullptr) return c->refuse({code::not_found, "There is no such archive."});
    c->answer({view_of(*c, *one), done.view->revision(), done.replayed, made});
}

/// What was never stored is not there; nothing else is left out in silence.
template <typename T>
result<T> stored(const asked& c, const label& of, const std::string& kind) {
    const auto text = c.at->with.vault->open(of.text(), kind);
    if (text) return base::from_json<T>(*text);
    if (text.error().what == code::not_found) return T{};
    return std::unexpected(text.error());
}

/// A code to a lost phone, or to a SIM of lately, proves nothing.
result<base::msisdn> line_in_hand(const asked& c, const domain::number_state& s) {
    CHECK(check_in_hand(c, s));
    return s.number;
}

/// A phone on file may be a line of theirs under another name.
result<void> check_own_number(const asked& c, const domain::subscriber_state& s, const label& contact) {
    TRY(person, stored<port::person>(c, s.id, std::string(port::person_kind)));
    const auto known = std::ranges::find(person.contacts, contact, &port::contact_address::id);
    if (known == person.contacts.end() || known->by != domain::medium::sms) return {};
    const auto number = base::msisdn::parse(known->address);
    if (!number || std::ranges::find(s.numbers, *number) == s.numbers.end()) return {};
    const auto view = c.core_of().read(key_of_number(*number));
    if (!view && view.error().what == code::not_found) return {};  // it has not become theirs
    if (!view) return std::unexpected(view.error());
    const auto& line = (*view)->number();
    if (!line.subscription || line.subscription->subscriber != s.id ||
        line.subscription->status == domain::line_status::ended)
        return refuse(code::evidence_too_weak, "That phone was a line of theirs, which has ended: take another one.");
    CHECK(line_in_hand(c, line));
    return {};
}

/// When a line of theirs was lost, or its SIM changed, last.
std::optional<instant> line_changed_at(const asked& c, const domain::subscriber_state& s) {
    std::optional<instant> last;
    for (const auto& number : s.numbers) {
        const auto view = c.core_of().read(key_of_number(number));
        const auto* line = view && (*view)->number().subscription ? &*(*view)->number().subscription : nullptr;
        if (line == nullptr || line->subscriber != s.id) continue;
        for (const auto& at : {line->locked_since, line->sim_changed_at})
            if (at) last = std::max(last.value_or(*at), *at);
    }
    return last;
}

result<domain::request_disclosure_code> code_wanted(const asked& c, const engine::stream_view& of,
                                                    const disclosure_code_body& in) {
    if (in.contact.has_value() == in.line.has_value())
        return refuse(code::invalid, "Name either `contact` or `line`: where the code goes.", {{"field", "contact"}});
    domain::request_disclosure_code out;
    if (in.line) {
        TRY(view, line_for(c, *in.line));
        TRY(number, line_in_hand(c, view->number()));
        out.number = number;
    }
    out.contact = in.contact ? *in.contact : label::trusted("line");
    if (in.contact && in.contact->text() == "line")
        return refuse(code::contact_unknown, "There is no such contact point; name the `line`.");
    if (in.contact) CHECK(check_own_number(c, of.subscriber(), *in.contact));
    out.signed_in = c.who.since;
    const auto scope = port::contact_scope(of.subscriber().id.text(), out.contact.text());
    out.nonce = c.at->with.random->token(16);
    out.digest = c.secrets().keyed_digest("otp", scope, c.secrets().otp_code(scope, out.nonce));
    return out;
}

/// What changed while it waited is an event, because everybody hears of it.
std::optional<base::error> put_off_in(const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::subscriber_event>(&one);
        const auto* later = event == nullptr ? nullptr : std::get_if<domain::disclosure_put_off>(event);
        if (later != nullptr)
            return base::error{
                code::blocked,
                "Something of theirs changed while it waited: it is there later, and everybody was told.",
                {{"ready_at", base::iso(later->ready_at)}}};
    }
    return std::nullopt;
}

/// A wrong code is an event, because it must be counted.
std::optional<base::error> wrong_code_in(const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::subscriber_event>(&one);
        const auto* failed = event == nullptr ? nullptr : std::get_if<domain::disclosure_code_failed>(event);
        if (failed == nullptr) continue;
        const base::detail tries{"wrong_tries", std::to_string(failed->wrong)};
        if (failed->locked_until)
            return base::error{code::otp_locked,
                               "Too many wrong codes; wait before the next try.",
                               {tries, {"until", base::iso(*failed->locked_until)}}};
        return base::error{code::otp_wrong, "The code is wrong; look at the latest message.", {tries}};
    }
    return std::nullopt;
}

result<domain::ask_disclosure> ask_of(const asked& c, const engine::stream_view& of, const disclosure_body& in) {
    if (!c.is_customer()) {
        CHECK(check_text("reason", in.reason.value_or(""), reason_max));
        return domain::ask_disclosure{{}, *in.reason, {}, line_changed_at(c, of.subscriber())};
    }
    const auto said = in.code.value_or("");
    const bool digits = std::ranges::all_of(said, [](char one) { return one >= '0' && one <= '9'; });
    if (said.size() != code_digits || !digits)
        return refuse(code::invalid, "`code` must be the 8 digits of the message.", {{"field", "code"}});
    const auto last = domain::codes_of_sign_in(of.subscriber(), c.who.since).last;
    const auto scope = port::contact_scope(of.subscriber().id.text(), last ? last->contact.text() : "");
    return domain::ask_disclosure{
        c.secrets().keyed_digest("otp", scope, said), {}, c.who.since, line_changed_at(c, of.subscriber())};
}

// ------------------------------------------------------------------------------------------------ what is in it

template <typename Take>
result<void> each_entry(const asked& c, const engine::stream_view& of, Take take) {
    for (std::uint64_t from = 1;;) {
        TRY(entries, c.core_of().history(of, from, entries_per_read));
        for (const auto& one : entries) CHECK(take(one));
        if (entries.size() < entries_per_read) return {};
        from = entries.back().version + 1;
    }
}

result<void> add_line(const asked& c, disclosure_source& to, const domain::subscriber_state& s,
                      const base::msisdn& number) {
    auto view = c.core_of().read({port::stream_kind::number, number.text()});
    if (!view && view.error().what == code::not_found) return {};
    if (!view) return std::unexpected(view.error());
    disclosed_line line;
    line.id = (*view)->public_id;
    line.number = number;
    line_reader reads(to, line, c.at->with.message_words, s.language);
    CHECK(each_entry(c, **view, [&](const port::entry& one) { return reads.take(one); }));
    for (std::size_t i = 0; i < line.disputes.size(); ++i) {
        const auto words = c.at->with.vault->open(s.id.text(), kind_of_dispute_words(line.id, line.dispute_words[i]));
        if (!words && words.error().what != code::not_found) return std::unexpected(words.error());
        if (words) line.disputes[i].words = *words;
    }
    for (std::size_t i = 0; i < line.notes.size(); ++i) {
        const auto& kept = line.notes_as_kept[i];
        auto words = words_of_note(*c.at->with.vault, s.id, line.id, kept.words, kept.digest);
        if (!words && words.error().what != code::journal_broken) return std::unexpected(words.error());
        if (!words)
            line.notes[i].altered = true;  // nobody's note keeps them from the rest of what is theirs
        else if (!words->empty())
            line.notes[i].words = std::move(*words);
    }
    TRY(records, stored<port::line_records>(c, s.id, std::string(port::records_prefix) + line.id));
    line.records = std::move(records);
    TRY(replies, stored<std::vector<reply_text>>(c, s.id, std::string(replies_prefix) + line.id));
    line.replies = std::move(replies);
    const auto end = std::ranges::find(s.ends, number, &domain::line_end::number);
    if (end != s.ends.end() && end->at) {
        line.ended_at = end->at;
        if (!end->records_gone) line.records_until = end->records_until;
        line.identity_until = end->identity_until;
    }
    to.lines.push_back(std::move(line));
    return {};
}

std::vector<std::string> kept_in_words(const reader_of_words& who, const domain::subscriber_state& s) {
    if (s.planned) return erasure_in_words(who, *s.planned);
    std::vector<std::string> out;
    const auto until = domain::identity_until(s);
    text::values with;
    if (until) with["until"] = who.texts->localised(*who.in, who.zone.local_text(*until));
    out.push_back(text::render(who.texts->find(*who.in, until ? "kept.until" : "kept.while_line"), with));
    for (auto& one : what_remains(who)) out.push_back(std::move(one));
    return out;
}

result<disclosure_source> source_of(const asked& c, const engine::stream_view& of, instant made_at) {
    const auto& s = of.subscriber();
    disclosure_source from;
    from.subscriber = s.id;
    const auto reads = reader_for(c, s);
    from.texts = reads.texts;
    from.language = s.language;
    from.zone = reads.zone;
    from.made_at = made_at;
    from.sandbox = c.at->with.sandbox != nullptr;
    TRY(person, stored<port::person>(c, s.id, std::string(port::person_kind)));
    from.person = std::move(person);
    for (auto& one : from.person.refund_wanted) one.digest.clear();
    for (auto& one : from.person.document_wanted) one.digest.clear();
    addresses_since addresses;
    CHECK(each_entry(c, of, [&](const port::entry& one) { return addresses.take(one); }));
    from.addresses = std::move(addresses.of);
    CHECK(each_entry(c, of, [&](const port::entry& one) { return take_own(from, one, c.at->with.message_words); }));
    for (const auto& number : s.numbers) CHECK(add_line(c, from, s, number));
    for (const auto& one : s.documents)
        from.documents.push_back(
            {one.id, one.purpose, one.media, one.at, one.by.as, "documents/" + document_file(one)});
    from.document = [at = c.at, id = s.id, all = s.documents](const label& which) -> result<std::string> {
        const auto one = std::ranges::find(all, which, &domain::kept_document::id);
        if (one == all.end()) return refuse(code::not_found, "There is no such document.");
        return document_bytes(*at, id, *one);
    };
    from.kept = kept_in_words(from.reader(), s);
    return from;
}

/// Each fetching is one of its own: a retry is written down again.
engine::submission fetching(const asked& c, const engine::stream_view& of, int serial, const std::string& digest) {
    auto out = submission_of(
        c, of.key,
        domain::subscriber_command{domain::fetch_disclosure{serial, digest, line_changed_at(c, of.subscriber())}});
    out.once.reset();
    out.expected_revision.reset();
    return out;
}

void pack_and_send(const ask_ptr<archive_told>& c, const engine::view_ptr& view, int serial) {
    auto places = take_archive_places(*c->at, view->key.key);
    if (!places) return c->refuse(places.error());
    auto held = std::make_shared<archive_places>(std::move(*places));
    run_on(c->at->archives, c, [c, view, serial, held]() -> afterwards {
        auto from = source_of(*c, *view, c->now());
        auto made = from ? archive_stream::open(disclosure_plan(std::move(*from))) : std::unexpected(from.error());
        if (!made) return [c, why = made.error()] { c->refuse(why); };
        const auto done = on_its_way(c->at->archives, std::move(*made), std::move(*held));
        return [c, view, serial, done] {
            submit(c, fetching(*c, *view, serial, done->manifest_digest()),
                   [done](const ask_ptr<archive_told>& same, const engine::answer& what) {
                       if (auto later = put_off_in(what)) return same->refuse(*later);
                       same->answer(done);
                   });
        };
    });
}

void answer_code(const ask_ptr<told<disclosure_code_view>>& c, const engine::answer& done) {
    const auto last = domain::codes_of_sign_in(done.view->subscriber(), c->who.since).last;
    if (!last) return c->refuse({code::not_found, "There is no code."});
    c->answer({disclosure_code_view{last->contact, last->expires_at}, done.view->revision(), done.replayed,
               !done.events.empty()});
}

/// Nothing is made of one that is put off: the command says so.
void put_off(const ask_ptr<archive_told>& c, const engine::stream_view& of, int serial) {
    submit(c, fetching(*c, of, serial, {}), [](const ask_ptr<archive_told>& same, const engine::answer& done) {
        const auto later = put_off_in(done);
        same->refuse(later ? *later : base::error{code::unavailable, "It changed just now; fetch it again."});
    });
}

bool is_put_off(const asked& c, const domain::subscriber_state& s, const domain::disclosure& what) {
    const auto limits = domain::disclosure_limits_of(*c.core_of().rules());
    if (!limits || !what.is_open(c.now())) return false;
    const auto later = domain::put_off_until(s, what, *limits, line_changed_at(c, s));
    return later && c.now() < *later;
}

}  // namespace disclosing
}  // namespace

reader_of_words reader_for(const asked& c, const domain::subscriber_state& s) {
    const auto* texts = c.at->with.texts != nullptr ? c.at->with.texts : text::shipped().get();
    reader_of_words out{texts, &texts->best(s.language), {}};
    const auto rules = c.core_of().rules();
    for (const auto& number : s.numbers) {  // the times are those of one of their lines
        const auto line = c.core_of().read({port::stream_kind::number, number.text()});
        const auto* held = line && (*line)->number().subscription ? &*(*line)->number().subscription : nullptr;
        const auto* policy = held != nullptr && held->subscriber == s.id ? rules->policies.find(held->policy) : nullptr;
        if (policy == nullptr) continue;
        out.zone = rules->zones.of(policy->zone);
        break;
    }
    return out;
}

void desk::request_disclosure_code(request by, const std::string& subscriber, said<disclosure_code_body> in,
                                   reply<told<disclosure_code_view>> then) {
    using mine = ask_ptr<told<disclosure_code_view>>;
    take(shared_, use::request_disclosure_code, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        run_aside(c, [c, in = std::move(*in)]() -> afterwards {
            const auto view = person_for(*c, c->ids[0]);
            if (!view) return [c, why = view.error()] { c->refuse(why); };
            auto command = disclosing::code_wanted(*c, **view, in);
            if (!command) return [c, why = command.error()] { c->refuse(why); };
            auto what = submission_of(*c, (*view)->key, domain::subscriber_command{std::move(*command)});
            return [c, what = std::move(what)] { submit(c, what, disclosing::answer_code); };
        });
    });
}

void desk::ask_disclosure(request by, const std::string& subscriber, said<disclosure_body> in,
                          reply<told<disclosure_view>> then) {
    using mine = ask_ptr<told<disclosure_view>>;
    take(shared_, use::ask_disclosure, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        auto command = disclosing::ask_of(*c, **view, *in);
        if (!command) return c->refuse(command.error());
        submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{std::move(*command)}),
               [](const mine& same, const engine::answer& done) {
                   if (auto wrong = disclosing::wrong_code_in(done)) return same->refuse(*wrong);
                   disclosing::answer_one(same, done, done.view->subscriber().disclosures_made, !done.events.empty());
               });
    });
}

void desk::list_disclosures(request by, const std::string& subscriber, reply<page_of<disclosure_view>> then) {
    using mine = ask_ptr<page_of<disclosure_view>>;
    take(shared_, use::list_disclosures, std::move(by), {subscriber}, std::move(then), [&](const mine& c) {
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        page_of<disclosure_view> out;
        for (const auto& one : (*view)->subscriber().disclosures) out.items.push_back(disclosing::view_of(*c, one));
        c->answer(std::move(out));
    });
}

void desk::stop_disclosure(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                           reply<told<disclosure_view>> then) {
    using mine = ask_ptr<told<disclosure_view>>;
    take(shared_, use::stop_disclosure, std::move(by), {subscriber, which}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto serial = serial_in(c->ids[1]).value_or(0);
        domain::stop_disclosure command{serial, in->reason.value_or("")};
        submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{std::move(command)}),
               [serial](const mine& same, const engine::answer& done) {
                   disclosing::answer_one(same, done, serial, false);
               });
    });
}

/// Staff say why once more, and it is counted like reading a person: as much is read of them.
void desk::fetch_disclosure(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                            reply<archive_told> then) {
    using mine = ask_ptr<archive_told>;
    take(shared_, use::fetch_disclosure, std::move(by), {subscriber, which}, std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto serial = serial_in(c->ids[1]).value_or(0);
        const auto* one = domain::find_disclosure((*view)->subscriber(), serial);
        if (one == nullptr) return c->refuse({code::not_found, "There is no such archive."});
        if (auto may = domain::check_fetcher(*one, c->who.who); !may) return c->refuse(may.error());
        if (disclosing::is_put_off(*c, (*view)->subscriber(), *one)) return disclosing::put_off(c, **view, serial);
        if (auto may = domain::check_fetching(*one, c->who.who, c->now()); !may) return c->refuse(may.error());
        if (c->is_customer()) return disclosing::pack_and_send(c, *view, serial);
        const auto why = in->reason.value_or("");
        if (auto said = check_text("reason", why, disclosing::reason_max); !said) return c->refuse(said.error());
        auto note = submission_of(*c, (*view)->key,
                                  domain::subscriber_command{domain::record_read{"everything", why, looks_hourly(*c)}});
        look_noted(c, "disclosure/" + c->ids[0], std::move(note),
                   [view = *view, serial](const mine& there) { disclosing::pack_and_send(there, view, serial); });
    });
}

}  // namespace keepline::desk
