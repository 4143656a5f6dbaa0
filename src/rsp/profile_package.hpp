// Profiles as this server gives them out: a template (our own minimal one, or an operator's) made into one subscriber's
// package, a finished package read and checked. Packages and secrets are what the vault seals: nothing here writes them
// anywhere, and no error's words hold any of them. Pure; any thread.
//
//     const auto secrets = draw_secrets(random, aka_algorithm::milenage, op);
//     const auto made = personalise(builtin_template({}), {.iccid = …, .imsi = …}, *secrets);
//     bind(…, {.profile_elements = made->package, …}, …)
#pragma once

#include "base/ids.hpp"
#include "base/json.hpp"
#include "rsp/crypto.hpp"
#include "rsp/finding.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::rsp {

enum class aka_algorithm : std::uint8_t {
    none,
    milenage,
    tuak,
    test,
    mapped
};  // mapped: shared with another application
BOOST_DESCRIBE_ENUM(aka_algorithm, none, milenage, tuak, test, mapped)

/// What card and network share, and what opens the card. Texts, so that they can be sealed as JSON. An empty PIN, PUK
/// or key leaves what the template has.
struct profile_secrets {
    aka_algorithm algorithm = aka_algorithm::milenage;
    std::string ki;                            // hex: 16 bytes, or 32 (TUAK)
    std::string opc;                           // hex: OPc of 16 bytes (Milenage) or TOPc of 32 (TUAK)
    std::string pin1, puk1, pin2, puk2, adm1;  // digits
    std::string kic, kid, kik;                 // hex: over-the-air keys of the operator's security domain (SCP80)
    bool operator==(const profile_secrets&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_secrets, (), (algorithm, ki, opc, pin1, puk1, pin2, puk2, adm1, kic, kid, kik))

/// New ones. `operator_key`: OP (16 bytes) or TOP (32); code::invalid for another length or algorithm.
base::result<profile_secrets> draw_secrets(random_source& random, aka_algorithm algorithm, base::byte_view operator_key,
                                           unsigned keccak_iterations = 1);

/// What is no secret. Empty members leave what the template has; ICCID and IMSI must be there.
struct profile_data {
    base::iccid iccid;
    base::imsi imsi;
    base::msisdn msisdn{};
    unsigned mnc_digits = 2;      // 2 or 3; EF.AD says it to the phone
    std::string provider_name{};  // EF.SPN: as much of it as fits there
    bool show_provider_at_home = true;
    std::string profile_type{};  // of the ProfileHeader; at most 100 bytes
    base::bytes gid1{}, gid2{};
};

/// The built-in template: header, MF, PUK, PIN, USIM (Milenage or TUAK), local PIN, operator's security domain, end.
struct builtin_choice {
    aka_algorithm algorithm = aka_algorithm::milenage;
    bool over_the_air = true;  // with the operator's security domain
};
base::bytes builtin_template(const builtin_choice& choice);

struct personalised {
    base::bytes package;
    std::vector<finding> remarks;  // warnings: what of the data the template has no place for, or not enough
};
/// code::malformed: the template is no package. code::invalid: it has no place for ICCID, IMSI or keys, or a value does
/// not fit.
base::result<personalised> personalise(base::byte_view package_template, const profile_data& data,
                                       const profile_secrets& secrets);

/// A template that many profiles are made of. Where the values of a profile go is found out with the first one of its
/// form (which values it has, and how long they are); from then on they are written there, and the template is neither
/// parsed nor checked again. At most `forms_max` forms are kept, and no secret. Copies share them. Any thread.
class package_template {
 public:
    static constexpr std::size_t forms_max = 8;

    package_template() : package_template(base::bytes()) {}
    package_template(base::bytes of);  // NOLINT(google-explicit-constructor): a template is its bytes

    base::byte_view view() const;
    std::size_t size() const { return view().size(); }
    /// The same as the function above makes of the bytes, or refuses.
    base::result<personalised> personalise(const profile_data& data, const profile_secrets& secrets) const;
    /// How many forms are known by now.
    std::size_t forms() const;

 private:
    struct inner;
    std::shared_ptr<inner> inner_;
};

/// What a package says of itself.
struct package_contents {
    unsigned major = 0, minor = 0;
    std::string profile_type;
    base::iccid iccid;  // of the header
    base::iccid ef_iccid;
    base::imsi imsi;  // of the first EF.IMSI; empty in a template that was never personalised
    base::msisdn msisdn;
    std::string provider_name;
    base::bytes gid1, gid2;
    unsigned mnc_digits = 0;
    std::string acc;                    // hex
    profile_secrets secrets;            // what of them stands in it; algorithm none: no akaParameter
    std::vector<std::string> elements;  // names, in order; "?" for unknown ones
    std::vector<std::string> services;  // eUICC-Mandatory-services
};
base::result<package_contents> read_package(base::byte_view package);

/// What an eUICC, or a person, may object to. Empty for a package that is in order.
std::vector<finding> check_package(base::byte_view package);

}  // namespace keepline::rsp
