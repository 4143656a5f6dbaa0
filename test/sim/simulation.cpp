#include "simulation.hpp"

#include "checks.hpp"
#include "engine/mortal_journal.hpp"

#include <deque>

namespace keepline::sim {

namespace {

using engine::testing::life;
using engine::testing::mortal_journal;

constexpr int lines_most = 3;

class silent_log final : public port::log {
 public:
    bool halted = false;
    void write(port::log_level, std::string_view event, std::string_view,
               std::initializer_list<port::log_field>) override {
        if (event == "writer_halted") halted = true;
    }
};

/// Peers as one process has them.
struct wire final : port::connector {
    outside* peers = nullptr;
    life* mine = nullptr;
    int to = 0;
    std::string* trace = nullptr;
    reached* into = nullptr;
    const port::fake_clock* clock = nullptr;
    std::map<std::string, base::instant>* announced = nullptr;
    base::result<port::delivered> deliver(const port::outbound& what) override {
        auto got = peers->take(to, what, mine->dead, *trace, into);
        if (got && !got->awaited_receipt.empty()) (*announced)[got->awaited_receipt] = clock->now();
        return got;
    }
};

struct process {
    process(port::journal& of, std::uint64_t seed) : journal(of, mine), random(seed) {}
    life mine;
    mortal_journal journal;
    port::fake_random random;
    silent_log log;
    std::array<wire, domain::destination_count> wires;
    bool saw_io_error = false;
    /// Receipts of which a peer has told this process that they will come.
    std::map<std::string, base::instant> announced;
    std::optional<std::int64_t> replaced_at;  // another one owns the journal since this position
    std::unique_ptr<engine::engine> running;
};

class simulation {
 public:
    simulation(std::uint64_t seed, reached* into) : seed_(seed), into_(into), on_(seed), peers_(seed) {
        dice d(seed + 99);
        lines_ = 1 + d.roll(lines_most);
        how_.backoff_first = std::chrono::milliseconds{10};
        how_.backoff_max = std::chrono::seconds{1};
        how_.attempts_max = 1'000;
        how_.endings_floor = 1'000'000;
        how_.threads_per_destination = {2, 2, 2, 2, 2, 1, 1, 1, 1};
        how_.batch_max = static_cast<std::size_t>(1 + d.roll(16));
        how_.lane_memory = d.one_in(3) ? 8 : 1'000;
        how_.cached_streams = d.one_in(3) ? 3 : 1'000;
        for (int i = 0; i < lines_; ++i) settle_in(i);
    }
    simulation(const simulation&) = delete;
    simulation& operator=(const simulation&) = delete;

    outcome run(const script& what) {
        try {
            begin_life();
            for (const auto& one : what) {
                trace_ += text_of(one) + "\n";
                on_.shuffle(one.dice);
                dice d(one.dice + 1);
                act(one.what, d);
                go_on(d.roll(14), d);
                look_after_processes();
                if (!broken_.empty()) break;
            }
            if (broken_.empty()) settle();
        } catch (const stands_still& why) {
            fail(why.what());
        }
        processes_.clear();
        look_at_entries();
        if (broken_.empty()) broken_ = check({journal_, peers_, requests_, rules_of_, receipts_taken_, into_});
        return {broken_, std::move(trace_)};
    }

 private:
    void fail(std::string why) {
        if (broken_.empty()) broken_ = std::move(why);
    }
    void count(const std::string& what) {
        if (into_ != nullptr) ++(*into_)[what];
    }

    // -- processes

    process& current() { return *processes_.back(); }
    /// While two run, not everybody knows yet which one is to be asked.
    process& one_of_them(bool the_old) { return the_old ? *processes_.front() : current(); }

    /// The loops go on, and now and then a message is answered before its delivery is written down.
    void go_on(int steps, dice& d) {
        for (; steps > 0; --steps) {
            on_.steps(1);
            if (const auto key = peers_.quick_receipt(); !key.empty() && d.one_in(3)) bring_receipt(key, d);
        }
    }

