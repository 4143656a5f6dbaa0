// Money that is not a line's: the bank's word about refunds, and payments that came in for no line.
#include "api/commands.hpp"
#include "api/money_budget.hpp"
#include "api/registration.hpp"
#include "api/request_views.hpp"
#include "api/routes.hpp"
#include "desk/roles.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t end_to_end_max = 35;
constexpr std::size_t reason_max = 200;

/// The number whose refund it is: by the EndToEndId itself, which is a name of its stream.
result<engine::view_ptr> stream_of_refund(const call& c, std::string_view id) {
    const auto none = [] { return refuse(code::not_found, "There is no refund of this EndToEndId."); };
    auto view = c.core_of().read_reference(id);
    if (!view && view.error().what == code::not_found) return none();
    if (!view) return view;
    const bool is_refund =
        (*view)->key.kind == port::stream_kind::number && domain::find_refund((*view)->number(), id) != nullptr;
    return is_refund ? view : none();
}

struct bank_word {
    engine::view_ptr view;
    std::string id;
};

/// The path names the EndToEndId. A closure's id is taken too where the body names the EndToEndId, of that same line.
result<bank_word> bank_word_of(const call& c, const refund_answer_body& in) {
    const auto named = c.args[0];
    const auto closure = parse_closure_id(named);
    if (!closure) {
        if (in.refund && *in.refund != named)
            return refuse(code::invalid, "`refund` is another EndToEndId than the path's.", {{"field", "refund"}});
        TRY(view, stream_of_refund(c, named));
        return bank_word{std::move(view), std::string(named)};
    }
    if (!in.refund) return refuse(code::invalid, "`refund` is missing: name the EndToEndId.", {{"field", "refund"}});
    TRY(view, stream_of_refund(c, *in.refund));
    if (view->public_id != closure->line_id) return refuse(code::not_found, "There is no refund of this EndToEndId.");
    return bank_word{std::move(view), *in.refund};
}

}  // namespace

