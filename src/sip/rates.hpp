// How many calls are let in: all at once, from one caller in a minute, from one peer in a second. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace keepline::sip {

/// Counts by name within a window of time. What it keeps is bounded: more names than that are not told apart.
class window_counts {
 public:
    window_counts(std::int64_t window_ms, std::int64_t most) : window_ms_(window_ms), most_(most) {}
    /// Counts one, and says whether it is still within the bound.
    bool lets(const std::string& name, std::int64_t now_ms);

 private:
    const std::int64_t window_ms_;
    const std::int64_t most_;
    std::int64_t since_ms_ = 0;
    std::map<std::string, std::int64_t> counts_;
};

}  // namespace keepline::sip
