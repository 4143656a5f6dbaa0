// A decision in the making, as the rules of a number see it: they read `state()` and call `emit`, and can change
// nothing in another way. Nothing outside sees it until `decide` returns it.
#pragma once

#include "domain/days.hpp"
#include "domain/number/number.hpp"

#include <string>
#include <utility>
#include <vector>

namespace keepline::domain {

class draft {
 public:
    /// `of`: the line's policy; null while there is none.
    draft(decision<number>& into, const context& at, const policy* of) : now(at), p(of), into_(into) {}

    const context& now;
    const policy* const p;

    const number_state& state() const { return into_.state(); }
    void emit(number_event what) {
        weigh(what);
        into_.emit(std::move(what));
    }

    // -- what most rules ask first
    result<void> need_line() const;
    /// The identifiers that the command brings are claimed for this owner of the number.
    result<void> need_reserved(int generation) const;
    result<void> need_policy() const;
    /// The owner's own lock keeps the number where it is (see set_customer_lock).
    result<void> need_no_customer_lock() const;
    result<const closure*> need_stage(std::initializer_list<stage> allowed) const;
    const calendar* days() const { return now.rules->calendars.find(p->calendar); }
    const base::zone& zone() const { return now.rules->zones.of(p->zone); }
    local_day today() const { return zone().day_of(now.now); }
    /// What messages call "until": see days.hpp.
    local_day last_day(instant until) const { return domain::last_day(zone(), until, now.now); }
    /// A validity is whole days: see days.hpp.
    instant end_after(instant from, int n) const { return domain::end_after(zone(), from, n); }
    /// Is it one of the line's saved codes, of now or of before?
    bool knows_code(const std::string& digest) const;
    /// On whose word a saved code rests: whoever had it made. What a session made lately is worth the session.
    actor maker_of_code(const std::string& digest) const;
    bool by_staff() const { return now.by.as != role::subscriber && now.by.as != role::system; }

 private:
    /// Before what would be told once too often: from here on it is gathered.
    void weigh(const number_event& what);

