#include "hotline/desk_door.hpp"

#include "base/aside.hpp"
#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/money.hpp"
#include "desk/masked.hpp"
#include "desk/roles.hpp"
#include "domain/days.hpp"
#include "text/phone_number.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/describe.hpp>

namespace keepline::hotline {

namespace {

using base::code;
using base::error;
using base::result;

constexpr std::size_t caller_shown = 32;

/// For what is still to be done when the call's own thread hears nothing any more.
class side_thread final : public desk::executor {
 public:
    side_thread(base::aside& side, port::log& log, std::string call) : side_(side), log_(log), call_(std::move(call)) {}
    void run(std::function<void()> work) override {
        if (!side_.post(std::move(work))) log_.warning("hotline_session_not_ended", call_, {{"reason", "too busy"}});
    }
    void run_after(std::chrono::milliseconds, std::function<void()> work) override { run(std::move(work)); }

 private:
    base::aside& side_;
    port::log& log_;
    std::string call_;
};

/// Work that nobody has done when the last who holds it lets go is done otherwise.
class done_anyway {
 public:
    using doing = std::function<void()>;
    done_anyway(doing work, std::function<void(doing)> otherwise)
        : work_(std::move(work)), otherwise_(std::move(otherwise)) {}
    ~done_anyway() {
        try {
            if (work_) otherwise_(std::move(work_));
        } catch (...) {  // there is no memory, say: what it would have ended ends by its own time
        }
    }
    done_anyway(const done_anyway&) = delete;
    done_anyway& operator=(const done_anyway&) = delete;
    void operator()() { std::exchange(work_, {})(); }

 private:
    doing work_;
    std::function<void(doing)> otherwise_;
};

/// A step of the way by name, for the journal's key: the same one again is the same request.
engine::idempotency key_of(const std::string& call, const std::string& command, int n) {
    const auto full = base::part_hasher().add("hotline").add(call).add(command).add(std::to_string(n)).finish();
    engine::idempotency out;
    static_assert(out.key.size() <= full.size());
    std::copy_n(full.begin(), out.key.size(), out.key.begin());
    return out;
}

heard::answer failed(const error& why) {
    return {std::string(why.what == code::too_many || why.what == code::otp_locked ? too_many : trouble), {}};
}

std::string money_text(const base::money& of) { return of.minor > 0 ? base::text(of) : std::string(); }
std::string day_text(base::local_day day) { return day == base::local_day{} ? std::string() : base::iso(day); }

template <typename Enum>
std::string name_of(Enum one) {
    return boost::describe::enum_to_string(one, "");
}

/// Digits at the end of what masks a number ("…8000"); an address of mail has none.
std::string digits_at_end(const std::string& masked) {
    auto from = masked.size();
    while (from > 0 && masked[from - 1] >= '0' && masked[from - 1] <= '9') --from;
    return masked.contains('@') ? std::string() : masked.substr(from);
}

template <typename View>
const View* view_of(const desk::told<View>& told) {
    return std::get_if<View>(&told.is);
}

bool misses_proof(const desk::closure_view& of) {
    return std::ranges::find(of.missing, base::info(code::evidence_missing).id) != of.missing.end();
}

std::string blocks_of(const std::vector<domain::block>& all) {
    std::string out;
    for (const auto& one : all) {
        const auto name = name_of(one.kind);
        if (one.in_quote || ("," + out + ",").contains("," + name + ",")) continue;
        out += (out.empty() ? "" : ",") + name;
    }
    return out;
}

values quote_of(const desk::closure_view& of) {
    values out;
    if (!of.quote) return out;
    out["to_pay"] = money_text(of.quote->to_pay);
    out["to_refund"] = money_text(of.quote->to_refund);
    out["review_due"] = day_text(of.quote->review_due);
    out["refund_due"] = of.quote->to_refund.is_zero() ? std::string() : day_text(of.quote->refund_due);
    out["reclaim_until"] = day_text(of.quote->reclaim_until);
    base::money fee{0, of.quote->to_pay.currency};
    for (const auto& one : of.quote->items)
        if (one.kind == domain::quote_item_kind::contract_fee) fee.minor += one.amount.minor;
    out["fee"] = money_text(fee);
    return out;
}

values stage_of(const desk::closure_view& of) {
    values out;
    out["stage"] = name_of(of.stage);
    out["case"] = of.reference.value_or("");
    if (of.stage == domain::stage::in_review) out["due"] = day_text(of.due);
    return out;
}

domain::certificate_part part_of(const std::string& named) {
    using enum domain::certificate_part;
    if (named == "amount") return refund;
    if (named == "date") return closed_at;
    return named == "device" ? device : other;
}

}  // namespace

/// The call's thread while it hears anything, and then a side thread: for an answer that must not be lost.
class desk_door::still_heard final : public desk::executor {
 public:
    explicit still_heard(std::shared_ptr<desk_door> of) : of_(std::move(of)) {}
    void run(std::function<void()> work) override {
        of_->where_->run([kept = kept(std::move(work))] { (*kept)(); });
    }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        of_->where_->run_after(pause, [kept = kept(std::move(work))] { (*kept)(); });
    }

