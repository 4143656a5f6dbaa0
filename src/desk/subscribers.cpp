// Subscribers: registering, contacts, the person behind them, erasure.
#include "desk/erasure.hpp"
#include "desk/name_index.hpp"
#include "desk/person_reader.hpp"
#include "desk/reads.hpp"
#include "desk/registration.hpp"
#include "desk/sessions.hpp"
#include "desk/taking.hpp"
#include "domain/message_words.hpp"
#include "domain/subscriber/sign_in_rules.hpp"

#include <algorithm>
#include <iterator>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t reason_max = 200;
constexpr int races_max = 3;

port::stream_key key_of(std::string_view id) { return {port::stream_kind::subscriber, std::string(id)}; }

std::unexpected<base::error> no_such_subscriber() { return refuse(code::not_found, "There is no such subscriber."); }

/// A customer sees themself only.
result<engine::view_ptr> subscriber_for(const asked& c, std::string_view id) {
    if (c.is_customer() && id != c.who.who.id.text()) return no_such_subscriber();
    auto view = c.core_of().read(key_of(id));
    if (!view && view.error().what == code::not_found) return no_such_subscriber();
    return view;
}

/// Public ids of the lines that are theirs now. A number in the list may have gone to somebody else since.
std::vector<std::string> lines_of(const asked& c, const domain::subscriber_state& s) {
    std::vector<std::string> out;
    for (const auto& number : s.numbers) {
        const auto line = c.core_of().read({port::stream_kind::number, number.text()});
        if (!line) continue;
        const auto& held = (*line)->number().subscription;
        if (held && held->subscriber == s.id) out.push_back((*line)->public_id);
    }
    return out;
}

using subscriber_ask = ask_ptr<told<subscriber_view>>;

/// A session looks the same in whoever's hands it is: what people are reached by, and so what signs them in, it changes
/// while what opened it was shown lately. As with a code that submits a case, and with passkeys.
result<instant> contacts_until(const asked& c) {
    TRY(limits, domain::contact_limits_of(*c.core_of().rules()));
    const base::duration of_codes = base::minutes{limits.codes.submit_within_minutes};
    return c.who.since + std::min(of_codes, base::duration{domain::passkey_enrolled_within});
}

bool are_others(const domain::subscriber_state& s, const contacts_body& in) {
    std::vector<label> now;
    for (const auto& one : s.contacts)
        if (!one.replaced_at) now.push_back(one.id);
    return !std::ranges::is_permutation(now, in.contacts, {}, {}, &contact_body::id);
}

result<void> check_age(const asked& c, const domain::subscriber_state& s, const contacts_body& in) {
    // In a tongue that its owner does not read, a message warns nobody.
    const bool other_language = in.language && *in.language != s.language;
    if (!c.is_customer() || (!are_others(s, in) && !other_language)) return {};
    TRY(until, contacts_until(c));
    if (c.now() < until) return {};
    const auto minutes = std::chrono::duration_cast<base::minutes>(until - c.who.since).count();
    return refuse(code::session_too_weak,
                  "Sign in again, and change where you are reached right after that: the session is too old for it.",
                  {{"within_minutes", std::to_string(minutes)}});
}

void answer_subscriber(const subscriber_ask& c, const engine::view_ptr& view, bool made, bool replayed) {
    const auto& s = view->subscriber();
    subscriber_view shown{s.id,        view->revision(), s.language, s.contacts, lines_of(*c, s),
                          s.erased_at, s.staff_reads,    {},         {},         {}};
    if (!s.erased_at) shown.kept_until = domain::identity_until(s);
    shown.phrase_since = s.phrase_at;
    if (c->is_customer() && c->who.level == domain::session_level::reach)
        if (const auto until = contacts_until(*c)) shown.contacts_until = *until;
    shown.erasure = s.planned;
    if (s.planned) shown.erasure_in_words = erasure_in_words(reader_for(*c, s), *s.planned);
    if (shown.erasure && c->is_customer()) {
        shown.erasure->by = {shown.erasure->by.as, {}};
        shown.erasure->second.reset();
    }
    c->answer({std::move(shown), view->revision(), replayed, made});
}

/// Made from the Idempotency-Key, so that a retry finds the subscriber that the first try made.
label id_from_key(const asked& c) {
    const auto digest = c.secrets().keyed_digest("subscriber-id", "", base::hex(c.once->key));
    return label::trusted("sub-" + digest.substr(0, 24));
}

