#include "link/webhook_sender.hpp"

#include "base/digest.hpp"
#include "link/correlation_header.hpp"
#include "link/curl_handle.hpp"

#include <sys/socket.h>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

constexpr std::string_view secret_prefix = "whsec_";

/// Opens the socket, unless the address is none that may be called.
struct guarded_socket {
    const target_guard* guard = nullptr;  // null: every address
    bool refused = false;
    bool opened = false;
    static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* to) noexcept {  // called by C
        auto& me = *static_cast<guarded_socket*>(self);
        if (me.guard != nullptr && !me.guard->allows(to->addr)) {
            me.refused = true;
            return CURL_SOCKET_BAD;
        }
        me.opened = true;
        return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    }
};

/// libcurl asks it at least once a second.
int is_given_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<const std::stop_token*>(self)->stop_requested() ? 1 : 0;
}

struct url_cleanup {
    void operator()(CURLU* one) const { curl_url_cleanup(one); }
};

std::string part_in_url(CURLU* of, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(of, which, &text, 0) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

class curl_webhook_sender final : public port::webhook_sender {
 public:
    curl_webhook_sender(webhook_settings how, target_guard guard, const port::clock& clock)
        : how_(std::move(how)), guard_(std::move(guard)), clock_(clock) {}

    result<void> check(const std::string& url) const override {
        const auto wrong = [](const char* words) { return refuse(code::invalid, words, {{"field", "url"}}); };
        const std::unique_ptr<CURLU, url_cleanup> parsed(curl_url());
        if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
            return wrong("That is no URL.");
        const auto scheme = part_in_url(parsed.get(), CURLUPART_SCHEME);
        if (scheme != "https" && (scheme != "http" || !how_.plain_http))
            return wrong("A webhook is called over https.");
        if (!part_in_url(parsed.get(), CURLUPART_USER).empty() ||
            !part_in_url(parsed.get(), CURLUPART_PASSWORD).empty())
            return wrong("A password does not belong into a URL: the journal keeps it.");
        if (!part_in_url(parsed.get(), CURLUPART_FRAGMENT).empty()) return wrong("A URL of a server has no `#` part.");
        auto host = part_in_url(parsed.get(), CURLUPART_HOST);
        if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
        if (const auto address = ip_address_of(host); address && !guard_.allows(*address))
            return wrong("That address is in a network of its own (webhooks.private_targets).");
        return {};
    }

    result<void> send(const port::webhook_route& to, const port::webhook_message& what) override {
        if (!to.configured) CHECK(check(to.url));
        const auto timestamp = clock_.now().ms / 1000;
        curl_list headers;
        add_line(headers, "Content-Type: application/json");
        add_line(headers, "webhook-id: " + what.id);
        add_line(headers, "webhook-timestamp: " + std::to_string(timestamp));
        std::string signatures;
        for (const auto& secret : to.secrets)
            signatures += (signatures.empty() ? "" : " ") + webhook_signature(secret, what.id, timestamp, what.body);
        add_line(headers, "webhook-signature: " + signatures);
        if (const auto header = correlation_header(what.correlation); !header.empty()) add_line(headers, header);
        add_line(headers, "Expect:");

        auto& pool = to.configured ? configured_ : named_;
        auto handle = pool.take();
        auto* curl = handle.get();
        const bool plain = to.configured || how_.plain_http;
        set_call(curl, plain ? "http,https" : "https", {how_.connect_timeout, how_.total_timeout}, how_.ca_file);
        bounded_answer answer(bounded_answer::body::counted);
        set_post(curl, to.url, headers, what.body, answer);
        guarded_socket socket{to.configured ? nullptr : &guard_};
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &guarded_socket::open);
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &socket);

        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &is_given_up);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &what.until);

        const auto outcome = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (outcome == CURLE_OK) pool.give_back(std::move(handle));
        if (outcome == CURLE_ABORTED_BY_CALLBACK)
            return refuse(code::peer_unreachable, "The call to the webhook endpoint '" + to.name + "' was given up.");
        if (socket.refused && !socket.opened && outcome != CURLE_OK)
            return refuse(code::peer_unreachable, "The webhook endpoint '" + to.name +
                                                      "' is in a network of its own, which is not called "
                                                      "(webhooks.private_targets).");
        return http_outcome("The webhook endpoint '" + to.name + "' ", outcome, status);
    }

 private:
    const webhook_settings how_;
    const target_guard guard_;
    const port::clock& clock_;
    curl_pool configured_;
    curl_pool named_;
};

}  // namespace

std::string webhook_signature(base::byte_view secret, std::string_view id, std::int64_t timestamp_s,
                              std::string_view body) {
    const auto what = std::string(id) + "." + std::to_string(timestamp_s) + "." + std::string(body);
    return "v1," + base::base64(base::hmac_sha256(secret, base::view(what)));
}

std::optional<base::bytes> webhook_key(std::string_view secret) {
    if (!secret.starts_with(secret_prefix)) return std::nullopt;
    auto out = base::from_base64(secret.substr(secret_prefix.size()));
    if (!out || out->size() < 24 || out->size() > 64) return std::nullopt;
    return std::move(*out);
}

result<port::webhook_route> configured_webhook(const std::string& name, const std::string& url,
                                               const std::string& secret, const std::string& secret_before) {
    const auto wrong = [&](std::string_view words) {
        return refuse(code::config_invalid, "The webhook endpoint '" + name + "': " + std::string(words));
    };
    if (name.empty()) return wrong("every endpoint needs a name.");
    if (!url.starts_with("http://") && !url.starts_with("https://")) return wrong("the URL is not http or https.");
    port::webhook_route out{name, url, {}, true};
    for (const auto& text : {secret, secret_before}) {
        if (!out.secrets.empty() && text.empty()) continue;
        if (!text.starts_with(secret_prefix)) return wrong("the secret does not begin with whsec_.");
        auto key = webhook_key(text);
        if (!key) return wrong("the secret is not base64 of 24 to 64 bytes behind whsec_.");
        out.secrets.push_back(std::move(*key));
    }
    return out;
}

result<std::unique_ptr<port::webhook_sender>> make_webhook_sender(webhook_settings how, const port::clock& clock) {
    TRY(guard, how.public_targets ? target_guard::allowing(how.private_targets)
                                  : target_guard::allowing_only(how.private_targets));
    return std::make_unique<curl_webhook_sender>(std::move(how), std::move(guard), clock);
}

}  // namespace keepline::link
