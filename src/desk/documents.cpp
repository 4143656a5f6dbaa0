// Documents of a person: handed in, listed, opened with a reason, taken back. The bytes are put, durable and sealed,
// before the event that names them; what is named by none goes (sweep_documents).
#include "desk/documents.hpp"

#include "base/digest.hpp"
#include "desk/person_for.hpp"
#include "desk/taking.hpp"
#include "image/clean.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t reason_max = 200;
constexpr std::chrono::hours orphan_after{24};

/// Customers learn in which role somebody handed it in, not who it was.
document_view view_of(const domain::kept_document& of, reader who) {
    return {of.id, of.purpose, of.media, of.bytes, as_shown(of.by, who), of.at};
}

page_of<document_view> all_of(const asked& c, const engine::stream_view& of) {
    page_of<document_view> out;
    for (const auto& one : of.subscriber().documents) out.items.push_back(view_of(one, c.shown_to()));
    return out;
}

/// Made from the Idempotency-Key, so that a retry finds the file that the first try put.
label id_from_key(const asked& c) {
    const auto digest = c.secrets().keyed_digest("document-id", "", base::hex(c.once->key));
    return label::trusted("dc_" + digest.substr(0, 24));
}

std::string digest_of(base::byte_view sealed) { return base::hex(base::sha256(sealed)); }

/// Put and sealed. A retry finds what the first try put: the event names those bytes.
result<domain::add_document> put_document(const asked& c, const label& of, const document_upload& in) {
    TRY(cleaned, image::clean(base::view(in.content)));
    domain::add_document out{id_from_key(c),
                             in.purpose,
                             domain::document_media::jpeg,
                             static_cast<std::int64_t>(cleaned.content.size()),
                             {}};
    if (cleaned.as == image::media::pdf) out.media = domain::document_media::pdf;
    TRY(sealed, c.at->with.vault->seal_blob(of.text(), out.id.text(), cleaned.content));
    const port::document_name name{of, out.id};
    TRY(fresh, c.at->with.documents->put(name, sealed));
    if (!fresh) {
        TRY(there, c.at->with.documents->get(name));
        sealed = std::move(there);
    }
    out.digest = digest_of(sealed);
    return out;
}

result<document_told> bytes_of(const services& at, const label& of, const domain::kept_document& what) {
    TRY(content, document_bytes(at, of, what));
    const bool pdf = what.media == domain::document_media::pdf;
    return document_told{pdf ? "application/pdf" : "image/jpeg", document_file(what), std::move(content)};
}

using check_kind = bool (*)(const domain::identity_check&);

/// Does a check of a case that is open name it? Of a line of theirs, or of whom they act for.
result<bool> is_in_check(const asked& c, const domain::subscriber_state& of, const label& document, check_kind meant) {
    auto numbers = of.numbers;
    for (const auto& one : of.acts_for) {
        const auto principal = c.core_of().read(key_of_subscriber(one.principal));
        if (!principal && principal.error().what != code::not_found) return std::unexpected(principal.error());
        if (!principal) continue;
        const auto& theirs = (*principal)->subscriber().numbers;
        numbers.insert(numbers.end(), theirs.begin(), theirs.end());
    }
    for (const auto& number : numbers) {
        const auto line = c.core_of().read(key_of_number(number));
        if (!line && line.error().what != code::not_found) return std::unexpected(line.error());
        if (!line) continue;
        const auto& s = (*line)->number();
        const auto names_it = [&](const domain::identity_check& check) {
            return check.document == document && meant(check);
        };
        if (s.has_open_closure() && std::ranges::any_of(s.current->checks, names_it)) return true;
    }
    return false;
}

bool check_waits(const domain::identity_check& of) { return is_open(of); }
bool check_counts(const domain::identity_check& of) { return is_open(of) || of.state == domain::check_state::passed; }

/// What was handed in a moment ago: with a picture of before, whoever has the session could prove to be them. Later all
/// of it is in the archive of everything.
result<void> check_own(const asked& c, const domain::kept_document& what) {
    constexpr auto just_now = base::hours{1};
    if (c.now() < what.at + just_now) return {};
    return refuse(code::forbidden, "It was handed in some time ago: it is in the archive of everything about you.");
}

/// Agents and systems open what somebody asked them to compare, and nothing else.
result<void> check_may_open(const asked& c, const domain::subscriber_state& of, const domain::kept_document& what) {
    if (c.role() == domain::role::reviewer || c.role() == domain::role::admin) return {};
    TRY(asked_for, is_in_check(c, of, what.id, check_waits));
    if (asked_for) return {};
    return refuse(code::forbidden, "You open a document while a check that is open names it.");
}

void answer_bytes(const ask_ptr<document_told>& c, const engine::view_ptr& view, const domain::kept_document& what) {
    run_aside(c, [c, of = view->subscriber().id, what]() -> afterwards {
        auto told = bytes_of(*c->at, of, what);
        return [c, told = std::move(told)]() mutable { told ? c->answer(*std::move(told)) : c->refuse(told.error()); };
    });
}

/// Written down before a byte leaves, twice: with whom it is about, and counted with who looks, like reading a person
/// (subscribers.cpp); here for systems, too.
void open_noted(const ask_ptr<document_told>& c, const engine::view_ptr& view, const domain::kept_document& what,
                const std::string& why) {
    const int hourly = c->at->with.token_rules.searches_hourly;
    auto note = submission_of(*c, view->key,
                              domain::subscriber_command{domain::record_read{"document " + c->ids[1], why, hourly}});
    look_noted(c, "document/" + c->ids[0] + "/" + c->ids[1], hourly, std::move(note),
               [view, what](const ask_ptr<document_told>& there) { answer_bytes(there, view, what); });
}

