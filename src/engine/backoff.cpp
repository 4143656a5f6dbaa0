#include "engine/backoff.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {
constexpr int pause_share = 20;     // of backoff_max: a whole destination waits far less than one bad effect
constexpr int shortest_share = 10;  // of a pause: never so short that it is no pause
}  // namespace

backoff::backoff(const settings& how, port::random& seed) : first_(how.backoff_first), max_(how.backoff_max) {
    base::byte_array<8> bytes{};
    seed.fill(bytes);
    for (const auto one : bytes) state_ = (state_ << 8) | one;
}

base::duration backoff::grown(int times, base::duration most) const {
    auto length = std::min(first_, most);
    for (int i = 1; i < times && length < most; ++i) length = std::min(length * 2, most);
    return length;
}

base::duration backoff::between(base::duration least, base::duration most) {
    const std::scoped_lock held(mutex_);
    state_ += 0x9e3779b97f4a7c15ULL;  // splitmix64: spread matters here, secrecy does not
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + base::duration{static_cast<std::int64_t>(z % span)};
}

base::duration backoff::for_effect(int attempts) {
    const auto most = grown(attempts, max_);
    return between(most / 2, most);
}

base::duration backoff::for_destination(int failures) {
    const auto most = grown(failures, std::max(first_, max_ / pause_share));
    return between(most / shortest_share, most);
}

}  // namespace keepline::engine
