// Everything that can stand in the journal is decided about: this file does not compile before. Then what the decisions
// are for.
#include "desk/seen_events.hpp"

#include <set>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

/// Is each member of T, and of the values in it, in exactly one list?
template <typename T>
consteval bool all_decided() {
    using namespace base::json_detail;
    using std::is_same_v;
    if constexpr (is_optional<T>::value || is_vector<T>::value) {
        return all_decided<typename T::value_type>();
    } else if constexpr (described<T> && !is_same_v<T, base::money> && !is_same_v<T, domain::actor>) {
        bool fine = is_decided<T>;
        boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
            const auto& to = seen<T>;
            int lists = 0;
            for (const auto list : {to.everyone, to.staff, to.nobody})
                lists += seen_detail::names(list, member.name) ? 1 : 0;
            using field = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
            fine = fine && lists == 1 && all_decided<field>();
        });
        return fine;
    } else {
        return true;
    }
}

/// A failure here names the event: decide about it, or about its new member, in desk/seen_events.hpp.
template <typename Event>
struct decided {
    static_assert(all_decided<Event>(),
                  "decide in desk/seen_events.hpp who may see this event and each of its members");
    static constexpr bool value = true;
};
template <typename Variant>
inline constexpr bool each_decided = boost::mp11::mp_all_of<base::variant_of<Variant>, decided>::value;
static_assert(each_decided<domain::number_event>);
static_assert(each_decided<domain::esim_event>);
static_assert(each_decided<domain::subscriber_event>);
static_assert(each_decided<domain::credential_event>);
static_assert(each_decided<domain::claim_event>);
static_assert(each_decided<domain::import_plan_event>);

constexpr std::array every_role{role::subscriber, role::agent, role::reviewer, role::admin, role::system};

template <typename Event>
std::string shown(Event what, role who) {
    const auto out = event_as_seen(domain::number_event(std::move(what)), who);
    return out ? out->text : "";
}

TEST(seen, digests_and_nonces_of_codes_are_for_nobody) {
    domain::otp_issued issued;
    issued.challenge.nonce = "the-nonce";
    issued.challenge.digest = "the-digest";
    domain::evidence_recorded proof;
    proof.shown.digest = "the-digest";
    for (const auto who : every_role) {
        EXPECT_EQ(shown(issued, who).find("the-"), std::string::npos);
        EXPECT_EQ(shown(proof, who).find("the-"), std::string::npos);
    }
}

TEST(seen, an_authoritys_order_is_not_the_customers_to_read) {
    domain::closure_opened opened;
    opened.blocks = {{domain::block_kind::legal_hold, domain::lift::ask_authority, false, {}, {}, "Police 7, secret"}};
    EXPECT_EQ(shown(opened, role::subscriber).find("Police"), std::string::npos);
    EXPECT_NE(shown(opened, role::subscriber).find("legal_hold"), std::string::npos) << "that it stands in the way";
    EXPECT_NE(shown(opened, role::reviewer).find("Police"), std::string::npos);
    EXPECT_EQ(shown(domain::legal_hold_set{"Police 7, secret"}, role::subscriber), "");
    opened.blocks.front().kind = domain::block_kind::contract_term;
    EXPECT_NE(shown(opened, role::subscriber).find("Police"), std::string::npos) << "their own contract is theirs";
}

TEST(seen, no_history_has_what_opens_a_download) {
    domain::profile_added added;
    added.added.matching_id = "THE-MATCHING-ID";
    for (const auto who : {role::reviewer, role::agent, role::admin, role::system, role::subscriber})
        EXPECT_EQ(shown(added, who).find("THE-"), std::string::npos);
}

TEST(seen, customers_learn_in_which_role_somebody_acted_and_not_who) {
    domain::closure_withdrawn by_staff;
    by_staff.by = {role::agent, base::label::trusted("shop-12"), base::label::trusted("ada")};
    EXPECT_EQ(shown(by_staff, role::subscriber).find("shop-12"), std::string::npos);
    EXPECT_EQ(shown(by_staff, role::subscriber).find("ada"), std::string::npos);
    EXPECT_NE(shown(by_staff, role::reviewer).find("ada"), std::string::npos);
    domain::closure_withdrawn by_them;
    by_them.by = {role::subscriber, base::label::trusted("sub-1")};
    EXPECT_NE(shown(by_them, role::subscriber).find("sub-1"), std::string::npos);
}

struct undecided {
    static constexpr std::string_view name = "undecided";
    std::string secret = "s";
};
BOOST_DESCRIBE_STRUCT(undecided, (), (secret))

TEST(seen, what_nobody_has_decided_about_is_hidden) {
    const std::variant<undecided> event{};
    for (const auto who : every_role) EXPECT_FALSE(event_as_seen(event, who));
}

}  // namespace
}  // namespace keepline::desk