/// The tails of both are told when it changes. In a row of changes the first one of before stays the one that is told:
/// a second change must not hide from its owner what was on file.
void pay_to(const asked& c, const domain::subscriber_state& s, port::person& person,
            const base::bank_account& account) {
    const auto before = port::refund_account_of(person);
    if (before == account) return;
    const auto limits = domain::contact_limits_of(*c.core_of().rules());
    const bool in_a_row = limits && std::ranges::any_of(s.account_changes, [&](const domain::contact_change& one) {
                              return one.at + limits->changes_within > c.now();
                          });
    const bool keeps = in_a_row && !person.refund_iban_before.empty() && person.refund_iban_before != account.number;
    if (!keeps) person.refund_iban_before = person.refund_iban;
    person.refund_iban = account.number;
    person.refund_holder = account.holder;
    person.refund_bic = account.bank;
}

struct merged_person {
    domain::change_contacts command;
    port::vault_row row;
};

/// New addresses join those that are known: replaced ones are still told for a while, and no longer kept than that. An
/// id never changes its address, or the old one could not be told of the change.
result<void> merge_addresses(port::person& person, const contacts_body& in,
                             const std::vector<domain::contact_ref>& left) {
    const auto is_left = [&](const label& id) {
        return std::ranges::find(left, id, &domain::contact_ref::id) != left.end();
    };
    for (auto& fresh : addresses(in.contacts)) {
        const auto known = std::ranges::find(person.contacts, fresh.id, &port::contact_address::id);
        if (known == person.contacts.end())
            person.contacts.push_back(std::move(fresh));
        else if (known->by != fresh.by || known->address != fresh.address)
            return refuse(code::invalid, "A changed address needs a new contact id.", {{"contact", fresh.id.text()}});
    }
    std::erase_if(person.contacts, [&](const port::contact_address& one) { return !is_left(one.id); });
    return {};
}

result<merged_person> merge_contacts(const asked& c, const domain::subscriber_state& s, const contacts_body& in) {
    auto& vault = *c.at->with.vault;
    TRY(text, vault.open(s.id.text(), port::person_kind));
    TRY(person, base::from_json<port::person>(text));
    merged_person out;
    out.command.language = in.language.value_or("");
    out.command.contacts = references(in.contacts);
    TRY(limits, domain::contact_limits_of(*c.core_of().rules()));
    TRY(left, domain::contacts_after(s, out.command.contacts, limits.told_for, c.now()));
    CHECK(merge_addresses(person, in, left));
    if (in.refund) {
        TRY(account, account_from(*in.refund, "refund."));
        out.command.refund_account = c.secrets().account_digest(account, s.refund_account);
        pay_to(c, s, person, account);
    }
    TRY(row, vault.seal(s.id.text(), port::person_kind, base::to_json(person)));
    out.row = std::move(row);
    return out;
}

bool are_others_told(const engine::answer& done) {
    return std::ranges::any_of(done.events, [](const engine::any_event& one) {
        const auto* event = std::get_if<domain::subscriber_event>(&one);
        const auto* changed = event == nullptr ? nullptr : std::get_if<domain::contacts_changed>(event);
        return changed != nullptr && changed->counts;
    });
}

/// Sessions that a code opened end where others are told from now on, but for the one in which their owner said so.
void answer_changed(const subscriber_ask& c, const engine::answer& done) {
    if (!are_others_told(done)) return answer_subscriber(c, done.view, false, done.replayed);
    const auto keeps = c->is_customer() ? c->who.digest : std::string();
    end_sessions_then(c, done.view->subscriber().id, domain::end_sessions{{}, keeps, "the contact points changed"},
                      [done](const subscriber_ask& same) { answer_subscriber(same, done.view, false, done.replayed); });
}

/// Reads, merges, writes; once more when somebody else wrote in between, unless the caller said what it may be based
/// on.
void try_change(const subscriber_ask& c, const std::shared_ptr<const contacts_body>& in, int tries_left) {
    run_aside(c, [c, in, tries_left]() -> afterwards {
        auto view = subscriber_for(*c, c->ids[0]);
        if (!view) return [c, why = view.error()] { c->refuse(why); };
        if ((*view)->subscriber().erased_at) return [c] { c->refuse({code::erased, "The personal data was erased."}); };
        if (auto fresh = check_age(*c, (*view)->subscriber(), *in); !fresh)
            return [c, why = fresh.error()] { c->refuse(why); };
        auto merged = merge_contacts(*c, (*view)->subscriber(), *in);
        if (!merged) return [c, why = merged.error()] { c->refuse(why); };
        auto what = submission_of(*c, (*view)->key, domain::subscriber_command{std::move(merged->command)});
        if (!what.expected_revision) what.expected_revision = (*view)->revision();
        what.vault.push_back(std::move(merged->row));
        return [c, in, tries_left, what = std::move(what)] {
            submit_whatever(c, what, [in, tries_left](const subscriber_ask& same, const result<engine::answer>& done) {
                const bool raced = !done && done.error().what == code::version_mismatch && !same->expected;
                if (raced && tries_left > 0) return try_change(same, in, tries_left - 1);
                if (!done) return same->refuse(done.error());
                answer_changed(same, *done);
            });
        };
    });
}

}  // namespace

