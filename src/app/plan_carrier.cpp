#include "app/plan_carrier.hpp"

#include "app/local_api.hpp"
#include "base/digest.hpp"
#include "base/thread_name.hpp"
#include "engine/codec.hpp"
#include "http/plan_changes.hpp"

#include <chrono>
#include <future>

namespace keepline::app {

using base::code;
using base::result;

namespace {

constexpr auto between_looks = std::chrono::milliseconds{300};
constexpr std::size_t noted_at_once = 20;
constexpr std::size_t plans_at_once = 50;
constexpr int looks_max = 4;

domain::plan_note not_done(domain::plan_note note, const base::error& why) {
    note.how = domain::plan_outcome::refused;
    note.code = base::info(why.what).id;
    note.words = why.words;
    return note;
}

bool server_cannot(code what) {
    using enum code;
    return what == unavailable || what == stopping || what == overloaded || what == internal || what == storage_full ||
           what == not_owner || what == outcome_unknown || what == timed_out;
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
        if (with_.core->ready()) {
            carry_out_all();
            clear_all();
        }
        std::unique_lock held(mutex_);
        wake_.wait_for(held, between_looks, [&] { return stopping_; });
    }
}

void plan_carrier::carry_out_all() {
    port::stream_filter which;
    which.kind = port::stream_kind::plan;
    which.stage = engine::stage_of_signed_plan;
    const auto listed = with_.core->list(which, "", plans_at_once);
    if (!listed) return with_.log->warning("plans_unreadable", "", {{"reason", listed.error().words}});
    for (const auto& one : listed->streams) {
        if (is_stopping()) return;
        if (const auto done = carry_out(one.key); !done)  // tried again in a moment
            with_.log->warning("plan_waits", one.key.key, {{"reason", done.error().words}});
    }
}

/// Until its end, or until the server cannot.
result<void> plan_carrier::carry_out(const port::stream_key& key) {
    TRY(view, with_.core->read(key));
    const auto s = view->plan();
    if (!s.signed_by) return {};
    auto as = with_;
    as.second = s.signed_by;
    const auto way = make_local_api(std::move(as), s.by);
    std::vector<http::planned_change> some;
    domain::note_carried noted{s.carried, {}};
    const auto note_down = [&]() -> result<void> {
        if (noted.outcomes.empty()) return {};
        CHECK(submit(key, domain::import_plan_command{noted}));
        noted = {noted.from + static_cast<int>(noted.outcomes.size()), {}};
        return {};
    };
    for (auto at = static_cast<std::size_t>(s.carried); at < static_cast<std::size_t>(s.what.changes); ++at) {
        if (is_stopping()) return note_down();
        const auto within = at % http::changes_per_row;
        if (some.empty() || within == 0) {
            TRY(read, http::open_changes(*with_.vault, key.key, at / http::changes_per_row));
            some = std::move(read);
        }
        if (within >= some.size()) return base::refuse(code::internal, "The plan's changes are not all there.");
        auto note = carry_out(*way, key.key, static_cast<int>(at) + 1, some[within]);
        if (note.how == domain::plan_outcome::refused && note.code == "stop") {
            CHECK(note_down());
            return base::refuse(code::unavailable, note.words);
        }
        noted.outcomes.push_back(std::move(note));
        if (noted.outcomes.size() >= noted_at_once) CHECK(note_down());
    }
    CHECK(note_down());
    with_.log->info("plan_carried_out", key.key, {{"changes", std::to_string(s.what.changes)}});
    return {};
}

domain::plan_note plan_carrier::carry_out(api_way& way, const std::string& plan, int number,
                                          const http::planned_change& what) {
    domain::plan_note note{number, what.row, domain::plan_outcome::changed, {}, {}};
    base::error why{code::changed_since, "It was changed while the plan was carried out."};
    for (int tries = 0; tries < looks_max; ++tries) {
        const auto seen = http::look_at(with_, what);
        if (!seen && server_cannot(seen.error().what))
            return {number, what.row, domain::plan_outcome::refused, "stop", seen.error().words};
        if (!seen) return not_done(note, seen.error());
        using enum http::looked_at::verdict;
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
        if (done) {
            if (what.kind == http::change_kind::profile_offer) {
                note.how = domain::plan_outcome::asked;
                note.words =
                    "Offered; the owner of the line that is to have it, or somebody who had no hand in it, accepts.";
            } else if (done->status == 202) {
                note.how = domain::plan_outcome::asked;
                note.words = "It became a request, which a second person signs by itself.";
            }
            return note;
        }
        why = done.error();
        if (server_cannot(why.what)) return {number, what.row, domain::plan_outcome::refused, "stop", why.words};
        if (why.what != code::version_mismatch) break;
    }
    return not_done(note, why);
}

result<void> plan_carrier::submit(const port::stream_key& to, domain::import_plan_command what) {
    engine::submission out;
    out.to = to;
    out.what = std::move(what);
    out.by = {domain::role::system, base::label::trusted("engine")};
    out.correlation = to.key;
    const auto done = std::make_shared<std::promise<result<engine::answer>>>();
    with_.core->submit(std::move(out), [done](result<engine::answer> got) { done->set_value(std::move(got)); });
    TRY(answered, done->get_future().get());
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
        auto gone = with_.vault->erase(one.key.key);
        if (gone) gone = submit(one.key, domain::import_plan_command{domain::note_plan_cleared{}});
        if (!gone) with_.log->warning("plan_not_cleared", one.key.key, {{"reason", gone.error().words}});
    }
}

}  // namespace keepline::app
