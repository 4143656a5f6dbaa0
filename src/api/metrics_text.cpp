#include "api/metrics_text.hpp"

#include "api/routes.hpp"
#include "desk/esim_service.hpp"
#include "domain/calendar_reach.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <map>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace keepline::api {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

MetricFamily family(std::string name, std::string help, MetricType type) {
    MetricFamily out;
    out.name = std::move(name);
    out.help = std::move(help);
    out.type = type;
    return out;
}

void add(MetricFamily& to, double value, labels with = {}) {
    ClientMetric one;
    one.label = std::move(with);
    if (to.type == MetricType::Counter)
        one.counter.value = value;
    else
        one.gauge.value = value;
    to.metric.push_back(std::move(one));
}

template <std::size_t N>
void add(MetricFamily& to, const port::histogram<N>& from, labels with = {}) {
    ClientMetric one;
    one.label = std::move(with);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= N; ++i) {
        below += from.count(i);
        ClientMetric::Bucket bucket;
        bucket.cumulative_count = below;
        bucket.upper_bound = i < N ? from.bounds()[i] : std::numeric_limits<double>::infinity();
        one.histogram.bucket.push_back(bucket);
    }
    one.histogram.sample_count = below;
    one.histogram.sample_sum = from.sum();
    to.metric.push_back(std::move(one));
}

std::string name_of(int destination) {
    return boost::describe::enum_to_string(static_cast<domain::destination>(destination), "unknown");
}

double as_double(auto value) { return static_cast<double>(value); }

void add_engine(std::vector<MetricFamily>& out, const port::engine_metrics& m) {
    auto commands = family("keepline_commands_total", "Commands by what became of them.", MetricType::Counter);
    add(commands, as_double(m.commands_accepted.load()), {{"outcome", "accepted"}});
    add(commands, as_double(m.commands_refused.load()), {{"outcome", "refused"}});
    add(commands, as_double(m.commands_faulty.load()), {{"outcome", "faulty"}});
    add(commands, as_double(m.commands_replayed.load()), {{"outcome", "replayed"}});
    out.push_back(std::move(commands));
    auto commits = family("keepline_commits_total", "Durable commits.", MetricType::Counter);
    add(commits, as_double(m.commits.load()));
    out.push_back(std::move(commits));
    auto mismatches = family("keepline_hlr_mismatches_total", "Answers by which the HLR contradicts the journal.",
                             MetricType::Counter);
    add(mismatches, as_double(m.hlr_mismatches.load()));
    auto unclaimed =
        family("keepline_unclaimed_payments_total", "Payments that came in for no line.", MetricType::Counter);
    add(unclaimed, as_double(m.unclaimed_payments.load()));
    auto contradicted = family("keepline_refunds_contradicted_total",
                               "Words about a refund that contradict what the bank said before.", MetricType::Counter);
    add(contradicted, as_double(m.refunds_contradicted.load()));
    out.push_back(std::move(mismatches));
    out.push_back(std::move(unclaimed));
    out.push_back(std::move(contradicted));
    const auto gauge = [&](const char* name, const char* help, std::int64_t value) {
        auto one = family(name, help, MetricType::Gauge);
        add(one, as_double(value));
        out.push_back(std::move(one));
    };
    gauge("keepline_endings_today", "What timers have ended today (UTC).", m.endings_today.load());
    gauge("keepline_endings_bound", "What timers may end today: the forecast, and some.", m.endings_bound.load());
    gauge("keepline_endings_held", "1: the bound is reached, the rest waits for `keepline endings accept`.",
          m.endings_held.load());
    auto queue = family("keepline_queue_length", "Commands waiting for the writer.", MetricType::Gauge);
    add(queue, as_double(m.queue_length.load()));
    out.push_back(std::move(queue));
    auto free = family("keepline_store_free_bytes", "Free space on the journal's disk.", MetricType::Gauge);
    add(free, as_double(m.store_free_bytes.load()));
    out.push_back(std::move(free));
    auto reserve =
        family("keepline_store_reserve_bytes",
               "Space kept back there for what must be written when it is full; 0: in use.", MetricType::Gauge);
    add(reserve, as_double(m.store_reserve_bytes.load()));
    out.push_back(std::move(reserve));
    auto room = family("keepline_store_has_room", "0: the disk is full and commands are refused.", MetricType::Gauge);
    add(room, as_double(m.store_has_room.load()));
    out.push_back(std::move(room));
    auto seconds = family("keepline_commit_seconds", "Time of one commit.", MetricType::Histogram);
    add(seconds, m.commit_seconds);
    out.push_back(std::move(seconds));
    auto sizes = family("keepline_batch_size", "Transitions per commit.", MetricType::Histogram);
    add(sizes, m.batch_size);
    out.push_back(std::move(sizes));
}

