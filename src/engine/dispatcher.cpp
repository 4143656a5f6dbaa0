#include "engine/dispatcher.hpp"

#include "engine/codec.hpp"
#include "engine/history.hpp"

#include <algorithm>

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

constexpr auto await_receipts_for = base::days{7};
constexpr int attempts_max_when_refused = 5;  // a peer that says no means it; nor are there copies without end
constexpr std::size_t first_read = 64;        // small at first: after a restart the first effect leaves at once
constexpr std::size_t largest_read = 1000;
constexpr std::size_t retries_at_once = 256;
constexpr std::size_t retrying_max = 10'000;
constexpr auto core = static_cast<int>(domain::destination::core);

std::string name_of(int destination) {
    return boost::describe::enum_to_string(static_cast<domain::destination>(destination), "");
}

/// Only messages are answered by receipts.
/// The answer as a command of such a stream; nothing where it is for the other kind.
std::optional<any_command> command_for(port::stream_kind kind, port::answer_command answer) {
    if (kind == port::stream_kind::number)
        if (auto* command = std::get_if<domain::number_command>(&answer)) return std::move(*command);
    if (kind == port::stream_kind::subscriber)
        if (auto* command = std::get_if<domain::subscriber_command>(&answer)) return std::move(*command);
    if (kind == port::stream_kind::esim)
        if (auto* command = std::get_if<domain::esim_command>(&answer)) return std::move(*command);
    return std::nullopt;
}

bool may_have_receipt(int destination) {
    return destination == static_cast<int>(domain::destination::sms) ||
           destination == static_cast<int>(domain::destination::mail);
}

std::shared_ptr<const outgoing> read_back(const port::outbox_entry& entry, port::log& log) {
    auto effects = decode_effects(entry.effects);
    auto meta = decode_meta(entry.meta);
    if (!effects || !meta) {
        log.error("effects_unreadable", "",
                  {{"partition", std::to_string(entry.partition)},
                   {"seq", std::to_string(entry.seq)},
                   {"reason", effects ? meta.error().words : effects.error().words}});
        return nullptr;
    }
    auto out = std::make_shared<outgoing>();
    out->partition = entry.partition;
    out->seq = entry.seq;
    out->position = entry.position;
    out->stream = entry.stream;
    out->destinations = entry.destinations;
    out->at = entry.at;
    out->hash = entry.hash;
    out->correlation = std::move(meta->correlation);
    out->effects = std::move(*effects);
    return out;
}

}  // namespace

dispatcher::dispatcher(parts with, const settings& how)
    : with_(with),
      how_(how),
      stock_(*with_.on, *with_.journal, *with_.clock, *with_.to_writer),
      claims_(*with_.journal, *with_.clock),
      accounts_(*with_.journal, *with_.clock, with_.vault) {
    for (int d = 0; d < domain::destination_count; ++d) {
        const auto at = static_cast<std::size_t>(d);
        lanes_[at] = std::make_unique<lanes>(lanes::parts{.which = static_cast<domain::destination>(d),
                                                          .clock = with_.clock,
                                                          .metrics = &with_.metrics->lanes[at],
                                                          .backoff = with_.backoff,
                                                          .memory = how_.lane_memory,
                                                          .poll = how_.sweep_every,
                                                          .room = [this] { poke_reader(); }});
    }
}

dispatcher::~dispatcher() {
    stop(base::duration{0});
    loops_.clear();
}

result<void> dispatcher::start() {
    TRY(horizons, with_.journal->horizons());
    TRY(cursors, with_.journal->cursors());
    TRY(last_position, with_.journal->last_position());
    head_ = last_position;
    for (auto& one : lanes_) one->resume(horizons, cursors, last_position);
    read_at_once_ = std::min(first_read, std::max<std::size_t>(1, how_.lane_memory));
    loops_.push_back(with_.on->begin({"kl-outbox", [this] { run_reader(); }, [this] { return read_once(); }}));
    for (int d = 0; d < domain::destination_count; ++d) {
        const auto at = static_cast<std::size_t>(d);
        if (d != core && with_.connectors[at] == nullptr) continue;  // its effects wait
        for (int i = 0; i < how_.threads_per_destination[at]; ++i)
            loops_.push_back(with_.on->begin(
                {"kl-" + name_of(d), [this, d] { run_worker(d); }, [this, d] { return work_once(d); }}));
    }
    return {};
}

