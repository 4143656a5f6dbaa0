#include "link/text_check.hpp"

#include "link/sms_text.hpp"
#include "text/bare_words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

namespace keepline::link {

namespace {

constexpr std::size_t segments_wanted = 3;

/// The places that the program fills in texts that are no notice: whole keys, or tables (with a dot at the end).
struct other_text {
    std::string_view key;
    std::string_view places;
};
constexpr std::array other_texts{
    other_text{"format.day", "year month month_name day"},
    other_text{"format.moment", "date time"},
    other_text{"format.money", "amount currency"},
    other_text{"format.months.", ""},
    other_text{"currency.", ""},
    other_text{"frame.sms", "sms"},
    other_text{"frame.gathered", ""},
    other_text{"frame.phrase", "phrase"},
    other_text{"frame.reference", ""},
    other_text{"frame.reference_row", ""},
    other_text{"frame.footer", "to_confirm"},
    other_text{"sentence.",
               "complain_to complain_days complain_working id_document bank_card callback at_web at_app at_hotline "
               "at_counter at_staff reason unreadable incomplete expired not_taken not_the_holder not_confirmed "
               "no_answer"},
    other_text{"reply.", ""},
    other_text{"certificate.", ""},
    other_text{"archive.", ""},
    other_text{"event.",
               "amount by_saved_code challenge_contact contact contacts count day due expires_at iccid last_day locked "
               "made_is "
               "made_was note number outcome ready_at reason reclaim_day record_contact seconds state stopped "
               "term_ends undo_until until valid_day "
               "valid_until what what_due what_expires_at what_identity_until what_number what_ready_at"},
    other_text{"look.", ""},
    other_text{"stands.", "line"},
    other_text{"kept.", "until since"},
    other_text{
        "portal.",
        "accepted_at all amount at block_until code code_until contact day days done doubted_at due expires "
        "currency from_hour full_from hours in_force_at is language left locked_since locked_until most number "
        "number_tail "
        "over_at "
        "price product ready_at reason reclaim_until reference rest_days since size state still_to_pay switched_at "
        "time to_pay told_until undo_until unlock_at until until_hour used_at valid_until wait wait_hours was "
        "write_off_day"},
    other_text{"console.", "all amount at hotline language late n name number quoted reference size stage until what"},
};

/// Without these a text says nothing: its reader could not do what it is for.
struct needed_place {
    std::string_view key;
    std::string_view place;
};
constexpr std::array needed_places{
    needed_place{"notice.otp.sms", "code"},
    needed_place{"notice.otp.body", "code"},
    needed_place{"notice.otp_for_staff.sms", "code"},
    needed_place{"notice.otp_for_staff.body", "code"},
    needed_place{"notice.contact_code.sms", "code"},
    needed_place{"notice.contact_code.body", "code"},
    needed_place{"notice.disclosure_code.sms", "code"},
    needed_place{"notice.disclosure_code.body", "code"},
    needed_place{"notice.sign_in_code.sms", "code"},
    needed_place{"notice.sign_in_code.body", "code"},
    needed_place{"format.day", "year"},
    needed_place{"format.day", "day"},
    needed_place{"format.moment", "date"},
    needed_place{"format.moment", "time"},
    needed_place{"format.money", "amount"},
    needed_place{"format.money", "currency"},
    needed_place{"frame.sms", "sms"},
    needed_place{"frame.phrase", "phrase"},
    needed_place{"frame.reference", "ref"},
    needed_place{"frame.reference_row", "ref"},
};

/// Tables whose names are the program's own: another name there is a slip.
constexpr std::array closed_tables{
    std::string_view("certificate."), std::string_view("archive."), std::string_view("event."),
    std::string_view("stands."),      std::string_view("look."),    std::string_view("kept."),
    std::string_view("reply."),       std::string_view("frame."),   std::string_view("format."),
    std::string_view("portal."),      std::string_view("console.")};

/// In UTF-8: what turns the direction of what follows, or is not seen at all.
constexpr std::array invisible{"\u200b", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                               "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"};

bool holds_link(std::string_view word) {
    return word.find("://") != std::string_view::npos || word.find("www.") != std::string_view::npos;
}

bool names(std::string_view list, std::string_view place) {
    while (!list.empty()) {
        const auto end = list.find(' ');
        if (list.substr(0, end) == place) return true;
        list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    }
    return false;
}

const notice_kind* kind_of(std::string_view key) {
    constexpr std::string_view table = "notice.";
    if (!key.starts_with(table)) return nullptr;
    for (const auto& one : notice_kinds())
        for (const std::string_view part : {".sms", ".subject", ".body"})
            if (key == std::string(table) + std::string(one.kind) + std::string(part)) return &one;
    return nullptr;
}

const other_text* other_of(std::string_view key) {
    const auto found = std::ranges::find_if(other_texts, [&](const other_text& one) {
        return one.key.ends_with('.') ? key.starts_with(one.key) : key == one.key;
    });
    return found == other_texts.end() ? nullptr : &*found;
}

struct checker {
    const text::book& texts;
    const text::language& in;
    std::vector<text_finding>& out;

