// The functions of a download: what the protocol proves (rsp), then what the order says (the esim stream), then the
// answer.
#include "http/es9_call.hpp"

#include <algorithm>

namespace keepline::http {

using rsp::status;

namespace {

/// Whether the order is still the one that was offered when its command was committed.
bool same_terms(const domain::esim_state& a, const domain::esim_state& b) {
    return a.terms == b.terms && a.orders == b.orders;
}

rsp::outcome<engine::view_ptr> order_for(es9_call& c, const rsp::client& who) {
    auto& core = *c.of->with.core;
    auto found = who.matching_id && !who.matching_id->empty() ? esim_by_matching_id(core, *who.matching_id)
                                                              : esim_waiting_for(core, proved_eid(who.euicc.eid));
    if (!found) return std::unexpected(es9_refusal(found.error()));
    return std::move(*found);
}

/// Checks of what eUICC and device can do (SGP.22 §3.1.2 "eligibility").
rsp::outcome<void> check_eligible(es9_call& c, const rsp::client& who, const domain::esim_state& order) {
    if ((rules_of(order.terms.metadata) & who.info.forbidden_rules) != 0)
        return rsp::refused(status::no_eligible_profile, "The eUICC forbids a profile policy rule of this order.");
    if (!rsp::has_room(who.info, package_size_of(c.of->with.types, order)))
        return rsp::refused(status::insufficient_memory);
    return {};
}

/// The one-time key that this eUICC made for this order before, as long as its session is remembered.
base::bytes earlier_key(es9_call& c, const domain::esim_state& order, const rsp::session& now) {
    for (auto one = order.transactions.rbegin(); one != order.transactions.rend(); ++one) {
        if (!one->delivered || one->order != order.orders || one->eid.text() != now.eid) continue;
        const auto id = rsp::transaction_from_text(one->id);
        auto stored = id ? c.of->with.sessions->find(*id, c.of->now()) : std::nullopt;
        if (!id || !stored || !*stored) continue;
        const auto before = rsp::session::parse((*stored)->content);
        if (before && before->set == now.set && !before->euicc_otpk.empty()) return before->euicc_otpk;
    }
    return {};
}

std::string transaction_of(const rsp::session& s) { return base::hex(s.id); }

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
    TRY(view, order_for(c, who));
    const auto& order = view->esim();
    if (auto fits = check_eligible(c, who, order); !fits) return std::unexpected(fits.error());
    auto metadata = metadata_of(c.of->with.types, order, session.now.server_address);
    if (!metadata) return rsp::refused(status::server_failed, metadata.error().words);
    const auto otpk = earlier_key(c, order, session.now);
    TRY(offered, rsp::offer(c.provider(), session.now, who, {!order.terms.confirmation.empty(), otpk}));
    session.now.note = order.iccid.text();
    if (auto stored = store_session(c, session, c.of->how.session_time); !stored)
        return std::unexpected(stored.error());
    domain::begin_download begin;
    begin.transaction = transaction_of(session.now);
    begin.eid = proved_eid(session.now.eid);
    begin.euicc_key = euicc_key_text(session.now.euicc_curve, session.now.euicc_key);
    begin.matching_id = who.matching_id.value_or("");
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
    c->of->with.core->submit(std::move(ready->begin), [c, order = ready->order, out = std::move(ready->answer)](
                                                          const result<engine::answer>& done) mutable {
        if (auto why = refusal_of(done)) return c->refuse(std::move(*why));
        if (!same_terms(order->esim(), done->view->esim()))
            return c->refuse({status::server_failed, "The order has just changed; try again.", {}});
        c->answer(std::move(out));
    });
}

// ------------------------------------------------------------------------------------------------
// GetBoundProfilePackage

namespace {

struct bound {
    engine::submission command;
    std::optional<rsp_answer> answer;  // none: the confirmation code was wrong
};

rsp::outcome<bound> bound_package(es9_call& c, const rsp_request& in) {
    TRY(transaction, in.text("transactionId"));
    TRY(response, in.binary("prepareDownloadResponse", rsp::most_request_bytes));
    TRY(session, find_session(c, transaction));
    TRY(prepared, rsp::prepare(c.provider(), session.now, transaction, response));
    const auto iccid = base::iccid::trusted(session.now.note);
    auto view = esim_by_iccid(*c.of->with.core, iccid);
    if (!view) return std::unexpected(es9_refusal(view.error()));
    const auto& order = (*view)->esim();
    const bool asks = session.now.confirmation_required && !order.terms.confirmation.empty();
    const auto kept = asks ? confirmation_of(*c.of, order) : result<std::string>(std::string());
    if (!kept) return rsp::refused(status::server_failed, kept.error().words);
    if (asks && !confirmation_fits(*prepared.hash_cc, *kept, session.now))
        return bound{c.submission_to(iccid, domain::refuse_code{transaction_of(session.now)}), std::nullopt};

    auto elements = package_of(c.of->with.types, *c.of->with.vault, order);
    if (!elements) return rsp::refused(status::server_failed, elements.error().words);
    auto metadata = metadata_of(c.of->with.types, order, session.now.server_address);
    if (!metadata) return rsp::refused(status::server_failed, metadata.error().words);
    auto package = rsp::bind(c.provider(), session.now, prepared, {*elements, *metadata, c.of->how.keys},
                             c.of->one_time(rsp::binding_curve(c.provider(), session.now)), c.of->random);
    rsp::wipe(*elements);
    if (!package) return std::unexpected(package.error());
    if (auto stored = store_session(c, session, c.of->how.bound_time); !stored) return std::unexpected(stored.error());
    return bound{c.submission_to(iccid, domain::deliver_package{transaction_of(session.now)}),
                 rsp_answer().text("transactionId", session.now.text()).binary("boundProfilePackage", *package)};
}

}  // namespace

void bind_profile_package(const es9_call_ptr& c, const rsp_request& in) {
    auto ready = bound_package(*c, in);
    if (!ready) return c->refuse(ready.error());
    c->of->with.core->submit(
        std::move(ready->command), [c, out = std::move(ready->answer)](const result<engine::answer>& done) mutable {
            if (auto why = refusal_of(done)) return c->refuse(std::move(*why));
            // A wrong code is always refused; if the order says otherwise, it has changed since.
            if (!out)
                return c->refuse(
                    {status::confirmation_refused, std::string(rsp::info(status::confirmation_refused).words), {}});
            c->answer(std::move(*out));
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
    c->of->with.core->submit(
        c->submission_to(base::iccid::trusted(session.note),
                         domain::cancel_session{transaction_of(session), static_cast<int>(reason)}),
        [c](const result<engine::answer>& done) {
            if (!done) return c->refuse(es9_refusal(done.error()));
            c->answer(rsp_answer());
        });
}

}  // namespace keepline::http
