// What an order may say about the download of a profile (SGP.22 ES2+.DownloadOrder and ES2+.ConfirmOrder, and what test
// beds and operators want to set beyond them). Values only; shared by the esim aggregate, the line and the effects
// between the two.
#pragma once

#include "base/ids.hpp"
#include "base/json.hpp"

#include <string>

namespace keepline::domain {

using base::instant;

/// Each of them ends the order: it goes to `error` until somebody resets it. Zero: no limit.
struct download_limits {
    int downloads = 0;   // tries to download, counted at AuthenticateClient
    int codes = 0;       // wrong confirmation codes
    instant expires_at;  // of the order, while nothing was installed
    bool operator==(const download_limits&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_limits, (), (downloads, codes, expires_at))

enum class profile_class { test, provisioning, operational };
BOOST_DESCRIBE_ENUM(profile_class, test, provisioning, operational)

/// StoreMetadata, where it differs from what the profile type says. Empty: as the type says.
struct download_metadata {
    std::string provider;      // serviceProviderName, at most 32 characters
    std::string profile_name;  // at most 64
    profile_class of_class = profile_class::operational;
    bool forbid_disable = false;       // PPR1
    bool forbid_delete = false;        // PPR2
    std::string notification_address;  // FQDN of the notification receiver
    bool operator==(const download_metadata&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_metadata, (),
                      (provider, profile_name, of_class, forbid_disable, forbid_delete, notification_address))

/// What becomes of a profile whose delete notification came (the operator's choice, SGP.22 §3.1.6).
enum class after_delete { unavailable, released, available };
BOOST_DESCRIBE_ENUM(after_delete, unavailable, released, available)

struct download_terms {
    std::string matching_id;   // empty: none (the default SM-DP+ case; an EID is needed then)
    std::string confirmation;  // mark under which the vault has what hashCc needs of the code; empty: no code
    base::eid eid;             // empty: whichever eUICC comes first
    std::string smds;          // root SM-DS address; empty: none
    download_limits limits;
    download_metadata metadata;
    after_delete when_deleted = after_delete::unavailable;
    bool operator==(const download_terms&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_terms, (), (matching_id, confirmation, eid, smds, limits, metadata, when_deleted))

}  // namespace keepline::domain
