// The connector against a small HLR in the test, where protocol edges are wanted, and against the real osmo-hlr, where
// truth is.
#include "link/hlr_connector.hpp"

#include "link/gsup_message.hpp"
#include "link/hlr_session.hpp"
#include "link/scripted_peer.hpp"
#include "port/profile_keys.hpp"

#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sys/wait.h>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;
using domain::hlr_operation;

const auto our_imsi = base::imsi::trusted("901700000000123");
const auto new_imsi = base::imsi::trusted("901700000000124");
const auto our_iccid = base::iccid::trusted("89860012345678901236");
const std::string ki = "000102030405060708090a0b0c0d0e0f";
const std::string opc = "f0e0d0c0b0a09080706050403020100f";
port::fake_vault vault;  // keys only where a test puts them

port::outbound action(hlr_operation operation, const base::imsi& whom = our_imsi) {
    port::outbound out;
    out.key = "k-1";
    domain::hlr_action what{operation, whom, base::msisdn::trusted("+8613800138000"), {}};
    for (const auto& one : {our_imsi, new_imsi})
        if (one != whom) what.of_line.push_back(one);
    out.what = std::move(what);
    return out;
}

port::outbound keys_for(const base::imsi& whom, const base::iccid& profile = our_iccid) {
    port::outbound out;
    out.key = "k-2";
    out.what = domain::hlr_keys{profile, whom};
    return out;
}

