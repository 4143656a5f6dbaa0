#include "engine/stream_cache.hpp"

namespace keepline::engine {

known_ptr stream_cache::use(order::iterator it) {
    order_.splice(order_.begin(), order_, it);
    return *it;
}

void stream_cache::erase(order::iterator it) {
    by_public_id_.erase((*it)->row.public_id);
    by_key_.erase((*it)->row.key);
    order_.erase(it);
}

known_ptr stream_cache::find(const port::stream_key& key) {
    const std::scoped_lock held(mutex_);
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : use(found->second);
}

known_ptr stream_cache::find_public(std::string_view public_id) {
    const std::scoped_lock held(mutex_);
    const auto found = by_public_id_.find(public_id);
    return found == by_public_id_.end() ? nullptr : use(found->second);
}

void stream_cache::install(known_ptr what) {
    known_ptr replaced;  // destroyed outside the lock
    const std::scoped_lock held(mutex_);
    const auto found = by_key_.find(what->row.key);
    if (found != by_key_.end()) {
        const auto it = found->second;
        by_public_id_.erase((*it)->row.public_id);  // its text is about to go away
        replaced = std::exchange(*it, std::move(what));
        by_public_id_.emplace((*it)->row.public_id, it);
        use(it);
        return;
    }
    order_.push_front(std::move(what));
    const auto& row = order_.front()->row;
    by_key_.emplace(row.key, order_.begin());
    by_public_id_.emplace(row.public_id, order_.begin());
    while (order_.size() > keep_) erase(std::prev(order_.end()));
}

void stream_cache::drop(const port::stream_key& key) {
    const std::scoped_lock held(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
}

}  // namespace keepline::engine
