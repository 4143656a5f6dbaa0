#include "link/payment_files.hpp"

#include "link/durable_file.hpp"
#include "link/spool_name.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

namespace keepline::link {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t payment_file_max = 8UL * 1024 * 1024;  // 500 refunds are half a megabyte

/// "KL20261122160100123-0001.xml" (refund_connector::file_stem).
bool is_payment_name(const std::string& name) {
    constexpr std::string_view begin = "KL", end = ".xml";
    if (!name.starts_with(begin) || !name.ends_with(end)) return false;
    const auto between = std::string_view(name).substr(begin.size(), name.size() - begin.size() - end.size());
    return between.contains('-') && between.find_first_not_of("0123456789-") == std::string_view::npos;
}

/// Every EndToEndId of a file as pain_001 writes it; nothing: it is none of those.
std::optional<std::vector<std::string>> refunds_in(const fs::path& file) {
    const auto xml = read_plain_file(file.string(), payment_file_max);
    if (!xml || !xml->contains("pain.001") || !xml->contains("</Document>")) return std::nullopt;
    constexpr std::string_view mark = "<EndToEndId>";
    std::vector<std::string> out;
    for (auto at = xml->find(mark); at != std::string::npos; at = xml->find(mark, at + 1)) {
        const auto from = at + mark.size();
        const auto end = xml->find('<', from);
        if (end == std::string::npos) return std::nullopt;
        out.push_back(xml->substr(from, end - from));
    }
    return out;
}

}  // namespace

result<int> drop_outlived_payments(const std::string& folder, base::instant written_before,
                                   const std::function<bool(std::string_view)>& is_open, int most) {
    std::vector<fs::path> old;
    std::error_code failure;
    fs::directory_iterator file(folder, failure);
    for (const fs::directory_iterator end; !failure && file != end; file.increment(failure)) {
        const auto written = written_at(file->path());
        if (written && *written < written_before && is_payment_name(file->path().filename().string()))
            old.push_back(file->path());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        return base::refuse(base::code::unavailable,
                            "The folder of payment files cannot be read: " + failure.message());
    int gone = 0;
    for (const auto& one : old) {
        if (gone >= most) break;
        const auto refunds = refunds_in(one);
        if (!refunds || std::ranges::any_of(*refunds, is_open)) continue;
        if (fs::remove(one, failure)) ++gone;
        if (failure)
            return base::refuse(base::code::unavailable, "A payment file cannot be removed: " + failure.message());
    }
    return gone;
}

}  // namespace keepline::link
