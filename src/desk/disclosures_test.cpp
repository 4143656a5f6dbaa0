// A person's archive: every event that they may see has words, and nothing of another owner of the number gets in.
#include "desk/desk.hpp"
#include "desk/disclosure_archive.hpp"
#include "desk/fake_ground.hpp"
#include "desk/note_words.hpp"
#include "desk/person_words.hpp"
#include "desk/seen_events.hpp"
#include "desk/waiting.hpp"
#include "engine/codec.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace disclosures_tests {

using base::code;

const base::msisdn shared_number = base::msisdn::trusted("+8613800138000");
const base::iccid profile_of_line = base::iccid::trusted("8986001234567890123");
const label first_owner = label::trusted("sub-1");
const label second_owner = label::trusted("sub-2");

template <typename Events>
void expect_words() {
    const auto book = text::shipped();
    base::for_each_alternative<Events>([&](auto one) {
        using event = typename decltype(one)::type;
        if (seen<event>.not_for_customers) return;
        for (const auto& [tag, language] : book->languages()) {
            const auto words = language.words.find("event." + std::string(event::name));
            ASSERT_NE(words, language.words.end()) << event::name << " has no words in " << tag;
            const reader_of_words who{book.get(), &language, {}};
            const auto bare = event_in_words(who, as_seen(event{}, role::subscriber));
            EXPECT_EQ(bare.find("{{"), std::string::npos) << event::name;
        }
    });
}

TEST(disclosures, every_event_that_a_customer_may_see_has_words_in_every_language) {
    expect_words<domain::number_event>();
    expect_words<domain::subscriber_event>();
}

TEST(disclosures, whatever_stands_against_an_erasure_and_remains_is_said_in_every_language) {
    const auto book = text::shipped();
    for (const auto& [tag, language] : book->languages()) {
        const reader_of_words who{book.get(), &language, {}};
        domain::erasure_plan plan;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::obstacle>>(
            [&](auto one) { plan.against.push_back({one.value, "ln_1"}); });
        const auto words = erasure_in_words(who, plan);
        EXPECT_EQ(words.size(), plan.against.size() + 6) << tag;
        for (const auto& one : words) EXPECT_FALSE(one.empty()) << tag;
        EXPECT_NE(words.at(1).find("ln_1"), std::string::npos);
    }
}

TEST(disclosures, an_event_in_words_names_days_money_and_whom_as_their_reader_does) {
    const auto book = text::shipped();
    reader_of_words who{book.get(), &book->best("en"), {}};
    who.contacts["c1"] = "…0001";
    domain::contact_verified verified;
    verified.contact = label::trusted("c1");
    EXPECT_EQ(event_in_words(who, *event_as_seen(domain::subscriber_event(verified), role::subscriber)),
              "…0001 was shown to be yours.");
    domain::contacts_changed changed;
    changed.contacts.push_back({label::trusted("c1"), domain::medium::sms, true, {}, {}, {}, {}});
    changed.contacts.push_back({label::trusted("old"), domain::medium::sms, true, {}, instant{1}, {}, {}});
    EXPECT_EQ(event_in_words(who, *event_as_seen(domain::subscriber_event(changed), role::subscriber)),
              "Your contact points, account or language were changed; told from then on: …0001.");
    domain::refund_ordered refund;
    refund.amount = {1230, "CNY"};
    EXPECT_EQ(event_in_words(who, *event_as_seen(domain::number_event(refund), role::subscriber)),
              "A refund of 12.30 CNY was ordered.");
    EXPECT_EQ(event_in_words(who, {"not json"}), "");
}

/// A number's journal, written as the engine does.
struct journal_of_number {
    std::vector<port::entry> entries;
    instant now{1'795'305'600'000};

