// Whole calls over a faked desk: keys in, what the desk has afterwards.
#include "hotline/conversation.hpp"

#include "base/temporary_directory.hpp"
#include "desk/fake_door.hpp"
#include "domain/reference.hpp"
#include "hotline/test_dialogue.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::hotline {
namespace {

using desk::at_the_door::front_door;
using desk::at_the_door::its_number;

/// Everything is heard at once; a silence lasts until somebody says so.
class fake_line final : public port::call_line {
 public:
    void play(std::vector<port::call_sound> what, std::uint64_t number) override {
        EXPECT_FALSE(what.empty());
        ++plays;
        run([this, number] {
            if (ear != nullptr) ear->played(number);
        });
    }
    void stop_playing() override {}
    void transfer(const port::call_transfer& to) override { transferred = to; }
    void hang_up() override { hung_up = true; }
    void run(std::function<void()> work) override {
        {
            const std::scoped_lock held(mutex_);
            if (!is_over_) posted_.push_back(std::move(work));
        }
        wake_.notify_one();
    }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        if (pause < std::chrono::seconds{1}) return run(std::move(work));
        silence = std::move(work);
        ++listened;
    }
    /// Until it listens again, or the call is over.
    void settle(int before) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (listened == before && !hung_up && !transferred) {
            std::unique_lock held(mutex_);
            ASSERT_TRUE(wake_.wait_until(held, until, [&] { return !posted_.empty(); })) << "nothing happens";
            const auto work = std::move(posted_.front());
            posted_.pop_front();
            held.unlock();
            work();
        }
    }

    /// As the user agent does it: afterwards `run` does nothing any more.
    void end(port::call_end why) {
        ear->gone(why);
        ear.reset();
        std::deque<std::function<void()>> dropped;
        const std::scoped_lock held(mutex_);
        is_over_ = true;
        dropped.swap(posted_);
    }

    std::unique_ptr<port::call_ear> ear;
    std::function<void()> silence;
    std::optional<port::call_transfer> transferred;
    bool hung_up = false;
    int plays = 0;
    int listened = 0;

 private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> posted_;
    bool is_over_ = false;
};

struct caller : front_door {
    caller() : caller(loaded_takes()) {}
    explicit caller(loaded_takes takes) : house(at, shipped_dialogue(), std::move(takes), settings) {
        ring("+8613912345678");
    }
    ~caller() { hang_up(); }
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    void hang_up() {
        if (!line_of_call || !line_of_call->ear) return;
        line_of_call->end(port::call_end::by_caller);
    }

    void ring(const std::string& from) {
        hang_up();
        line_of_call = std::make_shared<fake_line>();
        line_of_call->ear =
            house.ears()(line_of_call, {"call-" + std::to_string(++calls), from, "10099", "trunk", false});
        line_of_call->ear->answered();
        line_of_call->settle(0);
    }
    void press(std::string_view keys) {
        for (const char key : keys) {
            const auto before = line_of_call->listened;
            line_of_call->ear->key(key);
            line_of_call->settle(before);
        }
    }
    const domain::number_state& number() { return (*view())->number(); }
    result<engine::view_ptr> view() {
        kept = core.read(desk::key_of_number(its_number));
        return kept;
    }
    std::string sign_in_code() {
        const auto person = *core.read(desk::key_of_subscriber(base::label::trusted("sub-1")));
        std::string nonce;
        for (const auto& way : person->subscriber().sign_in_doors)
            if (!way.codes.empty()) nonce = way.codes.back().nonce;
        return secrets.otp_code(port::sign_in_scope("sub-1"), nonce);
    }
    void sign_in() {
        press("13800138000#1");
        press(sign_in_code());
    }

    hotline_settings settings{{"en"}, "sip:agents@pbx.example", {"86", "cn"}};
    switchboard house;
    std::shared_ptr<fake_line> line_of_call;
    result<engine::view_ptr> kept = std::unexpected(base::error{});
    int calls = 0;
};

TEST(a_caller, locks_a_lost_phone_from_any_number_and_proves_nothing) {
    caller c;
    EXPECT_FALSE(c.number().subscription->locked_since);
    c.press("213800138000#1");
    EXPECT_TRUE(c.number().subscription->locked_since);
    EXPECT_FALSE(c.number().current) << "nothing is closed by it";
}

