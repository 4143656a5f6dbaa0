#include "link/durable_file.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

std::unexpected<base::error> failed(std::string_view doing, const std::string& file) {
    return refuse(code::unavailable,
                  std::string(doing) + " " + file + " failed: " + std::generic_category().message(errno) + ".");
}

}  // namespace

file_descriptor::~file_descriptor() { close(); }

file_descriptor& file_descriptor::operator=(file_descriptor&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = other.release();
    }
    return *this;
}

void file_descriptor::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool is_plain_key(std::string_view key) {
    return !key.empty() && key.size() <= 40 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

result<void> make_folder(const std::string& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        return refuse(code::unavailable, "Making the folder " + folder + " failed: " + failure.message() + ".");
    return {};
}

bool file_exists(const std::string& file) { return ::access(file.c_str(), F_OK) == 0; }

namespace {

result<std::string> read_all(const file_descriptor& fd, const std::string& file, std::size_t max_bytes) {
    std::string out;
    std::array<char, 65536> part{};
    for (;;) {
        const auto got = ::read(fd.number(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("Reading", file);
        if (got == 0) return out;
        out.append(part.data(), static_cast<std::size_t>(got));
        if (out.size() > max_bytes) return refuse(code::too_large, file + " is larger than it can be.");
    }
}

/// A new file with these bytes; synced or not, it is nothing to anybody until it is renamed.
result<file_descriptor> write_new(const std::string& file, std::string_view bytes, int mode) {
    ::unlink(file.c_str());  // of a process before us, or a link that would lead us elsewhere
    const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_descriptor fd(::open(file.c_str(), how, static_cast<mode_t>(mode)));
    if (!fd) return failed("Making", file);
    while (!bytes.empty()) {
        const auto put = ::write(fd.number(), bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return failed("Writing", file);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return fd;
}

std::string folder_of(const std::string& file) {
    const auto slash = file.rfind('/');
    return slash == std::string::npos ? "." : file.substr(0, slash + 1);
}

/// Two tries of one effect may overlap for a moment, so each writes under a name of its own.
std::string draft_name(const std::string& folder, const std::string& name) {
    static std::atomic<unsigned> serial{0};
    return folder + "/." + name + "." + std::to_string(::getpid()) + "." + std::to_string(++serial);
}

}  // namespace

result<std::string> read_file(const std::string& file, std::size_t max_bytes) {
    const file_descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) return refuse(code::not_found, "There is no file " + file + ".");
        return failed("Opening", file);
    }
    return read_all(fd, file, max_bytes);
}

result<std::string> read_plain_file(const std::string& file, std::size_t max_bytes) {
    TRY(fd, open_plain_file(file, O_RDONLY));
    return read_all(fd, file, max_bytes);
}

result<file_descriptor> open_plain_file(const std::string& file, int flags, int mode) {
    file_descriptor fd(::open(file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!fd && errno == ENOENT) return refuse(code::not_found, "There is no file " + file + ".");
    if (!fd && (errno == ELOOP || errno == ENXIO))
        return refuse(code::unavailable, file + " is a link or a pipe, and no plain file: take it away.");
    if (!fd) return failed("Opening", file);
    struct stat about{};
    if (::fstat(fd.number(), &about) != 0) return failed("Opening", file);
    if (!S_ISREG(about.st_mode)) return refuse(code::unavailable, file + " is no plain file: take it away.");
    if ((flags & O_ACCMODE) == O_RDONLY) return fd;
    if (about.st_uid != ::geteuid() && about.st_uid != 0 && ::geteuid() != 0)  // root loses nothing by it
        return refuse(
            code::unavailable,
            file + " belongs to another user, who can change it: chown it to the one that the server runs as.");
    if (about.st_nlink != 1)
        return refuse(code::unavailable,
                      file + " is a second name (a hard link) of another file: take that away, or copy it.");
    return fd;
}

result<void> write_synced(const std::string& file, std::string_view bytes, int mode) {
    TRY(fd, write_new(file, bytes, mode));
    ENSURE(::fsync(fd.number()) == 0);
    return {};
}

result<void> replace_file(const std::string& file, std::string_view bytes, int mode) {
    const auto folder = folder_of(file);
    const auto draft = draft_name(folder, file.substr(file.rfind('/') + 1));
    const auto made = write_new(draft, bytes, mode);
    if (made && ::fsync(made->number()) == 0 && ::rename(draft.c_str(), file.c_str()) == 0) {
        const file_descriptor held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (held && ::fsync(held.number()) == 0) return {};
        return failed("Syncing", folder);
    }
    auto why = made ? failed("Writing", file) : std::unexpected(made.error());
    ::unlink(draft.c_str());
    return why;
}

void sync_folder(const std::string& folder) {
    const file_descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ENSURE(fd && ::fsync(fd.number()) == 0);
}

result<void> rename_durably(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("Renaming", from);
    sync_folder(folder_of(to));
    return {};
}

result<void> write_durably(const std::string& tmp_folder, const std::string& folder, const std::string& name,
                           std::string_view bytes, int mode) {
    const auto tmp = draft_name(tmp_folder, name);
    if (auto written = write_synced(tmp, bytes, mode); !written) {
        ::unlink(tmp.c_str());
        return written;
    }
    auto renamed = rename_durably(tmp, folder + "/" + name);
    if (!renamed) ::unlink(tmp.c_str());
    return renamed;
}

}  // namespace keepline::link
