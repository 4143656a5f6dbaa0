#include "domain/number/certificate.hpp"

#include "base/digest.hpp"
#include "domain/reference.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <boost/json.hpp>

namespace keepline::domain {

using base::code;
using base::refuse;

namespace {

certificate_device device_of(const profile& p) {
    certificate_device d{p.iccid, "deleted", proof_kind::none, {}, {}};
    if (p.state == profile_state::written_off) d.outcome = "written_off";
    if (p.state == profile_state::released || p.state == profile_state::cancelled) d.outcome = "never_downloaded";
    if (p.last_proof) {
        d.proof = p.last_proof->kind;
        d.proof_digest = p.last_proof->digest;
        d.at = p.last_proof->at;
    }
    return d;
}

}  // namespace

certificate_claims claims_of(const number_state& s) {
    const auto& c = *s.current;
    certificate_claims out;
    out.number = s.number;
    out.generation = s.generations;
    out.closure = c.number;
    out.case_number = said(c.reference);
    const auto* closed = has<stages::closed>(c);
    if (closed == nullptr) return out;
    out.submitted_at = closed->submitted_at;
    out.approved_at = closed->decided_at;
    out.closed_at = closed->closed_at;
    out.policy = closed->policy;
    if (c.on_behalf) out.on_behalf = boost::describe::enum_to_string(c.on_behalf->kind, "");
    for (const auto& e : c.shown)
        if (e.passed && std::ranges::find(out.evidence, e.kind) == out.evidence.end()) out.evidence.push_back(e.kind);
    for (const auto& p : s.profiles) out.devices.push_back(device_of(p));
    for (const auto& n : closed->network) out.network.push_back({n.step, n.answer, n.proves(), n.at});
    out.money.charged = closed->charged;
    const auto& back = closed->payback;
    if (back.state != refund_state::none)
        out.money.refund = certificate_refund{back.state, back.amount, back.id, back.due};
    // What waits for an account is in the line's books until it goes: named once.
    const auto named = back.state == refund_state::waiting ? back.amount.minor : 0;
    out.money.still_owed_to_customer = {s.books.customer_money() - s.books.of(account::bonus) - named,
                                        s.books.currency};
    if (s.held) {
        out.quarantine_until = s.held->quarantine_day;
        if (s.held->reclaim_day > s.held->first_day) out.reclaim_until = s.held->reclaim_day;
        out.not_reassigned_before = s.held->last_day + 1;
    }
    return out;
}

// ------------------------------------------------------------------------------------------------ what was signed

namespace {

constexpr std::size_t claims_depth_max = 32;

std::optional<boost::json::value> part_of(std::string_view encoded) {
    const auto raw = base::from_base64url(encoded);
    if (!raw) return std::nullopt;
    auto out = base::parse_json(base::text(*raw), claims_depth_max);
    return out ? std::optional(std::move(*out)) : std::nullopt;
}

std::string take_text(boost::json::object& from, const char* name) {
    std::string value;
    if (const auto* found = from.if_contains(name); found != nullptr && found->is_string())
        value = std::string(found->get_string());
    from.erase(name);
    return value;
}

}  // namespace

result<read_certificate> read(std::string_view jws) {
    const auto none = [] { return refuse(code::certificate_invalid, "The certificate cannot be read."); };
    const auto first = jws.find('.');
    const auto second = first == std::string_view::npos ? first : jws.find('.', first + 1);
    if (second == std::string_view::npos) return none();
    auto head = part_of(jws.substr(0, first));
    auto body = part_of(jws.substr(first + 1, second - first - 1));
    if (!head || !head->is_object() || !body || !body->is_object()) return none();
    read_certificate out;
    out.operator_name = take_text(body->get_object(), "operator");
    out.sandbox = body->get_object().erase("sandbox") > 0;
    out.key = take_text(head->get_object(), "kid");
    auto claims = base::decode<certificate_claims>(*body, base::form::api);
    if (!claims || claims->kind != certificate_claims().kind) return none();
    out.claims = std::move(*claims);
    return out;
}

std::string certificate_print(std::string_view jws) { return base::base64url(base::sha256(base::view(jws))); }

const std::string* certificate_of(const number_state& s, int closure) {
    const std::string* out = nullptr;
    if (s.current && s.current->number == closure) {
        if (const auto* closed = s.of_case<stages::closed>()) out = &closed->certificate;
    } else {
        for (const auto& one : s.past)
            if (one.number == closure && one.generation == 0) out = &one.certificate;
        for (const auto& one : s.certificates)
            if (one.closure == closure && one.generation == s.generations) out = &one.jws;
    }
    return out == nullptr || out->empty() ? nullptr : out;
}

// ------------------------------------------------------------------------------------------------ what is corrected

namespace {

/// That it was deleted is the device's own word (docs/rules.md R10).
constexpr std::array outcomes_by_hand{"written_off", "never_downloaded"};

std::optional<std::int64_t> whole(const std::string& text) {
    std::int64_t out = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    return text.empty() || read.ec != std::errc() || read.ptr != end ? std::nullopt : std::optional(out);
}

/// Not what goes to the customer, nor what was given credit and never their money.
bool takes_money(quote_item_kind kind) {
    using enum quote_item_kind;
    return kind != prepaid_refund && kind != bonus_refund && kind != bonus_forfeited;
}

/// One line of a certificate, to be read and written as text.
struct certificate_line {
    certificate_claims& of;
    const std::string& item;

