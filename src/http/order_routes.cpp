// Lines that begin: an order, and the import of one that exists already. Both touch two streams, the subscriber's and
// the number's. The number's remembers the Idempotency-Key; the steps on the subscriber's are already true when they
// come again, so a repeated request goes on where the first one ended, and no key is kept for them.
#include "domain/days.hpp"
#include "http/commands.hpp"
#include "http/identifiers.hpp"
#include "http/registration.hpp"
#include "http/routes.hpp"

#include <algorithm>

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

port::stream_key number_key(const base::msisdn& number) { return {port::stream_kind::number, number.text()}; }
port::stream_key subscriber_key(const label& id) { return {port::stream_kind::subscriber, id.text()}; }

engine::submission for_subscriber(const call& c, const label& id, domain::subscriber_command what) {
    auto out = submission_of(c, subscriber_key(id), std::move(what));
    out.once.reset();
    out.expected_revision.reset();  // If-Match is about the line
    return out;
}

/// The last step: from now on the number is told when the subscriber's contacts change.
void attach_and_answer(const call_ptr& c, const domain::subscriber_state& subscriber, const engine::answer& line,
                       int status) {
    const auto& number = line.view->number().number;
    if (std::ranges::find(subscriber.numbers, number) != subscriber.numbers.end())
        return c->answer(line_response(*c, line, status));
    submit(c, for_subscriber(*c, subscriber.id, domain::attach_number{number}),
           [line, status](const call_ptr& same, const engine::answer&) {
               same->answer(line_response(*same, line, status));
           });
}

/// What a new line takes over from its subscriber.
void take_over(domain::order_line& order, const domain::subscriber_state& from) {
    order.subscriber = from.id;
    if (order.language.empty()) order.language = from.language;
    order.refund_account = from.refund_account;
    order.contacts = from.contacts;  // the replaced ones too: they are still told, of this line as of every other
}

std::vector<domain::new_profile> profiles_from(const std::vector<profile_body>& in) {
    std::vector<domain::new_profile> out;
    std::ranges::transform(in, std::back_inserter(out), make::profile_from);
    return out;
}

/// Where the line is: a date in its import is a day there.
const base::zone& zone_of(const domain::rule_book& rules, const label& policy) {
    static const base::zone utc;
    const auto* known = rules.policies.find(policy.text());
    return known == nullptr ? utc : rules.zones.of(known->zone);
}

struct import_dates {
    instant since;
    instant valid_until;
};

result<import_dates> dates_of(const call& c, const imported_line_body& in) {
    const auto rules = c.core_of().rules();
    const auto& zone = zone_of(*rules, in.policy);
    TRY(since, domain::read_time("line.since", in.since));
    TRY(valid_until, domain::read_time("line.valid_until", in.valid_until));
    return import_dates{since.as_beginning(zone), valid_until.as_end(zone)};
}

domain::import_line import_from(imported_line_body in, const import_dates& dates,
                                const domain::subscriber_state& subscriber) {
    domain::import_line out;
    out.order.number = in.number;
    out.order.policy = in.policy.text();
    out.order.language = in.language.value_or("");
    out.order.profiles = profiles_from(in.profiles);
    take_over(out.order, subscriber);
    out.since = dates.since;
    out.valid_until = dates.valid_until;
    out.balance = in.balance.value_or(money());
    out.bonus = in.bonus.value_or(money());
    out.debt = in.debt.value_or(money());
    out.term = std::move(in.contract);
    out.products = std::move(in.products);
    return out;
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
};
using importing_ptr = std::shared_ptr<importing>;

bool is_new(const engine::answer& done) {
    return std::ranges::any_of(done.events, [](const auto& one) {
        const auto* of_number = std::get_if<domain::number_event>(&one);
        return of_number != nullptr && std::holds_alternative<domain::line_ordered>(*of_number);
    });
}

void submit_import(const call_ptr& c, const importing_ptr& of) {
    if (!of->registered || !of->held || c->answered) return;
    auto command = import_from(of->line, of->dates, of->registered->view->subscriber());
    command.owner_print = c->secrets().keyed_digest("import", "", base::to_json(of->said.person));
    command.owner_differs = of->owner_differs;
    command.update = of->update;
    auto what = submission_of(*c, number_key(of->line.number), domain::number_command{std::move(command)});
    what.must_exist = false;
    submit_reserved(c, *of->held, std::move(what),
                    [owner = of->registered->view](const call_ptr& same, const engine::answer& done) {
                        attach_and_answer(same, owner->subscriber(), done, is_new(done) ? 201 : 200);
                    });
}