namespace {

struct refund_word_view {
    std::string refund;  // EndToEndId
    std::string line_id;
    std::optional<std::string> closure;  // the line's latest case
    domain::refund_state state = domain::refund_state::none;
    domain::money amount;
};
BOOST_DESCRIBE_STRUCT(refund_word_view, (), (refund, line_id, closure, state, amount))

/// The case as before where it is the case's; of an earlier order, or of money without a line, what is known of it.
void answer_word(const call_ptr& c, const engine::answer& done, const std::string& id) {
    const auto& s = done.view->number();
    if (s.current && s.current->payback.id == id) return answer_closure(c, done);
    const auto* of = domain::find_refund(s, id);
    if (of == nullptr) return c->refuse({code::not_found, "There is no refund of this EndToEndId.", {}});
    refund_word_view view{id, done.view->public_id, {}, of->state, of->amount};
    if (s.current) view.closure = closure_id(done.view->public_id, s.current->number);
    for (const auto& one : of->earlier)
        if (one.id == id) {
            view.state = one.state;
            view.amount = one.amount;
        }
    auto out = json_answer(view);
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

}  // namespace

void answer_refund(const call_ptr& c) {
    const auto in = body_of<refund_answer_body>(*c);
    if (!in) return c->refuse(in.error());
    if (!in->settled) return c->refuse({code::invalid, "`settled` is missing.", {{"field", "settled"}}});
    if (in->refund)
        if (auto checked = check_text("refund", *in->refund, end_to_end_max); !checked)
            return c->refuse(checked.error());
    auto word = bank_word_of(*c, *in);
    if (!word) return c->refuse(word.error());
    submit(c,
           submission_of(*c, word->view->key, domain::number_command{domain::refund_answered{word->id, *in->settled}}),
           [id = word->id](const call_ptr& same, const engine::answer& done) {
               if (const auto* asked = wanted_in(done)) return answer_request(same, done, *asked, 202);
               answer_word(same, done, id);
           });
}

// ------------------------------------------------------------------------------------------------ without a line

namespace {

struct unclaimed_view {
    std::string line_id;
    int serial = 0;
    domain::money amount;
    domain::unclaimed_why why = domain::unclaimed_why::line_ended;
    std::string reference;
    instant at;
    domain::actor by;
    int generation = 0;
    std::optional<label> owner;                               // who had the number then
    bool owner_has_line = false;                              // the account on file is theirs
    domain::refund_state state = domain::refund_state::none;  // none: it waits for somebody
    std::optional<std::string> refund;                        // EndToEndId
    bool operator==(const unclaimed_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(unclaimed_view, (),
                      (line_id, serial, amount, why, reference, at, by, generation, owner, owner_has_line, state,
                       refund))

unclaimed_view unclaimed_of(const engine::stream_view& of, const domain::unclaimed_money& one) {
    const auto& line = of.number().subscription;
    unclaimed_view out{of.public_id, one.serial,     one.amount, one.why, one.reference,  one.at,
                       one.by,       one.generation, {},         false,   one.back.state, {}};
    if (!one.owner.empty()) out.owner = one.owner;
    out.owner_has_line = line && of.number().generations == one.generation && line->subscriber == one.owner;
    if (!one.back.id.empty()) out.refund = one.back.id;
    return out;
}

result<response> unclaimed_page(const call& c) {
    TRY(page, paging_of(c));
    port::stream_filter which;
    which.kind = port::stream_kind::number;
    which.only_money_waiting = true;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<unclaimed_view> items;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        for (const auto& money : view->number().unclaimed)
            if (money.waits()) items.push_back(unclaimed_of(*view, money));
    }
    return page_answer(items, listed.next);
}

std::optional<int> serial_in(std::string_view text) {
    int out = 0;
    const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc() || stopped != text.data() + text.size() || out < 1) return std::nullopt;
    return out;
}

/// The payer is nobody we know: the account is sealed under a name of its own, which no client can choose, for each
/// request another: nobody's refusal destroys what another request is about.
result<engine::submission> returning(const call& c, const engine::view_ptr& view, int serial, const return_body& in) {
    domain::return_money command;
    command.serial = serial;
    command.to_payer = in.to == money_goes::payer;
    std::vector<port::vault_row> rows;
    if (command.to_payer) {
        if (!in.account) return refuse(code::invalid, "`account` of the payer is missing.", {{"field", "account"}});
        TRY(account, account_from(*in.account, "account."));
        command.account = c.secrets().account_digest(account);
        const auto asked = view->public_id + "/" + std::to_string(serial) + "/" + base::hex(c.once->key);
        command.payee = label::trusted(std::string(domain::payers_prefix) +
                                       c.secrets().keyed_digest("payer", asked, command.account).substr(0, 24));
        port::person payer;
        payer.full_name = account.holder;
        payer.refund_iban = account.number;
        payer.refund_holder = account.holder;
        payer.refund_bic = account.bank;
        TRY(row, c.api->with.vault->seal(command.payee.text(), port::person_kind, base::to_json(payer)));
        rows.push_back(std::move(row));
    } else if (in.account) {
        return refuse(code::invalid, "The owner's account is the one on file; name another as refund-account.",
                      {{"field", "account"}});
    }
    auto what = submission_of(c, view->key, domain::number_command{std::move(command)});
    what.vault = std::move(rows);
    return what;
}

void answer_returned(const call_ptr& c, const engine::answer& done, int serial) {
    if (const auto* asked = wanted_in(done)) return answer_request(c, done, *asked, 202);
    const auto& all = done.view->number().unclaimed;
    const auto found = std::ranges::find(all, serial, &domain::unclaimed_money::serial);
    if (found == all.end()) return c->refuse({code::not_found, "There is no such money.", {}});
    auto out = json_answer(unclaimed_of(*done.view, *found));
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

}  // namespace

namespace {

using money_maker = make::made (*)(const make::asking&, money_body);

/// The line; or, where no line takes the money, what it is kept as; or what a second person must sign (202 both).
void answer_taken(const call_ptr& c, const engine::answer& done, const std::string& reference) {
    if (const auto* asked = wanted_in(done)) return answer_request(c, done, *asked, 202);
    const auto& all = done.view->number().unclaimed;
    const auto user = domain::user_of(c->who.who);
    const auto paid_in = [](const domain::unclaimed_money& one) {
        return one.why != domain::unclaimed_why::refund_returned && one.why != domain::unclaimed_why::brought_late;
    };
    const auto found = std::ranges::find_if(all, [&](const domain::unclaimed_money& one) {
        return one.reference == reference && paid_in(one) && domain::user_of(one.by) == user;
    });
    if (found == all.end()) return answer_line(c, done);
    auto out = json_answer(unclaimed_of(*done.view, *found), 202);
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

void take_money(const call_ptr& c, money_maker makes) {
    auto in = body_of<money_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto reference = in->reference;
    auto command = makes({*c, **line, 0}, std::move(*in));
    if (!command) return c->refuse(command.error());
    within_budget(c, *line, std::move(*command), [reference](const call_ptr& here, engine::submission what) {
        submit(here, std::move(what),
               [reference](const call_ptr& same, const engine::answer& done) { answer_taken(same, done, reference); });
    });
}

}  // namespace

void take_top_up(const call_ptr& c) { take_money(c, make::top_up); }
void take_payment(const call_ptr& c) { take_money(c, make::pay); }

void list_unclaimed_money(const call_ptr& c) {
    run_aside(c, [c]() -> afterwards {
        auto page = unclaimed_page(*c);
        return [c, page = std::move(page)] { page ? c->answer(*page) : c->refuse(page.error()); };
    });
}

namespace {

void answer_payer(const call_ptr& c, const label& payee) {
    run_aside(c, [c, payee]() -> afterwards {
        const auto stored = c->api->with.vault->open(payee.text(), port::person_kind);
        if (!stored) return [c, why = stored.error()] { c->refuse(why); };
        const auto person = base::from_json<port::person>(*stored);
        if (!person) return [c, why = person.error()] { c->refuse(why); };
        refund_account_body shown{person->refund_iban, person->refund_holder, {}};
        if (!person->refund_bic.empty()) shown.bic = person->refund_bic;
        return [c, shown = std::move(shown)] { c->answer(json_answer(shown)); };
    });
}

/// Who looks is counted as who looks for numbers is, and written down in the number's journal before they see it.
void read_payer_noted(const call_ptr& c, const engine::view_ptr& line, int serial, std::string why) {
    const auto payee = domain::payer_of(line->number(), serial, c->now());
    if (payee.empty()) return c->refuse({code::not_found, "No payer's account is named.", {}});
    domain::note_search looked;
    looked.found = true;
    looked.subject = line->public_id + "/payer/" + std::to_string(serial);
    if (desk::is_staff(c->role())) looked.hourly = c->api->with.token_rules.searches_hourly;
    submit(c, note_of(*c, c->who.who.id, domain::credential_command{std::move(looked)}),
           [line, serial, payee, why = std::move(why)](const call_ptr& same, const engine::answer&) {
               submit(same,
                      submission_of(*same, line->key, domain::number_command{domain::record_payer_read{serial, why}}),
                      [payee](const call_ptr& there, const engine::answer&) { answer_payer(there, payee); });
           });
}

}  // namespace

/// Whoever signs can see what they sign.
void read_payer(const call_ptr& c) {
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto serial = serial_in(c->args[1]);
    if (!serial) return c->refuse({code::not_found, "No payer's account is named.", {}});
    auto why = query_value(*c, "reason");
    if (!why) return c->refuse(why.error());
    if (auto said = check_text("reason", *why, reason_max); !said) return c->refuse(said.error());
    read_payer_noted(c, *line, *serial, std::move(*why));
}

void return_unclaimed_money(const call_ptr& c) {
    auto in = body_of<return_body>(*c);
    if (!in) return c->refuse(in.error());
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto serial = serial_in(c->args[1]);
    if (!serial) return c->refuse({code::not_found, "There is no such money.", {}});
    run_aside(c, [c, line = *line, serial = *serial, in = std::move(*in)]() -> afterwards {
        auto what = returning(*c, line, serial, in);
        if (!what) return [c, why = what.error()] { c->refuse(why); };
        return [c, serial, what = std::move(*what)] {
            submit(c, what,
                   [serial](const call_ptr& same, const engine::answer& done) { answer_returned(same, done, serial); });
        };
    });
}

}  // namespace keepline::api
