#include "desk/changes.hpp"

#include "desk/views.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace keepline::desk {

namespace changes_in_words {

using names = std::set<std::string_view>;

constexpr role_set signers = who::deciders | who::machine;

std::string_view name_of(const engine::any_event& what) {
    return std::visit(
        [](const auto& of_one) {
            return std::visit([]<typename Event>(const Event&) -> std::string_view { return Event::name; }, of_one);
        },
        what);
}

bool any_begins(const names& of, std::string_view with) {
    const auto found = of.lower_bound(with);
    return found != of.end() && found->starts_with(with);
}

void add_line(std::vector<changed>& to, const engine::stream_view& line, const names& happened) {
    const auto& s = line.number();
    const auto version = line.revision();
    to.push_back({"line", line.public_id, version});
    if (s.current) {
        const auto id = closure_id(line.public_id, s.current->number);
        to.push_back({"closure", id, version});
        if (any_begins(happened, "check_")) to.push_back({"check", id, version});
    }
    if (any_begins(happened, "dispute_") || any_begins(happened, "certificate_"))
        for (const auto& one : s.disputes) to.push_back({"dispute", closure_id(line.public_id, one.closure), version});
}

/// What is noted each time that somebody uses a token or looks something up is no news, and whom they looked up
/// nobody's business. Of customers there are no accounts and no tokens in any list.
void add_holder(std::vector<changed>& to, const engine::stream_view& holder, const names& happened) {
    constexpr std::string_view of_staff = "staff/";
    if (!holder.key.key.starts_with(of_staff)) return;
    const auto id = holder.key.key.substr(of_staff.size());
    if (any_begins(happened, "webhook_")) to.push_back({"webhook", {}, 0, who::admin});
    if (any_begins(happened, "account_") || any_begins(happened, "staff_"))
        to.push_back({"account", id, holder.revision(), who::admin});
    if (any_begins(happened, "token_issued") || any_begins(happened, "tokens_") || happened.contains("sessions_ended"))
        to.push_back({"token", id, holder.revision(), who::admin});
    if (any_begins(happened, "second_")) to.push_back({"request", id, holder.revision(), who::admin});
}

void add(std::vector<changed>& to, const engine::stream_view& of, const names& happened) {
    switch (of.key.kind) {
        case port::stream_kind::number: add_line(to, of, happened); break;
        case port::stream_kind::subscriber: to.push_back({"person", of.public_id, of.revision()}); break;
        case port::stream_kind::credential: return add_holder(to, of, happened);
        case port::stream_kind::plan:
            to.push_back({"plan", of.public_id, of.revision(), signers});
            to.push_back({"request", of.public_id, of.revision(), signers});
            return;
        case port::stream_kind::esim:
        case port::stream_kind::claim: break;
    }
    if (any_begins(happened, "second_")) to.push_back({"request", of.public_id, of.revision()});
}

}  // namespace changes_in_words

std::vector<changed> changes_in(engine::front& core, const std::vector<port::change>& entries) {
    namespace words = changes_in_words;
    std::map<port::stream_key, words::names> happened;
    for (const auto& one : entries) {
        auto& names = happened[one.of];
        const auto events = engine::decode_events(one.of.kind, one.events);
        if (!events) continue;  // that it changed is said all the same
        for (const auto& event : *events) names.insert(words::name_of(event));
    }
    std::vector<changed> out;
    for (const auto& [key, names] : happened)
        if (const auto view = core.read(key)) words::add(out, **view, names);
    std::ranges::sort(out);
    const auto twice = std::ranges::unique(out);
    out.erase(twice.begin(), twice.end());
    return out;
}

}  // namespace keepline::desk
