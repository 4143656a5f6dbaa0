// The functions of a download: what the protocol proves (rsp), then what the order says (the esim stream), then the
// answer.
#include "port/profile_keys.hpp"
#include "smdp/es9_call.hpp"

#include <algorithm>

namespace keepline::smdp {

using rsp::status;

namespace {

/// Whether the order is still the one that was offered when its command was committed.
bool same_terms(const domain::esim_state& a, const domain::esim_state& b) {
    return a.terms == b.terms && a.orders == b.orders;
}

/// Checks of what eUICC and device can do (SGP.22 §3.1.2 "eligibility").
rsp::outcome<void> check_eligible(es9_call& c, const rsp::client& who, const domain::esim_state& order) {
    if ((desk::rules_of(order.terms.metadata) & who.info.forbidden_rules) != 0)
        return rsp::refused(status::no_eligible_profile, "The eUICC forbids a profile policy rule of this order.");
    if (!rsp::has_room(who.info, package_size_of(c.of->with.types, order)))
        return rsp::refused(status::insufficient_memory);
    return {};
}

bool can_be_served(es9_call& c, const rsp::client& who, const domain::esim_state& order) {
    const auto& types = c.of->with.types;
    return domain::may_be_tried(order, c.of->now()) && (order.package || types.find(order.type) != nullptr) &&
           check_eligible(c, who, order) && metadata_of(types, order, c.as->address);
}

/// The order that has waited longest for this eUICC, of those that can be served to it now; where none can, the first,
/// whose refusal says why. One that cannot be served must not keep the others from their phone.
rsp::outcome<engine::view_ptr> waiting_order(es9_call& c, const rsp::client& who) {
    constexpr std::size_t looked_at = 64;
    auto& core = *c.of->with.core;
    const auto eid = proved_eid(who.euicc.eid);
    auto first = esim_waiting_for(core, eid);
    if (!first && first.error().what == base::code::not_found)
        return rsp::refused(status::eid_mismatch, "No order waits at this SM-DP+ for the EID of this eUICC.");
    if (!first) return std::unexpected(es9_refusal(first.error()));
    auto one = *first;
    for (std::size_t skip = 1; !can_be_served(c, who, one->esim()); ++skip) {
        if (skip == looked_at) return std::move(*first);
        const auto next = core.waiting_for(eid, skip);
        if (!next) return std::unexpected(es9_refusal(next.error()));
        if (!*next) return std::move(*first);
        const auto view = core.read(**next);
        if (!view) return std::unexpected(es9_refusal(view.error()));
        one = *view;
    }
    return one;
}

rsp::outcome<engine::view_ptr> order_for(es9_call& c, const rsp::client& who) {
    auto& core = *c.of->with.core;
    const auto wanted = who.matching_id.value_or("");
    if (wanted.empty()) return waiting_order(c, who);
    if (!c.as->underscore_matching_ids && wanted.contains('_')) return rsp::refused(status::matching_id_refused);
    auto found = esim_by_matching_id(core, wanted);
    if (!found && found.error().what == base::code::not_found) {
        std::string upper(wanted);
        for (auto& letter : upper)
            if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
        if (upper != wanted) found = esim_by_matching_id(core, upper);
        if (found) c.note({"matching_id_case"});
    }
    if (!found) return std::unexpected(es9_refusal(found.error()));
    return std::move(*found);
}

/// What this order's package was bound with for this eUICC before, under the same certificates: however that download
/// ended, by a break, a cancelled session, or an installation that may be tried again.
std::optional<rsp::secure_keys> earlier_binding(es9_call& c, const domain::esim_state& order, const rsp::session& now) {
    const bool was_bound = std::ranges::any_of(order.transactions, [&](const domain::download_transaction& one) {
        return one.delivered && one.order == order.orders && one.eid.text() == now.eid;
    });
    if (!was_bound) return std::nullopt;
    const auto kept = c.of->with.vault->open(port::profile_owner_of(order.iccid), port::profile_binding_kind);
    auto keys = kept ? rsp::secure_keys::parse(*kept) : std::unexpected(kept.error());
    if (!keys || keys->set != now.set || keys->eid != now.eid) return std::nullopt;
    return std::move(*keys);
}

std::string transaction_of(const rsp::session& s) { return base::hex(s.id); }

/// What is refused after an order was found: the session remembers it, for LPAs cancel after it with whatever reason,
/// and that says nothing of a person.
void refuse_download(const es9_call_ptr& c, const std::string& transaction, rsp::refusal why) {
    c->way->run([c, transaction, why = std::move(why)]() mutable {
        if (auto session = find_session(*c, transaction); session && !session->now.note.empty()) {
            session->now.refused = std::string(why.subject()) + "/" + std::string(why.reason());
            const bool bound = session->now.stage == rsp::stage::bound;
            const auto keep = bound ? c->of->how.bound_time : c->of->how.session_time;
            static_cast<void>(store_session(*c, *session, keep));  // else it is as it was
        }
        c->refuse(std::move(why));
    });
}

/// A refusal of the engine, or one that it had to remember.
std::optional<rsp::refusal> refusal_of(const result<engine::answer>& done) {
    if (!done) return es9_refusal(done.error());
    if (const auto remembered = domain::refusal_in(esim_events(*done))) return es9_refusal(*remembered);
    return std::nullopt;
}

}  // namespace

// ------------------------------------------------------------------------------------------------
// InitiateAuthentication

void initiate_authentication(const es9_call_ptr& c, const rsp_request& in) {
    const auto made = [&]() -> rsp::outcome<rsp_answer> {
        TRY(challenge, in.binary("euiccChallenge", 64));
        TRY(info, in.binary("euiccInfo1", rsp::most_request_bytes));
        TRY(address, in.text("smdpAddress"));
        TRY(opened, rsp::initiate(c->provider(), {challenge, info, address}, c->of->now(), c->of->random));
        if (address != c->as->address && !c->provider().is_spelt(address)) c->note({"server_address"});
        const auto& session = opened.started;
        const auto stored = c->of->with.sessions->put(session.id, session.serialise(), port::session_trust::none,
                                                      c->of->now() + c->of->how.session_time);
        if (!stored) return std::unexpected(es9_refusal(stored.error()));
        return rsp_answer()
            .text("transactionId", session.text())
            .binary("serverSigned1", opened.server_signed_1)
            .binary("serverSignature1", opened.server_signature_1)
            .binary("euiccCiPKIdToBeUsed", opened.ci_key_id)
            .binary("serverCertificate", opened.certificate);
    }();
    c->answer(made);
}

// ------------------------------------------------------------------------------------------------ AuthenticateClient

namespace {

struct authenticated {
    engine::submission begin;
    engine::view_ptr order;
    rsp_answer answer;
};

rsp::outcome<authenticated> authenticated_client(es9_call& c, const rsp_request& in) {
    TRY(transaction, in.text("transactionId"));
    TRY(response, in.binary("authenticateServerResponse", rsp::most_request_bytes));
    TRY(session, find_session(c, transaction));
    TRY(who, rsp::authenticate(c.provider(), session.now, transaction, response, c.of->now()));
    c.note(who.device.oddities);
    TRY(view, order_for(c, who));
    const auto& order = view->esim();
    if (auto fits = check_eligible(c, who, order); !fits) return std::unexpected(fits.error());
    auto metadata = metadata_of(c.of->with.types, order, session.now.server_address);
    if (!metadata) return rsp::refused(status::server_failed, metadata.error().words);
    const auto earlier = earlier_binding(c, order, session.now);
    const auto otpk = earlier ? base::byte_view(earlier->euicc_otpk) : base::byte_view();
    TRY(offered, rsp::offer(c.provider(), session.now, who, {!order.terms.confirmation.empty(), otpk}));
    session.now.note = order.iccid.text();
    if (auto stored = store_session(c, session, c.of->how.session_time); !stored)
        return std::unexpected(stored.error());
    domain::begin_download begin;
    begin.transaction = transaction_of(session.now);
    begin.eid = proved_eid(session.now.eid);
    begin.euicc_key = euicc_key_text(session.now.euicc_curve, session.now.euicc_key);
    begin.matching_id = who.matching_id ? order.terms.matching_id : "";  // as it was found by, in whatever letters
    return authenticated{c.submission_to(order.iccid, std::move(begin)), view,
                         rsp_answer()
                             .text("transactionId", session.now.text())
                             .binary("profileMetadata", *metadata)
                             .binary("smdpSigned2", offered.smdp_signed_2)
                             .binary("smdpSignature2", offered.smdp_signature_2)
                             .binary("smdpCertificate", offered.certificate)};
}

}  // namespace

void authenticate_client(const es9_call_ptr& c, const rsp_request& in) {
    auto ready = authenticated_client(*c, in);
    if (!ready) return c->refuse(ready.error());
    // The signed answer leaves only once the try is counted; until then nobody can go on with the stored session.
    const auto transaction = in.text("transactionId").value_or("");
    c->of->with.core->submit(
        std::move(ready->begin), [c, transaction, order = ready->order,
                                  out = std::move(ready->answer)](const result<engine::answer>& done) mutable {
            if (auto why = refusal_of(done)) return refuse_download(c, transaction, std::move(*why));
            if (!same_terms(order->esim(), done->view->esim()))
                return refuse_download(c, transaction,
                                       {status::server_failed, "The order has just changed; try again.", {}});
            c->answer(std::move(out));
        });
}

// ------------------------------------------------------------------------------------------------
// GetBoundProfilePackage

namespace {

struct bound {
    engine::submission command;
    rsp::outcome<rsp_answer> answer;  // a refusal: the confirmation code was wrong or missing
};

/// As they were kept where the eUICC answered with the one-time key that it was offered; or new ones, to be kept with
/// the order as long as it runs.
struct agreed {
    rsp::secure_keys keys;
    std::optional<port::vault_row> row;
};

rsp::outcome<agreed> keys_for(es9_call& c, const domain::esim_state& order, const rsp::session& now,
                              const rsp::prepared& ready) {
    auto earlier = earlier_binding(c, order, now);
    if (earlier && earlier->fit(now, ready.euicc_otpk)) return agreed{std::move(*earlier), std::nullopt};
    TRY(keys, rsp::agree(c.provider(), now, ready, c.of->one_time(rsp::binding_curve(c.provider(), now))));
    auto plain = keys.serialise();
    auto row = c.of->with.vault->seal(port::profile_owner_of(order.iccid), port::profile_binding_kind, plain);
    rsp::wipe({reinterpret_cast<std::uint8_t*>(plain.data()), plain.size()});
    if (!row) return rsp::refused(status::server_failed, row.error().words);
    return agreed{std::move(keys), std::move(*row)};
}

rsp::outcome<bound> bound_package(es9_call& c, const rsp_request& in) {
    TRY(transaction, in.text("transactionId"));
    TRY(response, in.binary("prepareDownloadResponse", rsp::most_request_bytes));
    TRY(session, find_session(c, transaction));
    const auto iccid = base::iccid::trusted(session.now.note);
    auto checked = rsp::prepare(c.provider(), session.now, transaction, response);
    if (!checked && checked.error().what == status::confirmation_missing)
        return bound{c.submission_to(iccid, domain::refuse_code{transaction_of(session.now), true}),
                     std::unexpected(checked.error())};
    if (!checked) return std::unexpected(checked.error());
    const auto& prepared = *checked;
    auto view = esim_by_iccid(*c.of->with.core, iccid);
    if (!view) return std::unexpected(es9_refusal(view.error()));
    const auto& order = (*view)->esim();
    const bool asks = session.now.confirmation_required && !order.terms.confirmation.empty();
    const auto kept = asks ? confirmation_of(*c.of, order) : result<std::string>(std::string());
    if (!kept) return rsp::refused(status::server_failed, kept.error().words);
    if (asks && !confirmation_fits(*prepared.hash_cc, *kept, session.now))
        return bound{c.submission_to(iccid, domain::refuse_code{transaction_of(session.now)}),
                     rsp::refused(status::confirmation_refused)};

    auto elements = package_of(c.of->with.types, *c.of->with.vault, order);
    if (!elements) return rsp::refused(status::server_failed, elements.error().words);
    auto metadata = metadata_of(c.of->with.types, order, session.now.server_address);
    if (!metadata) return rsp::refused(status::server_failed, metadata.error().words);
    auto agreed = keys_for(c, order, session.now, prepared);
    if (!agreed) return std::unexpected(agreed.error());
    auto package = rsp::bind(c.provider(), session.now, prepared, {*elements, *metadata, c.of->how.keys}, agreed->keys,
                             c.of->random);
    rsp::wipe(*elements);
    if (!package) return std::unexpected(package.error());
    session.now.refused.clear();
    if (auto stored = store_session(c, session, c.of->how.bound_time); !stored) return std::unexpected(stored.error());
    auto command = c.submission_to(iccid, domain::deliver_package{transaction_of(session.now)});
    if (agreed->row) command.vault.push_back(std::move(*agreed->row));
    return bound{std::move(command),
                 rsp_answer().text("transactionId", session.now.text()).binary("boundProfilePackage", *package)};
}

}  // namespace

void bind_profile_package(const es9_call_ptr& c, const rsp_request& in) {
    auto ready = bound_package(*c, in);
    const auto transaction = in.text("transactionId").value_or("");
    if (!ready) return refuse_download(c, transaction, ready.error());
    c->of->with.core->submit(std::move(ready->command), [c, transaction, out = std::move(ready->answer)](
                                                            const result<engine::answer>& done) mutable {
        const bool only_missing = done && !out && out.error().what == status::confirmation_missing;
        if (auto why = only_missing ? std::nullopt : refusal_of(done))
            return refuse_download(c, transaction, std::move(*why));
        if (!out) return refuse_download(c, transaction, out.error());
        c->answer(std::move(out));
    });
}

// ------------------------------------------------------------------------------------------------ CancelSession

void cancel_session(const es9_call_ptr& c, const rsp_request& in) {
    const auto cancelled = [&]() -> rsp::outcome<std::pair<rsp::session, rsp::cancel_reason>> {
        TRY(transaction, in.text("transactionId"));
        TRY(response, in.binary("cancelSessionResponse", rsp::most_request_bytes));
        TRY(session, find_session(*c, transaction));
        TRY(reason, rsp::cancel(c->provider(), session.now, transaction, response));
        const auto taken = c->of->with.sessions->take(session.now.id, c->of->now());
        if (!taken) return std::unexpected(es9_refusal(taken.error()));
        return std::pair(std::move(session.now), reason);
    }();
    if (!cancelled) return c->refuse(cancelled.error());
    const auto& [session, reason] = *cancelled;
    if (session.note.empty()) return c->answer(rsp_answer());  // no order was found for it yet
    c->of->with.core->submit(c->submission_to(base::iccid::trusted(session.note),
                                              domain::cancel_session{transaction_of(session), static_cast<int>(reason),
                                                                     c->of->how.forgiven_codes, session.refused}),
                             [c](const result<engine::answer>& done) {
                                 if (!done) return c->refuse(es9_refusal(done.error()));
                                 c->answer(rsp_answer());
                             });
}

}  // namespace keepline::smdp
