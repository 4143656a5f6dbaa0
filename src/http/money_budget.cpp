#include "http/money_budget.hpp"

#include "desk/roles.hpp"

#include <algorithm>

namespace keepline::http {

namespace {

/// The kin that is nobody: how a token came to be, not who made it. All that came so would share one day's budget.
bool is_nobody(const domain::label& name) {
    return name.text() == domain::console_name || name.text() == domain::unacknowledged_name;
}

/// The person of the staff and their makers; a system stands for itself, whoever made its token. Another credential of
/// one person is theirs.
std::vector<domain::label> answerable(const domain::actor& who) {
    std::vector<domain::label> out{who.person.empty() ? who.id : who.person};
    if (!desk::is_staff(who.as)) return out;
    for (const auto& one : who.kin)
        if (!is_nobody(one) && std::ranges::find(out, one) == out.end()) out.push_back(one);
    return out;
}

struct spending {
    domain::note_money note;
    bool once = true;
    std::vector<domain::label> of;
    bool over = false;
    std::function<void(const call_ptr& c, bool over)> then;
};

/// One stream after the other: whoever is over already does not keep the others from being counted.
void spend_next(const call_ptr& c, const std::shared_ptr<spending>& all, std::size_t next) {
    if (next == all->of.size()) return all->then(c, all->over);
    // A request that comes again counts once; but as what it moves now, should that be another amount than at first.
    auto what = submission_of(*c, desk::credential_stream(c->role(), all->of[next]),
                              domain::credential_command{all->note}, "money " + std::to_string(all->note.minor));
    what.expected_revision.reset();
    what.must_exist = false;
    if (!all->once) what.once.reset();
    submit_whatever(c, std::move(what), [all, next](const call_ptr& same, const result<engine::answer>& done) {
        if (!done && done.error().what != base::code::too_many) return same->refuse(done.error());
        all->over = all->over || !done;
        spend_next(same, all, next + 1);
    });
}

}  // namespace

moving what_moves(const call& c, const domain::number_state& s, const domain::number_command& what) {
    const auto rules = c.core_of().rules();
    const domain::context now{
        .now = c.now(), .rules = rules.get(), .by = c.who.who, .through = c.through, .second = c.api->with.second};
    const auto done = domain::number::decide(s, what, now);
    if (!done) return moving::refused;
    const bool waits =
        std::ranges::any_of(*done, [](const auto& one) { return std::holds_alternative<domain::second_wanted>(one); });
    return waits || done->empty() ? moving::nothing : moving::money;
}

void spend_money(const call_ptr& c, const std::string& line, budget of, const domain::money& amount,
                 std::function<void(const call_ptr& c, bool over)> then) {
    const auto rules = c->core_of().rules();
    const auto most = rules->policies.by_hand_in(amount.currency);
    const auto all = std::make_shared<spending>();
    all->note.of = (of == budget::import ? "import " : "by hand ") + amount.currency;
    all->note.line = line;
    all->note.minor = amount.minor;
    all->note.most = of == budget::import ? most.import_day_max_minor : most.person_day_max_minor;
    all->once = of != budget::import;  // a file has many rows, and a stream remembers a thousand keys
    all->of = answerable(c->who.who);
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

domain::money moved_by(const domain::number_state& s, const domain::number_command& what, base::instant now) {
    if (const auto* in = std::get_if<domain::add_money>(&what)) return in->amount;
    if (const auto* out = std::get_if<domain::charge_line>(&what)) return out->amount;
    auto change = domain::leaving_price_change(s, what, now).value_or(domain::money{});
    change.minor = std::abs(change.minor);
    return change;
}

}  // namespace

void within_budget(const call_ptr& c, const engine::view_ptr& line, domain::number_command what,
                   std::function<void(const call_ptr& c, engine::submission what)> then) {
    const auto amount = moved_by(line->number(), what, c->now());
    const bool counts = desk::is_staff(c->role()) && over_budget_of(what) != nullptr && amount.minor > 0 &&
                        base::is_currency(amount.currency);
    if (!counts) return then(c, submission_of(*c, line->key, std::move(what)));
    if (what_moves(*c, line->number(), what) != moving::money) {
        *over_budget_of(what) = true;  // should it have become possible meanwhile, it takes two: it was not counted
        return then(c, submission_of(*c, line->key, std::move(what)));
    }
    spend_money(c, line->public_id, budget::by_hand, amount,
                [line, what = std::move(what), then = std::move(then)](const call_ptr& same, bool over) {
                    auto counted = what;
                    *over_budget_of(counted) = over;
                    const bool hangs_on_the_line =
                        domain::leaving_price_change(line->number(), counted, same->now()).has_value();
                    auto out = submission_of(*same, line->key, std::move(counted));
                    // What was counted is what the line gives up as it was looked at.
                    if (hangs_on_the_line && !out.expected_revision) out.expected_revision = line->revision();
                    then(same, std::move(out));
                });
}

}  // namespace keepline::http