 private:
    std::shared_ptr<done_anyway> kept(std::function<void()> work) const {
        return std::make_shared<done_anyway>(std::move(work), [of = of_](done_anyway::doing late) {
            of->over_ = true;
            of->aside()->run(std::move(late));
        });
    }
    std::shared_ptr<desk_door> of_;
};

/// One command on its way.
struct desk_door::work : std::enable_shared_from_this<work> {
    work(std::shared_ptr<desk_door> with, question asks, answered to)
        : door(std::move(with)), what(std::move(asks)), then(std::move(to)) {}

    std::shared_ptr<desk_door> door;
    question what;
    answered then;

    void answer(std::string_view outcome, values gives = {}) { then({std::string(outcome), std::move(gives)}); }
    void fail(const error& why) { then(failed(why)); }

    std::string value(const std::string& name) const {
        const auto found = what.with.find(name);
        return found == what.with.end() ? std::string() : found->second;
    }
    /// None who shows no number: they are not one caller.
    std::optional<std::string> caller() const { return door->whom_to_count(); }

    // -- as whom

    desk::request asking_as(const desk::holder& one) const {
        desk::request out;
        out.who = one;
        out.through = domain::channel::hotline;
        out.correlation = door->of_.call;
        out.where = door->where_;
        return out;
    }
    desk::request as_stranger() const { return door->as_hotline(door->where_); }
    /// Opens a session: whoever hangs up meanwhile is signed in nowhere.
    desk::request signing_in() const {
        auto out = as_stranger();
        out.where = std::make_shared<still_heard>(door);
        return out;
    }
    /// Looks.
    desk::request as_known() const {
        ENSURE(door->who_);
        return asking_as(*door->who_);
    }
    /// Does something: each with a key of its own.
    desk::request doing(const std::string& step = {}) const {
        auto out = as_known();
        out.once = key_of(door->of_.call, what.command + step, ++door->asked_);
        return out;
    }

    /// What is refused ends the command; else it goes on.
    template <typename T, typename Next>
    desk::reply<T> or_fail(Next next) {
        return [self = shared_from_this(), next = std::move(next)](result<T> told) {
            if (!told) return self->fail(told.error());
            next(*std::move(told));
        };
    }
    template <typename Next>
    desk::reply<desk::closure_told> with_case_told(Next next) {
        return or_fail<desk::closure_told>([self = shared_from_this(), next](const desk::closure_told& told) {
            const auto* is = view_of(told);
            if (is == nullptr) return self->answer(trouble);
            self->remember(*is);
            next(*is);
        });
    }
    void remember(const desk::closure_view& of) {
        door->closure_ = of.id;
        door->quote_ = of.quote ? of.quote->number : 0;
        door->case_reference_ = of.reference.value_or("");
    }

