// The PKI maker against OpenSSL's own command line, our certificate check against its broken certificates, and the
// loader.
#include "rsp/pki.hpp"

#include "base/ids.hpp"
#include "base/temporary_directory.hpp"
#include "rsp/pki_files.hpp"
#include "rsp/pki_shapes.hpp"
#include "rsp/x509_dates.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

namespace fs = std::filesystem;

const base::instant made_at = base::instant_from_iso("2026-11-22T12:00:00Z").value();

pki_plan test_plan() {
    pki_plan plan;
    plan.now = made_at;
    plan.negative = true;
    plan.host_names = {"smdpp.example.com", "127.0.0.1"};
    plan.operators = {"bss", "other"};
    return plan;
}

using file_map = std::map<std::string, std::string>;

/// The PKI of test_plan(), made once.
const file_map& pki() {
    static const file_map files = [] {
        file_map out;
        for (auto& file : make_pki(test_plan()).value()) out[file.name] = std::move(file.content);
        return out;
    }();
    return files;
}

file_reader reader_of(const file_map& files) {
    return [&files](const std::string& path) -> base::result<std::string> {
        const auto found = files.find(path);
        if (found == files.end()) return base::refuse(base::code::not_found, "There is no file " + path + ".");
        return found->second;
    };
}

std::string own_eid() { return eid_with_checks("89049032", 1); }

/// A folder of its own with all files of the PKI in it, for the openssl command.
class pki_on_disk {
 public:
    pki_on_disk() {
        for (const auto& [name, content] : pki()) {
            fs::create_directories((place_ / name).parent_path());
            std::ofstream(place_ / name, std::ios::binary) << content;
        }
    }

    /// What `openssl …` prints, run in the folder; both streams.
    std::string openssl(const std::string& arguments) const {
        const auto command = "cd '" + place_.path().string() + "' && openssl " + arguments + " 2>&1";
        std::string out;
        FILE* pipe = ::popen(command.c_str(), "r");
        EXPECT_NE(pipe, nullptr);
        std::array<char, 4096> buffer{};
        for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
            out.append(buffer.data(), n);
        ::pclose(pipe);
        return out;
    }

 private:
    base::temporary_directory place_;
};

std::string all_words(const std::vector<finding>& findings) {
    std::string out;
    for (const auto& one : findings) out += one.where + ": " + one.words + "\n";
    return out;
}

/// The refusal's name for a card of the PKI, checked as a server would; "accepted" otherwise.
std::string verdict_on(const std::string& folder, const std::string& own_curve) {
    const auto read = reader_of(pki());
    const auto set = load_certificate_set(files_in(own_curve), read, made_at);
    const auto server = make_provider({set});
    const auto der = [&](const char* name) { return read(folder + "/" + name).value(); };
    const auto eum = der("eum.cert.der");
    const auto euicc = der("euicc.cert.der");
    const auto ci = load_certificate(base::view(der("ci.cert.der"))).value();
    const auto verified = server.trusted->verify_euicc(base::view(euicc), base::view(eum), ci->key_id, made_at);
    return verified ? "accepted"
                    : std::string(verified.error().subject()) + "/" + std::string(verified.error().reason());
}

}  // namespace

TEST(pki, has_the_shape_of_sgp_22_for_both_curves) {
    for (const std::string folder : {"nist", "brainpool"})
        for (const auto* name : {"/ci.cert", "/ci.key", "/ci.crl", "/eum.cert", "/eum.key", "/dp-auth.cert",
                                 "/dp-auth.key", "/dp-pb.cert", "/dp-pb.key", "/dp-tls.cert", "/dp-tls.key"})
            for (const auto* ending : {".pem", ".der"})
                EXPECT_TRUE(pki().contains(folder + name + ending)) << folder << name;
    for (const auto* name : {"es2/ca.cert.pem", "es2/bss.cert.pem", "es2/other.key.pem"})
        EXPECT_TRUE(pki().contains(name));
    const auto euicc = load_certificate(base::view(pki().at("cards/nist/" + own_eid() + "/euicc.cert.der"))).value();
    EXPECT_EQ(euicc->subject.serial_number, own_eid());
    EXPECT_TRUE(euicc->has_role(role::euicc));
    const auto eum = load_certificate(base::view(pki().at("brainpool/eum.cert.pem"))).value();
    ASSERT_TRUE(eum->name_constraints);
    EXPECT_EQ(eum->name_constraints->at(0).serial_prefix, "89049032");
    EXPECT_EQ(eum->key->which(), curve::brainpool_p256);
    const auto auth = load_certificate(base::view(pki().at("nist/dp-auth.cert.pem"))).value();
    EXPECT_EQ(auth->registered_id, "2.999.10");
    EXPECT_FALSE(auth->unknown_critical);
    const auto tls = load_certificate(base::view(pki().at("nist/dp-tls.cert.pem"))).value();
    EXPECT_EQ(tls->dns_names, std::vector<std::string>{"smdpp.example.com"});
}

TEST(pki, keys_are_marked_secret_and_nothing_else_is) {
    for (const auto& file : make_pki(test_plan()).value())
        EXPECT_EQ(file.secret, file.name.find(".key.") != std::string::npos) << file.name;
}

TEST(pki, openssl_accepts_every_certificate_under_its_root) {
    const pki_on_disk disk;
    for (const std::string folder : {"nist", "brainpool"}) {
        for (const auto* name : {"eum", "dp-auth", "dp-pb", "dp-tls"})
            EXPECT_EQ(
                disk.openssl("verify -attime 1795348800 -x509_strict -crl_check -CRLfile " + folder +
                             "/ci.crl.pem -CAfile " + folder + "/ci.cert.pem " + folder + "/" + name + ".cert.pem"),
                folder + "/" + name + ".cert.pem: OK\n");
        EXPECT_NE(disk.openssl("x509 -noout -checkhost smdpp.example.com -in " + folder + "/dp-tls.cert.pem")
                      .find("does match"),
                  std::string::npos);
        EXPECT_NE(disk.openssl("x509 -noout -checkip 127.0.0.1 -in " + folder + "/dp-tls.cert.pem").find("does match"),
                  std::string::npos);
        EXPECT_NE(disk.openssl("crl -noout -verify -CAfile " + folder + "/ci.cert.pem -in " + folder + "/ci.crl.pem")
                      .find("verify OK"),
                  std::string::npos);
        EXPECT_NE(disk.openssl("pkey -noout -check -in " + folder + "/dp-auth.key.pem").find("Key is valid"),
                  std::string::npos);
        EXPECT_EQ(disk.openssl("x509 -inform DER -in " + folder + "/eum.cert.der"),
                  disk.openssl("x509 -in " + folder + "/eum.cert.pem"));
    }
    EXPECT_EQ(disk.openssl("verify -attime 1795348800 -purpose sslclient -CAfile es2/ca.cert.pem es2/bss.cert.pem"),
              "es2/bss.cert.pem: OK\n");
}

