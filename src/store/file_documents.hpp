// Documents as files beside the store, one each, mode 0600:
//
//   documents/<two digits>/s-<subscriber>/<id>     the digits are of the subscriber's hash: no folder of a million
//
// A file is written beside its place, synced and linked there, and so are the folders above it: after a power cut there
// is the whole of it or nothing. The names are references, as the journal has them; the bytes are sealed with the
// person's key. Any thread, one process.
#pragma once

#include "port/documents.hpp"

#include <filesystem>

namespace keepline::store {

class file_documents final : public port::documents {
 public:
    /// The folder is made with the first document.
    explicit file_documents(std::filesystem::path folder) : folder_(std::move(folder)) {}

    base::result<bool> put(const port::document_name& name, base::byte_view sealed) override;
    base::result<base::bytes> get(const port::document_name& name) override;
    base::result<void> remove(const port::document_name& name) override;
    base::result<void> remove_all(const base::label& subscriber) override;
    /// By the files' times. What a crash left half written is removed on the way.
    base::result<void> each(std::chrono::seconds older,
                            const std::function<void(const port::document_name&)>& take) override;

 private:
    std::filesystem::path folder_of(const base::label& subscriber) const;

    std::filesystem::path folder_;
};

}  // namespace keepline::store