void keep_keys(const std::string& json, const base::iccid& profile = our_iccid) {
    ASSERT_TRUE(vault.seal(port::profile_owner_of(profile), port::profile_keys_kind, json));
}
/// As src/rsp writes it: the algorithm is left out where it is Milenage, and there is more than the HLR needs.
const std::string milenage_keys = R"({"ki":")" + ki + R"(","opc":")" + opc + R"(","pin1":"0000"})";

std::string words_of(const result<port::delivered>& done) {
    if (!done) return "error: " + done.error().words;
    return port::number_answer<domain::hlr_answered>(*done).answer;
}

/// CTRL, VTY and GSUP of a HLR that knows what the connector uses. `lie_*` makes it a bad one.
class fake_hlr {
 public:
    struct subscriber {
        std::string msisdn;
        bool service = true;
        std::string auth = "none";
    };
    std::mutex mutex;
    std::map<std::string, subscriber> subscribers;
    bool lie_about_bar = false;      // says done, does nothing
    bool accept_everybody = false;   // UpdateLocation always succeeds
    std::vector<std::string> asked;  // UpdateLocations, by IMSI
    int data_deleted = 0;            // DeleteData results received
    int keys_written = 0;
    bool forget_keys = false;  // says done, keeps nothing

 private:
    void serve_ctrl(scripted_connection& c) {
        for (;;) {
            auto frame = take_ipa_frame(c.buffer());
            if (!frame) {
                if (!c.receive(c.buffer())) return;
                continue;
            }
            const std::string reply =
                std::string(1, '\0') + answer_ctrl(std::string(base::text(frame->payload).substr(1)));
            c.send(encode_ipa(ipa_osmo, base::view(reply)));
        }
    }
    std::string answer_ctrl(const std::string& request) {
        const std::scoped_lock held(mutex);
        std::istringstream in(request);
        std::string verb, id, variable, value;
        in >> verb >> id >> variable >> value;
        if (variable == "subscriber.create")
            return subscribers.try_emplace(value).second ? "SET_REPLY " + id + " " + variable + " 1"
                                                         : "ERROR " + id + " Subscriber already exists.";
        if (variable == "subscriber.delete")
            return subscribers.erase(value) != 0 ? "SET_REPLY " + id + " " + variable + " 1"
                                                 : "ERROR " + id + " Subscriber doesn't exist.";
        const auto dot = variable.rfind('.');
        const auto what = variable.substr(dot + 1);
        const auto selector =
            variable.substr(std::string("subscriber.by-").size(), dot - std::string("subscriber.by-").size());
        auto found = subscribers.end();
        if (selector.starts_with("imsi-")) found = subscribers.find(selector.substr(5));
        if (selector.starts_with("msisdn-"))
            found =
                std::ranges::find_if(subscribers, [&](const auto& s) { return s.second.msisdn == selector.substr(7); });
        if (found == subscribers.end()) return "ERROR " + id + " No such subscriber.";
        if (verb == "SET" && what == "msisdn") {
            for (const auto& [other, s] : subscribers)
                if (s.msisdn == value && other != found->first && value != "none")
                    return "ERROR " + id + " Update MSISDN failed";
            found->second.msisdn = value == "none" ? "" : value;
            return "SET_REPLY " + id + " " + variable + " OK";
        }
        if (what == "aud3g" && verb == "GET") return "GET_REPLY " + id + " " + variable + " " + found->second.auth;
        if (what == "aud3g") {
            if (!value.starts_with("MILENAGE,")) return "ERROR " + id + " Unknown auth algorithm.";
            ++keys_written;
            if (!forget_keys) found->second.auth = value + ",5";
            return "SET_REPLY " + id + " " + variable + " OK";
        }
        const std::string nam = found->second.service ? "1" : "0";
        return "GET_REPLY " + id + " " + variable + " \nid\t1\nimsi\t" + found->first +
               (found->second.msisdn.empty() ? "" : "\nmsisdn\t" + found->second.msisdn) + "\nnam_cs\t" + nam +
               "\nnam_ps\t" + nam;
    }
    void serve_vty(scripted_connection& c) {
        c.send("Welcome\r\n\xff\xfb\x01OsmoHLR> ");
        for (auto line = c.line(); !line.empty(); line = c.line())
            c.send(line + "\r\n" + answer_vty(line) + "OsmoHLR# ");
    }
    std::string answer_vty(const std::string& line) {
        if (line == "enable") return "";
        const std::scoped_lock held(mutex);
        std::istringstream in(line);
        std::string word, whom, update, what, mode;
        in >> word >> word >> whom >> update >> what >> mode;
        const auto found = subscribers.find(whom);
        if (found == subscribers.end()) return "% No subscriber for imsi = '" + whom + "'\r\n";
        if (!lie_about_bar) found->second.service = mode != "none";
        return "";
    }
    void send_gsup(scripted_connection& c, base::bytes message) {
        message.insert(message.begin(), osmo_gsup);
        c.send(encode_ipa(ipa_osmo, message));
    }
    void serve_gsup(scripted_connection& c) {
        c.send(bytes{0x00, 0x02, 0xfe, 0x04, 0x01});
        for (;;) {
            auto frame = take_ipa_frame(c.buffer());
            if (!frame) {
                if (!c.receive(c.buffer())) return;
                continue;
            }
            if (frame->protocol == ipa_ccm) {
                if (frame->payload[0] == 0) c.send(encode_ccm(ccm::pong));
                continue;
            }
            const auto message = decode_gsup(base::byte_view(frame->payload).subspan(1));
            ASSERT_TRUE(message);
            const std::scoped_lock held(mutex);
            if (message->type == gsup_type::delete_data_result) ++data_deleted;
            if (message->type != gsup_type::update_location_request) continue;
            asked.push_back(message->imsi);
            send_gsup(c,
                      encode_gsup({gsup_type::delete_data_request, message->imsi, {}}));  // the push, always on the way
            const auto found = subscribers.find(message->imsi);
            if (accept_everybody)
                send_gsup(c, encode_gsup({gsup_type::update_location_result, message->imsi, {}}));
            else if (found == subscribers.end())
                send_gsup(c, encode_gsup({gsup_type::update_location_error, message->imsi, cause_imsi_unknown}));
            else if (!found->second.service)
                send_gsup(c, encode_gsup({gsup_type::update_location_error, message->imsi, cause_plmn_not_allowed}));
            else
                send_gsup(c, encode_gsup({gsup_type::insert_data_request, message->imsi, {}}));
        }
    }
    using bytes = base::bytes;

 public:
    scripted_peer ctrl{[this](scripted_connection& c) { serve_ctrl(c); }};
    scripted_peer vty{[this](scripted_connection& c) { serve_vty(c); }};
    scripted_peer gsup{[this](scripted_connection& c) { serve_gsup(c); }};

    hlr_settings settings() {
        hlr_settings out;
        out.vty_port = vty.port();
        out.ctrl_port = ctrl.port();
        out.gsup_port = gsup.port();
        out.connect_timeout = 500ms;
        out.answer_timeout = 500ms;
        return out;
    }
};

TEST(hlr_connector, a_subscriber_goes_through_its_whole_life_and_every_step_may_be_repeated) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::provision))),
                  "provisioned: number and network-access-mode cs+ps read back");
    EXPECT_EQ(hlr.subscribers[our_imsi.text()].msisdn, "8613800138000");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::bar))),
                  "barred: network-access-mode none read back; UpdateLocation refused with cause 0x0b");
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::unbar))),
              "unbarred: network-access-mode cs+ps read back");
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::bar))).substr(0, 6), "barred");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(
            words_of(connector->deliver(action(hlr_operation::remove))),
            "deleted: no such subscriber read back; no subscriber has the number; UpdateLocation refused with cause "
            "0x02");
    EXPECT_EQ(
        words_of(connector->deliver(action(hlr_operation::bar))),
        "barred: no such subscriber read back, nor another one with the number; UpdateLocation refused with cause "
        "0x02");
    EXPECT_EQ(hlr.ctrl.connections(), 1);
    EXPECT_EQ(hlr.vty.connections(), 1);
    EXPECT_EQ(hlr.gsup.connections(), 1);
    EXPECT_EQ(connector->trouble(), "");
    const std::scoped_lock held(hlr.mutex);
    EXPECT_GE(hlr.data_deleted, 5);  // pushes are answered, as a VLR would
}

