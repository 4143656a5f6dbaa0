// Lines that begin: an order, and the import of one that exists already. Both touch two streams, the subscriber's and
// the number's. The number's remembers the Idempotency-Key; the steps on the subscriber's are already true when they
// come again, so a repeated request goes on where the first one ended, and no key is kept for them.
#include "desk/commands.hpp"
#include "desk/identifiers.hpp"
#include "desk/imported.hpp"
#include "desk/money_budget.hpp"
#include "desk/registration.hpp"
#include "desk/taking.hpp"

#include <algorithm>
#include <iterator>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

engine::submission for_subscriber(const asked& c, const label& id, domain::subscriber_command what) {
    auto out = submission_of(c, key_of_subscriber(id), std::move(what));
    out.once.reset();
    out.expected_revision.reset();  // If-Match is about the line
    return out;
}

void answer_begun(const ask_ptr<line_told>& c, const engine::answer& line, bool made) {
    c->answer({line_of(*line.view, c->shown_to()), line.view->revision(), line.replayed, made});
}

/// The last step: from now on the number is told when the subscriber's contacts change.
void attach_and_answer(const ask_ptr<line_told>& c, const domain::subscriber_state& subscriber,
                       const engine::answer& line, bool made) {
    const auto& number = line.view->number().number;
    if (std::ranges::find(subscriber.numbers, number) != subscriber.numbers.end()) return answer_begun(c, line, made);
    submit(c, for_subscriber(*c, subscriber.id, domain::attach_number{number}),
           [line, made](const ask_ptr<line_told>& same, const engine::answer&) { answer_begun(same, line, made); });
}

/// The owner is registered and the identifiers are reserved side by side; the line comes when both are done.
struct importing {
    imported_line_body line;
    import_dates dates;
    registration said;
    bool update = false;
    std::vector<std::string> owner_differs{};
    std::optional<engine::answer> registered;
    std::optional<reserved_claims> held;
    int looks = 0;  // at the line, before it is written to
};
using importing_ptr = std::shared_ptr<importing>;

bool is_new(const engine::answer& done) {
    return std::ranges::any_of(done.events, [](const auto& one) {
        const auto* of_number = std::get_if<domain::number_event>(&one);
        return of_number != nullptr && std::holds_alternative<domain::line_ordered>(*of_number);
    });
}

/// What an update of a known line would move, or one of the staff would bring with a new one: counted for who asks.
/// Nothing where two have signed. What moves nothing now is not counted: should it move something when it is its
/// turn, it takes two (`over`). Counted is what moves as the line is at this revision, so only that one is written to.
struct at_stake {
    std::string line;
    domain::money amount;
    bool over = false;
};
struct seen_line {
    std::uint64_t revision = 0;
    std::optional<at_stake> moves;
};
result<std::optional<at_stake>> money_at_stake(const asked& c, const result<engine::view_ptr>& view,
                                               const domain::import_line& what) {
    if (c.at->with.second) return std::nullopt;
    const bool known =
        view && (*view)->number().subscription && (*view)->number().subscription->status != domain::line_status::ended;
    if (!known) {
        const auto rules = c.core_of().rules();
        const auto* p = rules->policies.find(what.order.policy);
        const auto minor = domain::money_changed_by({}, what, *rules, c.now());
        if (!is_staff(c.role()) || p == nullptr || minor == 0) return std::nullopt;
        return at_stake{{}, {minor, p->currency}};
    }
    const auto& s = (*view)->number();
    const auto minor = domain::money_changed_by(s, what, *c.core_of().rules(), c.now());
    const auto moves = minor == 0 ? moving::nothing : what_moves(c, s, domain::number_command{what});
    if (moves == moving::refused) return std::nullopt;  // in the words of what refuses it
    if (moves == moving::nothing) return at_stake{{}, {}, true};
    return at_stake{(*view)->public_id, {minor, s.books.currency}};
}

result<seen_line> look_at_line(const asked& c, const domain::import_line& what) {
    const auto view = c.core_of().read(key_of_number(what.order.number));
    if (!view && view.error().what != code::not_found) return std::unexpected(view.error());
    TRY(moves, money_at_stake(c, view, what));
    return seen_line{view ? (*view)->revision() : 0, std::move(moves)};
}

void submit_import(const ask_ptr<line_told>& c, const importing_ptr& of);

