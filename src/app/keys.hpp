// The instance's secret: 32 bytes in a file of its own, made at the first start. Tokens, one-time codes and digests are
// derived from it (port/secrets.hpp). One thread, at start.
#pragma once

#include "app/config.hpp"
#include "port/random.hpp"
#include "port/secrets.hpp"

namespace keepline::app {

/// code::config_invalid when others may read the file or it is no secret of ours.
result<port::secrets> load_secrets(const std::string& file, port::random& random);

/// Makes the folders that the data and the keys go into, each for its owner only.
result<void> make_folders(const config& how);

}  // namespace keepline::app
