// The hotline's dialogue as data: states, what each says, which keys it hears, which command it sends. One TOML file
// for each menu (hotline/menus/*.toml), settings in hotline/dialogue.toml; what is said is in hotline/<language>.toml,
// by the names of sentences. A state is called "file.table". Read once, and then a plain value: any thread.
#pragma once

#include "base/error.hpp"
#include "text/book.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::hotline {

using base::result;

/// What a state does once it has spoken.
enum class state_kind {
    menu,       // hears one key
    entry,      // hears digits
    language,   // hears one key: the n-th of the languages
    command,    // asks the desk
    branch,     // goes on by a value
    passing,    // goes on
    hang_up,    // ends the call
    to_person,  // hands the call over
};

/// A sentence: by its name, or one for each of the words that a value holds ("case.stage.$stage").
struct sentence {
    std::string name;   // or what stands before the word
    std::string value;  // that chooses; empty: the name is whole
};

struct state {
    std::string id;
    state_kind kind = state_kind::passing;
    std::vector<sentence> says;
    std::map<char, std::string> keys;            // of a menu
    std::map<std::string, std::string> answers;  // of a command or a branch: to which state
    std::map<std::string, std::string> sets;     // values, on entering
    std::string then;
    std::string command;
    std::string by;      // of a branch
    std::string into;    // of an entry: the value that it becomes
    bool whole = false;  // a menu: said whole, or nobody is asked
    bool secret = false;
    bool spelled = false;  // letters too: two keys for each character
    bool joined = false;   // behind what was keyed in there before
    int digits_min = 0;
    int digits_max = 0;
    int wait_s = 0;  // how long a key may take
};

struct dialogue {
    std::string start;
    std::string person;     // whoever wants a person, or cannot find the way
    std::string nobody;     // where no person can be had
    std::string call_back;  // where a call begins that we make, to ask whether somebody asked for something
    std::string no_answer;  // and where it ends if nobody is there, or cannot find the way: it has no person
    int wait_s = 7;         // where a state does not say
    int tries = 3;          // silences or wrong keys, one after another
    int entries_most = 80;  // of one call: then it ends
    std::map<std::string, state, std::less<>> states;

    const state* find(std::string_view id) const;
};

struct file {
    std::string name;  // "menus/main.toml", "dialogue.toml", "en.toml"
    std::string text;
};

/// The dialogue and its words.
struct spoken_dialogue {
    dialogue way;
    std::shared_ptr<const text::book> words;
};

/// Files of one name: the last one counts, but words lie over words. code::config_invalid names file and state. What is
/// wrong with the whole says check.hpp.
result<spoken_dialogue> read_dialogue(const std::vector<file>& files);

/// What the program brings.
const std::vector<file>& shipped_files();

/// Sentences are under this table of the words.
inline constexpr std::string_view sentences_table = "say.";

}  // namespace keepline::hotline
