// A whole API over fakes: the committed policies and calendars, one token per role, and short ways to ask. For tests
// and fuzzing.
#pragma once

#include "desk/roles.hpp"
#include "domain/calendar.hpp"
#include "http/api.hpp"
#include "http/fake_core.hpp"
#include "http/fake_exchange.hpp"
#include "http/watch.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace keepline::http {

class fake_tokens final : public port::token_store {
 public:
    result<std::optional<port::token_record>> find(std::string_view digest) override {
        const std::scoped_lock held(mutex_);
        ++looked_up;
        if (trouble) return std::unexpected(*trouble);
        for (const auto& one : all_)
            if (one.digest == digest) return one;
        return std::nullopt;
    }
    result<void> add(const port::token_record& token) override {
        const std::scoped_lock held(mutex_);
        all_.push_back(token);
        return {};
    }
    result<std::vector<port::token_record>> all() override {
        const std::scoped_lock held(mutex_);
        return all_;
    }
    result<int> revoke(bool customer, std::string_view holder, instant at) override {
        const std::scoped_lock held(mutex_);
        int revoked = 0;
        for (auto& one : all_)
            if (one.who.id.text() == holder && !one.revoked_at &&
                (one.who.as == domain::role::subscriber) == customer) {
                one.revoked_at = at;
                ++revoked;
            }
        return revoked;
    }

    result<void> take_up(const port::token_record& token) override {
        const std::scoped_lock held(mutex_);
        for (auto& one : all_)
            if (one.digest == token.digest) one = token;
        return {};
    }
    result<std::vector<port::token_record>> not_in_journal() override { return std::vector<port::token_record>(); }

    std::optional<base::error> trouble;
    int looked_up = 0;

 private:
    std::mutex mutex_;
    std::vector<port::token_record> all_;
};

/// Keeps what was logged, to look for what must not be there.
class fake_log final : public port::log {
 public:
    void write(port::log_level, std::string_view event, std::string_view correlation,
               std::initializer_list<port::log_field> fields) override {
        const std::scoped_lock held(mutex_);
        text_.append(event).append(" ").append(correlation);
        for (const auto& one : fields) text_.append(" ").append(one.name).append("=").append(one.value);
        text_ += '\n';
    }
    std::string text() const {
        const std::scoped_lock held(mutex_);
        return text_;
    }

 private:
    mutable std::mutex mutex_;
    std::string text_;
};

inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline std::shared_ptr<const domain::rule_book> committed_rules() {
    const std::filesystem::path root(KEEPLINE_SOURCE_DIR);
    domain::rule_book book;
    std::vector<domain::policy_source> sources;
    for (const auto& one : std::filesystem::directory_iterator(root / "policies"))
        if (one.path().extension() == ".toml") sources.push_back({one.path().stem().string(), text_of_file(one)});
    if (auto loaded = domain::load_policies(sources)) book.policies = std::move(*loaded);
    std::vector<domain::calendar> calendars;
    for (const auto& one : std::filesystem::directory_iterator(root / "calendars"))
        if (one.path().extension() == ".json")
            if (auto loaded = domain::load_calendar(text_of_file(one))) calendars.push_back(std::move(*loaded));
    book.calendars = domain::calendar_book(std::move(calendars));
    book.zones = domain::zone_book({{"Asia/Shanghai", base::zone("Asia/Shanghai", {{{}, 8 * 3600}})}});
    return std::make_shared<const domain::rule_book>(std::move(book));
}

class fake_desk {
 public:
    explicit fake_desk(std::shared_ptr<const domain::rule_book> rules = committed_rules())
        : core(clock, std::move(rules)),
          desk({&core, &vault, &tokens, &secrets, &random, &clock, &log, [] { return std::string(R"({"keys":[]})"); },
                [this] { return troubles; }},
               {}) {
        for (const auto role : {domain::role::agent, domain::role::reviewer, domain::role::admin, domain::role::system})
            give_token(boost::describe::enum_to_string(role, ""), role, boost::describe::enum_to_string(role, ""));
        give_token("customer", domain::role::subscriber, "sub-1");
        give_token("stranger", domain::role::subscriber, "sub-2");
    }

    /// Bound to all that its role may ever speak through.
    static std::vector<domain::channel> every_channel(domain::role role) {
        const auto open = desk::channels_open_to(role);
        return {open.begin(), open.end()};
    }
    void give_token(std::string_view token, domain::role role, std::string_view holder,
                    std::optional<instant> expires = {}) {
        (void)tokens.add({secrets.keyed_digest("token", "", token),
                          {role, base::label::trusted(std::string(holder))},
                          "",
                          clock.now(),
                          expires,
                          {},
                          every_channel(role),
                          {},
                          domain::token_origin::admins,
                          true});
    }

    request request_of(std::string_view token, verb how, std::string target, std::string body = {}) {
        request in;
        in.how = how;
        in.target = std::move(target);
        in.peer = "127.0.0.1";
        if (!token.empty()) in.authorization = "Bearer " + std::string(token);
        if (how == verb::post) in.idempotency_key = "key-" + std::to_string(++keys_);
        if (!body.empty()) in.content_type = "application/json";
        in.body = std::move(body);
        return in;
    }
    response ask(request what) { return fake_exchange::ask(desk, std::move(what)); }
    /// Of the listener of whoever runs it.
    response look(std::string target) {
        return fake_exchange::ask(watching, request_of("", verb::get, std::move(target)));
    }
    response get(std::string_view token, std::string target) {
        return ask(request_of(token, verb::get, std::move(target)));
    }
    response post(std::string_view token, std::string target, std::string body = {}) {
        return ask(request_of(token, verb::post, std::move(target), std::move(body)));
    }

    /// A subscriber `sub-1` with a line on +8613800138000; its id.
    std::string import_line() {
        const auto done = post("system", "/v1/lines/import", import_text);
        return member(done, "id");
    }

    static std::string member(const response& of, std::string_view name) {
        boost::system::error_code failure;
        const auto value = boost::json::parse(of.body, failure);
        if (failure || !value.is_object()) return {};
        const auto* found = value.get_object().if_contains(name);
        if (found == nullptr) return {};
        return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
    }
    static std::string code_of(const response& of) { return member(of, "code"); }
    static std::string header_of(const response& of, std::string_view name) {
        for (const auto& one : of.headers)
            if (one.name == name) return one.value;
        return {};
    }

    static constexpr std::string_view number = "+8613800138000";
    static constexpr const char* import_text = R"({"subscriber":{"id":"sub-1","language":"en",
        "person":{"full_name":"Wang Xiaoming","document_kind":"id-card","document_number":"110101199003070000",
                  "refund_iban":"6222020200000000006","refund_holder":"Wang Xiaoming"},
        "contacts":[{"id":"mail1","by":"mail","address":"wang@example.org","verified":true}]},
        "line":{"number":"+8613800138000","policy":"cn","since":"2020-01-01T00:00:00Z",
                "valid_until":"2027-06-01T00:00:00Z","balance":{"minor":1250,"currency":"CNY"},
                "profiles":[{"iccid":"89860012345678901238","imsi":"460001234567890","state":"enabled"}]}})";

    port::fake_clock clock{{1'795'305'600'000}};  // 2026-11-22T00:00:00Z
    port::fake_random random{7};
    port::fake_vault vault;
    port::secrets secrets{base::sha256(base::view("a secret for tests"))};
    fake_tokens tokens;
    fake_log log;
    std::vector<peer_trouble> troubles;
    fake_core core;
    api desk;
    watch watching{desk};

 private:
    int keys_ = 0;
};

}  // namespace keepline::http