void add_outbox(std::vector<MetricFamily>& out, const port::engine_metrics& m, instant now) {
    auto depth = family("keepline_outbox_depth", "Effects committed and not settled.", MetricType::Gauge);
    auto age = family("keepline_outbox_age_seconds", "Age of the oldest effect not settled.", MetricType::Gauge);
    auto done = family("keepline_effects_total", "Deliveries by what became of them.", MetricType::Counter);
    for (int i = 0; i < domain::destination_count; ++i) {
        const auto& lane = m.lanes[static_cast<std::size_t>(i)];
        const labels to{{"destination", name_of(i)}};
        add(depth, as_double(lane.waiting.load()), to);
        const auto oldest = lane.oldest_waiting_ms.load();
        add(age, oldest == 0 ? 0 : as_double(std::max<std::int64_t>(0, now.ms - oldest)) / 1000, to);
        add(done, as_double(lane.delivered.load()), {to[0], {"outcome", "delivered"}});
        add(done, as_double(lane.failed.load()), {to[0], {"outcome", "failed"}});
    }
    for (auto* one : {&depth, &age, &done}) out.push_back(std::move(*one));
}

/// Above zero: somebody sends more than people do. Every series from the start, so that an alarm can watch it.
void add_messages(std::vector<MetricFamily>& out, const port::message_metrics& m) {
    auto held =
        family("keepline_messages_held_total",
               "Messages that a budget held back, and notices that gather what was repeated.", MetricType::Counter);
    for (std::size_t medium = 0; medium < m.held.size(); ++medium)
        for (std::size_t i = 0; i < port::message_metrics::budgets.size(); ++i)
            add(held, as_double(m.held[medium][i].load()),
                {{"medium", medium == 0 ? "sms" : "mail"}, {"budget", std::string(port::message_metrics::budgets[i])}});
    out.push_back(std::move(held));
}

void add_smsc(std::vector<MetricFamily>& out, const port::sms_metrics& m) {
    const auto counter = [&](const char* name, const char* help, std::uint64_t value) {
        auto one = family(name, help, MetricType::Counter);
        add(one, as_double(value));
        out.push_back(std::move(one));
    };
    const auto gauge = [&](const char* name, const char* help, double value) {
        auto one = family(name, help, MetricType::Gauge);
        add(one, value);
        out.push_back(std::move(one));
    };
    counter("keepline_smsc_parts_accepted_total", "Parts of SMS that the SMSC accepted.", m.parts_accepted.load());
    counter("keepline_smsc_parts_kept_total",
            "Parts that were not sent again because an earlier try had them accepted.", m.parts_kept.load());
    counter("keepline_smsc_throttled_total", "Answers by which the SMSC asks to slow down.", m.throttled.load());
    gauge("keepline_smsc_pace", "Parts a second that the SMSC gets at most; 0: as fast as it goes.", m.pace.load());
    gauge("keepline_smsc_window", "Parts that may be without an answer now.", as_double(m.window.load()));
    gauge("keepline_smsc_congestion", "The SMSC's own word (SMPP 5), 0 to 100; -1: it says nothing.",
          as_double(m.congestion.load()));
    auto receipts = family("keepline_smsc_receipts_total",
                           "Delivery receipts by how their id was that of a message of ours.", MetricType::Counter);
    for (std::size_t i = 0; i < m.receipts.size(); ++i)
        add(receipts, as_double(m.receipts[i].load()), {{"id", std::string(port::sms_metrics::receipt_ways[i])}});
    out.push_back(std::move(receipts));
    auto inbound =
        family("keepline_sms_received_total", "Texts of customers by what became of them.", MetricType::Counter);
    for (std::size_t i = 0; i < m.inbound.size(); ++i)
        add(inbound, as_double(m.inbound[i].load()), {{"outcome", std::string(port::sms_metrics::inbound_fates[i])}});
    out.push_back(std::move(inbound));
    counter("keepline_sms_strangers_total", "Texts from phones that are of no line; they wait for people.",
            m.strangers.load());
}