TEST(a_caller, hears_the_same_of_a_number_that_is_not_ours) {
    caller c;
    const auto before = c.line_of_call->plays;
    c.press("213900139000#1");
    const auto strangers = c.line_of_call->plays - before;
    c.ring("+8613900000001");
    const auto again = c.line_of_call->plays;
    c.press("213800138000#1");
    EXPECT_EQ(c.line_of_call->plays - again, strangers);
}

TEST(a_caller, who_locks_many_lines_is_handed_no_more_of_them) {
    caller c;
    for (int i = 0; i < 20; ++i) {
        c.ring("+8613912345678");
        c.press("213900139" + std::to_string(100 + i) + "#1");
    }
    c.ring("+8613912345678");
    c.press("213800138000#1");
    EXPECT_FALSE(c.number().subscription->locked_since) << "a caller names so many numbers a day";
}

TEST(a_caller, who_named_five_numbers_within_the_hour_is_handed_no_sixth_ours_or_not) {
    caller c;
    for (int i = 0; i < 5; ++i) {
        c.ring("+8613912345678");
        c.press("213900139" + std::to_string(100 + i) + "#1");
        EXPECT_FALSE(c.line_of_call->transferred);
    }
    for (const auto* number : {"13800138000", "13900139999"}) {
        c.ring("+8613912345678");
        c.press(std::string("2") + number + "#1");
        EXPECT_TRUE(c.line_of_call->transferred) << number;
    }
    EXPECT_FALSE(c.number().subscription->locked_since);
    c.clock.advance(base::hours{1});
    c.ring("+8613912345678");
    c.press("213800138000#1");
    EXPECT_TRUE(c.number().subscription->locked_since);
}

TEST(strangers, lock_so_many_lines_an_hour_together_by_whatever_numbers_they_call_and_then_go_to_a_person) {
    caller c;
    auto& brake = c.at.shared().strangers_locks;
    for (int i = 0; i < brake.most(); ++i) brake.add(c.clock.now());
    for (const auto* number : {"13800138000", "13900139000"}) {
        c.ring("+86139" + std::string(number).substr(3));
        c.press(std::string("2") + number + "#1");
        EXPECT_TRUE(c.line_of_call->transferred) << number;
    }
    EXPECT_FALSE(c.number().subscription->locked_since);
    EXPECT_NE(c.log.text().find("strangers_locks_stopped"), std::string::npos);
    c.clock.advance(base::hours{1});
    c.ring("+8613912345679");
    c.press("213800138000#1");
    EXPECT_TRUE(c.number().subscription->locked_since);
    EXPECT_FALSE(brake.holds(c.clock.now()));
}

TEST(strangers, who_show_no_number_are_not_one_caller) {
    caller c;
    for (int i = 0; i < 25; ++i) {
        c.ring("");
        c.press("213900139" + std::to_string(100 + i) + "#1");
    }
    c.ring("");
    c.press("213800138000#1");
    EXPECT_TRUE(c.number().subscription->locked_since);
}

/// As a clerk at the counter and somebody who decides.
void unlock(caller& c) {
    const auto someone = [](domain::role as, const std::string& id) {
        return domain::actor{as, base::label::trusted(id), base::label::trusted(id)};
    };
    const auto clerk = someone(domain::role::agent, "agent-1");
    domain::declare_found found;
    for (const auto kind : {domain::evidence_kind::id_document, domain::evidence_kind::staff_sighting}) {
        domain::evidence shown;
        shown.kind = kind;
        shown.passed = true;
        shown.at = c.clock.now();
        shown.method = "counter";
        shown.by = clerk;
        shown.compared = domain::comparison::matched;
        shown.through = domain::channel::counter;
        found.shown.push_back(std::move(shown));
    }
    const auto say = [&](domain::number_command what, domain::actor by, domain::channel through) {
        engine::submission out;
        out.to = desk::key_of_number(its_number);
        out.what = std::move(what);
        out.by = std::move(by);
        out.through = through;
        c.core.submit(std::move(out),
                      [](const result<engine::answer>& done) { ASSERT_TRUE(done) << done.error().words; });
    };
    say(domain::number_command(found), clerk, domain::channel::counter);
    say(domain::number_command(domain::countersign{c.number().asked.made}),
        someone(domain::role::reviewer, "reviewer-1"), domain::channel::staff);
    ASSERT_FALSE(c.number().subscription->locked_since);
}

