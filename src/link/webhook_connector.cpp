#include "link/webhook_connector.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/correlation_header.hpp"
#include "link/curl_handle.hpp"
#include "link/peer_health.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view secret_prefix = "whsec_";

struct endpoint {
    webhook_endpoint how;
    std::vector<base::bytes> secrets;  // the newest first
};

/// Which endpoints have acknowledged which ids, for the ids that still wait for another one. Any thread.
class acknowledgements {
 public:
    explicit acknowledgements(std::size_t remembered) : remembered_(remembered) {}

    bool has(const std::string& id, std::size_t which) const {
        const std::scoped_lock held(mutex_);
        const auto found = by_id_.find(id);
        return found != by_id_.end() && found->second.contains(which);
    }
    void note(const std::string& id, std::size_t which) {
        const std::scoped_lock held(mutex_);
        const auto [place, fresh] = by_id_.try_emplace(id);
        place->second.insert(which);
        if (!fresh) return;
        order_.push_back(id);
        while (order_.size() > remembered_) {
            by_id_.erase(order_.front());
            order_.pop_front();
        }
    }
    void forget(const std::string& id) {
        const std::scoped_lock held(mutex_);
        if (by_id_.erase(id) != 0) std::erase(order_, id);
    }

 private:
    const std::size_t remembered_;
    mutable std::mutex mutex_;
    std::map<std::string, std::set<std::size_t>> by_id_;
    std::deque<std::string> order_;
};

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// Worse first: what decides the fate of the whole effect when several endpoints fail.
int weight(code what) {
    switch (what) {
        case code::peer_garbled: return 3;
        case code::too_many: return 2;
        case code::peer_unreachable: return 1;
        default: return 0;
    }
}

class webhook_connector final : public port::connector {
 public:
    webhook_connector(webhook_settings how, std::vector<endpoint> endpoints, const port::clock& clock)
        : how_(std::move(how)), endpoints_(std::move(endpoints)), clock_(clock), acknowledged_(how_.remembered) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        const auto* publish = std::get_if<domain::publish>(&what.what);
        ENSURE(publish != nullptr);
        std::optional<base::error> failure;
        std::string body;
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            const auto& to = endpoints_[i];
            const auto wanted = [&](const std::string& pattern) { return topic_matches(pattern, publish->topic); };
            if (std::ranges::none_of(to.how.topics, wanted) || acknowledged_.has(what.key, i)) continue;
            if (body.empty()) body = body_of(*publish, what.caused_at);
            if (auto posted = post(to, what.key, body, what.correlation); posted) {
                acknowledged_.note(what.key, i);
            } else if (!failure || weight(posted.error().what) > weight(failure->what)) {
                failure = posted.error();
            }
        }
        if (failure) failure->what = failure_of_one(failure->what, endpoints_.size());
        const result<void> outcome = failure ? result<void>(std::unexpected(*failure)) : result<void>();
        health_.note(outcome);
        if (failure) return std::unexpected(std::move(*failure));
        acknowledged_.forget(what.key);
        return port::delivered{};
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    /// The same bytes at every try: the time is that of the cause, not of the call.
    static std::string body_of(const domain::publish& what, base::instant at) {
        std::string out = R"({"type":)";
        base::write_string(out, what.topic);
        out += R"(,"timestamp":)";
        base::write_string(out, base::iso(at));
        out += R"(,"data":)" + what.payload.text + "}";
        return out;
    }

    result<void> post(const endpoint& to, const std::string& id, const std::string& body,
                      const std::string& correlation) {
        const auto timestamp = clock_.now().ms / 1000;
        curl_list headers;
        add_line(headers, "Content-Type: application/json");
        add_line(headers, "webhook-id: " + id);
        add_line(headers, "webhook-timestamp: " + std::to_string(timestamp));
        std::string signatures;
        for (const auto& secret : to.secrets)
            signatures += (signatures.empty() ? "" : " ") + webhook_signature(secret, id, timestamp, body);
        add_line(headers, "webhook-signature: " + signatures);
        if (const auto header = correlation_header(correlation); !header.empty()) add_line(headers, header);
        add_line(headers, "Expect:");

        auto handle = pool_.take();
        auto* curl = handle.get();
        set_call(curl, "http,https", {how_.connect_timeout, how_.total_timeout}, how_.ca_file);
        set_post(curl, to.how.url, headers, body);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, curl_off_t{1024 * 1024});

        const auto outcome = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
        return http_outcome("The webhook endpoint '" + to.how.name + "' ", outcome, status);
    }

    const webhook_settings how_;
    const std::vector<endpoint> endpoints_;
    const port::clock& clock_;
    acknowledgements acknowledged_;
    curl_pool pool_;
    peer_health health_;
};

result<endpoint> checked(const webhook_endpoint& how) {
    const auto wrong = [&](std::string_view words) {
        return refuse(code::config_invalid, "The webhook endpoint '" + how.name + "': " + std::string(words));
    };
    if (how.name.empty()) return wrong("every endpoint needs a name.");
    if (!how.url.starts_with("http://") && !how.url.starts_with("https://"))
        return wrong("the URL is not http or https.");
    if (how.topics.empty()) return wrong("it subscribes to no topic.");
    endpoint out{how, {}};
    for (const auto& text : {how.secret, how.secret_before}) {
        if (!out.secrets.empty() && text.empty()) continue;
        if (!text.starts_with(secret_prefix)) return wrong("the secret does not begin with whsec_.");
        auto secret = base::from_base64(std::string_view(text).substr(secret_prefix.size()));
        if (!secret || secret->size() < 24 || secret->size() > 64)
            return wrong("the secret is not base64 of 24 to 64 bytes behind whsec_.");
        out.secrets.push_back(std::move(*secret));
    }
    return out;
}

}  // namespace

std::string webhook_signature(base::byte_view secret, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body) {
    const auto what = std::string(id) + "." + std::to_string(timestamp_s) + "." + std::string(body);
    return "v1," + base::base64(base::hmac_sha256(secret, base::view(what)));
}

bool topic_matches(std::string_view pattern, std::string_view topic) {
    if (pattern == "*") return true;
    if (pattern.ends_with(".*")) return topic.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == topic;
}

result<std::unique_ptr<port::connector>> make_webhook_connector(webhook_settings how, const port::clock& clock) {
    std::vector<endpoint> endpoints;
    for (const auto& one : how.endpoints) {
        TRY(good, checked(one));
        endpoints.push_back(std::move(good));
    }
    return std::make_unique<webhook_connector>(std::move(how), std::move(endpoints), clock);
}

}  // namespace keepline::link
