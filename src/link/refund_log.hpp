// Which refund is in which file, durably: `written.log` beside the files. Append-only text; a batch counts only when
// its closing line is there and fits, so that a torn write is no batch:
//
//   <EndToEndId> TAB <file> LF      for each refund of the batch
//   = TAB <file> TAB <count> TAB <first 16 hex digits of SHA-256 over the batch's lines> LF
//
// At start the log is read. What stands behind the last whole batch may be one that was torn while it was written, and
// nothing else: it is kept beside the log (written.log.torn-…) and cut off. Everything else that is no batch is not
// mended: a log that lost what was paid would pay it again. Then every *.xml.tmp in the folder is finished (its batch
// counts) or removed (it does not). One process per folder (flock). One thread at a time.
#pragma once

#include "base/error.hpp"
#include "link/durable_file.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace keepline::link {

/// What a log says up to its last whole batch: its length, and a digest that each batch makes of the one before it and
/// of itself. Two logs with one mark say the same, so one that knows the mark knows a log that lost or changed any of
/// it.
struct refund_mark {
    std::uint64_t octets = 0;
    std::string chain;  // 64 hex digits; empty before the first batch
    bool operator==(const refund_mark&) const = default;
};

/// Reads the log in pieces, batch by batch.
class refund_log_reader {
 public:
    /// `lines`: of one batch without the closing one, which begin at this byte of the log. `now`: after it.
    using batch_taker = std::function<void(std::string_view lines, std::uint64_t offset, const refund_mark& now)>;
    explicit refund_log_reader(batch_taker each) : each_(std::move(each)) {}

    /// code::config_invalid at the first batch that does not fit its closing line.
    result<void> feed(std::string_view part);
    /// At the end: what is left must be the beginning of one batch, or nothing.
    result<void> finish() const;
    const refund_mark& mark() const { return mark_; }
    const std::string& tail() const { return pending_; }

 private:
    batch_taker each_;
    refund_mark mark_;
    std::string pending_;  // from the first byte that no closing line has covered yet
    std::size_t searched_ = 0;
};

/// The whole of a text, to its last whole batch. `known`: does it say all that this mark stands for?
struct refund_log_read {
    refund_mark mark;
    bool has_known = true;
};
result<refund_log_read> read_refund_log(std::string_view text, const refund_mark& known = {});

class refund_log {
 public:
    static result<refund_log> open(const std::string& folder);

    /// The file that carries this refund.
    std::optional<std::string> file_of(const std::string& end_to_end_id) const;
    bool has_file(const std::string& name) const;
    /// Durable and visible to the bank when it returns. On an error nothing of the batch counts.
    result<void> write_batch(const std::string& file, std::string_view xml, const std::vector<std::string>& ids);
    /// Of what is durable.
    const refund_mark& mark() const { return mark_; }

 private:
    refund_log(std::string folder, file_descriptor fd) : folder_(std::move(folder)), fd_(std::move(fd)) {}
    result<void> load();
    result<void> set_aside(const std::string& torn);
    void take_batch(std::string_view lines, std::uint64_t offset);
    result<void> finish_files();

    std::string folder_;
    file_descriptor fd_;
    refund_mark mark_;  // of the log that counts
    // Hash of the id → where its line is: the line itself stays on disk, and is compared.
    std::unordered_multimap<std::uint64_t, std::uint64_t> places_;
};

}  // namespace keepline::link
