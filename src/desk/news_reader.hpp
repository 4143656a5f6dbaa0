// The journal as a queue of news: what was published, page by page, in the journal's order. Webhooks that keep up read
// the same pages. What cannot be read is passed over, counted and logged once, so that it holds up nobody; where the
// journal itself cannot be read, whoever asks waits. Any thread.
#pragma once

#include "base/time.hpp"
#include "port/journal.hpp"
#include "port/log.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace keepline::desk {

using base::instant;
using base::result;

struct news {
    std::string key;  // webhook-id
    std::int64_t position = 0;
    std::int64_t stream = 0;
    std::string topic;
    instant at;
    boost::json::object members;
    std::string correlation;
};
using news_ptr = std::shared_ptr<const news>;

/// The news after `after`, up to and including `end`.
struct news_page {
    std::int64_t after = 0;
    std::int64_t end = 0;
    std::vector<news_ptr> what;
};
using page_ptr = std::shared_ptr<const news_page>;

class news_reader {
 public:
    news_reader(port::journal& from, port::log& log) : journal_(from), log_(log) {}

    result<page_ptr> page_after(std::int64_t after);
    /// What was committed at `when` or later comes after this position.
    result<std::int64_t> position_at(instant when);
    /// The one that has this key and happened at `oldest` or later; the latest are looked at first. code::not_found.
    result<news_ptr> find(const std::string& key, instant oldest, const std::stop_token& stop);
    /// Entries that could not be read, since the start.
    std::uint64_t passed_over() const;

 private:
    result<page_ptr> read(std::int64_t after);
    result<void> add(std::vector<news_ptr>& to, const port::outbox_entry& from);
    result<news_ptr> keyed(const std::string& key, const port::outbox_entry& in);
    void pass_over(const port::outbox_entry& what, const std::string& why);

    port::journal& journal_;
    port::log& log_;

    std::mutex pages_mutex_;
    std::vector<page_ptr> pages_;  // the latest

    mutable std::mutex passed_mutex_;
    std::set<std::int64_t> passed_;  // positions
};

}  // namespace keepline::desk
