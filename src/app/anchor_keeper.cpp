#include "app/anchor_keeper.hpp"

#include "base/thread_name.hpp"
#include "link/durable_file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace keepline::app {

namespace {

constexpr std::size_t file_octets_max = 1U << 30;
constexpr std::size_t unwritten_octets_max = 16U << 20;

bool is_empty(const std::string& file) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file, failure);
    return failure || size == 0;
}

size_t ignore_body(char*, size_t size, size_t count, void*) { return size * count; }

/// All of it or nothing. A line that is half there, because the power went, is taken away first.
bool append_lines(const std::string& file, std::string_view lines) {
    const link::file_descriptor to(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!to) return false;
    struct stat about{};
    if (::fstat(to.number(), &about) != 0) return false;
    auto end = about.st_size;
    char last = 0;
    while (end > 0 && ::pread(to.number(), &last, 1, end - 1) == 1 && last != '\n') --end;
    if (end != about.st_size && ::ftruncate(to.number(), end) != 0) return false;
    if (::write(to.number(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) &&
        ::fdatasync(to.number()) == 0)
        return true;
    // A full disk takes a part. Should even this fail, the next start ends the half line and begins anew behind it.
    [[maybe_unused]] const auto taken_back = ::ftruncate(to.number(), end);
    return false;
}

/// The clock's mark is noted every few seconds; no line is written for that alone.
std::string without_what_moves_by_itself(anchor of) {
    of.heads.clear();
    of.complete = false;
    of.at = {};
    of.stopped = false;
    of.previous.clear();
    std::erase_if(of.tables, [](const auto& one) { return one.name == "note" || one.name == "partition"; });
    return base::to_json(of);
}

}  // namespace

std::vector<std::string> anchor_keeper::files() const {
    std::vector<std::string> out;
    for (const auto& one : {how_.file, how_.copy})
        if (!one.empty()) out.push_back(one);
    return out;
}

result<store::store_summary> anchor_keeper::summary() const {
    TRY(out, with_.journal->summary());
    if (!with_.beside) return out;
    TRY(more, with_.beside());
    out.tables.insert(out.tables.end(), more.begin(), more.end());
    return out;
}

void anchor_keeper::look_back() {
    for (const auto& file : files()) {
        if (is_empty(file)) continue;
        const auto text = link::read_file(file, file_octets_max);
        const auto read =
            text ? read_anchors(*text, with_.key->jwks()) : result<anchors>(std::unexpected(text.error()));
        if (!read) {
            with_.log->error("anchors_unreadable", "", {{"file", file}, {"reason", read.error().words}});
            continue;
        }
        const auto now = summary();
        auto words = now ? mismatch(*read, *now) : now.error().words;
        if (now && words.empty())
            for (const auto& [partition, head] : read->heads) {
                const auto found = std::ranges::find(now->heads, partition, &port::partition_head::partition);
                const auto reached = found == now->heads.end() ? 0 : found->seq;
                if (reached < head.seq || (reached == head.seq && found->chain != head.chain))
                    words = "partition " + std::to_string(partition) + " is not what was anchored";
            }
        if (!words.empty())
            with_.log->error("anchor_mismatch", "",
                             {{"file", file}, {"anchored_at", base::iso(read->newest.at)}, {"reason", words}});
        if (last_line_hash_.empty()) {
            const auto whole = std::string_view(*text).substr(0, text->rfind('\n') + 1);  // no half line at its end
            const auto end = whole.find_last_not_of('\n');
            if (end == std::string_view::npos) continue;
            const auto begin = whole.rfind('\n', end);
            last_line_hash_ = line_hash(whole.substr(begin + 1, end - begin));
        }
    }
}

void anchor_keeper::start() {
    for (const auto& file : files()) {
        const auto slash = file.rfind('/');
        const auto folder = slash == std::string::npos ? std::string(".") : file.substr(0, slash);
        const auto name = slash == std::string::npos ? file : file.substr(slash + 1);
        const auto made = link::make_folder(folder);
        const auto written = made ? link::write_synced(file + ".jwks", with_.key->jwks() + "\n", 0644) : made;
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
    for (const auto& file : files()) from_the_start = from_the_start || is_empty(file);
    auto next = anchor_of(*now, {}, from_the_start ? std::map<int, std::int64_t>() : known_);
    next.complete = from_the_start;
    auto claims = without_what_moves_by_itself(next);
    const bool all_written = std::ranges::all_of(unwritten_, [](const auto& one) { return one.second.empty(); });
    if (!stopped && !from_the_start && all_written && next.heads.empty() && claims == last_claims_) return;
    next.at = with_.clock->now();
    next.stopped = stopped;
    next.previous = last_line_hash_;
    const auto line = with_.key->sign(base::to_json(next), anchor_type);
    for (const auto& file : files()) {
        auto& waiting = unwritten_[file];
        if (is_empty(file)) waiting.clear();  // this line is complete
        if (waiting.size() < unwritten_octets_max) waiting += line + "\n";
        if (append_lines(file, waiting))
            waiting.clear();
        else
            with_.log->error("anchor_failed", "", {{"file", file}, {"reason", "The file cannot be written."}});
    }
    if (!how_.url.empty()) post(line);
    wrote_ = true;
    last_line_hash_ = line_hash(line);
    for (const auto& one : next.heads) known_[one.partition] = one.seq;
    last_claims_ = without_what_moves_by_itself(next);
}

void anchor_keeper::post(const std::string& line) {
    auto handle = pool_.take();
    link::curl_list headers;
    link::add_line(headers, "Content-Type: application/jose");
    link::set_call(handle.get(), "http,https", {std::chrono::seconds{5}, std::chrono::seconds{15}}, how_.ca_file);
    link::set_post(handle.get(), how_.url, headers, line);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, ignore_body);
    const auto outcome = curl_easy_perform(handle.get());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (const auto done = link::http_outcome("The address for anchors ", outcome, status); !done)
        with_.log->error("anchor_failed", "", {{"reason", done.error().words}});
    pool_.give_back(std::move(handle));
}

}  // namespace keepline::app
