// Files into one ZIP archive, by libarchive, piece by piece: what is ready can be taken at any time. The same files
// make the same bytes: no times, no owners.
#pragma once

#include "desk/backup_archive.hpp"

#include <memory>
#include <string>
#include <utility>

namespace keepline::desk {

class zip_writer {
 public:
    static result<std::unique_ptr<zip_writer>> open();
    ~zip_writer();
    zip_writer(const zip_writer&) = delete;
    zip_writer& operator=(const zip_writer&) = delete;

    /// Then exactly `size` bytes of it by `write`, in as many steps as you like.
    result<void> begin(const std::string& name, std::size_t size);
    result<void> write(std::string_view some);
    result<void> end();
    /// What is ready and was not taken before.
    std::string take() { return std::exchange(ready_, {}); }
    std::size_t ready() const { return ready_.size(); }

 private:
    struct inner;
    zip_writer();

    std::string ready_;
    std::unique_ptr<inner> inner_;
};

/// All at once, in memory: for small ones.
result<std::string> zip(const std::vector<archive_file>& files);

}  // namespace keepline::desk
