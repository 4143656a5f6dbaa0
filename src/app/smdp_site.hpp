// The SM-DP+ of this server, made from the configuration: certificates, profile types, sessions, and its listeners
// (ES9+ for phones, ES2+ for operators), each with its own port. Built once at start; stopped before the engine.
#pragma once

#include "app/config.hpp"
#include "desk/parts.hpp"
#include "http/server.hpp"
#include "link/es2_progress_connector.hpp"
#include "link/smds_connector.hpp"
#include "smdp/es2.hpp"
#include "smdp/es9.hpp"
#include "store/sqlite_sessions.hpp"
#include "store/sqlite_vault.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keepline::app {

/// What the configuration says about the SM-DP+, read and checked. Errors name the table, the file and the reason.
struct smdp_data {
    desk::profile_types types;
    std::vector<desk::smdp_identity> identities;  // one for each [[smdp]], in its order
    std::vector<desk::certificate_expiry> expiries;
    std::vector<std::string> warnings;  // in words
    std::vector<std::string> expired;   // in words: folders that are left out and listeners that are not there
    struct tls {
        std::string chain_pem, key_pem;  // empty: plain HTTP
    };
    std::vector<std::optional<tls>> doors;  // one for each [[smdp]]; none: what it needs has expired, it cannot listen
};
result<smdp_data> load_smdp(const config& how, base::instant now);

/// code::config_invalid for a notification point that is none.
result<link::es2_settings> es2_progress_settings(const config& how);
/// code::config_invalid where there is no SM-DP+ that an SM-DS could send phones to.
result<link::smds_settings> smds_settings_of(const config& how);

/// How a listener is configured beside its address and certificates.
http::server_settings listener_settings(const config& all);

class smdp_site {
 public:
    struct parts {  // all outlive it
        engine::front* core = nullptr;
        store::sqlite_vault* vault = nullptr;
        port::random* random = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
    };

    /// Whether anything of the SM-DP+ is configured.
    static bool is_wanted(const config& how);
    static result<std::unique_ptr<smdp_site>> open(const config& how, const parts& with);

    /// Takes requests from then on. An [[smdp]] whose certificates have expired is left out, and the log says so.
    result<void> listen(const config& how);
    /// Reads the TLS certificates of the listeners again (DPtls, and those of [[es2]]); in words what could not be
    /// read, where the old ones stay.
    std::vector<std::string> reload_tls(const config& how, base::instant now);
    /// Takes no new requests, lets the running ones finish. Twice is harmless.
    void stop();

    desk::esim_service& shared() { return *shared_; }
    /// The listeners that are not there; for /readyz.
    const std::vector<desk::peer_trouble>& troubles() const { return troubles_; }

 private:
    struct door {
        std::unique_ptr<http::application> serves;
        std::unique_ptr<http::server> server;
        http::server_settings how;
        std::optional<std::size_t> smdp;  // which [[smdp]]; none: ES2+
    };
    result<void> open_door(std::unique_ptr<http::application> serves, http::server_settings how,
                           const std::string& name, const std::string& kind,
                           std::optional<std::size_t> smdp = std::nullopt);

    port::log* log_ = nullptr;
    std::vector<std::optional<smdp_data::tls>> tls_;  // as smdp_data::doors
    std::vector<desk::peer_trouble> troubles_;
    std::unique_ptr<store::sqlite_sessions> sessions_;
    std::unique_ptr<desk::esim_service> shared_;
    std::vector<door> doors_;
};

}  // namespace keepline::app
