// Which addresses a call may go to that somebody else named: public ones only, and the networks that the configuration
// allows beside them. It is asked with the address that is about to be connected to, after the name was resolved: a
// name that resolves to something else the second time gains nothing. Immutable; any thread.
#pragma once

#include "base/error.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

struct sockaddr;

namespace keepline::link {

/// An address of either kind, as IPv6 writes it: an IPv4 address is a mapped one (::ffff:0:0/96).
using ip_address = std::array<unsigned char, 16>;

/// "10.1.2.3", "::1"; none: it is written otherwise, or has a zone.
std::optional<ip_address> ip_address_of(const std::string& text);

class target_guard {
 public:
    /// "10.1.0.0/16", "fd00:1::/32", "10.1.2.3". code::config_invalid.
    static base::result<target_guard> allowing(const std::vector<std::string>& networks);
    /// The same without the public ones.
    static base::result<target_guard> allowing_only(const std::vector<std::string>& networks);

    /// Neither allocates nor throws: libcurl asks from inside a call.
    bool allows(const ip_address& to) const noexcept;
    bool allows(const sockaddr& to) const noexcept;

    /// The addresses that begin with the same bits.
    struct network {
        ip_address first{};
        unsigned bits = 0;
        bool has(const ip_address& one) const noexcept;
    };

 private:
    std::vector<network> allowed_;
    bool public_too_ = true;
};

/// Reachable by everybody on the internet (IANA's special-purpose registries, 2024). An IPv4 address in IPv6's clothes
/// (mapped, compatible, NAT64, 6to4) is what it carries.
bool is_public(const ip_address& one) noexcept;

}  // namespace keepline::link
