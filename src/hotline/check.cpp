#include "hotline/check.hpp"

#include "hotline/interpreter.hpp"
#include "hotline/spoken.hpp"
#include "hotline/vocabulary.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

namespace keepline::hotline {

namespace {

bool hears(const state& one) {
    return one.kind == state_kind::menu || one.kind == state_kind::entry || one.kind == state_kind::language;
}
bool ends(const state& one) { return one.kind == state_kind::hang_up || one.kind == state_kind::to_person; }

std::string in_quotes(std::string_view text) { return "`" + std::string(text) + "`"; }

class checker {
 public:
    explicit checker(const spoken_dialogue& of) : of_(of), way_(of.way) {}

    std::vector<finding> all() {
        check_settings();
        for (const auto& [id, one] : way_.states) check_state(one);
        if (!found_.empty()) return std::move(found_);  // what follows walks a whole graph
        check_reached();
        check_ends();
        check_circles();
        check_proof();
        check_sentences();
        return std::move(found_);
    }

 private:
    void add(std::string where, std::string what) { found_.push_back({std::move(where), std::move(what)}); }

    void check_settings() {
        for (const auto& [name, id] :
             {std::pair("start", way_.start), {"person", way_.person}, {"nobody", way_.nobody}})
            if (way_.find(id) == nullptr)
                add("dialogue.toml", in_quotes(name) + " names no state: " + in_quotes(id) + ".");
        if (const auto* one = way_.find(way_.person); one != nullptr && one->kind != state_kind::to_person)
            add(one->id, "the state for a person must be an end = \"person\".");
        if (const auto* one = way_.find(way_.nobody); one != nullptr && one->kind != state_kind::hang_up)
            add(one->id, "the state where there is no person must be an end = \"hang-up\".");
        if (way_.call_back.empty()) return;
        for (const auto& [name, id] : {std::pair("call_back", way_.call_back), {"no_answer", way_.no_answer}})
            if (way_.find(id) == nullptr)
                add("dialogue.toml", in_quotes(name) + " names no state: " + in_quotes(id) + ".");
        if (const auto* one = way_.find(way_.no_answer); one != nullptr && one->kind != state_kind::hang_up)
            add(one->id, "the state where nobody answers must be an end = \"hang-up\".");
    }

    /// Where a call may begin, and what a caller comes to from anywhere.
    std::vector<std::string> starts() const {
        std::vector<std::string> out{way_.start, way_.person, way_.nobody};
        if (!way_.call_back.empty()) out.insert(out.end(), {way_.call_back, way_.no_answer});
        return out;
    }

    // -- one state

    void check_state(const state& one) {
        for (const auto& [by, to] : ways_on(one))
            if (way_.find(to) == nullptr) add(one.id, by + " leads to " + in_quotes(to) + ", which is no state.");
        const bool goes_on =
            one.kind == state_kind::passing || one.kind == state_kind::entry || one.kind == state_kind::language;
        if (goes_on && one.then.empty()) add(one.id, "it says not where it goes on: then = \"…\".");
        if (!goes_on && !one.then.empty()) add(one.id, "`then` means nothing here.");
        if (hears(one) && one.wait_s <= 0) add(one.id, "it waits for a key for ever.");
        if (hears(one) && one.says.empty()) add(one.id, "it waits for a key and says nothing.");
        for (const auto& [name, value] : one.sets) check_set(one, name, value);
        if (one.kind == state_kind::command) check_command(one);
        if (one.kind == state_kind::branch) check_branch(one);
        if (one.kind != state_kind::command && one.kind != state_kind::branch && !one.answers.empty())
            add(one.id, "`answers` mean nothing here.");
        if (one.kind == state_kind::entry) check_entry(one);
    }
    void check_set(const state& one, const std::string& name, const std::string& value) {
        const auto* form = value_named(name);
        if (form == nullptr || form->how != spoken_as::name ||
            std::ranges::find(form->names, value) == form->names.end())
            add(one.id, "it sets " + in_quotes(name) + " to " + in_quotes(value) + ", which is no such value.");
    }
    void check_command(const state& one) {
        const auto* form = command_named(one.command);
        if (form == nullptr) return add(one.id, "there is no command " + in_quotes(one.command) + ".");
        for (const auto& outcome : form->outcomes)
            if (!one.answers.contains(std::string(outcome.name)))
                add(one.id, "nothing follows the answer " + in_quotes(outcome.name) + ".");
        if (!one.answers.contains(std::string(trouble))) add(one.id, "nothing follows the answer `trouble`.");
        for (const auto& [answer, to] : one.answers)
            if (answer != trouble && answer != too_many &&
                std::ranges::find(form->outcomes, answer, &outcome_form::name) == form->outcomes.end())
                add(one.id, in_quotes(one.command) + " never answers " + in_quotes(answer) + ".");
    }
    void check_branch(const state& one) {
        std::vector<std::string_view> words{"nothing", "weak", "reach"};
        if (one.by != by_proof) {
            const auto* form = value_named(one.by);
            if (form == nullptr || form->how != spoken_as::name)
                return add(one.id, "it branches by " + in_quotes(one.by) + ", which is no word of a list.");
            words = form->names;
        }
        const bool rest = one.answers.contains(std::string(nothing_else));
        if (!rest && one.by != by_proof) add(one.id, "nothing follows where there is no " + in_quotes(one.by) + ".");
        for (const auto& word : words)
            if (!rest && !one.answers.contains(std::string(word)))
                add(one.id, "nothing follows " + in_quotes(word) + ".");
        for (const auto& [word, to] : one.answers)
            if (word != nothing_else && std::ranges::find(words, word) == words.end())
                add(one.id, in_quotes(word) + " is none of the words of " + in_quotes(one.by) + ".");
    }
    /// A secret is none of the values that sentences name.
    void check_entry(const state& one) {
        const auto* form = value_named(one.into);
        if (one.secret && form != nullptr) add(one.id, in_quotes(one.into) + " is spoken; a secret is not.");
        if (!one.secret && form == nullptr) add(one.id, in_quotes(one.into) + " is no value.");
        const bool needed = std::ranges::any_of(command_forms(), [&](const command_form& command) {
            return std::ranges::find(command.needs, one.into) != command.needs.end();
        });
        if (!needed) add(one.id, "no command takes " + in_quotes(one.into) + ".");
    }

