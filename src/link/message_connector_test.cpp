#include "link/message_connector.hpp"

#include "base/json.hpp"
#include "link/counting_transport.hpp"
#include "link/maildir_transport.hpp"
#include "link/scripted_peer.hpp"
#include "link/spool_name.hpp"
#include "link/spool_transport.hpp"
#include "port/person.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using domain::label;
using domain::medium;

label id(const char* text) { return label::trusted(text); }

class remembering_text final : public text_transport {
 public:
    explicit remembering_text(std::vector<text_message>& seen) : seen_(seen) {}
    result<handed_over> send(const text_message& what) override {
        seen_.push_back(what);
        return handed_over{"smpp:1f", what.wants_receipt};
    }

 private:
    std::vector<text_message>& seen_;
};

class remembering_mail final : public mail_transport {
 public:
    explicit remembering_mail(std::vector<mail_message>& seen) : seen_(seen) {}
    result<handed_over> send(const mail_message& what) override {
        seen_.push_back(what);
        return handed_over{"mail:<x>", false};
    }

 private:
    std::vector<mail_message>& seen_;
};

class message_connector : public testing::Test {
 protected:
    message_connector() {
        port::person person;
        person.contacts = {{id("c1"), medium::sms, "+8613900139000"}, {id("c2"), medium::mail, "li@customer.example"}};
        (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
    }
    message_parts parts() { return {&vault, &secrets, &clock, &log, {"Keepline", "10099"}}; }
    port::outbound notice(const char* contact, medium by, const char* kind = "receipt") {
        port::outbound out;
        out.key = "k-1";
        out.caused_at = clock.now();
        out.number = base::msisdn::trusted("+8613800138000");
        out.line_id = "ln_1";
        out.language = "en";
        out.what = domain::send_notice{kind, id("sb-1"), id(contact), by, {{"due", "2026-12-01"}, {"closure", "2"}}};
        return out;
    }
    port::outbound otp(const char* contact, medium by, base::duration valid) {
        auto out = notice(contact, by);
        out.what = domain::send_otp{id("sb-1"), id(contact), by, 2, "nonce-1", clock.now() + valid};
        return out;
    }

    port::fake_vault vault;
    port::secrets secrets{base::digest{1, 2, 3}};
    port::fake_clock clock{base::instant{1'795'000'000'000}};
    port::no_log log;
    std::vector<text_message> texts;
    std::vector<mail_message> mails;
    std::unique_ptr<port::connector> sms = make_sms_connector(parts(), std::make_unique<remembering_text>(texts));
    std::unique_ptr<port::connector> mail = make_mail_connector(parts(), std::make_unique<remembering_mail>(mails));
};

TEST_F(message_connector, a_notice_goes_to_the_stored_address_and_is_answered_for) {
    const auto done = sms->deliver(notice("c1", medium::sms));
    ASSERT_TRUE(done);
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0].to, "+8613900139000");
    EXPECT_EQ(texts[0].key, "k-1");
    EXPECT_TRUE(texts[0].wants_receipt);
    EXPECT_NE(texts[0].text.find("ln_1-c2"), std::string::npos) << texts[0].text;
    EXPECT_NE(texts[0].text.find("1 December 2026"), std::string::npos) << texts[0].text;
    EXPECT_EQ(texts[0].text.find("13800138000"), std::string::npos);
    const auto& sent = port::number_answer<domain::notice_sent>(*done);
    EXPECT_EQ(sent.kind, "receipt");
    EXPECT_EQ(sent.contact.text(), "c1");
    EXPECT_EQ(sent.receipt, "smpp:1f");
    EXPECT_EQ(done->awaited_receipt, "smpp:1f");
}

TEST_F(message_connector, the_line_itself_needs_no_vault) {
    (void)vault.erase("sb-1");
    ASSERT_TRUE(sms->deliver(notice("line", medium::sms)));
    EXPECT_EQ(texts.at(0).to, "+8613800138000");
}