TEST(pki, openssl_verifies_the_manufacturers_signature_on_an_euicc) {
    // SGP.22's name constraint is a prefix of the serial number, which RFC 5280 does not know: so not `openssl verify`,
    // whose only objection it must be, but the signature over the bytes.
    const pki_on_disk disk;
    for (const std::string folder : {"nist", "brainpool"}) {
        const auto card = "cards/" + folder + "/" + own_eid();
        const auto words = disk.openssl("verify -attime 1795348800 -CAfile " + folder + "/ci.cert.pem -untrusted " +
                                        folder + "/eum.cert.pem " + card + "/euicc.cert.pem");
        EXPECT_NE(words.find("permitted subtree violation"), std::string::npos) << words;
        // RFC 5280 §4.1.2.5: what does not expire ends with the year 9999.
        EXPECT_NE(disk.openssl("x509 -in " + card + "/euicc.cert.pem -noout -enddate").find(" 9999 GMT"),
                  std::string::npos);
        const auto signature_holds = [&](const std::string& place) {
            const auto listing = disk.openssl("asn1parse -inform DER -in " + place + "/euicc.cert.der");
            const auto line = listing.rfind("BIT STRING");
            const auto begin = listing.rfind('\n', line) + 1;
            const auto offset = std::to_string(std::atoi(listing.c_str() + begin));
            disk.openssl("asn1parse -inform DER -in " + place + "/euicc.cert.der -strparse " + offset +
                         " -out signature -noout");
            disk.openssl("asn1parse -inform DER -in " + place + "/euicc.cert.der -strparse 4 -out tbs -noout");
            disk.openssl("x509 -in " + folder + "/eum.cert.pem -pubkey -noout -out eum.pub");
            return disk.openssl("dgst -sha256 -verify eum.pub -signature signature tbs").find("Verified OK") !=
                   std::string::npos;
        };
        EXPECT_TRUE(signature_holds(card));
        EXPECT_FALSE(signature_holds("negative/" + folder + "/cards/bad-signature"));
    }
}

TEST(pki, openssl_refuses_what_is_broken_on_purpose) {
    const pki_on_disk disk;
    const auto objection = [&](const std::string& variant, const char* name) {
        return disk.openssl(
            "verify -attime 1795348800 -crl_check -CRLfile nist/ci.crl.pem -CAfile nist/ci.cert.pem "
            "negative/nist/servers/" +
            variant + "/" + name + ".cert.pem");
    };
    EXPECT_NE(objection("auth-revoked", "dp-auth").find("certificate revoked"), std::string::npos);
    EXPECT_NE(objection("pb-revoked", "dp-pb").find("certificate revoked"), std::string::npos);
    EXPECT_NE(objection("auth-expired", "dp-auth").find("certificate has expired"), std::string::npos);
    EXPECT_NE(objection("foreign-ci", "dp-auth").find("unable to get local issuer certificate"), std::string::npos);
    EXPECT_NE(
        disk.openssl(
                "x509 -noout -checkhost smdpp.example.com -in negative/nist/servers/tls-wrong-name/dp-tls.cert.pem")
            .find("does NOT match"),
        std::string::npos);
}

TEST(pki, the_servers_check_gives_each_broken_card_its_status) {
    const std::map<std::string, std::string> expected{{"expired", "8.1.3/6.3"},
                                                      {"not-yet-valid", "8.1.3/6.3"},
                                                      {"wrong-role", "8.1.3/6.1"},
                                                      {"no-role", "8.1.3/6.1"},
                                                      {"wrong-key-usage", "8.1.3/6.1"},
                                                      {"outside-constraint", "8.1.3/6.1"},
                                                      {"foreign-organization", "8.1.3/6.1"},
                                                      {"bad-signature", "8.1.3/6.1"},
                                                      {"eum-expired", "8.1.2/6.3"},
                                                      {"eum-wrong-role", "8.1.2/6.1"},
                                                      {"eum-not-ca", "8.1.2/6.1"},
                                                      {"eum-revoked", "8.1.2/6.1"},
                                                      {"eum-no-authority-key", "8.1.2/6.1"},
                                                      {"foreign-ci", "8.11.1/3.9"}};
    EXPECT_EQ(expected.size(), broken_cards().size());
    for (const std::string folder : {"nist", "brainpool"}) {
        EXPECT_EQ(verdict_on("cards/" + folder + "/" + own_eid(), folder), "accepted");
        for (const auto& one : broken_cards())
            EXPECT_EQ(verdict_on("negative/" + folder + "/cards/" + one.name, folder), expected.at(one.name))
                << one.name;
    }
}

TEST(pki, a_card_can_be_added_later) {
    const auto eid = eid_with_checks("89049032", 77);
    const auto files = make_card("cards/brainpool/" + eid, eid, pki().at("brainpool/ci.cert.pem"),
                                 pki().at("brainpool/eum.cert.pem"), pki().at("brainpool/eum.key.pem"), made_at);
    ASSERT_TRUE(files) << files.error().words;
    file_map all = pki();
    for (const auto& file : *files) all[file.name] = file.content;
    const auto checked = check_card("cards/brainpool/" + eid, reader_of(all), made_at);
    EXPECT_EQ(checked.eid, eid) << all_words(checked.findings);
    EXPECT_FALSE(make_card("x", eid_with_checks("89049999", 1), pki().at("nist/ci.cert.pem"),
                           pki().at("nist/eum.cert.pem"), pki().at("nist/eum.key.pem"), made_at));
    EXPECT_FALSE(make_card("x", eid, pki().at("nist/ci.cert.pem"), pki().at("nist/eum.cert.pem"),
                           pki().at("brainpool/eum.key.pem"), made_at));
}