    void error(std::string_view key, std::string what) {
        out.push_back({true, in.tag, std::string(key), std::move(what)});
    }

    void needs(std::string_view key, std::string_view word) {
        const auto has = text::places(word);
        for (const auto& one : needed_places)
            if (one.key == key && std::ranges::find(has, one.place) == has.end())
                error(key, "must hold {{{" + std::string(one.place) + "}}}");
        if (key == "format.day" && std::ranges::find(has, "month") == has.end() &&
            std::ranges::find(has, "month_name") == has.end())
            error(key, "must hold {{{month}}} or {{{month_name}}}");
    }

    /// docs/rules.md R5, and what an eye does not see.
    void plain(std::string_view key, std::string_view word) {
        if (holds_link(word)) error(key, "holds a link");
        if (std::ranges::any_of(invisible,
                                [&](std::string_view one) { return word.find(one) != std::string_view::npos; }))
            error(key, "holds a character that is not seen");
    }

    /// Entries of a list are "table.name.0", "table.name.1", …
    void known_name(std::string_view key) {
        const auto name = key.substr(0, key.find_last_not_of("0123456789") + 1);
        for (const auto table : closed_tables) {
            if (!key.starts_with(table)) continue;
            const auto& shipped = text::shipped()->languages().at("en").words;
            const auto like = shipped.lower_bound(name);
            const bool is_entry = name.size() < key.size();
            if (like == shipped.end() || (is_entry ? !like->first.starts_with(name) : like->first != name))
                error(key, "no text of this name is used");
        }
    }

    bool is_sentence(std::string_view place) const { return texts.has("sentence." + std::string(place)); }

    void places_of(std::string_view key, std::string_view word) {
        const auto* kind = kind_of(key);
        const auto* other = kind != nullptr ? nullptr : other_of(key);
        if (kind == nullptr && other == nullptr) return error(key, "no message has a text of this name");
        for (const auto& place : text::places(word)) {
            const bool is_common = std::ranges::find(common_places(), place) != common_places().end();
            const std::string_view own = kind != nullptr ? kind->params : other->places;
            if (names(own, place) || is_common) continue;
            if (is_sentence(place) && !key.starts_with("sentence.")) continue;
            error(key, "nothing fills {{{" + place + "}}}");
        }
    }

    void gaps() {
        std::set<std::string> wanted;
        for (const auto& one : notice_kinds())
            for (const std::string_view part : {"sms", "subject", "body"})
                wanted.insert("notice." + std::string(one.kind) + "." + std::string(part));
        for (const auto& one : other_texts)
            if (!one.key.ends_with('.')) wanted.insert(std::string(one.key));
        for (const auto& [tag, other] : texts.languages())
            for (const auto& [key, word] : other.words)
                if (key.starts_with("sentence.")) wanted.insert(key);
        for (const auto& key : wanted) {
            if (in.words.contains(key)) continue;
            if (texts.find(in, key).empty())
                error(key, "is missing");
            else
                out.push_back({false, in.tag, key, "is missing; " + in.fallback + " speaks"});
        }
    }

