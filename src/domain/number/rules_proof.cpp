// Proof that comes with a command, in hand: what it is worth, and on whose word it rests (docs/rules.md R2 and R9).
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t proofs_in_hand_max = 16;
constexpr auto proof_is_fresh_for = base::hours{1};
constexpr auto failures_count_for = base::hours{24};

bool proof_fails(const draft& d, const evidence& one) {
    if (one.compared == comparison::mismatched) return true;
    return one.kind == evidence_kind::recovery_code && !d.knows_code(one.digest);
}

/// What is worth looking at: saved codes, and what staff or a verification system saw. Everything rests on somebody's
/// word, but for codes that were saved long ago.
std::vector<evidence> weighed_proof(const draft& d, const std::vector<evidence>& shown) {
    std::vector<evidence> out;
    for (auto one : shown) {
        const bool saved = one.kind == evidence_kind::recovery_code;
        one.by = d.now.by;
        one.through = d.now.through;
        one.compared = weighed_comparison(d, one);
        one.word_of = saved ? d.maker_of_code(one.digest) : d.now.by;
        if (!saved && one.by.as == role::subscriber) continue;
        out.push_back(std::move(one));
    }
    return beyond_session(std::move(out));
}

/// A code that will count is not asked for as if it were none.
result<bool> too_weak(const draft& d, const evidence_sets& sets, const std::vector<evidence>& shown) {
    const auto& line = *d.state().subscription;
    const auto rests = [&](const evidence& one) {
        if (one.kind != evidence_kind::recovery_code || !d.knows_code(one.digest)) return false;
        const auto maker = d.maker_of_code(one.digest);
        return maker.as == role::subscriber && !maker.id.empty();
    };
    if (!line.recovery_since || std::ranges::none_of(shown, rests))
        return refuse(code::evidence_too_weak, "This needs stronger proof.", {{"needed", in_words(sets)}});
    const auto from = *line.recovery_since + base::days{d.p->recovery_code_rest_days};
    return refuse(code::evidence_too_weak, "The saved codes were made in a session a short time ago.",
                  {{"needed", in_words(sets)}, {"codes_count_from", base::iso(from)}});
}

const proof_tries* tries_of(const draft& d, const actor& who) {
    const auto found =
        std::ranges::find_if(d.state().tries, [&](const proof_tries& one) { return counted_as_one(one.who, who); });
    return found == d.state().tries.end() ? nullptr : &*found;
}

}  // namespace

comparison weighed_comparison(const draft& d, const evidence& one) {
    if (one.compared != comparison::matched || !d.state().subscription) return one.compared;
    const auto& line = *d.state().subscription;
    if (one.kind == evidence_kind::id_document)
        return line.document_on_word ? comparison::not_on_file : comparison::matched;
    if (one.kind != evidence_kind::bank_card) return one.compared;
    // An account that was named lately, or on a word, proves nothing about who named it.
    const auto& named = line.refund_account_changed_at;
    const bool lately = named && d.p != nullptr && d.now.now < *named + base::days{d.p->risk.refund_account_days};
    return lately || line.account_on_word ? comparison::not_on_file : comparison::matched;
}

result<void> check_tries(const draft& d) {
    const auto* tries = tries_of(d, d.now.by);
    if (tries != nullptr && tries->locked_until && d.now.now < *tries->locked_until)
        return refuse(code::otp_locked, "Too many proofs failed; wait.", {{"until", base::iso(*tries->locked_until)}});
    return {};
}

void count_failed_proof(draft& d, evidence_kind kind, bool in_case) {
    const auto* tries = tries_of(d, d.now.by);
    const bool goes_on = tries != nullptr && tries->last_at && d.now.now < *tries->last_at + failures_count_for;
    proof_failed e{kind, (goes_on ? tries->wrong : 0) + 1, {}, d.now.by, d.now.now, in_case};
    if (e.wrong % std::max(1, d.p->otp.max_wrong) == 0)
        e.locked_until = d.now.now + base::minutes{d.p->otp.lock_minutes};
    d.emit(std::move(e));
}

result<void> use_proof(const draft& d, const evidence_sets& sets, const std::vector<evidence>& counted, instant since,
                       act what) {
    if (suffices(sets, beyond_words(counted, {d.now.by}), since)) return {};
    CHECK(need_second(d.now, what));
    if (!suffices(sets, without_word_of(counted, {*d.now.second}), since))
        return refuse(code::own_application,
                      "Who attested the proof, or had the codes made, does not sign for its use.");
    return {};
}

result<bool> prove(draft& d, const evidence_sets& sets, const std::vector<evidence>& shown, act what, signing when) {
    if (shown.size() > proofs_in_hand_max) return refuse(code::invalid, "Too many proofs.");
    const auto weak = [&] { return too_weak(d, sets, shown); };
    const auto wrong = std::ranges::find_if(shown, [&](const evidence& one) { return proof_fails(d, one); });
    if (wrong != shown.end() && d.now.second) return weak();  // used up since it was asked for
    CHECK(check_tries(d));
    if (wrong != shown.end()) {
        count_failed_proof(d, wrong->kind);
        return false;
    }
    // What was asked for and waited for its second person was fresh when it was asked for.
    const auto waited = d.now.second ? base::duration{base::hours{d.p->second_person_hours}} : base::duration{0};
    const auto since = d.now.now - proof_is_fresh_for - waited;
    const auto counted = weighed_proof(d, shown);
    if (!suffices(sets, counted, since)) return weak();
    if (when == signing::always) CHECK(need_second(d.now, what));
    CHECK(use_proof(d, sets, counted, since, what));
    for (const auto& one : counted) d.emit(evidence_recorded{one, 0, true});
    return true;
}

result<bool> prove_or_second(draft& d, const evidence_sets& sets, const std::vector<evidence>& shown, act what) {
    if (!shown.empty() || d.now.by.as == role::subscriber) return prove(d, sets, shown, what);
    CHECK(need_second(d.now, what));
    return true;
}

}  // namespace keepline::domain::rules
