// HMAC-SHA-1 (RFC 2104), for what standards say is made with it: the codes of authenticators. Nothing of ours is.
#pragma once

#include "base/bytes.hpp"

namespace keepline::base {

byte_array<20> hmac_sha1(byte_view key, byte_view data);

}  // namespace keepline::base
