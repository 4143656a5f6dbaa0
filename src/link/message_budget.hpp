// How many messages leave: per address, per line, per prefix and in all, each within an hour and within a day. What is
// over waits (code::over_budget: the engine tries it again later, and staff see it among the effects that are tried
// again); a code that waited too long is not sent at all.
//
// The owner's own number and contact points that a system vouches for count towards all of these but are held by their
// own address's budget only: nobody can silence them by sending much elsewhere. What a token added later, verified by a
// code, and every code to a contact point, is held by all. So is a vouched number outside the operator's country, or in
// a satellite or premium range, wherever it came from: there a message pays whoever owns the range.
//
// An address's own budget can be spent by whoever has it vouched for with other lines. So what the owner of a line must
// hear has a reserve: so much about this line at this address, and as much about its case, leaves whatever was sent
// there about others. What must be heard, other notices and codes are counted apart in all budgets.
//
// Counts are kept in a fixed sketch: no attacker's list of addresses makes it grow, and a keyed hash keeps anybody from
// aiming at another's counter. They may count a little too much, never too little. Not kept over a restart: what must
// be (how often one line or person is told, how many codes they get) is counted in their own state by the core.
// Thread-safe.
#pragma once

#include "base/digest.hpp"
#include "domain/number/line.hpp"
#include "port/metrics.hpp"
#include "port/number_ranges.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::link {

struct message_limits {  // within an hour, within a day; zero: no limit
    struct both {
        std::int64_t hour = 0;
        std::int64_t day = 0;
    };
    both address;
    both line;
    both prefix;
    both all;
    int prefix_digits = 6;  // of an E.164 number: country and operator; the domain of a mailbox
    both reserve{};         // of what its owner must hear: of one line at one address, and of its case apart
    /// A line on any number but the operator's own is not vouched for by being a line, or an agent could order lines on
    /// numbers that pay whoever owns them; a vouched contact outside the operator's country is held by all budgets.
    port::number_ranges numbers{};
};

struct budgeted_message {
    domain::medium by = domain::medium::sms;
    std::string_view to;
    std::string_view line;  // or the subscriber, of a code to a contact point
    bool is_code = false;
    bool vouched = false;
    bool must_hear = false;  // about the line or its case, not a reminder or an answer
    bool of_case = false;
};

class message_budget {
 public:
    message_budget(message_limits limits, base::digest key, port::message_metrics* metrics);

    /// Takes its place in every count; or what it is over: "address", "line", "prefix", "all". Codes and notices, SMS
    /// and mail are counted apart.
    std::string_view take(const budgeted_message& what, base::instant now);
    /// Is this line's number one of the operator's?
    bool is_own(std::string_view number) const { return limits_.numbers.is_own(number); }
    /// It did not leave after all.
    void give_back(const budgeted_message& what, base::instant now);

 private:
    static constexpr std::size_t rows = 4;
    static constexpr std::size_t columns = 262'144;  // eight megabytes in all: a day of a million messages fits
    struct window {
        std::int64_t span_ms = 0;
        std::int64_t number = -1;  // of the span that is counted now
        std::vector<std::uint32_t> counts;
    };
    struct place {
        std::string_view budget;
        message_limits::both limit;
        std::array<std::uint32_t, rows> at{};
    };

    std::array<place, 5> places_of(const budgeted_message& what) const;
    bool is_over(const place& p) const;
    void turn(window& w, base::instant now) const;
    static std::uint32_t count(const window& w, const place& p);

    message_limits limits_;
    base::digest key_;
    port::message_metrics* metrics_;
    std::mutex mutex_;
    window hour_;
    window day_;
};

}  // namespace keepline::link
