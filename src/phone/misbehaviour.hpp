// The named ways in which a phone can be wrong (for negative tests). The table is misbehaviours.def.
#pragma once

#include "base/error.hpp"

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::phone {

enum class misbehaviour {
#define X(name, text, words) name,
#include "phone/misbehaviours.def"
#undef X
    count
};

/// What one phone does wrong. Empty: nothing.
class faults {
 public:
    bool has(misbehaviour what) const { return set_.test(static_cast<std::size_t>(what)); }
    void add(misbehaviour what) { set_.set(static_cast<std::size_t>(what)); }
    /// 0, or the errorReason that every installation fails with ("install-error=N").
    int install_error = 0;

    static base::result<faults> parse(const std::vector<std::string>& names);
    /// The list for `--help`.
    static std::string help();

 private:
    std::bitset<static_cast<std::size_t>(misbehaviour::count)> set_;
};

}  // namespace keepline::phone