namespace {

/// The person with what `change` does to them, sealed again; accounts that nobody waits for any more are forgotten.
template <typename Change>
result<port::vault_row> person_changed(const asked& c, const domain::subscriber_state& s, const Change& change) {
    auto& vault = *c.at->with.vault;
    TRY(text, vault.open(s.id.text(), port::person_kind));
    TRY(person, base::from_json<port::person>(text));
    std::erase_if(person.refund_wanted,
                  [&](const port::wanted_account& one) { return !domain::account_is_wanted(s, one.digest, c.now()); });
    std::erase_if(person.document_wanted, [&](const port::wanted_document& one) {
        return !domain::document_is_wanted(s, one.digest, c.now());
    });
    CHECK(change(person));
    return vault.seal(s.id.text(), port::person_kind, base::to_json(person));
}

/// The owner's word is carried out, and a system's first one; any other becomes a request, whose account waits in the
/// vault beside it.
result<engine::submission> naming(const asked& c, const engine::view_ptr& view, const refund_account_body& in) {
    const auto& s = view->subscriber();
    if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
    TRY(named, account_from(in));
    const auto digest = c.secrets().account_digest(named, s.refund_account);
    const bool first = s.refund_account.empty() && c.who.who.as == domain::role::system;
    const bool at_once = c.is_customer() || first;
    TRY(row, person_changed(c, s, [&](port::person& person) -> result<void> {
            if (at_once)
                pay_to(c, s, person, named);
            else if (!domain::account_is_wanted(s, digest, c.now()))
                person.refund_wanted.push_back({digest, named.number, named.holder, named.bank});
            return {};
        }));
    auto what = submission_of(c, view->key, domain::subscriber_command{domain::name_account{digest}});
    if (!what.expected_revision) what.expected_revision = view->revision();
    what.vault.push_back(std::move(row));
    return what;
}

void answer_named(const subscriber_ask& c, const engine::answer& done) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    answer_subscriber(c, done.view, false, done.replayed);
}

/// The person is read and sealed aside, `making` says by which command, and what it comes to is answered with the
/// request that waits or the subscriber as they are.
template <typename Body>
void ask_for_named(const subscriber_ask& c, Body in,
                   result<engine::submission> (*making)(const asked&, const engine::view_ptr&, const Body&)) {
    run_aside(c, [c, making, in = std::move(in)]() -> afterwards {
        auto view = subscriber_for(*c, c->ids[0]);
        if (!view) return [c, why = view.error()] { c->refuse(why); };
        auto what = making(*c, *view, in);
        if (!what) return [c, why = what.error()] { c->refuse(why); };
        return [c, what = std::move(*what)] { submit(c, what, answer_named); };
    });
}

}  // namespace

void desk::name_account(request by, const std::string& subscriber, said<refund_account_body> in,
                        reply<told<subscriber_view>> then) {
    take(shared_, use::name_account, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             ask_for_named(c, std::move(*in), naming);
         });
}

namespace {

constexpr std::size_t phrase_min = 4;
constexpr std::size_t phrase_max = 60;

/// Words that may stand in a message: whoever has the session must not make our mails say something.
result<engine::submission> choosing_phrase(const asked& c, const engine::view_ptr& view, const phrase_body& in) {
    const auto& s = view->subscriber();
    if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
    if (in.phrase.size() < phrase_min || in.phrase.size() > phrase_max)
        return refuse(code::invalid, "`phrase` has 4 to 60 bytes.", {{"field", "phrase"}});
    CHECK(domain::check_message_words(in.phrase, "phrase"));
    const auto digest = c.secrets().keyed_digest("phrase", s.id.text(), in.phrase);
    TRY(limits, domain::contact_limits_of(*c.core_of().rules()));
    TRY(mailboxes, domain::signing_in::mailboxes(s, limits, c.now()));
    TRY(row, person_changed(c, s, [&](port::person& person) -> result<void> {
            person.phrase = in.phrase;
            person.phrase_to.clear();
            for (const auto& one : mailboxes) person.phrase_to.push_back(one.text());
            return {};
        }));
    auto what = submission_of(c, view->key, domain::subscriber_command{domain::choose_phrase{digest}});
    if (!what.expected_revision) what.expected_revision = view->revision();
    what.vault.push_back(std::move(row));
    return what;
}

}  // namespace

