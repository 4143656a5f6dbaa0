// What a request does, for whoever is about to sign it: nobody signs blindly. Of every stream, and every command that
// can be asked for; each says itself what of it is shown (there is no answer for "whatever else"). Accounts, documents
// and addresses by their ends, matching IDs by theirs: whoever signs is not thereby given what opens a download.
#include "desk/accounts.hpp"
#include "desk/asked.hpp"
#include "desk/plan_words.hpp"
#include "desk/request_views.hpp"
#include "desk/seen_events.hpp"
#include "domain/import_plan/import_plan.hpp"
#include "domain/number/eligibility.hpp"

#include <algorithm>
#include <concepts>

#include <boost/json.hpp>

namespace keepline::desk {

namespace {

namespace json = boost::json;
using shown_text = std::optional<base::raw_json>;

template <typename Command, typename... All>
concept one_of = (std::same_as<Command, All> || ...);

base::raw_json text_of(const json::object& what) { return {json::serialize(what)}; }

template <typename Enum>
std::string_view enum_name(Enum value) {
    return boost::describe::enum_to_string(value, "");
}

/// Too short for its end to say nothing: then that there is one.
std::string matching_id_shown(const std::string& whole) {
    constexpr std::size_t least = 12;
    return whole.size() < least ? std::string(whole.empty() ? "" : "…") : tail_of(whole);
}

std::string eid_shown(const base::eid& of) { return of.empty() ? "whichever comes first" : of.text(); }

std::optional<port::person> person_of(const asked& c, const std::string& id) {
    const auto text = c.at->with.vault->open(id, port::person_kind);
    if (!text) return std::nullopt;
    auto person = base::from_json<port::person>(*text);
    return person ? std::optional(std::move(*person)) : std::nullopt;
}

/// Both tails: of the account that is asked for, and of the one that is on file now.
struct account_shown {
    std::string iban;
    std::string holder;
    void into(json::object& out, const char* name, const port::person& owner) const {
        if (iban.empty()) return;
        out[name] = json::object{{"tail", tail_of(iban)}, {"holder", holder_shown(holder, owner)}};
    }
};

// ------------------------------------------------------------------------------------------------ subscribers

struct of_subscriber {
    const asked& c;
    const domain::subscriber_state& s;

    shown_text operator()(const domain::name_account& asked) const {
        json::object out;
        if (const auto person = person_of(c, s.id.text())) {
            const auto& wanted = person->refund_wanted;
            const auto found = std::ranges::find(wanted, asked.refund_account, &port::wanted_account::digest);
            if (found != wanted.end()) account_shown{found->iban, found->holder}.into(out, "account", *person);
            account_shown{person->refund_iban, person->refund_holder}.into(out, "account_now", *person);
        }
        return text_of(out);
    }
    shown_text operator()(const domain::change_document& asked) const {
        json::object out{{"grounds", enum_name(asked.grounds)}, {"was_shown", asked.was_shown}, {"why", asked.why}};
        if (const auto person = person_of(c, s.id.text())) {
            const auto& wanted = person->document_wanted;
            const auto found = std::ranges::find(wanted, asked.document, &port::wanted_document::digest);
            if (found != wanted.end())
                out["document"] = json::object{{"kind", found->kind}, {"tail", tail_of(found->number)}};
            if (!person->document_number.empty())
                out["document_now"] =
                    json::object{{"kind", person->document_kind}, {"tail", tail_of(person->document_number)}};
        }
        return text_of(out);
    }
    shown_text operator()(const domain::erase_subscriber& asked) const {
        json::object out{{"plan", asked.plan}};
        json::array against;
        for (const auto& one : asked.against)
            against.push_back(json::object{{"what", enum_name(one.what)}, {"line", one.line}});
        if (!against.empty()) out["against"] = std::move(against);
        return text_of(out);
    }
    shown_text operator()(const domain::answer_contact_code& asked) const {
        json::object out{{"contact", asked.contact.text()}};
        if (const auto person = person_of(c, s.id.text())) {
            const auto found = std::ranges::find(person->contacts, asked.contact, &port::contact_address::id);
            if (found != person->contacts.end()) out["address"] = address_shown(*found);
        }
        return text_of(out);
    }
    shown_text operator()(const domain::ask_disclosure& asked) const { return text_of({{"reason", asked.why}}); }
    shown_text operator()(const domain::change_contacts& asked) const {
        json::array contacts;
        for (const auto& one : asked.contacts) contacts.emplace_back(one.id.text());
        return text_of({{"contacts", std::move(contacts)}, {"language", asked.language}});
    }
    /// Which papers, and in which role each was handed in.
    shown_text operator()(const domain::admit_representative& asked) const {
        json::array papers;
        for (const auto& id : asked.documents)
            if (const auto* kept = domain::find_document(s, id))
                papers.push_back(json::object{{"id", id.text()},
                                              {"purpose", enum_name(kept->purpose)},
                                              {"by", kept->by.id.text()},
                                              {"at", base::iso(kept->at)}});
        json::object out{{"kind", enum_name(asked.kind)},
                         {"representative", asked.representative.text()},
                         {"documents", std::move(papers)}};
        if (asked.until) out["until"] = base::iso(*asked.until);
        return text_of(out);
    }
    /// Nobody is asked to sign these.
    template <
        one_of<domain::register_subscriber, domain::attach_number, domain::record_read, domain::request_contact_code,
               domain::carry_out_erasure, domain::drop_erasure, domain::note_cleared, domain::forget_wanted,
               domain::fail_document, domain::note_line, domain::drop_records, domain::put_off_records,
               domain::keep_time, domain::add_document, domain::take_document_back, domain::object_to_representative,
               domain::end_representation, domain::hear_representation, domain::note_representative,
               domain::countersign, domain::refuse_second, domain::request_disclosure_code, domain::stop_disclosure,
               domain::fetch_disclosure, domain::ask_sign_in, domain::answer_sign_in, domain::sign_in_by_saved_code,
               domain::enrol_passkey, domain::remove_passkey, domain::sign_in_by_passkey, domain::note_loss,
               domain::choose_phrase, domain::choose_calendar, domain::note_message>
            Command>
    shown_text operator()(const Command&) const {
        return std::nullopt;
    }
};

// ------------------------------------------------------------------------------------------------ profiles

struct of_esim {
    const domain::esim_state& s;

