#include "desk/disclosure_archive.hpp"

#include "desk/html.hpp"
#include "desk/plan_words.hpp"
#include "desk/sandbox_banner.hpp"
#include "desk/seen_events.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

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

std::string contact_shown(const disclosure_source& of, const label& contact, const base::msisdn& number) {
    if (contact.text() == "line") return tail_of(number.text());
    const auto known = std::ranges::find(of.person.contacts, contact, &port::contact_address::id);
    return known == of.person.contacts.end() ? contact.text() : address_shown(*known);
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
    if (messages.empty()) out.element("p", out.say("no_messages"));
    out.open("ol");
    for (const auto& one : messages) {
        auto beside = out.moment(one.sent_at.value_or(one.at)) + " · " + one.to;
        if (one.delivered_at) beside += " · " + out.say("arrived");
        out.item(one.text.value_or(out.say("not_made_again") + " " + one.kind), beside);
    }
    out.close("ol");
    return out.done();
}

void add_person(page& out, const disclosure_source& of) {
    const auto& person = of.person;
    out.section("person");
    out.open("dl");
    out.fact("name", person.full_name);
    out.fact("document", person.document_number.empty() ? "" : person.document_kind + " " + person.document_number);
    out.fact("account", person.refund_iban);
    out.fact("account_holder", person.refund_holder);
    out.fact("account_before", person.refund_iban_before);
    for (const auto& one : person.contacts) out.fact(one.by == domain::medium::sms ? "phone" : "mail", one.address);
    out.close("dl");
    out.open("ul");
    out.link("person.json", "for_programs");
    out.link("history.html", "own_history");
    out.link("messages.html", "own_messages");
    out.close("ul");
}

void add_line(page& out, const disclosed_line& one) {
    out.element("h2", out.say("line") + " " + one.number.text());
    const auto folder = "lines/" + one.id + "/";
    out.open("ul");
    out.link(folder + "history.html", "history");
    out.link(folder + "messages.html", "messages");
    out.link(folder + "decisions.json", "decisions");
    out.link(folder + "disputes.json", "disputes");
    out.link(folder + "replies.json", "replies");
    out.link(folder + "records.json", "records");
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
    for (const auto& one : of.looks)
        out.item(one.why, out.moment(one.at) + " · " + out.role_said(one.as) + " · " + one.what);
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
    all.push_back(made(folder + "decisions.json", [at](const auto& of) { return json_of(at(of).decisions); }));
    all.push_back(made(folder + "disputes.json", [at](const auto& of) { return json_of(at(of).disputes); }));
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

reader_of_words disclosure_source::reader() const {
    reader_of_words out{texts, &texts->best(language), zone};
    for (const auto& one : person.contacts) out.contacts[one.id.text()] = address_shown(one);
    return out;
}

// ------------------------------------------------------------------------------------------------ journals

void line_reader::note(const domain::number_event& what) {
    if (const auto* opened = std::get_if<domain::dispute_opened>(&what)) {
        const auto& one = opened->what;
        into_.disputes.push_back(
            {one.at, one.part, one.item.empty() ? std::nullopt : std::optional(one.item), {}, one.due});
        into_.dispute_words.push_back(one.words);
    }
    const auto* sent = std::get_if<domain::notice_noted>(&what);
    if (sent == nullptr) return;
    const auto& record = sent->record;
    const auto to = disclosed::contact_shown(of_, record.contact, into_.number);
    const auto is_same = [&](const disclosed_message& one) {
        return one.kind == record.kind && one.to == to && one.by == record.by &&
               (!one.sent_at || *one.sent_at == record.sent_at);
    };
    const auto found = std::ranges::find_if(into_.messages, is_same);
    if (found == into_.messages.end()) return;
    found->sent_at = record.sent_at;
    found->delivered_at = record.delivered_at;
}

void line_reader::write(const domain::send_notice& what, instant at) {
    disclosed_message out{at, what.kind, what.by, disclosed::contact_shown(of_, what.contact, into_.number),
                          {}, {},        {}};
    auto params = what.params;
    constexpr std::size_t tail = 4;
    const auto& number = into_.number.text();
    params["number"] = number.substr(number.size() - std::min(tail, number.size()));
    params["line"] = into_.id;
    if (says_) out.text = says_(what.kind, language_, params);
    into_.messages.push_back(std::move(out));
}

result<void> line_reader::take(const port::entry& one) {
    TRY(meta, engine::decode_meta(one.meta));
    TRY(events, base::from_json<std::vector<domain::number_event>>(one.events));
    const auto who = of_.reader();
    disclosed_entry shown{one.at, disclosed::shown(meta.by, of_.subscriber), meta.through, {}, {}};
    for (const auto& event : events) {
        if (const auto* begins = std::get_if<domain::line_ordered>(&event)) {
            owner_ = begins->subscriber;
            into_.currency = begins->currency;
        }
        if (owner_ != of_.subscriber) continue;
        const auto before = shown.events.size();
        disclosed::add_event(shown, who, event, disclosed::amount_of(event, into_.currency));
        const auto name = std::visit([](const auto& of) { return std::string_view(of.name); }, event);
        if (shown.events.size() > before && disclosed::is_decision(name))
            into_.decisions.push_back(shown.events.back());
        note(event);
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
                {one.at, "otp", code->by, disclosed::contact_shown(of_, code->contact, into_.number), {}, {}, {}});
    }
    return {};
}

result<void> take_own(disclosure_source& into, const port::entry& one, const message_maker& says) {
    TRY(meta, engine::decode_meta(one.meta));
    TRY(events, base::from_json<std::vector<domain::subscriber_event>>(one.events));
    const auto who = into.reader();
    disclosed_entry shown{one.at, disclosed::shown(meta.by, into.subscriber), meta.through, {}, {}};
    for (const auto& event : events) {
        if (const auto* read = std::get_if<domain::personal_data_read>(&event))
            into.looks.push_back({read->at, read->by.as, read->what, read->why});
        disclosed::add_event(shown, who, event);
    }
    if (!shown.events.empty()) into.history.push_back(std::move(shown));
    if (one.effects.empty()) return {};
    TRY(effects, engine::decode_effects(one.effects));
    for (const auto& effect : effects) {
        if (const auto* told = std::get_if<domain::tell_person>(&effect)) {
            disclosed_message out{
                one.at, told->kind, told->by, disclosed::contact_shown(into, told->contact, told->number), {}, {}, {}};
            if (says) out.text = says(told->kind, into.language, told->params);
            into.messages.push_back(std::move(out));
        }
        if (const auto* code = std::get_if<domain::send_sign_in_code>(&effect))
            into.messages.push_back({one.at,
                                     "sign_in_code",
                                     code->by,
                                     disclosed::contact_shown(into, code->contact, code->number),
                                     {},
                                     {},
                                     {}});
        if (const auto* code = std::get_if<domain::send_contact_code>(&effect))
            into.messages.push_back({one.at,
                                     code->discloses ? "disclosure_code" : "contact_code",
                                     code->by,
                                     disclosed::contact_shown(into, code->contact, code->number),
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
