// The eUICC: answers ES10a/b/c (SGP.22 v2.5 §5.7) over whole commands; the APDU layer is apdu_card. Every check that
// the standard asks of an eUICC is made here, on the bytes as received. One thread at a time; no I/O: its memory is a
// value that others keep.
#pragma once

#include "base/time.hpp"
#include "phone/bound_package.hpp"
#include "phone/card_memory.hpp"
#include "phone/identity.hpp"
#include "phone/misbehaviour.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace keepline::phone {

using clock_function = std::function<base::instant()>;
base::instant system_now();

/// ES10 answers with data, or the command fails with a status word.
struct es10_answer {
    bytes data;
    std::uint16_t status = 0x9000;
};

struct euicc_settings {
    base::byte_array<3> svn{2, 5, 0};
    bool allow_policy_rules = true;  // Rules Authorisation Table: all rules for all operators with consent, or none
    clock_function now = system_now;
};

/// One RSP session between GetEUICCChallenge and the install result or the cancellation.
struct euicc_session {
    bytes challenge;
    bytes transaction_id;
    bytes server_address;
    bytes signature_1;
    certificate server;  // CERT.DPauth
    const certificate* root = nullptr;
    const credential* own = nullptr;
    bool prepared = false;
    certificate binding;  // CERT.DPpb
    ec_key one_time;
};

class euicc {
 public:
    euicc(identity who, euicc_settings settings, card_memory memory, faults wrong = {});
    euicc(const euicc&) = delete;
    euicc& operator=(const euicc&) = delete;

    /// One whole command (the data of a chain of STORE DATA).
    es10_answer command(byte_view der);
    /// Power lost: sessions and challenges are gone, an installation is given up.
    void reset();

    const card_memory& memory() const { return memory_; }
    card_memory& memory() { return memory_; }
    const identity& who() const { return who_; }
    /// Why the last command was refused, for the person who watches; empty when it was not.
    const std::string& why() const { return why_; }
    /// Why the last installation failed; empty when it did not. Stays until the next one.
    const std::string& installation_failure() const { return installation_failure_; }
    /// The profile elements of the last installation.
    const bytes& last_package() const { return last_package_; }
    /// What the last complete package looked like on the wire.
    const package_content& last_content() const { return last_content_; }
    bytes fci() const;  // the answer to SELECT

 private:
    // ES10a, ES10b and ES10c: euicc_info.cpp, euicc_authenticate.cpp, euicc_install.cpp, euicc_profiles.cpp,
    // euicc_notifications.cpp
    es10_answer configured_addresses() const;
    es10_answer set_default_smdp(byte_view value);
    es10_answer info_1() const;
    es10_answer info_2() const;
    es10_answer challenge();
    es10_answer eid(byte_view value) const;
    es10_answer rules_table() const;
    es10_answer authenticate_server(byte_view value);
    es10_answer prepare_download(byte_view value);
    es10_answer cancel_session(byte_view value);
    es10_answer load(byte_view piece);
    es10_answer list_profiles(byte_view value);
    es10_answer enable(byte_view value);
    es10_answer disable(byte_view value);
    es10_answer remove(byte_view value);
    es10_answer nickname(byte_view value);
    es10_answer memory_reset(byte_view value);
    es10_answer list_notifications(byte_view value);
    es10_answer retrieve_notifications(byte_view value);
    es10_answer notification_sent(byte_view value);

    bytes info_2_element(bool signed_copy) const;
    bytes key_ids(std::uint32_t tag, bool signing) const;
    es10_answer authenticate_error(byte_view transaction, int reason, std::string words);
    es10_answer prepare_error(byte_view transaction, int reason, std::string words);
    es10_answer one_result(std::uint32_t tag, int result, std::string words = "");
    es10_answer malformed(std::string words);
    ec_key choose_one_time_key(const std::optional<tlv>& offered);
    std::expected<installed_profile, bpp_failure> accept_package(const package_content& content);
    bytes finish_installation(const std::expected<installed_profile, bpp_failure>& outcome);
    bytes install_result(const std::expected<installed_profile, bpp_failure>& outcome, std::uint64_t sequence,
                         std::string_view iccid);
    installed_profile* identified(byte_view choice);
    void note(const installed_profile& of, int event);
    void store_notification(int event, std::string_view address, std::string_view iccid, std::string_view ci);
    bytes flipped(bytes data) const;

    identity who_;
    euicc_settings settings_;
    card_memory memory_;
    faults wrong_;
    std::optional<euicc_session> session_;
    std::optional<bound_package> loading_;
    std::string why_;
    std::string installation_failure_;
    bytes last_package_;
    package_content last_content_;
};

}  // namespace keepline::phone
