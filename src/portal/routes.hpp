// What a portal answers: each path with its page. Paths have one variable part at most, `{}`.
#pragma once

#include "portal/visit.hpp"

#include <span>
#include <string>
#include <string_view>

namespace keepline::portal {

/// Whom a page is for: whoever comes, or who is signed in.
enum class visitors { all, signed_in };

/// What a form may send, unless its route says more.
inline constexpr std::size_t form_bytes_max = 8UL * 1024;

struct route {
    http::verb how = http::verb::get;
    std::string_view path;
    visitors whom = visitors::signed_in;
    void (*run)(const visit_ptr&) = nullptr;
    std::size_t bytes_max = form_bytes_max;
    desk::at_door use = desk::at_door::uses;  // `looks`: a page asks it by itself, which is no use of the session
};

std::span<const route> routes();

struct match {
    const route* found = nullptr;
    std::string arg;
    bool path_known = false;  // by another method
};
match find_route(http::verb how, std::string_view path);

// -- signing in and out (sign_in.cpp)
void show_welcome(const visit_ptr& v);
void ask_code(const visit_ptr& v);
void show_code(const visit_ptr& v);
void answer_code(const visit_ptr& v);
void answer_by_passkey(const visit_ptr& v);
void ask_proving_code(const visit_ptr& v);
void show_proving_code(const visit_ptr& v);
void answer_proving_code(const visit_ptr& v);
void show_saved_code(const visit_ptr& v);
void answer_by_saved_code(const visit_ptr& v);
void sign_out(const visit_ptr& v);
void sign_out_everywhere(const visit_ptr& v);
// -- for everybody (public_pages.cpp)
void show_message_question(const visit_ptr& v);
void answer_message_question(const visit_ptr& v);
void show_official(const visit_ptr& v);
// -- words of one's own in mails (phrase_pages.cpp)
void show_phrase(const visit_ptr& v);
void choose_phrase(const visit_ptr& v);
// -- passkeys and sessions (passkey_pages.cpp)
void show_passkeys(const visit_ptr& v);
void add_passkey(const visit_ptr& v);
void remove_passkey(const visit_ptr& v);
void show_sessions(const visit_ptr& v);
void end_session(const visit_ptr& v);
// -- a line (line_pages.cpp, lost_pages.cpp, protection_pages.cpp, history_pages.cpp, date_pages.cpp,
//    device_pages.cpp, take_back_pages.cpp)
void show_line(const visit_ptr& v);
void show_lost(const visit_ptr& v);
void report_lost(const visit_ptr& v);
void show_locked(const visit_ptr& v);
void show_found(const visit_ptr& v);
void report_found(const visit_ptr& v);
void show_take_back(const visit_ptr& v);
void take_number_back(const visit_ptr& v);
void show_saved_code_to_take_back(const visit_ptr& v);
void show_lock(const visit_ptr& v);
void set_lock(const visit_ptr& v);
void show_codes(const visit_ptr& v);
void make_codes(const visit_ptr& v);
void show_money(const visit_ptr& v);
void show_activity(const visit_ptr& v);
void show_dates(const visit_ptr& v);
void fetch_calendar(const visit_ptr& v);
void choose_calendar(const visit_ptr& v);
void feed_calendar(const visit_ptr& v);
void show_devices(const visit_ptr& v);
void undo_switch(const visit_ptr& v);
void order_device(const visit_ptr& v);
void show_device(const visit_ptr& v);
void draw_code(const visit_ptr& v);
void stop_device(const visit_ptr& v);
void use_device(const visit_ptr& v);
// -- whoever is signed in (contact_pages.cpp)
void show_contacts(const visit_ptr& v);
void add_contact(const visit_ptr& v);
void choose_language(const visit_ptr& v);
void show_contact(const visit_ptr& v);
void send_contact_code(const visit_ptr& v);
void verify_contact(const visit_ptr& v);
void remove_contact(const visit_ptr& v);
void show_account(const visit_ptr& v);
void name_account(const visit_ptr& v);
// -- the same (document_pages.cpp, disclosure_pages.cpp, representative_pages.cpp)
void show_documents(const visit_ptr& v);
void add_document(const visit_ptr& v);
void fetch_document(const visit_ptr& v);
void take_document_back(const visit_ptr& v);
void show_disclosures(const visit_ptr& v);
void send_disclosure_code(const visit_ptr& v);
void ask_disclosure(const visit_ptr& v);
void stop_disclosure(const visit_ptr& v);
void fetch_disclosure(const visit_ptr& v);
void show_representatives(const visit_ptr& v);
void object_to_representative(const visit_ptr& v);
void end_representative(const visit_ptr& v);
// -- what a certificate says wrongly (dispute_pages.cpp)
void show_disputes(const visit_ptr& v);
void open_dispute(const visit_ptr& v);
void withdraw_dispute(const visit_ptr& v);
// -- the way to a case's submission (closing_pages.cpp, proof_pages.cpp)
void show_closing(const visit_ptr& v);
void begin_closing(const visit_ptr& v);
void show_quote(const visit_ptr& v);
void show_quote_part(const visit_ptr& v);
void follow_quote(const visit_ptr& v);
void accept_quote(const visit_ptr& v);
void renew_quote(const visit_ptr& v);
void show_backup(const visit_ptr& v);
void choose_backup(const visit_ptr& v);
void fetch_backup(const visit_ptr& v);
void show_proof(const visit_ptr& v);
void send_code(const visit_ptr& v);
void take_code(const visit_ptr& v);
void take_saved_code(const visit_ptr& v);
// (check_pages.cpp)
void prove_by_document(const visit_ptr& v);
void prove_by_card(const visit_ptr& v);
void prove_by_call(const visit_ptr& v);
void take_check_back(const visit_ptr& v);
// (bound_account_pages.cpp)
void show_accounts(const visit_ptr& v);
void note_accounts(const visit_ptr& v);
void show_check(const visit_ptr& v);
void submit_case(const visit_ptr& v);
// -- a case (case_pages.cpp)
void show_case(const visit_ptr& v);
void show_case_part(const visit_ptr& v);
void follow_case(const visit_ptr& v);
void give_information(const visit_ptr& v);
void show_stop(const visit_ptr& v);
void withdraw_case(const visit_ptr& v);
void repudiate_case(const visit_ptr& v);
void show_certificate(const visit_ptr& v);
void fetch_certificate(const visit_ptr& v);
void print_certificate(const visit_ptr& v);
// -- a certificate in anybody's hands (verify_pages.cpp)
void show_verify(const visit_ptr& v);
void verify_certificate(const visit_ptr& v);
void fetch_keys(const visit_ptr& v);

}  // namespace keepline::portal
