#include "app/policies_in_use.hpp"

#include "base/digest.hpp"
#include "engine/history.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_notebook.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <toml++/toml.h>

namespace keepline::app {

namespace {

using base::result;

constexpr std::size_t lines_per_page = 500;
constexpr std::size_t digest_shown = 16;

/// What a file says, in one form: its keys sorted, without comments, nor where it is known from.
std::string plain(const std::string& text) {
    auto said = toml::parse(text);
    said.erase("source");
    std::ostringstream out;
    out << toml::toml_formatter{said};
    return out.str();
}

std::string version_of(const std::string& mark) { return mark.substr(0, mark.find(':')); }

/// Whatever is still owed under the policy: a line that lives, or a number that its last owner may take back.
bool has_policy(const domain::number_state& s, const std::vector<std::string>& which) {
    if (!s.subscription || std::ranges::find(which, s.subscription->policy) == which.end()) return false;
    return s.subscription->status != domain::line_status::ended || s.held.has_value();
}

result<std::optional<std::pair<std::string, std::string>>> line_with(const std::vector<std::string>& which,
                                                                     port::journal& of) {
    port::stream_filter numbers;
    numbers.kind = port::stream_kind::number;
    for (std::string after;;) {
        TRY(page, of.list(numbers, after, lines_per_page));
        for (const auto& row : page.streams) {
            TRY(view, engine::load_view(of, row));
            if (has_policy(view->number(), which))
                return std::pair{view->public_id, std::string(view->number().subscription->policy)};
        }
        if (page.next.empty()) return std::nullopt;
        after = page.next;
    }
}

}  // namespace

result<policy_marks> marks_of(const laid_folders& policies, const domain::policy_book& book) try {
    TRY(sources, policy_sources(policies));
    std::map<std::string, std::string> texts;
    for (auto& one : sources) texts.emplace(one.name, std::move(one.text));
    policy_marks out;
    for (const auto& [id, policy] : book.all()) {
        std::string said;
        std::set<std::string> seen;
        // The book was loaded from these files: they parse, and there is no ring.
        for (auto name = id; texts.contains(name) && seen.insert(name).second;) {
            said += plain(texts.at(name)) + '\n';
            name = toml::parse(texts.at(name))["inherits"].value_or(std::string());
        }
        out[id] =
            std::to_string(policy.version) + ":" + base::hex(base::sha256(base::view(said))).substr(0, digest_shown);
    }
    return out;
} catch (const toml::parse_error& failure) {  // somebody writes the files this moment
    return base::refuse(base::code::policy_invalid, std::string(failure.description()));
}

std::string text_of(const policy_marks& marks) {
    std::string out;
    for (const auto& [id, mark] : marks) out += (out.empty() ? "" : " ") + id + "@" + mark;
    return out;
}

policy_marks marks_in(std::string_view note) {
    policy_marks out;
    std::istringstream in{std::string(note)};
    for (std::string one; in >> one;)
        if (const auto at = one.rfind('@'); at != std::string::npos) out[one.substr(0, at)] = one.substr(at + 1);
    return out;
}

std::string text_of(const said_marks& said) {
    std::string out;
    for (const auto& [id, versions] : said)
        for (const auto& [version, mark] : versions) out += (out.empty() ? "" : " ") + id + "@" + mark;
    return out;
}

policies_noted noted_in(std::string_view policies, std::string_view said) {
    policies_noted out;
    out.last = marks_in(policies);
    std::istringstream in{std::string(said)};
    for (std::string one; in >> one;)
        if (const auto at = one.rfind('@'); at != std::string::npos)
            out.said[one.substr(0, at)][version_of(one.substr(at + 1))] = one.substr(at + 1);
    for (const auto& [id, mark] : out.last) out.said[id][version_of(mark)] = mark;  // a store of before has only these
    return out;
}

void policies_noted::take(const policy_marks& now) {
    last = now;
    for (const auto& [id, mark] : now) said[id][version_of(mark)] = mark;
}

std::vector<std::string> gone_or_changed(const policies_noted& noted, const policy_marks& now) {
    std::vector<std::string> out;
    for (const auto& [id, versions] : noted.said) {
        const auto found = now.find(id);
        if (found == now.end()) {
            if (noted.last.contains(id)) out.push_back(id);
            continue;
        }
        const auto before = versions.find(version_of(found->second));
        if (before != versions.end() && before->second != found->second) out.push_back(id);
    }
    return out;
}

result<void> check_in_use(const policies_noted& noted, const policy_marks& now, port::journal& of) {
    const auto which = gone_or_changed(noted, now);
    if (which.empty()) return {};
    TRY(found, line_with(which, of));
    if (!found) return {};
    const auto& [line, id] = *found;
    const auto words = now.contains(id)
                           ? "says something else than before under the same version; raise its `version`, and that of "
                             "every policy that inherits what changed, or put the file back"
                           : "is gone; put its file back (policies.dir, policies.own), or give the lines another first";
    return base::refuse(base::code::policy_invalid,
                        "The policy `" + id + "` is in use (line " + line + ", for one) and " + words + ".",
                        {{"policy", id}, {"line", line}});
}

result<void> check_against_store(const config& how, const domain::policy_book& book) {
    std::error_code ignored;
    if (!std::filesystem::exists(how.store.path, ignored)) return {};
    const auto noted = store::sqlite_notebook::read_in(how.store.path, policies_note);
    if (!noted || !*noted) return {};  // a store of before has no such note
    TRY(now, marks_of({how.policies.dir, how.policies.own}, book));
    TRY(said, store::sqlite_notebook::read_in(how.store.path, policies_said_note));
    const auto before = noted_in(**noted, said.value_or(""));
    if (gone_or_changed(before, now).empty()) return {};
    TRY(journal, store::sqlite_journal::open(how.store.path, store::open_mode::read_only));
    return check_in_use(before, now, *journal);
}

result<void> keep_in_use(const policy_marks& now, port::notebook& notes, port::journal& of) {
    TRY(last, notes.read(policies_note));
    TRY(said, notes.read(policies_said_note));
    auto noted = noted_in(last.value_or(""), said.value_or(""));
    CHECK(check_in_use(noted, now, of));
    noted.take(now);
    const auto policies = text_of(noted.last);
    const auto all = text_of(noted.said);
    if (last == policies && said == all) return {};
    return notes.write({{std::string(policies_note), policies}, {std::string(policies_said_note), all}});
}

}  // namespace keepline::app
