#include "desk/asked.hpp"

#include "base/digest.hpp"
#include "desk/token_register.hpp"
#include "domain/message_words.hpp"
#include "domain/reference.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::desk {

using base::code;
using base::refuse;

void run_aside(const asked_ptr& c, std::function<afterwards()> work) { run_on(c->at->side, c, std::move(work)); }

void run_on(base::aside& where, const asked_ptr& c, std::function<afterwards()> work) {
    const bool taken = where.post([c, work = std::move(work)] {
        afterwards next;
        try {
            next = work();
        } catch (const std::exception&) {
            next = [c] { c->refuse({code::internal, "Something went wrong on our side; try again."}); };
        }
        c->where->run([c, next = std::move(next)] { guarded(c, next); });
    });
    if (!taken) c->refuse({code::overloaded, "Too much is waiting already; try again soon."});
}

result<void> check_text(std::string_view field, std::string_view value, std::size_t max, bool may_be_empty) {
    const auto wrong = [&](const std::string& words) {
        return refuse(code::invalid, "`" + std::string(field) + "` " + words, {{"field", std::string(field)}});
    };
    if (value.empty() && !may_be_empty) return wrong("must not be empty.");
    if (value.size() > max) return wrong("must have at most " + std::to_string(max) + " bytes.");
    for (const char c : value)
        if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) return wrong("must not hold control characters.");
    if (!domain::hides_nothing(value))
        return wrong("must be UTF-8 without characters that nobody sees or that turn others round.");
    return {};
}

// ------------------------------------------------------------------------------------------------ lines and closures

namespace {

std::unexpected<base::error> no_such_line() { return refuse(code::not_found, "There is no such line."); }

/// Since when the number is this caller's: for customers, the present owner's time; staff see all of it.
bool theirs(const asked& c, const domain::number_state& s) {
    if (!c.is_customer()) return true;
    return s.subscription && s.subscription->subscriber == c.who.who.id;
}

bool in_their_time(const asked& c, const domain::number_state& s, instant at) {
    if (!c.is_customer()) return true;
    if (!s.subscription) return false;  // who took the number back is the owner of before
    return at >= s.subscription->owner_since.value_or(s.subscription->since);
}

}  // namespace

result<engine::view_ptr> line_for(const asked& c, std::string_view line_id) {
    auto view = c.core_of().read_public(line_id);
    if (!view) {
        if (view.error().what == code::not_found) return no_such_line();
        return view;
    }
    // Only its own id: what else finds the stream (an EndToEndId, say) is no name of the line.
    if ((*view)->public_id != line_id) return no_such_line();
    if ((*view)->key.kind != port::stream_kind::number || !theirs(c, (*view)->number())) return no_such_line();
    return view;
}

std::optional<case_name> parse_closure_id(std::string_view id) {
    const auto at = id.rfind("-c");
    if (at == std::string_view::npos) return std::nullopt;
    const auto digits = id.substr(at + 2);
    case_name out{std::string(id.substr(0, at)), 0};
    const auto* end = digits.data() + digits.size();
    const auto [stopped, failure] = std::from_chars(digits.data(), end, out.number);
    if (failure != std::errc() || stopped != end || digits.front() == '0' || out.number < 1) return std::nullopt;
    return out;
}

namespace {

std::optional<case_name> case_name_of(const asked& c, const std::string& reference) {
    const auto view = c.core_of().read_reference(reference);
    if (!view || (*view)->key.kind != port::stream_kind::number) return std::nullopt;
    const auto& s = (*view)->number();
    const auto& id = (*view)->public_id;
    if (s.current && s.current->reference == reference) return case_name{id, s.current->number};
    for (const auto& past : s.past)
        if (past.reference == reference) return case_name{id, past.number};
    return std::nullopt;
}

}  // namespace

std::optional<int> serial_in(std::string_view text) {
    int out = 0;
    const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc() || stopped != text.data() + text.size() || out < 1) return std::nullopt;
    return out;
}

result<found_case> case_for(const asked& c, std::string_view closure_id) {
    const auto none = [] { return refuse(code::closure_missing, "There is no such closure."); };
    // A customer names their own case by its number too; staff look it up (POST /v1/lines/search), within their limit.
    const auto reference = c.is_customer() ? domain::reference_of(closure_id) : std::nullopt;
    const auto name = reference ? case_name_of(c, *reference) : parse_closure_id(closure_id);
    if (!name) return none();
    auto view = line_for(c, name->line_id);
    if (!view) {
        if (view.error().what == code::not_found) return none();
        return std::unexpected(std::move(view).error());
    }
    const auto& s = (*view)->number();
    if (s.current && s.current->number == name->number && in_their_time(c, s, s.current->opened_at))
        return found_case{*view, name->number, nullptr};
    for (const auto& past : s.past)
        if (past.number == name->number && in_their_time(c, s, past.opened_at) &&
            (past.generation == 0 || !c.is_customer()))
            return found_case{*view, name->number, &past};
    return none();
}

// ------------------------------------------------------------------------------------------------ sending a command

engine::submission submission_of(const asked& c, port::stream_key to, engine::any_command what, std::string_view step) {
    engine::submission out;
    out.to = std::move(to);
    out.what = std::move(what);
    out.by = c.who.who;
    out.second = c.at->with.second;
    out.through = c.through;
    out.correlation = c.correlation;
    out.once = c.once;
    if (step.empty()) {
        out.expected_revision = c.expected;
    } else if (out.once) {
        const auto own = base::part_hasher().add(out.once->key).add(step).finish();
        std::copy_n(own.begin(), out.once->key.size(), out.once->key.begin());
    }
    return out;
}

engine::submission note_of(const asked& c, const label& holder, domain::credential_command what) {
    auto out = submission_of(c, credential_stream(c.role(), holder), std::move(what));
    out.once.reset();
    out.expected_revision.reset();
    out.must_exist = false;
    return out;
}

void submit_as_it_is(const asked_ptr& c, engine::submission what,
                     std::function<void(const result<engine::answer>& done)> next) {
    c->core_of().submit(std::move(what), [c, next = std::move(next)](result<engine::answer> done) {
        // On the writer's thread: only hand it on.
        c->where->run([c, next, done = std::move(done)] { guarded(c, [&] { next(done); }); });
    });
}

}  // namespace keepline::desk
