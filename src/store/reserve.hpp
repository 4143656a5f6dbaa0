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
    reserve(std::string path, std::int64_t bytes);

    /// Keeps the room back, all of it or none: true when it is kept (it may have been already).
    bool hold();
    /// What a run before this one kept back, when nothing else is left to start with.
    void release_if_there_is_no_other();
    /// Gives it to whoever writes next. False: there was none.
    bool release();
    std::int64_t held_bytes() const;
    /// On the file system of the reserve, for us.
    std::int64_t free_bytes() const;

 private:
    const std::string path_;
    std::int64_t wanted_;  // on a small disk less than was asked for
    mutable std::mutex mutex_;
    std::int64_t held_ = 0;
};

}  // namespace keepline::store
