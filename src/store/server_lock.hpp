// One server per data directory: an flock on <data_dir>/keepline.lock, held as long as this object lives. The kernel
// gives it back however the process ends. Other programs beside the server (tokens, backup, verify) do not take it.
#pragma once

#include "base/error.hpp"

#include <string>
#include <utility>

namespace keepline::store {

class server_lock {
 public:
    /// code::unavailable, with the process id of the holder, when another process has it.
    static base::result<server_lock> take(const std::string& data_dir);
    server_lock(server_lock&& from) noexcept : file_(std::exchange(from.file_, -1)) {}
    server_lock& operator=(server_lock&&) = delete;
    ~server_lock();

 private:
    explicit server_lock(int file) : file_(file) {}
    int file_;
};

}  // namespace keepline::store