TEST(hlr_connector, a_bar_that_the_hlr_only_claims_is_not_believed_and_no_location_update_is_risked) {
    fake_hlr hlr;
    hlr.subscribers[our_imsi.text()] = {};
    hlr.lie_about_bar = true;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    const auto done = connector->deliver(action(hlr_operation::bar));
    EXPECT_EQ(done.error().what, base::code::peer_garbled);
    EXPECT_TRUE(hlr.asked.empty());
    EXPECT_NE(connector->trouble(), "");
}

TEST(hlr_connector, an_accepted_location_update_is_no_proof) {
    fake_hlr hlr;
    hlr.accept_everybody = true;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    EXPECT_NE(words_of(connector->deliver(action(hlr_operation::remove))).find("not proved"), std::string::npos);
}

TEST(hlr_connector, a_number_in_service_elsewhere_is_not_taken_but_a_barred_one_is) {
    fake_hlr hlr;
    hlr.subscribers["901700000000999"] = {"8613800138000", true};
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    const auto done = connector->deliver(action(hlr_operation::provision));
    ASSERT_TRUE(done) << "an answer, so that it is not tried for ever";
    EXPECT_EQ(port::number_answer<domain::hlr_answered>(*done).mismatch, domain::mismatch_kind::number_of_other);
    EXPECT_EQ(hlr.subscribers["901700000000999"].msisdn, "8613800138000");
    EXPECT_FALSE(hlr.subscribers.contains(our_imsi.text())) << "nothing was written";
    hlr.subscribers["901700000000999"].service = false;
    EXPECT_TRUE(connector->deliver(action(hlr_operation::provision)));
    EXPECT_EQ(hlr.subscribers["901700000000999"].msisdn, "");
    EXPECT_EQ(hlr.subscribers[our_imsi.text()].msisdn, "8613800138000");
}

TEST(hlr_connector, an_imsi_that_has_another_number_is_left_alone_whatever_is_asked) {
    fake_hlr hlr;
    hlr.subscribers[our_imsi.text()] = {"8613900139000", true};
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    for (const auto operation : {hlr_operation::provision, hlr_operation::bar, hlr_operation::unbar,
                                 hlr_operation::detach, hlr_operation::remove}) {
        const auto done = connector->deliver(action(operation));
        ASSERT_TRUE(done) << done.error().words;
        const auto& said = port::number_answer<domain::hlr_answered>(*done);
        EXPECT_EQ(said.mismatch, domain::mismatch_kind::imsi_serves_other);
        EXPECT_EQ(said.other, "+8613900139000");
        EXPECT_EQ(hlr.subscribers[our_imsi.text()].msisdn, "8613900139000");
        EXPECT_TRUE(hlr.subscribers[our_imsi.text()].service);
    }
    EXPECT_TRUE(hlr.asked.empty());
}

TEST(hlr_connector, the_absence_of_the_imsi_proves_nothing_while_another_has_the_number) {
    fake_hlr hlr;
    hlr.subscribers["901700000000999"] = {"8613800138000", true};
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    for (const auto operation : {hlr_operation::bar, hlr_operation::remove}) {
        const auto done = connector->deliver(action(operation));
        ASSERT_TRUE(done) << done.error().words;
        const auto& said = port::number_answer<domain::hlr_answered>(*done);
        EXPECT_EQ(said.mismatch, domain::mismatch_kind::number_of_other);
        EXPECT_EQ(said.other, "901700000000999");
    }
    EXPECT_TRUE(hlr.subscribers["901700000000999"].service);
}

