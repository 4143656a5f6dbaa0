// Profiles on the SM-DP+ as the REST API shows and takes them: bodies, views, and the reconciliation that operators
// otherwise ask their vendor for (what we believe, what proves it, what is outstanding). Pure; any thread.
#pragma once

#include "desk/esim_service.hpp"
#include "domain/esim/esim.hpp"
#include "engine/engine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::result;

using base::label;

// ------------------------------------------------------------------------------------------------ bodies

struct explicit_profile_body {
    base::card_iccid iccid;
    base::imsi imsi;
    std::optional<std::string> ki;
    std::optional<std::string> opc;
};
BOOST_DESCRIBE_STRUCT(explicit_profile_body, (), (iccid, imsi, ki, opc))

/// `count` profiles from `iccid` and `imsi` on (the ICCID without its check digit), or those in `profiles`, or one that
/// is in `package` (Base64) ready made.
struct provide_body {
    std::string type;
    std::optional<label> owner;
    std::optional<int> count;
    std::optional<std::string> iccid;
    std::optional<std::string> imsi;
    std::vector<explicit_profile_body> profiles;
    std::optional<std::string> package;
};
BOOST_DESCRIBE_STRUCT(provide_body, (), (type, owner, count, iccid, imsi, profiles, package))

struct esim_order_body {
    std::optional<base::eid> eid;
    std::optional<label> requester;
};
BOOST_DESCRIBE_STRUCT(esim_order_body, (), (eid, requester))

