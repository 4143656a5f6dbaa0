// The closing certificate as a person reads and prints it: what is signed, in words of the reader's language, and what
// the bank has said of the refund since. It proves nothing by itself: the signed form does, below it or beside it.
// Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "domain/number/closure.hpp"
#include "text/book.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::desk {

struct certificate_reading {
    const text::book* texts = nullptr;
    std::string_view language;          // as Accept-Language names it
    const base::zone* zone = nullptr;   // where the line was
    std::optional<domain::refund> now;  // of the refund, as it stands when the page is made
    bool shows_signed = true;           // the signed text at its end; not where it can be fetched beside it
};

/// A whole page of HTML, without script, image or link. code::certificate_invalid: not a certificate of ours.
base::result<std::string> certificate_page(std::string_view jws, const certificate_reading& how);

/// The same without what is around it, for a page that has a frame of its own.
base::result<std::string> certificate_in_words(std::string_view jws, const certificate_reading& how);

/// The same as PDF, with the address of the page that verifies certificates at its end; empty: there is none.
base::result<std::string> certificate_pdf(std::string_view jws, const certificate_reading& how,
                                          std::string_view verified_at = {});

}  // namespace keepline::desk
