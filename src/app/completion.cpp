// The completion script for bash, made by walking the tree of commands, so that it never lags behind them.
//
// The script follows the words typed so far down the tree ("policy explain"), then offers that place's subcommands and
// options; behind an option or argument that takes a file it offers files, behind one with choices the choices.
#include "app/command.hpp"

#include <algorithm>
#include <map>

namespace keepline::app {

namespace {

struct place {
    std::string words;                           // subcommands and options
    std::map<std::string, std::string> choices;  // option -> "a b c"
    std::string file_options;                    // "--config|--keys"
    std::string value_options;                   // every option that takes a value
    bool takes_files = false;
};

constexpr std::string_view file_types[] = {"FILE", "DIR"};

bool takes_file(const CLI::Option& option) {
    const auto shown = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
    return std::ranges::any_of(file_types, [&](std::string_view type) {
        return shown.find(type) != std::string::npos || option.get_name(true).find(type) != std::string::npos;
    });
}

/// CLI11 shows the choices of IsMember as "TEXT:{a,b}".
std::string choices_of(const CLI::Option& option) {
    auto type = option.get_type_name();
    const auto open = type.find('{');
    const auto close = type.find('}');
    if (open == std::string::npos || close == std::string::npos || close < open) return {};
    type = type.substr(open + 1, close - open - 1);
    std::ranges::replace(type, ',', ' ');
    return type;
}

void add_word(std::string& to, const std::string& word, char between) {
    if (!to.empty()) to += between;
    to += word;
}

void add_options(place& to, const CLI::App& app) {
    for (const auto* option : app.get_options()) {
        if (option->get_positional()) {
            to.takes_files = to.takes_files || takes_file(*option);
            continue;
        }
        for (const auto& name : option->get_lnames()) {
            const auto full = "--" + name;
            add_word(to.words, full, ' ');
            if (option->get_items_expected_max() == 0) continue;
            add_word(to.value_options, full, '|');
            if (const auto choices = choices_of(*option); !choices.empty()) to.choices[full] = choices;
            if (takes_file(*option)) add_word(to.file_options, full, '|');
        }
    }
}

void walk(const CLI::App& app, const CLI::App& root, const std::string& path, std::map<std::string, place>& out) {
    place here;
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        add_word(here.words, sub->get_name(), ' ');
        walk(*sub, root, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
    }
    add_options(here, app);
    if (&app != &root) add_options(here, root);
    out.emplace(path, std::move(here));
}

std::string cases(const std::map<std::string, place>& places) {
    std::string out;
    for (const auto& [path, here] : places) {
        out += "        '" + path + "')\n            words='" + here.words + "'\n";
        if (!here.value_options.empty()) out += "            values='" + here.value_options + "'\n";
        if (!here.file_options.empty()) out += "            files='" + here.file_options + "'\n";
        if (here.takes_files) out += "            positional=files\n";
        if (!here.choices.empty()) {
            out += "            case \"$previous\" in\n";
            for (const auto& [option, choices] : here.choices)
                out += "                " + option + ") choices='" + choices + "' ;;\n";
            out += "            esac\n";
        }
        out += "            ;;\n";
    }
    return out;
}

constexpr const char* script_head = R"(# bash completion for keepline. Made by `keepline completion bash`.
_keepline() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
    local path='' word words='' values='' files='' choices='' positional='' i
    local commands=' )";

constexpr const char* script_middle = R"( '
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        [[ $commands == *" ${path:+${path// //}/}$word "* ]] && path="${path:+$path }$word"
    done
    case "$path" in
)";

constexpr const char* script_tail = R"(    esac
    COMPREPLY=()
    if [[ -n $choices ]]; then
        COMPREPLY=($(compgen -W "$choices" -- "$current"))
    elif [[ -n $files && "|$files|" == *"|$previous|"* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
    elif [[ -n $values && "|$values|" == *"|$previous|"* ]]; then
        return 0
    else
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        if [[ $positional == files && $current != -* ]]; then
            compopt -o filenames 2>/dev/null
            COMPREPLY+=($(compgen -f -- "$current"))
        fi
    fi
}
complete -F _keepline keepline
)";

}  // namespace

std::string bash_completion(const CLI::App& root) {
    std::map<std::string, place> places;
    walk(root, root, "", places);
    std::string commands;
    for (const auto& [path, ignored] : places) {
        auto joined = path;
        std::ranges::replace(joined, ' ', '/');
        if (!joined.empty()) add_word(commands, joined, ' ');
    }
    return script_head + commands + script_middle + cases(places) + script_tail;
}

}  // namespace keepline::app