TEST(hlr_connector, keys_do_not_replace_those_of_whoever_is_served_under_the_imsi) {
    fake_hlr hlr;
    hlr.subscribers[our_imsi.text()] = {
        "8613900139000", true, "MILENAGE,00000000000000000000000000000000,OPC,00000000000000000000000000000000,5"};
    keep_keys(milenage_keys);
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    EXPECT_EQ(connector->deliver(keys_for(our_imsi)).error().what, base::code::peer_refused);
    EXPECT_EQ(hlr.keys_written, 0);
}

TEST(hlr_connector, unbarring_whoever_is_deleted_is_refused) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    EXPECT_EQ(connector->deliver(action(hlr_operation::unbar)).error().what, base::code::peer_refused);
}

TEST(hlr_connector, connections_that_were_cut_are_opened_again) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    ASSERT_TRUE(connector->deliver(action(hlr_operation::provision)));
    ASSERT_TRUE(connector->deliver(action(hlr_operation::bar)));
    for (auto* one : {&hlr.ctrl, &hlr.vty, &hlr.gsup}) one->disconnect();
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(connector->deliver(action(hlr_operation::bar)));
    EXPECT_EQ(hlr.gsup.connections(), 2);
}

TEST(hlr_connector, many_at_once_share_few_connections) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int n = 0; n < 10; ++n) {
                const auto whom = base::imsi::trusted("90170000000" + std::to_string(1000 + t * 10 + n));
                good +=
                    words_of(connector->deliver(action(hlr_operation::remove, whom))).starts_with("deleted") ? 1 : 0;
            }
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(good, 80);
    EXPECT_LE(hlr.ctrl.connections(), 4);
}

TEST(hlr_connector, garbage_silence_and_absence_end_in_errors_that_name_nobody) {
    fake_hlr hlr;
    hlr.subscribers[our_imsi.text()] = {};
    scripted_peer silent(stay_silent);
    scripted_peer garbage([](scripted_connection& c) {
        base::bytes in;
        while (c.receive(in)) c.send("\x01\xff\xee\x05 901700000000123 OsmoHLR# \n% 8613800138000\r\nOsmoHLR> ");
    });
    scripted_peer flood([](scripted_connection& c) {
        const std::string much(65536, 'x');
        base::bytes in;
        for (int i = 0; i < 64; ++i) c.send(much);
        stay_silent(c);
    });
    scripted_peer closing([](scripted_connection&) {});
    for (const int bad : {silent.port(), garbage.port(), flood.port(), closing.port(), 1})
        for (int which = 0; which < 3; ++which) {
            auto how = hlr.settings();
            how.connect_timeout = base::hours{1};  // all but one are there: only the answer's limit may end a call
            how.answer_timeout = 200ms;
            (which == 0 ? how.ctrl_port : which == 1 ? how.vty_port : how.gsup_port) = bad;
            const auto connector = make_osmo_hlr_connector(how, vault);
            const auto done = connector->deliver(action(hlr_operation::bar));
            ASSERT_FALSE(done) << which;
            EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
            EXPECT_EQ(done.error().words.find("90170"), std::string::npos) << done.error().words;
            EXPECT_EQ(done.error().words.find("138001"), std::string::npos) << done.error().words;
        }
}

TEST(hlr_connector, a_number_moves_from_one_profile_to_another_and_back) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    auto from = our_imsi;
    auto to = new_imsi;
    ASSERT_TRUE(connector->deliver(action(hlr_operation::provision, from)));
    for (int i = 0; i < 2; ++i, std::swap(from, to)) {
        EXPECT_NE(words_of(connector->deliver(action(hlr_operation::provision, to))).find("in service"),
                  std::string::npos);
        for (int again = 0; again < 2; ++again)
            EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::detach, from))),
                      "detached: no number and network-access-mode none read back; UpdateLocation refused with cause "
                      "0x0b");
        EXPECT_EQ(hlr.subscribers[from.text()].msisdn, "");
        EXPECT_FALSE(hlr.subscribers[from.text()].service);
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::provision, to))).substr(0, 11), "provisioned");
        EXPECT_EQ(hlr.subscribers[to.text()].msisdn, "8613800138000");
        // Late repeats of the first step take nothing from the profile that has the number now.
        EXPECT_TRUE(connector->deliver(action(hlr_operation::detach, from)));
        EXPECT_EQ(hlr.subscribers[to.text()].msisdn, "8613800138000");
    }
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::detach, base::imsi::trusted("901700000000777")))),
              "detached: no such subscriber read back; UpdateLocation refused with cause 0x02");
}

