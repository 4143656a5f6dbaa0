// The language of a document that Cairo wrote. Cairo tags what is in it and has no way to say in which language it is
// (not in 1.18 either), so that is said afterwards, as PDF has it: what was written stays byte for byte, and a catalog
// that also has /Lang follows it (ISO 32000-1 §7.5.6, incremental updates; §14.9.2, /Lang). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace keepline::print {

/// The same document in this language, "zh-CN"; as it came where the language is no tag (RFC 5646) or the document does
/// not end with a table of its objects.
std::string in_language(std::string pdf, std::string_view language);

}  // namespace keepline::print
