// What a device signs is believed only if every part of it is right.
#include "desk/webauthn.hpp"

#include "desk/fake_device.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace webauthn_tests {

using domain::passkey_algorithm;

const webauthn::relying_party here = webauthn::party_of("http://localhost:8090");
constexpr const char* asked = "Y2hhbGxlbmdl";

device_says right() {
    device_says out;
    out.challenge = asked;
    return out;
}
base::result<domain::passkey> made_by(const fake_device& device, const device_says& says) {
    return webauthn::check_made(here, asked, fake_device::client_data(says, "webauthn.create"), device.made_data(says));
}
base::result<std::int64_t> shown_by(const fake_device& device, const domain::passkey& known, const device_says& says) {
    return webauthn::check_signed(here, asked, known, fake_device::client_data(says, "webauthn.get"),
                                  fake_device::shown_data(says), device.signature(says));
}
/// One part each is wrong.
std::vector<device_says> all_wrong() {
    std::vector<device_says> out(12, right());
    out[0].party = "keepline.example";
    out[1].party = "localhost:8090";
    out[2].origin = "http://localhost:8091";
    out[3].origin = "https://localhost:8090";
    out[4].origin = "http://localhost:8090.evil.example";
    out[5].type = "payment.get";
    out[6].challenge = "b3RoZXI";
    out[7].challenge = "";
    out[8].flags = 0x04;  // nobody touched it
    out[9].flags = 0x01;  // nobody was verified
    out[10].more = R"(,"crossOrigin":true)";
    out[11].more = R"(,"crossOrigin":false,"topOrigin":"https://evil.example")";
    return out;
}

TEST(webauthn, the_party_is_the_host_of_the_origin) {
    EXPECT_EQ(here.id, "localhost");
    EXPECT_EQ(webauthn::party_of("https://my.operator.example").id, "my.operator.example");
    EXPECT_EQ(webauthn::party_of("").id, "");
}

class of_each_kind : public testing::TestWithParam<passkey_algorithm> {};

TEST_P(of_each_kind, what_a_device_made_signs_and_counts) {
    const fake_device device(GetParam());
    auto says = right();
    says.more = R"(,"crossOrigin":false,"later":{"more":[1,2]})";
    says.count = 3;
    const auto made = made_by(device, says);
    ASSERT_TRUE(made) << made.error().words;
    EXPECT_EQ(made->credential, device.credential());
    EXPECT_EQ(made->algorithm, GetParam());
    EXPECT_EQ(made->count, 3);
    EXPECT_FALSE(made->synced);
    says.count = 4'000'000'000U;
    const auto shown = shown_by(device, *made, says);
    ASSERT_TRUE(shown) << shown.error().words;
    EXPECT_EQ(*shown, 4'000'000'000);
}

TEST_P(of_each_kind, nothing_that_is_wrong_in_one_part_is_believed) {
    const fake_device device(GetParam());
    const auto made = made_by(device, right());
    ASSERT_TRUE(made) << made.error().words;
    int n = 0;
    for (const auto& says : all_wrong()) {
        EXPECT_FALSE(made_by(device, says)) << "made " << n;
        EXPECT_FALSE(shown_by(device, *made, says)) << "shown " << n;
        ++n;
    }
    auto swapped = right();
    swapped.type = "webauthn.create";
    EXPECT_FALSE(shown_by(device, *made, swapped)) << "a making is no sign-in";
    swapped.type = "webauthn.get";
    EXPECT_FALSE(made_by(device, swapped));
}

TEST_P(of_each_kind, a_signature_is_of_this_key_over_exactly_this) {
    const fake_device device(GetParam());
    const fake_device another(GetParam());
    const auto made = made_by(device, right());
    ASSERT_TRUE(made);
    auto spoilt = right();
    spoilt.spoils_signature = true;
    EXPECT_FALSE(shown_by(device, *made, spoilt));
    EXPECT_FALSE(shown_by(another, *made, right()));
    auto counted = right();
    counted.count = 9;  // the signature is over another count
    EXPECT_FALSE(webauthn::check_signed(here, asked, *made, fake_device::client_data(right(), "webauthn.get"),
                                        fake_device::shown_data(counted), device.signature(right())));
    EXPECT_FALSE(webauthn::check_signed(here, asked, *made, fake_device::client_data(right(), "webauthn.get") + " ",
                                        fake_device::shown_data(right()), device.signature(right())));
    EXPECT_FALSE(webauthn::check_signed(here, asked, *made, fake_device::client_data(right(), "webauthn.get"),
                                        fake_device::shown_data(right()), {}));
    auto changed = *made;
    changed.algorithm = GetParam() == passkey_algorithm::es256 ? passkey_algorithm::eddsa : passkey_algorithm::es256;
    EXPECT_FALSE(shown_by(device, changed, right()));
}

INSTANTIATE_TEST_SUITE_P(webauthn, of_each_kind,
                         testing::Values(passkey_algorithm::es256, passkey_algorithm::eddsa, passkey_algorithm::rs256),
                         [](const auto& of) { return std::string(boost::describe::enum_to_string(of.param, "")); });

TEST(webauthn, a_device_that_is_synced_says_so_always_and_never_contradicts_itself) {
    const fake_device device(passkey_algorithm::es256);
    auto synced = right();
    synced.flags = 0x1d;
    const auto made = made_by(device, synced);
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->synced);
    EXPECT_TRUE(shown_by(device, *made, synced));
    EXPECT_FALSE(shown_by(device, *made, right())) << "it was eligible for it when it was made";
    auto odd = right();
    odd.flags = 0x15;
    EXPECT_FALSE(made_by(device, odd)) << "backed up, and not eligible for it";
}

TEST(webauthn, bytes_that_are_cut_or_of_another_kind_are_refused) {
    const fake_device device(passkey_algorithm::es256);
    const auto client = fake_device::client_data(right(), "webauthn.create");
    const auto whole = device.made_data(right());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(webauthn::check_made(here, asked, client, base::byte_view(whole).first(size))) << size;
    auto keyless = whole;
    keyless[32] = 0x05;
    EXPECT_FALSE(webauthn::check_made(here, asked, client, keyless));
    auto off_curve = whole;
    off_curve.back() ^= 1U;
    EXPECT_FALSE(webauthn::check_made(here, asked, client, off_curve)) << "a point beside the curve";
    EXPECT_FALSE(webauthn::check_made(here, asked, "", whole));
    EXPECT_FALSE(webauthn::check_made(here, asked, "[]", whole));
    EXPECT_FALSE(webauthn::check_made(here, asked, client + std::string(webauthn::client_data_max, ' '), whole));
    EXPECT_EQ(webauthn::challenge_in(client).value_or(""), asked);
    EXPECT_FALSE(webauthn::challenge_in("{"));
}

}  // namespace webauthn_tests
}  // namespace
}  // namespace keepline::desk
