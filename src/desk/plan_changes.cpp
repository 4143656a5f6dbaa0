#include "desk/plan_changes.hpp"

#include "base/digest.hpp"
#include "desk/commands.hpp"
#include "desk/identifiers.hpp"
#include "desk/imported.hpp"
#include "desk/plan_look.hpp"
#include "desk/plan_words.hpp"
#include "desk/registration.hpp"
#include "domain/claim/claim.hpp"

#include <algorithm>
#include <cstdlib>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t plan_changes_max = 20'000;
constexpr std::size_t rejected_listed = 200;

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
    explicit planner(const asked& c) : c_(c), with_(c.at->with), rules_(with_.core->rules()) {}

    void add(int row, const boost::json::value& sent) {
        ++out_.what.rows;
        auto changes = changes_of(row, sent);
        if (!changes) return reject(row, changes.error());
        bool any = false;
        for (auto& one : *changes) {
            any = true;
            // What an earlier row says of this person already is carried out once.
            if (one.kind == change_kind::contacts && !people_.try_emplace(one.subscriber.text(), one.body).second)
                continue;
            out_.changes.push_back(std::move(one));
        }
        if (!any) ++out_.known;
    }
    bool too_many() const { return out_.changes.size() > plan_changes_max; }

    planned finish() {
        out_.what.changes = static_cast<int>(out_.changes.size());
        out_.what.hash = base::hex(base::sha256(base::view(base::to_json(out_.changes))));
        std::map<std::string, int> kinds;
        for (const auto& one : out_.changes) ++kinds[boost::describe::enum_to_string(one.kind, "")];
        for (const auto& [kind, count] : kinds) out_.what.kinds.push_back({kind, count});
        for (const auto& [currency, amount] : brought_) out_.what.brought.push_back(amount);
        for (const auto& [currency, amount] : taken_) out_.what.taken.push_back(amount);
        return std::move(out_);
    }

 private:
    void reject(int row, const base::error& why) {
        if (out_.rejected.size() >= rejected_listed) {
            out_.also_rejected.push_back(row);
            return;
        }
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
        const auto known = people_.find(owner.id.text());
        if (known != people_.end() && known->second != change.body)
            return refuse(code::invalid, "An earlier row says something else of this `subscriber`.",
                          {{"field", "subscriber.id"}});
        out.push_back(std::move(change));
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
        const auto before = of.stored.refund_holder.empty() && !of.stored.refund_iban.empty() ? of.stored.full_name
                                                                                              : of.stored.refund_holder;
        if (holder != before)
            change.differs.push_back(
                {"refund_holder", holder_shown(before, of.stored), holder_shown(holder, of.stored)});
        if (said.refund_bic != of.stored.refund_bic)
            change.differs.push_back({"refund_bic", of.stored.refund_bic.empty() ? "none" : of.stored.refund_bic,
                                      said.refund_bic.empty() ? "none" : said.refund_bic});
        return {};
    }

    // -- profiles: one that nobody has is added, one of another line is offered from there

    result<void> add_profiles(int row, const row_facts& of, row_changes& out) {
        const auto& s = of.line->number();
        for (std::size_t at = 0; at < of.in.line.profiles.size(); ++at) {
            const auto& wanted = of.in.line.profiles[at];
            const auto known = std::ranges::find(s.profiles, base::as_iccid(wanted.iccid), &domain::profile::iccid);
            if (known != s.profiles.end()) {
                if (known->imsi != wanted.imsi)
                    return refuse(code::invalid, "The `imsi` of this profile is another; a profile keeps its IMSI.",
                                  {{"field", field_of(at, "imsi")}});
                if (wanted.eid && !known->eid.empty() && known->eid != *wanted.eid)
                    return refuse(code::invalid, "The `eid` is another; the device itself reports where a profile is.",
                                  {{"field", field_of(at, "eid")}});
                continue;
            }
            TRY(change, change_of(row, of, at));
            out.push_back(std::move(change));
        }
        return {};
    }

    static std::string field_of(std::size_t at, const char* member) {
        return "line.profiles[" + std::to_string(at) + "]." + member;
    }

    result<planned_change> change_of(int row, const row_facts& of, std::size_t at) {
        const auto& wanted = of.in.line.profiles[at];
        const auto iccid = base::as_iccid(wanted.iccid);
        const auto claim = with_.core->read({port::stream_kind::claim, domain::claim_on(iccid)});
        if (!claim && claim.error().what != code::not_found) return std::unexpected(claim.error());
        const auto holder = claim ? domain::line_holder::parse((*claim)->claim().holder) : std::nullopt;
        if (!holder) {
            CHECK(check_new_iccid(*with_.core, iccid, field_of(at, "iccid")));
            auto out = change_for(row, of, change_kind::profile);
            new_profile_body body;
            body.iccid = wanted.iccid;
            body.imsi = wanted.imsi;
            body.eid = wanted.eid;
            body.state = wanted.state;
            out.target = "/v1/lines/" + out.line_id + "/profiles";
            out.body = base::to_json(body, base::form::api);
            out.before = print_of_profile(of.line->number(), iccid);
            out.differs = differences_of(wanted);
            return out;
        }
        return offer_of(row, of, at, *holder);
    }

    /// From the other line, to this one. Two people offer; the owner, or a third, agrees for this side.
    result<planned_change> offer_of(int row, const row_facts& of, std::size_t at, const domain::line_holder& holder) {
        const auto& wanted = of.in.line.profiles[at];
        if (c_.role() == domain::role::system)
            return refuse(code::forbidden, "The `iccid` is another line's; people offer profiles, a system does not.",
                          {{"field", field_of(at, "iccid")}});
        TRY(other, with_.core->read(key_of_number(holder.number)));
        const auto& has = other->number().profiles;
        const auto iccid = base::as_iccid(wanted.iccid);
        const auto there = std::ranges::find(has, iccid, &domain::profile::iccid);
        if (there == has.end() || there->imsi != wanted.imsi)
            return refuse(code::identifier_taken, "The `iccid` is another line's, with another IMSI.",
                          {{"field", field_of(at, "iccid")}});
        auto out = change_for(row, of, change_kind::profile_offer);
        out.target = "/v1/lines/" + other->public_id + "/profile-offers";
        out.body = base::to_json(offer_body{wanted.iccid, out.line_id}, base::form::api);
        out.before = print_of_profile(other->number(), iccid);
        out.number = holder.number;  // it is written there
        out.differs.push_back({"iccid", "of the line " + other->public_id, wanted.iccid.text()});
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
        const auto& zone = rules_->zones.of(p == nullptr ? "" : p->zone);
        CHECK(check_lawful(s, wanted));
        for (const auto& name : names) change.differs.push_back(difference_of(s, wanted, zone, name));
        CHECK(count_money(s, wanted));
        change.target = "/v1/lines/import";
        change.body = base::to_json(body, base::form::api);
        change.before = print_of_line(s);
        out.push_back(std::move(change));
        return {};
    }

    /// As the line's own rules see it: nobody signs what would be refused afterwards.
    result<void> check_lawful(const domain::number_state& s, domain::import_line wanted) const {
        wanted.update = true;
        domain::context as{c_.now(), rules_.get(), c_.who.who, c_.through};
        as.second = c_.who.who;  // whoever will sign; only that somebody does counts here
        TRY(taken, domain::number::decide(s, domain::number_command{std::move(wanted)}, as));
        static_cast<void>(taken);
        return {};
    }

    /// The last step of a row: one that is refused counts nothing.
    result<void> count_money(const domain::number_state& s, const domain::import_line& said) {
        const auto wanted = domain::in_full(s, said);
        auto brought = brought_;
        auto taken = taken_;
        const auto add = [&](const std::optional<money>& amount, std::int64_t now, int good) -> result<void> {
            const auto more = amount ? good * (amount->minor - now) : 0;
            if (more == 0) return {};
            auto& sum = (more > 0 ? brought : taken)[s.books.currency];
            TRY(together, base::add(sum, {std::abs(more), s.books.currency}));
            sum = together;
            return {};
        };
        CHECK(add(wanted.balance, s.books.customer_money(), 1));
        CHECK(add(wanted.bonus, -s.books.of(domain::account::bonus), 1));
        CHECK(add(wanted.debt, s.books.of(domain::account::debt), -1));
        brought_ = std::move(brought);
        taken_ = std::move(taken);
        return {};
    }

    const asked& c_;
    const parts& with_;
    std::shared_ptr<const domain::rule_book> rules_;
    planned out_;
    std::set<std::string> numbers_;
    std::map<std::string, std::string> people_;  // subscriber, and what is changed of them
    std::map<std::string, money> brought_;       // by currency
    std::map<std::string, money> taken_;
};

}  // namespace

result<planned> plan_rows(const asked& c, const boost::json::array& rows) {
    if (rows.size() > plan_rows_max)
        return refuse(code::too_large, "A plan takes at most 20,000 rows; make several of it.", {{"field", "rows"}});
    planner all(c);
    int row = 0;
    for (const auto& one : rows) {
        all.add(++row, one);
        if (all.too_many())
            return refuse(code::too_large, "A plan makes at most 20,000 changes; make several of it.",
                          {{"field", "rows"}});
    }
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

}  // namespace keepline::desk
