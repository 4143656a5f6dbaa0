// Money that is not a line's: the bank's word about refunds, and payments that came in for no line.
#include "desk/money_budget.hpp"
#include "desk/registration.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t end_to_end_max = 35;
constexpr std::size_t reason_max = 200;

/// As it was ordered: banks bring it back in any case of letters.
std::string as_ordered(std::string_view id) {
    constexpr std::string_view ours = "KL";
    std::string out(id);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const bool upper = i < ours.size();
        const char from = upper ? 'a' : 'A';
        if (out[i] >= from && out[i] <= from + 25) out[i] = static_cast<char>(out[i] ^ 0x20);
    }
    return out.starts_with(ours) ? out : std::string(id);
}

/// The number whose refund it is: by the EndToEndId itself, which is a name of its stream.
result<engine::view_ptr> stream_of_refund(const asked& c, std::string_view id) {
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
result<bank_word> bank_word_of(const asked& c, const std::string& named, const refund_answer_body& in) {
    const auto closure = parse_closure_id(named);
    if (!closure) {
        auto id = as_ordered(named);
        if (in.refund && as_ordered(*in.refund) != id)
            return refuse(code::invalid, "`refund` is another EndToEndId than the path's.", {{"field", "refund"}});
        TRY(view, stream_of_refund(c, id));
        return bank_word{std::move(view), std::move(id)};
    }
    if (!in.refund) return refuse(code::invalid, "`refund` is missing: name the EndToEndId.", {{"field", "refund"}});
    auto id = as_ordered(*in.refund);
    TRY(view, stream_of_refund(c, id));
    if (view->public_id != closure->line_id) return refuse(code::not_found, "There is no refund of this EndToEndId.");
    return bank_word{std::move(view), std::move(id)};
}

}  // namespace

namespace {

/// The case as before where it is the case's; of an earlier order, or of money without a line, what is known of it.
void answer_word(const ask_ptr<bank_told>& c, const engine::answer& done, const std::string& id) {
    const auto& s = done.view->number();
    if (const auto* end = s.of_case<domain::stages::ending>(); end != nullptr && end->payback.id == id)
        return answer_case(c, done);
    const auto* of = domain::find_refund(s, id);
    if (of == nullptr) return c->refuse({code::not_found, "There is no refund of this EndToEndId.", {}});
    refund_word_view view{id, done.view->public_id, {}, of->state, of->amount};
    if (s.current) view.closure = closure_id(done.view->public_id, s.current->number);
    for (const auto& one : of->earlier)
        if (one.id == id) {
            view.state = one.state;
            view.amount = one.amount;
        }
    c->answer({std::move(view), done.view->revision(), done.replayed});
}

}  // namespace

void desk::answer_refund(request by, const std::string& named, said<refund_answer_body> in, reply<bank_told> then) {
    using mine = ask_ptr<bank_told>;
    take(shared_, use::answer_refund, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        if (!in->settled) return c->refuse({code::invalid, "`settled` is missing.", {{"field", "settled"}}});
        if (in->refund)
            if (auto checked = check_text("refund", *in->refund, end_to_end_max); !checked)
                return c->refuse(checked.error());
        auto word = bank_word_of(*c, named, *in);
        if (!word) return c->refuse(word.error());
        auto what = domain::number_command{domain::refund_answered{word->id, *in->settled}};
        submit(c, submission_of(*c, word->view->key, std::move(what)),
               [id = word->id](const mine& same, const engine::answer& done) {
                   if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
                   answer_word(same, done, id);
               });
    });
}

// ------------------------------------------------------------------------------------------------ without a line

