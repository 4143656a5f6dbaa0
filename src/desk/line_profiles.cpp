// The profiles of a line as its owner needs them: where each stands, and for those that wait on our SM-DP+ the
// activation code, as text and as a QR code. With the code one takes the number: its owner is shown it, and for a while
// whoever ordered it and may have them at the counter; nobody else of the staff, and no other system.
#include "desk/activation_code.hpp"
#include "desk/esim_service.hpp"
#include "desk/esim_views.hpp"
#include "desk/identifiers.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

/// The order of a profile that may be downloaded now; null: there is none, or it is over.
result<engine::view_ptr> open_order(const asked& c, const domain::number_state& line, const domain::profile& p) {
    if (c.at->with.smdp == nullptr || p.matching_id.empty() || p.type.empty()) return engine::view_ptr();
    auto found = esim_by_iccid(c.core_of(), p.iccid);
    if (!found && found.error().what != code::not_found) return found;
    if (!found) return engine::view_ptr();
    const auto& s = (*found)->esim();
    const bool open = s.status == domain::esim_status::released || s.status == domain::esim_status::downloaded;
    if (!open || s.number != line.number || s.terms.matching_id != p.matching_id) return engine::view_ptr();
    return found;
}

/// While the line is locked as lost, a session may be in whoever's hands the phone is: only who ordered a profile for
/// the lost one's place sees its code. What was ordered before a loss is shown to nobody, the lock over or not.
bool may_see_code(const asked& c, const domain::number_state& line, const domain::profile& p) {
    const bool locked = line.subscription && line.subscription->locked_since;
    if (domain::held_by_loss(line, p)) return false;
    if (c.is_customer()) return !locked || domain::same_holder(c.who.who, p.ordered_by);
    const auto rules = c.core_of().rules();
    const auto* policy = line.subscription ? rules->policies.find(line.subscription->policy) : nullptr;
    return policy != nullptr && domain::same_holder(c.who.who, p.ordered_by) && c.who.since <= p.ordered_at &&
           c.now() < p.ordered_at + base::hours{policy->devices.seller_code_hours};
}

result<std::string> code_in_path(const asked& c) {
    TRY(view, line_for(c, c.ids[0]));
    const auto& line = view->number();
    const auto iccid = base::iccid_of_card(c.ids[1]);
    const auto found = std::ranges::find_if(line.profiles, [&](const auto& p) { return iccid && p.iccid == *iccid; });
    if (found == line.profiles.end() || !line.subscription)
        return refuse(code::profile_unknown, "The line has no such profile.");
    TRY(order, open_order(c, line, *found));
    if (!order || c.at->with.smdp->with.identities.empty())
        return refuse(code::not_found, "The profile is not waiting for a download, so it has no activation code.");
    const bool for_loss = line.subscription->locked_since || domain::held_by_loss(line, *found);
    if (!may_see_code(c, line, *found) && for_loss)
        return refuse(
            code::line_locked,
            "The line was reported lost: a code is shown only of what was ordered since, and while it is locked "
            "only to whoever ordered that, on proof.");
    if (!may_see_code(c, line, *found))
        return refuse(code::forbidden,
                      "An activation code is shown to the line's owner, and for some hours to whoever ordered it.");
    return activation_code_of(order->esim().terms, c.at->with.smdp->with.identities.front());
}

void answer_drawing(services& of, const use_case& what, request by, std::array<std::string, 2> ids, reply<drawing> then,
                    std::string_view type, result<std::string> (*draw)(std::string_view)) {
    take(of, what, std::move(by), std::move(ids), std::move(then), [&](const ask_ptr<drawing>& c) {
        auto drawn = [&]() -> result<std::string> {
            TRY(text, code_in_path(*c));
            return draw(text);
        }();
        if (!drawn) return c->refuse(drawn.error());
        c->answer({type, std::move(*drawn)});
    });
}

