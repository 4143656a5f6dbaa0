// The route table as data: what may be asked, by whom, and what it needs. api/openapi.yaml says the same to people; a
// test compares the two.
#pragma once

#include "api/call.hpp"
#include "desk/roles.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace keepline::api {

using handler = void (*)(const call_ptr& c);

using desk::role_set;

enum class if_match { optional, required };
enum class body_size { normal, large, records };

struct route {
    verb how = verb::get;
    std::string_view pattern;  // "/v1/lines/{}/history": a segment `{}` takes anything
    role_set roles = 0;        // 0: open to everybody
    handler run = nullptr;
    if_match version = if_match::optional;
    body_size body = body_size::normal;
    std::string_view query{};  // the names of what may stand behind `?`, with blanks; anything else is refused

    /// The same route, which also takes these parameters.
    constexpr route asks(std::string_view names) const {
        route out = *this;
        out.query = names;
        return out;
    }
    bool open() const { return roles == 0; }
    bool needs_key() const { return how == verb::post; }
};

std::span<const route> routes();

struct match {
    const route* found = nullptr;
    std::array<std::string_view, 2> args{};
    std::string allow;  // when the path exists, but not with this verb
};
match find_route(verb how, std::string_view path);

/// Proof that came with a command and failed: it was counted, and to the caller it is a refusal.
std::optional<base::error> failed_proof(const engine::answer& done);
/// The line, unless the proof failed.
void answer_proved(const call_ptr& c, const engine::answer& done);

/// About what the caller does, into the stream of who does it: counted and kept.
engine::submission note_of(const call& c, const label& holder, domain::credential_command what);

// -- the handlers, by file
void register_subscriber(const call_ptr&);  // subscriber_routes.cpp
void read_subscriber(const call_ptr&);
void change_contacts(const call_ptr&);
void name_account(const call_ptr&);
void change_document(const call_ptr&);
void request_contact_code(const call_ptr&);
void answer_contact_code(const call_ptr&);
void read_person(const call_ptr&);
void erase_subscriber(const call_ptr&);
void drop_erasure(const call_ptr&);
void list_subscriber_requests(const call_ptr&);
void countersign_subscriber_request(const call_ptr&);
void refuse_subscriber_request(const call_ptr&);

void order_line(const call_ptr&);  // order_routes.cpp
void import_line(const call_ptr&);
void import_file(const call_ptr&);

void make_import_plan(const call_ptr&);  // plan_routes.cpp
void list_import_plans(const call_ptr&);
void read_import_plan(const call_ptr&);
void list_plan_changes(const call_ptr&);
void sign_import_plan(const call_ptr&);
void refuse_import_plan(const call_ptr&);
void stop_import_plan(const call_ptr&);

void lock_lost(const call_ptr&);
void find_line(const call_ptr&);  // line_routes.cpp
void read_line(const call_ptr&);
void read_history(const call_ptr&);
void read_balance(const call_ptr&);
void read_eligibility(const call_ptr&);
void list_replies(const call_ptr&);
void list_strangers_replies(const call_ptr&);
void check_message(const call_ptr&);
void make_recovery_codes(const call_ptr&);
void store_records(const call_ptr&);
void open_closure(const call_ptr&);

void list_requests(const call_ptr&);  // request_routes.cpp
void list_all_requests(const call_ptr&);
void countersign_request(const call_ptr&);
void refuse_request(const call_ptr&);
void list_esim_requests(const call_ptr&);
void countersign_esim_request(const call_ptr&);
void refuse_esim_request(const call_ptr&);

void list_closures(const call_ptr&);  // closure_routes.cpp
void read_closure(const call_ptr&);
void read_certificate(const call_ptr&);
void answer_refund(const call_ptr&);
void take_top_up(const call_ptr&);
void take_payment(const call_ptr&);
void list_unclaimed_money(const call_ptr&);
void return_unclaimed_money(const call_ptr&);
void read_payer(const call_ptr&);

void fetch_backup(const call_ptr&);  // backup_routes.cpp

void list_profile_types(const call_ptr&);  // esim_routes.cpp
void list_esims(const call_ptr&);
void read_esim(const call_ptr&);
void read_esim_history(const call_ptr&);
void provide_esims(const call_ptr&);
void order_esim(const call_ptr&);
void confirm_esim(const call_ptr&);
void release_esim(const call_ptr&);
void cancel_esim_order(const call_ptr&);
void reset_esim(const call_ptr&);
void rebind_esim(const call_ptr&);
void order_whole_esim(const call_ptr&);

void add_line_profile(const call_ptr&);    // line_profile_routes.cpp
void offer_line_profile(const call_ptr&);  // profile_move_routes.cpp
void accept_line_profile(const call_ptr&);
void list_line_profiles(const call_ptr&);
void activation_code_svg(const call_ptr&);
void activation_code_png(const call_ptr&);

void list_network_mismatches(const call_ptr&);  // operating_routes.cpp
void list_failed_effects(const call_ptr&);
void retry_effect(const call_ptr&);
void retry_dead_effects(const call_ptr&);
void list_policies(const call_ptr&);
void explain_policy(const call_ptr&);
void who_am_i(const call_ptr&);

void list_tokens(const call_ptr&);  // token_routes.cpp
void issue_token(const call_ptr&);
void revoke_tokens(const call_ptr&);
void acknowledge_tokens(const call_ptr&);
void read_token_history(const call_ptr&);
void list_token_requests(const call_ptr&);
void let_go_on(const call_ptr&);
void countersign_token(const call_ptr&);
void refuse_token(const call_ptr&);
void open_session(const call_ptr&);
void end_sessions(const call_ptr&);

void list_webhooks(const call_ptr&);  // webhook_routes.cpp
void read_webhook(const call_ptr&);
void open_webhook(const call_ptr&);
void change_webhook(const call_ptr&);
void rotate_webhook(const call_ptr&);
void pause_webhook(const call_ptr&);
void resume_webhook(const call_ptr&);
void test_webhook(const call_ptr&);
void redeliver_webhook(const call_ptr&);
void close_webhook(const call_ptr&);

void healthz(const call_ptr&);  // open_routes.cpp
void readyz(const call_ptr&);
void openapi(const call_ptr&);
void jwks(const call_ptr&);

}  // namespace keepline::api