    void begin_life() {
        journal_.fail_reads(std::nullopt);
        auto next = std::make_unique<process>(journal_, seed_ * 100 + ++begun_);
        next->mine.commits_left = 1'000'000'000;
        engine::engine::parts with;
        with.journal = &next->journal;
        with.clock = &clock_;
        with.random = &next->random;
        with.log = &next->log;
        with.rules = rules_;
        with.on = &on_;
        for (int d = 0; d < domain::destination_count; ++d) {
            auto& one = next->wires[static_cast<std::size_t>(d)];
            one.peers = &peers_;
            one.mine = &next->mine;
            one.to = d;
            one.trace = &trace_;
            one.into = into_;
            one.clock = &clock_;
            one.announced = &next->announced;
            if (d != static_cast<int>(destination::core)) with.connectors[static_cast<std::size_t>(d)] = &one;
        }
        next->running = std::make_unique<engine::engine>(std::move(with), how_);
        if (!next->running->start()) fail("the server does not start");
        for (auto& old : processes_) old->replaced_at = journal_.last_position().value();
        processes_.push_back(std::move(next));
    }
    void end(std::unique_ptr<process>& which) {
        which->running->stop();
        which.reset();
        std::erase(processes_, nullptr);
    }
    void look_after_processes() {
        look_at_entries();
        while (processes_.size() > 1 &&
               (processes_.front()->log.halted || processes_.front()->mine.dead || old_left_-- <= 0))
            end(processes_.front());
        if (!current().mine.dead && !current().log.halted) return;
        count(current().mine.dead ? "fault crash came" : "fault halted");
        end(processes_.back());
        begin_life();
    }

    // -- time

    void look_at_entries() {
        while (rules_of_.size() < journal_.all_entries().size()) {
            const auto& e = journal_.all_entries()[rules_of_.size()];
            trace_ += "entry " + std::to_string(e.position) + " " + base::hex(e.hash) + "\n";
            rules_of_.push_back(rules_);
        }
    }
    void set_clock(base::instant to) {
        if (to > clock_.now()) clock_.set(to);
    }

    // -- people

    void settle_in(int i) {
        auto& w = worlds_[static_cast<std::size_t>(i)];
        w.number = base::msisdn::trusted("+861380013800" + std::to_string(i));
        w.owner = {domain::role::subscriber, lives::named("sb-" + std::to_string(i + 1))};
        w.rules = rules_;
        w.admits = comes_from_outside;
        walkers_.emplace_back(w);
    }
    /// What other streams say comes from them, and from nobody else.
    static bool comes_from_outside(const domain::number_command& what) {
        return !std::holds_alternative<domain::take_contacts>(what) &&
               !std::holds_alternative<domain::take_moved>(what) && !std::holds_alternative<domain::take_back>(what) &&
               !std::holds_alternative<domain::hear_claim>(what) && !std::holds_alternative<domain::take_esim>(what) &&
               !std::holds_alternative<domain::hear_esim>(what) && !std::holds_alternative<domain::hear_contest>(what);
    }
    static std::vector<domain::new_profile> brought_by(const domain::number_command& what) {
        if (const auto* c = std::get_if<domain::add_profile>(&what)) return {c->added};
        if (const auto* c = std::get_if<domain::order_line>(&what)) return c->profiles;
        if (const auto* c = std::get_if<domain::import_line>(&what)) return c->order.profiles;
        return {};
    }
    /// Each line comes with profiles of its own; by other commands others may want them.
    static void own_profiles(std::vector<domain::new_profile>& of, int i) {
        for (std::size_t n = 0; n < of.size(); ++n) {
            const int own = 1 + static_cast<int>(n) + 2 * i;
            of[n].iccid = lives::iccid_of(own);
            of[n].imsi = lives::imsi_of(own);
        }
        if (of.size() > 2) of.resize(2);
    }

    std::string next_id() { return "w-" + std::to_string(++asked_); }

    engine::submission submission_for(const port::stream_key& to, engine::any_command what, const domain::actor& by,
                                      domain::channel through) {
        engine::submission out;
        out.to = to;
        out.what = std::move(what);
        out.by = by;
        out.through = through;
        out.correlation = next_id();
        out.must_exist = false;
        return out;
    }

