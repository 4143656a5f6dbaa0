// A sheet as PDF: A4, text that can be searched and copied, tagged so that screen readers know headings, paragraphs and
// table cells (ISO 32000-1 §14.8). Fonts come from the machine (fontconfig), CJK among them if one is there; what is
// used of them is embedded. Any thread.
#pragma once

#include "base/error.hpp"
#include "text/sheet.hpp"

#include <string>
#include <string_view>

namespace keepline::print {

struct pdf_terms {
    std::string title;       // of the document, for readers and lists of files
    std::string author{};    // empty: nobody is named
    std::string language{};  // "zh-CN": said to screen readers; chooses between the forms of Han characters
    std::string address{};   // drawn as a QR code beside its text at the end; empty: none
};

/// code::internal: it could not be drawn. code::too_large: the address is too long for a QR code.
base::result<std::string> pdf_of(const text::sheet& what, const pdf_terms& how);

}  // namespace keepline::print
