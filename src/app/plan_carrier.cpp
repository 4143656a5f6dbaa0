#include "app/plan_carrier.hpp"

#include "app/local_api.hpp"
#include "base/digest.hpp"
#include "base/thread_name.hpp"
#include "base/utf8.hpp"
#include "desk/ask.hpp"
#include "desk/plan_look.hpp"
#include "desk/token_register.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <chrono>
#include <new>

namespace keepline::app {

using base::code;
using base::result;

namespace {

constexpr auto between_looks = std::chrono::milliseconds{300};
constexpr auto between_tries = std::chrono::milliseconds{3000};
constexpr std::size_t noted_at_once = 20;
constexpr std::size_t plans_at_once = 50;
constexpr int looks_max = 4;

domain::plan_note not_done(domain::plan_note note, const base::error& why) {
    note.how = domain::plan_outcome::refused;
    note.code = base::info(why.what).id;
    note.words = why.words;
    return note;
}

result<domain::plan_note> refused_or_waits(const domain::plan_note& note, const base::error& why) {
    if (base::may_pass(why.what)) return std::unexpected(why);
    return not_done(note, why);
}

/// What was answered is believed when it can be seen.
result<domain::plan_note> outcome_of(const desk::parts& with, domain::plan_note note, const desk::planned_change& what,
                                     int status) {
    if (what.kind == desk::change_kind::profile_offer || status == 202) {
        note.how = domain::plan_outcome::asked;
        note.words = what.kind == desk::change_kind::profile_offer
                         ? "Offered; the owner of the line that is to have it, or somebody who had no hand in it, "
                           "accepts."
                         : "It became a request, which a second person signs by itself.";
        return note;
    }
    const auto seen = desk::look_at(with, what);
    if (!seen) return refused_or_waits(note, seen.error());
    if (seen->is == desk::looked_at::verdict::done_already) return note;
    return not_done(note, {code::changed_since, "It was taken, and is not as planned now: look at it."});
}

/// An exception here is a mistake of ours about this one plan; the process and the other plans go on.
template <typename Work>
auto tried(const Work& work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return base::refuse(code::unavailable, "There is no memory for it now.");
    } catch (const std::exception& what) {
        return base::refuse(code::invalid, std::string("something went wrong on our side: ") + what.what());
    }
}

}  // namespace

void plan_carrier::start() {
    thread_ = std::thread([this] { run(); });
}