void desk::choose_phrase(request by, const std::string& subscriber, said<phrase_body> in,
                         reply<told<subscriber_view>> then) {
    take(shared_, use::choose_phrase, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             ask_for_named(c, std::move(*in), choosing_phrase);
         });
}

namespace {

constexpr std::size_t calendar_nonce_bytes = 16;

result<engine::submission> choosing_calendar(const asked& c, const engine::view_ptr& view, const calendar_body& in) {
    auto nonce = in.wanted ? c.at->with.random->token(calendar_nonce_bytes) : std::string();
    return submission_of(c, view->key, domain::subscriber_command{domain::choose_calendar{std::move(nonce)}});
}

}  // namespace

void desk::choose_calendar(request by, const std::string& subscriber, said<calendar_body> in,
                           reply<told<subscriber_view>> then) {
    take(shared_, use::choose_calendar, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             ask_for_named(c, std::move(*in), choosing_calendar);
         });
}

namespace {

/// The one on file and what is said of it have to fit: what was never noted is not renewed.
result<bool> shown_before(const port::person& person, const document_body& in) {
    const bool on_file = !person.document_number.empty();
    if (on_file == (in.grounds == domain::document_grounds::never_noted))
        return refuse(code::invalid,
                      on_file ? "A document is on file: `grounds` is renewed or mistyped."
                              : "No document is on file: `grounds` is never_noted.",
                      {{"field", "grounds"}});
    if (!in.shown_before || in.shown_before->empty()) return false;
    if (plain_number(*in.shown_before) == plain_number(person.document_number)) return true;
    return refuse(code::proof_mismatch,
                  "What was shown before is not what is on file; leave `shown_before` out where "
                  "the customer no longer has it.");
}

/// Nobody puts another document on file alone: it waits in the vault until somebody else signs.
result<engine::submission> asking_for_document(const asked& c, const engine::view_ptr& view, const document_body& in) {
    const auto& s = view->subscriber();
    if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
    domain::change_document command{{}, in.grounds, false, in.reason};
    command.document =
        c.secrets().keyed_digest("document", s.id.text(), in.document_kind + "/" + plain_number(in.document_number));
    // Whoever has read the number here need not have seen the old document: the signer is not told that it was shown.
    TRY(known, is_staff(c.role()) ? has_read_numbers(c, s.id, {}) : result<bool>(false));
    TRY(row, person_changed(c, s, [&](port::person& person) -> result<void> {
            TRY(was_shown, shown_before(person, in));
            if (plain_number(person.document_number) == plain_number(in.document_number) &&
                person.document_kind == in.document_kind)
                return refuse(code::invalid, "This document is on file already.", {{"field", "document_number"}});
            command.was_shown = was_shown && !known;
            if (!domain::document_is_wanted(s, command.document, c.now()))
                person.document_wanted.push_back({command.document, in.document_kind, in.document_number});
            return {};
        }));
    auto what = submission_of(c, view->key, domain::subscriber_command{std::move(command)});
    if (!what.expected_revision) what.expected_revision = view->revision();
    what.vault.push_back(std::move(row));
    return what;
}

/// Whoever says which document is on file learns whether it is: that counts as a proof that failed, of theirs.
bool tells_of_file(const base::error& why) {
    return why.what == code::proof_mismatch ||
           std::ranges::any_of(why.data, [](const base::detail& one) { return one.value == "document_number"; });
}

void count_failed_document(const subscriber_ask& c, const port::stream_key& key, const base::error& why) {
    submit(c, submission_of(*c, key, domain::subscriber_command{domain::fail_document{}}),
           [why](const subscriber_ask& same, const engine::answer& done) {
               auto told = why;
               for (const auto& one : done.events) {
                   const auto* event = std::get_if<domain::subscriber_event>(&one);
                   const auto* failed = event == nullptr ? nullptr : std::get_if<domain::document_failed>(event);
                   if (failed == nullptr) continue;
                   told.data.push_back({"wrong_tries", std::to_string(failed->wrong)});
                   if (failed->locked_until)
                       told = {code::otp_locked,
                               "Too many proofs failed; wait before the next try.",
                               {told.data.back(), {"until", base::iso(*failed->locked_until)}}};
               }
               same->refuse(told);
           });
}

void ask_for_document(const subscriber_ask& c, const document_body& in) {
    run_aside(c, [c, in]() -> afterwards {
        auto view = subscriber_for(*c, c->ids[0]);
        if (!view) return [c, why = view.error()] { c->refuse(why); };
        auto what = asking_for_document(*c, *view, in);
        if (!what && tells_of_file(what.error()))
            return [c, key = (*view)->key, why = what.error()] { count_failed_document(c, key, why); };
        if (!what) return [c, why = what.error()] { c->refuse(why); };
        return [c, what = std::move(*what)] { submit(c, what, answer_named); };
    });
}

}  // namespace

