// What a second person is shown before they sign: who asked, what exactly, what it does, and whether they may.
#pragma once

#include "base/json.hpp"
#include "desk/asked_for.hpp"
#include "domain/second_person.hpp"
#include "engine/front.hpp"

#include <optional>
#include <string>

namespace keepline::desk {

using base::instant;
using base::result;

struct asked;

struct request_view {
    int serial = 0;
    domain::act act = domain::act::other;
    std::string effect;   // what happens when it is signed
    std::string command;  // what was asked for
    std::optional<base::raw_json> details;
    domain::actor by;
    domain::channel channel = domain::channel::staff;
    instant at;
    instant expires_at;
    domain::request_state state = domain::request_state::waiting;
    std::optional<domain::actor> answered_by;
    std::optional<instant> answered_at;
    std::optional<std::string> reason;
    bool may_sign = false;  // who reads this
    std::optional<std::string> why_not;
    bool operator==(const request_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(request_view, (),
                      (serial, act, effect, command, details, by, channel, at, expires_at, state, answered_by,
                       answered_at, reason, may_sign, why_not))

/// What a request is about: where it is signed (the path's collection and id).
struct request_subject {
    std::string kind;  // line, profile, subscriber, token, import_plan
    std::string id;
    std::optional<std::string> number{};     // of a line
    std::optional<std::string> reference{};  // what people say of its case, or of the line: "4821 0937 1156"
    bool operator==(const request_subject&) const = default;
};
BOOST_DESCRIBE_STRUCT(request_subject, (), (kind, id, number, reference))

struct waiting_request {
    request_subject about;
    request_view request;
    bool operator==(const waiting_request&) const = default;
};
BOOST_DESCRIBE_STRUCT(waiting_request, (), (about, request))

/// As the caller sees it: whether they may sign; why not and until when, where that is known; and what exactly is asked
/// for, without what the machine alone needs. Of an account both tails. May read the vault.
request_view request_of(const asked& c, const engine::stream_view& of, const domain::second_request& asked);

/// What a request does, of whatever stream; nothing where it was answered. A command that can be asked for says itself
/// what of it is shown (request_details.cpp), or the program does not build.
std::optional<base::raw_json> details_of(const asked& c, const engine::stream_view& of,
                                         const domain::second_request& asked);

/// Who asked for it still may ask for anything: a request of somebody whose tokens were revoked meanwhile is signed by
/// nobody, nor is one of a session once somebody ended that customer's sessions. A number's stream cannot see that; who
/// holds what is in the holder's. And the caller may sign, as far as that hangs on who they are; with until when not.
/// Refused: forbidden, own_application.
result<void> check_signing(const asked& c, const domain::second_request* asked);

}  // namespace keepline::desk
