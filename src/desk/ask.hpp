// A command, and its answer waited for. For threads that may wait for a commit; never the engine's writer, which makes
// it.
#pragma once

#include "desk/token_register.hpp"

#include <future>
#include <memory>
#include <utility>

namespace keepline::desk {

/// `at`: a journal_door, or the core itself.
template <typename Door>
result<engine::answer> ask(Door& at, engine::submission what) {
    const auto done = std::make_shared<std::promise<result<engine::answer>>>();
    at.submit(std::move(what), [done](result<engine::answer> got) { done->set_value(std::move(got)); });
    return done->get_future().get();
}

}  // namespace keepline::desk
