// ES10b.LoadBoundProfilePackage and the install result (SGP.22 v2.5 §5.7.6, §2.5.6).
#include "phone/euicc.hpp"
#include "phone/profile_package.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

constexpr std::string_view isdp_prefix = "a0000005591010ffffffff8900";  // SGP.02 Annex H
constexpr std::uint64_t first_aid = 0x1000;

bytes changed_last_byte(byte_view value) {
    bytes out(value.begin(), value.end());
    out.back() ^= 0xFF;
    return out;
}

std::string aid_text(std::uint64_t number) {
    const bytes tail{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 0x00};
    return std::string(isdp_prefix) + base::hex(tail);
}

std::unexpected<bpp_failure> broken(bpp_command at, bpp_error reason, std::string words) {
    return std::unexpected(bpp_failure{at, reason, std::move(words)});
}

}  // namespace

es10_answer euicc::load(byte_view piece) {
    if (!loading_) {
        if (!session_ || !session_->prepared) return malformed("No prepared download is waiting for a package.");
        loading_.emplace(package_expectation{session_->transaction_id, who_.eid_bytes(), session_->one_time,
                                             session_->binding.key()});
    }
    auto fed = loading_->feed(piece);
    if (fed && !loading_->complete()) return {};
    last_content_ = loading_->content();
    std::expected<installed_profile, bpp_failure> outcome;
    if (fed)
        outcome = accept_package(last_content_);
    else
        outcome = std::unexpected(std::move(fed).error());
    loading_.reset();
    return {finish_installation(outcome)};
}

std::expected<installed_profile, bpp_failure> euicc::accept_package(const package_content& content) {
    const auto at_metadata = [](bpp_error reason, std::string words) {
        return broken(bpp_command::store_metadata, reason, std::move(words));
    };
    const auto at_elements = [](bpp_error reason, std::string words) {
        return broken(bpp_command::load_profile_elements, reason, std::move(words));
    };
    auto profile = read_metadata(content.store_metadata);
    if (!profile) return at_metadata(bpp_error::incorrect_input_values, profile.error());
    if (memory_.by_iccid(profile->iccid) != nullptr)
        return at_metadata(bpp_error::iccid_already_exists, "The profile is on the eUICC already.");
    const bool others = std::ranges::any_of(memory_.profiles, [](const auto& one) { return one.profile_class == 2; });
    if ((profile->ppr1 || profile->ppr2) && (!settings_.allow_policy_rules || (profile->ppr1 && others)))
        return at_metadata(bpp_error::ppr_not_allowed, "The profile's policy rules are not allowed here.");
    if (wrong_.install_error != 0) return at_elements(static_cast<bpp_error>(wrong_.install_error), "Told to fail.");
    if (content.profile_elements.size() > memory_.memory_free || wrong_.has(misbehaviour::no_memory))
        return at_elements(bpp_error::insufficient_memory, "The profile is larger than what is free.");
    auto read = read_profile_elements(content.profile_elements, profile->iccid);
    if (!read) return at_elements(read.error().reason, read.error().words);
    profile->size = content.profile_elements.size();
    return std::move(*profile);
}

bytes euicc::finish_installation(const std::expected<installed_profile, bpp_failure>& outcome) {
    // The ICCID is known as soon as StoreMetadata was readable, whatever happened after it.
    const auto metadata = read_metadata(last_content_.store_metadata);
    const auto iccid = metadata ? metadata->iccid : std::string();
    const auto address = std::string(base::text(session_->server_address));
    const auto result = install_result(outcome, ++memory_.last_sequence, iccid);
    memory_.notifications.push_back({memory_.last_sequence, 0, address, iccid, base::hex(result)});
    if (outcome) {
        auto profile = *outcome;
        profile.aid = aid_text(first_aid + memory_.last_aid);
        ++memory_.last_aid;
        profile.ci = base::hex(session_->own->ci);
        profile.smdp_oid = base::hex(session_->server.oid());
        profile.smdp_address = address;
        memory_.memory_free -= profile.size;
        last_package_ = last_content_.profile_elements;
        memory_.profiles.push_back(profile);
        for (const auto& rule : profile.rules)  // the server that bound the profile has the result itself
            if (rule.address != address && std::ranges::find(rule.events, 0) != rule.events.end())
                store_notification(0, rule.address, profile.iccid, profile.ci);
        const auto point = base::hex(session_->one_time.point());
        std::erase_if(memory_.one_time_keys, [&](const auto& one) { return one.point == point; });
        if (wrong_.has(misbehaviour::stale_otpk))
            memory_.one_time_keys.push_back({profile.smdp_oid, point, session_->one_time.pem()});
    }
    installation_failure_ = outcome ? std::string() : outcome.error().words;
    why_ = installation_failure_;
    session_.reset();
    return result;
}

bytes euicc::install_result(const std::expected<installed_profile, bpp_failure>& outcome, std::uint64_t sequence,
                            std::string_view iccid) {
    const bytes other_oid{0x88, 0x37, 0x63};  // 2.999.99
    const auto tx = wrong_.has(misbehaviour::result_wrong_tx) ? changed_last_byte(session_->transaction_id)
                                                              : session_->transaction_id;
    bytes metadata =
        joined({make_unsigned(0x80, sequence), make_bits(0x81, {0}), make(0x0C, session_->server_address)});
    if (!iccid.empty()) {
        auto number = iccid_swapped(iccid);
        if (wrong_.has(misbehaviour::result_wrong_iccid)) number[8] ^= 0x11;
        append(metadata, make(0x5A, number));
    }
    bytes final_result;
    if (outcome) {
        const auto aid = *base::from_hex(aid_text(first_aid + memory_.last_aid));
        const auto read = read_profile_elements(last_content_.profile_elements, outcome->iccid);
        final_result = make(0xA0, {make(0x4F, aid), make(0x04, read->euicc_response)});
    } else {
        final_result = joined({make_unsigned(0x80, static_cast<std::uint64_t>(outcome.error().at)),
                               make_unsigned(0x81, static_cast<std::uint64_t>(outcome.error().reason))});
        const auto read = read_profile_elements(last_content_.profile_elements, iccid);
        if (outcome.error().at == bpp_command::load_profile_elements && !read)
            append(final_result, make(0x82, read.error().euicc_response));
        final_result = make(0xA1, final_result);
    }
    const auto oid = make(0x06, wrong_.has(misbehaviour::result_wrong_oid) ? other_oid : session_->binding.oid());
    auto data = make(0xBF27, {make(0x80, tx), make(0xBF2F, metadata), oid, make(0xA2, final_result)});
    const auto signature = session_->own->key.sign(data);
    if (wrong_.has(misbehaviour::tampered_result))
        data.back() ^= 1;  // of the final result; the structure stays as it is
    return make(0xBF37, {data, make(0x5F37, signature)});
}

}  // namespace keepline::phone
