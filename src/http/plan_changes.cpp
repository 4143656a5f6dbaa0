#include "http/plan_changes.hpp"

#include "base/digest.hpp"
#include "domain/claim.hpp"
#include "http/commands.hpp"
#include "http/identifiers.hpp"
#include "http/imported.hpp"
#include "http/registration.hpp"

#include <algorithm>
#include <cstdio>

namespace keepline::http {

using base::code;
using base::refuse;

namespace {

port::stream_key key_of_number(const base::msisdn& number) { return {port::stream_kind::number, number.text()}; }
port::stream_key key_of_subscriber(const label& id) { return {port::stream_kind::subscriber, id.text()}; }

// ------------------------------------------------------------------------------------------------ what it is now

std::string print(std::string_view text) { return base::hex(base::sha256(base::view(text))); }

/// What `import_line` compares, and nothing that time or messages change.
std::string print_of_line(const domain::number_state& s) {
    const auto& line = *s.subscription;
    base::part_hasher all;
    all.add(static_cast<std::uint64_t>(line.generation)).add(line.subscriber.text()).add(line.policy);
    all.add(static_cast<std::uint64_t>(line.since.ms)).add(static_cast<std::uint64_t>(line.valid_until.ms));
    all.add(base::to_json(line.term)).add(base::to_json(line.products));
    all.add(base::to_json(s.books));
    return base::hex(all.finish());
}

std::string print_of_profiles(const domain::number_state& s) {
    std::string all = std::to_string(s.subscription ? s.subscription->generation : 0);
    for (const auto& one : s.profiles) all += "/" + one.iccid.text() + "," + one.imsi.text();
    return print(all);
}

/// A contact that was verified or a code that was sent changes nothing here; an address or an account does.
std::string print_of_person(const domain::subscriber_state& s, const port::person& stored) {
    std::string all = s.language + "\n" + s.refund_account + "\n" + stored.refund_holder + "\n" + stored.refund_bic;
    for (const auto& one : s.contacts) {
        if (one.replaced_at) continue;
        const auto there = std::ranges::find(stored.contacts, one.id, &port::contact_address::id);
        all += "\n" + one.id.text() + " " + (there == stored.contacts.end() ? "" : there->address);
    }
    return print(all);
}

result<port::person> stored_person(const parts& with, const label& id) {
    TRY(text, with.vault->open(id.text(), port::person_kind));
    return base::from_json<port::person>(text);
}

// ------------------------------------------------------------------------------------------------ in words

std::string tail_of(std::string_view text) {
    constexpr std::size_t shown = 4;
    return text.empty() ? ""
                        : "…" + std::string(text.size() > shown ? text.substr(text.size() - shown) : text.substr(1));
}

std::string address_shown(const port::contact_address& one) {
    const auto at = one.address.find('@');
    if (one.by == domain::medium::mail && at != std::string::npos)
        return one.address.substr(0, 1) + "…" + one.address.substr(at);
    return tail_of(one.address);
}

std::string day_shown(const base::zone& zone, instant at) {
    return base::iso(at) + " (" + base::iso(zone.day_of(at)) + ")";
}

std::string contract_shown(const std::optional<domain::contract>& term) {
    return term ? base::iso(term->ends) + ", " + base::text(term->monthly) + ", " + base::text(term->fixed_fee)
                : "none";
}

struct in_words {
    const domain::number_state& s;
    const domain::import_line& wanted;
    const base::zone& zone;

    std::string money_now(domain::account of, int sign) const {
        return base::text(money{sign * s.books.of(of), s.books.currency});
    }
    std::string wanted_money(const money& amount) const { return base::text(money{amount.minor, s.books.currency}); }
    difference of(const std::string& what) const {
        const auto& line = *s.subscription;
        if (what == "balance") return {what, money_now(domain::account::prepaid, -1), wanted_money(wanted.balance)};
        if (what == "bonus") return {what, money_now(domain::account::bonus, -1), wanted_money(wanted.bonus)};
        if (what == "debt") return {what, money_now(domain::account::debt, 1), wanted_money(wanted.debt)};
        if (what == "since") return {what, day_shown(zone, line.since), day_shown(zone, wanted.since)};
        if (what == "valid_until")
            return {what, day_shown(zone, line.valid_until), day_shown(zone, wanted.valid_until)};
        if (what == "contract") return {what, contract_shown(line.term), contract_shown(wanted.term)};
        return {what, std::to_string(line.products.size()), std::to_string(wanted.products.size())};
    }
};

// ------------------------------------------------------------------------------------------------ planning

using row_changes = std::vector<planned_change>;

/// Everything that one row is compared with.
struct row_facts {
    const import_body& in;
    engine::view_ptr line;
    engine::view_ptr owner;
    port::person stored;
    registration said;
};

class planner {
 public:
    explicit planner(const call& c) : c_(c), with_(c.api->with), rules_(with_.core->rules()) {}

