// keepline text …: the words of messages as data, without a server.
#include "app/command.hpp"
#include "app/texts.hpp"
#include "link/text_check.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<link::notice_voice> voice_of(const session& s, const std::string& folder) {
    TRY(settings, s.settings());
    TRY(texts, load_texts(folder.empty() ? settings.messages.texts : folder));
    return link::notice_voice{settings.messages.operator_name, settings.messages.hotline, std::move(texts)};
}

result<int> check_all(const session& s, const std::string& folder) {
    TRY(voice, voice_of(s, folder));
    const auto found = link::check_texts(voice);
    const auto errors = std::ranges::count_if(found, &link::text_finding::is_error);
    json::array findings;
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : found) {
        findings.push_back(
            json::object{{"error", one.is_error}, {"language", one.language}, {"key", one.key}, {"what", one.what}});
        rows.push_back({one.is_error ? "error" : "hint", one.language, one.key, one.what});
    }
    json::array languages;
    std::string names;
    for (const auto& [tag, one] : voice.texts->languages()) {
        languages.emplace_back(tag);
        names += (names.empty() ? "" : ", ") + tag;
    }
    if (s.json) {
        s.print(
            json::object{{"ok", errors == 0}, {"languages", std::move(languages)}, {"findings", std::move(findings)}});
    } else {
        if (!rows.empty()) s.at.out << table({"KIND", "LANGUAGE", "TEXT", "WHAT"}, rows);
        s.at.out << (errors == 0 ? "The texts are in order: " : "The texts cannot be used: ") << names << '\n';
    }
    return errors == 0 ? 0 : 2;
}

result<int> show_samples(const session& s, const std::string& kind, const std::string& language, bool mail) {
    TRY(voice, voice_of(s, ""));
    if (!kind.empty() && !link::is_notice_kind(kind))
        return base::refuse(base::code::not_found, "No message is called `" + kind + "`.");
    json::array items;
    for (const auto& [tag, in] : voice.texts->languages()) {
        if (!language.empty() && &voice.texts->best(language) != &in) continue;
        for (const auto& one : link::sms_samples(tag, voice)) {
            if (!kind.empty() && one.kind != kind) continue;
            TRY(whole, link::render_notice(one.kind, tag, voice, link::sample_params(one.kind)));
            items.push_back(json::object{{"kind", one.kind},
                                         {"language", tag},
                                         {"sms", one.text},
                                         {"segments", one.segments},
                                         {"alphabet", one.is_gsm ? "GSM 03.38" : "UCS-2"},
                                         {"subject", whole.subject},
                                         {"text", whole.text}});
            if (s.json) continue;
            s.at.out << "-- " << one.kind << ", " << tag << ", " << one.segments
                     << (one.segments == 1 ? " segment, " : " segments, ") << (one.is_gsm ? "GSM 03.38" : "UCS-2")
                     << '\n'
                     << one.text << "\n\n";
            if (mail) s.at.out << whole.text << '\n';
        }
    }
    if (s.json) s.print(json::object{{"items", std::move(items)}});
    return 0;
}

}  // namespace

void add_text_commands(CLI::App& root, session& s) {
    auto* group = add_group(root, "text", "What messages say: check, show",
                            "keepline text check /etc/keepline/texts\nkeepline text show closed --language zh-CN");
    auto folder = std::make_shared<std::string>();
    auto* check = add_command(*group, "check",
                              "Check the texts in force: gaps, places that nothing fills, lengths in SMS segments",
                              "keepline text check\nkeepline text check /etc/keepline/texts");
    check->add_option("DIR", *folder,
                      "A folder to lay over the shipped texts; by default the one in the configuration");
    on_chosen(check, s, [&s, folder] { return check_all(s, *folder); });

    struct wish {
        std::string kind;
        std::string language;
        bool mail = false;
    };
    auto asked = std::make_shared<wish>();
    auto* show = add_command(*group, "show", "Show messages as their readers would get them, with example values",
                             "keepline text show\nkeepline text show closed --language zh-CN --mail");
    show->add_option("KIND", asked->kind, "One message, such as `closed`; by default all");
    show->add_option("--language", asked->language, "One language; by default all");
    show->add_flag("--mail", asked->mail, "The mail as well");
    on_chosen(show, s, [&s, asked] { return show_samples(s, asked->kind, asked->language, asked->mail); });
}

}  // namespace keepline::app
