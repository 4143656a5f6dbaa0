// The texts in force: those the program brings, and over them the files of [messages] texts. Any thread.
#pragma once

#include "app/config.hpp"
#include "text/book.hpp"

#include <memory>

namespace keepline::app {

/// `folder` empty: the shipped ones. code::config_invalid names file and line.
result<std::shared_ptr<const text::book>> load_texts(const std::string& folder);

}  // namespace keepline::app
