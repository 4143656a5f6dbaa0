// What can be asked of Keepline: one function for each use case, the same for every door (api, portal, hotline, command
// line). Each says in use_cases.hpp who may ask it. Here, and nowhere else, live roles, what a customer may see, the
// budgets of who asks, keys that make a repeat harmless, and what becomes a request that somebody else must sign.
//
//   door ── request, ids, what was said, reply ──▶ desk ── submission ──▶ engine::front
//        ◀───────── once, on request.where ───────      ◀── answer ─────
//
// Any thread may call. Nothing waits: a call returns at once, and its reply comes once (reply.hpp). `ask` waits for
// one, for the command line and tests.
#pragma once

#include "desk/archive_stream.hpp"
#include "desk/asked.hpp"
#include "desk/esim_views.hpp"
#include "desk/plan_views.hpp"
#include "desk/replies.hpp"
#include "desk/reply.hpp"
#include "desk/said.hpp"
#include "desk/staff_views.hpp"
#include "desk/use_cases.hpp"
#include "desk/webhook_views.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace keepline::desk {

using line_told = told<line_view>;
using closure_told = told<closure_view>;
using dispute_told = told<dispute_view>;

/// Money that came in: the line that has it now, or what no line took.
using money_told = told<std::variant<line_view, unclaimed_view>>;
/// The bank's word: the case whose refund it is, or what is known of an order that is no case's any more.
using bank_told = told<std::variant<closure_view, refund_word_view>>;

/// Which cases are wanted.
struct closure_filter {
    std::string stage;    // empty: all that are open
    std::string overdue;  // "true": only reviews past their due date
    std::string order{};  // "due": reviews whose clock runs, by their due date
    std::string channel{};
    std::string risk{};
    std::string claimed_by{};  // "me", "nobody", or who is at it, by the id of their credential
};

/// Which checks are wanted.
struct check_filter {
    std::string kind;  // empty: of every kind
};

/// A certificate as it was signed, and what a page about it needs.
struct certificate_told {
    std::string jws;
    std::string language;                            // of the line
    const base::zone* zone = nullptr;                // where the line was; null: unknown
    std::optional<domain::refund> now;               // of the refund, as it stands
    std::shared_ptr<const domain::rule_book> rules;  // keeps the zone
};

/// As a door shows it: a page, a paper.
using certificate_drawing = std::function<result<std::string>(const certificate_told&)>;

/// A customer's archive on its way: made while it is taken. `next` calls once, soon, from any thread; an empty piece is
/// the end, none: it cannot go on.
class archive_on_its_way {
 public:
    using piece = std::optional<std::string>;
    virtual ~archive_on_its_way() = default;
    virtual const std::string& manifest_digest() const = 0;
    virtual void next(std::function<void(piece)> then) = 0;
};
using archive_told = std::shared_ptr<archive_on_its_way>;

/// An answer that holds secrets is shown once: to a retry that did not see it as it was, for some minutes.
struct shown_once_told {
    std::string text;  // JSON, as the first answer was
    std::uint64_t version = 0;
    bool replayed = false;
    bool waits = false;  // somebody else must sign it first
};

struct done_told {};

/// An activation code as a picture.
struct drawing {
    std::string_view type;  // of the picture; of static storage
    std::string content;
};

/// Which effects are wanted.
struct effect_filter {
    std::string state;  // "dead" (also where it says nothing) or "retrying"
    std::string destination;
};

/// Which profiles are wanted; empty: whichever.
struct esim_filter {
    std::string iccid;
    std::string eid;
    std::string state;
    std::string type;
    std::string matching_id;
};

/// A document's bytes, on their way to whoever may see them.
struct document_told {
    std::string_view type;  // of static storage
    std::string name;       // of the file
    std::string content;
};

class desk {
 public:
    explicit desk(parts with);

    // -- sign-in
    /// `authorization` is the bearer's word as the door heard it; `peer` whom to count a failure against.
    result<holder> admit(std::string_view authorization, std::string_view peer, at_door how = at_door::uses);