TEST_F(message_connector, mail_carries_both_forms_in_the_owners_language) {
    auto what = notice("c2", medium::mail, "closed");
    what.language = "zh-CN";
    ASSERT_TRUE(mail->deliver(what));
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails[0].to, "li@customer.example");
    EXPECT_EQ(mails[0].language, "zh-CN");
    EXPECT_NE(mails[0].subject.find("已注销"), std::string::npos);
    EXPECT_NE(mails[0].html.find("<h1"), std::string::npos);
}

TEST_F(message_connector, nobody_to_tell_is_an_error_of_its_own) {
    EXPECT_EQ(sms->deliver(notice("gone", medium::sms)).error().what, base::code::contact_unknown);
    EXPECT_EQ(sms->deliver(notice("c2", medium::sms)).error().what,
              base::code::contact_unknown);  // an address of the other kind
    EXPECT_EQ(mail->deliver(notice("line", medium::mail)).error().what, base::code::contact_unknown);
    auto unknown = notice("c1", medium::sms);
    std::get<domain::send_notice>(unknown.what).subscriber = id("sb-2");
    EXPECT_EQ(sms->deliver(unknown).error().what, base::code::contact_unknown);
    (void)vault.erase("sb-1");
    EXPECT_EQ(sms->deliver(notice("c1", medium::sms)).error().what, base::code::erased);
}

TEST_F(message_connector, a_code_is_derived_for_the_case_and_no_receipt_is_awaited) {
    const auto done = sms->deliver(otp("line", medium::sms, base::minutes{10}));
    ASSERT_TRUE(done);
    EXPECT_TRUE(port::number_answer<domain::notice_sent>(*done).is_code);
    EXPECT_TRUE(done->awaited_receipt.empty());
    const auto code = secrets.otp_code(port::otp_scope("ln_1", 2), "nonce-1");
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_NE(texts[0].text.find(code), std::string::npos);
    EXPECT_NE(texts[0].text.find("10 minutes"), std::string::npos);
    EXPECT_FALSE(texts[0].wants_receipt);
}

