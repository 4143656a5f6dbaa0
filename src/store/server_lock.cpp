#include "store/server_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace keepline::store {

base::result<server_lock> server_lock::take(const std::string& data_dir) {
    const std::string path = data_dir + "/keepline.lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return base::refuse(base::code::unavailable, "`" + path + "` cannot be opened (" + std::strerror(errno) +
                                                         "); check the data directory.");
    server_lock taken(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        std::array<char, 32> holder{};
        const auto size = ::pread(file, holder.data(), holder.size() - 1, 0);
        const std::string process = size > 0 ? " (process " + std::string(holder.data()) + ")" : "";
        return base::refuse(base::code::unavailable, "Another Keepline server" + process + " is using `" + data_dir +
                                                         "`; stop it first, or choose another data directory.");
    }
    // For the message above only; the lock is what counts, so a failed write harms nothing.
    const auto process = std::to_string(::getpid());
    if (::ftruncate(file, 0) == 0) static_cast<void>(!::pwrite(file, process.data(), process.size(), 0));
    return taken;
}

server_lock::~server_lock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace keepline::store
