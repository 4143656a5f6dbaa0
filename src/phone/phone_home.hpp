// A phone on disk, so that several exist side by side: DIR/phone.json (profiles, notifications, settings), DIR/card/
// (certificates and keys, 0600), DIR/profiles/ICCID.der (what was installed). One process at a time holds a phone (a
// lock on DIR/lock).
#pragma once

#include "base/error.hpp"
#include "phone/card_memory.hpp"
#include "phone/identity.hpp"
#include "phone/lpa.hpp"

#include <filesystem>
#include <string>

#include <boost/describe.hpp>

namespace keepline::phone {

struct phone_settings {
    std::string eid;
    std::string svn = "2.5.0";
    bool policy_rules = true;
    std::string imei;
    std::string connect_to;  // as in https_settings
    std::string server_url;
    bool any_tls_role = false;
    bool operator==(const phone_settings&) const = default;
};
BOOST_DESCRIBE_STRUCT(phone_settings, (), (eid, svn, policy_rules, imei, connect_to, server_url, any_tls_role))

struct phone_state {
    phone_settings settings;
    card_memory card;
    lpa_memory lpa;
    bool operator==(const phone_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(phone_state, (), (settings, card, lpa))

/// "2.5.0"; none when it is no version.
std::optional<base::byte_array<3>> version_bytes(std::string_view);

class phone_home {
 public:
    /// Makes a new phone; refuses where there is one, unless `replace`.
    static base::result<void> create(const std::filesystem::path& directory, const identity& who,
                                     const std::string& tls_roots_pem, const phone_state& state, bool replace);
    /// Opens and locks.
    static base::result<phone_home> open(const std::filesystem::path& directory);
    ~phone_home();
    phone_home(phone_home&& other) noexcept;
    phone_home& operator=(phone_home&&) = delete;

    phone_state& state() { return state_; }
    const identity& who() const { return who_; }
    const std::string& tls_roots_pem() const { return tls_roots_pem_; }
    /// Durably, when something has changed since the last time.
    base::result<void> save();
    base::result<void> keep_package(const std::string& iccid, byte_view package);

 private:
    phone_home() = default;

    std::filesystem::path directory_;
    int lock_ = -1;
    phone_state state_;
    phone_state saved_;
    identity who_;
    std::string tls_roots_pem_;
};

}  // namespace keepline::phone