// docs/rules.md R5: the notice names the policy; whom that names is looked up when the message leaves.
TEST_F(message_connector, who_hears_complaints_is_the_policys_as_it_is_now_and_nobody_elses) {
    std::vector<domain::complaint_body> answer{
        {"Telecom Ombudsman",
         "电信申诉专员",
         "ombudsman.example/complain",
         "0800 123 4567",
         {42, domain::day_unit::calendar_day}},
        {"Second Scheme", "", "second.example", "", {10, domain::day_unit::working_day}}};
    std::vector<std::string> asked;
    auto with = parts();
    with.complaints = [&](std::string_view policy) {
        asked.emplace_back(policy);
        return answer;
    };
    const auto by_sms = make_sms_connector(with, std::make_unique<remembering_text>(texts));
    const auto by_mail = make_mail_connector(with, std::make_unique<remembering_mail>(mails));
    const auto told = [&](const char* kind, const char* language, notice_params params) {
        texts.clear();
        mails.clear();
        for (const auto by : {medium::sms, medium::mail}) {
            auto out = notice(by == medium::sms ? "c1" : "c2", by, kind);
            out.language = language;
            std::get<domain::send_notice>(out.what).params = params;
            EXPECT_TRUE((by == medium::sms ? by_sms : by_mail)->deliver(out));
        }
    };
    told("rejected", "en", {{"reason", "no photo"}, {"complain_under", "gb"}});
    EXPECT_EQ(asked.at(0), "gb");
    EXPECT_NE(texts[0].text.find("If we cannot agree: Telecom Ombudsman / Second Scheme."), std::string::npos)
        << texts[0].text;
    for (const auto* only_in_mail : {"ombudsman.example", "0800", "42"})
        EXPECT_EQ(texts[0].text.find(only_in_mail), std::string::npos) << texts[0].text;
    for (const auto* part :
         {"within 42 days", "you may turn to Telecom Ombudsman / Second Scheme.",
          "Complaints on the web: ombudsman.example/complain / second.example", "Complaints by phone: 0800 123 4567"})
        EXPECT_NE(mails[0].text.find(part), std::string::npos) << part << " in " << mails[0].text;
    EXPECT_EQ(mails[0].html.find("href"), std::string::npos);
    EXPECT_EQ(mails[0].subject.find("Ombudsman"), std::string::npos);

    told("escalated", "zh-CN", {{"complain_under", "gb"}});
    EXPECT_NE(mails[0].text.find("42日内未答复或对答复不满意的，可向电信申诉专员 / Second Scheme申诉"),
              std::string::npos)
        << mails[0].text;
    EXPECT_EQ(texts[0].text.find("申诉"), std::string::npos) << texts[0].text;

    // What a notice carries itself under these names is no policy's.
    answer.clear();
    told("rejected", "en", {{"complain_under", "gb"}, {"complain_to", "Evil"}, {"complain_web", "evil.example"}});
    for (const auto& text : {texts[0].text, mails[0].text}) {
        EXPECT_EQ(text.find("vil"), std::string::npos) << text;
        EXPECT_EQ(text.find("disagree"), std::string::npos) << text;
        EXPECT_EQ(text.find("complain"), std::string::npos) << text;
    }
    // In working days; at once.
    answer = {{"TIO", "", "tio.example", "", {10, domain::day_unit::working_day}}};
    told("repudiated", "en", {{"complain_under", "au"}});
    EXPECT_NE(mails[0].text.find("within 10 working days"), std::string::npos) << mails[0].text;
    answer = {{"FCC", "", "fcc.example", "", {}}};
    told("rejected", "en", {{"complain_under", "us"}});
    EXPECT_NE(mails[0].text.find("Tell us first. You may also turn to FCC."), std::string::npos) << mails[0].text;
    // Of a notice that refuses nothing nobody asks.
    const auto before = asked.size();
    told("approved", "en", {});
    EXPECT_EQ(asked.size(), before);
}

// The notice, which lies in the journal's outbox, has a nonce only.
TEST_F(message_connector, the_code_that_keep_must_name_is_made_when_it_is_sent) {
    auto what = notice("line", medium::sms, "reply_keep_asked");
    std::get<domain::send_notice>(what.what).params = {{"amount", "CNY 5.00"}, {"code_nonce", "nonce-1"}};
    ASSERT_TRUE(sms->deliver(what));
    const auto code = secrets.reply_code(port::reply_scope("ln_1"), "nonce-1");
    EXPECT_EQ(code.size(), 4U);
    EXPECT_NE(texts.at(0).text.find("KEEP " + code), std::string::npos) << texts[0].text;
    EXPECT_EQ(texts[0].text.find("nonce"), std::string::npos);
}

