// ES9+.CancelSession (SGP.22 §5.6.5). Pure; any thread, one at a time per session.
#pragma once

#include "rsp/session.hpp"

namespace keepline::rsp {

/// CancelSessionReason of Annex H.
enum class cancel_reason : std::uint8_t {
    end_user_rejection = 0,
    postponed = 1,
    timeout = 2,
    ppr_not_allowed = 3,
    metadata_mismatch = 4,
    load_bpp_error = 5,
    undefined = 127,
};
/// Of v3 and later there are more: they come through as their numbers.
std::string_view text(cancel_reason what);

/// The session has ended after this. A session that was not authenticated has nobody whose signature could be verified.
outcome<cancel_reason> cancel(const provider&, session&, std::string_view transaction, base::byte_view response);

}  // namespace keepline::rsp
