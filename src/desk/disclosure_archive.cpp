#include "desk/disclosure_archive.hpp"

#include "desk/masked.hpp"
#include "desk/plan_words.hpp"
#include "desk/sandbox_banner.hpp"
#include "desk/seen_events.hpp"
#include "engine/codec.hpp"
#include "text/html.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

using text::escaped;

namespace {
namespace disclosed {

/// Who it was, where it was not the person, is not theirs to learn: in which role is.
domain::actor shown(const domain::actor& by, const label& subscriber) {
    return by.as == domain::role::subscriber && by.id == subscriber ? by : domain::actor{by.as, {}};
}

template <typename Enum>
std::string name_of(Enum of) {
    return boost::describe::enum_to_string(of, "");
}

std::string contact_shown(const reader_of_words& who, const label& contact, const base::msisdn& number) {
    if (contact.text() == "line" && !number.empty()) return tail_of(number.text());
    const auto known = who.contacts.find(contact.text());
    return known == who.contacts.end() ? std::string(who.texts->find(*who.in, "archive.former_address"))
                                       : known->second;
}

template <typename Event>
void add_event(disclosed_entry& to, const reader_of_words& who, const Event& what, const text::values& more = {}) {
    auto seen = event_as_seen(what, domain::role::subscriber);
    if (!seen) return;
    to.words.push_back(event_in_words(who, *seen, more));
    to.events.push_back(std::move(*seen));
}

/// How much moved.
text::values amount_of(const domain::number_event& what, const std::string& currency) {
    const auto* booked = std::get_if<domain::money_booked>(&what);
    if (booked == nullptr) return {};
    std::int64_t moved = 0;
    for (const auto& one : booked->what.postings) moved += std::max<std::int64_t>(0, one.minor);
    return {{"amount", base::text(base::money{moved, currency})}};
}

bool is_decision(std::string_view name) {
    constexpr std::array decisions{"approval_given",   "closure_approved", "closure_rejected",
                                   "fraud_cleared",    "dispute_refused",  "certificate_corrected",
                                   "review_escalated", "refund_set_aside", "information_wanted"};
    return std::ranges::find(decisions, name) != decisions.end();
}

// ------------------------------------------------------------------------------------------------ pages

// As the page of messages: it may load and run nothing, whatever a text in it says.
constexpr std::string_view head = R"(<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0 auto; max-width: 44rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff }
h1 { font-size: 1.3rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ccc }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 } dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
ol, ul { list-style: none; margin: 0; padding: 0 } li { padding: .4rem 0; border-top: 1px solid #eee; overflow-wrap: anywhere }
p { white-space: pre-wrap; overflow-wrap: anywhere } a { color: #0b5c8a } small { color: #555; display: block }
@media print { body { max-width: none } li, dl { break-inside: avoid } a { color: inherit; text-decoration: none } }
</style>
)";

/// One page. Everything that is put in is escaped, but for links, which are ours.
class page {
 public:
    page(const disclosure_source& of, const std::string& title) : of_(of), who_(of.reader()) {
        out_ = "<!DOCTYPE html>\n<html lang=\"" + who_.in->tag + "\">\n<head>\n";
        out_ += head;
        out_ += "<title>";
        escaped(out_, title);
        out_ += "</title>\n</head>\n<body>\n<h1>";
        escaped(out_, title);
        out_ += "</h1>\n";
    }
    std::string say(const std::string& key) const { return std::string(who_.texts->find(*who_.in, "archive." + key)); }
    std::string say_or(const std::string& key, const std::string& otherwise) const {
        auto known = say(key);
        return known.empty() ? otherwise : known;
    }
    std::string looked_at(const std::string& what) const {
        const auto known = who_.texts->find(*who_.in, "look." + what.substr(0, what.find(' ')));
        return std::string(known.empty() ? who_.texts->find(*who_.in, "look.other") : known);
    }
    std::string day(base::local_day at) const { return who_.texts->day(*who_.in, at); }
    std::string money(const base::money& of) const { return who_.texts->money(*who_.in, of); }
    std::string moment(instant at) const { return who_.texts->localised(*who_.in, who_.zone.local_text(at)); }
    std::string role_said(domain::role as) const { return say("role_" + name_of(as)); }

    void section(const std::string& key) { element("h2", say(key)); }
    void element(const std::string& tag, std::string_view text) {
        out_ += "<" + tag + ">";
        escaped(out_, text);
        out_ += "</" + tag + ">\n";
    }
    void open(const std::string& tag) { out_ += "<" + tag + ">\n"; }
    void close(const std::string& tag) { out_ += "</" + tag + ">\n"; }
    void fact(const std::string& key, std::string_view value) {
        if (value.empty()) return;
        element("dt", say(key));
        element("dd", value);
    }
    void item(std::string_view text, const std::string& beside) {
        out_ += "<li>";
        escaped(out_, text);
        out_ += "<small>";
        escaped(out_, beside);
        out_ += "</small></li>\n";
    }
    void link(const std::string& file, const std::string& key) {
        out_ += "<li><a href=\"" + file + "\">";
        escaped(out_, say(key));
        out_ += "</a></li>\n";
    }
    /// A page, and beside it the same for machines.
    void page_link(const std::string& name, const std::string& key) {
        out_ += "<li><a href=\"" + name + ".html\">";
        escaped(out_, say(key));
        out_ += "</a> <small><a href=\"" + name + ".json\">";
        escaped(out_, say("for_programs"));
        out_ += "</a></small></li>\n";
    }
    std::string done() {
        auto whole = std::move(out_) + "</body>\n</html>\n";
        return of_.sandbox ? with_sandbox_banner(std::move(whole)) : whole;
    }

 private:
    const disclosure_source& of_;
    reader_of_words who_;
    std::string out_;
};

std::string history_page(const disclosure_source& of, const std::string& title,
                         const std::vector<disclosed_entry>& entries) {
    page out(of, title);
    out.open("ol");
    for (const auto& one : entries)
        for (const auto& words : one.words) out.item(words, out.moment(one.at) + " · " + out.role_said(one.by.as));
    out.close("ol");
    return out.done();
}

std::string messages_page(const disclosure_source& of, const std::string& title,
                          const std::vector<disclosed_message>& messages) {
    page out(of, title);
    out.element("p", out.say(messages.empty() ? "no_messages" : "words_of_today"));
    out.open("ol");
    for (const auto& one : messages) {
        auto beside = out.moment(one.sent_at.value_or(one.at)) + " · " + one.to;
        if (one.delivered_at) beside += " · " + out.say("arrived");
        out.item(one.text ? *one.text : out.say_or("kind_" + one.kind, out.say("kind_other")), beside);
    }
    out.close("ol");
    return out.done();
}

std::string decisions_page(const disclosure_source& of, const std::string& title, const disclosed_line& line) {
    page out(of, title);
    if (line.decisions.empty()) out.element("p", out.say("no_decisions"));
    out.open("ol");
    for (const auto& one : line.decisions) out.item(one.words, out.moment(one.at) + " · " + out.role_said(one.as));
    out.close("ol");
    return out.done();
}

std::string disputes_page(const disclosure_source& of, const std::string& title, const disclosed_line& line) {
    page out(of, title);
    if (line.disputes.empty()) out.element("p", out.say("no_disputes"));
    out.open("ol");
    for (const auto& one : line.disputes) {
        auto what = out.say("part_" + name_of(one.part));
        if (one.item) what += " (" + *one.item + ")";
        if (one.words && !one.words->empty()) what += "\n" + *one.words;
        out.item(what, out.moment(one.at) + " · " + out.say("answer_due") + " " + out.day(one.due));
    }
    out.close("ol");
    return out.done();
}

std::string notes_page(const disclosure_source& of, const std::string& title, const disclosed_line& line) {
    page out(of, title);
    if (line.notes.empty()) out.element("p", out.say("no_notes"));
    out.open("ol");
    for (const auto& one : line.notes)
        out.item(one.words.value_or(out.say(one.altered ? "note_altered" : "note_gone")),
                 out.moment(one.at) + " · " + out.role_said(one.as));
    out.close("ol");
    return out.done();
}

std::string replies_page(const disclosure_source& of, const std::string& title, const disclosed_line& line) {
    page out(of, title);
    if (line.replies.empty()) out.element("p", out.say("no_replies"));
    out.open("ol");
    for (const auto& one : line.replies)
        out.item(one.text, out.moment(one.at) + " · " + contact_shown(of.reader_at(one.at), one.contact, line.number));
    out.close("ol");
    return out.done();
}

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
}

void add_usage(page& out, const port::line_records& of) {
    if (of.usage.empty()) return;
    out.section("usage");
    out.open("ol");
    for (const auto& one : of.usage) {
        const auto unit = out.say("unit_" + one.kind);
        auto what = out.say_or("usage_" + one.kind, out.say("usage_other"));
        if (!one.peer.empty()) what += " " + one.peer;
        out.item(what, out.moment(one.at) + (unit.empty() ? "" : " · " + std::to_string(one.amount) + " " + unit));
    }
    out.close("ol");
}

std::string records_page(const disclosure_source& of, const std::string& title, const disclosed_line& line) {
    page out(of, title);
    const auto& all = line.records;
    if (all == port::line_records{}) out.element("p", out.say("no_records"));
    const auto listed = [&](const std::string& key, const auto& items, const auto& show) {
        if (items.empty()) return;
        out.section(key);
        out.open("ol");
        for (const auto& one : items) show(one);
        out.close("ol");
    };
    listed("bills", all.bills, [&](const port::bill_record& one) {
        out.item(one.number + " " + one.text, out.day(one.day) + " · " + out.money(one.amount));
    });
    add_usage(out, all);
    listed("texts", all.messages, [&](const port::stored_message& one) {
        out.item(one.text, out.moment(one.at) + " · " + out.say(one.outgoing ? "to" : "from") + " " + one.peer);
    });
    listed("address_book", all.contacts, [&](const port::stored_contact& one) {
        const auto phones = joined(one.phones);
        const auto mails = joined(one.mails);
        out.item(one.name, phones + (phones.empty() || mails.empty() ? "" : " · ") + mails);
    });
    listed("consents", all.consents, [&](const port::consent_record& one) {
        out.item(one.what, out.moment(one.at) + " · " + out.say(one.given ? "agreed" : "not_agreed"));
    });
    return out.done();
}

void add_person(page& out, const disclosure_source& of) {
    const auto& person = of.person;
    out.section("person");
    out.open("dl");
    out.fact("name", person.full_name);
    auto kind = person.document_kind;
    std::ranges::replace(kind, '-', '_');
    out.fact("document", person.document_number.empty()
                             ? ""
                             : out.say_or("document_" + kind, person.document_kind) + " " + person.document_number);
    out.fact("account", person.refund_iban);
    out.fact("account_holder", person.refund_holder);
    out.fact("account_before", person.refund_iban_before);
    for (const auto& one : person.contacts) out.fact(one.by == domain::medium::sms ? "phone" : "mail", one.address);
    out.close("dl");
    out.open("ul");
    out.link("person.json", "for_programs");
    out.page_link("history", "own_history");
    out.page_link("messages", "own_messages");
    out.close("ul");
}

void add_line(page& out, const disclosed_line& one) {
    out.element("h2", out.say("line") + " " + one.number.text());
    const auto folder = "lines/" + one.id + "/";
    out.open("ul");
    for (const auto* one : {"history", "messages", "decisions", "disputes", "notes", "replies", "records"})
        out.page_link(folder + one, one);
    out.close("ul");
    out.open("dl");
    if (one.ended_at) out.fact("ended_at", out.moment(*one.ended_at));
    if (one.records_until) out.fact("records_until", out.moment(*one.records_until));
    if (one.identity_until) out.fact("identity_until", out.moment(*one.identity_until));
    out.close("dl");
}

std::string said(const disclosure_source& of, const std::string& key) {
    const auto who = of.reader();
    return std::string(who.texts->find(*who.in, key));
}

std::string index_of(const disclosure_source& of) {
    page out(of, said(of, "archive.title"));
    out.element("p", out.say("made_at") + " " + out.moment(of.made_at));
    add_person(out, of);
    for (const auto& one : of.lines) add_line(out, one);
    out.section("looks");
    if (of.looks.empty()) out.element("p", out.say("nobody_looked"));
    out.open("ol");
    for (const auto& one : of.looks)  // nobody says why records are stored
        out.item(one.what == "records" ? out.looked_at("records_stored") : one.why,
                 out.moment(one.at) + " · " + out.role_said(one.as) + " · " + out.looked_at(one.what));
    out.close("ol");
    if (!of.documents.empty()) {
        out.section("documents");
        out.open("ul");
        for (const auto& one : of.documents) out.link(one.file, "purpose_" + name_of(one.purpose));
        out.close("ul");
    }
    out.section("kept");
    out.open("ul");
    for (const auto& one : of.kept) out.element("li", one);
    out.close("ul");
    return out.done();
}

// ------------------------------------------------------------------------------------------------ files

template <typename T>
std::string json_of(const T& what) {
    return base::to_json(what, base::form::api) + "\n";
}

using maker = std::function<result<archive_file>(const disclosure_source&)>;

maker made(std::string name, std::function<std::string(const disclosure_source&)> content) {
    return [name = std::move(name), content = std::move(content)](const disclosure_source& of) -> result<archive_file> {
        return archive_file{name, content(of)};
    };
}

void add_line_files(std::vector<maker>& all, const disclosed_line& line, std::size_t index) {
    const auto at = [index](const disclosure_source& of) -> const disclosed_line& { return of.lines[index]; };
    const auto title = [at](const disclosure_source& of, const std::string& key) {
        return said(of, "archive." + key) + " " + at(of).number.text();
    };
    const auto folder = "lines/" + line.id + "/";
    all.push_back(made(folder + "history.html", [at, title](const disclosure_source& of) {
        return history_page(of, title(of, "history"), at(of).history);
    }));
    all.push_back(made(folder + "history.json", [at](const auto& of) { return json_of(at(of).history); }));
    all.push_back(made(folder + "messages.html", [at, title](const disclosure_source& of) {
        return messages_page(of, title(of, "messages"), at(of).messages);
    }));
    all.push_back(made(folder + "messages.json", [at](const auto& of) { return json_of(at(of).messages); }));
    using page_of_line = std::string (*)(const disclosure_source&, const std::string&, const disclosed_line&);
    const auto add_page = [&](const std::string& name, page_of_line make) {
        all.push_back(made(folder + name + ".html", [at, title, name, make](const disclosure_source& of) {
            return make(of, title(of, name), at(of));
        }));
    };
    add_page("decisions", decisions_page);
    add_page("disputes", disputes_page);
    add_page("notes", notes_page);
    add_page("replies", replies_page);
    add_page("records", records_page);
    all.push_back(made(folder + "decisions.json", [at](const auto& of) { return json_of(at(of).decisions); }));
    all.push_back(made(folder + "disputes.json", [at](const auto& of) { return json_of(at(of).disputes); }));
    all.push_back(made(folder + "notes.json", [at](const auto& of) { return json_of(at(of).notes); }));
    all.push_back(made(folder + "replies.json", [at](const auto& of) { return json_of(at(of).replies); }));
    all.push_back(made(folder + "records.json", [at](const auto& of) { return json_of(at(of).records); }));
}

std::vector<maker> makers_of(const disclosure_source& from) {
    std::vector<maker> all;
    all.push_back(made("index.html", index_of));
    all.push_back(made("person.json", [](const auto& of) { return json_of(of.person); }));
    all.push_back(made("history.html",
                       [](const auto& of) { return history_page(of, said(of, "archive.own_history"), of.history); }));
    all.push_back(made("history.json", [](const auto& of) { return json_of(of.history); }));
    all.push_back(made("messages.html", [](const auto& of) {
        return messages_page(of, said(of, "archive.own_messages"), of.messages);
    }));
    all.push_back(made("messages.json", [](const auto& of) { return json_of(of.messages); }));
    all.push_back(made("who_looked.json", [](const auto& of) { return json_of(of.looks); }));
    all.push_back(made("documents.json", [](const auto& of) { return json_of(of.documents); }));
    all.push_back(made("kept.json", [](const auto& of) { return json_of(of.kept); }));
    for (std::size_t i = 0; i < from.lines.size(); ++i) add_line_files(all, from.lines[i], i);
    for (const auto& one : from.documents)
        all.push_back([id = one.id, name = one.file](const disclosure_source& of) -> result<archive_file> {
            TRY(content, of.document(id));
            return archive_file{name, std::move(content)};
        });
    return all;
}

struct manifest {
    label subscriber;
    instant made_at;
    std::vector<manifest_file> files;
};
BOOST_DESCRIBE_STRUCT(manifest, (), (subscriber, made_at, files))

}  // namespace disclosed
}  // namespace

