// What all listeners of our SM-DP+ share: the engine, the sessions, the vault, the profile types; a pool of threads for
// its cryptography, so that the connections' threads never wait for a signature; and what it counts. Any thread.
#pragma once

#include "base/aside.hpp"
#include "base/places.hpp"
#include "desk/parts.hpp"
#include "desk/profile_type.hpp"
#include "engine/front.hpp"
#include "port/log.hpp"
#include "port/random.hpp"
#include "port/rsp_sessions.hpp"
#include "port/secrets.hpp"
#include "port/vault.hpp"
#include "rsp/binding.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

/// One SM-DP+ as a listener answers for it.
struct smdp_identity {
    std::string name;     // of the listener, for logs
    std::string address;  // for activation codes and ES2+ answers
    std::string oid;      // for activation codes and ES2+ answers
    std::shared_ptr<const rsp::provider> provider;
    bool underscore_matching_ids = false;  // a test bed: they may have '_'
};

struct smdp_settings {
    std::size_t threads = 2;        // for cryptography
    std::size_t queue_max = 2048;   // requests waiting for them; more are told to come again
    std::size_t order_threads = 2;  // for the orders of operators, with a queue of their own
    base::duration session_time = base::minutes{30};
    base::duration bound_time =
        base::hours{24};        // after a package left: its install notification, or the same phone again
    bool packed_codes = false;  // also accept confirmation codes hashed as packed digits
    /// A session that the phone cancels after a confirmation code that was not taken leaves the order open until so
    /// many were wrong; 0: it ends the order, as after every other refusal.
    int forgiven_codes = 10;
    rsp::key_mode keys = rsp::key_mode::session_keys;
};

struct smdp_parts {  // all outlive it
    engine::front* core = nullptr;
    port::vault* vault = nullptr;
    port::rsp_sessions* sessions = nullptr;
    port::random* random = nullptr;  // thread-safe
    const port::clock* clock = nullptr;
    port::log* log = nullptr;
    profile_types types{};
    std::vector<smdp_identity> identities{};
    std::vector<certificate_expiry> expiries{};
    /// Makes the vault's keys of many owners in one go, before something is sealed for them; may be empty.
    std::function<result<void>(const std::vector<std::string>&)> prepare_keys{};
};

enum class rsp_call {
    initiate_authentication,
    authenticate_client,
    get_bound_profile_package,
    handle_notification,
    cancel_session,
    download_order,
    confirm_order,
    cancel_order,
    release_profile,
};
inline constexpr std::size_t rsp_call_count = 9;
std::string_view name_of(rsp_call what);  // as in the path

struct rsp_call_metrics {
    std::atomic<std::uint64_t> succeeded{0};
    port::histogram<10> seconds{{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2}};
};

class esim_service {
 public:
    esim_service(smdp_parts with, smdp_settings how);

    instant now() const { return with.clock->now(); }
    /// Whether an eUICC may have installed something of ours under this OID.
    bool has_oid(std::string_view oid) const;
    const smdp_identity* identity_of_oid(std::string_view oid) const;

    /// A one-time key made ahead; more are made when the pool has time.
    rsp::one_time_key one_time(rsp::curve which);
    /// Now and then: sessions that nobody finished go.
    void sweep();

    void count(rsp_call what, const rsp::status* refused, std::chrono::steady_clock::time_point since);
    /// Requests refused so far, by function and status.
    std::map<std::pair<rsp_call, rsp::status>, std::uint64_t> refusals() const;
    /// What a peer got wrong, meant nothing else by, and was passed over. Counted; logged, at most so many a minute.
    void note_odd(std::string_view what, std::string_view correlation, std::string_view listener);
    std::map<std::string, std::uint64_t, std::less<>> oddities() const;
    /// A notification of a later version, that nothing here can verify: logged as it came, at most so many a minute.
    void note_later(base::byte_view received);
    /// Whether any listener takes matching IDs with '_': then orders may have them.
    bool takes_underscores() const;
    /// A notification that changed nothing, because nothing in it was proved. Logged, at most so many a minute.
    void note_unproved(std::string_view why, base::byte_view received);

    const smdp_parts with;
    const smdp_settings how;
    std::array<rsp_call_metrics, rsp_call_count> metrics;
    std::atomic<std::uint64_t> unproved{0};

    class randomness final : public rsp::random_source {
     public:
        explicit randomness(port::random& from) : from_(from) {}
        void fill(std::span<std::uint8_t> out) override { from_.fill(out); }

     private:
        port::random& from_;
    };
    randomness random;

 private:
    rsp::one_time_keys ready_keys_;
    std::atomic<std::int64_t> swept_ms_{0};
    std::atomic<std::int64_t> notes_since_ms_{0};
    std::atomic<int> notes_{0};
    mutable std::mutex refusals_mutex_;
    std::map<std::pair<rsp_call, rsp::status>, std::uint64_t> refusals_;
    std::map<std::string, std::uint64_t, std::less<>> oddities_;

    bool may_log();

 public:
    base::places calls{1};  // orders by type under way, by their call
    // Last: what runs there uses all above. Two, so that neither phones nor operators can keep the others waiting.
    base::aside pool;
    base::aside orders;
};

// -- profiles by what a phone or an operator names them by

result<engine::view_ptr> esim_by_iccid(engine::front& of, const base::iccid& iccid);
/// code::not_found when no order has it.
result<engine::view_ptr> esim_by_matching_id(engine::front& of, std::string_view matching_id);
/// The order without matching ID that has waited longest for this eUICC. code::not_found.
result<engine::view_ptr> esim_waiting_for(engine::front& of, const base::eid& eid);
/// One that may be ordered. `skip` of them are passed over (others may have taken those meanwhile). code::out_of_stock.
result<engine::view_ptr> esim_in_stock(engine::front& of, std::string_view type, std::size_t skip);

port::stream_key esim_key(const base::iccid& iccid);
/// "p256:04…": how a transaction remembers its eUICC's key.
std::string euicc_key_text(rsp::curve which, const rsp::point& key);
result<rsp::public_key> euicc_key_from(std::string_view text);
/// An EID of a verified certificate, whatever its check digits say.
base::eid proved_eid(const std::string& digits);
std::vector<domain::esim_event> esim_events(const engine::answer& done);
/// Upper-case letters and digits that are not mistaken for one another, in groups: 100 bits.
std::string fresh_matching_id(port::random& random);
/// The same form, from the instance's secret and what it is for: a repeated request finds the same.
std::string derived_matching_id(const port::secrets& secrets, std::string_view purpose);
/// What hashCc is made from (SHA-256 of the code). Of four digits it gives the code away, so it is kept in the vault
/// only.
std::string confirmation_text(std::string_view code, bool packed_too);

/// A confirmation code on its way into an order: what hashCc needs is sealed for `owner`, and the order, which is in
/// the journal, gets a mark drawn by chance under which it is found again. `known`: the order as it is; the same code
/// again keeps its mark, so that a repeat is a repeat.
struct kept_code {
    std::string mark;
    std::optional<port::vault_row> row;  // to be committed with the order; none: it is there already
};
result<kept_code> keep_confirmation(const esim_service& of, const std::string& owner, std::string_view code,
                                    const domain::esim_state* known = nullptr);
/// What was kept for this order. code::erased: with its owner.
result<std::string> confirmation_of(const esim_service& of, const domain::esim_state& order);
/// hashCc against what the order kept.
bool confirmation_fits(const base::digest& hash_cc, std::string_view kept, const rsp::session& of);

}  // namespace keepline::desk