    void live(int i, dice& d) {
        auto& w = worlds_[static_cast<std::size_t>(i)];
        const port::stream_key key{port::stream_kind::number, w.number.text()};
        if (const auto known = current().running->read(key)) {
            w.s = (*known)->number();
        } else if (known.error().what == base::code::not_found) {
            w.s = {};
            w.s.number = w.number;
        }
        w.now = clock_.now();
        w.rules = rules_;
        const auto revision = static_cast<std::uint64_t>(w.s.revision);
        const auto before = w.record.size();
        walkers_[static_cast<std::size_t>(i)].walk(static_cast<std::uint32_t>(d.next()));
        if (w.rules != rules_) use_rules(w.rules);  // somebody loads next year's days
        for (auto at = before; at < w.record.size(); ++at) {
            const auto& step = w.record[at];
            set_clock(step.at);
            auto command = step.what;
            if (auto* c = std::get_if<domain::order_line>(&command)) own_profiles(c->profiles, i);
            if (auto* c = std::get_if<domain::import_line>(&command)) own_profiles(c->order.profiles, i);
            const auto brought = brought_by(command);
            auto one = submission_for(key, std::move(command), step.by, step.through);
            if (d.one_in(2)) one.once = engine::idempotency{key_of(one.correlation), {1}};
            if (at == before && d.one_in(6)) one.expected_revision = revision;
            if (d.one_in(4)) on_.steps(d.roll(4));
            reserve(w, brought, std::move(one));
        }
        set_clock(w.now);
    }

    // -- a case that is to come to its end

