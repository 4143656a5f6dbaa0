// Journals that earlier versions wrote, one for each scenario (test/golden/journals, written by
// test/scenarios/golden.mjs): every later version folds them to the state that they had, and reads the effects that
// were on their way. test/golden/states.txt has a hash of each state; KEEPLINE_GOLDEN=1 adds those of journals that are
// new.
#include "base/digest.hpp"
#include "base/json.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

const std::filesystem::path golden = std::filesystem::path(KEEPLINE_SOURCE_DIR) / "test" / "golden";
const std::string states_file = (golden / "states.txt").string();

/// "journal kind key" → hash.
using states = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 6> kinds{"number", "subscriber", "esim", "claim", "credential", "plan"};

port::stream_kind kind_named(std::string_view name) {
    return static_cast<port::stream_kind>(std::ranges::find(kinds, name) - kinds.begin());
}
std::string name_of(const port::stream_key& key) {
    return std::string(kinds.at(static_cast<std::size_t>(key.kind))) + " " + key.key;
}

/// One journal, entry by entry.
void fold(const std::filesystem::path& file, states& into) {
    std::map<port::stream_key, stream_view> streams;
    std::ifstream in(file);
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        const auto where = file.filename().string() + ":" + std::to_string(++number);
        const auto parsed = base::parse_json(line, 32);
        ASSERT_TRUE(parsed) << where;
        const auto& entry = parsed->as_object();
        const port::stream_key key{kind_named(entry.at("kind").as_string()), std::string(entry.at("key").as_string())};
        const auto events = decode_events(key.kind, boost::json::serialize(entry.at("events")));
        ASSERT_TRUE(events) << where << ": " << events.error().words;
        const auto effects = decode_effects(boost::json::serialize(entry.at("effects")));
        ASSERT_TRUE(effects) << where << ": " << effects.error().words;
        auto& view = streams.try_emplace(key, empty_view(key)).first->second;
        for (const auto& event : *events) evolve(view, event);
    }
    EXPECT_FALSE(streams.empty()) << file;
    for (const auto& [key, view] : streams)
        into.emplace(file.stem().string() + " " + name_of(key),
                     base::hex(base::sha256(base::view(encode_state(view)))));
}

states noted() {
    states out;
    std::ifstream in(states_file);
    for (std::string line; std::getline(in, line);)
        if (const auto at = line.rfind(' '); at != std::string::npos)
            out.emplace(line.substr(0, at), line.substr(at + 1));
    return out;
}

TEST(golden, journals_that_were_written_before_are_read_as_they_were_meant) {
    states now;
    ASSERT_TRUE(std::filesystem::is_directory(golden / "journals"));
    for (const auto& one : std::filesystem::directory_iterator(golden / "journals")) fold(one.path(), now);
    const auto was = noted();
    if (std::getenv("KEEPLINE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): a test
        std::ofstream out(states_file, std::ios::app);
        for (const auto& [name, hash] : now)
            if (!was.contains(name)) out << name << ' ' << hash << '\n';
        return;
    }
    EXPECT_GE(was.size(), 40U);
    for (const auto& [name, hash] : was) {
        ASSERT_TRUE(now.contains(name)) << name << " is gone";
        EXPECT_EQ(now.at(name), hash) << name << " is folded to another state than the version that wrote it had";
    }
    for (const auto& [name, hash] : now)
        EXPECT_TRUE(was.contains(name)) << name << " has no state yet: KEEPLINE_GOLDEN=1";
}

}  // namespace
}  // namespace keepline::engine