/// A look that was refused is one of whoever looked, too: by trying, nobody learns more in an hour than by looking.
void refuse_noted(const ask_ptr<document_told>& c, const base::error& why) {
    domain::note_search looked{"document/" + c->ids[0] + "/" + c->ids[1] + "/refused", false,
                               c->at->with.token_rules.searches_hourly};
    submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(looked)}),
           [why](const ask_ptr<document_told>& same, const engine::answer&) { same->refuse(why); });
}

}  // namespace

std::string document_file(const domain::kept_document& what) {
    return what.id.text() + (what.media == domain::document_media::pdf ? ".pdf" : ".jpg");
}

result<std::string> document_bytes(const services& at, const label& of, const domain::kept_document& what) {
    TRY(sealed, at.with.documents->get({of, what.id}));
    if (digest_of(sealed) != what.digest)
        return refuse(code::journal_broken, "The document is not the one that was handed in; restore a backup.");
    TRY(plain, at.with.vault->open_blob(of.text(), what.id.text(), sealed));
    return std::string(base::text(plain));
}

void desk::add_document(request by, const std::string& subscriber, said<document_upload> in,
                        reply<told<document_view>> then) {
    take(shared_, use::add_document, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<told<document_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto view = person_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             if ((*view)->subscriber().documents.size() >= domain::documents_max &&
                 domain::find_document((*view)->subscriber(), id_from_key(*c)) == nullptr)
                 return c->refuse({code::too_many, "At most 20 documents of one person are kept.", {}});
             run_on(c->at->pictures, c, [c, view = *view, in = std::move(*in)]() -> afterwards {
                 auto command = put_document(*c, view->subscriber().id, in);
                 if (!command) return [c, why = command.error()] { c->refuse(why); };
                 return [c, key = view->key, command = std::move(*command)] {
                     const auto id = command.id;
                     submit(c, submission_of(*c, key, domain::subscriber_command{command}),
                            [id](const ask_ptr<told<document_view>>& same, const engine::answer& done) {
                                const auto* kept = domain::find_document(done.view->subscriber(), id);
                                if (kept == nullptr)
                                    return same->refuse({code::not_found, "There is no such document.", {}});
                                same->answer({view_of(*kept, same->shown_to()), done.view->revision(), done.replayed,
                                              !done.replayed});
                            });
                 };
             });
         });
}

void desk::list_documents(request by, const std::string& subscriber, reply<page_of<document_view>> then) {
    take(shared_, use::list_documents, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<page_of<document_view>>& c) {
             const auto view = person_for(*c, c->ids[0]);
             view ? c->answer(all_of(*c, **view)) : c->refuse(view.error());
         });
}

void desk::open_document(request by, const std::string& subscriber, const std::string& document, said<looking_body> in,
                         reply<document_told> then) {
    take(shared_, use::open_document, std::move(by), {subscriber, document}, std::move(then),
         [&](const ask_ptr<document_told>& c) {
             const auto view = person_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             const auto* kept = domain::find_document((*view)->subscriber(), label::trusted(c->ids[1]));
             if (kept == nullptr) return c->refuse({code::not_found, "There is no such document.", {}});
             if (!in) return c->refuse(in.error());
             if (c->is_customer()) {
                 if (auto own = check_own(*c, *kept); !own) return c->refuse(own.error());
                 return answer_bytes(c, *view, *kept);
             }
             auto why = in->reason.value_or("");
             if (auto said = check_text("reason", why, reason_max); !said) return c->refuse(said.error());
             run_aside(c, [c, view = *view, what = *kept, why = std::move(why)]() -> afterwards {
                 return [c, view, what, why, may = check_may_open(*c, view->subscriber(), what)] {
                     may ? open_noted(c, view, what, why) : refuse_noted(c, may.error());
                 };
             });
         });
}

void desk::take_document_back(request by, const std::string& subscriber, const std::string& document,
                              said<looking_body> in, reply<page_of<document_view>> then) {
    take(shared_, use::take_document_back, std::move(by), {subscriber, document}, std::move(then),
         [&](const ask_ptr<page_of<document_view>>& c) {
             if (!in) return c->refuse(in.error());
             const auto view = person_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             const auto stays = is_in_check(*c, (*view)->subscriber(), label::trusted(c->ids[1]), check_counts);
             if (!stays) return c->refuse(stays.error());
             if (*stays)
                 return c->refuse({code::closure_stage, "A check of a case that is open rests on it; take that back."});
             const domain::take_document_back command{label::trusted(c->ids[1]), in->reason.value_or("")};
             submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{command}),
                    [](const ask_ptr<page_of<document_view>>& same, const engine::answer& done) {
                        // What cannot be removed now the sweep removes.
                        run_aside(same, [same, done]() -> afterwards {
                            static_cast<void>(same->at->with.documents->remove(
                                {done.view->subscriber().id, label::trusted(same->ids[1])}));
                            return [same, done] { same->answer(all_of(*same, *done.view)); };
                        });
                    });
         });
}

result<std::size_t> sweep_documents(port::documents& all, const reading& read) {
    std::vector<port::document_name> named_by_none;
    std::optional<base::error> trouble;
    CHECK(all.each(orphan_after, [&](const port::document_name& one) {
        if (trouble) return;
        const auto view = read({port::stream_kind::subscriber, one.subscriber.text()});
        if (!view && view.error().what != code::not_found) trouble = view.error();
        const bool kept = view && domain::find_document((*view)->subscriber(), one.id) != nullptr;
        if (!kept) named_by_none.push_back(one);
    }));
    if (trouble) return std::unexpected(*std::move(trouble));
    for (const auto& one : named_by_none) CHECK(all.remove(one));
    return named_by_none.size();
}

}  // namespace keepline::desk