    // -- the whole

    void check_reached() {
        std::set<std::string> seen;
        const auto from = starts();
        std::deque<std::string> next(from.begin(), from.end());
        while (!next.empty()) {
            const auto id = next.front();
            next.pop_front();
            if (!seen.insert(id).second) continue;
            for (const auto& [by, to] : ways_on(*way_.find(id))) next.push_back(to);
        }
        for (const auto& [id, one] : way_.states)
            if (!seen.contains(id)) add(id, "nothing leads here.");
    }
    void check_ends() {
        std::set<std::string> can;
        for (bool grew = true; grew;) {
            grew = false;
            for (const auto& [id, one] : way_.states) {
                if (can.contains(id)) continue;
                const auto on = ways_on(one);
                if (!ends(one) && std::ranges::none_of(on, [&](const way_on& w) { return can.contains(w.to); }))
                    continue;
                can.insert(id);
                grew = true;
            }
        }
        for (const auto& [id, one] : way_.states)
            if (!can.contains(id)) add(id, "a call that comes here never ends.");
    }
    /// In every circle somebody is heard.
    void check_circles() {
        std::set<std::string> done;
        std::set<std::string> open;
        const std::function<void(const std::string&)> walk = [&](const std::string& id) {
            const auto& one = *way_.find(id);
            if (hears(one) || done.contains(id)) return;
            if (!open.insert(id).second) return add(id, "it goes round in a circle, and hears nobody.");
            for (const auto& [by, to] : ways_on(one)) walk(to);
            open.erase(id);
            done.insert(id);
        };
        for (const auto& [id, one] : way_.states) walk(id);
    }

    /// What is sure of a call whichever way it came.
    struct sure {
        proof known = proof::nothing;
        std::set<std::string> has;
        bool operator==(const sure&) const = default;
    };
    static sure behind(const state& from, const std::string& by, sure at) {
        for (const auto& [name, value] : from.sets) at.has.insert(name);
        if (from.kind == state_kind::entry) at.has.insert(from.into);
        if (from.kind == state_kind::command) {
            const auto& form = *command_named(from.command);
            for (const auto name : form.gives) at.has.erase(std::string(name));
            for (const auto& command : command_forms())
                for (const auto need : command.needs)
                    if (value_named(need) == nullptr) at.has.erase(std::string(need));  // secrets are gone
            const auto outcome = std::ranges::find(form.outcomes, by, &outcome_form::name);
            if (outcome != form.outcomes.end()) at.known = known_after(*outcome, at.known);
        }
        if (from.kind == state_kind::branch && from.by == by_proof) {
            if (by == "weak") at.known = std::max(at.known, proof::weak);
            if (by == "reach") at.known = proof::reach;
            if (by == nothing_else && from.answers.contains("nothing"))
                at.known = std::max(at.known, from.answers.contains("weak") ? proof::reach : proof::weak);
        }
        return at;
    }
    static sure both(const sure& a, const sure& b) {
        sure out{std::min(a.known, b.known), {}};
        std::ranges::set_intersection(a.has, b.has, std::inserter(out.has, out.has.end()));
        return out;
    }
    void check_proof() {
        std::map<std::string, sure> at;
        std::deque<std::string> next;
        for (const auto& id : starts()) {
            at[id] = {};
            next.push_back(id);
        }
        while (!next.empty()) {
            const auto id = next.front();
            next.pop_front();
            const auto& one = *way_.find(id);
            for (const auto& [by, to] : ways_on(one)) {
                const auto here = behind(one, by, at.at(id));
                const auto before = at.find(to);
                const auto now = before == at.end() ? here : both(before->second, here);
                if (before != at.end() && before->second == now) continue;
                at.insert_or_assign(to, now);
                next.push_back(to);
            }
        }
        for (const auto& [id, one] : way_.states)
            if (one.kind == state_kind::command && at.contains(id)) check_needs(one, at.at(id));
    }
    void check_needs(const state& one, const sure& of) {
        const auto& form = *command_named(one.command);
        if (of.known < form.least)
            add(one.id, "a caller can come here without the proof for " + in_quotes(one.command) + ".");
        for (const auto need : form.needs)
            if (!of.has.contains(std::string(need)) && !one.sets.contains(std::string(need)))
                add(one.id, "a caller can come here without " + in_quotes(need) + ".");
    }