    // -- who is calling

    bool take_number() {
        auto number = text::typed_number(value("number"), door->how_.country_code);
        if (number) door->number_ = std::move(*number);
        return number.has_value();
    }
    void ask_code() {
        if (!take_number()) return answer("sent");  // as if it were nobody's
        desk::sign_in_body body{door->number_, desk::sign_in_way::line, caller()};
        door->at_.ask_sign_in(as_stranger(), std::move(body),
                              or_fail<desk::sign_in_told>([self = shared_from_this()](const desk::sign_in_told& told) {
                                  self->door->sign_in_ = told.id;
                                  self->answer("sent");
                              }));
    }
    void answer_code() {
        if (door->sign_in_.empty()) return answer("wrong");
        door->at_.answer_sign_in(signing_in(), door->sign_in_, desk::code_body{value("code")}, signed_in());
    }
    void show_saved_code() {
        if (!take_number()) return answer("wrong");
        door->at_.sign_in_by_saved_code(
            signing_in(), desk::saved_code_body{door->number_, value("saved_code"), caller()}, signed_in());
    }
    desk::reply<desk::shown_once_told> signed_in() {
        return [self = shared_from_this()](const result<desk::shown_once_told>& told) {
            if (!told) {
                if (self->door->over_) return;
                const auto why = told.error().what;
                return why == code::otp_wrong || why == code::invalid ? self->answer("wrong")
                                                                      : self->fail(told.error());
            }
            const auto text = base::parse_json(told->text);
            const auto as = text ? base::decode<desk::signed_in_view>(*text, base::form::api)
                                 : result<desk::signed_in_view>(std::unexpected(text.error()));
            if (!as) return self->fail(as.error());
            self->enter(as->token);
        };
    }
    /// The line that was named, if it is theirs. Of whoever was known before nothing stays.
    void enter(const std::string& token) {
        const auto holder = door->at_.admit("Bearer " + token, door->of_.peer);
        if (!holder) return fail(holder.error());
        if (door->over_) return door->end_session_of(*holder);
        desk::search_body search;
        search.number = door->number_;
        door->leave();
        door->token_ = token;
        door->who_ = *holder;
        door->at_.find_line(as_known(), std::move(search),
                            [self = shared_from_this()](const result<desk::line_told>& told) {
                                const auto* is = told ? view_of(*told) : nullptr;
                                if (is == nullptr) {
                                    self->door->leave();
                                    return self->answer("no_line");
                                }
                                self->door->line_ = is->id;
                                const bool weak = self->door->who_->level != domain::session_level::reach;
                                const auto noted = self->door->proved_.emplace(is->id, weak).first;
                                noted->second = noted->second && weak;
                                self->door->closure_ = is->closure ? is->closure->id : std::string();
                                self->answer("known");
                            });
    }

    // -- stopping, by whoever calls

    void lock_lost() {
        if (!take_number()) return answer("locked");
        door->at_.lock_lost_for_stranger(
            as_stranger(), desk::stranger_loss_body{door->number_, caller()},
            or_fail<desk::done_told>([self = shared_from_this()](const desk::done_told&) { self->answer("locked"); }));
    }
    void check_message() {
        desk::message_question_body body{value("reference"), caller()};
        door->at_.check_message_for_stranger(
            as_stranger(), std::move(body), [self = shared_from_this()](const result<desk::message_check_view>& told) {
                using enum code;
                if (!told && (told.error().what == not_found || told.error().what == invalid))
                    return self->answer("not_ours");
                if (!told) return self->fail(told.error());
                values out{{"about", told->about}, {"number_tail", told->number_tail.value_or("")}};
                if (!told->told.empty()) {
                    const auto& last = told->told.back();
                    out["told_by"] = name_of(last.by);
                    out["told_on"] = day_text(self->zone_of(self->door->how_.home_policy).day_of(last.at));
                    if (!last.to.empty()) out["told_to"] = digits_at_end(last.to.front());
                }
                self->answer("ours", std::move(out));
            });
    }

