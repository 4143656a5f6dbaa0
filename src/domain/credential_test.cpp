// A holder's tokens: who may say that they know of what was made past the API.
#include "domain/credential.hpp"

#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

const actor console{role::system, named("console")};
const actor ada{role::admin, named("ada"), named("ada")};

struct holder {
    credential_state s;
    instant now = at("2026-03-02T02:00:00Z");
    std::vector<effect> effects;

    result<std::size_t> apply(const credential_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(events, credential::decide(s, what, circumstances));
        effects.clear();
        for (const auto& event : events) {
            credential::evolve(s, event);
            for (auto& e : credential::react(s, event)) effects.push_back(std::move(e));
        }
        return events.size();
    }
};

issue_token past_the_api(const char* id, const char* person, token_origin how = token_origin::file) {
    issue_token out;
    out.holder = named(id);
    out.token.digest = std::string("digest of ") + id;
    out.token.as = role::admin;
    out.token.person = named(person);
    out.token.origin = how;
    out.kin_ms = base::duration{base::days{30}}.count();
    return out;
}

TEST(credential, a_token_made_past_the_api_is_acknowledged_by_another_human_being_not_by_another_token) {
    holder h;
    ASSERT_EQ(h.apply(past_the_api("night", "eve"), console), 1U);
    const actor night{role::admin, named("night"), named("eve"), {named("console")}};
    const actor eve_by_day{role::admin, named("day"), named("eve")};
    const actor made_by_eve{role::admin, named("third"), named("cleo"), {named("eve")}};
    const actor same_hand{role::admin, named("later"), named("dan"), {named("console")}};
    for (const auto& who : {night, eve_by_day, made_by_eve, same_hand})
        EXPECT_EQ(h.apply(acknowledge_tokens{}, who).error().what, code::own_application) << who.id.text();
    EXPECT_FALSE(h.s.tokens.front().acknowledged);
    EXPECT_EQ(h.apply(acknowledge_tokens{}, ada), 1U);
    EXPECT_TRUE(h.s.tokens.front().acknowledged);
}

TEST(credential, the_first_two_administrators_are_not_kept_from_acknowledging) {
    holder founder;
    ASSERT_EQ(founder.apply(past_the_api("ada", "ada", token_origin::founding), console), 1U);
    const auto first = holder_of(founder.s, founder.s.tokens.front(), founder.now);
    holder h;
    ASSERT_EQ(h.apply(past_the_api("night", "eve"), console), 1U);
    EXPECT_EQ(h.apply(acknowledge_tokens{}, first), 1U);
}

}  // namespace
}  // namespace keepline::domain