    /// By a session of the staff's, as its cookie has it.
    result<holder> admit_session(std::string_view token, std::string_view peer, at_door how = at_door::uses);

    // -- a line: looking at it
    void find_line(request in, said<search_body> what, reply<line_told> then);
    void read_line(request in, const std::string& line, reply<line_told> then);
    void read_history(request in, const std::string& line, result<paging> page,
                      reply<page_of<history_entry_view>> then);
    void read_balance(request in, const std::string& line, reply<balance_view> then);
    void read_eligibility(request in, const std::string& line, reply<eligibility_view> then);
    void list_replies(request in, const std::string& line, reply<page_of<reply_text>> then);
    void list_strangers_replies(request in, reply<page_of<stranger_text>> then);
    void check_message(request in, const std::string& reference, reply<message_check_view> then);
    void check_message_for_stranger(request in, said<message_question_body> what, reply<message_check_view> then);

    // -- a line: what is done with it
    void undo_switch(request in, const std::string& line, said<proof_body> what, reply<line_told> then);
    void pay_refund_again(request in, const std::string& line, said<proof_body> what, reply<line_told> then);
    void recheck_network(request in, const std::string& line, said<nothing> what, reply<line_told> then);
    void withdraw_offer(request in, const std::string& line, said<iccid_body> what, reply<line_told> then);
    void stop_profile(request in, const std::string& line, said<iccid_body> what, reply<line_told> then);
    void resume_profile(request in, const std::string& line, said<resumed_body> what, reply<line_told> then);
    void report_profile(request in, const std::string& line, said<report_body> what, reply<line_told> then);
    void declare_found(request in, const std::string& line, said<found_body> what, reply<line_told> then);
    void give_bonus(request in, const std::string& line, said<money_body> what, reply<line_told> then);
    void charge_line(request in, const std::string& line, said<charge_body> what, reply<line_told> then);
    void set_contract(request in, const std::string& line, said<contract_body> what, reply<line_told> then);
    void link_product(request in, const std::string& line, said<domain::linked_product> what, reply<line_told> then);
    void set_port_out(request in, const std::string& line, said<port_out_body> what, reply<line_told> then);
    void set_legal_hold(request in, const std::string& line, said<legal_hold_body> what, reply<line_told> then);
    void set_customer_lock(request in, const std::string& line, said<customer_lock_body> what, reply<line_told> then);
    void note_sim_change(request in, const std::string& line, said<nothing> what, reply<line_told> then);
    void reinstate_line(request in, const std::string& line, said<nothing> what, reply<line_told> then);
    void detach_product(request in, const std::string& line, const std::string& product, said<nothing> what,
                        reply<line_told> then);
    void lock_lost(request in, const std::string& line, said<lost_body> what, reply<line_told> then);
    /// Whoever calls says that a phone is lost, and proves nothing. The answer is the same whether the number is ours.
    void lock_lost_for_stranger(request in, said<stranger_loss_body> what, reply<done_told> then);
    /// By the hotline, of a call that is over; and the same for each line that was proved in it.
    void note_call(request in, said<ended_call_body> what, reply<done_told> then);
    void note_line_call(request in, const std::string& line, said<line_call_body> what, reply<done_told> then);
    void make_recovery_codes(request in, const std::string& line, said<recovery_codes_body> what,
                             reply<shown_once_told> then);
    /// Up to 16 MiB: `what` is called on a side thread.
    void store_records(request in, const std::string& line, std::function<said<port::line_records>()> what,
                       reply<done_told> then);

