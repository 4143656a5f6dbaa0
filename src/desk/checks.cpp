// Checks: what an applicant asks us to compare, or to be called for, and what somebody else says of it. Who may, and
// what it is worth, is the domain's to decide (domain/number/check.hpp).
#include "desk/taking.hpp"
#include "domain/reference.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

using case_ptr = ask_ptr<closure_told>;

/// Other digits are counted as a wrong code is.
void answer_asked(const case_ptr& c, const engine::answer& done) {
    auto wrong = counted_refusal<domain::otp_failed>(
        done, "Too many wrong tries; wait before the next one.", [](const domain::otp_failed&) {
            return std::pair{code::proof_mismatch, "The card on file ends otherwise; it was counted."};
        });
    if (!wrong) wrong = failed_proof(done);
    if (wrong) return c->refuse(*std::move(wrong));
    answer_case(c, done, !done.events.empty());
}

result<found_case> open_case_for(const asked& c, const std::string& closure) {
    TRY(found, case_for(c, closure));
    if (found.past == nullptr) return found;
    return refuse(code::closure_stage, "This closure has ended; the line has a newer one.",
                  {{"stage", boost::describe::enum_to_string(found.past->ended_as, "")}});
}

/// A command about one that there is.
template <typename Body, typename Make>
void on_check(services& of, const use_case& what, request in, const std::string& closure, const std::string& which,
              said<Body> body, reply<closure_told> then, answerer<closure_view> next, Make make) {
    take(of, what, std::move(in), std::move(then), [&](const case_ptr& c) {
        const auto found = open_case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        const auto serial = serial_in(which);
        const auto& current = found->view->number().current;
        const auto* about = serial && current ? find_check(*current, *serial) : nullptr;
        if (about == nullptr) return c->refuse({code::not_found, "There is no such check."});
        submit_made<closure_view>(
            c, found->view, found->number, std::move(body),
            [&](const make::asking& of_case, Body said) { return make(of_case, *about, std::move(said)); }, next);
    });
}

result<page_of<waiting_check>> checks_page(const asked& c, const result<check_filter>& which,
                                           const result<paging>& wanted) {
    TRY(filter, which);
    TRY(page, wanted);
    const auto kind = base::enum_named<domain::evidence_kind>(filter.kind);
    if (!filter.kind.empty() && !kind)
        return refuse(code::invalid, "`kind` must be id_document, bank_card or callback.", {{"field", "kind"}});
    port::stream_filter waiting;
    waiting.kind = port::stream_kind::number;
    waiting.only_checks = true;
    TRY(listed, c.core_of().list(waiting, page.after, page.limit));
    page_of<waiting_check> out;
    out.next = listed.next;
    for (const auto& one : listed.streams) {
        TRY(line, c.core_of().read(one.key));
        const auto& s = line->number();
        if (!s.has_open_closure()) continue;
        for (const auto& each : s.current->checks) {
            if (!is_open(each) || (kind && each.kind != *kind)) continue;
            waiting_check shown{check_of(each, c.now(), c.shown_to()),
                                line->public_id,
                                closure_id(line->public_id, s.current->number),
                                {},
                                {}};
            if (!s.current->reference.empty()) shown.reference = domain::said(s.current->reference);
            shown.subscriber = s.current->on_behalf ? s.current->on_behalf->who : s.subscription->subscriber;
            out.items.push_back(std::move(shown));
        }
    }
    return out;
}

}  // namespace

void desk::ask_for_check(request in, const std::string& closure, said<check_body> what, reply<closure_told> then) {
    take(shared_, use::ask_for_check, std::move(in), std::move(then), [&](const case_ptr& c) {
        const auto found = open_case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        submit_made<closure_view>(c, found->view, found->number, std::move(what), make::ask_for_check, answer_asked);
    });
}

void desk::withdraw_check(request in, const std::string& closure, const std::string& which, said<nothing> what,
                          reply<closure_told> then) {
    on_check(shared_, use::withdraw_check, std::move(in), closure, which, std::move(what), std::move(then),
             answer_closure, [](const make::asking&, const domain::identity_check& about, nothing) -> make::made {
                 return domain::withdraw_check{about.serial};
             });
}

void desk::settle_check(request in, const std::string& closure, const std::string& which, said<check_result_body> what,
                        reply<closure_told> then) {
    on_check(shared_, use::settle_check, std::move(in), closure, which, std::move(what), std::move(then),
             answer_evidence, make::settle_check);
}

void desk::list_checks(request in, result<check_filter> which, result<paging> wanted,
                       reply<page_of<waiting_check>> then) {
    take_aside(shared_, use::list_checks, std::move(in), std::move(then),
               [which = std::move(which), wanted = std::move(wanted)](const asked& c) {
                   return checks_page(c, which, wanted);
               });
}

}  // namespace keepline::desk
