// Room on the disk that is kept back for what must still be written when it is full: how far deliveries are, and what
// the world answered. A file of zeros beside the store, which is emptied when the room is needed. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace keepline::store {

class reserve {
 public:
    /// Nothing is kept back until hold() is called.
    reserve(std::string path, std::int64_t bytes) : path_(std::move(path)), wanted_(bytes) {}

    /// Keeps the room back, at most a quarter of what is free: true when it is kept (it may have been already).
    bool hold();
    /// Gives it to whoever writes next. False: there was none.
    bool release();
    std::int64_t held_bytes() const;
    /// On the file system of the reserve, for us.
    std::int64_t free_bytes() const;

 private:
    const std::string path_;
    const std::int64_t wanted_;
    mutable std::mutex mutex_;
    std::int64_t held_ = 0;
};

}  // namespace keepline::store
