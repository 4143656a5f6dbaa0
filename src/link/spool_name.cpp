#include "link/spool_name.hpp"

#include "base/digest.hpp"

#include <functional>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::link {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits_of_whom = 32;

std::string whose(std::string_view subscriber) {
    return base::hex(base::sha256(base::view(std::string("spool/") + std::string(subscriber))))
        .substr(0, digits_of_whom);
}

/// Whoever reads the messages may keep folders of their own there (and a disk its lost+found), which we never see into.
bool is_somebody_elses(const fs::path& folder) {
    struct stat about{};
    return ::lstat(folder.c_str(), &about) == 0 && about.st_uid != ::geteuid();
}

/// Takes away each file that `goes` says so of, and counts them. Each folder by itself: what stops in one leaves the
/// others to be cleared. Links are not followed.
int clear_below(const fs::path& top, const std::function<bool(const fs::path&)>& goes, std::string& trouble) {
    int gone = 0;
    const auto note = [&](const fs::path& where, const std::error_code& why) {
        if (!why || why == std::errc::no_such_file_or_directory) return;  // somebody was quicker
        if (trouble.empty()) trouble = where.string() + ": " + why.message();
    };
    std::vector<fs::path> folders{top};
    while (!folders.empty()) {
        const auto folder = folders.back();
        folders.pop_back();
        std::error_code failure;
        fs::directory_iterator file(folder, failure);
        if (failure == std::errc::permission_denied && is_somebody_elses(folder)) continue;
        for (const fs::directory_iterator end; !failure && file != end; file.increment(failure)) {
            std::error_code why;
            if (fs::is_directory(file->symlink_status(why)))
                folders.push_back(file->path());
            else if (goes(file->path()))
                fs::remove(file->path(), why) ? void(++gone) : note(file->path(), why);
        }
        note(folder, failure);
    }
    return gone;
}

std::unexpected<base::error> uncleared(const std::string& trouble) {
    return base::refuse(base::code::unavailable,
                        "Messages that were written to a folder cannot be cleared: " + trouble);
}

/// "<key>.<32 hexadecimal digits>.<kind>", with whatever a reader of the folder put behind it.
bool is_spool_name(const std::string& name) {
    const auto dot = name.find('.');
    const auto end = dot == std::string::npos ? dot : name.find('.', dot + 1);
    if (end == std::string::npos || end != dot + 1 + digits_of_whom) return false;
    const auto whom = std::string_view(name).substr(dot + 1, digits_of_whom);
    if (whom.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
    const auto kind = std::string_view(name).substr(end + 1);
    return kind.starts_with("json") || kind.starts_with("keepline");
}

}  // namespace

std::string spool_name(std::string_view key, std::string_view subscriber, std::string_view kind) {
    return std::string(key) + "." + whose(subscriber) + "." + std::string(kind);
}

result<void> clear_spools(const std::vector<fs::path>& folders, std::string_view subscriber) {
    std::string trouble;
    const auto mark = "." + whose(subscriber) + ".";
    const auto is_theirs = [&](const fs::path& file) { return file.filename().string().contains(mark); };
    for (const auto& folder : folders) clear_below(folder, is_theirs, trouble);
    if (trouble.empty()) return {};
    return uncleared(trouble);
}

result<int> drop_outlived(const std::vector<fs::path>& folders, base::instant written_before, int most) {
    std::string trouble;
    int gone = 0;
    const auto outlived = [&](const fs::path& file) {
        if (gone >= most || !is_spool_name(file.filename().string())) return false;
        const auto written = written_at(file);
        if (!written || *written >= written_before) return false;
        ++gone;
        return true;
    };
    int removed = 0;
    for (const auto& folder : folders) removed += clear_below(folder, outlived, trouble);
    if (!trouble.empty()) return uncleared(trouble);
    return removed;
}

std::optional<base::instant> written_at(const fs::path& file) {
    struct stat about{};
    if (::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    return base::instant{about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace keepline::link