bool dispatcher::stop(base::duration at_most) {
    {
        const std::scoped_lock held(reader_mutex_);
        stopping_ = true;
    }
    reader_wake_.notify_all();
    for (auto& one : lanes_) one->stop();
    std::unique_lock held(mutex_);
    return idle_.wait_for(held, at_most, [&] { return running_ == 0; });
}

// ------------------------------------------------------------------------------------------------ in

void dispatcher::committed(const std::vector<std::shared_ptr<const outgoing>>& what, std::int64_t last_position) {
    head_ = last_position;
    for (auto& one : lanes_) one->hand_over(what, last_position);
}

void dispatcher::poke_reader() {
    {
        const std::scoped_lock held(reader_mutex_);
        reader_poked_ = true;
    }
    reader_wake_.notify_one();
}

void dispatcher::run_reader() {
    for (;;) {
        const bool read = read_once();
        std::unique_lock held(reader_mutex_);
        if (!read) {
            reader_wake_.wait_for(held, std::chrono::seconds{1}, [&] { return reader_poked_ || stopping_; });
            reader_poked_ = false;
        }
        if (stopping_) return;
    }
}

bool dispatcher::read_once() {
    {
        const std::scoped_lock held(reader_mutex_);
        if (stopping_) return false;
    }
    if (read_on(read_at_once_) == 0) return false;
    read_at_once_ = std::min({read_at_once_ * 2, largest_read, std::max<std::size_t>(1, how_.lane_memory)});
    return true;
}

/// Reads one piece of the outbox for one of the destinations that are behind, in turn, so that none waits for another
/// that is much further behind; whoever needs the same piece gets it too. How many entries; zero when nobody wants any.
std::size_t dispatcher::read_on(std::size_t limit) {
    std::array<std::optional<std::int64_t>, domain::destination_count> places;
    std::optional<std::int64_t> from;
    int chosen = 0;
    for (int i = 1; i <= domain::destination_count; ++i) {
        const auto d = (read_last_ + i) % domain::destination_count;
        auto& place = places[static_cast<std::size_t>(d)];
        place = lanes_of(d).wants_after();
        if (!place || from) continue;
        from = place;
        chosen = d;
    }
    if (!from) return 0;
    read_last_ = chosen;
    std::uint32_t wanted = 0;
    for (std::size_t d = 0; d < places.size(); ++d)
        if (places[d] && *places[d] >= *from) wanted |= 1U << d;
    const auto head = head_.load();  // before the read: everything up to here is visible to it
    const auto entries = with_.journal->outbox(*from, limit);
    if (!entries) {
        with_.log->error("outbox_unreadable", "", {{"reason", entries.error().words}});
        return 0;
    }
    std::int64_t end = entries->empty() ? *from : entries->back().position;
    if (entries->size() < limit) end = std::max(end, head);
    std::vector<std::shared_ptr<const outgoing>> out;
    for (const auto& one : *entries)
        if ((one.destinations & wanted) != 0)
            if (auto read = read_back(one, *with_.log)) out.push_back(std::move(read));
    for (int d = 0; d < domain::destination_count; ++d)
        if ((wanted & (1U << static_cast<unsigned>(d))) != 0) lanes_of(d).feed(out, end, head_);
    return std::max<std::size_t>(1, entries->size());
}

// ------------------------------------------------------------------------------------------------ out

void dispatcher::run_worker(int destination) {
    while (const auto next = lanes_of(destination).next()) work_on(destination, *next);
}

bool dispatcher::work_once(int destination) {
    const auto next = lanes_of(destination).next_now();
    if (next) work_on(destination, *next);
    return next.has_value();
}

void dispatcher::work_on(int destination, const job& what) {
    {
        const std::scoped_lock held(mutex_);
        ++running_;
    }
    carry_out(destination, what);
    const std::scoped_lock held(mutex_);
    if (--running_ == 0) idle_.notify_all();
}

