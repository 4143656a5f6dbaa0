#include "link/refund_log.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"

#include <algorithm>
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

std::string chained(const std::string& before, std::string_view record) {
    return base::hex(base::sha256(base::view(before + std::string(record))));
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

/// As a line of ours is, but for its end: something, a tab, something, in the letters that we write.
bool may_become_line(std::string_view line) {
    if (line.size() > line_octets_max) return false;
    return std::ranges::all_of(line, [](char c) { return c == '\t' || (c > ' ' && c <= '~'); });
}

/// What a writing that was cut off can leave: whole lines of one file, then a piece of a line.
bool is_torn_batch(std::string_view tail) {
    std::string file;
    while (!tail.empty()) {
        const auto end = tail.find('\n');
        const auto line = tail.substr(0, end);
        if (!may_become_line(line)) return false;
        if (end == std::string_view::npos) return true;
        const auto parts = split(line);
        if (!parts || (!file.empty() && parts->file != file)) return false;
        file = parts->file;
        tail.remove_prefix(end + 1);
    }
    return true;
}

std::unexpected<base::error> not_the_log(const std::string& what) {
    return refuse(code::config_invalid,
                  what +
                      " Nothing is paid by it, and nothing of it is changed. Put back the file from a copy; or, where "
                      "there is none, keep it under another name and run `keepline restore --in-place`: refunds "
                      "ordered until then wait until you compared with the bank.");
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

result<void> refund_log_reader::feed(std::string_view part) {
    pending_ += part;
    std::size_t begin = 0;  // of the batch that is being read
    for (auto end = pending_.find('\n', searched_); end != std::string::npos; end = pending_.find('\n', searched_)) {
        const auto line = std::string_view(pending_).substr(searched_, end - searched_);
        const auto lines = std::string_view(pending_).substr(begin, searched_ - begin);
        searched_ = end + 1;
        if (!line.starts_with("=\t")) {
            if (!may_become_line(line))
                return not_the_log("written.log holds a line that is none of a log of refunds.");
            continue;
        }
        const auto first = split(lines.substr(0, lines.find('\n')));
        const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
        if (!first || std::string(line) + "\n" != closing_line(first->file, count, lines))
            return not_the_log("written.log was changed: a batch does not fit its closing line.");
        const auto offset = mark_.octets;
        mark_ = {offset + searched_ - begin,
                 chained(mark_.chain, std::string_view(pending_).substr(begin, searched_ - begin))};
        if (each_) each_(lines, offset, mark_);
        begin = searched_;
    }
    pending_.erase(0, begin);
    searched_ -= begin;
    return {};
}

result<void> refund_log_reader::finish() const {
    if (is_torn_batch(pending_)) return {};
    return not_the_log("written.log ends in what is no batch of refunds, whole or torn.");
}

result<refund_log_read> read_refund_log(std::string_view text, const refund_mark& known) {
    refund_log_read out;
    // An older note knows the length alone.
    const auto is_known = [&](const refund_mark& at) {
        return at.octets == known.octets && (known.chain.empty() || at.chain == known.chain);
    };
    out.has_known = known.octets == 0;
    refund_log_reader reader([&](std::string_view, std::uint64_t, const refund_mark& now) {
        out.has_known = out.has_known || is_known(now);
    });
    constexpr std::size_t piece = 1U << 20;
    for (std::size_t at = 0; at < text.size(); at += piece) CHECK(reader.feed(text.substr(at, piece)));
    CHECK(reader.finish());
    out.mark = reader.mark();
    return out;
}

result<refund_log> refund_log::open(const std::string& folder) {
    CHECK(make_folder(folder));
    const auto file = folder + "/written.log";
    TRY(fd, open_plain_file(file, O_RDWR | O_CREAT));
    if (::flock(fd.number(), LOCK_EX | LOCK_NB) != 0)
        return refuse(code::config_invalid, "Another process writes refunds into " + folder + ".");
    sync_folder(folder);
    refund_log out(folder, std::move(fd));
    CHECK(out.load());
    CHECK(out.finish_files());
    return out;
}

result<void> refund_log::load() {
    refund_log_reader reader(
        [&](std::string_view lines, std::uint64_t offset, const refund_mark&) { take_batch(lines, offset); });
    std::array<char, 65536> part{};
    std::uint64_t read_to = 0;
    for (;;) {
        const auto got = ::pread(fd_.number(), part.data(), part.size(), static_cast<off_t>(read_to));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return disk_error("Reading written.log");
        if (got == 0) break;
        read_to += static_cast<std::uint64_t>(got);
        CHECK(reader.feed({part.data(), static_cast<std::size_t>(got)}));
    }
    CHECK(reader.finish());
    mark_ = reader.mark();
    if (!reader.tail().empty()) CHECK(set_aside(reader.tail()));  // a torn batch: nobody was answered for it
    // A process that died after writing a batch may have left it to the cache alone.
    ENSURE(::fsync(fd_.number()) == 0);
    return {};
}

result<void> refund_log::set_aside(const std::string& torn) {
    CHECK(replace_file(folder_ + "/written.log.torn-" + checksum(torn), torn));
    if (::ftruncate(fd_.number(), static_cast<off_t>(mark_.octets)) != 0) return disk_error("Cutting written.log");
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
            ::pwrite(fd_.number(), record.data() + done, record.size() - done, static_cast<off_t>(mark_.octets + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            auto failure = disk_error("Writing written.log");
            ENSURE(::ftruncate(fd_.number(), static_cast<off_t>(mark_.octets)) == 0);
            ::unlink(tmp_name.c_str());
            return failure;
        }
        done += static_cast<std::size_t>(put);
    }
    ENSURE(::fsync(fd_.number()) == 0);
    take_batch(lines, mark_.octets);
    mark_ = {mark_.octets + record.size(), chained(mark_.chain, record)};
    // The batch counts now. A rename that fails leaves it to the next start; answering before it would be a lie to the
    // bank.
    if (auto renamed = rename_durably(tmp_name, final_name); !renamed)
        return refuse(code::peer_unreachable, renamed.error().words);
    return {};
}

}  // namespace keepline::link
