#include "app/importer.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

/// Answers by a script and remembers what it was asked.
class scripted_way final : public api_way {
 public:
    using script = std::function<result<api_answer>(const api_request&)>;
    explicit scripted_way(script answer) : answer_(std::move(answer)) {}
    result<api_answer> send(const api_request& what) override {
        const std::scoped_lock held(mutex_);
        seen.push_back(what);
        return answer_(what);
    }
    std::vector<api_request> seen;

 private:
    std::mutex mutex_;
    script answer_;
};

api_answer problem(int status, const std::string& code) {
    return {status, "application/problem+json", R"({"code":")" + code + R"(","detail":"words","data":[]})", ""};
}

struct outcome {
    result<void> ended;
    import_counts counts;
    std::vector<rejected_row> rejected;
};

outcome import_text(const std::string& text, api_way& way, import_watch watch = {}) {
    std::istringstream in(text);
    const auto rows = read_rows(in, row_format::ndjson);
    outcome out;
    watch.rejected = [&](const rejected_row& row) { out.rejected.push_back(row); };
    out.ended = import_lines(**rows, way, {.senders = 4, .batch = 8}, watch, out.counts);
    return out;
}

std::string many(int n) {
    std::string out;
    for (int i = 0; i < n; ++i)
        out += R"({"subscriber":{"id":"s)" + std::to_string(i) + R"("},"line":{"n":)" + std::to_string(i) + "}}\n";
    return out;
}

TEST(importer, counts_new_known_and_rejected_rows) {
    std::atomic<int> n{0};
    scripted_way way([&](const api_request&) -> result<api_answer> {
        const int i = n++;
        return i % 3 == 0   ? api_answer{201, "", "{}", ""}
               : i % 3 == 1 ? api_answer{200, "", "{}", ""}
                            : problem(409, "line-exists");
    });
    const auto got = import_text(many(30) + "garbage\n", way);
    ASSERT_TRUE(got.ended);
    EXPECT_EQ(got.counts.rows, 31U);
    EXPECT_EQ(got.counts.added, 10U);
    EXPECT_EQ(got.counts.known, 10U);
    EXPECT_EQ(got.counts.rejected, 11U);
    EXPECT_EQ(got.rejected.back().line, 31U);
}

TEST(importer, sends_the_same_row_under_the_same_key_and_others_under_others) {
    scripted_way way([](const api_request&) { return api_answer{201, "", "{}", ""}; });
    ASSERT_TRUE(import_text(many(5) + many(5), way).ended);
    std::multiset<std::string> keys;
    for (const auto& one : way.seen) keys.insert(one.idempotency_key);
    for (const auto& key : keys) EXPECT_EQ(keys.count(key), 2U);
}

TEST(importer, tries_again_when_the_server_is_busy) {
    std::atomic<int> n{0};
    scripted_way way(
        [&](const api_request&) { return n++ < 2 ? problem(503, "overloaded") : api_answer{201, "", "{}", ""}; });
    const auto got = import_text(many(1), way);
    EXPECT_TRUE(got.ended);
    EXPECT_EQ(got.counts.added, 1U);
    EXPECT_EQ(way.seen.size(), 3U);
}

TEST(importer, rejects_no_row_for_what_is_the_servers_trouble) {
    scripted_way full([&](const api_request&) { return problem(503, "storage-full"); });
    const auto got = import_text(many(1), full);
    EXPECT_FALSE(got.ended);
    EXPECT_EQ(got.counts.rejected, 0U);
    EXPECT_GT(full.seen.size(), 1U) << "it may pass";
}

TEST(importer, ends_when_the_server_cannot_be_used_at_all) {
    scripted_way way([](const api_request&) { return problem(401, "unauthenticated"); });
    const auto got = import_text(many(20), way);
    ASSERT_FALSE(got.ended);
    EXPECT_EQ(got.ended.error().what, base::code::unauthenticated);
    EXPECT_EQ(got.counts.rejected, 0U);
}

