#include "hotline/sentences.hpp"

#include "hotline/check.hpp"
#include "hotline/spoken.hpp"

#include <algorithm>

namespace keepline::hotline {

namespace {

constexpr std::string_view words_table = "word.";
constexpr std::string_view opening = "{{{";
constexpr std::string_view closing = "}}}";

std::string_view template_of(const spoken_dialogue& of, const std::string& language, const std::string& sentence) {
    return of.words->find(of.words->best(language), std::string(sentences_table) + sentence);
}

std::string trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(' ');
    if (from == std::string_view::npos) return {};
    return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

/// Its words without the values at its ends.
std::string fixed_part(std::string_view words) {
    if (words.starts_with(opening)) words.remove_prefix(std::min(words.find(closing) + closing.size(), words.size()));
    if (const auto last = words.rfind(opening); last != std::string_view::npos) words = words.substr(0, last);
    return trimmed(words);
}

void add_value(std::vector<piece>& out, const utterance& one, const std::string& place) {
    const auto* form = value_named(place);
    const auto value = one.with.find(place);
    if (form == nullptr || value == one.with.end()) return;
    for (const auto& word : spoken(form->how, value->second, one.language))
        out.push_back({word == pause_word ? word : std::string(words_table) + word, one.language});
}

}  // namespace

std::vector<piece> pieces_of(const spoken_dialogue& of, const utterance& one) {
    const auto words = template_of(of, one.language, one.sentence);
    const auto places = text::places(words);
    std::vector<piece> out;
    const bool at_front = words.starts_with(opening);
    if (at_front && !places.empty()) add_value(out, one, places.front());
    if (!fixed_part(words).empty()) out.push_back({std::string(sentences_table) + one.sentence, one.language});
    const std::size_t behind = at_front ? 1 : 0;
    if (places.size() > behind) add_value(out, one, places.back());
    return out;
}

std::string words_of(const spoken_dialogue& of, const piece& one) {
    const auto words = of.words->find(of.words->best(one.language), one.id);
    return one.id.starts_with(sentences_table) ? fixed_part(words) : std::string(words);
}

std::string text_of(const spoken_dialogue& of, const utterance& one) {
    const bool spaced = !one.language.starts_with("zh");
    std::string out;
    for (const auto& part : pieces_of(of, one)) {
        if (part.id == pause_word) {
            out += ',';
            continue;
        }
        if (spaced && !out.empty()) out += ' ';
        out += words_of(of, part);
    }
    return out;
}

std::vector<piece> everything(const spoken_dialogue& of) {
    std::vector<piece> out;
    const auto said = sentences_of(of.way);
    for (const auto& [tag, language] : of.words->languages()) {
        for (const auto& [name, by] : said)
            if (!fixed_part(template_of(of, tag, name)).empty())
                out.push_back({std::string(sentences_table) + name, tag});
        for (const auto& word : all_words(tag)) out.push_back({std::string(words_table) + word, tag});
    }
    return out;
}

}  // namespace keepline::hotline