void desk::change_document(request by, const std::string& subscriber, said<document_body> in,
                           reply<told<subscriber_view>> then) {
    take(shared_, use::change_document, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             if (auto right = check_document(in->document_kind, in->document_number); !right)
                 return c->refuse(right.error());
             if (auto right = check_text("shown_before", in->shown_before.value_or(""), 60, true); !right)
                 return c->refuse(right.error());
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             // Asking is reading: written down first, and counted like it (see read_person).
             const auto hourly = is_staff(c->role()) ? c->at->with.token_rules.searches_hourly : 0;
             submit(c,
                    note_of(
                        *c, c->who.who.id,
                        domain::credential_command{domain::note_search{(*view)->subscriber().id.text(), true, hourly}}),
                    [in = std::move(*in)](const ask_ptr<told<subscriber_view>>& same, const engine::answer&) {
                        ask_for_document(same, in);
                    });
         });
}

namespace {

base::error known_already() {
    return {
        code::id_taken,
        "This subscriber is registered already. Change contact points, the account and the document each by its own "
        "request.",
        {}};
}

/// Somebody registers who is there already: the same facts again change nothing, others are not taken in silence.
/// One of the staff who did not register them themselves hears neither: they would learn what is on file by trying.
void answer_known(const subscriber_ask& c, const engine::answer& known,
                  const std::shared_ptr<const registration>& said) {
    const bool may_hear = domain::may_compare(known.view->subscriber(), c->who.who);
    if (is_staff(c->role()) && !may_hear) return c->refuse(known_already());
    run_aside(c, [c, known, said, may_hear]() -> afterwards {
        const auto& s = known.view->subscriber();
        const auto text = c->at->with.vault->open(s.id.text(), port::person_kind);
        const auto stored = text ? base::from_json<port::person>(*text) : std::unexpected(text.error());
        if (!stored) return [c, why = stored.error()] { c->refuse(why); };
        const auto differs = said_otherwise(s, *stored, *said);
        if (differs.empty()) return [c, known] { answer_subscriber(c, known.view, false, known.replayed); };
        if (!may_hear) return [c] { c->refuse(known_already()); };
        std::string all;
        for (const auto& one : differs) all += (all.empty() ? "" : ", ") + one;
        return [c, all] {
            c->refuse({code::id_taken,
                       "This subscriber is registered already, and not with these facts: " + all +
                           ". Change contact points, the account and the document each by its own request.",
                       {{"differs", all}}});
        };
    });
}

}  // namespace

void desk::register_subscriber(request by, said<subscriber_body> in, reply<told<subscriber_view>> then) {
    take(shared_, use::register_subscriber, std::move(by), {}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             run_aside(c, [c, in = std::move(*in)]() -> afterwards {
                 const auto id = in.id ? *in.id : id_from_key(*c);
                 auto ready = prepare_registration(*c, id, in);
                 if (!ready) return [c, why = ready.error()] { c->refuse(why); };
                 auto what = submission_of(*c, key_of(id.text()), domain::subscriber_command{ready->command});
                 what.must_exist = false;
                 what.vault.push_back(std::move(ready->row));
                 std::ranges::move(ready->names, std::back_inserter(what.vault));
                 const auto said = std::make_shared<const registration>(std::move(*ready));
                 return [c, said, what = std::move(what)] {
                     submit(c, what, [said](const ask_ptr<told<subscriber_view>>& same, const engine::answer& done) {
                         if (done.events.empty() && !done.replayed) return answer_known(same, done, said);
                         answer_subscriber(same, done.view, !done.events.empty(), done.replayed);
                     });
                 };
             });
         });
}

void desk::read_subscriber(request by, const std::string& subscriber, reply<told<subscriber_view>> then) {
    take(shared_, use::read_subscriber, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             answer_subscriber(c, *view, false, false);
         });
}

void desk::change_contacts(request by, const std::string& subscriber, said<contacts_body> in,
                           reply<told<subscriber_view>> then) {
    take(shared_, use::change_contacts, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             auto checked = check_contacts(in->contacts);
             if (checked && in->language) checked = check_language("language", *in->language);
             if (checked && in->refund)
                 if (const auto account = account_from(*in->refund, "refund."); !account)
                     checked = std::unexpected(account.error());
             if (!checked) return c->refuse(checked.error());
             try_change(c, std::make_shared<const contacts_body>(std::move(*in)), races_max);
         });
}