reader_of_words disclosure_source::reader() const { return {texts, &texts->best(language), zone}; }

reader_of_words disclosure_source::reader_at(instant then) const {
    auto out = reader();
    const auto say = [&](const char* key) { return std::string(texts->find(*out.in, key)); };
    for (const auto& [id, since] : addresses) out.contacts[id] = say("archive.former_address");
    for (const auto& one : person.contacts) {
        const auto since = addresses.find(one.id.text());
        if (since == addresses.end() || then >= since->second) out.contacts[one.id.text()] = address_shown(one);
    }
    out.contacts["line"] = say("archive.own_line");
    return out;
}

// ------------------------------------------------------------------------------------------------ addresses

result<void> addresses_since::take(const port::entry& one) {
    TRY(events, base::from_json<std::vector<domain::subscriber_event>>(one.events));
    for (const auto& event : events) {
        if (const auto* said = std::get_if<domain::subscriber_registered>(&event)) held(said->contacts, said->at, true);
        if (const auto* said = std::get_if<domain::contacts_changed>(&event)) held(said->contacts, said->at, false);
    }
    return {};
}

/// `anew`: what a system says takes the place of all that was registered before.
void addresses_since::held(const std::vector<domain::contact_ref>& contacts, instant at, bool anew) {
    std::vector<label> now;
    for (const auto& one : contacts) {
        const bool known = std::ranges::find(there_, one.id) != there_.end();
        if (!known || (anew && one.since == at)) of[one.id.text()] = at;
        now.push_back(one.id);
    }
    there_ = std::move(now);
}

