#include "smdp/es2.hpp"

#include "base/digest.hpp"
#include "desk/activation_code.hpp"
#include "desk/asked_for.hpp"
#include "port/profile_keys.hpp"
#include "smdp/rsp_json.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace keepline::smdp {

using base::code;
using rsp::refused;
using rsp::status;

namespace {

constexpr auto calls_remembered = base::hours{24};
constexpr std::chrono::milliseconds smds_look_every{20};
constexpr std::chrono::milliseconds same_call_every{20};
constexpr int picks_max = 32;  // how often a profile that another order took first is looked for again

struct es2_call : std::enable_shared_from_this<es2_call> {
    esim_service* of = nullptr;
    const es2_settings* how = nullptr;
    const es2_client* who = nullptr;
    exchange_ptr way;
    rsp_call function = rsp_call::download_order;
    std::chrono::steady_clock::time_point started;
    std::string correlation;
    std::string call_id;  // functionCallIdentifier
    std::atomic<bool> answered{false};

    base::label requester(const base::iccid& of_profile) const;
    base::label requester(const base::iccid& of_profile, const domain::cancel_order& what) const;
    void answer(rsp::outcome<rsp_answer> outcome);
    void refuse(rsp::refusal why) { answer(std::unexpected(std::move(why))); }
    engine::submission submission_to(const base::iccid& iccid, domain::esim_command what) const;
};
using es2_call_ptr = std::shared_ptr<es2_call>;

void es2_call::answer(rsp::outcome<rsp_answer> outcome) {
    if (answered.exchange(true)) return;
    way->run([me = shared_from_this(), outcome = std::move(outcome)] {
        const auto* why = outcome ? nullptr : &outcome.error().what;
        me->of->count(me->function, why, me->started);
        me->of->with.log->info("rsp", me->correlation,
                               {{"function", std::string(name_of(me->function))},
                                {"operator", me->who->operator_label.text()},
                                {"outcome", why == nullptr ? "success" : std::string(rsp::info(*why).name)}});
        me->way->reply(rsp_response(outcome));
    });
}

/// Whom the configuration lets act on every order acts for the operator that made it. What no operator ordered, a
/// line's order, one of us, or what is in stock, it has no more to say about than any other operator.
base::label es2_call::requester(const base::iccid& of_profile) const {
    if (!who->every_order) return who->operator_label;
    const auto view = of->with.core->read(esim_key(of_profile));
    const bool of_operator = view && (*view)->esim().is_ordered() && !(*view)->esim().requester.empty();
    return of_operator ? (*view)->esim().requester : who->operator_label;
}

/// Its repeat of a cancelOrder, after which nobody has ordered the profile any more.
base::label es2_call::requester(const base::iccid& of_profile, const domain::cancel_order& what) const {
    if (!who->every_order) return who->operator_label;
    const auto view = of->with.core->read(esim_key(of_profile));
    if (!view || !(*view)->esim().cancelled) return requester(of_profile);
    auto again = what;
    again.requester = (*view)->esim().cancelled->requester;
    const bool repeat = !again.requester.empty() && was_cancelled_so((*view)->esim(), again);
    return repeat ? again.requester : requester(of_profile);
}

engine::submission es2_call::submission_to(const base::iccid& iccid, domain::esim_command what) const {
    engine::submission out;
    out.to = esim_key(iccid);
    out.what = std::move(what);
    out.by = {domain::role::system, domain::operator_name(who->operator_label)};
    out.through = domain::channel::bulk;
    out.correlation = correlation;
    return out;
}

/// What it takes another person to allow is not done, and is not answered as if it were.
rsp::refusal needs_another_person() {
    return {status::iccid_not_allowed,
            "A device may have the profile, or somebody waits for it: a person here decides.",
            {}};
}

rsp::refusal es2_refusal(const base::error& why, rsp_call function) {
    const auto as = [&](status what) { return rsp::refusal{what, why.words, {}}; };
    switch (why.what) {
        case code::not_found:
        case code::esim_unknown: return as(status::iccid_unknown);
        case code::esim_not_yours:
        case code::second_person_needed: return as(status::iccid_not_allowed);
        case code::esim_not_confirmed: return as(status::iccid_not_releasable);
        case code::esim_taken:
            return as(function == rsp_call::release_profile ? status::iccid_not_releasable : status::iccid_in_use);
        case code::esim_type_unknown: return as(status::profile_type_unknown);
        case code::esim_type_differs: return as(status::profile_type_mismatch);
        case code::out_of_stock: return as(status::profile_type_out_of_stock);
        case code::eid_missing: return as(status::eid_missing);
        case code::eid_differs: return as(status::eid_conflict);
        case code::matching_id_taken: return as(status::matching_id_in_use);
        case code::matching_id_wrong: return as(status::matching_id_conflict);
        case code::invalid: return as(status::malformed);
        default: return {status::server_failed, "The SM-DP+ cannot answer now; try again soon.", {}};
    }
}

/// Once the order's event is at its SM-DS, if it names one. The order stands whatever the SM-DS says; it is refused so
/// that the operator knows, and may ask again. Until then an SM-DS that cannot be reached goes on being tried.
void answer_when_registered(const es2_call_ptr& c, const base::iccid& iccid, const domain::esim_state& now,
                            std::chrono::milliseconds waited, rsp_answer with) {
    using domain::registration;
    if (!now.announced || now.announced->status == registration::registered) return c->answer(std::move(with));
    const auto& smds = now.announced->record.smds;
    if (now.announced->status == registration::refused)
        return c->refuse(
            {status::smds_failed, "The SM-DS " + smds + " answered with status " + now.announced->refusal + ".", {}});
    if (now.announced->status == registration::unknown)
        return c->refuse({status::smds_inaccessible, "This SM-DP+ knows no SM-DS " + smds + ".", {}});
    if (waited >= c->how->smds_wait)
        return c->refuse({status::smds_inaccessible, "The SM-DS " + smds + " cannot be reached; it is tried on.", {}});
    c->way->run_after(smds_look_every, [c, iccid, waited, with = std::move(with)]() mutable {
        const auto view = c->of->with.core->read(esim_key(iccid));
        if (!view) return c->refuse(es2_refusal(view.error(), c->function));
        answer_when_registered(c, iccid, (*view)->esim(), waited + smds_look_every, std::move(with));
    });
}

// ------------------------------------------------------------------------------------------------ what calls have in
// common

/// `next` gets the order as it is once the command is committed; a refusal is the call's answer.
template <typename Next>
void submit_order_step(const es2_call_ptr& c, engine::submission what, Next next) {
    c->of->with.core->submit(std::move(what), [c, next = std::move(next)](const result<engine::answer>& done) {
        if (!done) return c->refuse(es2_refusal(done.error(), c->function));
        if (desk::wanted_in(*done) != nullptr) return c->refuse(needs_another_person());
        next(done->view->esim());
    });
}

/// 19 or 20 digits, 19 of them padded with F or not.
rsp::outcome<base::iccid> iccid_from(const std::string& text) {
    auto parsed = base::iccid_of_card(text);
    if (!parsed) return refused(status::malformed, "`iccid` is wrong. " + parsed.error().words);
    return std::move(*parsed);
}

rsp::outcome<std::optional<base::iccid>> maybe_iccid(const rsp_request& in) {
    TRY(text, in.maybe_text("iccid"));
    if (!text) return std::nullopt;
    auto parsed = iccid_from(*text);
    if (!parsed) return std::unexpected(parsed.error());
    return std::optional(std::move(*parsed));
}

rsp::outcome<base::iccid> needed_iccid(const rsp_request& in) {
    TRY(text, in.text("iccid"));
    return iccid_from(text);
}

rsp::outcome<base::eid> eid_from(const rsp_request& in) {
    TRY(text, in.maybe_text("eid"));
    if (!text || text->empty()) return base::eid();
    if (text->size() != 32 || text->find_first_not_of("0123456789") != std::string::npos)
        return refused(status::malformed, "`eid` must be 32 digits.");
    return proved_eid(*text);  // a wrong check digit is the eUICC manufacturer's, not the caller's
}

rsp::outcome<std::string> matching_id_from(const es2_call& c, const std::optional<std::string>& text) {
    if (text && !is_matching_id(*text, c.of->takes_underscores()))
        return refused(status::malformed, "`matchingId` must be made of digits, upper-case letters and dashes.");
    return text.value_or("");
}

// ------------------------------------------------------------------------------------------------ DownloadOrder

/// What an order by type is found again by: who asked, by which call.
std::string call_digest(const es2_call& c) {
    constexpr std::size_t kept = 16;
    const auto whole = base::part_hasher().add("es2").add(c.who->operator_label.text()).add(c.call_id).finish();
    return base::hex(base::byte_view(whole).first(kept));
}

struct order_by_type {
    es2_call_ptr call;
    std::string type;
    base::eid eid;
    std::string digest;  // of the call
    std::optional<base::places::held> alone{};
    int picks = 0;
};
using order_by_type_ptr = std::shared_ptr<order_by_type>;

void try_order(const order_by_type_ptr& order);

void try_again(const order_by_type_ptr& order) {
    const auto& c = order->call;
    if (!c->of->orders.post([order] { try_order(order); }))
        c->refuse(es2_refusal({code::overloaded, {}, {}}, c->function));
}

void submit_order(const order_by_type_ptr& order, const base::iccid& iccid, bool remembered) {
    const auto& c = order->call;
    auto command =
        c->submission_to(iccid, domain::download_order{c->who->operator_label, order->eid, order->type, order->digest});
    c->of->with.core->submit(std::move(command), [order, iccid, remembered](const result<engine::answer>& done) {
        const auto& same = order->call;
        if (done && desk::wanted_in(*done) != nullptr) return same->refuse(needs_another_person());
        if (done) return same->answer(rsp_answer().text("iccid", iccid.text()));
        const bool lost = done.error().what == code::esim_taken || done.error().what == code::esim_not_yours;
        if (!lost || remembered || ++order->picks >= picks_max)
            return same->refuse(es2_refusal(done.error(), same->function));
        try_again(order);
    });
}

/// The profile that the same call was given before. It is the order's own event that remembers it: so nobody can push
/// it out, and it is there as long as the order is.
result<engine::view_ptr> ordered_before(engine::front& of, const std::string& digest, base::instant now) {
    constexpr std::size_t looked_at = 8;
    port::stream_filter which;
    which.kind = port::stream_kind::esim;
    which.order_call = digest;
    TRY(listed, of.list(which, {}, looked_at));
    engine::view_ptr newest;
    for (const auto& one : listed.streams) {
        TRY(view, of.read(one.key));
        const auto& s = view->esim();
        if (s.call != digest || s.ordered_at + calls_remembered <= now) continue;
        if (!newest || newest->esim().ordered_at < s.ordered_at) newest = view;
    }
    if (!newest) return base::refuse(code::not_found, "This call has ordered nothing.");
    return newest;
}

void try_order(const order_by_type_ptr& order) {
    const auto& c = order->call;
    auto& core = *c->of->with.core;
    // Of one call that comes twice at once, the second waits for what the first is given.
    if (!order->alone) order->alone = c->of->calls.enter(order->digest);
    if (!order->alone) return c->way->run_after(same_call_every, [order] { try_again(order); });
    const auto before = ordered_before(core, order->digest, c->of->now());
    if (before) return submit_order(order, (*before)->esim().iccid, true);
    if (before.error().what != code::not_found) return c->refuse(es2_refusal(before.error(), c->function));
    const auto found = esim_in_stock(core, order->type, 0);
    if (!found) return c->refuse(es2_refusal(found.error(), c->function));
    submit_order(order, (*found)->esim().iccid, false);
}

rsp::outcome<void> check_type(const es2_call& c, const std::string& name) {
    const auto* type = c.of->with.types.find(name);
    if (type == nullptr) return refused(status::profile_type_unknown);
    if (!c.who->every_order && !type->owner.empty() && type->owner != c.who->operator_label)
        return refused(status::profile_type_not_allowed);
    return {};
}

void download_order(const es2_call_ptr& c, const rsp_request& in) {
    auto read = [&]() -> rsp::outcome<std::pair<std::optional<base::iccid>, order_by_type>> {
        TRY(iccid, maybe_iccid(in));
        TRY(eid, eid_from(in));
        TRY(type, in.maybe_text("profileType"));
        if (type && type->empty()) type.reset();
        if (!iccid && !type) return refused(status::element_missing, "One of `iccid` and `profileType` is needed.");
        if (type)
            if (auto known = check_type(*c, *type); !known) return std::unexpected(known.error());
        return std::pair(iccid, order_by_type{c, type.value_or(""), eid, type ? call_digest(*c) : std::string()});
    }();
    if (!read) return c->refuse(read.error());
    const auto order = std::make_shared<order_by_type>(std::move(read->second));
    read->first ? submit_order(order, *read->first, true) : try_order(order);
}

// ------------------------------------------------------------------------------------------------ ConfirmOrder

struct confirmation {
    domain::confirm_order order;
    std::string code;  // as the operator gave it
};

rsp::outcome<confirmation> confirmation_from(es2_call& c, const base::iccid& iccid, const rsp_request& in) {
    domain::confirm_order out;
    out.requester = c.requester(iccid);
    TRY(matching_id, in.maybe_text("matchingId"));
    TRY(checked, matching_id_from(c, matching_id));
    TRY(eid, eid_from(in));
    TRY(code_text, in.maybe_text("confirmationCode"));
    TRY(smds, in.maybe_text("smdsAddress"));
    TRY(release, in.maybe_flag("releaseFlag"));
    if (!release) return refused(status::element_missing, "`releaseFlag` is missing.");
    out.release = *release;
    out.matching_id_made = !matching_id.has_value();
    out.terms.matching_id = matching_id ? checked : fresh_matching_id(*c.of->with.random);
    out.terms.eid = eid;
    if (smds) out.terms.smds = *smds;
    return confirmation{std::move(out), code_text.value_or("")};
}

/// What hashCc needs of the code goes into the vault with the order, under the profile's key.
rsp::outcome<engine::submission> confirmation_for(const es2_call& c, const base::iccid& iccid, confirmation given) {
    std::optional<port::vault_row> row;
    if (!given.code.empty()) {
        const auto known = esim_by_iccid(*c.of->with.core, iccid);
        if (!known) return std::unexpected(es2_refusal(known.error(), c.function));
        auto kept = keep_confirmation(*c.of, port::profile_owner_of(iccid), given.code, &(*known)->esim());
        if (!kept) return std::unexpected(es2_refusal(kept.error(), c.function));
        given.order.terms.confirmation = std::move(kept->mark);
        row = std::move(kept->row);
    }
    auto what = c.submission_to(iccid, std::move(given.order));
    if (row) what.vault.push_back(std::move(*row));
    return what;
}

void confirm_order(const es2_call_ptr& c, const rsp_request& in) {
    auto read = [&]() -> rsp::outcome<engine::submission> {
        TRY(iccid, needed_iccid(in));
        TRY(given, confirmation_from(*c, iccid, in));
        return confirmation_for(*c, iccid, std::move(given));
    }();
    if (!read) return c->refuse(read.error());
    submit_order_step(c, std::move(*read), [c](const domain::esim_state& s) {
        rsp_answer out;
        if (!s.terms.eid.empty()) out.text("eid", s.terms.eid.text());
        out.text("matchingId", s.terms.matching_id);
        if (!c->how->smdp_address.empty()) out.text("smdpAddress", c->how->smdp_address);
        answer_when_registered(c, s.iccid, s, {}, std::move(out));
    });
}

// ------------------------------------------------------------------------------------------------ CancelOrder,
// ReleaseProfile

void cancel_order(const es2_call_ptr& c, const rsp_request& in) {
    auto read = [&]() -> rsp::outcome<engine::submission> {
        domain::cancel_order out;
        TRY(iccid, needed_iccid(in));
        TRY(eid, eid_from(in));
        TRY(matching_id, in.maybe_text("matchingId"));
        TRY(final_state, in.text("finalProfileStatusIndicator"));
        if (final_state != "Available" && final_state != "Unavailable")
            return refused(status::malformed, "`finalProfileStatusIndicator` must be Available or Unavailable.");
        out.eid = eid;
        out.matching_id = matching_id.value_or("");
        out.to_stock = final_state == "Available";
        out.named = true;
        out.requester = c->requester(iccid, out);
        return c->submission_to(iccid, std::move(out));
    }();
    if (!read) return c->refuse(read.error());
    submit_order_step(c, std::move(*read), [c](const domain::esim_state&) { c->answer(rsp_answer()); });
}

void release_profile(const es2_call_ptr& c, const rsp_request& in) {
    const auto iccid = needed_iccid(in);
    if (!iccid) return c->refuse(iccid.error());
    submit_order_step(c, c->submission_to(*iccid, domain::release_profile{c->requester(*iccid)}),
                      [c](const domain::esim_state& s) { answer_when_registered(c, s.iccid, s, {}, rsp_answer()); });
}

void run_es2(const es2_call_ptr& c) {
    for (const auto odd : oddities_of_head(c->way->in)) c->of->note_odd(odd, c->correlation, "es2");
    const auto in = rsp_request::parse(c->way->in.body);
    if (!in) return c->refuse(in.error());
    for (const auto odd : in->oddities()) c->of->note_odd(odd, c->correlation, "es2");
    const auto requester = in->header_text("functionRequesterIdentifier");
    if (!requester) return c->refuse(requester.error());
    auto call_id = in->header_text("functionCallIdentifier");
    if (!call_id) return c->refuse(call_id.error());
    if (!c->who->requester.empty() && *requester != c->who->requester)
        return c->refuse(
            {status::requester_unknown, "`functionRequesterIdentifier` is not the one of this certificate.", {}});
    c->call_id = std::move(*call_id);
    switch (c->function) {
        case rsp_call::download_order: return download_order(c, *in);
        case rsp_call::confirm_order: return confirm_order(c, *in);
        case rsp_call::cancel_order: return cancel_order(c, *in);
        default: return release_profile(c, *in);
    }
}

std::optional<rsp_call> es2_function(std::string_view name) {
    for (const auto one :
         {rsp_call::download_order, rsp_call::confirm_order, rsp_call::cancel_order, rsp_call::release_profile})
        if (name_of(one) == name) return one;
    return std::nullopt;
}

}  // namespace

