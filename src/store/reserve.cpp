#include "store/reserve.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace keepline::store {

namespace {
constexpr std::int64_t least_bytes = 256 << 10;  // less would not hold one batch
}

bool reserve::hold() {
    const std::scoped_lock held(mutex_);
    if (held_ > 0) return true;
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return false;
    struct stat about{};
    const std::int64_t there = ::fstat(file, &about) == 0 ? about.st_blocks * 512 : 0;  // from the last run
    const auto size = std::min(wanted_, (free_bytes() + there) / 4);
    bool kept = size >= least_bytes;
    if (kept && there < size) kept = ::posix_fallocate(file, 0, size) == 0;
    if (!kept) static_cast<void>(::ftruncate(file, 0));
    ::close(file);
    held_ = kept ? std::max(size, there) : 0;
    return kept;
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
    const auto slash = path_.rfind('/');
    struct statvfs about{};
    if (::statvfs(slash == std::string::npos ? "." : path_.substr(0, slash).c_str(), &about) != 0) return 0;
    return static_cast<std::int64_t>(about.f_bavail) * static_cast<std::int64_t>(about.f_frsize);
}

}  // namespace keepline::store