    // -- looking

    base::zone zone_of(const std::optional<std::string>& policy) const {
        const auto rules = door->at_.shared().with.core->rules();
        const auto* p = policy && rules ? rules->policies.find(*policy) : nullptr;
        return p == nullptr ? base::zone() : rules->zones.of(p->zone);
    }
    void read_line() {
        door->at_.read_line(
            as_known(), door->line_, or_fail<desk::line_told>([self = shared_from_this()](const desk::line_told& told) {
                const auto* is = view_of(told);
                if (is == nullptr) return self->answer(trouble);
                auto out = self->line_values(*is);
                self->door->case_reference_.clear();
                if (!is->closure) return self->answer("told", std::move(out));
                self->door->at_.read_closure(self->as_known(), is->closure->id,
                                             self->with_case_told([self, out](const desk::closure_view& of) {
                                                 auto all = out;
                                                 all.merge(stage_of(of));
                                                 self->answer("told", std::move(all));
                                             }));
            }));
    }
    /// Amounts are said to whoever has the line's code, as elsewhere.
    values line_values(const desk::line_view& is) const {
        values out{{"number_tail", desk::last_four(is.number.text())}};
        if (is.status) out["status"] = name_of(*is.status);
        if (is.locked_since) out["locked"] = "yes";
        if (is.valid_until && is.status != domain::line_status::ended)
            out["last_day"] = day_text(domain::last_day(zone_of(is.policy), is.valid_until, is.since));
        if (door->who_->level != domain::session_level::reach) return out;
        out["balance"] = base::text(is.balance.prepaid);
        out["debt"] = money_text(is.balance.debt);
        return out;
    }

    // -- closing

