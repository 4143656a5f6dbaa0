#include "store/server_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::store {

namespace {

std::unexpected<base::error> unusable(const std::string& store_path, const std::string& why) {
    return base::refuse(base::code::unavailable, "The store `" + store_path + "` " + why);
}

/// Where the file really is: two servers must meet at one lock, whatever names they know it by.
base::result<std::string> real_folder_of(const std::string& store_path) {
    std::error_code failure;
    const auto real = std::filesystem::weakly_canonical(store_path, failure);
    if (failure) return unusable(store_path, "cannot be followed to where it is (" + failure.message() + ").");
    struct stat about{};
    const bool is_there = ::stat(real.c_str(), &about) == 0;
    if (is_there && !S_ISREG(about.st_mode)) return unusable(store_path, "is no file; store.path names one.");
    if (is_there && about.st_nlink > 1)
        return unusable(store_path,
                        "has a second name (a hard link). A server under that name would write into the same file "
                        "without knowing of this one: remove the other name, or put a copy in its place.");
    return real.parent_path().string();
}

}  // namespace

base::result<server_lock> server_lock::take(const std::string& store_path) {
    TRY(data_dir, real_folder_of(store_path));
    return take_file(data_dir + "/keepline.lock",
                     " is using `" + data_dir + "`; stop it first, or choose another data directory.");
}

base::result<void> server_lock::check_place(const std::string& store_path) {
    CHECK(real_folder_of(store_path));
    return {};
}

base::result<server_lock> server_lock::take_keys(const std::string& keys_path) {
    return take_file(keys_path + ".lock", " is using the subscribers' keys `" + keys_path +
                                              "`: each store has its own (keys.subscriber_keys_file).");
}

base::result<server_lock> server_lock::take_file(const std::string& path, const std::string& in_use) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return base::refuse(base::code::unavailable,
                            "`" + path + "` cannot be opened (" + std::strerror(errno) + "); check its folder.");
    server_lock taken(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        std::array<char, 32> holder{};
        const auto size = ::pread(file, holder.data(), holder.size() - 1, 0);
        const std::string process = size > 0 ? " (process " + std::string(holder.data()) + ")" : "";
        return base::refuse(base::code::unavailable, "Another Keepline server" + process + in_use);
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
