// Plans of imports that are being made. Any thread.
#pragma once

#include "base/error.hpp"
#include "domain/actor.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace keepline::desk {

using base::result;

/// Plans that were let through and are not committed yet, by their ids: what is in no list yet counts all
/// the same, or many that come at once are each the last. A place is given back with the last copy of what `take`
/// gave.
class plans_under_way {
 public:
    template <typename Check>
    result<std::shared_ptr<void>> take(const std::string& id, const domain::actor& by, const Check& check) {
        const std::scoped_lock held(mutex_);
        CHECK(check(by_id_));
        by_id_.emplace(id, by);
        return std::shared_ptr<void>(nullptr, [this, id](void*) {
            const std::scoped_lock again(mutex_);
            by_id_.erase(id);
        });
    }

 private:
    std::mutex mutex_;
    std::map<std::string, domain::actor> by_id_;
};

}  // namespace keepline::desk
