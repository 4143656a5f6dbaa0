// Packages: made, read back by a walk of its own over the bytes, checked, and refused where they are broken.
#include "rsp/profile_package.hpp"

#include "base/property.hpp"
#include "rsp/milenage.hpp"
#include "rsp/saip.hpp"
#include "rsp/saip_content.hpp"

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::bytes;

/// A second reader of DER that shares nothing with der.hpp: the value below a path of tags, each with its place among
/// the elements of that tag.
struct plain_step {
    std::uint32_t tag = 0;
    int nth = 0;
};

bytes plain_walk(byte_view in, const std::vector<plain_step>& path) {
    bytes at(in.begin(), in.end());
    for (const auto& step : path) {
        bytes found;
        bool matched = false;
        int seen = 0;
        for (std::size_t i = 0; i < at.size() && !matched;) {
            std::uint32_t tag = at[i++];
            if ((tag & 0x1f) == 0x1f) tag = tag << 8 | at.at(i++);
            std::size_t length = at.at(i++);
            if (length > 0x80) {
                const auto count = length & 0x7f;
                length = 0;
                for (std::size_t k = 0; k < count; ++k) length = length << 8 | at.at(i++);
            }
            if (tag == step.tag && seen++ == step.nth) {
                found.assign(at.begin() + static_cast<std::ptrdiff_t>(i),
                             at.begin() + static_cast<std::ptrdiff_t>(i + length));
                matched = true;
            }
            i += length;
        }
        if (!matched) return {};
        at = found;
    }
    return at;
}

std::string hex_at(byte_view in, const std::vector<plain_step>& path) { return base::hex(plain_walk(in, path)); }

class counting_random final : public random_source {
 public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) byte = next_++;
    }

 private:
    std::uint8_t next_ = 7;
};

profile_data some_data() {
    return {.iccid = base::iccid::parse("8986001234567890120").value(),
            .imsi = base::imsi::parse("460011234567895").value(),
            .msisdn = base::msisdn::parse("+8613800138000").value(),
            .mnc_digits = 2,
            .provider_name = "Keepline",
            .profile_type = "keep-9",
            .gid1 = {0x4b, 0x4c}};
}

profile_secrets some_secrets() {
    profile_secrets out;
    out.ki = "465b5ce8b199b49faa5f0a2ee238a6bc";
    out.opc = "cd63cb71954a9f4e48a5994e37a02baf";
    out.pin1 = "1234";
    out.puk1 = "12345678";
    out.pin2 = "4321";
    out.puk2 = "87654321";
    out.adm1 = "55667788";
    out.kic = "000102030405060708090a0b0c0d0e0f";
    out.kid = "101112131415161718191a1b1c1d1e1f";
    out.kik = "202122232425262728292a2b2c2d2e2f";
    return out;
}

/// A template whose EF.IMSI, EF.ACC and EF.MSISDN are made by genericFileManagement, as some vendors have it.
bytes generic_template() {
    der::writer files;
    const auto fcp = [&](const char* descriptor, const char* id, std::size_t size) {
        files.nested(0x62, [&] {
            files.octets(0x82, base::from_hex(descriptor).value()).octets(0x83, base::from_hex(id).value());
            files.octets(0x80, bytes{static_cast<std::uint8_t>(size)});
        });
    };
    files.nested(saip::pe_generic_files, [&] {
        files.nested(0xa0, [&] { files.octets(0x80, {}).number(77, 0x81); });
        files.nested(0xa1, [&] {
            files.nested(der::sequence, [&] {
                files.octets(0x80, base::from_hex("7fd0").value());
                fcp("4121", "6f07", 9);
                files.octets(0x81, base::from_hex("0809").value()).number(2, 0x02).octets(0x81, bytes{0xaa});
                fcp("4121", "6f78", 2);
                fcp("42210020", "6f40", 64);
                files.octets(0x81, bytes(32, 0x11)).octets(0x81, bytes(32, 0x22));
                fcp("4121", "6f99", 4);
                files.octets(0x81, bytes(4, 0x33));
            });
        });
    });
    bytes out;
    const auto whole = builtin_template({});
    for (const auto& one : saip::split(whole).value()) {
        if (one.raw.what == saip::pe_opt_usim) continue;
        if (one.raw.what == saip::pe_end) out.insert(out.end(), files.view().begin(), files.view().end());
        out.insert(out.end(), one.raw.whole.begin(), one.raw.whole.end());
    }
    return out;
}

std::vector<std::string> words_of_findings(byte_view package) {
    std::vector<std::string> out;
    for (const auto& one : check_package(package)) out.push_back(one.where + ": " + one.words);
    return out;
}

/// The package with one element left out, or written twice.
bytes package_without(byte_view whole, der::tag what, int times = 0) {
    bytes out;
    for (const auto& one : saip::split(whole).value())
        for (int i = 0; i < (one.raw.what == what ? times : 1); ++i)
            out.insert(out.end(), one.raw.whole.begin(), one.raw.whole.end());
    return out;
}

const std::vector<plain_step> usim{{0xb3}};

}  // namespace

TEST(profile_package, the_built_in_template_has_the_elements_of_a_minimal_profile) {
    const auto contents = read_package(builtin_template({})).value();
    EXPECT_EQ(contents.elements, (std::vector<std::string>{"header", "mf", "pukCodes", "pinCodes", "usim", "opt-usim",
                                                           "pinCodes", "akaParameter", "securityDomain", "end"}));
    EXPECT_EQ(contents.services, (std::vector<std::string>{"usim", "milenage"}));
    EXPECT_EQ(contents.major, 2u);
    EXPECT_TRUE(contents.imsi.empty());
    EXPECT_FALSE(check_package(builtin_template({})).empty()) << "a template is not a profile";
}