result<std::vector<line_profile_view>> profiles_with_codes(const asked& c) {
    TRY(view, line_for(c, c.ids[0]));
    const auto& line = view->number();
    const auto shown = line_of(*view, c.shown_to()).profiles;
    std::vector<line_profile_view> out;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        line_profile_view one{shown[i], {}, {}};
        TRY(order, open_order(c, line, line.profiles[i]));
        const bool sayable = order && line.subscription && !c.at->with.smdp->with.identities.empty();
        if (sayable && may_see_code(c, line, line.profiles[i])) {
            one.activation_code = activation_code_of(order->esim().terms, c.at->with.smdp->with.identities.front());
            one.confirmation_code = !order->esim().terms.confirmation.empty();
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

namespace {

/// It was only asked for, or the proof failed, or it is on its way.
void answer_ordered(const ask_ptr<line_told>& c, const engine::answer& done) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    answer_proved(c, done);
}

/// A customer orders another of what the line has: which types there are, and what comes from elsewhere, is the
/// operator's.
result<void> check_ordered_by_customer(const domain::number_state& line, const new_profile_body& in) {
    const auto has = [&](const domain::profile& one) { return in.type && !one.type.empty() && one.type == *in.type; };
    if (std::ranges::any_of(line.profiles, has)) return {};
    return refuse(code::forbidden,
                  "A customer orders a profile of a type that the line has; any other is added by staff.",
                  {{"field", "type"}});
}

void order_line_profile(const ask_ptr<line_told>& c, const engine::view_ptr& line, const new_profile_body& in) {
    if (in.iccid || in.imsi || in.eid || in.state)
        return c->refuse({code::invalid, "Send `type`, or the profile itself.", {{"field", "type"}}});
    const auto& held = line->number().subscription;
    if (!held) return c->refuse({code::line_missing, "The number has no line."});
    auto wanted = make::wanted_profile(*c, *in.type, in.confirmation_code, held->subscriber);
    if (!wanted) return c->refuse(wanted.error());
    auto shown = make::proof_in({*c, *line, 0}, in.evidence, in.recovery_code);
    if (!shown) return c->refuse(shown.error());
    wanted->what.shown = std::move(*shown);
    auto what = submission_of(*c, line->key, domain::number_command{std::move(wanted->what)});
    if (wanted->code) what.vault.push_back(std::move(*wanted->code));
    submit(c, std::move(what), answer_ordered);
}

}  // namespace

/// Of our SM-DP+ by type, or one that exists already: then its identifiers are reserved for the line first.
void desk::add_line_profile(request by, const std::string& line_id, said<new_profile_body> in, reply<line_told> then) {
    take(shared_, use::add_line_profile, std::move(by), {line_id}, std::move(then), [&](const ask_ptr<line_told>& c) {
        const auto line = line_for(*c, c->ids[0]);
        if (!line) return c->refuse(line.error());
        if (!in) return c->refuse(in.error());
        if (c->is_customer())
            if (auto may = check_ordered_by_customer((*line)->number(), *in); !may) return c->refuse(may.error());
        if (in->type) return order_line_profile(c, *line, *in);
        auto command = make::add_profile({*c, **line, 0}, std::move(*in));
        if (!command) return c->refuse(command.error());
        const auto* added = std::get_if<domain::add_profile>(&*command);
        auto what = submission_of(*c, (*line)->key, *command);
        const auto& s = (*line)->number();
        if (!s.subscription) return submit(c, std::move(what), answer_line);
        const domain::line_holder holder{s.number, s.subscription->generation};
        auto wanted = claims_for(*c, holder, {added->added});
        if (!wanted) return c->refuse(wanted.error());
        reserve_claims(c, std::move(*wanted), holder.generation,
                       [what](const ask_ptr<line_told>& same, const reserved_claims& held) {
                           submit_reserved(same, held, what, answer_ordered);
                       });
    });
}

void desk::list_line_profiles(request by, const std::string& line_id, reply<page_of<line_profile_view>> then) {
    take(shared_, use::list_line_profiles, std::move(by), {line_id}, std::move(then),
         [&](const ask_ptr<page_of<line_profile_view>>& c) {
             auto items = profiles_with_codes(*c);
             if (!items) return c->refuse(items.error());
             c->answer({std::move(*items), {}});
         });
}

void desk::activation_code_svg(request by, const std::string& line, const std::string& iccid, reply<drawing> then) {
    answer_drawing(shared_, use::activation_code_svg, std::move(by), {line, iccid}, std::move(then), "image/svg+xml",
                   qr_svg);
}
void desk::activation_code_png(request by, const std::string& line, const std::string& iccid, reply<drawing> then) {
    answer_drawing(shared_, use::activation_code_png, std::move(by), {line, iccid}, std::move(then), "image/png",
                   [](std::string_view text) { return qr_png(text); });
}

}  // namespace keepline::desk
