// A customer's sessions, opened and ended by other use cases, and how signing in is answered. Only for the desk's own
// files.
#pragma once

#include "desk/taking.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace keepline::desk {

/// Somebody has signed in: who, by what, and with which line's code or which passkey, if any.
struct session_wanted {
    label of;
    domain::session_level level = domain::session_level::weak;
    domain::sign_in_way way = domain::sign_in_way::line;
    base::msisdn line{};
    int passkey = 0;
};
inline constexpr auto sign_in_answered_after = std::chrono::milliseconds{250};

/// Holds an answer back until the same while after each request: how long the work took says nothing. On the caller's
/// executor only.
class answer_beat {
 public:
    static std::shared_ptr<answer_beat> begin(const asked_ptr& c) {
        const auto out = std::make_shared<answer_beat>();
        c->where->run_after(sign_in_answered_after, [c, out] {
            out->over_ = true;
            if (out->waits_) guarded(c, std::exchange(out->waits_, {}));
        });
        return out;
    }
    void then(std::function<void()> answer) {
        if (over_) return answer();
        waits_ = std::move(answer);
    }

 private:
    bool over_ = false;
    std::function<void()> waits_;
};

/// Without the request's key: who asks for anybody's number must not fill the memory of that person's stream. And
/// whatever version the person is at.
inline engine::submission about_person(const asked& c, const label& who, domain::subscriber_command what) {
    auto out = submission_of(c, key_of_subscriber(who), std::move(what));
    out.once.reset();
    out.expected_revision.reset();
    return out;
}

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