result<addressee> dispatcher::look_up(const job& what) {
    if (what.from->whose) return *what.from->whose;
    TRY(row, with_.journal->load_id(what.from->stream));
    if (!row) return refuse(code::journal_broken, "An effect's stream is not in the journal.");
    TRY(view, load_view(*with_.journal, *row));
    return addressee{row->key, row->public_id, language_of(*view)};
}

result<port::delivered> dispatcher::deliver(int destination, const job& what, const addressee& whose) {
    port::outbound out;
    out.key = outbound_key(what.from->hash, what.index);
    out.correlation = what.from->correlation;
    out.caused_at = what.from->at;
    if (whose.key.kind == port::stream_kind::number) out.number = base::msisdn::trusted(whose.key.key);
    out.line_id = whose.public_id;
    out.language = whose.language;
    out.what = what.what();
    out.attempt = what.attempt;
    try {
        return with_.connectors[static_cast<std::size_t>(destination)]->deliver(out);
    } catch (...) {  // its words may hold anything, so they are not kept
        return refuse(code::peer_garbled, "The connector failed in a way it should not.");
    }
}

void dispatcher::carry_out(int destination, const job& what) {
    const auto whose = look_up(what);
    if (!whose) {
        unreadable(destination, what, whose.error());
        return;
    }
    if (destination == core) {
        tell_core(what, *whose);
        return;
    }
    const auto out_of_date = is_out_of_date(what, *whose);
    if (!out_of_date) {
        unreadable(destination, what, out_of_date.error());
        return;
    }
    if (*out_of_date) {
        lanes_of(destination).put_aside(what);  // nobody was asked, so nobody answered
        with_.log->info("effect_out_of_date", what.from->correlation,
                        {{"effect", kind_of_effect(what.what())}, {"line", whose->public_id}});
        what.again ? forget_retry(what.id()) : lanes_of(destination).settled(what);
        return;
    }
    const auto ticket = may_have_receipt(destination) ? with_.from_peers->delivery_begins() : 0;
    auto got = deliver(destination, what, *whose);
    if (got) {
        done(destination, what, *whose, std::move(*got), ticket);
        return;
    }
    with_.from_peers->delivery_ends(ticket);
    failed(destination, what, whose->public_id, got.error());
}

/// The journal's own trouble is nothing that the peer or the effect could mend: it waits as if the peer were away.
void dispatcher::unreadable(int destination, const job& what, const base::error& why) {
    if (why.what != code::journal_broken) {
        peer_is_down(destination, what, "", why);
        return;
    }
    lanes_of(destination).put_aside(what);
    try_later(destination, what, "", why);
}

void dispatcher::done(int destination, const job& what, const addressee& whose, port::delivered got,
                      std::uint64_t ticket) {
    lanes_of(destination).peer_up(what);
    with_.metrics->lanes[static_cast<std::size_t>(destination)].delivered.fetch_add(1, std::memory_order_relaxed);
    note_mismatch(what, whose, got);
    auto answer = got.answer ? command_for(whose.key.kind, std::move(*got.answer)) : std::nullopt;
    const bool has_answer = answer.has_value();
    if (!has_answer && got.awaited_receipt.empty() && !what.again) {
        with_.from_peers->delivery_ends(ticket);
        lanes_of(destination).settled(what);
        return;
    }
    work out;
    if (has_answer) {
        auto& command = out.command.emplace();
        command.to = whose.key;
        command.what = std::move(*answer);
        command.by = engine_actor("engine");
        command.correlation = what.from->correlation;
    }
    out.rides = std::make_unique<port::batch>();
    if (!got.awaited_receipt.empty())
        out.rides->awaited.push_back({got.awaited_receipt, what.from->stream, with_.clock->now() + await_receipts_for});
    submit(destination, what, std::move(out),
           [this, ticket, receipt = std::move(got.awaited_receipt), key = whose.key](bool committed) {
               if (committed && !receipt.empty()) with_.from_peers->now_awaited(receipt, key);
               with_.from_peers->delivery_ends(ticket);
           });
}

