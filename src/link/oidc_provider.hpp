// A provider of identities over HTTPS (OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated and Back-Channel
// Logout 1.0; PKCE, RFC 7636): its configuration and its keys, looked at every minute on a thread of its own, and the
// codes that it gives browsers. Every answer is bounded in size and time.
#pragma once

#include "base/time.hpp"
#include "port/clock.hpp"
#include "port/identity_provider.hpp"
#include "port/log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::link {

using base::result;

struct oidc_settings {
    std::string issuer;  // exactly as its tokens name it
    std::string client_id;
    std::string client_secret;  // empty: a public client
    std::string return_to;      // where it sends browsers back to, as it is registered there
    std::string signed_out_to;  // and after they signed out
    std::vector<std::string> scopes{"openid"};
    std::string name_claim = "preferred_username";
    std::string groups_claim = "groups";
    std::vector<std::string> acr_values{};  // how somebody must have been proved there; none: in any way
    /// The same for what matters most, by which proof is fresh; none: as acr_values.
    std::vector<std::string> step_up_acr_values{};
    base::duration signed_in_within{};  // how long ago at most, there; zero: whenever
    std::string ca_file{};
    base::duration connect_timeout = base::seconds{3};
    base::duration total_timeout = base::seconds{8};
    base::duration look_every = base::seconds{60};
};

/// What cannot be right about it, in words; empty: no fault seen.
std::string fault_in(const oidc_settings& of);

/// Whether a provider of that name may have such a place: https, or, where it is on this machine itself, one here.
bool is_place_of(const std::string& issuer, const std::string& url);

class oidc_provider : public port::identity_provider {
 public:
    /// What is the matter with it, for /readyz; empty: nothing. Does not wait.
    virtual std::string trouble() const = 0;
};

/// `clock` and `log` outlive it. The thread ends with it.
std::unique_ptr<oidc_provider> make_oidc_provider(oidc_settings how, const port::clock& clock, port::log& log);

}  // namespace keepline::link
