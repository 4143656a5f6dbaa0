// The SM-DP+'s sessions in a SQLite file of their own (rsp.db, beside the journal). What a session holds has been given
// to the kernel when a call returns, so it survives the end of this process, however it ends; nothing ever waits for
// the disk (synchronous = OFF). Nobody can tell what a power cut leaves of such a file, so a file that another boot of
// this machine wrote is not believed: phones begin again. One process at a time: whoever holds the file has it alone,
// which saves the locks. Where the sessions are and when they end is kept in memory, about 200 bytes each; what they
// hold is read from the file.
//
// Any thread; calls wait for one another, under 10 µs each.
#pragma once

#include "port/rsp_sessions.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace keepline::store {

class sqlite_sessions final : public port::rsp_sessions {
 public:
    /// Sessions are worth minutes: a file that is damaged, or of another version or boot, is replaced by an empty one
    /// (see `renewed`). code::unavailable when another process holds it, or it cannot be written.
    static base::result<std::unique_ptr<sqlite_sessions>> open(const std::string& path,
                                                               port::session_limits limits = {});
    ~sqlite_sessions() override;

    base::result<void> put(base::byte_view transaction, base::byte_view content, port::session_trust trust,
                           base::instant expires_at) override;
    base::result<std::optional<port::stored_session>> find(base::byte_view transaction, base::instant now) override;
    base::result<bool> replace(base::byte_view transaction, std::uint64_t generation, base::byte_view content,
                               port::session_trust trust, base::instant expires_at) override;
    base::result<std::optional<port::stored_session>> take(base::byte_view transaction, base::instant now) override;
    base::result<std::size_t> expire(base::instant now, std::size_t at_most) override;
    base::result<std::size_t> count() override;

    /// Why the file was replaced when it was opened, for the log; empty: it was not.
    const std::string& renewed() const { return renewed_; }

 private:
    struct inner;
    explicit sqlite_sessions(std::unique_ptr<inner> with, std::string renewed);

    std::mutex mutex_;
    std::unique_ptr<inner> inner_;
    std::string renewed_;
};

}  // namespace keepline::store