TEST(a_stranger, cannot_keep_an_owner_locked_out_by_calling_again_once_it_is_unlocked) {
    caller c;
    c.press("213800138000#1");
    ASSERT_TRUE(c.number().subscription->locked_since);
    c.clock.advance(base::days{6});
    unlock(c);
    for (const int days : {2, 21}) {  // day 8, day 29
        c.clock.advance(base::days{days});
        c.ring("+8613900000002");
        c.press("213800138000#1");
        EXPECT_FALSE(c.number().subscription->locked_since) << days;
    }
    c.clock.advance(base::days{2});
    c.ring("+8613900000002");
    c.press("213800138000#1");
    EXPECT_TRUE(c.number().subscription->locked_since);
}

TEST(a_caller, who_is_known_by_the_lines_own_code_locks_it_within_the_thirty_days_no_more_than_a_stranger) {
    caller c;
    c.press("213800138000#1");
    const auto lost_at = c.number().subscription->locked_since;
    ASSERT_TRUE(lost_at);
    c.clock.advance(base::days{6});
    unlock(c);
    c.clock.advance(base::days{23});  // day 29
    const auto locks_when_known = [&c] {
        c.ring("+8613912345678");
        c.press("1");
        c.sign_in();
        c.press("1");  // something else
        const auto before = c.line_of_call->plays;
        c.press("213800138000#1");
        EXPECT_FALSE(c.line_of_call->transferred);
        EXPECT_GT(c.line_of_call->plays, before);
        return c.number().subscription->locked_since.has_value();
    };
    EXPECT_FALSE(locks_when_known());
    c.clock.advance(*lost_at + base::days{30} - c.clock.now() - base::minutes{1});
    EXPECT_FALSE(locks_when_known()) << "a minute before";
    c.clock.advance(base::hours{1});
    EXPECT_TRUE(locks_when_known());
}

TEST(a_caller, is_known_by_no_number_that_a_call_shows_and_is_not_remembered_by_it) {
    caller c;
    const std::string shown = "+8613912345678";
    // As the hotline names that number to the desk: the owner came in from there, through the portal.
    const auto named = c.secrets.keyed_digest("hotline-caller", "", shown).substr(0, 32);
    const auto person = [&c] { return (*c.core.read(desk::key_of_subscriber(base::label::trusted("sub-1")))); };
    const auto was_known = [&person] { return person()->subscriber().sign_in_doors.front().codes.back().from_known; };
    const auto asked = c.ask(domain::sign_in_way::line, named);
    ASSERT_TRUE(asked);
    ASSERT_TRUE(c.answer_by(c.portal(), asked->id, c.right_code(asked->id)));
    const auto remembered = person()->subscriber().signed_in_from;
    ASSERT_EQ(remembered.size(), 1U);

    c.clock.advance(base::days{30});
    c.ring(shown);
    c.press("1");
    c.sign_in();
    EXPECT_FALSE(was_known()) << "whoever calls can show any number";
    EXPECT_EQ(person()->subscriber().signed_in_from, remembered) << "a call makes nobody known, and for no longer";

    c.clock.advance(base::days{1});
    ASSERT_TRUE(c.ask(domain::sign_in_way::line, named));
    EXPECT_TRUE(was_known()) << "through the portal they still are";
}

TEST(a_caller, applies_for_closing_with_codes_that_they_key_in) {
    caller c;
    c.press("3");
    c.sign_in();
    ASSERT_TRUE(c.number().current);
    EXPECT_EQ(c.number().current->through, domain::channel::hotline);
    EXPECT_EQ(c.number().current->opened_by.as, domain::role::subscriber);
    c.press("1");  // the quote
    EXPECT_TRUE(c.number().current->accepted);
    c.press("2");  // no backup
    EXPECT_EQ(c.number().current->backup.state, domain::backup_state::declined);
}

/// All that the dialogue says, but for these.
loaded_takes recorded_without(const std::vector<piece>& missing) {
    const base::temporary_directory folder;
    const auto take = write_wav({narrow_rate, samples(80, 500)});
    for (const auto& one : everything(shipped_dialogue())) {
        if (std::ranges::find(missing, one) != missing.end()) continue;
        const auto file = take_file(folder.path(), one, narrow_rate);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << take;
    }
    return loaded_takes::load(shipped_dialogue(), folder.path());
}