    // -- closures, stage by stage
    void open_closure(request in, const std::string& line, said<open_body> what, reply<closure_told> then);
    void list_closures(request in, result<closure_filter> which, result<paging> page,
                       reply<page_of<closure_summary>> then);
    void count_closures(request in, reply<closure_counts> then);
    void read_closure(request in, const std::string& closure, reply<closure_told> then);
    void ask_quote(request in, const std::string& closure, said<nothing> what, reply<closure_told> then);
    void accept_quote(request in, const std::string& closure, said<accept_body> what, reply<closure_told> then);
    void request_otp(request in, const std::string& closure, said<otp_body> what, reply<closure_told> then);
    void present_otp(request in, const std::string& closure, said<code_body> what, reply<closure_told> then);
    void present_recovery_code(request in, const std::string& closure, said<code_body> what, reply<closure_told> then);
    void record_evidence(request in, const std::string& closure, said<evidence_body> what, reply<closure_told> then);
    void prepare_backup(request in, const std::string& closure, said<nothing> what, reply<closure_told> then);
    void decline_backup(request in, const std::string& closure, said<nothing> what, reply<closure_told> then);
    void note_accounts(request in, const std::string& closure, said<accounts_body> what, reply<closure_told> then);
    void submit_closure(request in, const std::string& closure, said<submission_body> what, reply<closure_told> then);
    void claim_review(request in, const std::string& closure, said<claim_body> what, reply<closure_told> then);
    void hand_review_over(request in, const std::string& closure, said<hand_over_body> what, reply<closure_told> then);
    void release_review(request in, const std::string& closure, said<nothing> what, reply<closure_told> then);
    void want_information(request in, const std::string& closure, said<information_request_body> what,
                          reply<closure_told> then);
    void give_information(request in, const std::string& closure, said<information_body> what,
                          reply<closure_told> then);
    void approve_closure(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then);
    void reject_closure(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then);
    void withdraw_closure(request in, const std::string& closure, said<nothing> what, reply<closure_told> then);
    void repudiate_closure(request in, const std::string& closure, said<repudiation_body> what,
                           reply<closure_told> then);
    void clear_fraud(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then);
    void confirm_fraud(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then);
    void write_off_profile(request in, const std::string& closure, said<write_off_body> what, reply<closure_told> then);
    void choose_payout(request in, const std::string& closure, said<payout_body> what, reply<closure_told> then);

    // -- checks
    void ask_for_check(request in, const std::string& closure, said<check_body> what, reply<closure_told> then);
    void withdraw_check(request in, const std::string& closure, const std::string& which, said<nothing> what,
                        reply<closure_told> then);
    void settle_check(request in, const std::string& closure, const std::string& which, said<check_result_body> what,
                      reply<closure_told> then);
    /// Of all lines, those that wait, the oldest first.
    void list_checks(request in, result<check_filter> which, result<paging> page, reply<page_of<waiting_check>> then);

    // -- notes of the staff. The words are read for a reason; without one it is said who wrote, and when
    void write_case_note(request in, const std::string& closure, said<note_body> what, reply<told<note_view>> then);
    void write_line_note(request in, const std::string& line, said<note_body> what, reply<told<note_view>> then);
    void list_case_notes(request in, const std::string& closure, result<std::string> why,
                         reply<page_of<note_view>> then);
    void list_line_notes(request in, const std::string& line, result<std::string> why, reply<page_of<note_view>> then);

    // -- disputes
    void open_dispute(request in, const std::string& closure, said<dispute_body> what, reply<dispute_told> then);
    void list_disputes(request in, const std::string& closure, reply<page_of<dispute_view>> then);
    /// With what its owner says, for whoever decides and says why.
    void read_dispute(request in, const std::string& closure, const std::string& which, result<std::string> why,
                      reply<dispute_view> then);
    /// Of all lines, those that wait for an answer.
    void list_open_disputes(request in, result<paging> page, reply<page_of<dispute_view>> then);
    void withdraw_dispute(request in, const std::string& closure, const std::string& which, said<nothing> what,
                          reply<dispute_told> then);
    void refuse_dispute(request in, const std::string& closure, const std::string& which, said<reason_body> what,
                        reply<dispute_told> then);
    void correct_certificate(request in, const std::string& closure, const std::string& which,
                             said<correction_body> what, reply<dispute_told> then);
    void fetch_backup(request in, const std::string& closure, result<std::string> reason, reply<archive_told> then);
    void read_certificate(request in, const std::string& closure, reply<certificate_told> then);
    /// Once more, to the mail addresses on file. code::contact_missing: none was there for long enough.
    void send_certificate(request in, const std::string& closure, said<nothing> what, reply<done_told> then);
    /// Drawn on a thread of the desk's: a paper takes longer than a connection's thread may be kept.
    void draw_certificate(request in, const std::string& closure, certificate_drawing draws, reply<std::string> then);