// As with codes: the notice names the profile; what opens its download is looked up when the message leaves.
TEST_F(message_connector, the_activation_code_is_asked_for_when_the_message_leaves_and_goes_whole) {
    const std::string lpa = "LPA:1$" + std::string(60, 's') + ".operator.example:8443$04386-AGYFT-A74Y8-3F815$$1";
    const std::string iccid = "8986000000433575398";
    std::vector<std::string> asked;
    base::result<std::optional<port::sent_code>> answer = port::sent_code{lpa, true};
    auto with = parts();
    with.codes = [&](const base::msisdn& number, const base::iccid& of, const label& contact) {
        asked.push_back(number.text() + " " + of.text() + " " + contact.text());
        return answer;
    };
    const auto by_sms = make_sms_connector(with, std::make_unique<remembering_text>(texts));
    const auto by_mail = make_mail_connector(with, std::make_unique<remembering_mail>(mails));
    const auto ready = [&](const char* contact, medium by, const char* language = "en") {
        auto out = notice(contact, by, "profile_ready");
        out.language = language;
        std::get<domain::send_notice>(out.what).params = {{"code_of", iccid}};
        return out;
    };
    for (const auto* language : {"en", "zh-CN"}) {
        texts.clear();
        mails.clear();
        ASSERT_TRUE(by_sms->deliver(ready("c1", medium::sms, language)));
        ASSERT_TRUE(by_mail->deliver(ready("c2", medium::mail, language)));
        EXPECT_NE(texts.at(0).text.find(lpa + " "), std::string::npos) << texts[0].text;
        EXPECT_NE(mails.at(0).text.find(lpa + "\n"), std::string::npos) << mails[0].text;
        EXPECT_NE(mails[0].html.find(">" + lpa + "<"), std::string::npos) << mails[0].html;
        EXPECT_NE(mails[0].text.find(std::string(language) == "en" ? "confirmation code" : "确认码"),
                  std::string::npos);
        EXPECT_EQ(mails[0].subject.find("LPA"), std::string::npos) << "subjects show on locked screens";
        for (const auto& text : {texts[0].text, mails[0].text}) EXPECT_EQ(text.find(iccid), std::string::npos) << text;
    }
    EXPECT_EQ(asked.at(0), "+8613800138000 " + iccid + " c1");
    answer = std::nullopt;  // replaced, lost or downloaded meanwhile
    ASSERT_TRUE(by_sms->deliver(ready("c1", medium::sms)));
    EXPECT_EQ(texts.back().text.find("LPA"), std::string::npos);
    EXPECT_NE(texts.back().text.find("where you ordered it"), std::string::npos) << texts.back().text;
    answer = std::unexpected(base::error{base::code::overloaded, "later", {}});
    const auto count = texts.size();
    EXPECT_EQ(by_sms->deliver(ready("c1", medium::sms)).error().what, base::code::overloaded) << "it is tried again";
    EXPECT_EQ(texts.size(), count);
    ASSERT_TRUE(sms->deliver(ready("c1", medium::sms))) << "where there is no SM-DP+ of ours";
    EXPECT_EQ(texts.back().text.find(iccid), std::string::npos);
}

TEST_F(message_connector, an_expired_code_is_not_sent) {
    auto what = otp("line", medium::sms, base::minutes{10});
    clock.advance(base::minutes{10});
    EXPECT_TRUE(sms->deliver(what));
    EXPECT_TRUE(texts.empty());
}

TEST_F(message_connector, a_code_for_a_contact_point_names_nothing_of_the_customer) {
    auto what = notice("c1", medium::sms);
    what.number = {};
    what.line_id = "sb-1";
    what.what = domain::send_contact_code{
        id("sb-1"), id("c1"), medium::sms, "nonce-1", clock.now() + base::minutes{10}, false, {}, "482109371156"};
    const auto done = sms->deliver(what);
    ASSERT_TRUE(done);
    const auto& noted = std::get<domain::note_message>(std::get<domain::subscriber_command>(done->answer.value()));
    EXPECT_EQ(noted.kind, "contact_code");
    EXPECT_EQ(noted.to.contact, id("c1"));
    EXPECT_EQ(noted.reference, "482109371156");
    EXPECT_NE(texts.at(0).text.find("4821 0937 1156"), std::string::npos) << texts.at(0).text;
    const auto code = secrets.otp_code(port::contact_scope("sb-1", "c1"), "nonce-1");
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0].to, "+8613900139000");
    EXPECT_NE(texts[0].text.find(code), std::string::npos);
    EXPECT_EQ(texts[0].text.find("sb-1"), std::string::npos);
    EXPECT_NE(code, secrets.otp_code(port::contact_scope("sb-1", "c2"), "nonce-1"));
    clock.advance(base::minutes{10});
    EXPECT_TRUE(sms->deliver(what));
    EXPECT_EQ(texts.size(), 1U) << "too late";
}

