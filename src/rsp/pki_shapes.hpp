// What the certificates of SGP.22 §4.5.2 look like, role by role, and what can be made wrong in each for a negative
// test: tables as code, used by the PKI maker only. Pure; any thread.
#pragma once

#include "rsp/pki_issue.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::rsp {

/// A role's certificate before its key and dates are known.
struct shape {
    std::string country, organization, unit, serial_number, common_name;
    std::string policy;  // OID of the role
    bool policy_critical = true;
    std::string key_usage;
    std::string constraints;  // basicConstraints; empty for an end entity
    std::string more;         // further extensions
    std::string sections;
    base::duration lifetime = base::days(365);
};

/// What is wrong with one certificate. An empty one changes nothing.
struct twist {
    std::optional<base::duration> begins;  // relative to now
    std::optional<base::duration> ends;
    std::optional<std::string> policy;  // another role's, or "" for none
    std::string key_usage;
    std::string organization;
    std::string oid;   // other registeredID
    std::string host;  // DPtls for somebody else
    bool no_ca = false;
    bool no_authority_key = false;
    bool revoked = false;
    bool bad_signature = false;
    std::string about{};
};

struct broken_card {
    std::string name{}, about{};
    std::uint64_t number = 0;  // of the EID
    twist euicc{};
    std::optional<twist> eum{};
    bool foreign_prefix = false, foreign_ci = false;
};

struct broken_server {
    std::string name{}, about{};
    twist auth{}, pb{}, tls{};
    bool wrong_key = false, foreign_ci = false;
};

shape ci_shape(const std::string& which);
shape eum_shape(const std::string& organization, const std::string& eid_prefix);
shape euicc_shape(const std::string& organization, const std::string& eid);
shape dp_auth_shape(const std::string& oid);
shape dp_pb_shape(const std::string& oid);
shape dp_tls_shape(const std::vector<std::string>& host_names, const std::string& oid);
shape es2_ca_shape();
shape es2_operator_shape(const std::string& label);

const std::vector<broken_card>& broken_cards();
const std::vector<broken_server>& broken_servers();

certificate_plan certificate_plan_of(const shape& what, const twist& wrong, base::instant now);

/// Whether the text is an address of that family (AF_INET, AF_INET6).
bool is_address(const std::string& text, int family);

}  // namespace keepline::rsp
