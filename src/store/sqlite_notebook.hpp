// The notebook in the store's file, through a connection of its own. Any thread; other processes may write beside it.
#pragma once

#include "port/notebook.hpp"
#include "store/seals.hpp"

#include <memory>

namespace keepline::store {

class sqlite_notebook final : public port::notebook {
 public:
    /// Creates an empty store where there is none; leaves upgrades to the server (code::store_schema).
    /// `key` seals the sum over the notes (seals.hpp); without one a store that is sealed does not verify afterwards.
    static base::result<std::unique_ptr<sqlite_notebook>> open(const std::string& path, seal_key key = {});
    ~sqlite_notebook() override;
    /// One note of a file that may be a backup: nothing is written beside it.
    static base::result<std::optional<std::string>> read_in(const std::string& path, std::string_view name);

    /// What store_is_in_use() and store_has_streams() say of a file that is only looked at.
    struct use {
        bool any = false;
        bool streams = false;
    };
    static base::result<use> use_in(const std::string& path);

    /// Once the key is known, and when there is a newer one. Any thread.
    void seal_with(const base::digest& key);

    base::result<std::optional<std::string>> read(std::string_view name) override;
    base::result<void> write(const std::vector<note>& notes) override;
    base::result<bool> exchange(const std::string& name, const std::string& was, const std::string& now) override;

    /// Whether the store holds anything that keys were needed for: a stream or a token.
    base::result<bool> store_is_in_use();
    base::result<bool> store_has_streams();

 private:
    struct inner;
    base::result<void> put(const std::vector<note>& notes);  // with the mutex held, in a transaction
    explicit sqlite_notebook(std::unique_ptr<inner> with);

    std::mutex mutex_;
    std::unique_ptr<inner> inner_;
};

}  // namespace keepline::store
