#include "desk/archive_stream.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {

constexpr std::size_t piece_bytes = 64UL * 1024;

}  // namespace

result<std::unique_ptr<archive_stream>> archive_stream::open(archive_source from) {
    auto out = std::unique_ptr<archive_stream>(new archive_stream(std::move(from)));
    std::vector<manifest_file> listed;
    for (std::size_t i = 0; i < backup_file_count; ++i) listed.push_back(listed_as(backup_file(out->from_, i)));
    out->manifest_ = manifest_of(out->from_, std::move(listed));
    out->manifest_digest_ = base::hex(base::sha256(base::view(out->manifest_)));
    TRY(to, zip_writer::open());
    out->to_ = std::move(to);
    return out;
}

archive_file archive_stream::file(std::size_t index) const {
    return index < backup_file_count ? backup_file(from_, index) : archive_file{"manifest.json", manifest_};
}

result<std::string> archive_stream::next() {
    while (!ended_ && to_->ready() < piece_bytes) {
        if (files_ > 0 && written_ < now_.content.size()) {
            const auto some = std::string_view(now_.content).substr(written_, piece_bytes);
            CHECK(to_->write(some));
            written_ += some.size();
        } else if (files_ <= backup_file_count) {
            now_ = file(files_++);
            written_ = 0;
            CHECK(to_->begin(now_.name, now_.content.size()));
        } else {
            now_ = {};
            CHECK(to_->end());
            ended_ = true;
        }
    }
    return to_->take();
}

}  // namespace keepline::desk