namespace {

/// By which request each account and document waits: whoever signs one of several sees which.
void name_requests(port::person& of, const domain::subscriber_state& s) {
    for (const auto& asked : s.asked.list) {
        const auto stored = base::from_json<domain::subscriber_command>(asked.body);
        const auto* named = stored ? std::get_if<domain::name_account>(&*stored) : nullptr;
        const auto* document = stored ? std::get_if<domain::change_document>(&*stored) : nullptr;
        for (auto& one : of.refund_wanted)
            if (named != nullptr && one.digest == named->refund_account) one.request = asked.serial;
        for (auto& one : of.document_wanted)
            if (document != nullptr && one.digest == document->document) one.request = asked.serial;
    }
}

void answer_person(const ask_ptr<port::person>& c, const engine::view_ptr& view) {
    const auto& s = view->subscriber();
    const auto text = c->at->with.vault->open(s.id.text(), port::person_kind);
    if (!text) return c->refuse(text.error());
    auto person = base::from_json<port::person>(*text);
    if (!person) return c->refuse(person.error());
    name_requests(*person, s);
    for (auto& one : person->refund_wanted) one.digest.clear();
    for (auto& one : person->document_wanted) one.digest.clear();
    person->phrase.clear();  // in mails, and nowhere else
    person->phrase_to.clear();
    c->answer(std::move(*person));
}

}  // namespace

// ------------------------------------------------------------------------------------------------ verifying

void desk::request_contact_code(request by, const std::string& subscriber, const std::string& which, said<nothing> in,
                                reply<told<subscriber_view>> then) {
    take(shared_, use::request_contact_code, std::move(by), {subscriber, which}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             auto contact = label::parse(c->ids[1]);
             if (!contact) return c->refuse({code::contact_unknown, "There is no such contact point."});
             const auto scope = port::contact_scope((*view)->subscriber().id.text(), contact->text());
             auto nonce = c->at->with.random->token(16);
             auto digest = c->secrets().keyed_digest("otp", scope, c->secrets().otp_code(scope, nonce));
             submit(c,
                    submission_of(*c, (*view)->key,
                                  domain::subscriber_command{domain::request_contact_code{
                                      std::move(*contact), std::move(nonce), std::move(digest)}}),
                    [](const ask_ptr<told<subscriber_view>>& same, const engine::answer& done) {
                        answer_subscriber(same, done.view, !done.events.empty(), done.replayed);
                    });
         });
}

void desk::answer_contact_code(request by, const std::string& subscriber, const std::string& which, said<code_body> in,
                               reply<told<subscriber_view>> then) {
    take(shared_, use::answer_contact_code, std::move(by), {subscriber, which}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             const bool digits = std::ranges::all_of(in->code, [](char one) { return one >= '0' && one <= '9'; });
             if (in->code.size() != 8 || !digits)
                 return c->refuse({code::invalid, "`code` must be the 8 digits of the message.", {{"field", "code"}}});
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             auto contact = label::parse(c->ids[1]);
             if (!contact) return c->refuse({code::contact_unknown, "There is no such contact point."});
             const auto scope = port::contact_scope((*view)->subscriber().id.text(), contact->text());
             auto digest = c->secrets().keyed_digest("otp", scope, in->code);
             submit(c,
                    submission_of(*c, (*view)->key,
                                  domain::subscriber_command{
                                      domain::answer_contact_code{std::move(*contact), std::move(digest)}}),
                    [](const ask_ptr<told<subscriber_view>>& same, const engine::answer& done) {
                        for (const auto& one : done.events) {  // a wrong code is an event, because it must be counted
                            const auto* event = std::get_if<domain::subscriber_event>(&one);
                            const auto* failed =
                                event == nullptr ? nullptr : std::get_if<domain::contact_code_failed>(event);
                            if (failed == nullptr) continue;
                            const base::detail tries{"wrong_tries", std::to_string(failed->wrong)};
                            if (failed->locked_until)
                                return same->refuse({code::otp_locked,
                                                     "Too many wrong codes; wait before the next try.",
                                                     {tries, {"until", base::iso(*failed->locked_until)}}});
                            return same->refuse(
                                {code::otp_wrong, "The code is wrong; look at the latest message.", {tries}});
                        }
                        answer_named(same, done);
                    });
         });
}

void desk::read_person(request by, const std::string& subscriber, result<std::string> why, reply<port::person> then) {
    take(shared_, use::read_person, std::move(by), {subscriber}, std::move(then), [&](const ask_ptr<port::person>& c) {
        const auto view = subscriber_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        if (c->is_customer()) return answer_person(c, *view);
        if (!why) return c->refuse(why.error());
        if (auto said = check_text("reason", *why, reason_max); !said) return c->refuse(said.error());
        // Written down first: nobody of the staff reads a person without a trace, nor their way through all of them
        // (counted like looking for numbers, in the stream of who reads).
        auto note = submission_of(*c, (*view)->key,
                                  domain::subscriber_command{domain::record_read{"identity", *why, looks_hourly(*c)}});
        look_noted(c, (*view)->subscriber().id.text(), std::move(note),
                   [view = *view](const ask_ptr<port::person>& there) { answer_person(there, view); });
    });
}