TEST(hlr_connector, a_detachment_that_the_hlr_only_claims_is_not_believed) {
    fake_hlr hlr;
    hlr.subscribers[our_imsi.text()] = {"8613800138000", true};
    hlr.lie_about_bar = true;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    EXPECT_EQ(connector->deliver(action(hlr_operation::detach)).error().what, base::code::peer_garbled);
    EXPECT_TRUE(hlr.asked.empty());
}

TEST(hlr_connector, keys_come_from_the_vault_once_and_bring_no_service_by_themselves) {
    fake_hlr hlr;
    keep_keys(milenage_keys);
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    for (int i = 0; i < 2; ++i) {
        const auto done = connector->deliver(keys_for(our_imsi));
        ASSERT_TRUE(done) << done.error().words;
        EXPECT_FALSE(done->answer);
    }
    EXPECT_EQ(hlr.subscribers[our_imsi.text()].auth, "MILENAGE," + ki + ",OPC," + opc + ",5");
    EXPECT_EQ(hlr.keys_written, 1) << "writing them again would set the sequence number back";
    EXPECT_FALSE(hlr.subscribers[our_imsi.text()].service);
    ASSERT_TRUE(connector->deliver(action(hlr_operation::provision)));
    ASSERT_TRUE(connector->deliver(keys_for(our_imsi)));
    EXPECT_TRUE(hlr.subscribers[our_imsi.text()].service) << "a late repeat takes nothing away";
}

TEST(hlr_connector, keys_that_cannot_be_delivered_are_errors_that_do_not_show_them) {
    fake_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    const auto other = base::iccid::trusted("89860012345678901244");
    const auto refused_with = [&](const base::error& why) {
        EXPECT_EQ(why.words.find(ki.substr(0, 8)), std::string::npos) << why.words;
        EXPECT_EQ(why.words.find("8986"), std::string::npos) << why.words;
        EXPECT_EQ(why.words.find("90170"), std::string::npos) << why.words;
        return why.what;
    };
    EXPECT_EQ(refused_with(connector->deliver(keys_for(our_imsi, other)).error()), base::code::peer_refused);
    for (const std::string bad :
         {"", "{}", R"({"ki":"00","opc":"00"})", R"({"ki":"xy","opc":"00","algorithm":"milenage"})"}) {
        keep_keys(bad, other);
        EXPECT_EQ(refused_with(connector->deliver(keys_for(our_imsi, other)).error()), base::code::peer_refused) << bad;
    }
    keep_keys(R"({"ki":")" + ki + R"(","opc":")" + opc + opc + R"(","algorithm":"tuak"})", other);
    const auto tuak = connector->deliver(keys_for(our_imsi, other));
    EXPECT_EQ(tuak.error().words, "The HLR does not know the algorithm TUAK.");
    EXPECT_EQ(tuak.error().what, base::code::peer_refused);
    hlr.forget_keys = true;
    keep_keys(milenage_keys, other);
    EXPECT_EQ(refused_with(connector->deliver(keys_for(our_imsi, other)).error()), base::code::peer_garbled);
    ASSERT_TRUE(vault.erase(port::profile_owner_of(other)));
    EXPECT_EQ(refused_with(connector->deliver(keys_for(our_imsi, other)).error()), base::code::peer_refused);
}

TEST(hlr_connector, without_an_hlr_the_journal_is_told_so) {
    const auto connector = make_no_hlr_connector();
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::bar))),
              "no HLR is configured: nothing was barred and nothing is proved");
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::detach))),
              "no HLR is configured: nothing was detached and nothing is proved");
    EXPECT_FALSE(connector->deliver(keys_for(our_imsi))->answer);
}

/// The real thing, on a loopback address of its own, because its ports are fixed.
class real_osmo_hlr {
 public:
    real_osmo_hlr() {
        std::ofstream(folder_.path() + "/hlr.cfg")
            << "log stderr\n logging level set-all fatal\nline vty\n bind " << address << "\n no login\nctrl\n bind "
            << address << "\nhlr\n gsup\n  bind ip " << address << "\n";
        start();
    }
    ~real_osmo_hlr() { stop(); }
    void start() {
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto config = folder_.path() + "/hlr.cfg";
            const auto database = folder_.path() + "/hlr.db";
            ::execlp("osmo-hlr", "osmo-hlr", "-c", config.c_str(), "-l", database.c_str(), nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 200; ++i) {
            if (tcp_stream::connect("x", address, 4222, in(50ms)) && tcp_stream::connect("x", address, 4259, in(50ms)))
                return;
            std::this_thread::sleep_for(20ms);
        }
        ADD_FAILURE() << "osmo-hlr did not start";
    }
    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    hlr_settings settings() const {
        hlr_settings out;
        out.host = address;
        return out;
    }
    const std::string address = "127.77.0." + std::to_string(2 + ::getpid() % 250);

