#include "app/anchor_keeper.hpp"

#include "app/backup.hpp"
#include "base/thread_name.hpp"
#include "link/durable_file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::app {

namespace {

constexpr std::size_t file_octets_max = 1U << 30;

bool is_empty(const std::string& file) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    return failure || size == 0;
}

/// All of it or nothing; what the file is then. A line that is half there, because the power went, is taken away
/// first.
std::optional<file_identity> append_lines(int to, std::string_view lines) {
    struct stat about{};
    if (::fstat(to, &about) != 0) return std::nullopt;
    auto end = about.st_size;
    char last = 0;
    while (end > 0 && ::pread(to, &last, 1, end - 1) == 1 && last != '\n') --end;
    if (end != about.st_size && ::ftruncate(to, end) != 0) return std::nullopt;
    if (::write(to, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) && ::fdatasync(to) == 0)
        return file_identity{about.st_dev, about.st_ino, end + static_cast<std::int64_t>(lines.size())};
    // A full disk takes a part. Should even this fail, the next start ends the half line and begins anew behind it.
    [[maybe_unused]] const auto taken_back = ::ftruncate(to, end);
    return std::nullopt;
}

/// Is it still what lies under this name? It may have been taken away, or another put there.
bool is_of(int held, const std::string& file) {
    struct stat open{};
    struct stat named{};
    return ::fstat(held, &open) == 0 && ::lstat(file.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

/// All zero: nothing is there, or no file.
file_identity identity_of(const std::string& file) {
    struct stat about{};
    if (::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) return {};
    return {about.st_dev, about.st_ino, about.st_size};
}

/// The clock's mark is noted every few seconds; no line is written for that alone.
std::string without_what_moves_by_itself(anchor of) {
    of.heads.clear();
    of.complete = false;
    of.at = {};
    of.stopped = false;
    of.previous.clear();
    of.noticed.clear();
    of.accepted.clear();
    of.anew = false;
    std::erase_if(of.tables, [](const auto& one) { return one.name == "note" || one.name == "partition"; });
    return base::to_json(of);
}

/// Of a store that was restored: what was seen before is not held against it.
anchor after_restore(anchor of) {
    of.accepted = "the store was restored from a backup at " + of.restored + "; what was done after the backup is lost";
    of.anew = true;
    of.noticed.clear();
    return of;
}

}  // namespace

std::vector<std::string> anchor_files(const anchor_config& how) {
    std::vector<std::string> out;
    for (const auto& one : {how.file, how.copy})
        if (!one.empty()) out.push_back(one);
    return out;
}

namespace {

/// Of whole lines: no half one at its end.
std::string hash_of_last_line(std::string_view text) {
    const auto whole = text.substr(0, text.rfind('\n') + 1);
    const auto end = whole.find_last_not_of('\n');
    if (end == std::string_view::npos) return {};
    const auto begin = whole.rfind('\n', end);
    return line_hash(whole.substr(begin + 1, end - begin));
}

void add_words(std::string& to, const std::string& words) {
    if (words.empty() || to.contains(words)) return;
    to += (to.empty() ? "" : "; ") + words;
}

}  // namespace

anchor_misfit misfit_of(const anchor_config& how, const std::string& jwks, const store::store_summary& now,
                        const std::string& restored) {
    anchor_misfit out;
    for (const auto& file : anchor_files(how)) {
        if (is_empty(file)) {
            out.last[file] = "";
            continue;
        }
        const auto text = link::read_plain_file(file, file_octets_max);
        if (text && !text->contains('\n')) {  // half a first line: the power went while it was written
            out.last[file] = "";
            continue;
        }
        const auto read = text ? read_anchors(*text, jwks) : result<anchors>(std::unexpected(text.error()));
        if (!read) {
            out.unreadable.push_back(file + ": " + read.error().words +
                                     " Nothing is written to it; move it aside for a new one.");
            continue;
        }
        out.last[file] = hash_of_last_line(*text);
        const auto before = ends_before(*read, now);
        const auto other = before.empty() ? mismatch(*read, now, true) : std::string();
        if (is_from_before(*read, restored)) {
            if (!before.empty() || !other.empty()) out.from_before.push_back(file);
            continue;
        }
        add_words(out.ends_before, before);
        add_words(out.other, other);
    }
    return out;
}

namespace {

std::string words_of(const anchor_misfit& found) {
    std::string out = found.ends_before;
    add_words(out, found.other);
    return out;
}

bool is_accepted(const anchor_misfit& found, const anchor_accepted& by) {
    return !words_of(found).empty() && (found.ends_before.empty() || by.what == found.ends_before);
}

result<void> check_some_hold(const anchor_misfit& found) {
    const bool some_hold = std::ranges::any_of(found.last, [](const auto& one) { return !one.second.empty(); });
    if (found.unreadable.empty() || some_hold) return {};
    return base::refuse(
        base::code::journal_broken,
        "None of the anchors can be read, so nothing shows that the store is whole: " + found.unreadable.front());
}

std::unexpected<base::error> lacks_what_was_anchored(const anchor_misfit& found) {
    return base::refuse(
        base::code::journal_broken,
        "This store does not have what was anchored: " + found.ends_before +
            ". Put back the whole store, or take a backup (`keepline restore`). Where what is missing is given up: "
            "`keepline anchor accept --reason …`, which every administrator and every later `keepline verify` is "
            "told.");
}

}  // namespace

result<void> check_misfit(const anchor_misfit& found, const std::optional<std::string>& accept) {
    CHECK(check_some_hold(found));
    if (found.ends_before.empty()) return {};
    const auto said = base::from_json<anchor_accepted>(accept.value_or(""));
    if (said && is_accepted(found, *said)) return {};
    return lacks_what_was_anchored(found);
}

result<store::store_summary> anchor_keeper::summary() const {
    TRY(out, with_.journal->summary());
    if (!with_.beside) return out;
    TRY(more, with_.beside());
    out.tables.insert(out.tables.end(), more.begin(), more.end());
    return out;
}

result<void> anchor_keeper::look_back() {
    TRY(now, summary());
    TRY(restored, with_.notes->read(restored_note));
    restored_ = restored.value_or("");
    auto found = misfit_of(how_, with_.key->jwks(), now, restored_);
    for (const auto& words : found.unreadable) {
        with_.log->error("anchors_unreadable", "", {{"reason", words}});
        troubles_.emplace_back("A file of anchors cannot be gone on with: see the log.");
    }
    CHECK(check_some_hold(found));
    for (const auto& [file, hash] : found.last) {
        if (!is_empty(file)) CHECK(hold(file));
        files_.push_back(file);
        places_[file] = {.last = hash, .written = hash, .anew = std::ranges::count(found.from_before, file) > 0};
        places_[file].seen = identity_of(file);
    }
    TRY(last_posted, with_.notes->read(anchor_posted_line_note));
    posted_ = last_posted.value_or("");
    TRY(posted, with_.notes->read(anchor_posted_note));
    posts_restore_ = !restored_.empty() && posted != restored_;
    std::string words = words_of(found);
    TRY(note, with_.notes->read(anchor_accept_note));
    if (note) {
        auto read = base::from_json<anchor_accepted>(*note);
        if (!read)  // accepts nothing; and keeps nobody from accepting anew
            with_.log->error("anchor_accept_unreadable", "", {{"reason", read.error().words}});
        accepts_ = read && is_accepted(found, *read);
        if (words.empty()) CHECK(with_.notes->write({{std::string(anchor_accept_note), ""}}));  // nothing to accept
        if (read) accepted_ = std::move(*read);
    }
    if (words.empty() || accepts_) return {};
    with_.log->error("anchor_mismatch", "", {{"reason", words}});
    if (!found.ends_before.empty()) return lacks_what_was_anchored(found);
    troubles_.emplace_back("The store does not fit its anchors: see `keepline verify`, and `keepline anchor accept`.");
    noticed_ = std::move(words);
    return {};
}

result<void> anchor_keeper::hold(const std::string& file) {
    if (const auto known = held_.find(file); known != held_.end()) {
        if (is_of(known->second.number(), file)) return {};
        held_.erase(known);
    }
    auto one = link::open_plain_file(file, O_RDWR | O_CREAT | O_APPEND, 0600);
    if (!one) {  // the first line says that it cannot be written
        if (one.error().what == base::code::not_found) return {};
        with_.log->error("anchor_failed", "", {{"file", file}, {"reason", one.error().words}});
        return {};
    }
    if (::flock(one->number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)  // some file systems know no locks
        return base::refuse(base::code::config_invalid,
                            "Another server writes its anchors into " + file +
                                ": give each its own ([anchor] file and copy), or its lines make the other's useless.");
    held_.emplace(file, std::move(*one));
    return {};
}

void anchor_keeper::start() {
    for (const auto& file : files_) {
        const auto slash = file.rfind('/');
        const auto folder = slash == std::string::npos ? std::string(".") : file.substr(0, slash);
        const auto made = link::make_folder(folder);
        if (made && is_empty(file))
            if (auto alone = hold(file); !alone) {
                with_.log->error("anchor_failed", "", {{"file", file}, {"reason", alone.error().words}});
                continue;
            }
        const auto written = made ? link::replace_file(file + ".jwks", with_.key->jwks() + "\n", 0644) : made;
        if (!written) with_.log->error("anchor_failed", "", {{"file", file}, {"reason", written.error().words}});
    }
    thread_ = std::thread([this] { run(); });
}

void anchor_keeper::stop() {
    {
        const std::scoped_lock held(mutex_);
        if (stopping_) return;
        stopping_ = true;
    }
    wake_.notify_all();
    if (!thread_.joinable()) return;
    thread_.join();
    write(true);
}

void anchor_keeper::run() {
    base::name_this_thread("kl-anchor");
    std::unique_lock held(mutex_);
    while (!stopping_) {
        held.unlock();
        write(false);
        held.lock();
        wake_.wait_for(held, std::chrono::seconds{how_.every_s}, [&] { return stopping_; });
    }
}

void anchor_keeper::write(bool stopped) {
    const auto now = summary();
    if (!now) {
        with_.log->error("anchor_failed", "", {{"reason", now.error().words}});
        return;
    }
    bool from_the_start = !wrote_;
    for (const auto& file : files_) {
        look_again(file, *now);
        set_aside_what_is_long(file);
        from_the_start = from_the_start || is_empty(file) || places_[file].gap;
    }
    auto next = anchor_of(*now, {}, from_the_start ? std::map<int, std::int64_t>() : known_);
    next.complete = from_the_start;
    auto claims = without_what_moves_by_itself(next);
    const auto all_written = [&] {
        return std::ranges::all_of(places_, [](const auto& one) { return one.second.waiting.empty(); });
    };
    next.at = with_.clock->now();
    next.stopped = stopped;
    next.restored = restored_;
    if (!stopped && !from_the_start && all_written() && next.heads.empty() && claims == last_claims_) {
        if (!how_.url.empty() && post_complete_) tell_address(next, *now);  // it missed the last one
        return;
    }
    if (!wrote_ && accepts_) {
        next.accepted = accepted_.words;
    } else if (from_the_start) {
        next.noticed = noticed_;  // a file that begins anew says it again
    }
    for (const auto& file : files_) append(file, next);
    if (!how_.url.empty()) tell_address(next, *now);
    // Only now: a start that is cut off before finds the note again.
    if (accepts_ && all_written()) accepts_ = !with_.notes->write({{std::string(anchor_accept_note), ""}}).has_value();
    wrote_ = true;
    for (const auto& one : next.heads) known_[one.partition] = one.seq;
    last_claims_ = without_what_moves_by_itself(next);
}

/// Through the descriptor that has the lock: on network file systems (SMB, NFS) the lock keeps out, or is lost with,
/// any other one.
std::optional<file_identity> anchor_keeper::put(const std::string& file, std::string_view lines) {
    if (!hold(file)) return std::nullopt;
    const auto to = held_.find(file);
    return to == held_.end() ? std::nullopt : append_lines(to->second.number(), lines);
}

void anchor_keeper::append(const std::string& file, anchor what) {
    auto& at = places_[file];
    if (at.strange) return;
    if (is_empty(file)) at.waiting.clear();  // this line is complete
    auto next = at.anew && what.complete ? after_restore(std::move(what)) : std::move(what);
    at.anew_waits = at.anew_waits || next.anew;
    at.anew = at.anew && !next.anew;
    next.previous = at.last;
    const auto line = with_.key->sign(base::to_json(next), anchor_type);
    at.waiting += line + "\n";
    at.last = line_hash(line);
    at.gap = false;
    // What has come under this name since it was looked at is looked at before anything is written to it.
    const auto here = identity_of(file);
    if (here != file_identity() && here != at.seen) return;
    if (const auto written = put(file, at.waiting)) {
        at.waiting.clear();
        at.written = at.last;
        at.anew_waits = false;
        at.seen = *written;  // and not what another hand has put there meanwhile
        return;
    }
    with_.log->error("anchor_failed", "", {{"file", file}, {"reason", "The file cannot be written."}});
    if (at.waiting.size() > with_.unwritten_octets_max)
        at = {.last = at.written, .written = at.written, .gap = true, .anew = at.anew || at.anew_waits};
}

void anchor_keeper::add_trouble(std::string words) {
    const std::scoped_lock held(mutex_);
    if (std::ranges::find(troubles_, words) == troubles_.end()) troubles_.push_back(std::move(words));
}

/// A disk may come, go, or come back with another file under this name while we run: one that fits is gone on with from
/// its own last line. One that somebody else wrote into is gone on with, too, and said.
void anchor_keeper::look_again(const std::string& file, const store::store_summary& now) {
    auto& at = places_[file];
    const auto here = identity_of(file);
    if (here == file_identity() || here == at.seen) return;
    const bool same_file = here.device == at.seen.device && here.number == at.seen.number;
    at.seen = here;
    const auto text = link::read_plain_file(file, file_octets_max);
    const auto read = text ? read_anchors(*text, with_.key->jwks()) : result<anchors>(std::unexpected(text.error()));
    const auto misfit = read ? ends_before(*read, now) : read.error().words;
    at.strange = !misfit.empty();
    if (at.strange || same_file) {
        with_.log->error("anchors_changed", "",
                         {{"file", file}, {"reason", misfit.empty() ? "by another hand" : misfit}});
        add_trouble("A file of anchors was changed by another hand, or is another one: see the log.");
    }
    if (at.strange) return;
    at = {.last = hash_of_last_line(*text),
          .written = hash_of_last_line(*text),
          .gap = true,
          .anew = at.anew || at.anew_waits};
    at.seen = here;
}

/// The next line is complete and follows the last one of the file that was set aside, which `verify --anchor` reads.
void anchor_keeper::set_aside_what_is_long(const std::string& file) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    if (failure || size < with_.set_aside_octets) return;
    const auto at = file + "." + base::iso(with_.clock->now());
    auto aside = at;
    for (int n = 2; std::filesystem::exists(aside, failure); ++n) aside = at + "." + std::to_string(n);
    std::filesystem::rename(file, aside, failure);
    if (failure) {
        with_.log->error("anchor_failed", "", {{"file", file}, {"reason", "It is long, and cannot be set aside."}});
        return;
    }
    with_.log->info("anchors_set_aside", "", {{"file", aside}});
    if (auto alone = hold(file); !alone)
        with_.log->error("anchor_failed", "", {{"file", file}, {"reason", alone.error().words}});
}

/// Whoever collects the lines may have missed some, or have one that we do not know of: then the next is complete.
void anchor_keeper::tell_address(const anchor& next, const store::store_summary& now) {
    auto posting = next;
    if (post_complete_) {
        posting.heads = anchor_of(now, {}, {}).heads;
        posting.complete = true;
        posting.noticed = noticed_;
    }
    if (posts_restore_ && posting.complete) posting = after_restore(std::move(posting));
    posting.previous = posted_;
    const auto line = with_.key->sign(base::to_json(posting), anchor_type);
    post_complete_ = !post(line);
    if (post_complete_) return;
    posted_ = line_hash(line);
    std::vector<port::notebook::note> notes{{std::string(anchor_posted_line_note), posted_}};
    if (posts_restore_) notes.emplace_back(anchor_posted_note, restored_);
    if (with_.notes->write(notes)) posts_restore_ = false;
}

bool anchor_keeper::post(const std::string& line) {
    auto handle = pool_.take();
    link::curl_list headers;
    link::add_line(headers, "Content-Type: application/jose");
    link::set_call(handle.get(), "http,https", {std::chrono::seconds{5}, std::chrono::seconds{15}}, how_.ca_file);
    link::bounded_answer answer(link::bounded_answer::body::counted);
    link::set_post(handle.get(), how_.url, headers, line, answer);
    const auto outcome = curl_easy_perform(handle.get());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    const auto done = link::http_outcome("The address for anchors ", outcome, status);
    if (!done) with_.log->error("anchor_failed", "", {{"reason", done.error().words}});
    if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
    return done.has_value();
}

}  // namespace keepline::app
