// What the configuration says about the SM-DP+ against folders of certificates on disk: which DPtls is shown, what
// stops a start, and what only keeps one listener from being there.
#include "app/smdp_site.hpp"

#include "app/files.hpp"
#include "base/temporary_directory.hpp"
#include "rsp/pki.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

const base::instant made_at = base::instant_from_iso("2026-11-22T12:00:00Z").value();

const std::vector<rsp::pki_file>& test_pki() {
    static const auto files = [] {
        rsp::pki_plan plan;
        plan.now = made_at;
        plan.host_names = {"smdpp.example.com"};
        return rsp::make_pki(plan).value();
    }();
    return files;
}

class certificates_of_an_smdp : public ::testing::Test {
 protected:
    void SetUp() override {
        for (const auto& file : test_pki()) {
            if (!file.name.starts_with("nist/") && !file.name.starts_with("brainpool/")) continue;
            fs::create_directories((folder_ / file.name).parent_path());
            ASSERT_TRUE(write_private_file(folder_ / file.name, file.content));
        }
    }

    std::string place(const std::string& name) const { return (folder_ / name).string(); }
    void without_dptls(const std::string& curve) const {
        for (const auto* name : {"dp-tls.cert.pem", "dp-tls.cert.der", "dp-tls.key.pem", "dp-tls.key.der"})
            fs::remove(folder_ / curve / name);
    }
    std::string content(const std::string& name) const { return read_file(folder_ / name, 65'536).value(); }
    void renew(const std::string& curve, base::instant now) const {
        rsp::pki_plan plan;
        plan.now = now;
        plan.host_names = {"smdpp.example.com"};
        for (const auto& file : rsp::make_pki(plan).value())
            if (file.name.starts_with(curve + "/")) {
                EXPECT_TRUE(write_private_file(folder_ / file.name, file.content));
            }
    }
    config of(const std::vector<std::string>& curves, bool tls = true) const {
        config out;
        auto& one = out.smdp.emplace_back();
        one.name = "lab";
        one.listen = "127.0.0.1:0";
        one.address = "smdpp.example.com";
        for (const auto& curve : curves) one.certificates.push_back(place(curve));
        one.tls = tls;
        return out;
    }
    static std::string refusal(const result<smdp_data>& of) {
        if (of) return "accepted";
        EXPECT_EQ(of.error().what, base::code::config_invalid);
        return of.error().words;
    }

    base::temporary_directory folder_;
};

TEST_F(certificates_of_an_smdp, stand_beside_profile_types_whose_names_do_not_fit_on_a_sim) {
    auto how = of({"nist"});
    for (const char* name : {"Example Mobile X", "Example Mobile UK", "中国联合网络通信"}) {
        auto& type = how.profile_types.emplace_back();
        type.name = "type-" + std::to_string(how.profile_types.size());
        type.provider_name = name;
        type.algorithm = "milenage";
    }
    const auto loaded = load_smdp(how, made_at);
    ASSERT_TRUE(loaded) << loaded.error().words;
    ASSERT_EQ(loaded->warnings.size(), 2U);
    EXPECT_NE(loaded->warnings[0].find("type-2: provider_name is cut to \"Example Mobile U\""), std::string::npos);
    EXPECT_NE(loaded->warnings[1].find("\"中国联合网络通\""), std::string::npos);
}

TEST_F(certificates_of_an_smdp, show_the_dptls_of_the_first_folder_that_has_one) {
    const auto both = load_smdp(of({"nist", "brainpool"}), made_at);
    ASSERT_TRUE(both) << both.error().words;
    EXPECT_EQ(both->doors.at(0)->chain_pem, content("nist/dp-tls.cert.pem"));
    without_dptls("nist");
    const auto second = load_smdp(of({"nist", "brainpool"}), made_at);
    ASSERT_TRUE(second) << second.error().words;
    EXPECT_EQ(second->doors.at(0)->chain_pem, content("brainpool/dp-tls.cert.pem"));
    EXPECT_EQ(second->doors.at(0)->key_pem, content("brainpool/dp-tls.key.pem"));
    EXPECT_EQ(second->identities.at(0).provider->sets.size(), 2U);
    EXPECT_TRUE(second->warnings.empty());
}

TEST_F(certificates_of_an_smdp, need_a_dptls_only_where_one_is_shown) {
    without_dptls("nist");
    without_dptls("brainpool");
    const auto words = refusal(load_smdp(of({"nist", "brainpool"}), made_at));
    for (const auto& part : {std::string("[[smdp]] lab: "), place("nist/dp-tls.cert.pem"),
                             place("brainpool/dp-tls.cert.pem"), std::string("tls = false")})
        EXPECT_NE(words.find(part), std::string::npos) << words;
    const auto plain = load_smdp(of({"nist", "brainpool"}, false), made_at);
    ASSERT_TRUE(plain) << plain.error().words;
    EXPECT_TRUE(plain->doors.at(0)->chain_pem.empty());
    EXPECT_TRUE(plain->warnings.empty());
}

TEST_F(certificates_of_an_smdp, with_half_a_dptls_are_refused_even_where_it_is_not_shown) {
    fs::remove(place("brainpool/dp-tls.key.pem"));
    fs::remove(place("brainpool/dp-tls.key.der"));
    for (const bool tls : {true, false}) {
        const auto words = refusal(load_smdp(of({"nist", "brainpool"}, tls), made_at));
        EXPECT_NE(words.find(place("brainpool/dp-tls.key.pem")), std::string::npos) << words;
    }
}

TEST_F(certificates_of_an_smdp, are_one_series_of_the_metric_each_however_many_listeners_have_them) {
    auto how = of({"nist", "nist"});
    how.smdp.push_back(of({"brainpool", "nist"}, false).smdp.front());
    const auto all = load_smdp(how, made_at);
    ASSERT_TRUE(all) << all.error().words;
    std::vector<std::string> files;
    for (const auto& one : all->expiries) files.push_back(one.file);
    std::ranges::sort(files);
    EXPECT_EQ(std::ranges::adjacent_find(files), files.end());
    EXPECT_EQ(files.size(), 10U);  // CI, DPauth, DPpb, DPtls and CRL of both curves
}

TEST_F(certificates_of_an_smdp, that_have_expired_close_their_listener_and_nothing_else) {
    const auto later = made_at + base::days(5'000);
    renew("brainpool", later);
    auto how = of({"nist"});
    how.smdp.push_back(of({"nist"}, false).smdp.front());
    how.smdp.push_back(of({"nist", "brainpool"}).smdp.front());
    const auto all = load_smdp(how, later);
    ASSERT_TRUE(all) << all.error().words;
    EXPECT_FALSE(all->doors.at(0));
    EXPECT_FALSE(all->doors.at(1));
    EXPECT_EQ(all->doors.at(2)->chain_pem, content("brainpool/dp-tls.cert.pem"));
    EXPECT_EQ(all->identities.at(2).provider->sets.size(), 1U);
    ASSERT_EQ(all->expired.size(), 5U);
    EXPECT_NE(all->expired.front().find(place("nist/dp-auth.cert.pem") + ": Expired on "), std::string::npos);
    EXPECT_EQ(all->expired.at(1), "[[smdp]] lab does not listen: what it needs has expired.");
    EXPECT_TRUE(std::ranges::any_of(all->expiries, [&](const auto& one) { return one.at < later; }))
        << "for the metric";
}

TEST_F(certificates_of_an_smdp, whose_dptls_alone_has_expired_serve_wherever_it_is_not_the_one_shown) {
    const auto later = made_at + base::days(400);
    auto how = of({"nist"});
    how.smdp.push_back(of({"nist"}, false).smdp.front());
    const auto alone = load_smdp(how, later);
    ASSERT_TRUE(alone) << alone.error().words;
    EXPECT_FALSE(alone->doors.at(0));
    EXPECT_TRUE(alone->doors.at(1));
    EXPECT_EQ(alone->identities.at(1).provider->sets.size(), 1U);
    EXPECT_EQ(alone->expired, std::vector<std::string>{"[[smdp]] lab does not listen: what it needs has expired."});
    EXPECT_TRUE(std::ranges::any_of(alone->warnings, [&](const auto& words) {
        return words.contains(place("nist/dp-tls.cert.pem") + ": Expired on ");
    }));
    renew("brainpool", later);
    const auto both = load_smdp(of({"nist", "brainpool"}), later);
    ASSERT_TRUE(both) << both.error().words;
    EXPECT_EQ(both->doors.at(0)->chain_pem, content("brainpool/dp-tls.cert.pem"));
    EXPECT_EQ(both->identities.at(0).provider->sets.size(), 2U);
    EXPECT_TRUE(both->expired.empty());
}

TEST_F(certificates_of_an_smdp, that_are_wrong_in_another_way_too_stop_the_start) {
    fs::copy_file(place("brainpool/dp-auth.key.pem"), place("nist/dp-auth.key.pem"),
                  fs::copy_options::overwrite_existing);
    const auto words = refusal(load_smdp(of({"nist"}), made_at + base::days(400)));
    EXPECT_NE(words.find("nist/dp-auth.key.pem"), std::string::npos) << words;
    EXPECT_NE(words.find("Expired on "), std::string::npos) << words;
    EXPECT_NE(refusal(load_smdp(of({"brainpool"}), made_at - base::days(1))), "accepted") << "the clock may be wrong";
}

}  // namespace
}  // namespace keepline::app
