// Files that survive power loss: written beside, synced, renamed, and the folder synced. A failed fsync stops the
// process (nobody can know what reached the disk); everything else is an error value. Any thread; two writers of one
// name never mix.
//
// A folder that the configuration names may be somebody else's as well (the bank's, a second disk, an SMS gateway's):
// whoever writes there can put a link, a FIFO or another's file where ours is looked for. So nothing is truncated where
// it lies, new bytes come under a new name and are renamed, no link is followed, and only a plain file of our own (or
// of root) with this one name is written to.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace keepline::link {

using base::result;

/// Makes the folder and its parents. code::unavailable with the reason.
result<void> make_folder(const std::string& folder);
/// Durable under `folder/name` when it returns; an existing file of that name is replaced in one step. The bytes pass
/// through `tmp_folder`, which is on the same file system.
result<void> write_durably(const std::string& tmp_folder, const std::string& folder, const std::string& name,
                           std::string_view bytes, int mode = 0640);
/// A new file, written and synced; no rename. What has this name, a link as well, is taken away first.
result<void> write_synced(const std::string& file, std::string_view bytes, int mode = 0640);
/// Durable under this name when it returns, in one step, by way of a new file beside it. Also of a disk that fails: a
/// failed fsync is code::unavailable here, because what was written is thrown away.
result<void> replace_file(const std::string& file, std::string_view bytes, int mode = 0640);
/// Renames within one file system and syncs the folder of the new name.
result<void> rename_durably(const std::string& from, const std::string& to);
void sync_folder(const std::string& folder);
bool file_exists(const std::string& file);
/// The whole file, at most `max_bytes`. code::not_found, code::too_large, code::unavailable. Follows links: of files
/// that somebody names for this once.
result<std::string> read_file(const std::string& file, std::size_t max_bytes);
/// The same of a file in a folder that others may write: no link, and nothing but a plain file.
result<std::string> read_plain_file(const std::string& file, std::size_t max_bytes);

/// A descriptor that closes itself.
class file_descriptor {
 public:
    explicit file_descriptor(int fd = -1) : fd_(fd) {}
    ~file_descriptor();
    file_descriptor(file_descriptor&& other) noexcept : fd_(other.release()) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept;
    int number() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void close();

 private:
    int fd_;
};

/// Opens a file in a folder that others may write, without waiting and without following a link at its end: a plain
/// file; and where `flags` write, one that is ours or root's and has no second name. code::not_found, code::unavailable
/// with words that say what stands in the way.
result<file_descriptor> open_plain_file(const std::string& file, int flags, int mode = 0640);

/// What idempotency keys are made of, and so file names: 1 to 40 of [a-z0-9-].
bool is_plain_key(std::string_view key);

}  // namespace keepline::link
