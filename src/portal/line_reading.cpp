#include "portal/line_reading.hpp"

#include "base/digest.hpp"
#include "text/phone_number.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace line_reading {

constexpr std::size_t lines_read_max = 16;

using ids = std::vector<std::string>;

/// Reads one after another, each from memory.
void read_lines(const visit_ptr& v, const ids& wanted, lines_seen seen,
                const std::function<void(const lines_seen&)>& next) {
    if (seen.size() == wanted.size()) return next(seen);
    const auto id = wanted[seen.size()];
    v->house.at.read_line(v->asking(), id,
                          or_refuse<desk::line_told>(v, [v, wanted, seen, next](const desk::line_told& told) {
                              const auto* line = view_of(told);
                              if (line == nullptr) return v->refuse({base::code::internal, ""});
                              auto more = seen;
                              more.push_back(*line);
                              read_lines(v, wanted, std::move(more), next);
                          }));
}

line_seen seen_of(const visit_ptr& v, const desk::line_view& line, const lines_seen& all) {
    line_seen out{line, all, v->house.at.shared().with.core->rules(), nullptr};
    if (line.policy && out.rules) out.policy = out.rules->policies.find(*line.policy);
    v->where = rules_of(v->house, line.policy).zone;
    return out;
}

const desk::line_view& chosen(const visit& v, const lines_seen& lines) {
    const auto named = line_named(v);
    auto found = std::ranges::find(lines, named, &desk::line_view::id);
    if (named.empty() && !v.who->line.empty())
        found = std::ranges::find_if(lines, [&](const auto& one) { return one.number == v.who->line; });
    if (found == lines.end()) found = std::ranges::find_if_not(lines, has_ended);
    return found == lines.end() ? lines.front() : *found;
}

/// `next` gets null where there is none.
void of_theirs(const visit_ptr& v, const desk::subscriber_view& person,
               const std::function<void(std::shared_ptr<const line_seen>)>& next) {
    auto wanted = person.lines;
    if (wanted.size() > lines_read_max) wanted.resize(lines_read_max);
    // Somebody else's, or one that there is not, is not there: the desk says so.
    const auto named = line_named(*v);
    if (!named.empty() && std::ranges::find(wanted, named) == wanted.end()) wanted.push_back(named);
    if (wanted.empty()) return next(nullptr);
    read_lines(v, wanted, {}, [v, next](const lines_seen& lines) {
        next(std::make_shared<const line_seen>(seen_of(v, chosen(*v, lines), lines)));
    });
}

std::vector<model> kinds_in_words(const visit& v, const std::vector<domain::evidence_kind>& set) {
    std::vector<model> out;
    for (const auto kind : set) out.push_back(model().set("proof", v.says.name("evidence", kind)));
    return out;
}

}  // namespace line_reading
}  // namespace

line_seen as_seen(const visit_ptr& v, const desk::line_view& line) { return line_reading::seen_of(v, line, {}); }

bool has_ended(const desk::line_view& line) { return !line.status || *line.status == domain::line_status::ended; }

std::string line_named(const visit& v) {
    const auto posted = v.said.value("line");
    return std::string(posted.empty() ? v.query.value("line") : posted);
}

std::string about_line(std::string_view page, std::string_view line) {
    return std::string(page) + "?line=" + form_encoded(line);
}

void with_person(const visit_ptr& v, std::function<void(const person_seen&)> next) {
    v->house.at.read_subscriber(
        v->asking(), v->who->who.id.text(),
        or_refuse<desk::told<desk::subscriber_view>>(
            v, [v, next = std::move(next)](const desk::told<desk::subscriber_view>& told) {
                const auto* person = view_of(told);
                if (person == nullptr) return v->refuse({base::code::internal, ""});
                line_reading::of_theirs(v, *person, [next, is = *person](auto line) { next({is, std::move(line)}); });
            }));
}

void with_lines(const visit_ptr& v, line_reader next) {
    with_person(v, [v, next = std::move(next)](const person_seen& of) {
        if (of.line == nullptr) return v->show("no-line", v->says.word("no_line.title"), {});
        next(*of.line);
    });
}

void with_line(const visit_ptr& v, line_reader next) {
    const auto named = line_named(*v);
    if (named.empty()) return with_lines(v, std::move(next));
    line_reading::read_lines(v, {named}, {}, [v, next = std::move(next)](const lines_seen& lines) {
        next(line_reading::seen_of(v, lines.front(), lines));
    });
}

model model_of(const line_seen& of) {
    model out;
    out.set("line", of.is.id).set("number", text::spaced(of.is.number.text()));
    return out;
}

model model_of(const person_seen& of) { return of.line == nullptr ? model() : model_of(*of.line); }

void add_proof(model& page, const visit& v, const line_seen& of, const domain::evidence_sets& sets) {
    std::vector<model> proofs;
    for (const auto& set : sets) proofs.push_back(model().list("kinds", line_reading::kinds_in_words(v, set)));
    const bool by_code = std::ranges::any_of(
        sets, [](const auto& set) { return set == std::vector{domain::evidence_kind::recovery_code}; });
    page.list("proofs", std::move(proofs))
        .flag("by_saved", by_code && of.is.recovery_codes_left > 0)
        .flag("no_codes", by_code && of.is.recovery_codes_left == 0);
    if (of.policy != nullptr && of.policy->recovery_code_rest_days > 0)
        page.set("rest_days", std::to_string(of.policy->recovery_code_rest_days));
}

std::string without_blanks(std::string_view in) {
    std::string out;
    for (const char c : in)
        if (c != ' ' && c != '\t') out += c;
    return out;
}

std::optional<std::string> saved_code_in(const visit& v) {
    auto code = without_blanks(v.said.value("saved"));
    if (code.empty()) return std::nullopt;
    return code;
}

desk::request asking_further(const visit& v, std::string_view step) {
    auto out = v.asking();
    if (!out.once) return out;
    const auto next = base::part_hasher().add(base::hex(out.once->key)).add(step).finish();
    std::copy_n(next.begin(), out.once->key.size(), out.once->key.begin());
    return out;
}

void refuse_or_again(const visit_ptr& v, const base::error& why, const std::string& field,
                     void (*again)(const visit_ptr&)) {
    using enum base::code;
    if (why.what == not_found || why.what == unauthenticated || why.what == session_too_weak) return v->refuse(why);
    // What is not as it should be is said of the field itself; whatever else there is to say is the desk's word.
    if (why.what == invalid && !field.empty() && !v->says.word("wrong." + field).empty())
        v->note_mistake(field, "wrong." + field);
    else
        v->note_mistake(field, why);
    again(v);
}

}  // namespace keepline::portal