    // -- money
    void take_top_up(request in, const std::string& line, said<money_body> what, reply<money_told> then);
    void take_payment(request in, const std::string& line, said<money_body> what, reply<money_told> then);
    void answer_refund(request in, const std::string& refund, said<refund_answer_body> what, reply<bank_told> then);
    void list_unclaimed_money(request in, result<paging> page, reply<page_of<unclaimed_view>> then);
    void read_payer(request in, const std::string& line, const std::string& serial, result<std::string> reason,
                    reply<refund_account_body> then);
    void return_unclaimed_money(request in, const std::string& line, const std::string& serial, said<return_body> what,
                                reply<told<unclaimed_view>> then);

    // -- what waits for a second person
    void list_all_requests(request in, result<paging> page, reply<page_of<waiting_request>> then);
    void list_requests(request in, const std::string& line, reply<page_of<request_view>> then);
    void countersign_request(request in, const std::string& line, const std::string& serial, said<nothing> what,
                             reply<told<request_view>> then);
    void refuse_request(request in, const std::string& line, const std::string& serial, said<reason_body> what,
                        reply<told<request_view>> then);
    void list_esim_requests(request in, const std::string& profile, reply<page_of<request_view>> then);
    void countersign_esim_request(request in, const std::string& profile, const std::string& serial, said<nothing> what,
                                  reply<told<request_view>> then);
    void refuse_esim_request(request in, const std::string& profile, const std::string& serial, said<reason_body> what,
                             reply<told<request_view>> then);

    // -- subscribers
    void name_account(request by, const std::string& subscriber, said<refund_account_body> in,
                      reply<told<subscriber_view>> then);
    void add_document(request by, const std::string& subscriber, said<document_upload> in,
                      reply<told<document_view>> then);
    void list_documents(request by, const std::string& subscriber, reply<page_of<document_view>> then);
    void open_document(request by, const std::string& subscriber, const std::string& document, said<looking_body> in,
                       reply<document_told> then);
    void take_document_back(request by, const std::string& subscriber, const std::string& document,
                            said<looking_body> in, reply<page_of<document_view>> then);
    /// By name, masked; written down before it is answered.
    void find_people(request by, said<people_search_body> in, reply<page_of<person_hit>> then);
    /// Who acts for a person: see domain/subscriber/representations.hpp.
    void admit_representative(request by, const std::string& subscriber, said<representative_body> in,
                              reply<told<representative_view>> then);
    void list_representatives(request by, const std::string& subscriber, reply<page_of<representative_view>> then);
    void object_to_representative(request by, const std::string& subscriber, const std::string& serial,
                                  said<looking_body> in, reply<told<representative_view>> then);
    void end_representation(request by, const std::string& subscriber, const std::string& serial, said<looking_body> in,
                            reply<told<representative_view>> then);
    void choose_phrase(request by, const std::string& subscriber, said<phrase_body> in,
                       reply<told<subscriber_view>> then);
    /// The address by which calendars fetch the dates of one's lines: made, made anew or ended; as it is now, for one
    /// line; and the line whose dates an address opens, for the portal alone.
    void choose_calendar(request by, const std::string& subscriber, said<calendar_body> in,
                         reply<told<subscriber_view>> then);
    void read_calendar_address(request by, const std::string& line, reply<calendar_view> then);
    void read_line_of_calendar(request in, const std::string& address, reply<line_told> then);
    void change_document(request by, const std::string& subscriber, said<document_body> in,
                         reply<told<subscriber_view>> then);
    void register_subscriber(request by, said<subscriber_body> in, reply<told<subscriber_view>> then);
    void read_subscriber(request by, const std::string& subscriber, reply<told<subscriber_view>> then);
    void change_contacts(request by, const std::string& subscriber, said<contacts_body> in,
                         reply<told<subscriber_view>> then);
    void request_contact_code(request by, const std::string& subscriber, const std::string& which, said<nothing> in,
                              reply<told<subscriber_view>> then);
    void answer_contact_code(request by, const std::string& subscriber, const std::string& which, said<code_body> in,
                             reply<told<subscriber_view>> then);
    void read_person(request by, const std::string& subscriber, result<std::string> why, reply<port::person> then);
    /// Who looked at it: the latest first.
    void list_looks(request by, const std::string& subscriber, reply<page_of<look_view>> then);
    /// A code for asking for the archive of everything that is held about them.
    void request_disclosure_code(request by, const std::string& subscriber, said<disclosure_code_body> in,
                                 reply<told<disclosure_code_view>> then);
    void ask_disclosure(request by, const std::string& subscriber, said<disclosure_body> in,
                        reply<told<disclosure_view>> then);
    void list_disclosures(request by, const std::string& subscriber, reply<page_of<disclosure_view>> then);
    void stop_disclosure(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                         reply<told<disclosure_view>> then);
    void fetch_disclosure(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                          reply<archive_told> then);
    void erase_subscriber(request by, const std::string& subscriber, said<erasure_body> in,
                          reply<told<subscriber_view>> then);
    /// What is kept, why, how long, and what waits to go.
    void retention_report(request by, reply<retention_view> then);
    void drop_erasure(request by, const std::string& subscriber, said<nothing> in, reply<told<subscriber_view>> then);
    void list_subscriber_requests(request by, const std::string& subscriber, reply<page_of<request_view>> then);
    void countersign_subscriber_request(request by, const std::string& subscriber, const std::string& which,
                                        said<nothing> in, reply<told<subscriber_view>> then);
    void refuse_subscriber_request(request by, const std::string& subscriber, const std::string& which,
                                   said<reason_body> in, reply<told<request_view>> then);

