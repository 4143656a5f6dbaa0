#include "domain/number/eligibility.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

std::chrono::year_month_day civil(local_day day) {
    return std::chrono::year_month_day{std::chrono::sys_days{base::days{day.days}}};
}

void add_priced(std::vector<block>& found, const number_state& s, const policy& p, local_day today,
                const base::zone& zone) {
    const auto& line = *s.subscription;
    if (const auto debt = s.books.of(account::debt); debt > 0)
        found.push_back({block_kind::debt, lift::pay_or_offset, true, {debt, s.books.currency}, {}, {}});
    if (line.term && line.term->ends >= today)
        found.push_back({block_kind::contract_term, lift::pay_fee, true,
                         contract_price(*line.term, p.closing.fee, today), zone.end_of(line.term->ends),
                         line.term->document});
    for (const auto& product : line.products)
        found.push_back({block_kind::linked_products, lift::detach, true, product.detach_price, {}, product.id.text()});
}

/// The later of the two locks that a recent change puts on a line.
std::optional<instant> change_lock(const line& l, const policy& p) {
    std::optional<instant> until;
    const auto consider = [&](const std::optional<instant>& changed, int days) {
        if (changed && days > 0) until = std::max(until.value_or(instant{}), *changed + base::days{days});
    };
    consider(l.contacts_changed_at, p.contact_change_lock_days);
    consider(l.sim_changed_at, p.sim_change_lock_days);
    return until;
}

}  // namespace

int months_left(local_day today, local_day ends) {
    const auto from = civil(today);
    const auto to = civil(ends);
    const int months = (static_cast<int>(to.year()) - static_cast<int>(from.year())) * 12 +
                       static_cast<int>(static_cast<unsigned>(to.month())) -
                       static_cast<int>(static_cast<unsigned>(from.month()));
    return std::max(1, months + (to.day() > from.day() ? 1 : 0));
}

money contract_price(const contract& term, const closing_fee& fee, local_day today) {
    if (term.ends < today) return {0, term.monthly.currency};
    money price = term.fixed_fee;
    if (price.is_zero()) price.currency = term.monthly.currency;
    if (price.is_zero() && fee.kind == fee_kind::remaining_contract_percent)
        price = base::fraction(term.monthly, std::int64_t{months_left(today, term.ends)} * fee.percent, 100)
                    .value_or(term.monthly);
    if (fee.cap && fee.cap->currency == price.currency) price.minor = std::min(price.minor, fee.cap->minor);
    return price;
}

std::int64_t leaving_price(const std::optional<contract>& term, const std::vector<linked_product>& products,
                           const closing_fee& fee, local_day today) {
    constexpr std::int64_t each_max = 1'000'000'000'000'000;  // no balance is more, and so few never overflow
    std::int64_t out = 0;
    const auto add = [&](std::int64_t more) { out += std::clamp<std::int64_t>(more, 0, each_max); };
    if (term) add(contract_price(*term, fee, today).minor);
    for (const auto& one : products) add(one.detach_price.minor);
    return out;
}

namespace {

/// What makes leaving cost what it does.
struct leaving_terms {
    std::optional<contract> term;
    std::vector<linked_product> products;
};

leaving_change difference(const leaving_terms& before, const leaving_terms& after, const closing_fee& fee,
                          local_day today) {
    constexpr int watched_days = 3660;  // day by day; beyond, at the ends: no price rises between
    leaving_change out;
    const auto look = [&](local_day day) {
        const auto more =
            leaving_price(after.term, after.products, fee, day) - leaving_price(before.term, before.products, fee, day);
        out.dearer = std::max(out.dearer, more);
        out.cheaper = std::max(out.cheaper, -more);
    };
    look(today);
    if (before.term == after.term) return out;
    for (const auto* term : {&before.term, &after.term}) {
        if (!*term || (*term)->ends < today) continue;
        const auto end = (*term)->ends;
        for (auto day = today; day <= std::min(end, today + watched_days); day = day + 1) look(day);
        look(end);
        look(end + 1);
    }
    return out;
}

}  // namespace

std::optional<leaving_change> leaving_changed_by(const number_state& s, const number_command& what,
                                                 const rule_book& rules, instant now) {
    if (!s.subscription) return std::nullopt;
    const leaving_terms before{s.subscription->term, s.subscription->products};
    auto after = before;
    const auto without = [&](const label& id) {
        std::erase_if(after.products, [&](const linked_product& one) { return one.id == id; });
    };
    if (const auto* named = std::get_if<set_contract>(&what)) {
        after.term = named->term;
    } else if (const auto* linked = std::get_if<link_product>(&what)) {
        without(linked->product.id);
        after.products.push_back(linked->product);
    } else if (const auto* detached = std::get_if<detach_product>(&what)) {
        without(detached->product);
    } else if (const auto* imported = std::get_if<import_line>(&what)) {
        const auto whole = in_full(s, *imported);
        after = {whole.term, whole.products};
    } else {
        return std::nullopt;
    }
    const auto* p = rules.policies.find(s.subscription->policy);
    if (p == nullptr) return leaving_change{};  // such a line takes no command
    return difference(before, after, p->closing.fee, rules.zones.of(p->zone).day_of(now));
}

std::vector<block> stops_of(const number_state& s) {
    std::vector<block> found;
    if (!s.subscription) return found;
    const auto& line = *s.subscription;
    if (line.port_out_since) found.push_back({block_kind::port_out, lift::cancel_port, false, {}, {}, {}});
    if (!line.legal_hold.empty())
        found.push_back({block_kind::legal_hold, lift::ask_authority, false, {}, {}, line.legal_hold});
    if (line.fraud_hold) found.push_back({block_kind::fraud_hold, lift::staff_review, false, {}, {}, {}});
    if (line.customer_lock) found.push_back({block_kind::customer_lock, lift::unlock, false, {}, {}, {}});
    for (const auto& one : s.mismatches)
        found.push_back({block_kind::network_mismatch,
                         lift::set_network_right,
                         false,
                         {},
                         {},
                         boost::describe::enum_to_string(one.kind, "")});
    return found;
}

std::vector<block> blocks_of(const number_state& s, const policy& p, const context& now) {
    const auto& line = *s.subscription;
    const auto& zone = now.rules->zones.of(p.zone);
    std::vector<block> found;
    add_priced(found, s, p, zone.day_of(now.now), zone);
    if (line.port_out_since) found.push_back({block_kind::port_out, lift::cancel_port, false, {}, {}, {}});
    if (!line.legal_hold.empty())
        found.push_back({block_kind::legal_hold, lift::ask_authority, false, {}, {}, line.legal_hold});
    if (line.fraud_hold) found.push_back({block_kind::fraud_hold, lift::staff_review, false, {}, {}, {}});
    if (line.customer_lock) found.push_back({block_kind::customer_lock, lift::unlock, false, {}, {}, {}});
    if (const auto until = change_lock(line, p); until && *until > now.now)
        found.push_back({block_kind::recent_change, lift::wait, false, {}, until, {}});
    return found;
}

}  // namespace keepline::domain
