// The operator's key of TUAK (3GPP TS 35.231): what a profile and the HLR hold is TOPc, derived from the subscriber's
// key K and the operator's TOP with the permutation Keccak-f[1600]. Pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace keepline::rsp {

using tuak_operator_key = base::byte_array<32>;
using keccak_state = base::byte_array<200>;

/// Keccak-f[1600] in place (FIPS 202 §3.3; state bytes as in TS 35.231 §6.1, lane by lane, little end first).
void keccak_f1600(keccak_state& state);

/// TOPc of a key of 16 or 32 bytes (TS 35.231 §6.2); code::invalid for another length or for no iteration.
base::result<tuak_operator_key> topc(base::byte_view key, const tuak_operator_key& top, unsigned iterations = 1);

}  // namespace keepline::rsp
