#include "desk/totp.hpp"

#include "desk/password.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

const std::string secret_of_rfc = "12345678901234567890";

TEST(totp, gives_the_codes_of_the_rfc) {
    // RFC 6238, appendix B, the last six of the eight digits.
    const auto at = [](std::int64_t seconds) { return totp_code(base::view(secret_of_rfc), seconds / 30); };
    EXPECT_EQ(at(59), "287082");
    EXPECT_EQ(at(1'111'111'109), "081804");
    EXPECT_EQ(at(1'234'567'890), "005924");
    EXPECT_EQ(at(20'000'000'000), "353130");
}

TEST(totp, takes_the_present_code_and_those_beside_it_each_once) {
    const auto secret = base::view(secret_of_rfc);
    const base::instant now{1'234'567'890'000};
    const auto present = now.ms / 30'000;
    EXPECT_EQ(totp_step(secret, "005924", now, 0), present);
    EXPECT_FALSE(totp_step(secret, "005924", now, present)) << "it was used";
    EXPECT_EQ(totp_step(secret, totp_code(secret, present + 1), now, present), present + 1);
    EXPECT_EQ(totp_step(secret, totp_code(secret, present - 1), now, 0), present - 1);
    EXPECT_FALSE(totp_step(secret, totp_code(secret, present - 2), now, 0));
    EXPECT_FALSE(totp_step(secret, "", now, 0));
    EXPECT_FALSE(totp_step(secret, "0059240", now, 0));
}

TEST(totp, a_secret_is_told_as_authenticators_take_it) {
    EXPECT_EQ(totp_secret_text(base::view(secret_of_rfc)), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    EXPECT_EQ(totp_secret_text(base::view("foo")), "MZXW6");
    EXPECT_EQ(totp_uri("Keep line", "ada", base::view("foo")),
              "otpauth://totp/Keep%20line:ada?secret=MZXW6&issuer=Keep%20line");
}

TEST(password, is_kept_as_argon2id_and_recognised) {
    const auto kept = password_verifier("correct horse battery");
    ASSERT_TRUE(kept);
    EXPECT_TRUE(kept->starts_with("$argon2id$"));
    EXPECT_TRUE(fits_password(*kept, "correct horse battery"));
    EXPECT_FALSE(fits_password(*kept, "correct horse batterx"));
    EXPECT_FALSE(fits_password("", "correct horse battery")) << "who has none";
    EXPECT_FALSE(fits_password("not a verifier", "correct horse battery"));
}

TEST(password, is_long_and_neither_the_name_nor_one_letter) {
    EXPECT_TRUE(check_password("correct horse", "ada"));
    EXPECT_TRUE(check_password("保号卡保号眼号码注销解绑冷静", "ada"));
    EXPECT_FALSE(check_password("eleven char", "ada"));
    EXPECT_FALSE(check_password("aaaaaaaaaaaaaaaa", "ada"));
    EXPECT_FALSE(check_password("I am Ada and so on", "ada"));
    EXPECT_FALSE(check_password(std::string(129, 'a') + "bcdef", "ada"));
    EXPECT_FALSE(check_password("\xFF\xFE not UTF-8 at all", "ada"));
}

}  // namespace
}  // namespace keepline::desk
