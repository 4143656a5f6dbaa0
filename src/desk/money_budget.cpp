#include "desk/money_budget.hpp"

#include "desk/roles.hpp"
#include "domain/number/eligibility.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {

/// The kin that is nobody: how a token came to be, not who made it. All that came so would share one day's budget.
bool is_nobody(const domain::label& name) {
    return name.text() == domain::console_name || name.text() == domain::unacknowledged_name;
}

/// One sum that grows with what is moved, on the stream of one person.
struct counted_sum {
    domain::label of;
    domain::note_money note;
};

/// The person's own, another credential of theirs is them; and one of all whom their maker made. A system stands for
/// itself, whoever made its token.
std::vector<counted_sum> sums_of(const domain::actor& who, const domain::note_money& own, int made_days) {
    std::vector<counted_sum> out{{who.person.empty() ? who.id : who.person, own}};
    if (!is_staff(who.as)) return out;
    auto shared = own;
    shared.of = "of those they made, " + own.of;
    shared.most = own.most * made_days;
    for (const auto& one : who.kin)
        if (!is_nobody(one) && std::ranges::find(out, one, &counted_sum::of) == out.end()) out.push_back({one, shared});
    return out;
}

struct spending {
    std::vector<counted_sum> sums;
    bool once = true;
    bool over = false;
    std::function<void(bool over)> then;
};

/// One stream after the other, the person's own first: who is over that waits for two, and spends nothing of the
/// others'.
void spend_next(const asked_ptr& c, const std::shared_ptr<spending>& all, std::size_t next) {
    if (next == all->sums.size()) return all->then(all->over);
    const auto& sum = all->sums[next];
    // A request that comes again counts once; but as what it moves now, should that be another amount than at first.
    auto what = submission_of(*c, credential_stream(c->role(), sum.of), domain::credential_command{sum.note},
                              "money " + std::to_string(sum.note.minor));
    what.expected_revision.reset();
    what.must_exist = false;
    if (!all->once) what.once.reset();
    submit_whatever(c, std::move(what), [all, next](const asked_ptr& same, const result<engine::answer>& done) {
        if (!done && done.error().what != base::code::too_many) return same->refuse(done.error());
        all->over = !done;
        if (all->over) return all->then(true);
        spend_next(same, all, next + 1);
    });
}

}  // namespace

moving what_moves(const asked& c, const domain::number_state& s, const domain::number_command& what) {
    const auto rules = c.core_of().rules();
    const domain::context now{
        .now = c.now(), .rules = rules.get(), .by = c.who.who, .through = c.through, .second = c.at->with.second};
    const auto done = domain::number::decide(s, what, now);
    if (!done) return moving::refused;
    const bool waits = std::ranges::any_of(
        done->events, [](const auto& one) { return std::holds_alternative<domain::second_wanted>(one); });
    return waits || done->events.empty() ? moving::nothing : moving::money;
}

void spend_money(const asked_ptr& c, const std::string& line, budget of, const domain::money& amount,
                 std::function<void(bool over)> then) {
    const auto rules = c->core_of().rules();
    const auto most = rules->policies.by_hand_in(amount.currency);
    const auto all = std::make_shared<spending>();
    domain::note_money note;
    note.of = (of == budget::import ? "import " : "by hand ") + amount.currency;
    note.line = line;
    note.minor = amount.minor;
    note.most = of == budget::import ? most.import_day_max_minor : most.person_day_max_minor;
    all->once = of != budget::import;  // a file has many rows, and a stream remembers a thousand keys
    all->sums = sums_of(c->who.who, note, most.made_days_max);
    all->then = std::move(then);
    spend_next(c, all, 0);
}

namespace {

/// Where the command says that it goes beyond the day's budget; null: it moves no money.
bool* over_budget_of(domain::number_command& what) {
    return std::visit(
        [](auto& one) -> bool* {
            if constexpr (requires { one.over_budget; } && !requires { one.update; }) return &one.over_budget;
            return nullptr;
        },
        what);
}

domain::money moved_by(const domain::number_state& s, const domain::number_command& what,
                       const domain::rule_book& rules, base::instant now) {
    if (const auto* in = std::get_if<domain::add_money>(&what)) return in->amount;
    if (const auto* out = std::get_if<domain::charge_line>(&what)) return out->amount;
    const auto change = domain::leaving_changed_by(s, what, rules, now).value_or(domain::leaving_change{});
    return {change.largest(), s.books.currency};
}

}  // namespace

void within_budget(const asked_ptr& c, const engine::view_ptr& line, domain::number_command what,
                   std::function<void(engine::submission what)> then) {
    const auto amount = moved_by(line->number(), what, *c->core_of().rules(), c->now());
    const bool counts = is_staff(c->role()) && over_budget_of(what) != nullptr && amount.minor > 0 &&
                        base::is_currency(amount.currency);
    if (!counts) return then(submission_of(*c, line->key, std::move(what)));
    if (what_moves(*c, line->number(), what) != moving::money) {
        *over_budget_of(what) = true;  // should it have become possible meanwhile, it takes two: it was not counted
        return then(submission_of(*c, line->key, std::move(what)));
    }
    spend_money(
        c, line->public_id, budget::by_hand, amount,
        [c, line, what = std::move(what), then = std::move(then)](bool over) {
            auto counted = what;
            *over_budget_of(counted) = over;
            const bool hangs_on_the_line =
                domain::leaving_changed_by(line->number(), counted, *c->core_of().rules(), c->now()).has_value();
            auto out = submission_of(*c, line->key, std::move(counted));
            // What was counted is what the line gives up as it was looked at.
            if (hangs_on_the_line && !out.expected_revision) out.expected_revision = line->revision();
            then(std::move(out));
        });
}

}  // namespace keepline::desk