// ------------------------------------------------------------------------------------------------ the listener

es2::es2(esim_service& shared, es2_settings how)
    : shared_(shared), how_(std::move(how)), instance_("es2-" + shared.with.random->token(5)) {}

const es2_client* es2::client_of(const http::request& in) const {
    if (in.client == nullptr) return nullptr;
    const auto found = std::ranges::find_if(how_.clients, [&](const es2_client& one) {
        return one.fingerprint.empty() ? !one.common_name.empty() && one.common_name == in.client->common_name
                                       : one.fingerprint == in.client->fingerprint;
    });
    return found == how_.clients.end() ? nullptr : &*found;
}

base::result<std::size_t> es2::admit(const http::request& head) {
    if (client_of(head) == nullptr) return base::refuse(code::forbidden, "This certificate is not known here.");
    return std::size_t{rsp_body_max};
}

void es2::handle(exchange_ptr what) {
    const auto c = std::make_shared<es2_call>();
    c->of = &shared_;
    c->how = &how_;
    c->way = std::move(what);
    c->started = std::chrono::steady_clock::now();
    c->correlation = instance_ + "-" + std::to_string(made_.fetch_add(1, std::memory_order_relaxed) + 1);
    const auto refuse = [&](const base::error& why) { c->way->reply(rsp_problem(why, shared_.now())); };
    c->who = client_of(c->way->in);
    if (c->who == nullptr) return refuse({code::forbidden, "This certificate is not known here.", {}});
    const auto function = es2_function(rsp_function(c->way->in.path(), es2_prefix));
    if (!function) return refuse({code::not_found, "There is nothing at this address.", {}});
    if (auto fine = check_rsp_head(c->way->in); !fine) return refuse(fine.error());
    c->function = *function;
    const auto busy = [&] { c->refuse({status::server_failed, "The SM-DP+ has too much to do; try again soon.", {}}); };
    const bool taken = shared_.orders.post([c] {
        try {
            run_es2(c);
        } catch (const std::exception&) {
            c->refuse({status::server_failed, "Something went wrong on our side; try again.", {}});
        }
    });
    if (!taken) busy();
}

response es2::refusal(const base::error& why, const http::request&) { return rsp_problem(why, shared_.now()); }

}  // namespace keepline::smdp