void add_store(std::vector<MetricFamily>& out, const port::store_counts& counts) {
    const auto simple = [&](const char* name, const char* help, std::int64_t value) {
        auto one = family(name, help, MetricType::Gauge);
        add(one, as_double(value));
        out.push_back(std::move(one));
    };
    simple("keepline_streams", "Numbers and subscribers known.", counts.streams);
    simple("keepline_journal_entries", "Entries in the journal.", counts.entries);
    simple("keepline_overdue_reviews", "Reviews past their due date.", counts.overdue_reviews);
    simple("keepline_unclaimed_money_numbers", "Numbers for which money came in that no line takes, and that waits.",
           counts.money_waiting);
    auto stages = family("keepline_closures", "Open closures by stage.", MetricType::Gauge);
    // Every stage in which a case is open, the empty ones too: a series that vanishes at zero cannot be watched.
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::stage>>([&](auto one) {
        if (!domain::is_open(one.value)) return;
        const auto found =
            std::ranges::find_if(counts.closures_by_stage, [&](const auto& c) { return c.first == one.name; });
        add(stages, found == counts.closures_by_stage.end() ? 0 : as_double(found->second), {{"stage", one.name}});
    });
    out.push_back(std::move(stages));
    const auto mismatched = std::ranges::find_if(counts.closures_by_stage,
                                                 [](const auto& c) { return c.first == engine::stage_of_mismatch; });
    simple("keepline_numbers_mismatched", "Numbers of which the HLR says something else than the journal.",
           mismatched == counts.closures_by_stage.end() ? 0 : mismatched->second);
    auto dead = family("keepline_effects_dead", "Effects that wait for staff.", MetricType::Gauge);
    for (const auto& [to, n] : counts.dead_by_destination) add(dead, as_double(n), {{"destination", name_of(to)}});
    out.push_back(std::move(dead));
    auto again = family("keepline_effects_retrying", "Effects that will be tried again.", MetricType::Gauge);
    for (const auto& [to, n] : counts.retrying_by_destination) add(again, as_double(n), {{"destination", name_of(to)}});
    out.push_back(std::move(again));
}

void add_requests(std::vector<MetricFamily>& out, http_metrics& m) {
    auto requests = family("keepline_http_requests_total", "Requests answered.", MetricType::Counter);
    auto seconds = family("keepline_http_request_seconds", "Time from request to answer.", MetricType::Histogram);
    const auto add_route = [&](const route_metrics& one, const labels& at) {
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < one.by_status.size(); ++i) {
            const auto n = one.by_status[i].load(std::memory_order_relaxed);
            if (n == 0) continue;
            all += n;
            auto with = at;
            with.push_back({"status", std::to_string(static_cast<int>(i) + route_metrics::status_first)});
            add(requests, as_double(n), std::move(with));
        }
        if (all > 0) add(seconds, one.seconds, at);
    };
    const auto table = routes();
    constexpr std::array verbs{"GET", "HEAD", "POST", "PUT", "other"};
    for (std::size_t i = 0; i < table.size(); ++i)
        add_route(m.of(i), {{"method", verbs[static_cast<std::size_t>(table[i].how)]},
                            {"route", std::string(table[i].pattern)}});
    add_route(m.unmatched(), {{"method", "any"}, {"route", "unmatched"}});
    out.push_back(std::move(requests));
    out.push_back(std::move(seconds));
}

