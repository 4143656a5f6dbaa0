// The whole engine among failing peers, killed again and again on one journal. A seed decides commands, failures and
// the commit at which each life ends; threads make the rest, so a seed is a family of runs rather than one run.
//
// Afterwards: every acknowledged command is in the journal, once; every effect in the journal took effect once at a
// peer that honours keys, and nothing else did; within a lane in order where nothing was moved aside; receipts are
// evidence; the journal verifies.
//
// Seen to fail (each with one line changed): answering before the commit; moving the cursor before the delivery
// (peer_down() popping the head); an outbound key over the sequence number of the delivery; start() reading from the
// journal's end; writing the cursor of an answer in an own batch before it (then killed between the two).
#include "engine/engine_world.hpp"
#include "engine/mortal_journal.hpp"

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <shared_mutex>

namespace keepline::engine::testing {
namespace {

using base::code;
using base::refuse;
using domain::destination;
using port::delivered;
using port::outbound;

constexpr int numbers = 24;

/// All peers of the world. They outlive every process; each remembers the keys that took effect.
class outside {
 public:
    outside(std::uint64_t seed, bool moves_aside) : random_(seed), moves_aside_(moves_aside) {}

    base::result<delivered> take(int to, const outbound& what, const life& mine) {
        const auto how = mine.dead ? fate::unreachable : draw();
        if (how == fate::unreachable) return refuse(code::peer_unreachable, "No route.");
        if (how == fate::garbled_before) return refuse(code::peer_garbled, "Strange words.");
        {
            const std::scoped_lock held(mutex_);
            if (mine.dead) return refuse(code::peer_unreachable, "No route.");
            if (seen_.insert(what.key).second) taken_.push_back({to, what.key});
            if (to == 0 && std::holds_alternative<domain::send_notice>(what.what)) ++receipts_[what.key];
        }
        if (how == fate::answer_lost) return refuse(code::peer_unreachable, "The line went dead.");
        if (how == fate::garbled_after) return refuse(code::peer_garbled, "Strange words.");
        if (how == fate::throws) throw std::runtime_error("a bug");
        delivered out;
        if (to == 0 && std::holds_alternative<domain::send_notice>(what.what)) {
            const auto& notice = std::get<domain::send_notice>(what.what);
            out.awaited_receipt = what.key;
            out.answer = domain::number_command(domain::notice_sent{notice.kind, notice.contact, notice.by, what.key});
        }
        if (const auto* action = std::get_if<domain::hlr_action>(&what.what))
            out.answer = domain::number_command(domain::hlr_answered{action->operation, action->imsi, "done"});
        return out;
    }
    void heal() {
        const std::scoped_lock held(mutex_);
        healthy_ = true;
    }
    std::optional<std::string> next_receipt() {
        const std::scoped_lock held(mutex_);
        if (receipts_.empty()) return std::nullopt;
        return std::next(receipts_.begin(), static_cast<std::ptrdiff_t>(random_() % receipts_.size()))->first;
    }
    void receipt_was_taken(const std::string& key) {
        const std::scoped_lock held(mutex_);
        if (--receipts_[key] == 0) receipts_.erase(key);
    }
    std::vector<std::pair<int, std::string>> taken() const {
        const std::scoped_lock held(mutex_);
        return taken_;
    }

 private:
    enum class fate { good, unreachable, answer_lost, garbled_before, garbled_after, throws };

    fate draw() {
        const std::scoped_lock held(mutex_);
        if (healthy_) return fate::good;
        const auto roll = random_() % 100;
        if (roll < 80) return fate::good;
        if (roll < 86) return fate::unreachable;
        if (roll < 92 || !moves_aside_) return fate::answer_lost;
        if (roll < 95) return fate::garbled_before;
        return roll < 98 ? fate::garbled_after : fate::throws;
    }

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    const bool moves_aside_;
    bool healthy_ = false;
    std::set<std::string> seen_;
    std::vector<std::pair<int, std::string>> taken_;  // in the order of their effect
    std::map<std::string, int> receipts_;             // still to be brought; one for each delivery
};

struct acknowledged {
    port::stream_key key;
    std::uint64_t version = 0;
    std::size_t events = 0;
    std::string reference;
};

class simulation {
 public:
    explicit simulation(std::uint64_t seed) : seed_(seed), moves_aside_(seed % 2 == 0), world_(seed, moves_aside_) {}

