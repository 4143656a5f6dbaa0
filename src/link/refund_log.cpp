#include "link/refund_log.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view unfinished = ".tmp";
constexpr std::size_t line_octets_max = 160;

std::uint64_t hash_of(std::string_view id) {
    const auto digest = base::sha256(base::view(id));
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 8; ++i) out = out << 8 | digest[i];
    return out;
}

std::string checksum(std::string_view lines) { return base::hex(base::sha256(base::view(lines))).substr(0, 16); }

std::string closing_line(const std::string& file, std::size_t count, std::string_view lines) {
    return "=\t" + file + "\t" + std::to_string(count) + "\t" + checksum(lines) + "\n";
}

std::unexpected<base::error> disk_error(std::string_view doing) {
    return refuse(code::peer_unreachable,
                  std::string(doing) + " failed: " + std::generic_category().message(errno) + ".");
}

struct log_line {
    std::string id;
    std::string file;
};

std::optional<log_line> split(std::string_view line) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos || tab == 0) return std::nullopt;
    return log_line{std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))};
}

/// The line at `offset` of the log, without its end.
std::string line_at(int fd, std::uint64_t offset) {
    std::array<char, line_octets_max> part{};
    const auto got = ::pread(fd, part.data(), part.size(), static_cast<off_t>(offset));
    if (got <= 0) return {};
    const std::string_view text(part.data(), static_cast<std::size_t>(got));
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

result<refund_log> refund_log::open(const std::string& folder) {
    CHECK(make_folder(folder));
    const auto file = folder + "/written.log";
    file_descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!fd) return disk_error("Opening " + file);
    if (::flock(fd.number(), LOCK_EX | LOCK_NB) != 0)
        return refuse(code::config_invalid, "Another process writes refunds into " + folder + ".");
    sync_folder(folder);
    refund_log out(folder, std::move(fd));
    CHECK(out.load());
    CHECK(out.finish_files());
    return out;
}

result<void> refund_log::load() {
    // Batch by batch: `pending` begins at the first byte that no closing line has covered yet.
    std::string pending;
    std::size_t searched = 0;
    std::array<char, 65536> part{};
    std::uint64_t read_to = 0;
    for (;;) {
        const auto got = ::pread(fd_.number(), part.data(), part.size(), static_cast<off_t>(read_to));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error("Reading written.log");
        if (got == 0) break;
        read_to += static_cast<std::uint64_t>(got);
        pending.append(part.data(), static_cast<std::size_t>(got));
        for (;;) {
            const auto end = pending.find('\n', searched);
            if (end == std::string::npos) break;
            const auto line = std::string_view(pending).substr(searched, end - searched);
            if (!line.starts_with("=\t")) {
                searched = end + 1;
                continue;
            }
            const auto lines = std::string_view(pending).substr(0, searched);
            const auto wanted = line.substr(line.rfind('\t') + 1);
            if (wanted != checksum(lines))
                return refuse(code::config_invalid,
                              "written.log in " + folder_ +
                                  " was changed: a batch does not fit its closing line. Restore it from a "
                                  "copy before paying anything.");
            take_batch(lines, size_);
            size_ += end + 1;
            pending.erase(0, end + 1);
            searched = 0;
        }
    }
    if (read_to != size_) {  // a torn batch: nobody was answered for it
        if (::ftruncate(fd_.number(), static_cast<off_t>(size_)) != 0) return disk_error("Cutting written.log");
        ENSURE(::fsync(fd_.number()) == 0);
    }
    return {};
}

void refund_log::take_batch(std::string_view lines, std::uint64_t offset) {
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        if (const auto line = split(lines.substr(0, end))) places_.emplace(hash_of(line->id), offset);
        offset += end + 1;
        lines.remove_prefix(end + 1);
    }
}

result<void> refund_log::finish_files() {
    std::error_code failure;
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        auto name = entry.path().filename().string();
        if (name.ends_with(".xml.tmp")) found.push_back(name.substr(0, name.size() - unfinished.size()));
    }
    if (failure)
        return refuse(code::config_invalid, "The folder " + folder_ + " cannot be read: " + failure.message() + ".");
    if (found.empty()) return {};
    std::set<std::string> counted;
    for (const auto& [hash, offset] : places_)
        if (const auto line = split(line_at(fd_.number(), offset))) counted.insert(line->file);
    for (const auto& name : found) {
        const auto file = folder_ + "/" + name;
        if (counted.contains(name)) {
            CHECK(rename_durably(file + std::string(unfinished), file));
        } else if (::unlink((file + std::string(unfinished)).c_str()) != 0) {
            return disk_error("Removing an unfinished file");
        }
    }
    return {};
}

std::optional<std::string> refund_log::file_of(const std::string& end_to_end_id) const {
    const auto [from, to] = places_.equal_range(hash_of(end_to_end_id));
    for (auto it = from; it != to; ++it) {
        const auto line = split(line_at(fd_.number(), it->second));
        ENSURE(line);  // it was there when it was indexed; without it a refund could be paid twice
        if (line->id == end_to_end_id) return line->file;
    }
    return std::nullopt;
}

bool refund_log::has_file(const std::string& name) const {
    return file_exists(folder_ + "/" + name) || file_exists(folder_ + "/" + name + std::string(unfinished));
}

result<void> refund_log::write_batch(const std::string& file, std::string_view xml,
                                     const std::vector<std::string>& ids) {
    const auto final_name = folder_ + "/" + file;
    const auto tmp_name = final_name + std::string(unfinished);
    std::string lines;
    for (const auto& id : ids) lines += id + "\t" + file + "\n";
    const auto record = lines + closing_line(file, ids.size(), lines);
    if (auto written = write_synced(tmp_name, xml); !written) {
        ::unlink(tmp_name.c_str());
        return refuse(code::peer_unreachable, written.error().words);
    }
    // The name must be on disk before the log speaks of it.
    sync_folder(folder_);
    std::size_t done = 0;
    while (done < record.size()) {
        const auto put =
            ::pwrite(fd_.number(), record.data() + done, record.size() - done, static_cast<off_t>(size_ + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            auto failure = disk_error("Writing written.log");
            ENSURE(::ftruncate(fd_.number(), static_cast<off_t>(size_)) == 0);
            ::unlink(tmp_name.c_str());
            return failure;
        }
        done += static_cast<std::size_t>(put);
    }
    ENSURE(::fsync(fd_.number()) == 0);
    take_batch(lines, size_);
    size_ += record.size();
    // The batch counts now. A rename that fails leaves it to the next start; answering before it would be a lie to the
    // bank.
    if (auto renamed = rename_durably(tmp_name, final_name); !renamed)
        return refuse(code::peer_unreachable, renamed.error().words);
    return {};
}

}  // namespace keepline::link
