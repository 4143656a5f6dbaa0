#include "link/message_connector.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/durable_file.hpp"
#include "port/person.hpp"

#include <algorithm>
#include <cstdlib>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using domain::medium;

/// A contact's address. The line's own number needs no vault.
result<std::string> contact_address_of(const message_parts& with, const port::outbound& what,
                                       const domain::label& subscriber, const domain::label& contact, medium by) {
    if (by == medium::sms && contact.text() == "line") return what.number.text();
    auto stored = with.vault->open(subscriber.text(), port::person_kind);
    if (!stored) {
        if (stored.error().what == code::not_found)
            return refuse(code::contact_unknown, "Nothing is stored about this subscriber: nobody to tell.");
        return std::unexpected(std::move(stored).error());
    }
    auto person = base::from_json<port::person>(*stored);
    if (!person) return refuse(code::internal, "The stored contact points cannot be read.");
    const auto found = std::ranges::find_if(
        person->contacts, [&](const port::contact_address& c) { return c.id == contact && c.by == by; });
    if (found == person->contacts.end())
        return refuse(code::contact_unknown, "The contact point is no longer stored: nobody to tell.");
    return std::move(found->address);
}

/// The accounts by their last digits, as they are now: they are in no journal.
void name_accounts(const message_parts& with, const domain::send_notice& notice, notice_params& params) {
    if (notice.kind != "refund_account_changed" && notice.kind != "account_questioned") return;
    const auto stored = with.vault->open(notice.subscriber.text(), port::person_kind);
    const auto person = stored ? base::from_json<port::person>(*stored) : std::unexpected(stored.error());
    if (!person) return;  // the change is told all the same
    if (!person->refund_iban.empty()) params["account"] = number_tail(person->refund_iban);
    if (!person->refund_iban_before.empty()) params["account_before"] = number_tail(person->refund_iban_before);
}

/// One effect, ready to be rendered.
struct message {
    std::string kind;
    std::string to;
    notice_params params;
    bool is_notice = false;  // a code is not evidence of anything, and is not answered for
};

std::string minutes_left(base::duration left) {
    return std::to_string(std::max<std::int64_t>(1, std::chrono::round<std::chrono::minutes>(left).count()));
}

/// nullopt: too late to be of use.
result<std::optional<message>> prepare(const message_parts& with, const port::outbound& what) {
    message out;
    if (const auto* notice = std::get_if<domain::send_notice>(&what.what)) {
        TRY(to, contact_address_of(with, what, notice->subscriber, notice->contact, notice->by));
        out = {notice->kind, std::move(to), notice->params, true};
        name_accounts(with, *notice, out.params);
        if (const auto closure = out.params.find("closure"); closure != out.params.end())
            out.params["case"] = port::otp_scope(what.line_id, std::atoi(closure->second.c_str()));
    } else {
        const auto* otp = std::get_if<domain::send_otp>(&what.what);
        ENSURE(otp != nullptr);
        // After an outage of the peer an expired code would only confuse whoever gets it.
        const auto left = otp->expires_at - with.clock->now();
        if (left.count() <= 0) {
            with.log->info("otp_dropped", what.correlation,
                           {{"line", what.line_id}, {"why", "expired before it left"}});
            return std::optional<message>();
        }
        TRY(to, contact_address_of(with, what, otp->subscriber, otp->contact, otp->by));
        const auto scope = port::otp_scope(what.line_id, otp->closure);
        out = {std::string(otp_kind), std::move(to), {}, false};
        out.params["code"] = with.secrets->otp_code(scope, otp->nonce);
        out.params["minutes"] = minutes_left(left);
        out.params["case"] = scope;
    }
    out.params["number"] = number_tail(what.number.text());
    out.params["line"] = what.line_id;
    return std::optional(std::move(out));
}

port::delivered answer_of(const port::outbound& what, const handed_over& handed) {
    port::delivered out;
    if (const auto* notice = std::get_if<domain::send_notice>(&what.what)) {
        out.answer = domain::notice_sent{notice->kind, notice->contact, notice->by, handed.receipt};
        if (handed.receipt_comes) out.awaited_receipt = handed.receipt;
    }
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
        TRY(handed,
            by_->send({what.key, what.correlation, std::move(prepared->to), std::move(text), prepared->is_notice}));
        return answer_of(what, handed);
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
        if (!is_mailbox(prepared->to)) return refuse(code::peer_refused, "The stored address is not a mailbox.");
        TRY(words, render_notice(prepared->kind, what.language, with_.voice, prepared->params));
        mail_message mail{what.key,
                          what.correlation,
                          what.caused_at,
                          std::move(prepared->to),
                          std::string(notice_language(what.language)),
                          std::move(words.subject),
                          std::move(words.text),
                          std::move(words.html)};
        TRY(handed, by_->send(mail));
        return answer_of(what, handed);
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
