// Which addresses a call may go to that somebody else named: public ones only, and the networks that the configuration
// allows beside them. It is asked with the address that is about to be connected to, after the name was resolved: a
// name that resolves to something else the second time gains nothing. Immutable; any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

struct sockaddr;

namespace keepline::link {

class target_guard {
 public:
    /// "10.1.0.0/16", "fd00:1::/32", "10.1.2.3". code::config_invalid.
    static base::result<target_guard> allowing(const std::vector<std::string>& networks);

    bool allows(const boost::asio::ip::address& to) const;
    bool allows(const sockaddr& to) const;

 private:
    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

/// Reachable by everybody on the internet (IANA's special-purpose registries, 2024). An IPv4 address in IPv6's clothes
/// (mapped, compatible, NAT64, 6to4) is what it carries.
bool is_public(const boost::asio::ip::address& one);

}  // namespace keepline::link
