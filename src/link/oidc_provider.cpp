#include "link/oidc_provider.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"
#include "base/thread_name.hpp"
#include "link/curl_handle.hpp"
#include "link/id_token.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace keepline::link {

namespace {
namespace oidc {

using base::code;
using base::refuse;
using steady = std::chrono::steady_clock;

constexpr std::string_view whose = "The provider of identities ";
constexpr std::string_view well_known = "/.well-known/openid-configuration";
constexpr std::size_t keys_octets_max = std::size_t{256} * 1024;
constexpr std::size_t groups_max = 500;
constexpr std::size_t claim_max = 255;
/// A key that is not in the set is asked for once, and then not again for a while, whoever shows how many tokens.
constexpr auto keys_asked_again = std::chrono::seconds{10};
/// Somebody waits for an answer that is as good as new.
constexpr auto looked_lately = std::chrono::seconds{15};
constexpr auto tried_again = std::chrono::seconds{3};

/// What its configuration says, as far as we use it.
struct places {
    std::string authorization;
    std::string token;
    std::string keys;
    std::string end_session;  // empty: it has none
};

bool is_https(std::string_view url) { return url.starts_with("https://"); }

enum class host_kind { none, elsewhere, own };
/// As the library that calls it reads it: what looks like a host before an @ is none.
host_kind host_in(const std::string& url) {
    const std::unique_ptr<CURLU, decltype([](CURLU* one) { curl_url_cleanup(one); })> parsed(curl_url());
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
        return host_kind::none;
    char* made = nullptr;
    if (curl_url_get(parsed.get(), CURLUPART_HOST, &made, 0) != CURLUE_OK) return host_kind::none;
    const std::string host(made);
    curl_free(made);
    const bool is_number = host.find_first_not_of("0123456789.") == std::string::npos;
    return host == "localhost" || host == "[::1]" || (is_number && host.starts_with("127.")) ? host_kind::own
                                                                                             : host_kind::elsewhere;
}

std::string escaped(const std::string& text) {
    char* made = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
    ENSURE(made != nullptr);
    std::string out(made);
    curl_free(made);
    return out;
}
void add_field(std::string& to, std::string_view name, const std::string& value) {
    if (!to.empty()) to += '&';
    to.append(name).append("=").append(escaped(value));
}
std::string with_query(const std::string& place, const std::string& query) {
    return place + (place.contains('?') ? "&" : "?") + query;
}
std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& one : words) out += (out.empty() ? "" : " ") + one;
    return out;
}

std::string digest_of(std::string_view kind, std::string_view issuer, std::string_view what) {
    if (what.empty()) return {};
    return base::hex(base::part_hasher().add(kind).add(issuer).add(what).finish());
}

/// A list of text, or one.
std::vector<std::string> words_in(const boost::json::object& claims, std::string_view name) {
    std::vector<std::string> out;
    const auto* found = claims.if_contains(name);
    if (found == nullptr) return out;
    if (found->is_string()) out.emplace_back(found->get_string());
    if (!found->is_array()) return out;
    for (const auto& one : found->get_array())
        if (one.is_string() && out.size() < groups_max) out.emplace_back(one.get_string());
    return out;
}

result<places> places_in(const std::string& text, const std::string& issuer) {
    const auto parsed = base::parse_json(text);
    const auto garbled = [](const char* words) { return refuse(code::unavailable, std::string(whose) + words); };
    if (!parsed || !parsed->is_object()) return garbled("has a configuration that is no JSON.");
    const auto& said = parsed->get_object();
    if (text_claim(said, "issuer") != issuer) return garbled("calls itself by another name than `[oidc] issuer`.");
    places out{text_claim(said, "authorization_endpoint"), text_claim(said, "token_endpoint"),
               text_claim(said, "jwks_uri"), text_claim(said, "end_session_endpoint")};
    for (const auto* one : {&out.authorization, &out.token, &out.keys})
        if (!is_place_of(issuer, *one)) return garbled("names a place that is not https, or not its own.");
    if (!is_place_of(issuer, out.end_session)) out.end_session.clear();
    return out;
}

