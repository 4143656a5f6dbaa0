#include "link/message_connector.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "domain/message_words.hpp"
#include "domain/reference.hpp"
#include "link/contact_address.hpp"
#include "link/durable_file.hpp"
#include "port/person.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using domain::medium;

/// The line's own number needs no vault.
result<std::string> contact_address_of(const message_parts& with, const base::msisdn& number,
                                       const domain::label& subscriber, const domain::label& contact, medium by) {
    if (by == medium::sms && contact.text() == "line") return number.text();
    return contact_address(*with.vault, subscriber, contact, by);
}

/// The accounts by their last digits, as they are now: they are in no journal.
void name_accounts(const message_parts& with, const domain::send_notice& notice, notice_params& params) {
    const auto of = params.extract("account_of");
    if (of && of.mapped() != notice.subscriber.text()) return;
    if (notice.kind != "refund_account_changed" && notice.kind != "account_questioned" && notice.kind != "refund_held")
        return;
    const auto stored = with.vault->open(notice.subscriber.text(), port::person_kind);
    const auto person = stored ? base::from_json<port::person>(*stored) : std::unexpected(stored.error());
    if (!person) return;  // the change is told all the same
    if (!person->refund_iban.empty()) params["account"] = number_tail(person->refund_iban);
    if (!person->refund_iban_before.empty()) params["account_before"] = number_tail(person->refund_iban_before);
}

/// Who it is that acts for the reader, as somebody who knows them recognises them: names are in no journal.
void name_person(const message_parts& with, notice_params& params) {
    const auto of = params.extract("name_of");
    if (!of) return;
    const auto stored = with.vault->open(of.mapped(), port::person_kind);
    const auto person = stored ? base::from_json<port::person>(*stored) : std::unexpected(stored.error());
    if (!person) return;  // it is told all the same
    if (auto name = base::masked_name(person->full_name); !name.empty()) params["name"] = std::move(name);
}

/// What shows a reader that a mail is ours. Not in SMS: whoever reads over a shoulder would have it. Nor to a mailbox
/// that came after the words: whoever has a session adds one. A mail without them would look false, so it waits where
/// the vault cannot be read.
result<void> name_phrase(const message_parts& with, const domain::label& reader, const domain::label& contact,
                         domain::medium by, notice_params& params) {
    params.erase("phrase");
    if (by != domain::medium::mail) return {};
    const auto stored = with.vault->open(reader.text(), port::person_kind);
    if (!stored && stored.error().what == code::not_found) return {};
    if (!stored) return std::unexpected(stored.error());
    TRY(person, base::from_json<port::person>(*stored));
    if (std::ranges::find(person.phrase_to, contact.text()) != person.phrase_to.end()) params["phrase"] = person.phrase;
    return {};
}

/// The notice names the profile only. Whether its code goes to this contact point is asked now: what was true when it
/// was told may be over.
result<void> name_code(const message_parts& with, const port::outbound& what, const domain::label& contact,
                       notice_params& params) {
    const auto named = params.extract("code_of");
    if (!named || !with.codes) return {};
    const auto iccid = base::iccid::parse(named.mapped());
    if (!iccid) return refuse(code::internal, "The notice names no profile.");
    TRY(found, with.codes(what.number, *iccid, contact));
    if (!found) return {};
    params["activation_code"] = std::move(found->text);
    if (found->confirmation) params["confirmation"] = "yes";
    return {};
}

/// Nothing but the policy says who hears complaints: what a notice of another making carries under these names is
/// dropped.
void name_complaints(const message_parts& with, std::string_view language, notice_params& params) {
    std::erase_if(params, [](const auto& one) { return is_policys_own(one.first); });
    const auto under = params.extract("complain_under");
    if (!under || !with.complaints) return;
    const bool chinese = with.voice.texts->best(language).tag.starts_with("zh");
    const auto add = [&](const std::string& place, const std::string& value) {
        if (value.empty()) return;
        auto& all = params[place];
        all += (all.empty() ? "" : " / ") + value;
    };
    domain::term after;
    for (const auto& one : with.complaints(under.mapped())) {
        add("complain_to", one.name_in(chinese));
        add("complain_web", one.web);
        add("complain_phone", one.phone);
        if (one.after.n > after.n) after = one.after;
    }
    if (after.n == 0) return;
    params["complain_days"] = std::to_string(after.n);
    if (after.unit == domain::day_unit::working_day) params["complain_working"] = "yes";
}