    void open_closure() {
        if (!door->closure_.empty())
            return door->at_.read_closure(as_known(), door->closure_,
                                          [self = shared_from_this()](const result<desk::closure_told>& told) {
                                              const auto* is = told ? view_of(*told) : nullptr;
                                              if (is == nullptr || !domain::is_open(is->stage))
                                                  return self->open_anew();
                                              self->remember(*is);
                                              self->opened(*is);
                                          });
        open_anew();
    }
    void open_anew() {
        door->at_.open_closure(
            doing(), door->line_, desk::open_body{},
            with_case_told([self = shared_from_this()](const desk::closure_view& is) { self->opened(is); }));
    }
    void opened(const desk::closure_view& is) {
        if (is.stage != domain::stage::opened) return answer("under_way", stage_of(is));
        if (auto blocks = blocks_of(is.blocks); !blocks.empty())
            return answer("blocked", {{"block", std::move(blocks)}});
        if (is.evidence_wanted.empty()) return answer("elsewhere");
        if (is.quote && is.quote->expires_at > door->at_.shared().with.clock->now())
            return answer("opened", quote_of(is));
        ask_quote("opened");
    }
    void ask_quote(const std::string& outcome) {
        door->at_.ask_quote(doing("/quote"), door->closure_, desk::nothing{},
                            with_case_told([self = shared_from_this(), outcome](const desk::closure_view& is) {
                                self->answer(outcome, quote_of(is));
                            }));
    }
    void accept_quote() {
        desk::accept_body body;
        body.quote = door->quote_;
        door->at_.accept_quote(
            doing(), door->closure_, std::move(body),
            [self = shared_from_this()](const result<desk::closure_told>& told) {
                if (!told && (told.error().what == code::quote_expired || told.error().what == code::version_mismatch))
                    return self->answer("changed");
                if (!told) return self->fail(told.error());
                const auto* is = view_of(*told);
                if (is == nullptr) return self->answer(trouble);
                self->remember(*is);
                const bool owes = is->quote && is->quote->to_pay.minor > 0;
                self->answer(owes ? "to_pay" : "accepted", owes ? quote_of(*is) : values());
            });
    }
    void send_closing_code() {
        door->at_.request_otp(
            doing(), door->closure_, desk::otp_body{base::label::trusted("line")},
            with_case_told([self = shared_from_this()](const desk::closure_view&) { self->answer("sent"); }));
    }
    desk::reply<desk::closure_told> proof_shown() {
        return [self = shared_from_this()](const result<desk::closure_told>& told) {
            if (!told) {
                const auto why = told.error().what;
                return why == code::otp_wrong || why == code::invalid ? self->answer("wrong")
                                                                      : self->fail(told.error());
            }
            const auto* is = view_of(*told);
            if (is == nullptr) return self->answer(trouble);
            self->remember(*is);
            self->answer(misses_proof(*is) ? "more" : "enough");
        };
    }
    void give_closing_code() {
        door->at_.present_otp(doing(), door->closure_, desk::code_body{value("code")}, proof_shown());
    }
    void give_saved_code() {
        door->at_.present_recovery_code(doing(), door->closure_, desk::code_body{value("saved_code")}, proof_shown());
    }
    /// On a phone that is no line of theirs, the one that we have known longest and that the desk takes.
    void ask_call_back() {
        door->at_.read_line(as_known(), door->line_,
                            or_fail<desk::line_told>([self = shared_from_this()](const desk::line_told& told) {
                                const auto* is = view_of(told);
                                if (is == nullptr) return self->answer(trouble);
                                auto phones = is->contacts;
                                std::erase_if(phones, [](const domain::contact_ref& one) {
                                    return one.by != domain::medium::sms || !one.verified || one.replaced_at;
                                });
                                std::ranges::sort(phones, {}, &domain::contact_ref::since);
                                self->ask_call_back_on(std::move(phones));
                            }));
    }
    /// By the machine, where it calls that phone; else by a person.
    void ask_call_back_on(std::vector<domain::contact_ref> phones, bool by_person = false) {
        if (phones.empty()) return answer("elsewhere");
        desk::check_body body;
        body.kind = domain::evidence_kind::callback;
        body.contact = phones.front().id;
        const bool at_once = door->at_.shared().with.calls_back.any() && !by_person;
        if (at_once) body.at_once = true;
        const auto same = phones;
        phones.erase(phones.begin());
        door->at_.ask_for_check(
            doing(), door->closure_, std::move(body),
            [self = shared_from_this(), same, at_once,
             rest = std::move(phones)](const result<desk::closure_told>& told) {
                using enum code;
                if (!told) {
                    const auto why = told.error().what;
                    if (at_once && why == invalid) return self->ask_call_back_on(same, true);
                    return why == contact_unknown || why == contact_unverified || why == evidence_too_weak
                               ? self->ask_call_back_on(rest)
                               : self->fail(told.error());
                }
                const auto* is = view_of(*told);
                if (is == nullptr) return self->answer(trouble);
                self->remember(*is);
                values out;
                const auto open = std::ranges::find_if(is->checks, [](const desk::check_view& one) {
                    return one.kind == domain::evidence_kind::callback && one.state == domain::check_state::open;
                });
                if (open == is->checks.end()) return self->answer(trouble);
                if (open->call_code) return self->answer("ringing", {{"call_code", *open->call_code}});
                out["due"] = day_text(open->due);
                self->answer("asked", std::move(out));
            });
    }
    void decline_backup() {
        door->at_.decline_backup(
            doing(), door->closure_, desk::nothing{},
            with_case_told([self = shared_from_this()](const desk::closure_view&) { self->answer("declined"); }));
    }
    void submit() {
        door->at_.submit_closure(doing(), door->closure_, desk::submission_body{},
                                 [self = shared_from_this()](const result<desk::closure_told>& told) {
                                     using enum code;
                                     if (!told) {
                                         static constexpr std::array unfinished{
                                             evidence_missing, quote_not_accepted, quote_expired, backup_undecided,
                                             account_missing,  contact_missing,    blocked};
                                         const bool misses =
                                             std::ranges::find(unfinished, told.error().what) != unfinished.end();
                                         return misses ? self->answer("missing") : self->fail(told.error());
                                     }
                                     const auto* is = view_of(*told);
                                     if (is == nullptr) return self->answer(trouble);
                                     self->remember(*is);
                                     self->answer("submitted", stage_of(*is));
                                 });
    }

