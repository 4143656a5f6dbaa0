#include "app/zone_rule.hpp"

#include <algorithm>

namespace keepline::app {

namespace {

/// Reads from the front of what is left; `ok` falls for good at the first thing that does not fit.
class reader {
 public:
    explicit reader(std::string_view text) : left_(text) {}
    bool ok() const { return ok_; }
    bool done() const { return left_.empty(); }
    bool next_is(char c) const { return !left_.empty() && left_.front() == c; }
    bool take(char c) {
        if (!next_is(c)) return false;
        left_.remove_prefix(1);
        return true;
    }
    void want(char c) { ok_ = take(c) && ok_; }

    /// "CST" or "<-02>".
    void name() {
        const bool quoted = take('<');
        const auto end = std::ranges::find_if(left_, [&](char c) {
            const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            return quoted ? c == '>' : !letter;
        });
        ok_ = ok_ && end != left_.begin();
        left_.remove_prefix(static_cast<std::size_t>(end - left_.begin()));
        if (quoted) want('>');
    }
    unsigned number(unsigned most) {
        unsigned out = 0;
        std::size_t digits = 0;
        for (; digits < 3 && !left_.empty() && left_.front() >= '0' && left_.front() <= '9'; ++digits) {
            out = out * 10 + static_cast<unsigned>(left_.front() - '0');
            left_.remove_prefix(1);
        }
        ok_ = ok_ && digits > 0 && out <= most;
        return out;
    }
    /// "[+-]h[h[h]][:mm[:ss]]" in seconds.
    std::int32_t time() {
        const bool negative = take('-');
        if (!negative) take('+');
        auto out = static_cast<std::int32_t>(number(167)) * 3600;
        if (take(':')) out += static_cast<std::int32_t>(number(59)) * 60;
        if (take(':')) out += static_cast<std::int32_t>(number(59));
        return negative ? -out : out;
    }
    zone_rule::moment moment() {
        zone_rule::moment out;
        want(',');
        want('M');
        out.month = number(12);
        want('.');
        out.week = number(5);
        want('.');
        out.weekday = number(6);
        if (take('/')) out.at_s = time();
        ok_ = ok_ && out.month >= 1 && out.week >= 1;
        return out;
    }

 private:
    std::string_view left_;
    bool ok_ = true;
};

base::instant instant_of(const zone_rule::moment& when, int year, std::int32_t offset_before_s) {
    using namespace std::chrono;
    const auto month_of_year = std::chrono::year{year} / static_cast<int>(when.month);
    const std::chrono::weekday day_of_week{when.weekday};
    const sys_days day =
        when.week == 5 ? sys_days{month_of_year / day_of_week[last]} : sys_days{month_of_year / day_of_week[when.week]};
    const auto local_s = duration_cast<seconds>(day.time_since_epoch()).count() + when.at_s;
    return {(local_s - offset_before_s) * 1000};
}

}  // namespace

std::optional<zone_rule> parse_zone_rule(std::string_view text) {
    reader in(text);
    zone_rule out;
    in.name();
    out.standard_s = -in.time();  // POSIX counts west of Greenwich
    if (in.done()) return std::nullopt;
    in.name();
    out.summer_s = in.next_is(',') ? out.standard_s + 3600 : -in.time();
    out.summer_from = in.moment();
    out.summer_to = in.moment();
    if (!in.ok() || !in.done()) return std::nullopt;
    return out;
}

std::vector<base::zone::change> changes_in(const zone_rule& rule, int year) {
    std::vector<base::zone::change> out{{instant_of(rule.summer_from, year, rule.standard_s), rule.summer_s},
                                        {instant_of(rule.summer_to, year, rule.summer_s), rule.standard_s}};
    std::ranges::sort(out, {}, &base::zone::change::from);
    return out;
}

}  // namespace keepline::app
