// Which lines the SMS to a contact were about, beyond the process: in the store's notebook under a keyed digest of the
// contact's number, as the ids of line, contact and subscriber of each, the last one first. No number stands there. Any
// thread.
#pragma once

#include "desk/replies.hpp"
#include "port/notebook.hpp"
#include "port/secrets.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

class reply_notes {
 public:
    struct parts {  // all outlive it
        port::notebook* notes = nullptr;
        const port::secrets* secrets = nullptr;
        std::function<base::result<engine::view_ptr>(const port::stream_key&)> read;
        std::function<base::result<engine::view_ptr>(std::string_view)> read_public;
    };
    explicit reply_notes(parts with) : with_(std::move(with)) {}

    /// In one commit. What cannot be written is lost: the next message to the contact notes it again.
    base::result<void> keep(const std::map<std::string, std::vector<port::reply_routes::route>>& changed);
    /// What was kept of this address.
    std::vector<port::reply_routes::route> find(const std::string& address) const;

 private:
    const parts with_;
};

}  // namespace keepline::app