/// One effect, ready to be rendered.
struct message {
    std::string kind;
    std::string subscriber;
    std::string to;
    notice_params params;
    bool is_notice = false;  // a code is not evidence of anything, and is not answered for
    bool vouched = false;    // the owner's own number, or vouched for: see message_budget.hpp
    std::string whose;       // the line or the subscriber, for the budgets
    bool to_line = false;
};

std::string minutes_left(base::duration left) {
    return std::to_string(std::max<std::int64_t>(1, std::chrono::round<std::chrono::minutes>(left).count()));
}

using readied = result<std::optional<message>>;  // nullopt: too late to be of use

/// After an outage of the peer an expired code would only confuse whoever gets it.
bool too_late(const message_parts& with, const port::outbound& what, base::instant expires_at) {
    if (with.clock->now() < expires_at) return false;
    with.log->info("otp_dropped", what.correlation, {{"line", what.line_id}, {"why", "expired before it left"}});
    return true;
}

bool is_line(const domain::label& contact) { return contact.text() == "line"; }

struct preparer {
    const message_parts& with;
    const port::outbound& what;

    readied operator()(const domain::send_notice& notice) const {
        TRY(to, contact_address_of(with, what.number, notice.subscriber, notice.contact, notice.by));
        message out{notice.kind, notice.subscriber.text(), std::move(to), notice.params,
                    true,        notice.vouched,           what.line_id,  is_line(notice.contact)};
        name_accounts(with, notice, out.params);
        name_person(with, out.params);
        CHECK(name_phrase(with, notice.subscriber, notice.contact, notice.by, out.params));
        name_complaints(with, what.language, out.params);
        CHECK(name_code(with, what, notice.contact, out.params));
        if (const auto nonce = out.params.extract("code_nonce"))
            out.params["code"] = with.secrets->reply_code(port::reply_scope(what.line_id), nonce.mapped());
        const auto closure = out.params.find("closure");
        if (closure != out.params.end() && !out.params.contains("case"))
            out.params["case"] = port::otp_scope(what.line_id, std::atoi(closure->second.c_str()));
        return of_line(std::move(out));
    }
    readied operator()(const domain::send_otp& otp) const {
        if (too_late(with, what, otp.expires_at)) return std::optional<message>();
        TRY(to, contact_address_of(with, what.number, otp.subscriber, otp.contact, otp.by));
        const auto scope = port::otp_scope(what.line_id, otp.closure);
        message out{std::string(otp.for_staff ? otp_for_staff_kind : otp_kind),
                    otp.subscriber.text(),
                    std::move(to),
                    {},
                    false,
                    is_line(otp.contact),
                    what.line_id,
                    is_line(otp.contact)};
        out.params["code"] = with.secrets->otp_code(scope, otp.nonce);
        out.params["minutes"] = minutes_left(otp.expires_at - with.clock->now());
        out.params["case"] = otp.reference.empty() ? scope : otp.reference;
        if (!otp.reference.empty()) out.params["ref"] = otp.reference;
        CHECK(name_phrase(with, otp.subscriber, otp.contact, otp.by, out.params));
        return of_line(std::move(out));
    }
    /// To an address that nobody has shown to be the customer's yet: it names neither line nor number.
    readied operator()(const domain::send_contact_code& code) const {
        if (too_late(with, what, code.expires_at)) return std::optional<message>();
        TRY(to, contact_address_of(with, code.number, code.subscriber, code.contact, code.by));
        const auto whose = code.subscriber.text();
        const auto kind = code.discloses ? disclosure_code_kind : contact_code_kind;
        const bool to_line = is_line(code.contact);
        message out{std::string(kind), whose, std::move(to), {}, false, to_line, whose, to_line};
        const auto scope = port::contact_scope(code.subscriber.text(), code.contact.text());
        out.params["code"] = with.secrets->otp_code(scope, code.nonce);
        name_reference(code.reference, out.params);
        out.params["minutes"] = minutes_left(code.expires_at - with.clock->now());
        CHECK(name_phrase(with, code.subscriber, code.contact, code.by, out.params));
        return std::optional(std::move(out));
    }
    readied operator()(const domain::send_sign_in_code& code) const {
        if (too_late(with, what, code.expires_at)) return std::optional<message>();
        TRY(to, contact_address_of(with, code.number, code.subscriber, code.contact, code.by));
        const auto whose = code.subscriber.text();
        const bool to_line = is_line(code.contact);
        message out{std::string(sign_in_code_kind), whose, std::move(to), {}, false, to_line, whose, to_line};
        out.params["code"] = with.secrets->otp_code(port::sign_in_scope(whose), code.nonce);
        name_reference(code.reference, out.params);
        out.params["minutes"] = minutes_left(code.expires_at - with.clock->now());
        CHECK(name_phrase(with, code.subscriber, code.contact, code.by, out.params));
        return std::optional(std::move(out));
    }
    readied operator()(const domain::tell_person& told) const {
        TRY(to, contact_address_of(with, told.number, told.subscriber, told.contact, told.by));
        const auto whose = told.subscriber.text();
        message out{told.kind, whose, std::move(to), told.params, true, told.vouched, whose, is_line(told.contact)};
        CHECK(name_phrase(with, told.subscriber, told.contact, told.by, out.params));
        return std::optional(std::move(out));
    }
    template <typename Effect>
    readied operator()(const Effect&) const {
        ENSURE(false);
        return std::optional<message>();
    }

