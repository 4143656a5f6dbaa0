#include "hotline/takes.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace keepline::hotline {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view by_hand = "studio";
constexpr std::uintmax_t file_bytes_most = 16U << 20U;
constexpr int clipped_most = 20;

struct catalogue {
    std::vector<take_entry> takes;
    bool operator==(const catalogue&) const = default;
};
BOOST_DESCRIBE_STRUCT(catalogue, (), (takes))

fs::path catalogue_file(const fs::path& folder) { return folder / "catalogue.json"; }
std::string name_of(const piece& of) { return of.language + "/" + of.id; }

std::optional<std::string> bytes_of(const fs::path& file) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed || size > file_bytes_most) return {};
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    if (!in) return {};
    return std::move(out).str();
}

/// Beside it first, so that nobody reads half a file.
result<void> write_file(const fs::path& file, const std::string& bytes) {
    std::error_code failed;
    fs::create_directories(file.parent_path(), failed);
    auto beside = file;
    beside += ".new";
    {
        std::ofstream out(beside, std::ios::binary | std::ios::trunc);
        out << bytes;
        out.close();
        if (!out) return base::refuse(base::code::internal, file.string() + " cannot be written.");
    }
    fs::rename(beside, file, failed);
    if (failed)
        return base::refuse(base::code::internal, file.string() + " cannot be written: " + failed.message() + ".");
    return {};
}

std::string digest_of(const std::string& bytes) {
    const auto digest = base::sha256(base::view(bytes));
    return base::hex(digest);
}

using rows = std::map<std::string, take_entry>;
result<rows> read_catalogue(const fs::path& folder) {
    rows out;
    const auto file = catalogue_file(folder);
    const auto text = bytes_of(file);
    std::error_code failed;
    if (!text && !fs::exists(file, failed) && !failed) return out;
    // Without it every take would be taken in as somebody's recording.
    if (!text) return base::refuse(base::code::unavailable, file.string() + " cannot be read.");
    TRY(read, base::from_json<catalogue>(*text));
    for (auto& one : read.takes) {
        auto name = one.language + "/" + one.id;
        out.insert_or_assign(std::move(name), std::move(one));
    }
    return out;
}
result<void> write_catalogue(const fs::path& folder, const rows& all) {
    catalogue out;
    for (const auto& [name, one] : all) out.takes.push_back(one);
    return write_file(catalogue_file(folder), base::to_json(out) + "\n");
}

std::vector<take_fault> faults_of(const std::string& bytes) {
    const auto read = read_wav(bytes);
    if (!read) return {take_fault::unreadable};
    const auto is = loudness_of(*read);
    if (is.rms_db < silent_below_db) return {take_fault::silent};
    std::vector<take_fault> out;
    if (is.clipped > clipped_most) out.push_back(take_fault::clipped);
    if (is.rms_db > loud_above_db) out.push_back(take_fault::too_loud);
    return out;
}

std::optional<sound> readable_take(const fs::path& file) {
    const auto bytes = bytes_of(file);
    if (!bytes) return {};
    auto take = read_wav(*bytes);
    if (!take || take->is.empty()) return {};
    return *std::move(take);
}

/// Both rates of one take; what is known of it from then on.
result<take_entry> store(const fs::path& folder, const piece& of, std::string text, const sound& take,
                         std::string made_by) {
    const auto wide = write_wav(at_rate(take, wide_rate));
    CHECK(write_file(take_file(folder, of, wide_rate), wide));
    CHECK(write_file(take_file(folder, of, narrow_rate), write_wav(at_rate(take, narrow_rate))));
    return take_entry{of.id, of.language, std::move(text), digest_of(wide), std::move(made_by)};
}

}  // namespace

fs::path take_file(const fs::path& folder, const piece& of, int rate) {
    return folder / of.language / (of.id + "." + std::to_string(rate / 1'000) + "k.wav");
}

result<std::vector<take_finding>> check_takes(const spoken_dialogue& of, const fs::path& folder) {
    TRY(known, read_catalogue(folder));
    std::vector<take_finding> out;
    for (const auto& one : everything(of)) {
        const auto bytes = bytes_of(take_file(folder, one, wide_rate));
        const auto row = known.find(name_of(one));
        if (!bytes || row == known.end() || !bytes_of(take_file(folder, one, narrow_rate))) {
            out.push_back({one, take_fault::missing});
            continue;
        }
        if (row->second.text != words_of(of, one) || row->second.digest != digest_of(*bytes))
            out.push_back({one, take_fault::stale});
        auto faults = faults_of(*bytes);
        const bool narrow_is_read = readable_take(take_file(folder, one, narrow_rate)).has_value();
        if (!narrow_is_read && std::ranges::find(faults, take_fault::unreadable) == faults.end())
            faults.push_back(take_fault::unreadable);
        for (const auto fault : faults) out.push_back({one, fault});
    }
    return out;
}

result<rendered> render_takes(const spoken_dialogue& of, const fs::path& folder, const std::string& engine,
                              const speaks& voice, bool again) {
    TRY(known, read_catalogue(folder));
    rendered out;
    // At once: a take that no row is about counts as somebody's recording, and a voice may fail at the next one.
    const auto keep = [&](const piece& one, std::string said, const sound& take, std::string by) -> result<void> {
        TRY(entry, store(folder, one, std::move(said), take, std::move(by)));
        known.insert_or_assign(name_of(one), std::move(entry));
        return write_catalogue(folder, known);
    };
    for (const auto& one : everything(of)) {
        const auto text = words_of(of, one);
        const auto row = known.find(name_of(one));
        const auto bytes = bytes_of(take_file(folder, one, wide_rate));
        const bool is_new = bytes && (row == known.end() || row->second.digest != digest_of(*bytes));
        const bool fits = bytes && row != known.end() && row->second.text == text;
        if (is_new) {
            TRY(take, read_wav(*bytes));
            CHECK(keep(one, text, take, std::string(by_hand)));
            ++out.taken_in;
        } else if (fits && !(again && row->second.made_by == engine)) {
            if (!readable_take(take_file(folder, one, narrow_rate))) {  // made of the wide one, whoever spoke it
                TRY(take, read_wav(*bytes));
                CHECK(keep(one, text, take, row->second.made_by));
            }
            ++out.kept;
        } else {
            TRY(spoken, voice(one.language, text));
            TRY(take, read_wav(spoken));
            CHECK(keep(one, text, levelled(take), engine));
            ++out.made;
        }
    }
    return out;
}

loaded_takes loaded_takes::load(const spoken_dialogue& of, const fs::path& folder) {
    loaded_takes out;
    for (const auto& one : everything(of)) {
        auto take = readable_take(take_file(folder, one, narrow_rate));
        if (!take) take = readable_take(take_file(folder, one, wide_rate));
        if (take)
            out.by_name_.emplace(name_of(one), std::make_shared<const samples>(at_rate(*take, narrow_rate).is));
        else
            out.silent_.push_back(one);
    }
    return out;
}

std::shared_ptr<const samples> loaded_takes::find(const piece& of) const {
    const auto found = by_name_.find(name_of(of));
    return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace keepline::hotline
