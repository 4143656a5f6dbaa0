#include "engine/fake_front.hpp"

#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {

bool fits_esim(const domain::esim_state& s, const port::stream_filter& which) {
    const auto fits = [](const std::string& wanted, std::string_view is) { return wanted.empty() || wanted == is; };
    return fits(which.profile_type, s.type) && fits(which.eid, s.eid.text()) &&
           fits(which.profile_state, boost::describe::enum_to_string(s.status, "")) &&
           (which.matching_id.empty() || (s.is_ordered() && s.terms.matching_id == which.matching_id));
}

}  // namespace

fake_front::fake_front(const port::clock& clock, std::shared_ptr<const domain::rule_book> rules)
    : clock_(clock), rules_(std::move(rules)) {}

fake_front::~fake_front() = default;

void fake_front::submit(submission what, reply then) {
    if (meanwhile) meanwhile(what);
    then(carry_out(std::move(what)));
}

bool fake_front::listed(const stream& one, const port::stream_filter& which) {
    if (which.asked_after) {
        const auto* asked = asked_of(*one.view);
        return asked != nullptr && *which.asked_after < asked->wait_until();
    }
    if (which.kind && one.view->key.kind != *which.kind) return false;
    if (which.kind == port::stream_kind::esim) return fits_esim(one.view->esim(), which);
    if (which.kind == port::stream_kind::credential) return index_of(*one.view).stage == which.stage;
    if (which.kind == port::stream_kind::subscriber) return index_of(*one.view).stage == which.stage;
    const auto& s = one.view->number();
    if (which.only_money_waiting) return std::ranges::any_of(s.unclaimed, &domain::unclaimed_money::waits);
    if (which.only_checks) return domain::check_waits_since(s).has_value();
    if (which.stage == stage_of_mismatch) return !s.mismatches.empty();
    if (which.stage == stage_of_dispute) return s.mismatches.empty() && !s.has_open_closure() && is_disputed(s);
    if (!s.has_open_closure() || !s.mismatches.empty()) return false;
    if (which.stage != boost::describe::enum_to_string(at(*s.current), "")) return false;
    const auto* sent = s.of_case<domain::submission>();
    return !which.review_due_before || (sent != nullptr && sent->due_at < *which.review_due_before);
}

view_ptr fake_front::blank(const port::stream_key& key) {
    auto view = std::make_shared<stream_view>();
    view->key = key;
    const bool is_number = key.kind == port::stream_kind::number;
    const bool is_esim = key.kind == port::stream_kind::esim;
    std::string digits = std::to_string(++made_);
    view->public_id = (is_number ? "ln_" : (is_esim ? "es_" : "sb_")) + std::string(12 - digits.size(), '0') + digits;
    view->state = empty_view(key).state;
    if (auto* fresh = std::get_if<domain::number_state>(&view->state)) fresh->number = base::msisdn::trusted(key.key);
    if (key.kind == port::stream_kind::plan) view->public_id = key.key;
    return view;
}

result<answer> fake_front::carry_out(submission what) {
    const std::scoped_lock held(mutex_);
    if (refuse_everything) return std::unexpected(*refuse_everything);
    const auto found = streams_.find(what.to);
    if (found == streams_.end() && what.must_exist)
        return base::refuse(base::code::not_found, "There is no such stream.");
    stream next = found == streams_.end() ? stream{blank(what.to), {}, {}} : found->second;
    if (what.once)
        for (const auto& one : next.recent) {
            if (one.once.key != what.once->key) continue;
            if (one.once.fingerprint != what.once->fingerprint)
                return base::refuse(base::code::idempotency_key_reused, "The key was used for another request.");
            auto again = one.answered;
            again.replayed = true;
            return again;
        }
    if (what.expected_revision && *what.expected_revision != next.view->revision())
        return base::refuse(base::code::version_mismatch, "It has changed since you looked.");
    TRY(done, decided(next, what));
    if (what.once) next.recent.push_back({*what.once, done});
    streams_[what.to] = std::move(next);
    if (!done.events.empty()) submitted.push_back(std::move(what));
    return done;
}

/// As the engine's clerk would, at once: by what the holder's line has.
void fake_front::settle(domain::claim_state& state, const domain::context& now) {
    const auto at = state.holder.find('@');
    const auto line =
        domain::line_holder::parse(std::string_view(state.holder).substr(at == std::string::npos ? 0 : at + 1));
    bool has_it = !line;  // the stock keeps what it has
    if (line) {
        const auto found = streams_.find({port::stream_kind::number, line->number.text()});
        const auto digits = at == std::string::npos ? state.identifier.substr(6) : state.holder.substr(0, at);
        has_it = found != streams_.end() &&
                 domain::still_has(found->second.view->number(), line->generation, base::iccid::trusted(digits));
    }
    const domain::settle_claim word{state.serial, domain::word_of(has_it, state.usable_until, now.now), {}};
    state = domain::claim::decide(state, word, now).value().after;
}

result<answer> fake_front::decided(stream& s, const submission& what) {
    const domain::context now{.now = clock_.now(),
                              .rules = rules_.get(),
                              .by = what.by,
                              .through = what.through,
                              .second = what.second,
                              .reserved = what.reserved};
    auto after = std::make_shared<stream_view>(*s.view);
    answer out;
    std::string events;
    const auto carried = std::visit(
        [&]<typename Command>(const Command& command) -> result<void> {
            using aggregate = aggregate_of_command<Command>;
            auto& state = std::get<typename aggregate::state>(after->state);
            TRY(taken, aggregate::decide(state, command, now));
            state = std::move(taken.after);
            if constexpr (std::is_same_v<aggregate, domain::claim>)
                if (!state.wanted_by.empty()) settle(state, now);
            events = base::to_json(taken.events);
            out.events.assign(taken.events.begin(), taken.events.end());
            return {};
        },
        what.what);
    CHECK(carried);
    if (!out.events.empty()) {
        ++after->version;
        port::entry entry;
        entry.version = after->version;
        entry.at = now.now;
        entry.meta = base::to_json(entry_meta{what.by, what.through, what.correlation});
        changes_.push_back({static_cast<std::int64_t>(changes_.size()) + 1, what.to, after->public_id, events});
        entry.events = std::move(events);
        s.entries.push_back(std::move(entry));
        s.view = after;
    }
    out.view = s.view;
    return out;
}

}  // namespace keepline::engine
