#include "rsp/provider.hpp"

#include <algorithm>

namespace keepline::rsp {

namespace {

/// Without regard to case, and to the dot that ends a name that is complete.
std::string plain_host(std::string_view text) {
    std::string out(text);
    for (auto& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
    const auto end = std::min(out.find(':'), out.size());
    if (end > 0 && out[end - 1] == '.') out.erase(end - 1, 1);
    return out;
}

bool same_host(std::string_view a, std::string_view b) { return plain_host(a) == plain_host(b); }

}  // namespace

std::string svn::text() const {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision);
}

bool certificate_set::answers_under(std::string_view address) const {
    const auto host = address.substr(0, address.find(':'));  // LPAs of test beds write a port behind it
    return std::ranges::any_of(addresses,
                               [&](const std::string& own) { return same_host(own, address) || same_host(own, host); });
}

bool certificate_set::is_spelt(std::string_view address) const {
    const auto host = address.substr(0, address.find(':'));
    return std::ranges::any_of(addresses, [&](const std::string& own) { return own == address || own == host; });
}

const certificate_set* provider::set(const base::digest& id) const {
    const auto found = std::ranges::find_if(sets, [&](const certificate_set& one) { return one.id() == id; });
    return found == sets.end() ? nullptr : &*found;
}

bool provider::answers_under(std::string_view address) const {
    return std::ranges::any_of(sets, [&](const certificate_set& one) { return one.answers_under(address); });
}

bool provider::is_spelt(std::string_view address) const {
    return std::ranges::any_of(sets, [&](const certificate_set& one) { return one.is_spelt(address); });
}

}  // namespace keepline::rsp
