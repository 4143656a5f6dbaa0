// A customer's sessions, opened and ended by other use cases. Only for the desk's own files.
#pragma once

#include "desk/taking.hpp"

#include <vector>

namespace keepline::desk {

/// A code opened it: of whom, by what, and which line's, if any.
struct session_wanted {
    label of;
    domain::session_level level = domain::session_level::weak;
    base::msisdn line{};
};
/// Every refusal of a code: wrong, used, late, or there never was one.
inline base::error not_signed_in() {
    return {base::code::otp_wrong,
            "The code is wrong, was used, or has expired: look at the latest message, or ask anew.",
            {}};
}
/// As long as sessions may be, in the portal's channels; the answer has the token.
void open_session_signed_in(const ask_ptr<shown_once_told>& c, const session_wanted& what);

/// Before the answer: `what` ends of this customer's. The command is harmless twice, and has no key of the request's.
/// `next`: (request) -> void.
template <typename T, typename Next>
void end_sessions_then(const ask_ptr<T>& c, const label& of, domain::end_sessions what, Next next) {
    auto command = submission_of(*c, credential_stream(domain::role::subscriber, of),
                                 domain::credential_command{std::move(what)}, "sessions");
    command.once.reset();
    submit_whatever(c, std::move(command),
                    [of, next = std::move(next)](const ask_ptr<T>& same, const result<engine::answer>& done) {
                        if (!done && done.error().what != base::code::not_found)  // who never had one has no stream
                            same->at->with.log->error("sessions_not_ended", same->correlation,
                                                      {{"reason", done.error().words}});
                        same->at->doors.forget(of);
                        next(same);
                    });
}

}  // namespace keepline::desk
