// A profile moves from one line to another: one side offers it, the other side agrees. Who may is the domain's
// (domain/number/rules_move.cpp). Neither side is shown the other line.
#include "desk/esim_service.hpp"
#include "desk/taking.hpp"
#include "domain/claim/claim.hpp"
#include "domain/esim/esim.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

result<engine::submission> offer_of(const asked& c, const engine::stream_view& line, const offer_body& in) {
    TRY(other, line_for(c, in.to));
    const auto& to = other->number().subscription;
    if (!to || to->status == domain::line_status::ended)
        return refuse(code::line_missing, "The other line has ended.", {{"field", "to"}});
    const auto iccid = base::as_iccid(in.iccid);
    const auto ours = esim_by_iccid(c.core_of(), iccid);
    if (!ours && ours.error().what != code::not_found) return std::unexpected(ours.error());
    if (ours && domain::keeps_imsi((*ours)->esim()))
        return refuse(code::esim_taken,
                      "A profile of our own SM-DP+ stays with its line; order one for the other line.");
    return submission_of(c, line.key,
                         domain::number_command{domain::offer_profile{iccid, other->number().number, to->generation}});
}

/// The number whose line has it, as its claim says; whether it is offered is for that number to say.
result<engine::view_ptr> holder_of(const asked& c, const base::iccid& iccid) {
    const auto none = [] { return refuse(code::not_found, "This profile is not offered to the line."); };
    const auto claim = c.core_of().read({port::stream_kind::claim, domain::claim_on(iccid)});
    if (!claim && claim.error().what == code::not_found) return none();
    if (!claim) return claim;
    const auto holder = domain::line_holder::parse((*claim)->claim().holder);
    if (!holder) return none();
    return c.core_of().read({port::stream_kind::number, holder->number.text()});
}

}  // namespace

void desk::offer_line_profile(request by, const std::string& line_id, said<offer_body> in, reply<line_told> then) {
    take(shared_, use::offer_line_profile, std::move(by), {line_id}, std::move(then), [&](const ask_ptr<line_told>& c) {
        if (!in) return c->refuse(in.error());
        const auto line = line_for(*c, c->ids[0]);
        if (!line) return c->refuse(line.error());
        auto what = offer_of(*c, **line, *in);
        if (!what) return c->refuse(what.error());
        submit(c, std::move(*what), [](const ask_ptr<line_told>& same, const engine::answer& done) {
            if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
            answer_line(same, done);
        });
    });
}

/// It is asked for, and signed where the other line's requests are; the profile is here in a moment then.
void desk::accept_line_profile(request by, const std::string& line_id, said<iccid_body> in, reply<line_told> then) {
    take(shared_, use::accept_line_profile, std::move(by), {line_id}, std::move(then),
         [&](const ask_ptr<line_told>& c) {
             if (!in) return c->refuse(in.error());
             const auto line = line_for(*c, c->ids[0]);
             if (!line) return c->refuse(line.error());
             const auto& here = (*line)->number();
             if (!here.subscription || here.subscription->status == domain::line_status::ended)
                 return c->refuse({code::line_missing, "The number has no line."});
             const auto iccid = base::as_iccid(in->iccid);
             const auto has_it = [&](const domain::profile& p) { return p.iccid == iccid; };
             if (std::ranges::any_of(here.profiles, has_it)) return answer_line(c, {*line, {}, false});
             const auto from = holder_of(*c, iccid);
             if (!from) return c->refuse(from.error());
             auto what = submission_of(
                 *c, (*from)->key,
                 domain::number_command{domain::accept_offer{iccid, here.number, here.subscription->generation}});
             what.expected_revision.reset();  // that was of the line that agrees
             submit(c, std::move(what), [line = *line](const ask_ptr<line_told>& same, const engine::answer& done) {
                 if (const auto* wanted = wanted_in(done)) return answer_request(same, done, *wanted);
                 const auto now = same->core_of().read(line->key);
                 answer_line(same, {now ? *now : line, {}, done.replayed});
             });
         });
}

}  // namespace keepline::desk
