// Everything that is held about a person, as files that open without us: a page to read, the journal in words, every
// message, who looked and why, decisions and disputes, documents, and what is kept until when. Pure but for documents,
// which are opened when their turn comes: the same input makes the same bytes.
//
// A number goes from one owner to the next in one journal. What is not of this person's own time with it never gets in
// (owner_at): neither the one before, nor the one after.
#pragma once

#include "desk/archive_stream.hpp"
#include "desk/person_words.hpp"
#include "desk/replies.hpp"
#include "desk/views.hpp"
#include "domain/number/note.hpp"
#include "port/journal.hpp"
#include "port/person.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace keepline::desk {

/// An entry of a journal as the person may see it.
struct disclosed_entry {
    instant at;
    domain::actor by;  // their role only, where it was not the person
    domain::channel through = domain::channel::web;
    std::vector<std::string> words;
    std::vector<base::raw_json> events;
};
BOOST_DESCRIBE_STRUCT(disclosed_entry, (), (at, by, through, words, events))

struct disclosed_message {
    instant at;  // when it was written
    std::string kind;
    domain::medium by = domain::medium::sms;
    std::string to;                   // masked
    std::optional<std::string> text;  // made again; none: it held a code, or cannot be
    std::optional<instant> sent_at;
    std::optional<instant> delivered_at;
};
BOOST_DESCRIBE_STRUCT(disclosed_message, (), (at, kind, by, to, text, sent_at, delivered_at))

struct disclosed_look {
    instant at;
    domain::role as = domain::role::agent;
    std::string what;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(disclosed_look, (), (at, as, what, why))

struct disclosed_decision {
    instant at;
    domain::role as = domain::role::reviewer;
    std::string words;
    base::raw_json event;
};
BOOST_DESCRIBE_STRUCT(disclosed_decision, (), (at, as, words, event))

struct disclosed_dispute {
    instant at;
    domain::certificate_part part = domain::certificate_part::other;
    std::optional<std::string> item;
    std::optional<std::string> words;  // what the person said
    local_day due;
};
BOOST_DESCRIBE_STRUCT(disclosed_dispute, (), (at, part, item, words, due))

struct disclosed_note {
    instant at;
    domain::role as = domain::role::agent;
    std::optional<std::string> words;  // none: they are gone
    std::optional<bool> altered{};     // what is kept of it is not what was written
};
BOOST_DESCRIBE_STRUCT(disclosed_note, (), (at, as, words, altered))

struct disclosed_document {
    label id;
    domain::document_purpose purpose = domain::document_purpose::other;
    domain::document_media media = domain::document_media::jpeg;
    instant at;
    domain::role handed_in_by = domain::role::subscriber;
    std::string file;
};
BOOST_DESCRIBE_STRUCT(disclosed_document, (), (id, purpose, media, at, handed_in_by, file))

struct disclosed_line {
    std::string id;
    base::msisdn number;
    std::string currency;
    std::vector<disclosed_entry> history;
    std::vector<disclosed_decision> decisions;
    std::vector<disclosed_message> messages;
    std::vector<disclosed_dispute> disputes;
    std::vector<label> dispute_words;               // beside each of them: under what name the vault has what was said
    std::vector<disclosed_note> notes;              // what staff wrote about it
    std::vector<domain::staff_note> notes_as_kept;  // beside each of them
    port::line_records records;
    std::vector<reply_text> replies;  // SMS of theirs that no rule knew
    std::optional<instant> ended_at;
    std::optional<instant> records_until;
    std::optional<instant> identity_until;
};

struct disclosure_source {
    label subscriber;
    const text::book* texts = nullptr;
    std::string language;
    base::zone zone;
    instant made_at;
    bool sandbox = false;
    port::person person;
    std::vector<disclosed_entry> history;  // of the person, not of a line
    std::vector<disclosed_message> messages;
    std::vector<disclosed_look> looks;
    std::vector<disclosed_line> lines;
    std::vector<disclosed_document> documents;
    std::vector<std::string> kept;  // in words
    std::function<result<std::string>(const label&)> document{};
    /// Since when each id has named the address that it names now, or named last (addresses_since).
    std::map<std::string, instant> addresses{};

    reader_of_words reader() const;
    /// With the contact points as they were then: what is another's address by now, or nobody's, is a former one.
    reader_of_words reader_at(instant then) const;
};

/// How a message of this kind and these parameters reads; none: it cannot be made again.
using message_maker = std::function<std::optional<std::string>(const std::string& kind, const std::string& language,
                                                               const std::map<std::string, std::string>& params)>;

/// Reads a number's journal from its first entry on, and takes out what is of one person's time with it.
class line_reader {
 public:
    line_reader(const disclosure_source& of, disclosed_line& into, message_maker says, std::string language)
        : of_(of), into_(into), says_(std::move(says)), language_(std::move(language)) {}
    result<void> take(const port::entry& one);

 private:
    /// False: it is about a message that is not this person's.
    bool note(const domain::number_event& what);
    bool note_sent(const domain::notice_record& record);
    void write(const domain::send_notice& what, instant at);

    const disclosure_source& of_;
    disclosed_line& into_;
    message_maker says_;
    std::string language_;
    label owner_{};
    struct written {
        std::vector<std::size_t> all{};  // in into_.messages
        std::size_t noted = 0;           // so many of them
        std::map<instant, std::size_t> sent{};
    };
    std::map<std::tuple<std::string, std::string, domain::medium>, written> written_{};  // by kind, contact, medium
};

/// An id may name another address once the one before is told no more. Reads the person's journal from its first entry.
class addresses_since {
 public:
    result<void> take(const port::entry& one);
    std::map<std::string, instant> of{};

 private:
    void held(const std::vector<domain::contact_ref>& contacts, instant at, bool anew);
    std::vector<label> there_{};
};

/// The same of the person's own journal.
result<void> take_own(disclosure_source& into, const port::entry& one, const message_maker& says);

/// What the archive is made of, for archive_stream.
archive_plan disclosure_plan(disclosure_source from);

}  // namespace keepline::desk