TEST_F(message_connector, a_code_to_sign_in_goes_to_the_line_itself_and_no_later_than_it_lives) {
    auto what = notice("line", medium::sms);
    what.number = {};
    what.line_id = "sb-1";
    what.what = domain::send_sign_in_code{id("sb-1"),  id("line"),
                                          medium::sms, base::msisdn::trusted("+8613800138000"),
                                          "nonce-1",   clock.now() + base::minutes{10}};
    ASSERT_TRUE(sms->deliver(what));
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0].to, "+8613800138000");
    EXPECT_NE(texts[0].text.find(secrets.otp_code(port::sign_in_scope("sb-1"), "nonce-1")), std::string::npos);
    clock.advance(base::minutes{10});
    EXPECT_TRUE(sms->deliver(what));
    EXPECT_EQ(texts.size(), 1U) << "too late";
}

// Fails when a message leaves that our own page of messages does not know.
TEST_F(message_connector, whatever_leaves_carries_its_reference_once_and_is_noted) {
    auto what = notice("c1", medium::sms);
    what.number = {};
    what.line_id = "sb-1";
    what.what =
        domain::tell_person{"passkey_removed", id("sb-1"), id("c1"), medium::sms, {}, {{"ref", "4821 0937 1156"}}};
    const auto done = sms->deliver(what);
    ASSERT_TRUE(done);
    const auto& noted = std::get<domain::note_message>(std::get<domain::subscriber_command>(done->answer.value()));
    EXPECT_EQ(noted.reference, "482109371156");
    const auto at = texts.at(0).text.find("4821 0937 1156");
    EXPECT_NE(at, std::string::npos) << texts.at(0).text;
    EXPECT_EQ(texts.at(0).text.find("4821 0937 1156", at + 1), std::string::npos);

    auto code = otp("line", medium::sms, base::minutes{10});
    std::get<domain::send_otp>(code.what).reference = "4821 0937 1156";
    const auto sent = sms->deliver(code);
    ASSERT_TRUE(sent);
    EXPECT_TRUE(port::number_answer<domain::notice_sent>(*sent).is_code);
    EXPECT_NE(texts.at(1).text.find("4821 0937 1156"), std::string::npos) << texts.at(1).text;
    const auto secret = secrets.otp_code(port::otp_scope("ln_1", 2), "nonce-1");
    EXPECT_EQ(base::to_json(domain::number_command(port::number_answer<domain::notice_sent>(*sent))).find(secret),
              std::string::npos);
}

TEST_F(message_connector, what_is_over_a_budget_waits_and_leaves_when_there_is_room) {
    port::message_metrics metrics;
    message_limits limits;
    limits.address = {2, 0};
    auto with = parts();
    with.budget = std::make_shared<message_budget>(limits, base::digest{1}, &metrics);
    with.metrics = &metrics;
    auto connector = make_sms_connector(with, std::make_unique<remembering_text>(texts));
    ASSERT_TRUE(connector->deliver(notice("c1", medium::sms)));
    ASSERT_TRUE(connector->deliver(notice("c1", medium::sms)));
    const auto held = connector->deliver(notice("c1", medium::sms));
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().what, base::code::over_budget);
    EXPECT_EQ(metrics.of(true, "address").load(), 1U);
    EXPECT_TRUE(connector->deliver(otp("c1", medium::sms, base::minutes{10}))) << "codes have a budget of their own";
    clock.advance(base::hours{1});
    EXPECT_TRUE(connector->deliver(notice("c1", medium::sms)));
    EXPECT_EQ(texts.size(), 4U);
}