    void lengths(const notice_voice& voice) {
        for (const auto& one : sms_samples(in.tag, voice))
            if (one.segments > segments_wanted)
                out.push_back({false, in.tag, "notice." + one.kind + ".sms",
                               "takes " + std::to_string(one.segments) + " SMS segments"});
    }
};

/// What customers may answer: of all languages together, for nobody says in which one they write.
void check_replies(const text::book& texts, std::vector<text_finding>& out) {
    constexpr std::string_view table = "reply.";
    std::map<std::string, std::string> taken;  // word -> what it does
    for (const auto& [tag, in] : texts.languages())
        for (auto at = in.words.lower_bound(table); at != in.words.end() && at->first.starts_with(table); ++at) {
            const auto name = at->first.substr(table.size());
            const auto does = name.substr(0, name.find('.'));
            const auto word = text::bare_words(at->second);
            if (word.empty()) out.push_back({true, tag, at->first, "holds no word: spaces and marks do not count"});
            const auto [known, fresh] = taken.emplace(word, does);
            if (!fresh && known->second != does)
                out.push_back({true, tag, at->first, "the same word is in reply." + known->second + " already"});
        }
}

std::vector<text_finding> find_in_texts(const text::book& texts) {
    std::vector<text_finding> out;
    for (const auto& [tag, in] : texts.languages()) {
        checker one{texts, in, out};
        for (const auto& [key, word] : in.words) {
            one.places_of(key, word);
            one.needs(key, word);
            one.plain(key, word);
            one.known_name(key);
        }
        one.gaps();
    }
    check_replies(texts, out);
    return out;
}

}  // namespace

std::vector<text_finding> errors_of_texts(const text::book& texts) {
    auto out = find_in_texts(texts);
    std::erase_if(out, [](const text_finding& one) { return !one.is_error; });
    return out;
}

std::vector<text_finding> check_texts(const notice_voice& voice) {
    auto out = find_in_texts(*voice.texts);
    for (const auto& [tag, in] : voice.texts->languages()) checker{*voice.texts, in, out}.lengths(voice);
    std::ranges::sort(out, {}, [](const text_finding& one) {
        return std::tuple<bool, const std::string&, const std::string&>(!one.is_error, one.language, one.key);
    });
    return out;
}

notice_params sample_params(std::string_view kind) {
    const notice_params all{{"number", "8000"},
                            {"line", "ln_7q4m2k9d"},
                            {"case", "4821 0937 1156"},
                            {"due", "2026-12-01"},
                            {"until", "2026-12-20"},
                            {"at", "2026-11-22 17:04"},
                            {"reason", "the document shown has expired"},
                            {"what", "a photo of the ID document"},
                            {"amount", "12.30 CNY"},
                            {"account", "4711"},
                            {"name", "Z* W*"},
                            {"account_before", "0815"},
                            {"reference", "KL7Q4M2K"},
                            {"days", "7"},
                            {"certificate", "4821 0937 1156"},
                            {"quarantine_until", "2027-02-20"},
                            {"network", "yes"},
                            {"reclaim_until", "2026-12-22"},
                            {"code", "12345678"},
                            {"activation_code", "LPA:1$smdp.operator.example$04386-AGYFT-A74Y8-3F815"},
                            {"minutes", "10"},
                            {"cooling_off_hours", "24"},
                            {"hours", "72"},
                            {"received", "yes"},
                            {"open", "yes"},
                            {"in_review", "yes"},
                            {"in_order", "yes"},
                            {"keep", "yes"},
                            {"complain_to", "Communications Ombudsman / CISAS"},
                            {"complain_web", "ombudsman.example"},
                            {"complain_phone", "0330 440 1614"},
                            {"complain_days", "42"},
                            {"reclaim", "yes"},
                            {"callback", "yes"},
                            {"at_web", "yes"}};
    notice_params out;
    const auto found = std::ranges::find(notice_kinds(), kind, &notice_kind::kind);
    for (const auto& [name, value] : all)
        if (name == "number" || name == "line" || name == "case" ||
            (found != notice_kinds().end() && names(found->params, name)))
            out.emplace(name, value);
    return out;
}

std::vector<sms_sample> sms_samples(std::string_view language, const notice_voice& voice) {
    std::vector<sms_sample> out;
    for (const auto& one : notice_kinds()) {
        auto rendered = render_sms(one.kind, language, voice, sample_params(one.kind));
        if (!rendered) continue;
        const auto segments = sms_segments(*rendered, 1).size();
        const bool gsm = gsm_septets(*rendered).has_value();
        out.push_back({std::string(one.kind), std::move(*rendered), segments, gsm});
    }
    return out;
}

}  // namespace keepline::link
