#include "http/zip.hpp"

#include <memory>

#include <archive.h>
#include <archive_entry.h>

namespace keepline::http {

namespace {

using writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

la_ssize_t append(archive*, void* to, const void* data, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
}

bool add(archive* to, const archive_file& file) {
    const entry about(archive_entry_new(), archive_entry_free);
    if (!about) return false;
    archive_entry_set_pathname(about.get(), file.name.c_str());
    archive_entry_set_size(about.get(), static_cast<la_int64_t>(file.content.size()));
    archive_entry_set_filetype(about.get(), AE_IFREG);
    archive_entry_set_perm(about.get(), 0644);
    if (archive_write_header(to, about.get()) != ARCHIVE_OK) return false;
    return archive_write_data(to, file.content.data(), file.content.size()) ==
           static_cast<la_ssize_t>(file.content.size());
}

}  // namespace

result<std::string> zip(const std::vector<archive_file>& files) {
    const auto failed = [] { return base::refuse(base::code::internal, "The archive could not be written."); };
    std::string out;
    const writer to(archive_write_new(), archive_write_free);
    if (!to || archive_write_set_format_zip(to.get()) != ARCHIVE_OK ||
        archive_write_set_options(to.get(), "zip:compression=deflate") != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(to.get(), 1) != ARCHIVE_OK ||
        archive_write_open(to.get(), &out, nullptr, append, nullptr) != ARCHIVE_OK)
        return failed();
    for (const auto& file : files)
        if (!add(to.get(), file)) return failed();
    if (archive_write_close(to.get()) != ARCHIVE_OK) return failed();
    return out;
}

}  // namespace keepline::http