 private:
    static void name_reference(const std::string& plain, notice_params& params) {
        if (!plain.empty()) params["ref"] = domain::said(plain);
    }
    readied of_line(message out) const {
        out.params["number"] = number_tail(what.number.text());
        out.params["line"] = what.line_id;
        return std::optional(std::move(out));
    }
};

readied prepare(const message_parts& with, const port::outbound& what) {
    return std::visit(preparer{with, what}, what.what);
}

/// What repeats, or answers somebody who asked: it may wait for the next hour.
bool can_wait(std::string_view kind) {
    constexpr std::array<std::string_view, 3> courtesies{"line_active", "validity_reminder", "backup_ready"};
    return kind.starts_with("reply_") || std::ranges::find(courtesies, kind) != courtesies.end();
}

/// Holds the message's place in the budgets; gives it back unless it left.
class budget_place {
 public:
    budget_place(const message_parts& with, const message& what, medium by)
        : with_(with),
          what_{by,
                what.to,
                what.whose,
                !what.is_notice,
                what.vouched,
                what.is_notice && !can_wait(what.kind),
                what.params.contains("case")} {
        if (with_.budget && what.to_line && !with_.budget->is_own(what.to)) what_.vouched = false;
        if (with_.budget) over_ = with_.budget->take(what_, with_.clock->now());
    }
    budget_place(const budget_place&) = delete;
    budget_place& operator=(const budget_place&) = delete;
    ~budget_place() {
        if (with_.budget && over_.empty() && !left_) with_.budget->give_back(what_, with_.clock->now());
    }
    result<void> taken() const {
        if (over_.empty()) return {};
        return refuse(code::over_budget, "The budget for this " + std::string(over_) + " is spent for now.",
                      {{"budget", std::string(over_)}});
    }
    void left() { left_ = true; }

 private:
    const message_parts& with_;
    budgeted_message what_;
    std::string_view over_;
    bool left_ = false;
};

/// A notice that says how much it gathered is the sign that somebody repeats something.
void count_gathered(const message_parts& with, const message& what, medium by) {
    if (with.metrics != nullptr && (what.params.contains("quiet") || what.params.contains("repeats")))
        with.metrics->of(by == medium::sms, "repeats").fetch_add(1);
}

/// A person's own messages are noted with them, by the reference that they carried.
template <typename Effect>
domain::subscriber_command note_of(std::string_view kind, const Effect& sent, std::string reference) {
    return domain::note_message{std::string(kind), sent.by, {sent.contact, sent.number}, std::move(reference)};
}

