#include "desk/plan_look.hpp"

#include "base/digest.hpp"
#include "desk/imported.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {

std::string print(std::string_view text) { return base::hex(base::sha256(base::view(text))); }

}  // namespace

std::string print_of_line(const domain::number_state& s) {
    const auto& line = *s.subscription;
    base::part_hasher all;
    all.add(static_cast<std::uint64_t>(line.generation)).add(line.subscriber.text()).add(line.policy);
    all.add(static_cast<std::uint64_t>(line.since.ms)).add(static_cast<std::uint64_t>(line.valid_until.ms));
    all.add(base::to_json(line.term)).add(base::to_json(line.products));
    all.add(base::to_json(s.books));
    return base::hex(all.finish());
}

std::string print_of_profile(const domain::number_state& s, const base::iccid& iccid) {
    const auto there = std::ranges::find(s.profiles, iccid, &domain::profile::iccid);
    return print(std::to_string(s.subscription ? s.subscription->generation : 0) + "/" + iccid.text() + "," +
                 (there == s.profiles.end() ? "none" : there->imsi.text()));
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
    if (in.refund) {
        TRY(account, base::bank_account_of(in.refund->iban, in.refund->holder, in.refund->bic.value_or(""), "refund."));
        done = done && port::refund_account_of(stored) == account;
    }
    return seen_as(print_of_person(s, stored) == what.before, done, *view);
}

result<looked_at> look_at_profile(const parts& with, const planned_change& what) {
    TRY(view, with.core->read(key_of_number(what.number)));
    TRY(in, base::from_json<new_profile_body>(what.body, base::form::api));
    if (!in.iccid) return base::refuse(base::code::invalid, "The change names no profile.");
    const auto& s = view->number();
    const auto iccid = base::as_iccid(*in.iccid);
    const auto there = std::ranges::find(s.profiles, iccid, &domain::profile::iccid);
    const bool done = there != s.profiles.end() && (!in.imsi || there->imsi == *in.imsi);
    return seen_as(print_of_profile(s, iccid) == what.before, done, *view);
}

/// Of the line that the change is written to: the one that has the profile.
result<looked_at> look_at_offer(const parts& with, const planned_change& what) {
    TRY(view, with.core->read(key_of_number(what.number)));
    TRY(in, base::from_json<offer_body>(what.body, base::form::api));
    const auto& s = view->number();
    const auto iccid = base::as_iccid(in.iccid);
    const auto there = std::ranges::find(s.offers, iccid, &domain::profile_offer::iccid);
    const bool is_offered = there != s.offers.end();
    bool done = false;
    if (is_offered) {
        TRY(to, with.core->read_public(in.to));
        done = to->key == key_of_number(there->to) && to->number().subscription &&
               to->number().subscription->generation == there->to_generation;
    }
    return seen_as(!is_offered && print_of_profile(s, iccid) == what.before, done, *view);
}

}  // namespace

result<looked_at> look_at(const parts& with, const planned_change& what) {
    switch (what.kind) {
        case change_kind::contacts: return look_at_person(with, what);
        case change_kind::line: return look_at_line(with, what);
        case change_kind::profile: return look_at_profile(with, what);
        case change_kind::profile_offer: return look_at_offer(with, what);
    }
    return looked_at{};
}

}  // namespace keepline::desk
