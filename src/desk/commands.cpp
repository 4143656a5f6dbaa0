#include "desk/commands.hpp"

#include "desk/esim_views.hpp"
#include "desk/reads.hpp"
#include "desk/registration.hpp"
#include "desk/roles.hpp"
#include "port/person.hpp"

#include <algorithm>

namespace keepline::desk::make {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t words_max = 200;
constexpr std::size_t reason_max = 500;
constexpr std::size_t reference_max = 64;
constexpr std::size_t method_max = 100;
constexpr std::size_t shown_max = 200;
constexpr std::size_t evidence_max = 8;

std::unexpected<base::error> missing(std::string field) {
    return refuse(code::invalid, "`" + field + "` is missing.", {{"field", field}});
}

/// What staff or a verification system may have seen with their own eyes; codes are proved by presenting them.
result<void> check_seen(domain::evidence_kind kind) {
    using enum domain::evidence_kind;
    if (kind == id_document || kind == bank_card || kind == staff_sighting || kind == callback) return {};
    return refuse(code::invalid, "`kind` must be id_document, bank_card, staff_sighting or callback.",
                  {{"field", "kind"}});
}

/// What was shown is never kept, only a digest by which the same thing can be recognised.
std::string digest_of(const asking& of, domain::evidence_kind kind, std::string_view number) {
    if (number.empty()) return {};
    return of.from.secrets().keyed_digest("evidence", boost::describe::enum_to_string(kind, ""), plain_number(number));
}
std::string digest_of_shown(const asking& of, domain::evidence_kind kind, const std::optional<std::string>& shown) {
    return shown ? digest_of(of, kind, *shown) : std::string();
}

/// Of the generation of the secret that made the line's codes.
std::string recovery_digest(const asking& of, std::string_view plain_code) {
    const auto& line = of.view.number().subscription;
    auto known = line ? line->recovery_digests : std::vector<std::string>();
    if (line && line->codes_before)
        known.insert(known.end(), line->codes_before->digests.begin(), line->codes_before->digests.end());
    return of.from.secrets().digest_like("recovery", of.view.public_id, plain_code, known);
}

/// What is on file to be compared with; empty: nothing. Reads one sealed row.
result<std::string> number_on_file(const asking& of, domain::evidence_kind kind, const label& whose) {
    if (whose.empty() || (kind != domain::evidence_kind::id_document && kind != domain::evidence_kind::bank_card))
        return std::string();
    const auto stored = of.from.at->with.vault->open(whose.text(), port::person_kind);
    if (!stored && (stored.error().what == code::not_found || stored.error().what == code::erased))
        return std::string();
    if (!stored) return std::unexpected(stored.error());
    TRY(person, base::from_json<port::person>(*stored));
    return kind == domain::evidence_kind::id_document ? person.document_number : person.refund_iban;
}

label owner_of(const asking& of) {
    const auto& line = of.view.number().subscription;
    return line ? line->subscriber : label();
}

/// Whoever stands there in this case: who acts for the owner, where somebody does.
label applicant_of(const asking& of) {
    const auto& s = of.view.number();
    if (!s.has_open_closure() || !s.current->on_behalf) return owner_of(of);
    return s.current->on_behalf->who;
}

bool is_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Staff say what was shown wherever something is on file; a verification system may have compared it itself.
result<domain::comparison> compare(const asking& of, domain::evidence_kind kind,
                                   const std::optional<std::string>& shown, const label& whose) {
    using enum domain::comparison;
    if (kind != domain::evidence_kind::id_document && kind != domain::evidence_kind::bank_card) return not_compared;
    TRY(on_file, number_on_file(of, kind, whose));
    if (on_file.empty()) return not_on_file;
    const bool said = shown && !shown->empty();
    if (!said && kind == domain::evidence_kind::id_document && of.from.role() != domain::role::system)
        return refuse(code::invalid, "The document's number is on file: say in `shown` what was shown.",
                      {{"field", "shown"}});
    if (!said) return not_compared;
    // A card's number beside an IBAN says nothing.
    if (kind == domain::evidence_kind::bank_card && is_digits(plain_number(*shown)) != is_digits(plain_number(on_file)))
        return not_on_file;
    return digest_of(of, kind, *shown) == digest_of(of, kind, on_file) ? matched : mismatched;
}

/// The pictures that whoever settles checks of this case opens for that.
std::vector<label> pictures_of_checks(const asking& of) {
    std::vector<label> out;
    const auto& s = of.view.number();
    if (!s.has_open_closure()) return out;
    for (const auto& one : s.current->checks)
        if (!one.document.empty()) out.push_back(one.document);
    return out;
}

/// Another number fails whoever types it; the same one says nothing of who knew it. What one of the staff types who has
/// read the number here is no comparison: they need not have seen anything. `compares`: pictures that were opened to be
/// compared, in the act that says how that went, and in no other: whoever copies a number off one has seen nobody's
/// card.
result<domain::comparison> compare_unread(const asking& of, domain::evidence_kind kind,
                                          const std::optional<std::string>& shown, const label& whose,
                                          const std::vector<label>& compares = {}) {
    TRY(compared, compare(of, kind, shown, whose));
    if (compared != domain::comparison::matched || !is_staff(of.from.role())) return compared;
    TRY(known, has_read_numbers(of.from, whose, compares));
    return known ? domain::comparison::not_compared : compared;
}

bool is_notifier(const asked& from) {
    return std::ranges::find(from.at->with.notifiers, from.who.who.id.text()) != from.at->with.notifiers.end();
}

made money_in(domain::booking_kind kind, money_body in) {
    CHECK(check_text("reference", in.reference, reference_max));
    return domain::add_money{kind, std::move(in.amount), std::move(in.reference)};
}

}  // namespace

