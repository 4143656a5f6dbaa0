#include "desk/archive_stream.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace keepline::desk {

namespace {

constexpr std::size_t piece_bytes = 64UL * 1024;

}  // namespace

result<std::unique_ptr<archive_stream>> archive_stream::open(archive_plan plan) {
    auto out = std::unique_ptr<archive_stream>(new archive_stream(std::move(plan)));
    std::vector<manifest_file> listed;
    for (std::size_t i = 0; i < out->plan_.files; ++i) {
        TRY(made, out->plan_.make(i));
        listed.push_back(listed_as(made));
    }
    out->manifest_ = out->plan_.manifest(std::move(listed));
    out->manifest_digest_ = base::hex(base::sha256(base::view(out->manifest_)));
    TRY(to, zip_writer::open());
    out->to_ = std::move(to);
    return out;
}

result<std::unique_ptr<archive_stream>> archive_stream::open(archive_source from) {
    const auto what = std::make_shared<const archive_source>(std::move(from));
    return open(archive_plan{
        backup_file_count, [what](std::size_t index) -> result<archive_file> { return backup_file(*what, index); },
        [what](std::vector<manifest_file> files) { return manifest_of(*what, std::move(files)); }});
}

result<archive_file> archive_stream::file(std::size_t index) const {
    if (index == plan_.files) return archive_file{"manifest.json", manifest_};
    return plan_.make(index);
}

result<std::string> archive_stream::next() {
    while (!ended_ && to_->ready() < piece_bytes) {
        if (files_ > 0 && written_ < now_.content.size()) {
            const auto some = std::string_view(now_.content).substr(written_, piece_bytes);
            CHECK(to_->write(some));
            written_ += some.size();
        } else if (files_ <= plan_.files) {
            TRY(made, file(files_++));
            now_ = std::move(made);
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
