// Writes an anchor (anchor.hpp) every minute in which something was committed, and one at the end, to a file, to a
// second one on another disk, and to an HTTP address, as configured. One thread of its own; start() and stop() by
// whoever has it.
#pragma once

#include "app/anchor.hpp"
#include "app/config.hpp"
#include "link/curl_handle.hpp"
#include "port/clock.hpp"
#include "port/log.hpp"
#include "store/sqlite_journal.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace keepline::app {

class anchor_keeper {
 public:
    struct parts {
        store::sqlite_journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        std::shared_ptr<const link::signing_key> key;
        /// What is noted about the tables of the subscribers' keys.
        std::function<result<std::vector<store::table_summary>>()> beside{};
    };
    anchor_keeper(parts with, const anchor_config& how) : with_(std::move(with)), how_(how) {}
    ~anchor_keeper() { stop(); }
    anchor_keeper(const anchor_keeper&) = delete;
    anchor_keeper& operator=(const anchor_keeper&) = delete;

    /// Before the engine runs: compares the store with the newest anchor there is, and logs what does not fit.
    void look_back();
    void start();
    /// After the engine has ended: the last anchor says that nothing will come behind it. Twice is harmless.
    void stop();

 private:
    void run();
    void write(bool stopped);
    result<store::store_summary> summary() const;
    std::vector<std::string> files() const;
    void post(const std::string& line);

    const parts with_;
    const anchor_config how_;
    link::curl_pool pool_;
    bool wrote_ = false;
    std::string last_line_hash_;
    std::map<int, std::int64_t> known_;             // heads that were written
    std::string last_claims_;                       // without what changes by itself
    std::map<std::string, std::string> unwritten_;  // by file: lines that it had no room for, to be written first
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace keepline::app