struct limits_body {
    std::optional<int> downloads;
    std::optional<int> codes;
    std::optional<instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(limits_body, (), (downloads, codes, expires_at))

struct metadata_body {
    std::optional<std::string> provider;
    std::optional<std::string> profile_name;
    std::optional<domain::profile_class> of_class;
    bool forbid_disable = false;
    bool forbid_delete = false;
    std::optional<std::string> notification_address;
};
BOOST_DESCRIBE_STRUCT(metadata_body, (),
                      (provider, profile_name, of_class, forbid_disable, forbid_delete, notification_address))

struct confirmation_body {
    std::optional<base::eid> eid;
    std::optional<std::string> matching_id;  // absent: one is made; "": none, the order waits for its EID
    std::optional<std::string> confirmation_code;
    std::optional<std::string> smds;
    std::optional<limits_body> limits;
    std::optional<metadata_body> metadata;
    std::optional<domain::after_delete> when_deleted;
    std::optional<bool> release;  // absent: yes
};
BOOST_DESCRIBE_STRUCT(confirmation_body, (),
                      (eid, matching_id, confirmation_code, smds, limits, metadata, when_deleted, release))

/// An order in one step: from stock of a type, or one profile.
struct whole_order_body : confirmation_body {
    std::optional<std::string> type;
    std::optional<base::card_iccid> iccid;
    std::optional<label> requester;
};
BOOST_DESCRIBE_STRUCT(whole_order_body, (confirmation_body), (type, iccid, requester))

enum class final_state { available, unavailable };
BOOST_DESCRIBE_ENUM(final_state, available, unavailable)
struct cancellation_body {
    std::optional<base::eid> eid;
    std::optional<std::string> matching_id;
    final_state final = final_state::available;
};
BOOST_DESCRIBE_STRUCT(cancellation_body, (), (eid, matching_id, final))

struct reset_body {
    std::optional<std::string> matching_id;
    std::optional<limits_body> limits;
};
BOOST_DESCRIBE_STRUCT(reset_body, (), (matching_id, limits))

struct rebinding_body {
    std::optional<base::eid> eid;
};
BOOST_DESCRIBE_STRUCT(rebinding_body, (), (eid))

// ------------------------------------------------------------------------------------------------ views

struct profile_type_view {
    std::string name;
    std::optional<label> owner;
    std::string provider_name;
    std::string profile_name;
    std::string mcc_mnc;
    rsp::aka_algorithm algorithm = rsp::aka_algorithm::milenage;
    std::int64_t stock = 0;
    int low_stock = 0;
    bool low = false;
    bool operator==(const profile_type_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_type_view, (),
                      (name, owner, provider_name, profile_name, mcc_mnc, algorithm, stock, low_stock, low))

/// Where we believe the profile to be.
enum class belief { in_stock, waiting, perhaps_on_device, installed, enabled, disabled, deleted, withdrawn };
BOOST_DESCRIBE_ENUM(belief, in_stock, waiting, perhaps_on_device, installed, enabled, disabled, deleted, withdrawn)

/// What has to come before nothing is open any more.
enum class outstanding { confirmation, release, download, installation_result, deletion, decision };
BOOST_DESCRIBE_ENUM(outstanding, confirmation, release, download, installation_result, deletion, decision)

/// What an operator can do next, and what it means; `words` is for people.
struct esim_next_view {
    std::vector<domain::esim_action> may;
    std::string words;
    bool operator==(const esim_next_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_next_view, (), (may, words))

struct esim_order_view {
    std::optional<label> requester;
    std::optional<base::msisdn> number;
    instant ordered_at;
    instant released_at;
    std::string matching_id;
    bool confirmation_code = false;
    std::optional<base::eid> eid;
    std::optional<std::string> smds;
    std::optional<domain::registration> smds_event;  // while the SM-DS is to hold one
    std::optional<std::string> smds_refusal;
    domain::download_limits limits;
    domain::download_metadata metadata;
    domain::after_delete when_deleted = domain::after_delete::unavailable;
    int downloads = 0;
    int wrong_codes = 0;
    bool delivered = false;
    std::optional<domain::order_failure> failed_by;
    std::optional<std::string> failure_words;
    std::optional<std::string> activation_code;
    bool operator==(const esim_order_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_order_view, (),
                      (requester, number, ordered_at, released_at, matching_id, confirmation_code, eid, smds,
                       smds_event, smds_refusal, limits, metadata, when_deleted, downloads, wrong_codes, delivered,
                       failed_by, failure_words, activation_code))

struct esim_device_view {
    base::eid eid;
    domain::profile_event last = domain::profile_event::install;
    std::uint32_t sequence = 0;
    instant at;
    std::string digest;
    bool operator==(const esim_device_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_device_view, (), (eid, last, sequence, at, digest))

struct esim_download_view {
    std::string transaction;
    base::eid eid;
    instant at;
    bool of_this_order = false;
    bool delivered = false;
    std::optional<std::string> result;
    bool operator==(const esim_download_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_download_view, (), (transaction, eid, at, of_this_order, delivered, result))

struct esim_view {
    std::string id;
    std::uint64_t version = 0;
    base::iccid iccid;
    std::optional<base::imsi> imsi;
    std::optional<std::string> type;
    std::optional<label> owner;
    domain::esim_status state = domain::esim_status::available;
    bool foreign = false;
    bool imported = false;
    instant provided_at;
    int orders = 0;
    std::optional<esim_order_view> order;
    std::optional<base::eid> bound_to;
    belief believed = belief::in_stock;
    std::optional<domain::proof> last_proof;
    std::vector<keepline::desk::outstanding> outstanding;
    esim_next_view next;
    std::vector<esim_device_view> devices;
    std::vector<esim_download_view> downloads;
    bool operator==(const esim_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_view, (),
                      (id, version, iccid, imsi, type, owner, state, foreign, imported, provided_at, orders, order,
                       bound_to, believed, last_proof, outstanding, next, devices, downloads))

struct esim_history_view {
    std::uint64_t version = 0;
    instant at;
    domain::actor by;
    std::optional<std::string> correlation;
    std::vector<base::raw_json> events;  // as their reader may see them: desk/seen_events.hpp
    base::digest hash{};
    bool operator==(const esim_history_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_history_view, (), (version, at, by, correlation, events, hash))

struct provided_view {
    std::vector<std::string> iccids;
    int fresh = 0;
    bool operator==(const provided_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(provided_view, (), (iccids, fresh))

/// `as` may be null: then no activation code can be said.
esim_view esim_of(const engine::stream_view& of, const smdp_identity* as);
std::string activation_code_of(const domain::download_terms& terms, const smdp_identity& as);

/// code::invalid with the field.
result<domain::download_terms> terms_from(const confirmation_body& in, const esim_service& of);
struct asked;
/// By its id ("es_…") or its ICCID. code::esim_unknown.
result<engine::view_ptr> esim_named(const asked& c, std::string_view name);
result<domain::download_limits> limits_from(const limits_body& in);

/// `digits` and the Luhn digit after them (ITU-T E.118 §4.1).
std::string with_luhn(std::string_view digits);
/// A number of so many digits, `n` further on; empty when it would have more digits.
std::string counted_up(std::string_view digits, std::uint64_t n);

}  // namespace keepline::desk
