#include "link/peer_judge.hpp"

#include "port/connector.hpp"

#include <algorithm>
#include <functional>

namespace keepline::link {

namespace {

using base::code;

// How soon a living peer is asked again: often at first, so that one healthy message among hundreds of bad ones is
// found in seconds; seldom when nothing has passed for long.
constexpr base::duration soon_at_earliest = std::chrono::milliseconds{50};
constexpr base::duration soon_at_latest = std::chrono::seconds{10};
constexpr int soon_share = 200;  // of the time since something passed

constexpr std::string_view in_a_row_words = " Several different addresses in a row were refused.";

base::error again_in(code what, std::string words, base::duration pause) {
    return {what, std::move(words), {{std::string(port::again_in_ms), std::to_string(pause.count())}}};
}

}  // namespace

base::duration peer_judge::soon() const {
    const auto since = std::chrono::duration_cast<base::duration>(clock::now() - passed_at_);
    return std::clamp(base::duration{since.count() / soon_share}, soon_at_earliest, soon_at_latest);
}

bool peer_judge::several(std::set<std::size_t>& of, std::string_view address) {
    if (of.size() < in_a_row) of.insert(std::hash<std::string_view>{}(address));
    return of.size() >= in_a_row;
}

void peer_judge::passed() {
    const std::scoped_lock held(mutex_);
    whose_.clear();
    refused_.clear();
    passed_at_ = clock::now();
}

base::error peer_judge::judge(const peer_answer& said, std::string_view address, bool slowed) {
    switch (said.whom) {
        case concerns::peer: return {code::peer_unreachable, said.words};
        case concerns::throttle:
            return slowed ? again_in(code::too_many, said.words, base::duration{0})
                          : base::error{code::too_many, said.words};
        case concerns::either: {
            const std::scoped_lock held(mutex_);
            if (!several(whose_, address)) break;
            return again_in(code::too_many, said.words + std::string(in_a_row_words), soon());
        }
        case concerns::message: {
            if (said.again) break;
            // The last word for each of several addresses, and nothing passed: the peer may be wrong about all of them
            // (its own tables, our account). None is given up at once: each is tried again, later and later.
            const std::scoped_lock held(mutex_);
            if (!several(refused_, address)) break;
            return {code::peer_garbled, said.words + std::string(in_a_row_words)};
        }
    }
    return {said.again ? code::peer_garbled : code::peer_refused, said.words};
}

base::error peer_judge::cut(std::string words, bool may_have_happened) {
    const std::scoped_lock held(mutex_);
    auto out = again_in(code::peer_unreachable, std::move(words), soon());
    if (may_have_happened) out.data.push_back({std::string(port::may_have_happened), "yes"});
    return out;
}

}  // namespace keepline::link