    void run() {
        std::mt19937_64 dice(seed_);
        std::thread time([this] {
            while (!over_) {
                clock_.advance(std::chrono::milliseconds{3});
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
        });
        std::thread receipts([this] { bring_receipts(); });
        std::vector<std::thread> clients;
        for (int c = 0; c < 3; ++c) clients.emplace_back([this, c] { act_as_client(c); });
        for (int n = 0; n < 5; ++n) {
            begin_life(static_cast<int>(20 + dice() % 150), dice() % 2 == 0);
            EXPECT_TRUE(eventually([&] { return mine_->dead.load(); }, std::chrono::seconds{60}));
            end_life();
        }
        world_.heal();
        begin_life(1'000'000'000, false);
        std::this_thread::sleep_for(std::chrono::milliseconds{30});
        clients_over_ = true;
        for (auto& one : clients) one.join();
        EXPECT_TRUE(eventually([&] { return all_settled(); }, std::chrono::seconds{60}));
        clock_.advance(base::days{60});  // applications expire, reminders are due
        EXPECT_TRUE(eventually([&] { return all_settled(); }, std::chrono::seconds{60}));
        EXPECT_TRUE(eventually([&] { return !world_.next_receipt(); }, std::chrono::seconds{60}));
        over_ = true;
        receipts.join();
        time.join();
        end_life();
        check();
    }

 private:
    /// Peers as one process has them.
    struct wire final : port::connector {
        outside* world = nullptr;
        life* mine = nullptr;
        int to = 0;
        base::result<delivered> deliver(const outbound& what) override { return world->take(to, what, *mine); }
    };
    struct process {
        life mine;
        mortal_journal journal;
        port::fake_random random;
        std::array<wire, domain::destination_count> wires;
        std::unique_ptr<engine> running;
        process(port::journal& of, std::uint64_t seed) : journal(of, mine), random(seed) {}
    };

    void begin_life(int commits, bool after_applying) {
        auto next = std::make_shared<process>(journal_, seed_ * 100 + ++lives_);
        next->mine.commits_left = commits;
        next->mine.dies_after_applying = after_applying;
        engine::parts with;
        with.journal = &next->journal;
        with.clock = &clock_;
        with.random = &next->random;
        with.log = &log_;
        with.rules = rules();
        for (int d = 0; d < domain::destination_count; ++d) {
            auto& one = next->wires[static_cast<std::size_t>(d)];
            one.world = &world_;
            one.mine = &next->mine;
            one.to = d;
            if (d != static_cast<int>(destination::core)) with.connectors[static_cast<std::size_t>(d)] = &one;
        }
        auto how = quick();
        how.backoff_first = std::chrono::milliseconds{10};
        how.backoff_max = std::chrono::seconds{1};
        how.attempts_max = 1'000;
        how.batch_max = 16;
        how.lane_memory = seed_ % 3 == 0 ? 8 : 1000;
        how.cached_streams = seed_ % 3 == 1 ? 5 : 1000;
        next->running = std::make_unique<engine>(std::move(with), how);
        EXPECT_TRUE(next->running->start());
        const std::scoped_lock held(mutex_);
        process_ = next;
        mine_ = &next->mine;
    }
    void end_life() {
        std::shared_ptr<process> last;
        {
            const std::scoped_lock held(mutex_);
            last = process_;
        }
        last->running->stop();
    }
    std::shared_ptr<process> current() {
        const std::scoped_lock held(mutex_);
        return process_;
    }

    submission draw(std::mt19937_64& dice, int client, int serial, std::string& reference) {
        const auto n = static_cast<int>(dice() % numbers);
        switch (dice() % 10) {
            case 0: return order(n);
            case 1: return sim_change(n);
            case 2: return lock(n, dice() % 2 == 0);
            case 3: return number_command(n, domain::number_command(domain::open_closure{}));
            case 4: return number_command(n, domain::number_command(domain::withdraw_closure{}));
            case 5: return number_command(n, domain::number_command(domain::declare_lost{{}, "call"}));
            case 6: return owner_command(n, dice);
            default:
                reference = "c" + std::to_string(client) + "-" + std::to_string(serial);
                return top_up(n, reference, 1);
        }
    }
    /// Contacts of the owner change, and their numbers are told (the `core` destination).
    static submission owner_command(int n, std::mt19937_64& dice) {
        const port::stream_key owner{port::stream_kind::subscriber, "sb-1"};
        domain::change_contacts change;
        change.contacts.push_back(
            {base::label::trusted("c" + std::to_string(dice() % 4)), domain::medium::mail, true, {}, {}, {}});
        domain::register_subscriber made;
        made.id = base::label::trusted("sb-1");
        switch (dice() % 3) {
            case 0: {
                auto out = command_for(owner, domain::subscriber_command(made));
                out.must_exist = false;
                return out;
            }
            case 1:
                return command_for(
                    owner, domain::subscriber_command(domain::attach_number{base::msisdn::trusted(number_text(n))}));
            default: return command_for(owner, domain::subscriber_command(change));
        }
    }

    void act_as_client(int client) {
        std::mt19937_64 dice(seed_ * 1000 + static_cast<std::uint64_t>(client));
        for (int serial = 0; !clients_over_; ++serial) {
            std::string reference;
            auto what = draw(dice, client, serial, reference);
            if (dice() % 2 == 0)
                what.once = idempotency{{static_cast<std::uint8_t>(client), static_cast<std::uint8_t>(serial),
                                         static_cast<std::uint8_t>(serial >> 8)},
                                        {1}};
            // An impatient client: sends the same again until it is answered by a process that lived to tell.
            for (int tries = 0; tries < 3 && !clients_over_; ++tries) {
                const auto to = current();
                if (!to) break;
                const auto key = what.to;
                bool alive = false;
                std::promise<result<answer>> done;
                to->running->submit(what, [&](result<answer> got) {
                    alive = !to->mine.dead;
                    done.set_value(std::move(got));
                });
                const auto got = done.get_future().get();
                if (!got || !alive) {
                    std::this_thread::sleep_for(std::chrono::milliseconds{1});
                    continue;
                }
                if (!got->events.empty()) {
                    const std::scoped_lock held(mutex_);
                    acknowledged_.push_back({key, got->view->version, got->events.size(), reference});
                }
                if (dice() % 4 != 0) break;  // otherwise once more, although it was answered
            }
        }
    }

    void bring_receipts() {
        while (!over_) {
            const auto to = current();
            const auto key = world_.next_receipt();
            if (!to || !key) {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
                continue;
            }
            const bool taken = to->running->take_receipt(*key, "DELIVRD") != port::receipt_taken::not_now;
            if (taken && !to->mine.dead)
                world_.receipt_was_taken(*key);
            else
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }

    /// By the journal's own word: nothing is due, nothing is to be retried, every lane is recorded up to the end.
    bool all_settled() {
        const auto last = journal_.last_position().value();
        if (!journal_.retries(false, -1, 0, 1).value().empty()) return false;
        if (!journal_.due(clock_.now(), 1).value().empty()) return false;
        const auto horizons = journal_.horizons().value();
        return horizons.size() == static_cast<std::size_t>(domain::destination_count) &&
               std::ranges::all_of(horizons, [&](const auto& one) { return one.position >= last; }) &&
               journal_.last_position().value() == last;
    }

    void check() {
        EXPECT_EQ(verify(journal_).value().first_mismatch, "");
        EXPECT_TRUE(journal_.retries(true, -1, 0, 1).value().empty());
        check_acknowledged();
        check_effects();
    }

    void check_acknowledged() {
        EXPECT_GT(acknowledged_.size(), 50);
        std::map<std::pair<std::int64_t, std::uint64_t>, const port::entry*> by_version;
        std::map<std::string, int> references;
        for (const auto& one : journal_.all_entries()) {
            by_version[{one.stream, one.version}] = &one;
            const auto at = one.events.find(R"("reference":")");
            if (at == std::string::npos) continue;
            const auto from = at + 13;
            ++references[one.events.substr(from, one.events.find('"', from) - from)];
        }
        for (const auto& one : acknowledged_) {
            const auto row = journal_.load(one.key).value();
            ASSERT_TRUE(row);
            const auto found = by_version.find({row->id, one.version});
            ASSERT_NE(found, by_version.end()) << "acknowledged and lost";
            EXPECT_EQ(decode_events(one.key.kind, found->second->events).value().size(), one.events);
            if (!one.reference.empty()) EXPECT_EQ(references[one.reference], 1) << one.reference;
        }
        for (const auto& [reference, times] : references) EXPECT_EQ(times, 1) << reference;
    }

    void check_effects() {
        std::map<std::string, std::pair<int, port::effect_id>> called_for;  // key -> destination, effect
        for (const auto& one : journal_.all_entries()) {
            const auto effects = decode_effects(one.effects).value();
            for (std::size_t i = 0; i < effects.size(); ++i) {
                const auto to = static_cast<int>(domain::destination_of(effects[i]));
                if (to == static_cast<int>(destination::core)) continue;
                const auto fresh =
                    called_for.emplace(outbound_key(one.hash, i), std::pair{to, port::effect_id::of(one.id(), i)});
                EXPECT_TRUE(fresh.second) << "two effects with one key";
            }
        }
        const auto taken = world_.taken();
        EXPECT_EQ(taken.size(), called_for.size()) << "each effect once, and no other";
        std::map<std::pair<int, int>, port::effect_id> last;  // of a lane
        for (const auto& [to, key] : taken) {
            const auto found = called_for.find(key);
            ASSERT_NE(found, called_for.end()) << "an effect that no durable entry called for";
            EXPECT_EQ(found->second.first, to);
            const auto id = found->second.second;
            auto& before = last[{to, id.partition()}];
            // An effect that brings the peer down while others pass is moved aside, too.
            if (!moves_aside_ && log_.count("effect_failed") == 0) EXPECT_LT(before, id) << "out of order in its lane";
            before = id;
            EXPECT_FALSE(journal_.stream_awaiting(key).value()) << "a receipt came and is still awaited";
        }
        ::testing::Test::RecordProperty("effects", static_cast<int>(taken.size()));
        ::testing::Test::RecordProperty("acknowledged", static_cast<int>(acknowledged_.size()));
    }

    const std::uint64_t seed_;
    const bool moves_aside_;  // some failures send effects to the retry table: then order is not promised
    port::fake_journal journal_;
    port::fake_clock clock_{*base::instant_from_iso("2026-03-02T08:00:00Z")};
    kept_log log_;
    outside world_;
    std::mutex mutex_;
    std::shared_ptr<process> process_;
    life* mine_ = nullptr;
    std::uint64_t lives_ = 0;
    std::vector<acknowledged> acknowledged_;
    std::atomic<bool> clients_over_{false};
    std::atomic<bool> over_{false};
};

/// KEEPLINE_SIM_SEEDS=n in the environment runs n seeds, KEEPLINE_SIM_FROM=s begins at s.
TEST(simulation, whatever_fails_nothing_acknowledged_is_lost_and_every_effect_happens_once) {
    const auto from_environment = [](const char* name, std::uint64_t otherwise) {
        const char* text = std::getenv(name);
        return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
    };
    const auto first = from_environment("KEEPLINE_SIM_FROM", 1);
    const auto count = from_environment("KEEPLINE_SIM_SEEDS", 6);
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        simulation(seed).run();
        if (HasFatalFailure() || HasNonfatalFailure()) break;
    }
}

}  // namespace
}  // namespace keepline::engine::testing
