// The journal's read side: a few read-only connections and who may use one now. Part of sqlite_journal; nobody else
// includes it.
#pragma once

#include "store/sqlite.hpp"
#include "store/sqlite_journal.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace keepline::store {

class sqlite_journal::reader_pool {
 public:
    static result<std::unique_ptr<reader_pool>> open(const std::string& path, const journal_tuning& how);

    /// A connection for as long as this lives. Several statements see one snapshot between `hold_snapshot` and the end.
    class lease {
     public:
        explicit lease(reader_pool& pool);
        ~lease();
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        connection* operator->() const { return taken_; }
        result<void> hold_snapshot();

     private:
        reader_pool& pool_;
        connection* taken_;
        bool holds_snapshot_ = false;
    };

    const std::vector<connection>& all() const { return connections_; }

 private:
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<connection> connections_;
    std::vector<connection*> free_;
};

}  // namespace keepline::store