TEST_F(message_connector, a_line_on_a_number_that_is_not_the_operators_is_not_vouched_for) {
    message_limits limits;
    limits.prefix = {1, 0};
    for (const bool ours : {true, false}) {
        limits.numbers.own = {ours ? "+86138" : "+86139"};
        auto with = parts();
        with.budget = std::make_shared<message_budget>(limits, base::digest{1}, nullptr);
        auto connector = make_sms_connector(with, std::make_unique<remembering_text>(texts));
        auto what = notice("line", medium::sms);
        std::get<domain::send_notice>(what.what).vouched = true;
        EXPECT_TRUE(connector->deliver(what));
        EXPECT_EQ(connector->deliver(what).has_value(), ours);
        EXPECT_TRUE(connector->deliver(otp("line", medium::sms, base::minutes{10})));
        EXPECT_EQ(connector->deliver(otp("line", medium::sms, base::minutes{10})).has_value(), ours);
    }
}

TEST_F(message_connector, a_notice_that_gathers_says_so_and_is_counted) {
    port::message_metrics metrics;
    auto with = parts();
    with.metrics = &metrics;
    auto connector = make_sms_connector(with, std::make_unique<remembering_text>(texts));
    for (const auto* language : {"en", "zh-CN"})
        for (const auto* param : {"quiet", "repeats"}) {
            auto what = notice("c1", medium::sms, "customer_locked");
            what.language = language;
            std::get<domain::send_notice>(what.what).params = {{param, "998"}};
            ASSERT_TRUE(connector->deliver(what));
            EXPECT_NE(texts.back().text.find("998"), std::string::npos) << texts.back().text;
        }
    EXPECT_EQ(metrics.of(true, "repeats").load(), 4U);
}

TEST_F(message_connector, a_stored_address_that_is_no_mailbox_is_refused) {
    for (const char* bad : {"li", "@x", "x@", "a b@x", "a@b\r\nBcc: c@d", "a@b>", "<a@b", "a@b@c", "a@b@c.d", "a@b"}) {
        port::person person;
        person.contacts = {{id("c2"), medium::mail, bad}};
        (void)vault.seal("sb-1", port::person_kind, base::to_json(person));
        EXPECT_EQ(mail->deliver(notice("c2", medium::mail)).error().what, base::code::peer_refused) << bad;
    }
    EXPECT_TRUE(mails.empty());
}

TEST_F(message_connector, words_that_do_not_exist_are_an_error) {
    EXPECT_EQ(sms->deliver(notice("c1", medium::sms, "no_such")).error().what, base::code::invalid);
}

const std::string as_json = spool_name("k-1", "sb-1", "json");
const std::string as_mail = spool_name("k-1", "sb-1", "keepline");

TEST_F(message_connector, what_is_left_of_one_person_goes_from_the_folders_and_nobody_elses) {
    test_folder folder;
    auto texts = make_spool_transport({folder.path() + "/sms"}, clock);
    auto mails = make_maildir_transport({folder.path() + "/mail", {"li@operator.example", "Keepline"}});
    ASSERT_TRUE(texts && mails);
    const auto tell = [&](const std::string& key, const std::string& address, const std::string& whom) {
        text_message text{key, "", "+8613800138000", address, false, whom};
        ASSERT_TRUE((*texts)->send(text));
        mail_message mail{key, "", clock.now(), address, "en", "x", address, address, whom};
        ASSERT_TRUE((*mails)->send(mail));
    };
    tell("k-1", "li@example.com", "sb-1");
    tell("k-2", "feli@example.com", "sb-2");
    tell("k-3", "li@example.com", "sb-3");  // they share it
    tell("k-4", "li@example.com", "sb-10");
    std::filesystem::rename(folder.path() + "/mail/new/" + as_mail, folder.path() + "/mail/cur/" + as_mail + ":2,S");
    std::filesystem::rename(folder.path() + "/sms/" + as_json, folder.path() + "/sms/done/" + as_json);
    EXPECT_TRUE(clear_spools({folder.path() + "/gone", folder.path() + "/sms", folder.path() + "/mail"}, "sb-1"));
    EXPECT_EQ(folder.files("/sms").size(), 3U);
    EXPECT_EQ(folder.files("/mail/new").size(), 3U);
    EXPECT_TRUE(folder.files("/sms/done").empty());
    EXPECT_TRUE(folder.files("/mail/cur").empty());
    tell("k-5", "li@example.com", "sb-1");
    EXPECT_FALSE(
        clear_spools({folder.path() + "/sms/" + folder.files("/sms").front(), folder.path() + "/mail"}, "sb-1"));
    EXPECT_EQ(folder.files("/mail/new").size(), 3U) << "what cannot be read keeps nothing elsewhere";
    EXPECT_TRUE(clear_spools({folder.path() + "/sms", folder.path() + "/mail"}, "sb-1"));
    EXPECT_EQ(folder.files("/sms").size(), 3U);
}