namespace {

result<std::vector<domain::standing>> against(const asked& c, const domain::subscriber_state& of) {
    return standing_against([&](const port::stream_key& key) { return c.core_of().read(key); }, of,
                            *c.core_of().rules(), c.now());
}

/// After the event is durable, and again on every retry and by the server itself after a crash in between: what the
/// shell holds of the person goes.
void finish_erasure(const subscriber_ask& c, const engine::answer& done) {
    run_aside(c, [c, done]() -> afterwards {
        const auto& id = done.view->subscriber().id;
        const remains what{c->at->with.vault, c->at->with.tokens, c->at->with.documents, c->at->with.clear_spools};
        const auto gone = clear_person(what, id.text(), c->now());
        c->at->doors.forget(id);
        if (!gone) return [c, why = gone.error()] { c->refuse(why); };
        auto names = name_rows_gone(*what.vault, id.text());
        if (!names) return [c, why = names.error()] { c->refuse(why); };
        return [c, done, names = std::move(*names)] {
            auto note =
                submission_of(*c, done.view->key, domain::subscriber_command{domain::note_cleared{}}, "cleared");
            note.expected_revision.reset();
            note.vault = names;
            submit(c, std::move(note), [](const subscriber_ask& same, const engine::answer& cleared) {
                answer_subscriber(same, cleared.view, false, cleared.replayed);
            });
        };
    });
}

void answer_erasure(const subscriber_ask& c, const engine::answer& done) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    if (done.view->subscriber().erased_at) return finish_erasure(c, done);
    answer_subscriber(c, done.view, false, done.replayed);
}

/// The request that the path names: the subscriber and its serial.
struct named_request {
    engine::view_ptr view;
    int serial = 0;
    const domain::second_request* asked = nullptr;
};
result<named_request> request_in(const asked& c) {
    TRY(view, subscriber_for(c, c.ids[0]));
    const auto serial = serial_in(c.ids[1]);
    const auto* asked = serial ? view->subscriber().asked.find(*serial) : nullptr;
    if (asked == nullptr) return refuse(code::not_found, "There is no such request.");
    return named_request{view, *serial, asked};
}

}  // namespace

void desk::erase_subscriber(request by, const std::string& subscriber, said<erasure_body> in,
                            reply<told<subscriber_view>> then) {
    take(shared_, use::erase_subscriber, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             auto stands = against(*c, (*view)->subscriber());
             if (!stands) return c->refuse(stands.error());
             domain::erase_subscriber command{std::move(*stands), in->plan};
             submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{std::move(command)}), answer_erasure);
         });
}

void desk::drop_erasure(request by, const std::string& subscriber, said<nothing> in,
                        reply<told<subscriber_view>> then) {
    take(shared_, use::drop_erasure, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{domain::drop_erasure{}}),
                    [](const ask_ptr<told<subscriber_view>>& same, const engine::answer& done) {
                        answer_subscriber(same, done.view, false, done.replayed);
                    });
         });
}

void desk::list_subscriber_requests(request by, const std::string& subscriber, reply<page_of<request_view>> then) {
    take(shared_, use::list_subscriber_requests, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<page_of<request_view>>& c) {
             const auto view = subscriber_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             std::vector<request_view> items;
             for (const auto& one : (*view)->subscriber().asked.list) items.push_back(request_of(*c, **view, one));
             c->answer({std::move(items), {}});
         });
}

