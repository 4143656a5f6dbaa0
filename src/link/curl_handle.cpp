#include "link/curl_handle.hpp"

#include "base/ensure.hpp"

namespace keepline::link {

curl_pool::curl_pool() {
    static std::once_flag once;
    std::call_once(once, [] { ENSURE(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

curl_handle curl_pool::take() {
    {
        const std::scoped_lock held(mutex_);
        if (!free_.empty()) {
            auto out = std::move(free_.back());
            free_.pop_back();
            curl_easy_reset(out.get());
            return out;
        }
    }
    curl_handle out(curl_easy_init());
    ENSURE(out != nullptr);
    return out;
}

void curl_pool::give_back(curl_handle handle) {
    const std::scoped_lock held(mutex_);
    free_.push_back(std::move(handle));
}

void add_line(curl_list& list, const std::string& line) {
    auto* longer = curl_slist_append(list.get(), line.c_str());
    ENSURE(longer != nullptr);
    (void)list.release();
    list.reset(longer);
}

}  // namespace keepline::link
