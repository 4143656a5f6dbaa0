#include "sip/rates.hpp"

namespace keepline::sip {

bool window_counts::lets(const std::string& name, std::int64_t now_ms) {
    constexpr std::size_t names_most = 20'000;
    if (now_ms - since_ms_ >= window_ms_ || now_ms < since_ms_) {
        counts_.clear();
        since_ms_ = now_ms;
    }
    const bool known = counts_.contains(name);
    return ++counts_[known || counts_.size() < names_most ? name : std::string()] <= most_;
}

}  // namespace keepline::sip
