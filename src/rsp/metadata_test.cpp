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

TEST(metadata, of_each_class_icon_and_choice_of_events_comes_back) {
    for (const auto kind : {profile_class::test, profile_class::provisioning, profile_class::operational}) {
        auto what = shown();
        what.kind = kind;
        EXPECT_EQ(parse_metadata(build_metadata(what).value())->kind, kind);
    }
    for (const bool png : {true, false}) {
        auto what = shown();
        what.icon = profile_icon{png, base::bytes(3, 0x89)};
        const auto der = build_metadata(what).value();
        EXPECT_THAT(base::hex(der), testing::HasSubstr(png ? "9301019403898989" : "9301009403898989"));
        EXPECT_EQ(parse_metadata(der)->icon->png, png);
    }
    for (std::uint32_t notify = 1; notify <= notify_all; ++notify) {
        auto what = shown();
        what.notify = notify;
        EXPECT_EQ(parse_metadata(build_metadata(what).value())->notify, notify);
    }
    auto silent = shown();
    silent.notify = 0;
    EXPECT_EQ(base::hex(build_metadata(silent).value()),
              "bf251e5a0a986800214365870921f39106e4bf9de58fb792084b6565706c696e65");
    EXPECT_EQ(parse_metadata(build_metadata(silent).value())->notify, 0U);
}

TEST(metadata, of_an_owner_has_the_group_ids_that_there_are) {
    const auto owner_of = [](profile_owner owner) {
        auto what = shown();
        what.owner = std::move(owner);
        const auto der = build_metadata(what).value();
        EXPECT_EQ(build_metadata(parse_metadata(der).value()).value(), der);
        const auto hex = base::hex(der);
        return hex.substr(hex.rfind("b7"));
    };
    EXPECT_EQ(owner_of({"46001", {}, {}}), "b705800364f010");
    EXPECT_EQ(owner_of({"46001", {0x01}, {}}), "b708800364f010810101");
    EXPECT_EQ(owner_of({"46001", {}, {0x02}}), "b708800364f010820102");
    EXPECT_EQ(owner_of({"999999", {}, {}}), "b7058003999999");
    auto what = shown();
    what.owner = profile_owner{"46001", {0x01, 0x03}, {0x02}};
    const auto back = parse_metadata(build_metadata(what).value()).value();
    EXPECT_EQ(back.owner->mcc_mnc, "46001");
    EXPECT_EQ(back.owner->gid1, what.owner->gid1);
    EXPECT_EQ(back.owner->gid2, what.owner->gid2);
}

TEST(metadata, is_refused_beyond_the_sizes_of_annex_h) {
    const auto with = [](auto change) {
        auto what = shown();
        change(what);
        return build_metadata(what).has_value();
    };
    EXPECT_TRUE(with([](auto& what) { what.notification_address = std::string(255, 'a'); }));
    EXPECT_FALSE(with([](auto& what) { what.notification_address = std::string(256, 'a'); }));
    EXPECT_FALSE(with([](auto& what) { what.notification_address = "\xff"; }));
    EXPECT_FALSE(with([](auto& what) { what.provider_name = "\xff"; }));
    EXPECT_TRUE(with([](auto& what) { what.icon = profile_icon{true, base::bytes(1024)}; }));
    EXPECT_TRUE(with([](auto& what) { what.owner = profile_owner{"46001", {}, {}}; })) << "an owner needs no rules";

    const auto read = [](std::string_view element) {
        return parse_metadata(
            base::from_hex("bf25" + base::hex(base::byte_array<1>{static_cast<std::uint8_t>(12 + element.size() / 2)}) +
                           "5a0a98680021436587092143" + std::string(element))
                .value());
    };
    ASSERT_TRUE(read(""));
    EXPECT_EQ(read("")->notify, 0U);
    EXPECT_EQ(read("")->kind, profile_class::operational) << "the default of Annex H";
    EXPECT_EQ(read("950102")->kind, profile_class::operational);
    EXPECT_FALSE(read("950103"));
    EXPECT_FALSE(read("b70480021300")) << "mccMnc has three octets";
    EXPECT_FALSE(read("b706800413000000"));
    EXPECT_FALSE(read("9401aa")->icon) << "an icon without its type is passed over";
    EXPECT_TRUE(read("93010194"
                     "01aa")
                    ->icon->png);
    EXPECT_EQ(read("9f200100")->profile_name, "") << "and so is what nobody knows";
    EXPECT_EQ(read("b60a3008800206c0"
                   "81026161")
                  ->notify,
              notify_install | notify_enable);
    EXPECT_EQ(read("b60a3008800203f8"
                   "81026161")
                  ->notify,
              notify_all)
        << "events of version 3 are not asked for";
    EXPECT_EQ(read("b614"
                   "300880020780"
                   "81026161"
                   "300880020640"
                   "81026262")
                  ->notification_address,
              "aa");
    EXPECT_EQ(parse_metadata(base::from_hex("bf250c5a0affffffffffffffffffff").value()).has_value(), false);
}

