#include "app/importer.hpp"

#include "app/row_comparison.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

namespace keepline::app {

namespace {

constexpr int tries_max = 5;
constexpr auto first_wait = std::chrono::milliseconds{100};

enum class outcome { added, known, changed, rejected, fatal };

struct sent_row {
    outcome how = outcome::rejected;
    base::error why;
};

/// What says something about the server or about who sends, not about the row.
bool is_about_the_server(base::code what) {
    using enum base::code;
    return base::is_ours(what) || what == unauthenticated || what == forbidden || what == too_many;
}

bool worth_another_try(base::code what) { return base::may_pass(what) || what == base::code::too_many; }

/// Sends, and tries again a few times when the server is busy. The key is the request's own digest: a repeat is a
/// repeat.
result<api_answer> send(api_way& way, const api_request& what) {
    auto wait = first_wait;
    for (int tries = 1;; ++tries, wait *= 2) {
        auto answer = accepted(way.send(what));
        if (answer || !worth_another_try(answer.error().what) || tries == tries_max) return answer;
        std::this_thread::sleep_for(wait);
    }
}

sent_row failed(base::error why) {
    const auto how = is_about_the_server(why.what) ? outcome::fatal : outcome::rejected;
    return {how, std::move(why)};
}

result<api_answer> send_line(api_way& way, const std::string& body, const std::string& run) {
    const auto key = base::hex(base::sha256(base::view(run + body)));
    return send(way, {"POST", "/v1/lines/import", body, key, {}, {}});
}

sent_row send_row(api_way& way, const import_row& row, const import_settings& how) {
    if (!row.body) return {outcome::rejected, row.body.error()};
    auto line = send_line(way, *row.body, how.run);
    bool changed = false;
    if (!line && how.update && line.error().what == base::code::line_exists) {
        auto body = *row.body;
        body.insert(body.size() - 1, R"(,"update":true)");
        line = send_line(way, body, how.run);
        changed = line.has_value();
    }
    if (!line) return failed(how.columns ? in_columns(line.error(), row) : line.error());
    if (!row.records.empty()) {
        const auto parsed = base::parse_json(line->body, 32);
        const auto* id = parsed && parsed->is_object() ? parsed->get_object().if_contains("id") : nullptr;
        if (id == nullptr || !id->is_string())
            return failed({base::code::peer_garbled, "The server's answer has no id."});
        const auto target = "/v1/lines/" + url_part(id->get_string()) + "/records";
        if (const auto stored = send(way, {"PUT", target, row.records, {}, {}, {}}); !stored) {
            auto why = stored.error();
            why.words = "The line was taken, but not its records: " + why.words;
            return failed(std::move(why));
        }
    }
    if (changed) return {outcome::changed, {}};
    return {line->status == 201 && !line->replayed ? outcome::added : outcome::known, {}};
}

/// Every row goes to the next free thread. Two rows of one subscriber or number may pass each other; each is judged
/// alone.
std::vector<sent_row> send_batch(api_way& way, const std::vector<import_row>& batch, const import_settings& how) {
    std::vector<sent_row> out(batch.size());
    std::atomic<std::size_t> next{0};
    std::atomic<bool> fatal{false};
    const auto work = [&] {
        for (std::size_t at = next++; at < batch.size() && !fatal; at = next++) {
            out[at] = send_row(way, batch[at], how);
            if (out[at].how == outcome::fatal) fatal = true;
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(how.senders, batch.size()); ++i) threads.emplace_back(work);
    work();
    threads.clear();
    return out;
}

result<void> take_outcomes(std::vector<import_row>& batch, std::vector<sent_row>& sent, const import_watch& watch,
                           import_counts& counts) {
    if (const auto fatal = std::ranges::find(sent, outcome::fatal, &sent_row::how); fatal != sent.end())
        return std::unexpected(std::move(fatal->why));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        ++counts.rows;
        switch (sent[i].how) {
            case outcome::added: ++counts.added; break;
            case outcome::known: ++counts.known; break;
            case outcome::changed: ++counts.changed; break;
            case outcome::fatal:
            case outcome::rejected:
                ++counts.rejected;
                if (watch.rejected) watch.rejected({batch[i].line, std::move(sent[i].why), std::move(batch[i].text)});
        }
    }
    return {};
}

std::vector<std::string> subscribers_of(const std::vector<import_row>& batch) {
    std::set<std::string> out;
    for (const auto& row : batch)
        if (row.body && !row.subscriber.empty()) out.insert(row.subscriber);
    return {out.begin(), out.end()};
}

}  // namespace

result<void> import_lines(row_reader& rows, api_way& way, const import_settings& how, const import_watch& watch,
                          import_counts& counts) {
    row_comparison compared;
    for (;;) {
        std::vector<import_row> batch;
        while (batch.size() < how.batch) {
            auto row = rows.next();
            if (!row) break;
            compared.check(*row);
            batch.push_back(std::move(*row));
        }
        if (batch.empty()) return {};
        if (watch.prepare) CHECK(watch.prepare(subscribers_of(batch)));
        auto sent = send_batch(way, batch, how);
        CHECK(take_outcomes(batch, sent, watch, counts));
        if (watch.progress) watch.progress(counts);
        if (watch.cancelled && watch.cancelled())
            return base::refuse(base::code::stopping,
                                "Stopped at your word. Run it again to go on: rows that were taken change nothing.");
    }
}

}  // namespace keepline::app
