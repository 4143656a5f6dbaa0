// What people type, without what they put around it: how the words of replies are compared, by the server and by the
// check of the texts that name them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace keepline::text {

/// Capital letters and digits, narrow; without spaces and the marks, symbols and pictures that people put around a
/// word, in whatever script. Empty: nothing but these. What is no UTF-8 stays, byte for byte.
std::string bare_words(std::string_view text);

}  // namespace keepline::text
