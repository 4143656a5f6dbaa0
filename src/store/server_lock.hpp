// One server per store: an flock on keepline.lock in the folder where the store's file really is (behind all symbolic
// links), held as long as this object lives. A file with a second name is refused, for the folder of the other name has
// another lock. The kernel gives the lock back however the process ends. Other programs beside the server (tokens,
// backup, verify) do not take it.
#pragma once

#include "base/error.hpp"

#include <string>
#include <utility>

namespace keepline::store {

class server_lock {
 public:
    /// code::unavailable, with the process id of the holder, when another process has it; or when the file has hard
    /// links.
    static base::result<server_lock> take(const std::string& store_path);
    /// What take() would refuse whoever runs: no file, or one with a second name. Nothing is made.
    static base::result<void> check_place(const std::string& store_path);
    /// The same on a file of subscribers' keys: two stores with the same keys would make each other's useless.
    static base::result<server_lock> take_keys(const std::string& keys_path);
    server_lock(server_lock&& from) noexcept : file_(std::exchange(from.file_, -1)) {}
    server_lock& operator=(server_lock&&) = delete;
    ~server_lock();

 private:
    explicit server_lock(int file) : file_(file) {}
    static base::result<server_lock> take_file(const std::string& path, const std::string& in_use);
    int file_;
};

}  // namespace keepline::store