    decision<number>& into_;
};

/// Is one of the sets fully shown by passed evidence of `since` or later?
bool suffices(const evidence_sets& sets, const std::vector<evidence>& shown, instant since);
/// Without what rests on the word of one of `who`: nobody proves anything to himself.
std::vector<evidence> without_word_of(std::vector<evidence> shown, const std::vector<actor>& who);
/// The one rule of docs/rules.md R9 about proof that nobody signs for: what is left of it without anybody's word, be it
/// attested or codes that they had made. A system's word stands where the owner alone asks. Staff's never does,
/// whoever asks: one of them and whoever has the session would be enough.
std::vector<evidence> beyond_words(std::vector<evidence> shown, const std::vector<actor>& asking);
/// What a session made lately is worth no more than the session.
std::vector<evidence> beyond_session(std::vector<evidence> shown);
/// Is a set fully shown, and one part of it rests on nobody's word?
bool suffices_partly_beyond_words(const evidence_sets& sets, const std::vector<evidence>& shown,
                                  const std::vector<actor>& asking, instant since);
/// In words for a person: "otp_sms + id_document, or bank_card".
std::string in_words(const evidence_sets& sets);

// -- the rules, by what they are about; one overload per command
namespace rules {

result<void> decide(draft& d, const order_line& c);
result<void> decide(draft& d, const import_line& c);
result<void> decide(draft& d, const add_profile& c);
result<void> decide(draft& d, const report_profile& c);
result<void> decide(draft& d, const declare_lost& c);
result<void> decide(draft& d, const declare_found& c);
result<void> decide(draft& d, const add_money& c);
result<void> decide(draft& d, const charge_line& c);
result<void> decide(draft& d, const set_contract& c);
result<void> decide(draft& d, const link_product& c);
result<void> decide(draft& d, const detach_product& c);
result<void> decide(draft& d, const set_port_out& c);
result<void> decide(draft& d, const set_legal_hold& c);
/// What was ordered for another device and nobody has downloaded: its owner's lock stops it.
void stop_further(draft& d);
result<void> decide(draft& d, const set_customer_lock& c);
result<void> decide(draft& d, const note_sim_change& c);
result<void> decide(draft& d, const set_recovery_codes& c);
result<void> decide(draft& d, const spend_recovery_code& c);
result<void> decide(draft& d, const take_contacts& c);
result<void> decide(draft& d, const open_closure& c);
result<void> decide(draft& d, const ask_quote& c);
result<void> decide(draft& d, const accept_quote& c);
result<void> decide(draft& d, const request_otp& c);
result<void> decide(draft& d, const present_otp& c);
result<void> decide(draft& d, const present_recovery_code& c);
result<void> decide(draft& d, const record_evidence& c);
result<void> decide(draft& d, const ask_for_check& c);
result<void> decide(draft& d, const withdraw_check& c);
result<void> decide(draft& d, const settle_check& c);
result<void> decide(draft& d, const hear_call_back& c);
result<void> decide(draft& d, const prepare_backup& c);
result<void> decide(draft& d, const backup_fetched& c);
result<void> decide(draft& d, const decline_backup& c);
result<void> decide(draft& d, const note_accounts& c);
result<void> decide(draft& d, const submit_closure& c);
result<void> decide(draft& d, const want_information& c);
result<void> decide(draft& d, const give_information& c);
result<void> decide(draft& d, const claim_review& c);
result<void> decide(draft& d, const hand_review_over& c);
result<void> decide(draft& d, const write_note& c);
result<void> decide(draft& d, const send_certificate& c);
result<void> decide(draft& d, const note_line_call& c);
result<void> decide(draft& d, const release_review& c);
result<void> decide(draft& d, const approve_closure& c);
result<void> decide(draft& d, const reject_closure& c);
result<void> decide(draft& d, const withdraw_closure& c);
result<void> decide(draft& d, const repudiate_closure& c);
result<void> decide(draft& d, const clear_fraud& c);
result<void> decide(draft& d, const confirm_fraud& c);
result<void> decide(draft& d, const write_off_profile& c);
result<void> decide(draft& d, const reinstate_line& c);
result<void> decide(draft& d, const hlr_answered& c);
result<void> decide(draft& d, const notice_sent& c);
result<void> decide(draft& d, const notice_delivered& c);
result<void> decide(draft& d, const certificate_signed& c);
result<void> decide(draft& d, const refund_written& c);
result<void> decide(draft& d, const refund_answered& c);
result<void> decide(draft& d, const pay_refund_again& c);
result<void> decide(draft& d, const tick& c);
result<void> decide(draft& d, const recheck_dates& c);
result<void> decide(draft& d, const want_profile& c);
result<void> decide(draft& d, const stop_profile& c);
result<void> decide(draft& d, const resume_profile& c);
result<void> decide(draft& d, const take_esim& c);
result<void> decide(draft& d, const hear_esim& c);
result<void> decide(draft& d, const undo_switch& c);
result<void> decide(draft& d, const recheck_network& c);
result<void> decide(draft& d, const hear_contest& c);
result<void> decide(draft& d, const offer_profile& c);
result<void> decide(draft& d, const withdraw_offer& c);
result<void> decide(draft& d, const accept_offer& c);
result<void> decide(draft& d, const take_moved& c);
result<void> decide(draft& d, const take_back& c);
result<void> decide(draft& d, const hear_claim& c);
/// The network has let go of what this line has let go of.
void note_left(draft& d, const base::imsi& imsi);
void tick_offers(draft& d);
result<void> decide(draft& d, const hear_reply& c);
result<void> decide(draft& d, const set_reminders& c);
result<void> decide(draft& d, const choose_payout& c);
result<void> decide(draft& d, const return_money& c);
result<void> decide(draft& d, const record_payer_read& c);
result<void> decide(draft& d, const open_dispute& c);
result<void> decide(draft& d, const withdraw_dispute& c);
result<void> decide(draft& d, const refuse_dispute& c);
result<void> decide(draft& d, const correct_certificate& c);

// Never reached: with_second_person answers them.
inline result<void> decide(draft&, const countersign&) { return {}; }
inline result<void> decide(draft&, const refuse_second&) { return {}; }

/// Those who act for the owner, as the owner's stream has them: whoever is new is told, and a case that somebody opened
/// who acts no more goes no further.
void take_representatives(draft& d, std::vector<representative> heard);
/// Of an application: by whom it may be made for the owner, if by anybody.
result<std::optional<case_representative>> check_on_behalf(const draft& d, const open_closure& c);
/// Somebody applies for the owner, and it has not come to the end.
bool is_on_behalf(const closure& c);
/// Of the case of now that was applied for on behalf: whether `who` is the one who applied or is paid, and whether they
/// had a part in it or in that one's admission.
bool is_for_themselves(const number_state& s, const actor& who);
bool had_part_in_payee(const number_state& s, const actor& who);
/// From when an account or a contact point counts that whoever applied for the owner named then; none: it does, or
/// the owner applied.
std::optional<instant> counts_from(const draft& d, const closure& c, const std::optional<instant>& named_at);
/// A case that is applied for on behalf is carried on by staff, for whoever acts; its owner stops it.
result<void> check_applicant(const draft& d, const closure& c);
/// Whoever opened the case may still act for the owner. `applied`: or did, when they applied.
result<void> check_still_acts(const draft& d, const closure& c, bool applied = false);
/// What suffices to submit this case.
const evidence_sets& evidence_for_case(const draft& d, const closure& c, risk_level level);
bool took_part(const closure& c, const actor& who);
/// Who decides is a reviewer or an administrator whose token an administrator knows of.
result<void> check_deciding(const actor& who);
/// Words that go into a message: none of ours contains a link, a code or a number to call (docs/rules.md R5).
result<void> check_plain_words(const std::string& words, const char* what);
/// It is one of the disputes that `asked` is about, and `who` had a part in that case.
bool had_part_in_disputed(const number_state& s, const second_request& asked, const actor& who);
/// The corrected certificate has come back from the signer.
void take_reissued(draft& d, const certificate_signed& c);
void tick_disputes(draft& d);
/// One of the staff holds the owner up on a word once; the same again, of the same one and within policy.hold_up_days,
/// takes a second person: one agent keeps nobody out. Their colleagues' words are counted apart.
result<void> check_hold_up(const draft& d, hindrance_kind what);

/// A profile of this type is wanted, on these terms; what they leave open is as the policy says.
void want(draft& d, const policy& p, const std::string& type, download_terms terms, bool further);
/// Nobody has used it, no profile has come to it: an order at sale. Whatever comes to any other line comes to
/// somebody's.
bool is_new(const number_state& s);
result<void> check_wanted(const std::string& type, const download_terms& terms);
/// Money or the first use makes the line valid for the policy's time from now.
void extend_validity(draft& d);
/// A closure that was received stops all charges (docs/rules.md R3).
bool charges_stopped(const number_state& s);

/// A line that is being closed or whose case is frozen is kept as it is: nobody is charged or cut off while waiting for
/// us (rule 3). The end of such a wait gives the validity back that it took.
bool keepalive_rests(const number_state& s);
void leave_case(draft& d, number_event how);
/// An order of the court, a port to another operator or the customer's own lock came after the submission: what cannot
/// be taken back waits.
bool ending_waits(const number_state& s);
/// All that is left is to lapse, and whoever holds the line holds that up, too.
bool lapse_waits(const number_state& s);
/// Signing it takes a moment; the number is not given away before.
bool awaits_certificate(const number_state& s);

/// The policy's retention fee, from the balance, instead of letting the validity end.
bool can_retain(const draft& d);
void keep_by_fee(draft& d);

/// Quiet times that have ended: what happened in them is told in one.
void tick_notices(draft& d);

/// Moves the closure on as far as it can go now: approved -> unbinding -> settling -> closed.
void advance(draft& d);
/// Books what was quoted, or less where the terms have become kinder, and has what is left paid out (money_rules.cpp).
std::vector<quote_item> settle_money(draft& d);
/// No payment, no price and no balance is more: far beyond any real line, and far below the point where a sum of many
/// could overflow.
inline constexpr std::int64_t amount_max = 1'000'000'000'000;
/// An authority has ordered to keep what is here: no money leaves, of a line that has ended neither.
bool is_kept(const number_state& s);
result<void> check_not_kept(const draft& d);
/// Nobody's line takes this payment: it is kept for whoever paid it. False: a line does.
bool has_no_line(const number_state& s);
result<void> check_unclaimed(const draft& d, const add_money& c);
void take_unclaimed(draft& d, const add_money& c, money_hand by);
/// It should not have been charged: out of what was earned, and kept for its owner until two say where it goes.
void give_back_charge(draft& d, std::int64_t minor, std::string reference);
/// The owner has the number again, and the money that came for it meanwhile.
void claim_money(draft& d);
void tick_payouts(draft& d);
/// A request to give this unclaimed money back.
bool gives_back(const second_request& asked, int serial);
/// Payers' accounts that nobody needs any more: who was paid long enough ago, and what nobody signed.
void tick_payers(draft& d);
void let_payers_go(draft& d, const number_state& before);
/// What was to be paid back and could not be, when the number goes to somebody else.
void keep_unpaid(draft& d);

/// After the submission another refund account was named: the money waits for two people (docs/rules.md R9).
void question_account(draft& d);

/// Proof that comes with a command, in hand: it must be one of the sets, of the last hour, and is recorded. On the word
/// of who asks, or always, a second person signs `what`. False: a proof failed; that was counted, and nothing else
/// happens.
enum class signing { on_words, always };
result<bool> prove(draft& d, const evidence_sets& sets, const std::vector<evidence>& shown, act what,
                   signing when = signing::on_words);
/// The same, and staff or a system that shows nothing takes a second person instead; a session never does.
result<bool> prove_or_second(draft& d, const evidence_sets& sets, const std::vector<evidence>& shown, act what);
/// What suffices is used: at once where it does beyond anybody's word, else when a second person signs `what` who
/// neither attested nor made it.
result<void> use_proof(const draft& d, const evidence_sets& sets, const std::vector<evidence>& counted, instant since,
                       act what);
/// Proof that failed is counted for whoever asks. Refused while too much of theirs has failed: otp_locked.
result<void> check_tries(const draft& d);
/// What a comparison with what is on file says. Being like it says nothing where that rests on the word of one of the
/// staff, nor a card's where the account was named lately.
comparison weighed_comparison(const draft& d, const evidence& one);
void count_failed_proof(draft& d, evidence_kind kind, bool in_case = false);
/// A wrong code is remembered: it counts for the case, whatever code comes next. What staff do wrong locks them, and
/// not the customer's own proofs.
void count_wrong(draft& d, evidence_kind kind);
result<void> check_wrong(const draft& d);
/// Where a code of this case may go: the line, or a contact point of whoever applies. Null: there is none.
const contact_ref* contact_for_code(const number_state& s, const label& id);
/// Whoever asked for a check of this kind in this case, or brought what it is of, says nothing of it.
bool is_of_check(const closure& c, evidence_kind kind, const actor& who);
/// Without what one of the staff said of a check that they were asked to settle.
std::vector<evidence> without_checks_of_staff(std::vector<evidence> shown, const closure& c);
/// What staff or a verification system saw is recorded, and counted where it is not what is on file; true: it passed.
result<bool> take_seen(draft& d, const record_evidence& e);

struct review_date {
    local_day from;  // itself not counted
    int days = 0;
    local_day day;
    bool provisional = false;
    instant at;
};
result<review_date> review_after(const draft& d, const term& length, local_day from);
/// Ends the line: holds begin, what is left of the profiles is cut on the network.
void end_line(draft& d, const closure_terms& terms, bool harassment, std::string why);

}  // namespace rules

}  // namespace keepline::domain
