#include "desk/esim_views.hpp"

#include "desk/activation_code.hpp"
#include "desk/asked.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;
using domain::esim_status;

namespace {

constexpr int tries_max = 1'000'000;

template <typename T>
std::optional<T> if_any(const T& value) {
    return value.empty() ? std::nullopt : std::optional<T>(value);
}

bool was_deleted(const domain::esim_state& s) {
    const auto* last = s.report();
    return last != nullptr && last->what == domain::profile_event::deletion;
}

belief belief_of(const domain::esim_state& s) {
    if (const auto* last = s.report()) switch (last->what) {
            case domain::profile_event::install: return belief::installed;
            case domain::profile_event::enable: return belief::enabled;
            case domain::profile_event::disable: return belief::disabled;
            case domain::profile_event::deletion: return belief::deleted;
        }
    switch (s.status) {
        case esim_status::available: return s.left_on.empty() ? belief::in_stock : belief::perhaps_on_device;
        case esim_status::installed: return belief::installed;
        case esim_status::unavailable: return s.delivered ? belief::perhaps_on_device : belief::withdrawn;
        default: return s.delivered ? belief::perhaps_on_device : belief::waiting;
    }
}

std::vector<outstanding> outstanding_of(const domain::esim_state& s) {
    switch (s.status) {
        case esim_status::allocated:
        case esim_status::linked: return {outstanding::confirmation};
        case esim_status::confirmed: return {outstanding::release};
        case esim_status::released: return {outstanding::download};
        case esim_status::downloaded: return {outstanding::installation_result};
        case esim_status::error: return {outstanding::decision};
        case esim_status::unavailable:
            if (s.delivered && !was_deleted(s)) return {outstanding::deletion};
            return {};
        case esim_status::available:
            if (!s.left_on.empty()) return {outstanding::deletion};
            return {};
        default: return {};
    }
}

/// Of an order in error: why it is there, and what gets it out.
std::string_view words_of_failure(const domain::esim_state& s) {
    using enum domain::order_failure;
    switch (s.failed_by.value_or(expired)) {
        case downloads_spent:
            return "The download was tried too often. Reset the order with another limit, or cancel it.";
        case codes_spent:
            return "The confirmation code was wrong too often. Ask the subscriber, then reset the order, or cancel it.";
        case expired: return "The order's time is over. Reset it, or cancel it.";
        case install_failed:
            return "The eUICC could not install the profile, and a repeat would not help it. Look at failure_words; "
                   "reset the order when the cause is gone, rebind it to another eUICC, or cancel it.";
        case refused_by_user:
            return "A person said no on the device. Ask the subscriber; reset the order if they want it after all, or "
                   "cancel it.";
        case refused_by_device:
            return "The device broke the download off; no person said no. Reset the order and try again, rebind it to "
                   "another eUICC, or cancel it.";
    }
    return "";
}

std::string next_words(const domain::esim_state& s) {
    if (auto why = domain::why_left_open(s); !why.empty()) return why;
    if (s.foreign)
        return "The profile was never provided here: only an eUICC's word names it. Nothing can be done to it.";
    switch (s.status) {
        case esim_status::available:
            if (!s.left_on.empty())
                return "Back in stock, but a device may have it: it is ordered for that device, or by two people.";
            return "In stock: it may be ordered.";
        case esim_status::allocated:
        case esim_status::linked: return "Ordered: confirm the order, or cancel it.";
        case esim_status::confirmed: return "Confirmed: release it, or cancel it.";
        case esim_status::released: return "It may be downloaded; nothing is to be done but wait, or cancel it.";
        case esim_status::downloaded:
            return "A package left, and its eUICC has not said how the installation went. The same eUICC may download "
                   "again; if it never does, reset or rebind the order (a second person is asked).";
        case esim_status::installed:
            if (was_deleted(s)) return "The device deleted it. Reset the order to issue it again, or cancel it.";
            return "On a device: it stays there until the device deletes it.";
        case esim_status::error: return std::string(words_of_failure(s));
        case esim_status::unavailable:
            if (s.delivered && !was_deleted(s))
                return "Cancelled, but a device may have it: its word that it was deleted is waited for.";
            return "Not to be used any more.";
    }
    return "";
}

esim_order_view order_of(const domain::esim_state& s, const smdp_identity* as) {
    esim_order_view out;
    out.requester = if_any(s.requester);
    out.number = if_any(s.number);
    out.ordered_at = s.ordered_at;
    out.released_at = s.released_at;
    out.matching_id = s.terms.matching_id;
    out.confirmation_code = !s.terms.confirmation.empty();
    out.eid = if_any(s.terms.eid);
    out.smds = if_any(s.terms.smds);
    if (s.announced) {
        out.smds_event = s.announced->status;
        out.smds_refusal = if_any(s.announced->refusal);
    }
    out.limits = s.terms.limits;
    out.metadata = s.terms.metadata;
    out.when_deleted = s.terms.when_deleted;
    out.downloads = s.downloads;
    out.wrong_codes = s.codes;
    out.delivered = s.delivered;
    out.failed_by = s.failed_by;
    out.failure_words = if_any(s.failure_words);
    const bool waits =
        s.status == esim_status::confirmed || s.status == esim_status::released || s.status == esim_status::downloaded;
    if (waits && as != nullptr) out.activation_code = activation_code_of(s.terms, *as);
    return out;
}

}  // namespace

