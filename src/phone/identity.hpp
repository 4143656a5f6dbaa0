// Who an eUICC is: EID, and for each CI it lives under its key, its certificate and its EUM's; and the CIs that it
// trusts. Loaded from the files that `keepline pki make` writes, or from any directory with certificates in it.
#pragma once

#include "base/error.hpp"
#include "phone/certificate.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace keepline::phone {

struct credential {
    ec_key key;
    certificate euicc;
    certificate eum;
    bytes ci;  // subject key identifier of the CI above the EUM
};

struct identity {
    std::string eid;  // 32 digits
    std::vector<credential> credentials;
    std::vector<certificate> roots;

    const credential* for_ci(byte_view key_id) const;
    const certificate* root(byte_view key_id) const;
    bytes eid_bytes() const { return *base::from_hex(eid); }
};

/// Files that take the place of what the directory's scan would find (wrong certificates on purpose).
struct identity_files {
    std::filesystem::path directory;
    std::string eid;  // empty: the only one there is
    std::filesystem::path euicc;
    std::filesystem::path euicc_key;
    std::filesystem::path eum;
    std::vector<std::filesystem::path> roots;
};

/// Everything a directory holds, sorted by what it is (files that are neither certificate nor key are left alone).
struct pki_directory {
    std::vector<certificate> certificates;
    std::vector<ec_key> keys;

    static base::result<pki_directory> scan(const std::filesystem::path&);
    const ec_key* key_of(const certificate&) const;
};

base::result<identity> load_identity(const identity_files&);
/// All eUICCs of a directory.
base::result<std::vector<identity>> load_identities(const pki_directory&);

base::result<std::string> read_file(const std::filesystem::path&);

}  // namespace keepline::phone