void dispatcher::note_mismatch(const job& what, const addressee& whose, const port::delivered& got) {
    const auto* command = got.answer ? std::get_if<domain::number_command>(&*got.answer) : nullptr;
    const auto* said = command == nullptr ? nullptr : std::get_if<domain::hlr_answered>(command);
    if (said == nullptr || !said->mismatch) return;
    with_.metrics->hlr_mismatches.fetch_add(1, std::memory_order_relaxed);
    with_.log->error("hlr_mismatch", what.from->correlation,
                     {{"line", whose.public_id},
                      {"wanted", boost::describe::enum_to_string(said->operation, "")},
                      {"mismatch", boost::describe::enum_to_string(*said->mismatch, "")}});
}

/// Only of what is sealed for such things: whatever the effect says, a person's key is destroyed by their erasure
/// alone.
static base::result<void> forget_key(port::vault* of, const std::string& name, std::string_view prefix) {
    if (!name.starts_with(prefix))
        return base::refuse(base::code::internal, "A key of another kind is not destroyed by this effect.",
                            {{"name", name}});
    return of == nullptr ? base::result<void>() : of->erase(name);
}

/// While this waited to be tried again, later ones were carried out: it is told as it is now.
result<std::optional<submission>> dispatcher::command_for_core(const job& what, const addressee& whose) {
    if (what.again && whose.key.kind == port::stream_kind::subscriber) {
        TRY(view, load_view(*with_.journal, whose.key));
        const auto now = view ? domain::told_now(view->subscriber(), what.what()) : std::nullopt;
        if (now) return command_of(*now);
    }
    return command_of(what.what());
}

void dispatcher::tell_core(const job& what, const addressee& whose) {
    if (const auto* wanted = std::get_if<domain::order_esim>(&what.what())) {
        // Two commits: the profile's stream first, then the end of this job. In between nothing is lost (see
        // stock_keeper).
        const auto done = stock_.order(*wanted, what.from->correlation);
        lanes_of(core).peer_up(what);
        if (done) return carried_out(core, what);
        return try_later(core, what, {}, done.error());
    }
    lanes_of(core).peer_up(what);
    auto of_core = command_for_core(what, whose);
    if (!of_core) return try_later(core, what, {}, of_core.error());
    auto command = std::move(*of_core);
    if (const auto* asked = std::get_if<domain::ask_holder>(&what.what())) {
        auto found = claims_.answer(*asked);
        if (!found) return try_later(core, what, {}, found.error());
        command = std::move(*found);
    }
    if (const auto* account = std::get_if<domain::forget_account>(&what.what())) {
        auto found = accounts_.forget(*account);
        if (!found) return try_later(core, what, {}, found.error());
        if (!*found) return carried_out(core, what);
        command = std::move(**found);
    }
    if (const auto* records = std::get_if<domain::forget_records>(&what.what())) {
        auto found = accounts_.forget(*records);
        if (!found) return try_later(core, what, {}, found.error());
        if (!*found) return carried_out(core, what);
        command = std::move(**found);
    }
    if (const auto* webhook = std::get_if<domain::forget_webhook>(&what.what())) {
        const auto gone = forget_key(with_.vault, webhook->id, domain::webhooks_prefix);
        return gone ? carried_out(core, what) : try_later(core, what, {}, gone.error());
    }
    if (const auto* payer = std::get_if<domain::forget_payer>(&what.what())) {
        const auto gone = forget_key(with_.vault, payer->payee.text(), domain::payers_prefix);
        return gone ? carried_out(core, what) : try_later(core, what, {}, gone.error());
    }
    if (!command) {
        with_.log->error("effect_unknown_to_core", what.from->correlation, {{"effect", kind_of_effect(what.what())}});
        what.again ? forget_retry(what.id()) : lanes_of(core).settled(what);
        return;
    }
    with_.metrics->lanes[core].delivered.fetch_add(1, std::memory_order_relaxed);
    work out;
    command->correlation = what.from->correlation;
    out.command = std::move(command);
    out.rides = std::make_unique<port::batch>();
    submit(core, what, std::move(out), [](bool) {});
}