    instant* moment(certificate_part part) const {
        switch (part) {
            case certificate_part::submitted_at: return &of.submitted_at;
            case certificate_part::approved_at: return &of.approved_at;
            case certificate_part::closed_at: return &of.closed_at;
            default: return nullptr;
        }
    }
    /// By its kind; the second of a kind is "detach_fee.2".
    quote_item* charge() const {
        std::map<quote_item_kind, int> seen;
        for (auto& one : of.money.charged) {
            if (!takes_money(one.kind)) continue;
            const std::string kind = boost::describe::enum_to_string(one.kind, "");
            const int nth = ++seen[one.kind];
            if (item == (nth == 1 ? kind : kind + "." + std::to_string(nth))) return &one;
        }
        return nullptr;
    }
    certificate_device* device() const {
        const auto found =
            std::ranges::find_if(of.devices, [&](const certificate_device& one) { return one.iccid.text() == item; });
        return found == of.devices.end() ? nullptr : &*found;
    }
};

std::string day_text(const std::optional<local_day>& of) {
    return of && of->days != 0 ? base::iso(*of) : std::string();
}

std::unexpected<base::error> not_that(const char* why) { return refuse(code::invalid, why, {{"field", "value"}}); }

result<void> correct_moment(certificate_claims& of, instant& what, const std::string& value, instant now) {
    const auto at = base::instant_from_iso(value);
    if (!at) return not_that("Say the moment as RFC 3339, such as 2026-02-13T08:00:00Z.");
    what = *at;
    if (!(of.submitted_at <= of.approved_at && of.approved_at <= of.closed_at && of.closed_at <= now))
        return not_that("It was submitted, then approved, then closed, and all of that lies behind us.");
    return {};
}

result<void> correct_charge(quote_item& what, const std::string& value) {
    const auto minor = whole(value);
    if (!minor || *minor < 0 || *minor > what.amount.minor)
        return not_that("Say in whole minor units what should have been charged: less than was.");
    what.amount.minor = *minor;
    return {};
}

result<void> correct_device(certificate_device& what, const std::string& value, instant now) {
    if (what.proof == proof_kind::signed_notification)
        return not_that("What became of that device it has signed itself.");
    if (std::ranges::find(outcomes_by_hand, value) == outcomes_by_hand.end())
        return not_that("By hand a device is: written_off, never_downloaded.");
    if (value == what.outcome) return {};
    what.outcome = value;
    what.proof = proof_kind::staff;
    what.proof_digest.clear();
    what.at = now;
    return {};
}

/// No clock after the end is made shorter: somebody may have relied on it (docs/rules.md R7).
result<void> correct_day(local_day& what, const std::string& value) {
    constexpr int days_max = 3660;
    const auto day = base::day_from_iso(value);
    if (!day || *day < what || *day > what + days_max)
        return not_that("A day is moved to a later one, such as 2026-05-13, by ten years at most.");
    what = *day;
    return {};
}

}  // namespace

bool is_corrected_by_hand(certificate_part part) {
    using enum certificate_part;
    switch (part) {
        case submitted_at:
        case approved_at:
        case closed_at:
        case device:
        case charged:
        case reclaim_until:
        case not_reassigned_before: return true;
        case evidence:
        case network:
        case refund:
        case still_owed:
        case other: return false;
    }
    return false;
}

std::optional<std::string> says(const certificate_claims& of, certificate_part part, const std::string& item) {
    using enum certificate_part;
    auto copy = of;
    const certificate_line line{copy, item};
    const auto plain = [&](std::string what) { return item.empty() ? std::optional(std::move(what)) : std::nullopt; };
    switch (part) {
        case submitted_at:
        case approved_at:
        case closed_at: return plain(base::iso(*line.moment(part)));
        case device:
            if (const auto* one = line.device()) return one->outcome;
            return std::nullopt;
        case charged:
            if (const auto* one = line.charge()) return std::to_string(one->amount.minor);
            return std::nullopt;
        case reclaim_until: return plain(day_text(of.reclaim_until));
        case not_reassigned_before: return plain(day_text(of.not_reassigned_before));
        case network:
            for (const auto& one : of.network)
                if (one.step == item) return one.answer;
            return std::nullopt;
        case refund: return plain(of.money.refund ? std::to_string(of.money.refund->amount.minor) : std::string());
        case still_owed: return plain(std::to_string(of.money.still_owed_to_customer.minor));
        case evidence:
        case other: return plain({});
    }
    return std::nullopt;
}

result<certificate_claims> corrected(certificate_claims of, const correction& what, instant now) {
    using enum certificate_part;
    if (!is_corrected_by_hand(what.part))
        return refuse(code::invalid, "This line is what somebody else has said; it is not corrected by hand.",
                      {{"field", "value"}});
    const auto is = says(of, what.part, what.item);
    if (!is) return refuse(code::invalid, "The certificate has no such line.", {{"field", "item"}});
    const certificate_line line{of, what.item};
    if (auto* moment = line.moment(what.part)) {
        CHECK(correct_moment(of, *moment, what.is, now));
    } else if (what.part == device) {
        CHECK(correct_device(*line.device(), what.is, now));
    } else if (what.part == charged) {
        CHECK(correct_charge(*line.charge(), what.is));
    } else if (what.part == reclaim_until) {
        if (!of.reclaim_until) return not_that("The number could not be taken back at all; that is no error of a day.");
        CHECK(correct_day(*of.reclaim_until, what.is));
        of.not_reassigned_before = std::max(of.not_reassigned_before, *of.reclaim_until + 1);
    } else {
        CHECK(correct_day(of.not_reassigned_before, what.is));
    }
    auto made = what;
    made.was = *is;
    made.is = says(of, what.part, what.item).value_or(std::string());
    if (made.is == made.was) return not_that("The certificate says that already.");
    of.corrections.push_back(std::move(made));
    return of;
}

}  // namespace keepline::domain