class curl_oidc_provider final : public oidc_provider {
 public:
    curl_oidc_provider(oidc_settings how, const port::clock& clock, port::log& log)
        : how_(std::move(how)), clock_(clock), log_(log) {
        thread_ = std::jthread([this](const std::stop_token& until) { watch(until); });
    }
    ~curl_oidc_provider() override { stopping_ = true; }
    curl_oidc_provider(const curl_oidc_provider&) = delete;
    curl_oidc_provider& operator=(const curl_oidc_provider&) = delete;

    result<std::string> sign_in_address(const port::sign_in_asked& what) override {
        TRY(at, known_places());
        std::string query;
        add_field(query, "response_type", "code");
        add_field(query, "client_id", how_.client_id);
        add_field(query, "redirect_uri", how_.return_to);
        add_field(query, "scope", joined(how_.scopes));
        add_field(query, "state", what.state);
        add_field(query, "nonce", what.nonce);
        add_field(query, "code_challenge", what.challenge);
        add_field(query, "code_challenge_method", "S256");
        if (what.anew) {
            add_field(query, "prompt", "login");
            add_field(query, "max_age", "0");
        } else if (how_.signed_in_within > base::duration::zero())
            add_field(query, "max_age",
                      std::to_string(std::chrono::duration_cast<base::seconds>(how_.signed_in_within).count()));
        const auto& acr = what.anew && !how_.step_up_acr_values.empty() ? how_.step_up_acr_values : how_.acr_values;
        if (!acr.empty()) add_field(query, "acr_values", joined(acr));
        return with_query(at.authorization, query);
    }

    result<port::vouched_for> redeem(const std::string& given, const std::string& verifier,
                                     const std::string& nonce) override {
        TRY(at, known_places());
        TRY(answer, ask_token(at.token, given, verifier));
        const auto parsed = base::parse_json(answer);
        const auto token = parsed && parsed->is_object() ? text_claim(parsed->get_object(), "id_token") : std::string();
        if (token.empty()) return refuse(code::unauthenticated, "The provider gave no ID token.");
        TRY(claims, with_keys([&](const std::string& keys) {
                return claims_of_id_token(token, keys,
                                          {how_.issuer, how_.client_id, clock_.now(), how_.signed_in_within}, nonce);
            }));
        const auto acr = text_claim(claims, "acr");
        const auto& most = how_.step_up_acr_values;
        const bool is_most = std::ranges::find(most, acr) != most.end();
        if (!how_.acr_values.empty() && !is_most && std::ranges::find(how_.acr_values, acr) == how_.acr_values.end())
            return refuse(code::unauthenticated, "The provider proved them in another way than `[oidc] acr_values`.");
        port::vouched_for out;
        out.subject = text_claim(claims, "sub");
        if (out.subject.size() > claim_max) return refuse(code::unauthenticated, "The subject is too long.");
        out.who = digest_of("oidc-subject", how_.issuer, out.subject);
        out.name = text_claim(claims, how_.name_claim);
        out.groups = words_in(claims, how_.groups_claim);
        out.session = digest_of("oidc-session", how_.issuer, text_claim(claims, "sid"));
        const auto proved = most.empty() || is_most ? time_claim(claims, "auth_time") : std::nullopt;
        if (proved) out.proved_ago = std::max(base::duration::zero(), base::duration{clock_.now().ms - proved->ms});
        return out;
    }

    result<port::signed_out_there> read_logout(const std::string& token) override {
        CHECK(known_places());
        TRY(claims, with_keys([&](const std::string& keys) {
                return claims_of_logout_token(token, keys, {how_.issuer, how_.client_id, clock_.now()});
            }));
        return port::signed_out_there{digest_of("oidc-subject", how_.issuer, text_claim(claims, "sub")),
                                      digest_of("oidc-session", how_.issuer, text_claim(claims, "sid"))};
    }

