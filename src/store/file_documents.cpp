#include "store/file_documents.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "store/file_copy.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace keepline::store {

namespace {

namespace fs = std::filesystem;
using base::code;
using base::refuse;
using base::result;

constexpr std::size_t document_max = 16UL * 1024 * 1024;  // of a file that is read; what is put is smaller
constexpr std::string_view person_prefix = "s-";
constexpr char half_mark = '~';  // in no label

std::unexpected<base::error> cannot(std::string_view what, const fs::path& path, int why) {
    const auto full = why == ENOSPC || why == EDQUOT;
    return refuse(
        full ? code::storage_full : code::unavailable,
        "`" + path.string() + "` cannot be " + std::string(what) + ": " + std::generic_category().message(why) + ".");
}

/// A descriptor that closes itself.
class open_file {
 public:
    explicit open_file(int fd) : fd_(fd) {}
    ~open_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    int number() const { return fd_; }

 private:
    int fd_;
};

/// What a name in a folder points to must be on disk before anybody is told that it is there.
result<void> make_durable_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return sync_directory_of(path.string());
    if (errno == EEXIST) return {};
    if (errno != ENOENT || !path.has_parent_path() || path.parent_path() == path) return cannot("made", path, errno);
    CHECK(make_durable_folder(path.parent_path()));
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return cannot("made", path, errno);
    return sync_directory_of(path.string());
}

result<void> write_synced(const fs::path& path, base::byte_view what) {
    const open_file file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() < 0) return cannot("written", path, errno);
    while (!what.empty()) {
        const auto written = ::write(file.number(), what.data(), what.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannot("written", path, errno);
        what = what.subspan(static_cast<std::size_t>(written));
    }
    ENSURE(::fsync(file.number()) == 0);  // nobody knows what reached the disk
    return {};
}

std::optional<base::label> person_of(const fs::path& folder) {
    const auto name = folder.filename().string();
    if (!name.starts_with(person_prefix)) return std::nullopt;
    auto parsed = base::label::parse(name.substr(person_prefix.size()));
    return parsed ? std::optional(*parsed) : std::nullopt;
}

/// By the file's own time, and the machine's.
bool is_older(const fs::path& path, std::chrono::seconds than) {
    struct stat about{};
    if (::lstat(path.c_str(), &about) != 0) return false;
    return std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(about.st_mtim.tv_sec) >= than;
}

}  // namespace

fs::path file_documents::folder_of(const base::label& subscriber) const {
    const auto hash = base::hex(base::sha256(base::view(subscriber.text())));
    return folder_ / hash.substr(0, 2) / (std::string(person_prefix) + subscriber.text());
}

result<bool> file_documents::put(const port::document_name& name, base::byte_view sealed) {
    const auto folder = folder_of(name.subscriber);
    CHECK(make_durable_folder(folder));
    const auto place = folder / ("d-" + name.id.text());
    static std::atomic<std::uint64_t> serial{0};  // two writers of one name never mix
    const auto half = fs::path(place.string() + half_mark + std::to_string(serial.fetch_add(1)));
    if (const auto written = write_synced(half, sealed); !written) {
        ::unlink(half.c_str());
        return std::unexpected(written.error());
    }
    // A link, not a rename: what is there stays.
    const int outcome = ::link(half.c_str(), place.c_str()) == 0 ? 0 : errno;
    ::unlink(half.c_str());
    if (outcome != 0 && outcome != EEXIST) return cannot("written", place, outcome);
    CHECK(sync_directory_of(place.string()));
    return outcome == 0;
}

result<base::bytes> file_documents::get(const port::document_name& name) {
    const auto place = folder_of(name.subscriber) / ("d-" + name.id.text());
    const open_file file(::open(place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.number() < 0 && errno == ENOENT) return refuse(code::not_found, "There is no such document.");
    struct stat about{};
    if (file.number() < 0 || ::fstat(file.number(), &about) != 0) return cannot("read", place, errno);
    if (!S_ISREG(about.st_mode) || static_cast<std::size_t>(about.st_size) > document_max)
        return refuse(code::journal_broken, "A document's file is not as it was written.");
    base::bytes out(static_cast<std::size_t>(about.st_size));
    for (std::size_t at = 0; at < out.size();) {
        const auto got = ::read(file.number(), out.data() + at, out.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return cannot("read", place, got < 0 ? errno : EIO);
        at += static_cast<std::size_t>(got);
    }
    return out;
}

result<void> file_documents::remove(const port::document_name& name) {
    const auto place = folder_of(name.subscriber) / ("d-" + name.id.text());
    if (::unlink(place.c_str()) != 0) return errno == ENOENT ? result<void>() : cannot("removed", place, errno);
    return sync_directory_of(place.string());
}

result<void> file_documents::remove_all(const base::label& subscriber) {
    const auto folder = folder_of(subscriber);
    std::error_code failure;
    fs::remove_all(folder, failure);
    if (failure) return cannot("removed", folder, failure.value());
    // Where nobody had a document there is nothing to make durable.
    return fs::exists(folder.parent_path(), failure) ? sync_directory_of(folder.string()) : result<void>();
}

result<void> file_documents::each(std::chrono::seconds older,
                                  const std::function<void(const port::document_name&)>& take) {
    std::error_code failure;
    fs::recursive_directory_iterator at(folder_, failure);
    if (failure == std::errc::no_such_file_or_directory) return {};
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        const auto path = at->path();
        const auto person = person_of(path.parent_path());
        const auto name = path.filename().string();
        if (!person || !name.starts_with("d-") || !is_older(path, older)) continue;
        if (name.contains(half_mark)) {
            ::unlink(path.c_str());
            continue;
        }
        if (const auto id = base::label::parse(name.substr(2))) take({*person, *id});
    }
    // A folder that went while it was looked at is no trouble.
    if (failure && failure != std::errc::no_such_file_or_directory) return cannot("read", folder_, failure.value());
    return {};
}

}  // namespace keepline::store
