#include "phone/misbehaviour.hpp"

#include <array>
#include <charconv>

namespace keepline::phone {

namespace {

struct row {
    misbehaviour what;
    std::string_view text;
    std::string_view words;
};
constexpr std::array misbehaviour_rows{
#define X(name, text, words) row{misbehaviour::name, text, words},
#include "phone/misbehaviours.def"
#undef X
};
constexpr std::string_view install_error_name = "install-error=";

}  // namespace

base::result<faults> faults::parse(const std::vector<std::string>& names) {
    faults out;
    for (const auto& name : names) {
        if (name.starts_with(install_error_name)) {
            const auto* from = name.data() + install_error_name.size();
            const auto* to = name.data() + name.size();
            const auto [end, failure] = std::from_chars(from, to, out.install_error);
            if (failure != std::errc() || end != to || out.install_error < 1 || out.install_error > 127)
                return base::refuse(base::code::invalid, "install-error takes a reason from 1 to 127.");
            continue;
        }
        bool known = false;
        for (const auto& one : misbehaviour_rows) {
            if (one.text != name) continue;
            out.add(one.what);
            known = true;
        }
        if (!known)
            return base::refuse(base::code::invalid, "There is no misbehaviour `" + name + "`; --help lists them.");
    }
    return out;
}

std::string faults::help() {
    std::string out = "Ways to be wrong (--misbehave NAME, may be repeated):\n";
    for (const auto& one : misbehaviour_rows) {
        out += "  " + std::string(one.text);
        out.append(one.text.size() < 26 ? 26 - one.text.size() : 1, ' ');
        out += std::string(one.words) + "\n";
    }
    out +=
        "  install-error=N           the installation fails with errorReason N (SGP.22 v2.5 Annex H), before anything "
        "is stored\n";
    return out;
}

}  // namespace keepline::phone
