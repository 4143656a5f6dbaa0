// The recordings of the prompts, as a folder: for each language and piece a take at 16,000 samples a second and one at
// 8,000 ("en/say.main.menu.16k.wav"), and catalogue.json, which says of what text each take is and by what bytes it is
// known. An operator puts takes of a studio in the place of any. Reading and writing are one thread's at a time; what
// was loaded is a plain value.
#pragma once

#include "hotline/sentences.hpp"
#include "hotline/sound.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::hotline {

/// One row of the catalogue.
struct take_entry {
    std::string id;
    std::string language;
    std::string text;     // what is said in it
    std::string digest;   // SHA-256 of its 16k file, hex
    std::string made_by;  // an engine's name; "studio" where somebody put it there
    bool operator==(const take_entry&) const = default;
};
BOOST_DESCRIBE_STRUCT(take_entry, (), (id, language, text, digest, made_by))

enum class take_fault { missing, stale, unreadable, silent, clipped, too_loud };
BOOST_DESCRIBE_ENUM(take_fault, missing, stale, unreadable, silent, clipped, too_loud)

struct take_finding {
    piece of;
    take_fault what = take_fault::missing;
};

std::filesystem::path take_file(const std::filesystem::path& folder, const piece& of, int rate);

/// What is wrong with the takes in a folder. `stale`: the text has changed since; a take that was put in by hand counts
/// as new until `take_in` has seen it.
result<std::vector<take_finding>> check_takes(const spoken_dialogue& of, const std::filesystem::path& folder);

/// Speaks a text of a language: a whole WAV file.
using speaks = std::function<result<std::string>(const std::string& language, const std::string& text)>;

struct rendered {
    int made = 0;
    int kept = 0;
    int taken_in = 0;  // put there by hand
};
/// Fills what is missing or stale, and takes in what somebody put there. `again`: whatever this engine made before,
/// too.
result<rendered> render_takes(const spoken_dialogue& of, const std::filesystem::path& folder, const std::string& engine,
                              const speaks& voice, bool again);

/// All takes at 8,000 samples a second, for calls.
class loaded_takes {
 public:
    /// Where the narrow take cannot be read, the wide one stands in. What has neither is silent, and in `silent`: one
    /// file that is no sound keeps nobody from calling.
    static loaded_takes load(const spoken_dialogue& of, const std::filesystem::path& folder);
    /// Null: there is none.
    std::shared_ptr<const samples> find(const piece& of) const;
    bool is_empty() const { return by_name_.empty(); }
    /// What callers do not hear.
    const std::vector<piece>& silent() const { return silent_; }

 private:
    std::vector<piece> silent_;
    std::map<std::string, std::shared_ptr<const samples>> by_name_;
};

inline constexpr int wide_rate = 16'000;
inline constexpr int narrow_rate = 8'000;

}  // namespace keepline::hotline