namespace {

result<std::vector<domain::evidence>> proof_of(const asking& of, const std::vector<shown_body>& seen,
                                               const std::optional<std::string>& recovery_code, const label& whose) {
    if (of.from.is_customer() && !seen.empty())
        return refuse(code::forbidden, "Staff or a verification system records `evidence`.", {{"field", "evidence"}});
    if (seen.size() > evidence_max) return refuse(code::invalid, "Too much evidence.", {{"field", "evidence"}});
    const auto now = of.from.now();
    std::vector<domain::evidence> out;
    for (const auto& one : seen) {
        CHECK(check_seen(one.kind));
        if (one.kind == domain::evidence_kind::staff_sighting && of.from.role() == domain::role::system)
            return refuse(code::forbidden, "Only a person can have seen a person.", {{"field", "evidence"}});
        CHECK(check_text("method", one.method, method_max));
        if (one.shown) CHECK(check_text("shown", *one.shown, shown_max, true));
        TRY(compared, compare_unread(of, one.kind, one.shown, whose));
        out.push_back(
            {one.kind, true, now, one.method, digest_of_shown(of, one.kind, one.shown), of.from.who.who, compared});
    }
    if (recovery_code)  // a wrong one is the core's to count
        out.push_back({domain::evidence_kind::recovery_code, true, now, "saved code",
                       recovery_digest(of, plain_recovery_code(*recovery_code)), of.from.who.who});
    return out;
}

}  // namespace

result<std::vector<domain::evidence>> proof_in(const asking& of, const std::vector<shown_body>& seen,
                                               const std::optional<std::string>& recovery_code) {
    return proof_of(of, seen, recovery_code, owner_of(of));
}

domain::new_profile profile_from(const profile_body& in) {
    return {base::as_iccid(in.iccid), in.imsi, in.eid.value_or(base::eid()),
            in.state.value_or(domain::profile_state::released)};
}

result<wanted_order> wanted_profile(const asked& from, const std::string& type,
                                    const std::optional<std::string>& confirmation_code, const label& subscriber) {
    const auto* smdp = from.at->with.smdp;
    if (smdp == nullptr || smdp->with.types.find(type) == nullptr)
        return refuse(code::esim_type_unknown, "There is no such profile type.", {{"field", "type"}});
    confirmation_body asked;
    asked.confirmation_code = confirmation_code;
    wanted_order out;
    out.what.profile_type = type;
    TRY(terms, terms_from(asked, *smdp));
    out.what.download = std::move(terms);
    if (!confirmation_code) return out;
    TRY(kept, keep_confirmation(*smdp, subscriber.text(), *confirmation_code));
    out.what.download.confirmation = std::move(kept.mark);
    out.code = std::move(kept.row);
    return out;
}