    // -- stopping, by its owner

    desk::reply<desk::closure_told> stopped(std::string_view outcome) {
        return [self = shared_from_this(), outcome](const result<desk::closure_told>& told) {
            using enum code;
            if (!told && (told.error().what == not_found || told.error().what == closure_missing ||
                          told.error().what == closure_stage))
                return self->answer("none");
            if (!told) return self->fail(told.error());
            self->answer(outcome);
        };
    }
    void withdraw() {
        if (door->closure_.empty()) return answer("none");
        door->at_.withdraw_closure(doing(), door->closure_, desk::nothing{}, stopped("withdrawn"));
    }
    void repudiate() {
        if (door->closure_.empty()) return answer("none");
        door->at_.repudiate_closure(doing(), door->closure_, desk::repudiation_body{}, stopped("stopped"));
    }

    // -- after the end

    /// `next` gets the case that ended in a certificate; it is the line's last one as long as no other was opened.
    template <typename Next>
    void with_closed_case(Next next) {
        door->at_.read_line(as_known(), door->line_,
                            or_fail<desk::line_told>([self = shared_from_this(), next](const desk::line_told& told) {
                                const auto* is = view_of(told);
                                if (is == nullptr) return self->answer(trouble);
                                if (is->closure && is->closure->stage == domain::stage::closed)
                                    return next(is->closure->id);
                                for (auto one = is->past_closures.rbegin(); one != is->past_closures.rend(); ++one)
                                    if (one->stage == domain::stage::closed) return next(one->id);
                                self->answer("none");
                            }));
    }
    void dispute() {
        with_closed_case([self = shared_from_this()](const std::string& closure) { self->dispute_of(closure); });
    }
    void send_certificate() {
        with_closed_case([self = shared_from_this()](const std::string& closure) {
            self->door->at_.send_certificate(
                self->doing(), closure, desk::nothing{}, [self](const result<desk::done_told>& told) {
                    using enum code;
                    if (told) return self->answer("sent");
                    const auto why = told.error().what;
                    if (why == not_found || why == closure_stage) return self->answer("none");
                    why == contact_missing ? self->answer("no_address") : self->fail(told.error());
                });
        });
    }
    void dispute_of(const std::string& closure) {
        desk::dispute_body body;
        body.part = part_of(value("part"));
        body.words = "By telephone: the caller chose this part by key, and said no more.";
        door->at_.open_dispute(doing(), closure, std::move(body),
                               [self = shared_from_this()](const result<desk::dispute_told>& told) {
                                   using enum code;
                                   if (!told && (told.error().what == not_found || told.error().what == closure_stage))
                                       return self->answer("none");
                                   if (!told) return self->fail(told.error());
                                   const auto* is = view_of(*told);
                                   self->answer("opened", {{"due", is == nullptr ? "" : day_text(is->due)}});
                               });
    }
};

desk_door::desk_door(desk::desk& at, door_settings how, caller_facts of, desk::executor_ptr where)
    : at_(at), how_(std::move(how)), of_(std::move(of)), where_(std::move(where)) {}