void add_rsp_calls(std::vector<MetricFamily>& out, const esim_service& of) {
    auto calls = family("keepline_rsp_requests_total", "Functions of ES9+ and ES2+ by what became of them.",
                        MetricType::Counter);
    auto seconds = family("keepline_rsp_request_seconds", "Time from request to answer.", MetricType::Histogram);
    const auto refusals = of.refusals();
    for (std::size_t i = 0; i < desk::rsp_call_count; ++i) {
        const std::string function(name_of(static_cast<desk::rsp_call>(i)));
        add(calls, as_double(of.metrics[i].succeeded.load()), {{"function", function}, {"outcome", "success"}});
        for (const auto& [what, n] : refusals)
            if (static_cast<std::size_t>(what.first) == i)
                add(calls, as_double(n),
                    {{"function", function}, {"outcome", std::string(rsp::info(what.second).name)}});
        add(seconds, of.metrics[i].seconds, {{"function", function}});
    }
    out.push_back(std::move(calls));
    out.push_back(std::move(seconds));
    auto unproved =
        family("keepline_notifications_unproved_total",
               "Notifications that changed nothing because nothing in them was proved.", MetricType::Counter);
    add(unproved, as_double(of.unproved.load()));
    out.push_back(std::move(unproved));
    auto odd =
        family("keepline_rsp_oddities_total",
               "What phones and operators got wrong, meant nothing else by, and was passed over.", MetricType::Counter);
    for (const auto& [what, n] : of.oddities()) add(odd, as_double(n), {{"what", what}});
    out.push_back(std::move(odd));
    if (const auto open = of.with.sessions->count()) {
        auto sessions = family("keepline_rsp_sessions", "Sessions of downloads that are kept.", MetricType::Gauge);
        add(sessions, as_double(*open));
        out.push_back(std::move(sessions));
    }
}

void add_smdp(std::vector<MetricFamily>& out, const esim_service& of, const std::optional<port::store_counts>& counts) {
    add_rsp_calls(out, of);
    auto stock = family("keepline_esim_stock", "Profiles that may be ordered, by profile type.", MetricType::Gauge);
    auto low =
        family("keepline_esim_stock_low", "1 where fewer are left than the type's low_stock.", MetricType::Gauge);
    for (const auto& type : of.with.types.all()) {
        if (!counts) break;
        std::int64_t left = 0;
        for (const auto& [name, n] : counts->stock_by_type)
            if (name == type.name) left = n;
        add(stock, as_double(left), {{"type", type.name}});
        add(low, left < type.low_stock ? 1 : 0, {{"type", type.name}});
    }
    out.push_back(std::move(stock));
    out.push_back(std::move(low));
}

/// Of each file once: what was read last is what is served.
void add_expiries(std::vector<MetricFamily>& out, const parts& of) {
    auto all = of.expiries ? of.expiries() : std::vector<desk::certificate_expiry>();
    if (of.smdp != nullptr)
        for (const auto& one : of.smdp->with.expiries)
            if (std::ranges::find(all, one.file, &desk::certificate_expiry::file) == all.end()) all.push_back(one);
    auto expiry =
        family("keepline_certificate_expires_seconds",
               "When a certificate that this server shows expires, as seconds since 1970.", MetricType::Gauge);
    for (const auto& one : all) add(expiry, as_double(one.at.ms) / 1000, {{"file", one.file}, {"what", one.what}});
    out.push_back(std::move(expiry));
}

void add_backup(std::vector<MetricFamily>& out, const parts& of) {
    if (!of.backup_made) return;
    const auto at = of.backup_made();
    auto made =
        family("keepline_backup_seconds",
               "When `keepline backup` last made a whole backup, as seconds since 1970; 0: never.", MetricType::Gauge);
    add(made, at ? as_double(at->ms) / 1000 : 0);
    out.push_back(std::move(made));
}

/// Of those that a policy goes by: past its end, due dates are provisional.
void add_calendars(std::vector<MetricFamily>& out, const parts& of) {
    auto left = family("keepline_calendar_days_left",
                       "Days that a calendar which a policy names still covers, after today; below 0: it has ended.",
                       MetricType::Gauge);
    const auto rules = of.core->rules();
    for (const auto& one : domain::calendar_reaches(*rules, of.clock->now()))
        if (!one.policies.empty()) add(left, one.days_left, {{"calendar", one.of->id}});
    out.push_back(std::move(left));
}