void dispatcher::carried_out(int destination, const job& what) {
    with_.metrics->lanes[static_cast<std::size_t>(destination)].delivered.fetch_add(1, std::memory_order_relaxed);
    what.again ? forget_retry(what.id()) : lanes_of(destination).settled(what);
}

/// While an order to the HLR or an SM-DS waited to be tried again, later ones were carried out, and this one may undo
/// them. Keys
/// may be late at their first try: the lane of a profile knows nothing of the lane of its number.
result<bool> dispatcher::is_out_of_date(const job& what, const addressee& whose) {
    if (const auto* keys = std::get_if<domain::hlr_keys>(&what.what())) {
        TRY(wanted, are_wanted(*keys, whose.key));
        return !wanted;
    }
    if (const auto* event = std::get_if<domain::register_event>(&what.what())) return was_overtaken(*event, whose.key);
    if (const auto* event = std::get_if<domain::delete_event>(&what.what())) return was_overtaken(*event, whose.key);
    const auto* action = std::get_if<domain::hlr_action>(&what.what());
    if (!what.again || action == nullptr || whose.key.kind != port::stream_kind::number) return false;
    TRY(view, load_view(*with_.journal, whose.key));
    return view && !domain::still_wanted(view->number(), *action);
}

template <typename Order>
result<bool> dispatcher::was_overtaken(const Order& what, const port::stream_key& profile) {
    TRY(view, load_view(*with_.journal, profile));
    return view && !domain::still_wanted(view->esim(), what);
}

result<bool> dispatcher::are_wanted(const domain::hlr_keys& keys, const port::stream_key& sender) {
    TRY(from, load_view(*with_.journal, sender));
    if (!from) return true;
    if (sender.kind == port::stream_kind::number) return domain::still_wanted(from->number(), keys);
    const auto& order = from->esim();
    view_ptr line;
    if (!order.number.empty()) {
        TRY(found, load_view(*with_.journal, port::stream_key{port::stream_kind::number, order.number.text()}));
        line = std::move(found);
    }
    return domain::keys_still_wanted(order, line ? &line->number() : nullptr);
}

/// One commit: the command (if any), what rides with it, and the end of this job.
void dispatcher::submit(int destination, const job& what, work with, const std::function<void(bool committed)>& after) {
    if (what.again)
        with.rides->retries_done.push_back(what.id());
    else
        with.rides->cursors.push_back(lanes_of(destination).cursor_after(what));
    with.then = [this, destination, what, after](const result<answer>& got) {
        if (!got)
            with_.log->warning("answer_refused", what.from->correlation,
                               {{"destination", name_of(destination)},
                                {"effect", kind_of_effect(what.what())},
                                {"code", std::string(base::info(got.error().what).id)}});
        after(true);
        finished(destination, what);
    };
    with.not_taken = [this, destination, what, after](const base::error& why) {
        after(false);
        try_later(destination, what, "", why);
    };
    // The lane stays where it is, and whatever receipt is on its way has to come again.
    with.uncommitted = [this](const base::error&) { with_.from_peers->stop(); };
    with_.to_writer->push(std::move(with));
}

void dispatcher::finished(int destination, const job& what) {
    if (what.again)
        release(what.id());
    else
        lanes_of(destination).recorded(what);
}

// ------------------------------------------------------------------------------------------------ failures

void dispatcher::failed(int destination, const job& what, const std::string& line_id, const base::error& why) {
    switch (why.what) {
        case code::peer_unreachable:
        case code::too_many: peer_is_down(destination, what, line_id, why); return;
        case code::erased:
        case code::contact_unknown:
            lanes_of(destination).put_aside(what);
            with_.log->info("effect_dropped", what.from->correlation,
                            {{"destination", name_of(destination)},
                             {"effect", kind_of_effect(what.what())},
                             {"line", line_id},
                             {"code", std::string(base::info(why.what).id)}});
            what.again ? forget_retry(what.id()) : lanes_of(destination).settled(what);
            return;
        default: lanes_of(destination).peer_up(what); try_later(destination, what, line_id, why);
    }
}

