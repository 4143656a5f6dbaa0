// The customers' phones: an eUICC per line, driven by a few threads that block on ES9+. What is asked for is done in
// turn; the answer comes on the thread of `answers_on`. Used by the load client alone.
#pragma once

#include "phone/euicc.hpp"
#include "phone/https_client.hpp"
#include "phone/lpa.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio.hpp>

namespace keepline::bench {

class phones {
 public:
    using answer = std::function<void(base::result<std::string>)>;

    /// `count` eUICCs, minted under the EUM of `pki`; `url` is the SM-DP+'s plain listener.
    phones(boost::asio::io_context& answers_on, const std::string& pki, const std::string& url, std::size_t count,
           std::size_t threads);
    ~phones();
    phones(const phones&) = delete;
    phones& operator=(const phones&) = delete;

    /// Downloads, installs and enables a profile, and hands on what the eUICC signed about it; answers its ICCID.
    void download(std::size_t phone, std::string activation_code, answer then);
    /// Disables and deletes it, and hands on what the eUICC signed.
    void remove(std::size_t phone, std::string iccid, answer then);

 private:
    struct device {
        explicit device(const phone::identity& who) : card(who, {}, {}) {}
        phone::euicc card;
        phone::lpa_memory memory;
    };
    using job = std::function<void(phone::es9_client&)>;

    void work();
    void put(std::size_t which, answer then, std::function<base::result<std::string>(phone::lpa&)> what);

    boost::asio::io_context& answers_on_;
    phone::https_settings https_;
    std::vector<std::unique_ptr<device>> devices_;
    std::mutex guard_;
    std::condition_variable changed_;
    std::deque<job> jobs_;
    bool ending_ = false;
    std::vector<std::jthread> threads_;  // last: they use all above
};

}  // namespace keepline::bench
