// One call through the dialogue: from a state and what happened to the next state and what is to be done. No I/O, no
// clock: time comes in as silence. Whatever is keyed in, a call ends (entries_most); it never speaks a secret, and
// never asks the desk for what its proof does not reach. Pure; any thread.
#pragma once

#include "hotline/dialogue.hpp"
#include "hotline/vocabulary.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::hotline {

using text::values;

/// A sentence to be spoken.
struct utterance {
    std::string sentence;  // its name
    std::string language;
    values with{};  // as the desk has them: "2026-12-08", "12.30 CNY"
    bool operator==(const utterance&) const = default;
};

struct call {
    std::vector<std::string> languages;  // to be chosen from, in this order
    bool has_person = false;             // there is somebody to hand over to
    bool calls_back = false;             // we made this call
    // -- how it stands
    std::string at;
    std::string language;
    proof known = proof::nothing;
    values knows;
    values secrets;  // gone with the command that takes them
    std::vector<std::string> back;
    std::vector<utterance> last_said;
    std::string keyed;
    bool may_end_twice = false;  // an entry was full; the # that people press behind it says nothing
    bool asks = false;           // the desk has not answered
    bool hands_over = false;
    bool is_over = false;
    int missed = 0;
    int entries = 0;
    bool operator==(const call&) const = default;
};

namespace heard {
struct key {
    char pressed = 0;
};
struct silence {};
struct answer {
    std::string outcome;
    values gives{};
};
struct no_person {};
struct unheard {};  // what was to be said last cannot be said whole: a recording is missing
struct gone {};
}  // namespace heard
using input = std::variant<heard::key, heard::silence, heard::answer, heard::no_person, heard::unheard, heard::gone>;

struct listening {
    int wait_s = 0;  // of silence, from when all is spoken
    bool operator==(const listening&) const = default;
};
struct question {
    std::string command;
    values with;  // what it needs, secrets among it
    bool operator==(const question&) const = default;
};

/// Speak first; then, at most one of: listen, ask, hand over, hang up. None: nothing has changed.
struct to_do {
    std::vector<utterance> say;
    std::optional<listening> listen;
    std::optional<question> ask;
    bool stop_speaking = false;  // somebody pressed a key
    bool hand_over = false;
    bool hang_up = false;
};
struct stepped {
    call next;
    to_do out;
};

stepped begin(const spoken_dialogue& of, std::vector<std::string> languages, bool has_person);
/// A call that we make: in this language, or the nearest that there is; it knows of what it is about.
stepped begin_call_back(const spoken_dialogue& of, const std::string& language, values knows);
stepped step(const spoken_dialogue& of, call now, const input& what);

/// What is keyed as key and place: "21" is A, "20" is 2. Empty: it is none.
std::string spelled_out(std::string_view keys);

/// The places of a sentence in this language; none where there is no such sentence.
std::vector<std::string> places_of(const spoken_dialogue& of, const std::string& language, const std::string& sentence);

// Sentences that are said of themselves.
inline constexpr std::string_view wrong_key_sentence = "any.wrong_key";
inline constexpr std::string_view silence_sentence = "any.silence";

}  // namespace keepline::hotline