// ------------------------------------------------------------------------------------------------ journals

bool line_reader::note(const domain::number_event& what) {
    if (const auto* opened = std::get_if<domain::dispute_opened>(&what)) {
        const auto& one = opened->what;
        into_.disputes.push_back(
            {one.at, one.part, one.item.empty() ? std::nullopt : std::optional(one.item), {}, one.due});
        into_.dispute_words.push_back(one.words);
    }
    if (const auto* written = std::get_if<domain::note_written>(&what)) {
        into_.notes.push_back({written->what.at, written->what.by.as, {}, {}});
        into_.notes_as_kept.push_back(written->what);
    }
    const auto* sent = std::get_if<domain::notice_noted>(&what);
    return sent == nullptr || note_sent(sent->record);
}

/// A receipt may come when the number is somebody else's already: it is of whom the message is.
bool line_reader::note_sent(const domain::notice_record& record) {
    const auto found = written_.find({record.kind, record.contact.text(), record.by});
    if (found == written_.end()) return false;
    auto& of = found->second;
    auto known = of.sent.find(record.sent_at);
    if (known == of.sent.end()) {
        if (of.noted == of.all.size() || into_.messages[of.all[of.noted]].at > record.sent_at) return false;
        known = of.sent.emplace(record.sent_at, of.all[of.noted++]).first;
    }
    auto& message = into_.messages[known->second];
    message.sent_at = record.sent_at;
    message.delivered_at = record.delivered_at;
    return true;
}

