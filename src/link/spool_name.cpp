#include "link/spool_name.hpp"

#include "base/digest.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace keepline::link {

namespace {

namespace fs = std::filesystem;

std::string whose(std::string_view subscriber) {
    constexpr std::size_t enough = 32;
    return base::hex(base::sha256(base::view(std::string("spool/") + std::string(subscriber)))).substr(0, enough);
}

/// Whoever reads the messages may keep folders of their own there (and a disk its lost+found), which we never see into.
bool is_somebody_elses(const fs::path& folder) {
    struct stat about{};
    return ::lstat(folder.c_str(), &about) == 0 && about.st_uid != ::geteuid();
}

/// Each folder by itself: what stops in one leaves the others to be cleared. Links are not followed.
void clear_below(const fs::path& top, const std::string& mark, std::string& trouble) {
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
            else if (file->path().filename().string().find(mark) != std::string::npos && !fs::remove(file->path(), why))
                note(file->path(), why);
        }
        note(folder, failure);
    }
}

}  // namespace

std::string spool_name(std::string_view key, std::string_view subscriber, std::string_view kind) {
    return std::string(key) + "." + whose(subscriber) + "." + std::string(kind);
}

result<void> clear_spools(const std::vector<fs::path>& folders, std::string_view subscriber) {
    std::string trouble;
    for (const auto& folder : folders) clear_below(folder, "." + whose(subscriber) + ".", trouble);
    if (trouble.empty()) return {};
    return base::refuse(base::code::unavailable,
                        "Messages that were written to a folder cannot be cleared: " + trouble);
}

}  // namespace keepline::link
