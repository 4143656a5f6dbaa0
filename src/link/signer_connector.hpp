// The connector of destination `signer`: signs closing certificates. The answer is the JWS. Ed25519 is deterministic,
// so the same claims signed again are the same bytes. Any thread.
#pragma once

#include "link/jws.hpp"
#include "port/connector.hpp"

#include <memory>

namespace keepline::link {

/// `sandbox`: what it signs says so.
std::unique_ptr<port::connector> make_signer_connector(std::shared_ptr<const signing_keys> key,
                                                       std::string operator_name = {}, bool sandbox = false);

}  // namespace keepline::link