namespace {

unclaimed_view unclaimed_of(const engine::stream_view& of, const domain::unclaimed_money& one) {
    const auto& line = of.number().subscription;
    unclaimed_view out{of.public_id, one.serial,     one.amount, one.why, one.reference,  one.at,
                       one.by,       one.generation, {},         false,   one.back.state, {}};
    if (!one.owner.empty()) out.owner = one.owner;
    out.owner_has_line = line && of.number().generations == one.generation && line->subscriber == one.owner;
    if (!one.back.id.empty()) out.refund = one.back.id;
    return out;
}

result<page_of<unclaimed_view>> unclaimed_page(const asked& c, const result<paging>& wanted) {
    TRY(page, wanted);
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
    return page_of<unclaimed_view>{std::move(items), listed.next};
}

/// The payer is nobody we know: the account is sealed under a name of its own, which no client can choose, for each
/// request another: nobody's refusal destroys what another request is about.
result<engine::submission> returning(const asked& c, const engine::view_ptr& view, int serial, const return_body& in) {
    if (!c.once) return refuse(code::idempotency_key_missing, "Money is returned with a key.");
    const auto& key = c.once->key;
    domain::return_money command;
    command.serial = serial;
    command.to_payer = in.to == money_goes::payer;
    std::vector<port::vault_row> rows;
    if (command.to_payer) {
        if (!in.account) return refuse(code::invalid, "`account` of the payer is missing.", {{"field", "account"}});
        TRY(account, account_from(*in.account, "account."));
        command.account = c.secrets().account_digest(account);
        const auto asked = view->public_id + "/" + std::to_string(serial) + "/" + base::hex(key);
        command.payee = label::trusted(std::string(domain::payers_prefix) +
                                       c.secrets().keyed_digest("payer", asked, command.account).substr(0, 24));
        port::person payer;
        payer.full_name = account.holder;
        payer.refund_iban = account.number;
        payer.refund_holder = account.holder;
        payer.refund_bic = account.bank;
        TRY(row, c.at->with.vault->seal(command.payee.text(), port::person_kind, base::to_json(payer)));
        rows.push_back(std::move(row));
    } else if (in.account) {
        return refuse(code::invalid, "The owner's account is the one on file; name another as refund-account.",
                      {{"field", "account"}});
    }
    auto what = submission_of(c, view->key, domain::number_command{std::move(command)});
    what.vault = std::move(rows);
    return what;
}

void answer_returned(const ask_ptr<told<unclaimed_view>>& c, const engine::answer& done, int serial) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    const auto& all = done.view->number().unclaimed;
    const auto found = std::ranges::find(all, serial, &domain::unclaimed_money::serial);
    if (found == all.end()) return c->refuse({code::not_found, "There is no such money.", {}});
    c->answer({unclaimed_of(*done.view, *found), done.view->revision(), done.replayed});
}

}  // namespace

namespace {

using money_maker = make::made (*)(const make::asking&, money_body);

/// The line; or, where no line takes the money, what it is kept as; or what a second person must sign (202 both).
void answer_taken(const ask_ptr<money_told>& c, const engine::answer& done, const std::string& reference) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    const auto& all = done.view->number().unclaimed;
    const auto user = domain::user_of(c->who.who);
    const auto paid_in = [](const domain::unclaimed_money& one) {
        return one.why != domain::unclaimed_why::refund_returned && one.why != domain::unclaimed_why::brought_late;
    };
    const auto found = std::ranges::find_if(all, [&](const domain::unclaimed_money& one) {
        return one.reference == reference && paid_in(one) && domain::user_of(one.by) == user;
    });
    if (found == all.end()) return answer_line_in(c, done);
    c->answer({unclaimed_of(*done.view, *found), done.view->revision(), done.replayed});
}

void take_money(services& of, const use_case& what, request by, const std::string& line_id, said<money_body> in,
                reply<money_told> then, money_maker makes) {
    using mine = ask_ptr<money_told>;
    take(of, what, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        const auto reference = in->reference;
        auto command = makes({*c, **line, 0}, std::move(*in));
        if (!command) return c->refuse(command.error());
        within_budget(c, *line, std::move(*command), [c, reference](engine::submission counted) {
            submit(c, std::move(counted),
                   [reference](const mine& same, const engine::answer& done) { answer_taken(same, done, reference); });
        });
    });
}

}  // namespace