std::string activation_code_of(const domain::download_terms& terms, const smdp_identity& as) {
    return activation_code{as.address, terms.matching_id, {}, !terms.confirmation.empty()}.text();
}

esim_view esim_of(const engine::stream_view& of, const smdp_identity* as) {
    const auto& s = of.esim();
    esim_view out;
    out.id = of.public_id;
    out.version = of.revision();
    out.iccid = s.iccid;
    out.imsi = if_any(s.imsi);
    out.type = if_any(s.type);
    out.owner = if_any(s.owner);
    out.state = s.status;
    out.foreign = s.foreign;
    out.imported = s.package;
    out.provided_at = s.provided_at;
    out.orders = s.orders;
    if (s.is_ordered()) out.order = order_of(s, as);
    out.bound_to = if_any(s.eid);
    out.believed = belief_of(s);
    out.last_proof = s.last_proof;
    out.outstanding = outstanding_of(s);
    out.next = {domain::possible_actions(s), std::string(next_words(s))};
    for (const auto& one : s.reports) out.devices.push_back({one.eid, one.what, one.sequence, one.at, one.digest});
    for (const auto& one : s.transactions)
        out.downloads.push_back(
            {one.id, one.eid, one.at, one.order == s.orders && s.is_ordered(), one.delivered, if_any(one.result)});
    return out;
}

result<engine::view_ptr> esim_named(const asked& c, std::string_view name) {
    const auto missing = [] { return refuse(code::esim_unknown, "The SM-DP+ has no such profile."); };
    if (name.starts_with("es_")) {
        auto found = c.core_of().read_public(name);
        if (!found && found.error().what != code::not_found) return found;
        if (!found || (*found)->key.kind != port::stream_kind::esim) return missing();
        return found;
    }
    const auto iccid = base::iccid_of_card(name);
    if (!iccid) return missing();
    auto found = esim_by_iccid(c.core_of(), *iccid);
    if (!found && found.error().what == code::not_found) return missing();
    return found;
}

result<domain::download_limits> limits_from(const limits_body& in) {
    domain::download_limits out;
    out.downloads = in.downloads.value_or(0);
    out.codes = in.codes.value_or(0);
    out.expires_at = in.expires_at.value_or(instant());
    for (const auto& [field, n] : {std::pair("limits.downloads", out.downloads), std::pair("limits.codes", out.codes)})
        if (n < 0 || n > tries_max)
            return refuse(code::invalid, "`" + std::string(field) + "` must be between 0 (no limit) and 1000000.",
                          {{"field", field}});
    return out;
}

result<domain::download_terms> terms_from(const confirmation_body& in, const esim_service& of) {
    domain::download_terms out;
    out.matching_id = in.matching_id ? *in.matching_id : fresh_matching_id(*of.with.random);
    if (!is_matching_id(out.matching_id, of.takes_underscores()))
        return refuse(code::invalid, "`matching_id` must be made of digits, upper-case letters and dashes.",
                      {{"field", "matching_id"}});
    if (in.confirmation_code) {
        constexpr std::size_t longest = 64;
        if (in.confirmation_code->empty() || in.confirmation_code->size() > longest)
            return refuse(code::invalid, "`confirmation_code` has 1 to 64 bytes.", {{"field", "confirmation_code"}});
    }  // it is kept apart: see keep_confirmation
    out.eid = in.eid.value_or(base::eid());
    out.smds = in.smds.value_or("");
    if (in.limits) {
        TRY(limits, limits_from(*in.limits));
        out.limits = limits;
    }
    if (in.metadata) {
        const auto& m = *in.metadata;
        out.metadata = {m.provider.value_or(""),
                        m.profile_name.value_or(""),
                        m.of_class.value_or(domain::profile_class::operational),
                        m.forbid_disable,
                        m.forbid_delete,
                        m.notification_address.value_or("")};
    }
    out.when_deleted = in.when_deleted.value_or(domain::after_delete::unavailable);
    return out;
}

std::string with_luhn(std::string_view digits) {
    int sum = 0;
    bool twice = true;
    for (auto one = digits.rbegin(); one != digits.rend(); ++one, twice = !twice) {
        const int n = (*one - '0') * (twice ? 2 : 1);
        sum += n > 9 ? n - 9 : n;
    }
    return std::string(digits) + static_cast<char>('0' + (10 - sum % 10) % 10);
}

std::string counted_up(std::string_view digits, std::uint64_t n) {
    std::string out(digits);
    for (auto at = out.rbegin(); at != out.rend() && n > 0; ++at) {
        n += static_cast<std::uint64_t>(*at - '0');
        *at = static_cast<char>('0' + n % 10);
        n /= 10;
    }
    return n > 0 ? std::string() : out;
}

}  // namespace keepline::desk