    void add(int row, const boost::json::value& sent) {
        ++out_.what.rows;
        auto changes = changes_of(row, sent);
        if (!changes) return reject(row, changes.error());
        if (changes->empty()) ++out_.known;
        for (auto& one : *changes) out_.changes.push_back(std::move(one));
    }

    planned finish() {
        out_.what.changes = static_cast<int>(out_.changes.size());
        out_.what.hash = print(base::to_json(out_.changes));
        std::map<std::string, int> kinds;
        for (const auto& one : out_.changes) ++kinds[boost::describe::enum_to_string(one.kind, "")];
        for (const auto& [kind, count] : kinds) out_.what.kinds.push_back({kind, count});
        for (const auto& [currency, minor] : brought_) out_.what.brought.push_back({minor, currency});
        for (const auto& [currency, minor] : taken_) out_.what.taken.push_back({minor, currency});
        return std::move(out_);
    }

 private:
    void reject(int row, const base::error& why) {
        rejected_plan_row out{row, std::string(base::info(why.what).id), why.words, {}};
        for (const auto& one : why.data)
            if (one.name == "field") out.field = one.value;
        out_.rejected.push_back(std::move(out));
    }

    result<row_changes> changes_of(int row, const boost::json::value& sent) {
        TRY(in, base::decode<import_body>(sent, base::form::api));
        TRY(facts, facts_of(in));
        TRY(dates, dates_of(*rules_, in.line));
        row_changes out;
        CHECK(add_contacts(row, facts, out));
        CHECK(add_profiles(row, facts, out));
        CHECK(add_line(row, facts, dates, out));
        return out;
    }

    result<row_facts> facts_of(const import_body& in) {
        if (!in.subscriber.id)
            return refuse(code::invalid, "`subscriber.id` is missing.", {{"field", "subscriber.id"}});
        if (in.line.language) CHECK(check_language("line.language", *in.line.language));
        CHECK(check_subscriber(in.subscriber));
        if (!numbers_.insert(in.line.number.text()).second)
            return refuse(code::invalid, "The same `line.number` stands in an earlier row.",
                          {{"field", "line.number"}});
        auto line = with_.core->read(key_of_number(in.line.number));
        const auto* held = line && (*line)->number().subscription ? &*(*line)->number().subscription : nullptr;
        if ((!line && line.error().what == code::not_found) || held == nullptr ||
            held->status == domain::line_status::ended)
            return refuse(code::line_missing, "The number has no line: import it first; that takes no plan.",
                          {{"field", "line.number"}});
        if (!line) return std::unexpected(line.error());
        if (held->subscriber != *in.subscriber.id)
            return refuse(code::invalid,
                          "`subscriber.id` is another than the line's. A plan gives no line to somebody else.",
                          {{"field", "subscriber.id"}});
        if (held->policy != in.line.policy.text())
            return refuse(code::invalid, "`line.policy` is another than the line's. A plan does not change it.",
                          {{"field", "line.policy"}});
        TRY(owner, with_.core->read(key_of_subscriber(held->subscriber)));
        TRY(stored, stored_person(with_, held->subscriber));
        registration said;
        TRY(person, person_from(in.subscriber));
        said.person = std::move(person);
        said.command.language = in.subscriber.language;
        return row_facts{in, *line, owner, std::move(stored), std::move(said)};
    }

    planned_change change_for(int row, const row_facts& of, change_kind kind) const {
        planned_change out;
        out.row = row;
        out.kind = kind;
        out.line_id = of.line->public_id;
        out.number = of.line->number().number;
        out.subscriber = of.owner->subscriber().id;
        return out;
    }

    // -- contact points, language and the account