TEST(profile_package, each_value_is_found_where_the_specification_puts_it) {
    const auto made = personalise(builtin_template({}), some_data(), some_secrets()).value();
    const auto& package = made.package;
    EXPECT_TRUE(made.remarks.empty());
    EXPECT_EQ(words_of_findings(package), std::vector<std::string>{});
    // ProfileHeader: natural order of the digits; EF.ICCID: swapped.
    EXPECT_EQ(hex_at(package, {{0xa0}, {0x83}}), "8986001234567890120f");
    EXPECT_EQ(hex_at(package, {{0xa0}, {0x82}}), base::hex(base::view("keep-9")));
    EXPECT_EQ(hex_at(package, {{0xb0}, {0xa4}, {0x83}}), "986800214365870921f0");
    // USIM: EF.IMSI, EF.ACC (last digit 5), EF.SPN, EF.AD.
    EXPECT_EQ(hex_at(package, {{0xb3}, {0xa3}, {0x83}}),
              "084906102143658759"
              "");
    EXPECT_EQ(hex_at(package, {{0xb3}, {0xb2}, {0x83}}), "0020");
    EXPECT_EQ(hex_at(package, {{0xb3}, {0xad}, {0x83}}), "01" + base::hex(base::view("Keepline")) + "ffffffffffffffff");
    EXPECT_EQ(hex_at(package, {{0xb3}, {0xb5}, {0x83}}), "00000002");
    // EF.MSISDN: ten bytes of name, then length, type, number, and two unused bytes. EF.GID1.
    EXPECT_EQ(hex_at(package, {{0xb4}, {0xa7}, {0x83}}),
              "ffffffffffffffffffff"
              "0891"
              "683108108300f0"
              "ffffff"
              "ffff");
    EXPECT_EQ(hex_at(package, {{0xb4}, {0xa5}, {0x83}}), "4b4cffffffffffff");
    // Keys.
    EXPECT_EQ(hex_at(package, {{0xa4}, {0xa1}, {0xa1}, {0x80}}), "01");
    EXPECT_EQ(hex_at(package, {{0xa4}, {0xa1}, {0xa1}, {0x82}}), some_secrets().ki);
    EXPECT_EQ(hex_at(package, {{0xa4}, {0xa1}, {0xa1}, {0x83}}), some_secrets().opc);
    // PUKs, PIN1, ADM1, and the application's PIN2.
    EXPECT_EQ(hex_at(package, {{0xa3}, {0xa1}, {0x30, 0}, {0x81}}), "3132333435363738");
    EXPECT_EQ(hex_at(package, {{0xa3}, {0xa1}, {0x30, 1}, {0x81}}), "3837363534333231");
    EXPECT_EQ(hex_at(package, {{0xa2, 0}, {0xa1}, {0xa0}, {0x30, 0}, {0x81}}), "31323334ffffffff");
    EXPECT_EQ(hex_at(package, {{0xa2, 0}, {0xa1}, {0xa0}, {0x30, 1}, {0x81}}), "3535363637373838");
    EXPECT_EQ(hex_at(package, {{0xa2, 1}, {0xa1}, {0xa0}, {0x30, 0}, {0x81}}), "34333231ffffffff");
    EXPECT_EQ(hex_at(package, {{0xa2, 1}, {0xa1}, {0xa0}, {0x30, 0}, {0x80}}), "0081");
    // KIC, KID, KIK.
    for (int i = 0; i < 3; ++i) {
        const std::array<std::string, 3> keys{some_secrets().kic, some_secrets().kid, some_secrets().kik};
        EXPECT_EQ(hex_at(package, {{0xa6}, {0xa2}, {0x30, i}, {0x30}, {0x30}, {0x86}}),
                  keys[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(hex_at(package, {{0xaa}, {0xa0}, {0x80}}), "");
}

TEST(profile_package, what_is_not_personalised_stays_byte_for_byte) {
    const auto whole = builtin_template({});
    const auto made = personalise(whole, some_data(), some_secrets()).value();
    for (const auto& path :
         std::vector<std::vector<plain_step>>{{{0xb3}, {0xa4}}, {{0xb3}, {0xa8}}, {{0xb0}, {0xa6}}, {{0xa6}, {0xa1}}})
        EXPECT_EQ(plain_walk(whole, path), plain_walk(made.package, path));
    EXPECT_EQ(plain_walk(whole, {{0xb3}, {0xa3}, {0xa1}}), plain_walk(made.package, {{0xb3}, {0xa3}, {0xa1}}));
}

TEST(profile_package, reading_gives_back_what_was_written) {
    EXPECT_HOLDS(
        "round trip", [](std::uint64_t account, std::uint64_t subscriber, std::uint32_t number, bool long_mnc) {
            auto data = some_data();
            std::string digits = "898601" + std::to_string(100'000'000'000 + account % 100'000'000'000);
            for (char check = '0'; check <= '9'; ++check)
                if (auto iccid = base::iccid::parse(digits + check)) data.iccid = *iccid;
            data.imsi = base::imsi::parse("46000" + std::to_string(1'000'000'000 + subscriber % 1'000'000'000)).value();
            data.msisdn = base::msisdn::parse("+86" + std::to_string(100'000 + number)).value();
            data.mnc_digits = long_mnc ? 3 : 2;
            data.provider_name = number % 2 == 0 ? "保号通" : "Line $1_@";
            const auto made = personalise(builtin_template({}), data, some_secrets());
            RC_ASSERT(made.has_value());
            const auto read = read_package(made->package);
            RC_ASSERT(read.has_value());
            RC_ASSERT(read->iccid == data.iccid && read->ef_iccid == data.iccid);
            RC_ASSERT(read->imsi == data.imsi);
            RC_ASSERT(read->msisdn == data.msisdn);
            RC_ASSERT(read->provider_name == data.provider_name);
            RC_ASSERT(read->mnc_digits == data.mnc_digits);
            RC_ASSERT(read->secrets == some_secrets());
            RC_ASSERT(check_package(made->package).empty());
        });
}

TEST(profile_package, personalising_twice_is_the_same_as_once) {
    const auto once = personalise(builtin_template({}), some_data(), some_secrets()).value();
    const auto twice = personalise(once.package, some_data(), some_secrets()).value();
    EXPECT_EQ(once.package, twice.package);
}

std::string any_digits(std::size_t count) {
    return *rc::gen::container<std::string>(count, rc::gen::inRange('0', ':'));
}
std::string any_hex(std::size_t size) {
    return base::hex(*rc::gen::container<bytes>(size, rc::gen::arbitrary<std::uint8_t>()));
}
base::iccid any_iccid(std::size_t size) { return base::iccid::trusted("89" + any_digits(size - 2)); }
base::imsi any_imsi(std::size_t size) { return base::imsi::trusted("46001" + any_digits(size - 5)); }
template <typename Value>
Value perhaps(Value value) {
    return *rc::gen::arbitrary<bool>() ? value : Value{};
}

/// A profile of any form: what may be left out is there or not; now and then something does not fit.
profile_data any_data() {
    profile_data data;
    data.iccid = any_iccid(*rc::gen::element<std::size_t>(18, 19, 19, 19, 20));
    data.imsi = any_imsi(*rc::gen::inRange<std::size_t>(14, 16));
    data.msisdn = perhaps(base::msisdn::trusted("+86" + any_digits(*rc::gen::inRange<std::size_t>(8, 13))));
    data.mnc_digits = *rc::gen::element(2U, 3U);
    data.provider_name =
        *rc::gen::element<std::string>("", "Keepline", "中国联合网络通信集团", "A name that is cut somewhere", "\xff");
    data.show_provider_at_home = *rc::gen::arbitrary<bool>();
    data.profile_type = *rc::gen::element<std::string>("", "keep-9");
    data.gid1 = *rc::gen::element(bytes{}, bytes{}, bytes{0x4b, 0x4c}, bytes(9, 1));
    return data;
}

profile_secrets any_secrets(aka_algorithm algorithm) {
    profile_secrets out;
    out.algorithm = algorithm;
    const bool tuak = algorithm == aka_algorithm::tuak;
    out.ki = any_hex(tuak ? *rc::gen::element<std::size_t>(16, 32) : 16);
    out.opc = any_hex(tuak ? 32 : 16);
    out.pin1 = perhaps(std::to_string(*rc::gen::inRange(1'000, 99'999'999)));
    out.pin2 = *rc::gen::element<std::string>("", "", "", "12");  // the last is too short
    out.puk1 = perhaps(any_digits(8));
    out.adm1 = perhaps(any_digits(8));
    out.kic = perhaps(any_hex(16));
    out.kid = perhaps(any_hex(16));
    return out;
}

TEST(profile_package, a_template_that_is_known_makes_what_it_makes_when_it_is_read) {
    const auto without_numbers = package_without(builtin_template({}), saip::pe_opt_usim);
    const std::vector<bytes> all{builtin_template({}),
                                 builtin_template({.algorithm = aka_algorithm::tuak}),
                                 builtin_template({.over_the_air = false}),
                                 generic_template(),
                                 without_numbers,
                                 package_without(builtin_template({}), saip::pe_mf)};
    const auto says_the_same = [](const auto& made, const auto& whole) {
        RC_ASSERT(made.has_value() == whole.has_value());
        if (!whole) {
            RC_ASSERT(made.error().what == whole.error().what && made.error().words == whole.error().words);
            return;
        }
        RC_ASSERT(made->package == whole->package);
        RC_ASSERT(made->remarks.size() == whole->remarks.size());
        for (std::size_t i = 0; i < made->remarks.size(); ++i)
            RC_ASSERT(made->remarks[i].words == whole->remarks[i].words);
    };
    int by_patches = 0;
    EXPECT_HOLDS("by patches or by the template: the same package, the same remarks, the same refusal", [&] {
        const auto& raw = *rc::gen::elementOf(all);
        const auto algorithm = *rc::gen::element(aka_algorithm::milenage, aka_algorithm::tuak);
        const package_template known(raw);
        auto secrets = any_secrets(algorithm);
        auto data = any_data();
        for (int i = 0; i < 3; ++i) {
            const auto whole = personalise(raw, data, secrets);
            by_patches += known.forms() == 1 ? 1 : 0;
            says_the_same(known.personalise(data, secrets), whole);
            if (whole && secrets.pin2.empty()) RC_ASSERT(known.forms() == 1U);
            // Another profile of the same form.
            data.iccid = any_iccid(data.iccid.text().size());
            data.imsi = any_imsi(data.imsi.text().size());
            if (!data.provider_name.empty()) data.provider_name = "Another";
            secrets.ki = any_hex(secrets.ki.size() / 2);
            secrets.opc = any_hex(secrets.opc.size() / 2);
            if (!secrets.pin1.empty()) secrets.pin1 = std::to_string(*rc::gen::inRange(1'000, 99'999'999));
        }
    });
    EXPECT_GT(by_patches, 0);
}

TEST(profile_package, a_template_is_known_form_by_form_and_only_so_many) {
    const package_template known(builtin_template({}));
    const auto copy = known;
    const auto made_of = [&](const profile_data& data, const profile_secrets& secrets = some_secrets()) {
        const auto made = known.personalise(data, secrets);
        EXPECT_EQ(made.value().package, personalise(known.view(), data, secrets).value().package);
    };
    made_of(some_data());
    EXPECT_EQ(known.forms(), 1U);
    auto other = some_data();
    other.iccid = base::iccid::parse("8986001234567890138").value();
    other.msisdn = base::msisdn::parse("+8613800138001").value();
    made_of(other);
    EXPECT_EQ(known.forms(), 1U) << "other values of the same form";
    EXPECT_EQ(copy.forms(), 1U);
    other.msisdn = {};
    made_of(other);
    EXPECT_EQ(known.forms(), 2U) << "without a number";
    for (int i = 0; i < 20; ++i) {
        other.profile_type = "type-" + std::to_string(i);
        made_of(other);
    }
    EXPECT_EQ(known.forms(), package_template::forms_max);
    auto secrets = some_secrets();
    secrets.pin1 = "12";
    EXPECT_EQ(known.personalise(some_data(), secrets).error().words, "A PIN has 4 to 8 digits, a PUK 8.");
    EXPECT_FALSE(package_template().personalise(some_data(), some_secrets()));
}

TEST(profile_package, files_made_by_generic_file_management_are_filled_too) {
    auto secrets = some_secrets();
    const auto made = personalise(generic_template(), some_data(), secrets).value();
    const std::vector<plain_step> commands{{0xa1}, {0xa1}, {0x30}};
    const auto content = [&](int nth) {
        auto path = commands;
        path.push_back({0x81, nth});
        return hex_at(made.package, path);
    };
    EXPECT_EQ(content(0), "084906102143658759");
    EXPECT_EQ(content(1), "0020");
    EXPECT_EQ(content(2), std::string(36, 'f') + "0891683108108300f0ffffffffff" + std::string(64, '2'));
    EXPECT_EQ(content(3), "33333333") << "a file that nobody knows stays";
    auto path = commands;
    path.push_back({0x02, 0});
    EXPECT_TRUE(plain_walk(made.package, path).empty()) << "the old offsets went with the old content";
    EXPECT_EQ(read_package(made.package).value().msisdn, some_data().msisdn);
}

TEST(profile_package, a_tuak_template_takes_tuak_keys_only) {
    const auto whole = builtin_template({.algorithm = aka_algorithm::tuak});
    const auto room = [](const bytes& of, std::uint32_t tag) {
        return hex_at(of, {{0xa4}, {0xa1}, {0xa1}, {tag}}).size() / 2;
    };
    EXPECT_EQ(room(whole, 0x82), 16U);
    EXPECT_EQ(room(whole, 0x83), 32U) << "TOPc has 256 bits";
    EXPECT_EQ(room(builtin_template({}), 0x82), 16U);
    EXPECT_EQ(room(builtin_template({}), 0x83), 16U) << "OPc has 128 bits";
    EXPECT_FALSE(personalise(whole, some_data(), some_secrets()));
    auto secrets = some_secrets();
    secrets.algorithm = aka_algorithm::tuak;
    EXPECT_FALSE(personalise(whole, some_data(), secrets)) << "TOPc has 32 bytes";
    secrets.opc += secrets.opc;
    EXPECT_FALSE(personalise(builtin_template({}), some_data(), secrets));
    const auto made = personalise(whole, some_data(), secrets).value();
    EXPECT_EQ(hex_at(made.package, {{0xa4}, {0xa1}, {0xa1}, {0x80}}), "02");
    EXPECT_EQ(hex_at(made.package, {{0xa4}, {0xa1}, {0xa1}, {0x83}}), secrets.opc);
    EXPECT_EQ(words_of_findings(made.package), std::vector<std::string>{});
}

TEST(profile_package, drawn_secrets_fit_and_follow_the_operators_key) {
    counting_random random;
    const auto op = base::from_hex("cdc202d5123e20f62b6d676ac72cb318").value();
    const auto secrets = draw_secrets(random, aka_algorithm::milenage, op).value();
    milenage_key ki{};
    milenage_key op_key{};
    std::ranges::copy(base::from_hex(secrets.ki).value(), ki.begin());
    std::ranges::copy(op, op_key.begin());
    EXPECT_EQ(secrets.opc, base::hex(opc(ki, op_key)));
    const auto made = personalise(builtin_template({}), some_data(), secrets);
    ASSERT_TRUE(made);
    EXPECT_EQ(read_package(made->package).value().secrets, secrets);
    EXPECT_FALSE(draw_secrets(random, aka_algorithm::tuak, op));
    EXPECT_TRUE(draw_secrets(random, aka_algorithm::tuak, bytes(32, 1)));
}

TEST(profile_package, secrets_survive_being_sealed_as_json) {
    const auto text = base::to_json(some_secrets());
    EXPECT_EQ(base::from_json<profile_secrets>(text).value(), some_secrets());
}

TEST(profile_package, values_that_do_not_fit_are_refused_without_naming_a_secret) {
    const auto whole = builtin_template({});
    const auto refused_with = [&](auto change) {
        auto data = some_data();
        auto secrets = some_secrets();
        change(data, secrets);
        const auto made = personalise(whole, data, secrets);
        EXPECT_FALSE(made);
        auto words = made ? std::string() : made.error().words;
        for (const auto* secret : {&secrets.ki, &secrets.opc, &secrets.puk1, &secrets.kic})
            if (!secret->empty()) EXPECT_EQ(words.find(*secret), std::string::npos);
        return words;
    };
    refused_with([](auto& data, auto&) { data.imsi = {}; });
    refused_with([](auto& data, auto&) { data.mnc_digits = 4; });
    refused_with([](auto& data, auto&) { data.provider_name = "\xff\xfe"; });
    refused_with([](auto& data, auto&) { data.profile_type = std::string(101, 'x'); });
    refused_with([](auto& data, auto&) { data.gid1 = bytes(9, 1); });
    refused_with([](auto&, auto& secrets) { secrets.ki = "0011223344"; });
    refused_with([](auto&, auto& secrets) { secrets.ki = "zz"; });
    refused_with([](auto&, auto& secrets) { secrets.opc.clear(); });
    refused_with([](auto&, auto& secrets) { secrets.pin1 = "12"; });
    refused_with([](auto&, auto& secrets) { secrets.puk1 = "1234"; });
    refused_with([](auto&, auto& secrets) { secrets.kic = "0011"; });
}

TEST(profile_package, a_provider_s_name_is_cut_where_ef_spn_ends_and_nowhere_else) {
    const auto spn_with = [](const std::string& name) {
        auto data = some_data();
        data.provider_name = name;
        const auto made = personalise(builtin_template({}), data, some_secrets()).value();
        EXPECT_EQ(made.remarks.size(), read_package(made.package)->provider_name == name ? 0U : 1U) << name;
        return read_package(made.package)->provider_name;
    };
    EXPECT_EQ(spn_with("Example Mobile X"), "Example Mobile X");
    EXPECT_EQ(spn_with("Example Mobile UK"), "Example Mobile U");
    EXPECT_EQ(spn_with("Example Mobiles and more"), "Example Mobiles") << "no blank at its end";
    EXPECT_EQ(spn_with("中国联合网络通"), "中国联合网络通");
    EXPECT_EQ(spn_with("中国联合网络通信"), "中国联合网络通");
    EXPECT_EQ(spn_with("中国联合网络通信集团有限"), "中国联合网络通");
    EXPECT_EQ(spn_with("Keepline \xf0\x9f\x93\xb1 One"), "Keepline  One") << "what UCS2 does not have";
    EXPECT_EQ(spn_with("\xf0\x9f\x93\xb1"), "");
}

TEST(profile_package, a_template_without_a_place_for_the_number_is_said_so) {
    const auto made =
        personalise(package_without(builtin_template({}), saip::pe_opt_usim), some_data(), some_secrets()).value();
    ASSERT_EQ(made.remarks.size(), 1u);
    EXPECT_EQ(made.remarks[0].where, "EF.MSISDN");
    EXPECT_EQ(made.remarks[0].how_bad, gravity::warning);
    for (const auto what : {saip::pe_mf, saip::pe_usim, saip::pe_aka})
        EXPECT_FALSE(personalise(package_without(builtin_template({}), what), some_data(), some_secrets()));
}

TEST(profile_package, the_check_says_what_is_wrong) {
    const auto good = personalise(builtin_template({}), some_data(), some_secrets()).value().package;
    const auto complains = [](byte_view package, const std::string& where) {
        const auto all = check_package(package);
        return has_error(all) && std::ranges::any_of(all, [&](const finding& one) { return one.where == where; });
    };
    EXPECT_TRUE(complains(package_without(good, saip::pe_header), "header"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_end), "end"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_mf), "mf"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_mf, 2), "mf"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_usim), "opt-usim"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_aka), "akaParameter"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_puks), "pinCodes"));
    EXPECT_TRUE(complains(package_without(good, saip::pe_security_domain, 2), "securityDomain"))
        << "identification twice";
    EXPECT_TRUE(complains(bytes{}, "package"));
    EXPECT_TRUE(complains(bytes{0x30, 0x80, 0, 0}, "package"));
    auto other = some_data();
    other.iccid = base::iccid::trusted("8986001234567890112");
    const auto mixed_with = personalise(builtin_template({}), other, some_secrets()).value().package;
    bytes mixed;  // the header of one profile, the rest of another
    const auto header = saip::split(mixed_with).value().front().raw.whole;
    mixed.assign(header.begin(), header.end());
    const auto rest = package_without(good, saip::pe_header);
    mixed.insert(mixed.end(), rest.begin(), rest.end());
    EXPECT_TRUE(complains(mixed, "EF.ICCID") || complains(mixed, "header"));
    auto unpersonalised = some_secrets();
    unpersonalised.ki = std::string(32, '0');
    EXPECT_TRUE(
        complains(personalise(builtin_template({}), some_data(), unpersonalised).value().package, "akaParameter"));
}

TEST(profile_package, a_package_cut_off_anywhere_is_refused_or_found_wanting) {
    const auto good = personalise(builtin_template({}), some_data(), some_secrets()).value().package;
    for (std::size_t size = 0; size < good.size(); size += 7)
        EXPECT_TRUE(has_error(check_package(byte_view(good).first(size)))) << size;
}

TEST(saip_content, numbers_and_names_are_coded_both_ways) {
    using namespace saip;
    EXPECT_EQ(base::hex(ef_imsi(base::imsi::parse("001010123456789").value())), "080910101032547698");
    EXPECT_EQ(base::hex(ef_imsi(base::imsi::parse("00101012345678").value())), "0801101010325476f8");
    EXPECT_EQ(imsi_of_ef(base::from_hex("0801101010325476f8").value()).value().text(), "00101012345678");
    EXPECT_FALSE(imsi_of_ef(base::from_hex("080810101032547698").value()));
    EXPECT_FALSE(imsi_of_ef(bytes(9, 0xff)));
    EXPECT_EQ(base::hex(ef_spn("保号", true).value()),
              "01"
              "804fdd53f7"
              "ffffffffffffffffffffff");
    EXPECT_EQ(spn_of_ef(ef_spn("保号", true).value()).value(), "保号");
    EXPECT_FALSE(ef_spn("1234567890123456X", true));
    EXPECT_TRUE(ef_spn("1234567890123456", true));
    EXPECT_EQ(base::hex(header_iccid(base::iccid::trusted("89860012345678901234"))), "89860012345678901234");
    EXPECT_FALSE(msisdn_of_record(bytes(24, 0xff)));
    EXPECT_FALSE(pin_bytes("123"));
    EXPECT_FALSE(pin_bytes("12a4"));
    EXPECT_EQ(pin_of_bytes(pin_bytes("123456").value()), "123456");
}

// The files of the built-in template by their tags in SAIP annex A: descriptor (TS 102 222), id, rule in EF.ARR, size,
// and what is in them.
TEST(profile_package, the_built_in_template_makes_the_files_that_a_phone_needs) {
    struct made_file {
        std::uint32_t element, field;
        const char *fcp, *content;
    };
    const auto whole = builtin_template({});
    for (const auto& one : std::initializer_list<made_file>{
             {0xb0, 0xa2, "8b032f060ec602010a", ""},                              // MF
             {0xb0, 0xa3, "8202412183022f058b032f0601800102", "ffff"},            // EF.PL
             {0xb0, 0xa4, "8202412183022fe28b032f060b", "ffffffffffffffffffff"},  // EF.ICCID
             {0xb0, 0xa5, "82044221002683022f008b032f060a800126",                 // EF.DIR
              "61184f10a0000000871002ffffffff890709000050045553494dffffffffffffffffffffffff"},
             {0xb0, 0xa7, "8202412183022f088b032f060a", "3c3c000000"},                              // EF.UMPC
             {0xb3, 0xa2, "83027fd08410a0000000871002ffffffff89070900008b032f060ec60381010a", ""},  // ADF.USIM
             {0xb3, 0xa3, "8202412183026f078b036f0602", "ffffffffffffffffff"},                      // EF.IMSI
             {0xb3, 0xa8, "8202412183026f388b036f0602", "000a170800000000000010000000"},            // EF.UST
             {0xb3, 0xad, "8202412183026f468b036f060a", "ffffffffffffffffffffffffffffffffff"},      // EF.SPN
             {0xb3, 0xae, "8202412183026f568b036f0608", "00"},                                      // EF.EST
             {0xb3, 0xb2, "8202412183026f788b036f0602", "0000"},                                    // EF.ACC
             {0xb3, 0xb5, "8202412183026fad8b036f060a", "00000002"},                                // EF.AD
             {0xb3, 0xb6, "82044221000483026fb78b036f060a800108", "11f2ff0019f1ff00"},              // EF.ECC
             {0xb4, 0xa5, "8202412183026f3e8b036f0602800108", "ffffffffffffffff"},                  // EF.GID1
             {0xb4, 0xa6, "8202412183026f3f8b036f0602800108", "ffffffffffffffff"},                  // EF.GID2
             {0xb4, 0xa7, "82044221001883026f408b036f0605800118",
              "ffffffffffffffffffffffffffffffffffffffffffffffff"}}) {
        EXPECT_EQ(hex_at(whole, {{one.element}, {one.field}, {0xa1}}), one.fcp) << one.element << one.field;
        EXPECT_EQ(hex_at(whole, {{one.element}, {one.field}, {0x83}}), one.content) << one.element << one.field;
    }
    EXPECT_EQ(hex_at(whole, {{0xb3}, {0xa9}}), "8000") << "no fixed dialling";
    for (const auto& [element, field] :
         {std::pair{0xb0U, 0xa6U}, std::pair{0xb3U, 0xa4U}}) {  // both EF.ARR: 15 records of 46
        const auto rules = hex_at(whole, {{element}, {field}, {0x83}});
        ASSERT_EQ(rules.size(), 15U * 46 * 2);
        EXPECT_EQ(rules.substr(0, 58), "8001019000800102a406830101950108800158a40683010a950108ffff");
        EXPECT_EQ(rules.substr(13 * 92, 26), "80015ea40683010a950108ffff") << "directories";
        EXPECT_TRUE(hex_at(whole, {{element}, {field}, {0xa1}}).ends_with("800202b2"));
    }
}

TEST(profile_package, the_built_in_template_numbers_its_elements_and_names_its_templates) {
    const auto whole = builtin_template({});
    EXPECT_EQ(hex_at(whole, {{0xa0}}),
              "80010281010382084b6565706c696e65830affffffffffffffffffffa50481008400a618"
              "060667810f010201060667810f010204060667810f010205");
    std::uint32_t next = 0;
    for (const auto& one : saip::split(whole).value()) {
        if (one.raw.what == saip::pe_header) continue;
        EXPECT_EQ(one.identification, ++next);
        EXPECT_TRUE(one.mandated);
    }
    EXPECT_EQ(next, 9U);
    EXPECT_EQ(saip::split(whole).value()[1].template_oid, "2.23.143.1.2.1");
    EXPECT_EQ(saip::split(whole).value()[4].template_oid, "2.23.143.1.2.4");
    EXPECT_EQ(saip::split(whole).value()[5].template_oid, "2.23.143.1.2.5");
    EXPECT_EQ(saip::split(builtin_template({.over_the_air = false}))->size(), 9U);
}

// Codes: key reference, value, maximal attempts (TS 102 221 §9.5.1); keys: usage, id, version, type AES (SAIP §8.7).
TEST(profile_package, the_built_in_template_has_codes_and_keys_with_their_references) {
    const auto whole = builtin_template({});
    EXPECT_EQ(hex_at(whole, {{0xa3}, {0xa1}}), "300d80010181083131313131313131300e8002008181083232323232323232");
    EXPECT_EQ(hex_at(whole, {{0xa2, 0}, {0xa1}, {0xa0}}),
              "3013800101810830303030ffffffff820101830106301480010a81083535353535353535830103840200aa");
    EXPECT_EQ(hex_at(whole, {{0xa2, 1}, {0xa1}, {0xa0}}), "301580020081810830303030ffffffff82020081830103");
    EXPECT_EQ(hex_at(whole, {{0xa4}, {0xa1}, {0xa1}}),
              "8001018101018210000000000000000000000000000000008310"
              "00000000000000000000000000000000");
    EXPECT_EQ(hex_at(whole, {{0xa6}, {0xa1}}),
              "4f07a00000015153504f08a0000001515350414f08a000000151000000820382dc0083010fc90d810280008201f08301f08701f0"
              "ea128010010000000002010206b2010000000000");
    const std::array<std::string, 3> heads{"950118820101830101", "950114820102830101", "950148820103830101"};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(hex_at(whole, {{0xa6}, {0xa2}, {0x30, i}}), heads[static_cast<std::size_t>(i)] +
                                                                  "3017301580018886"
                                                                  "10" +
                                                                  std::string(32, '0'));
    const auto tuak = builtin_template({.algorithm = aka_algorithm::tuak});
    EXPECT_EQ(hex_at(tuak, {{0xa0}, {0xa5}}), "81008500");
    EXPECT_EQ(hex_at(tuak, {{0xa4}, {0xa1}, {0xa1}, {0x80}}), "02");
}

// -- values at their limits

TEST(profile_package, keys_have_the_lengths_of_their_algorithm) {
    const auto made = [](aka_algorithm algorithm, std::size_t ki, std::size_t opc) {
        auto secrets = some_secrets();
        secrets.algorithm = algorithm;
        secrets.ki = std::string(2 * ki, '1');
        secrets.opc = std::string(2 * opc, '2');
        const auto out = personalise(builtin_template({.algorithm = algorithm}), some_data(), secrets);
        if (!out) return out.error().words;
        const auto read = read_package(out->package).value();
        EXPECT_EQ(read.secrets.algorithm, algorithm);
        EXPECT_EQ(read.secrets.ki, secrets.ki);
        EXPECT_EQ(read.secrets.opc, secrets.opc);
        return std::string();
    };
    EXPECT_EQ(made(aka_algorithm::milenage, 16, 16), "");
    EXPECT_NE(made(aka_algorithm::milenage, 32, 16), "");
    EXPECT_NE(made(aka_algorithm::milenage, 16, 32), "");
    EXPECT_EQ(made(aka_algorithm::tuak, 16, 32), "");
    EXPECT_EQ(made(aka_algorithm::tuak, 32, 32), "");
    EXPECT_NE(made(aka_algorithm::tuak, 32, 16), "");
    EXPECT_EQ(made(aka_algorithm::milenage, 0, 16), "A profile needs Ki and OPc (or TOPc).");
    EXPECT_EQ(made(aka_algorithm::milenage, 16, 0), "A profile needs Ki and OPc (or TOPc).");
    auto secrets = some_secrets();
    for (const auto other : {aka_algorithm::none, aka_algorithm::test, aka_algorithm::mapped}) {
        secrets.algorithm = other;
        EXPECT_EQ(personalise(builtin_template({}), some_data(), secrets).error().words,
                  "A profile is personalised for Milenage or TUAK.");
    }
    secrets = some_secrets();
    secrets.algorithm = aka_algorithm::tuak;
    secrets.opc += secrets.opc;
    EXPECT_EQ(personalise(builtin_template({}), some_data(), secrets).error().words,
              "The template is for Milenage, the keys are for TUAK.");
    EXPECT_EQ(
        personalise(builtin_template({.algorithm = aka_algorithm::tuak}), some_data(), some_secrets()).error().words,
        "The template is for another algorithm than Milenage.");
}

TEST(profile_package, data_is_taken_up_to_its_limits_and_refused_beyond) {
    const auto words = [](auto change) {
        auto data = some_data();
        auto secrets = some_secrets();
        change(data, secrets);
        const auto out = personalise(builtin_template({}), data, secrets);
        return out ? std::string() : out.error().words;
    };
    EXPECT_EQ(words([](auto& data, auto&) { data.iccid = {}; }), "A profile needs an ICCID and an IMSI.");
    EXPECT_EQ(words([](auto& data, auto&) { data.imsi = {}; }), "A profile needs an ICCID and an IMSI.");
    EXPECT_EQ(words([](auto& data, auto&) { data.mnc_digits = 1; }), "An MNC has 2 or 3 digits.");
    EXPECT_EQ(words([](auto& data, auto&) { data.mnc_digits = 3; }), "");
    EXPECT_EQ(words([](auto& data, auto&) { data.mnc_digits = 4; }), "An MNC has 2 or 3 digits.");
    EXPECT_EQ(words([](auto& data, auto&) { data.profile_type = std::string(100, 'x'); }), "");
    EXPECT_NE(words([](auto& data, auto&) { data.profile_type = std::string(101, 'x'); }), "");
    EXPECT_NE(words([](auto& data, auto&) { data.profile_type = "\xff"; }), "");
    EXPECT_EQ(words([](auto& data, auto&) { data.provider_name = "\xff\xfe"; }), "The provider's name is not UTF-8.");
    EXPECT_EQ(words([](auto& data, auto&) { data.gid1 = data.gid2 = bytes(8, 1); }), "");
    EXPECT_EQ(words([](auto& data, auto&) { data.gid2 = bytes(9, 1); }),
              "SAIP: what a file is to hold does not fit into it.");
    const std::string codes = "A PIN has 4 to 8 digits, a PUK 8.";
    for (const std::size_t size : {4U, 8U})
        EXPECT_EQ(words([&](auto&, auto& secrets) { secrets.pin1 = std::string(size, '1'); }), "") << size;
    for (const std::size_t size : {3U, 9U})
        EXPECT_EQ(words([&](auto&, auto& secrets) { secrets.pin1 = std::string(size, '1'); }), codes) << size;
    for (const std::size_t size : {7U, 9U})
        EXPECT_EQ(words([&](auto&, auto& secrets) { secrets.puk2 = std::string(size, '1'); }), codes) << size;
    EXPECT_EQ(words([](auto&, auto& secrets) { secrets.kid = "00"; }),
              "The over-the-air key is not hexadecimal of the right length.");
    EXPECT_EQ(words([](auto&, auto& secrets) { secrets.kik = std::string(64, '1'); }),
              "The over-the-air key is not hexadecimal of the right length.");
}

TEST(profile_package, what_is_empty_leaves_what_the_template_has) {
    auto data = some_data();
    data.provider_name.clear();
    data.profile_type.clear();
    data.gid1.clear();
    data.msisdn = {};
    auto secrets = some_secrets();
    for (auto* one : {&secrets.pin1, &secrets.pin2, &secrets.puk1, &secrets.puk2, &secrets.adm1, &secrets.kic,
                      &secrets.kid, &secrets.kik})
        one->clear();
    const auto whole = builtin_template({});
    const auto made = personalise(whole, data, secrets).value();
    EXPECT_TRUE(made.remarks.empty());
    for (const auto& path : std::vector<std::vector<plain_step>>{{{0xa2, 0}},
                                                                 {{0xa2, 1}},
                                                                 {{0xa3}},
                                                                 {{0xa6}},
                                                                 {{0xb3}, {0xad}},
                                                                 {{0xb4}, {0xa5}},
                                                                 {{0xb4}, {0xa6}},
                                                                 {{0xb4}, {0xa7}},
                                                                 {{0xa0}, {0x82}}})
        EXPECT_EQ(plain_walk(whole, path), plain_walk(made.package, path));
    const auto read = read_package(made.package).value();
    EXPECT_EQ(read.secrets.pin1, "0000");
    EXPECT_EQ(read.secrets.adm1, "55555555");
    EXPECT_EQ(read.secrets.kic, std::string(32, '0'));
    EXPECT_TRUE(read.msisdn.empty());
    EXPECT_EQ(read.provider_name, "");
    data.gid2 = {0x77};
    EXPECT_EQ(hex_at(personalise(whole, data, secrets)->package, {{0xb4}, {0xa6}, {0x83}}), "77ffffffffffffff");
    EXPECT_EQ(hex_at(personalise(whole, data, secrets)->package, {{0xb4}, {0xa5}, {0x83}}), "ffffffffffffffff");
}

TEST(profile_package, reads_what_it_says_of_itself) {
    auto data = some_data();
    data.gid2 = {0x01};
    data.mnc_digits = 3;
    data.show_provider_at_home = false;
    const auto made = personalise(builtin_template({}), data, some_secrets()).value();
    const auto read = read_package(made.package).value();
    EXPECT_EQ(read.major, 2U);
    EXPECT_EQ(read.minor, 3U);
    EXPECT_EQ(read.profile_type, "keep-9");
    EXPECT_EQ(read.mnc_digits, 3U);
    EXPECT_EQ(read.acc, "0020");
    EXPECT_EQ(base::hex(read.gid1), "4b4cffffffffffff");
    EXPECT_EQ(base::hex(read.gid2), "01ffffffffffffff");
    EXPECT_TRUE(hex_at(made.package, {{0xb3}, {0xad}, {0x83}}).starts_with("00")) << "not shown at home";
    EXPECT_EQ(hex_at(made.package, {{0xb3}, {0xb5}, {0x83}}), "00000003");
}

TEST(profile_package, a_template_without_a_place_says_for_what) {
    const auto remark = [](const bytes& from) {
        const auto made = personalise(from, some_data(), some_secrets());
        if (!made) return made.error().words;
        std::string out;
        for (const auto& one : made->remarks) out += one.where + ";";
        return out;
    };
    const auto whole = builtin_template({});
    EXPECT_EQ(remark(whole), "");
    EXPECT_EQ(remark(builtin_template({.over_the_air = false})), "securityDomain;");
    EXPECT_EQ(remark(package_without(whole, saip::pe_opt_usim)), "EF.MSISDN;");
    EXPECT_EQ(remark(package_without(whole, saip::pe_header)), "The template does not begin with a header.");
    EXPECT_EQ(remark(package_without(whole, saip::pe_mf)), "The template has no EF.ICCID.");
    EXPECT_EQ(remark(package_without(whole, saip::pe_usim)), "The template has no EF.IMSI.");
    EXPECT_EQ(remark(package_without(whole, saip::pe_aka)), "The template has no akaParameter for keys of its own.");
    EXPECT_EQ(remark(bytes{0x30}), "DER: a length is missing.");
    auto no_keys = some_secrets();
    no_keys.kic.clear();
    EXPECT_TRUE(personalise(builtin_template({.over_the_air = false}), some_data(), no_keys)->remarks.empty());
}

TEST(profile_package, only_the_first_security_domain_is_the_operators) {
    const auto two = package_without(builtin_template({}), saip::pe_security_domain, 2);
    const auto made = personalise(two, some_data(), some_secrets()).value();
    EXPECT_EQ(hex_at(made.package, {{0xa6, 0}, {0xa2}, {0x30}, {0x30}, {0x30}, {0x86}}), some_secrets().kic);
    EXPECT_EQ(hex_at(made.package, {{0xa6, 1}, {0xa2}, {0x30}, {0x30}, {0x30}, {0x86}}), std::string(32, '0'));
    EXPECT_EQ(read_package(made.package)->secrets.kic, some_secrets().kic);
    EXPECT_EQ(read_package(made.package)->secrets.kid, some_secrets().kid);
}

TEST(profile_package, drawn_codes_are_digits_of_their_lengths_each_as_likely_as_the_others) {
    /// Fills keys with one byte, and gives these bytes, one by one, to whoever draws single ones.
    class byte_by_byte final : public random_source {
     public:
        void fill(std::span<std::uint8_t> out) override {
            std::ranges::fill(out, std::uint8_t{0x42});
            if (out.size() != 1) return;
            constexpr std::array<std::uint8_t, 8> bytes{250, 255, 249, 0, 9, 10, 123, 251};
            out[0] = bytes[at_++ % bytes.size()];
        }

     private:
        std::size_t at_ = 0;
    };
    byte_by_byte random;
    const auto drawn = draw_secrets(random, aka_algorithm::milenage, bytes(16, 1)).value();
    EXPECT_EQ(drawn.pin1, "0000");
    EXPECT_EQ(drawn.pin2, "9090") << "250 and above are drawn again";
    EXPECT_EQ(drawn.puk1, "39090390");
    EXPECT_EQ(drawn.puk2.size(), 8U);
    EXPECT_EQ(drawn.adm1.size(), 8U);
    for (const auto* key : {&drawn.ki, &drawn.opc, &drawn.kic, &drawn.kid, &drawn.kik}) EXPECT_EQ(key->size(), 32U);
    const auto tuak = draw_secrets(random, aka_algorithm::tuak, bytes(32, 1)).value();
    EXPECT_EQ(tuak.ki.size(), 32U);
    EXPECT_EQ(tuak.opc.size(), 64U);
    EXPECT_EQ(tuak.algorithm, aka_algorithm::tuak);
    EXPECT_NE(tuak.opc, draw_secrets(random, aka_algorithm::tuak, bytes(32, 1), 2)->opc);
    EXPECT_FALSE(draw_secrets(random, aka_algorithm::tuak, bytes(32, 1), 0));
    for (const std::size_t size : {15U, 17U, 32U})
        EXPECT_FALSE(draw_secrets(random, aka_algorithm::milenage, bytes(size, 1)));
    for (const std::size_t size : {16U, 31U, 33U})
        EXPECT_FALSE(draw_secrets(random, aka_algorithm::tuak, bytes(size, 1)));
    EXPECT_FALSE(draw_secrets(random, aka_algorithm::test, bytes(16, 1)));
}

}  // namespace keepline::rsp