 private:
    test_folder folder_;
    pid_t pid_ = -1;
};

TEST(hlr_connector, the_real_osmo_hlr_bars_proves_and_deletes) {
    real_osmo_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::provision))),
                  "provisioned: number and network-access-mode cs+ps read back");
        for (int again = 0; again < 2; ++again)
            EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::bar))),
                      "barred: network-access-mode none read back; UpdateLocation refused with cause 0x0b");
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::unbar))),
                  "unbarred: network-access-mode cs+ps read back");
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::bar))).substr(0, 7), "barred:");
        for (int again = 0; again < 2; ++again)
            EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::remove))),
                      "deleted: no such subscriber read back; no subscriber has the number; UpdateLocation refused "
                      "with cause "
                      "0x02");
        EXPECT_EQ(
            words_of(connector->deliver(action(hlr_operation::bar))),
            "barred: no such subscriber read back, nor another one with the number; UpdateLocation refused with cause "
            "0x02");
        hlr.stop();
        EXPECT_EQ(connector->deliver(action(hlr_operation::bar)).error().what, base::code::peer_unreachable);
        hlr.start();
    }
}

TEST(hlr_connector, the_real_osmo_hlr_takes_keys_and_moves_a_number) {
    real_osmo_hlr hlr;
    keep_keys(milenage_keys);
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    hlr_session look(hlr.settings(), 99);
    for (int again = 0; again < 2; ++again)
        for (const auto& one : {our_imsi, new_imsi}) {
            const auto done = connector->deliver(keys_for(one));
            ASSERT_TRUE(done) << done.error().words;
            const auto found = look.find(one);
            ASSERT_TRUE(found && *found);
            EXPECT_FALSE((*found)->cs || (*found)->ps) << "no service before it is provisioned";
            EXPECT_EQ(**look.find_auth(one), (hlr_auth{"MILENAGE", ki, opc}));
        }
    ASSERT_TRUE(connector->deliver(action(hlr_operation::provision)));
    for (int again = 0; again < 2; ++again)
        EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::detach))),
                  "detached: no number and network-access-mode none read back; UpdateLocation refused with cause 0x0b");
    EXPECT_EQ(words_of(connector->deliver(action(hlr_operation::provision, new_imsi))),
              "provisioned: number and network-access-mode cs+ps read back");
    EXPECT_EQ((*look.find_holder("8613800138000"))->imsi, new_imsi.text());
    EXPECT_EQ(**look.find_auth(our_imsi), (hlr_auth{"MILENAGE", ki, opc})) << "a switch can be undone";
    keep_keys(R"({"ki":")" + ki + R"(","opc":")" + opc + opc + R"(","algorithm":"tuak"})");
    EXPECT_EQ(connector->deliver(keys_for(our_imsi)).error().words, "The HLR does not know the algorithm TUAK.");
}

TEST(hlr_connector, the_real_osmo_hlr_serves_many_threads) {
    real_osmo_hlr hlr;
    const auto connector = make_osmo_hlr_connector(hlr.settings(), vault);
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int n = 0; n < 25; ++n) {
                auto what = action(hlr_operation::provision,
                                   base::imsi::trusted("90170000000" + std::to_string(1000 + t * 25 + n)));
                auto& told = std::get<domain::hlr_action>(what.what);
                told.number = base::msisdn::trusted("+861380013" + std::to_string(1000 + t * 25 + n));
                for (const auto operation : {hlr_operation::provision, hlr_operation::bar, hlr_operation::remove}) {
                    told.operation = operation;
                    const auto words = words_of(connector->deliver(what));
                    good += words.starts_with("error") ? 0 : 1;
                    EXPECT_FALSE(words.starts_with("error")) << words;
                }
            }
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(good, 300);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    RecordProperty("operations_per_s", static_cast<int>(300 / took.count()));
    std::printf("    300 operations in %.2f s\n", took.count());
}

}  // namespace
}  // namespace keepline::link