std::string plain_reference(const notice_params& params) {
    const auto said = params.find("ref");
    return said == params.end() ? std::string() : domain::reference_of(said->second).value_or("");
}

/// What has left is noted, so that whoever asks of a message hears that it did.
port::delivered answer_of(const port::outbound& what, const message& sent, const handed_over& handed) {
    port::delivered out;
    if (const auto* notice = std::get_if<domain::send_notice>(&what.what)) {
        out.answer = domain::notice_sent{notice->kind, notice->contact, notice->by, handed.receipt};
        if (handed.receipt_comes) out.awaited_receipt = handed.receipt;
    }
    if (const auto* otp = std::get_if<domain::send_otp>(&what.what))
        out.answer = domain::notice_sent{sent.kind, otp->contact, otp->by, {}, true};
    if (const auto* code = std::get_if<domain::send_contact_code>(&what.what))
        out.answer = note_of(sent.kind, *code, code->reference);
    if (const auto* code = std::get_if<domain::send_sign_in_code>(&what.what))
        out.answer = note_of(sent.kind, *code, code->reference);
    if (const auto* told = std::get_if<domain::tell_person>(&what.what))
        out.answer = note_of(sent.kind, *told, plain_reference(told->params));
    return out;
}

class sms_connector final : public port::connector {
 public:
    sms_connector(message_parts with, std::unique_ptr<text_transport> by)
        : with_(std::move(with)), by_(std::move(by)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        ENSURE(is_plain_key(what.key));
        TRY(prepared, prepare(with_, what));
        if (!prepared) return port::delivered{};
        TRY(text, render_sms(prepared->kind, what.language, with_.voice, prepared->params));
        budget_place place(with_, *prepared, medium::sms);
        CHECK(place.taken());
        count_gathered(with_, *prepared, medium::sms);
        TRY(handed, by_->send({what.key, what.correlation, prepared->to, std::move(text), prepared->is_notice,
                               prepared->subscriber}));
        place.left();
        if (const auto* notice = std::get_if<domain::send_notice>(&what.what); notice && with_.routes != nullptr)
            with_.routes->note(prepared->to, {what.number, notice->contact, notice->subscriber});
        return answer_of(what, *prepared, handed);
    }
    std::string trouble() const override { return by_->trouble(); }

 private:
    message_parts with_;
    std::unique_ptr<text_transport> by_;
};

class mail_connector final : public port::connector {
 public:
    mail_connector(message_parts with, std::unique_ptr<mail_transport> by)
        : with_(std::move(with)), by_(std::move(by)) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        ENSURE(is_plain_key(what.key));
        TRY(prepared, prepare(with_, what));
        if (!prepared) return port::delivered{};
        if (!domain::is_mailbox(prepared->to))
            return refuse(code::peer_refused, "The stored address is not a mailbox.");
        TRY(words, render_notice(prepared->kind, what.language, with_.voice, prepared->params));
        budget_place place(with_, *prepared, medium::mail);
        CHECK(place.taken());
        count_gathered(with_, *prepared, medium::mail);
        mail_message mail{what.key,
                          what.correlation,
                          what.caused_at,
                          prepared->to,
                          words.language,
                          std::move(words.subject),
                          std::move(words.text),
                          std::move(words.html),
                          prepared->subscriber};
        TRY(handed, by_->send(mail));
        place.left();
        return answer_of(what, *prepared, handed);
    }
    std::string trouble() const override { return by_->trouble(); }

 private:
    message_parts with_;
    std::unique_ptr<mail_transport> by_;
};

void ensure_complete(const message_parts& with) {
    ENSURE(with.vault != nullptr && with.secrets != nullptr && with.clock != nullptr && with.log != nullptr);
}

}  // namespace

std::unique_ptr<port::connector> make_sms_connector(message_parts with, std::unique_ptr<text_transport> by) {
    ensure_complete(with);
    return std::make_unique<sms_connector>(std::move(with), std::move(by));
}

std::unique_ptr<port::connector> make_mail_connector(message_parts with, std::unique_ptr<mail_transport> by) {
    ensure_complete(with);
    return std::make_unique<mail_connector>(std::move(with), std::move(by));
}

}  // namespace keepline::link
