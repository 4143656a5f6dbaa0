// libcurl's easy handles, kept and used again so that connections stay open. A handle is used by one thread at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace keepline::link {

struct curl_cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using curl_handle = std::unique_ptr<CURL, curl_cleanup>;
using curl_list = std::unique_ptr<curl_slist, curl_cleanup>;

/// Any thread.
class curl_pool {
 public:
    curl_pool();
    /// A handle without options; its open connections are still there.
    curl_handle take();
    void give_back(curl_handle handle);

 private:
    std::mutex mutex_;
    std::vector<curl_handle> free_;
};

void add_line(curl_list& list, const std::string& line);

}  // namespace keepline::link
