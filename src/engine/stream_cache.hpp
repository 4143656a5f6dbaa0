// The streams that were used last, as they are committed. Any thread reads; only the writer installs, after its commit,
// so a reader never sees what could still be lost. (Readers do not fill it: what they loaded may be old by the time
// they would put it in.)
#pragma once

#include "engine/engine.hpp"

#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace keepline::engine {

/// A stream as the writer needs it: its row without the snapshot text, and its state.
struct known_stream {
    port::stream row;  // `snapshot` stays empty: the state is beside it
    view_ptr view;
    std::shared_ptr<const std::vector<any_event>> last_events;  // of the last entry, when it had an Idempotency-Key
};
using known_ptr = std::shared_ptr<const known_stream>;

class stream_cache {
 public:
    explicit stream_cache(std::size_t keep) : keep_(keep) {}

    known_ptr find(const port::stream_key& key);
    known_ptr find_public(std::string_view public_id);
    void install(known_ptr what);
    void drop(const port::stream_key& key);

 private:
    struct key_hash {
        std::size_t operator()(const port::stream_key& key) const {
            return std::hash<std::string_view>()(key.key) ^ static_cast<std::size_t>(key.kind);
        }
    };
    using order = std::list<known_ptr>;  // the one used last is in front

    known_ptr use(order::iterator it);
    void erase(order::iterator it);

    const std::size_t keep_;
    std::mutex mutex_;
    order order_;
    std::unordered_map<port::stream_key, order::iterator, key_hash> by_key_;
    std::unordered_map<std::string_view, order::iterator> by_public_id_;  // views into the rows held by order_
};

}  // namespace keepline::engine
