// When the certificates in a file expire, whatever they are for: TLS ones may be of kinds that SGP.22 does not know
// (certificate.hpp reads those it does). Pure: the file's content comes in. Any thread.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>

namespace keepline::rsp {

/// Of PEM, one or many, or one in DER: when the first of them expires. None: there is no certificate in it.
std::optional<base::instant> first_end_in(std::string_view file);

}  // namespace keepline::rsp