TEST(metadata, names_are_read_up_to_their_number_of_characters) {
    const auto read = [](der::tag what, std::size_t letters, std::string_view letter) {
        std::string name;
        for (std::size_t i = 0; i < letters; ++i) name += letter;
        der::writer out;
        out.nested(0xbf25, [&] { out.octets(0x5a, *iccid_to_swapped("8986001234567890123")).text(what, name); });
        return parse_metadata(out.view()).has_value();
    };
    for (const auto* letter : {"a", "\xe4\xbf\x9d", "\xf0\x9f\x93\xb1"}) {
        EXPECT_TRUE(read(0x91, 32, letter));
        EXPECT_FALSE(read(0x91, 33, letter));
        EXPECT_TRUE(read(0x92, 64, letter));
        EXPECT_FALSE(read(0x92, 65, letter));
    }
    EXPECT_FALSE(read(0x91, 1, "\xff"));
    const auto with_icon = [](std::size_t size) {
        der::writer out;
        out.nested(0xbf25, [&] {
            out.octets(0x5a, *iccid_to_swapped("8986001234567890123")).number(1, 0x93).octets(0x94, base::bytes(size));
        });
        return parse_metadata(out.view()).has_value();
    };
    EXPECT_TRUE(with_icon(1024));
    EXPECT_FALSE(with_icon(1025));
    const auto with_address = [](std::size_t size) {
        der::writer out;
        out.nested(0xbf25, [&] {
            out.octets(0x5a, *iccid_to_swapped("8986001234567890123")).nested(0xb6, [&] {
                out.nested(der::sequence, [&] { out.bits(1, 0x80).text(0x81, std::string(size, 'a')); });
            });
        });
        return parse_metadata(out.view()).has_value();
    };
    EXPECT_TRUE(with_address(255));
    EXPECT_FALSE(with_address(256));
    const auto sized = [](std::size_t size) {
        constexpr std::size_t rest = 2 * (2 + 3) + 12;
        der::writer out;
        out.nested(0xbf25, [&] {
            out.octets(0x5a, *iccid_to_swapped("8986001234567890123")).octets(0x9f7f, base::bytes(size - rest));
        });
        EXPECT_EQ(out.size(), size);
        return parse_metadata(out.view()).has_value();
    };
    EXPECT_TRUE(sized(32'768));
    EXPECT_FALSE(sized(32'769));
}

TEST(metadata, plmns_have_5_or_6_digits) {
    EXPECT_FALSE(plmn_octets("4600"));
    EXPECT_FALSE(plmn_octets("4600123"));
    for (const char odd : {'/', ':'}) EXPECT_FALSE(plmn_octets(std::string("4600") + odd)) << odd;
    EXPECT_EQ(base::hex(*plmn_octets("123456")), "216354");
    EXPECT_EQ(base::hex(*plmn_octets("90909")), "09f990");
}

}  // namespace

}  // namespace keepline::rsp
