#include "link/sms_text.hpp"
#include "link/text_check.hpp"

#include <algorithm>
#include <array>
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
    other_text{"frame.footer", "to_confirm"},
    other_text{"sentence.", ""},
    other_text{"reply.", ""},
    other_text{"certificate.", ""},
};

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

}  // namespace

std::vector<text_finding> check_texts(const notice_voice& voice) {
    std::vector<text_finding> out;
    for (const auto& [tag, in] : voice.texts->languages()) {
        checker one{*voice.texts, in, out};
        for (const auto& [key, word] : in.words) one.places_of(key, word);
        one.gaps();
        one.lengths(voice);
    }
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
                            {"reclaim", "yes"}};
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