    result<void> add_contacts(int row, const row_facts& of, row_changes& out) {
        const auto& owner = of.owner->subscriber();
        auto change = change_for(row, of, change_kind::contacts);
        contacts_body body;
        std::set<std::string> superseded;
        for (const auto& name : said_otherwise(owner, of.stored, of.said)) {
            if (name == "full_name" || name == "document_kind" || name == "document_number")
                return refuse(code::invalid,
                              "`subscriber.person." + name + "` differs: a plan does not change who somebody is.",
                              {{"field", "subscriber.person." + name}});
            if (name == "language") {
                body.language = of.said.command.language;
                change.differs.push_back({name, owner.language, of.said.command.language});
            }
        }
        add_new_contacts(of, body, superseded, change);
        CHECK(add_account(of, body, change));
        if (change.differs.empty()) return {};
        keep_contacts(of, body, superseded);
        change.target = "/v1/subscribers/" + owner.id.text() + "/contacts";
        change.body = base::to_json(body, base::form::api);
        change.before = print_of_person(owner, of.stored);
        const auto [known, fresh] = people_.try_emplace(owner.id.text(), change.body);
        if (fresh) {
            out.push_back(std::move(change));
        } else if (known->second != change.body) {
            return refuse(code::invalid, "An earlier row says something else of this `subscriber`.",
                          {{"field", "subscriber.id"}});
        }
        return {};
    }

    /// A changed address has a new id, so that the old one can be told of it.
    static void add_new_contacts(const row_facts& of, contacts_body& body, std::set<std::string>& superseded,
                                 planned_change& change) {
        const auto& owner = of.owner->subscriber();
        const auto is_used = [&](const std::string& id) {
            return std::ranges::any_of(owner.contacts, [&](const auto& one) { return one.id.text() == id; }) ||
                   std::ranges::any_of(body.contacts, [&](const auto& one) { return one.id.text() == id; });
        };
        for (const auto& said : of.said.person.contacts) {
            if (contact_at(owner, of.stored, said) != nullptr) continue;
            std::string before = "none";
            const auto same_id = std::ranges::find(owner.contacts, said.id, &domain::contact_ref::id);
            if (same_id != owner.contacts.end() && !same_id->replaced_at) {
                superseded.insert(said.id.text());
                const auto there = std::ranges::find(of.stored.contacts, said.id, &port::contact_address::id);
                if (there != of.stored.contacts.end()) before = address_shown(*there);
            }
            auto id = said.id.text();
            for (int n = 2; is_used(id); ++n) id = said.id.text() + "-" + std::to_string(n);
            body.contacts.push_back({label::trusted(id), said.by, said.address, false});
            change.differs.push_back({said.id.text(), before, address_shown(said)});
        }
    }

    static void keep_contacts(const row_facts& of, contacts_body& body, const std::set<std::string>& superseded) {
        for (const auto& one : of.owner->subscriber().contacts) {
            if (one.replaced_at || superseded.contains(one.id.text())) continue;
            const auto there = std::ranges::find(of.stored.contacts, one.id, &port::contact_address::id);
            if (there != of.stored.contacts.end())
                body.contacts.push_back({one.id, one.by, there->address, one.verified});
        }
    }

    static result<void> add_account(const row_facts& of, contacts_body& body, planned_change& change) {
        const auto& said = of.said.person;
        if (said.refund_iban.empty()) return {};
        if (said.refund_iban == of.stored.refund_iban) {
            const bool other_holder = !said.refund_holder.empty() && said.refund_holder != of.stored.refund_holder;
            const bool other_bank = !said.refund_bic.empty() && said.refund_bic != of.stored.refund_bic;
            if (!other_holder && !other_bank) return {};
            return refuse(code::invalid, "This account is on file, with another holder or bank code.",
                          {{"field", "subscriber.person.refund_iban"}});
        }
        const auto& holder = said.refund_holder.empty() ? of.stored.full_name : said.refund_holder;
        body.refund = refund_account_body{said.refund_iban, holder, said.refund_bic};
        if (said.refund_bic.empty()) body.refund->bic.reset();
        change.differs.push_back({"refund_iban", tail_of(of.stored.refund_iban), tail_of(said.refund_iban)});
        return {};
    }

    // -- profiles: one that nobody has is added, one of another line is offered from there

    result<void> add_profiles(int row, const row_facts& of, row_changes& out) {
        const auto& s = of.line->number();
        for (const auto& wanted : of.in.line.profiles) {
            const auto known = std::ranges::find(s.profiles, wanted.iccid, &domain::profile::iccid);
            if (known != s.profiles.end()) {
                if (known->imsi != wanted.imsi)
                    return refuse(code::invalid, "The `imsi` of this profile is another; a profile keeps its IMSI.",
                                  {{"field", "line.profiles[0].imsi"}});
                if (wanted.eid && !known->eid.empty() && known->eid != *wanted.eid)
                    return refuse(code::invalid, "The `eid` is another; the device itself reports where a profile is.",
                                  {{"field", "line.profiles[0].eid"}});
                continue;
            }
            TRY(change, change_of(row, of, wanted));
            out.push_back(std::move(change));
        }
        return {};
    }

