#include "store/reserve.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace keepline::store {

namespace {

constexpr std::int64_t least_to_start = 256 << 10;
constexpr std::int64_t part_of_disk = 8;

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

reserve::reserve(std::string path, std::int64_t bytes) : path_(std::move(path)), wanted_(bytes) {
    struct statvfs about{};
    if (::statvfs(folder_of(path_).c_str(), &about) != 0) return;
    wanted_ = std::min(
        wanted_, static_cast<std::int64_t>(about.f_blocks) * static_cast<std::int64_t>(about.f_frsize) / part_of_disk);
}

bool reserve::hold() {
    const std::scoped_lock held(mutex_);
    if (held_ > 0) return true;
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return false;
    const bool kept = wanted_ > 0 && ::posix_fallocate(file, 0, wanted_) == 0;
    if (!kept) static_cast<void>(::ftruncate(file, 0));
    ::close(file);
    held_ = kept ? wanted_ : 0;
    return kept;
}

void reserve::release_if_there_is_no_other() {
    if (free_bytes() < least_to_start) static_cast<void>(::truncate(path_.c_str(), 0));
}

bool reserve::release() {
    const std::scoped_lock held(mutex_);
    if (held_ == 0) return false;
    held_ = 0;
    return ::truncate(path_.c_str(), 0) == 0;
}

std::int64_t reserve::held_bytes() const {
    const std::scoped_lock held(mutex_);
    return held_;
}

std::int64_t reserve::free_bytes() const {
    struct statvfs about{};
    if (::statvfs(folder_of(path_).c_str(), &about) != 0) return 0;
    return static_cast<std::int64_t>(about.f_bavail) * static_cast<std::int64_t>(about.f_frsize);
}

}  // namespace keepline::store
