// Somebody with a line and a mailbox, and a portal where they sign in, over fakes. For tests.
#pragma once

#include "desk/desk.hpp"
#include "desk/fake_ground.hpp"
#include "desk/sign_in_name.hpp"
#include "desk/waiting.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::desk::at_the_door {

using base::code;

inline const base::msisdn its_number = base::msisdn::trusted("+8613800138000");
inline const base::msisdn nobodys_number = base::msisdn::trusted("+8613900139000");

inline void take_in(engine::fake_front& core, port::stream_key to, engine::any_command what,
                    std::optional<domain::reservation> reserved = {}) {
    engine::submission out;
    out.to = std::move(to);
    out.what = std::move(what);
    out.by = {domain::role::system, label::trusted("bss")};
    out.must_exist = false;
    out.reserved = reserved;
    core.submit(std::move(out), [](const result<engine::answer>& done) { ASSERT_TRUE(done) << done.error().words; });
}

/// Waits for nothing but work.
class hurried final : public executor {
 public:
    void run(std::function<void()> work) override { inner_.run(std::move(work)); }
    void run_after(std::chrono::milliseconds, std::function<void()> work) override { inner_.run(std::move(work)); }
    void run_one() { inner_.run_one(); }

 private:
    waiting inner_;
};
template <typename T, typename Ask>
result<T> asked_in_a_hurry(request in, Ask ask) {
    const auto own = std::make_shared<hurried>();
    in.where = own;
    const auto answer = std::make_shared<std::optional<result<T>>>();
    ask(std::move(in), reply<T>([answer](result<T> told) { *answer = std::move(told); }));
    while (!*answer) own->run_one();
    return std::move(**answer);
}

