#include "http/money_budget.hpp"

#include "desk/roles.hpp"

namespace keepline::http {

void spend_money(const call_ptr& c, const engine::stream_view& line, std::string_view kind, std::int64_t minor,
                 std::int64_t most, std::function<void(const call_ptr& c, bool over)> then) {
    domain::note_money note;
    note.of = std::string(kind) + " " + line.number().subscription->policy;
    note.line = line.public_id;
    note.minor = minor;
    note.most = most;
    auto what =
        submission_of(*c, desk::credential_stream(c->role(), c->who.who.id), domain::credential_command{note}, "money");
    what.expected_revision.reset();
    what.must_exist = false;
    if (kind == "import") what.once.reset();  // a file has many rows, and a stream remembers a thousand keys
    submit_whatever(c, std::move(what),
                    [then = std::move(then)](const call_ptr& same, const result<engine::answer>& done) {
                        if (!done && done.error().what != base::code::too_many) return same->refuse(done.error());
                        then(same, !done);
                    });
}

namespace {

struct moved {
    std::int64_t minor = 0;
    bool* over = nullptr;  // null: no money is moved
};

moved moved_by(domain::number_command& what) {
    if (auto* in = std::get_if<domain::add_money>(&what)) return {in->amount.minor, &in->over_budget};
    if (auto* out = std::get_if<domain::charge_line>(&what)) return {out->amount.minor, &out->over_budget};
    return {};
}

}  // namespace

void within_budget(const call_ptr& c, const engine::view_ptr& line, domain::number_command what,
                   std::function<void(const call_ptr& c, engine::submission what)> then) {
    const auto rules = c->core_of().rules();
    const auto& held = line->number().subscription;
    const auto* p = held ? rules->policies.find(held->policy) : nullptr;
    const auto amount = moved_by(what);
    if (!desk::is_staff(c->role()) || p == nullptr || amount.over == nullptr || amount.minor <= 0)
        return then(c, submission_of(*c, line->key, std::move(what)));
    spend_money(c, *line, "by hand", amount.minor, p->by_hand.person_day_max_minor,
                [line, what = std::move(what), then = std::move(then)](const call_ptr& same, bool over) {
                    auto counted = what;
                    *moved_by(counted).over = over;
                    then(same, submission_of(*same, line->key, std::move(counted)));
                });
}

}  // namespace keepline::http
