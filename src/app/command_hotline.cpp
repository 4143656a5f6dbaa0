// keepline hotline …, keepline prompts …: the dialogue of the telephone line and its recordings, without a server.
#include "app/command.hpp"
#include "app/files.hpp"
#include "app/hotline_site.hpp"
#include "hotline/check.hpp"
#include "hotline/sentences.hpp"
#include "hotline/voices.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {
namespace hotline_command {

namespace json = boost::json;

result<int> check_dialogue(const session& s, const std::string& folder) {
    TRY(of, dialogue_of(folder));
    const auto found = hotline::check(of);
    json::array findings;
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : found) {
        findings.push_back(json::object{{"where", one.where}, {"what", one.what}});
        rows.push_back({one.where, one.what});
    }
    const auto sentences = hotline::everything(of).size();
    if (s.json) {
        s.print(json::object{{"ok", found.empty()},
                             {"states", of.way.states.size()},
                             {"recordings", sentences},
                             {"findings", std::move(findings)}});
    } else if (found.empty()) {
        s.at.out << "The dialogue is in order: " << of.way.states.size() << " states, " << sentences
                 << " recordings in " << of.words->languages().size() << " languages.\n";
    } else {
        s.at.out << table({"WHERE", "WHAT"}, rows) << "The dialogue cannot be used.\n";
    }
    return found.empty() ? 0 : 2;
}

result<int> draw_dialogue(const session& s, const std::string& folder) {
    TRY(of, dialogue_of(folder));
    s.at.out << hotline::draw(of);
    return 0;
}

/// What the voice says as somebody presses these keys, until the desk would be asked.
result<int> say(const session& s, const std::string& folder, const std::string& language, const std::string& keys) {
    TRY(of, dialogue_of(folder));
    auto now = hotline::begin(of, {of.words->best(language).tag}, true);
    const auto show = [&] {
        for (const auto& one : now.out.say) s.at.out << hotline::text_of(of, one) << '\n';
        if (now.out.ask) s.at.out << "-> " << now.out.ask->command << '\n';
        if (now.out.hand_over) s.at.out << "-> a person\n";
        if (now.out.hang_up) s.at.out << "-> the call ends\n";
    };
    show();
    for (const char key : keys) {
        now = hotline::step(of, now.next, hotline::heard::key{key});
        show();
    }
    return 0;
}

struct render_wish {
    std::string dialogue;
    std::string folder;
    std::string engine = "espeak";
    std::vector<std::string> command;
    bool again = false;
};

result<int> render_prompts(const session& s, const render_wish& wish) {
    TRY(of, dialogue_of(wish.dialogue));
    if (wish.engine == "command" && wish.command.empty())
        return base::refuse(base::code::invalid, "--engine command needs --command, a program that speaks.");
    const auto voice = wish.engine == "command" ? hotline::command_voice(wish.command) : hotline::espeak_voice();
    const auto name = wish.engine == "command" ? wish.command.front() : wish.engine;
    TRY(done, hotline::render_takes(of, wish.folder, name, voice, wish.again));
    if (s.json)
        s.print(json::object{{"made", done.made}, {"kept", done.kept}, {"taken_in", done.taken_in}});
    else
        s.at.out << done.made << " made, " << done.kept << " kept, " << done.taken_in << " taken in.\n";
    return 0;
}

result<int> check_prompts(const session& s, const std::string& dialogue, const std::string& folder) {
    TRY(of, dialogue_of(dialogue));
    TRY(found, hotline::check_takes(of, folder));
    json::array findings;
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : found) {
        const std::string what = boost::describe::enum_to_string(one.what, "");
        findings.push_back(json::object{{"language", one.of.language}, {"id", one.of.id}, {"what", what}});
        rows.push_back({one.of.language, one.of.id, what});
    }
    if (s.json)
        s.print(json::object{{"ok", found.empty()}, {"findings", std::move(findings)}});
    else if (found.empty())
        s.at.out << "The recordings are in order.\n";
    else
        s.at.out << table({"LANGUAGE", "RECORDING", "WHAT"}, rows);
    return found.empty() ? 0 : 2;
}

struct play_wish {
    std::string dialogue;
    std::string id;
    std::string folder;
    std::string language = "en";
    std::string to;
    std::string player = "aplay";
};

