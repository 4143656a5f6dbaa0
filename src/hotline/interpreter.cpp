#include "hotline/interpreter.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>

namespace keepline::hotline {

namespace {

constexpr char person_key = '0';
constexpr char again_key = '9';
constexpr char back_key = '*';
constexpr char end_key = '#';
constexpr std::size_t back_most = 32;
constexpr int passings_most =
    100;  // check.hpp refuses a circle that hears nothing; this holds for whatever is not checked

template <typename... F>
struct overloaded : F... {
    using F::operator()...;
};

std::vector<std::string> words_in(const std::string& list) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        if (end > at) out.push_back(list.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

class walker {
 public:
    walker(const spoken_dialogue& of, call now) : of_(of) { out_.next = std::move(now); }

    stepped begin() {
        enter(now().calls_back ? of_.way.call_back : of_.way.start);
        return std::move(out_);
    }
    stepped go(const input& what) {
        if (now().is_over) return std::move(out_);
        std::visit(overloaded{[&](const heard::key& one) { hear(one.pressed); },
                              [&](const heard::silence&) { hear_silence(); },
                              [&](const heard::answer& one) { hear_answer(one); },
                              [&](const heard::no_person&) { hear_no_person(); },
                              [&](const heard::unheard&) { hear_unheard(); }, [&](const heard::gone&) { end(); }},
                   what);
        return std::move(out_);
    }

 private:
    call& now() { return out_.next; }
    const state* here() { return of_.way.find(now().at); }
    bool listens() {
        const auto* at = here();
        return at != nullptr && !now().asks && !now().hands_over &&
               (at->kind == state_kind::menu || at->kind == state_kind::entry || at->kind == state_kind::language);
    }

    // -- speaking

    void speak(const std::string& sentence, const std::string& language, const values& known) {
        utterance one{sentence, language, {}};
        for (const auto& place : places_of(of_, language, sentence)) {
            const auto found = known.find(place);
            if (found == known.end() || found->second.empty()) return;  // nothing is said with a hole in it
            one.with.insert(*found);
        }
        out_.out.say.push_back(std::move(one));
    }
    void speak(const sentence& one, const std::string& language, const values& known) {
        if (one.value.empty()) return speak(one.name, language, known);
        const auto found = known.find(one.value);
        if (found == known.end()) return;
        for (const auto& word : words_in(found->second)) speak(one.name + word, language, known);
    }
    void speak_all(const state& at) {
        if (at.kind != state_kind::language) {
            for (const auto& one : at.says) speak(one, now().language, now().knows);
            return;
        }
        int n = 0;
        for (const auto& language : now().languages) {
            const values key{{"key", std::to_string(++n)}};
            for (const auto& one : at.says) speak(one, language, key);
        }
    }

    // -- from state to state

    const std::string& nobody() { return now().calls_back ? of_.way.no_answer : of_.way.nobody; }

    void enter(std::string to) {
        for (int passed = 0; passed < passings_most; ++passed) {
            const auto* at = of_.way.find(to);
            if (at == nullptr) return end();
            if (at->kind == state_kind::to_person && !now().has_person && to != nobody()) {
                to = nobody();  // before anybody is promised
                continue;
            }
            now().at = to;
            for (const auto& [name, value] : at->sets) now().knows.insert_or_assign(name, value);
            if (at->kind == state_kind::language && now().languages.size() == 1) {
                to = at->then;
                continue;
            }
            speak_all(*at);
            const auto next = stand(*at);
            if (!next) return;
            to = *next;
        }
        end();
    }

    /// Where it goes on at once, if it does.
    std::optional<std::string> stand(const state& at) {
        switch (at.kind) {
            case state_kind::menu:
            case state_kind::entry:
            case state_kind::language: listen_at(at); return {};
            case state_kind::command: return ask(at);
            case state_kind::branch: return branch(at);
            case state_kind::passing: return at.then;
            case state_kind::to_person: hand_over(); return {};
            case state_kind::hang_up: end(); return {};
        }
        return {};
    }

    void listen_at(const state& at) {
        now().keyed.clear();
        if (now().back.empty() || now().back.back() != at.id) now().back.push_back(at.id);
        if (now().back.size() > back_most) now().back.erase(now().back.begin());
        now().last_said = out_.out.say;
        out_.out.listen = listening{at.wait_s};
    }
    std::string branch(const state& at) {
        static constexpr std::array proofs{"nothing", "weak", "reach"};
        std::string value;
        if (at.by == by_proof) {
            value = proofs.at(static_cast<std::size_t>(now().known));
        } else if (const auto found = now().knows.find(at.by); found != now().knows.end()) {
            value = found->second;
        }
        const auto to = at.answers.find(value);
        if (to != at.answers.end()) return to->second;
        const auto otherwise = at.answers.find(std::string(nothing_else));
        return otherwise == at.answers.end() ? of_.way.person : otherwise->second;
    }
    void hand_over() {
        now().hands_over = true;
        out_.out.hand_over = true;
    }
    void end() {
        now().is_over = true;
        now().secrets.clear();
        now().keyed.clear();
        out_.out.listen.reset();
        out_.out.ask.reset();
        out_.out.hang_up = true;
    }

    // -- the desk

    std::string after(const state& at, std::string_view outcome) {
        const auto to = at.answers.find(std::string(outcome));
        if (to != at.answers.end()) return to->second;
        const auto failed = at.answers.find(std::string(trouble));
        return failed == at.answers.end() ? of_.way.person : failed->second;
    }
    std::optional<std::string> ask(const state& at) {
        const auto* form = command_named(at.command);
        question out{at.command, {}};
        bool fits = form != nullptr && now().known >= form->least;
        for (const auto need : form == nullptr ? std::vector<std::string_view>() : form->needs) {
            const std::string name(need);
            const auto secret = now().secrets.find(name);
            const auto found = secret == now().secrets.end() ? now().knows.find(name) : secret;
            const bool has = secret != now().secrets.end() || found != now().knows.end();
            fits = fits && has;
            if (has) out.with.insert(*found);
        }
        now().secrets.clear();
        if (!fits) return after(at, trouble);
        now().asks = true;
        out_.out.ask = std::move(out);
        return {};
    }
    void hear_answer(const heard::answer& one) {
        if (!now().asks) return;
        now().asks = false;
        const auto* at = here();
        const auto* form = at == nullptr ? nullptr : command_named(at->command);
        if (form == nullptr) return end();
        for (const auto name : form->gives) now().knows.erase(std::string(name));
        for (const auto& [name, value] : one.gives)
            if (!value.empty() && std::ranges::find(form->gives, name) != form->gives.end())
                now().knows.insert_or_assign(name, value);
        const auto outcome = std::ranges::find(form->outcomes, one.outcome, &outcome_form::name);
        if (outcome != form->outcomes.end()) now().known = known_after(*outcome, now().known);
        const bool is_known = outcome != form->outcomes.end() || one.outcome == too_many;
        enter(after(*at, is_known ? std::string_view(one.outcome) : trouble));
    }
    void hear_no_person() {
        if (!now().hands_over) return;
        now().hands_over = false;
        enter(nobody());
    }

    // -- keys

    /// Each is one of so many that a call may take.
    bool count_entry() {
        if (++now().entries <= of_.way.entries_most) return true;
        enter(nobody());
        return false;
    }
    void hear(char pressed) {
        if (!listens()) return;
        const bool says_nothing = pressed == end_key && std::exchange(now().may_end_twice, false);
        now().may_end_twice = false;
        const auto& at = *here();
        if (says_nothing) return;
        out_.out.stop_speaking = true;
        if (at.kind == state_kind::entry) return hear_digit(at, pressed);
        if (!count_entry()) return;
        if (pressed == person_key) return to_person();
        if (pressed == again_key) return again();
        if (pressed == back_key) return go_back();
        at.kind == state_kind::menu ? choose(at, pressed) : choose_language(at, pressed);
    }
    void choose(const state& at, char pressed) {
        const auto to = at.keys.find(pressed);
        if (to == at.keys.end()) return miss(wrong_key_sentence);
        now().missed = 0;
        enter(to->second);
    }
    void choose_language(const state& at, char pressed) {
        const auto n = static_cast<std::size_t>(pressed - '1');
        if (pressed < '1' || n >= now().languages.size()) return miss(wrong_key_sentence);
        now().missed = 0;
        now().language = now().languages[n];
        enter(at.then);
    }
    void hear_digit(const state& at, char pressed) {
        auto& keyed = now().keyed;
        if (pressed == back_key) {
            if (!count_entry()) return;
            if (keyed.empty()) return go_back();
            keyed.clear();
            out_.out.listen = listening{at.wait_s};
            return;
        }
        if (pressed == end_key) return end_entry(at);
        keyed += pressed;
        if (static_cast<int>(keyed.size()) < at.digits_max) {
            out_.out.listen = listening{at.wait_s};
            return;
        }
        now().may_end_twice = true;
        end_entry(at);
    }
    void end_entry(const state& at) {
        if (!count_entry()) return;
        const auto keyed = std::exchange(now().keyed, {});
        if (keyed == std::string(1, person_key)) return to_person();
        if (keyed == std::string(1, again_key)) return again();
        auto value = at.spelled ? spelled_out(keyed) : keyed;
        if (static_cast<int>(keyed.size()) < at.digits_min || value.empty()) return miss(wrong_key_sentence);
        now().missed = 0;
        auto& into = at.secret ? now().secrets : now().knows;
        auto& known = into[at.into];
        known = at.joined ? known + value : std::move(value);
        enter(at.then);
    }
    void hear_silence() {
        if (!listens()) return;
        if (here()->kind == state_kind::entry && !now().keyed.empty()) return end_entry(*here());
        if (count_entry()) miss(silence_sentence);
    }
    /// Nobody agrees to what they could not hear.
    void hear_unheard() {
        if (listens() && here()->whole) to_person();
    }
    void miss(std::string_view why) {
        if (++now().missed >= of_.way.tries) return to_person();
        speak(std::string(why), now().language, {});
        repeat();
    }
    void to_person() {
        now().missed = 0;
        enter(of_.way.person);
    }
    void again() {
        now().missed = 0;
        repeat();
    }
    void repeat() {
        now().keyed.clear();
        out_.out.say.insert(out_.out.say.end(), now().last_said.begin(), now().last_said.end());
        out_.out.listen = listening{here()->wait_s};
    }
    void go_back() {
        now().missed = 0;
        auto& back = now().back;
        if (back.size() < 2) return repeat();
        back.pop_back();
        enter(back.back());
    }

    const spoken_dialogue& of_;
    stepped out_;
};

}  // namespace

std::vector<std::string> places_of(const spoken_dialogue& of, const std::string& language,
                                   const std::string& sentence) {
    return text::places(of.words->find(of.words->best(language), std::string(sentences_table) + sentence));
}

std::string spelled_out(std::string_view keys) {
    static constexpr std::array<std::string_view, 10> letters{"",    "",    "abc",  "def", "ghi",
                                                              "jkl", "mno", "pqrs", "tuv", "wxyz"};
    std::string out;
    for (std::size_t i = 0; i + 1 < keys.size(); i += 2) {
        const auto on = static_cast<std::size_t>(keys[i] - '0');
        const auto place = static_cast<std::size_t>(keys[i + 1] - '0');
        if (on >= letters.size() || place > letters.at(on).size()) return {};
        out += place == 0 ? keys[i] : letters.at(on)[place - 1];
    }
    return keys.size() % 2 == 0 ? out : std::string();
}

stepped begin(const spoken_dialogue& of, std::vector<std::string> languages, bool has_person) {
    ENSURE(!languages.empty());
    call first;
    first.language = languages.front();
    first.languages = std::move(languages);
    first.has_person = has_person;
    return walker(of, std::move(first)).begin();
}

stepped begin_call_back(const spoken_dialogue& of, const std::string& language, values knows) {
    call first;
    first.language = of.words->best(language).tag;
    first.languages = {first.language};
    first.calls_back = true;
    first.knows = std::move(knows);
    return walker(of, std::move(first)).begin();
}

stepped step(const spoken_dialogue& of, call now, const input& what) { return walker(of, std::move(now)).go(what); }

}  // namespace keepline::hotline