TEST_F(message_connector, the_spool_holds_one_file_per_message_whatever_is_repeated) {
    test_folder folder;
    auto transport = make_spool_transport({folder.path()}, clock);
    ASSERT_TRUE(transport);
    auto connector = make_sms_connector(parts(), std::move(*transport));
    const auto first = connector->deliver(notice("c1", medium::sms));
    ASSERT_TRUE(first);
    clock.advance(base::minutes{5});
    const auto again = connector->deliver(notice("c1", medium::sms));
    ASSERT_TRUE(again);
    EXPECT_EQ(port::number_answer<domain::notice_sent>(*first).receipt,
              port::number_answer<domain::notice_sent>(*again).receipt);
    EXPECT_EQ(folder.files(), (std::vector<std::string>{as_json}));
    EXPECT_TRUE(folder.files("/tmp").empty());
    std::filesystem::rename(folder.path() + "/" + as_json, folder.path() + "/done/" + as_json);
    ASSERT_TRUE(connector->deliver(notice("c1", medium::sms)));
    EXPECT_TRUE(folder.files().empty());
}

TEST_F(message_connector, a_maildir_holds_one_message_whatever_is_repeated_and_read) {
    test_folder folder;
    auto transport = make_maildir_transport({folder.path(), {"no-reply@operator.example", "Keepline"}});
    ASSERT_TRUE(transport);
    auto connector = make_mail_connector(parts(), std::move(*transport));
    ASSERT_TRUE(connector->deliver(notice("c2", medium::mail)));
    ASSERT_TRUE(connector->deliver(notice("c2", medium::mail)));
    EXPECT_EQ(folder.files("/new"), (std::vector<std::string>{as_mail}));
    std::filesystem::rename(folder.path() + "/new/" + as_mail, folder.path() + "/cur/" + as_mail + ":2,S");
    ASSERT_TRUE(connector->deliver(notice("c2", medium::mail)));
    EXPECT_TRUE(folder.files("/new").empty());
    EXPECT_TRUE(folder.files("/tmp").empty());
}

TEST_F(message_connector, a_folder_that_cannot_be_written_is_an_unreachable_peer) {
    test_folder folder;
    auto transport = make_spool_transport({folder.path()}, clock);
    ASSERT_TRUE(transport);
    std::filesystem::remove_all(folder.path() + "/tmp");
    EXPECT_EQ((*transport)->send({"k-2", "", "+1", "x", false}).error().what, base::code::peer_unreachable);
    EXPECT_FALSE(make_spool_transport({"/proc/no/such"}, clock));
    EXPECT_FALSE(make_maildir_transport({"/proc/no/such", {}}));
}

TEST_F(message_connector, none_counts_and_drops) {
    auto transport = std::make_unique<counting_text_transport>();
    auto* counter = transport.get();
    auto connector = make_sms_connector(parts(), std::move(transport));
    ASSERT_TRUE(connector->deliver(notice("c1", medium::sms)));
    EXPECT_EQ(counter->count(), 1U);
}

}  // namespace
}  // namespace keepline::link
