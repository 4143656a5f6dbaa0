#include "rsp/metadata.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

profile_metadata shown() {
    return {.iccid = "8986001234567890123",
            .provider_name = "保号",
            .profile_name = "Keepline",
            .notification_address = "smdp.example.com"};
}

TEST(metadata, asks_for_a_notification_of_every_event) {
    EXPECT_EQ(base::hex(build_metadata(shown()).value()),
              "bf2581805a0a986800214365870921f39106e4bf9de58fb792084b6565706c696e65b660"
              "3016800207808110736d64702e6578616d706c652e636f6d"
              "3016800206408110736d64702e6578616d706c652e636f6d"
              "3016800205208110736d64702e6578616d706c652e636f6d"
              "3016800204108110736d64702e6578616d706c652e636f6d");
}

TEST(metadata, carries_rules_owner_icon_and_class) {
    auto what = shown();
    what.owner = profile_owner{"310260", {0x01}, {0x02, 0x03}};
    what.rules = ppr_1 | ppr_2;
    what.icon = profile_icon{true, base::bytes(1024, 0x89)};
    what.kind = profile_class::test;
    const auto der = build_metadata(what).value();
    EXPECT_THAT(base::hex(der), testing::HasSubstr("b70c800313006281010182020203"
                                                   "99020560"));
    const auto back = parse_metadata(der).value();
    EXPECT_EQ(back.iccid, what.iccid);
    EXPECT_EQ(back.owner->mcc_mnc, "310260");
    EXPECT_EQ(back.owner->gid2, what.owner->gid2);
    EXPECT_EQ(back.rules, what.rules);
    EXPECT_EQ(back.icon->image.size(), 1024u);
    EXPECT_EQ(back.kind, profile_class::test);
    EXPECT_EQ(back.notify, notify_all);
    EXPECT_EQ(back.notification_address, what.notification_address);
    EXPECT_EQ(build_metadata(back).value(), der);
}

TEST(metadata, without_an_address_has_no_notification_configuration) {
    auto what = shown();
    what.notification_address.clear();
    EXPECT_EQ(base::hex(build_metadata(what).value()),
              "bf251e5a0a986800214365870921f39106e4bf9de58fb792084b6565706c696e65");
}

TEST(metadata, that_an_euicc_would_refuse_is_refused_here) {
    const auto with = [](auto change) {
        auto what = shown();
        change(what);
        return build_metadata(what).has_value();
    };
    EXPECT_TRUE(with([](auto&) {}));
    EXPECT_FALSE(with([](auto& what) { what.iccid = "1234"; }));
    EXPECT_FALSE(with([](auto& what) { what.provider_name = std::string(33, 'a'); }));
    EXPECT_FALSE(with([](auto& what) { what.profile_name = std::string(65, 'a'); }));
    EXPECT_FALSE(with([](auto& what) { what.profile_name = "\xff"; }));
    for (const std::size_t letters : {32, 33}) {
        std::string name;
        for (std::size_t i = 0; i < letters; ++i) name += "保";
        EXPECT_EQ(with([&](auto& what) { what.provider_name = name; }), letters == 32) << "SIZE counts characters";
        EXPECT_EQ(with([&](auto& what) { what.profile_name = name + name; }), letters == 32);
    }
    auto widest = shown();
    widest.provider_name.clear();
    for (int i = 0; i < 32; ++i) widest.provider_name += "\xf0\x9f\x93\xb1";
    EXPECT_EQ(parse_metadata(build_metadata(widest).value()).value().provider_name, widest.provider_name);
    EXPECT_FALSE(with([](auto& what) { what.icon = profile_icon{true, base::bytes(1025)}; }));
    EXPECT_FALSE(with([](auto& what) { what.rules = ppr_1; }));
    EXPECT_FALSE(with([](auto& what) { what.owner = profile_owner{"4600", {}, {}}; }));
}

TEST(metadata, plmns_are_coded_as_on_the_air) {
    EXPECT_EQ(base::hex(*plmn_octets("46001")), "64f010");
    EXPECT_EQ(base::hex(*plmn_octets("310260")), "130062");
    EXPECT_FALSE(plmn_octets("3102a0"));
}

}  // namespace

}  // namespace keepline::rsp