/// The destination pauses. The effect itself waits without a count, unless it is to blame: its peer may have carried it
/// out without saying so, or it brings the peer down while others pass.
void dispatcher::peer_is_down(int destination, const job& what, const std::string& line_id, const base::error& why) {
    auto& lane = lanes_of(destination);
    const auto* pause_ms = port::said(why, port::again_in_ms);
    const auto exactly =
        pause_ms == nullptr ? std::nullopt : std::optional(base::duration{std::atoll(pause_ms->c_str())});
    if (exactly && exactly->count() == 0) {
        lane.put_back(what);
        return;
    }
    const bool unsure = port::said(why, port::may_have_happened) != nullptr;
    const bool to_blame = why.what == code::peer_unreachable && lane.brings_it_down(what);
    if (to_blame && !unsure) {  // this one; the others need not wait for it
        lane.put_aside(what);
        try_later(destination, what, line_id, why);
        return;
    }
    if (const auto pause = lane.peer_down(what, exactly, unsure))
        with_.log->warning("destination_paused", what.from->correlation,
                           {{"destination", name_of(destination)},
                            {"for_ms", std::to_string(pause->count())},
                            {"code", std::string(base::info(why.what).id)},
                            {"reason", why.words}});
    if (unsure) {
        try_later(destination, what, line_id, why);
        return;
    }
    with_.metrics->lanes[static_cast<std::size_t>(destination)].failed.fetch_add(1, std::memory_order_relaxed);
    if (!what.again) return;
    auto row = *what.again;  // nothing is wrong with the effect: this was no attempt of it
    row.next_at = with_.clock->now() + with_.backoff->for_destination(std::max(1, row.attempts));
    record_retry(std::move(row));
}

void dispatcher::try_later(int destination, const job& what, const std::string& line_id, const base::error& why) {
    with_.metrics->lanes[static_cast<std::size_t>(destination)].failed.fetch_add(1, std::memory_order_relaxed);
    const auto now = with_.clock->now();
    port::retry row;
    if (what.again) row = *what.again;
    row.effect = what.id();
    row.destination = destination;
    row.position = what.from->position;
    row.stream = what.from->stream;
    ++row.attempts;
    const auto* exactly = why.what == code::over_budget ? port::said(why, port::again_in_ms) : nullptr;
    row.next_at = now + (exactly == nullptr ? with_.backoff->for_effect(row.attempts)
                                            : base::duration{std::atoll(exactly->c_str())});
    const bool few = why.what == code::peer_refused || port::said(why, port::may_have_happened) != nullptr;
    const int most = few ? std::min(attempts_max_when_refused, how_.attempts_max) : how_.attempts_max;
    const bool only_later = why.what == code::out_of_stock || why.what == code::over_budget;  // a matter of time
    row.dead = row.attempts >= most && !only_later;
    row.error_code = base::info(why.what).id;
    row.error_words = why.words;
    if (!row.first_failed_at) row.first_failed_at = now;
    with_.log->warning(row.dead ? "effect_dead" : "effect_failed", what.from->correlation,
                       {{"id", std::to_string(row.effect.value)},
                        {"destination", name_of(destination)},
                        {"effect", kind_of_effect(what.what())},
                        {"line", line_id},
                        {"attempts", std::to_string(row.attempts)},
                        {"code", row.error_code},
                        {"reason", row.error_words}});
    if (what.again) {
        record_retry(std::move(row));
        return;
    }
    work out;
    out.rides = std::make_unique<port::batch>();
    out.rides->retries.push_back(std::move(row));
    out.rides->cursors.push_back(lanes_of(destination).cursor_after(what));
    out.then = [this, destination, what](const result<answer>&) { finished(destination, what); };
    with_.to_writer->push(std::move(out));
}

// ------------------------------------------------------------------------------------------------ retries

void dispatcher::record_retry(port::retry row) {
    work out;
    const auto id = row.effect;
    out.rides = std::make_unique<port::batch>();
    out.rides->retries.push_back(std::move(row));
    out.then = [this, id](const result<answer>&) { release(id); };
    with_.to_writer->push(std::move(out));
}

