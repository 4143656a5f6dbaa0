// Profile types: what an operator sells, as data. They come from the configuration, are read once at start and then
// shared; and what is made from a type and a profile's secrets: the package and the metadata of one download. Any
// thread.
#pragma once

#include "domain/esim/esim.hpp"
#include "port/profile_keys.hpp"
#include "port/vault.hpp"
#include "rsp/metadata.hpp"
#include "rsp/profile_package.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

using base::result;

struct profile_type {
    std::string name;           // "consumer-5g": in orders, ES2+ profileType, metrics
    base::label owner;          // the operator that may order it; empty: every operator
    std::string provider_name;  // SPN, at most 32 bytes
    std::string profile_name;   // what a phone shows, at most 64 bytes
    std::string mcc_mnc;        // "46001"
    rsp::aka_algorithm algorithm = rsp::aka_algorithm::milenage;
    base::bytes operator_key;  // OP or TOP, from which OPc is derived; empty: another one, at random, for each profile
    rsp::package_template package;  // of SAIP, to be personalised
    base::bytes icon;               // that a phone shows: PNG or JPEG, at most 1024 bytes; empty: none
    int low_stock = 0;              // warn below; 0: never
};

class profile_types {
 public:
    profile_types() = default;
    explicit profile_types(std::vector<profile_type> all) : all_(std::move(all)) {}
    const profile_type* find(std::string_view name) const;
    const std::vector<profile_type>& all() const { return all_; }

 private:
    std::vector<profile_type> all_;
};

/// The key and the codes of a new profile. `ki` and `opc` (hexadecimal): those instead of random ones.
result<rsp::profile_secrets> make_secrets(const profile_type& type, std::string_view ki, std::string_view opc,
                                          rsp::random_source& random);
/// Whether these are the keys that the vault has of the profile.
result<bool> same_secrets(port::vault& vault, const base::iccid& iccid, std::string_view ki, std::string_view opc);
/// Everything that goes into the vault with a new profile.
result<port::vault_row> seal_secrets(port::vault& vault, const base::iccid& iccid, const rsp::profile_secrets& secrets);
result<port::vault_row> seal_package(port::vault& vault, const base::iccid& iccid, base::byte_view package);

/// The profile's package, personalised now from the secrets in the vault; or the one that was imported.
result<base::bytes> package_of(const profile_types& types, port::vault& vault, const domain::esim_state& of);
/// About how many bytes that will be, without opening the vault.
std::size_t package_size_of(const profile_types& types, const domain::esim_state& of);

/// StoreMetadata for a download; `notify` is the address that notifications go to when the order names none.
result<base::bytes> metadata_of(const profile_types& types, const domain::esim_state& of, std::string_view notify);
/// True: PNG; false: JPEG; nothing: neither, or larger than an icon may be.
std::optional<bool> icon_is_png(base::byte_view image);
/// Bits of PprIds that the order asks for.
std::uint32_t rules_of(const domain::download_metadata& of);

}  // namespace keepline::desk
