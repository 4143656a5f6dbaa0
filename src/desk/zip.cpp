#include "desk/zip.hpp"

#include <archive.h>
#include <archive_entry.h>

namespace keepline::desk {

namespace {

using entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

la_ssize_t append(archive*, void* to, const void* data, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
}

std::unexpected<base::error> archive_failed() {
    return base::refuse(base::code::internal, "The archive could not be written.");
}

}  // namespace

struct zip_writer::inner {
    std::unique_ptr<archive, decltype(&archive_write_free)> to{archive_write_new(), archive_write_free};
};

zip_writer::zip_writer() : inner_(std::make_unique<inner>()) {}
zip_writer::~zip_writer() { inner_.reset(); }  // it writes to `ready_` to its end

result<std::unique_ptr<zip_writer>> zip_writer::open() {
    auto out = std::unique_ptr<zip_writer>(new zip_writer());
    auto* to = out->inner_->to.get();
    if (to == nullptr || archive_write_set_format_zip(to) != ARCHIVE_OK ||
        archive_write_set_options(to, "zip:compression=deflate") != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(to, 1) != ARCHIVE_OK ||
        archive_write_open(to, &out->ready_, nullptr, append, nullptr) != ARCHIVE_OK)
        return archive_failed();
    return out;
}

result<void> zip_writer::begin(const std::string& name, std::size_t size) {
    const entry about(archive_entry_new(), archive_entry_free);
    if (!about) return archive_failed();
    archive_entry_set_pathname(about.get(), name.c_str());
    archive_entry_set_size(about.get(), static_cast<la_int64_t>(size));
    archive_entry_set_filetype(about.get(), AE_IFREG);
    archive_entry_set_perm(about.get(), 0644);
    if (archive_write_header(inner_->to.get(), about.get()) != ARCHIVE_OK) return archive_failed();
    return {};
}

result<void> zip_writer::write(std::string_view some) {
    if (archive_write_data(inner_->to.get(), some.data(), some.size()) != static_cast<la_ssize_t>(some.size()))
        return archive_failed();
    return {};
}

result<void> zip_writer::end() {
    if (archive_write_close(inner_->to.get()) != ARCHIVE_OK) return archive_failed();
    return {};
}

result<std::string> zip(const std::vector<archive_file>& files) {
    TRY(to, zip_writer::open());
    for (const auto& file : files) {
        CHECK(to->begin(file.name, file.content.size()));
        CHECK(to->write(file.content));
    }
    CHECK(to->end());
    return to->take();
}

}  // namespace keepline::desk
