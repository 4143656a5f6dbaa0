// ES10a and the questions of ES10b/c that only tell what the eUICC is (SGP.22 v2.5
// §5.7.3, 5.7.4, 5.7.8, 5.7.20, 5.7.22).
#include "phone/euicc.hpp"

namespace keepline::phone {

namespace {

constexpr base::byte_array<3> profile_version{3, 3, 1};  // of the profile packages that it takes
constexpr base::byte_array<3> firmware{1, 0, 0};
constexpr base::byte_array<3> java_card_runtime{15, 0, 0};
constexpr base::byte_array<3> global_platform{2, 3, 0};
constexpr base::byte_array<3> protection_profile{1, 0, 0};
constexpr base::byte_array<3> old_svn{1, 1, 0};
constexpr std::string_view accreditation = "KL-SOFT-0001";
const bytes nobodys_key_id(20, 0xAB);

}  // namespace

es10_answer euicc::configured_addresses() const {
    bytes fields;
    if (!memory_.default_smdp.empty()) append(fields, make(0x80, memory_.default_smdp));
    append(fields, make(0x81, memory_.root_smds));
    return {make(0xBF3C, fields)};
}

es10_answer euicc::set_default_smdp(byte_view value) {
    const auto address = only(value, 0x80);
    if (!address || address->value.size() > 255) return one_result(0xBF3F, 127, "The address is missing.");
    memory_.default_smdp = base::text(address->value);
    return one_result(0xBF3F, 0);
}

bytes euicc::key_ids(std::uint32_t tag, bool signing) const {
    bytes list;
    if (wrong_.has(misbehaviour::unknown_ci)) return make(tag, make(0x04, nobodys_key_id));
    if (signing) {
        for (const auto& one : who_.credentials) append(list, make(0x04, one.ci));
    } else {
        for (const auto& one : who_.roots) append(list, make(0x04, one.subject_key_id()));
    }
    return make(tag, list);
}

es10_answer euicc::info_1() const {
    const auto svn = make(0x82, wrong_.has(misbehaviour::unsupported_svn) ? old_svn : settings_.svn);
    return {make(0xBF20, {svn, key_ids(0xA9, false), key_ids(0xAA, true)})};
}

bytes euicc::info_2_element(bool signed_copy) const {
    const auto free = wrong_.has(misbehaviour::no_memory) ? 0 : memory_.memory_free;
    const bytes non_volatile{static_cast<std::uint8_t>(free >> 24), static_cast<std::uint8_t>(free >> 16),
                             static_cast<std::uint8_t>(free >> 8), static_cast<std::uint8_t>(free)};
    const bytes volatile_memory{0x20, 0x00};
    const auto resources =
        joined({make_unsigned(0x81, memory_.profiles.size()), make(0x82, non_volatile), make(0x83, volatile_memory)});
    auto verification = key_ids(0xA9, false);
    auto signing = key_ids(0xAA, true);
    if (signed_copy && wrong_.has(misbehaviour::other_ci_signed)) {
        verification = make(0xA9, make(0x04, nobodys_key_id));
        signing = make(0xAA, make(0x04, nobodys_key_id));
    }
    auto fields = joined({
        make(0x81, profile_version),
        make(0x82, wrong_.has(misbehaviour::unsupported_svn) ? old_svn : settings_.svn),
        make(0x83, firmware),
        make(0x84, resources),
        make_bits(0x85, {1, 2, 4, 6, 7, 10, 14, 16, 22}),  // usim, isim, milenage, tuak 128 and 256, gba, javacard, …
        make(0x86, java_card_runtime),
        make(0x87, global_platform),
        make_bits(0x88, {0, 3, 4}),  // more profiles, test profiles, extensible device info
        verification,
        signing,
        make_unsigned(0x8B, 1),
    });
    if (!settings_.allow_policy_rules) append(fields, make_bits(0x99, {1, 2}));
    append(fields, make(0x04, protection_profile));
    append(fields, make(0x0C, accreditation));
    if (wrong_.has(misbehaviour::unknown_extensions)) {
        const bytes more{1, 2, 3};
        append(fields, make(0x94, more));
        append(fields, make(0xBF55, make(0x80, more)));
    }
    return make(0xBF22, fields);
}

es10_answer euicc::info_2() const { return {info_2_element(false)}; }

es10_answer euicc::challenge() {
    session_ = euicc_session{};
    session_->challenge = random_bytes(16);
    return {make(0xBF2E, make(0x80, session_->challenge))};
}

es10_answer euicc::eid(byte_view value) const {
    const auto tags = only(value, 0x5C);
    if (!tags || tags->value.size() != 1 || tags->value[0] != 0x5A) return {{}, 0x6A80};
    return {make(0xBF3E, make(0x5A, who_.eid_bytes()))};
}

es10_answer euicc::rules_table() const {
    if (!settings_.allow_policy_rules) return {make(0xBF43, make(0xA0, bytes{}))};
    const bytes any_network{0xEE, 0xEE, 0xEE};
    const auto operators = make(0xA1, make(0x30, make(0x80, any_network)));
    const auto rule = make(0x30, {make_bits(0x80, {1, 2}), operators, make_bits(0x82, {0})});
    return {make(0xBF43, make(0xA0, rule))};
}

bytes euicc::fci() const {
    const bytes aid{0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};
    const bytes max_command{0x9F, 0x65, 0x01, 0xFF};
    return make(0x6F, {make(0x84, aid), make(0xA5, max_command), make(0xE0, make(0x82, settings_.svn))});
}

}  // namespace keepline::phone