    result<planned_change> change_of(int row, const row_facts& of, const profile_body& wanted) {
        const auto claim = with_.core->read({port::stream_kind::claim, domain::claim_on(wanted.iccid)});
        if (!claim && claim.error().what != code::not_found) return std::unexpected(claim.error());
        const auto holder = claim ? domain::line_holder::parse((*claim)->claim().holder) : std::nullopt;
        if (!holder) {
            auto out = change_for(row, of, change_kind::profile);
            new_profile_body body;
            body.iccid = wanted.iccid;
            body.imsi = wanted.imsi;
            body.eid = wanted.eid;
            body.state = wanted.state;
            out.target = "/v1/lines/" + out.line_id + "/profiles";
            out.body = base::to_json(body, base::form::api);
            out.before = print_of_profiles(of.line->number());
            out.differs.push_back({"iccid", "none", wanted.iccid.text()});
            return out;
        }
        return offer_of(row, of, wanted, *holder);
    }

    /// From the other line, to this one. Two people offer; the owner, or a third, agrees for this side.
    result<planned_change> offer_of(int row, const row_facts& of, const profile_body& wanted,
                                    const domain::line_holder& holder) {
        if (c_.role() == domain::role::system)
            return refuse(code::forbidden, "The `iccid` is another line's; people offer profiles, a system does not.",
                          {{"field", "line.profiles[0].iccid"}});
        TRY(other, with_.core->read(key_of_number(holder.number)));
        const auto& has = other->number().profiles;
        const auto there = std::ranges::find(has, wanted.iccid, &domain::profile::iccid);
        if (there == has.end() || there->imsi != wanted.imsi)
            return refuse(code::identifier_taken, "The `iccid` is another line's, with another IMSI.",
                          {{"field", "line.profiles[0].iccid"}});
        auto out = change_for(row, of, change_kind::profile_offer);
        out.target = "/v1/lines/" + other->public_id + "/profile-offers";
        out.body = base::to_json(offer_body{wanted.iccid, out.line_id}, base::form::api);
        out.before = print_of_profiles(other->number());
        out.number = holder.number;  // it is written there
        out.differs.push_back({"iccid", "another line's", wanted.iccid.text()});
        return out;
    }

    // -- money, dates, contract and products

    result<void> add_line(int row, const row_facts& of, const import_dates& dates, row_changes& out) {
        const auto& s = of.line->number();
        import_body body{of.in.subscriber, of.in.line, true};
        body.subscriber.language = of.owner->subscriber().language;
        body.subscriber.person = person_body{of.stored.full_name, {}, {}, {}, {}, {}};
        body.subscriber.contacts.clear();
        body.line.profiles.clear();
        const auto wanted = import_from(body.line, dates, of.owner->subscriber());
        const auto names = domain::changed_by(s, wanted);
        if (names.empty()) return {};
        auto change = change_for(row, of, change_kind::line);
        const auto* p = rules_->policies.find(s.subscription->policy);
        const in_words words{s, wanted, rules_->zones.of(p == nullptr ? "" : p->zone)};
        for (const auto& name : names) change.differs.push_back(words.of(name));
        count_money(s, wanted);
        change.target = "/v1/lines/import";
        change.body = base::to_json(body, base::form::api);
        change.before = print_of_line(s);
        out.push_back(std::move(change));
        return {};
    }

    void count_money(const domain::number_state& s, const domain::import_line& wanted) {
        const auto add = [&](const money& amount, std::int64_t now, int good) {
            const auto more = good * (amount.minor - now);
            if (more != 0) (more > 0 ? brought_ : taken_)[s.books.currency] += std::abs(more);
        };
        add(wanted.balance, s.books.customer_money(), 1);
        add(wanted.bonus, -s.books.of(domain::account::bonus), 1);
        add(wanted.debt, s.books.of(domain::account::debt), -1);
    }

