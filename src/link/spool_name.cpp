#include "link/spool_name.hpp"

#include "base/digest.hpp"

namespace keepline::link {

namespace {

std::string whose(std::string_view subscriber) {
    constexpr std::size_t enough = 32;
    return base::hex(base::sha256(base::view(std::string("spool/") + std::string(subscriber)))).substr(0, enough);
}

}  // namespace

std::string spool_name(std::string_view key, std::string_view subscriber, std::string_view kind) {
    return std::string(key) + "." + whose(subscriber) + "." + std::string(kind);
}

void clear_spools(const std::vector<std::filesystem::path>& folders, std::string_view subscriber) {
    const auto mark = "." + whose(subscriber) + ".";
    std::error_code failure;
    for (const auto& folder : folders)
        for (std::filesystem::recursive_directory_iterator file(folder, failure), end; !failure && file != end;
             file.increment(failure)) {
            std::error_code ignored;
            if (!file->is_regular_file(ignored)) continue;
            if (file->path().filename().string().find(mark) == std::string::npos) continue;
            std::filesystem::remove(file->path(), ignored);
        }
}

}  // namespace keepline::link