    result<std::string> sign_out_address() override {
        TRY(at, known_places());
        if (at.end_session.empty()) return refuse(code::not_found, "The provider has no place to sign out.");
        std::string query;
        add_field(query, "client_id", how_.client_id);
        add_field(query, "post_logout_redirect_uri", how_.signed_out_to);
        return with_query(at.end_session, query);
    }

    bool is_reachable() override {
        look(looked_lately);
        const std::scoped_lock held(mutex_);
        return trouble_.empty();
    }

    std::string trouble() const override {
        const std::scoped_lock held(mutex_);
        return trouble_;
    }

 private:
    void watch(const std::stop_token& until) {
        base::name_this_thread("oidc");
        while (!until.stop_requested()) {
            look(std::chrono::seconds{0});
            std::unique_lock held(wait_mutex_);
            wake_.wait_for(held, until, how_.look_every, [] { return false; });
        }
    }

    /// Asks anew, unless that was done lately; one at a time.
    void look(steady::duration lately) {
        const std::scoped_lock alone(look_mutex_);
        {
            const std::scoped_lock held(mutex_);
            const auto since = steady::now() - looked_at_;
            if (looked_ && since < (trouble_.empty() ? lately : std::min<steady::duration>(lately, tried_again)))
                return;
        }
        const auto root = how_.issuer.ends_with('/') ? how_.issuer.substr(0, how_.issuer.size() - 1) : how_.issuer;
        const auto said = fetch(root + std::string(well_known));
        auto at = said ? places_in(*said, how_.issuer) : result<places>(std::unexpected(said.error()));
        const auto keys = at ? fetch(at->keys) : result<std::string>(std::unexpected(at.error()));
        std::string now = keys ? std::string() : keys.error().words;
        const std::scoped_lock held(mutex_);
        if (now != trouble_) {
            if (now.empty())
                log_.info("provider_back", "");
            else
                log_.warning("provider_trouble", "", {{"reason", now}});
        }
        trouble_ = std::move(now);
        looked_ = true;
        looked_at_ = steady::now();
        if (!keys) return;  // what was known stays: it may be good yet
        places_ = std::move(*at);
        keys_ = *keys;
    }

    result<places> known_places() {
        {
            const std::scoped_lock held(mutex_);
            if (places_ && trouble_.empty()) return *places_;
        }
        look(looked_lately);
        const std::scoped_lock held(mutex_);
        if (places_) return *places_;
        return refuse(code::unavailable, trouble_);
    }

    /// `check`: (keys) -> result; again where the provider may have another key by now.
    template <typename Check>
    result<boost::json::object> with_keys(Check check) {
        auto out = check(keys_now());
        if (out || out.error().what != code::not_found) return out;
        if (may_ask_for_keys()) {
            if (const auto fresh = fetch(known_keys_place())) {
                {
                    const std::scoped_lock held(mutex_);
                    keys_ = *fresh;
                }
                out = check(*fresh);
            }
        }
        if (!out && out.error().what == code::not_found) return refuse(code::unauthenticated, out.error().words);
        return out;
    }
    std::string keys_now() const {
        const std::scoped_lock held(mutex_);
        return keys_;
    }
    std::string known_keys_place() const {
        const std::scoped_lock held(mutex_);
        return places_ ? places_->keys : std::string();
    }
    bool may_ask_for_keys() {
        const std::scoped_lock held(mutex_);
        const auto now = steady::now();
        if (keys_asked_ && now - keys_asked_at_ < keys_asked_again) return false;
        keys_asked_ = true;
        keys_asked_at_ = now;
        return true;
    }

    result<std::string> fetch(const std::string& url) {
        if (!is_place_of(how_.issuer, url)) return refuse(code::unavailable, "Its address is not known.");
        return call(url, [](CURL* on, curl_list&) { curl_easy_setopt(on, CURLOPT_HTTPGET, 1L); });
    }

