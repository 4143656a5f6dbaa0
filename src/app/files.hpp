// Reading whole files, and making private ones. Any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace keepline::app {

/// code::not_found, code::too_large, code::unavailable; the words name the file.
base::result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

/// Writes (or overwrites) a file that only its owner may read. code::unavailable.
base::result<void> write_private_file(const std::filesystem::path& file, std::string_view content);

/// The same in one step: whoever reads sees the old content or the new, also after a crash. code::unavailable.
base::result<void> replace_private_file(const std::filesystem::path& file, std::string_view content);

/// Everybody on the machine may read it.
bool others_may_read(const std::filesystem::path& file);

/// Everybody on the machine may change it, or, of a folder, what is in it.
bool others_may_write(const std::filesystem::path& file);

/// Makes the folder and its parents; the last one is for its owner only.
base::result<void> make_private_folder(const std::filesystem::path& folder);

/// Reads a file that only its owner may read. Where there is none, writes what `make` gives: synced, mode 0600, never
/// over a file that appeared meanwhile. code::config_invalid when others may read it.
base::result<std::string> private_file(const std::filesystem::path& file, std::size_t max_bytes,
                                       const std::function<std::string()>& make);

}  // namespace keepline::app