namespace {

/// What waited in the vault for the second person takes its place.
result<void> take_wanted(const asked& c, const domain::subscriber_state& s, port::person& person,
                         const domain::subscriber_command& asked) {
    if (const auto* wanted = std::get_if<domain::name_account>(&asked)) {
        const auto found =
            std::ranges::find(person.refund_wanted, wanted->refund_account, &port::wanted_account::digest);
        if (found == person.refund_wanted.end())
            return refuse(code::not_found, "The account that was asked for is not known any more; ask anew.");
        const auto account = *found;
        person.refund_wanted.erase(found);
        pay_to(c, s, person, {base::account_kind::domestic, account.iban, account.holder, account.bic});
    }
    if (const auto* wanted = std::get_if<domain::change_document>(&asked)) {
        const auto found = std::ranges::find(person.document_wanted, wanted->document, &port::wanted_document::digest);
        if (found == person.document_wanted.end())
            return refuse(code::not_found, "The document that was asked for is not known any more; ask anew.");
        person.document_kind = found->kind;
        person.document_number = found->number;
        person.document_wanted.erase(found);
    }
    return {};
}

/// In the same commit.
void countersign_wanted(const subscriber_ask& c, const named_request& in, const domain::subscriber_command& asked) {
    run_aside(c, [c, in, asked]() -> afterwards {
        const auto& s = in.view->subscriber();
        auto row = person_changed(*c, s, [&](port::person& person) { return take_wanted(*c, s, person, asked); });
        if (!row) return [c, why = row.error()] { c->refuse(why); };
        auto what = submission_of(*c, in.view->key, domain::subscriber_command{domain::countersign{in.serial}});
        if (!what.expected_revision) what.expected_revision = in.view->revision();
        what.vault.push_back(std::move(*row));
        return [c, what = std::move(what)] { submit(c, what, answer_named); };
    });
}

}  // namespace

void desk::countersign_subscriber_request(request by, const std::string& subscriber, const std::string& which,
                                          said<nothing> in, reply<told<subscriber_view>> then) {
    take(shared_, use::countersign_subscriber_request, std::move(by), {subscriber, which}, std::move(then),
         [&](const ask_ptr<told<subscriber_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto named = request_in(*c);
             if (!named) return c->refuse(named.error());
             if (auto may = check_signing(*c, named->asked); !may) return c->refuse(may.error());
             // What stood against it when it was asked for may be more by now.
             const auto stored = base::from_json<domain::subscriber_command>(named->asked->body);
             if (stored && (std::holds_alternative<domain::name_account>(*stored) ||
                            std::holds_alternative<domain::change_document>(*stored)))
                 return countersign_wanted(c, *named, *stored);
             const auto* erase = stored ? std::get_if<domain::erase_subscriber>(&*stored) : nullptr;
             if (erase != nullptr && erase->against.empty()) {
                 const auto stands = against(*c, named->view->subscriber());
                 if (!stands) return c->refuse(stands.error());
                 if (!stands->empty())
                     return c->refuse(
                         {code::erasure_planned, "Something stands against it now; ask for it anew, as a plan.", {}});
             }
             submit(c,
                    submission_of(*c, named->view->key, domain::subscriber_command{domain::countersign{named->serial}}),
                    answer_erasure);
         });
}

namespace {

/// An account that nobody will be paid to is not kept, nor a document that nobody signed for.
result<std::optional<port::vault_row>> without_wanted(const asked& c, const named_request& in) {
    const auto stored = base::from_json<domain::subscriber_command>(in.asked->body);
    const auto* account = stored ? std::get_if<domain::name_account>(&*stored) : nullptr;
    const auto* document = stored ? std::get_if<domain::change_document>(&*stored) : nullptr;
    if (account == nullptr && document == nullptr) return std::nullopt;
    TRY(row, person_changed(c, in.view->subscriber(), [&](port::person& person) -> result<void> {
            if (account != nullptr)
                std::erase_if(person.refund_wanted,
                              [&](const port::wanted_account& one) { return one.digest == account->refund_account; });
            if (document != nullptr)
                std::erase_if(person.document_wanted,
                              [&](const port::wanted_document& one) { return one.digest == document->document; });
            return {};
        }));
    return std::optional(std::move(row));
}

}  // namespace

void desk::refuse_subscriber_request(request by, const std::string& subscriber, const std::string& which,
                                     said<reason_body> in, reply<told<request_view>> then) {
    take(shared_, use::refuse_subscriber_request, std::move(by), {subscriber, which}, std::move(then),
         [&](const ask_ptr<told<request_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto named = request_in(*c);
             if (!named) return c->refuse(named.error());
             run_aside(c, [c, named = *named, reason = std::move(in->reason)]() -> afterwards {
                 auto what = submission_of(*c, named.view->key,
                                           domain::subscriber_command{domain::refuse_second{named.serial, reason}});
                 auto row = without_wanted(*c, named);
                 if (!row) return [c, why = row.error()] { c->refuse(why); };
                 if (*row) {
                     what.expected_revision = named.view->revision();
                     what.vault.push_back(std::move(**row));
                 }
                 return [c, serial = named.serial, what = std::move(what)] {
                     submit(c, what, [serial](const ask_ptr<told<request_view>>& same, const engine::answer& done) {
                         const auto* asked = done.view->subscriber().asked.find(serial);
                         if (asked == nullptr) return same->refuse({code::not_found, "There is no such request."});
                         same->answer({request_of(*same, *done.view, *asked)});
                     });
                 };
             });
         });
}

}  // namespace keepline::desk
