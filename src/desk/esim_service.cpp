#include "desk/esim_service.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "port/profile_keys.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr auto sweep_every = base::seconds{10};
constexpr std::size_t swept_at_once = 1'000;
constexpr std::size_t keys_ahead = 64;
constexpr std::size_t keys_at_once = 8;
constexpr int notes_per_minute = 60;

result<engine::view_ptr> first_of(engine::front& of, const port::stream_filter& which, std::size_t skip) {
    TRY(listed, of.list(which, {}, skip + 1));
    if (listed.streams.size() <= skip) return refuse(code::not_found, "There is no such profile.");
    return of.read(listed.streams[skip].key);
}

port::stream_filter esims() {
    port::stream_filter out;
    out.kind = port::stream_kind::esim;
    return out;
}

}  // namespace

std::string_view name_of(rsp_call what) {
    constexpr std::array names{std::string_view("initiateAuthentication"), std::string_view("authenticateClient"),
                               std::string_view("getBoundProfilePackage"), std::string_view("handleNotification"),
                               std::string_view("cancelSession"),          std::string_view("downloadOrder"),
                               std::string_view("confirmOrder"),           std::string_view("cancelOrder"),
                               std::string_view("releaseProfile")};
    static_assert(names.size() == rsp_call_count);
    return names[static_cast<std::size_t>(what)];
}

esim_service::esim_service(smdp_parts given, smdp_settings settings)
    : with(std::move(given)),
      how(settings),
      random(*with.random),
      pool(settings.threads, settings.queue_max),
      orders(settings.order_threads, settings.queue_max) {}

bool esim_service::has_oid(std::string_view oid) const {
    return std::ranges::any_of(with.identities, [&](const smdp_identity& one) {
        return one.provider != nullptr &&
               std::ranges::any_of(one.provider->sets, [&](const auto& set) { return set.oid == oid; });
    });
}

const smdp_identity* esim_service::identity_of_oid(std::string_view oid) const {
    const auto found = std::ranges::find(with.identities, oid, &smdp_identity::oid);
    return found == with.identities.end() ? nullptr : &*found;
}

rsp::one_time_key esim_service::one_time(rsp::curve which) {
    auto out = ready_keys_.take(which, random);
    const auto left = ready_keys_.size(which);
    if (left < keys_ahead / 2)
        pool.post(
            [this, which, left] { ready_keys_.refill(which, std::min(left + keys_at_once, keys_ahead), random); });
    return out;
}

void esim_service::sweep() {
    const auto at = now().ms;
    auto last = swept_ms_.load(std::memory_order_relaxed);
    if (at - last < base::duration(sweep_every).count() || !swept_ms_.compare_exchange_strong(last, at)) return;
    pool.post([this] {
        for (auto gone = with.sessions->expire(now(), swept_at_once); gone && *gone == swept_at_once;)
            gone = with.sessions->expire(now(), swept_at_once);
    });
}

