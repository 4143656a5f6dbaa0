// ES10c: the profiles of the eUICC (SGP.22 v2.5 §5.7.15 to 5.7.21).
#include "phone/euicc.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

bytes rules_value(const std::vector<notification_rule>& rules) {
    bytes out;
    for (const auto& rule : rules) {
        bytes events{0};
        for (const int event : rule.events) {
            if (events.size() == 1) events.push_back(0);
            events[1] |= static_cast<std::uint8_t>(0x80 >> event);
        }
        if (events.size() > 1) events[0] = static_cast<std::uint8_t>(7 - std::ranges::max(rule.events));
        append(out, make(0x30, {make(0x80, events), make(0x81, rule.address)}));
    }
    return out;
}

// The tags of ProfileInfo that GetProfilesInfo gives when nobody asks for others (SGP.22 §5.7.15).
const std::vector<std::uint32_t> default_tags{0x5A, 0x4F, 0x9F70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95};

std::vector<std::uint32_t> tag_list(byte_view value) {
    std::vector<std::uint32_t> tags;
    for (std::size_t i = 0; i < value.size(); ++i) {
        std::uint32_t tag = value[i];
        if ((tag & 0x1F) == 0x1F && i + 1 < value.size()) tag = tag << 8 | value[++i];
        tags.push_back(tag);
    }
    return tags;
}

bytes profile_info(const installed_profile& of, const std::vector<std::uint32_t>& tags) {
    bytes out;
    const auto add = [&](std::uint32_t tag, const bytes& element) {
        if (std::ranges::find(tags, tag) != tags.end()) append(out, element);
    };
    const auto from = [](const std::string& hex) { return *base::from_hex(hex); };
    add(0x5A, make(0x5A, iccid_swapped(of.iccid)));
    add(0x4F, make(0x4F, from(of.aid)));
    add(0x9F70, make_unsigned(0x9F70, of.enabled ? 1 : 0));
    if (!of.nickname.empty()) add(0x90, make(0x90, of.nickname));
    add(0x91, make(0x91, of.provider));
    add(0x92, make(0x92, of.name));
    if (of.icon_type) add(0x93, make_unsigned(0x93, static_cast<std::uint64_t>(*of.icon_type)));
    if (!of.icon.empty()) add(0x94, make(0x94, from(of.icon)));
    add(0x95, make_unsigned(0x95, static_cast<std::uint64_t>(of.profile_class)));
    if (!of.rules.empty()) add(0xB6, make(0xB6, rules_value(of.rules)));
    if (!of.owner.empty()) add(0xB7, make(0xB7, from(of.owner)));
    if (!of.policy_rules.empty()) add(0x99, make(0x99, from(of.policy_rules)));
    return make(0xE3, out);
}

}  // namespace

installed_profile* euicc::identified(byte_view choice) {
    if (const auto aid = only(choice, 0x4F)) return memory_.by_aid(base::hex(aid->value));
    if (const auto iccid = only(choice, 0x5A)) return memory_.by_iccid(iccid_from_swapped(iccid->value).value_or(""));
    return nullptr;
}

es10_answer euicc::list_profiles(byte_view value) {
    tlv_reader in(value);
    const auto search = in.take(0xA0);
    const auto asked = in.take(0x5C);
    if (!in.empty()) {
        why_ = "The search is not well formed.";
        return {make(0xBF2D, make_unsigned(0x81, 1))};
    }
    const auto tags = asked ? tag_list(asked->value) : default_tags;
    const auto kind = search ? only(search->value, 0x95) : std::nullopt;
    const auto* one = search && !kind ? identified(search->value) : nullptr;
    bytes list;
    for (const auto& profile : memory_.profiles) {
        if (kind && unsigned_value(kind->value) != static_cast<std::uint64_t>(profile.profile_class)) continue;
        if (search && !kind && &profile != one) continue;
        append(list, profile_info(profile, tags));
    }
    return {make(0xBF2D, make(0xA0, list))};
}

es10_answer euicc::enable(byte_view value) {
    tlv_reader in(value);
    const auto which = in.take(0xA0);
    if (!which || !in.take(0x81)) return malformed("EnableProfile lacks a field.");
    auto* profile = identified(which->value);
    if (profile == nullptr) return one_result(0xBF31, 1, "There is no such profile.");
    if (profile->enabled) return one_result(0xBF31, 2, "The profile is enabled already.");
    if (auto* other = memory_.enabled()) {
        if (other->ppr1) return one_result(0xBF31, 3, "The enabled profile may not be disabled.");
        other->enabled = false;
        note(*other, 2);
    }
    profile->enabled = true;
    note(*profile, 1);
    return one_result(0xBF31, 0);
}

es10_answer euicc::disable(byte_view value) {
    tlv_reader in(value);
    const auto which = in.take(0xA0);
    if (!which || !in.take(0x81)) return malformed("DisableProfile lacks a field.");
    auto* profile = identified(which->value);
    if (profile == nullptr) return one_result(0xBF32, 1, "There is no such profile.");
    if (!profile->enabled) return one_result(0xBF32, 2, "The profile is not enabled.");
    if (profile->ppr1) return one_result(0xBF32, 3, "The profile may not be disabled.");
    profile->enabled = false;
    note(*profile, 2);
    return one_result(0xBF32, 0);
}

es10_answer euicc::remove(byte_view value) {
    auto* profile = identified(value);
    if (profile == nullptr) return one_result(0xBF33, 1, "There is no such profile.");
    if (profile->enabled) return one_result(0xBF33, 2, "The profile is enabled.");
    if (profile->ppr2) return one_result(0xBF33, 3, "The profile may not be deleted.");
    note(*profile, 3);
    memory_.memory_free += profile->size;
    memory_.profiles.erase(memory_.profiles.begin() + (profile - memory_.profiles.data()));
    return one_result(0xBF33, 0);
}

es10_answer euicc::nickname(byte_view value) {
    tlv_reader in(value);
    const auto iccid = in.take(0x5A);
    const auto name = in.take(0x90);
    if (!iccid || !name || name->value.size() > 64) return one_result(0xBF29, 127, "SetNickname is not well formed.");
    auto* profile = memory_.by_iccid(iccid_from_swapped(iccid->value).value_or(""));
    if (profile == nullptr) return one_result(0xBF29, 1, "There is no such profile.");
    profile->nickname = base::text(name->value);
    return one_result(0xBF29, 0);
}

es10_answer euicc::memory_reset(byte_view value) {
    const auto options = only(value, 0x82);
    if (!options) return malformed("eUICCMemoryReset lacks its options.");
    const bool address = bit(options->value, 2) && !memory_.default_smdp.empty();
    if (address) memory_.default_smdp.clear();
    bool any = address;
    for (auto at = memory_.profiles.begin(); at != memory_.profiles.end();) {
        const bool chosen = at->profile_class == 2 ? bit(options->value, 0) : bit(options->value, 1);
        if (!chosen) {
            ++at;
            continue;
        }
        any = true;
        note(*at, 3);  // even an enabled one goes: §5.7.19 asks for the delete notifications only
        memory_.memory_free += at->size;
        at = memory_.profiles.erase(at);
    }
    return one_result(0xBF34, any ? 0 : 1, any ? "" : "There is nothing to delete.");
}

}  // namespace keepline::phone