TEST(a_caller, agrees_to_no_quote_that_cannot_be_said_whole) {
    caller c(recorded_without({{"say.close.accept", "en"}}));
    c.press("3");
    c.sign_in();
    EXPECT_TRUE(c.line_of_call->transferred) << "a person says it";
    ASSERT_TRUE(c.number().current);
    EXPECT_FALSE(c.number().current->accepted);

    caller other(recorded_without({{"say.main.bye", "en"}}));
    other.press("3");
    other.sign_in();
    other.press("1");
    EXPECT_TRUE(other.number().current->accepted) << "that is missing elsewhere";
}

TEST(a_caller, who_hangs_up_goes_on_where_they_were) {
    caller c;
    c.press("3");
    c.sign_in();
    c.press("1");
    const auto since = c.number().current->opened_at;
    c.ring("+8613912345678");
    c.clock.advance(base::minutes{5});
    c.press("3");
    c.sign_in();
    EXPECT_EQ(c.number().current->opened_at, since);
    EXPECT_FALSE(c.line_of_call->hung_up);
}

TEST(a_call, that_is_over_leaves_no_session) {
    caller c;
    using sessions = desk::page_of<desk::session_item>;
    const auto open_sessions = [&] {
        const auto told = desk::at_the_door::asked_in_a_hurry<sessions>(
            c.by({domain::role::admin, base::label::trusted("admin-1")}),
            [&](desk::request as, desk::reply<sessions> then) {
                c.at.list_sessions(std::move(as), "sub-1", std::move(then));
            });
        return told ? told->items.size() : 99U;
    };
    c.press("1");
    c.sign_in();
    ASSERT_EQ(open_sessions(), 1U);
    c.hang_up();
    for (int i = 0; i < 500 && open_sessions() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    EXPECT_EQ(open_sessions(), 0U);
    EXPECT_EQ(c.log.text().find("13800138000"), std::string::npos);
}

TEST(a_call, that_is_over_while_its_code_is_looked_at_leaves_no_session_either) {
    caller c;
    c.press("1");
    c.press("13800138000#1");
    const auto code = c.sign_in_code();
    c.press(code.substr(0, code.size() - 1));
    c.line_of_call->ear->key(code.back());  // the answer comes to nobody
    c.hang_up();
    const auto sessions = [&c] {
        return c.core.read(desk::credential_stream(domain::role::subscriber, base::label::trusted("sub-1")));
    };
    const auto is_ended = [&] {
        const auto now = sessions();
        return now && (*now)->version >= 2 && (*now)->credential().tokens.empty();
    };
    for (int i = 0; i < 500 && !is_ended(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    ASSERT_TRUE(sessions()) << "the code was right";
    EXPECT_TRUE(is_ended());
}

// -- what the journal has of a call

/// Of whoever shows this number; "": of all who show none.
std::vector<domain::call_noted> calls_of(caller& c, const std::string& shown) {
    auto key = std::string("caller/withheld");
    if (!shown.empty()) {
        const auto named = c.secrets.keyed_digest("hotline-caller", "", shown).substr(0, 32);
        key = "caller/" + c.secrets.keyed_digest("caller", "", named).substr(0, 16);
    }
    std::vector<domain::call_noted> out;
    const auto view = c.core.read({port::stream_kind::credential, key});
    if (!view) return out;
    const auto entries = c.core.history(**view, 1, 1'000);
    for (const auto& entry : *entries) {
        const auto events = base::from_json<std::vector<domain::credential_event>>(entry.events);
        for (const auto& one : *events)
            if (const auto* noted = std::get_if<domain::call_noted>(&one)) out.push_back(*noted);
    }
    return out;
}
std::vector<domain::line_called> calls_of_line(caller& c) {
    std::vector<domain::line_called> out;
    const auto entries = c.core.history(**c.view(), 1, 1'000);
    for (const auto& entry : *entries) {
        const auto events = base::from_json<std::vector<domain::number_event>>(entry.events);
        for (const auto& one : *events)
            if (const auto* called = std::get_if<domain::line_called>(&one)) out.push_back(*called);
    }
    return out;
}

TEST(a_call, is_in_the_journal_once_with_where_and_why_it_ended_and_without_its_number) {
    caller c;
    c.press("1");
    c.clock.advance(base::seconds{40});
    c.hang_up();
    const auto noted = calls_of(c, "+8613912345678");
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_EQ(noted.front().call, "call-1");
    EXPECT_EQ(noted.front().state, "prove.number");
    EXPECT_EQ(noted.front().outcome, "by_caller");
    EXPECT_EQ(noted.front().seconds, 40);
    EXPECT_FALSE(noted.front().proved);
    EXPECT_TRUE(calls_of_line(c).empty());
    EXPECT_EQ(c.house.ended(port::call_end::by_caller), 1U);
}

TEST(a_call, in_which_a_line_was_proved_stands_in_the_lines_own_journal_as_well) {
    caller c;
    const auto revision = (*c.view())->revision();
    c.press("1");
    c.sign_in();
    c.press("10");
    ASSERT_TRUE(c.line_of_call->transferred);
    c.line_of_call->end(port::call_end::transferred);
    const auto of_line = calls_of_line(c);
    ASSERT_EQ(of_line.size(), 1U);
    EXPECT_EQ(of_line.front().call, "call-1");
    EXPECT_FALSE(of_line.front().by_saved_code);
    EXPECT_EQ(of_line.front().outcome, "transferred");
    EXPECT_EQ((*c.view())->revision(), revision) << "nobody who decides has to look again";
    const auto noted = calls_of(c, "+8613912345678");
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_TRUE(noted.front().proved);
}

TEST(calls, that_the_servers_stop_ends_are_noted_too) {
    caller c;
    c.ring("");
    c.line_of_call->end(port::call_end::shut_down);
    const auto noted = calls_of(c, "");
    ASSERT_EQ(noted.size(), 1U);
    EXPECT_EQ(noted.front().outcome, "shut_down");
    EXPECT_EQ(c.house.ended(port::call_end::shut_down), 1U);
}

TEST(calls, in_which_nothing_is_proved_fill_no_journal_whatever_numbers_they_show) {
    caller c;
    auto& brake = c.at.shared().calls_noted;
    for (int i = 0; i < brake.most(); ++i) brake.add(c.clock.now());
    c.ring("+8613900000007");
    c.hang_up();
    EXPECT_TRUE(calls_of(c, "+8613900000007").empty());
    EXPECT_NE(c.log.text().find("calls_not_noted"), std::string::npos);
    c.ring("+8613900000008");
    c.press("1");
    c.sign_in();
    c.hang_up();
    EXPECT_EQ(calls_of(c, "+8613900000008").size(), 1U) << "each code that was keyed in stands in the journal anyway";
    c.clock.advance(base::hours{1});
    c.ring("+8613900000007");
    c.hang_up();
    EXPECT_EQ(calls_of(c, "+8613900000007").size(), 1U);
}

TEST(a_caller, whose_line_is_not_closed_is_sent_no_certificate) {
    caller c;
    const auto before = c.line_of_call->plays;
    c.press("53");
    c.sign_in();
    EXPECT_GT(c.line_of_call->plays, before);
    EXPECT_FALSE(c.line_of_call->transferred);
    c.press("1");  // something else
    EXPECT_FALSE(c.line_of_call->hung_up);
}

std::string header_of(const caller& c, const std::string& name) {
    const auto& headers = c.line_of_call->transferred->headers;
    const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return found == headers.end() ? std::string() : found->second;
}

TEST(a_call, is_handed_over_by_its_name_and_no_header_says_what_was_proved) {
    caller c;
    c.press("1");
    c.sign_in();
    c.press("10");
    ASSERT_TRUE(c.line_of_call->transferred);
    EXPECT_EQ(c.line_of_call->transferred->target, "sip:agents@pbx.example");
    EXPECT_EQ(header_of(c, "X-Keepline-Call"), "call-" + std::to_string(c.calls));
    EXPECT_EQ(header_of(c, "X-Keepline-Proved"), "");
    EXPECT_EQ(header_of(c, "X-Keepline-Case"), "") << "there is none";
    EXPECT_EQ(c.line_of_call->transferred->headers.size(), 1U);
}

TEST(a_call, is_handed_over_with_the_case_of_the_line_that_is_open_in_it) {
    caller c;
    c.press("3");
    c.sign_in();
    c.press("0");
    ASSERT_TRUE(c.line_of_call->transferred);
    const auto& reference = c.number().current->reference;
    EXPECT_EQ(header_of(c, "X-Keepline-Case"), reference.empty() ? reference : domain::said(reference));
}

TEST(a_silent_caller, is_handed_over_after_three_silences) {
    caller c;
    for (int i = 0; i < 3 && !c.line_of_call->transferred; ++i) {
        const auto before = c.line_of_call->listened;
        const auto silent = std::exchange(c.line_of_call->silence, {});
        silent();
        c.line_of_call->settle(before);
    }
    EXPECT_TRUE(c.line_of_call->transferred);
}

}  // namespace
}  // namespace keepline::hotline
