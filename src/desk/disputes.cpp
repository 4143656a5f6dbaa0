// Disputes: what the owner of a closed line holds to be wrong in its certificate, and what they are answered. Who may
// answer is the domain's to decide (domain/number/dispute.hpp). The owner's words are sealed for them, in no journal;
// the owner reads them again, and whoever decides, with a reason.
#include "desk/dispute_words.hpp"
#include "desk/taking.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

using dispute_ptr = ask_ptr<dispute_told>;

constexpr std::size_t words_bytes_max = 2'000;
constexpr std::size_t words_name_bytes = 12;
constexpr std::size_t answer_bytes_max = 500;
constexpr std::size_t value_bytes_max = 200;

dispute_view view_of(const asked& c, const engine::stream_view& line, const domain::dispute& one) {
    dispute_view out;
    out.line_id = line.public_id;
    out.closure_id = closure_id(line.public_id, one.closure);
    out.serial = one.serial;
    out.part = one.part;
    if (!one.item.empty()) out.item = one.item;
    out.at = one.at;
    out.due = one.due;
    out.due_provisional = one.due_provisional;
    out.overdue = one.overdue;
    out.state = one.state;
    out.answered_at = one.answered_at;
    if (!one.reason.empty()) out.reason = one.reason;
    out.correction = one.made;
    out.issued_at = one.issued_at;
    const auto rules = c.core_of().rules();
    const auto& held = line.number().subscription;
    const auto* p = held ? rules->policies.find(held->policy) : nullptr;
    if (p != nullptr && (one.overdue || one.state == domain::dispute_state::refused))
        out.complain_to = complaints_of(*p);
    if (c.is_customer()) return out;
    out.by = one.by;
    if (one.answered_at) out.answered_by = one.answered_by;
    return out;
}

/// Data that is not the owner's any more has no words.
result<std::string> words_of(const asked& c, const engine::stream_view& line, const domain::dispute& one) {
    const auto& held = line.number().subscription;
    if (one.words.empty() || !held) return std::string();
    auto words = c.at->with.vault->open(held->subscriber.text(), kind_of_dispute_words(line.public_id, one.words));
    if (!words && (words.error().what == code::erased || words.error().what == code::not_found)) return std::string();
    return words;
}

void answer_dispute(const dispute_ptr& c, const engine::answer& done, int serial, bool made = false) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    const auto* one = find_dispute(done.view->number(), serial);
    if (one == nullptr) return c->refuse({code::not_found, "There is no such dispute."});
    c->answer({view_of(*c, *done.view, *one), done.view->revision(), done.replayed, made});
}

/// Of the same line of the same certificate there is one at a time.
void answer_opened(const dispute_ptr& c, const engine::answer& done, const domain::open_dispute& what) {
    const auto& all = done.view->number().disputes;
    const auto same = [&](const domain::dispute& one) {
        const bool owners = (one.by.as == domain::role::subscriber) == c->is_customer();
        return owners && one.closure == what.closure && one.part == what.part && one.item == what.item;
    };
    const auto found = std::find_if(all.rbegin(), all.rend(), same);
    answer_dispute(c, done, found == all.rend() ? 0 : found->serial, !done.events.empty());
}

struct named_dispute {
    engine::view_ptr line;
    int serial = 0;
};
result<named_dispute> dispute_named(const asked& c, const std::string& closure, const std::string& which) {
    TRY(found, case_for(c, closure));
    const auto serial = serial_in(which);
    const auto* one = serial ? find_dispute(found.view->number(), *serial) : nullptr;
    if (one == nullptr || one->closure != found.number) return refuse(code::not_found, "There is no such dispute.");
    return named_dispute{found.view, *serial};
}

/// A command about one that there is.
template <typename Body, typename Make>
void on_dispute(services& of, const use_case& what, request in, const std::string& closure, const std::string& which,
                said<Body> body, reply<dispute_told> then, Make make) {
    take(of, what, std::move(in), std::move(then), [&](const dispute_ptr& c) {
        const auto found = dispute_named(*c, closure, which);
        if (!found) return c->refuse(found.error());
        if (!body) return c->refuse(body.error());
        auto command = make(found->serial, std::move(*body));
        if (!command) return c->refuse(command.error());
        submit(c, submission_of(*c, found->line->key, std::move(*command)),
               [serial = found->serial](const dispute_ptr& same, const engine::answer& done) {
                   answer_dispute(same, done, serial);
               });
    });
}

}  // namespace

void desk::open_dispute(request in, const std::string& closure, said<dispute_body> what, reply<dispute_told> then) {
    take(shared_, use::open_dispute, std::move(in), std::move(then), [&](const dispute_ptr& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        if (!what) return c->refuse(what.error());
        if (auto fine = check_text("words", what->words, words_bytes_max, true); !fine) return c->refuse(fine.error());
        run_aside(c, [c, line = found->view, number = found->number, body = std::move(*what)]() -> afterwards {
            const auto& held = line->number().subscription;
            if (!held) return [c] { c->refuse({code::line_missing, "The number has no line."}); };
            const auto words = label::trusted("d" + c->at->with.random->token(words_name_bytes));
            auto row = c->at->with.vault->seal(held->subscriber.text(), kind_of_dispute_words(line->public_id, words),
                                               body.words);
            if (!row) return [c, why = row.error()] { c->refuse(why); };
            domain::open_dispute opens{number, body.part, body.item.value_or(std::string()), words};
            auto all = submission_of(*c, line->key, domain::number_command{opens});
            all.vault.push_back(std::move(*row));
            return [c, opens = std::move(opens), all = std::move(all)] {
                submit(c, all, [opens](const dispute_ptr& same, const engine::answer& done) {
                    answer_opened(same, done, opens);
                });
            };
        });
    });
}