    json::object order() const {
        json::object out{{"iccid", s.iccid.text()}, {"state", enum_name(s.status)}, {"eid_now", eid_shown(s.eid)}};
        if (!s.terms.matching_id.empty()) out["matching_id_now"] = matching_id_shown(s.terms.matching_id);
        if (!s.number.empty()) out["for_line"] = true;
        if (domain::may_sit_on_device(s)) out["may_be_on_a_device"] = true;
        return out;
    }
    shown_text operator()(const domain::rebind_order& asked) const {
        auto out = order();
        out["eid"] = eid_shown(asked.eid);
        return text_of(out);
    }
    shown_text operator()(const domain::reset_order& asked) const {
        auto out = order();
        out["matching_id"] = asked.matching_id ? matching_id_shown(*asked.matching_id) : std::string("the same");
        if (asked.matching_id) out["another_matching_id"] = *asked.matching_id != s.terms.matching_id;
        out["other_limits"] = asked.limits.has_value();
        return text_of(out);
    }
    shown_text operator()(const domain::confirm_order& asked) const {
        auto out = order();
        out["eid"] = eid_shown(asked.terms.eid.empty() ? s.terms.eid : asked.terms.eid);
        out["matching_id"] = matching_id_shown(asked.terms.matching_id);
        out["confirmation_code"] = !asked.terms.confirmation.empty();
        out["release"] = asked.release;
        return text_of(out);
    }
    shown_text operator()(const domain::cancel_order& asked) const {
        auto out = order();
        out["to_stock"] = asked.to_stock;
        return text_of(out);
    }
    shown_text operator()(const domain::download_order& asked) const {
        auto out = order();
        out["eid"] = eid_shown(asked.eid);
        json::array left;
        for (const auto& one : s.left_on) left.emplace_back(one.text());
        if (!left.empty()) out["may_be_on"] = std::move(left);
        return text_of(out);
    }
    /// Nobody is asked to sign these.
    template <one_of<domain::provide_esim, domain::release_profile, domain::order_for_line, domain::give_back,
                     domain::begin_download, domain::refuse_code, domain::deliver_package, domain::install_result,
                     domain::notified, domain::keep_notification, domain::cancel_session, domain::smds_answered,
                     domain::expire_order, domain::countersign, domain::refuse_second>
                  Command>
    shown_text operator()(const Command&) const {
        return std::nullopt;
    }
};

// ------------------------------------------------------------------------------------------------ tokens, webhooks

/// Who else goes by one of its names, waiting ones too: whoever signs sees whom the new token would count as.
json::array others_so_named(const asked& c, const domain::actor& made, const std::string& digest = {}) {
    json::array out;
    const auto all = tokens_and_accounts(c);
    if (!all) return out;
    for (const auto& one : *all) {
        const bool over = one.revoked_at || (one.expires_at && *one.expires_at <= c.now());
        if (over || one.who.as == domain::role::subscriber || (!digest.empty() && one.digest == digest)) continue;
        if (!domain::counted_as_one(one.who, made)) continue;
        json::object shown{{"id", one.who.id.text()},
                           {"role", enum_name(one.who.as)},
                           {"person", one.who.person.text()},
                           {"created_at", base::iso(one.created_at)}};
        if (!one.in_journal) shown["waits"] = true;
        if (std::ranges::find(out, json::value(shown)) == out.end()) out.push_back(std::move(shown));
    }
    return out;
}

struct of_credential {
    const asked& c;
    const domain::credential_state& s;
    domain::role reader;