    void add(std::vector<domain::number_event> events, const label& by, std::vector<domain::effect> effects = {}) {
        port::entry one;
        one.version = entries.size() + 1;
        one.at = now = now + base::hours{1};
        one.meta = base::to_json(engine::entry_meta{{role::subscriber, by}, domain::channel::web, "", {}});
        one.events = base::to_json(events);
        if (!effects.empty()) one.effects = base::to_json(effects);
        entries.push_back(std::move(one));
    }
    void owned_by(const label& who) {
        domain::line_ordered begins;
        begins.number = shared_number;
        begins.subscriber = who;
        begins.currency = "CNY";
        add({begins}, who);
    }
    void told(const label& who, const std::string& kind) {
        domain::notice_noted sent;
        sent.record = {kind, label::trusted("line"), domain::medium::sms, now + base::hours{1}, {}, ""};
        add({domain::closure_rejected{{role::reviewer, label::trusted("rev")}, "reason of " + who.text(), now}}, who,
            {domain::send_notice{kind, who, label::trusted("line"), domain::medium::sms, {{"of", who.text()}}, true}});
        add({sent}, who);
    }
};

disclosed_line read_as(const label& who, const journal_of_number& of, disclosure_source& source) {
    source.subscriber = who;
    source.texts = text::shipped().get();
    source.language = "en";
    disclosed_line out;
    out.id = "ln_1";
    out.number = shared_number;
    line_reader reads(
        source, out,
        [](const std::string& kind, const std::string&, const std::map<std::string, std::string>& params) {
            const auto of = params.find("of");
            return std::optional(kind + " for " + (of == params.end() ? "?" : of->second));
        },
        "en");
    for (const auto& one : of.entries) EXPECT_TRUE(reads.take(one));
    return out;
}

TEST(disclosures, nothing_of_another_owner_of_the_number_gets_in) {
    journal_of_number of;
    of.owned_by(first_owner);
    of.told(first_owner, "rejected");
    of.add({domain::number_released{of.now, {}}}, first_owner);
    of.add({domain::network_agreed{}}, label::trusted("nobody"));
    of.owned_by(second_owner);
    of.told(second_owner, "rejected");
    of.add({domain::number_released{of.now, {}}}, second_owner);
    of.owned_by(first_owner);  // once more
    of.told(first_owner, "approved");
    for (const auto& [mine, other, rejected, approved] :
         {std::tuple(first_owner, second_owner, 2, 1), std::tuple(second_owner, first_owner, 1, 0)}) {
        disclosure_source source;
        const auto line = read_as(mine, of, source);
        EXPECT_EQ(static_cast<int>(line.decisions.size()), rejected) << mine.text();
        EXPECT_EQ(static_cast<int>(line.messages.size()), rejected);
        EXPECT_EQ(std::ranges::count(line.messages, "approved", &disclosed_message::kind), approved);
        for (const auto& one : line.messages) {
            EXPECT_EQ(one.text, one.kind + " for " + mine.text());
            EXPECT_TRUE(one.sent_at);
            EXPECT_EQ(one.to, "…8000");
        }
        source.lines.push_back(line);
        const auto plan = disclosure_plan(source);
        for (std::size_t i = 0; i < plan.files; ++i) {
            const auto file = plan.make(i);
            ASSERT_TRUE(file);
            EXPECT_EQ(file->content.find(other.text()), std::string::npos) << file->name;
            EXPECT_EQ(file->content.find("rev"), file->content.find("reviewer")) << file->name << ": who of the staff";
        }
    }
    disclosure_source none;
    EXPECT_TRUE(read_as(label::trusted("sub-3"), of, none).history.empty());
}

std::string content_of(const disclosure_source& source, const std::string& name) {
    const auto plan = disclosure_plan(source);
    for (std::size_t i = 0; i < plan.files; ++i) {
        const auto file = plan.make(i);
        if (file && file->name == name) return file->content;
    }
    return {};
}

