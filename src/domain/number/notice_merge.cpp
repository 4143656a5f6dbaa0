#include "domain/number/notice_merge.hpp"

#include <algorithm>
#include <array>

namespace keepline::domain {

namespace {

struct step {
    std::string_view kind;
    int family;
    std::string_view flag;  // what a later one of the family is told about it
};
constexpr std::array steps{
    step{"receipt", 1, "received"}, step{"approved", 1, "approved"},         step{"unbinding", 1, ""},
    step{"closing_now", 1, ""},     step{"contacts_changed", 2, "contacts"}, step{"refund_account_changed", 2, ""},
};

const step* step_of(const effect& one) {
    const auto* notice = std::get_if<send_notice>(&one);
    if (notice == nullptr) return nullptr;
    const auto found = std::ranges::find(steps, notice->kind, &step::kind);
    return found == steps.end() ? nullptr : &*found;
}

bool same_reader(const send_notice& a, const send_notice& b) {
    return a.subscriber == b.subscriber && a.contact == b.contact && a.by == b.by;
}

}  // namespace

std::vector<effect> merge_notices(std::vector<effect> all) {
    std::vector<effect> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto* early = step_of(all[i]);
        if (early == nullptr) {
            out.push_back(std::move(all[i]));
            continue;
        }
        auto& notice = std::get<send_notice>(all[i]);
        const auto later =
            std::find_if(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(), [&](const effect& one) {
                const auto* other = step_of(one);
                return other != nullptr && other->family == early->family && other->kind != early->kind &&
                       same_reader(std::get<send_notice>(one), notice);
            });
        if (later == all.end()) {
            out.push_back(std::move(all[i]));
            continue;
        }
        auto& speaks = std::get<send_notice>(*later);
        speaks.params.merge(notice.params);
        if (!early->flag.empty()) speaks.params.insert_or_assign(std::string(early->flag), "yes");
    }
    return out;
}

}  // namespace keepline::domain