void esim_service::count(rsp_call what, const rsp::status* refused, std::chrono::steady_clock::time_point since) {
    auto& one = metrics[static_cast<std::size_t>(what)];
    one.seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
    if (refused == nullptr) {
        one.succeeded.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const std::scoped_lock held(refusals_mutex_);
    ++refusals_[{what, *refused}];
}

std::map<std::pair<rsp_call, rsp::status>, std::uint64_t> esim_service::refusals() const {
    const std::scoped_lock held(refusals_mutex_);
    return refusals_;
}

bool esim_service::may_log() {
    const auto at = now().ms;
    auto since = notes_since_ms_.load();
    if (at - since >= base::duration(base::minutes{1}).count() && notes_since_ms_.compare_exchange_strong(since, at))
        notes_.store(0);
    return notes_.fetch_add(1) < notes_per_minute;  // whoever sends garbage does not fill the disk
}

void esim_service::note_odd(std::string_view what, std::string_view correlation, std::string_view listener) {
    {
        const std::scoped_lock held(refusals_mutex_);
        auto found = oddities_.find(what);
        if (found == oddities_.end()) found = oddities_.emplace(what, 0).first;
        ++found->second;
    }
    if (may_log())
        with.log->info("rsp_odd", std::string(correlation),
                       {{"what", std::string(what)}, {"listener", std::string(listener)}});
}

std::map<std::string, std::uint64_t, std::less<>> esim_service::oddities() const {
    const std::scoped_lock held(refusals_mutex_);
    return oddities_;
}

void esim_service::note_later(base::byte_view received) {
    if (may_log())
        with.log->warning("notification_later", "",
                          {{"digest", base::hex(base::sha256(received))}, {"received", base::base64(received)}});
}

bool esim_service::takes_underscores() const {
    return std::ranges::any_of(with.identities, &smdp_identity::underscore_matching_ids);
}

void esim_service::note_unproved(std::string_view why, base::byte_view received) {
    unproved.fetch_add(1, std::memory_order_relaxed);
    if (!may_log()) return;
    with.log->warning("notification_unproved", "",
                      {{"why", std::string(why)},
                       {"digest", base::hex(base::sha256(received))},
                       {"bytes", std::to_string(received.size())}});
}

// ------------------------------------------------------------------------------------------------ finding profiles

port::stream_key esim_key(const base::iccid& iccid) { return {port::stream_kind::esim, iccid.text()}; }

result<engine::view_ptr> esim_by_iccid(engine::front& of, const base::iccid& iccid) { return of.read(esim_key(iccid)); }

result<engine::view_ptr> esim_by_matching_id(engine::front& of, std::string_view matching_id) {
    constexpr auto unknown = "There is no such profile.";
    TRY(holder, of.holder_of(matching_id));
    if (!holder) return refuse(code::not_found, unknown);
    TRY(view, of.read(*holder));
    // Its order may have ended, or got another matching ID, since it was found.
    const auto& order = view->esim();
    if (!order.is_ordered() || order.terms.matching_id != matching_id) return refuse(code::not_found, unknown);
    return view;
}

result<engine::view_ptr> esim_waiting_for(engine::front& of, const base::eid& eid) {
    TRY(longest, of.waiting_for(eid));
    if (!longest) return refuse(code::not_found, "Nothing waits for this eUICC.");
    return of.read(*longest);
}

result<engine::view_ptr> esim_in_stock(engine::front& of, std::string_view type, std::size_t skip) {
    auto which = esims();
    which.profile_type = type;
    which.profile_state = "available";
    auto found = first_of(of, which, skip);
    if (!found && found.error().what == code::not_found)
        return refuse(code::out_of_stock, "No profile of that type is left in stock.", {{"type", std::string(type)}});
    return found;
}

std::string euicc_key_text(rsp::curve which, const rsp::point& key) {
    return (which == rsp::curve::p256 ? "p256:" : "brainpool:") + base::hex(key);
}

result<rsp::public_key> euicc_key_from(std::string_view text) {
    const auto colon = text.find(':');
    const auto point = colon == std::string_view::npos ? std::nullopt : base::from_hex(text.substr(colon + 1));
    if (!point) return refuse(code::internal, "The eUICC's key cannot be read.");
    return rsp::public_key::from_point(text.starts_with("p256:") ? rsp::curve::p256 : rsp::curve::brainpool_p256,
                                       *point);
}

base::eid proved_eid(const std::string& digits) {
    auto parsed = base::eid::parse(digits);
    return parsed ? std::move(*parsed) : base::eid::trusted(digits);
}

std::vector<domain::esim_event> esim_events(const engine::answer& done) {
    std::vector<domain::esim_event> out;
    for (const auto& one : done.events)
        if (const auto* event = std::get_if<domain::esim_event>(&one)) out.push_back(*event);
    return out;
}

namespace {

constexpr std::size_t matching_id_letters = 20;

std::string matching_id_of(base::byte_view raw) {
    constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string out;
    for (std::size_t i = 0; i < matching_id_letters; ++i) {
        if (i > 0 && i % 5 == 0) out += '-';
        out += letters[raw[i] % letters.size()];
    }
    return out;
}

}  // namespace

std::string fresh_matching_id(port::random& random) {
    std::array<std::uint8_t, matching_id_letters> raw{};
    random.fill(raw);
    return matching_id_of(raw);
}

std::string derived_matching_id(const port::secrets& secrets, std::string_view purpose) {
    return matching_id_of(*base::from_hex(secrets.keyed_digest("matching-id", "", purpose)));
}

std::string confirmation_text(std::string_view code, bool packed_too) {
    auto out = base::hex(rsp::confirmation_digest(code));
    if (const auto packed = packed_too ? rsp::packed_confirmation_digest(code) : std::nullopt)
        out += base::hex(*packed);
    return out;
}

namespace {

constexpr std::size_t mark_bytes = 32;

std::string confirmation_kind(const std::string& mark) { return "confirmation:" + mark; }

/// A line's code is its subscriber's, and goes when they are erased; another's is the profile's.
std::string owner_of_code(const domain::esim_state& order) {
    return order.subscriber.empty() ? port::profile_owner_of(order.iccid) : order.subscriber.text();
}

}  // namespace

result<std::string> confirmation_of(const esim_service& of, const domain::esim_state& order) {
    return of.with.vault->open(owner_of_code(order), confirmation_kind(order.terms.confirmation));
}

result<kept_code> keep_confirmation(const esim_service& of, const std::string& owner, std::string_view code,
                                    const domain::esim_state* known) {
    const auto text = confirmation_text(code, of.how.packed_codes);
    if (known != nullptr && !known->terms.confirmation.empty()) {
        const auto kept = confirmation_of(of, *known);
        if (kept && *kept == text) return kept_code{known->terms.confirmation, std::nullopt};
    }
    std::array<std::uint8_t, mark_bytes> raw{};
    of.with.random->fill(raw);
    auto mark = base::hex(raw);
    TRY(row, of.with.vault->seal(owner, confirmation_kind(mark), text));
    return kept_code{std::move(mark), std::move(row)};
}

bool confirmation_fits(const base::digest& hash_cc, std::string_view kept, const rsp::session& of) {
    constexpr std::size_t one = 64;
    bool fits = false;
    for (std::size_t at = 0; at + one <= kept.size(); at += one) {
        const auto raw = base::from_hex(kept.substr(at, one));
        base::digest digest{};
        if (!raw || raw->size() != digest.size()) return false;
        std::ranges::copy(*raw, digest.begin());
        fits = rsp::confirmation_holds(hash_cc, digest, of) || fits;
    }
    return fits;
}

}  // namespace keepline::desk