/// What /readyz names, by part: 0 as well, so that an alarm can watch each from the start.
void add_troubles(std::vector<MetricFamily>& out, const parts& of) {
    if (!of.troubles) return;
    std::map<std::string, int> counted{{"clock", 0}, {"endings", 0}, {"tokens", 0}, {"tokens_on_hold", 0}};
    for (int i = 0; i < domain::destination_count; ++i) counted.emplace(name_of(i), 0);
    for (const auto& one : of.troubles()) ++counted[one.name];
    auto troubles =
        family("keepline_trouble", "Troubles of this part that /readyz names in words; 0: none.", MetricType::Gauge);
    for (const auto& [part, n] : counted) add(troubles, n, {{"part", part}});
    out.push_back(std::move(troubles));
}

void add_webhooks(std::vector<MetricFamily>& out, const parts& of) {
    auto failing = family("keepline_webhook_failing", "1 where a webhook's address takes nothing.", MetricType::Gauge);
    auto waiting = family("keepline_webhook_waiting_seconds",
                          "How long ago the oldest happened that a webhook has not got.", MetricType::Gauge);
    auto delivered =
        family("keepline_webhook_delivered_total", "What a webhook has taken since the start.", MetricType::Counter);
    auto given_up = family("keepline_webhook_given_up_total", "What was given up: refused too often, or too old.",
                           MetricType::Counter);
    auto unreadable =
        family("keepline_webhook_news_unreadable_total",
               "Entries that could not be read when webhooks were to be told, since the start.", MetricType::Counter);
    add(unreadable, as_double(of.webhooks->news_passed_over()), {});
    for (const auto& one : of.webhooks->conditions()) {
        add(failing, one.failing ? 1 : 0, {{"webhook", one.name}});
        const auto since = one.waiting_since ? of.clock->now() - one.waiting_since : base::duration{0};
        add(waiting, as_double(since.count()) / 1000, {{"webhook", one.name}});
        add(delivered, as_double(one.delivered), {{"webhook", one.name}});
        add(given_up, as_double(one.given_up), {{"webhook", one.name}});
    }
    for (auto* one : {&failing, &waiting, &delivered, &given_up, &unreadable}) out.push_back(std::move(*one));
}

}  // namespace

std::string metrics_text(services& of) {
    const auto& with = of.at.shared().with;
    std::vector<MetricFamily> all;
    const auto& engine = with.core->metrics();
    add_engine(all, engine);
    auto doubt =
        family("keepline_clock_doubtful",
               "1: the machine's clock contradicts what is known of the time; timers stand still.", MetricType::Gauge);
    add(doubt, with.clock->doubtful() ? 1 : 0);
    all.push_back(std::move(doubt));
    add_outbox(all, engine, with.clock->now());
    auto counted = with.core->counts();
    const auto counts = counted ? std::optional(std::move(*counted)) : std::nullopt;
    if (with.messages != nullptr) {
        add_messages(all, *with.messages);
        add_smsc(all, with.messages->smsc);
        auto taken =
            family("keepline_hlr_names_taken",
                   "Connections to the HLR whose name another client bears too (hlr.unit_name).", MetricType::Gauge);
        add(taken, as_double(with.messages->hlr_names_taken.load()));
        all.push_back(std::move(taken));
    }
    if (counts) add_store(all, *counts);
    if (with.smdp != nullptr) add_smdp(all, *with.smdp, counts);
    add_expiries(all, with);
    add_backup(all, with);
    add_calendars(all, with);
    add_troubles(all, with);
    if (with.counts)
        for (const auto& one : with.counts()) {
            auto made = family(std::string(one.name), std::string(one.help),
                               one.ever ? MetricType::Counter : MetricType::Gauge);
            add(made, as_double(one.value));
            all.push_back(std::move(made));
        }
    if (with.webhooks != nullptr) add_webhooks(all, with);
    add_requests(all, of.metrics);
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace keepline::api