void reserve_import(const call_ptr& c, const importing_ptr& of) {
    const auto generation = generation_for(*c, of->line.number);
    if (!generation) return c->refuse(generation.error());
    auto wanted = claims_for(*c, {of->line.number, *generation}, profiles_from(of->line.profiles));
    if (!wanted) return c->refuse(wanted.error());
    reserve_claims(c, std::move(*wanted), *generation, [of](const call_ptr& same, const reserved_claims& held) {
        of->held = held;
        submit_import(same, of);
    });
}

/// Somebody who was there before: what the import says of them is compared with what is known.
void compare_owner(const call_ptr& c, const importing_ptr& of, const engine::answer& known) {
    run_aside(c, [c, of, known]() -> afterwards {
        const auto& owner = known.view->subscriber();
        const auto text = c->api->with.vault->open(owner.id.text(), port::person_kind);
        const auto stored = text ? base::from_json<port::person>(*text) : std::unexpected(text.error());
        if (!stored)
            return [c, of, why = stored.error()] {
                if (of->held) give_back(*c, *of->held, why);
                c->refuse(why);
            };
        return [c, of, known, differs = said_otherwise(owner, *stored, of->said)] {
            of->owner_differs = differs;
            of->registered = known;
            submit_import(c, of);
        };
    });
}

void register_import(const call_ptr& c, const importing_ptr& of, engine::submission what) {
    submit_whatever(c, std::move(what), [of](const call_ptr& same, const result<engine::answer>& done) {
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

void order_line(const call_ptr& c) {
    auto in = body_of<line_body>(*c);
    if (!in) return c->refuse(in.error());
    if (in->language)
        if (auto known = check_language("language", *in->language); !known) return c->refuse(known.error());
    const auto subscriber = c->core_of().read(subscriber_key(in->subscriber));
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
        order.profile_type = std::move(wanted->what.type);
        order.download = std::move(wanted->what.download);
        sealed_code = std::move(wanted->code);
    }
    const auto generation = generation_for(*c, in->number);
    if (!generation) return c->refuse(generation.error());
    auto wanted = claims_for(*c, {in->number, *generation}, order.profiles);
    if (!wanted) return c->refuse(wanted.error());
    auto what = submission_of(*c, number_key(in->number), domain::number_command{std::move(order)});
    what.must_exist = false;
    if (sealed_code) what.vault.push_back(std::move(*sealed_code));
    reserve_claims(c, std::move(*wanted), *generation,
                   [owner = *subscriber, what](const call_ptr& same, const reserved_claims& held) {
                       submit_reserved(same, held, what, [owner](const call_ptr& there, const engine::answer& done) {
                           attach_and_answer(there, owner->subscriber(), done, 201);
                       });
                   });
}

void import_line(const call_ptr& c) {
    auto in = body_of<import_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!in->subscriber.id)
        return c->refuse({code::invalid, "`subscriber.id` is missing.", {{"field", "subscriber.id"}}});
    if (in->line.language)
        if (auto known = check_language("line.language", *in->line.language); !known) return c->refuse(known.error());
    const auto dates = dates_of(*c, in->line);
    if (!dates) return c->refuse(dates.error());
    run_aside(c, [c, dates = *dates, in = std::move(*in)]() -> afterwards {
        const auto id = *in.subscriber.id;
        auto ready = prepare_registration(*c, id, in.subscriber);
        if (!ready) return [c, why = ready.error()] { c->refuse(why); };
        ready->command.number = in.line.number;
        auto what = for_subscriber(*c, id, domain::subscriber_command{ready->command});
        what.must_exist = false;
        what.vault.push_back(std::move(ready->row));
        const auto both =
            std::make_shared<importing>(importing{in.line, dates, std::move(*ready), in.update, {}, {}, {}});
        return [c, both, what = std::move(what)] {
            reserve_import(c, both);
            if (!c->answered) register_import(c, both, what);
        };
    });
}

}  // namespace keepline::http
