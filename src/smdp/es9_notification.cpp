// ES9+.HandleNotification (SGP.22 v2.5 §5.6.4): what eUICCs signed about our profiles. Nothing is believed before its
// signature is verified over the received bytes; what cannot be verified changes nothing. Repeats, late ones and those
// of profiles that nobody knows are the esim stream's to judge: they are kept there.
#include "base/digest.hpp"
#include "smdp/es9_call.hpp"

#include <limits>

namespace keepline::smdp {

namespace {

using base::byte_view;

domain::profile_event event_of(rsp::profile_event what) {
    switch (what) {
        case rsp::profile_event::install: return domain::profile_event::install;
        case rsp::profile_event::enable: return domain::profile_event::enable;
        case rsp::profile_event::disable: return domain::profile_event::disable;
        case rsp::profile_event::remove: return domain::profile_event::deletion;
    }
    return domain::profile_event::install;
}

domain::proof proof_of(byte_view received, base::instant now) {
    return {domain::proof_kind::signed_notification, base::hex(base::sha256(received)), now};
}

bool fits_sequence(std::uint64_t n) { return n <= std::numeric_limits<std::uint32_t>::max(); }

/// Of our own trouble the phone hears that it is to send it again: what it signed is nowhere else. Everything else is
/// final.
void submit_notification(const es9_call_ptr& c, engine::submission what,
                         std::optional<rsp::transaction_id> transaction) {
    c->of->with.core->submit(std::move(what), [c, transaction](const result<engine::answer>& done) {
        if (!done && base::is_ours(done.error().what)) return c->answer_unavailable();
        // Its key is with the profile: the session is not needed any more. Should it stay, it runs out by itself.
        if (transaction)
            c->way->run([c, id = *transaction] { static_cast<void>(c->of->with.sessions->take(id, c->of->now())); });
        c->answer_no_content();
    });
}

using taken = result<engine::submission>;

std::unexpected<base::error> drop(std::string words) { return base::refuse(base::code::invalid, std::move(words)); }

/// What moves nothing here, but was signed: remote profile management, and what later versions add.
engine::submission kept(es9_call& c, const rsp::other_notification& in, const base::iccid& iccid, base::eid eid,
                        byte_view received) {
    domain::keep_notification what;
    what.iccid = iccid;
    what.what = in.metadata.later_event;
    what.eid = std::move(eid);
    what.sequence = static_cast<std::uint32_t>(in.metadata.sequence);
    what.shown = proof_of(received, c.of->now());
    what.received = base::base64(received);
    auto out = c.submission_to(iccid, std::move(what));
    out.must_exist = false;
    return out;
}

taken other(es9_call& c, const rsp::other_notification& in, byte_view received) {
    const auto signer = rsp::verify_other(*c.provider().trusted, in, c.of->now());
    if (!signer) return drop(signer.error().message);
    if (in.metadata.iccid.empty()) return drop("It names no profile.");
    const auto iccid = base::iccid_of_card(in.metadata.iccid);
    if (!iccid) return drop("Its ICCID is none.");
    if (!fits_sequence(in.metadata.sequence)) return drop("Its sequence number is out of range.");
    if (!in.metadata.later_event.empty()) return kept(c, in, *iccid, proved_eid(signer->eid), received);
    domain::notified what;
    what.iccid = *iccid;
    what.what = event_of(in.metadata.event);
    what.eid = proved_eid(signer->eid);
    what.sequence = static_cast<std::uint32_t>(in.metadata.sequence);
    what.shown = proof_of(received, c.of->now());
    what.received = base::base64(received);
    auto out = c.submission_to(*iccid, std::move(what));
    out.must_exist = false;
    return out;
}

/// What is remembered of a transaction: by the profile, or by the session while there is one.
struct known_transaction {
    base::iccid iccid;
    std::string euicc_key;
};

result<known_transaction> transaction_of(es9_call& c, const rsp::installation_result& in) {
    const auto id = base::hex(in.transaction);
    if (const auto iccid = base::iccid_of_card(in.metadata.iccid)) {
        const auto view = esim_by_iccid(*c.of->with.core, *iccid);
        if (!view && view.error().what != base::code::not_found) return std::unexpected(view.error());
        const auto* known = view ? (*view)->esim().transaction(id) : nullptr;
        if (known != nullptr) return known_transaction{*iccid, known->euicc_key};
    }
    TRY(stored, c.of->with.sessions->find(in.transaction, c.of->now()));
    const auto session = stored ? rsp::session::parse(stored->content) : drop("");
    if (!session || session->note.empty()) return drop("Its transaction is not known.");
    return known_transaction{base::iccid::trusted(session->note),
                             euicc_key_text(session->euicc_curve, session->euicc_key)};
}

std::string words_of(const rsp::installation_result& in) {
    if (in.success) return {};
    auto out = std::string(rsp::command_text(in.command)) + ": " + std::string(rsp::reason_text(in.reason));
    if (const auto why = rsp::sima_error(in.sima_response); !why.empty()) out += " (" + why + ")";
    return out;
}

taken installation(es9_call& c, const rsp::installation_result& in, byte_view received) {
    TRY(known, transaction_of(c, in));
    TRY(key, euicc_key_from(known.euicc_key));
    if (!c.of->has_oid(in.smdp_oid)) return drop("It is for an SM-DP+ with another OID.");
    if (auto proved = rsp::verify_result(in, key, in.transaction, in.smdp_oid); !proved)
        return drop(proved.error().message);
    if (!in.metadata.iccid.empty() && in.metadata.iccid != known.iccid.text())
        return drop("It names another profile than its transaction.");
    if (!fits_sequence(in.metadata.sequence)) return drop("Its sequence number is out of range.");
    domain::install_result what;
    what.transaction = base::hex(in.transaction);
    what.succeeded = in.success;
    what.error_reason = static_cast<int>(std::min<std::uint64_t>(in.reason, 127));
    what.words = words_of(in);
    what.sequence = static_cast<std::uint32_t>(in.metadata.sequence);
    what.shown = proof_of(received, c.of->now());
    what.received = base::base64(received);
    return c.submission_to(known.iccid, std::move(what));
}

}  // namespace

void handle_notification(const es9_call_ptr& c, const rsp::outcome<rsp_request>& in) {
    const auto received = in ? in->binary("pendingNotification", rsp::most_request_bytes) : std::unexpected(in.error());
    if (!received) {
        c->of->note_unproved(received.error().message, base::view(c->way->in.body));
        return c->answer_no_content();
    }
    std::optional<rsp::transaction_id> transaction;
    auto what = [&]() -> taken {
        TRY(parsed, rsp::parse_notification(*received));
        if (const auto* result = std::get_if<rsp::installation_result>(&parsed)) {
            transaction = result->transaction;
            return installation(*c, *result, *received);
        }
        if (const auto* one = std::get_if<rsp::other_notification>(&parsed)) return other(*c, *one, *received);
        c->of->note_later(*received);  // what nobody here can prove is in the log as it came, and nowhere else
        return drop("It is of a kind that SGP.22 v2 does not know.");
    }();
    if (!what && base::is_ours(what.error().what)) return c->answer_unavailable();
    if (!what) {
        c->of->note_unproved(what.error().words, *received);
        return c->answer_no_content();
    }
    submit_notification(c, std::move(*what), std::move(transaction));
}

}  // namespace keepline::smdp
