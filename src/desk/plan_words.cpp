#include "desk/plan_words.hpp"

#include "base/utf8.hpp"

namespace keepline::desk {

namespace {

std::string day_shown(const base::zone& zone, instant at) {
    return base::iso(at) + " (" + base::iso(zone.day_of(at)) + ")";
}

std::string contract_shown(const std::optional<domain::contract>& term) {
    if (!term) return "none";
    const auto document = term->document.empty() ? "no document" : term->document;
    return base::iso(term->ends) + ", " + base::text(term->monthly) + ", " + base::text(term->fixed_fee) + ", " +
           document;
}

std::string products_shown(const std::vector<domain::linked_product>& all) {
    std::string out;
    for (const auto& one : all)
        out += (out.empty() ? "" : "; ") + one.id.text() + " (" + one.kind + ", " + base::text(one.detach_price) + ")";
    return out.empty() ? "none" : out;
}

struct in_words {
    const domain::number_state& s;
    const domain::import_line wanted;
    const base::zone& zone;

    std::string money_now(domain::account of, int sign) const {
        return base::text(money{sign * s.books.of(of), s.books.currency});
    }
    std::string wanted_money(const std::optional<money>& said) const {
        const auto amount = said.value_or(money());
        return base::text(amount.currency.empty() ? money{amount.minor, s.books.currency} : amount);
    }
    difference of(const std::string& what) const {
        const auto& line = *s.subscription;
        if (what == "balance") return {what, money_now(domain::account::prepaid, -1), wanted_money(wanted.balance)};
        if (what == "bonus") return {what, money_now(domain::account::bonus, -1), wanted_money(wanted.bonus)};
        if (what == "debt") return {what, money_now(domain::account::debt, 1), wanted_money(wanted.debt)};
        if (what == "since") return {what, day_shown(zone, line.since), day_shown(zone, wanted.since)};
        if (what == "valid_until")
            return {what, day_shown(zone, line.valid_until), day_shown(zone, wanted.valid_until)};
        if (what == "contract") return {what, contract_shown(line.term), contract_shown(wanted.term)};
        return {what, products_shown(line.products), products_shown(wanted.products)};
    }
};

}  // namespace

std::string address_shown(const port::contact_address& one) {
    const auto at = one.address.find('@');
    if (one.by == domain::medium::mail && at != std::string::npos)
        return one.address.substr(0, 1) + "…" + one.address.substr(at);
    return tail_of(one.address);
}

std::string holder_shown(const std::string& holder, const port::person& owner) {
    if (holder.empty()) return "none";
    if (holder == owner.full_name) return "the customer";
    return holder.substr(0, base::first_code_point(holder).length) + "…, who is not the customer";
}

difference difference_of(const domain::number_state& s, const domain::import_line& wanted, const base::zone& zone,
                         const std::string& what) {
    return in_words{s, domain::in_full(s, wanted), zone}.of(what);
}

std::vector<difference> differences_of(const profile_body& added) {
    const auto state = added.state.value_or(domain::profile_state::released);
    std::vector<difference> out{{"iccid", "none", added.iccid.text()}, {"imsi", "none", added.imsi.text()}};
    if (added.eid) out.push_back({"eid", "none", added.eid->text()});
    out.push_back({"state", "none", boost::describe::enum_to_string(state, "")});
    return out;
}

}  // namespace keepline::desk