    // -- profiles that move between lines
    void offer_line_profile(request by, const std::string& line_id, said<offer_body> in, reply<line_told> then);
    void accept_line_profile(request by, const std::string& line_id, said<iccid_body> in, reply<line_told> then);

    // -- profiles of a line
    void add_line_profile(request by, const std::string& line_id, said<new_profile_body> in, reply<line_told> then);
    void list_line_profiles(request by, const std::string& line_id, reply<page_of<line_profile_view>> then);
    /// Of the activation code of a profile that waits for its download.
    void activation_code_svg(request by, const std::string& line, const std::string& iccid, reply<drawing> then);
    void activation_code_png(request by, const std::string& line, const std::string& iccid, reply<drawing> then);

    // -- profiles of our SM-DP+
    void order_esim(request by, const std::string& profile, said<esim_order_body> in, reply<told<esim_view>> then);
    void release_esim(request by, const std::string& profile, said<nothing> in, reply<told<esim_view>> then);
    void cancel_esim_order(request by, const std::string& profile, said<cancellation_body> in,
                           reply<told<esim_view>> then);
    void reset_esim(request by, const std::string& profile, said<reset_body> in, reply<told<esim_view>> then);
    void rebind_esim(request by, const std::string& profile, said<rebinding_body> in, reply<told<esim_view>> then);
    void list_esims(request by, result<esim_filter> which, result<paging> wanted, reply<page_of<esim_view>> then);
    void read_esim_history(request by, const std::string& profile, result<paging> wanted,
                           reply<page_of<esim_history_view>> then);
    void confirm_esim(request by, const std::string& profile, said<confirmation_body> in, reply<told<esim_view>> then);
    void list_profile_types(request by, reply<page_of<profile_type_view>> then);
    void read_esim(request by, const std::string& profile, reply<told<esim_view>> then);
    void provide_esims(request by, said<provide_body> in, reply<told<provided_view>> then);
    void order_whole_esim(request by, said<whole_order_body> in, reply<told<esim_view>> then);