std::string plain_recovery_code(std::string_view typed) {
    constexpr std::size_t code_length = 16;
    if (typed.size() > 2 * code_length + 8) return {};
    std::string out;
    for (const char c : typed) {
        if (c == ' ' || c == '-') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out.size() == code_length ? out : std::string();
}

// ------------------------------------------------------------------------------------------------ lines

made add_profile(const asking& of, new_profile_body in) {
    if (!in.iccid || !in.imsi)
        return refuse(code::invalid, "Send `type`, or `iccid` and `imsi`.", {{"field", in.iccid ? "imsi" : "iccid"}});
    TRY(shown, proof_in(of, in.evidence, in.recovery_code));
    return domain::add_profile{profile_from({*in.iccid, *in.imsi, in.eid, in.state}), std::move(shown)};
}

made undo_switch(const asking& of, proof_body in) {
    TRY(shown, proof_in(of, in.evidence, in.recovery_code));
    return domain::undo_switch{std::move(shown)};
}

/// Whoever is paid stands there: of an heir's case it is the heir.
made pay_refund_again(const asking& of, proof_body in) {
    const auto paid = domain::account_of_case(of.view.number()).whose;
    TRY(shown, proof_of(of, in.evidence, in.recovery_code, paid.empty() ? owner_of(of) : paid));
    return domain::pay_refund_again{std::move(shown)};
}

made recheck_network(const asking&, nothing) { return domain::recheck_network{}; }

made withdraw_offer(const asking&, iccid_body in) { return domain::withdraw_offer{base::as_iccid(in.iccid)}; }

made stop_profile(const asking&, iccid_body in) { return domain::stop_profile{base::as_iccid(in.iccid)}; }

made resume_profile(const asking& of, resumed_body in) {
    TRY(shown, proof_in(of, in.evidence, in.recovery_code));
    return domain::resume_profile{base::as_iccid(in.iccid), std::move(shown)};
}

made report_profile(const asking& of, report_body in) {
    domain::report_profile out;
    out.iccid = base::as_iccid(in.iccid);
    out.state = in.state;
    out.eid = in.eid.value_or(base::eid());
    out.sequence = in.sequence;
    const bool is_system = of.from.role() == domain::role::system;
    out.shown.kind = is_system ? domain::proof_kind::report : domain::proof_kind::staff;
    if (in.proof) {
        if (!is_system) return refuse(code::forbidden, "Only a system shows `proof`.", {{"field", "proof"}});
        if (in.proof->kind == report_kind::signed_notification) {
            if (!in.proof->digest) return missing("proof.digest");
            // A signature that we have not verified ourselves is as good as whoever says so: the operator's config
            // names whom it believes.
            if (!is_notifier(of.from))
                return refuse(code::forbidden,
                              "Only a notifier that the configuration names shows signed notifications.",
                              {{"field", "proof.kind"}});
            out.shown.kind = domain::proof_kind::signed_notification;
        }
        if (in.proof->digest) out.shown.digest = base::hex(*in.proof->digest);
    }
    out.shown.at = of.from.now();
    return out;
}

made declare_lost(const asking&, lost_body in) {
    if (in.how) CHECK(check_text("how", *in.how, words_max, true));
    return domain::declare_lost{in.iccid.transform(base::as_iccid), in.how.value_or("")};
}

made declare_found(const asking& of, found_body in) {
    TRY(shown, proof_in(of, in.evidence, in.recovery_code));
    return domain::declare_found{in.iccid.transform(base::as_iccid), std::move(shown)};
}

made top_up(const asking&, money_body in) { return money_in(domain::booking_kind::top_up, std::move(in)); }
made pay(const asking&, money_body in) { return money_in(domain::booking_kind::payment, std::move(in)); }
made give_bonus(const asking&, money_body in) { return money_in(domain::booking_kind::bonus, std::move(in)); }

made charge_line(const asking&, charge_body in) {
    CHECK(check_text("what", in.what, words_max));
    CHECK(check_text("reference", in.reference, reference_max));
    return domain::charge_line{std::move(in.amount), std::move(in.what), std::move(in.reference)};
}

made set_contract(const asking&, contract_body in) {
    if (in.contract) CHECK(check_text("contract.document", in.contract->document, words_max, true));
    return domain::set_contract{std::move(in.contract)};
}

made link_product(const asking&, domain::linked_product in) {
    CHECK(check_text("kind", in.kind, 60));
    return domain::link_product{std::move(in)};
}

made detach_product(const asking&, const std::string& product) {
    TRY(named, base::label::parse(product));
    return domain::detach_product{std::move(named)};
}

made set_port_out(const asking&, port_out_body in) {
    if (!in.pending) return missing("pending");
    return domain::set_port_out{*in.pending};
}

made set_legal_hold(const asking&, legal_hold_body in) {
    if (in.reference) CHECK(check_text("reference", *in.reference, words_max));
    return domain::set_legal_hold{in.reference.value_or("")};
}

made set_customer_lock(const asking& of, customer_lock_body in) {
    if (!in.locked) return missing("locked");
    TRY(shown, proof_in(of, in.evidence, in.recovery_code));
    return domain::set_customer_lock{*in.locked, std::move(shown)};
}

made note_sim_change(const asking&, nothing) { return domain::note_sim_change{}; }
made reinstate_line(const asking&, nothing) { return domain::reinstate_line{}; }

made open_closure(const asking& of, open_body in) {
    if (!in.signals.empty() && of.from.role() != domain::role::system)
        return refuse(code::forbidden, "Only a system passes `signals`.", {{"field", "signals"}});
    domain::open_closure out{in.reason, {}, in.on_behalf.value_or(0)};
    for (const auto one : in.signals) {
        const std::string name = boost::describe::enum_to_string(one, "");
        if (std::ranges::find(out.signals, name) == out.signals.end()) out.signals.push_back(name);
    }
    return out;
}

// ------------------------------------------------------------------------------------------------ closures

made ask_quote(const asking&, nothing) { return domain::ask_quote{}; }

made accept_quote(const asking&, accept_body in) { return domain::accept_quote{in.quote, std::move(in.detach)}; }

made request_otp(const asking& of, otp_body in) {
    const auto scope = port::otp_scope(of.view.public_id, of.closure);
    const auto& secrets = of.from.secrets();
    auto nonce = of.from.at->with.random->token(16);
    auto digest = secrets.keyed_digest("otp", scope, secrets.otp_code(scope, nonce));
    return domain::request_otp{std::move(in.contact), std::move(nonce), std::move(digest)};
}

made present_otp(const asking& of, code_body in) {
    const bool digits = std::ranges::all_of(in.code, [](char c) { return c >= '0' && c <= '9'; });
    if (in.code.size() != 8 || !digits)  // not counted: nobody read this off a message of ours
        return refuse(code::invalid, "`code` must be the 8 digits of the message.", {{"field", "code"}});
    const auto scope = port::otp_scope(of.view.public_id, of.closure);
    std::vector<std::string> sent;  // perhaps under an older generation of the secret
    if (const auto& current = of.view.number().current)
        if (current->otp.last) sent.push_back(current->otp.last->digest);
    return domain::present_otp{of.from.secrets().digest_like("otp", scope, in.code, sent)};
}

made present_recovery_code(const asking& of, code_body in) {
    const auto plain = plain_recovery_code(in.code);
    if (plain.empty())
        return refuse(code::invalid, "`code` must be a recovery code of 16 letters and digits.", {{"field", "code"}});
    return domain::present_recovery_code{recovery_digest(of, plain)};
}

made record_evidence(const asking& of, evidence_body in) {
    CHECK(check_seen(in.kind));
    if (!in.passed) return missing("passed");
    CHECK(check_text("method", in.method, method_max));
    if (in.shown) CHECK(check_text("shown", *in.shown, shown_max, true));
    TRY(compared, compare_unread(of, in.kind, in.shown, applicant_of(of)));
    auto digest = digest_of_shown(of, in.kind, in.shown);
    return domain::record_evidence{in.kind, *in.passed, std::move(in.method), std::move(digest), compared};
}

namespace {

/// Of whoever applies: their own, and a picture of who they are.
result<domain::kept_document> document_named(const asking& of, const label& id) {
    const auto whose = applicant_of(of);
    const auto person = of.from.core_of().read({port::stream_kind::subscriber, whose.text()});
    if (!person && person.error().what != code::not_found) return std::unexpected(person.error());
    const auto* kept = person ? domain::find_document((*person)->subscriber(), id) : nullptr;
    if (kept == nullptr || kept->purpose != domain::document_purpose::id_document)
        return refuse(code::not_found, "There is no such document of identity.", {{"field", "document"}});
    return *kept;
}

/// Of the applicant's contact point; empty: there is none any more.
result<std::string> address_of(const asking& of, const label& contact) {
    const auto stored = of.from.at->with.vault->open(applicant_of(of).text(), port::person_kind);
    if (!stored && (stored.error().what == code::not_found || stored.error().what == code::erased))
        return std::string();
    if (!stored) return std::unexpected(stored.error());
    TRY(known, base::from_json<port::person>(*stored));
    const auto found = std::ranges::find(known.contacts, contact, &port::contact_address::id);
    return found == known.contacts.end() ? std::string() : std::move(found->address);
}

/// Is this phone one of the applicant's own lines? Then a call to it proves what a code to that line does.
result<bool> is_own_line(const asking& of, const label& contact) {
    const auto person = of.from.core_of().read({port::stream_kind::subscriber, applicant_of(of).text()});
    if (!person) return std::unexpected(person.error());
    TRY(address, address_of(of, contact));
    if (address.empty()) return false;
    const auto called = plain_number(address);
    const auto is_it = [&](const base::msisdn& number) { return plain_number(number.text()) == called; };
    return is_it(of.view.number().number) || std::ranges::any_of((*person)->subscriber().numbers, is_it);
}

/// Whom the machine calls is asked again when it calls; nobody waits for a call that cannot come.
result<void> check_callable(const asking& of, const label& contact) {
    const auto& calls = of.from.at->with.calls_back;
    if (!of.from.is_customer())
        return refuse(code::invalid, "Only who is told the number that is keyed in then asks for this: the owner.",
                      {{"field", "at_once"}});
    if (!calls.any())
        return refuse(code::invalid, "No machine calls from here; without `at_once` a person does.",
                      {{"field", "at_once"}});
    TRY(address, address_of(of, contact));
    if (address.empty() || calls.lets(address)) return {};  // what is not on file the core refuses
    return refuse(code::invalid, "This phone is abroad, or none that our machine calls; a person does.",
                  {{"field", "at_once"}, {"contact", contact.text()}});
}

/// They say which card is meant. They prove nothing, and are kept nowhere.
result<domain::comparison> compare_digits(const asking& of, const std::optional<std::string>& digits) {
    using enum domain::comparison;
    constexpr std::size_t named = 4;
    if (!digits || digits->size() != named || !is_digits(*digits))
        return refuse(code::invalid, "`digits` must be the last four of the card.", {{"field", "digits"}});
    TRY(on_file, number_on_file(of, domain::evidence_kind::bank_card, applicant_of(of)));
    auto whole = plain_number(on_file);
    std::erase_if(whole, [](char one) { return !is_digits(std::string_view(&one, 1)); });  // an IBAN may end in letters
    if (whole.empty()) return not_on_file;
    return whole.ends_with(*digits) ? matched : mismatched;
}

}  // namespace

made ask_for_check(const asking& of, check_body in) {
    domain::ask_for_check out;
    out.kind = in.kind;
    if (in.kind == domain::evidence_kind::id_document) {
        if (!in.document) return missing("document");
        TRY(kept, document_named(of, *in.document));
        out.document = kept.id;
        out.handed_in_at = kept.at;
        out.handed_in_by = kept.by;
    }
    if (in.kind == domain::evidence_kind::callback) {
        if (!in.contact) return missing("contact");
        TRY(own, is_own_line(of, *in.contact));
        out.of_line = own;
        if (in.at_once.value_or(false)) {
            CHECK(check_callable(of, *in.contact));
            constexpr std::size_t nonce_bytes = 16;
            out.call_nonce = of.from.at->with.random->token(nonce_bytes);
        }
        out.contact = std::move(*in.contact);
        out.hours = in.hours;
    }
    if (in.kind == domain::evidence_kind::bank_card) {
        TRY(compared, compare_digits(of, in.digits));
        out.compared = compared;
    }
    return out;
}

made settle_check(const asking& of, const domain::identity_check& about, check_result_body in) {
    if (!in.passed) return missing("passed");
    CHECK(check_text("method", in.method, method_max));
    if (in.shown) CHECK(check_text("shown", *in.shown, shown_max, true));
    domain::settle_check out;
    out.serial = about.serial;
    out.passed = *in.passed;
    out.method = std::move(in.method);
    out.closure = of.closure;
    if (!out.passed) {
        out.reason = in.reason.value_or("");
        out.why = in.why;
        if (!out.why || in.reason) CHECK(check_text("reason", out.reason, reason_max));
        return out;
    }
    if (about.kind == domain::evidence_kind::callback) {
        TRY(own, is_own_line(of, about.contact));
        out.of_line = own;
    }
    const auto whose = applicant_of(of);
    TRY(compared, compare_unread(of, about.kind, in.shown, whose, pictures_of_checks(of)));
    const bool typed = about.kind != domain::evidence_kind::callback && in.shown && !in.shown->empty();
    if (typed && compared == domain::comparison::not_compared)
        return refuse(code::second_person_needed,
                      "You have read the number that is on file: somebody else compares it with what was shown.",
                      {{"field", "shown"}});
    out.compared = compared;
    out.digest = digest_of_shown(of, about.kind, in.shown);
    return out;
}

made prepare_backup(const asking&, nothing) { return domain::prepare_backup{}; }
made decline_backup(const asking&, nothing) { return domain::decline_backup{}; }
made note_accounts(const asking&, accounts_body in) { return domain::note_accounts{std::move(in.accounts)}; }

namespace {

/// Since when it is in hand. Where the case was proved by checks, that took days, and a session that another's program
/// opened (a portal's, an app's login) proves nothing by being new: a code to the line or a passkey does.
instant in_hand_since(const asking& of) {
    const auto& who = of.from.who;
    const bool proved = who.way == domain::sign_in_way::line || who.way == domain::sign_in_way::passkey;
    const auto& now = of.view.number().current;
    const bool by_checks = now && std::ranges::any_of(now->checks, [](const auto& one) {
                               return one.state == domain::check_state::passed;
                           });
    return proved || !by_checks ? who.since : instant{};
}

}  // namespace

made submit_closure(const asking& of, submission_body in) {
    domain::submit_closure out;
    out.line_only = in.line_only.value_or(false);
    if (of.from.is_customer()) out.session_since = in_hand_since(of);
    return out;
}

made claim_review(const asking&, claim_body in) { return domain::claim_review{in.take_over.value_or(false)}; }
made hand_review_over(const asking& of, hand_over_body in) {
    CHECK(check_text("reason", in.reason, reason_max));
    const auto holder = of.from.core_of().read(credential_stream(domain::role::reviewer, in.to));
    const auto who = holder ? domain::decider_of((*holder)->credential(), of.from.now()) : std::nullopt;
    if (!who) return refuse(code::invalid, "`to` is not one of those who decide here.", {{"field", "to"}});
    return domain::hand_review_over{*who, std::move(in.reason)};
}
made release_review(const asking&, nothing) { return domain::release_review{}; }

made want_information(const asking&, information_request_body in) {
    CHECK(check_text("what", in.what, reason_max));
    return domain::want_information{std::move(in.what)};
}

made give_information(const asking&, information_body in) {
    CHECK(check_text("reference", in.reference, words_max));
    return domain::give_information{std::move(in.reference)};
}

made approve_closure(const asking&, reason_body in) {
    CHECK(check_text("reason", in.reason, reason_max));
    return domain::approve_closure{std::move(in.reason)};
}

made reject_closure(const asking&, reason_body in) {
    CHECK(check_text("reason", in.reason, reason_max));
    return domain::reject_closure{std::move(in.reason)};
}

made withdraw_closure(const asking&, nothing) { return domain::withdraw_closure{}; }

made repudiate_closure(const asking&, repudiation_body in) {
    return domain::repudiate_closure{in.contact.value_or(label()).text()};
}

made clear_fraud(const asking&, reason_body in) {
    CHECK(check_text("reason", in.reason, reason_max));
    return domain::clear_fraud{std::move(in.reason)};
}

made confirm_fraud(const asking&, reason_body in) {
    CHECK(check_text("reason", in.reason, reason_max));
    return domain::confirm_fraud{std::move(in.reason)};
}

made write_off_profile(const asking&, write_off_body in) {
    CHECK(check_text("why", in.why, words_max));
    return domain::write_off_profile{base::as_iccid(in.iccid), std::move(in.why)};
}

made choose_payout(const asking&, payout_body in) { return domain::choose_payout{in.how}; }

}  // namespace keepline::desk::make
