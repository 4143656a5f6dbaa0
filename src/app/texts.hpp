// The texts in force: those the program brings, and over them the files of [messages] texts. Any thread.
#pragma once

#include "app/config.hpp"
#include "desk/replies.hpp"
#include "text/book.hpp"

#include <memory>

namespace keepline::app {

/// `folder` empty: the shipped ones. code::config_invalid names file and line.
result<std::shared_ptr<const text::book>> load_texts(const std::string& folder);

/// [reply] of every language.
desk::reply_table reply_words(const text::book& of);

}  // namespace keepline::app
