// Fuzz target: load_policies on hostile text, alone, as a child of the base policy, and as the parent of another.
// Whatever loads must also be explained without harm.
#include "base/ensure.hpp"
#include "domain/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline::domain;
    static const std::string base = [] {
        std::ifstream in(KEEPLINE_SOURCE_DIR "/policies/base.toml");
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }();
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto alone = load_policies({{"fuzz", text}});
    if (!alone) ENSURE(alone.error().what == keepline::base::code::policy_invalid && !alone.error().words.empty());
    const std::string child = "id = \"child\"\nversion = 1\ntitle = \"t\"\nsource = \"s\"\ninherits = \"fuzz\"\n";
    if (const auto together = load_policies({{"base", base}, {"fuzz", text}, {"child", child}}))
        for (const auto& [id, p] : together->all())
            for (const auto* language : {"en", "zh-CN"}) ENSURE(!explain(p, language).empty());
    return 0;
}
