// Documents of a person: who hands them in, who sees them and what is written down first, and that no file outlives
// what names it.
#include "desk/documents.hpp"

#include "desk/desk.hpp"
#include "desk/fake_ground.hpp"
#include "desk/waiting.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using base::code;

const std::string small_pdf = "%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n";

struct documents_room : fake_ground {
    documents_room() {
        for (const auto* id : {"sub-1", "sub-2"}) {
            engine::submission what;
            what.to = {port::stream_kind::subscriber, id};
            what.must_exist = false;
            what.by = {domain::role::system, label::trusted("bss")};
            what.what = domain::subscriber_command(domain::register_subscriber{label::trusted(id), "en", {}, ""});
            core.submit(std::move(what), [](const result<engine::answer>& done) { EXPECT_TRUE(done); });
        }
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
    request reviewer() { return by(domain::role::reviewer, "rev"); }

    result<told<document_view>> add(request in, const std::string& content = small_pdf,
                                    const std::string& to = "sub-1") {
        return ask_and_wait<told<document_view>>(std::move(in), [&](request as, reply<told<document_view>> then) {
            at.add_document(std::move(as), to, document_upload{domain::document_purpose::other, content},
                            std::move(then));
        });
    }
    std::string added(request in) {
        const auto told = add(std::move(in));
        EXPECT_TRUE(told) << told.error().words;
        return told ? std::get<document_view>(told->is).id.text() : "";
    }
    result<document_told> open(request in, const std::string& id, std::optional<std::string> why,
                               const std::string& of = "sub-1") {
        return ask_and_wait<document_told>(std::move(in), [&](request as, reply<document_told> then) {
            at.open_document(std::move(as), of, id, looking_body{std::move(why)}, std::move(then));
        });
    }
    result<page_of<document_view>> list(request in, const std::string& of = "sub-1") {
        return ask_and_wait<page_of<document_view>>(std::move(in), [&](request as, reply<page_of<document_view>> then) {
            at.list_documents(std::move(as), of, std::move(then));
        });
    }
    const domain::subscriber_state& state() {
        held_ = *core.read({port::stream_kind::subscriber, "sub-1"});
        return held_->subscriber();
    }

    desk at{stood_on()};

 private:
    std::uint8_t keys_ = 0;
    engine::view_ptr held_;
};

TEST(documents, its_owner_hands_one_in_and_has_it_again_without_a_word) {
    documents_room of;
    const auto id = of.added(of.owner());
    const auto told = of.open(of.owner(), id, std::nullopt);
    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(told->content, small_pdf);
    EXPECT_EQ(told->type, "application/pdf");
    EXPECT_EQ(told->name, id + ".pdf");
    EXPECT_EQ(of.state().staff_reads, 0);
    const auto all = of.list(of.owner());
    ASSERT_TRUE(all);
    ASSERT_EQ(all->items.size(), 1U);
    EXPECT_EQ(all->items[0].id.text(), id);
}

TEST(documents, whoever_of_the_staff_looks_says_why_and_is_written_down_before_a_byte_leaves) {
    documents_room of;
    const auto id = of.added(of.by(domain::role::agent, "ann"));
    for (const auto& nothing : {std::optional<std::string>(), std::optional<std::string>("")})
        EXPECT_EQ(of.open(of.reviewer(), id, nothing).error().what, code::invalid);
    EXPECT_EQ(of.open(of.by(domain::role::agent, "ann"), id, "mine").error().what, code::forbidden)
        << "who handed it in is not who looks";
    EXPECT_EQ(of.state().staff_reads, 0);
    const auto told = of.open(of.reviewer(), id, "the power of attorney of a case");
    ASSERT_TRUE(told) << told.error().words;
    EXPECT_EQ(told->content, small_pdf);
    ASSERT_EQ(of.state().reads.size(), 1U);
    EXPECT_EQ(of.state().reads[0].what, "document " + id);
    EXPECT_EQ(of.state().reads[0].why, "the power of attorney of a case");
    of.core.meanwhile = [&](const engine::submission& what) {
        if (what.to.kind == port::stream_kind::subscriber)
            of.core.refuse_everything = base::error{code::stopping, "", {}};
    };
    EXPECT_EQ(of.open(of.reviewer(), id, "and once more").error().what, code::stopping)
        << "what is not written down is not seen";
}

TEST(documents, of_somebody_elses_one_hears_nothing) {
    documents_room of;
    const auto id = of.added(of.owner());
    const auto stranger = [&] { return of.by(domain::role::subscriber, "sub-2"); };
    EXPECT_EQ(of.open(stranger(), id, std::nullopt).error().what, code::not_found);
    EXPECT_EQ(of.open(stranger(), id, std::nullopt, "sub-2").error().what, code::not_found);
    EXPECT_EQ(of.list(stranger()).error().what, code::not_found);
    EXPECT_EQ(of.add(stranger(), small_pdf, "sub-1").error().what, code::not_found);
    const auto staff = of.added(of.by(domain::role::agent, "ann"));
    for (const auto& one : of.list(of.owner())->items)
        if (one.id.text() == staff) EXPECT_TRUE(one.by.id.empty()) << "in which role, not who";
}

TEST(documents, a_retry_is_the_same_document_and_its_file_is_not_written_over) {
    documents_room of;
    auto in = of.owner();
    const auto first = of.add(in);
    const auto again = of.add(in);
    ASSERT_TRUE(first && again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(std::get<document_view>(first->is), std::get<document_view>(again->is));
    EXPECT_EQ(of.state().documents.size(), 1U);
    EXPECT_TRUE(of.open(of.owner(), of.state().documents[0].id.text(), std::nullopt));
}

TEST(documents, what_is_no_document_is_refused_and_leaves_nothing) {
    documents_room of;
    EXPECT_EQ(of.add(of.owner(), "<html>").error().what, code::document_unfit);
    EXPECT_EQ(of.add(of.owner(), std::string("\0\0\0\x18", 4) + "ftypheic....").error().what, code::document_unfit);
    EXPECT_EQ(of.add(of.owner(), "%PDF-" + std::string(9UL << 20U, ' ')).error().what, code::too_large);
    EXPECT_TRUE(of.state().documents.empty());
    int files = 0;
    EXPECT_TRUE(of.documents.each(std::chrono::seconds{0}, [&](const port::document_name&) { ++files; }));
    EXPECT_EQ(files, 0);
}

TEST(documents, a_file_that_is_not_the_one_of_then_is_not_shown) {
    documents_room of;
    const auto id = of.added(of.owner());
    const port::document_name name{label::trusted("sub-1"), label::trusted(id)};
    ASSERT_TRUE(of.documents.remove(name));
    EXPECT_EQ(of.open(of.owner(), id, std::nullopt).error().what, code::not_found);
    ASSERT_TRUE(of.documents.put(name, *of.vault.seal_blob("sub-1", id, base::view("another"))));
    EXPECT_EQ(of.open(of.owner(), id, std::nullopt).error().what, code::journal_broken);
}

TEST(documents, what_was_taken_back_is_gone) {
    documents_room of;
    const auto id = of.added(of.owner());
    const auto left =
        ask_and_wait<page_of<document_view>>(of.owner(), [&](request as, reply<page_of<document_view>> then) {
            of.at.take_document_back(std::move(as), "sub-1", id, looking_body{}, std::move(then));
        });
    ASSERT_TRUE(left) << left.error().words;
    EXPECT_TRUE(left->items.empty());
    EXPECT_EQ(of.documents.get({label::trusted("sub-1"), label::trusted(id)}).error().what, code::not_found);
}

TEST(documents, a_file_that_no_event_names_goes_after_a_day_and_no_other) {
    documents_room of;
    const auto kept = of.added(of.owner());
    const auto read = [&](const port::stream_key& key) { return of.core.read(key); };
    for (const auto* who : {"sub-1", "nobody"})
        ASSERT_TRUE(
            of.documents.put({label::trusted(who), label::trusted("dc_orphan")}, base::view("left by a crash")));
    EXPECT_EQ(sweep_documents(of.documents, read), 0U) << "its event may be on its way";
    of.documents.age = std::chrono::hours{25};
    EXPECT_EQ(sweep_documents(of.documents, read), 2U);
    EXPECT_TRUE(of.open(of.owner(), kept, std::nullopt));
    of.core.refuse_everything = base::error{code::unavailable, "The store cannot be read.", {}};
    EXPECT_FALSE(sweep_documents(of.documents, read)) << "who cannot be asked loses nothing";
    of.core.refuse_everything.reset();
    EXPECT_TRUE(of.open(of.owner(), kept, std::nullopt));
}

TEST(documents, go_with_whoever_is_erased) {
    documents_room of;
    const auto id = of.added(of.owner());
    ASSERT_TRUE(clear_person({&of.vault, &of.tokens, &of.documents, {}}, "sub-1", of.clock.now()));
    EXPECT_EQ(of.documents.get({label::trusted("sub-1"), label::trusted(id)}).error().what, code::not_found);
}

}  // namespace
}  // namespace keepline::desk
