#include "hotline/dialogue.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <toml++/toml.h>

namespace keepline::hotline {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view menus_folder = "menus/";
constexpr std::string_view toml_ending = ".toml";
constexpr int wait_most_s = 60;
constexpr int digits_most = 32;

std::unexpected<base::error> wrong(const std::string& where, const std::string& what) {
    return refuse(code::config_invalid, where + ": " + what, {{"file", where}});
}

result<toml::table> parsed(const file& in) {
    try {
        return toml::parse(in.text, in.name);
    } catch (const toml::parse_error& failure) {
        return wrong(in.name, "line " + std::to_string(failure.source().begin.line) + ": " +
                                  std::string(failure.description()) + ".");
    }
}

/// One table, member by member; what nobody asked for is a mistake.
class reader {
 public:
    reader(const toml::table& from, std::string where) : from_(from), where_(std::move(where)) {}

    bool has(std::string_view key) const { return from_.contains(key); }

    result<void> text(std::string_view key, std::string& into) {
        const auto* node = take(key);
        if (node == nullptr) return {};
        const auto value = node->value_exact<std::string>();
        if (!value || value->empty()) return wrong(where_, "`" + std::string(key) + "` must be a text.");
        into = *value;
        return {};
    }
    result<void> flag(std::string_view key, bool& into) {
        const auto* node = take(key);
        if (node == nullptr) return {};
        const auto value = node->value_exact<bool>();
        if (!value) return wrong(where_, "`" + std::string(key) + "` must be true or false.");
        into = *value;
        return {};
    }
    result<void> count(std::string_view key, int most, int& into) {
        const auto* node = take(key);
        if (node == nullptr) return {};
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < 1 || *value > most)
            return wrong(where_, "`" + std::string(key) + "` must be from 1 to " + std::to_string(most) + ".");
        into = static_cast<int>(*value);
        return {};
    }
    result<void> texts(std::string_view key, std::vector<std::string>& into) {
        const auto* node = take(key);
        if (node == nullptr) return {};
        const auto* list = node->as_array();
        if (list == nullptr) return wrong(where_, "`" + std::string(key) + "` must be a list.");
        for (const auto& one : *list) {
            const auto value = one.value_exact<std::string>();
            if (!value || value->empty()) return wrong(where_, "`" + std::string(key) + "` must hold texts.");
            into.push_back(*value);
        }
        return {};
    }
    result<void> map(std::string_view key, std::map<std::string, std::string>& into) {
        const auto* node = take(key);
        if (node == nullptr) return {};
        const auto* table = node->as_table();
        if (table == nullptr) return wrong(where_, "`" + std::string(key) + "` must be a table.");
        for (const auto& [name, value] : *table) {
            const auto word = value.value_exact<std::string>();
            if (!word || word->empty()) return wrong(where_, "`" + std::string(key) + "` must hold texts.");
            into.emplace(std::string(name.str()), *word);
        }
        return {};
    }
    result<void> nothing_more() const {
        for (const auto& [key, value] : from_)
            if (!asked_.contains(std::string(key.str())))
                return wrong(where_, "`" + std::string(key.str()) + "` is not known here.");
        return {};
    }
    const std::string& where() const { return where_; }

 private:
    const toml::node* take(std::string_view key) {
        asked_.emplace(key);
        return from_.get(key);
    }

    const toml::table& from_;
    std::string where_;
    std::set<std::string> asked_;
};

sentence sentence_of(const std::string& text) {
    const auto at = text.rfind(".$");
    if (at == std::string::npos) return {text, {}};
    return {text.substr(0, at + 1), text.substr(at + 2)};
}

/// "code" is of the same file, "prove.code" of another.
std::string whole_name(const std::string& menu, const std::string& to) {
    return to.contains('.') ? to : menu + "." + to;
}

/// The word in the file, and what it makes of the state; exactly one of them stands there.
constexpr std::array<std::pair<std::string_view, state_kind>, 6> kinds{{{"keys", state_kind::menu},
                                                                        {"entry", state_kind::entry},
                                                                        {"languages", state_kind::language},
                                                                        {"command", state_kind::command},
                                                                        {"by", state_kind::branch},
                                                                        {"end", state_kind::hang_up}}};

result<void> read_kind(reader& in, state& out) {
    int named = 0;
    for (const auto& [word, kind] : kinds) {
        if (!in.has(word)) continue;
        out.kind = kind;
        ++named;
    }
    if (named > 1) return wrong(in.where(), "it must be one of a menu, an entry, a command, a branch or an end.");
    std::string end;
    bool languages = false;
    CHECK(in.text("end", end));
    CHECK(in.flag("languages", languages));
    CHECK(in.text("command", out.command));
    CHECK(in.text("by", out.by));
    CHECK(in.text("entry", out.into));
    if (end == "person") out.kind = state_kind::to_person;
    if (!end.empty() && end != "person" && end != "hang-up")
        return wrong(in.where(), "`end` must be \"hang-up\" or \"person\".");
    return {};
}

