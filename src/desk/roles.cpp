#include "desk/roles.hpp"

#include "base/enum_text.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

using base::code;
using base::refuse;

bool is_staff(role one) { return one == role::agent || one == role::reviewer || one == role::admin; }

bool needs_second_admin(role one) { return one != role::subscriber && one != role::agent; }

std::span<const channel> channels_open_to(role one) {
    using enum channel;
    static constexpr std::array subscriber{web, app, hotline};
    static constexpr std::array agent{counter, staff, hotline};
    static constexpr std::array reviewer{staff};
    static constexpr std::array admin{staff, counter, bulk};
    static constexpr std::array system{staff, web, app, hotline, counter, bulk};
    static constexpr std::array portal{web, app, hotline};
    switch (one) {
        case role::subscriber: return subscriber;
        case role::agent: return agent;
        case role::reviewer: return reviewer;
        case role::admin: return admin;
        case role::system: return system;
        case role::portal: return portal;
    }
    return reviewer;
}

std::span<const channel> usual_channels(role one) {
    const auto open = channels_open_to(one);
    switch (one) {
        case role::subscriber:
        case role::agent: return open.first(2);  // a hotline says so at issue
        case role::portal: return open.first(1);
        default: return open.first(1);
    }
}

result<std::vector<channel>> bound_channels(role one, const std::vector<channel>& wanted) {
    if (wanted.empty()) {
        const auto usual = usual_channels(one);
        return std::vector<channel>(usual.begin(), usual.end());
    }
    std::vector<channel> out;
    const auto open = channels_open_to(one);
    for (const auto each : wanted) {
        if (std::ranges::find(open, each) == open.end())
            return refuse(code::invalid,
                          std::string("A token of role ") + boost::describe::enum_to_string(one, "") +
                              " never speaks through the channel " + boost::describe::enum_to_string(each, "") + ".",
                          {{"field", "channels"}});
        if (std::ranges::find(out, each) == out.end()) out.push_back(each);
    }
    return out;
}

result<channel> channel_of(role one, std::span<const channel> bound, std::string_view named) {
    const auto may = bound.empty() ? usual_channels(one) : bound;
    if (named.empty()) return may.front();
    const auto wanted = base::enum_named<channel>(named);
    if (!wanted || std::ranges::find(may, *wanted) == may.end())
        return refuse(code::forbidden, "This token is not bound to that `Keepline-Channel`.");
    return *wanted;
}

}  // namespace keepline::desk
