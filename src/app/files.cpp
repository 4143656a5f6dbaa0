#include "app/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::app {

namespace {

namespace fs = std::filesystem;

std::string reason() { return std::strerror(errno); }

/// Closes itself.
class descriptor {
 public:
    explicit descriptor(int fd) : fd_(fd) {}
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int number() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

 private:
    int fd_;
};

base::result<std::string> read_open(const descriptor& in, const fs::path& file, std::size_t max_bytes) {
    std::string out;
    std::array<char, 65'536> buffer;
    for (;;) {
        const auto n = ::read(in.number(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return base::refuse(base::code::unavailable, file.string() + " cannot be read: " + reason() + ".");
        if (n == 0) return out;
        out.append(buffer.data(), static_cast<std::size_t>(n));
        if (out.size() > max_bytes)
            return base::refuse(base::code::too_large,
                                file.string() + " is larger than " + std::to_string(max_bytes) + " bytes.");
    }
}

bool write_all(const descriptor& out, std::string_view data) {
    while (!data.empty()) {
        const auto n = ::write(out.number(), data.data(), data.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data.remove_prefix(static_cast<std::size_t>(n));
    }
    return ::fsync(out.number()) == 0;
}

}  // namespace

base::result<std::string> read_file(const fs::path& file, std::size_t max_bytes) {
    const descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in && errno == ENOENT) return base::refuse(base::code::not_found, "There is no file " + file.string() + ".");
    if (!in) return base::refuse(base::code::unavailable, file.string() + " cannot be read: " + reason() + ".");
    return read_open(in, file, max_bytes);
}

namespace {

base::result<void> write_private(const fs::path& file, std::string_view content, int how) {
    const descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600));
    if (!out || ::fchmod(out.number(), 0600) != 0 || !write_all(out, content))
        return base::refuse(base::code::unavailable, file.string() + " cannot be written: " + reason() + ".");
    return {};
}

}  // namespace

base::result<void> write_private_file(const fs::path& file, std::string_view content) {
    return write_private(file, content, O_TRUNC);
}

base::result<void> replace_private_file(const fs::path& file, std::string_view content) {
    const auto draft = file.string() + "." + std::to_string(::getpid()) + ".tmp";
    ::unlink(draft.c_str());
    CHECK(write_private(draft, content, O_EXCL | O_NOFOLLOW));
    if (::rename(draft.c_str(), file.c_str()) != 0) {
        const auto why = reason();
        ::unlink(draft.c_str());
        return base::refuse(base::code::unavailable, file.string() + " cannot be written: " + why + ".");
    }
    if (const descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); folder)
        static_cast<void>(::fsync(folder.number()));
    return {};
}

bool others_may_read(const fs::path& file) {
    struct stat about{};
    return !file.empty() && ::stat(file.c_str(), &about) == 0 && (about.st_mode & 004) != 0;
}

bool others_may_write(const fs::path& file) {
    struct stat about{};
    // A folder where everybody removes only their own (/tmp) is no way in.
    return ::stat(file.c_str(), &about) == 0 && (about.st_mode & 002) != 0 && (about.st_mode & S_ISVTX) == 0;
}

base::result<void> make_private_folder(const fs::path& folder) {
    std::error_code failure;
    if (fs::is_directory(folder, failure)) return {};
    fs::create_directories(folder.parent_path(), failure);
    if (failure || (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST))
        return base::refuse(base::code::unavailable, "The folder " + folder.string() + " cannot be made: " +
                                                         (failure ? failure.message() : reason()) + ".");
    return {};
}

base::result<std::string> private_file(const fs::path& file, std::size_t max_bytes,
                                       const std::function<std::string()>& make) {
    // Not blocking: a FIFO of that name would hold up the start for ever.
    if (const descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); in) {
        struct stat about{};
        if (::fstat(in.number(), &about) != 0 || !S_ISREG(about.st_mode))
            return base::refuse(base::code::config_invalid, file.string() + " is no file.");
        if ((about.st_mode & 077) != 0)
            return base::refuse(
                base::code::config_invalid,
                file.string() + " can be read by others. Take their rights away: chmod 600 " + file.string());
        // Root reads what is the service user's: whoever runs `keepline verify` so loses nothing by it.
        if (about.st_uid != ::geteuid() && about.st_uid != 0 && ::geteuid() != 0)
            return base::refuse(base::code::config_invalid,
                                file.string() +
                                    " belongs to another user, who can change it; chown it to the one that "
                                    "the server runs as.");
        return read_open(in, file, max_bytes);
    }
    if (errno != ENOENT)
        return base::refuse(base::code::unavailable, file.string() + " cannot be read: " + reason() + ".");
    CHECK(make_private_folder(file.parent_path()));
    const auto content = make();
    const auto draft = file.string() + "." + std::to_string(::getpid()) + ".tmp";
    {
        const descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!out || !write_all(out, content)) {
            const auto why = reason();
            ::unlink(draft.c_str());
            return base::refuse(base::code::unavailable, file.string() + " cannot be written: " + why + ".");
        }
    }
    const bool linked = ::link(draft.c_str(), file.c_str()) == 0;  // fails where another process was first
    const auto why = errno;
    ::unlink(draft.c_str());
    if (!linked && why != EEXIST)
        return base::refuse(base::code::unavailable, file.string() + " cannot be written: " + std::strerror(why) + ".");
    if (const descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); folder)
        static_cast<void>(::fsync(folder.number()));
    return linked ? base::result<std::string>(content) : read_file(file, max_bytes);
}

}  // namespace keepline::app