void desk::take_top_up(request in, const std::string& line, said<money_body> what, reply<money_told> then) {
    take_money(shared_, use::take_top_up, std::move(in), line, std::move(what), std::move(then), make::top_up);
}
void desk::take_payment(request in, const std::string& line, said<money_body> what, reply<money_told> then) {
    take_money(shared_, use::take_payment, std::move(in), line, std::move(what), std::move(then), make::pay);
}

void desk::list_unclaimed_money(request in, result<paging> wanted, reply<page_of<unclaimed_view>> then) {
    take_aside(shared_, use::list_unclaimed_money, std::move(in), std::move(then),
               [wanted = std::move(wanted)](const asked& c) { return unclaimed_page(c, wanted); });
}

namespace {

void answer_payer(const ask_ptr<refund_account_body>& c, const label& payee) {
    run_aside(c, [c, payee]() -> afterwards {
        const auto stored = c->at->with.vault->open(payee.text(), port::person_kind);
        if (!stored) return [c, why = stored.error()] { c->refuse(why); };
        const auto person = base::from_json<port::person>(*stored);
        if (!person) return [c, why = person.error()] { c->refuse(why); };
        refund_account_body shown{person->refund_iban, person->refund_holder, {}};
        if (!person->refund_bic.empty()) shown.bic = person->refund_bic;
        return [c, shown = std::move(shown)] { c->answer(shown); };
    });
}

/// Who looks is counted as who looks for numbers is, and written down in the number's journal before they see it.
void read_payer_noted(const ask_ptr<refund_account_body>& c, const engine::view_ptr& line, int serial,
                      std::string why) {
    const auto payee = domain::payer_of(line->number(), serial, c->now());
    if (payee.empty()) return c->refuse({code::not_found, "No payer's account is named.", {}});
    auto note = submission_of(*c, line->key, domain::number_command{domain::record_payer_read{serial, std::move(why)}});
    look_noted(c, line->public_id + "/payer/" + std::to_string(serial), std::move(note),
               [payee](const ask_ptr<refund_account_body>& there) { answer_payer(there, payee); });
}

}  // namespace

/// Whoever signs can see what they sign.
void desk::read_payer(request in, const std::string& line_id, const std::string& which, result<std::string> why,
                      reply<refund_account_body> then) {
    take(shared_, use::read_payer, std::move(in), std::move(then), [&](const ask_ptr<refund_account_body>& c) {
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        const auto serial = serial_in(which);
        if (!serial) return c->refuse({code::not_found, "No payer's account is named.", {}});
        if (!why) return c->refuse(why.error());
        if (auto fine = check_text("reason", *why, reason_max); !fine) return c->refuse(fine.error());
        read_payer_noted(c, *line, *serial, std::move(*why));
    });
}

void desk::return_unclaimed_money(request by, const std::string& line_id, const std::string& which,
                                  said<return_body> in, reply<told<unclaimed_view>> then) {
    using mine = ask_ptr<told<unclaimed_view>>;
    take(shared_, use::return_unclaimed_money, std::move(by), std::move(then), [&](const mine& c) {
        if (!in) return c->refuse(in.error());
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        const auto serial = serial_in(which);
        if (!serial) return c->refuse({code::not_found, "There is no such money.", {}});
        run_aside(c, [c, line = *line, serial = *serial, in = std::move(*in)]() -> afterwards {
            auto what = returning(*c, line, serial, in);
            if (!what) return [c, why = what.error()] { c->refuse(why); };
            return [c, serial, what = std::move(*what)] {
                submit(c, what,
                       [serial](const mine& same, const engine::answer& done) { answer_returned(same, done, serial); });
            };
        });
    });
}

}  // namespace keepline::desk