TEST(disclosures, a_receipt_that_comes_late_is_not_the_next_owners) {
    journal_of_number of;
    of.owned_by(first_owner);
    const domain::send_notice last{"closed", first_owner, label::trusted("line"), domain::medium::sms, {}, true};
    of.add({domain::network_agreed{}}, first_owner, {last});
    const auto sent_at = of.now + base::hours{1};
    domain::notice_noted noted;
    noted.record = {"closed", label::trusted("line"), domain::medium::sms, sent_at, {}, "receipt-1"};
    of.add({noted}, first_owner);
    of.add({domain::number_released{of.now, {}}}, first_owner);
    of.owned_by(second_owner);
    noted.record.delivered_at = of.now;
    of.add({noted}, label::trusted("smsc"));
    disclosure_source source;
    const auto line = read_as(second_owner, of, source);
    for (const auto& entry : line.history)
        for (const auto& event : entry.events) EXPECT_EQ(event.text.find("notice_noted"), std::string::npos);
    of.add({domain::network_agreed{}}, second_owner,
           {domain::send_notice{"closed", second_owner, label::trusted("line"), domain::medium::sms, {}, true}});
    noted.record.sent_at = of.now + base::hours{1};
    noted.record.delivered_at.reset();
    of.add({noted}, second_owner);
    const auto later = read_as(second_owner, of, source);
    ASSERT_EQ(later.messages.size(), 1U);
    EXPECT_EQ(later.messages[0].sent_at, noted.record.sent_at);
    EXPECT_NE(later.history.back().events.at(0).text.find("notice_noted"), std::string::npos);
}

TEST(disclosures, every_receipt_finds_its_message_among_many_of_a_kind) {
    journal_of_number of;
    of.owned_by(first_owner);
    for (int i = 0; i < 300; ++i) of.told(first_owner, "rejected");
    disclosure_source source;
    const auto line = read_as(first_owner, of, source);
    ASSERT_EQ(line.messages.size(), 300U);
    for (const auto& one : line.messages) EXPECT_EQ(one.sent_at, one.at + base::hours{0});
}