void dispatcher::forget_retry(port::effect_id id) {
    work out;
    out.rides = std::make_unique<port::batch>();
    out.rides->retries_done.push_back(id);
    out.then = [this, id](const result<answer>&) { release(id); };
    with_.to_writer->push(std::move(out));
}

void dispatcher::release(port::effect_id id) {
    const std::scoped_lock held(mutex_);
    retrying_.erase(id);
}

bool dispatcher::claim(port::effect_id id) {
    const std::scoped_lock held(mutex_);
    return retrying_.insert(id).second;
}

std::size_t dispatcher::take_due_retries(instant now) {
    std::size_t busy = 0;
    {
        const std::scoped_lock held(mutex_);
        busy = retrying_.size();
    }
    if (busy >= retrying_max) return 0;
    const auto due = with_.journal->retries_due(now, busy + retries_at_once);
    if (!due) {
        with_.log->error("retries_unreadable", "", {{"reason", due.error().words}});
        return 0;
    }
    std::size_t taken = 0;
    for (const auto& one : *due) {
        if (one.destination < 0 || one.destination >= domain::destination_count) continue;
        if (one.destination != core && with_.connectors[static_cast<std::size_t>(one.destination)] == nullptr) continue;
        if (!claim(one.effect)) continue;
        take_retry(one.effect, now);
        ++taken;
    }
    return taken;
}

void dispatcher::take_retry(port::effect_id id, instant now) {
    // Read again now that it is claimed: what retries_due() said may be older than the end of the try before.
    const auto rows = with_.journal->retries(false, -1, id.value - 1, 1);
    if (!rows || rows->empty() || rows->front().effect != id || rows->front().next_at > now) {
        release(id);
        return;
    }
    const auto& one = rows->front();
    if (lanes_of(one.destination).paused()) {  // out of the way of those that can go on
        auto row = one;
        row.next_at = now + with_.backoff->for_destination(std::max(1, row.attempts));
        record_retry(std::move(row));
        return;
    }
    const auto entry = with_.journal->outbox_entry_of(one);
    if (!entry) {
        with_.log->error("retries_unreadable", "", {{"reason", entry.error().words}});
        release(one.effect);
        return;
    }
    const auto from = *entry ? read_back(**entry, *with_.log) : nullptr;
    if (!from || one.effect.index() >= from->effects.size()) {  // nothing to carry out: for staff to look at
        auto row = one;
        row.dead = true;
        row.error_code = base::info(code::journal_broken).id;
        row.error_words = "The effect cannot be read from the journal.";
        record_retry(std::move(row));
        return;
    }
    lanes_of(one.destination).add_retry({from, one.effect.index(), one.attempts + 1, one, 0});
}

// ------------------------------------------------------------------------------------------------ cursors

void dispatcher::add_cursors(port::batch& to) {
    for (auto& one : lanes_) one->add_cursors(to);
}

bool dispatcher::has_cursors(bool idle) const {
    return std::ranges::any_of(lanes_, [&](const auto& one) { return one->has_cursors(idle); });
}

bool dispatcher::has_connector(int destination) const {
    return destination == core || with_.connectors[static_cast<std::size_t>(destination)] != nullptr;
}

result<bool> dispatcher::at_rest(instant now) const {
    for (int d = 0; d < domain::destination_count; ++d)
        if (has_connector(d) && !lanes_of(d).at_rest()) return false;
    TRY(due, with_.journal->retries_due(now, retries_at_once));
    return std::ranges::none_of(
        due, [&](const auto& one) { return has_connector(one.destination) && !lanes_of(one.destination).paused(); });
}

result<std::optional<instant>> dispatcher::next_try(instant now, instant until) const {
    std::optional<instant> first;
    const auto take = [&](instant at) {
        if (at > now && at <= until && (!first || at < *first)) first = at;
    };
    for (const auto& one : lanes_)
        if (const auto at = one->resumes_at()) take(*at);
    TRY(due, with_.journal->retries_due(until, retries_at_once));
    for (const auto& one : due) take(one.next_at);
    return first;
}

void dispatcher::measure() {
    for (auto& one : lanes_) one->measure();
}

}  // namespace keepline::engine
