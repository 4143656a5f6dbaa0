// A person's archive, made while it is sent: one file of it is in memory at a time, beside what it is made from.
// One thread at a time.
#pragma once

#include "desk/zip.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace keepline::desk {

/// What an archive is made of: each file when it is asked for, and manifest.json of what they came to. Making one twice
/// makes the same bytes.
struct archive_plan {
    std::size_t files = 0;
    std::function<result<archive_file>(std::size_t)> make;
    std::function<std::string(std::vector<manifest_file>)> manifest;
};

class archive_stream {
 public:
    /// Makes every file once, for the manifest, and lets it go again.
    static result<std::unique_ptr<archive_stream>> open(archive_plan plan);
    /// What a customer takes along before a line is closed.
    static result<std::unique_ptr<archive_stream>> open(archive_source from);

    /// SHA-256 of manifest.json, hex: known before the first byte leaves.
    const std::string& manifest_digest() const { return manifest_digest_; }
    /// Some tens of kilobytes; empty: that was all.
    result<std::string> next();

 private:
    explicit archive_stream(archive_plan plan) : plan_(std::move(plan)) {}
    result<archive_file> file(std::size_t index) const;

    archive_plan plan_;
    std::string manifest_;
    std::string manifest_digest_;
    std::unique_ptr<zip_writer> to_;
    archive_file now_;
    std::size_t files_ = 0;    // begun so far
    std::size_t written_ = 0;  // of now_
    bool ended_ = false;
};

}  // namespace keepline::desk
