// Which activation code a message may carry.
#include "desk/first_code.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using base::code;
using base::label;

struct first_code_of : testing::Test {
    const base::msisdn number = base::msisdn::trusted("+8613800138000");
    const base::iccid iccid = base::iccid::trusted("8986000000433575398");
    domain::number_state line;
    std::optional<domain::esim_state> order{std::in_place};
    int reads = 0;

    first_code_of() {
        line.subscription.emplace();
        line.contacts = {{label::trusted("mail"), domain::medium::mail, true, {}, {}, {}, {}}};
        line.profiles.resize(1);
        line.profiles[0].iccid = iccid;
        line.profiles[0].matching_id = "04386-AGYFT";
        order->number = number;
        order->generation = 1;
        order->status = domain::esim_status::released;
        order->terms.matching_id = "04386-AGYFT";
    }
    base::result<std::optional<port::sent_code>> ask(const char* contact = "mail") {
        const auto read = [this](const port::stream_key& key) -> base::result<engine::view_ptr> {
            ++reads;
            auto out = std::make_shared<engine::stream_view>();
            if (key.kind == port::stream_kind::number)
                out->state = line;
            else if (order)
                out->state = *order;
            else
                return base::refuse(code::not_found, "There is no such stream.");
            return engine::view_ptr(std::move(out));
        };
        return first_code(read, "smdp.operator.example", number, iccid, label::trusted(contact));
    }
};

TEST_F(first_code_of, a_profile_that_waits_is_whole_and_says_whether_it_wants_another_code) {
    EXPECT_EQ(ask().value(), (port::sent_code{"LPA:1$smdp.operator.example$04386-AGYFT", false}));
    order->terms.confirmation = "digest";
    EXPECT_EQ(ask().value(), (port::sent_code{"LPA:1$smdp.operator.example$04386-AGYFT$$1", true}));
}

TEST_F(first_code_of, where_the_line_says_no_the_order_is_not_even_read) {
    EXPECT_EQ(ask("line").value(), std::nullopt);
    line.contacts[0].verified = false;
    EXPECT_EQ(ask().value(), std::nullopt);
    EXPECT_EQ(reads, 2);
}

TEST_F(first_code_of, an_order_that_is_another_ones_or_over_or_gone_has_none) {
    const auto whole = *order;
    order->terms.matching_id = "OTHER";
    EXPECT_EQ(ask().value(), std::nullopt);
    order = whole;
    order->generation = 2;
    EXPECT_EQ(ask().value(), std::nullopt);
    order = whole;
    order->number = base::msisdn::trusted("+8613800138001");
    EXPECT_EQ(ask().value(), std::nullopt);
    for (const auto over : {domain::esim_status::downloaded, domain::esim_status::available,
                            domain::esim_status::installed, domain::esim_status::error}) {
        order = whole;
        order->status = over;
        EXPECT_EQ(ask().value(), std::nullopt);
    }
    order.reset();
    EXPECT_EQ(ask().value(), std::nullopt);
}

}  // namespace
}  // namespace keepline::desk