/// One take, as it was recorded: given to a program that plays it, or written to a file.
result<int> play_prompt(const session& s, const play_wish& wish) {
    TRY(of, dialogue_of(wish.dialogue));
    const hotline::piece wanted{wish.id, wish.language};
    if (const auto all = hotline::everything(of); std::ranges::find(all, wanted) == all.end())
        return base::refuse(base::code::not_found, "The dialogue says nothing of this name in this language.");
    const auto file = hotline::take_file(wish.folder, wanted, hotline::wide_rate);
    std::error_code failed;
    if (!std::filesystem::is_regular_file(file, failed))
        return base::refuse(base::code::not_found,
                            "It is not recorded; `keepline prompts render` makes what is missing.");
    if (wish.to.empty()) {
        CHECK(hotline::run_program({wish.player, file.string()}, {}));
    } else if (!std::filesystem::copy_file(file, wish.to, failed)) {
        return base::refuse(base::code::invalid, "The file is there already, or cannot be written.");
    }
    const auto text = hotline::words_of(of, wanted);
    if (s.json)
        s.print(json::object{{"id", wish.id}, {"language", wish.language}, {"text", text}});
    else
        s.at.out << text << '\n';
    return 0;
}

CLI::Option* add_dialogue_option(CLI::App* command, std::string& into) {
    return command->add_option("--dialogue", into, "A folder to lay over the shipped dialogue");
}

void add_dialogue_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "hotline", "The telephone line's dialogue: check, draw, say",
                            "keepline hotline check\nkeepline hotline draw | dot -Tsvg > hotline.svg");
    auto folder = std::make_shared<std::string>();
    auto* check = add_command(*group, "check",
                              "Check the dialogue: states that nothing leads to or that never end, commands without "
                              "their proof, missing sentences",
                              "keepline hotline check\nkeepline hotline check --dialogue /etc/keepline/hotline");
    add_dialogue_option(check, *folder);
    on_chosen(check, s, [&s, folder] { return check_dialogue(s, *folder); });
    auto* draw = add_command(*group, "draw", "Draw the dialogue as a graph (DOT)", "keepline hotline draw");
    add_dialogue_option(draw, *folder);
    on_chosen(draw, s, [&s, folder] { return draw_dialogue(s, *folder); });
    struct wish {
        std::string language = "en";
        std::string keys;
    };
    auto asked = std::make_shared<wish>();
    auto* speak = add_command(*group, "say", "Show what a caller hears who presses these keys",
                              "keepline hotline say 6\nkeepline hotline say 2 --language zh-CN");
    speak->add_option("KEYS", asked->keys, "What is pressed: digits, * and #");
    speak->add_option("--language", asked->language, "The caller's language");
    add_dialogue_option(speak, *folder);
    on_chosen(speak, s, [&s, folder, asked] { return say(s, *folder, asked->language, asked->keys); });
}

void add_prompt_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "prompts", "The telephone line's recordings: render, check, play",
                            "keepline prompts render /var/lib/keepline/prompts\nkeepline prompts check DIR");
    auto asked = std::make_shared<render_wish>();
    auto* render =
        add_command(*group, "render", "Fill what is not recorded, and take in what somebody put there",
                    "keepline prompts render DIR\nkeepline prompts render DIR --engine command --command my-voice");
    render->add_option("DIR", asked->folder, "The folder of the recordings")->required();
    render->add_option("--engine", asked->engine, "Who speaks")->check(CLI::IsMember({"espeak", "command"}));
    render->add_option("--command", asked->command,
                       "A program; it gets the language and the file to write, and the text on its standard input");
    render->add_flag("--again", asked->again, "Make anew what this engine made before");
    add_dialogue_option(render, asked->dialogue);
    on_chosen(render, s, [&s, asked] { return render_prompts(s, *asked); });
    auto* check =
        add_command(*group, "check", "Check the recordings: missing, stale, unreadable, silent, clipped, too loud",
                    "keepline prompts check /var/lib/keepline/prompts");
    check->add_option("DIR", asked->folder, "The folder of the recordings")->required();
    add_dialogue_option(check, asked->dialogue);
    on_chosen(check, s, [&s, asked] { return check_prompts(s, asked->dialogue, asked->folder); });
    auto one = std::make_shared<play_wish>();
    auto* play = add_command(*group, "play", "Listen to one recording, or write it to a file",
                             "keepline prompts play say.main.menu DIR\n"
                             "keepline prompts play say.main.menu DIR --language zh-CN --to menu.wav");
    play->add_option("ID", one->id, "Its name, as `prompts check` and catalogue.json have it")->required();
    play->add_option("DIR", one->folder, "The folder of the recordings")->required();
    play->add_option("--language", one->language, "Whose recording");
    play->add_option("--to", one->to, "A file that is not there yet (WAV), instead of playing it");
    play->add_option("--player", one->player, "The program that plays it; it gets the file");
    add_dialogue_option(play, one->dialogue);
    on_chosen(play, s, [&s, one] { return play_prompt(s, *one); });
}

}  // namespace hotline_command
}  // namespace

void add_hotline_commands(CLI::App& root, session& s) {
    hotline_command::add_dialogue_commands(root, s);
    hotline_command::add_prompt_commands(root, s);
}

}  // namespace keepline::app