    /// Sends it and waits for the answer for a while. True: it was accepted.
    bool ask(const port::stream_key& key, domain::number_command what, const domain::actor& by,
             domain::channel through = domain::channel::web) {
        auto one = submission_for(key, std::move(what), by, through);
        const auto id = one.correlation;
        accepted_.erase(id);
        send(std::move(one));
        for (int i = 0; i < 60 && !accepted_.contains(id); ++i) on_.step();
        const auto found = accepted_.find(id);
        return found != accepted_.end() && found->second;
    }
    /// The line, if it can be read.
    std::optional<domain::number_state> state_of(const port::stream_key& key) {
        const auto known = current().running->read(key);
        if (!known) return std::nullopt;
        return (*known)->number();
    }
    void lawful(int i, dice& d) {
        auto& w = worlds_[static_cast<std::size_t>(i)];
        const port::stream_key key{port::stream_kind::number, w.number.text()};
        const auto known = state_of(key);
        if (!known || !known->subscription) return order_line(i, d);
        const auto& s = *known;
        const auto mine = [&](domain::number_command what) { return ask(key, std::move(what), w.owner); };
        if (s.subscription->status == domain::line_status::ended) return after_the_end(i, s, d);
        if (d.one_in(12)) return want_anothers(i, d);
        if (s.asked.next_expiry() && d.one_in(2))
            return (void)ask(key, domain::countersign{s.asked.made}, decider(d), domain::channel::staff);
        if (!s.subscription->legal_hold.empty() && d.one_in(3))
            return (void)ask(key, domain::set_legal_hold{}, decider(d), domain::channel::staff);
        if (!s.has_open_closure()) {
            if (d.one_in(4)) (void)mine(domain::declare_lost{{}, "call"});
            return (void)mine(domain::open_closure{});
        }
        switch (domain::at(*s.current)) {
            case domain::stage::opened: return apply(key, w, d);
            case domain::stage::in_review:
                if (d.one_in(5))
                    return (void)ask(key, domain::charge_line{lives::yuan(100), "usage", next_id()}, lives::machine);
                return (void)ask(key, domain::approve_closure{"fine"}, decider(d), domain::channel::staff);
            case domain::stage::approved: {
                if (d.one_in(6)) return (void)mine(domain::repudiate_closure{"mail-1"});
                if (d.one_in(5)) return (void)ask(key, domain::set_legal_hold{"order-1"}, lives::machine);
                if (d.one_in(5))
                    return (void)ask(key, domain::charge_line{lives::yuan(100), "usage", next_id()}, lives::machine);
                const auto& sent = *s.of_case<domain::submission>();
                set_clock(d.one_in(3) ? sent.earliest_end : std::max(sent.cooling_off_until, sent.earliest_end));
                return on_.steps(80);
            }
            case domain::stage::unbinding: return unbind(key, s, d);
            case domain::stage::settling: return on_.steps(150);
            case domain::stage::fraud_hold:
                if (d.one_in(3))
                    return (void)ask(key, domain::confirm_fraud{"it was not them"}, decider(d), domain::channel::staff);
                return (void)ask(key, domain::clear_fraud{"it was them"}, decider(d), domain::channel::staff);
            default: return;
        }
    }
    domain::actor decider(dice& d) {
        const domain::actor all[] = {lives::reviewer,
                                     lives::reviewer,
                                     lives::second_reviewer,
                                     lives::third_reviewer,
                                     {domain::role::reviewer, lives::clerk.id}};  // the clerk's other token
        return all[d.roll(5)];
    }
    void order_line(int i, dice& d) {
        auto& w = worlds_[static_cast<std::size_t>(i)];
        w.now = clock_.now();
        auto what = w.imported();
        what.order.profiles = {
            {lives::iccid_of(1), lives::imsi_of(1), lives::eid_of(1 + i), domain::profile_state::enabled}};
        if (d.one_in(3)) what.debt = lives::yuan(300);
        own_profiles(what.order.profiles, i);
        const auto brought = what.order.profiles;
        reserve(w, brought,
                submission_for({port::stream_kind::number, w.number.text()}, domain::number_command(what),
                               lives::machine, domain::channel::bulk));
        on_.steps(60);
        send_ready();
        on_.steps(60);
    }
    /// A profile that another line has is to come to this one, too.
    void want_anothers(int i, dice& d) {
        auto& w = worlds_[static_cast<std::size_t>(i)];
        w.s = state_of({port::stream_kind::number, w.number.text()}).value_or(w.s);
        const int other = 1 + 2 * d.roll(lines_);
        const domain::add_profile what{
            {lives::iccid_of(other), lives::imsi_of(other), {}, domain::profile_state::released}};
        reserve(w, {what.added},
                submission_for({port::stream_kind::number, w.number.text()}, domain::number_command(what),
                               lives::machine, domain::channel::bulk));
        on_.steps(60);
        send_ready();
        on_.steps(60);
    }
    void apply(const port::stream_key& key, const lives::world& w, dice& d) {
        const auto mine = [&](domain::number_command what) { return ask(key, std::move(what), w.owner); };
        if (d.one_in(4)) {  // somebody changes what closing costs while a quote runs
            use_rules(rules_now(1 + d.roll(2)));
            (void)mine(domain::ask_quote{});
        }
        auto s = state_of(key);
        if (!s || !s->has_open_closure() || !s->current->offer) return;
        if (d.one_in(6)) set_clock(s->current->offer->expires_at);
        domain::accept_quote accepted{s->current->offer->number, {}};
        for (const auto& one : s->subscription->products) accepted.detach.push_back(one.id);
        if (!mine(accepted) && d.one_in(2)) (void)mine(domain::ask_quote{});
        (void)mine(domain::decline_backup{});
        if (s->subscription->locked_since || d.one_in(3)) {
            for (const auto kind : {domain::evidence_kind::id_document, domain::evidence_kind::staff_sighting})
                (void)ask(key,
                          domain::record_evidence{kind, true, "counter 12",
                                                  kind == domain::evidence_kind::id_document ? "digest" : ""},
                          lives::clerk, domain::channel::counter);
            (void)ask(key, domain::submit_closure{}, w.owner, domain::channel::counter);
            return;
        }
        const auto code = "digest-" + std::to_string(clock_.now().ms);
        if (!d.one_in(5) && mine(domain::request_otp{lives::named("line"), "nonce", code}))
            (void)mine(domain::present_otp{code});
        (void)mine(domain::submit_closure{});
    }
    void unbind(const port::stream_key& key, const domain::number_state& s, dice& d) {
        if (d.one_in(8)) return (void)ask(key, domain::set_legal_hold{"order-2"}, lives::machine);
        for (const auto& one : s.profiles) {
            if (domain::is_unbound(one)) continue;
            if (d.one_in(4)) {
                const auto by = decider(d);
                (void)ask(key, domain::write_off_profile{one.iccid, "given away"}, by, domain::channel::staff);
                const auto now = state_of(key);
                if (now && now->asked.made != s.asked.made)
                    (void)ask(key, domain::countersign{now->asked.made}, d.one_in(2) ? by : decider(d),
                              domain::channel::staff);
                return;
            }
            (void)ask(key,
                      domain::report_profile{one.iccid,
                                             domain::profile_state::deleted,
                                             one.eid,
                                             {},
                                             {domain::proof_kind::signed_notification, "abcd", {}}},
                      lives::machine);
        }
        on_.steps(40);
    }
    void after_the_end(int i, const domain::number_state& s, dice& d) {
        if (!s.held || d.one_in(3)) return order_line(i, d);
        set_clock(d.one_in(2) ? s.held->announce_at : d.one_in(2) ? s.held->quarantine_until : s.held->last());
        on_.steps(80);
    }
    void send_ready() {
        while (!ready_.empty()) {
            auto one = std::move(ready_.front());
            ready_.pop_front();
            send(std::move(one));
        }
    }