TEST(pki, plans_that_no_certificate_can_hold_are_refused) {
    const auto refused = [](auto change) {
        auto plan = test_plan();
        plan.negative = false;
        change(plan);
        return !make_pki(plan).has_value();
    };
    EXPECT_TRUE(refused([](auto& plan) { plan.oid = "2.999.x"; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.oid = "2.999\nbasicConstraints=CA:TRUE"; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.host_names = {"a,DNS:b"}; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.host_names = {"a\nkeyUsage=keyCertSign"}; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.host_names.clear(); }));
    EXPECT_TRUE(refused([](auto& plan) { plan.eum_organization = "x\n[extensions]"; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.eid_prefix = "8904"; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.eids = {"89049032000000000000000000000100"}; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.eids = {eid_with_checks("89049999", 1)}; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.operators = {"../../etc"}; }));
    EXPECT_TRUE(refused([](auto& plan) { plan.curves.clear(); }));
    EXPECT_FALSE(refused([](auto& plan) { plan.host_names = {"::1", "localhost"}; }));
}

TEST(pki, eids_have_right_check_digits) {
    for (std::uint64_t i = 0; i < 300; ++i) EXPECT_TRUE(base::eid::parse(eid_with_checks("89049032", i * 7919))) << i;
}

TEST(pki, the_readme_names_the_files_and_no_key) {
    const auto files = make_pki(test_plan()).value();
    const auto text = pki_readme(test_plan(), files);
    EXPECT_NE(text.find("nist/dp-auth.cert.pem"), std::string::npos);
    EXPECT_EQ(text.find("BEGIN"), std::string::npos);
}

TEST(pki_files, a_good_set_loads_without_a_word) {
    const auto loaded = load_certificate_set(files_in("nist"), reader_of(pki()), made_at);
    EXPECT_TRUE(loaded.usable());
    EXPECT_EQ(all_words(loaded.findings), "");
    EXPECT_EQ(loaded.set.oid, "2.999.10");
    EXPECT_EQ(loaded.set.addresses, std::vector<std::string>{"smdpp.example.com"});
    EXPECT_EQ(loaded.set.ci_key_id, loaded.ci->key_id);
    ASSERT_EQ(loaded.revoked.size(), 1u);
    EXPECT_EQ(loaded.revoked[0].serials.size(), 3u);
    EXPECT_TRUE(loaded.tls_chain_pem.contains("BEGIN CERTIFICATE"));
    EXPECT_TRUE(loaded.tls_key_pem.contains("PRIVATE KEY"));
    ASSERT_EQ(loaded.expiries.size(), 5u);
    EXPECT_EQ(loaded.expiries.back().what, "DPtls");
    EXPECT_EQ(loaded.expiries.back().at, made_at + base::days(397));
    const auto server = make_provider({loaded, load_certificate_set(files_in("brainpool"), reader_of(pki()), made_at)});
    EXPECT_EQ(server.sets.size(), 2u);
    EXPECT_EQ(server.trusted->cis().size(), 2u);
}

TEST(pki_files, der_files_do_where_there_is_no_pem) {
    file_map only_der;
    for (const auto& [name, content] : pki())
        if (name.ends_with(".der")) only_der[name] = content;
    const auto loaded = load_certificate_set(files_in("brainpool"), reader_of(only_der), made_at);
    EXPECT_TRUE(loaded.usable()) << all_words(loaded.findings);
    EXPECT_EQ(loaded.revoked.size(), 1u);
    EXPECT_TRUE(loaded.tls_chain_pem.contains("BEGIN CERTIFICATE"));
    EXPECT_TRUE(loaded.tls_key_pem.contains("BEGIN PRIVATE KEY"));
}

TEST(pki_files, each_broken_set_is_said_to_be_broken_in_the_right_file) {
    const std::map<std::string, std::string> wrong_file{
        {"auth-expired", "dp-auth.cert"},  {"auth-wrong-role", "dp-auth.cert"}, {"auth-revoked", "dp-auth.cert"},
        {"auth-wrong-key", "dp-auth.key"}, {"pb-expired", "dp-pb.cert"},        {"pb-wrong-role", "dp-pb.cert"},
        {"pb-revoked", "dp-pb.cert"},      {"pb-other-oid", "dp-pb.cert"},      {"tls-expired", "dp-tls.cert"},
        {"tls-wrong-role", "dp-tls.cert"}, {"foreign-ci", "dp-auth.cert"}};
    for (const std::string folder : {"nist", "brainpool"})
        for (const auto& one : broken_servers()) {
            const auto place = "negative/" + folder + "/servers/" + one.name;
            const auto loaded = load_certificate_set(files_in(place), reader_of(pki()), made_at, {"smdpp.example.com"});
            if (one.name == "tls-wrong-name") {
                EXPECT_TRUE(all_words(loaded.findings).contains("does not name smdpp.example.com"));
                continue;
            }
            EXPECT_FALSE(loaded.usable()) << one.name;
            EXPECT_TRUE(all_words(loaded.findings).contains(place + "/" + wrong_file.at(one.name)))
                << one.name << "\n"
                << all_words(loaded.findings);
            EXPECT_TRUE(make_provider({loaded}).sets.empty());
        }
}

TEST(pki_files, a_set_without_dptls_is_whole_but_half_a_dptls_is_an_error) {
    auto files = pki();
    for (const auto* name : {"nist/dp-tls.cert.pem", "nist/dp-tls.cert.der"}) files.erase(name);
    const auto half = load_certificate_set(files_in("nist"), reader_of(files), made_at);
    EXPECT_TRUE(half.has_tls);
    EXPECT_FALSE(half.usable());
    EXPECT_TRUE(all_words(half.findings).contains("nist/dp-tls.cert.pem")) << all_words(half.findings);
    for (const auto* name : {"nist/dp-tls.key.pem", "nist/dp-tls.key.der"}) files.erase(name);
    const auto none = load_certificate_set(files_in("nist"), reader_of(files), made_at);
    EXPECT_FALSE(none.has_tls);
    EXPECT_EQ(all_words(none.findings), "");
    EXPECT_EQ(none.tls_chain_pem + none.tls_key_pem, "");
    EXPECT_EQ(none.expiries.size(), 4u);
}

TEST(pki_files, of_two_revocation_lists_of_one_root_the_newest_counts_whatever_the_order) {
    const auto read = reader_of(pki());
    const auto newer = load_certificate_set(files_in("nist"), read, made_at);
    ASSERT_FALSE(newer.revoked.at(0).number.empty());
    auto older = newer;
    older.revoked[0].this_update = older.revoked[0].this_update - base::days(1);
    older.revoked[0].serials.clear();
    const auto der = [&](const char* name) {
        return read(std::string("negative/nist/cards/eum-revoked/") + name).value();
    };
    const auto eum = der("eum.cert.der"), euicc = der("euicc.cert.der");
    for (const auto& order : {std::vector{newer, older}, std::vector{older, newer}})
        EXPECT_FALSE(make_provider(order).trusted->verify_euicc(base::view(euicc), base::view(eum), {}, made_at));
    EXPECT_TRUE(make_provider({older}).trusted->verify_euicc(base::view(euicc), base::view(eum), {}, made_at));
}

