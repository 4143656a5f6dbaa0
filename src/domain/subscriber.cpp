#include "domain/subscriber.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t contacts_max = 8;
constexpr std::size_t replaced_kept = 8;
constexpr std::size_t numbers_max = 200;

using events = std::vector<subscriber_event>;

result<void> check_contacts(const std::vector<contact_ref>& contacts) {
    if (contacts.size() > contacts_max) return refuse(code::invalid, "At most 8 contact points.");
    for (const auto& c : contacts) {
        if (c.id.empty() || c.id.text() == "line")
            return refuse(code::invalid, "A contact point needs an id other than `line`.");
        if (std::ranges::count(contacts, c.id, &contact_ref::id) > 1)
            return refuse(code::invalid, "Two contact points have the same id.", {{"contact", c.id.text()}});
    }
    return {};
}

bool same_point(const contact_ref& a, const contact_ref& b) {
    return a.id == b.id && a.by == b.by && a.verified == b.verified;
}

/// The new points, then the old ones that are no longer among them, marked as replaced.
std::vector<contact_ref> merged(const std::vector<contact_ref>& before, const std::vector<contact_ref>& wanted,
                                instant now) {
    std::vector<contact_ref> out = wanted;
    for (auto& c : out) {
        const auto known =
            std::ranges::find_if(before, [&](const contact_ref& b) { return !b.replaced_at && same_point(b, c); });
        c = known != before.end() ? *known : contact_ref{c.id, c.by, c.verified, now, {}, {}};
    }
    std::size_t replaced = 0;
    for (const auto& old : before) {
        if (std::ranges::find(wanted, old.id, &contact_ref::id) != wanted.end() || replaced >= replaced_kept) continue;
        ++replaced;
        out.push_back(old);
        if (!out.back().replaced_at) out.back().replaced_at = now;
    }
    return out;
}

struct subscriber_decider {
    const subscriber_state& s;
    const context& now;

    result<void> need() const {
        if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
        if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
        return {};
    }

    result<events> operator()(const register_subscriber& c) const {
        if (!s.id.empty()) {
            if (s.erased_at) return refuse(code::erased, "The personal data was erased.");
            return events{};
        }
        if (c.id.empty()) return refuse(code::invalid, "A subscriber needs an id.");
        CHECK(check_contacts(c.contacts));
        return events{subscriber_registered{c.id, c.language.empty() ? "zh-CN" : c.language,
                                            merged({}, c.contacts, now.now), c.refund_account, now.now, c.number}};
    }
    result<events> operator()(const change_contacts& c) const {
        CHECK(need());
        CHECK(check_contacts(c.contacts));
        contacts_changed e{c.language.empty() ? s.language : c.language, merged(s.contacts, c.contacts, now.now),
                           c.refund_account.empty() ? s.refund_account : c.refund_account, now.now};
        if (e.contacts == s.contacts && e.refund_account == s.refund_account && e.language == s.language)
            return events{};
        return events{std::move(e)};
    }
    result<events> operator()(const attach_number& c) const {
        CHECK(need());
        if (std::ranges::find(s.numbers, c.number) != s.numbers.end()) return events{};
        if (s.numbers.size() >= numbers_max) return refuse(code::invalid, "The subscriber has too many numbers.");
        return events{number_attached{c.number}};
    }
    result<events> operator()(const record_read& c) const {
        CHECK(need());
        if (c.why.empty() || c.why.size() > 200)
            return refuse(code::invalid, "Say why you need it, in at most 200 characters.");
        return events{personal_data_read{now.by, c.what, c.why, now.now}};
    }
    result<events> operator()(const erase_subscriber&) const {
        if (s.id.empty()) return refuse(code::not_found, "There is no such subscriber.");
        if (s.erased_at) return events{};
        return events{subscriber_erased{now.by, now.now}};
    }
};

struct subscriber_folder {
    subscriber_state& s;
    void operator()(const subscriber_registered& e) const {
        s.id = e.id;
        s.language = e.language;
        s.contacts = e.contacts;
        s.refund_account = e.refund_account;
        if (!e.number.empty()) s.numbers.push_back(e.number);
    }
    void operator()(const contacts_changed& e) const {
        s.language = e.language;
        s.contacts = e.contacts;
        s.refund_account = e.refund_account;
    }
    void operator()(const number_attached& e) const { s.numbers.push_back(e.number); }
    void operator()(const personal_data_read&) const { ++s.staff_reads; }
    void operator()(const subscriber_erased& e) const {
        s.erased_at = e.at;
        s.contacts.clear();
        s.refund_account.clear();
    }
};

}  // namespace

result<std::vector<subscriber_event>> subscriber::decide(const state& before, const command& what, const context& now) {
    return std::visit(subscriber_decider{before, now}, what);
}

void subscriber::evolve(state& s, const event& what) { std::visit(subscriber_folder{s}, what); }

std::vector<effect> subscriber::react(const state& after, const event& what) {
    std::vector<effect> out;
    if (std::holds_alternative<contacts_changed>(what) || std::holds_alternative<subscriber_erased>(what))
        for (const auto& number : after.numbers)
            out.push_back(tell_contacts{number, after.id, after.contacts, after.refund_account, after.language});
    return out;
}

std::optional<instant> subscriber::next_due(const state&) { return std::nullopt; }

}  // namespace keepline::domain
