// The route table as data: what may be asked, by whom, and what it needs. api/openapi.yaml says the same to people; a
// test compares the two.
#pragma once

#include "api/call.hpp"
#include "desk/use_cases.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace keepline::api {

using handler = void (*)(const call_ptr& c);

using desk::role_set;

enum class if_match { optional, required };
enum class body_size { normal, large, records, document };  // document: bytes, of no JSON

struct route {
    verb how = verb::get;
    std::string_view pattern;  // "/v1/lines/{}/history": a segment `{}` takes anything
    desk::use_case what{};     // who may is said there; no roles: open to everybody
    handler run = nullptr;
    if_match version = if_match::optional;
    body_size body = body_size::normal;
    std::string_view query{};  // the names of what may stand behind `?`, with blanks; anything else is refused
    desk::at_door use = desk::at_door::uses;

    /// The same route, which also takes these parameters.
    constexpr route asks(std::string_view names) const {
        route out = *this;
        out.query = names;
        return out;
    }
    /// The same route, asked for by a page itself: nobody need be there for it.
    constexpr route looks() const {
        route out = *this;
        out.use = desk::at_door::looks;
        return out;
    }
    bool open() const { return what.roles == 0; }
    bool needs_key() const { return how == verb::post; }
};

std::span<const route> routes();

struct match {
    const route* found = nullptr;
    std::array<std::string_view, 2> args{};
    std::string allow;  // when the path exists, but not with this verb
};
match find_route(verb how, std::string_view path);

// -- the handlers, by file

void make_import_plan(const call_ptr&);  // plan_routes.cpp

void read_certificate(const call_ptr&);  // certificate_routes.cpp

void fetch_backup(const call_ptr&);  // backup_routes.cpp
void fetch_disclosure(const call_ptr&);

void add_document(const call_ptr&);  // document_routes.cpp
void open_document(const call_ptr&);

void read_sandbox_clock(const call_ptr&);  // sandbox_routes.cpp
void move_sandbox_clock(const call_ptr&);
void list_sandbox_messages(const call_ptr&);
void send_sandbox_message(const call_ptr&);
void list_sandbox_triggers(const call_ptr&);

void sign_in_staff(const call_ptr&);  // staff_routes.cpp
void prove_anew(const call_ptr&);
void ask_staff_passkey(const call_ptr&);
void sign_in_by_staff_passkey(const call_ptr&);
void read_invitation(const call_ptr&);
void accept_invitation(const call_ptr&);
void end_current_session(const call_ptr&);
void read_sign_in_ways(const call_ptr&);

void follow_changes(const call_ptr&);  // live_routes.cpp

void healthz(const call_ptr&);  // open_routes.cpp
void readyz(const call_ptr&);
void openapi(const call_ptr&);
void jwks(const call_ptr&);

}  // namespace keepline::api