TEST(pki_files, missing_and_garbled_files_are_named) {
    auto files = pki();
    files.erase("nist/dp-pb.key.pem");
    files.erase("nist/dp-pb.key.der");
    files["nist/dp-auth.cert.pem"] = "not a certificate";
    files["nist/ci.crl.pem"] = files["brainpool/ci.crl.pem"];
    files["nist/dp-tls.key.pem"] = std::string(100'000, 'x');
    const auto words = all_words(load_certificate_set(files_in("nist"), reader_of(files), made_at).findings);
    for (const auto* name : {"nist/dp-pb.key", "nist/dp-auth.cert.pem", "nist/ci.crl.pem", "nist/dp-tls.key.pem"})
        EXPECT_TRUE(words.contains(name)) << name << "\n" << words;
    EXPECT_FALSE(words.contains("PRIVATE KEY"));
    EXPECT_FALSE(load_certificate_set({}, reader_of(files), made_at).usable());
}

TEST(pki_files, what_expires_soon_is_warned_of_and_what_expired_is_wrong) {
    const auto at = [](base::duration later) {
        return load_certificate_set(files_in("nist"), reader_of(pki()), made_at + later);
    };
    EXPECT_TRUE(all_words(at(base::days(370)).findings).contains("nist/dp-tls.cert.pem: Expires soon"));
    EXPECT_TRUE(at(base::days(370)).usable());
    EXPECT_TRUE(all_words(at(base::days(370)).findings).contains("A newer revocation list was due"));
    EXPECT_FALSE(at(base::days(400)).usable());
    EXPECT_TRUE(at(base::days(400)).only_expired());
    EXPECT_FALSE(at(base::days(370)).only_expired());
    EXPECT_FALSE(at(-base::days(1)).usable());
    EXPECT_FALSE(at(-base::days(1)).only_expired());
}

TEST(pki_files, cards_are_checked_with_their_chain) {
    const auto read = reader_of(pki());
    const auto good = check_card("cards/nist/" + own_eid(), read, made_at);
    EXPECT_EQ(good.eid, own_eid());
    EXPECT_EQ(all_words(good.findings), "");
    for (const auto& one : broken_cards()) {
        if (one.name == "foreign-ci") continue;  // a card alone cannot know whom the server trusts
        const auto set = load_certificate_set(files_in("nist"), read, made_at);
        const auto checked = check_card("negative/nist/cards/" + one.name, read, made_at, set.revoked);
        EXPECT_TRUE(has_error(checked.findings)) << one.name;
    }
    EXPECT_TRUE(has_error(check_card("nowhere", read, made_at).findings));
}

// SGP.22 §4.5.2.1 and SGP.26: what the certificate of each role says, and for how long.
TEST(pki, each_certificate_is_of_its_role_and_time) {
    struct made_certificate {
        const char *file, *common_name, *policy, *registered_id;
        int days;
        bool ca;
        std::uint32_t usage;
    };
    const std::uint32_t sign = 1U << digital_signature, certify = 1U << key_cert_sign, revoke = 1U << crl_sign;
    for (const auto& one : std::initializer_list<made_certificate>{
             {"nist/ci.cert.der", "Test CI NIST P-256", "2.23.146.1.2.1.0", "2.999.1", 35 * 365, true,
              certify | revoke},
             {"brainpool/ci.cert.der", "Test CI brainpoolP256r1", "2.23.146.1.2.1.0", "2.999.1", 35 * 365, true,
              certify | revoke},
             {"nist/eum.cert.der", "Test EUM", "2.23.146.1.2.1.2", "2.999.5", 34 * 365, true, certify},
             {"nist/dp-auth.cert.der", "TEST SM-DP+ auth", "2.23.146.1.2.1.4", "2.999.10", 1095, false, sign},
             {"nist/dp-pb.cert.der", "TEST SM-DP+ pb", "2.23.146.1.2.1.5", "2.999.10", 1095, false, sign},
             {"nist/dp-tls.cert.der", "smdpp.example.com", "2.23.146.1.2.1.3", "2.999.10", 397, false, sign},
             {"es2/ca.cert.der", "Test ES2+ operators", "", "", 3650, true, certify | revoke},
             {"es2/bss.cert.der", "bss", "", "", 1095, false, sign}}) {
        const auto found = load_certificate(base::view(pki().at(one.file)));
        ASSERT_TRUE(found) << one.file << found.error().words;
        const auto& what = **found;
        EXPECT_EQ(what.subject.common_name, one.common_name) << one.file;
        EXPECT_EQ(what.policies, *one.policy == 0 ? std::vector<std::string>{} : std::vector<std::string>{one.policy})
            << one.file;
        EXPECT_EQ(what.registered_id, one.registered_id) << one.file;
        EXPECT_EQ(what.not_before, made_at - base::hours(1)) << one.file << ": clocks differ";
        EXPECT_EQ(what.not_after, made_at + base::days(one.days)) << one.file;
        EXPECT_EQ(what.is_ca, one.ca) << one.file;
        EXPECT_EQ(what.key_usage, one.usage) << one.file;
        EXPECT_FALSE(what.unknown_critical) << one.file;
        EXPECT_FALSE(what.key_id.empty()) << one.file;
        EXPECT_FALSE(what.issuer_key_id.empty()) << one.file;
        EXPECT_TRUE(what.serial.size() == 16 && what.serial[0] >= 0x40 && what.serial[0] < 0x80)
            << one.file << ": positive, never zero";
    }
    const auto euicc = load_certificate(base::view(pki().at("cards/nist/" + own_eid() + "/euicc.cert.der"))).value();
    EXPECT_EQ(base::iso(euicc->not_after), "9999-12-31T23:59:59.000Z");
    EXPECT_EQ(euicc->subject.common_name, "Test eUICC");
    EXPECT_EQ(euicc->subject.organization, "Keepline Test EUM");
    EXPECT_EQ(euicc->key_usage, sign);
    const auto tls = load_certificate(base::view(pki().at("nist/dp-tls.cert.der"))).value();
    EXPECT_EQ(tls->extended_key_usages, (std::vector<std::string>{"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}));
    const auto eum = load_certificate(base::view(pki().at("nist/eum.cert.der"))).value();
    EXPECT_EQ(eum->path_length, 0U);
    EXPECT_EQ(eum->name_constraints->at(0).organization, "Keepline Test EUM");
    EXPECT_EQ(eum->subject.country, "CN");
    const pki_on_disk disk;
    const auto critical = [&](const char* file) {
        return disk.openssl(std::string("x509 -noout -ext certificatePolicies -in ") + file)
                   .find("Policies: critical") != std::string::npos;
    };
    EXPECT_TRUE(critical("nist/dp-auth.cert.pem"));
    EXPECT_FALSE(critical("nist/dp-tls.cert.pem")) << "TLS libraries do not know it";
    EXPECT_NE(disk.openssl("x509 -noout -subject -in nist/ci.cert.pem").find("OU = TESTCERT"), std::string::npos);
    EXPECT_NE(disk.openssl("x509 -noout -ext crlDistributionPoints -in nist/dp-auth.cert.pem")
                  .find("http://ci.example.com/ci.crl"),
              std::string::npos);
}

TEST(pki, broken_certificates_are_broken_in_one_thing) {
    const auto loaded = [](const std::string& file) {
        return load_certificate(base::view(pki().at("negative/nist/" + file))).value();
    };
    EXPECT_EQ(loaded("cards/expired/euicc.cert.der")->not_after, made_at - base::days(1));
    EXPECT_EQ(loaded("cards/expired/euicc.cert.der")->not_before, made_at - base::days(30));
    EXPECT_EQ(loaded("cards/not-yet-valid/euicc.cert.der")->not_before, made_at + base::days(1));
    EXPECT_TRUE(loaded("cards/wrong-role/euicc.cert.der")->has_role(role::dp_auth));
    EXPECT_TRUE(loaded("cards/no-role/euicc.cert.der")->policies.empty());
    EXPECT_EQ(loaded("cards/wrong-key-usage/euicc.cert.der")->key_usage, 1U << key_agreement);
    EXPECT_EQ(loaded("cards/foreign-organization/euicc.cert.der")->subject.organization, "Somebody Else");
    EXPECT_TRUE(loaded("cards/outside-constraint/euicc.cert.der")->subject.serial_number.starts_with("89049999"));
    EXPECT_FALSE(loaded("cards/eum-not-ca/eum.cert.der")->is_ca);
    EXPECT_EQ(loaded("cards/eum-not-ca/eum.cert.der")->key_usage, 1U << digital_signature);
    EXPECT_TRUE(loaded("cards/eum-no-authority-key/eum.cert.der")->issuer_key_id.empty());
    EXPECT_EQ(loaded("servers/pb-other-oid/dp-pb.cert.der")->registered_id, "2.999.11");
    EXPECT_EQ(loaded("servers/pb-other-oid/dp-auth.cert.der")->registered_id, "2.999.10");
    EXPECT_EQ(loaded("servers/tls-wrong-name/dp-tls.cert.der")->dns_names,
              std::vector<std::string>{"other.example.com"});
    std::vector<std::string> eids;
    for (const auto& one : broken_cards())
        eids.push_back(loaded("cards/" + one.name + "/euicc.cert.der")->subject.serial_number);
    for (std::size_t i = 0; i < eids.size(); ++i)
        EXPECT_EQ(eids[i], eid_with_checks(broken_cards()[i].foreign_prefix ? "89049999" : "89049032", 9001 + i))
            << broken_cards()[i].name;
    auto plan = test_plan();
    plan.eid_prefix = "89049999";
    plan.curves = {curve::p256};
    for (const auto& file : make_pki(plan).value())
        if (file.name == "negative/nist/cards/outside-constraint/euicc.cert.der")
            EXPECT_TRUE((*load_certificate(base::view(file.content)))->subject.serial_number.starts_with("89049998"));
}

TEST(pki, the_revocation_list_is_of_a_year_and_lists_what_was_revoked) {
    const auto ci = load_certificate(base::view(pki().at("nist/ci.cert.der"))).value();
    const auto list = parse_crl(base::view(pki().at("nist/ci.crl.der")), *ci).value();
    EXPECT_EQ(list.this_update, made_at - base::hours(1));
    EXPECT_EQ(list.next_update, made_at + base::days(365));
    EXPECT_EQ(base::hex(list.number), "6b02cb30") << "the time in seconds";
    const auto lists = [&](const char* file) {
        const auto one = load_certificate(base::view(pki().at(file))).value();
        return list.serials.contains(std::string(base::text(one->serial)));
    };
    EXPECT_TRUE(lists("negative/nist/servers/auth-revoked/dp-auth.cert.der"));
    EXPECT_TRUE(lists("negative/nist/servers/pb-revoked/dp-pb.cert.der"));
    EXPECT_TRUE(lists("negative/nist/cards/eum-revoked/eum.cert.der"));
    EXPECT_FALSE(lists("nist/dp-auth.cert.der"));
    EXPECT_TRUE(pki().contains("negative/nist/servers/auth-expired/ci.crl.pem"));
    EXPECT_FALSE(pki().contains("negative/nist/servers/foreign-ci/ci.crl.pem")) << "the other root has none";
    const pki_on_disk disk;
    EXPECT_NE(disk.openssl("crl -noout -text -in nist/ci.crl.pem").find("Authority Key Identifier"), std::string::npos);
    EXPECT_NE(disk.openssl("crl -noout -text -in nist/ci.crl.pem").find("Version 2"), std::string::npos);
    auto plan = test_plan();
    plan.negative = false;
    plan.operators.clear();
    for (const auto& file : make_pki(plan).value()) {
        EXPECT_FALSE(file.name.starts_with("negative") || file.name.starts_with("es2")) << file.name;
        if (file.name == "nist/ci.crl.der") EXPECT_TRUE(file.content.size() < pki().at("nist/ci.crl.der").size());
    }
}

TEST(pki, eids_are_the_prefix_the_number_and_the_check_digits_of_sgp_29) {
    EXPECT_EQ(eid_with_checks("89049032", 1).substr(0, 30), "890490320000000000000000000001");
    EXPECT_EQ(eid_with_checks("890490321234512345123456789012", 0), "89049032123451234512345678901235");
    EXPECT_EQ(eid_with_checks("8904903212345123451234567890", 12), "89049032123451234512345678901235");
    EXPECT_EQ(eid_with_checks("8904903212345123451234567890", 9912), "89049032123451234512345678901235")
        << "its last digits fit";
    bool small = false;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const auto eid = eid_with_checks("89049032", i);
        EXPECT_EQ(eid.size(), 32U);
        EXPECT_TRUE(base::eid::parse(eid)) << eid;
        small = small || eid[30] == '0';
    }
    EXPECT_TRUE(small) << "check digits below 10 have a zero before them";
}

TEST(pki, plans_are_held_to_what_stands_in_names_and_extensions) {
    const auto words = [](auto change) {
        pki_plan plan;
        plan.now = made_at;
        plan.curves = {curve::p256};
        plan.operators.clear();
        change(plan);
        const auto made = make_pki(plan);
        return made ? std::string() : made.error().words;
    };
    EXPECT_EQ(words([](auto&) {}), "");
    for (const auto* oid : {"2", ".2.999", "2.999.", "2..999", "2.999/1", "2.999:1", ""})
        EXPECT_EQ(words([&](auto& plan) { plan.oid = oid; }),
                  "The OID of the SM-DP+ is written with dots, as 2.999.10.")
            << oid;
    for (const auto& host : {std::string("a b"), std::string("a/b"), std::string("a:b"), std::string(),
                             std::string(65, 'a'), std::string("a;b"), std::string("\x7f")})
        EXPECT_TRUE(words([&](auto& plan) { plan.host_names = {host}; }).contains("cannot be a host name")) << host;
    EXPECT_EQ(words([](auto& plan) { plan.host_names = {"2001:db8::1"}; }), "");
    EXPECT_EQ(words([](auto& plan) { plan.host_names = {std::string(64, 'a')}; }), "");
    EXPECT_EQ(words([](auto& plan) { plan.eum_organization = std::string(65, 'a'); }),
              "The manufacturer's name cannot stand in a certificate.");
    EXPECT_EQ(words([](auto& plan) { plan.eum_organization = "\xe4\xbf\x9d a-b"; }), "");
    for (const auto* prefix : {"8904903", "890490321", "8904903/", "8904903:"})
        EXPECT_EQ(words([&](auto& plan) {
                      plan.eids = {own_eid()};
                      plan.eid_prefix = prefix;
                  }),
                  "The manufacturer's EID prefix is 8 digits.")
            << prefix;
    EXPECT_TRUE(
        words([](auto& plan) { plan.eids = {eid_with_checks("89049999", 1)}; }).contains("does not begin with"));
    EXPECT_TRUE(words([](auto& plan) { plan.operators = {"A"}; }).contains("cannot name an operator"));
    EXPECT_FALSE(writable_in_certificate(""));
    for (const char odd : std::string_view("\\\"'#$,;=@[]\n\x1f"))
        EXPECT_FALSE(writable_in_certificate(std::string(1, odd))) << odd;
    EXPECT_TRUE(writable_in_certificate(" ~!"));
    EXPECT_TRUE(writable_in_certificate("\x80"));
}

TEST(pki, the_readme_has_a_line_for_each_file_that_has_words) {
    const auto plan = test_plan();
    const std::string longest(44, 'n'), shorter(43, 'n');
    const auto text = pki_readme(
        plan, {{"a", "", false, "first"}, {"b", "", false, ""}, {longest, "", false, "x"}, {shorter, "", false, "y"}});
    EXPECT_TRUE(text.contains("\na" + std::string(43, ' ') + "first\n")) << text;
    EXPECT_FALSE(text.contains("\nb"));
    EXPECT_TRUE(text.contains(longest + " x\n"));
    EXPECT_TRUE(text.contains(shorter + " y\n"));
    EXPECT_TRUE(text.contains("SM-DP+ OID 2.999.10, host names smdpp.example.com 127.0.0.1."));
}

TEST(pki, cards_that_cannot_be_made_say_why) {
    const auto eid = eid_with_checks("89049032", 5);
    const auto words = [&](const std::string& who, const char* ci, const char* eum, const char* key) {
        const auto made =
            make_card("x", who, pki().contains(ci) ? pki().at(ci) : ci, pki().contains(eum) ? pki().at(eum) : eum,
                      pki().contains(key) ? pki().at(key) : key, made_at);
        return made ? std::to_string(made->size()) : made.error().words;
    };
    EXPECT_EQ(words(eid, "nist/ci.cert.pem", "nist/eum.cert.pem", "nist/eum.key.pem"), "8");
    EXPECT_EQ(words(eid, "brainpool/ci.cert.pem", "brainpool/eum.cert.pem", "brainpool/eum.key.pem"), "8");
    EXPECT_TRUE(words("8904", "nist/ci.cert.pem", "nist/eum.cert.pem", "nist/eum.key.pem").contains("EID"));
    EXPECT_TRUE(words(eid, "x", "nist/eum.cert.pem", "nist/eum.key.pem").contains("The certificate cannot be read"));
    EXPECT_TRUE(words(eid, "nist/ci.cert.pem", "x", "nist/eum.key.pem").contains("The certificate cannot be read"));
    EXPECT_TRUE(words(eid, "nist/ci.cert.pem", "nist/eum.cert.pem", "x").contains("The key cannot be read"));
    EXPECT_TRUE(words(eid, "nist/ci.cert.pem", "nist/eum.cert.pem", "nist/ci.key.pem")
                    .contains("The key is not the one in the certificate"));
    EXPECT_TRUE(words(eid, "nist/ci.cert.pem", "nist/ci.cert.pem", "nist/ci.key.pem")
                    .contains("is not one that this manufacturer may give out"));
    EXPECT_TRUE(words(eid_with_checks("89049033", 5), "nist/ci.cert.pem", "nist/eum.cert.pem", "nist/eum.key.pem")
                    .contains("may give out"));
    EXPECT_EQ(key_pem_of_der("x"), "");
}

// -- the loader, sentence by sentence

TEST(pki_files, each_thing_that_is_wrong_has_its_sentence) {
    const auto said = [](const auto& change, std::vector<std::string> addresses = {"smdpp.example.com"}) {
        auto files = pki();
        change(files);
        return all_words(
            load_certificate_set(files_in("nist"), reader_of(files), made_at, std::move(addresses)).findings);
    };
    const auto none = [](file_map&) {};
    EXPECT_EQ(said(none), "");
    EXPECT_EQ(said(none, {"smdpp.example.com:8443"}), "") << "a port is no part of the name";
    EXPECT_EQ(said(none, {"127.0.0.1:8443"}), "") << "an address stands elsewhere";
    EXPECT_EQ(said(none, {"x.example"}), "nist/dp-tls.cert.pem: The certificate does not name x.example.\n");
    EXPECT_EQ(said([](file_map& files) { files["nist/dp-auth.key.pem"] = files["nist/dp-pb.key.pem"]; }),
              "nist/dp-auth.key.pem: The key is not the one in the certificate of DPauth.\n");
    EXPECT_EQ(said([](file_map& files) { files["nist/dp-pb.key.pem"] = "x"; }),
              "nist/dp-pb.key.pem: Not a key that can be used for DPpb: The file holds no private key that can be read "
              "without a password.\n");
    EXPECT_TRUE(said([](file_map& files) {
                    files["nist/dp-pb.cert.pem"] = "x";
                }).starts_with("nist/dp-pb.cert.pem: Not a certificate that can be used as DPpb: "));
    EXPECT_EQ(said([](file_map& files) { files["nist/dp-auth.key.pem"] = std::string(65'537, 'x'); }),
              "nist/dp-auth.key.pem: The file is larger than any certificate or key.\n");
    EXPECT_TRUE(
        said([](file_map& files) { files["nist/dp-auth.key.pem"] = std::string(65'536, 'x'); }).contains("Not a key"));
    EXPECT_TRUE(said([](file_map& files) {
                    files.erase("nist/dp-auth.key.pem");
                    files.erase("nist/dp-auth.key.der");
                }).starts_with("nist/dp-auth.key.pem: There is no file"));
    EXPECT_EQ(said([](file_map& files) { files["nist/ci.crl.pem"] = "x"; }).substr(0, 61),
              std::string("nist/ci.crl.pem: Not a revocation list of this root: DER: a l").substr(0, 61));
    EXPECT_EQ(said([](file_map& files) { files["nist/ci.crl.pem"] = files["nist/ci.crl.der"]; }), "")
        << "told apart by content";
    EXPECT_EQ(said([](file_map& files) {
                  files.erase("nist/ci.crl.pem");
                  files.erase("nist/ci.crl.der");
              }),
              "");
    const auto tls = said([](file_map& files) {
        files["nist/dp-tls.cert.pem"] = files["es2/bss.cert.pem"];
        files["nist/dp-tls.key.pem"] = files["es2/bss.key.pem"];
    });
    EXPECT_EQ(
        tls,
        "nist/dp-tls.cert.pem: The certificate is not for a TLS server.\n"
        "nist/dp-tls.cert.pem: The certificate is not of this set's root; phones must know its issuer some other way.\n"
        "nist/dp-tls.cert.pem: The certificate does not name smdpp.example.com.\n");
}

TEST(pki_files, a_root_is_one_that_may_certify_and_signed_itself) {
    const auto said = [](const char* instead) {
        auto files = pki();
        files["nist/ci.cert.pem"] = files[instead];
        return all_words(load_certificate_set(files_in("nist"), reader_of(files), made_at).findings);
    };
    const auto eum = said("nist/eum.cert.pem");
    EXPECT_TRUE(eum.contains("The certificate's policy is not that of a CI, 2.23.146.1.2.1.0."));
    EXPECT_FALSE(eum.contains("The certificate may not sign certificates."));
    EXPECT_TRUE(eum.contains("The certificate is not a root: it did not sign itself."));
    EXPECT_TRUE(eum.contains("Not a revocation list of this root"));
    const auto auth = said("nist/dp-auth.cert.pem");
    EXPECT_TRUE(auth.contains("The certificate may not sign certificates."));
    EXPECT_TRUE(said("es2/ca.cert.pem").contains("policy is not that of a CI"));
    EXPECT_FALSE(said("es2/ca.cert.pem").contains("did not sign itself"));
    EXPECT_TRUE(said("brainpool/ci.cert.pem")
                    .contains("nist/dp-auth.cert.pem: The certificate does not fit: its issuer's name is another."));
}

TEST(pki, names_have_their_parts_in_one_order_and_the_revocation_list_its_key) {
    const pki_on_disk disk;
    EXPECT_EQ(disk.openssl("x509 -noout -subject -in nist/ci.cert.pem"),
              "subject=C = CN, O = Keepline, OU = TESTCERT, CN = Test CI NIST P-256\n");
    EXPECT_EQ(disk.openssl("x509 -noout -subject -in cards/nist/" + own_eid() + "/euicc.cert.pem"),
              "subject=C = CN, O = Keepline Test EUM, serialNumber = " + own_eid() + ", CN = Test eUICC\n");
    const auto ci = load_certificate(base::view(pki().at("nist/ci.cert.der"))).value();
    EXPECT_TRUE(pki().at("nist/ci.crl.der").contains(base::text(ci->key_id)));
}

TEST(pki, files_are_explained_once_in_words) {
    std::map<std::string, std::string> about;
    for (const auto& file : make_pki(test_plan()).value()) about[file.name] = file.about;
    EXPECT_EQ(about.at("nist/ci.cert.pem"), "the root; phones trust it");
    EXPECT_EQ(about.at("nist/dp-auth.cert.pem"), "signs serverSigned1");
    EXPECT_EQ(about.at("nist/dp-pb.cert.pem"), "signs smdpSigned2 and binds packages");
    EXPECT_EQ(about.at("nist/dp-tls.cert.pem"), "the HTTPS server of ES9+ and ES2+");
    EXPECT_EQ(about.at("nist/ci.crl.pem"), "revocation list of the root");
    EXPECT_EQ(about.at("cards/nist/" + own_eid() + "/euicc.cert.pem"), "eUICC " + own_eid());
    EXPECT_EQ(about.at("es2/bss.cert.pem"), "ES2+ client certificate of bss");
    EXPECT_EQ(about.at("negative/nist/cards/expired/euicc.cert.pem"), "the eUICC's certificate expired yesterday");
    EXPECT_EQ(about.at("negative/nist/servers/pb-expired/ci.cert.pem"), "DPpb expired yesterday");
    for (const auto* name : {"dp-auth.cert.pem", "dp-pb.cert.pem", "dp-tls.cert.pem", "ci.crl.pem"})
        EXPECT_EQ(about.at(std::string("negative/nist/servers/pb-expired/") + name), "") << name;
    for (const auto& [name, words] : about)
        if (name.ends_with(".der")) EXPECT_EQ(words, "") << name;
}

TEST(pki_files, what_cannot_be_read_is_said_and_what_is_not_named_too) {
    const auto unreadable = [](const std::string& which) {
        const file_reader read = [which](const std::string& path) -> base::result<std::string> {
            if (path == which) return base::refuse(base::code::internal, "No permission.");
            return reader_of(pki())(path);
        };
        return load_certificate_set(files_in("nist"), read, made_at);
    };
    EXPECT_TRUE(
        all_words(unreadable("nist/dp-auth.cert.pem").findings).contains("nist/dp-auth.cert.pem: No permission."))
        << "the .der twin is for where there is no .pem";
    EXPECT_TRUE(unreadable("nist/dp-tls.cert.pem").has_tls);
    EXPECT_FALSE(unreadable("nist/dp-tls.cert.pem").usable());
    const auto nothing = all_words(load_certificate_set({}, reader_of(pki()), made_at).findings);
    for (const auto* what : {"CI", "DPauth", "DPpb"})
        EXPECT_TRUE(nothing.contains(std::string(what) + ": No file is named for " + what + ".\n")) << nothing;
    EXPECT_FALSE(nothing.contains("DPtls"));
    auto files = pki();
    files["nist/ci.crl.pem"] = files["nist/ci.cert.pem"] + files["nist/ci.crl.pem"];
    EXPECT_EQ(load_certificate_set(files_in("nist"), reader_of(files), made_at).revoked.size(), 1U)
        << "behind a certificate in the same file";
}

TEST(pki_files, times_are_warned_of_to_the_second) {
    const auto at = [](base::duration later) {
        return load_certificate_set(files_in("nist"), reader_of(pki()), made_at + later);
    };
    const auto tls_ends = base::days(397);
    EXPECT_FALSE(all_words(at(tls_ends - base::days(30)).findings).contains("Expires soon"));
    EXPECT_TRUE(all_words(at(tls_ends - base::days(30) + base::seconds(1)).findings)
                    .contains("nist/dp-tls.cert.pem: Expires soon, on 2027-12-24"));
    EXPECT_FALSE(all_words(at(base::days(365)).findings).contains("A newer revocation list"));
    EXPECT_TRUE(all_words(at(base::days(365) + base::seconds(1)).findings)
                    .contains("A newer revocation list was due on 2027-11-22"));
    EXPECT_TRUE(at(tls_ends).usable());
    EXPECT_TRUE(
        all_words(at(tls_ends + base::seconds(1)).findings).contains("nist/dp-tls.cert.pem: Expired on 2027-12-24"));
    EXPECT_EQ(at(tls_ends + base::seconds(1)).expired, 1U);
    EXPECT_TRUE(at(-base::hours(1)).usable());
    EXPECT_TRUE(
        all_words(at(-base::hours(1) - base::seconds(1)).findings).contains("Not valid before 2026-11-22T11:00:00"));
    EXPECT_FALSE(at(base::duration{}).only_expired()) << "nothing is wrong with it";
    auto also_broken = at(tls_ends + base::seconds(1));
    also_broken.findings.push_back({gravity::error, "x", "y"});
    EXPECT_FALSE(also_broken.only_expired());
}

TEST(pki_files, a_server_trusts_each_root_once_and_further_ones_too) {
    const auto read = reader_of(pki());
    const auto nist = load_certificate_set(files_in("nist"), read, made_at);
    const auto other = load_certificate(base::view(pki().at("brainpool/ci.cert.pem"))).value();
    const auto server = make_provider({nist, nist}, {nist.ci, other, nullptr});
    EXPECT_EQ(server.sets.size(), 2U);
    EXPECT_EQ(server.trusted->cis().size(), 2U);
    const auto expired = load_certificate_set(files_in("nist"), read, made_at + base::days(400));
    ASSERT_TRUE(expired.only_expired());
    const auto later = make_provider({expired}, {nist.ci});
    EXPECT_TRUE(later.sets.empty());
    const auto eum = pki().at("negative/nist/cards/eum-revoked/eum.cert.der"),
               euicc = pki().at("negative/nist/cards/eum-revoked/euicc.cert.der");
    EXPECT_FALSE(later.trusted->verify_euicc(base::view(euicc), base::view(eum), {}, made_at))
        << "what a root revoked stays revoked";
}

TEST(pki_files, a_card_s_own_files_are_checked) {
    const std::string place = "cards/nist/" + own_eid();
    const auto said = [&](const auto& change) {
        auto files = pki();
        change(files);
        const auto checked = check_card(place, reader_of(files), made_at);
        EXPECT_EQ(checked.eid.empty(), has_error(checked.findings));
        return all_words(checked.findings);
    };
    EXPECT_EQ(said([](file_map&) {}), "");
    EXPECT_TRUE(said([&](file_map& files) {
                    files[place + "/euicc.key.pem"] = files["nist/eum.key.pem"];
                }).contains("euicc.key.pem: The key is not the one in the certificate of eUICC."));
    EXPECT_TRUE(said([&](file_map& files) {
                    files[place + "/eum.cert.pem"] = files["brainpool/eum.cert.pem"];
                }).contains("euicc.cert.pem: "));
    EXPECT_TRUE(said([&](file_map& files) {
                    files[place + "/ci.cert.pem"] = files["nist/eum.cert.pem"];
                }).contains("ci.cert.pem: The certificate is not a root"));
    for (const auto* name : {"ci", "eum", "euicc"})
        EXPECT_TRUE(
            said([&](file_map& files) { files[place + "/" + name + ".cert.pem"] = "x"; }).contains("Not a certificate"))
            << name;
    EXPECT_EQ(check_card(place, reader_of(pki()), made_at).expiries.size(), 3U);
}

// -- the dates of files that hold certificates of any kind

TEST(x509_dates, a_file_ends_with_the_first_of_its_certificates) {
    const auto auth = pki().at("nist/dp-auth.cert.pem"), tls = pki().at("nist/dp-tls.cert.pem");
    EXPECT_EQ(first_end_in(auth), made_at + base::days(1095));
    EXPECT_EQ(first_end_in(auth + tls), made_at + base::days(397));
    EXPECT_EQ(first_end_in(tls + auth), made_at + base::days(397));
    EXPECT_EQ(first_end_in(pki().at("nist/dp-tls.cert.der")), made_at + base::days(397));
    EXPECT_EQ(first_end_in(pki().at("nist/dp-tls.key.pem")), std::nullopt);
    EXPECT_EQ(first_end_in(""), std::nullopt);
}

}  // namespace keepline::rsp
