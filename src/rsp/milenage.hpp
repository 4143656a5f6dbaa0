// The operator's key of Milenage (3GPP TS 35.206): what a profile and the HLR hold is OPc, derived from the
// subscriber's key Ki and the operator's OP. Pure; any thread. The caller wipes what it no longer needs.
#pragma once

#include "base/bytes.hpp"

namespace keepline::rsp {

using milenage_key = base::byte_array<16>;

/// OPc = AES-128(Ki, OP) xor OP (TS 35.206 §4.1 and §8.2).
milenage_key opc(const milenage_key& ki, const milenage_key& op);

}  // namespace keepline::rsp
