// Two administrators, and staff who sign in with accounts that these made, over fakes. For tests.
#pragma once

#include "desk/fake_door.hpp"
#include "desk/totp.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::desk::at_the_counter {

using namespace at_the_door;  // NOLINT(google-build-using-namespace): what tests of signing in share

inline const domain::actor ada{domain::role::admin, label::trusted("ada"), label::trusted("ada")};
inline const domain::actor bo{domain::role::admin, label::trusted("bo"), label::trusted("bo")};
inline const std::string good_password = "a horse is no battery";

struct staff_counter : front_door {
    staff_counter() {
        give_token("ada", domain::role::admin, "ada");
        give_token("bo", domain::role::admin, "bo");
    }
    template <typename T, typename Call>
    result<T> told_by(request in, Call call) {
        return asked_in_a_hurry<T>(std::move(in),
                                   [&](request as, reply<T> then) { call(std::move(as), std::move(then)); });
    }
    request stranger() {
        request in;
        in.correlation = "test-1";
        return in;
    }
    result<boost::json::object> open(domain::actor who, const char* name, domain::role role) {
        auto told = told_by<shown_once_told>(by(std::move(who)), [&](request as, auto then) {
            at.open_account(std::move(as), staff_account_body{label::trusted(name), role, {}, {}}, std::move(then));
        });
        if (!told) return std::unexpected(told.error());
        return boost::json::parse(told->text).as_object();
    }
    result<told<request_view>> sign(domain::actor who, const char* name, int serial) {
        return told_by<told<request_view>>(by(std::move(who)), [&](request as, auto then) {
            at.countersign_token(std::move(as), name, std::to_string(serial), nothing{}, std::move(then));
        });
    }
    result<staff_invitation_view> look_at(const char* name, const std::string& code, const std::string& from = "desk") {
        return told_by<staff_invitation_view>(stranger(), [&](request as, auto then) {
            at.read_invitation(std::move(as), from, staff_invitation_body{label::trusted(name), code}, std::move(then));
        });
    }
    std::string code_now(const std::string& secret_text) const {
        return totp_code(secret_of(secret_text), clock.now().ms / 30'000);
    }
    static base::bytes secret_of(const std::string& text) {
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        base::bytes out;
        std::uint32_t held = 0;
        int bits = 0;
        for (const char one : text) {
            held = (held << 5U) | static_cast<std::uint32_t>(letters.find(one));
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            out.push_back(static_cast<std::uint8_t>(held >> static_cast<unsigned>(bits)));
        }
        return out;
    }
    result<staff_entered> accept(const char* name, const std::string& code, const staff_invitation_view& seen,
                                 const std::string& password = good_password) {
        return told_by<staff_entered>(stranger(), [&](request as, auto then) {
            at.accept_invitation(
                std::move(as), "desk",
                staff_acceptance_body{label::trusted(name), code, seen.enrolment, password, code_now(seen.totp_secret)},
                std::move(then));
        });
    }
    result<staff_entered> enter(const char* name, const std::string& password, const std::string& totp,
                                const std::string& from = "desk") {
        return told_by<staff_entered>(stranger(), [&](request as, auto then) {
            at.sign_in_staff(std::move(as), from, staff_sign_in_body{label::trusted(name), password, totp},
                             std::move(then));
        });
    }
    void passes(base::duration time) { clock.advance(time); }
    result<request> in_session(const staff_entered& of) {
        TRY(who, at.admit_session(of.token, "peer"));
        auto out = by(who.who);
        out.who = std::move(who);
        return out;
    }
    result<staff_entered> prove(const staff_entered& of, const std::string& password, const std::string& totp) {
        TRY(in, in_session(of));
        return told_by<staff_entered>(std::move(in), [&](request as, auto then) {
            at.prove_anew(std::move(as), "desk", staff_proof_body{password, totp}, std::move(then));
        });
    }
    /// An agent's account, opened in this session or by this token.
    base::code opens(result<request> in, const char* name) {
        if (!in) return in.error().what;
        const auto told = told_by<shown_once_told>(std::move(*in), [&](request as, auto then) {
            at.open_account(std::move(as), staff_account_body{label::trusted(name), domain::role::agent, {}, {}},
                            std::move(then));
        });
        return told ? base::code::internal : told.error().what;
    }
    /// Asked for by Ada, signed by Bo, taken up by its holder; its authenticator's secret.
    std::string reviewer(const char* name) { return account(name, domain::role::reviewer); }
    std::string account(const char* name, domain::role as) {
        const auto asked = open(ada, name, as);
        EXPECT_TRUE(asked) << asked.error().words;
        const auto signed_by = sign(bo, name, static_cast<int>(asked->at("request").as_int64()));
        EXPECT_TRUE(signed_by) << signed_by.error().words;
        const std::string code(asked->at("invitation").as_string());
        const auto seen = look_at(name, code);
        EXPECT_TRUE(seen) << seen.error().words;
        const auto in = accept(name, code, *seen);
        EXPECT_TRUE(in) << in.error().words;
        passes(base::minutes{1});
        return seen->totp_secret;
    }
};

}  // namespace keepline::desk::at_the_counter
