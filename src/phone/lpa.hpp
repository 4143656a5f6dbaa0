// A small LPA (SGP.22 v2.5 §3.1 to §3.5, §5.7): it drives an eUICC over ES10 and an SM-DP+ over ES9+, and checks what
// is an LPA's to check: addresses, transaction ids, the OID of the activation code, that metadata are what was shown,
// policy rules. One thread; knows nothing of files or command lines.
#pragma once

#include "phone/activation_code.hpp"
#include "phone/es10_link.hpp"
#include "phone/es9_client.hpp"
#include "phone/misbehaviour.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::phone {

/// What an LPA keeps between runs: only what "replay" needs.
struct lpa_memory {
    std::string last_authenticate;  // DER in hexadecimal
    std::string last_prepare;
    bool operator==(const lpa_memory&) const = default;
};
BOOST_DESCRIBE_STRUCT(lpa_memory, (), (last_authenticate, last_prepare))

/// After what a session is cancelled: AuthenticateServer; the metadata; PrepareDownload; the package's arrival.
enum class cancel_point { authenticated, metadata, prepared, package };
BOOST_DESCRIBE_ENUM(cancel_point, authenticated, metadata, prepared, package)

struct download_request {
    activation_code code;
    bool omit_matching_id = false;  // as for a default SM-DP+
    std::string confirmation_code;
    std::optional<int> cancel_reason;
    cancel_point cancel_at = cancel_point::metadata;
    bool deliver = true;  // the install result, at once
    std::string imei;     // 15 digits, or none
};

struct download_outcome {
    std::string transaction_id;
    std::string iccid;
    std::string provider;
    std::string name;
    bool cancelled = false;
    bool installed = false;
    int bpp_command = -1;  // of a failed installation
    int error_reason = 0;
    std::string words;     // why the eUICC refused it
    bool rebound = false;  // the server asked for the otPK.EUICC of before
    bool code_required = false;
    std::size_t package_bytes = 0;
    int notifications_sent = 0;
    // Microseconds, of each call.
    std::int64_t initiate_us = 0;
    std::int64_t authenticate_us = 0;
    std::int64_t package_us = 0;
    std::int64_t notification_us = 0;
};

BOOST_DESCRIBE_STRUCT(download_outcome, (),
                      (transaction_id, iccid, provider, name, cancelled, installed, bpp_command, error_reason, words,
                       rebound, code_required, package_bytes, notifications_sent, initiate_us, authenticate_us,
                       package_us, notification_us))

struct pending_notification {
    std::uint64_t sequence = 0;
    int event = 0;
    std::string address;
    std::string iccid;
};
BOOST_DESCRIBE_STRUCT(pending_notification, (), (sequence, event, address, iccid))

struct profile_row {
    std::string iccid;
    std::string aid;
    bool enabled = false;
    std::string nickname;
    std::string provider;
    std::string name;
    int profile_class = 2;
    bool ppr1 = false;
    bool ppr2 = false;
};
BOOST_DESCRIBE_STRUCT(profile_row, (), (iccid, aid, enabled, nickname, provider, name, profile_class, ppr1, ppr2))

class lpa {
 public:
    lpa(es10_link& card, es9_client& server, lpa_memory& memory, faults wrong = {})
        : card_(card), server_(server), memory_(memory), wrong_(wrong) {}

    base::result<download_outcome> download(const download_request&);

    base::result<std::vector<profile_row>> profiles();
    /// By ICCID or AID; `refresh` as the device would ask for.
    base::result<void> enable(std::string_view which, bool refresh = true);
    base::result<void> disable(std::string_view which, bool refresh = true);
    base::result<void> remove(std::string_view which);
    base::result<void> nickname(std::string_view iccid, std::string_view name);
    base::result<void> reset(bool operational, bool test, bool address);
    base::result<std::string> eid();
    base::result<bytes> info(int which);  // euiccInfo1 or euiccInfo2, DER
    base::result<std::string> default_smdp();
    base::result<std::string> root_smds();
    base::result<void> set_default_smdp(std::string_view address);

    base::result<std::vector<pending_notification>> notifications();
    base::result<bytes> notification(std::uint64_t sequence);  // the PendingNotification
    base::result<void> remove_notification(std::uint64_t sequence);
    /// Sends one, or all; removes what was answered 204. Returns how many were; the first failure if none was.
    base::result<int> send_notifications(std::optional<std::uint64_t> only = std::nullopt, bool keep = false);

 private:
    struct session {
        const download_request& asked;
        download_outcome out;
        bytes transaction;
        std::string transaction_text;  // as the server wrote it
        bytes authenticate_response;
        bytes metadata;
        bytes signed_2;
        bytes signature_2;
        bytes binding_certificate;
        bytes prepare_response;
        bytes package;
    };

    /// What the eUICC answered, on its way to the server.
    struct card_answer {
        std::string function;
        boost::json::object body;
        std::string refusal;  // the eUICC's own error in it; empty: none
        bool twice = false;
    };

    base::result<bytes> ask(byte_view command, std::uint32_t answer_tag);
    base::result<void> act(std::uint32_t tag, byte_view choice, bool wrapped, bool refresh, std::string_view what);
    base::result<download_outcome> download_in(session&);
    base::result<void> authenticate_server(session&);
    /// The server's answer, in the same transaction. A server that goes on after the eUICC refused it is garbled.
    base::result<boost::json::object> hand_on(session&, const card_answer&, std::int64_t& took_us);
    base::result<void> authenticate_client(session&);
    base::result<bool> policy_rules_allowed(const session&);
    base::result<void> prepare(session&);
    base::result<void> take_package(session&);
    base::result<void> metadata_unchanged(const session&);
    base::result<void> load(session&);
    base::result<void> deliver(session&, byte_view result);
    base::result<void> cancel(session&, int reason);
    base::result<bool> cancel_wanted(session&, cancel_point at);
    std::string outside_transaction(const session&, misbehaviour wrong) const;
    bytes hash_of_code(const session&) const;
    bytes context_parameters(const download_request&) const;

    es10_link& card_;
    es9_client& server_;
    lpa_memory& memory_;
    faults wrong_;
};

}  // namespace keepline::phone