void desk::list_disputes(request in, const std::string& closure, reply<page_of<dispute_view>> then) {
    take_aside(shared_, use::list_disputes, std::move(in), std::move(then),
               [closure](const asked& c) -> result<page_of<dispute_view>> {
                   TRY(found, case_for(c, closure));
                   page_of<dispute_view> out;
                   for (const auto& one : found.view->number().disputes) {
                       if (one.closure != found.number) continue;
                       auto shown = view_of(c, *found.view, one);
                       if (c.is_customer()) {
                           TRY(words, words_of(c, *found.view, one));
                           if (!words.empty()) shown.words = std::move(words);
                       }
                       out.items.push_back(std::move(shown));
                   }
                   return out;
               });
}

void desk::list_open_disputes(request in, result<paging> wanted, reply<page_of<dispute_view>> then) {
    take_aside(shared_, use::list_open_disputes, std::move(in), std::move(then),
               [wanted = std::move(wanted)](const asked& c) -> result<page_of<dispute_view>> {
                   TRY(page, wanted);
                   port::stream_filter which;
                   which.kind = port::stream_kind::number;
                   which.stage = engine::stage_of_dispute;
                   TRY(listed, c.core_of().list(which, page.after, page.limit));
                   page_of<dispute_view> out;
                   out.next = listed.next;
                   for (const auto& one : listed.streams) {
                       TRY(line, c.core_of().read(one.key));
                       for (const auto& dispute : line->number().disputes)
                           if (is_open(dispute)) out.items.push_back(view_of(c, *line, dispute));
                   }
                   return out;
               });
}

namespace {

void answer_words(const ask_ptr<dispute_view>& c, const engine::view_ptr& line, int serial) {
    run_aside(c, [c, line, serial]() -> afterwards {
        const auto& one = *find_dispute(line->number(), serial);
        auto shown = view_of(*c, *line, one);
        auto words = words_of(*c, *line, one);
        if (!words) return [c, why = words.error()] { c->refuse(why); };
        shown.words = std::move(*words);
        return [c, shown = std::move(shown)] { c->answer(shown); };
    });
}

}  // namespace

/// Staff say why, and it is written down before they see it (as with who a person is, desk/subscribers.cpp).
void desk::read_dispute(request in, const std::string& closure, const std::string& which, result<std::string> why,
                        reply<dispute_view> then) {
    using mine = ask_ptr<dispute_view>;
    take(shared_, use::read_dispute, std::move(in), std::move(then), [&](const mine& c) {
        const auto found = dispute_named(*c, closure, which);
        if (!found) return c->refuse(found.error());
        const auto& held = found->line->number().subscription;
        if (!held) return c->refuse({code::line_missing, "The number has no line."});
        if (!why) return c->refuse(why.error());
        if (auto fine = check_text("reason", *why, answer_bytes_max); !fine) return c->refuse(fine.error());
        const auto& owner = held->subscriber.text();
        auto note = submission_of(*c, {port::stream_kind::subscriber, owner},
                                  domain::subscriber_command{domain::record_read{"dispute", *why, looks_hourly(*c)}});
        look_noted(c, owner, std::move(note), [line = found->line, serial = found->serial](const mine& there) {
            answer_words(there, line, serial);
        });
    });
}

void desk::withdraw_dispute(request in, const std::string& closure, const std::string& which, said<nothing> what,
                            reply<dispute_told> then) {
    on_dispute(shared_, use::withdraw_dispute, std::move(in), closure, which, std::move(what), std::move(then),
               [](int serial, nothing) -> make::made { return domain::withdraw_dispute{serial}; });
}

void desk::refuse_dispute(request in, const std::string& closure, const std::string& which, said<reason_body> what,
                          reply<dispute_told> then) {
    on_dispute(shared_, use::refuse_dispute, std::move(in), closure, which, std::move(what), std::move(then),
               [](int serial, reason_body body) -> make::made {
                   CHECK(check_text("reason", body.reason, answer_bytes_max));
                   return domain::refuse_dispute{serial, std::move(body.reason)};
               });
}

void desk::correct_certificate(request in, const std::string& closure, const std::string& which,
                               said<correction_body> what, reply<dispute_told> then) {
    on_dispute(shared_, use::correct_certificate, std::move(in), closure, which, std::move(what), std::move(then),
               [](int serial, correction_body body) -> make::made {
                   CHECK(check_text("reason", body.reason, answer_bytes_max));
                   CHECK(check_text("value", body.value, value_bytes_max));
                   return domain::correct_certificate{serial, std::move(body.value), std::move(body.reason)};
               });
}

}  // namespace keepline::desk
