// Writes an anchor (anchor.hpp) every minute in which something was committed, and one at the end, to a file, to a
// second one on another disk, and to an HTTP address, as configured. One thread of its own; start() and stop() by
// whoever has it.
#pragma once

#include "app/anchor.hpp"
#include "app/config.hpp"
#include "link/curl_handle.hpp"
#include "link/durable_file.hpp"
#include "port/clock.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"
#include "store/sqlite_journal.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace keepline::app {

/// In the notebook: that the next start goes on though the store does not fit its anchors, and why (anchor_accepted).
inline constexpr std::string_view anchor_accept_note = "anchor.accept";
/// In the notebook: of which restore the address for anchors was told; what the files have been told stands in them.
inline constexpr std::string_view anchor_posted_note = "anchor.posted_restore";
/// In the notebook: the hash of the last line that the address for anchors took.
inline constexpr std::string_view anchor_posted_line_note = "anchor.posted_line";
struct anchor_accepted {
    std::string what;   // the words of ends_before; whatever else does not fit is accepted with them
    std::string words;  // for the line that says so
};
BOOST_DESCRIBE_STRUCT(anchor_accepted, (), (what, words))

/// The files that anchors go to, as configured.
std::vector<std::string> anchor_files(const anchor_config& how);

/// What of the store does not fit its anchors, in words; both empty: everything does.
struct anchor_misfit {
    std::string ends_before;                  // it ends before what was anchored
    std::string other;                        // whatever else
    std::vector<std::string> unreadable;      // files that are not to be gone on with, and why
    std::map<std::string, std::string> last;  // by file that is: the hash of its last line
    // Those whose lines are all from before the store was restored, and to which it does not fit: that is accepted, and
    // their next line says so. Each file by itself, whenever it is there again.
    std::vector<std::string> from_before;
};
/// `restored`: when the store was, as it notes (restored_note); empty: never.
anchor_misfit misfit_of(const anchor_config& how, const std::string& jwks, const store::store_summary& now,
                        const std::string& restored);

/// What a start refuses of it (code::journal_broken): no file of anchors can be read, or the store ends before them.
/// `accept`: the note anchor_accept_note, if there is one. What else does not fit is logged and stops nothing.
result<void> check_misfit(const anchor_misfit& found, const std::optional<std::string>& accept);

/// What lies under a name, or was written to.
struct file_identity {
    std::uint64_t device = 0, number = 0;
    std::int64_t octets = 0;
    bool operator==(const file_identity&) const = default;
};

class anchor_keeper {
 public:
    struct parts {
        store::sqlite_journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        std::shared_ptr<const link::signing_keys> key;
        port::notebook* notes = nullptr;
        /// What is noted about the tables of the subscribers' keys.
        std::function<result<std::vector<store::table_summary>>()> beside{};
        std::size_t unwritten_octets_max = 16U << 20;  // lines that wait for a file; more leave a gap
        std::uintmax_t set_aside_octets = 128U << 20;  // all of a file is read at each start
    };
    anchor_keeper(parts with, const anchor_config& how) : with_(std::move(with)), how_(how) {}
    ~anchor_keeper() { stop(); }
    anchor_keeper(const anchor_keeper&) = delete;
    anchor_keeper& operator=(const anchor_keeper&) = delete;

    /// Before the engine runs: holds the store to the anchors there are. code::journal_broken where it ends before them
    /// and nobody accepted that: whatever is written from now on would hide it. What else does not fit is logged, and
    /// said by the next line.
    result<void> look_back();
    /// In words, what does not fit, for /readyz.
    std::vector<std::string> troubles() const {
        const std::scoped_lock held(mutex_);
        return troubles_;
    }
    void start();
    /// After the engine has ended: the last anchor says that nothing will come behind it. Twice is harmless.
    void stop();

 private:
    void run();
    void write(bool stopped);
    result<store::store_summary> summary() const;
    result<void> hold(const std::string& file);
    void append(const std::string& file, anchor what);
    /// What was written to, and how long it is then; nothing: it could not be written.
    std::optional<file_identity> put(const std::string& file, std::string_view lines);
    void set_aside_what_is_long(const std::string& file);
    void look_again(const std::string& file, const store::store_summary& now);
    void add_trouble(std::string words);
    void tell_address(const anchor& next, const store::store_summary& now);
    bool post(const std::string& line);

    const parts with_;
    const anchor_config how_;
    link::curl_pool pool_;
    std::vector<std::string> files_;                     // that are gone on with
    std::map<std::string, link::file_descriptor> held_;  // locked; what is written goes through these
    std::vector<std::string> troubles_;
    std::string noticed_;  // to be said by the first line
    anchor_accepted accepted_;
    bool accepts_ = false;
    bool wrote_ = false;
    std::string restored_;
    bool posts_restore_ = false;  // the address is not told of it yet
    /// Where a file's lines are: each has a chain of its own, since one of them may miss lines for a while.
    struct place {
        std::string last;       // hash of the last line, written or waiting
        std::string written;    // of the last one in the file
        std::string waiting{};  // lines that the file did not take, to be written first
        bool gap = false;       // some of those were dropped: the next line is complete
        bool anew = false;      // the next line says that the store was restored
        bool anew_waits = false;
        file_identity seen{};  // when it was last read or written
        bool strange = false;  // is not what it was, and does not fit: nothing is written to it
    };
    std::map<std::string, place> places_;
    std::string posted_;                 // hash of the last line that the address took
    bool post_complete_ = true;          // it missed one, perhaps: the next one is complete
    std::map<int, std::int64_t> known_;  // heads that were written
    std::string last_claims_;            // without what changes by itself
    mutable std::mutex mutex_;           // of troubles_ and stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace keepline::app