/// The person's journal: `phone` was one address, went, and is another's since.
addresses_since phone_twice(instant again) {
    const auto on_file = [](std::vector<const char*> ids, instant at) {
        domain::contacts_changed e;
        for (const auto* id : ids)
            e.contacts.push_back({label::trusted(id), domain::medium::sms, true, at, {}, {}, {}});
        e.at = at;
        return e;
    };
    addresses_since out;
    const auto take = [&](const domain::subscriber_event& event) {
        port::entry one;
        one.events = base::to_json(std::vector{event});
        EXPECT_TRUE(out.take(one));
    };
    domain::subscriber_registered begins;
    begins.contacts.push_back({label::trusted("phone"), domain::medium::sms, true, instant{1'000}, {}, {}, {}});
    begins.at = instant{1'000};
    take(begins);
    take(on_file({"phone", "mail"}, instant{2'000}));
    take(on_file({"mail"}, instant{3'000}));
    take(on_file({"phone"}, again));
    return out;
}

TEST(disclosures, a_note_that_is_not_as_it_was_written_is_told_from_one_that_is_gone) {
    port::fake_vault vault;
    const auto name = label::trusted("n1");
    const auto kind = kind_of_note_words("ln_1", name);
    const note_words written{"salt", "She rang."};
    const auto read = [&](const std::string& digest) {
        return words_of_note(vault, first_owner, "ln_1", name, digest);
    };
    ASSERT_TRUE(vault.seal("sub-1", kind, base::to_json(written)));
    EXPECT_EQ(read(digest_of(written)).value(), "She rang.");
    EXPECT_EQ(read("of other words").error().what, code::journal_broken);
    ASSERT_TRUE(vault.seal("sub-1", kind, "no JSON"));
    EXPECT_EQ(read(digest_of(written)).error().what, code::journal_broken);
    ASSERT_TRUE(vault.erase("sub-1"));
    EXPECT_EQ(read(digest_of(written)).value(), "") << "gone with the person";
}

TEST(disclosures, an_old_message_never_shows_the_address_that_its_id_names_today) {
    disclosure_source source;
    source.texts = text::shipped().get();
    source.language = "en";
    source.person.contacts.push_back({label::trusted("phone"), domain::medium::sms, "+8613800138009"});
    source.addresses = phone_twice(instant{4'000}).of;
    const auto shown = [&](const char* id, instant at) { return source.reader_at(at).contacts.at(id); };
    EXPECT_EQ(shown("phone", instant{2'500}), "a former address");
    EXPECT_EQ(shown("phone", instant{4'000}), "…8009");
    EXPECT_EQ(shown("mail", instant{2'500}), "a former address") << "it is gone";
    EXPECT_EQ(shown("line", instant{2'500}), "the line");
}

TEST(disclosures, each_page_is_in_words_and_the_same_for_machines_stands_beside_it) {
    disclosure_source source;
    source.subscriber = first_owner;
    source.texts = text::shipped().get();
    source.language = "en";
    source.person.document_kind = "id-card";
    source.person.document_number = "X1";
    source.looks.push_back({{}, role::system, "records", "stored for ln_1"});
    source.looks.push_back({{}, role::reviewer, "document d-1", "the passport expired"});
    source.messages.push_back({{}, "disclosure_code", domain::medium::sms, "…0001", {}, {}, {}});
    disclosed_line line;
    line.id = "ln_1";
    line.number = shared_number;
    line.decisions.push_back({{}, role::reviewer, "The closure was rejected: no proof", {"{}"}});
    line.disputes.push_back({{}, domain::certificate_part::charged, "fee", "I paid less <b>", {}});
    line.notes.push_back({{}, domain::role::agent, "She rang <twice>"});
    line.notes.push_back({{}, domain::role::agent, {}, true});
    line.notes.push_back({{}, domain::role::agent, {}, {}});
    line.replies.push_back({{}, label::trusted("line"), "what is this?"});
    line.records.bills.push_back({{}, "B-1", {1230, "CNY"}, "March"});
    line.records.usage.push_back({{}, "voice", "+8610", 60});
    source.lines.push_back(line);
    EXPECT_NE(content_of(source, "lines/ln_1/decisions.html").find("rejected: no proof"), std::string::npos);
    const auto disputes = content_of(source, "lines/ln_1/disputes.html");
    EXPECT_NE(disputes.find("What was charged (fee)\nI paid less &lt;b&gt;"), std::string::npos) << disputes;
    EXPECT_NE(content_of(source, "lines/ln_1/replies.html").find("what is this?"), std::string::npos);
    const auto records = content_of(source, "lines/ln_1/records.html");
    EXPECT_NE(records.find("12.30 CNY"), std::string::npos) << records;
    EXPECT_NE(records.find("Call +8610"), std::string::npos);
    EXPECT_NE(records.find("60 seconds"), std::string::npos);
    const auto messages = content_of(source, "messages.html");
    EXPECT_NE(messages.find("as we write them today"), std::string::npos);
    EXPECT_NE(messages.find("A code for asking for this archive."), std::string::npos) << messages;
    const auto index = content_of(source, "index.html");
    EXPECT_NE(index.find("Identity card X1"), std::string::npos) << index;
    EXPECT_EQ(index.find("stored for ln_1"), std::string::npos) << "English, and a raw id";
    EXPECT_NE(index.find("a document that you handed in"), std::string::npos);
    EXPECT_EQ(index.find("d-1"), std::string::npos);
    const auto notes = content_of(source, "lines/ln_1/notes.html");
    EXPECT_NE(notes.find("She rang &lt;twice&gt;"), std::string::npos);
    EXPECT_NE(notes.find("not what was written"), std::string::npos) << "one of them, and the archive goes on";
    EXPECT_NE(notes.find("no longer kept"), std::string::npos);
    for (const auto* one : {"history", "messages", "decisions", "disputes", "notes", "replies", "records"}) {
        const std::string file = std::string("lines/ln_1/") + one;
        EXPECT_NE(index.find("\"" + file + ".html\""), std::string::npos) << file;
        EXPECT_FALSE(content_of(source, file + ".html").empty());
        EXPECT_NE(index.find("<small><a href=\"" + file + ".json\">The same for programs"), std::string::npos);
    }
}

TEST(disclosures, whatever_a_page_may_name_has_words_in_every_language) {
    const auto book = text::shipped();
    for (const auto& [tag, language] : book->languages()) {
        const auto expect = [&](const std::string& key) {
            EXPECT_TRUE(language.words.contains(key)) << key << " " << tag;
        };
        for (const auto* what : {"identity", "contacts", "backup", "records", "document", "dispute", "notes",
                                 "everything", "name", "other"})
            expect(std::string("look.") + what);
        for (const auto* kind : {"otp", "contact_code", "disclosure_code", "sign_in_code", "other"})
            expect(std::string("archive.kind_") + kind);
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::certificate_part>>(
            [&](auto one) { expect(std::string("archive.part_") + one.name); });
    }
}

TEST(disclosures, pages_run_and_load_nothing_whatever_is_in_them) {
    disclosure_source source;
    source.subscriber = first_owner;
    source.texts = text::shipped().get();
    source.language = "zh-CN";
    source.person.full_name = "<script>alert(1)</script>";
    source.looks.push_back({{}, role::agent, "identity", "\"><img src=x onerror=y>"});
    source.kept.push_back("a & b");
    const auto plan = disclosure_plan(source);
    const auto index = plan.make(0);
    ASSERT_TRUE(index);
    EXPECT_EQ(index->name, "index.html");
    EXPECT_NE(index->content.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(index->content.find("<script"), std::string::npos);
    EXPECT_EQ(index->content.find("<img"), std::string::npos);
    EXPECT_NE(index->content.find("我们持有的您的资料"), std::string::npos);
    const auto once = archive_stream::open(disclosure_plan(source));
    const auto again = archive_stream::open(disclosure_plan(source));
    ASSERT_TRUE(once && again);
    EXPECT_EQ((*once)->manifest_digest(), (*again)->manifest_digest());
}

// ------------------------------------------------------------------------------------------------ at the desk

struct disclosure_room : fake_ground {
    disclosure_room() {
        domain::contact_ref phone{label::trusted("p1"), domain::medium::sms, true, {}, {}, {}, {}};
        domain::register_subscriber person;
        person.id = first_owner;
        person.language = "en";
        person.contacts.push_back(std::move(phone));
        port::person known;
        known.full_name = "Wang Xiaoming";
        engine::submission what;
        what.to = {port::stream_kind::subscriber, first_owner.text()};
        what.must_exist = false;
        what.by = {domain::role::system, label::trusted("bss")};
        what.what = domain::subscriber_command(std::move(person));
        what.vault.push_back(*vault.seal(first_owner.text(), port::person_kind, base::to_json(known)));
        core.submit(std::move(what), [](const result<engine::answer>& done) { EXPECT_TRUE(done); });
    }
    request by(domain::role as, std::string_view name) {
        request in;
        in.who.who = {as, label::trusted(std::string(name)), label::trusted(std::string(name))};
        in.who.channels = every_channel(as);
        in.through = in.who.channels.empty() ? domain::channel::staff : in.who.channels.front();
        in.correlation = "test-1";
        engine::idempotency once;
        once.key[0] = ++keys_;
        in.once = once;
        return in;
    }
    request owner() { return by(domain::role::subscriber, "sub-1"); }

    result<told<disclosure_view>> ask(request in, disclosure_body body) {
        return ask_and_wait<told<disclosure_view>>(std::move(in), [&](request as, reply<told<disclosure_view>> then) {
            at.ask_disclosure(std::move(as), "sub-1", std::move(body), std::move(then));
        });
    }
    using disclosure_code_told = told<disclosure_code_view>;
    result<disclosure_code_told> code_to_phone() {
        return ask_and_wait<disclosure_code_told>(owner(), [&](request as, reply<disclosure_code_told> then) {
            at.request_disclosure_code(std::move(as), "sub-1", disclosure_code_body{label::trusted("p1"), {}},
                                       std::move(then));
        });
    }
    std::string code_sent() {
        const auto told = code_to_phone();
        EXPECT_TRUE(told) << (told ? "" : told.error().words);
        const auto view = core.read({port::stream_kind::subscriber, "sub-1"});
        return secrets.otp_code(port::contact_scope("sub-1", "p1"),
                                (*view)->subscriber().disclosure_codes.at(0).codes.last->nonce);
    }
    result<archive_told> fetch(request in, std::optional<std::string> why = {}) {
        return ask_and_wait<archive_told>(std::move(in), [&](request as, reply<archive_told> then) {
            at.fetch_disclosure(std::move(as), "sub-1", "1", looking_body{std::move(why)}, std::move(then));
        });
    }
    const domain::subscriber_state& state() {
        view_ = *core.read({port::stream_kind::subscriber, "sub-1"});
        return view_->subscriber();
    }

    result<told<disclosure_view>> stop(request in, const std::string& why) {
        return ask_and_wait<told<disclosure_view>>(std::move(in), [&](request as, reply<told<disclosure_view>> then) {
            at.stop_disclosure(std::move(as), "sub-1", "1", looking_body{why}, std::move(then));
        });
    }
    disclosure_view newest() {
        const auto all =
            ask_and_wait<page_of<disclosure_view>>(owner(), [&](request as, reply<page_of<disclosure_view>> then) {
                at.list_disclosures(std::move(as), "sub-1", std::move(then));
            });
        return all && !all->items.empty() ? all->items.back() : disclosure_view{};
    }
    void put(port::stream_key to, engine::any_command command, std::vector<port::vault_row> rows = {}) {
        engine::submission what;
        what.to = std::move(to);
        what.must_exist = false;
        what.by = {domain::role::system, label::trusted("bss")};
        what.what = std::move(command);
        what.vault = std::move(rows);
        what.reserved = domain::reservation{1, instant{4'000'000'000'000}};
        core.submit(std::move(what),
                    [](const result<engine::answer>& done) { EXPECT_TRUE(done) << (done ? "" : done.error().words); });
    }
    void attach(const base::msisdn& number, const port::person& known) {
        put({port::stream_kind::subscriber, "sub-1"}, domain::subscriber_command(domain::attach_number{number}),
            {*vault.seal("sub-1", port::person_kind, base::to_json(known))});
    }
    void order(const base::msisdn& number) {
        domain::import_line line;
        line.order.number = number;
        line.order.subscriber = first_owner;
        line.order.policy = "cn";
        line.order.language = "en";
        domain::new_profile profile;
        profile.iccid = profile_of_line;
        profile.imsi = base::imsi::trusted("460001234567890");
        profile.state = domain::profile_state::enabled;
        line.order.profiles.push_back(profile);
        line.since = clock.now() - base::days{730};
        line.valid_until = clock.now() + base::days{300};
        put(key_of_number(number), domain::number_command(std::move(line)));
    }
    void lose(const base::msisdn& number) {
        put(key_of_number(number), domain::number_command(domain::declare_lost{profile_of_line, "a call"}));
    }

    desk at{stood_on()};
    engine::view_ptr view_;
    std::uint8_t keys_ = 0;
};

TEST(disclosures, the_owner_asks_with_a_code_and_what_they_fetch_is_what_the_journal_names) {
    disclosure_room of;
    EXPECT_EQ(of.ask(of.owner(), {"12345678", {}}).error().what, code::otp_expired);
    EXPECT_EQ(of.ask(of.owner(), {{}, "please"}).error().what, code::invalid);
    const auto right = of.code_sent();
    EXPECT_EQ(of.ask(of.owner(), {right == "00000000" ? "00000001" : "00000000", {}}).error().what, code::otp_wrong);
    const auto told = of.ask(of.owner(), {right, {}});
    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(std::get<disclosure_view>(told->is).state, disclosure_stage::waiting);
    EXPECT_EQ(of.fetch(of.owner()).error().what, code::blocked);
    of.clock.set(std::get<disclosure_view>(told->is).ready_at);
    EXPECT_EQ(of.fetch(of.by(domain::role::agent, "ann"), "to look at it").error().what, code::forbidden);
    EXPECT_EQ(of.fetch(of.by(domain::role::subscriber, "sub-2")).error().what, code::not_found);
    const auto archive = of.fetch(of.owner());
    ASSERT_TRUE(archive) << archive.error().words;
    EXPECT_EQ(of.state().disclosures.at(0).fetches, 1);
    const auto history = of.core.history(**of.core.read({port::stream_kind::subscriber, "sub-1"}), 1, 100);
    ASSERT_TRUE(history);
    EXPECT_NE(history->back().events.find((*archive)->manifest_digest()), std::string::npos);
}

TEST(disclosures, a_phone_on_file_that_is_a_line_of_theirs_gets_a_code_only_while_it_is_in_their_hands) {
    disclosure_room of;
    port::person known;
    known.contacts.push_back({label::trusted("p1"), domain::medium::sms, shared_number.text()});
    of.attach(shared_number, known);
    EXPECT_TRUE(of.code_to_phone()) << "it has no line yet";
    of.order(shared_number);
    of.clock.set(of.clock.now() + base::minutes{5});
    EXPECT_TRUE(of.code_to_phone());
    of.clock.set(of.clock.now() + base::minutes{5});
    of.lose(shared_number);
    EXPECT_EQ(of.code_to_phone().error().what, code::evidence_too_weak);
}

TEST(disclosures, a_line_that_is_lost_while_it_waits_puts_it_off) {
    disclosure_room of;
    of.attach(shared_number, {});
    of.order(shared_number);
    const auto told = of.ask(of.owner(), {of.code_sent(), {}});
    ASSERT_TRUE(told) << told.error().words;
    const auto ready_at = std::get<disclosure_view>(told->is).ready_at;
    of.clock.set(of.clock.now() + base::hours{1});
    of.lose(shared_number);
    const auto lost_at = of.clock.now();
    of.clock.set(ready_at);
    const auto refused = of.fetch(of.owner());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, code::blocked);
    EXPECT_EQ(of.state().disclosures.at(0).ready_at, lost_at + base::hours{72});
    EXPECT_EQ(of.fetch(of.owner()).error().what, code::blocked);
    of.clock.set(lost_at + base::hours{72});
    EXPECT_TRUE(of.fetch(of.owner()));
}

TEST(disclosures, whoever_is_shown_a_stopped_one_sees_by_whom_and_that_it_was_fetched) {
    disclosure_room of;
    const auto told = of.ask(of.owner(), {of.code_sent(), {}});
    ASSERT_TRUE(told) << told.error().words;
    of.clock.set(std::get<disclosure_view>(told->is).ready_at);
    ASSERT_TRUE(of.fetch(of.owner()));
    const auto stopped = of.stop(of.by(domain::role::agent, "ann"), "they called: it was not them");
    ASSERT_TRUE(stopped) << stopped.error().words;
    const auto& staff_sees = std::get<disclosure_view>(stopped->is);
    EXPECT_EQ(staff_sees.state, disclosure_stage::fetched_then_stopped);
    EXPECT_EQ(staff_sees.stopped_by->id, label::trusted("ann"));
    const auto seen = of.newest();
    EXPECT_EQ(seen.stopped_by, (domain::actor{domain::role::agent, {}})) << "a role, and nobody's name";
    EXPECT_EQ(seen.fetches, 1);
}

TEST(disclosures, one_of_the_staff_reads_nothing_alone) {
    disclosure_room of;
    const auto wanted = of.ask(of.by(domain::role::agent, "ann"), {{}, "asked for at the counter"});
    ASSERT_TRUE(wanted) << wanted.error().words;
    EXPECT_TRUE(std::holds_alternative<request_view>(wanted->is));
    EXPECT_TRUE(of.state().disclosures.empty());
    EXPECT_EQ(of.fetch(of.by(domain::role::agent, "ann"), "asked for").error().what, code::not_found);
}

}  // namespace disclosures_tests
}  // namespace
}  // namespace keepline::desk