    result<std::string> ask_token(const std::string& url, const std::string& given, const std::string& verifier) {
        std::string body;
        add_field(body, "grant_type", "authorization_code");
        add_field(body, "code", given);
        add_field(body, "redirect_uri", how_.return_to);
        add_field(body, "code_verifier", verifier);
        if (how_.client_secret.empty()) add_field(body, "client_id", how_.client_id);
        return call(url, [&](CURL* on, curl_list& headers) {
            add_line(headers, "Content-Type: application/x-www-form-urlencoded");
            // RFC 6749 §2.3.1: both are encoded as in a form before they are joined.
            if (!how_.client_secret.empty())
                add_line(headers, "Authorization: Basic " + base::base64(base::view(escaped(how_.client_id) + ":" +
                                                                                    escaped(how_.client_secret))));
            curl_easy_setopt(on, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
            curl_easy_setopt(on, CURLOPT_POSTFIELDS, body.c_str());
        });
    }

    /// libcurl asks it at least once a second: no stop waits for a provider that does not answer.
    static int is_given_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
        return static_cast<const curl_oidc_provider*>(self)->stopping_ ? 1 : 0;
    }

    /// `set`: (handle, headers) -> void. What it answered with 200; 4xx is the request's own fault.
    template <typename Set>
    result<std::string> call(const std::string& url, Set set) {
        auto handle = pool_.take();
        auto* curl = handle.get();
        curl_list headers;
        add_line(headers, "Accept: application/json");
        set_call(curl, is_https(url) ? "https" : "http,https", {how_.connect_timeout, how_.total_timeout},
                 how_.ca_file);
        bounded_answer answer(bounded_answer::body::kept, keys_octets_max);
        answer.listen_on(curl);
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, "ECDHE+AESGCM:ECDHE+CHACHA20");
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "keepline");
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &is_given_up);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
        set(curl, headers);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        const auto outcome = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (outcome == CURLE_OK) pool_.give_back(std::move(handle));
        if (outcome == CURLE_OK && status == 200) return answer.text();
        if (outcome == CURLE_OK && (status == 400 || status == 401))
            return refuse(code::unauthenticated, std::string(whose) + "refused: " + std::to_string(status) + ".");
        if (outcome == CURLE_OK)
            return refuse(code::unavailable, std::string(whose) + "answered " + std::to_string(status) + ".");
        return refuse(code::unavailable, std::string(whose) + "cannot be asked: " + curl_easy_strerror(outcome) + ".");
    }

    const oidc_settings how_;
    const port::clock& clock_;
    port::log& log_;
    curl_pool pool_;
    std::mutex look_mutex_;
    mutable std::mutex mutex_;  // of all that follows
    std::optional<places> places_;
    std::string keys_;
    std::string trouble_ = "The provider of identities was not asked yet.";
    bool looked_ = false;
    steady::time_point looked_at_;
    bool keys_asked_ = false;
    steady::time_point keys_asked_at_;
    std::atomic<bool> stopping_ = false;
    std::mutex wait_mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // gone first
};

}  // namespace oidc
}  // namespace

bool is_place_of(const std::string& issuer, const std::string& url) {
    const auto host = oidc::host_in(url);
    if (host == oidc::host_kind::none || !(oidc::is_https(url) || url.starts_with("http://"))) return false;
    // A provider elsewhere has nothing to say about what listens on this machine.
    if (host == oidc::host_kind::own) return oidc::host_in(issuer) == oidc::host_kind::own;
    return oidc::is_https(url);
}

std::string fault_in(const oidc_settings& of) {
    if (!is_place_of(of.issuer, of.issuer)) return "The issuer is an https URL; http:// is for localhost only.";
    if (of.issuer.contains('?') || of.issuer.contains('#')) return "The issuer has neither `?` nor `#`.";
    if (of.client_id.empty()) return "`client_id` is missing.";
    if (std::ranges::find(of.scopes, "openid") == of.scopes.end()) return "`openid` is missing in `scopes`.";
    return {};
}

std::unique_ptr<oidc_provider> make_oidc_provider(oidc_settings how, const port::clock& clock, port::log& log) {
    return std::make_unique<oidc::curl_oidc_provider>(std::move(how), clock, log);
}

}  // namespace keepline::link