    const call& c_;
    const parts& with_;
    std::shared_ptr<const domain::rule_book> rules_;
    planned out_;
    std::set<std::string> numbers_;
    std::map<std::string, std::string> people_;  // subscriber, and what is changed of them
    std::map<std::string, std::int64_t> brought_;
    std::map<std::string, std::int64_t> taken_;
};

}  // namespace

planned plan_rows(const call& c, const boost::json::array& rows) {
    planner all(c);
    int row = 0;
    for (const auto& one : rows) all.add(++row, one);
    return all.finish();
}

// ------------------------------------------------------------------------------------------------ in the vault

std::string changes_kind(std::size_t chunk) {
    std::string digits = std::to_string(chunk);
    return "changes-" + std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

result<std::vector<port::vault_row>> sealed_changes(port::vault& vault, const std::string& plan,
                                                    const std::vector<planned_change>& changes) {
    std::vector<port::vault_row> out;
    for (std::size_t from = 0; from < changes.size(); from += changes_per_row) {
        const auto begin = changes.begin() + static_cast<std::ptrdiff_t>(from);
        const auto count = std::min(changes_per_row, changes.size() - from);
        const std::vector<planned_change> some(begin, begin + static_cast<std::ptrdiff_t>(count));
        TRY(row, vault.seal(plan, changes_kind(from / changes_per_row), base::to_json(some)));
        out.push_back(std::move(row));
    }
    return out;
}

result<std::vector<planned_change>> open_changes(port::vault& vault, const std::string& plan, std::size_t chunk) {
    TRY(text, vault.open(plan, changes_kind(chunk)));
    return base::from_json<std::vector<planned_change>>(text);
}

// ------------------------------------------------------------------------------------------------ carrying out

namespace {

std::string tag_of(const engine::stream_view& view) { return "\"" + std::to_string(view.revision()) + "\""; }

looked_at seen_as(bool as_planned, bool done, const engine::stream_view& view) {
    auto is = done ? looked_at::verdict::done_already : looked_at::verdict::changed_since;
    if (as_planned) is = looked_at::verdict::as_planned;
    return {is, tag_of(view)};
}

result<looked_at> look_at_line(const parts& with, const planned_change& what) {
    TRY(view, with.core->read(key_of_number(what.number)));
    const auto& s = view->number();
    if (!s.subscription) return looked_at{};
    TRY(in, base::from_json<import_body>(what.body, base::form::api));
    TRY(dates, dates_of(*with.core->rules(), in.line));
    TRY(owner, with.core->read(key_of_subscriber(what.subscriber)));
    const auto wanted = import_from(in.line, dates, owner->subscriber());
    const bool mine = s.subscription->subscriber == what.subscriber;
    return seen_as(print_of_line(s) == what.before, mine && domain::changed_by(s, wanted).empty(), *view);
}

result<looked_at> look_at_person(const parts& with, const planned_change& what) {
    TRY(view, with.core->read(key_of_subscriber(what.subscriber)));
    TRY(stored, stored_person(with, what.subscriber));
    TRY(in, base::from_json<contacts_body>(what.body, base::form::api));
    const auto& s = view->subscriber();
    bool done = !in.language || *in.language == s.language;
    for (const auto& one : in.contacts) {
        const auto there = std::ranges::find(stored.contacts, one.id, &port::contact_address::id);
        const auto current = std::ranges::find(s.contacts, one.id, &domain::contact_ref::id);
        done = done && there != stored.contacts.end() && there->address == one.address && current != s.contacts.end() &&
               !current->replaced_at;
    }
    if (in.refund) done = done && stored.refund_iban == in.refund->iban;
    return seen_as(print_of_person(s, stored) == what.before, done, *view);
}

/// Of the line that the change is written to.
result<looked_at> look_at_profiles(const parts& with, const planned_change& what) {
    TRY(view, with.core->read(key_of_number(what.number)));
    const auto& s = view->number();
    bool done = false;
    if (what.kind == change_kind::profile) {
        TRY(in, base::from_json<new_profile_body>(what.body, base::form::api));
        done = in.iccid && std::ranges::find(s.profiles, *in.iccid, &domain::profile::iccid) != s.profiles.end();
    } else {
        TRY(in, base::from_json<offer_body>(what.body, base::form::api));
        done = std::ranges::find(s.offers, in.iccid, &domain::profile_offer::iccid) != s.offers.end();
        if (done) return seen_as(false, true, *view);
    }
    return seen_as(print_of_profiles(s) == what.before, done, *view);
}

}  // namespace

result<looked_at> look_at(const parts& with, const planned_change& what) {
    switch (what.kind) {
        case change_kind::contacts: return look_at_person(with, what);
        case change_kind::line: return look_at_line(with, what);
        case change_kind::profile:
        case change_kind::profile_offer: return look_at_profiles(with, what);
    }
    return looked_at{};
}

}  // namespace keepline::http
