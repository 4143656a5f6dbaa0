#include "store/file_copy.hpp"

#include "store/sqlite.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace keepline::store {

namespace {

using base::result;

std::unexpected<base::error> file_trouble(const std::string& path, std::string_view doing) {
    const int why = errno;
    if (why == EEXIST)
        return base::refuse(base::code::invalid, "`" + path + "` exists already; choose a new name for the copy.");
    return base::refuse(base::code::unavailable,
                        "`" + path + "` cannot be " + std::string(doing) + " (" + std::strerror(why) + ").");
}

/// Removes the half-made copy, whatever happens.
struct removed_at_end {
    std::string path;
    ~removed_at_end() {
        for (const char* tail : {"", "-journal", "-wal", "-shm"}) ::unlink((path + tail).c_str());
    }
};

result<void> copy_pages(const std::string& from, const std::string& to) {
    TRY(source, connection::open(from, connection::mode::read_only));
    TRY(target, connection::open(to, connection::mode::read_write));
    // Nobody reads the copy before it is complete, so it is made durable once, at the end.
    CHECK(target.execute("PRAGMA synchronous = OFF"));
    sqlite3_backup* const copy = sqlite3_backup_init(target.raw(), "main", source.raw(), "main");
    if (copy == nullptr)
        return std::unexpected(error_of(target.raw(), sqlite3_errcode(target.raw()), "The copy cannot be started"));
    // All pages in one step: one snapshot. In several steps it would start again after every commit of the server.
    const int outcome = sqlite3_backup_step(copy, -1);
    const int finished = sqlite3_backup_finish(copy);
    if (outcome != SQLITE_DONE)
        return std::unexpected(error_of(nullptr, finished != SQLITE_OK ? finished : outcome, "The copy failed"));
    // Without a write-ahead log beside it the copy is one file that can be carried away.
    CHECK(target.execute("PRAGMA journal_mode = DELETE"));
    TRY(verdict, target.word("PRAGMA integrity_check(1)"));
    if (verdict != "ok")
        return base::refuse(base::code::journal_broken, "The copy does not pass its integrity check: " + verdict + ".");
    return {};
}

result<void> sync_path(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    if (file < 0) return file_trouble(path, "opened");
    const int outcome = ::fsync(file);
    const int why = errno;
    ::close(file);
    errno = why;
    if (outcome != 0) return file_trouble(path, "made durable");
    return {};
}

}  // namespace

result<void> sync_directory_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    return sync_path(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
}

result<void> copy_file(const std::string& from, const std::string& to) {
    if (::access(to.c_str(), F_OK) == 0) {
        errno = EEXIST;
        return file_trouble(to, "written");
    }
    const std::string partial = to + ".partial-" + std::to_string(::getpid());  // a crashed copy blocks nobody
    const int made = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return file_trouble(partial, "written");
    ::close(made);
    const removed_at_end cleanup{partial};
    CHECK(copy_pages(from, partial));
    CHECK(sync_path(partial, O_RDONLY));
    // A hard link never replaces what somebody else has put there meanwhile; a rename would.
    if (::link(partial.c_str(), to.c_str()) != 0) return file_trouble(to, "written");
    return sync_directory_of(to);
}

}  // namespace keepline::store
