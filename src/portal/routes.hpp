// What a portal answers: each path with its page. Paths have one variable part at most, `{}`.
#pragma once

#include "portal/visit.hpp"

#include <span>
#include <string>
#include <string_view>

namespace keepline::portal {

/// Whom a page is for: whoever comes, or who is signed in.
enum class visitors { all, signed_in };

struct route {
    http::verb how = http::verb::get;
    std::string_view path;
    visitors whom = visitors::signed_in;
    void (*run)(const visit_ptr&) = nullptr;
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
void sign_out(const visit_ptr& v);
// -- a line (line_pages.cpp)
void show_line(const visit_ptr& v);
void show_lost(const visit_ptr& v);
void report_lost(const visit_ptr& v);
void show_locked(const visit_ptr& v);
// -- the way to a case's submission (closing_pages.cpp, proof_pages.cpp)
void show_closing(const visit_ptr& v);
void begin_closing(const visit_ptr& v);
void show_quote(const visit_ptr& v);
void accept_quote(const visit_ptr& v);
void renew_quote(const visit_ptr& v);
void show_backup(const visit_ptr& v);
void choose_backup(const visit_ptr& v);
void fetch_backup(const visit_ptr& v);
void show_proof(const visit_ptr& v);
void send_code(const visit_ptr& v);
void take_code(const visit_ptr& v);
void take_saved_code(const visit_ptr& v);
void show_check(const visit_ptr& v);
void submit_case(const visit_ptr& v);
// -- a case (case_pages.cpp)
void show_case(const visit_ptr& v);
void give_information(const visit_ptr& v);
void show_stop(const visit_ptr& v);
void withdraw_case(const visit_ptr& v);
void repudiate_case(const visit_ptr& v);
void show_certificate(const visit_ptr& v);
void fetch_certificate(const visit_ptr& v);

}  // namespace keepline::portal