TEST(importer, stores_the_records_of_a_line_under_its_id) {
    scripted_way way([](const api_request& what) {
        return what.method == "PUT" ? api_answer{204, "", "", ""} : api_answer{201, "", R"({"id":"ln_abc"})", ""};
    });
    ASSERT_TRUE(import_text("{\"subscriber\":{},\"line\":{},\"records\":{\"bills\":[]}}\n", way).ended);
    ASSERT_EQ(way.seen.size(), 2U);
    EXPECT_EQ(way.seen[1].target, "/v1/lines/ln_abc/records");
    EXPECT_EQ(way.seen[1].body, R"({"bills":[]})");
}

TEST(importer, names_the_subscribers_before_it_sends_them) {
    std::set<std::string> prepared;
    scripted_way way([&](const api_request&) {
        EXPECT_FALSE(prepared.empty());
        return api_answer{201, "", "{}", ""};
    });
    import_watch watch;
    watch.prepare = [&](std::span<const std::string> names) -> result<void> {
        prepared.insert(names.begin(), names.end());
        return {};
    };
    ASSERT_TRUE(import_text(many(20), way, watch).ended);
    EXPECT_EQ(prepared.size(), 20U);
}

TEST(importer, stops_between_batches_when_told) {
    scripted_way way([](const api_request&) { return api_answer{201, "", "{}", ""}; });
    import_watch watch;
    watch.cancelled = [] { return true; };
    const auto got = import_text(many(100), way, watch);
    ASSERT_FALSE(got.ended);
    EXPECT_EQ(got.counts.added, 8U);
}

std::string with_number(const std::string& id, const std::string& number, const std::string& more = "") {
    return R"({"subscriber":{"id":")" + id + R"("},"line":{"number":")" + number + R"(")" + more + "}}\n";
}

TEST(importer, compares_the_rows_of_a_file_with_each_other) {
    scripted_way way([](const api_request&) { return api_answer{201, "", "{}", ""}; });
    const std::string profile = R"(,"profiles":[{"iccid":"8986","imsi":"46001"}])";
    const std::string same_iccid = R"(,"profiles":[{"iccid":"8986","imsi":"46002"}])";
    const std::string same_imsi = R"(,"profiles":[{"iccid":"8987","imsi":"46001"}])";
    const auto got = import_text(with_number("a", "+1", profile) + with_number("b", "+1") +
                                     with_number("c", "+3", same_iccid) + with_number("d", "+4", same_imsi) +
                                     R"({"subscriber":{"id":"a","language":"en"},"line":{"number":"+5"}})"
                                     "\n" +
                                     with_number("a", "+6"),
                                 way);
    ASSERT_TRUE(got.ended);
    EXPECT_EQ(got.counts.added, 2U);
    ASSERT_EQ(got.rejected.size(), 4U);
    EXPECT_EQ(got.rejected[0].why.words, "The same number stands in line 1 of this file.");
    EXPECT_EQ(got.rejected[1].why.words, "The same iccid stands in line 1 of this file.");
    EXPECT_EQ(got.rejected[2].why.words, "The same imsi stands in line 1 of this file.");
    EXPECT_EQ(got.rejected[3].why.words, "Something else is said of this `subscriber` in line 1 of this file.");
}

TEST(importer, updates_only_what_differs_and_only_when_asked) {
    const auto answer = [](const api_request& what) -> result<api_answer> {
        if (what.body.contains(R"("update":true)")) return api_answer{200, "", "{}", ""};
        if (what.body.contains("+2")) return problem(409, "line-exists");
        return api_answer{200, "", "{}", ""};
    };
    const auto text = with_number("a", "+1") + with_number("b", "+2");
    for (const bool update : {false, true}) {
        scripted_way way(answer);
        std::istringstream in(text);
        const auto rows = read_rows(in, row_format::ndjson);
        import_counts counts;
        ASSERT_TRUE(import_lines(**rows, way, {.senders = 2, .batch = 8, .update = update}, {}, counts));
        EXPECT_EQ(counts.known, 1U);
        EXPECT_EQ(counts.changed, update ? 1U : 0U);
        EXPECT_EQ(counts.rejected, update ? 0U : 1U);
        EXPECT_EQ(way.seen.size(), update ? 3U : 2U);
    }
}

}  // namespace
}  // namespace keepline::app