    // -- lines that begin
    void order_line(request by, said<line_body> in, reply<line_told> then);
    void import_line(request by, said<import_body> in, reply<line_told> then);
    void import_file(request by, said<csv_body> in, reply<imported_file> then);

    // -- plans of imports
    /// Up to 16 MiB: `in` is called on a side thread.
    void make_import_plan(request by, std::function<said<plan_rows_said>()> in, reply<told<new_plan_view>> then);
    void list_import_plans(request by, result<paging> wanted, reply<page_of<plan_view>> then);
    void read_import_plan(request by, const std::string& plan, reply<told<plan_view>> then);
    void list_plan_changes(request by, const std::string& plan, result<paging> wanted,
                           reply<page_of<change_view>> then);
    void sign_import_plan(request by, const std::string& plan, said<plan_signature_body> in,
                          reply<told<plan_view>> then);
    void refuse_import_plan(request by, const std::string& plan, said<reason_body> in, reply<told<plan_view>> then);
    void stop_import_plan(request by, const std::string& plan, said<reason_body> in, reply<told<plan_view>> then);

    // -- webhooks
    void list_webhooks(request by, reply<page_of<webhook_view>> then);
    void read_webhook(request by, const std::string& webhook, reply<webhook_told> then);
    void open_webhook(request by, said<webhook_target_body> in, reply<shown_once_told> then);
    void change_webhook(request by, const std::string& webhook, said<webhook_target_body> in, reply<webhook_told> then);
    void rotate_webhook(request by, const std::string& webhook, said<webhook_secret_body> in,
                        reply<shown_once_told> then);
    void pause_webhook(request by, const std::string& webhook, said<reason_body> in, reply<webhook_told> then);
    void resume_webhook(request by, const std::string& webhook, said<nothing> in, reply<webhook_told> then);
    void close_webhook(request by, const std::string& webhook, said<reason_body> in, reply<webhook_told> then);
    void test_webhook(request by, const std::string& webhook, said<nothing> in, reply<webhook_told> then);
    void redeliver_webhook(request by, const std::string& webhook, said<redelivery_body> in, reply<webhook_told> then);

    // -- operating
    /// Whether this holder may be told what changes (changes.hpp), while it changes: whoever tells it asks again now
    /// and then.
    void follow_changes(request by, reply<domain::role> then);
    void retry_effect(request by, const std::string& effect, said<nothing> in, reply<retried_view> then);
    void retry_dead_effects(request by, said<retries_body> in, reply<retried_view> then);
    void list_policies(request by, reply<page_of<policy_item>> then);
    void list_calendars(request by, reply<page_of<calendar_item>> then);
    void who_am_i(request by, reply<holder_view> then);
    void list_network_mismatches(request by, result<paging> wanted, reply<page_of<mismatch_item>> then);
    void list_failed_effects(request by, result<effect_filter> which, result<paging> wanted,
                             reply<page_of<effect_item>> then);
    void explain_policy(request by, const std::string& policy, result<std::string> language,
                        reply<explanation_view> then);

    // -- tokens, sessions, and what the server stopped for
    void let_go_on(request by, said<going_on_body> in, reply<told<request_view>> then);
    void list_tokens(request by, reply<page_of<token_view>> then);
    void issue_token(request by, said<token_body> in, reply<shown_once_told> then);
    void ask_sign_in(request by, said<sign_in_body> in, reply<sign_in_told> then);
    void answer_sign_in(request by, const std::string& sign_in, said<code_body> in, reply<shown_once_told> then);
    void open_session(request by, const std::string& holder_id, said<session_body> in, reply<shown_once_told> then);
    void end_sessions(request by, const std::string& holder_id, said<nothing> in, reply<revoked_view> then);
    void list_sessions(request by, const std::string& subscriber, reply<page_of<session_item>> then);
    void end_session(request by, const std::string& subscriber, const std::string& print, said<nothing> in,
                     reply<revoked_view> then);
    void sign_in_by_saved_code(request by, said<saved_code_body> in, reply<shown_once_told> then);

