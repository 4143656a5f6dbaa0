// The list of notifications (SGP.22 v2.5 §5.7.9 to 5.7.11) and how they are made (§3.5).
#include "phone/euicc.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

const std::string_view nobodys_iccid = "8949000000000000018";

bytes notification_metadata(const stored_notification& of, std::optional<int> said = {}) {
    bytes fields =
        joined({make_unsigned(0x80, of.sequence), make_bits(0x81, {said.value_or(of.event)}), make(0x0C, of.address)});
    if (!of.iccid.empty()) append(fields, make(0x5A, iccid_swapped(of.iccid)));
    return make(0xBF2F, fields);
}

}  // namespace

void euicc::note(const installed_profile& of, int event) {
    for (const auto& rule : of.rules)
        if (std::ranges::find(rule.events, event) != rule.events.end())
            store_notification(event, rule.address, of.iccid, of.ci);
}

void euicc::store_notification(int event, std::string_view address, std::string_view iccid, std::string_view ci) {
    const auto* own = who_.for_ci(base::from_hex(ci).value_or(bytes{}));
    if (own == nullptr) own = &who_.credentials.front();
    stored_notification made{++memory_.last_sequence, event, std::string(address), std::string(iccid), {}};
    if (wrong_.has(misbehaviour::unknown_iccid)) made.iccid = nobodys_iccid;
    constexpr int rpm_enable = 4, not_known_yet = 11;
    std::optional<int> said;
    if (wrong_.has(misbehaviour::rpm_notification)) said = rpm_enable;
    if (wrong_.has(misbehaviour::later_event)) said = not_known_yet;
    auto signed_part = notification_metadata(made, said);
    const auto key = wrong_.has(misbehaviour::foreign_notification) ? ec_key::generate(own->key.on()) : own->key;
    const auto signature = key.sign(signed_part);
    if (wrong_.has(misbehaviour::tampered_notification)) {
        const auto number = find(only(signed_part, 0xBF2F)->value, 0x80);
        signed_part[static_cast<std::size_t>(number->value.data() - signed_part.data()) + number->value.size() - 1] ^=
            1;
    }
    made.pending = base::hex(make(0x30, {signed_part, make(0x5F37, signature), own->euicc.der(), own->eum.der()}));
    memory_.notifications.push_back(std::move(made));
}

es10_answer euicc::list_notifications(byte_view value) {
    const auto events = value.empty() ? std::nullopt : only(value, 0x81);
    if (!value.empty() && !events) return {make(0xBF28, make_unsigned(0x81, 127))};
    bytes list;
    for (const auto& one : memory_.notifications)
        if (!events || bit(events->value, one.event)) append(list, notification_metadata(one));
    return {make(0xBF28, make(0xA0, list))};
}

es10_answer euicc::retrieve_notifications(byte_view value) {
    const auto search = value.empty() ? std::nullopt : only(value, 0xA0);
    const auto number = search ? only(search->value, 0x80) : std::nullopt;
    const auto events = search ? only(search->value, 0x81) : std::nullopt;
    if (!value.empty() && !number && !events) return {make(0xBF2B, make_unsigned(0x81, 127))};
    bytes list;
    for (const auto& one : memory_.notifications) {
        if (number && unsigned_value(number->value) != one.sequence) continue;
        if (events && !bit(events->value, one.event)) continue;
        append(list, *base::from_hex(one.pending));
    }
    if (number && list.empty()) return {make(0xBF2B, make_unsigned(0x81, 1))};
    return {make(0xBF2B, make(0xA0, list))};
}

es10_answer euicc::notification_sent(byte_view value) {
    const auto number = only(value, 0x80);
    if (!number) return malformed("NotificationSent lacks the number.");
    const auto sequence = unsigned_value(number->value);
    const auto gone = std::erase_if(memory_.notifications, [&](const auto& one) { return one.sequence == sequence; });
    return one_result(0xBF30, gone == 0 ? 1 : 0, gone == 0 ? "There is no such notification." : "");
}

}  // namespace keepline::phone