    static base::byte_array<16> key_of(const std::string& id) {
        base::byte_array<16> out{};
        for (std::size_t i = 0; i < id.size() && i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(id[i]);
        return out;
    }

    // -- identifiers: as the doors do it (desk/identifiers.cpp)

    struct reserving {
        engine::submission what;
        int generation = 0;
        base::instant until;
        int left = 0;
        bool fine = true;
    };
    void reserve(const lives::world& w, const std::vector<domain::new_profile>& brought, engine::submission what) {
        if (brought.empty()) {
            send(std::move(what));
            return;
        }
        const domain::line_holder here{w.number, w.generation_to_be()};
        const auto waiting = std::make_shared<reserving>();
        waiting->what = std::move(what);
        waiting->generation = here.generation;
        waiting->until = clock_.now() + domain::claim_usable_for;
        waiting->left = static_cast<int>(2 * brought.size());
        const auto claim = [&](const std::string& identifier, const std::string& holder) {
            auto one = submission_for({port::stream_kind::claim, identifier},
                                      domain::claim_command(domain::reserve_claim{identifier, holder, waiting->until}),
                                      lives::machine, domain::channel::staff);
            auto* from = &current();
            from->running->submit(std::move(one), [this, from, waiting, holder](base::result<engine::answer> got) {
                waiting->fine = waiting->fine && got && got->view->claim().holder == holder;
                if (--waiting->left > 0 || from->mine.dead) return;
                if (waiting->fine) waiting->what.reserved = domain::reservation{waiting->generation, waiting->until};
                ready_.push_back(std::move(waiting->what));
            });
        };
        for (const auto& one : brought) {
            claim(domain::claim_on(one.iccid), here.text());
            claim(domain::claim_on(one.imsi), domain::profile_holder{one.iccid, here}.text());
        }
    }

    // -- requests

    void send(engine::submission what) {
        const auto id = what.correlation;
        clock_.advance(base::duration{1});  // nobody says two things at once
        sent_.emplace(id, clock_.now());
        if (!requests_.contains(id)) {
            const bool of_number = what.to.kind == port::stream_kind::number;
            if (of_number) requests_[id] = {what, {}, 0, {}};
            if (of_number && what.once) keyed_.push_back(id);
        }
        auto* to = &one_of_them(asked_ % 3 == 0);
        const auto name = name_of(what.what);
        to->running->submit(std::move(what), [this, to, id, name](base::result<engine::answer> got) {
            if (to->mine.dead) return;
            accepted_[id] = got.has_value();
            const auto said = got ? "ok" : std::string(base::info(got.error().what).id);
            trace_ +=
                "answer " + id + " " + name + " " + said + (got ? " " + std::to_string(got->view->version) : "") + "\n";
            count("command " + name);
            count("answer " + said);
            count("command " + name + ": " + said);
            if (to->replaced_at) count("answer of one that was replaced: " + said);
            if (got && was_written_by_nobody(*to, *got)) fail("a server wrote what another one owns: " + id);
            answered(id, got);
        });
    }
    /// It acknowledges what it wrote after another had taken the journal.
    bool was_written_by_nobody(const process& by, const engine::answer& got) {
        if (!by.replaced_at || got.replayed || got.events.empty()) return false;
        return std::ranges::any_of(journal_.all_entries(), [&](const port::entry& one) {
            return one.position > *by.replaced_at && one.version == got.view->version &&
                   journal_.all_streams().at(one.stream).key == got.view->key;
        });
    }
    static std::string name_of(const engine::any_command& what) {
        return std::visit(
            [](const auto& of_kind) { return std::visit([](const auto& c) { return std::string(c.name); }, of_kind); },
            what);
    }
    void answered(const std::string& id, const base::result<engine::answer>& got) {
        const auto found = requests_.find(id);
        if (found == requests_.end() || !got) return;
        auto& one = found->second;
        const auto* command = std::get_if<domain::number_command>(&one.what.what);
        const bool repudiates = command != nullptr && std::holds_alternative<domain::repudiate_closure>(*command);
        if (repudiates && !got->replayed && got->events.empty() &&
            got->view->number().of_case<domain::stages::fraud_hold>() == nullptr)
            fail("R2: the owner said that it was not them, was answered, and nothing was stopped: " + id);
        if (got->events.empty()) return;
        if (one.version && *one.version != got->view->version && is_remembered(one))
            fail("a repeat was answered otherwise: " + id);
        one.version = got->view->version;
        one.events = got->events.size();
        one.answered_at = clock_.now();
    }
    bool is_remembered(const request& one) const {
        return clock_.now() >= one.answered_at && clock_.now() - one.answered_at < keys_hold_for;
    }
    /// An impatient client: sends the same again, whether or not it was answered.
    void ask_again(dice& d) {
        if (keyed_.empty()) return;
        const auto& one = requests_[keyed_[keyed_.size() - 1 -
                                           static_cast<std::size_t>(
                                               d.roll(static_cast<int>(std::min<std::size_t>(8, keyed_.size()))))]];
        if (one.version && !is_remembered(one)) return;
        if (!one.version && clock_.now() - sent_.at(one.what.correlation) >= keys_hold_for) return;
        send(one.what);
    }
    void ask_otherwise(dice& d) {
        if (keyed_.empty()) return;
        const auto& one = requests_[keyed_[static_cast<std::size_t>(d.roll(static_cast<int>(keyed_.size())))]];
        if (!one.version || !is_remembered(one)) return;
        auto other = one.what;
        other.once->fingerprint = {2};
        other.expected_revision.reset();
        other.correlation = next_id();
        auto* to = &current();
        to->running->submit(std::move(other), [this, to, id = one.what.correlation](base::result<engine::answer> got) {
            if (!to->mine.dead && got && is_remembered(requests_[id]))
                fail("another request was answered under the key of " + id);
        });
    }

    void change_person(dice& d) {
        const int i = d.roll(lines_);
        const auto& w = worlds_[static_cast<std::size_t>(i)];
        const port::stream_key key{port::stream_kind::subscriber, w.owner.id.text()};
        domain::subscriber_command what;
        switch (d.roll(3)) {
            case 0:
                what = domain::register_subscriber{w.owner.id, "en", {contact("mail-1")}, "account-1", w.number};
                break;
            case 1: what = domain::attach_number{w.number}; break;
            default: {
                domain::change_contacts change;
                for (int n = 1 + d.roll(2); n > 0; --n) {
                    const auto id = "mail-" + std::to_string(n);
                    change.contacts.push_back(contact(id));
                }
                what = change;
            }
        }
        send(submission_for(key, std::move(what), d.one_in(3) ? lives::clerk : w.owner, domain::channel::web));
    }
    static domain::contact_ref contact(const std::string& id) {
        return {lives::named(id), domain::medium::mail, true, {}, {}, {}, {}};
    }

    void bring_receipt(dice& d) {
        if (const auto key = peers_.next_receipt(d); !key.empty()) bring_receipt(key, d);
    }
    void bring_receipt(const std::string& key, dice& d) {
        if (!peers_.has_receipt(key)) return;
        auto& to = one_of_them(d.one_in(3));
        const bool announced = is_announced(to, key);
        const bool readable = journal_.last_position().has_value();
        const bool awaited = readable && is_awaited(key);
        brought_.insert(key);
        const auto taken = to.running->take_receipt(key, "DELIVRD");
        trace_ += "receipt " + key + " " + std::to_string(static_cast<int>(taken)) + "\n";
        count("receipt " + std::to_string(static_cast<int>(taken)));
        if (to.mine.dead) return;
        if (taken == port::receipt_taken::not_now) {
            if (readable && is_well(to)) fail("a receipt has to come again, and nothing is wrong: " + key);
            return;
        }
        if (taken == port::receipt_taken::nobody_waits && awaited)
            fail("a receipt was acknowledged as nobody's, and somebody waits: " + key);
        if (taken == port::receipt_taken::nobody_waits && announced)
            fail("a receipt was acknowledged as nobody's by who knows its message: " + key);
        if (taken == port::receipt_taken::recorded) receipts_taken_.insert(key);
        peers_.receipt_was_taken(key);
    }
    /// This process was told by the peer that the receipt will come, and none has come before (one that is early is
    /// kept for a while). Where the journal could not be read, the message is sent again and waits for another one.
    bool is_announced(const process& to, const std::string& key) const {
        const auto found = to.announced.find(key);
        return found != to.announced.end() && !to.saw_io_error && !to.log.halted && !brought_.contains(key) &&
               clock_.now() - found->second < base::days{6};
    }
    bool is_awaited(const std::string& key) { return journal_.stream_awaiting(key).value().has_value(); }
    bool is_well(const process& one) const {
        const bool quiet = one.mine.commits_left > 1'000'000 && !one.log.halted && !one.saw_io_error;
        return quiet && processes_.size() == 1 && disk_left_ == 0;
    }

    void use_rules(lives::rules_ptr next) {
        look_at_entries();  // what is there was decided by those before
        rules_ = std::move(next);
        for (auto& w : worlds_) w.rules = rules_;
        for (auto& one : processes_) one->running->use_rules(rules_);
    }

    // -- what happens

    void act(deed what, dice& d) {
        count("action " + std::string(boost::describe::enum_to_string(what, "")));
        send_ready();
        if (disk_left_ > 0 && --disk_left_ == 0) journal_.disk_is(port::fake_journal::disk::has_room);
        switch (what) {
            case deed::live:
                if (d.one_in(2)) bring_receipt(d);
                return live(d.roll(lines_), d);
            case deed::lawful:
                if (d.one_in(2)) bring_receipt(d);
                return lawful(d.roll(lines_), d);
            case deed::person: return change_person(d);
            case deed::again: return ask_again(d);
            case deed::other_request: return ask_otherwise(d);
            case deed::receipt: return bring_receipt(d);
            case deed::work: return on_.steps(40 + d.roll(80));
            case deed::crash: {
                current().mine.commits_left = 1 + d.roll(4);
                current().mine.dies_after_applying = d.one_in(2);
                return;
            }
            case deed::crash_now: current().mine.dead = true; return;
            case deed::restart: {
                end(processes_.back());
                return begin_life();
            }
            case deed::takeover: {
                if (processes_.size() > 1) return;
                old_left_ = 3;
                return begin_life();
            }
            case deed::disk: {
                using disk = port::fake_journal::disk;
                disk_left_ = 1 + d.roll(4);
                return journal_.disk_is(d.one_in(2) ? disk::full : disk::only_the_reserve);
            }
            case deed::conflict: return journal_.conflict_next(1 + d.roll(3));
            case deed::lost_answer: return journal_.lose_next_answer(d.one_in(2));
            case deed::io_error: return lose_the_disk(d);
            case deed::clock: return change_clock(d);
            case deed::peers: {
                const outside::mood moods[] = {outside::mood::well, outside::mood::flaky, outside::mood::flaky,
                                               outside::mood::away};
                peers_.is = moods[d.roll(4)];
                return;
            }
            case deed::rules: return use_rules(rules_now(d.roll(4)));
        }
    }
    /// For a while nothing can be read; a receipt that comes meanwhile is nobody's only if it was so before.
    void lose_the_disk(dice& d) {
        for (auto& one : processes_) one->saw_io_error = true;
        const auto key = peers_.next_receipt(d);
        const bool awaited = !key.empty() && is_awaited(key);
        journal_.fail_reads(base::error{base::code::unavailable, "The disk is away."});
        on_.steps(d.roll(40));
        if (awaited) {
            auto& to = current();
            brought_.insert(key);
            const auto taken = to.running->take_receipt(key, "DELIVRD");
            if (!to.mine.dead && taken != port::receipt_taken::not_now)
                fail("a receipt was acknowledged though nothing could be read: " + key);
        }
        journal_.fail_reads(std::nullopt);
    }
    void change_clock(dice& d) {
        switch (d.roll(6)) {
            case 0: return clock_.advance(base::duration{d.roll(3'000)});
            case 1: return clock_.doubt(!clock_.doubtful());
            case 2: return clock_.advance(base::days{d.roll(40)});
            case 3: return clock_.advance(base::days{d.roll(120)});
            default: return clock_.advance(base::hours{d.roll(60)});
        }
    }

    // -- the end: everything is well again, and all that waits is done

    void settle() {
        clock_.doubt(false);
        journal_.disk_is(port::fake_journal::disk::has_room);
        peers_.is = outside::mood::well;
        while (processes_.size() > 1) end(processes_.front());
        current().mine.commits_left = 1'000'000'000;
        on_.steps(60);
        look_after_processes();
        if (!come_to_rest()) return;
        clock_.advance(base::days{dice(seed_).one_in(2) ? 60 : 400});
        come_to_rest();
    }
    bool come_to_rest() {
        dice d(seed_ + 5);
        for (int round = 0; round < 400 && broken_.empty(); ++round) {
            on_.steps(60);
            look_after_processes();
            send_ready();
            clock_.advance(std::chrono::milliseconds{500});
            for (int i = 0; i < 4; ++i) bring_receipt(d);
            if (is_settled()) return true;
        }
        fail("it does not come to rest: " + unsettled_);
        return false;
    }
    /// By the journal's own word: nothing is due, nothing is to be retried, every lane is recorded up to the end.
    bool is_settled() {
        const auto last = journal_.last_position().value();
        unsettled_ = "receipts";
        if (!peers_.next_receipt(rest_).empty()) return false;
        for (const auto& one : journal_.retries(false, -1, 0, 1'000).value()) {
            unsettled_ = "an effect waits: " + one.error_code;
            const bool only_later = one.error_code == "out-of-stock" || one.error_code == "over-budget";
            if (!only_later) return false;
        }
        unsettled_ = "something is due";
        if (!journal_.due(clock_.now(), 1).value().empty()) return false;
        unsettled_ = "the lanes are not recorded";
        if (last == 0) return true;
        const auto horizons = journal_.horizons().value();
        return horizons.size() == static_cast<std::size_t>(domain::destination_count) &&
               std::ranges::all_of(horizons, [&](const auto& one) { return one.position >= last; });
    }

    const std::uint64_t seed_;
    reached* into_;
    one_thread on_;
    outside peers_;
    port::fake_journal journal_;
    port::fake_clock clock_{*base::instant_from_iso("2026-03-02T02:00:00Z")};
    engine::settings how_;
    lives::rules_ptr rules_ = usual_rules();
    std::vector<std::unique_ptr<process>> processes_;  // the last one is the one that is asked
    std::uint64_t begun_ = 0;
    int old_left_ = 0;
    int disk_left_ = 0;
    int lines_ = 1;
    std::array<lives::world, lines_most> worlds_;
    std::deque<lives::walker> walkers_;
    std::deque<engine::submission> ready_;  // their identifiers are reserved, or are not to be had
    std::map<std::string, request> requests_;
    std::map<std::string, base::instant> sent_;
    std::map<std::string, bool> accepted_;
    std::vector<std::string> keyed_;
    std::set<std::string> receipts_taken_;
    std::set<std::string> brought_;  // receipts, whatever was said to it
    std::vector<lives::rules_ptr> rules_of_;
    int asked_ = 0;
    dice rest_{1};
    std::string unsettled_;
    std::string broken_;
    std::string trace_;
};

}  // namespace

outcome run(std::uint64_t seed, const script& what, reached* into) { return simulation(seed, into).run(what); }

}  // namespace keepline::sim
