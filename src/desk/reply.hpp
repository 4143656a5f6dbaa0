// How the desk answers: once, on the caller's executor, with a value or a refusal. What can be refused without looking
// anything up that takes time is answered before the call returns, on the calling thread, which is the executor's.
#pragma once

#include "base/error.hpp"
#include "desk/request_views.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::desk {

template <typename T>
using reply = std::function<void(base::result<T>)>;

/// What was said with a request, or why the door could not understand it: whoever may not know of a thing hears that it
/// is not there, however they said what. A plain value converts to it.
template <typename T>
using said = base::result<T>;

/// What came of a command: the thing as it is now; or, where somebody else must sign it first, the request that it
/// became.
template <typename View>
struct told {
    std::variant<View, request_view> is;
    std::uint64_t version = 0;
    bool replayed = false;  // the same request was answered before
    bool made = false;      // there is something that was not there
};

/// Where it may be one of several things.
template <typename... Views>
struct told<std::variant<Views...>> {
    std::variant<Views..., request_view> is;
    std::uint64_t version = 0;
    bool replayed = false;
    bool made = false;
};

/// What was asked about was a request itself.
template <>
struct told<request_view> {
    request_view is;
    std::uint64_t version = 0;
    bool replayed = false;
    bool made = false;
};

/// A page of a list; `next`: where the next one begins, empty: that was all.
template <typename Item>
struct page_of {
    std::vector<Item> items;
    std::string next;
    std::optional<std::uint64_t> version{};  // of what it is a list of
};

/// Which page is wanted.
struct paging {
    std::string after;
    std::size_t limit = 50;
    std::size_t latest = 0;  // of a history: nothing older than so many entries before its end; 0: all
};

}  // namespace keepline::desk