    // -- sentences

    void check_sentences() {
        for (const auto& [id, one] : way_.states)
            for (const auto& said : one.says)
                if (!said.value.empty())
                    if (const auto* form = value_named(said.value); form == nullptr || form->how != spoken_as::name)
                        add(id, in_quotes(said.value) + " chooses no sentence: it is no word of a list.");
        const auto said = sentences_of(way_);
        for (const auto& [tag, language] : of_.words->languages()) {
            for (const auto& [name, by] : said) check_sentence(language, name);
            for (const auto& word : all_words(tag))
                if (!language.words.contains("word." + word)) add(tag, "the word " + in_quotes(word) + " is missing.");
            for (const auto& [key, words] : language.words)
                if (key.starts_with(sentences_table) && !said.contains(key.substr(sentences_table.size())))
                    add(tag, "nobody says " + in_quotes(key.substr(sentences_table.size())) + ".");
        }
    }
    void check_sentence(const text::language& in, const std::string& name) {
        const auto where = in.tag + " " + name;
        const auto found = in.words.find(std::string(sentences_table) + name);
        if (found == in.words.end()) return add(where, "this language has no such sentence.");
        const auto& words = found->second;
        const auto places = text::places(words);
        for (const auto& place : places) {
            const auto* form = value_named(place);
            if (form == nullptr || form->how == spoken_as::name) add(where, in_quotes(place) + " cannot be spoken.");
        }
        const auto count = static_cast<std::size_t>(std::ranges::count(words, '{'));
        const bool at_front = words.starts_with("{{{");
        const auto last = words.rfind("}}}");
        const bool at_back =
            last != std::string::npos && words.find_first_not_of(" .。!?！？", last + 3) == std::string::npos;
        const std::size_t open = (at_front ? 1U : 0U) + (at_back ? 1U : 0U);
        const bool whole = places.size() == 1 && at_front && at_back;
        if (count != 3 * places.size() || (places.size() > open && !whole) || places.size() > 2)
            add(where, "a value stands in the middle: it is spoken at an end only.");
    }

    const spoken_dialogue& of_;
    const dialogue& way_;
    std::vector<finding> found_;
};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string label_of(const spoken_dialogue& of, const state& one) {
    std::string out = one.id;
    if (one.kind == state_kind::command) out += "\n" + one.command;
    if (one.kind == state_kind::entry) out += "\nkeyed in: " + one.into;
    if (one.kind == state_kind::branch) out += "\nby " + one.by;
    const auto& english = of.words->best("en");
    for (const auto& said : one.says)
        if (said.value.empty())
            out += "\n" + std::string(of.words->find(english, std::string(sentences_table) + said.name));
    std::string dot;
    for (const char c : escaped(out)) dot += c == '\n' ? std::string("\\n") : std::string(1, c);
    return dot;
}

}  // namespace

std::vector<way_on> ways_on(const state& from) {
    std::vector<way_on> out;
    for (const auto& [key, to] : from.keys) out.push_back({std::string(1, key), to});
    for (const auto& [answer, to] : from.answers) out.push_back({answer, to});
    if (!from.then.empty()) out.push_back({"", from.then});
    return out;
}

std::map<std::string, std::vector<std::string>> sentences_of(const dialogue& way) {
    std::map<std::string, std::vector<std::string>> out;
    out[std::string(wrong_key_sentence)];
    out[std::string(silence_sentence)];
    for (const auto& [id, one] : way.states)
        for (const auto& said : one.says) {
            if (said.value.empty()) {
                out[said.name].push_back(id);
                continue;
            }
            const auto* form = value_named(said.value);
            if (form == nullptr) continue;
            for (const auto word : form->names) out[said.name + std::string(word)].push_back(id);
        }
    return out;
}

std::vector<finding> check(const spoken_dialogue& of) { return checker(of).all(); }

std::string draw(const spoken_dialogue& of) {
    std::string out = "digraph hotline {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n";
    for (const auto& [id, one] : of.way.states) {
        const std::string_view shape = ends(one)                         ? "doubleoctagon"
                                       : one.kind == state_kind::command ? "component"
                                       : one.kind == state_kind::branch  ? "diamond"
                                       : hears(one)                      ? "box"
                                                                         : "plaintext";
        out += "  \"" + escaped(id) + "\" [shape=" + std::string(shape) + ", label=\"" + label_of(of, one) + "\"];\n";
    }
    for (const auto& [id, one] : of.way.states)
        for (const auto& [by, to] : ways_on(one))
            out += "  \"" + escaped(id) + "\" -> \"" + escaped(to) + "\" [label=\"" + escaped(by) + "\"];\n";
    return out + "}\n";
}

}  // namespace keepline::hotline
