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

result<std::string> read_file(const std::string& file, std::size_t max_bytes) {
    const file_descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) return refuse(code::not_found, "There is no file " + file + ".");
        return failed("Opening", file);
    }
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

result<void> write_synced(const std::string& file, std::string_view bytes, int mode) {
    const file_descriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode)));
    if (!fd) return failed("Making", file);
    while (!bytes.empty()) {
        const auto put = ::write(fd.number(), bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return failed("Writing", file);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    ENSURE(::fsync(fd.number()) == 0);
    return {};
}

void sync_folder(const std::string& folder) {
    const file_descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ENSURE(fd && ::fsync(fd.number()) == 0);
}

result<void> rename_durably(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("Renaming", from);
    const auto slash = to.rfind('/');
    sync_folder(slash == std::string::npos ? "." : to.substr(0, slash + 1));
    return {};
}

result<void> write_durably(const std::string& tmp_folder, const std::string& folder, const std::string& name,
                           std::string_view bytes, int mode) {
    // Two tries of one effect may overlap for a moment, so each writes under a name of its own.
    static std::atomic<unsigned> serial{0};
    const auto tmp = tmp_folder + "/." + name + "." + std::to_string(::getpid()) + "." + std::to_string(++serial);
    if (auto written = write_synced(tmp, bytes, mode); !written) {
        ::unlink(tmp.c_str());
        return written;
    }
    auto renamed = rename_durably(tmp, folder + "/" + name);
    if (!renamed) ::unlink(tmp.c_str());
    return renamed;
}

}  // namespace keepline::link