void line_reader::write(const domain::send_notice& what, instant at) {
    written_[{what.kind, what.contact.text(), what.by}].all.push_back(into_.messages.size());
    disclosed_message out{
        at, what.kind, what.by, disclosed::contact_shown(of_.reader_at(at), what.contact, into_.number), {}, {}, {}};
    auto params = what.params;
    params["number"] = last_four(into_.number.text());
    params["line"] = into_.id;
    if (says_) out.text = says_(what.kind, language_, params);
    into_.messages.push_back(std::move(out));
}

result<void> line_reader::take(const port::entry& one) {
    TRY(meta, engine::decode_meta(one.meta));
    TRY(events, base::from_json<std::vector<domain::number_event>>(one.events));
    const auto who = of_.reader_at(one.at);
    disclosed_entry shown{one.at, disclosed::shown(meta.by, of_.subscriber), meta.through, {}, {}};
    for (const auto& event : events) {
        if (const auto* begins = std::get_if<domain::line_ordered>(&event)) {
            owner_ = begins->subscriber;
            into_.currency = begins->currency;
        }
        if (owner_ != of_.subscriber || !note(event)) continue;
        const auto before = shown.events.size();
        disclosed::add_event(shown, who, event, disclosed::amount_of(event, into_.currency));
        const auto name = std::visit([](const auto& of) { return std::string_view(of.name); }, event);
        if (shown.events.size() > before && disclosed::is_decision(name))
            into_.decisions.push_back({one.at, shown.by.as, shown.words.back(), shown.events.back()});
        if (std::holds_alternative<domain::number_released>(event)) owner_ = {};
    }
    if (!shown.events.empty()) into_.history.push_back(std::move(shown));
    if (one.effects.empty()) return {};
    TRY(effects, engine::decode_effects(one.effects));
    for (const auto& effect : effects) {
        const auto* notice = std::get_if<domain::send_notice>(&effect);
        if (notice != nullptr && notice->subscriber == of_.subscriber) write(*notice, one.at);
        const auto* code = std::get_if<domain::send_otp>(&effect);
        if (code != nullptr && code->subscriber == of_.subscriber)
            into_.messages.push_back(
                {one.at, "otp", code->by, disclosed::contact_shown(who, code->contact, into_.number), {}, {}, {}});
    }
    return {};
}