void desk_door::ask(const question& what, answered then) {
    struct row {
        std::string_view command;
        void (work::*act)();
        bool needs_line = true;
        bool needs_case = false;
    };
    static constexpr std::array rows{row{"ask_code", &work::ask_code, false},
                                     row{"answer_code", &work::answer_code, false},
                                     row{"show_saved_code", &work::show_saved_code, false},
                                     row{"lock_lost", &work::lock_lost, false},
                                     row{"check_message", &work::check_message, false},
                                     row{"read_line", &work::read_line},
                                     row{"open_closure", &work::open_closure},
                                     row{"accept_quote", &work::accept_quote, true, true},
                                     row{"send_closing_code", &work::send_closing_code, true, true},
                                     row{"give_closing_code", &work::give_closing_code, true, true},
                                     row{"give_saved_code", &work::give_saved_code, true, true},
                                     row{"ask_call_back", &work::ask_call_back, true, true},
                                     row{"decline_backup", &work::decline_backup, true, true},
                                     row{"submit", &work::submit, true, true},
                                     row{"withdraw", &work::withdraw},
                                     row{"repudiate", &work::repudiate},
                                     row{"send_certificate", &work::send_certificate},
                                     row{"dispute", &work::dispute}};
    const auto found = std::ranges::find(rows, what.command, &row::command);
    const auto one = std::make_shared<work>(shared_from_this(), what, std::move(then));
    if (found == rows.end()) return one->answer(trouble);
    if (found->needs_line && (!who_ || line_.empty())) return one->answer(trouble);
    if (found->needs_case && closure_.empty()) return one->answer(trouble);
    (one.get()->*found->act)();
}

void desk_door::leave() {
    number_ = base::msisdn();
    sign_in_.clear();
    token_.clear();
    line_.clear();
    closure_.clear();
    case_reference_.clear();
    quote_ = 0;
    if (who_) end_session_of(*std::exchange(who_, {}));
}

void desk_door::end(const call_outcome& how) {
    over_ = true;
    note(how);
    leave();
}

/// What cannot be written is in the log: a call is over whether anybody notes it or not.
void desk_door::note(const call_outcome& how) {
    const desk::reply<desk::done_told> noted = [self = shared_from_this()](const result<desk::done_told>& told) {
        if (!told)
            self->at_.shared().with.log->warning("hotline_call_not_noted", self->of_.call,
                                                 {{"reason", told.error().words}});
    };
    for (const auto& [line, by_saved_code] : proved_)
        at_.note_line_call(as_hotline(aside()), line,
                           desk::line_call_body{of_.call, by_saved_code, how.state, how.outcome, how.seconds}, noted);
    desk::ended_call_body all{of_.call,    whom_to_count(), !proved_.empty(), how.state,
                              how.outcome, how.seconds,     how.entries};
    at_.note_call(as_hotline(aside()), std::move(all), noted);
}

/// Nobody's number leaves here.
std::optional<std::string> desk_door::whom_to_count() const {
    if (of_.caller.empty()) return std::nullopt;
    return at_.shared().with.secrets->keyed_digest("hotline-caller", "", of_.caller).substr(0, caller_shown);
}

desk::request desk_door::as_hotline(desk::executor_ptr where) const {
    desk::request out;
    out.who.who = {domain::role::portal, base::label::trusted("hotline")};
    out.who.channels = {domain::channel::hotline};
    out.through = domain::channel::hotline;
    out.correlation = of_.call;
    out.where = std::move(where);
    return out;
}

desk::executor_ptr desk_door::aside() const {
    return std::make_shared<side_thread>(at_.shared().side, *at_.shared().with.log, of_.call);
}

/// Any thread.
void desk_door::end_session_of(const desk::holder& who) {
    desk::request by;
    by.who = who;
    by.through = domain::channel::hotline;
    by.correlation = of_.call;
    by.where = aside();
    const auto print = domain::token_print(who.digest);
    const auto id = who.who.id.text();
    at_.end_session(std::move(by), id, print, desk::nothing{},
                    [self = shared_from_this()](const result<desk::revoked_view>& ended) {
                        if (!ended)
                            self->at_.shared().with.log->warning("hotline_session_not_ended", self->of_.call,
                                                                 {{"reason", ended.error().words}});
                    });
}

}  // namespace keepline::hotline