void plan_carrier::stop() {
    {
        const std::scoped_lock held(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool plan_carrier::is_stopping() {
    const std::scoped_lock held(mutex_);
    return stopping_;
}

void plan_carrier::run() {
    base::name_this_thread("kl-plans");
    while (!is_stopping()) {
        bool well = true;
        if (with_.core->ready()) {
            try {
                well = carry_out_all();
                clear_all();
            } catch (const std::exception& what) {  // of memory, say: the plans wait
                with_.log->error("plans_wait", "", {{"reason", what.what()}});
                well = false;
            }
        }
        std::unique_lock held(mutex_);
        wake_.wait_for(held, well ? between_looks : between_tries, [&] { return stopping_; });
    }
}

bool plan_carrier::carry_out_all() {
    port::stream_filter which;
    which.kind = port::stream_kind::plan;
    which.stage = engine::stage_of_signed_plan;
    const auto listed = with_.core->list(which, "", plans_at_once);
    if (!listed) {
        with_.log->warning("plans_unreadable", "", {{"reason", listed.error().words}});
        return false;
    }
    bool well = true;
    for (const auto& one : listed->streams) {
        if (is_stopping()) return true;
        auto done = tried([&] { return carry_out(one.key); });
        if (!done && !base::may_pass(done.error().what)) {
            with_.log->error("plan_stopped", one.key.key, {{"reason", done.error().words}});
            done = stop_plan(one.key, done.error().words);
        }
        if (!done) with_.log->warning("plan_waits", one.key.key, {{"reason", done.error().words}});
        well = well && done.has_value();
    }
    return well;
}

/// Both of them, as the journal has it: whoever lost their token since does not go on through a plan.
result<void> plan_carrier::check_in_force(const domain::import_plan_state& s) {
    for (const auto& [who, at] : {std::pair{s.by, s.made_at}, std::pair{*s.signed_by, s.signed_at}}) {
        const auto view = with_.core->read(desk::credential_stream(who.as, who.id));
        TRY(in_force, desk::holds_token(view, who, at, with_.clock->now()));
        if (!in_force) return base::refuse(code::forbidden, who.id.text() + " has no token in force any more.");
    }
    return {};
}

result<void> plan_carrier::stop_plan(const port::stream_key& key, std::string why) {
    constexpr std::size_t reason_max = 150;
    if (why.size() > reason_max) why.resize(reason_max);
    if (!base::is_utf8(why)) why = "It could not be carried out.";
    return submit(key, domain::import_plan_command{domain::stop_plan{"It cannot be carried out: " + why}});
}

/// Until its end, until somebody stops it, or until the server cannot. Another error: it never will.
result<void> plan_carrier::carry_out(const port::stream_key& key) {
    TRY(view, with_.core->read(key));
    const auto s = view->plan();
    if (!s.signed_by || s.ended_at) return {};
    auto as = with_;
    as.second = s.signed_by;
    const auto way = make_local_api(std::move(as), s.by, s.through);
    std::vector<desk::planned_change> some;
    domain::note_carried noted{s.carried, {}};
    const auto note_down = [&]() -> result<void> {
        if (noted.outcomes.empty()) return {};
        CHECK(submit(key, domain::import_plan_command{noted}));
        noted = {noted.from + static_cast<int>(noted.outcomes.size()), {}};
        return {};
    };
    for (auto at = static_cast<std::size_t>(s.carried); at < static_cast<std::size_t>(s.what.changes); ++at) {
        if (is_stopping()) return note_down();
        TRY(now, with_.core->read(key));
        if (now->plan().ended_at) {
            with_.log->info("plan_stopped", key.key, {{"carried", std::to_string(at)}});
            return note_down();
        }
        if (auto may = check_in_force(s); !may) {
            CHECK(note_down());
            return may;
        }
        const auto within = at % desk::changes_per_row;
        if (some.empty() || within == 0) {
            TRY(read, desk::open_changes(*with_.vault, key.key, at / desk::changes_per_row));
            some = std::move(read);
        }
        if (within >= some.size()) return base::refuse(code::not_found, "Its changes are not all there.");
        auto note = tried([&] { return carry_out(*way, key.key, static_cast<int>(at) + 1, some[within]); });
        if (!note) {
            CHECK(note_down());
            return std::unexpected(note.error());
        }
        noted.outcomes.push_back(std::move(*note));
        if (noted.outcomes.size() >= noted_at_once) CHECK(note_down());
    }
    CHECK(note_down());
    with_.log->info("plan_carried_out", key.key, {{"changes", std::to_string(s.what.changes)}});
    return {};
}

result<domain::plan_note> plan_carrier::carry_out(api_way& way, const std::string& plan, int number,
                                                  const desk::planned_change& what) {
    using enum desk::looked_at::verdict;
    domain::plan_note note{number, what.row, domain::plan_outcome::changed, {}, {}};
    base::error why{code::changed_since, "It was changed while the plan was carried out."};
    for (int tries = 0; tries < looks_max; ++tries) {
        const auto seen = desk::look_at(with_, what);
        if (!seen) return refused_or_waits(note, seen.error());
        if (seen->is == done_already) {
            note.how = domain::plan_outcome::known;
            return note;
        }
        if (seen->is == changed_since)
            return not_done(note,
                            {code::changed_since,
                             "It is not any more as it was when the plan was made: look at it, and plan it again."});
        const auto key =
            base::hex(base::sha256(base::view(plan + "/" + std::to_string(number) + "/" + seen->if_match)));
        const auto done = accepted(way.send({"POST", what.target, what.body, key, seen->if_match, {}}));
        if (done) return outcome_of(with_, note, what, done->status);
        why = done.error();
        if (why.what != code::version_mismatch) return refused_or_waits(note, why);
    }
    return not_done(note, why);
}

result<void> plan_carrier::submit(const port::stream_key& to, domain::import_plan_command what) {
    engine::submission out;
    out.to = to;
    out.what = std::move(what);
    out.by = {domain::role::system, base::label::trusted("engine")};
    out.correlation = to.key;
    TRY(answered, desk::ask(*with_.core, std::move(out)));
    static_cast<void>(answered);
    return {};
}

/// What was refused, ran out or is done: nobody needs what it would have changed.
void plan_carrier::clear_all() {
    port::stream_filter which;
    which.kind = port::stream_kind::plan;
    which.stage = engine::stage_of_plan_over;
    const auto listed = with_.core->list(which, "", plans_at_once);
    if (!listed) return;
    for (const auto& one : listed->streams) {
        if (!one.key.key.starts_with(domain::plans_prefix)) continue;  // nobody's name: it would be their key
        auto gone = with_.vault->erase(one.key.key);
        if (gone) gone = submit(one.key, domain::import_plan_command{domain::note_plan_cleared{}});
        if (!gone) with_.log->warning("plan_not_cleared", one.key.key, {{"reason", gone.error().words}});
    }
}

}  // namespace keepline::app