/// The oldest of its kind to that place of which nobody has said yet that it left.
static void note_sent(disclosure_source& into, const reader_of_words& who, const domain::message_noted& left) {
    const auto to = disclosed::contact_shown(who, left.to.contact, left.to.number);
    const auto found = std::ranges::find_if(into.messages, [&](const disclosed_message& one) {
        return one.kind == left.kind && one.by == left.by && one.to == to && !one.sent_at;
    });
    if (found != into.messages.end()) found->sent_at = left.at;
}

result<void> take_own(disclosure_source& into, const port::entry& one, const message_maker& says) {
    TRY(meta, engine::decode_meta(one.meta));
    TRY(events, base::from_json<std::vector<domain::subscriber_event>>(one.events));
    const auto who = into.reader_at(one.at);
    disclosed_entry shown{one.at, disclosed::shown(meta.by, into.subscriber), meta.through, {}, {}};
    for (const auto& event : events) {
        if (const auto* read = std::get_if<domain::personal_data_read>(&event))
            into.looks.push_back({read->at, read->by.as, read->what, read->why});
        if (const auto* left = std::get_if<domain::message_noted>(&event))
            note_sent(into, who, *left);
        else
            disclosed::add_event(shown, who, event);
    }
    if (!shown.events.empty()) into.history.push_back(std::move(shown));
    if (one.effects.empty()) return {};
    TRY(effects, engine::decode_effects(one.effects));
    for (const auto& effect : effects) {
        if (const auto* told = std::get_if<domain::tell_person>(&effect)) {
            disclosed_message out{
                one.at, told->kind, told->by, disclosed::contact_shown(who, told->contact, told->number), {}, {}, {}};
            if (says) out.text = says(told->kind, into.language, told->params);
            into.messages.push_back(std::move(out));
        }
        if (const auto* code = std::get_if<domain::send_sign_in_code>(&effect))
            into.messages.push_back({one.at,
                                     "sign_in_code",
                                     code->by,
                                     disclosed::contact_shown(who, code->contact, code->number),
                                     {},
                                     {},
                                     {}});
        if (const auto* code = std::get_if<domain::send_contact_code>(&effect))
            into.messages.push_back({one.at,
                                     code->discloses ? "disclosure_code" : "contact_code",
                                     code->by,
                                     disclosed::contact_shown(who, code->contact, code->number),
                                     {},
                                     {},
                                     {}});
    }
    return {};
}

archive_plan disclosure_plan(disclosure_source from) {
    const auto of = std::make_shared<const disclosure_source>(std::move(from));
    const auto all = std::make_shared<const std::vector<disclosed::maker>>(disclosed::makers_of(*of));
    return {all->size(), [of, all](std::size_t index) { return (*all)[index](*of); },
            [of](std::vector<manifest_file> files) {
                return base::to_json(disclosed::manifest{of->subscriber, of->made_at, std::move(files)},
                                     base::form::api) +
                       "\n";
            }};
}

}  // namespace keepline::desk