/// Somebody with a line and a mailbox; a portal; and the tokens as the journal has them.
struct front_door : fake_ground {
    front_door() {
        take_in(core, key_of_subscriber(label::trusted("sub-1")), domain::subscriber_command(person()));
        take_in(core, key_of_subscriber(label::trusted("sub-1")),
                domain::subscriber_command(domain::attach_number{its_number}));
        take_in(core, key_of_number(its_number), domain::number_command(imported()),
                domain::reservation{1, clock.now() + base::minutes{5}});
        line = (*core.read(key_of_number(its_number)))->public_id;
        port::person known;
        known.contacts.push_back({label::trusted("m1"), domain::medium::mail, "w@example.com"});
        engine::submission seals;
        seals.to = key_of_subscriber(label::trusted("sub-1"));
        seals.what = domain::subscriber_command(domain::attach_number{base::msisdn::trusted("+8613800138009")});
        seals.by = {domain::role::system, label::trusted("bss")};
        seals.vault.push_back(*vault.seal("sub-1", port::person_kind, base::to_json(known)));
        core.submit(std::move(seals), [](const result<engine::answer>& done) { ASSERT_TRUE(done); });
    }
    static domain::register_subscriber person() {
        domain::register_subscriber out;
        out.id = label::trusted("sub-1");
        out.language = "en";
        domain::contact_ref mail{label::trusted("m1"), domain::medium::mail, true, {}, {}, {}, {}};
        out.contacts.push_back(std::move(mail));
        return out;
    }
    static domain::import_line imported() {
        domain::import_line out;
        out.order.number = its_number;
        out.order.subscriber = label::trusted("sub-1");
        out.order.policy = "cn";
        out.order.language = "en";
        out.order.refund_account = "account-1";
        domain::new_profile profile;
        profile.iccid = base::iccid::trusted("89860012345678901238");
        profile.imsi = base::imsi::trusted("460001234567890");
        profile.state = domain::profile_state::enabled;
        out.order.profiles = {profile};
        out.since = *base::instant_from_iso("2020-01-01T00:00:00Z");
        out.valid_until = *base::instant_from_iso("2027-06-01T00:00:00Z");
        out.balance = base::money{1'250, "CNY"};
        return out;
    }
    parts with_register() {
        auto out = stood_on();
        out.tokens = &journalled;
        out.portal_origin = "http://localhost:8090";
        out.console_origin = "http://localhost:8091";
        return out;
    }

    request portal() { return by({domain::role::portal, label::trusted("portal")}); }
    request by(domain::actor who) {
        request in;
        in.who.channels = every_channel(who.as);
        in.through = in.who.channels.empty() ? domain::channel::staff : in.who.channels.front();
        in.who.who = std::move(who);
        in.correlation = "test-1";
        engine::idempotency once;
        once.key[0] = ++keys_;
        in.once = once;
        return in;
    }
    /// What whoever sends this token may.
    result<request> with_token(const std::string& token) {
        TRY(who, at.admit("Bearer " + token, "peer"));
        auto out = by(who.who);
        out.who = std::move(who);
        return out;
    }

    result<sign_in_told> ask_by(request in, sign_in_body body) {
        return asked_in_a_hurry<sign_in_told>(std::move(in), [&](request as, reply<sign_in_told> then) {
            at.ask_sign_in(std::move(as), std::move(body), std::move(then));
        });
    }
    /// Another person with a line and a mailbox; their number.
    base::msisdn neighbour(int n) {
        const auto text = std::to_string(1'000 + n);
        const auto id = label::trusted("neighbour-" + text);
        const auto number = base::msisdn::trusted("+861370013" + text);
        auto who = person();
        who.id = id;
        auto has = imported();
        has.order.number = number;
        has.order.subscriber = id;
        has.order.profiles[0].iccid = base::iccid::trusted("898600123456780" + text + "0");
        has.order.profiles[0].imsi = base::imsi::trusted("46000123457" + text);
        take_in(core, key_of_subscriber(id), domain::subscriber_command(std::move(who)));
        take_in(core, key_of_subscriber(id), domain::subscriber_command(domain::attach_number{number}));
        take_in(core, key_of_number(number), domain::number_command(std::move(has)),
                domain::reservation{1, clock.now() + base::minutes{5}});
        return number;
    }
    result<sign_in_told> ask(sign_in_way how, std::string caller = "home", base::msisdn number = its_number) {
        return ask_by(portal(), {std::move(number), how, std::move(caller)});
    }
    result<shown_once_told> answer_by(request in, const std::string& sign_in, std::string digits) {
        return asked_in_a_hurry<shown_once_told>(std::move(in), [&](request as, reply<shown_once_told> then) {
            at.answer_sign_in(std::move(as), sign_in, code_body{std::move(digits)}, std::move(then));
        });
    }
    std::string right_code(const std::string& sign_in) {
        const auto name = unsealed(secrets, sign_in);
        return secrets.otp_code(port::sign_in_scope("sub-1"), name ? name->nonce : "");
    }
    static std::string wrong_code(const std::string& right) { return right == "00000000" ? "00000001" : "00000000"; }
    boost::json::object signed_in(sign_in_way how) {
        const auto asked = ask(how);
        EXPECT_TRUE(asked);
        const auto told = answer_by(portal(), asked->id, right_code(asked->id));
        EXPECT_TRUE(told) << told.error().words;
        return told ? boost::json::parse(told->text).as_object() : boost::json::object();
    }
    std::string session(sign_in_way how) { return std::string(signed_in(how).at("token").as_string()); }
    std::size_t codes_sent() {
        std::size_t out = 0;
        const auto view = *core.read(key_of_subscriber(label::trusted("sub-1")));
        for (const auto& door : view->subscriber().sign_in_doors) out += door.codes.size();
        return out;
    }
    code lost(request in) {
        const auto told = asked_in_a_hurry<line_told>(std::move(in), [&](request as, reply<line_told> then) {
            at.lock_lost(std::move(as), line, lost_body{}, std::move(then));
        });
        return told ? code::internal : told.error().what;
    }
    code change_contacts(request in, const char* id, std::optional<std::string> language = {}) {
        contacts_body body;
        body.language = std::move(language);
        contact_body mail;
        mail.id = label::trusted(id);
        mail.by = domain::medium::mail;
        mail.address = std::string(id) + "@example.com";
        body.contacts = {mail};
        const auto told =
            asked_in_a_hurry<told_subscriber>(std::move(in), [&](request as, reply<told_subscriber> then) {
                at.change_contacts(std::move(as), "sub-1", std::move(body), std::move(then));
            });
        return told ? code::internal : told.error().what;
    }
    bool is_in(const std::string& token) { return at.admit("Bearer " + token, "peer").has_value(); }

    using told_subscriber = told<subscriber_view>;
    token_register journalled{
        tokens,
        {[this](const port::stream_key& key) { return core.read(key); },
         [this](engine::submission what, engine::reply then) { core.submit(std::move(what), std::move(then)); }},
        clock,
        log,
        {}};
    desk at{with_register()};
    std::string line;
    std::uint8_t keys_ = 0;
};

}  // namespace keepline::desk::at_the_door