result<void> read_keys(reader& in, const std::string& menu, state& out) {
    std::map<std::string, std::string> keys;
    CHECK(in.map("keys", keys));
    for (auto& [key, to] : keys) {
        if (key.size() != 1 || key[0] < '1' || key[0] > '8')
            return wrong(in.where(), "a key of a menu is 1 to 8: 0, 9 and * mean the same everywhere.");
        out.keys.emplace(key[0], whole_name(menu, to));
    }
    if (out.kind == state_kind::menu && out.keys.empty()) return wrong(in.where(), "a menu without keys.");
    CHECK(in.flag("whole", out.whole));
    if (out.whole && out.kind != state_kind::menu) return wrong(in.where(), "only a menu is said `whole`.");
    return {};
}

result<void> read_entry(reader& in, state& out) {
    CHECK(in.flag("secret", out.secret));
    CHECK(in.flag("spelled", out.spelled));
    CHECK(in.flag("joined", out.joined));
    CHECK(in.count("digits_min", digits_most, out.digits_min));
    CHECK(in.count("digits_max", digits_most, out.digits_max));
    if (out.kind != state_kind::entry) return {};
    // A digit alone is a key: 0 and 9 mean the same everywhere.
    if (out.digits_min < 2 || out.digits_max < out.digits_min)
        return wrong(in.where(), "an entry says digits_min (2 or more) and digits_max.");
    if (out.spelled && (out.digits_min % 2 != 0 || out.digits_max % 2 != 0))
        return wrong(in.where(), "letters take two digits each.");
    return {};
}

result<state> read_state(const toml::table& from, const std::string& menu, const std::string& name) {
    state out;
    out.id = menu + "." + name;
    reader in(from, std::string(menus_folder) + menu + std::string(toml_ending) + ": [" + name + "]");
    CHECK(read_kind(in, out));
    CHECK(read_keys(in, menu, out));
    CHECK(read_entry(in, out));
    std::vector<std::string> says;
    CHECK(in.texts("say", says));
    for (const auto& one : says) out.says.push_back(sentence_of(one));
    CHECK(in.map("answers", out.answers));
    for (auto& [answer, to] : out.answers) to = whole_name(menu, to);
    CHECK(in.map("set", out.sets));
    CHECK(in.text("then", out.then));
    if (!out.then.empty()) out.then = whole_name(menu, out.then);
    CHECK(in.count("wait", wait_most_s, out.wait_s));
    CHECK(in.nothing_more());
    return out;
}

result<void> read_menu(const file& in, const std::string& menu, dialogue& out) {
    TRY(table, parsed(in));
    for (const auto& [name, value] : table) {
        const auto* one = value.as_table();
        if (one == nullptr) return wrong(in.name, "`" + std::string(name.str()) + "` must be a state: [name].");
        TRY(read, read_state(*one, menu, std::string(name.str())));
        auto id = read.id;
        out.states.insert_or_assign(std::move(id), std::move(read));
    }
    return {};
}

result<void> read_settings(const file& in, dialogue& out) {
    TRY(table, parsed(in));
    reader r(table, in.name);
    CHECK(r.text("start", out.start));
    CHECK(r.text("person", out.person));
    CHECK(r.text("nobody", out.nobody));
    CHECK(r.text("call_back", out.call_back));
    CHECK(r.text("no_answer", out.no_answer));
    CHECK(r.count("wait", wait_most_s, out.wait_s));
    constexpr int tries_most = 10;
    CHECK(r.count("tries", tries_most, out.tries));
    constexpr int entries_most = 1'000;
    CHECK(r.count("entries_most", entries_most, out.entries_most));
    return r.nothing_more();
}

std::string menu_of(std::string_view name) {
    if (!name.starts_with(menus_folder) || !name.ends_with(toml_ending)) return {};
    name.remove_prefix(menus_folder.size());
    name.remove_suffix(toml_ending.size());
    return name.contains('/') || name.contains('.') ? std::string() : std::string(name);
}

}  // namespace

const state* dialogue::find(std::string_view id) const {
    const auto found = states.find(id);
    return found == states.end() ? nullptr : &found->second;
}

result<spoken_dialogue> read_dialogue(const std::vector<file>& files) {
    spoken_dialogue out;
    std::map<std::string, const file*> menus;
    std::vector<text::source> words;
    const file* settings = nullptr;
    for (const auto& one : files) {
        if (one.name == "dialogue.toml")
            settings = &one;
        else if (const auto menu = menu_of(one.name); !menu.empty())
            menus.insert_or_assign(menu, &one);
        else if (one.name.ends_with(toml_ending))
            words.push_back({one.name, one.text});
    }
    if (settings == nullptr) return refuse(code::config_invalid, "The dialogue has no dialogue.toml.");
    CHECK(read_settings(*settings, out.way));
    for (const auto& [menu, one] : menus) CHECK(read_menu(*one, menu, out.way));
    for (auto& [id, one] : out.way.states)
        if (one.wait_s == 0) one.wait_s = out.way.wait_s;
    TRY(book, text::book::read(words));
    out.words = std::make_shared<const text::book>(std::move(book));
    return out;
}

}  // namespace keepline::hotline