    // -- accounts of staff, and their sessions. `caller`: whom to count a failure against
    void sign_in_staff(request by, const std::string& caller, said<staff_sign_in_body> in, reply<staff_entered> then);
    void read_invitation(request by, const std::string& caller, said<staff_invitation_body> in,
                         reply<staff_invitation_view> then);
    void accept_invitation(request by, const std::string& caller, said<staff_acceptance_body> in,
                           reply<staff_entered> then);
    /// By whoever is signed in, with an account: another session stands for theirs, and its proof is fresh.
    void prove_anew(request by, const std::string& caller, said<staff_proof_body> in, reply<staff_entered> then);
    void read_staff_session(request by, reply<staff_session_view> then);
    void list_staff_sessions(request by, reply<page_of<staff_session_item>> then);
    /// `which`: a print, or "current".
    void end_staff_session(request by, const std::string& which, said<nothing> in, reply<revoked_view> then);
    /// By a provider of identities: where a browser goes, what it comes back with, and what the provider says when they
    /// have signed out there.
    void read_sign_in_ways(request by, reply<sign_in_ways_view> then);
    void begin_provided(request by, reply<provider_way> then);
    /// By whoever is signed in: as prove_anew(), at the provider. They come back by enter_provided().
    void begin_provided_proof(request by, reply<provider_way> then);
    void enter_provided(request by, const std::string& caller, provider_return back, reply<staff_entered> then);
    void end_provided(request by, std::string token, reply<revoked_view> then);
    void leave_provider(request by, reply<std::string> then);
    /// Passkeys to sign in with instead.
    void list_staff_passkeys(request by, reply<page_of<staff_passkey_view>> then);
    void want_staff_passkey(request by, said<nothing> in, reply<passkey_wanted_view> then);
    void enrol_staff_passkey(request by, said<staff_passkey_body> in, reply<told<staff_passkey_view>> then);
    void remove_staff_passkey(request by, const std::string& which, said<nothing> in, reply<done_told> then);
    void ask_staff_passkey(request by, said<nothing> in, reply<passkey_challenge_view> then);
    void sign_in_by_staff_passkey(request by, const std::string& caller, said<shown_passkey_body> in,
                                  reply<staff_entered> then);
    void list_accounts(request by, reply<page_of<staff_account_view>> then);
    void open_account(request by, said<staff_account_body> in, reply<shown_once_told> then);
    void reset_account(request by, const std::string& account, said<nothing> in, reply<shown_once_told> then);
    void disable_account(request by, const std::string& account, said<reason_body> in, reply<staff_account_view> then);

    // -- passkeys
    void want_passkey(request by, const std::string& subscriber, said<nothing> in, reply<passkey_wanted_view> then);
    void enrol_passkey(request by, const std::string& subscriber, said<made_passkey_body> in,
                       reply<told<passkey_view>> then);
    void list_passkeys(request by, const std::string& subscriber, reply<page_of<passkey_view>> then);
    void remove_passkey(request by, const std::string& subscriber, const std::string& which, said<looking_body> in,
                        reply<done_told> then);
    void ask_passkey(request by, said<nothing> in, reply<passkey_challenge_view> then);
    void sign_in_by_passkey(request by, said<shown_passkey_body> in, reply<shown_once_told> then);
    void revoke_tokens(request by, const std::string& holder_id, said<nothing> in, reply<revoked_view> then);
    void acknowledge_tokens(request by, const std::string& holder_id, said<acknowledgement_body> in,
                            reply<nothing> then);
    void list_token_requests(request by, const std::string& holder_id, reply<page_of<request_view>> then);
    void countersign_token(request by, const std::string& holder_id, const std::string& which, said<nothing> in,
                           reply<told<request_view>> then);
    void refuse_token(request by, const std::string& holder_id, const std::string& which, said<reason_body> in,
                      reply<told<request_view>> then);
    void read_token_history(request by, const std::string& holder_id, reply<page_of<credential_history_view>> then);

    /// For doors whose use cases are not here yet.
    services& shared() { return shared_; }

 private:
    services shared_;
};

}  // namespace keepline::desk
