// Which refund is in which file, durably: `written.log` beside the files. Append-only text; a batch counts only when
// its closing line is there and fits, so that a torn write is no batch:
//
//   <EndToEndId> TAB <file> LF      for each refund of the batch
//   = TAB <file> TAB <count> TAB <first 16 hex digits of SHA-256 over the batch's lines> LF
//
// At start the log is read, a torn tail is cut off, and every *.xml.tmp in the folder is finished (its batch counts) or
// removed (it does not). One process per folder (flock). One thread at a time.
#pragma once

#include "base/error.hpp"
#include "link/durable_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace keepline::link {

class refund_log {
 public:
    static result<refund_log> open(const std::string& folder);

    /// The file that carries this refund.
    std::optional<std::string> file_of(const std::string& end_to_end_id) const;
    bool has_file(const std::string& name) const;
    /// Durable and visible to the bank when it returns. On an error nothing of the batch counts.
    result<void> write_batch(const std::string& file, std::string_view xml, const std::vector<std::string>& ids);

 private:
    refund_log(std::string folder, file_descriptor fd) : folder_(std::move(folder)), fd_(std::move(fd)) {}
    result<void> load();
    void take_batch(std::string_view lines, std::uint64_t offset);
    result<void> finish_files();

    std::string folder_;
    file_descriptor fd_;
    std::uint64_t size_ = 0;  // of the log that counts
    // Hash of the id → where its line is: the line itself stays on disk, and is compared.
    std::unordered_multimap<std::uint64_t, std::uint64_t> places_;
};

}  // namespace keepline::link
