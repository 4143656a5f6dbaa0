// What the core asks the world to do. An effect is stored with the event that called for it and reaches its peer at
// least once, with the same idempotency key every time. Effects carry references (contact ids, subscriber ids), never
// personal data.
#pragma once

#include "base/json.hpp"
#include "domain/line.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// Where an effect goes: one dispatcher lane per destination and partition.
enum class destination { sms, mail, hlr, refund, webhook, signer, core };
BOOST_DESCRIBE_ENUM(destination, sms, mail, hlr, refund, webhook, signer, core)
inline constexpr int destination_count = 7;

/// A message to one contact point. `kind` names the template (`receipt`, `approved`, …), `params` fill it.
struct send_notice {
    static constexpr std::string_view name = "send_notice";
    std::string kind;
    label subscriber;
    label contact;  // "line" for the line's own number
    medium by = medium::sms;
    std::map<std::string, std::string> params;
    bool operator==(const send_notice&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_notice, (), (kind, subscriber, contact, by, params))

/// A one-time code. The shell derives the code from case and nonce with its key at the moment of sending.
struct send_otp {
    static constexpr std::string_view name = "send_otp";
    label subscriber;
    label contact;
    medium by = medium::sms;
    int closure = 0;
    std::string nonce;
    instant expires_at;
    bool operator==(const send_otp&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_otp, (), (subscriber, contact, by, closure, nonce, expires_at))

enum class hlr_operation { provision, bar, unbar, remove };
BOOST_DESCRIBE_ENUM(hlr_operation, provision, bar, unbar, remove)

/// provision: subscriber exists with this MSISDN and full service. bar: no service, serving node told, read back.
/// unbar: full service again. remove: deleted, and an UpdateLocation for it is refused. Each is idempotent.
struct hlr_action {
    static constexpr std::string_view name = "hlr_action";
    hlr_operation operation = hlr_operation::bar;
    base::imsi imsi;
    base::msisdn number;
    bool operator==(const hlr_action&) const = default;
};
BOOST_DESCRIBE_STRUCT(hlr_action, (), (operation, imsi, number))

/// One credit transfer of the next pain.001 batch. The account is in the vault, under the subscriber.
struct pay_refund {
    static constexpr std::string_view name = "pay_refund";
    std::string id;  // EndToEndId, at most 35 characters
    money amount;
    label subscriber;
    int closure = 0;
    local_day due;
    bool operator==(const pay_refund&) const = default;
};
BOOST_DESCRIBE_STRUCT(pay_refund, (), (id, amount, subscriber, closure, due))

/// The claims of a closing certificate, to be signed (the answer is the JWS).
struct sign_certificate {
    static constexpr std::string_view name = "sign_certificate";
    int closure = 0;
    base::raw_json claims;
    bool operator==(const sign_certificate&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_certificate, (), (closure, claims))

/// To every partner that subscribed to the topic ("closure.closed", "number.released", …).
struct publish {
    static constexpr std::string_view name = "publish";
    std::string topic;
    base::raw_json payload;
    bool operator==(const publish&) const = default;
};
BOOST_DESCRIBE_STRUCT(publish, (), (topic, payload))

/// From a subscriber's stream to a number's: who is to be told from now on.
struct tell_contacts {
    static constexpr std::string_view name = "tell_contacts";
    base::msisdn number;
    label subscriber;
    std::vector<contact_ref> contacts;
    std::string refund_account;  // keyed digest
    std::string language;
    bool operator==(const tell_contacts&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_contacts, (), (number, subscriber, contacts, refund_account, language))

using effect = std::variant<send_notice, send_otp, hlr_action, pay_refund, sign_certificate, publish, tell_contacts>;

destination destination_of(const effect& e);

}  // namespace keepline::domain
