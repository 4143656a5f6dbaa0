// Certificates made on the spot: eUICCs for a load test under an EUM whose key is at hand, and the test PKI of this
// folder's own tests. Not a tool for operators (that is `keepline pki`), and written apart from it.
#pragma once

#include "phone/identity.hpp"

#include <string>
#include <vector>

namespace keepline::phone {

struct certificate_plan {
    cert_role role = cert_role::none;
    curve on = curve::p256;
    std::string organization = "Keepline Phone Test";
    std::string common_name;
    std::string serial;              // serialNumber of the subject: an EID
    std::string oid;                 // registeredID, dotted
    std::vector<std::string> names;  // DNS names and addresses
    base::instant from;
    base::instant to;
};

struct minted {
    certificate cert;
    ec_key key;
};

/// Signed by `issuer`, or by itself.
base::result<minted> mint(const certificate_plan& plan, const minted* issuer);

/// An EID with right check digits: 8 digits of prefix, a running number (SGP.29, ISO 7064 mod 97-10).
std::string make_eid(std::string_view prefix, std::uint64_t number);

/// `count` eUICCs under the EUM on that curve whose key the directory holds.
base::result<std::vector<identity>> mint_cards(const pki_directory& from, curve on, std::size_t count,
                                               base::instant now);

}  // namespace keepline::phone