/// Who moved the line meanwhile had it looked at, and counted, as it was: then that is done again.
void write_import(const ask_ptr<line_told>& c, const importing_ptr& of, domain::import_line what,
                  std::uint64_t revision) {
    constexpr int looks_max = 4;
    auto out = submission_of(*c, key_of_number(of->line.number), domain::number_command{std::move(what)});
    out.must_exist = false;
    out.reserved = of->held->as;
    if (!out.expected_revision) out.expected_revision = revision;
    submit_whatever(c, std::move(out), [of](const ask_ptr<line_told>& same, const result<engine::answer>& done) {
        if (done) return attach_and_answer(same, of->registered->view->subscriber(), *done, is_new(*done));
        const bool moved = done.error().what == code::version_mismatch && !same->expected;
        if (moved && ++of->looks < looks_max) return submit_import(same, of);
        give_back(*same, *of->held, done.error());
        same->refuse(done.error());
    });
}

void submit_import(const ask_ptr<line_told>& c, const importing_ptr& of) {
    if (!of->registered || !of->held || c->answered) return;
    auto command = import_from(of->line, of->dates, of->registered->view->subscriber());
    command.owner_print =
        c->secrets().keyed_digest("import", "", base::to_json(of->said.person) + "\n" + of->said.command.language);
    command.owner_differs = of->owner_differs;
    command.update = of->update;
    const auto seen = look_at_line(*c, command);
    if (!seen) {
        give_back(*c, *of->held, seen.error());
        return c->refuse(seen.error());
    }
    const auto revision = seen->revision;
    if (seen->moves) command.over_budget = seen->moves->over;
    if (!seen->moves || seen->moves->over) return write_import(c, of, std::move(command), revision);
    spend_money(c, seen->moves->line, budget::import, seen->moves->amount,
                [c, of, revision, command = std::move(command)](bool over) mutable {
                    command.over_budget = over;
                    write_import(c, of, std::move(command), revision);
                });
}

void reserve_import(const ask_ptr<line_told>& c, const importing_ptr& of) {
    const auto generation = generation_for(*c, of->line.number);
    if (!generation) return c->refuse(generation.error());
    auto wanted = claims_for(*c, {of->line.number, *generation}, profiles_from(of->line.profiles), "line.profiles");
    if (!wanted) return c->refuse(wanted.error());
    reserve_claims(c, std::move(*wanted), *generation,
                   [of](const ask_ptr<line_told>& same, const reserved_claims& held) {
                       of->held = held;
                       submit_import(same, of);
                   });
}

/// Somebody who was there before: what the import says of them is compared with what is known.
void compare_owner(const ask_ptr<line_told>& c, const importing_ptr& of, const engine::answer& known) {
    run_aside(c, [c, of, known]() -> afterwards {
        const auto& owner = known.view->subscriber();
        const auto text = c->at->with.vault->open(owner.id.text(), port::person_kind);
        const auto stored = text ? base::from_json<port::person>(*text) : std::unexpected(text.error());
        if (!stored)
            return [c, of, why = stored.error()] {
                if (of->held) give_back(*c, *of->held, why);
                c->refuse(why);
            };
        return [c, of, known, differs = differs_for(*c, owner, *stored, of->said)] {
            of->owner_differs = differs;
            of->registered = known;
            submit_import(c, of);
        };
    });
}

void register_import(const ask_ptr<line_told>& c, const importing_ptr& of, engine::submission what) {
    submit_whatever(c, std::move(what), [of](const ask_ptr<line_told>& same, const result<engine::answer>& done) {
        if (same->answered) return;
        if (!done) {
            if (of->held) give_back(*same, *of->held, done.error());
            return same->refuse(done.error());
        }
        if (done->events.empty()) return compare_owner(same, of, *done);
        of->registered = *done;
        submit_import(same, of);
    });
}

}  // namespace

namespace {

/// What is sent to a line is sent to its number: nobody makes lines of numbers that pay whoever owns them. An agent's
/// are the operator's own, where it says which; where it does not, one person orders so many a day.
result<void> check_number(const asked& c, const base::msisdn& number) {
    const auto& numbers = c.at->with.numbers;
    if (numbers.ranges.is_costly(number.text()))
        return refuse(code::invalid,
                      "Numbers of this range (satellite, shared cost, premium rate) are not taken here: "
                      "[messages] special_numbers names those that are.",
                      {{"field", "number"}});
    if (!is_staff(c.role())) return {};
    if (!numbers.ranges.is_own(number.text()))
        return refuse(code::forbidden, "Staff order lines on the operator's own numbers ([messages] own_numbers).",
                      {{"field", "number"}});
    if (!numbers.ranges.own.empty()) return {};
    const auto& who = c.who.who;
    if (c.at->ordered.add((who.person.empty() ? who.id : who.person).text(), c.now()) > numbers.orders_a_day)
        return refuse(code::too_many,
                      "One person orders so many lines a day while [messages] own_numbers names no number.");
    return {};
}

}  // namespace

