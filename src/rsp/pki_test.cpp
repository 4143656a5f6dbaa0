// The PKI maker against OpenSSL's own command line, our certificate check against its broken certificates, and the
// loader.
#include "rsp/pki.hpp"

#include "base/ids.hpp"
#include "base/temporary_directory.hpp"
#include "rsp/pki_files.hpp"
#include "rsp/pki_shapes.hpp"

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

}  // namespace keepline::rsp