    shown_text operator()(const domain::issue_token& asked) const {
        const auto& token = asked.token;
        json::array channels;
        for (const auto one : token.channels) channels.emplace_back(enum_name(one));
        json::object out{{"holder", asked.holder.text()},
                         {"role", enum_name(token.as)},
                         {"person", token.person.text()},
                         {"channels", std::move(channels)}};
        constexpr std::int64_t day_ms = 86'400'000;
        if (asked.lives_ms > 0) out["days"] = asked.lives_ms / day_ms;
        if (asked.anothers_name) out["anothers_name"] = true;
        say_who_held_it(out, token.as, token.person);
        if (auto others = others_so_named(c, {token.as, asked.holder, token.person, {}}, token.digest); !others.empty())
            out["also_named_so"] = std::move(others);
        return text_of(out);
    }
    shown_text operator()(const domain::open_webhook& asked) const { return as_seen(asked.to, reader); }
    shown_text operator()(const domain::change_webhook& asked) const {
        std::string shown = R"({"webhook":)";
        base::write_string(shown, asked.id);
        return base::raw_json{shown + R"(,"target":)" + as_seen(asked.to, reader).text + "}"};
    }
    shown_text operator()(const domain::rotate_webhook& asked) const {
        return text_of({{"webhook", asked.id}, {"both_hours", asked.both_ms / 3'600'000}});
    }
    shown_text operator()(const domain::let_go_on& asked) const {
        return base::raw_json{base::to_json(asked, base::form::api)};
    }
    shown_text operator()(const domain::open_account& asked) const {
        json::array channels;
        for (const auto one : asked.channels) channels.emplace_back(enum_name(one));
        json::object out{{"account", asked.holder.text()},
                         {"role", enum_name(asked.as)},
                         {"person", asked.person.text()},
                         {"channels", std::move(channels)}};
        if (asked.anothers_name) out["anothers_name"] = true;
        say_who_held_it(out, asked.as, asked.person);
        if (auto others = others_so_named(c, {asked.as, asked.holder, asked.person, {}}); !others.empty())
            out["also_named_so"] = std::move(others);
        return text_of(out);
    }
    shown_text operator()(const domain::reset_account&) const {
        if (!s.account) return std::nullopt;
        return text_of(
            {{"account", s.holder.text()}, {"role", enum_name(s.account->as)}, {"person", s.account->person.text()}});
    }
    void say_who_held_it(json::object& out, domain::role as, const base::label& person) const {
        json::array before;
        for (const auto& one : s.ever)
            if (one.as != as || one.person != person)
                before.push_back(json::object{{"role", enum_name(one.as)}, {"person", one.person.text()}});
        if (!before.empty()) out["held_before"] = std::move(before);
    }
    /// Nobody is asked to sign these.
    template <one_of<domain::note_use, domain::revoke_tokens, domain::end_sessions, domain::acknowledge_tokens,
                     domain::note_search, domain::note_lock, domain::note_call, domain::note_money,
                     domain::pause_webhook, domain::replay_webhook, domain::try_webhook, domain::close_webhook,
                     domain::countersign, domain::refuse_second, domain::expire_requests, domain::disable_account,
                     domain::take_up_account, domain::sign_in_staff, domain::note_wrong_code, domain::enter_provided,
                     domain::leave_provided, domain::end_provided, domain::try_staff_proof, domain::enrol_staff_passkey,
                     domain::remove_staff_passkey, domain::sign_in_by_staff_passkey>
                  Command>
    shown_text operator()(const Command&) const {
        return std::nullopt;
    }
};

// ------------------------------------------------------------------------------------------------ plans

/// The changes themselves are the plan's pages; what is signed is this hash of them.
struct of_plan {
    shown_text operator()(const domain::make_plan& asked) const {
        return base::raw_json{base::to_json(asked.what, base::form::api)};
    }
    template <one_of<domain::note_carried, domain::stop_plan, domain::note_plan_cleared, domain::countersign,
                     domain::refuse_second, domain::expire_requests>
                  Command>
    shown_text operator()(const Command&) const {
        return std::nullopt;
    }
};

// ------------------------------------------------------------------------------------------------ numbers

/// An unlocking gives a phone service again; a profile that is asked for under the lock ends it, too.
void say_what_serves(json::object& out, const domain::number_state& s, domain::act what) {
    const auto* serving = s.serving();
    if (what == domain::act::unlock_line && serving != nullptr) out["serves_then"] = serving->iccid.text();
    const bool moves = what == domain::act::further_profile || what == domain::act::resume_profile;
    if (moves && s.subscription && s.subscription->locked_since) out["takes_the_place_of_the_lost_one"] = true;
    if (what != domain::act::undo_switch || !s.subscription || !s.subscription->last_switch) return;
    out["serves_now"] = s.subscription->last_switch->to.text();
    out["serves_then"] = s.subscription->last_switch->from.text();
}

json::object money_shown(std::int64_t minor, const std::string& currency) {
    return {{"minor", minor}, {"currency", currency}};
}

/// What leaving the line costs less by it, or more: on the day until the later end on which it differs most.
void say_what_leaving_costs(json::object& out, const asked& c, const domain::number_state& s,
                            const domain::number_command& what) {
    const auto change = domain::leaving_changed_by(s, what, *c.core_of().rules(), c.now());
    if (!change || !s.subscription) return;
    out["leaving_costs_less"] = money_shown(change->cheaper, s.books.currency);
    out["leaving_costs_more"] = money_shown(change->dearer, s.books.currency);
}

/// What the bank has said of it so far: a word against it moves money that is gone.
void say_how_far(json::object& out, const domain::number_state& s, const domain::number_command& what) {
    const auto* word = std::get_if<domain::refund_answered>(&what);
    const auto* of = word == nullptr ? nullptr : domain::find_refund(s, word->id);
    if (of == nullptr) return;
    out["state_now"] = enum_name(domain::refund_state_of(s, word->id).value_or(of->state));
    out["amount"] = money_shown(of->amount.minor, of->amount.currency);
}

/// Whose account is paid to; empty: none is.
std::string payee_of(const domain::number_state& s, const domain::second_request& asked,
                     const domain::number_command& what) {
    const auto* back = std::get_if<domain::return_money>(&what);
    if (back != nullptr && back->to_payer) return back->payee.text();
    const bool to_owner = back != nullptr || asked.what == domain::act::pay_new_account;
    return to_owner && s.subscription ? s.subscription->subscriber.text() : std::string();
}

/// The whole command but its secrets (domain::shown_command); and what it is about without naming it: of an account
/// that is paid to the tail, which profile serves then.
shown_text of_number(const asked& c, const domain::number_state& s, const domain::second_request& asked) {
    const auto command = domain::shown_command(asked);
    if (!command) return std::nullopt;
    const auto text = base::to_json(*command, base::form::api);
    auto whole = base::parse_json(text);
    if (!whole || !whole->is_object()) return base::raw_json{text};
    auto& out = whole->as_object();
    const auto payee = payee_of(s, asked, *command);
    const auto person = payee.empty() ? std::nullopt : person_of(c, payee);
    if (person) account_shown{person->refund_iban, person->refund_holder}.into(out, "account_paid_to", *person);
    say_what_serves(out, s, asked.what);
    say_what_leaving_costs(out, c, s, *command);
    say_how_far(out, s, *command);
    if (std::holds_alternative<domain::choose_payout>(*command) && s.current)
        out["now"] = enum_name(s.current->paid_by);
    return text_of(out);
}

template <typename Command, typename Shown>
shown_text shown_by(const domain::second_request& asked, const Shown& shown) {
    const auto stored = base::from_json<Command>(asked.body);
    return stored ? std::visit(shown, *stored) : std::nullopt;
}

}  // namespace

std::optional<base::raw_json> details_of(const asked& c, const engine::stream_view& of,
                                         const domain::second_request& asked) {
    if (asked.body.empty()) return std::nullopt;
    switch (of.key.kind) {
        case port::stream_kind::number: return of_number(c, of.number(), asked);
        case port::stream_kind::subscriber:
            return shown_by<domain::subscriber_command>(asked, of_subscriber{c, of.subscriber()});
        case port::stream_kind::esim: return shown_by<domain::esim_command>(asked, of_esim{of.esim()});
        case port::stream_kind::credential:
            return shown_by<domain::credential_command>(asked, of_credential{c, of.credential(), c.role()});
        case port::stream_kind::plan: return shown_by<domain::import_plan_command>(asked, of_plan{});
        case port::stream_kind::claim: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace keepline::desk