void desk::order_line(request by, said<line_body> in, reply<line_told> then) {
    take(shared_, use::order_line, std::move(by), {}, std::move(then), [&](const ask_ptr<line_told>& c) {
        if (!in) return c->refuse(in.error());
        if (in->language)
            if (auto known = check_language("language", *in->language); !known) return c->refuse(known.error());
        if (auto taken = check_number(*c, in->number); !taken) return c->refuse(taken.error());
        const auto subscriber = c->core_of().read(key_of_subscriber(in->subscriber));
        if (!subscriber) {
            if (subscriber.error().what != code::not_found) return c->refuse(subscriber.error());
            return c->refuse({code::not_found, "There is no such subscriber; register them first."});
        }
        const auto& s = (*subscriber)->subscriber();
        if (s.erased_at) return c->refuse({code::erased, "The subscriber was erased."});
        std::optional<port::vault_row> sealed_code;
        domain::order_line order;
        order.number = in->number;
        order.policy = in->policy.text();
        order.language = in->language.value_or("");
        order.profiles = profiles_from(in->profiles);
        take_over(order, s);
        if (in->profile_type) {
            auto wanted = make::wanted_profile(*c, *in->profile_type, in->confirmation_code, s.id);
            if (!wanted) return c->refuse(wanted.error());
            order.profile_type = std::move(wanted->what.profile_type);
            order.download = std::move(wanted->what.download);
            sealed_code = std::move(wanted->code);
        }
        const auto generation = generation_for(*c, in->number);
        if (!generation) return c->refuse(generation.error());
        auto wanted = claims_for(*c, {in->number, *generation}, order.profiles, "profiles");
        if (!wanted) return c->refuse(wanted.error());
        auto what = submission_of(*c, key_of_number(in->number), domain::number_command{std::move(order)});
        what.must_exist = false;
        if (sealed_code) what.vault.push_back(std::move(*sealed_code));
        reserve_claims(c, std::move(*wanted), *generation,
                       [owner = *subscriber, what](const ask_ptr<line_told>& same, const reserved_claims& held) {
                           submit_reserved(same, held, what,
                                           [owner](const ask_ptr<line_told>& there, const engine::answer& done) {
                                               attach_and_answer(there, owner->subscriber(), done, true);
                                           });
                       });
    });
}

void desk::import_line(request by, said<import_body> in, reply<line_told> then) {
    take(shared_, use::import_line, std::move(by), {}, std::move(then), [&](const ask_ptr<line_told>& c) {
        if (!in) return c->refuse(in.error());
        if (!in->subscriber.id)
            return c->refuse({code::invalid, "`subscriber.id` is missing.", {{"field", "subscriber.id"}}});
        if (in->line.language)
            if (auto known = check_language("line.language", *in->line.language); !known)
                return c->refuse(known.error());
        if (c->at->with.numbers.ranges.is_costly(in->line.number.text()))
            if (auto taken = check_number(*c, in->line.number); !taken) return c->refuse(taken.error());
        const auto dates = dates_of(*c->core_of().rules(), in->line);
        if (!dates) return c->refuse(dates.error());
        run_aside(c, [c, dates = *dates, in = std::move(*in)]() -> afterwards {
            const auto id = *in.subscriber.id;
            auto ready = prepare_registration(*c, id, in.subscriber);
            if (!ready) return [c, why = ready.error()] { c->refuse(why); };
            ready->command.number = in.line.number;
            auto what = for_subscriber(*c, id, domain::subscriber_command{ready->command});
            what.must_exist = false;
            what.vault.push_back(std::move(ready->row));
            std::ranges::move(ready->names, std::back_inserter(what.vault));
            const auto both =
                std::make_shared<importing>(importing{in.line, dates, std::move(*ready), in.update, {}, {}, {}});
            return [c, both, what = std::move(what)] {
                reserve_import(c, both);
                if (!c->answered) register_import(c, both, what);
            };
        });
    });
}

/// A whole file: what could be taken is taken, the rest comes back in the file's own form. It waits for many commits,
/// so not on the threads that seal, nor on those that pack customers' archives.
void desk::import_file(request by, said<csv_body> in, reply<imported_file> then) {
    take(shared_, use::import_file, std::move(by), {}, std::move(then), [&](const ask_ptr<imported_file>& c) {
        if (!in) return c->refuse(in.error());
        if (!c->at->with.import_file) return c->refuse({code::unavailable, "Files are not taken here."});
        file_to_import what{c->who.who, c->through, c->once ? base::hex(c->once->key) : std::string(),
                            std::move(in->csv), in->update};
        run_on(c->at->files, c, [c, what = std::move(what)]() -> afterwards {
            auto done = c->at->with.import_file(what);
            return [c, done = std::move(done)] { done ? c->answer(*done) : c->refuse(done.error()); };
        });
    });
}

}  // namespace keepline::desk
